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

default rel

global syscall_fast
extern syscall_slow

%define ENTER_EXACT_BIT 32
%if ENTER_EXACT != 1 << ENTER_EXACT_BIT
  %error "ENTER_EXACT is another bit"
%endif

; A capability that names an object of a type, with a right.
%define CAP_MASK(right)         (0xff | (right) << 16)
%define CAP_OF(type, right)     ((type) | (right) << 16)

; What no path but Enter's deals with: all but time of its own, which most callers have,
; and that cptrs are told of: one that names nothing is not dealt with here anyway.
%define FLAGS_NO_FAST (~(FLAG_ACTIVE | FLAG_TELLS_CAPS))

; %1 = the slot that cptr %2 names in the space of the thread in rsp. If there is no
; such slot it is slot 0, which is empty (core/cnode.h); under speculation, too.
%macro slot_of 2
        cmp     %2, [rsp + THREAD_CSPACE_SLOTS]
        sbb     %1, %1
        and     %1, %2
        shl     %1, SLOT_BITS
        add     %1, [rsp + THREAD_CSPACE]
%endmacro

; Go to %5 unless the slot in %1 holds such a capability; %2 is lost.
%macro need_cap 5
        mov     %2, [%1 + SLOT_META]
        and     %2, CAP_MASK(%4)
        cmp     %2, CAP_OF(%3, %4)
        jne     %5
%endmacro

%macro save_scratch 0
        mov     [rsp + THREAD_REGS + REGS_RBX], rbx
        mov     [rsp + THREAD_REGS + REGS_RBP], rbp
        mov     [rsp + THREAD_REGS + REGS_R14], r14
        mov     [rsp + THREAD_REGS + REGS_R15], r15
%endmacro

; %1 = the cr3 for the thread in %2; go to %3 if what the CPU remembers is not good.
%macro load_cr3 3
        mov     %1, [%2 + THREAD_SPACE]
        mov     %1, [%1 + VSPACE_WIDE_CR3]
        test    %1, %1
        jz      %3
%endmacro

; The caller's registers that a message does not travel in; rbx, rbp, r14, r15 are
; saved at once. rax is lost.
%macro save_rest 0
        mov     rax, [gs:CPU_USER_STACK]
        mov     [rsp + THREAD_REGS + REGS_RSP], rax
        mov     [rsp + THREAD_REGS + REGS_RIP], rcx
        mov     [rsp + THREAD_REGS + REGS_RFLAGS], r11
%endmacro

; From the time of the thread in rsp to that of the one in r14, for threads: the clock is
; added to that of the one and taken from that of the other. rax = now; rbx is lost.
%macro switch_clock 0
        mov     rbx, rdx
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        mov     rdx, rbx
        add     [rsp + THREAD_TIME], rax
        sub     [r14 + THREAD_TIME], rax
%endmacro

; From the context that runs, of which all is used that is to be charged, to that of the
; thread in r14. rax = now; rbx and rbp are lost. As charge() and run() do (core/sched.c).
%macro switch_context 0
        mov     rbx, rax
        sub     rbx, [gs:CPU_SINCE]
        mov     [gs:CPU_SINCE], rax
        mov     rbp, [gs:CPU_CONTEXT]
        add     [rbp + CONTEXT_CONSUMED], rbx
        sub     [rbp + CONTEXT_TURN], rbx
        mov     rbp, [r14 + THREAD_CONTEXT]
        mov     [gs:CPU_CONTEXT], rbp
%endmacro

; Go to %2 unless the context that runs, in %1, has all the time there is and no thread of
; its own that is ready but the running one.
%macro need_leaving 2
        cmp     word [%1 + CONTEXT_IS_LIMITED], 0
        jne     %2
        cmp     qword [%1 + CONTEXT_READY + QUEUE_HEAD], 0
        jne     %2
%endmacro

; Go to %3 unless the context in %1 has all the time there is, and is more urgent than all
; that wait to run; so none of its threads does, and nobody has to be looked at again when
; its turn is over. %2, its low half, is lost.
%macro need_entering 3
        cmp     word [%1 + CONTEXT_IS_LIMITED], 0
        jne     %3
        mov     %2, [%1 + CONTEXT_PRIORITY]
        cmp     %2, [gs:CPU_TOP]
        jb      %3
%endmacro

; From the thread in rsp to the one in r14, whose root is loaded by the cr3 %1, and out to
; the user. rdi, rsi and the words are the message; rax, rbx, rcx and r11 are lost.
%macro switch_to 1
        cmp     %1, [gs:CPU_CR3]
        je      %%same_space
        mov     [gs:CPU_CR3], %1
        mov     cr3, %1
%%same_space:
        mov     [gs:CPU_CURRENT], r14
        mov     [gs:CPU_BASES], r14
        rdfsbase rax
        mov     [rsp + THREAD_REGS + REGS_FS_BASE], rax
        mov     rax, [r14 + THREAD_REGS + REGS_FS_BASE]
        wrfsbase rax
        swapgs
        rdgsbase rax
        mov     [rsp + THREAD_REGS + REGS_GS_BASE], rax
        mov     rax, [r14 + THREAD_REGS + REGS_GS_BASE]
        wrgsbase rax
        mov     rbx, [r14 + THREAD_REGS + REGS_RBX]
        mov     rbp, [r14 + THREAD_REGS + REGS_RBP]
        mov     r15, [r14 + THREAD_REGS + REGS_R15]
        mov     rcx, [r14 + THREAD_REGS + REGS_RIP]
        mov     r11, [r14 + THREAD_REGS + REGS_RFLAGS]
        mov     rsp, [r14 + THREAD_REGS + REGS_RSP]
        mov     r14, [r14 + THREAD_REGS + REGS_R14]
        xor     eax, eax                                ; OK
        o64 sysret
%endmacro

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

; Of a call, from the thread in rsp to the one in r14, which is the first in the queue of the
; endpoint in rbp, through the slot in rbx. rdi = its badge; rax and rbx are lost. %1 is
; where others in the queue are seen to (others_receive), and %2 where that comes back.
%macro give_message 2
        lea     rdi, [r14 + THREAD_LINK]
        cmp     rdi, [rbp + ENDPOINT_RECEIVERS + QUEUE_TAIL]
        jne     %1
        mov     qword [rbp + ENDPOINT_RECEIVERS + QUEUE_HEAD], 0
        mov     qword [rbp + ENDPOINT_RECEIVERS + QUEUE_TAIL], 0
        mov     qword [rdi + LINK_IN], 0
%2:
        mov     rdi, [rbx + SLOT_BADGE]
        mov     rax, [r14 + THREAD_RECEIVE]                     ; rax = its Reply
        mov     [rax + REPLY_CALLER], rsp
        mov     [rsp + THREAD_REPLY], rax
        mov     dword [rsp + THREAD_STATE], THREAD_AWAITS_REPLY
        mov     dword [r14 + THREAD_STATE], THREAD_READY
        inc     qword [r14 + THREAD_MESSAGES]
%endmacro

; The second receiver is the first now.
%macro others_receive 2
%1:
        mov     qword [rdi + LINK_IN], 0
        mov     rdi, [rdi + LINK_NEXT]
        mov     [rbp + ENDPOINT_RECEIVERS + QUEUE_HEAD], rdi
        mov     qword [rdi + LINK_PREV], 0
        mov     qword [r14 + THREAD_LINK + LINK_NEXT], 0
        jmp     %2
%endmacro

; Of an answer, from the thread in rsp to the one in r14, who waits for it. The server
; waits at the endpoint in rbp, through the slot in rbx, where nobody else does. rdi = 0, for
; an answer has no badge; rax and rbx are lost.
%macro give_answer 0
        mov     rax, [rsp + THREAD_RECEIVE]
        movzx   ebx, word [rbx + SLOT_RIGHTS]
        mov     [rax + REPLY_RIGHTS], ebx
        mov     qword [rax + REPLY_CALLER], 0
        mov     qword [r14 + THREAD_REPLY], 0
        mov     dword [r14 + THREAD_STATE], THREAD_READY
        inc     qword [r14 + THREAD_MESSAGES]
        lea     rax, [rsp + THREAD_LINK]
        mov     [rbp + ENDPOINT_RECEIVERS + QUEUE_HEAD], rax
        mov     [rbp + ENDPOINT_RECEIVERS + QUEUE_TAIL], rax
        lea     rax, [rbp + ENDPOINT_RECEIVERS]
        mov     [rsp + THREAD_LINK + LINK_IN], rax
        mov     dword [rsp + THREAD_STATE], THREAD_RECEIVING
        xor     edi, edi
%endmacro

; call - to a thread without time of its own that waits to receive
;
;   1. the cptr names an Endpoint, with SEND
;   2. the message fits into registers and carries no capability
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
        ja      slow                                            ; 2
        mov     rbp, [rbx + SLOT_OBJECT]                        ; rbp = endpoint
        cmp     qword [rbp + ENDPOINT_WATCH + SLOT_MAPPING], 0
        jne     slow                                            ; 3
        mov     r14, [rbp + ENDPOINT_RECEIVERS + QUEUE_HEAD]
        test    r14, r14
        jz      slow                                            ; 4
        sub     r14, THREAD_LINK                                ; r14 = receiver
        cmp     qword [r14 + THREAD_RECEIVE], 0
        je      slow                                            ; 5
        cmp     dword [r14 + THREAD_FLAGS], 0
        jne     call_active                                     ; 6
        load_cr3 r15, r14, slow                                 ; 7

        ; Commit. The caller's time is lent. If it borrows that itself, its own loan must be
        ; known from now on: it waits (core/loan.h).
        give_message .others, .alone
        mov     rax, [gs:CPU_CONTEXT]
        cmp     rax, [rsp + THREAD_OWN]
        jne     .borrowed
.lend:
        mov     [r14 + THREAD_CONTEXT], rax
        save_rest
        switch_clock
        switch_to r15

        ; As loan_record() does.
.borrowed:
        cmp     qword [rsp + THREAD_BORROWED], 0
        jne     .lend
        mov     [rsp + THREAD_BORROWED], rax
        lea     rbx, [rax + CONTEXT_LOANS]
        mov     [rsp + THREAD_LOAN + LINK_IN], rbx
        lea     rbp, [rsp + THREAD_LOAN]
        mov     rbx, [rax + CONTEXT_LOANS + QUEUE_TAIL]
        mov     [rbp + LINK_PREV], rbx
        mov     [rax + CONTEXT_LOANS + QUEUE_TAIL], rbp
        test    rbx, rbx
        jz      .first_loan
        mov     [rbx + LINK_NEXT], rbp
        jmp     .lend
.first_loan:
        mov     [rax + CONTEXT_LOANS + QUEUE_HEAD], rbp
        jmp     .lend
        others_receive .others, .alone

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
        save_rest
        switch_clock
        switch_context
        switch_to r15
.borrows:
        cmp     qword [rsp + THREAD_BORROWED], 0
        je      slow                                            ; 6b
        jmp     .known
        others_receive .others, .alone

; reply_recv - to a caller that lent its time
;
;   1. the cptr names an Endpoint, with RECEIVE
;   2. the other one names a Reply, with MANAGE
;   3. the message fits into registers and carries no capability
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
        ja      slow_reply                                      ; 3
        mov     r14, [rbp + SLOT_OBJECT]
        cmp     r14, [rsp + THREAD_RECEIVE]
        jne     slow_reply                                      ; 4
        mov     r14, [r14 + REPLY_CALLER]                       ; r14 = caller
        test    dword [r14 + THREAD_FLAGS], ~FLAG_ACTIVE
        jnz     slow_reply                                      ; 5
        mov     rbp, [rbx + SLOT_OBJECT]                        ; rbp = endpoint
        mov     r15, [rbp + ENDPOINT_SENDERS + QUEUE_HEAD]
        or      r15, [rbp + ENDPOINT_RECEIVERS + QUEUE_HEAD]
        jnz     slow_reply                                      ; 6
        mov     r15, [gs:CPU_CONTEXT]
        cmp     r15, [r14 + THREAD_CONTEXT]
        jne     reply_active                                    ; 7
        cmp     qword [r15 + CONTEXT_LOANS + QUEUE_HEAD], 0
        jne     .loans                                          ; 8
.alone:
        load_cr3 r15, r14, slow_reply                           ; 9

        ; Commit. The server gives back what it has borrowed.
        give_answer
        mov     rax, [rsp + THREAD_OWN]
        mov     [rsp + THREAD_CONTEXT], rax
        save_rest
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

; reply_active - as reply_recv, but for this instead of 7 and 8
;
;   7a. the server runs on its own time
;   7b. the caller has time
;   7c. the server's time may be left, and the caller's be entered
;
reply_active:
        cmp     r15, [rsp + THREAD_OWN]
        jne     slow_reply                                      ; 7a
        need_leaving r15, slow_reply                            ; 7c
        mov     r15, [r14 + THREAD_CONTEXT]
        test    r15, r15
        jz      slow_reply                                      ; 7b
        need_entering r15, r15d, slow_reply                     ; 7c
        load_cr3 r15, r14, slow_reply                           ; 9

        give_answer
        save_rest
        switch_clock
        switch_context
        switch_to r15

; The other calls, in the order of how much they may cost.
others:
        cmp     eax, SYS_ENTER
        je      enter
        cmp     eax, SYS_INVOKE
        je      syscall_slow
        save_scratch
        cmp     eax, SYS_SIGNAL
        je      signal
        cmp     eax, SYS_POLL
        je      poll
        cmp     eax, SYS_WAIT
        je      wait_pending
        jmp     slow

; signal - nobody waits for it
;
;   1. the cptr names a Notification, with SEND
;   2. nobody waits there, nobody is bound to it, and nobody watches it
;
signal:
        slot_of rbx, rdi
        need_cap rbx, ebp, OBJECT_NOTIFICATION, RIGHT_SEND, slow ; 1
        mov     rbp, [rbx + SLOT_OBJECT]
        mov     r14, [rbp + NOTIFICATION_WAITERS + QUEUE_HEAD]
        or      r14, [rbp + NOTIFICATION_BOUND]
        or      r14, [rbp + NOTIFICATION_WATCH + SLOT_MAPPING]
        jnz     slow                                            ; 2

        mov     rbx, [rbx + SLOT_BADGE]
        cmp     rbx, 1
        adc     rbx, 0                                          ; no badge: bit 0
        or      [rbp + NOTIFICATION_PENDING], rbx
        jmp     same_thread

; poll, wait - when a signal is pending
;
;   1. the cptr names a Notification, with RECEIVE
;   2. nobody is bound to it
;   3. a signal is pending
;
poll:
wait_pending:
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
        mov     rbx, [rsp + THREAD_REGS + REGS_RBX]
        mov     rbp, [rsp + THREAD_REGS + REGS_RBP]
        mov     r14, [rsp + THREAD_REGS + REGS_R14]
        mov     rsp, [gs:CPU_USER_STACK]
        swapgs
        o64 sysret

; The thread is unusual, or its guest makes a system call.
special:
        test    dword [rsp + THREAD_FLAGS], FLAG_INSIDE
        jnz     leave_guest
        cmp     eax, SYS_ENTER
        jne     syscall_slow

; enter - from the outer code into the guest
;
;   1. neither a signal nor an interruption waits for the outer code
;   2. the guest's rcx and r11 do not matter
;   3. it has its frame
;   4. its rip, which is read once, lies in the guest's range
;   5. what the CPU remembers of the restricted root is good
;
enter:
        mov     [rsp + THREAD_REGS + REGS_RBX], rbx
        mov     [rsp + THREAD_REGS + REGS_RBP], rbp
        mov     [rsp + THREAD_REGS + REGS_R14], r14
        test    dword [rsp + THREAD_FLAGS], FLAG_INTERRUPTED | FLAG_SIGNALLED
        jnz     slow_r15                                         ; 1
        bt      rax, ENTER_EXACT_BIT
        jc      slow_r15                                         ; 2
        mov     rbx, [rsp + THREAD_GUEST_STATE]                 ; rbx = the frame
        test    rbx, rbx
        jz      slow_r15                                         ; 3
        mov     r14, [rbx + GUEST_STATE_RIP]                    ; r14 = rip
        cmp     r14, [region_base]
        jae     .high                                           ; 4
.in_range:
        mov     rbp, [rsp + THREAD_SPACE]
        mov     rbp, [rbp + VSPACE_RESTRICTED_CR3]
        test    rbp, rbp
        jz      slow_r15                                         ; 5

        or      dword [rsp + THREAD_FLAGS], FLAG_INSIDE
        mov     [gs:CPU_CR3], rbp
        mov     cr3, rbp
        mov     rcx, r14
        mov     r11, [rbx + GUEST_STATE_RFLAGS]
        and     r11d, RFLAGS_FREE
        or      r11d, RFLAGS_USER
        mov     rax, [rbx + GUEST_STATE_RAX]
        mov     rbp, [rbx + GUEST_STATE_RSP]
        mov     [gs:CPU_USER_STACK], rbp
        mov     rbx, [rsp + THREAD_REGS + REGS_RBX]
        mov     rbp, [rsp + THREAD_REGS + REGS_RBP]
        mov     r14, [rsp + THREAD_REGS + REGS_R14]
        mov     rsp, [gs:CPU_USER_STACK]
        swapgs
        o64 sysret
.high:
        cmp     r14, [region_top]
        jb      slow_r15                                        ; 4
        cmp     r14, [guest_top]
        jae     slow_r15                                        ; 4
        jmp     .in_range

; leave_guest - the guest made a system call
;
;   1. what the CPU remembers of the wide root is good
;
leave_guest:
        mov     [rsp + THREAD_REGS + REGS_RBX], rbx
        mov     rbx, [rsp + THREAD_SPACE]
        mov     rbx, [rbx + VSPACE_WIDE_CR3]
        test    rbx, rbx
        jz      .slow                                           ; 1

        mov     [gs:CPU_CR3], rbx
        mov     cr3, rbx
        and     dword [rsp + THREAD_FLAGS], ~FLAG_INSIDE
        mov     rbx, [rsp + THREAD_GUEST_STATE]
        mov     [rbx + GUEST_STATE_RIP], rcx
        mov     [rbx + GUEST_STATE_RFLAGS], r11
        mov     rcx, [gs:CPU_USER_STACK]
        mov     [rbx + GUEST_STATE_RSP], rcx
        mov     rcx, [rsp + THREAD_GUEST_ON_SYSCALL]
        mov     r11d, RFLAGS_USER
        mov     rbx, [rsp + THREAD_REGS + REGS_RBX]
        mov     rsp, [rsp + THREAD_GUEST_STACK]
        swapgs
        o64 sysret
.slow:
        mov     rbx, [rsp + THREAD_REGS + REGS_RBX]
        jmp     syscall_slow

; What did not pass goes the C way, with the registers as they came.
slow_reply:
        shl     rax, SYSCALL_REPLY_SHIFT
        or      rax, SYS_REPLY_RECV
slow:
        mov     r15, [rsp + THREAD_REGS + REGS_R15]
slow_r15:                                                       ; which is as it came
        mov     rbx, [rsp + THREAD_REGS + REGS_RBX]
        mov     rbp, [rsp + THREAD_REGS + REGS_RBP]
        mov     r14, [rsp + THREAD_REGS + REGS_R14]
        jmp     syscall_slow

section .rodata

align 8
region_base:    dq      REGION_BASE
region_top:     dq      REGION_TOP
guest_top:      dq      USER_TOP - (1 << PAGE_BITS)

section .note.GNU-stack noalloc noexec nowrite progbits
