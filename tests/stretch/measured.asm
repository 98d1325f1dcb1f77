; SPDX-License-Identifier: MIT OR Apache-2.0
;
; measured_invoke - INVOKE, and how many TSC ticks the kernel took
;
;   in    rdi   struct kozo_registers: what to invoke, and its arguments
;   out   eax   ticks, without those of our own six instructions: where a tick is an
;               instruction, as with -icount shift=0, this is the kernel's part
;         edx   status
;
;   measured_call is the address of the syscall instruction.

%include "kozo_abi.inc"

section .text
global measured_invoke, measured_call
measured_invoke:
        push    rbx
        push    r12
        push    r13
        push    r14
        mov     rsi, [rdi + 8]
        mov     r14, [rdi + 16]
        mov     r10, [rdi + 24]
        mov     r8, [rdi + 32]
        mov     r9, [rdi + 40]
        mov     r12, [rdi + 48]
        mov     r13, [rdi + 56]
        mov     rdi, [rdi]

        rdtsc                                           ; 1
        mov     ebx, eax                                ; 2: ebx = before
        mov     eax, SYS_INVOKE                         ; 3
        mov     rdx, r14                                ; 4
measured_call:
        syscall                                         ; 5
        mov     r14d, eax                               ; 6: r14d = status
        rdtsc

        sub     eax, ebx
        sub     eax, 6
        mov     edx, r14d
        pop     r14
        pop     r13
        pop     r12
        pop     rbx
        ret

section .note.GNU-stack noalloc noexec nowrite progbits
