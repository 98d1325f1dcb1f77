; SPDX-License-Identifier: MIT OR Apache-2.0
;
; Into the kernel and out of it: system calls, exceptions, interrupts.
;
; A thread has no kernel stack. On the way in, its registers go straight into
; its struct thread; on the way out, they come from whichever thread is to run.
; In between the kernel is an ordinary function on the CPU's one stack.

%include "kozo_abi.inc"
%include "offsets.inc"
%include "entry.inc"

default rel

global syscall_entry, syscall_slow, syscall_saved, syscall_entry_32, user_return, run_saved
global trap_stubs, trap_common, trap_inside, trap_saved
extern syscall_dispatch, leave_kernel, trap_user, trap_kernel, page_fault, device_interrupt

section .text

; syscall_entry - a thread executed `syscall`
;
;   in    rcx            its rip        r11  its rflags
;         the rest       as abi/kozo.abi says; rsp is still the user's
;         gs             the user's; ours is one swapgs away
;   out   through user_return
;
syscall_entry:
        swapgs
        mov     [gs:CPU_USER_STACK], rsp
        mov     rsp, [gs:CPU_CURRENT]                   ; rsp = thread
syscall_slow:                                           ; from fast.asm
        save_registers rsp, THREAD_REGS
        mov     [rsp + THREAD_REGS + REG(RDI)], rdi
        save_place
syscall_saved:                                          ; from fast_signal.asm
        mov     rdi, rsp                                ; rdi = thread
        mov     rsp, [gs:CPU_STACK]
        xor     ebp, ebp                                ; backtraces end here
        call    syscall_dispatch

; user_return - run whoever is to run now
;
;   Reached with interrupts off and rsp on the CPU's kernel stack.
;
user_return:
        mov     rax, [gs:CPU_CURRENT]                   ; rax = thread
        cmp     byte [gs:CPU_RESCHEDULE], 0
        jne     .choose
        cmp     dword [rax + THREAD_STATE], THREAD_READY
        je      .run
.choose:
        call    leave_kernel                            ; rax = thread
.run:
        swapgs

; run_saved - run the thread in rax; all is loaded but its general registers
;
;   Reached with rsp on the CPU's kernel stack, and gs the user's.
;
run_saved:
        load_registers rax, THREAD_REGS
        cmp     qword [rax + THREAD_REGS + REGS_EXACT], 0
        jne     .exact

        ; sysret faults in the kernel, on a stack of the user's choice, if rcx is
        ; not canonical. It is: a `syscall` lies below USER_TOP, and so does what
        ; follows it, since the last page of user space is never mapped.
        mov     rcx, [rax + THREAD_REGS + REG(RIP)]
        mov     r11, [rax + THREAD_REGS + REG(RFLAGS)]
        fetch   rax + THREAD_REGS, RSP, RAX
        leave_by_sysret
.exact:
        mov     qword [rax + THREAD_REGS + REGS_EXACT], 0       ; as it is while a thread runs
        push    qword SELECTOR_USER_DATA
        push    qword [rax + THREAD_REGS + REG(RSP)]
        push    qword [rax + THREAD_REGS + REG(RFLAGS)]
        push    qword SELECTOR_USER_CODE
        push    qword [rax + THREAD_REGS + REG(RIP)]
        fetch   rax + THREAD_REGS, RCX, R11, RAX
        leave_by_iret

; What every program's page tables show of the kernel, whatever else they hide.
section .text.entry progbits alloc exec nowrite align=16

; syscall_entry_32 - `syscall` from 32-bit code, which no selector of ours allows
;
;   The register must point somewhere; should a CPU ever come here, it stops.
;
syscall_entry_32:
        ud2

; trap_stubs - one 16-byte entry per vector, in order
;
;   Each leaves its vector above an error code, which is 0 for the vectors that
;   have none (Intel SDM vol. 3, table 6-1).
;
align 16
trap_stubs:
%assign vector 0
%rep 256
        align   16
  %if vector = 8 || (vector >= 10 && vector <= 14) || vector = 17 || vector = 21 || vector = 29 || vector = 30
        push    qword vector
  %else
        push    qword 0
        push    qword vector
  %endif
  %if vector = VECTOR_PAGE_FAULT
        jmp     near page_fault                         ; fast_fault.asm
  %elif vector >= VECTOR_DEVICES && vector < VECTOR_DEVICES + IRQ_VECTORS
        jmp     near device_interrupt                   ; fast_signal.asm
  %else
        jmp     near trap_common
  %endif
  %assign vector vector + 1
%endrep

section .text

; trap_common - an exception or interrupt
;
;   in    rsp            TRAP_*, on the CPU's kernel stack or one of the
;                        stacks that the IDT gives to some vectors
;   out   through user_return, or iretq back into the kernel
;
trap_common:
        enter_from_user trap_in_kernel                  ; rdi = thread
trap_inside:                                            ; from fast_fault.asm
        save_interrupted
trap_saved:                                             ; from fast_fault.asm and fast_signal.asm
        call    trap_user
        jmp     user_return

        ; In the kernel: nothing is known of gs, and nothing needs it.
trap_in_kernel:
        sub     rsp, REGS_SIZE
        save_registers rsp, 0
        mov     [rsp + REG(RDI)], rdi
        mov     rax, [rsp + REGS_SIZE + TRAP_RIP]
        mov     [rsp + REG(RIP)], rax
        mov     rax, [rsp + REGS_SIZE + TRAP_CS]
        mov     [rsp + REGS_CS], rax
        mov     rax, [rsp + REGS_SIZE + TRAP_RFLAGS]
        mov     [rsp + REG(RFLAGS)], rax
        mov     rax, [rsp + REGS_SIZE + TRAP_RSP]
        mov     [rsp + REG(RSP)], rax
        mov     rdi, rsp
        mov     rsi, [rsp + REGS_SIZE + TRAP_VECTOR]
        mov     rdx, [rsp + REGS_SIZE + TRAP_ERROR]
        mov     rbx, rsp
        and     rsp, -16
        clean_flags
        call    trap_kernel
        mov     rax, rbx
        load_registers rax, 0
        fetch   rax, RCX, R11
        lea     rsp, [rax + REGS_SIZE + TRAP_RIP]
        mov     rax, [rax + REG(RAX)]
        iretq

section .note.GNU-stack noalloc noexec nowrite progbits
