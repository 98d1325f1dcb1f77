; SPDX-License-Identifier: MIT OR Apache-2.0
;
; What the guest suite needs in assembly: outer code that keeps every register of a
; guest, small guests, and a copy routine with a window.

; struct run of guest_mode.c, from `in` on.
%define IN      0
%define OUT     120
%define EXIT    240
%define FLAGS   248
%define SAVED   256

%define BY_SYSCALL      1
%define BY_OTHER        2
%define REFUSED         3

; The registers in the order of enum register_name, but for rax and the one that leads there.
%macro each_register 1
        %1      1, rbx
        %1      2, rcx
        %1      3, rdx
        %1      4, rsi
        %1      6, rbp
        %1      7, r8
        %1      8, r9
        %1      9, r10
        %1      10, r11
        %1      11, r12
        %1      12, r13
        %1      13, r14
        %1      14, r15
%endmacro

%macro load 2
        mov     %2, [rdi + IN + 8 * %1]
%endmacro

%macro keep 2
        mov     [rsp + OUT + 8 * %1], %2
%endmacro

%include "kozo_abi.inc"

section .text

; run_guest - run the guest with the registers in[]; come back when it has stopped
;
;   in    rdi            in[] of a struct run, which is the outer stack too
;         rsi            ENTER, with its flags
;
global run_guest, outer_by_syscall, outer_by_other
run_guest:
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        push    rdi
        mov     [rdi + SAVED], rsp
        mov     rax, rsi
        each_register load
        mov     rdi, [rdi + IN + 8 * 5]
        syscall
        mov     rdi, [rsp]                              ; it was refused
        mov     [rdi + OUT], rax
        mov     qword [rdi + EXIT], REFUSED
        jmp     come_back

outer_by_syscall:
        mov     qword [rsp + EXIT], BY_SYSCALL
        jmp     keep_all
outer_by_other:
        mov     qword [rsp + EXIT], BY_OTHER
keep_all:
        pushfq
        pop     qword [rsp + FLAGS]
        mov     [rsp + OUT], rax
        mov     [rsp + OUT + 8 * 5], rdi
        each_register keep
        mov     rdi, rsp
come_back:
        mov     rsp, [rdi + SAVED]
        pop     rdi
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        ret

; --- guests ---------------------------------------------------------------------------

global guest_calls, guest_called, guest_tells_rcx, guest_reads, guest_is_undefined
global guest_is_privileged, guest_breaks, guest_tells_flags, guest_spins, guest_spun
global guest_waits, guest_changes, guest_writes, guest_changes_all, guest_changed_all
global guest_waits_and_reads, guest_waits_and_looks
guest_calls:
        syscall
guest_called:
        ud2
guest_tells_rcx:
        mov     rbx, rcx
        mov     rdx, r11
        syscall
guest_reads:
        mov     rsi, [rbx]
        syscall
guest_writes:
        mov     [rbx], rsi
        syscall
guest_is_undefined:
        ud2
guest_is_privileged:
        cli
guest_breaks:
        int3
guest_tells_flags:
        pushfq
        pop     rbx
        syscall
guest_spins:
        inc     rbx
        jmp     guest_spins
guest_spun:
guest_waits:                                            ; until the time in rbx
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        cmp     rax, rbx
        jb      guest_waits
        syscall
guest_changes:
        sub     rsp, 16
        stc
        syscall
guest_changes_all:                                      ; whatever a fault tells
        inc     rax
        inc     rcx
        inc     r11
        sub     rsp, 16
        stc
guest_changed_all:
        mov     rsi, [rbx]
        syscall
guest_waits_and_reads:                                  ; as guest_waits, and has a fault then
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        cmp     rax, rbx
        jb      guest_waits_and_reads
        xor     ebx, ebx
        mov     rsi, [rbx]
        syscall

guest_waits_and_looks:                                  ; until there is something at rbx
        cmp     qword [rbx], 0
        je      guest_waits_and_looks
        mov     rsi, [rsi]
        syscall

; copy_word - read a word that may not be there
;
;   in    rdi            its address       rsi  where three words go
;   out   rax            0: the first is it. 1: the others are where and why not
;
global copy_word, window_start, window_end, window_landing
copy_word:
        xor     eax, eax
window_start:
        mov     rcx, [rdi]
window_end:
        mov     [rsi], rcx
        ret
window_landing:
        mov     [rsi + 8], rax
        mov     [rsi + 16], rdx
        mov     eax, 1
        ret

; sender_main - where a struct sender begins: it sends once, notes what came of it,
;               and waits for good where nobody receives
;
;   in    rdi            the struct sender, from `number` on
;   out   r14            0 until its system call has ended, then the status + 1
;
global sender_main
sender_main:
        mov     rbx, rdi
        mov     rax, [rbx]                              ; SEND or CALL
        mov     rdi, [rbx + 8]                          ; where to
        syscall
        lea     r14, [rax + 1]
        mov     eax, SYS_SEND
        mov     rdi, [rbx + 16]                         ; where nobody receives
        syscall
        ud2

section .note.GNU-stack noalloc noexec nowrite progbits
