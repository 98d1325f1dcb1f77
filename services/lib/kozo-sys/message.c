/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "message.h"

#include <string.h>

#include "syscall.h"

static struct kozo_registers registers_of(cptr_t target, const struct message *m)
{
	struct kozo_registers r = { .target = target,
				    .info = kozo_info(m->label, m->nwords) |
					    m->ncaps << INFO_CAPS_SHIFT };

	memcpy(r.word, m->word, sizeof(r.word));
	return r;
}

static void take_message(struct message *m, const struct kozo_registers *r)
{
	m->label = r->info >> INFO_LABEL_SHIFT;
	m->badge = r->target;
	m->nwords = r->info & INFO_WORDS_MASK;
	m->ncaps = 0;
	m->is_signal = r->info & INFO_SIGNAL;
	m->came = r->info >> INFO_CAPS_SHIFT & INFO_CAPS_MASK;
	memcpy(m->word, r->word, sizeof(m->word));
}

static status_t exchange(word_t number, struct kozo_registers *r, struct message *m)
{
	status_t status = kozo_syscall(number, r);

	if (status == OK || status == ERR_TRUNCATED)
		take_message(m, r);
	return status;
}

status_t kozo_call(cptr_t endpoint, struct message *m)
{
	struct kozo_registers r = registers_of(endpoint, m);

	return exchange(SYS_CALL, &r, m);
}

status_t kozo_send(cptr_t endpoint, const struct message *m)
{
	struct kozo_registers r = registers_of(endpoint, m);

	return kozo_syscall(SYS_SEND, &r);
}

status_t kozo_receive(cptr_t endpoint, cptr_t reply, struct message *m)
{
	struct kozo_registers r = { .target = endpoint };

	return exchange(SYS_RECV | reply << SYSCALL_REPLY_SHIFT, &r, m);
}

status_t kozo_reply_receive(cptr_t endpoint, cptr_t reply, struct message *m)
{
	struct kozo_registers r = registers_of(endpoint, m);

	return exchange(SYS_REPLY_RECV | reply << SYSCALL_REPLY_SHIFT, &r, m);
}

void kozo_yield(void)
{
	struct kozo_registers r = { 0 };

	kozo_syscall(SYS_YIELD, &r);
}

status_t kozo_signal(cptr_t notification)
{
	struct kozo_registers r = { .target = notification };

	return kozo_syscall(SYS_SIGNAL, &r);
}

static status_t take_bits(word_t number, cptr_t notification, word_t *bits)
{
	struct kozo_registers r = { .target = notification };
	status_t status = kozo_syscall(number, &r);

	if (status == OK)
		*bits = r.target;
	return status;
}

status_t kozo_wait(cptr_t notification, word_t *bits)
{
	return take_bits(SYS_WAIT, notification, bits);
}

status_t kozo_poll(cptr_t notification, word_t *bits)
{
	return take_bits(SYS_POLL, notification, bits);
}
