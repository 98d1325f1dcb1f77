; SPDX-License-Identifier: MIT OR Apache-2.0
;
; What an actor (actors.h) runs: one system call after the other, or reads of memory, each
; with all registers as its struct step says, and all of them kept afterwards.
;
; It is copied to where both address spaces have it, with the page that tells them apart
; and the one where turns are counted at the same distance.

%include "kozo_abi.inc"

default rel

; struct step of actors.h, from `in` on, and the pages behind the code.
%define IN              0
%define OUT             152
%define BEGUN           304
%define DONE            312
%define BEFORE          320
%define AFTER           328
%define TOUCHES         336
%define SUM             344
%define STEP_SIZE       368
%define SPACE           7 * 4096
%define TURN            8 * 4096
%define BUFFER          9 * 4096                ; of an actor, from its page of steps on

%define FLAGS           16
%define FS              17
%define GS              18

; The general registers in the order of enum actor_register, but for rax and rsp.
%macro each_register 1
        %1      1, rbx
        %1      2, rcx
        %1      3, rdx
        %1      4, rsi
        %1      5, rdi
        %1      6, rbp
        %1      8, r8
        %1      9, r9
        %1      10, r10
        %1      11, r11
        %1      12, r12
        %1      13, r13
        %1      14, r14
        %1      15, r15
%endmacro

%macro load 2
        mov     %2, [rsp + IN + 8 * %1]
%endmacro

%macro keep 2
        mov     [rsp + OUT + 8 * %1], %2
%endmacro

; The number of this event, and the space that it was seen in.
%macro note 2
        mov     eax, 1
        xadd    [actor_code + TURN], rax
        mov     [rsp + %1], rax
        mov     rax, [actor_code + SPACE]
        mov     [rsp + %2], rax
%endmacro

; A number that follows from all words of the actor's buffer, in their order.
%macro sum_buffer 0
        mov     rbx, rsp
        and     rbx, -4096
        xor     eax, eax
        mov     ecx, IPC_WORDS
%%next:
        lea     rax, [rax + rax * 2]
        add     rax, [rbx + BUFFER + IPC_BUFFER_WORD + rcx * 8 - 8]
        dec     ecx
        jnz     %%next
        mov     [rsp + SUM], rax
%endmacro

section .text

; actor_code - make all calls, the last of which does not return
;
;   in    rsp            in[] of the first struct step
;
align 16
global actor_code, actor_code_bytes
actor_code:
        note    BEGUN, BEFORE
        mov     rax, [rsp + IN + 8 * FS]
        wrfsbase rax
        mov     rax, [rsp + IN + 8 * GS]
        wrgsbase rax
        cmp     qword [rsp + TOUCHES], 0
        push    qword [rsp + IN + 8 * FLAGS]
        jne     .touch
        popfq
        each_register load
        mov     rax, [rsp + IN]
        syscall
.keep:
        mov     [rsp + OUT], rax
        mov     [rsp + OUT + 8 * 7], rsp
        each_register keep
        pushfq
        pop     qword [rsp + OUT + 8 * FLAGS]
        rdfsbase rax
        keep    FS, rax
        rdgsbase rax
        keep    GS, rax
        note    DONE, AFTER
        sum_buffer
        add     rsp, STEP_SIZE
        jmp     actor_code
.touch:
        popfq
        each_register load
        mov     rax, [rsp + IN]
        mov     rax, [rax]
        jmp     .keep

%macro invert 2
        not     %2
%endmacro

; actor_inverts - as actor_spins, but first all registers are inverted
; actor_spins   - for good, with all registers as they are
global actor_inverts, actor_spins
actor_inverts:
        not     rax
        not     rsp
        each_register invert
actor_spins:
        jmp     actor_spins
actor_code_end:

section .rodata

align 8
actor_code_bytes:       dq      actor_code_end - actor_code

section .note.GNU-stack noalloc noexec nowrite progbits
