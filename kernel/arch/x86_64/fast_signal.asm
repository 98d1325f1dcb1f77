; SPDX-License-Identifier: MIT OR Apache-2.0
;
; Fast paths: signals, by programs and by devices, and giving up a turn. As in fast.asm.

%include "kozo_abi.inc"
%include "offsets.inc"
%include "entry.inc"
%include "fast.inc"

default rel

global signal, take_pending, yield, device_interrupt
extern slow, syscall_saved, run_saved, trap_common, trap_saved
extern irq_handlers, irq_count, alarm_turn_ticks, apic_end, fast_traps

section .text

; signal - nobody waits for it, or somebody more urgent does
;
;   1. the cptr names a Notification, with SEND
;   2. nobody is bound to it, and nobody watches it
;
signal:
        slot_of rbx, rdi
        need_cap rbx, ebp, OBJECT_NOTIFICATION, RIGHT_SEND, slow ; 1
        mov     rbp, [rbx + SLOT_OBJECT]
        mov     r14, [rbp + NOTIFICATION_WAITERS + QUEUE_HEAD]
        or      r14, [rbp + NOTIFICATION_BOUND]
        or      r14, [rbp + NOTIFICATION_WATCH + SLOT_MAPPING]
        jnz     .somebody

        mov     rbx, [rbx + SLOT_BADGE]
        cmp     rbx, 1
        adc     rbx, 0                                          ; no badge: bit 0
        or      [rbp + NOTIFICATION_PENDING], rbx
        jmp     same_thread
.somebody:
        mov     r14, [rbp + NOTIFICATION_BOUND]
        or      r14, [rbp + NOTIFICATION_WATCH + SLOT_MAPPING]
        jnz     slow                                            ; 2
        mov     r14, [rbp + NOTIFICATION_WAITERS + QUEUE_HEAD]
        save_call
        xor     r12d, r12d
        jmp     wake

; poll, wait - when a signal is pending
;
;   1. the cptr names a Notification, with RECEIVE
;   2. nobody is bound to it
;   3. a signal is pending
;
take_pending:
        slot_of rbx, rdi
        need_cap rbx, ebp, OBJECT_NOTIFICATION, RIGHT_RECEIVE, slow ; 1
        mov     rbp, [rbx + SLOT_OBJECT]
        cmp     qword [rbp + NOTIFICATION_BOUND], 0
        jne     slow                                            ; 2
        mov     r14, [rbp + NOTIFICATION_PENDING]
        test    r14, r14
        jz      slow                                            ; 3

        mov     qword [rbp + NOTIFICATION_PENDING], 0
        inc     qword [rsp + THREAD_SIGNALS]
        mov     rdi, r14
        mov     esi, INFO_SIGNAL

; Back to the caller, with success.
same_thread:
        xor     eax, eax
        load_scratch
        mov     rsp, [gs:CPU_USER_STACK]
        swapgs
        leave_by_sysret

; device_interrupt - of a device, while a program ran; as trap_common (entry.asm)
;
;   1. the CPU has what the fast paths need
;   2. the thread has no flag that matters
;   3. somebody handles the vector, who has not masked it and need not for each interrupt
;   4. it signals a Notification
;   5. nobody is bound to that, and nobody watches it, but somebody waits
;
device_interrupt:
        cmp     byte [fast_traps], 0
        je      trap_common                                     ; 1
        enter_from_user trap_common
        save_interrupted
        test    dword [rdi + THREAD_FLAGS], FLAGS_NO_FAST & ~FLAG_INSIDE
        jnz     trap_saved                                      ; 2
        lea     rax, [irq_handlers]
        mov     rbx, [rax + rsi * 8 - VECTOR_DEVICES * 8]
        test    rbx, rbx
        jz      trap_saved                                      ; 3
        movzx   eax, byte [rbx + IRQ_HANDLER_MASKED]
        or      al, [rbx + IRQ_HANDLER_LEVEL]
        jnz     trap_saved                                      ; 3
        add     rbx, IRQ_HANDLER_NOTIFICATION
        cmp     byte [rbx + SLOT_META], OBJECT_NOTIFICATION
        jne     trap_saved                                      ; 4
        mov     rbp, [rbx + SLOT_OBJECT]
        mov     rax, [rbp + NOTIFICATION_BOUND]
        or      rax, [rbp + NOTIFICATION_WATCH + SLOT_MAPPING]
        jnz     trap_saved                                      ; 5
        mov     r14, [rbp + NOTIFICATION_WAITERS + QUEUE_HEAD]
        test    r14, r14
        jz      trap_saved                                      ; 5
        mov     r12, rsi
        mov     rsp, rdi

; wake - a signal finds somebody who waits, and is more urgent than whoever runs
;
;   in    rsp            the running thread, all of which is saved
;         rbp            the Notification
;         rbx            the slot that signals it
;         r14            the first waiter's link
;         r12            the vector of a device, or 0: the thread makes a system call
;
;   1. the waiter has time of its own, runs on that, and has no other flag
;   2. so does the running thread, which does not borrow that as well
;   3. the waiter is more urgent than that; so it is more urgent than all that wait to run
;   4. both have all the time there is
;   5. the running thread leaves no selector
;   6. what the CPU remembers of the waiter's address space is good
;   7. the turn of the running thread is not over
;
;   Nobody who borrows the running thread's time is ready: he would run before it.
;
wake:
        sub     r14, THREAD_LINK                                ; r14 = waiter
        cmp     dword [r14 + THREAD_FLAGS], FLAG_ACTIVE
        jne     slow_wake                                       ; 1
        mov     rdi, [r14 + THREAD_OWN]                         ; rdi = its context
        cmp     rdi, [r14 + THREAD_CONTEXT]
        jne     slow_wake                                       ; 1
        mov     rsi, [gs:CPU_CONTEXT]                           ; rsi = the one that runs
        cmp     rsi, [rsp + THREAD_OWN]
        jne     slow_wake                                       ; 2
        mov     ecx, [rsi + CONTEXT_PRIORITY]
        mov     eax, [rdi + CONTEXT_PRIORITY]
        cmp     eax, ecx
        jbe     slow_wake                                       ; 3
        movzx   eax, word [rdi + CONTEXT_IS_LIMITED]
        or      ax, [rsi + CONTEXT_IS_LIMITED]
        or      rax, [rsp + THREAD_BORROWED]
        jnz     slow_wake                                       ; 2, 4
        need_no_selectors slow_wake                             ; 5
        load_cr3 r15, r14, slow_wake                            ; 6
        read_clock                                              ; rax = now
        mov     r8, rax
        sub     r8, [gs:CPU_SINCE]                              ; r8 = what was used
        mov     r9, [rsi + CONTEXT_TURN]
        sub     r9, r8
        jle     slow_wake                                       ; 7

        ; Commit.
        mov     [rsi + CONTEXT_TURN], r9
        add     [rsi + CONTEXT_CONSUMED], r8
        mov     [gs:CPU_SINCE], rax
        add     [rsp + THREAD_TIME], rax
        sub     [r14 + THREAD_TIME], rax
        mov     [gs:CPU_CONTEXT], rdi
        lea     r8, [r14 + THREAD_LINK]
        lea     r9, [rbp + NOTIFICATION_WAITERS]
        take_first r8, r9, r10
        mov     dword [r14 + THREAD_STATE], THREAD_READY
        inc     qword [r14 + THREAD_SIGNALS]

        ; The running thread is the next of its context, and that of its priority.
        lea     r8, [rsp + THREAD_LINK]
        lea     r9, [rsi + CONTEXT_READY]
        put_first r8, r9, r10
        mov     r9d, ecx
        shl     r9, QUEUE_BITS
        add     r9, [gs:CPU_SELF]
        add     r9, CPU_READY
        add     rsi, CONTEXT_RUN
        put_first rsi, r9, r10
        bts     [gs:CPU_OCCUPIED], rcx
        inc     ecx
        mov     [gs:CPU_TOP], ecx                               ; nobody who waits is above
        test    r12, r12
        jnz     .device
        mov     qword [rsp + THREAD_REGS + REG(RAX)], OK
.deliver:
        mov     rdi, [rbx + SLOT_BADGE]
        cmp     rdi, 1
        adc     rdi, 0                                          ; no badge: bit 0
        mov     esi, INFO_SIGNAL
        fetch   r14 + THREAD_REGS, RDX, R10, R8, R9, R12, R13
        switch_to r15

        ; The interrupt is counted, and ended.
.device:
        inc     qword [irq_count]
        mov     r12, rsp
        mov     rsp, [gs:CPU_STACK]
        call    apic_end
        mov     rsp, r12
        jmp     .deliver
slow_wake:
        test    r12, r12
        jz      syscall_saved
        mov     rdi, rsp
        mov     rsi, r12
        mov     rsp, [gs:CPU_STACK]
        xor     ebp, ebp
        jmp     trap_saved

; yield - somebody else is as urgent, and nobody more
;
;   1. the thread runs on its own time, and does not borrow that as well
;   2. nobody shares that and is ready; who borrows it would run before the thread
;   3. whoever waits to run has this priority, or less, and has not lost its time
;   4. nobody borrows the next one's time and is ready
;   5. both have all the time there is
;   6. who is next has no flag
;   7. the thread leaves no selector
;   8. what the CPU remembers of the next one's address space is good
;   9. the alarm goes off before the next one's turn is over
;
yield:
        save_call
        mov     rsi, [gs:CPU_CONTEXT]                           ; rsi = the one that runs
        cmp     rsi, [rsp + THREAD_OWN]
        jne     syscall_saved                                   ; 1
        mov     ecx, [rsi + CONTEXT_PRIORITY]
        lea     eax, [rcx + 1]
        cmp     eax, [gs:CPU_TOP]
        jne     syscall_saved                                   ; 3
        shl     ecx, QUEUE_BITS
        add     rcx, [gs:CPU_SELF]
        cmp     qword [rcx + CPU_LOST + QUEUE_HEAD], 0
        jne     syscall_saved                                   ; 3
        mov     rdi, [rcx + CPU_READY + QUEUE_HEAD]             ; rdi = the next one
        sub     rdi, CONTEXT_RUN
        movzx   eax, word [rsi + CONTEXT_IS_LIMITED]
        or      ax, [rdi + CONTEXT_IS_LIMITED]
        or      rax, [rsp + THREAD_BORROWED]
        or      rax, [rsi + CONTEXT_READY + QUEUE_HEAD]
        or      rax, [rdi + CONTEXT_BORROWING + QUEUE_HEAD]
        jnz     syscall_saved                                   ; 1, 2, 4, 5
        mov     r14, [rdi + CONTEXT_READY + QUEUE_HEAD]
        sub     r14, THREAD_LINK                                ; r14 = its first thread
        test    dword [r14 + THREAD_FLAGS], FLAGS_NO_FAST
        jnz     syscall_saved                                   ; 6
        need_no_selectors syscall_saved                         ; 7
        load_cr3 r15, r14, syscall_saved                        ; 8
        read_clock                                              ; rax = now
        mov     r8, rax
        add     r8, [rdi + CONTEXT_TURN]                        ; r8 = when its turn is over
        cmp     r8, [gs:CPU_ALARM]
        jb      syscall_saved                                   ; 9

        ; Commit.
        mov     qword [rsp + THREAD_REGS + REG(RAX)], OK
        mov     [gs:CPU_END], r8
        add     [rsp + THREAD_TIME], rax
        sub     [r14 + THREAD_TIME], rax
        mov     rdx, rax
        sub     rdx, [gs:CPU_SINCE]
        mov     [gs:CPU_SINCE], rax
        add     [rsi + CONTEXT_CONSUMED], rdx
        mov     rdx, [alarm_turn_ticks]
        mov     [rsi + CONTEXT_TURN], rdx
        mov     [gs:CPU_CONTEXT], rdi

        ; The one goes from the front of the queue, the other behind it.
        add     rcx, CPU_READY
        lea     r8, [rdi + CONTEXT_RUN]
        take_first r8, rcx, r9
        lea     r8, [rsi + CONTEXT_RUN]
        put_last r8, rcx, r9
        lea     r8, [r14 + THREAD_LINK]
        lea     rcx, [rdi + CONTEXT_READY]
        take_first r8, rcx, r9
        lea     r8, [rsp + THREAD_LINK]
        add     rsi, CONTEXT_READY
        mov     [r8 + LINK_IN], rsi
        mov     [rsi + QUEUE_HEAD], r8
        mov     [rsi + QUEUE_TAIL], r8
        switch_to_saved r15

section .note.GNU-stack noalloc noexec nowrite progbits
