; SPDX-License-Identifier: MIT OR Apache-2.0
;
; What a program does that has gone mad: a page that the injector puts into its address space
; and sends its first thread to. Code comes first; what it is to do lies behind (rogue.h). It
; uses no stack, and where it goes on at the end nobody can tell that it was here.

bits 64
default rel

ROGUE_PLAN	equ 2048		; struct rogue_plan, from the start of the page

; Of that structure; the compiler checks them (rogue.h).
PLAN_COUNT	equ 0
PLAN_CALL	equ 8			; rax rdi, rsi, and six words
PLAN_STEP	equ 80			; what is added each time: to rsi, and to the words
PLAN_RESUME	equ 136			; rax rdi rbx rbp rsp r14 r15 rip
PLAN_POKES	equ 200			; address and value

section .rodata

global rogue_page, rogue_pokes, rogue_calls, rogue_loop, rogue_bytes

align 16
rogue_page:

; Write `count` words anywhere.
rogue_pokes:
	lea	r15, [rogue_page + ROGUE_PLAN]
	mov	rcx, [r15 + PLAN_COUNT]
	lea	rsi, [r15 + PLAN_POKES]
.next:
	test	rcx, rcx
	jz	resume
	mov	rax, [rsi]
	mov	rdx, [rsi + 8]
	mov	[rax], rdx
	add	rsi, 16
	dec	rcx
	jmp	.next

; Make `count` system calls, each with other arguments; 0: for ever.
rogue_calls:
	lea	r15, [rogue_page + ROGUE_PLAN]
	xor	r14d, r14d
.next:
%macro argument 2			; register, which: 0 is rsi
	mov	%1, [r15 + PLAN_STEP + 8 * %2]
	imul	%1, r14
	add	%1, [r15 + PLAN_CALL + 16 + 8 * %2]
%endmacro
	argument rsi, 0
	argument rdx, 1
	argument r10, 2
	argument r8, 3
	argument r9, 4
	argument r12, 5
	argument r13, 6
	mov	rax, [r15 + PLAN_CALL]
	mov	rdi, [r15 + PLAN_CALL + 8]
	syscall
	inc	r14
	cmp	r14, [r15 + PLAN_COUNT]
	jne	.next

; As if nothing had been; what waits in a system call makes it again.
resume:
	lea	rcx, [rogue_page + ROGUE_PLAN + PLAN_RESUME]
	mov	rax, [rcx]
	mov	rdi, [rcx + 8]
	mov	rbx, [rcx + 16]
	mov	rbp, [rcx + 24]
	mov	rsp, [rcx + 32]
	mov	r14, [rcx + 40]
	mov	r15, [rcx + 48]
	mov	rcx, [rcx + 56]
	xor	esi, esi
	xor	edx, edx
	xor	r10d, r10d
	xor	r8d, r8d
	xor	r9d, r9d
	xor	r12d, r12d
	xor	r13d, r13d
	jmp	rcx

; Never come back.
rogue_loop:
	jmp	rogue_loop

rogue_bytes:				; of the page's code
	dq	rogue_bytes - rogue_page

section .note.GNU-stack noalloc noexec nowrite progbits
