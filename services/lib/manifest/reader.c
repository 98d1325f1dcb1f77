/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "reader.h"

#include <string.h>

#include "format.h"

/* --- mistakes ------------------------------------------------------------- */

struct message {
	char *text;
	size_t length;
};

static void put(void *arg, char c)
{
	struct message *m = arg;

	if (m->length < MANIFEST_MESSAGE_BYTES - 1)
		m->text[m->length++] = c;
}

void message_write(struct manifest_error *error, const char *fmt, va_list ap)
{
	struct message m = { error->message, 0 };

	format(put, &m, fmt, ap);
	m.text[m.length] = '\0';
}

void reader_refuse(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	if (r->failed)
		return;
	va_start(ap, fmt);
	message_write(r->error, fmt, ap);
	va_end(ap);
	r->failed = true;
	r->rest = "";
}

/* --- lines ---------------------------------------------------------------- */

void reader_begin(struct reader *r, const char *text, size_t size, struct manifest_error *error)
{
	*r = (struct reader){ .at = text, .left = size, .rest = "", .error = error };
	error->line = 0;
}

/* Bytes up to the end of the line, which is a line feed or the end of the text. */
static size_t line_length(const struct reader *r)
{
	size_t length = 0;

	while (length < r->left && r->at[length] != '\n')
		length++;
	return length;
}

/* What a manifest says is shown to people: nothing in it may move their cursor. */
static void copy_line(struct reader *r, size_t length)
{
	if (length > 0 && r->at[length - 1] == '\r')
		length--;
	if (length >= sizeof(r->line)) {
		reader_refuse(r, "the line has more than %zu bytes", sizeof(r->line) - 1);
		return;
	}
	for (size_t i = 0; i < length; i++) {
		r->line[i] = r->at[i] == '\t' ? ' ' : r->at[i];
		if (r->line[i] < ' ' || r->line[i] > '~')
			reader_refuse(r, "there is a byte that is not printable ASCII");
	}
	r->line[length] = '\0';
	r->rest = r->failed ? "" : r->line;
}

/* Comments are space, too. */
static void skip_space(struct reader *r)
{
	while (*r->rest == ' ')
		r->rest++;
	if (*r->rest == '#')
		r->rest = "";
}

bool reader_line(struct reader *r)
{
	while (!r->failed && r->left > 0) {
		size_t length = line_length(r);
		size_t used = length < r->left ? length + 1 : length;

		r->error->line++;
		copy_line(r, length);
		r->at += used;
		r->left -= used;
		skip_space(r);
		if (*r->rest)
			return true;
	}
	return false;
}

/* --- words ---------------------------------------------------------------- */

static size_t word_length(const char *text)
{
	size_t length = 0;

	while (text[length] && text[length] != ' ')
		length++;
	return length;
}

void take_end(struct reader *r)
{
	if (*r->rest)
		reader_refuse(r, "expected the end of the line, found %s", r->rest);
}

bool take_if(struct reader *r, const char *word)
{
	size_t length = word_length(r->rest);

	if (length != strlen(word) || memcmp(r->rest, word, length) != 0)
		return false;
	r->rest += length;
	skip_space(r);
	return true;
}

const char *take_word(struct reader *r, const char *what)
{
	size_t length = word_length(r->rest);

	if (length == 0)
		reader_refuse(r, "expected %s, found the end of the line", what);
	if (length >= sizeof(r->word))
		reader_refuse(r, "%s has at most %zu characters", what, sizeof(r->word) - 1);
	if (r->failed)
		return "";
	memcpy(r->word, r->rest, length);
	r->word[length] = '\0';
	r->rest += length;
	skip_space(r);
	return r->word;
}

unsigned take_one_of(struct reader *r, const char *what, const char *const list[])
{
	const char *word = take_word(r, what);

	for (unsigned i = 0; list[i]; i++)
		if (strcmp(word, list[i]) == 0)
			return i;
	reader_refuse(r, "there is no %s %s", what, word);
	return 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_name(const char *word)
{
	if (!is_letter(*word))
		return false;
	while (is_letter(*word) || is_digit(*word) || *word == '_' || *word == '-')
		word++;
	return *word == '\0';
}

void take_name(struct reader *r, const char *what, char *name, size_t bytes)
{
	const char *word = take_word(r, what);
	size_t length = strlen(word);

	if (!is_name(word))
		reader_refuse(r, "%s is not a name of small letters, digits, _ and -", word);
	if (length >= bytes)
		reader_refuse(r, "a name has at most %zu characters", bytes - 1);
	if (!r->failed)
		memcpy(name, word, length + 1);
}

void take_text(struct reader *r, const char *what, char *text, size_t bytes)
{
	const char *from = r->rest + 1;
	size_t length = 0;

	if (*r->rest != '"') {
		reader_refuse(r, "expected %s in quotes, found %s", what,
			      *r->rest ? r->rest : "the end of the line");
		return;
	}
	while (from[length] && from[length] != '"')
		length++;
	if (!from[length])
		reader_refuse(r, "%s has no closing quote", what);
	else if (length == 0 || from[0] == ' ' || from[length - 1] == ' ')
		reader_refuse(r, "%s begins and ends with a visible character", what);
	else if (length >= bytes)
		reader_refuse(r, "%s has at most %zu characters", what, bytes - 1);
	if (r->failed)
		return;
	memcpy(text, from, length);
	text[length] = '\0';
	r->rest = from + length + 1;
	skip_space(r);
}

/* --- numbers -------------------------------------------------------------- */

static unsigned digit_value(char c)
{
	if (is_digit(c))
		return (unsigned)(c - '0');
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : UINT32_MAX;
}

/*
 * The digits at *text, which then points behind them; false: there are none. What does
 * not fit becomes the largest number, which is in nobody's range.
 */
static bool read_digits(const char **text, unsigned base, uint64_t *number)
{
	const char *at = *text;

	for (*number = 0; digit_value(*at) < base; at++)
		if (__builtin_mul_overflow(*number, base, number) ||
		    __builtin_add_overflow(*number, digit_value(*at), number))
			*number = UINT64_MAX;
	if (at == *text || (base == 10 && **text == '0' && at > *text + 1))
		return false;
	*text = at;
	return true;
}

uint64_t take_number(struct reader *r, const char *what, uint64_t least, uint64_t most)
{
	const char *word = take_word(r, what), *end = word;
	uint64_t number;

	if (!read_digits(&end, 10, &number) || *end)
		reader_refuse(r, "%s is not a number", word);
	else if (number < least || number > most)
		reader_refuse(r, "%s is from %lu to %lu", what, least, most);
	return r->failed ? 0 : number;
}

struct unit {
	const char *name;
	uint64_t size;
};

/* A number with its unit right behind it. The last unit has no name. */
static uint64_t take_quantity(struct reader *r, const char *what, const struct unit *unit,
			      const char *units)
{
	const char *word = take_word(r, what), *end = word;
	uint64_t number;
	bool good = read_digits(&end, 10, &number);

	while (unit->name && strcmp(unit->name, end) != 0)
		unit++;
	if (!good || !unit->name)
		reader_refuse(r, "%s is not a number with its unit, %s", word, units);
	else if (__builtin_mul_overflow(number, unit->size, &number))
		reader_refuse(r, "%s is too large", word);
	return r->failed ? 0 : number;
}

uint64_t take_pages(struct reader *r, const char *what)
{
	static const struct unit units[] = {
		{ "K", 1 << 10 }, { "M", 1 << 20 }, { "G", 1 << 30 }, { 0 }
	};
	uint64_t bytes = take_quantity(r, what, units, "K, M or G");

	if (bytes == 0 || bytes % (1 << PAGE_BITS) != 0)
		reader_refuse(r, "%s is a multiple of 4K, and not 0", what);
	return bytes;
}

uint64_t take_duration(struct reader *r, const char *what)
{
	static const struct unit units[] = { { "us", 1 }, { "ms", 1000 }, { "s", 1000000 }, { 0 } };
	const uint64_t hour = 3600000000;
	uint64_t time = take_quantity(r, what, units, "us, ms or s");

	if (time == 0 || time > hour)
		reader_refuse(r, "%s is from 1us to 3600s", what);
	return time;
}

static bool read_hex(const char **text, uint64_t *number)
{
	if (strncmp(*text, "0x", 2) != 0)
		return false;
	*text += 2;
	return read_digits(text, 16, number);
}

void take_hex_range(struct reader *r, const char *what, uint64_t most, uint64_t *first,
		    uint64_t *last)
{
	const char *word = take_word(r, what), *end = word;
	bool good = read_hex(&end, first);

	*last = *first;
	if (good && *end == '-') {
		end++;
		good = read_hex(&end, last);
	}
	if (!good || *end)
		reader_refuse(r, "%s is not a range of hex numbers like 0x60-0x6f", word);
	else if (*last < *first)
		reader_refuse(r, "the range %s ends before it begins", word);
	else if (*last > most)
		reader_refuse(r, "%s are at most 0x%lx", what, most);
}

/* --- rights --------------------------------------------------------------- */

/* The ABI's name is in capitals. */
static bool is_right(const char *word, const char *right)
{
	for (; *right; word++, right++)
		if (*word != *right - 'A' + 'a')
			return false;
	return *word == '\0';
}

static rights_t take_right(struct reader *r)
{
	static const char *const names[] = RIGHT_NAME;
	const char *word = take_word(r, "a right");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i] && is_right(word, names[i]))
			return (rights_t)1 << i;
	reader_refuse(r, "there is no right %s", word);
	return 0;
}

rights_t take_rights(struct reader *r, rights_t allowed)
{
	rights_t rights = 0;

	do {
		rights_t right = take_right(r);

		if (right & ~allowed)
			reader_refuse(r, "the right %s cannot be given here", r->word);
		if (right & rights)
			reader_refuse(r, "the right %s is listed twice", r->word);
		rights |= right;
	} while (*r->rest);
	return rights;
}
