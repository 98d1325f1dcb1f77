/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Capabilities derived from each other, and CNodes that hold each other. */
#include "attack.h"
#include "syscall.h"

enum { BIG_BITS = 17, MANY = 100000, NESTED = 10000, SMALL_BITS = 2 };

/* 100,000 children of one capability. */
void attack_wide(void)
{
	cptr_t parent = make(OBJECT_ENDPOINT, 0), cnode = make(OBJECT_CNODE, BIG_BITS);
	word_t done;

	for (unsigned round = 0; round < 2; round++) {
		/* Copied backwards from `parent` they are its children, not each other's. */
		NEED(kozo_cnode_copy(cnode, 1, SLOT_CNODE, parent));
		for (word_t i = 2; i <= MANY; i++)
			NEED(kozo_cnode_copy(cnode, i, SLOT_CNODE, parent));
		if (round == 0)
			NEED(kozo_cnode_revoke(SLOT_CNODE, parent));
		else
			NEED(kozo_cnode_delete_range(cnode, 1, MANY, &done));
	}
	fill(cnode, parent, MANY);
	NEED(kozo_cnode_move_range(cnode, MANY + 1, cnode, 1, MANY / 4, &done));
	NEED(kozo_cnode_revoke_range(cnode, 1, (1 << BIG_BITS) - 1, &done));
	NEED(kozo_cnode_delete(SLOT_CNODE, cnode)); /* its last: what is left dies with it */
}

/* Slot 1 is parent of slot 2, which is parent of slot 3, and so on. */
static void make_chain(cptr_t cnode, cptr_t first)
{
	word_t done;

	NEED(kozo_cnode_copy(cnode, 1, SLOT_CNODE, first));
	NEED(kozo_cnode_mint_range(cnode, 2, cnode, 1, MANY - 1, RIGHT_SEND, 0, &done));
}

void attack_deep(void)
{
	cptr_t first = make(OBJECT_ENDPOINT, 0), cnode = make(OBJECT_CNODE, BIG_BITS);
	word_t done;

	make_chain(cnode, first);
	NEED(kozo_cnode_revoke(SLOT_CNODE, first));

	make_chain(cnode, first);
	NEED(kozo_cnode_delete_range(cnode, MANY / 2, MANY / 4, &done));
	for (word_t i = MANY; i > MANY - 1000; i--)
		NEED(kozo_cnode_delete(cnode, i));
	NEED(kozo_cnode_delete_range(cnode, 1, MANY, &done));

	make_chain(cnode, first);
	NEED(kozo_cnode_revoke_range(cnode, 1, MANY, &done));
	NEED(kozo_cnode_delete_range(cnode, 1, MANY, &done));

	make_chain(cnode, first);
	NEED(kozo_cnode_delete(SLOT_CNODE, first));
	NEED(kozo_cnode_delete(SLOT_CNODE, cnode));
}

/* The CNode in slot `index` of `all` gets the one in `inside` as its slot 1. */
static void nest(cptr_t all, word_t index, word_t inside)
{
	cptr_t cnode = take(all, index);

	NEED(kozo_cnode_move(cnode, 1, all, inside));
	put_back(all, index);
}

/* Each holds the last capability of the one before; deleting the last ends them all. */
static void make_nested(cptr_t all, word_t first)
{
	make_at(all, first, OBJECT_CNODE, SMALL_BITS, NESTED);
	for (word_t i = first + 1; i < first + NESTED; i++)
		nest(all, i, i - 1);
}

/* Two that hold each other's last, and nobody else does. */
static void make_pair(cptr_t untyped, word_t bits)
{
	cptr_t a = slots(1), b = slots(1);
	word_t done;

	NEED(kozo_untyped_retype(untyped, OBJECT_CNODE, bits, SLOT_CNODE, a, 1, &done));
	NEED(kozo_untyped_retype(untyped, OBJECT_CNODE, bits, SLOT_CNODE, b, 1, &done));
	NEED(kozo_cnode_copy(a, 1, SLOT_CNODE, b));
	NEED(kozo_cnode_move(b, 1, SLOT_CNODE, a));
	NEED(kozo_cnode_delete(SLOT_CNODE, b));
}

void attack_cnodes(void)
{
	cptr_t all = make(OBJECT_CNODE, BIG_BITS), untyped = make(OBJECT_UNTYPED, 25);
	cptr_t own = slots(1);
	word_t done;

	make_nested(all, 1);
	NEED(kozo_cnode_delete(all, NESTED));
	make_nested(all, 1);
	NEED(kozo_cnode_delete(SLOT_CNODE, all));

	for (unsigned i = 0; i < 500; i++)
		make_pair(untyped, SMALL_BITS);
	make_pair(untyped, BIG_BITS);
	NEED(kozo_untyped_retype(untyped, OBJECT_CNODE, BIG_BITS, SLOT_CNODE, own, 1, &done));
	fill(own, own, (1 << BIG_BITS) - 1);
	NEED(kozo_cnode_delete(SLOT_CNODE, own)); /* holds all of its own capabilities now */
	NEED(kozo_cnode_revoke(SLOT_CNODE, untyped));
}

/* --- the caller's own CNode ------------------------------------------------------ */

enum { ITS_UNTYPED = 1, OUR_CNODE, ITS_FIRST, ITS_BITS = 16 };

/* It takes away what we wait at, and then what it is made of, itself included. */
static void end_itself(word_t endpoint)
{
	if (!kozo_cnode_delete(OUR_CNODE, endpoint))
		(void)!kozo_cnode_revoke(0, ITS_UNTYPED);
	__builtin_trap();
}

/*
 * A thread revokes the untyped that its CNode was made from, and so leaves a dying
 * CNode that is full to the idle kernel. We are told when that has come to its end.
 */
void attack_suicide(void)
{
	cptr_t untyped = make(OBJECT_UNTYPED, 26), endpoint = make(OBJECT_ENDPOINT, 0);
	cptr_t cnode = slots(1), thread = make(OBJECT_THREAD, 0);
	cptr_t time = make(OBJECT_SCHED_CONTEXT, 0); /* below us: it runs when we wait */
	struct kozo_registers r = { .target = endpoint };
	word_t done;

	NEED(kozo_untyped_retype(untyped, OBJECT_CNODE, ITS_BITS, SLOT_CNODE, cnode, 1, &done));
	fill(cnode, endpoint, (1 << ITS_BITS) - 1);
	NEED(kozo_cnode_delete_range(cnode, 1, 2, &done));
	NEED(kozo_cnode_copy(cnode, OUR_CNODE, SLOT_CNODE, SLOT_CNODE));
	NEED(kozo_cnode_move(cnode, ITS_UNTYPED, SLOT_CNODE, untyped));
	NEED(kozo_sched_control_configure(SLOT_SCHED_CONTROL, time, BUDGET_MIN, BUDGET_MIN, 0));
	start(thread, cnode, time, end_itself, endpoint);
	if (kozo_syscall(SYS_RECV, &r) != ERR_PEER_DIED)
		panic("the endpoint did not die");
}
