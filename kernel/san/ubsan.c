/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "ubsan.h"
#include "panic.h"
#include "types.h"

/* The structures are gcc 12's (gcc/ubsan.cc, c-family/c-ubsan.cc). */
struct source {
	const char *file;
	uint32_t line, column;
};

enum { KIND_INTEGER = 0 };

struct type {
	uint16_t kind;
	uint16_t info; /* of an integer: bit 0, signed; above, log2 of its bits */
	char name[];   /* in quotes */
};

struct typed {
	struct source source;
	const struct type *type;
};

struct shift {
	struct source source;
	const struct type *left, *right;
};

struct index {
	struct source source;
	const struct type *array, *index;
};

struct access {
	struct source source;
	const struct type *type;
	uint8_t align_shift;
	uint8_t kind;
};

struct builtin {
	struct source source;
	uint8_t kind;
};

static bool stopped;

void ubsan_stop(void)
{
	stopped = true;
}

/* gcc expects that we may return, and we do while a report is written. */
#define VIOLATION(at, format, ...) \
	do { \
		if (!stopped) \
			panic("UBSan: %s:%u: " format, (at)->file, (at)->line, ##__VA_ARGS__); \
	} while (0)

/* A value of a type, to be printed with %s%lu. */
struct number {
	const char *sign;
	uint64_t magnitude;
};

static struct number number(const struct type *type, uint64_t value)
{
	bool can_be_negative = type->kind == KIND_INTEGER && (type->info & 1);
	unsigned unused = can_be_negative ? 64 - (1u << (type->info >> 1)) : 0;
	int64_t extended = (int64_t)(value << unused) >> unused;

	if (!can_be_negative || extended >= 0)
		return (struct number){ "", value };
	return (struct number){ "-", 0 - (uint64_t)extended };
}

static void overflow(const struct typed *d, uint64_t left, const char *operator, uint64_t right)
{
	struct number a = number(d->type, left), b = number(d->type, right);

	VIOLATION(&d->source, "signed overflow: %s%lu %s %s%lu does not fit %s", a.sign,
		  a.magnitude, operator, b.sign, b.magnitude, d->type->name);
}

/* --- what gcc calls --------------------------------------------------------- */

void __ubsan_handle_add_overflow(const struct typed *d, uint64_t left, uint64_t right);
void __ubsan_handle_sub_overflow(const struct typed *d, uint64_t left, uint64_t right);
void __ubsan_handle_mul_overflow(const struct typed *d, uint64_t left, uint64_t right);
void __ubsan_handle_negate_overflow(const struct typed *d, uint64_t value);
void __ubsan_handle_divrem_overflow(const struct typed *d, uint64_t left, uint64_t right);
void __ubsan_handle_shift_out_of_bounds(const struct shift *d, uint64_t left, uint64_t right);
void __ubsan_handle_out_of_bounds(const struct index *d, uint64_t index);
void __ubsan_handle_type_mismatch_v1(const struct access *d, uint64_t address);
void __ubsan_handle_pointer_overflow(const struct source *at, uint64_t before, uint64_t after);
void __ubsan_handle_load_invalid_value(const struct typed *d, uint64_t value);
void __ubsan_handle_invalid_builtin(const struct builtin *d);
_Noreturn void __ubsan_handle_builtin_unreachable(const struct source *at);

void __ubsan_handle_add_overflow(const struct typed *d, uint64_t left, uint64_t right)
{
	overflow(d, left, "+", right);
}

void __ubsan_handle_sub_overflow(const struct typed *d, uint64_t left, uint64_t right)
{
	overflow(d, left, "-", right);
}

void __ubsan_handle_mul_overflow(const struct typed *d, uint64_t left, uint64_t right)
{
	overflow(d, left, "*", right);
}

void __ubsan_handle_negate_overflow(const struct typed *d, uint64_t value)
{
	overflow(d, 0, "-", value);
}

void __ubsan_handle_divrem_overflow(const struct typed *d, uint64_t left, uint64_t right)
{
	if (!right)
		VIOLATION(&d->source, "division by zero");
	overflow(d, left, "/", right);
}

void __ubsan_handle_shift_out_of_bounds(const struct shift *d, uint64_t left, uint64_t right)
{
	struct number a = number(d->left, left), b = number(d->right, right);

	VIOLATION(&d->source, "impossible shift: %s%lu by %s%lu bits in %s", a.sign, a.magnitude,
		  b.sign, b.magnitude, d->left->name);
}

void __ubsan_handle_out_of_bounds(const struct index *d, uint64_t index)
{
	struct number i = number(d->index, index);

	VIOLATION(&d->source, "index %s%lu is outside of %s", i.sign, i.magnitude, d->array->name);
}

void __ubsan_handle_type_mismatch_v1(const struct access *d, uint64_t address)
{
	if (!address)
		VIOLATION(&d->source, "null pointer used as %s", d->type->name);
	if (address & ((1ull << d->align_shift) - 1))
		VIOLATION(&d->source, "misaligned pointer: 0x%lx used as %s", address,
			  d->type->name);
	VIOLATION(&d->source, "outside of the object: 0x%lx used as %s", address, d->type->name);
}

void __ubsan_handle_pointer_overflow(const struct source *at, uint64_t before, uint64_t after)
{
	VIOLATION(at, "pointer moved around the end of memory: 0x%lx to 0x%lx", before, after);
}

void __ubsan_handle_load_invalid_value(const struct typed *d, uint64_t value)
{
	VIOLATION(&d->source, "%lu is no value of %s", value, d->type->name);
}

void __ubsan_handle_invalid_builtin(const struct builtin *d)
{
	VIOLATION(&d->source, "zero passed to count its leading or trailing zeros");
}

_Noreturn void __ubsan_handle_builtin_unreachable(const struct source *at)
{
	panic("UBSan: %s:%u: reached what was said to be unreachable", at->file, at->line);
}
