/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "format.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* One conversion: what stands between % and its letter. */
struct spec {
	bool left;
	bool zero;
	size_t width;
	size_t precision;		   /* of a string: so many characters at most */
	enum { SIZE_INT, SIZE_LONG } size; /* long, long long and size_t are all 64 bits */
};

_Static_assert(sizeof(long) == sizeof(long long) && sizeof(long) == sizeof(size_t),
	       "l, ll and z ask for the same size");

struct output {
	void (*put)(void *arg, char c);
	void *arg;
	size_t count;
};

static void put(struct output *out, char c)
{
	out->put(out->arg, c);
	out->count++;
}

static void put_all(struct output *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		put(out, text[i]);
}

static void put_many(struct output *out, char c, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put(out, c);
}

/* `prefix` is the sign, which stands before zeros but after spaces. */
static void put_field(struct output *out, const struct spec *spec, const char *prefix,
		      const char *text, size_t length)
{
	size_t prefix_length = strlen(prefix), total = prefix_length + length;
	size_t padding = spec->width > total ? spec->width - total : 0;
	bool zero = spec->zero && !spec->left;

	if (!spec->left && !zero)
		put_many(out, ' ', padding);
	put_all(out, prefix, prefix_length);
	if (zero)
		put_many(out, '0', padding);
	put_all(out, text, length);
	if (spec->left)
		put_many(out, ' ', padding);
}

static void put_number(struct output *out, const struct spec *spec, const char *prefix,
		       uint64_t value, unsigned base)
{
	char text[20]; /* the digits of 2^64 - 1 */
	size_t at = sizeof(text);

	do {
		text[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value > 0);
	put_field(out, spec, prefix, text + at, sizeof(text) - at);
}

static void put_signed(struct output *out, const struct spec *spec, int64_t value)
{
	uint64_t distance = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	put_number(out, spec, value < 0 ? "-" : "", distance, 10);
}

/* With a precision, what lies beyond it is not read: it may have no end. */
static size_t text_length(const struct spec *spec, const char *text)
{
	size_t length = 0;

	while (length < spec->precision && text[length] != '\0')
		length++;
	return length;
}

static void put_string(struct output *out, struct spec *spec, const char *text)
{
	if (!text)
		text = "(null)";
	spec->zero = false;
	put_field(out, spec, "", text, text_length(spec, text));
}

static void put_character(struct output *out, struct spec *spec, char c)
{
	spec->zero = false;
	put_field(out, spec, "", &c, 1);
}

static void put_pointer(struct output *out, struct spec *spec, const void *pointer)
{
	spec->zero = true;
	spec->width = 16;
	put_number(out, spec, "", (uintptr_t)pointer, 16);
}

static const char *parse_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		if (*fmt == '-')
			spec->left = true;
		else if (*fmt == '0')
			spec->zero = true;
		else
			return fmt;
	}
}

static const char *parse_size(const char *fmt, struct spec *spec)
{
	while (*fmt == 'l' || *fmt == 'z') {
		spec->size = SIZE_LONG;
		fmt++;
	}
	return fmt;
}

/*
 * The arguments travel in a structure, because a va_list that is handed to a
 * function by value may not be used again by its caller.
 */
struct arguments {
	va_list ap;
};

/* Digits, or a '*' for an argument that says it. */
static const char *parse_length(const char *fmt, size_t *length, struct arguments *args)
{
	if (*fmt == '*') {
		int n = va_arg(args->ap, int);

		*length = n > 0 ? (size_t)n : 0;
		return fmt + 1;
	}
	for (*length = 0; *fmt >= '0' && *fmt <= '9'; fmt++)
		*length = *length * 10 + (size_t)(*fmt - '0');
	return fmt;
}

static const char *parse_spec(const char *fmt, struct spec *spec, struct arguments *args)
{
	fmt = parse_length(parse_flags(fmt, spec), &spec->width, args);
	if (*fmt == '.')
		fmt = parse_length(fmt + 1, &spec->precision, args);
	return parse_size(fmt, spec);
}

static uint64_t next_unsigned(struct arguments *args, const struct spec *spec)
{
	if (spec->size == SIZE_LONG)
		return va_arg(args->ap, unsigned long);
	return va_arg(args->ap, unsigned int);
}

static int64_t next_signed(struct arguments *args, const struct spec *spec)
{
	if (spec->size == SIZE_LONG)
		return va_arg(args->ap, long);
	return va_arg(args->ap, int);
}

/* False: `letter` is no conversion, and nothing was put. */
static bool convert(struct output *out, char letter, struct spec *spec, struct arguments *args)
{
	switch (letter) {
	case '%':
		put(out, '%');
		return true;
	case 'c':
		put_character(out, spec, (char)va_arg(args->ap, int));
		return true;
	case 's':
		put_string(out, spec, va_arg(args->ap, const char *));
		return true;
	case 'd':
		put_signed(out, spec, next_signed(args, spec));
		return true;
	case 'u':
		put_number(out, spec, "", next_unsigned(args, spec), 10);
		return true;
	case 'x':
		put_number(out, spec, "", next_unsigned(args, spec), 16);
		return true;
	case 'p':
		put_pointer(out, spec, va_arg(args->ap, const void *));
		return true;
	default:
		return false;
	}
}

size_t format(void (*put_one)(void *arg, char c), void *arg, const char *fmt, va_list ap)
{
	struct output out = { put_one, arg, 0 };
	struct arguments args;

	va_copy(args.ap, ap);
	while (*fmt != '\0') {
		struct spec spec = { .precision = SIZE_MAX };
		const char *letter;

		if (*fmt != '%') {
			put(&out, *fmt++);
			continue;
		}
		letter = parse_spec(fmt + 1, &spec, &args);
		if (convert(&out, *letter, &spec, &args))
			fmt = letter + 1;
		else
			put(&out, *fmt++);
	}
	va_end(args.ap);
	return out.count;
}
