; SPDX-License-Identifier: MIT OR Apache-2.0
;
; Into a guest and out of it, and the copy window.

%include "kozo_abi.inc"

extern outer_main

%define SELF    128             ; of a struct outer
%define BY_SYSCALL 0            ; its `by`
%define BY_OTHER   1

; With what they keep or give in the order of struct outer, from its end.
%define EACH    rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15

%macro keep 1-*
%rep %0
        push    %1
%rotate 1
%endrep
%endmacro

%macro give 1-*
%rep %0 - 1
%rotate -1
        pop     %1
%endrep
%endmacro

section .text

; outer_by_syscall, outer_by_other - the guest has stopped; outer_start - it has not run
;
;   in    rsp            `self` of the process's struct outer, which is filled from there
;                        down; at the start that structure itself
;         others         the guest's; at the start they are in the structure
;   out   to the guest, with what outer_main() has left in that structure
;
global outer_by_syscall, outer_by_other, outer_start
outer_by_other:
        keep    EACH
        push    BY_OTHER
        jmp     outer_start
outer_by_syscall:
        keep    EACH
        push    BY_SYSCALL
outer_start:
        xor     ebp, ebp
        mov     rdi, [rsp + SELF]
        call    outer_main                              ; rax = ENTER, with its flags
        add     rsp, 8                                  ; by
        give    EACH
        add     rsp, 8                                  ; rax, which is in the state
        syscall
        ud2

; copy_window - copy bytes that may not be there
;
;   in    rdi, rsi, rdx  to, from, how many      rcx  where to put two words
;   out   rax            0: done. 1: the words are where it failed, and the error code
;
global copy_window, window_start, window_end, window_landing
copy_window:
        mov     r8, rcx
        mov     rcx, rdx
        xor     eax, eax
window_start:
        rep movsb
window_end:
        ret
window_landing:
        mov     [r8], rax
        mov     [r8 + 8], rdx
        mov     eax, 1
        ret

section .note.GNU-stack noalloc noexec nowrite progbits
