; SPDX-License-Identifier: MIT OR Apache-2.0
;
; A program for Linux: hands out pointers that are none, and says what came of it.

SYS_WRITE       equ     1
SYS_EXIT        equ     60
EFAULT          equ     14

section .text
global _start
_start:
        lea     r12, [rel pointers]
.next:
        mov     eax, SYS_WRITE
        mov     edi, 1
        mov     rsi, [r12]
        mov     edx, 8
        syscall
        cmp     rax, -EFAULT
        jne     .end
        add     r12, 8
        lea     rax, [rel pointers_end]
        cmp     r12, rax
        jb      .next
        mov     eax, SYS_WRITE
        mov     edi, 1
        lea     rsi, [rel text]
        mov     edx, text_end - text
        syscall
        xor     edi, edi
.end:
        mov     eax, SYS_EXIT
        syscall

section .rodata
pointers:
        dq      0, 8, 0x123456789000                    ; nothing is there
        dq      0x3ffffffffffc, 0x400000000000          ; the personality's
        dq      0x7ffffffffffc, 0x800000000000, -8      ; no program's
pointers_end:
text:   db      "EFAULT, as it should be", 10
text_end:

section .note.GNU-stack noalloc noexec nowrite progbits
