/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * multicall - a list of calls is made in order, each with its own result, and a list inside a list
 * is harmless.
 *
 * Promised by xen.h: multicall makes each call and puts its result into the entry; a failing entry
 * does not stop the rest. A list that cannot be read gives -EFAULT. Long lists are finished though
 * they are interrupted. A multicall in a multicall must not run without bound: it is refused or
 * made, but comes back.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("multicall", ROLE_DOM0 | ROLE_CHILD);

#define LONG 2000

static struct multicall_entry list[LONG];

static void results_test(void)
{
	struct multicall_entry few[4] = {
		{.op = __HYPERVISOR_xen_version, .args = {XENVER_version}},
		{.op = 11},
		{.op = __HYPERVISOR_xen_version, .args = {1000}},
		{.op = __HYPERVISOR_xen_version, .args = {XENVER_pagesize}},
	};

	CHECK_RC(multicall(few, 4), 0);
	CHECK(few[0].result == (4 << 16 | 17), "the first result is %lx", few[0].result);
	CHECK(few[1].result == (u64)-XEN_ENOSYS, "the second result is %lx", few[1].result);
	CHECK(few[2].result == (u64)-XEN_ENOSYS, "the third result is %lx", few[2].result);
	CHECK(few[3].result == 4096, "the fourth result is %lx", few[3].result);
	CHECK_RC(multicall(few, 0), 0);
}

static void long_test(void)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < LONG; i++)
		list[i] = (struct multicall_entry){.op = __HYPERVISOR_xen_version,
						   .args = {XENVER_pagesize}};
	CHECK_RC(multicall(list, LONG), 0);
	for (i = 0; i < LONG; i++)
		wrong += list[i].result != 4096;
	CHECK(wrong == 0, "%u of %u results are wrong", wrong, LONG);
}

static void nested_test(void)
{
	static struct multicall_entry self[2];

	self[0] = (struct multicall_entry){.op = __HYPERVISOR_multicall, .args = {(u64)self, 2}};
	self[1] =
		(struct multicall_entry){.op = __HYPERVISOR_xen_version, .args = {XENVER_pagesize}};
	CHECK_RC(multicall(self, 2), 0);
	CHECK(self[0].result == (u64)-XEN_EINVAL, "a nested multicall gave %ld", self[0].result);
	CHECK(self[1].result == 4096, "the call after a nested multicall gave %ld", self[1].result);
}

static void hostile_test(void)
{
	u8 *page = page_alloc(2);
	struct multicall_entry *edge = (void *)(page + PAGE_SIZE - sizeof(*edge));

	CHECK_RC(multicall((void *)0x1000, 1), -XEN_EFAULT);
	CHECK_RC(multicall((void *)HYPERVISOR_VIRT_START, 1), -XEN_EFAULT);
	*edge = (struct multicall_entry){.op = __HYPERVISOR_xen_version, .args = {XENVER_pagesize}};
	page_protect(page + PAGE_SIZE, 0);
	CHECK_RC(multicall(edge, 2), -XEN_EFAULT);
	CHECK(edge->result == 4096, "the entry before one that cannot be read gave %ld",
	      edge->result);
	page_protect(page + PAGE_SIZE, PTE_RW);
	page_protect(page, PTE_RO);
	CHECK_RC(multicall(edge, 1), -XEN_EFAULT);
	page_protect(page, PTE_RW);
}

void test_main(void)
{
	results_test();
	long_test();
	nested_test();
	hostile_test();
}
