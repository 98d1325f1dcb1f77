; SPDX-License-Identifier: MIT OR Apache-2.0
;
; A program for Linux: computes, without a system call, while a child of it ends; and that
; again until the end of a child has once taken it from its work. Nothing may be lost.

SYS_WRITE       equ     1
SYS_NANOSLEEP   equ     35
SYS_CLONE       equ     56
SYS_EXIT        equ     60
SYS_WAIT4       equ     61
SYS_GETRUSAGE   equ     98
SIGCHLD         equ     17
WNOHANG         equ     1
RU_NIVCSW       equ     136             ; of a struct rusage

CHILDREN        equ     100             ; at most: one may end just between work and work
ROUNDS          equ     1 << 22

%define KEPT    rax, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
%define OF(n)   (0x0102030405060708 * n)

%macro fill 1-*
%assign n 1
%rep %0
        mov     %1, OF(n)
%assign n n + 1
%rotate 1
%endrep
%endmacro

%macro check 1-*
%assign n 1
%rep %0
        mov     rdx, OF(n)
        cmp     %1, rdx
        jne     failed
%assign n n + 1
%rotate 1
%endrep
%endmacro

section .text
global _start
_start:
        dec     dword [rel children]
        js      failed
        mov     eax, SYS_CLONE
        mov     edi, SIGCHLD
        xor     esi, esi
        syscall
        test    rax, rax
        js      failed
        jz      child
work:
        fill    KEPT
        movq    xmm0, rbx
        movq    xmm15, r15
        mov     ecx, ROUNDS
        xor     edx, edx
        stc                                             ; neither inc nor dec changes it
.round:
        inc     rdx
        dec     rcx
        jnz     .round
        jnc     failed
        cmp     rdx, ROUNDS
        jne     failed
        check   KEPT
        movq    rdx, xmm0
        cmp     rdx, rbx
        jne     failed
        movq    rdx, xmm15
        cmp     rdx, r15
        jne     failed

        mov     eax, SYS_WAIT4
        mov     rdi, -1
        xor     esi, esi
        mov     edx, WNOHANG
        syscall
        test    rax, rax
        js      failed
        jz      work
        mov     eax, SYS_GETRUSAGE
        xor     edi, edi
        lea     rsi, [rel usage]
        syscall
        cmp     qword [rel usage + RU_NIVCSW], 0
        je      _start

        mov     eax, SYS_WRITE
        mov     edi, 1
        lea     rsi, [rel text]
        mov     edx, text_end - text
        syscall
        xor     edi, edi
        jmp     exit
child:
        mov     eax, SYS_NANOSLEEP
        lea     rdi, [rel while]
        xor     esi, esi
        syscall
        xor     edi, edi
        jmp     exit
failed:
        mov     edi, 1
exit:
        mov     eax, SYS_EXIT
        syscall

section .data
children:
        dd      CHILDREN

section .bss
usage:  resq    18

section .rodata
while:  dq      0, 2000000                              ; 2 ms
text:   db      "taken from work, and nothing is lost", 10
text_end:

section .note.GNU-stack noalloc noexec nowrite progbits
