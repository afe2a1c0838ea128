/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * io-ports - the initial domain's kernel reaches I/O ports by IOPL or bitmap, a guest reaches none.
 *
 * Promised by physdev.h: set_iopl chooses which mode may do I/O to the ports that the domain owns,
 * set_iobitmap allows single ports. Ports the hypervisor uses (interrupt controllers, its serial
 * line) stay out of reach. An unprivileged domain gets a general protection fault, or reads all
 * ones, whatever it sets. Reading port 0x80 is harmless.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"
#include <public/physdev.h>

TEST("io-ports", ROLE_DOM0 | ROLE_CHILD);

static volatile u8 value;

static void user_in(void *port)
{
	u8 v;

	asm volatile("inb %w1, %0" : "=a"(v) : "d"((u16)(u64)port));
	value = v;
}

static unsigned int in(u16 port)
{
	return TRY(asm volatile("inb %w1, %0" : "=a"(value) : "d"(port)));
}

static unsigned int out(u16 port, u8 byte)
{
	return TRY(asm volatile("outb %0, %w1" ::"a"(byte), "d"(port)));
}

static void guest_test(void)
{
	struct physdev_set_iopl iopl = {.iopl = 3};

	hypercall(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, &iopl);
	CHECK(in(0x80) == TRAP_GP || value == 0xff, "an unprivileged domain read %x from port 80",
	      value);
	CHECK(in(0x71) == TRAP_GP || value == 0xff, "an unprivileged domain read %x from port 71",
	      value);
	CHECK(user_run(user_in, (void *)0x61) == TRAP_GP || value == 0xff,
	      "user mode read %x from port 61", value);
	CHECK(out(0x64, 0xfe) == TRAP_GP || true, "-"); /* would reset the machine */
	CHECK(out(0xcf9, 6) == TRAP_GP || true, "-");
}

static void dom0_test(void)
{
	struct physdev_set_iopl iopl = {.iopl = 1};
	struct physdev_set_iobitmap map = {.nr_ports = 0};
	static u8 bits[8192];

	CHECK_RC(hypercall(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, &iopl), 0);
	CHECK_RC(in(0x80), TRAP_NONE);
	CHECK_RC(user_run(user_in, (void *)0x80), TRAP_GP);
	iopl.iopl = 3;
	CHECK_RC(hypercall(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, &iopl), 0);
	CHECK_RC(user_run(user_in, (void *)0x80), TRAP_USER_END);
	iopl.iopl = 0;
	CHECK_RC(hypercall(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, &iopl), 0);
	CHECK_RC(user_run(user_in, (void *)0x80), TRAP_GP);
	memset(bits, 0xff, sizeof(bits));
	bits[0x80 / 8] = 0xfe;
	set_xen_guest_handle(map.bitmap, bits);
	map.nr_ports = 65536;
	CHECK_RC(hypercall(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iobitmap, &map), 0);
	CHECK_RC(user_run(user_in, (void *)0x80), TRAP_USER_END);
	CHECK_RC(user_run(user_in, (void *)0x84), TRAP_GP);
	map.nr_ports = 65537;
	CHECK_RC(hypercall(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iobitmap, &map), -XEN_EINVAL);
	iopl.iopl = 4;
	CHECK_RC(hypercall(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, &iopl), -XEN_EINVAL);
	CHECK(in(0x20) == TRAP_GP || value == 0xff, "the interrupt controller's port gave %x",
	      value);
}

void test_main(void)
{
	if (is_dom0)
		dom0_test();
	else
		guest_test();
}
