; SPDX-License-Identifier: MIT OR Apache-2.0
;
; INVOKE without saving what the caller gets back: its arguments go onto the stack, as a
; struct invocation (core/invoke.h), and not into the thread and out again; what C
; functions preserve stays where it is. What a call means is said in C.

%include "kozo_abi.inc"
%include "offsets.inc"
%include "entry.inc"

default rel

global syscall_invoke_fast
extern syscall_slow, user_return, invocation_begin, invocation_end, loan_record_now

%if INVOCATION_ARG != 0 || INVOCATION_CALLER != 8 * IPC_REGISTERS
  %error "a struct invocation does not begin with the arguments and the caller"
%endif
%if INVOCATION_SIZE % 16
  %error "calls need an aligned stack"
%endif

; The registers as the caller had them, or gets them, but for rax and rsp: from the
; struct invocation in rsp and the thread. rsp = thread
%macro load_caller 0
        pop     rdx
        pop     r10
        pop     r8
        pop     r9
        pop     r12
        pop     r13
        mov     rsp, [gs:CPU_CURRENT]
        fetch   rsp + THREAD_REGS, RDI, RSI
        mov     rcx, [rsp + THREAD_REGS + REG(RIP)]
        mov     r11, [rsp + THREAD_REGS + REG(RFLAGS)]
%endmacro

section .text

; syscall_invoke_fast - INVOKE, of a thread that has no flag that matters (fast.asm)
;
;   in    rsp            thread         [gs:CPU_USER_STACK]  its stack pointer
;         the rest       as in syscall_entry; rax = SYS_INVOKE, and no Reply above it
;   out   to the caller, or through user_return, or to syscall_slow, as it came
;
;   The caller goes on at once if the method says that the call is done, and nobody has
;   asked for a look at who runs: whoever stops a thread or takes it away does (sched.h).
;
align 16
syscall_invoke_fast:
        store   rsp + THREAD_REGS, RDI, RSI
        mov     [rsp + THREAD_REGS + REG(RIP)], rcx
        mov     [rsp + THREAD_REGS + REG(RFLAGS)], r11
        mov     rcx, rsp                                ; rcx = thread
        mov     rsp, [gs:CPU_STACK]
        sub     rsp, INVOCATION_SIZE - INVOCATION_CALLER - 8
        push    rcx
        push    r13
        push    r12
        push    r9
        push    r8
        push    r10
        push    rdx                                     ; rsp = struct invocation
        mov     dword [gs:CPU_WORK], 0
        mov     rax, [rcx + THREAD_CONTEXT]
        cmp     rax, [rcx + THREAD_OWN]
        jne     .borrows
.known:
        mov     rdi, rsp
        call    invocation_begin
        test    rax, rax                                ; rax = method
        jz      .refused
        mov     rdi, rsp
        call    [rax + METHOD_HANDLER]
        or      eax, eax                                ; rax = status
        js      .leave                                  ; RESTART
        cmp     byte [gs:CPU_RESCHEDULE], 0
        jne     .leave

        ; The results take the place of the first arguments.
        mov     rcx, [rsp + INVOCATION_METHOD]
        movzx   ecx, byte [rcx + METHOD_NRESULTS]
        jrcxz   .given
.give:
        mov     rdx, [rsp + INVOCATION_RESULT + 8 * rcx - 8]
        mov     [rsp + INVOCATION_ARG + 8 * rcx - 8], rdx
        dec     ecx
        jnz     .give
.given:
        load_caller
        mov     rsp, [gs:CPU_USER_STACK]
        swapgs
        leave_by_sysret

        ; As loan_record() does.
.borrows:
        mov     rdi, rcx
        call    loan_record_now
        jmp     .known

        ; Who is to run is to be looked at. What else the caller had is saved now. If the call
        ; has destroyed it, it is still a thread, in its tomb: nobody who is gone himself
        ; takes that apart (core/object.h).
.leave:
        mov     rcx, [rsp + INVOCATION_CALLER]
        store   rcx + THREAD_REGS, RBX, RBP, R14, R15
        mov     rdx, [gs:CPU_USER_STACK]
        mov     [rcx + THREAD_REGS + REG(RSP)], rdx
        mov     qword [rcx + THREAD_REGS + REG(RAX)], SYS_INVOKE
        mov     rdi, rsp
        mov     esi, eax
        call    invocation_end
        mov     rsp, [gs:CPU_STACK]
        jmp     user_return

.refused:
        load_caller
        mov     eax, SYS_INVOKE
        jmp     syscall_slow

section .note.GNU-stack noalloc noexec nowrite progbits
