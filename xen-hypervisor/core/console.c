/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console: output to the devices that console= names and to the log ring, input with its switch
 * between dom0 and the hypervisor.
 *
 * console_lock (innermost of all locks, interrupts off) keeps a caller's text together.  The ring
 * holds the last CONRING_SIZE bytes; its positions are free-running 32-bit counters, which readers
 * (sysctl readconsole) use to go on where they stopped.
 */
#include <public/errno.h>
#include <public/sysctl.h>
#include <xen/cmdline.h>
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/event.h>
#include <xen/guest.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/lock.h>
#include <xen/log.h>
#include <xen/softirq.h>

#define CONRING_SIZE 65536
#define MAX_DEVICES  4
#define INPUT_SIZE   1024

static spinlock_t console_lock = SPINLOCK_INIT;
static const struct console_device *devices[MAX_DEVICES];
static unsigned int nr_devices;

static char ring[CONRING_SIZE];
static u32 ring_start, ring_end; /* valid: [ring_start, ring_end) */

static spinlock_t input_lock = SPINLOCK_INIT;
static char input[INPUT_SIZE];
static u32 input_head, input_tail;
static bool input_to_hv;
static unsigned int switch_seen; /* switch characters in a row */
static char keys[32];
static u32 key_head, key_tail;

static char opt_console[32] = "com1,com2,vga,fb";
static char switch_char = 1; /* CTRL-a; 0: none */

/* Looks for `name` in a list of devices; *ret_half: 'H', 'L' or 0. */
static bool in_list(const char *list, const char *name, char *ret_half)
{
	size_t len = strlen(name);

	while (*list) {
		const char *end = strchr(list, ',');
		size_t n = end ? (size_t)(end - list) : strlen(list);
		char half = n == len + 1 ? list[len] : 0;

		if (!strncmp(list, name, len) &&
		    (n == len || (name[0] == 'c' && (half == 'H' || half == 'L')))) {
			*ret_half = half;
			return true;
		}
		list += n + (end != NULL);
	}
	return false;
}

static int parse_console(const char *value)
{
	static const char *const known[] = {"com1",  "com2",  "com1H", "com1L",
					    "com2H", "com2L", "vga",   "none"};
	const char *p = value;
	char half;

	while (*p) {
		const char *end = strchr(p, ',');
		size_t n = end ? (size_t)(end - p) : strlen(p);
		unsigned int i = 0;

		while (i < ARRAY_SIZE(known) && (strlen(known[i]) != n || strncmp(known[i], p, n)))
			i++;
		if (i == ARRAY_SIZE(known))
			return -XEN_EINVAL;
		p += n + (end != NULL);
	}
	if (!*value || strlen(value) >= sizeof(opt_console))
		return -XEN_EINVAL;
	str_copy(opt_console, value, sizeof(opt_console));
	if (in_list(value, "none", &half))
		opt_console[0] = 0;
	return 0;
}
DECLARE_OPTION(
	"console", parse_console,
	"where text goes: com1, com2 (or com1H, com1L, ...: half of a shared line), vga, none");

/*
 * "a" to "z": CTRL and that letter; "`": no switching.  dom0 gets the input once it is there,
 * unless "x" follows.
 */
static int parse_conswitch(const char *value)
{
	char c = value[0] >= 'A' && value[0] <= 'Z' ? value[0] - 'A' + 'a' : value[0];

	if (!c || (value[1] && (value[1] != 'x' || value[2])))
		return -XEN_EINVAL;
	if (c >= 'a' && c <= 'z')
		switch_char = c - 'a' + 1;
	else if (c == '`')
		switch_char = 0;
	else
		return -XEN_EINVAL;
	input_to_hv = value[1] == 'x';
	return 0;
}
DECLARE_OPTION(
	"conswitch", parse_conswitch,
	"C[x]: CTRL-C three times switches the serial input; x: it begins at the hypervisor");

char console_half(const char *name)
{
	char half = 0;

	in_list(opt_console, name, &half);
	return half;
}

/* "vga" stands for the screen, text or framebuffer. */
static bool wanted(const char *name)
{
	char half;

	return in_list(opt_console, strcmp(name, "fb") ? name : "vga", &half);
}

void console_add_device(const struct console_device *dev)
{
	unsigned long flags;

	if (!wanted(dev->name) || nr_devices == MAX_DEVICES)
		return;
	flags = spin_lock_irqsave(&console_lock);
	/* What was said before this device existed is not lost. */
	for (u32 i = ring_start; i != ring_end; i++)
		dev->write(&ring[i % CONRING_SIZE], 1);
	devices[nr_devices++] = dev;
	spin_unlock_irqrestore(&console_lock, flags);
}

static void ring_put(const char *s, size_t len)
{
	while (len--) {
		ring[ring_end++ % CONRING_SIZE] = *s++;
		if (ring_end - ring_start > CONRING_SIZE)
			ring_start = ring_end - CONRING_SIZE;
	}
}

void console_write(const char *s, size_t len)
{
	unsigned long flags = spin_lock_irqsave(&console_lock);

	ring_put(s, len);
	for (unsigned int i = 0; i < nr_devices; i++)
		devices[i]->write(s, len);
	spin_unlock_irqrestore(&console_lock, flags);
	/* Readers of the ring (xenconsoled) hear of it from a softirq: this may be any context. */
	softirq_raise(SOFTIRQ_CONSOLE);
}

/* dom0's own text (console_io): to the devices; the ring is the hypervisor's. */
void console_write_guest(const char *s, size_t len)
{
	unsigned long flags = spin_lock_irqsave(&console_lock);

	for (unsigned int i = 0; i < nr_devices; i++)
		devices[i]->write(s, len);
	spin_unlock_irqrestore(&console_lock, flags);
}

/* --- the screen --- */

static bool keep_screen;
static int parse_vga(const char *value)
{
	keep_screen = strstr(value, "keep") != NULL;
	return 0;
}
DECLARE_OPTION("vga", parse_vga,
	       "keep: the screen shows the hypervisor's messages after dom0 has started, too");

static void show_screens(bool on)
{
	for (unsigned int i = 0; i < nr_devices; i++)
		if (devices[i]->show)
			devices[i]->show(on);
}

void console_release_screen(void)
{
	unsigned long flags = spin_lock_irqsave(&console_lock);

	if (!keep_screen)
		show_screens(false);
	spin_unlock_irqrestore(&console_lock, flags);
}

/* The machine stops: what is said from here on must be seen, whoever had the screen. */
void console_force_unlock(void)
{
	show_screens(true);
	spin_init(&console_lock);
	spin_init(&input_lock);
	console_flush(); /* the devices give up their locks as well */
}

void console_flush(void)
{
	for (unsigned int i = 0; i < nr_devices; i++)
		if (devices[i]->flush)
			devices[i]->flush();
}

/* --- input --- */

static void say_where_input_goes(void)
{
	if (switch_char)
		log_notice("console: input goes to %s (CTRL-%c three times switches)",
			   input_to_hv ? "the hypervisor; press h for help" : "dom0",
			   switch_char + 'a' - 1);
}

/* With input_lock.  Until the third in a row, the character is input like any other. */
static bool is_switch(char c)
{
	if (!switch_char || c != switch_char) {
		switch_seen = 0;
		return false;
	}
	if (++switch_seen < 3)
		return false;
	switch_seen = 0;
	input_to_hv = !input_to_hv;
	return true;
}

void console_input(char c)
{
	unsigned long flags = spin_lock_irqsave(&input_lock);
	bool switched = is_switch(c), to_hv = input_to_hv;

	if (switched) {
		/* nothing: the character has done its work */
	} else if (to_hv) {
		if (c != switch_char && key_head - key_tail < sizeof(keys))
			keys[key_head++ % sizeof(keys)] = c;
	} else if (input_head - input_tail < INPUT_SIZE) {
		input[input_head++ % INPUT_SIZE] = c;
	}
	spin_unlock_irqrestore(&input_lock, flags);
	if (switched)
		say_where_input_goes();
	else if (to_hv)
		softirq_raise(SOFTIRQ_KEY);
	else if (dom0)
		event_send_global_virq(VIRQ_CONSOLE);
}

size_t console_read_input(char *buf, size_t size)
{
	unsigned long flags = spin_lock_irqsave(&input_lock);
	size_t n = 0;

	while (n < size && input_tail != input_head)
		buf[n++] = input[input_tail++ % INPUT_SIZE];
	spin_unlock_irqrestore(&input_lock, flags);
	return n;
}

static void key_softirq(void)
{
	for (;;) {
		unsigned long flags = spin_lock_irqsave(&input_lock);
		bool any = key_tail != key_head;
		char c = any ? keys[key_tail++ % sizeof(keys)] : 0;

		spin_unlock_irqrestore(&input_lock, flags);
		if (!any)
			return;
		key_press(c);
	}
}

static void console_softirq(void)
{
	if (dom0)
		event_send_global_virq(VIRQ_CON_RING);
}

void console_init(void)
{
	softirq_set_handler(SOFTIRQ_KEY, key_softirq);
	softirq_set_handler(SOFTIRQ_CONSOLE, console_softirq);
}

/* --- sysctl readconsole --- */

/*
 * With console_lock: the first position that a reader at `index` has not seen and that is still
 * there.
 */
static u32 ring_from(u32 index)
{
	return index - ring_start <= ring_end - ring_start ? index : ring_start;
}

int console_read_ring(struct xen_sysctl_readconsole *op)
{
	unsigned long flags = spin_lock_irqsave(&console_lock);
	u32 pos = op->incremental ? ring_from(op->index) : ring_start, end = ring_end, copied = 0;
	char chunk[256];

	spin_unlock_irqrestore(&console_lock, flags);
	while (pos != end && copied < op->count) {
		u32 n = 0, max = min((u32)sizeof(chunk), op->count - copied);

		flags = spin_lock_irqsave(&console_lock);
		pos = ring_from(pos); /* part of it may have been overwritten while we copied */
		if (end - pos > CONRING_SIZE)
			end = ring_end;
		while (n < max && pos != end)
			chunk[n++] = ring[pos++ % CONRING_SIZE];
		spin_unlock_irqrestore(&console_lock, flags);
		if (copy_to_guest_offset(op->buffer, copied, chunk, n))
			return -XEN_EFAULT;
		copied += n;
	}
	if (op->clear) {
		/* All that was there when the call began, read or not; what came since stays. */
		flags = spin_lock_irqsave(&console_lock);
		if (end - ring_start <= ring_end - ring_start)
			ring_start = end;
		spin_unlock_irqrestore(&console_lock, flags);
	}
	op->count = copied;
	op->index = pos;
	return 0;
}
