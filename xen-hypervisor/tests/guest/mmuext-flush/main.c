/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmuext-flush - the flushes, cache operations and page operations of mmuext_op do what they say.
 *
 * Promised by xen.h: TLB_FLUSH and INVLPG for this CPU, a set of vCPUs, or all; CLEAR_PAGE and
 * COPY_PAGE on frames of the domain; an unknown command gives -ENOSYS; of a list the number done is
 * told. A frame that is a page table cannot be cleared or copied over.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("mmuext-flush", ROLE_DOM0 | ROLE_CHILD);

/* Changes a mapping without a flush, then flushes by the command. */
static void flush_test(unsigned int cmd, u64 arg2)
{
	u8 *a = page_alloc(1), *b = page_alloc(1);

	*a = 1;
	*b = 2;
	CHECK(update_va_mapping(a, pte_make(mfn_of(b), PTE_RW), UVMF_NONE) == 0,
	      "a mapping is refused");
	CHECK(mmuext(cmd, (u64)a, arg2) == 0, "command %u is refused", cmd);
	CHECK(READ(*a) == 2, "command %u left the old page in the TLB", cmd);
	page_protect(a, PTE_RW);
}

static void page_test(void)
{
	u8 *from = page_alloc(1), *to = page_alloc(1);
	unsigned long table = page_top_mfn();

	memset(from, 0x11, PAGE_SIZE);
	CHECK_RC(mmuext(MMUEXT_COPY_PAGE, mfn_of(to), mfn_of(from)), 0);
	CHECK(!memcmp(from, to, PAGE_SIZE), "COPY_PAGE made another page");
	CHECK_RC(mmuext(MMUEXT_CLEAR_PAGE, mfn_of(to), 0), 0);
	CHECK(to[0] == 0 && to[4095] == 0 && to[2000] == 0, "CLEAR_PAGE left something");
	CHECK_REFUSED(mmuext(MMUEXT_CLEAR_PAGE, table, 0));
	CHECK_REFUSED(mmuext(MMUEXT_COPY_PAGE, table, mfn_of(from)));
	CHECK_REFUSED(mmuext(MMUEXT_CLEAR_PAGE, 0xfffffffffUL, 0));
	CHECK_REFUSED(mmuext(MMUEXT_COPY_PAGE, mfn_of(to), 0xfffffffffUL));
}

static void list_test(void)
{
	struct mmuext_op op[3] = {
		{ .cmd = MMUEXT_TLB_FLUSH_LOCAL },
		{ .cmd = 1000 },
		{ .cmd = MMUEXT_TLB_FLUSH_LOCAL },
	};
	unsigned int done = 77;

	CHECK_RC(hypercall(__HYPERVISOR_mmuext_op, op, 3, &done, DOMID_SELF), -XEN_ENOSYS);
	CHECK(done == 1, "%u operations were done before a bad one at 1", done);
	CHECK_RC(hypercall(__HYPERVISOR_mmuext_op, op, 1, &done, DOMID_SELF), 0);
	CHECK(done == 1, "%u of 1 operations were done", done);
	CHECK_RC(hypercall(__HYPERVISOR_mmuext_op, op, 0, &done, DOMID_SELF), 0);
	CHECK_REFUSED(hypercall(__HYPERVISOR_mmuext_op, op, 1, &done, 0x7ff5));
}

void test_main(void)
{
	static u64 cpus = 1;

	flush_test(MMUEXT_TLB_FLUSH_LOCAL, 0);
	flush_test(MMUEXT_INVLPG_LOCAL, 0);
	flush_test(MMUEXT_TLB_FLUSH_MULTI, (u64)&cpus);
	flush_test(MMUEXT_INVLPG_MULTI, (u64)&cpus);
	flush_test(MMUEXT_TLB_FLUSH_ALL, 0);
	flush_test(MMUEXT_INVLPG_ALL, 0);
	CHECK_REFUSED(mmuext(MMUEXT_TLB_FLUSH_MULTI, 0, 0x1000));
	page_test();
	list_test();
}
