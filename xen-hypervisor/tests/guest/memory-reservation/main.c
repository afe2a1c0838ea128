/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory-reservation - a domain gives frames back, gets others, and exchanges them, and never keeps
 * what it gave.
 *
 * Promised by memory.h: decrease_reservation frees frames that the domain no longer maps;
 * increase_reservation and populate_physmap give frames (the latter sets the machine-to-physical
 * entry); exchange does both at once; each tells how many extents were done. current_reservation,
 * maximum_reservation and the machine-to-physical table follow. Frames in use, of others, or that
 * are not there, are refused.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("memory-reservation", ROLE_DOM0 | ROLE_CHILD);

static long reservation(unsigned int cmd, unsigned long *frames, unsigned long count)
{
	struct xen_memory_reservation res = { .nr_extents = count, .domid = DOMID_SELF };

	set_xen_guest_handle(res.extent_start, frames);
	return memory_op(cmd, &res);
}

static long current_pages(void)
{
	domid_t self = DOMID_SELF;

	return memory_op(XENMEM_current_reservation, &self);
}

static void give_and_take_test(void)
{
	u8 *page = page_alloc(1);
	unsigned long pfn = pfn_of(page), mfn = mfn_of(page), list[1] = { mfn };
	long before = current_pages();

	CHECK_RC(page_protect(page, 0), 0);
	CHECK_RC(reservation(XENMEM_decrease_reservation, list, 1), 1);
	CHECK(current_pages() == before - 1, "%ld pages after one of %ld was given back",
	      current_pages(), before);
	CHECK_REFUSED(page_show(page, mfn, PTE_RW, DOMID_SELF));
	CHECK_RC(reservation(XENMEM_decrease_reservation, list, 1), 0);
	list[0] = pfn;
	CHECK_RC(reservation(XENMEM_populate_physmap, list, 1), 1);
	CHECK(machine_to_phys_mapping[list[0]] == pfn,
	      "the new frame's machine-to-physical entry is %lx", machine_to_phys_mapping[list[0]]);
	CHECK(current_pages() == before, "%ld pages after one was taken again", current_pages());
	p2m()[pfn] = list[0];
	CHECK_RC(page_protect(page, PTE_RW), 0);
	CHECK_RC(probe_write(page), TRAP_NONE);
}

static void increase_test(void)
{
	unsigned long list[2] = { 0, 0 };

	CHECK_RC(reservation(XENMEM_increase_reservation, list, 2), 2);
	CHECK(list[0] && list[1] && list[0] != list[1], "increase gave the frames %lx and %lx",
	      list[0], list[1]);
	CHECK_RC(reservation(XENMEM_decrease_reservation, list, 2), 2);
}

static void exchange_test(void)
{
	u8 *page = page_alloc(1);
	unsigned long in = mfn_of(page), out = pfn_of(page);
	struct xen_memory_exchange exchange = {
		.in = { .nr_extents = 1, .domid = DOMID_SELF },
		.out = { .nr_extents = 1, .domid = DOMID_SELF },
	};

	set_xen_guest_handle(exchange.in.extent_start, &in);
	set_xen_guest_handle(exchange.out.extent_start, &out);
	page_protect(page, 0);
	CHECK_RC(memory_op(XENMEM_exchange, &exchange), 0);
	CHECK(exchange.nr_exchanged == 1, "%lu frames were exchanged", (u64)exchange.nr_exchanged);
	CHECK(machine_to_phys_mapping[out] == pfn_of(page),
	      "the new frame's machine-to-physical entry is wrong");
	p2m()[pfn_of(page)] = out;
	CHECK_RC(page_protect(page, PTE_RW), 0);
	CHECK_RC(probe_write(page), TRAP_NONE);
	exchange.nr_exchanged = 0;
	exchange.out.extent_order = 3;
	CHECK_RC(memory_op(XENMEM_exchange, &exchange), -XEN_EINVAL);
}

static void refused_test(void)
{
	u8 *page = page_alloc(1);
	unsigned long list[1];
	struct xen_memory_reservation res = { .nr_extents = 1,
					      .domid = DOMID_SELF,
					      .extent_order = 40 };

	list[0] = 0xfffffffffUL;
	CHECK_RC(reservation(XENMEM_decrease_reservation, list, 1), 0);
	set_xen_guest_handle(res.extent_start, (void *)page);
	CHECK(memory_op(XENMEM_populate_physmap, &res) <= 0, "2^40 pages were given");
	CHECK(memory_op(XENMEM_increase_reservation, &res) <= 0, "2^40 pages were given");
	res.nr_extents = ~0UL;
	CHECK(memory_op(XENMEM_populate_physmap, &res) <= 0, "2^64 extents were given");
	CHECK_REFUSED(memory_op(100, page));
	CHECK(reservation(XENMEM_populate_physmap, (void *)0x1000, 1) <= 0,
	      "a list that is not there was filled");
}

void test_main(void)
{
	give_and_take_test();
	increase_test();
	exchange_test();
	refused_test();
}
