/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/console.c: the log ring as sysctl readconsole shows it, what console= and conswitch= mean, and where input goes.
 *
 * The console is linked with stubs of what lies around it (softirqs, events, keys); guest memory is a buffer here.
 */
#include <string.h>
#include <public/sysctl.h>
#include <xen/cmdline.h>
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/event.h>
#include <xen/guest.h>
#include <xen/init.h>
#include <xen/log.h>
#include <xen/softirq.h>

#include "tap.h"

#define RING 65536

/* --- what lies around --- */

struct domain *dom0;
static struct domain the_dom0;
static void (*key_softirq_fn)(void);
static unsigned int events, refuse_copies;
static char pressed[64];

void softirq_set_handler(enum softirq n, void (*fn)(void))
{
	if (n == SOFTIRQ_KEY)
		key_softirq_fn = fn;
}
void softirq_raise(enum softirq n) {}
void event_send_global_virq(u32 virq) { events += virq == VIRQ_CONSOLE; }
void key_press(char key) { pressed[strlen(pressed)] = key; }

size_t copy_to_guest_raw(u64 va, const void *src, size_t size)
{
	if (refuse_copies)
		return size;
	memcpy((void *)va, src, size);
	return 0;
}

static char device_text[2][4096];
static void device_write(unsigned int n, const char *s, size_t len)
{
	if (strlen(device_text[n]) + len < sizeof(device_text[n]))
		strncat(device_text[n], s, len);
}
static void com1_write(const char *s, size_t len) { device_write(0, s, len); }
static void vga_write(const char *s, size_t len) { device_write(1, s, len); }
static const struct console_device com1 = { .name = "com1", .write = com1_write };
static const struct console_device vga = { .name = "fb", .write = vga_write };

/* The rows of the options lie in a section that the linker names. */
extern const struct option __start_options[], __stop_options[];

static int set_option(const char *name, const char *value)
{
	for (const struct option *o = host_options; o < host_options_end; o++)
		if (!strcmp(o->name, name))
			return o->parse(value);
	return -1;
}

/* --- helpers --- */

static char out[RING + 16];

static struct xen_sysctl_readconsole read_ring(u32 count, bool incremental, u32 index, bool clear, int *ret_rc)
{
	struct xen_sysctl_readconsole op = { .clear = clear, .incremental = incremental, .index = index, .count = count };

	memset(out, 0, sizeof(out));
	set_xen_guest_handle(op.buffer, out);
	*ret_rc = console_read_ring(&op);
	return op;
}

static void say(const char *s) { console_write(s, strlen(s)); }
