/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debug keys: one character on the serial line (input switched to the hypervisor) or from sysctl
 * debug_keys, one function. Functions run from a softirq with interrupts enabled.
 */
#include <xen/console.h>
#include <xen/log.h>

static struct {
	void (*fn)(char key);
	const char *what;
} table[128];

void key_register(char key, void (*fn)(char key), const char *what)
{
	if ((u8)key < 128) {
		table[(u8)key].what = what;
		table[(u8)key].fn = fn;
	}
}

void key_press(char key)
{
	if ((u8)key < 128 && table[(u8)key].fn) {
		log_notice("key '%c': %s", key, table[(u8)key].what);
		table[(u8)key].fn(key);
	}
}

static void key_help(char key)
{
	for (int i = 0; i < 128; i++)
		if (table[i].fn)
			log_raw("(XEN)  %c  %s\n", i, table[i].what);
}

void keys_init(void) { key_register('h', key_help, "this list"); }
