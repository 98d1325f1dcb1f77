/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "screen.h"
#include "font.h"
#include "string.h"

enum {
	COLUMNS_MAX = 160,
	ROWS_MAX = 64,
	COLUMNS_MIN = 20,
	ROWS_MIN = 4,
	TAB_COLUMNS = 8,
};

enum { TEXT_COLUMNS = 80, TEXT_ROWS = 25 };

/* Instructions, from above: to look at a character, and to draw its parts. */
enum { LOOK_COST = 16, TEXT_COST = 60, DOT_COST = 30, PIXEL_COST = 8 };

#define TEXT_GREY_ON_BLACK 0x0700u

enum {
	PIXELS_MAX = 16384,    /* of width, and of height */
	WIDTH_FOR_TWICE = 960, /* from here on a dot of the font is 2 x 2 pixels */
};

#define ESCAPE '\x1b'

/*
 * The characters, and where the next one goes. column == columns says that
 * the line is full: it ends only when another character comes, so that a line
 * of exactly that length is not followed by an empty one.
 */
static struct {
	void (*draw)(unsigned column, unsigned row, char c); /* NULL: no display yet */
	unsigned columns, rows;
	unsigned column, row; /* column <= columns, row < rows */
	enum { NO_ESCAPE, AFTER_ESCAPE, IN_SEQUENCE } escape;
	char shown[ROWS_MAX][COLUMNS_MAX];

	/* What is to be shown: a ring of lines, of which `top` belongs into row 0. */
	char text[ROWS_MAX][COLUMNS_MAX];
	unsigned top;
	bool later;		 /* drawing is left to screen_step() */
	unsigned behind;	 /* the rows before this one are drawn */
	uint8_t drawn[ROWS_MAX]; /* and of each row so many columns */
	unsigned glyph_cost;	 /* of drawing one, in instructions */
} screen;

static volatile uint16_t *text_cells;

static struct {
	volatile uint8_t *base;
	uint32_t pitch;
	unsigned bytes; /* per pixel */
	unsigned scale; /* pixels per dot of the font, either way */
	uint32_t grey;
} pixels;

/* A pixel of 32 bits. Nothing promises that the pitch keeps them aligned. */
struct __attribute__((packed)) pixel {
	uint32_t colour;
};

static void pixel_write(volatile uint8_t *at, uint32_t colour)
{
	if (pixels.bytes == sizeof(struct pixel)) {
		((volatile struct pixel *)at)->colour = colour;
		return;
	}
	at[0] = (uint8_t)colour;
	at[1] = (uint8_t)(colour >> 8);
	at[2] = (uint8_t)(colour >> 16);
}

static void fill(unsigned left, unsigned top, unsigned width, unsigned height, uint32_t colour)
{
	for (unsigned y = top; y < top + height; y++) {
		volatile uint8_t *line = pixels.base + (size_t)y * pixels.pitch;

		for (unsigned x = left; x < left + width; x++)
			pixel_write(line + (size_t)x * pixels.bytes, colour);
	}
}

static void draw_pixels(unsigned column, unsigned row, char c)
{
	unsigned size = pixels.scale;

	for (unsigned y = 0; y < FONT_HEIGHT; y++)
		for (unsigned x = 0; x < FONT_WIDTH; x++)
			fill((column * FONT_WIDTH + x) * size, (row * FONT_HEIGHT + y) * size, size,
			     size, font_dot(c, x, y) ? pixels.grey : 0);
}

/* Code page 437 agrees with ASCII, and has a picture at FONT_OTHER too. */
static void draw_text(unsigned column, unsigned row, char c)
{
	text_cells[row * TEXT_COLUMNS + column] = TEXT_GREY_ON_BLACK | (uint8_t)c;
}

/* From here on the screen is in use. The display itself is blank already. */
static void start(unsigned columns, unsigned rows, void (*draw)(unsigned, unsigned, char))
{
	memset(&screen, 0, sizeof(screen));
	memset(screen.shown, ' ', sizeof(screen.shown));
	memset(screen.text, ' ', sizeof(screen.text));
	memset(screen.drawn, (int)columns, sizeof(screen.drawn));
	screen.behind = rows;
	screen.columns = columns;
	screen.rows = rows;
	screen.draw = draw;
	screen.glyph_cost = TEXT_COST;
}

void screen_use_text(volatile uint16_t *cells)
{
	text_cells = cells;
	for (unsigned row = 0; row < TEXT_ROWS; row++)
		for (unsigned column = 0; column < TEXT_COLUMNS; column++)
			draw_text(column, row, ' ');
	start(TEXT_COLUMNS, TEXT_ROWS, draw_text);
}

static bool colour_fits(const struct framebuffer *fb, unsigned shift, unsigned bits)
{
	return bits && shift + bits <= fb->bits;
}

static unsigned at_most(unsigned limit, unsigned n)
{
	return n < limit ? n : limit;
}

static unsigned scale_of(const struct framebuffer *fb)
{
	return fb->width >= WIDTH_FOR_TWICE ? 2 : 1;
}

static unsigned columns_of(const struct framebuffer *fb)
{
	return at_most(COLUMNS_MAX, fb->width / (FONT_WIDTH * scale_of(fb)));
}

static unsigned rows_of(const struct framebuffer *fb)
{
	return at_most(ROWS_MAX, fb->height / (FONT_HEIGHT * scale_of(fb)));
}

bool screen_can_use(const struct framebuffer *fb)
{
	if (!fb->address || (fb->bits != 24 && fb->bits != 32))
		return false;
	if (fb->width > PIXELS_MAX || fb->height > PIXELS_MAX)
		return false;
	if (columns_of(fb) < COLUMNS_MIN || rows_of(fb) < ROWS_MIN)
		return false;
	if (fb->pitch < fb->width * (fb->bits / 8u))
		return false;
	if (fb->size && (uint64_t)fb->pitch * fb->height > fb->size)
		return false;
	return colour_fits(fb, fb->red_shift, fb->red_bits) &&
	       colour_fits(fb, fb->green_shift, fb->green_bits) &&
	       colour_fits(fb, fb->blue_shift, fb->blue_bits);
}

/* Two thirds of a colour's full strength: the first bits of 0.101010... */
static uint32_t two_thirds(unsigned shift, unsigned bits)
{
	return 0xaaaaaaaau >> (32 - bits) << shift;
}

void screen_use_pixels(const struct framebuffer *fb, volatile void *base)
{
	pixels.base = base;
	pixels.pitch = fb->pitch;
	pixels.bytes = fb->bits / 8u;
	pixels.scale = scale_of(fb);
	pixels.grey = two_thirds(fb->red_shift, fb->red_bits) |
		      two_thirds(fb->green_shift, fb->green_bits) |
		      two_thirds(fb->blue_shift, fb->blue_bits);
	fill(0, 0, fb->width, fb->height, 0);
	start(columns_of(fb), rows_of(fb), draw_pixels);
	screen.glyph_cost =
		FONT_WIDTH * FONT_HEIGHT * (DOT_COST + pixels.scale * pixels.scale * PIXEL_COST);
}

/* Row `row` of what is to be shown. */
static char *line(unsigned row)
{
	unsigned index = screen.top + row;

	return screen.text[index < screen.rows ? index : index - screen.rows];
}

static void show(unsigned column, unsigned row, char c)
{
	if (screen.shown[row][column] == c)
		return;
	screen.shown[row][column] = c;
	screen.draw(column, row, c);
}

static void catch_up(void)
{
	while (screen_step())
		;
}

/* To be drawn by screen_step(): this row, from this column on. */
static void row_changed(unsigned row, unsigned column)
{
	if (column < screen.drawn[row])
		screen.drawn[row] = (uint8_t)column;
	if (row < screen.behind)
		screen.behind = row;
}

unsigned screen_step(void)
{
	unsigned row, column, looked = 1;
	const char *text;

	while (screen.behind < screen.rows && screen.drawn[screen.behind] == screen.columns)
		screen.behind++;
	if (screen.behind == screen.rows)
		return 0;
	row = screen.behind;
	column = screen.drawn[row];
	text = line(row);
	while (text[column] == screen.shown[row][column] && ++column < screen.columns)
		looked++;
	screen.drawn[row] = (uint8_t)column;
	if (column == screen.columns)
		return looked * LOOK_COST;
	show(column, row, text[column]);
	screen.drawn[row]++;
	return looked * LOOK_COST + screen.glyph_cost;
}

void screen_draw_later(void)
{
	screen.later = true;
}

void screen_draw_now(void)
{
	screen.later = false;
	catch_up();
}

/* The lines move up by one, and the last is empty. */
static void scroll(void)
{
	memset(line(0), ' ', screen.columns);
	screen.top = screen.top + 1 < screen.rows ? screen.top + 1 : 0;
	memset(screen.drawn, 0, screen.rows);
	screen.behind = 0;
	if (!screen.later)
		catch_up();
}

static void next_line(void)
{
	screen.column = 0;
	if (screen.row + 1 < screen.rows)
		screen.row++;
	else
		scroll();
}

static void put_glyph(char c)
{
	if (screen.column == screen.columns)
		next_line();
	line(screen.row)[screen.column] = c;
	if (screen.later)
		row_changed(screen.row, screen.column);
	else
		show(screen.column, screen.row, c);
	screen.column++;
}

static bool is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

/* Is `c` part of an escape sequence? One that is broken off ends at what cannot be. */
static bool escape_takes(char c)
{
	if (c == ESCAPE) {
		screen.escape = AFTER_ESCAPE;
		return true;
	}
	switch (screen.escape) {
	case AFTER_ESCAPE:
		screen.escape = c == '[' ? IN_SEQUENCE : NO_ESCAPE;
		return c == '[';
	case IN_SEQUENCE:
		if (!is_printable(c) || c >= '@')
			screen.escape = NO_ESCAPE;
		return is_printable(c);
	default:
		return false;
	}
}

void screen_put(char c)
{
	if (!screen.draw || escape_takes(c))
		return;
	switch (c) {
	case '\n':
		next_line();
		break;
	case '\r':
		screen.column = 0;
		break;
	case '\b':
		if (screen.column)
			screen.column--;
		break;
	case '\t':
		screen.column =
			at_most(screen.columns, (screen.column / TAB_COLUMNS + 1) * TAB_COLUMNS);
		break;
	default:
		put_glyph(is_printable(c) ? c : FONT_OTHER);
	}
}

unsigned screen_cursor(void)
{
	if (!screen.draw)
		return 0;
	return screen.row * screen.columns + screen.column - (screen.column == screen.columns);
}
