/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VGA text screen, 80 by 25, in memory at 0xb8000.  Written only until dom0 takes the screen
 * over.
 */
#include <xen/boot.h>
#include <xen/console.h>
#include <xen/hw.h>
#include <xen/init.h>
#include <xen/lib.h>

#define COLUMNS 80
#define ROWS 25

static volatile u16 *screen;
static unsigned int column, row;

static void scroll(void)
{
	for (unsigned int i = 0; i < COLUMNS * (ROWS - 1); i++)
		screen[i] = screen[i + COLUMNS];
	for (unsigned int i = COLUMNS * (ROWS - 1); i < COLUMNS * ROWS; i++)
		screen[i] = 0x0720;
}

static void put(char c)
{
	if (c == '\r')
		return;
	if (c != '\n')
		screen[row * COLUMNS + column++] = 0x0700 | (u8)c;
	if (c == '\n' || column == COLUMNS) {
		column = 0;
		if (++row == ROWS) {
			row--;
			scroll();
		}
	}
}

static bool hidden;	/* dom0 has the screen */

static void vga_show(bool on)
{
	hidden = !on;
}

static void vga_write(const char *s, size_t len)
{
	while (len-- && !hidden)
		put(*s++);
}

static const struct console_device vga = { .name = "vga", .write = vga_write, .show = vga_show };

void vga_init(void)
{
	if (boot_info.fb.type == 1)
		return; /* the loader set a graphics mode: text memory is not shown */
	screen = (volatile u16 *)((char *)hw_direct_map() + 0xb8000);
	for (unsigned int i = 0; i < COLUMNS * ROWS; i++)
		screen[i] = 0x0720;
	console_add_device(&vga);
}
