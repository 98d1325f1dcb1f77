; SPDX-License-Identifier: MIT OR Apache-2.0
;
; Fast paths: the usual cases of the system calls that programs make most.
;
; What a call means is said in C (core/ipc.c, notification.c, guest.c). Each path below
; begins with a list of numbered conditions under which all that C would do comes
; down to a few moves. Until the last one has passed nothing is written but what
; `syscall_entry` would write as well, so the C path can still begin anew.
; tests/guest/fast.c makes the same cases go both ways and compares them.
;
; These need FSGSBASE, and are entered only where the CPU has that (processor.c).

%include "kozo_abi.inc"
%include "offsets.inc"
%include "entry.inc"
%include "fast.inc"

default rel

global syscall_fast, slow
extern syscall_slow, syscall_invoke_fast, run_saved, signal, take_pending, yield

section .text

; syscall_fast - a thread executed `syscall`; as syscall_entry (entry.asm)
;
;   Until a path commits: rsp = the thread, and rdi, rsi, the words, rcx and r11 as
;   they came. What it uses of rbx, rbp, r14 and r15 it has saved.
;
align 64
syscall_fast:
        swapgs
        mov     [gs:CPU_USER_STACK], rsp
        mov     rsp, [gs:CPU_CURRENT]
        test    dword [rsp + THREAD_FLAGS], FLAGS_NO_FAST
        jnz     special
        cmp     eax, SYS_REPLY_RECV
        je      reply_recv
        ja      others

; Go to %1 unless both threads have an IPC buffer.
%macro need_buffers 1
        cmp     qword [rsp + THREAD_IPC_BUFFER], 0
        je      %1
        cmp     qword [r14 + THREAD_IPC_BUFFER], 0
        je      %1
%endmacro

; The words of the message beyond the registers, from the buffer of the thread in rsp to
; that of the one in r14: there are some. Afterwards rbp = the endpoint of the slot in rbx
; and r15 = the cr3 for the thread in r14, as before; rax and rdi are lost.
%macro copy_words 0
        movzx   eax, si
        mov     r15, [rsp + THREAD_IPC_BUFFER]
        mov     rdi, [r14 + THREAD_IPC_BUFFER]
%%next:
        mov     rbp, [r15 + IPC_BUFFER_WORD + rax * 8 - 8]
        mov     [rdi + IPC_BUFFER_WORD + rax * 8 - 8], rbp
        dec     eax
        cmp     eax, IPC_REGISTERS
        ja      %%next
        mov     rbp, [rbx + SLOT_OBJECT]
        mov     r15, [r14 + THREAD_SPACE]
        mov     r15, [r15 + VSPACE_WIDE_CR3]
%endmacro

; Of an answer, through the Reply's slot in rbp and the endpoint's in rbx: r14 = the caller,
; rbp = the endpoint. Go to %1 if that is unusual. r15 is lost.
%macro need_caller 1
        mov     r14, [rbp + SLOT_OBJECT]
        cmp     r14, [rsp + THREAD_RECEIVE]
        jne     slow_reply                                      ; 4
        mov     r14, [r14 + REPLY_CALLER]                       ; r14 = caller
        mov     rbp, [rbx + SLOT_OBJECT]                        ; rbp = endpoint
        mov     r15, [rbp + ENDPOINT_SENDERS + QUEUE_HEAD]
        or      r15, [rbp + ENDPOINT_RECEIVERS + QUEUE_HEAD]
        jnz     slow_reply                                      ; 6
        test    dword [r14 + THREAD_FLAGS], ~FLAG_ACTIVE
        jnz     %1                                              ; 5
%endmacro

; Of an answer, from the thread in rsp to the one in r14, who waits for it. The server
; waits at the endpoint in rbp, through the slot in rbx, where nobody else does. rax and
; rbx are lost.
%macro give_answer 0
        mov     rax, [rsp + THREAD_RECEIVE]
        movzx   ebx, word [rbx + SLOT_RIGHTS]
        mov     [rax + REPLY_RIGHTS], ebx
        mov     qword [rax + REPLY_CALLER], 0
        mov     qword [r14 + THREAD_REPLY], 0
        mov     dword [r14 + THREAD_STATE], THREAD_READY
        lea     rax, [rsp + THREAD_LINK]
        mov     [rbp + ENDPOINT_RECEIVERS + QUEUE_HEAD], rax
        mov     [rbp + ENDPOINT_RECEIVERS + QUEUE_TAIL], rax
        lea     rax, [rbp + ENDPOINT_RECEIVERS]
        mov     [rsp + THREAD_LINK + LINK_IN], rax
        mov     dword [rsp + THREAD_STATE], THREAD_RECEIVING
%endmacro

; call - to a thread without time of its own that waits to receive
;
;   1. the cptr names an Endpoint, with SEND
;   2. the message carries no capability, and fits into registers or both have a buffer
;   3. nobody watches the endpoint
;   4. somebody receives there
;   5. it has a Reply to keep the caller in
;   6. it has no flag: it is passive, too
;   7. what the CPU remembers of its address space is good
;
call:
        save_scratch
        slot_of rbx, rdi
        need_cap rbx, ebp, OBJECT_ENDPOINT, RIGHT_SEND, slow            ; 1
        movzx   ebp, si
        cmp     ebp, IPC_REGISTERS
        ja      .long                                           ; 2
        mov     rbp, [rbx + SLOT_OBJECT]                        ; rbp = endpoint
        need_receiver slow                                      ; 3 to 5; r14 = receiver
        cmp     dword [r14 + THREAD_FLAGS], 0
        jne     call_active                                     ; 6
        load_cr3 r15, r14, slow                                 ; 7

        ; Commit. The caller's time is lent. If it borrows that itself, its own loan must be
        ; known from now on: it waits (core/loan.h).
.commit:
        give_message .others, .alone
        mov     rax, [gs:CPU_CONTEXT]
        cmp     rax, [rsp + THREAD_OWN]
        jne     .borrowed
.lend:
        mov     [r14 + THREAD_CONTEXT], rax
        save_place
        switch_clock
        switch_to r15

        ; As loan_record() does.
.borrowed:
        cmp     qword [rsp + THREAD_BORROWED], 0
        jne     .lend
        mov     [rsp + THREAD_BORROWED], rax
        lea     rbx, [rsp + THREAD_LOAN]
        add     rax, CONTEXT_LOANS
        put_last rbx, rax, rbp
        mov     rax, [gs:CPU_CONTEXT]
        jmp     .lend
        others_receive .others, .alone

        ; More words, and both have the buffer for them.
.long:
        cmp     ebp, IPC_WORDS
        ja      slow                                            ; 2
        mov     rbp, [rbx + SLOT_OBJECT]                        ; rbp = endpoint
        need_receiver slow                                      ; 3 to 5; r14 = receiver
        cmp     dword [r14 + THREAD_FLAGS], 0
        jne     slow                                            ; 6
        need_buffers slow                                       ; 2
        load_cr3 r15, r14, slow                                 ; 7
        copy_words
        jmp     .commit

; call_active - as call, to a thread with time of its own, but for this instead of 6
;
;   6a. it has no other flag
;   6b. the caller runs on its own time, or its loan is known
;   6c. nobody else borrows it and is ready; who does would run before one that has it
;   6d. that time may be left, and the receiver's be entered
;
call_active:
        cmp     dword [r14 + THREAD_FLAGS], FLAG_ACTIVE
        jne     slow                                            ; 6a
        mov     r15, [gs:CPU_CONTEXT]
        cmp     r15, [rsp + THREAD_OWN]
        jne     .borrows                                        ; 6b
.known:
        cmp     qword [r15 + CONTEXT_BORROWING + QUEUE_HEAD], 0
        jne     slow                                            ; 6c
        need_leaving r15, slow                                  ; 6d
        mov     r15, [r14 + THREAD_OWN]
        need_entering r15, r15d, slow                           ; 6d
        load_cr3 r15, r14, slow                                 ; 7

        give_message .others, .alone
        save_place
        switch_clock
        switch_context
        switch_to r15
.borrows:
        cmp     qword [rsp + THREAD_BORROWED], 0
        je      slow                                            ; 6b
        jmp     .known
        others_receive .others, .alone

; 7a to 9 of reply_active. r15 = the cr3 for the caller.
%macro need_active_reply 0
        mov     r15, [gs:CPU_CONTEXT]
        cmp     qword [rsp + THREAD_BORROWED], 0
        jne     slow_reply                                      ; 7a
        need_leaving r15, slow_reply                            ; 7c
        mov     r15, [r14 + THREAD_CONTEXT]
        test    r15, r15
        jz      slow_reply                                      ; 7b
        need_entering r15, r15d, slow_reply                     ; 7c
        load_cr3 r15, r14, slow_reply                           ; 9
%endmacro

; reply_recv - to a caller that lent its time
;
;   1. the cptr names an Endpoint, with RECEIVE
;   2. the other one names a Reply, with MANAGE
;   3. the message carries no capability, and fits into registers or both have a buffer
;   4. the Reply is the one that the thread received with last; then it holds a caller
;   5. that has no flag, but that it may have time of its own
;   6. nobody waits at the endpoint
;   7. the caller goes on on the time that runs now
;   8. nobody else borrows that and is ready
;   9. what the CPU remembers of the caller's address space is good
;
reply_recv:
        save_scratch
        slot_of rbx, rdi
        need_cap rbx, ebp, OBJECT_ENDPOINT, RIGHT_RECEIVE, slow ; 1
        shr     rax, SYSCALL_REPLY_SHIFT
        slot_of rbp, rax
        need_cap rbp, r14d, OBJECT_REPLY, RIGHT_MANAGE, slow_reply ; 2
        movzx   r14d, si
        cmp     r14d, IPC_REGISTERS
        ja      .long                                           ; 3
        need_caller .told                                       ; 4 to 6
        mov     r15, [gs:CPU_CONTEXT]
        cmp     r15, [r14 + THREAD_CONTEXT]
        jne     reply_active                                    ; 7
        cmp     qword [r15 + CONTEXT_LOANS + QUEUE_HEAD], 0
        jne     .loans                                          ; 8
.alone:
        load_cr3 r15, r14, slow_reply                           ; 9

        ; Commit. The server gives back what it has borrowed.
.commit:
        give_answer
        xor     edi, edi                                        ; an answer has no badge
        mov     rax, [rsp + THREAD_OWN]
        mov     [rsp + THREAD_CONTEXT], rax
        save_place
        switch_clock
        switch_to r15

        ; There are loans of this time: its own may be one, and others wait for something.
.loans:
        cmp     qword [r15 + CONTEXT_BORROWING + QUEUE_HEAD], 0
        jne     slow_reply                                      ; 8
        cmp     qword [rsp + THREAD_BORROWED], 0
        je      .alone
        load_cr3 r15, r14, slow_reply                           ; 9

        ; As queue_remove() does.
        mov     qword [rsp + THREAD_BORROWED], 0
        mov     r15, [rsp + THREAD_LOAN + LINK_IN]
        mov     rdi, [rsp + THREAD_LOAN + LINK_NEXT]
        mov     rax, [rsp + THREAD_LOAN + LINK_PREV]
        mov     qword [rsp + THREAD_LOAN + LINK_IN], 0
        mov     qword [rsp + THREAD_LOAN + LINK_NEXT], 0
        mov     qword [rsp + THREAD_LOAN + LINK_PREV], 0
        test    rax, rax
        jz      .was_first
        mov     [rax + LINK_NEXT], rdi
        jmp     .next
.was_first:
        mov     [r15 + QUEUE_HEAD], rdi
.next:
        test    rdi, rdi
        jz      .was_last
        mov     [rdi + LINK_PREV], rax
        jmp     .alone
.was_last:
        mov     [r15 + QUEUE_TAIL], rax
        jmp     .alone

        ; More words, and both have the buffer for them. Nobody else borrows the time.
.long:
        cmp     r14d, IPC_WORDS
        ja      slow_reply                                      ; 3
        need_caller slow_reply                                  ; 4 to 6
        need_buffers slow_reply                                 ; 3
        mov     r15, [gs:CPU_CONTEXT]
        cmp     r15, [r14 + THREAD_CONTEXT]
        jne     slow_reply                                      ; 7
        cmp     qword [r15 + CONTEXT_LOANS + QUEUE_HEAD], 0
        jne     slow_reply                                      ; 8
        load_cr3 r15, r14, slow_reply                           ; 9
        copy_words
        jmp     .commit

        ; The caller has a fault, which the server handles on time of its own. As
        ; fault_answered() does (core/fault.c).
.told:
        mov     r15d, [r14 + THREAD_FLAGS]
        and     r15d, ~FLAG_ACTIVE
        cmp     r15d, FLAG_TOLD
        jne     slow_reply                                      ; 5
        mov     r15, rsi
        shr     r15, INFO_LABEL_SHIFT
        jnz     slow_reply                                      ; it is to stop
        need_active_reply

        give_answer
        and     dword [r14 + THREAD_FLAGS], ~FLAG_TOLD
        save_place
        switch_clock
        switch_context
        switch_to_saved r15

; reply_active - as reply_recv, but for this instead of 7 and 8
;
;   7a. the server borrows nothing
;   7b. the caller has time
;   7c. the server's time may be left, and the caller's be entered
;
;   So the server runs on its own time. A loan that nobody knows of yet comes from `call`, and
;   nobody else has run since (core/loan.h): then the caller has no fault, and 7 has passed.
;
reply_active:
        need_active_reply

        give_answer
        xor     edi, edi
        save_place
        switch_clock
        switch_context
        switch_to r15

; The other calls, in the order of how much they may cost.
others:
        cmp     eax, SYS_ENTER
        je      enter
        cmp     rax, SYS_INVOKE
        je      syscall_invoke_fast
        save_scratch
        cmp     eax, SYS_SIGNAL
        je      signal
        cmp     eax, SYS_WAIT
        je      take_pending
        cmp     eax, SYS_POLL
        je      take_pending
        cmp     eax, SYS_YIELD
        je      yield
        jmp     slow

; The thread is unusual, or its guest makes a system call.
special:
        test    dword [rsp + THREAD_FLAGS], FLAG_INSIDE
        jnz     leave_guest
        cmp     eax, SYS_ENTER
        jne     syscall_slow

; enter - from the outer code into the guest
;
;   1. neither a signal nor an interruption waits for the outer code
;   2. it has its frame
;   3. its rip, which is read once, lies in the guest's range
;   4. what the CPU remembers of the restricted root is good
;
enter:
        store   rsp + THREAD_REGS, RBX, RBP, R14
        test    dword [rsp + THREAD_FLAGS], FLAG_INTERRUPTED | FLAG_SIGNALLED
        jnz     slow_r15                                         ; 1
        mov     rbx, [rsp + THREAD_GUEST_STATE]                 ; rbx = the frame
        test    rbx, rbx
        jz      slow_r15                                        ; 2
        mov     r14, [rbx + GUEST_STATE_RIP]                    ; r14 = rip
        cmp     r14, [region_base]
        jae     .high                                           ; 3
.in_range:
        mov     rbp, [rsp + THREAD_SPACE]
        mov     rbp, [rbp + VSPACE_RESTRICTED_CR3]
        test    rbp, rbp
        jz      slow_r15                                        ; 4

        or      dword [rsp + THREAD_FLAGS], FLAG_INSIDE
        mov     [gs:CPU_CR3], rbp
        load_root rbp
        mov     r11, [rbx + GUEST_STATE_RFLAGS]
        and     r11d, RFLAGS_FREE
        or      r11d, RFLAGS_USER
        bt      rax, ENTER_EXACT_BIT
        mov     rax, [rbx + GUEST_STATE_RAX]
        jc      .exact
        mov     rcx, r14
        mov     rbp, [rbx + GUEST_STATE_RSP]
        mov     [gs:CPU_USER_STACK], rbp
        load_scratch
        mov     rsp, [gs:CPU_USER_STACK]
        swapgs
        leave_by_sysret

        ; The guest's rcx and r11 matter, too.
.exact:
        mov     rbp, rsp                                        ; rbp = thread
        mov     rsp, [gs:CPU_STACK]
        push    qword SELECTOR_USER_DATA
        push    qword [rbx + GUEST_STATE_RSP]
        push    r11
        push    qword SELECTOR_USER_CODE
        push    r14
        mov     rcx, [rbx + GUEST_STATE_RCX]
        mov     r11, [rbx + GUEST_STATE_R11]
        fetch   rbp + THREAD_REGS, RBX, R14, RBP
        swapgs
        leave_by_iret
.high:
        cmp     r14, [region_top]
        jb      slow_r15                                        ; 3
        cmp     r14, [guest_top]
        jae     slow_r15                                        ; 3
        jmp     .in_range

; leave_guest - the guest made a system call
;
;   1. what the CPU remembers of the wide root is good
;
leave_guest:
        mov     [rsp + THREAD_REGS + REG(RBX)], rbx
        load_cr3 rbx, rsp, .slow                                ; 1

        mov     [gs:CPU_CR3], rbx
        load_root rbx
        and     dword [rsp + THREAD_FLAGS], ~FLAG_INSIDE
        mov     rbx, [rsp + THREAD_GUEST_STATE]
        mov     [rbx + GUEST_STATE_RIP], rcx
        mov     [rbx + GUEST_STATE_RFLAGS], r11
        mov     rcx, [gs:CPU_USER_STACK]
        mov     [rbx + GUEST_STATE_RSP], rcx
        mov     rcx, [rsp + THREAD_GUEST_ON_SYSCALL]
        mov     r11d, RFLAGS_USER
        mov     rbx, [rsp + THREAD_REGS + REG(RBX)]
        mov     rsp, [rsp + THREAD_GUEST_STACK]
        swapgs
        leave_by_sysret
.slow:
        mov     rbx, [rsp + THREAD_REGS + REG(RBX)]
        jmp     syscall_slow

; What did not pass goes the C way, with the registers as they came.
slow_reply:
        shl     rax, SYSCALL_REPLY_SHIFT
        or      rax, SYS_REPLY_RECV
slow:
        mov     r15, [rsp + THREAD_REGS + REG(R15)]
slow_r15:                                                       ; which is as it came
        load_scratch
        jmp     syscall_slow

section .rodata

align 8
region_base:    dq      REGION_BASE
region_top:     dq      REGION_TOP
guest_top:      dq      USER_TOP - (1 << PAGE_BITS)

section .note.GNU-stack noalloc noexec nowrite progbits
