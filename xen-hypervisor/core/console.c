/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console: output to the devices that console= names and to the log ring, input with its switch between dom0 and the hypervisor.
 *
 * console_lock (innermost of all locks, interrupts off) keeps a caller's text together.  The ring holds the last CONRING_SIZE bytes; its
 * positions are free-running 32-bit counters, which readers (sysctl readconsole) use to go on where they stopped.
 */
#include <public/errno.h>
#include <public/sysctl.h>
#include <xen/cmdline.h>
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/event.h>
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/lock.h>
#include <xen/log.h>
#include <xen/softirq.h>

#define CONRING_SIZE 65536
#define MAX_DEVICES 4
#define INPUT_SIZE 1024

static spinlock_t console_lock = SPINLOCK_INIT;
static const struct console_device *devices[MAX_DEVICES];
static unsigned int nr_devices;

static char ring[CONRING_SIZE];
static u32 ring_start, ring_end;	/* valid: [ring_start, ring_end) */

static spinlock_t input_lock = SPINLOCK_INIT;
static char input[INPUT_SIZE];
static u32 input_head, input_tail;
static bool input_to_hv;
static char keys[32];
static u32 key_head, key_tail;

static char opt_console[32] = "com1,com2,vga,fb";
static char switch_char = 1;	/* CTRL-a */
static bool start_at_hv;

static int parse_console(const char *value)
{
	str_copy(opt_console, value, sizeof(opt_console));
	return 0;
}
DECLARE_OPTION("console", parse_console, "list of com1, com2, vga (text or framebuffer screen)");

static int parse_conswitch(const char *value)
{
	if (value[0] >= 'a' && value[0] <= 'z')
		switch_char = value[0] - 'a' + 1;
	else if (value[0])
		return -XEN_EINVAL;
	start_at_hv = value[0] && value[1] == 'x' ? false : start_at_hv;
	return 0;
}
DECLARE_OPTION("conswitch", parse_conswitch, "CTRL with this letter, three times, switches the serial input");

/* "vga" stands for the screen, text or framebuffer. com1H and com1L, halves of a shared line in 2.0, mean com1. */
static bool wanted(const char *name)
{
	const char *p = opt_console;

	if (!strcmp(name, "fb"))
		name = "vga";
	while (*p) {
		size_t len = strlen(name);

		if (!strncmp(p, name, len) && (p[len] == ',' || !p[len] || p[len] == 'H' || p[len] == 'L'))
			return true;
		while (*p && *p != ',')
			p++;
		if (*p)
			p++;
	}
	return false;
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

/* Guests' own text (console_io): to the devices and, for domUs, to the ring. */
void console_write_guest(const char *s, size_t len)
{
	unsigned long flags = spin_lock_irqsave(&console_lock);

	for (unsigned int i = 0; i < nr_devices; i++)
		devices[i]->write(s, len);
	spin_unlock_irqrestore(&console_lock, flags);
}

void console_force_unlock(void) { spin_init(&console_lock); }

void console_flush(void)
{
	for (unsigned int i = 0; i < nr_devices; i++)
		if (devices[i]->flush)
			devices[i]->flush();
}

/* --- input --- */

static void switch_input(void)
{
	input_to_hv = !input_to_hv;
	log_notice("console: input goes to %s (CTRL-%c three times switches)", input_to_hv ? "Xen; press h for help" : "dom0",
		   switch_char + 'a' - 1);
}

void console_input(char c)
{
	static unsigned int repeated;
	unsigned long flags;

	if (c == switch_char) {
		if (++repeated == 3) {
			repeated = 0;
			switch_input();
			return;
		}
	} else {
		repeated = 0;
	}
	flags = spin_lock_irqsave(&input_lock);
	if (input_to_hv) {
		if (c != switch_char && key_head - key_tail < sizeof(keys))
			keys[key_head++ % sizeof(keys)] = c;
		softirq_raise(SOFTIRQ_KEY);
	} else if (input_head - input_tail < INPUT_SIZE) {
		input[input_head++ % INPUT_SIZE] = c;
	}
	spin_unlock_irqrestore(&input_lock, flags);
	if (!input_to_hv)
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

int console_read_ring(struct xen_sysctl_readconsole *op)
{
	u32 pos, end, copied = 0;
	char chunk[256];

	pos = op->incremental && op->index - ring_start <= ring_end - ring_start ? op->index : READ_ONCE(ring_start);
	end = READ_ONCE(ring_end);
	while (pos != end && copied < op->count) {
		u32 n = 0, max = min((u32)sizeof(chunk), op->count - copied);
		unsigned long flags = spin_lock_irqsave(&console_lock);

		if (pos - ring_start > ring_end - ring_start)
			pos = ring_start; /* overwritten while we copied */
		while (n < max && pos != end)
			chunk[n++] = ring[pos++ % CONRING_SIZE];
		spin_unlock_irqrestore(&console_lock, flags);
		if (copy_to_guest_offset(op->buffer, copied, chunk, n))
			return -XEN_EFAULT;
		copied += n;
	}
	if (op->clear) {
		unsigned long flags = spin_lock_irqsave(&console_lock);

		ring_start = pos;
		spin_unlock_irqrestore(&console_lock, flags);
	}
	op->count = copied;
	op->index = pos;
	return 0;
}
