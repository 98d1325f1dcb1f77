; SPDX-License-Identifier: MIT OR Apache-2.0
;
; Page-table isolation: in and out of a kernel that programs' page tables do not show.
;
; A processor with the flaw called Meltdown lets a program read what its page tables
; map, whatever the rights. There they map of the kernel only what is in this file, the
; trap stubs and what the CPU reads itself (isolation.h), each where it always is, and the
; kernel runs on a root of its own. Nothing here is used on other processors.
;
; Between user code and the load of a root all registers are the program's. What comes in at
; any instruction, such as an NMI, has a stack of its own.

default rel

global isolated_syscall, isolated_syscall_jump, isolated_sysret, isolated_iret
global isolated_trap, isolated_page_fault, isolated_interrupt
global isolated_kernel, isolated_user
extern syscall_entry, trap_common, page_fault, device_interrupt

section .text.entry progbits alloc exec nowrite align=16

; isolated_syscall - as syscall_entry or syscall_fast, whichever boot/isolation.c chooses
isolated_syscall:
        mov     [scratch], rsp
        mov     rsp, [isolated_kernel]
        mov     cr3, rsp
        mov     rsp, [scratch]
isolated_syscall_jump:
        jmp     near syscall_entry

; isolated_trap and so on - as trap_common, page_fault and device_interrupt
;
;   It may have come in the kernel, even in this file, before or behind a load of a root.
;   From there only a debug trap goes back, to the beginning of isolated_syscall (trap.c),
;   where either root will do.
;
%macro trap_to 1
        push    rax
        mov     rax, [isolated_kernel]
        mov     cr3, rax
        pop     rax
        jmp     %1
%endmacro

isolated_trap:
        trap_to trap_common
isolated_page_fault:
        trap_to page_fault
isolated_interrupt:
        trap_to device_interrupt

; isolated_sysret - in place of sysret, with the program's registers
isolated_sysret:
        mov     [scratch], rax
        mov     rax, [isolated_user]
        mov     cr3, rax
        mov     rax, [scratch]
        o64 sysret

; isolated_iret - in place of iretq to a program; what that takes is on the CPU's stack, which
; the program's root does not show
isolated_iret:
        mov     [scratch], rax
%assign offset 0
%rep 5
        pop     qword [frame + offset]
  %assign offset offset + 8
%endrep
        lea     rsp, [frame]
        mov     rax, [isolated_user]
        mov     cr3, rax
        mov     rax, [scratch]
        iretq

section .data.entry progbits alloc noexec write align=16

isolated_kernel: dq 0           ; the kernel's root
isolated_user:  dq 0            ; that of whoever runs
scratch:        dq 0
frame:          times 5 dq 0

section .note.GNU-stack noalloc noexec nowrite progbits
