; SPDX-License-Identifier: MIT OR Apache-2.0
;
; Guests, and the outer code that lets them go on.

%include "kozo_abi.inc"

; As mark() of bench.h: `mov al, cs:[%1]`.
%macro mark 1
        db      0x2e                                    ; cs: nasm would warn of it
        mov     al, [%1]
%endmacro

section .text

; The guests:
;
;   in    rdi            the mark of their row      rsi  the mark of nobody
;         rbx            how often                  rdx  where no page is
;   uses  al rbx rcx r11
;
global guest_calls, guest_faults
guest_calls:
        mark    rdi
        syscall
        mark    rsi
        dec     rbx
        jnz     guest_calls
        ud2
guest_faults:
        mark    rdi
guest_fault:
        mov     rax, [rdx]
guest_faulted:
        mark    rsi
        dec     rbx
        jnz     guest_faults
        syscall

; The outer code, which finds the guest's registers:
;
;   in    r9             the guest's state
;         rsp            a stack that is aligned to 16
;   uses  rax
;
extern guest_ended
global outer_goes_on, outer_skips, outer_ends
outer_goes_on:
        mov     eax, SYS_ENTER
        syscall
        ud2
outer_skips:
        add     qword [r9 + GUEST_STATE_RIP], guest_faulted - guest_fault
        mov     rax, SYS_ENTER | ENTER_EXACT
        syscall
        ud2
outer_ends:
        xor     ebp, ebp
        call    guest_ended
        ud2

section .note.GNU-stack noalloc noexec nowrite progbits
