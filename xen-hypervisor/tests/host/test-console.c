/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/console.c: the log ring as sysctl readconsole shows it, what console= and conswitch= mean,
 * and where input goes.
 *
 * The console is linked with stubs of what lies around it (softirqs, events, keys); guest memory is
 * a buffer here.
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

_Thread_local struct cpu_info host_cpu_info;
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
static const struct console_device com1 = {.name = "com1", .write = com1_write};
static const struct console_device vga = {.name = "fb", .write = vga_write};

extern const struct option __start_host_options[], __stop_host_options[];

static int set_option(const char *name, const char *value)
{
	for (const struct option *o = __start_host_options; o < __stop_host_options; o++)
		if (!strcmp(o->name, name))
			return o->parse(value);
	return -1;
}

/* --- helpers --- */

static char out[RING + 16];

static struct xen_sysctl_readconsole read_ring(u32 count, bool incremental, u32 index, bool clear,
					       int *ret_rc)
{
	struct xen_sysctl_readconsole op = {
		.clear = clear, .incremental = incremental, .index = index, .count = count};

	memset(out, 0, sizeof(out));
	set_xen_guest_handle(op.buffer, out);
	*ret_rc = console_read_ring(&op);
	return op;
}

static void say(const char *s) { console_write(s, strlen(s)); }

static void test_ring(void)
{
	struct xen_sysctl_readconsole op;
	u32 end;
	int rc;

	say("first\nsecond\n");
	op = read_ring(RING, false, 0, false, &rc);
	tap_ok(!rc && op.count == 13 && !strcmp(out, "first\nsecond\n"),
	       "the ring gives back what was written");
	end = op.index;
	op = read_ring(RING, true, end, false, &rc);
	tap_ok(!rc && op.count == 0 && op.index == end,
	       "an incremental reader that is at the end gets nothing");
	say("third\n");
	op = read_ring(RING, true, end, false, &rc);
	tap_ok(!rc && !strcmp(out, "third\n"), "an incremental reader goes on where it stopped");
	op = read_ring(6, false, 0, false, &rc);
	tap_ok(!rc && op.count == 6 && !strcmp(out, "first\n"),
	       "a small buffer gets the beginning, and no more than it holds");
	op = read_ring(7, true, op.index, false, &rc);
	tap_ok(!rc && !strcmp(out, "second\n"), "and the next piece follows it");
	read_ring(RING, true, end + 1000000, false, &rc);
	tap_ok(!rc && !strncmp(out, "first\n", 6),
	       "an index that was never there reads from the start");
	refuse_copies = 1;
	read_ring(RING, false, 0, true, &rc);
	refuse_copies = 0;
	read_ring(RING, false, 0, false, &rc);
	tap_ok(!strncmp(out, "first\n", 6), "a buffer that cannot be written loses nothing");
}

static void test_clear(void)
{
	struct xen_sysctl_readconsole op;
	int rc;

	op = read_ring(6, false, 0, true, &rc);
	tap_ok(!rc && op.count == 6 && !strcmp(out, "first\n"),
	       "clearing reads first, as much as there is room for");
	op = read_ring(RING, false, 0, false, &rc);
	tap_ok(!rc && op.count == 0, "and the ring is empty then, also of what was not read");
	say("after\n");
	read_ring(RING, false, 0, false, &rc);
	tap_ok(!rc && !strcmp(out, "after\n"), "what is written after clearing is there");
	op = read_ring(0, false, 0, true, &rc);
	op = read_ring(RING, true, 0, false, &rc);
	tap_ok(!rc && op.count == 0, "a reader whose place was cleared away gets what is left");
}

/* The positions wrap at 2^32 only after 4 GB; the buffer does at 64 kB. */
static void test_overrun(void)
{
	struct xen_sysctl_readconsole op;
	char line[32];
	bool whole = true;
	u32 start;
	int rc;

	op = read_ring(RING, false, 0, false, &rc);
	start = op.index;
	for (unsigned int i = 0; i < 10000; i++) {
		snprintf(line, sizeof(line), "line %010u\n", i);
		say(line);
	}
	op = read_ring(RING, false, 0, false, &rc);
	for (u32 i = 0; i + 16 <= op.count; i += 16) {
		snprintf(line, sizeof(line), "line %010u\n", 10000 - RING / 16 + i / 16);
		whole = whole && !memcmp(out + i, line, 16);
	}
	tap_ok(!rc && op.count == RING && whole, "a full ring holds the last 64 kB, in order");
	read_ring(16, true, start, false, &rc);
	snprintf(line, sizeof(line), "line %010u\n", 10000 - RING / 16);
	tap_ok(!rc && !strcmp(out, line),
	       "a reader that was overtaken goes on at the oldest line left");
}

static void test_devices(void)
{
	tap_ok(set_option("console", "com3") && set_option("console", "com1,,vga") &&
		       set_option("console", ""),
	       "console= refuses devices that do not exist");
	tap_ok(!set_option("console", "com2L,com1H"), "console= takes halves of shared lines");
	tap_ok(console_half("com1") == 'H' && console_half("com2") == 'L' && !console_half("vga"),
	       "and tells the serial lines which half is theirs");
	console_add_device(&vga);
	tap_ok(!device_text[1][0], "a device that console= does not name stays silent");
	tap_ok(!set_option("console", "vga,com1"), "console= takes a list");
	read_ring(0, false, 0, true, &(int){0});
	say("early\n");
	console_add_device(&com1);
	console_add_device(&vga);
	say("late\n");
	tap_ok(!strcmp(device_text[0], "early\nlate\n"),
	       "a new device shows what was said before it");
	tap_ok(!strcmp(device_text[1], "early\nlate\n"),
	       "vga stands for the graphical screen as well");
	console_write_guest("dom0\n", 5);
	read_ring(RING, false, 0, false, &(int){0});
	tap_ok(strstr(device_text[0], "dom0\n") && !strstr(out, "dom0"),
	       "dom0's text goes to the devices, not to the ring");
}

static void type(const char *s)
{
	while (*s)
		console_input(*s++);
	key_softirq_fn();
}

static bool dom0_read(const char *want)
{
	char text[64] = {0};
	size_t n = console_read_input(text, sizeof(text) - 1);

	return n == strlen(want) && !strcmp(text, want);
}

static void test_input(void)
{
	tap_ok(set_option("conswitch", "") && set_option("conswitch", "1") &&
		       set_option("conswitch", "ay"),
	       "conswitch= refuses what is not a letter with an x at most");
	events = 0;
	type("ls\n");
	tap_ok(dom0_read("ls\n") && events == 3 && !pressed[0],
	       "input goes to dom0, which is told of it");
	type("\1\1h");
	tap_ok(dom0_read("\1\1h") && !pressed[0], "CTRL-a twice is input like any other");
	type("\1\1\1hq");
	tap_ok(dom0_read("\1\1") && !strcmp(pressed, "hq"),
	       "after CTRL-a three times, keys are the hypervisor's");
	type("\1\1\1x");
	tap_ok(dom0_read("x") && !strcmp(pressed, "hq"), "three more give the input back");
	for (int i = 0; i < 5000; i++)
		console_input('z');
	tap_ok(console_read_input(out, sizeof(out)) == 1024,
	       "input that nobody reads is kept up to a limit");
	memset(pressed, 0, sizeof(pressed));
	set_option("conswitch", "bx");
	type("d");
	tap_ok(!strcmp(pressed, "d"), "conswitch=bx begins with the hypervisor");
	type("\1\1\1");
	type("\2\2\2y");
	tap_ok(dom0_read("y"), "and CTRL-b is the switch then");
	set_option("conswitch", "`");
	type("\2\2\2y");
	tap_ok(dom0_read("\2\2\2y"), "conswitch=` has no switch");
}

int main(void)
{
	dom0 = &the_dom0;
	console_init();
	test_ring();
	test_clear();
	test_overrun();
	test_devices();
	test_input();
	return tap_done();
}
