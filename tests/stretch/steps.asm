; SPDX-License-Identifier: MIT OR Apache-2.0
;
; steps - a thread's life: system calls without words, one after the other, then only YIELD
;
;   in    rdi            struct step: where they are listed
;   uses  everything but a stack: many may do this at once, without one each

%include "kozo_abi.inc"

STEP_TARGET     equ     8
STEP_SIZE       equ     16

section .text
global steps
steps:
        mov     rbx, rdi
.next:
        mov     rax, [rbx]                              ; rax = number, Reply
        cmp     rax, -1
        je      .end
        mov     rdi, [rbx + STEP_TARGET]
        xor     esi, esi
        add     rbx, STEP_SIZE
        syscall
        jmp     .next
.end:
        mov     eax, SYS_YIELD
        syscall
        jmp     .end

section .note.GNU-stack noalloc noexec nowrite progbits
