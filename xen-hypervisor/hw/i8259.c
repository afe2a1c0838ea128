/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two 8259 interrupt controllers: moved away from the exception vectors and masked, for
 * interrupts come through the I/O APICs.
 */
#include <xen/hw.h>
#include <xen/i8259.h>

#define MASTER 0x20
#define SLAVE 0xa0
#define FIRST_VECTOR 0x20

void i8259_init(void)
{
	hw_outb(MASTER + 1, 0xff);
	hw_outb(SLAVE + 1, 0xff);
	/*
	 * A spurious interrupt can still be raised with everything masked; it must not look like an
	 * exception.
	 */
	hw_outb(MASTER, 0x11);
	hw_outb(MASTER + 1, FIRST_VECTOR);
	hw_outb(MASTER + 1, 1 << 2);
	hw_outb(MASTER + 1, 1);
	hw_outb(SLAVE, 0x11);
	hw_outb(SLAVE + 1, FIRST_VECTOR + 8);
	hw_outb(SLAVE + 1, 2);
	hw_outb(SLAVE + 1, 1);
	hw_outb(MASTER + 1, 0xff);
	hw_outb(SLAVE + 1, 0xff);
}
