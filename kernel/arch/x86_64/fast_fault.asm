; SPDX-License-Identifier: MIT OR Apache-2.0
;
; Fast paths: page faults, of a guest and of a thread that somebody handles them of. As in
; fast.asm; what they mean is said in trap.c, core/fault.c and core/guest.c.

%include "kozo_abi.inc"
%include "offsets.inc"
%include "entry.inc"
%include "fast.inc"

default rel

global page_fault, fast_traps
extern trap_common, trap_inside, trap_saved

section .text

; page_fault - as trap_common (entry.asm)
;
;   1. the CPU has what the fast paths need
;
page_fault:
        cmp     byte [fast_traps], 0
        je      trap_common                                     ; 1
        enter_from_user trap_common                             ; rdi = thread
        test    dword [rdi + THREAD_FLAGS], FLAG_INSIDE
        jz      tell

; The guest's: on with the outer code. rsp has rdi above what a trap pushes.
;
;   2. what the CPU remembers of the wide root is good
;
        push    rax
        load_cr3 rax, rdi, .slow                                ; 2

        mov     [gs:CPU_CR3], rax
        load_root rax
        pop     rax
        and     dword [rdi + THREAD_FLAGS], ~FLAG_INSIDE
        push    rsi
        mov     rsi, [rdi + THREAD_GUEST_STATE]                 ; rsi = the frame
        mov     [rsi + GUEST_STATE_RAX], rax
        mov     [rsi + GUEST_STATE_RCX], rcx
        mov     [rsi + GUEST_STATE_R11], r11
        mov     rcx, cr2
        mov     [rsi + GUEST_STATE_ADDRESS], rcx
        mov     rcx, [rsp + 16 + TRAP_ERROR]
        mov     [rsi + GUEST_STATE_ERROR], rcx
        mov     qword [rsi + GUEST_STATE_CAUSE], GUEST_PAGE
        mov     rcx, [rsp + 16 + TRAP_RIP]
        mov     [rsi + GUEST_STATE_RIP], rcx
        mov     rcx, [rsp + 16 + TRAP_RFLAGS]
        mov     [rsi + GUEST_STATE_RFLAGS], rcx
        mov     rcx, [rsp + 16 + TRAP_RSP]
        mov     [rsi + GUEST_STATE_RSP], rcx
        mov     rcx, [rdi + THREAD_GUEST_ON_OTHER]
        mov     r11, [rdi + THREAD_GUEST_STACK]
        pop     rsi
        pop     rdi
        mov     rsp, r11
        mov     r11d, RFLAGS_USER
        swapgs
        leave_by_sysret
.slow:
        pop     rax
        jmp     trap_inside

; A thread's own: its handler is told.
;
;   2. the thread has no flag that matters
;   3. it is not in the thread's copy window
;   4. it has a handler, at an endpoint that nobody watches
;   5. somebody receives there, and has a Reply to keep the thread in
;   6. whoever that is has time of its own, and no other flag
;   7. the thread runs on its own time
;   8. nobody borrows that and is ready
;   9. that time may be left, and the handler's be entered
;  10. what the CPU remembers of the handler's address space is good
;
tell:
        save_interrupted
        test    dword [rdi + THREAD_FLAGS], FLAGS_NO_FAST
        jnz     trap_saved                                      ; 2
        mov     rcx, [rdi + THREAD_REGS + REG(RIP)]             ; rcx = rip
        cmp     rcx, [rdi + THREAD_WINDOW_START]
        jae     .window                                         ; 3
.outside:
        lea     rbx, [rdi + THREAD_HANDLER]                     ; rbx = its slot
        mov     rbp, [rbx + SLOT_OBJECT]                        ; rbp = endpoint
        test    rbp, rbp
        jz      trap_saved                                      ; 4
        need_receiver trap_saved                                ; 4, 5; r14 = handler
        cmp     dword [r14 + THREAD_FLAGS], FLAG_ACTIVE
        jne     trap_saved                                      ; 6
        mov     r15, [gs:CPU_CONTEXT]
        cmp     r15, [rdi + THREAD_OWN]
        jne     trap_saved                                      ; 7
        cmp     qword [r15 + CONTEXT_BORROWING + QUEUE_HEAD], 0
        jne     trap_saved                                      ; 8
        need_leaving r15, trap_saved                            ; 9
        mov     r15, [r14 + THREAD_OWN]
        need_entering r15, r15d, trap_saved                     ; 9
        load_cr3 r15, r14, trap_saved                           ; 10

        ; Commit.
        mov     rsp, rdi
        mov     r12, rdx                                        ; r12 = error code
        or      dword [rsp + THREAD_FLAGS], FLAG_TOLD
        give_message .others, .alone
        switch_clock
        switch_context
        mov     esi, FAULT_PAGE << INFO_LABEL_SHIFT | FAULT_WORDS
        mov     rdx, rcx
        mov     r10, [rsp + THREAD_REGS + REG(RSP)]
        mov     r8, cr2
        mov     r9, r12
        mov     r12, [rsp + THREAD_REGS + REG(RFLAGS)]
        xor     r13d, r13d
        switch_to r15
        others_receive .others, .alone
.window:
        cmp     rcx, [rdi + THREAD_WINDOW_END]
        jae     .outside
        jmp     trap_saved                                      ; 3

section .data

fast_traps:     db      0

section .note.GNU-stack noalloc noexec nowrite progbits
