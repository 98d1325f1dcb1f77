/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The kernel log's screen, on video memory of exactly the size described, so
 * that the address sanitizer sees every write outside it.
 */
/* links: kernel/core/screen.c kernel/core/font.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "font.h"
#include "screen.h"

/* What video memory holds before anybody draws. */
enum { NOISE = 0x5a };

static uint8_t *memory;

static void forget_memory(void)
{
	free(memory);
	memory = NULL;
}

static uint8_t *new_memory(size_t size)
{
	forget_memory();
	memory = malloc(size);
	assert_non_null(memory);
	memset(memory, NOISE, size);
	return memory;
}

static int teardown(void **state)
{
	(void)state;
	forget_memory();
	return 0;
}

static void put(const char *text)
{
	while (*text)
		screen_put(*text++);
}

/* ---- text mode ---- */

enum { TEXT_COLUMNS = 80, TEXT_ROWS = 25, TEXT_CELLS = TEXT_COLUMNS * TEXT_ROWS };

static volatile uint16_t *use_text(void)
{
	volatile uint16_t *cells = (volatile uint16_t *)new_memory(TEXT_CELLS * sizeof(*cells));

	screen_use_text(cells);
	return cells;
}

/* A line shows this text and nothing else, all of it light grey on black. */
static void assert_line(const volatile uint16_t *cells, unsigned row, const char *text)
{
	for (unsigned column = 0; column < TEXT_COLUMNS; column++) {
		char c = column < strlen(text) ? text[column] : ' ';

		assert_int_equal(cells[row * TEXT_COLUMNS + column], 0x0700 | c);
	}
}

static void put_lines(unsigned count)
{
	for (unsigned n = 0; n < count; n++) {
		char text[32];

		snprintf(text, sizeof(text), "line %u\n", n);
		put(text);
	}
}

static void before_a_display_is_chosen_characters_go_nowhere(void **state)
{
	(void)state;
	put("lost\n\b\t\033[1mlost\n");
	assert_int_equal(screen_cursor(), 0);
}

static void choosing_text_mode_clears_it(void **state)
{
	volatile uint16_t *cells = use_text();

	(void)state;
	for (unsigned row = 0; row < TEXT_ROWS; row++)
		assert_line(cells, row, "");
	assert_int_equal(screen_cursor(), 0);
}

/* What is put on an empty text screen, its first two lines then, and the cursor. */
static const struct {
	const char *text, *first, *second;
	unsigned cursor;
} effects[] = {
	{ "hello", "hello", "", 5 },
	{ "one\ntwo", "one", "two", 83 },
	{ "stone\rbr", "brone", "", 2 },
	{ "ab\b", "ab", "", 1 },
	{ "ab\b \b", "a", "", 1 },
	{ "\b\bx", "x", "", 1 },
	{ "\tx", "        x", "", 9 },
	{ "1234567\tx", "1234567 x", "", 9 },
	{ "12345678\tx", "12345678        x", "", 17 },
	{ "a\001\177\200\377", "a\177\177\177\177", "", 5 },
	{ "a\033[0mb\033[1;31mc\033[2Jd\033[?25l", "abcd", "", 4 },
	{ "a\033b", "ab", "", 2 },
	{ "a\033\033[1mb", "ab", "", 2 },
	{ "a\033[1\033[1mb", "ab", "", 2 },
	{ "a\033[1\nb", "a", "b", 81 },
	{ "a\033[1\177b", "a\177b", "", 3 },
	{ "a\033[1\377b", "a\177b", "", 3 },
};

static void characters_and_controls_do_what_the_header_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(effects); i++) {
		volatile uint16_t *cells = use_text();

		put(effects[i].text);
		assert_line(cells, 0, effects[i].first);
		assert_line(cells, 1, effects[i].second);
		assert_int_equal(screen_cursor(), effects[i].cursor);
	}
}

#define TEN "0123456789"
#define EIGHTY TEN TEN TEN TEN TEN TEN TEN TEN

static void a_line_wraps_when_there_is_more_of_it(void **state)
{
	volatile uint16_t *cells = use_text();

	(void)state;
	put(EIGHTY);
	assert_int_equal(screen_cursor(), 79);
	put("more");
	assert_int_equal(screen_cursor(), 84);
	assert_line(cells, 0, EIGHTY);
	assert_line(cells, 1, "more");
}

static void a_full_line_is_not_followed_by_an_empty_one(void **state)
{
	volatile uint16_t *cells = use_text();

	(void)state;
	put(EIGHTY "\nnext");
	assert_line(cells, 0, EIGHTY);
	assert_line(cells, 1, "next");
}

static void a_tab_stops_at_the_right_edge(void **state)
{
	volatile uint16_t *cells = use_text();

	(void)state;
	put("\t\t\t\t\t\t\t\t\t\t\t\tx");
	assert_line(cells, 0, "");
	assert_line(cells, 1, "x");
}

static void text_mode_scrolls_at_the_bottom(void **state)
{
	volatile uint16_t *cells = use_text();

	(void)state;
	put_lines(100);
	put("end");
	for (unsigned row = 0; row < TEXT_ROWS - 1; row++) {
		char text[32];

		snprintf(text, sizeof(text), "line %u", 100 - (TEXT_ROWS - 1) + row);
		assert_line(cells, row, text);
	}
	assert_line(cells, TEXT_ROWS - 1, "end");
	assert_int_equal(screen_cursor(), (TEXT_ROWS - 1) * TEXT_COLUMNS + 3);
}

static void a_short_line_scrolls_over_a_long_one(void **state)
{
	volatile uint16_t *cells = use_text();

	(void)state;
	put(EIGHTY "\nshort");
	for (unsigned n = 0; n < TEXT_ROWS - 1; n++)
		put("\n");
	assert_line(cells, 0, "short");
	assert_line(cells, 1, "");
}

static void choosing_a_display_forgets_the_last_one(void **state)
{
	volatile uint16_t *cells;

	(void)state;
	use_text();
	put("old\nold\033[");
	cells = use_text();
	put("ma new");
	assert_line(cells, 0, "ma new");
	assert_line(cells, 1, "");
}

/* ---- framebuffers ---- */

/* As most machines have it: blue, green and red bytes. */
#define PIXELS(depth, columns, lines, line_bytes) \
	{ \
		.address = 0xfd000000, .size = (uint64_t)(line_bytes) * (lines), \
		.pitch = (line_bytes), .width = (columns), .height = (lines), .bits = (depth), \
		.red_shift = 16, .green_shift = 8, .blue_shift = 0, .red_bits = 8, \
		.green_bits = 8, .blue_bits = 8, \
	}

static const struct framebuffer shapes[] = {
	PIXELS(32, 640, 480, 640 * 4),
	PIXELS(24, 640, 480, 640 * 3),
	PIXELS(32, 800, 60, 800 * 4 + 64), /* a pitch with room to spare */
	PIXELS(32, 200, 50, 200 * 4 + 1),  /* one that aligns nothing */
	PIXELS(24, 200, 50, 200 * 3 + 7),
	PIXELS(32, 120, 36, 120 * 4), /* the smallest */
	PIXELS(24, 125, 44, 125 * 3), /* columns and rows that do not come out even */
	PIXELS(32, 959, 72, 959 * 4), /* the widest with small characters */
	PIXELS(32, 960, 72, 960 * 4), /* the narrowest with large ones */
	PIXELS(24, 1366, 100, 1366 * 3),
	PIXELS(32, 2000, 1200, 2000 * 4), /* room for more than we ever use */
};

enum { SHAPES = ARRAY_SIZE(shapes) };

static unsigned scale_of(const struct framebuffer *fb)
{
	return fb->width >= 960 ? 2 : 1;
}

static unsigned columns_of(const struct framebuffer *fb)
{
	unsigned columns = fb->width / (FONT_WIDTH * scale_of(fb));

	return columns < 160 ? columns : 160;
}

static unsigned rows_of(const struct framebuffer *fb)
{
	unsigned rows = fb->height / (FONT_HEIGHT * scale_of(fb));

	return rows < 64 ? rows : 64;
}

static void use_pixels(const struct framebuffer *fb)
{
	assert_true(screen_can_use(fb));
	screen_use_pixels(fb, new_memory((size_t)fb->pitch * fb->height));
}

static uint32_t pixel_at(const struct framebuffer *fb, unsigned x, unsigned y)
{
	uint32_t pixel = 0;

	memcpy(&pixel, memory + (size_t)y * fb->pitch + x * (fb->bits / 8u), fb->bits / 8u);
	return pixel;
}

/*
 * A text as wide as the screen, so that each of its lines ends by wrapping. Any
 * character differs from its neighbours: a glyph in the wrong place is noticed.
 */
static char sample(unsigned column, unsigned row)
{
	return (char)(' ' + (column * 7 + row * 13) % 95);
}

static void put_sample(const struct framebuffer *fb, unsigned first, unsigned rows)
{
	for (unsigned row = first; row < first + rows; row++)
		for (unsigned column = 0; column < columns_of(fb); column++)
			screen_put(sample(column, row));
}

/* The colour that the sample, scrolled up by `first` rows, has at a pixel. */
static uint32_t sample_pixel(const struct framebuffer *fb, unsigned first, unsigned x, unsigned y,
			     uint32_t grey)
{
	unsigned width = FONT_WIDTH * scale_of(fb), height = FONT_HEIGHT * scale_of(fb);
	unsigned column = x / width, row = y / height;

	if (column >= columns_of(fb) || row >= rows_of(fb))
		return 0;
	return font_dot(sample(column, first + row), x % width / scale_of(fb),
			y % height / scale_of(fb))
		       ? grey
		       : 0;
}

/* All pixels are right, and the bytes between the lines are as they were. */
static void assert_sample(const struct framebuffer *fb, unsigned first, uint32_t grey)
{
	for (unsigned y = 0; y < fb->height; y++) {
		const uint8_t *line = memory + (size_t)y * fb->pitch;

		for (unsigned x = 0; x < fb->width; x++)
			if (pixel_at(fb, x, y) != sample_pixel(fb, first, x, y, grey))
				fail_msg("%ux%u, %u bits: wrong at %u,%u", fb->width, fb->height,
					 fb->bits, x, y);
		for (unsigned i = fb->width * (fb->bits / 8u); i < fb->pitch; i++)
			assert_int_equal(line[i], NOISE);
	}
}

static void choosing_a_framebuffer_clears_all_of_it(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SHAPES; i++) {
		use_pixels(&shapes[i]);
		for (unsigned y = 0; y < shapes[i].height; y++)
			for (unsigned x = 0; x < shapes[i].width; x++)
				assert_int_equal(pixel_at(&shapes[i], x, y), 0);
	}
}

static void a_full_screen_shows_every_character_in_its_place(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SHAPES; i++) {
		use_pixels(&shapes[i]);
		put_sample(&shapes[i], 0, rows_of(&shapes[i]));
		assert_sample(&shapes[i], 0, 0xaaaaaa);
	}
}

static void a_scrolled_screen_looks_like_one_freshly_drawn(void **state)
{
	enum { EXTRA = 5 };

	(void)state;
	for (unsigned i = 0; i < SHAPES; i++) {
		use_pixels(&shapes[i]);
		put_sample(&shapes[i], 0, rows_of(&shapes[i]) + EXTRA);
		assert_sample(&shapes[i], EXTRA, 0xaaaaaa);
	}
}

static void colours_go_where_the_description_says(void **state)
{
	/* clang-format off */
	static const struct {
		uint8_t red_shift, red_bits, green_shift, green_bits, blue_shift, blue_bits;
		uint32_t grey;
	} rows[] = {
		{  0,  8,  8,  8, 16,  8, 0x00aaaaaa },
		{ 24,  8, 16,  8,  8,  8, 0xaaaaaa00 },
		{ 20, 10, 10, 10,  0, 10, 0x2aaaaaaa },
		{ 11,  5,  5,  6,  0,  5, 0x0000ad55 },
		{ 31,  1, 30,  1, 29,  1, 0xe0000000 },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct framebuffer fb = shapes[0];

		fb.red_shift = rows[i].red_shift;
		fb.red_bits = rows[i].red_bits;
		fb.green_shift = rows[i].green_shift;
		fb.green_bits = rows[i].green_bits;
		fb.blue_shift = rows[i].blue_shift;
		fb.blue_bits = rows[i].blue_bits;
		use_pixels(&fb);
		put_sample(&fb, 0, rows_of(&fb));
		assert_sample(&fb, 0, rows[i].grey);
	}
}

/* Every cell of the sample differs from the one below, so all of them are drawn again. */
static void scrolling_does_not_read_video_memory(void **state)
{
	const struct framebuffer *fb = &shapes[5];
	unsigned rows = rows_of(fb), columns = columns_of(fb);

	(void)state;
	use_pixels(fb);
	put_sample(fb, 0, rows);
	memset(memory, NOISE, (size_t)fb->pitch * fb->height);
	put_sample(fb, rows, rows);
	assert_int_equal(screen_cursor(), rows * columns - 1);
	assert_sample(fb, rows, 0xaaaaaa);
}

static void scrolling_writes_only_the_cells_that_change(void **state)
{
	const struct framebuffer *fb = &shapes[5];

	(void)state;
	use_pixels(fb);
	put("same A\nsame B\nsame C\nsame D");
	memset(memory, NOISE, (size_t)fb->pitch * fb->height);
	put("\n");
	for (unsigned y = 0; y < fb->height - FONT_HEIGHT; y++)
		for (unsigned x = 0; x < fb->width; x++)
			assert_int_equal(pixel_at(fb, x, y) == 0x5a5a5a5a,
					 x / FONT_WIDTH != strlen("same "));
}

/* ---- refusals: one row each ---- */

#define USABLE \
	.address = 0xfd000000, .size = 640 * 480 * 4, .pitch = 640 * 4, .width = 640, \
	.height = 480, .bits = 32, .red_shift = 16, .green_shift = 8, .blue_shift = 0, \
	.red_bits = 8, .green_bits = 8, .blue_bits = 8

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static const struct framebuffer refusals[] = {
	{ USABLE, .address = 0 },
	{ USABLE, .bits = 0 },
	{ USABLE, .bits = 8 },
	{ USABLE, .bits = 16 },
	{ USABLE, .bits = 31 },
	{ USABLE, .bits = 64 },
	{ USABLE, .width = 0 },
	{ USABLE, .width = 119 },
	{ USABLE, .width = 641 }, /* the pitch is too small for it */
	{ USABLE, .width = 16385, .height = 48, .pitch = 16385 * 4, .size = 0 },
	{ USABLE, .width = 0x40000000, .size = 0 }, /* four bytes each: 0 in 32 bits */
	{ USABLE, .height = 0 },
	{ USABLE, .height = 35 },
	{ USABLE, .height = 481 }, /* the size is too small for it */
	{ USABLE, .height = 16385, .size = 0 },
	{ USABLE, .width = 960, .height = 71, .pitch = 960 * 4 }, /* twice the dots: 3 lines */
	{ USABLE, .pitch = 0 },
	{ USABLE, .pitch = 640 * 4 - 1 },
	{ USABLE, .pitch = 640 * 4 + 1 },
	{ USABLE, .pitch = 0xffffffff },
	{ USABLE, .pitch = 0x80000000 }, /* 480 times that is 0 in 32 bits */
	{ USABLE, .size = 640 * 480 * 4 - 1 },
	{ USABLE, .size = 1 },
	{ USABLE, .red_shift = 25 },
	{ USABLE, .green_shift = 25 },
	{ USABLE, .blue_shift = 25 },
	{ USABLE, .red_shift = 255 },
	{ USABLE, .red_bits = 17 },
	{ USABLE, .green_bits = 25 },
	{ USABLE, .blue_bits = 33 },
	{ USABLE, .blue_bits = 255 },
	{ USABLE, .red_bits = 0 },
	{ USABLE, .green_bits = 0 },
	{ USABLE, .blue_bits = 0 },
	{ USABLE, .bits = 24, .red_shift = 17 },
};

static const struct framebuffer acceptances[] = {
	{ USABLE },
	{ USABLE, .size = 0 },
	{ USABLE, .bits = 24 },
	{ USABLE, .red_shift = 24 },
};
#pragma GCC diagnostic pop

static void a_framebuffer_that_cannot_be_right_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (screen_can_use(&refusals[i]))
			fail_msg("row %zu was not refused", i);
}

/* Else the table above might refuse for a reason that all its rows share. */
static void a_framebuffer_that_can_be_right_is_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(acceptances); i++)
		use_pixels(&acceptances[i]);
}

/* ---- the font ---- */

static bool glyphs_are_equal(char a, char b)
{
	for (unsigned y = 0; y < FONT_HEIGHT; y++)
		for (unsigned x = 0; x < FONT_WIDTH; x++)
			if (font_dot(a, x, y) != font_dot(b, x, y))
				return false;
	return true;
}

static void no_two_characters_look_the_same(void **state)
{
	(void)state;
	for (int a = FONT_FIRST; a <= FONT_OTHER; a++)
		for (int b = a + 1; b <= FONT_OTHER; b++)
			if (glyphs_are_equal((char)a, (char)b))
				fail_msg("'%c' and '%c' look the same", a, b);
}

static void neighbours_do_not_touch(void **state)
{
	(void)state;
	for (int c = FONT_FIRST; c <= FONT_OTHER; c++) {
		for (unsigned y = 0; y < FONT_HEIGHT; y++)
			assert_false(font_dot((char)c, FONT_WIDTH - 1, y));
		for (unsigned x = 0; x < FONT_WIDTH; x++)
			assert_false(font_dot((char)c, x, FONT_HEIGHT - 1));
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	/* The first needs a screen that was never used, so it stays first. */
	const struct CMUnitTest tests[] = {
		TEST(before_a_display_is_chosen_characters_go_nowhere),
		TEST(choosing_text_mode_clears_it),
		TEST(characters_and_controls_do_what_the_header_says),
		TEST(a_line_wraps_when_there_is_more_of_it),
		TEST(a_full_line_is_not_followed_by_an_empty_one),
		TEST(a_tab_stops_at_the_right_edge),
		TEST(text_mode_scrolls_at_the_bottom),
		TEST(a_short_line_scrolls_over_a_long_one),
		TEST(choosing_a_display_forgets_the_last_one),
		TEST(choosing_a_framebuffer_clears_all_of_it),
		TEST(a_full_screen_shows_every_character_in_its_place),
		TEST(a_scrolled_screen_looks_like_one_freshly_drawn),
		TEST(colours_go_where_the_description_says),
		TEST(scrolling_does_not_read_video_memory),
		TEST(scrolling_writes_only_the_cells_that_change),
		TEST(a_framebuffer_that_cannot_be_right_is_refused),
		TEST(a_framebuffer_that_can_be_right_is_accepted),
		TEST(no_two_characters_look_the_same),
		TEST(neighbours_do_not_touch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
