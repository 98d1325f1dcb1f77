/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "panic.h"

#include <stdarg.h>
#include <stddef.h>

#include "format.h"
#include "message.h"
#include "print.h"
#include "start.h"
#include "wire.h"

struct sentence {
	char text[PANIC_TEXT_MAX];
	size_t length;
};

static void put(void *arg, char c)
{
	struct sentence *s = arg;

	if (s->length < sizeof(s->text))
		s->text[s->length++] = c;
}

static void add(struct sentence *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct sentence *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(put, s, fmt, ap);
	va_end(ap);
}

/* Whoever listens ends this service. In other programs the slot is of no endpoint. */
static void tell(const struct sentence *s)
{
	struct message m = {
		.label = FAULT_PANIC,
		.nwords = wire_words(s->length),
		.word = { s->length },
	};

	if (!kozo_ipc_buffer())
		return;
	wire_put(kozo_ipc_buffer(), s->text, s->length, sizeof(s->text));

	status_t told = kozo_call(SLOT_FAULTS, &m);

	(void)told; /* if not, the fault that follows does */
}

void kozo_panic_silently(const char *text)
{
	struct sentence s = { .length = 0 };

	while (*text)
		put(&s, *text++);
	tell(&s);
	__builtin_trap();
}

void kozo_panic(const char *file, int line, const char *fmt, ...)
{
	struct sentence s = { .length = 0 };
	va_list ap;

	va_start(ap, fmt);
	format(put, &s, fmt, ap);
	va_end(ap);
	add(&s, " at %s:%d", file, line);
	kozo_printf("\n%s: panic: %.*s\n", kozo_name(), (int)s.length, s.text);
	tell(&s);
	__builtin_trap(); /* an undefined instruction: the supervisor sees the fault */
}
