/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text on a framebuffer that the loader has set up (multiboot type 1, RGB of 16, 24 or 32 bits a
 * point): the screen of machines without a text mode.
 *
 * Text is kept as characters, in the heap, so that scrolling never reads video memory, which is
 * slow: a scroll redraws the cells whose character changed.  From the start of dom0, which is told
 * of the screen in its start_info, nothing is drawn any more, until a panic shows the last lines.
 * The console's lock serialises fb_write(); nothing else touches this state.
 */
#include <xen/boot.h>
#include <xen/console.h>
#include <xen/heap.h>
#include <xen/hw.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/log.h>

#include "fb-font.h"

#define SIZE_MAX_POINTS 16384	/* a side of a screen that is believed */

static struct {
	u8 *memory;
	u32 pitch, bytes;		/* of a line, of a point */
	u32 foreground;
	unsigned int columns, rows, column, row;
	bool scrolled;			/* since the last redraw() */
	bool hidden;			/* dom0 has the screen: text is kept, not drawn */
	char *text;			/* rows x columns: what should be seen */
	char *shown;			/* the same: what is drawn */
} fb;

/* One line of a glyph: eight points, the leftmost in bit 7. */
static void draw_line(u8 *to, u8 bits)
{
	for (unsigned int x = 0; x < FB_GLYPH_WIDTH; x++, bits <<= 1, to += fb.bytes) {
		u32 colour = bits & 0x80 ? fb.foreground : 0;

		switch (fb.bytes) {
		case 4:
			*(volatile u32 *)to = colour;
			break;
		case 2:
			*(volatile u16 *)to = colour;
			break;
		default:
			for (unsigned int i = 0; i < 3; i++)
				((volatile u8 *)to)[i] = colour >> (8 * i);
		}
	}
}

static void draw_cell(unsigned int row, unsigned int column, char c)
{
	unsigned int glyph = (u8)c - FB_GLYPH_FIRST;
	u8 *to = fb.memory + (u64)row * FB_GLYPH_HEIGHT * fb.pitch +
		 (u64)column * FB_GLYPH_WIDTH * fb.bytes;

	if (glyph >= FB_GLYPHS)
		glyph = '?' - FB_GLYPH_FIRST;
	for (unsigned int y = 0; y < FB_GLYPH_HEIGHT; y++, to += fb.pitch)
		draw_line(to, fb_font[glyph][y / 8] >> (56 - 8 * (y % 8)));
}

static void redraw(void)
{
	if (fb.hidden)
		return;
	for (unsigned int i = 0; fb.scrolled && i < fb.rows * fb.columns; i++) {
		if (fb.shown[i] == fb.text[i])
			continue;
		draw_cell(i / fb.columns, i % fb.columns, fb.text[i]);
		fb.shown[i] = fb.text[i];
	}
	fb.scrolled = false;
}

static void put_cell(char c)
{
	unsigned int i = fb.row * fb.columns + fb.column;

	fb.text[i] = c;
	/* What a scroll will move anyway is drawn once, by redraw(). */
	if (!fb.scrolled && !fb.hidden && fb.shown[i] != c) {
		draw_cell(fb.row, fb.column, c);
		fb.shown[i] = c;
	}
}

static void new_line(void)
{
	fb.column = 0;
	if (++fb.row < fb.rows)
		return;
	fb.row--;
	fb.scrolled = true;
	memmove(fb.text, fb.text + fb.columns, (fb.rows - 1) * fb.columns);
	memset(fb.text + (fb.rows - 1) * fb.columns, ' ', fb.columns);
}

static void put(char c)
{
	switch (c) {
	case '\n':
		new_line();
		break;
	case '\r':
		fb.column = 0;
		break;
	case '\b':
		fb.column -= fb.column > 0;
		break;
	case '\t':
		do
			put(' ');
		while (fb.column % 8);
		break;
	default:
		put_cell(c);
		if (++fb.column == fb.columns)
			new_line();
	}
}

static void fb_write(const char *s, size_t len)
{
	while (len--)
		put(*s++);
	redraw();
}

/* Taking the screen back draws every cell: what dom0 left there is unknown. */
static void fb_show(bool on)
{
	if (on && fb.hidden)
		memset(fb.shown, 0, fb.rows * fb.columns);
	fb.scrolled |= on && fb.hidden;
	fb.hidden = !on;
	redraw();
}

static const struct console_device fb_device = { .name = "fb", .write = fb_write, .show = fb_show };

/* The brightest grey of the mode that is easy on the eyes: three quarters of each colour. */
static u32 grey(void)
{
	u32 red = (1u << boot_info.fb.red_size) - 1, green = (1u << boot_info.fb.green_size) - 1;
	u32 blue = (1u << boot_info.fb.blue_size) - 1;

	return (red * 3 / 4) << boot_info.fb.red_pos | (green * 3 / 4) << boot_info.fb.green_pos |
	       (blue * 3 / 4) << boot_info.fb.blue_pos;
}

static bool touches_ram(u64 start, u64 end)
{
	for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];

		if (e->type == E820_RAM && start < e->start + e->size && end > e->start)
			return true;
	}
	return false;
}

static bool colour_ok(u8 pos, u8 size)
{
	return size >= 1 && size <= 8 && pos + size <= boot_info.fb.bpp;
}

/* The loader's description is checked: a wrong one would have us write over something else. */
static const char *check(void)
{
	u64 width = boot_info.fb.width, height = boot_info.fb.height,
	    bytes = DIV_ROUND_UP(boot_info.fb.bpp, 8);

	if (bytes < 2 || bytes > 4)
		return "it has neither 16, 24 nor 32 bits a point";
	if (width < FB_GLYPH_WIDTH || height < FB_GLYPH_HEIGHT || width > SIZE_MAX_POINTS ||
	    height > SIZE_MAX_POINTS)
		return "its size makes no sense";
	if (boot_info.fb.pitch < width * bytes || boot_info.fb.pitch > 8 * SIZE_MAX_POINTS)
		return "its lines overlap";
	if (!colour_ok(boot_info.fb.red_pos, boot_info.fb.red_size) ||
	    !colour_ok(boot_info.fb.green_pos, boot_info.fb.green_size) ||
	    !colour_ok(boot_info.fb.blue_pos, boot_info.fb.blue_size))
		return "its colours make no sense";
	if (!boot_info.fb.addr ||
	    touches_ram(boot_info.fb.addr, boot_info.fb.addr + boot_info.fb.pitch * height))
		return "it lies in ordinary memory";
	return NULL;
}

static const char *set_up(void)
{
	u64 size = (u64)boot_info.fb.pitch * boot_info.fb.height;
	unsigned int cells;

	fb.columns = boot_info.fb.width / FB_GLYPH_WIDTH;
	fb.rows = boot_info.fb.height / FB_GLYPH_HEIGHT;
	fb.pitch = boot_info.fb.pitch;
	fb.bytes = DIV_ROUND_UP(boot_info.fb.bpp, 8);
	fb.foreground = grey();
	cells = fb.columns * fb.rows;
	fb.text = mem_alloc(2 * cells);
	if (!fb.text)
		return "there is no memory for its text";
	fb.shown = fb.text + cells;
	memset(fb.text, ' ', 2 * cells);
	fb.memory = hw_map_device(_maddr(boot_info.fb.addr), size, true);
	if (!fb.memory) {
		mem_free(fb.text);
		return "it cannot be mapped";
	}
	memset(fb.memory, 0, size);
	return NULL;
}

void fb_init(void)
{
	const char *why;

	if (boot_info.fb.type != 1)
		return;
	why = check();
	if (!why)
		why = set_up();
	if (why) {
		log_warn("console: the framebuffer of %ux%u points, %u bits each, is not used: %s",
			 boot_info.fb.width, boot_info.fb.height, boot_info.fb.bpp, why);
		return;
	}
	log_info("console: framebuffer of %ux%u points, %u bits each: %u lines of %u characters",
		 boot_info.fb.width, boot_info.fb.height, boot_info.fb.bpp, fb.rows, fb.columns);
	console_add_device(&fb_device);
}
