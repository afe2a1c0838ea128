/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Console: serial lines, screen, the log ring, guest output and input.  Sources: core/console.c
 * (ring, input switch, console_io), hw/serial.c, hw/vga.c, hw/fb.c (devices).
 */
#ifndef XEN_CONSOLE_H
#define XEN_CONSOLE_H

#include <xen/types.h>

struct console_device {
	const char *name;
	void (*write)(const char *s, size_t len);	/* any context, panic included */
	/* wait until all is out; takes the device's locks away (panic); may be NULL */
	void (*flush)(void);
	void (*show)(bool on);	/* a screen: draw, or leave it to dom0; may be NULL */
};
void console_add_device(const struct console_device *dev);
void console_write(const char *s, size_t len);	/* to all devices and the ring */
void console_write_guest(const char *s, size_t len); /* a guest's own text: to the devices only */
size_t console_read_input(char *buf, size_t size); /* what was typed for dom0 */
void console_input(char c);			/* from a device's interrupt */
/* dom0 starts: screens are its own, unless vga=keep */
void console_release_screen(void);
/* panic: take the locks away from whoever holds them */
void console_force_unlock(void);
/*
 * A line that console= shares between two users: 'H', ours has the top bit set, 'L', clear; 0: not
 * shared.
 */
char console_half(const char *name);
void console_flush(void);

/* sysctl readconsole. */
struct xen_sysctl_readconsole;
int console_read_ring(struct xen_sysctl_readconsole *op);
/* Debug keys. */
void key_register(char key, void (*fn)(char key), const char *what);
void key_press(char key);
void keys_init(void);
void debug_keys_init(void);			/* the rest of them: debug/keys.c */

#endif
