/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Serial lines: 16550-compatible UARTs at the I/O ports of com1= and com2=.
 *
 * com1=BAUD[/BASE][,[DPS][,[IOBASE][,IRQ]]], as in 2.0: DPS is data bits, parity (n o e m s), stop
 * bits.  Output waits for the transmitter when there is no interrupt yet, and goes through a buffer
 * afterwards, so that a slow line does not stop a CPU; a full buffer waits.  Input comes by
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
	/* baud 0: as the firmware left it; base: that of divisor 1 */
	u32 baud, base;
	u8 lcr;
	char half; /* console_half() */
	bool configured, present, irq_on;
	spinlock_t tx_lock;
	u32 tx_head, tx_tail; /* free running */
	char tx[TX_BUFFER];
};

enum {
	UART_DATA = 0,
	UART_IER = 1,
	UART_FCR = 2,
	UART_IIR = 2,
	UART_LCR = 3,
	UART_MCR = 4,
	UART_LSR = 5
};

static struct uart uarts[2] = {
	{.port = 0x3f8, .irq = 4, .base = 115200, .lcr = 3},
	{.port = 0x2f8, .irq = 3, .base = 115200, .lcr = 3},
};

static const char *parse_baud(struct uart *u, const char *p)
{
	const char *start = p;

	if (!strncmp(p, "auto", 4)) {
		u->baud = 0;
		return p + 4;
	}
	u->baud = str_to_u64(p, &p);
	if (*p == '/')
		u->base = str_to_u64(p + 1, &p);
	if (p == start || u->base > 16 * 115200)
		return NULL;
	return !u->baud || (u->baud <= u->base && u->base / u->baud <= 0xffff) ? p : NULL;
}

static const char *parse_dps(struct uart *u, const char *p)
{
	static const char parities[] = "noems";
	const char *parity;

	if (*p < '5' || *p > '8' || !p[1])
		return NULL;
	parity = strchr(parities, p[1]);
	if (!parity || (p[2] != '1' && p[2] != '2'))
		return NULL;
	/* Line control: word length, stop bits, and three bits of parity. */
	u->lcr = (p[0] - '5') | (p[2] == '2' ? 4 : 0) |
		 (parity == parities ? 0 : (2 * (parity - parities) - 1) << 3);
	return p + 3;
}

static int parse_com(struct uart *u, const char *value)
{
	const char *p = parse_baud(u, value);
	u64 n;

	if (p && *p == ',' && *++p != ',')
		p = parse_dps(u, p);
	if (p && *p == ',' && *++p != ',') {
		n = str_to_u64(p, &p);
		if (!n || n > 0xfff8)
			return -XEN_EINVAL;
		u->port = n;
	}
	if (p && *p == ',') {
		n = str_to_u64(p + 1, &p);
		if (n > 15)
			return -XEN_EINVAL;
		u->irq = n;
	}
	if (!p || *p)
		return -XEN_EINVAL;
	u->configured = true;
	return 0;
}
static int parse_com1(const char *value) { return parse_com(&uarts[0], value); }
static int parse_com2(const char *value) { return parse_com(&uarts[1], value); }
DECLARE_OPTION("com1", parse_com1,
	       "first serial line: BAUD[/BASE][,[DPS][,[IOBASE][,IRQ]]]; BAUD auto: as the "
	       "firmware left it");
DECLARE_OPTION("com2", parse_com2, "second serial line, the same way");

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

/* On a shared line the top bit tells whose character it is. */
static char halved(const struct uart *u, char c)
{
	return !u->half ? c : u->half == 'H' ? c | 0x80 : c & 0x7f;
}

static void uart_input(const struct uart *u, char c)
{
	if (!u->half)
		console_input(c);
	else if (!(c & 0x80) == (u->half == 'L'))
		console_input(c & 0x7f);
}

static void uart_write(struct uart *u, const char *s, size_t len)
{
	unsigned long flags = spin_lock_irqsave(&u->tx_lock);

	while (len--) {
		char c = *s++;

		if (c == '\n')
			tx_byte(u, halved(u, '\r'));
		tx_byte(u, halved(u, c));
	}
	if (u->irq_on) {
		tx_pump(u);
		hw_outb(u->port + UART_IER, u->tx_head != u->tx_tail ? 3 : 1);
	}
	spin_unlock_irqrestore(&u->tx_lock, flags);
}

static void uart_flush(struct uart *u)
{
	/*
	 * Panic and reboot: whoever holds the lock may never let it go, and interrupts may never
	 * come again.
	 */
	spin_init(&u->tx_lock);
	while (u->irq_on && u->tx_tail != u->tx_head) {
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
		uart_input(u, hw_inb(u->port + UART_DATA));
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
	{.name = "com1", .write = com1_write, .flush = com1_flush},
	{.name = "com2", .write = com2_write, .flush = com2_flush},
};

void serial_init_early(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct uart *u = &uarts[i];

		if (!u->configured)
			continue;
		hw_outb(u->port + UART_IER, 0);
		if (u->baud) {
			u16 divisor = u->base / u->baud;

			hw_outb(u->port + UART_LCR, u->lcr | 0x80);
			hw_outb(u->port + UART_DATA, divisor & 0xff);
			hw_outb(u->port + UART_IER, divisor >> 8);
		}
		hw_outb(u->port + UART_LCR, u->lcr);
		hw_outb(u->port + UART_FCR, 0xc7); /* queues on and empty, interrupt at 14 bytes */
		hw_outb(u->port + UART_MCR, 0x0b);
		u->half = console_half(devices[i].name);
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
			log_warn("serial: no interrupt %u for com%u; output only, unbuffered",
				 u->irq, i + 1);
			continue;
		}
		u->irq_on = true;
		hw_outb(u->port + UART_IER, 1);
	}
}

bool serial_line_port(unsigned int line, u16 *ret_port)
{
	if (line >= ARRAY_SIZE(uarts) || !uarts[line].present)
		return false;
	*ret_port = uarts[line].port;
	return true;
}
