/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "kozo_abi.h"
#include "kozo_stubs.h"
#include "panic.h"

/*
 * Attacks on the kernel's time. Each asks for as much work as it can in one call, or
 * leaves as much as it can behind; a plugin of QEMU measures from outside how long
 * the kernel keeps interrupts away (docs/testing.md). An attack ends when it is
 * through, and what it made stays: the machine is its own.
 */
typedef void attack_t(void);

attack_t attack_wide, attack_deep, attack_cnodes, attack_suicide;
attack_t attack_pages, attack_tables, attack_frames;
attack_t attack_senders, attack_receivers, attack_retype, attack_lists;
attack_t attack_console, attack_faults, attack_zero, attack_timers;
attack_t attack_callers, attack_cancel, attack_refusals;
attack_t attack_chain, attack_borrowers, attack_tellers, attack_context, attack_refills;
attack_t attack_spent, attack_wakes;
attack_t attack_measure;

extern const struct boot_info *boot;

/* What must succeed, or the attack is none. */
#define NEED(call) need(call, #call)

/* The nth largest untyped, from 0; everything else is made from number 0. */
cptr_t memory(unsigned nth);

/* Consecutive slots of our own CNode that hold nothing yet. */
cptr_t slots(word_t count);

/* An object of its own; one in a given slot; and many in consecutive slots. */
cptr_t make(enum object_type type, word_t size);
void make_at(cptr_t cnode, word_t first, enum object_type type, word_t size, word_t count);

/* Fill slots 1 to `last` of a CNode with copies of a capability of ours. */
void fill(cptr_t cnode, cptr_t cptr, word_t last);

/*
 * Invoke what lies in another CNode: take it into a slot of our own and, when that
 * is done, put it back.
 */
cptr_t take(cptr_t cnode, word_t index);
void put_back(cptr_t cnode, word_t index);

/*
 * Let a thread begin at `entry` in our address space, when we wait or yield. All of
 * these have one stack: what is on it when they wait is of no use any more.
 */
void start(cptr_t thread, cptr_t cnode, cptr_t time, void (*entry)(word_t), word_t argument);
