/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * foreign-frames - an initial domain maps another domain's frames by naming it; the other cannot do
 * the reverse.
 *
 * Promised by xen.h: the domain given to mmu_update or update_va_mapping_otherdomain owns the
 * frames in the values. The initial domain may name any; others only themselves. A frame of another
 * domain is refused as one's own, and so are frames that nobody owns. A mapped foreign frame stays
 * whole after its owner is destroyed, until unmapped.
 */
#include "child.h"
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("foreign-frames", ROLE_DOM0);

/* The child is told a frame of the initial domain, and tries to get at it. */
static void child_main(void)
{
	unsigned long mfn = argument("mfn", 0);
	u64 mine = *pte_at(1, page_alloc(1));
	u8 *page = page_alloc(1);

	CHECK_REFUSED(page_show(page, mfn, PTE_RW, DOMID_SELF));
	CHECK_REFUSED(page_show(page, mfn, PTE_RO, DOMID_SELF));
	CHECK_REFUSED(page_show(page, mfn, PTE_RO, 0));
	CHECK_REFUSED(page_show(page, mfn, PTE_RO, DOMID_IO));
	CHECK_REFUSED(page_show(page, mfn, PTE_RO, DOMID_XEN));
	CHECK_REFUSED(page_show(page, 0xb8, PTE_RO, DOMID_IO));
	CHECK_REFUSED(hypercall(__HYPERVISOR_update_va_mapping_otherdomain, page,
				pte_make(mfn, PTE_RO), UVMF_INVLPG, 0));
	CHECK_REFUSED(table_pin(mfn, 1));
	CHECK_REFUSED(pte_write_raw((u64)mfn << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, 5, DOMID_SELF));
	CHECK(mine & PTE_P, "a page of mine is not mapped");
}

static void dom0_tests(struct child *c)
{
	u8 *page = page_alloc(1);
	unsigned long mfn = c->frames[0];

	CHECK_REFUSED(page_show(page, mfn, PTE_RW, DOMID_SELF));
	CHECK_REFUSED(page_show(page, mfn, PTE_RW, 1234));
	CHECK_RC(page_show(page, mfn, PTE_RW, c->domid), 0);
	*page = 0x5a;
	CHECK_RC(page_show(page, mfn, PTE_RO, c->domid), 0);
	CHECK(READ(*page) == 0x5a, "a foreign frame does not keep what is written");
	CHECK_RC(hypercall(__HYPERVISOR_update_va_mapping_otherdomain, page,
			   pte_make(c->frames[1], PTE_RW), UVMF_INVLPG, c->domid),
		 0);
	CHECK_REFUSED(pte_write_raw((u64)c->frames[c->nr_frames - 1] << PAGE_SHIFT,
				    pte_make(mfn_of(page), PTE_RW), c->domid));
	page_restore(page);
}

static void outlive_test(struct child *c)
{
	static u8 page[PAGE_SIZE] __attribute__((aligned(4096)));

	CHECK_RC(page_show(page, c->frames[2], PTE_RW, c->domid), 0);
	page[1] = 0x77;
	child_destroy(c);
	CHECK(READ(page[1]) == 0x77, "a mapped frame changed when its owner was destroyed");
	page[1] = 0x78;
	CHECK_RC(page_restore(page), 0);
}

static void number(char *to, unsigned long value)
{
	char digits[20];
	int n = 0;

	do {
		digits[n++] = '0' + value % 10;
		value /= 10;
	} while (value);
	while (n)
		*to++ = digits[--n];
	*to = 0;
}

void test_main(void)
{
	static char text[40] = "mfn=";
	struct child child;

	if (!is_dom0) {
		child_main();
		return;
	}
	number(text + 4, mfn_of(page_alloc(1)));
	child_create(&child, text);
	dom0_tests(&child);
	child_unpause(&child);
	child_wait(&child, 5000);
	CHECK(child.ended, "the child was ended");
	outlive_test(&child);
}
