/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * rogue: a page of code that does harm inside another program (rogue.asm), and the plan that
 * it finds at ROGUE_PLAN of the page.
 */
enum { ROGUE_PLAN = 2048, ROGUE_POKES = 64 };

struct rogue_plan {
	uint64_t count; /* of pokes, or of calls; 0 calls: for ever */
	struct {
		uint64_t rax, rdi, rsi, word[6];
	} call;
	struct {
		uint64_t rsi, word[6]; /* what is more each time */
	} step;
	struct {
		uint64_t rax, rdi, rbx, rbp, rsp, r14, r15, rip;
	} resume;
	struct {
		uint64_t address, value;
	} poke[ROGUE_POKES];
};

_Static_assert(offsetof(struct rogue_plan, call) == 8 && offsetof(struct rogue_plan, step) == 80 &&
		       offsetof(struct rogue_plan, resume) == 136 &&
		       offsetof(struct rogue_plan, poke) == 200,
	       "rogue.asm finds everything");

extern const uint8_t rogue_page[], rogue_pokes[], rogue_calls[], rogue_loop[];
extern const uint64_t rogue_bytes; /* of its code */
