/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Serial lines: 16550-compatible UARTs at the I/O ports of com1= and com2=.
 *
 * com1=BAUD[,DPS[,IOBASE[,IRQ]]], as in 2.0: DPS is data bits, parity (n o e), stop bits.  Output waits for the transmitter when
 * there is no interrupt yet, and goes through a buffer afterwards, so that a slow line does not stop a CPU; a full buffer waits.  Input comes by
 * interrupt.  tx_lock is taken in any context with interrupts off.
 */
#include <public/errno.h>
#include <xen/cmdline.h>
#include <xen/console.h>
#include <xen/hw.h>
#include <xen/init.h>
#include <xen/irqhw.h>
#include <xen/lib.h>
#include <xen/lock.h>
#include <xen/log.h>
#include <xen/softirq.h>

#define TX_BUFFER 16384

struct uart {
	u16 port;
	u8 irq;
	u32 baud;
	u8 lcr;
	bool configured, present, irq_on;
	spinlock_t tx_lock;
	u32 tx_head, tx_tail;		/* free running */
	char tx[TX_BUFFER];
};

enum { UART_DATA = 0, UART_IER = 1, UART_FCR = 2, UART_IIR = 2, UART_LCR = 3, UART_MCR = 4, UART_LSR = 5 };

static struct uart uarts[2] = {
	{ .port = 0x3f8, .irq = 4, .baud = 0, .lcr = 3 },
	{ .port = 0x2f8, .irq = 3, .baud = 0, .lcr = 3 },
};

static int parse_com(struct uart *u, const char *value)
{
	const char *p;

	u->configured = true;
	if (!strncmp(value, "auto", 4)) {
		p = value + 4;
	} else {
		u->baud = str_to_u64(value, &p);
		if (p == value || (u->baud && (u->baud < 1200 || u->baud > 115200)))
			return -XEN_EINVAL;
	}
	if (*p == ',') {
		p++;
		if (*p >= '5' && *p <= '8' && p[1] && p[2]) {
			u->lcr = (p[0] - '5') | (p[1] == 'o' ? 0x08 : p[1] == 'e' ? 0x18 : 0) | (p[2] == '2' ? 4 : 0);
			p += 3;
		} else if (*p != ',') {
			return -XEN_EINVAL;
		}
	}
	if (*p == ',')
		u->port = str_to_u64(p + 1, &p);
	if (*p == ',')
		u->irq = str_to_u64(p + 1, &p);
	return *p ? -XEN_EINVAL : 0;
}
static int parse_com1(const char *value) { return parse_com(&uarts[0], value); }
static int parse_com2(const char *value) { return parse_com(&uarts[1], value); }
DECLARE_OPTION("com1", parse_com1, "first serial line: BAUD[,DPS[,IOBASE[,IRQ]]]");
DECLARE_OPTION("com2", parse_com2, "second serial line: BAUD[,DPS[,IOBASE[,IRQ]]]");

static bool tx_ready(struct uart *u) { return hw_inb(u->port + UART_LSR) & 0x20; }

static void tx_wait(struct uart *u)
{
	/* A line without a device must not stop the machine. */
	for (u32 i = 0; i < 1000000 && !tx_ready(u); i++)
		hw_pause();
}

/* With tx_lock: moves buffered bytes into the transmitter's 16-byte queue while it is empty. */
static void tx_pump(struct uart *u)
{
	while (u->tx_tail != u->tx_head && tx_ready(u))
		for (int i = 0; i < 16 && u->tx_tail != u->tx_head; i++)
			hw_outb(u->port + UART_DATA, u->tx[u->tx_tail++ % TX_BUFFER]);
}

static void tx_byte(struct uart *u, char c)
{
	if (!u->irq_on) {
		tx_wait(u);
		hw_outb(u->port + UART_DATA, c);
		return;
	}
	while (u->tx_head - u->tx_tail == TX_BUFFER) {
		tx_wait(u);
		tx_pump(u);
	}
	u->tx[u->tx_head++ % TX_BUFFER] = c;
}

static void uart_write(struct uart *u, const char *s, size_t len)
{
	unsigned long flags = spin_lock_irqsave(&u->tx_lock);

	while (len--) {
		if (*s == '\n')
			tx_byte(u, '\r');
		tx_byte(u, *s++);
	}
	if (u->irq_on) {
		tx_pump(u);
		hw_outb(u->port + UART_IER, u->tx_head != u->tx_tail ? 3 : 1);
	}
	spin_unlock_irqrestore(&u->tx_lock, flags);
}

static void uart_flush(struct uart *u)
{
	/* Panic and reboot: whoever holds the lock may never let it go. */
	spin_init(&u->tx_lock);
	while (u->tx_tail != u->tx_head) {
		tx_wait(u);
		tx_pump(u);
	}
	u->irq_on = false;
	tx_wait(u);
}

static void uart_interrupt(void *data)
{
	struct uart *u = data;
	unsigned long flags;

	for (int i = 0; i < 256 && (hw_inb(u->port + UART_LSR) & 1); i++)
		console_input(hw_inb(u->port + UART_DATA));
	flags = spin_lock_irqsave(&u->tx_lock);
	hw_inb(u->port + UART_IIR);
	tx_pump(u);
	if (u->tx_head == u->tx_tail)
		hw_outb(u->port + UART_IER, 1);
	spin_unlock_irqrestore(&u->tx_lock, flags);
}

static void com1_write(const char *s, size_t len) { uart_write(&uarts[0], s, len); }
static void com2_write(const char *s, size_t len) { uart_write(&uarts[1], s, len); }
static void com1_flush(void) { uart_flush(&uarts[0]); }
static void com2_flush(void) { uart_flush(&uarts[1]); }
static const struct console_device devices[2] = {
	{ .name = "com1", .write = com1_write, .flush = com1_flush },
	{ .name = "com2", .write = com2_write, .flush = com2_flush },
};

void serial_init_early(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct uart *u = &uarts[i];

		if (!u->configured)
			continue;
		hw_outb(u->port + UART_IER, 0);
		if (u->baud) {
			u16 divisor = 115200 / u->baud;

			hw_outb(u->port + UART_LCR, u->lcr | 0x80);
			hw_outb(u->port + UART_DATA, divisor & 0xff);
			hw_outb(u->port + UART_IER, divisor >> 8);
		}
		hw_outb(u->port + UART_LCR, u->lcr);
		hw_outb(u->port + UART_FCR, 0xc7); /* queues on and empty, interrupt at 14 bytes */
		hw_outb(u->port + UART_MCR, 0x0b);
		u->present = hw_inb(u->port + UART_LSR) != 0xff;
		if (u->present)
			console_add_device(&devices[i]);
	}
}

void serial_init_irq(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct uart *u = &uarts[i];

		if (!u->present)
			continue;
		if (irqhw_set_own(u->irq, uart_interrupt, u)) {
			log_warn("serial: no interrupt %u for com%u; output only, unbuffered", u->irq, i + 1);
			continue;
		}
		u->irq_on = true;
		hw_outb(u->port + UART_IER, 1);
	}
}
