; SPDX-License-Identifier: MIT OR Apache-2.0
;
; partner - a thread that a worker made: some messages, then the end
;
;   in    rdi            bits 0-7 system call, 8-15 endpoint, 16-23 Reply,
;                        24-31 words
;   uses  everything but a stack: many partners may run at once, without one each

%include "kozo_abi.inc"

TURNS   equ     40

section .text
global partner
partner:
        mov     r14, rdi
        mov     ebx, TURNS
.turn:
        mov     rax, r14
        shr     rax, 16
        and     eax, 0xff
        shl     rax, SYSCALL_REPLY_SHIFT
        movzx   ecx, r14b
        or      rax, rcx                                ; rax = number, Reply
        mov     rdi, r14
        shr     rdi, 8
        and     edi, 0xff                               ; rdi = endpoint
        mov     rsi, r14
        shr     rsi, 24
        and     esi, 0xff                               ; rsi = words
        syscall
        mov     eax, SYS_YIELD
        syscall
        dec     ebx
        jnz     .turn
        ud2

section .note.GNU-stack noalloc noexec nowrite progbits
