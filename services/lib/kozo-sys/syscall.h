/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "kozo_abi.h"

/*
 * The system call instruction. All entries share one register contract:
 *
 *   in    rax                  system call | cptr of a Reply << SYSCALL_REPLY_SHIFT
 *         rdi                  cptr of what is called
 *         rsi                  message info
 *         rdx r10 r8 r9 r12 r13   message words
 *   out   rax                  status
 *         rdi                  badge, where a message was received
 *         rsi, words           as above, of what came back
 *   uses  rcx r11
 *
 * Everything else is preserved. All six words always travel, so whoever fills
 * this structure sets those that a message does not use to zero.
 */
struct kozo_registers {
	word_t target; /* rdi */
	word_t info;   /* rsi */
	word_t word[IPC_REGISTERS];
};

static inline status_t kozo_syscall(word_t number, struct kozo_registers *r)
{
	word_t status = number;
	register word_t r10 __asm__("r10") = r->word[1];
	register word_t r8 __asm__("r8") = r->word[2];
	register word_t r9 __asm__("r9") = r->word[3];
	register word_t r12 __asm__("r12") = r->word[4];
	register word_t r13 __asm__("r13") = r->word[5];

	__asm__ volatile("syscall"
			 : "+a"(status), "+D"(r->target), "+S"(r->info), "+d"(r->word[0]),
			   "+r"(r10), "+r"(r8), "+r"(r9), "+r"(r12), "+r"(r13)
			 :
			 : "rcx", "r11", "memory");
	r->word[1] = r10;
	r->word[2] = r8;
	r->word[3] = r9;
	r->word[4] = r12;
	r->word[5] = r13;
	return (status_t)status;
}

static inline word_t kozo_info(word_t label, word_t nwords)
{
	return label << INFO_LABEL_SHIFT | nwords;
}

/*
 * Ask something of a kernel object. kozo_stubs.h has a function for each
 * method, which is what programs call; it sets the unused words to zero. Results
 * replace the arguments, whatever the status.
 */
static inline status_t kozo_invoke(cptr_t self, word_t label, word_t nwords,
				   word_t word[IPC_REGISTERS])
{
	struct kozo_registers r = { .target = self, .info = kozo_info(label, nwords) };

	for (unsigned i = 0; i < IPC_REGISTERS; i++)
		r.word[i] = word[i];

	status_t status = kozo_syscall(SYS_INVOKE, &r);

	for (unsigned i = 0; i < IPC_REGISTERS; i++)
		word[i] = r.word[i];
	return status;
}
