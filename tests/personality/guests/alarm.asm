; SPDX-License-Identifier: MIT OR Apache-2.0
;
; A program for Linux: sets an alarm, and works until it is killed.

SYS_SETITIMER   equ     38

section .text
global _start
_start:
        mov     eax, SYS_SETITIMER
        xor     edi, edi                                ; ITIMER_REAL
        lea     rsi, [rel soon]
        xor     edx, edx
        syscall
.spin:
        inc     rbx
        jmp     .spin

section .rodata
soon:   dq      0, 0, 0, 20000                          ; in 20 ms

section .note.GNU-stack noalloc noexec nowrite progbits
