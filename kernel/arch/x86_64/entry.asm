; SPDX-License-Identifier: MIT OR Apache-2.0
;
; Into the kernel and out of it: system calls, exceptions, interrupts.
;
; A thread has no kernel stack. On the way in, its registers go straight into
; its struct thread; on the way out, they come from whichever thread is to run.
; In between the kernel is an ordinary function on the CPU's one stack.

%include "kozo_abi.inc"
%include "offsets.inc"

default rel

global syscall_entry, syscall_slow, syscall_entry_32, user_return, trap_stubs
extern syscall_dispatch, leave_kernel, trap_user, trap_kernel

; What a trap pushes, as trap_common finds it.
%define TRAP_VECTOR     0
%define TRAP_ERROR      8
%define TRAP_RIP        16
%define TRAP_CS         24
%define TRAP_RFLAGS     32
%define TRAP_RSP        40

; Store or load all general registers but rdi (target) and rsp, at %1 + %2,
; which is a struct registers.
%macro save_registers 2
        mov     [%1 + %2 + REGS_STATUS], rax
        mov     [%1 + %2 + REGS_INFO], rsi
        mov     [%1 + %2 + REGS_WORD0], rdx
        mov     [%1 + %2 + REGS_WORD1], r10
        mov     [%1 + %2 + REGS_WORD2], r8
        mov     [%1 + %2 + REGS_WORD3], r9
        mov     [%1 + %2 + REGS_WORD4], r12
        mov     [%1 + %2 + REGS_WORD5], r13
        mov     [%1 + %2 + REGS_RBX], rbx
        mov     [%1 + %2 + REGS_RBP], rbp
        mov     [%1 + %2 + REGS_R14], r14
        mov     [%1 + %2 + REGS_R15], r15
        mov     [%1 + %2 + REGS_RCX], rcx
        mov     [%1 + %2 + REGS_R11], r11
%endmacro

; All but rax, rcx, r11 and rsp.
%macro load_registers 2
        mov     rdi, [%1 + %2 + REGS_TARGET]
        mov     rsi, [%1 + %2 + REGS_INFO]
        mov     rdx, [%1 + %2 + REGS_WORD0]
        mov     r10, [%1 + %2 + REGS_WORD1]
        mov     r8, [%1 + %2 + REGS_WORD2]
        mov     r9, [%1 + %2 + REGS_WORD3]
        mov     r12, [%1 + %2 + REGS_WORD4]
        mov     r13, [%1 + %2 + REGS_WORD5]
        mov     rbx, [%1 + %2 + REGS_RBX]
        mov     rbp, [%1 + %2 + REGS_RBP]
        mov     r14, [%1 + %2 + REGS_R14]
        mov     r15, [%1 + %2 + REGS_R15]
%endmacro

; A trap leaves most flags as the program had them: DF, AC, which opens user
; memory to the kernel, and more (SDM vol. 3, 6.12.1.3).
%macro clean_flags 0
        push    qword RFLAGS_KERNEL
        popfq
%endmacro

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
        mov     [rsp + THREAD_REGS + REGS_TARGET], rdi
        mov     [rsp + THREAD_REGS + REGS_RIP], rcx
        mov     [rsp + THREAD_REGS + REGS_RFLAGS], r11
        mov     rdi, rsp                                ; rdi = thread
        mov     rax, [gs:CPU_USER_STACK]
        mov     [rdi + THREAD_REGS + REGS_RSP], rax
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
        jne     .choose
.run:
        load_registers rax, THREAD_REGS
        cmp     qword [rax + THREAD_REGS + REGS_EXACT], 0
        jne     .exact

        ; sysret faults in the kernel, on a stack of the user's choice, if rcx is
        ; not canonical. It is: a `syscall` lies below USER_TOP, and so does what
        ; follows it, since the last page of user space is never mapped.
        mov     rcx, [rax + THREAD_REGS + REGS_RIP]
        mov     r11, [rax + THREAD_REGS + REGS_RFLAGS]
        mov     rsp, [rax + THREAD_REGS + REGS_RSP]
        mov     rax, [rax + THREAD_REGS + REGS_STATUS]
        swapgs
        o64 sysret
.choose:
        call    leave_kernel                            ; rax = thread
        jmp     .run
.exact:
        mov     qword [rax + THREAD_REGS + REGS_EXACT], 0       ; as it is while a thread runs
        push    qword SELECTOR_USER_DATA
        push    qword [rax + THREAD_REGS + REGS_RSP]
        push    qword [rax + THREAD_REGS + REGS_RFLAGS]
        push    qword SELECTOR_USER_CODE
        push    qword [rax + THREAD_REGS + REGS_RIP]
        mov     rcx, [rax + THREAD_REGS + REGS_RCX]
        mov     r11, [rax + THREAD_REGS + REGS_R11]
        mov     rax, [rax + THREAD_REGS + REGS_STATUS]
        swapgs
        iretq

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
        jmp     trap_common
  %assign vector vector + 1
%endrep

; trap_common - an exception or interrupt
;
;   in    rsp            TRAP_*, on the CPU's kernel stack or one of the
;                        stacks that the IDT gives to some vectors
;   out   through user_return, or iretq back into the kernel
;
;   Only the saved cs tells whose gs is loaded; user code can set its own.
;
trap_common:
        test    byte [rsp + TRAP_CS], 3
        jz      .kernel
        swapgs
        push    rdi
        mov     rdi, [gs:CPU_CURRENT]                   ; rdi = thread
        save_registers rdi, THREAD_REGS
        pop     qword [rdi + THREAD_REGS + REGS_TARGET]
        pop     rsi                                     ; rsi = vector
        pop     rdx                                     ; rdx = error code
        pop     qword [rdi + THREAD_REGS + REGS_RIP]
        pop     qword [rdi + THREAD_REGS + REGS_CS]
        pop     qword [rdi + THREAD_REGS + REGS_RFLAGS]
        pop     qword [rdi + THREAD_REGS + REGS_RSP]
        mov     qword [rdi + THREAD_REGS + REGS_EXACT], 1
        mov     rsp, [gs:CPU_STACK]
        xor     ebp, ebp
        clean_flags
        call    trap_user
        jmp     user_return

        ; In the kernel: nothing is known of gs, and nothing needs it.
.kernel:
        sub     rsp, REGS_SIZE
        save_registers rsp, 0
        mov     [rsp + REGS_TARGET], rdi
        mov     rax, [rsp + REGS_SIZE + TRAP_RIP]
        mov     [rsp + REGS_RIP], rax
        mov     rax, [rsp + REGS_SIZE + TRAP_CS]
        mov     [rsp + REGS_CS], rax
        mov     rax, [rsp + REGS_SIZE + TRAP_RFLAGS]
        mov     [rsp + REGS_RFLAGS], rax
        mov     rax, [rsp + REGS_SIZE + TRAP_RSP]
        mov     [rsp + REGS_RSP], rax
        mov     rdi, rsp
        mov     rsi, [rsp + REGS_SIZE + TRAP_VECTOR]
        mov     rdx, [rsp + REGS_SIZE + TRAP_ERROR]
        mov     rbx, rsp
        and     rsp, -16
        clean_flags
        call    trap_kernel
        mov     rax, rbx
        load_registers rax, 0
        mov     rcx, [rax + REGS_RCX]
        mov     r11, [rax + REGS_R11]
        lea     rsp, [rax + REGS_SIZE + TRAP_RIP]
        mov     rax, [rax + REGS_STATUS]
        iretq

section .note.GNU-stack noalloc noexec nowrite progbits
