/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * vsnprintf, on which the whole family stands. musl's own needs the FPU.
 *
 *   %[-+ #0][width][.precision][hh|h|l|ll|j|z|t] and one of  d i u o x X c s p %
 *
 * as the C standard (7.21.6.1) has them, and as musl: %p is %#.16lx, and NULL as %s is
 * "(null)". Anything else is a mistake: floating point, wide characters, and %n, which
 * would write. The answer is then -1, with EINVAL, and the text ends there.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* One conversion: what stands between % and its letter. */
struct spec {
	bool left, plus, space, alternate, zero;
	size_t width;
	bool has_precision;
	size_t precision;
	bool has_size; /* does a letter say it? */
	size_t size;   /* of the integer, in bytes */
};

/* What has no room is counted and not stored. */
struct output {
	char *text;
	size_t room;
	size_t count;
};

static size_t room_for(const struct output *out, size_t length)
{
	size_t room = out->count < out->room ? out->room - out->count : 0;

	return length < room ? length : room;
}

static void put(struct output *out, const char *text, size_t length)
{
	size_t stored = room_for(out, length);

	if (stored > 0)
		memcpy(out->text + out->count, text, stored);
	out->count += length;
}

static void put_many(struct output *out, char c, size_t length)
{
	size_t stored = room_for(out, length);

	if (stored > 0)
		memset(out->text + out->count, c, stored);
	out->count += length;
}

/* `zeros` stand between the prefix, a sign or 0x, and the text. */
static void put_field(struct output *out, const struct spec *spec, const char *prefix, size_t zeros,
		      const char *text, size_t length)
{
	size_t total = strlen(prefix) + zeros + length;
	size_t padding = spec->width > total ? spec->width - total : 0;

	if (!spec->left)
		put_many(out, ' ', padding);
	put(out, prefix, strlen(prefix));
	put_many(out, '0', zeros);
	put(out, text, length);
	if (spec->left)
		put_many(out, ' ', padding);
}

/* How many zeros a number of `length` digits, without its prefix, begins with. */
static size_t zeros_before(const struct spec *spec, size_t prefix, size_t length)
{
	if (spec->has_precision)
		return spec->precision > length ? spec->precision - length : 0;
	if (spec->zero && !spec->left && spec->width > prefix + length)
		return spec->width - prefix - length;
	return 0;
}

static void put_digits(struct output *out, const struct spec *spec, const char *prefix,
		       uint64_t value, unsigned base, const char *digits)
{
	char text[23]; /* the octal digits of 2^64 - 1, and a zero before them */
	size_t at = sizeof(text);

	for (uint64_t left = value; left > 0; left /= base)
		text[--at] = digits[left % base];
	if (at == sizeof(text) && !(spec->has_precision && spec->precision == 0))
		text[--at] = '0';

	size_t zeros = zeros_before(spec, strlen(prefix), sizeof(text) - at);

	if (base == 8 && spec->alternate && zeros == 0 && (at == sizeof(text) || text[at] != '0'))
		text[--at] = '0';
	put_field(out, spec, prefix, zeros, text + at, sizeof(text) - at);
}

static void put_signed(struct output *out, const struct spec *spec, int64_t value)
{
	const char *prefix = value < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	put_digits(out, spec, prefix, size, 10, "0123456789");
}

static void put_hexadecimal(struct output *out, const struct spec *spec, uint64_t value, bool upper)
{
	const char *prefix = !spec->alternate || !value ? "" : upper ? "0X" : "0x";

	put_digits(out, spec, prefix, value, 16, upper ? "0123456789ABCDEF" : "0123456789abcdef");
}

static void put_pointer(struct output *out, const struct spec *spec, const void *pointer)
{
	struct spec as = *spec;

	as.alternate = true;
	as.has_precision = true;
	as.precision = 2 * sizeof(pointer);
	put_hexadecimal(out, &as, (uintptr_t)pointer, false);
}

/* With a precision, what lies beyond it is not read: it may have no end. */
static void put_string(struct output *out, const struct spec *spec, const char *text)
{
	size_t most = spec->has_precision ? spec->precision : SIZE_MAX;

	if (!text)
		text = "(null)";
	put_field(out, spec, "", 0, text, strnlen(text, most));
}

/* --- reading a conversion ------------------------------------------------------- */

/*
 * The arguments travel in a structure, because a va_list that is handed to a function
 * by value may not be used again by its caller.
 */
struct arguments {
	va_list ap;
};

static const char *parse_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-':
			spec->left = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->space = true;
			break;
		case '#':
			spec->alternate = true;
			break;
		case '0':
			spec->zero = true;
			break;
		default:
			return fmt;
		}
	}
}

/* A number, or * for an argument. No text is longer than INT_MAX. */
static const char *parse_number(const char *fmt, struct arguments *args, int *number)
{
	if (*fmt == '*') {
		*number = va_arg(args->ap, int);
		return fmt + 1;
	}
	for (*number = 0; *fmt >= '0' && *fmt <= '9'; fmt++) {
		int digit = *fmt - '0';

		*number = *number > (INT_MAX - digit) / 10 ? INT_MAX : *number * 10 + digit;
	}
	return fmt;
}

static const char *parse_width(const char *fmt, struct spec *spec, struct arguments *args)
{
	int width;

	fmt = parse_number(fmt, args, &width);
	if (width < 0)
		spec->left = true;
	spec->width = width < 0 ? 0 - (size_t)width : (size_t)width;
	return fmt;
}

/* A negative one is none. */
static const char *parse_precision(const char *fmt, struct spec *spec, struct arguments *args)
{
	int precision;

	if (*fmt != '.')
		return fmt;
	fmt = parse_number(fmt + 1, args, &precision);
	spec->has_precision = precision >= 0;
	spec->precision = (size_t)precision;
	return fmt;
}

static const char *parse_size(const char *fmt, struct spec *spec)
{
	static const struct {
		char letters[3];
		unsigned char size;
	} sizes[] = { /* hh before h, ll before l */
		      { "hh", sizeof(char) },	   { "h", sizeof(short) },
		      { "ll", sizeof(long long) }, { "l", sizeof(long) },
		      { "j", sizeof(intmax_t) },   { "z", sizeof(size_t) },
		      { "t", sizeof(ptrdiff_t) }
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t length = strlen(sizes[i].letters);

		if (!strncmp(fmt, sizes[i].letters, length)) {
			spec->has_size = true;
			spec->size = sizes[i].size;
			return fmt + length;
		}
	}
	spec->size = sizeof(int);
	return fmt;
}

static uint64_t next_integer(struct arguments *args, const struct spec *spec, bool is_signed)
{
	uint64_t value = spec->size == sizeof(long) ? va_arg(args->ap, unsigned long)
						    : va_arg(args->ap, unsigned int);
	size_t unused = 8 * (sizeof(value) - spec->size);

	value <<= unused;
	return is_signed ? (uint64_t)((int64_t)value >> unused) : value >> unused;
}

/* --- converting ------------------------------------------------------------------ */

/* False: `letter` is no conversion, and nothing was put. */
static bool convert_integer(struct output *out, char letter, const struct spec *spec,
			    struct arguments *args)
{
	switch (letter) {
	case 'd':
	case 'i':
		put_signed(out, spec, (int64_t)next_integer(args, spec, true));
		return true;
	case 'u':
		put_digits(out, spec, "", next_integer(args, spec, false), 10, "0123456789");
		return true;
	case 'o':
		put_digits(out, spec, "", next_integer(args, spec, false), 8, "01234567");
		return true;
	case 'x':
	case 'X':
		put_hexadecimal(out, spec, next_integer(args, spec, false), letter == 'X');
		return true;
	default:
		return false;
	}
}

static bool convert(struct output *out, char letter, const struct spec *spec,
		    struct arguments *args)
{
	char c;

	if (convert_integer(out, letter, spec, args))
		return true;
	if (spec->has_size) /* a wide character or string */
		return false;
	switch (letter) {
	case '%':
		put(out, "%", 1);
		return true;
	case 'c':
		c = (char)va_arg(args->ap, int);
		put_field(out, spec, "", 0, &c, 1);
		return true;
	case 's':
		put_string(out, spec, va_arg(args->ap, const char *));
		return true;
	case 'p':
		put_pointer(out, spec, va_arg(args->ap, const void *));
		return true;
	default:
		return false;
	}
}

/* False: there is something in it that is no conversion. */
static bool put_all(struct output *out, const char *fmt, struct arguments *args)
{
	for (;;) {
		struct spec spec = { 0 };
		size_t plain = strcspn(fmt, "%");

		put(out, fmt, plain);
		if (fmt[plain] == '\0')
			return true;
		fmt = parse_flags(fmt + plain + 1, &spec);
		fmt = parse_width(fmt, &spec, args);
		fmt = parse_precision(fmt, &spec, args);
		fmt = parse_size(fmt, &spec);
		if (!convert(out, *fmt, &spec, args))
			return false;
		fmt++;
	}
}

int vsnprintf(char *restrict text, size_t size, const char *restrict fmt, va_list ap)
{
	struct output out = { text, size, 0 };
	struct arguments args;

	va_copy(args.ap, ap);

	bool good = put_all(&out, fmt, &args);

	va_end(args.ap);
	if (size > 0) /* in place of the last that was stored, if they fill it */
		text[out.count < size ? out.count : size - 1] = '\0';
	if (good && out.count <= INT_MAX)
		return (int)out.count;
	errno = good ? EOVERFLOW : EINVAL;
	return -1;
}
