/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single rules of frames and page tables, one sentence each, among them those whose absence made
 * history: rights that change without validation (XSA-148, XSA-182), reuse of half-checked tables,
 * grants made writable, stale TLB entries.
 */
#include <unistd.h>
#include <public/memory.h>
#include <xen/ptwr.h>
#include <xen/smp.h>
#include "mm-check.h"

#define FRAMES 1024

static struct domain *d, *other;
static struct vcpu *v;
static struct domain *all[3];

static struct page_info *new_page(struct domain *who)
{
	struct page_info *pg = page_alloc_domain(who, 0, 0);

	if (!pg) {
		tap_ok(false, "a page for domain %u", who->id);
		exit(1);
	}
	return pg;
}
static u64 mfn_of(const struct page_info *pg) { return mfn_x(page_to_mfn(pg)); }
static u64 *words(const struct page_info *pg) { return page_to_virt(pg); }
static u64 entry(const struct page_info *pg, u64 bits) { return mfn_of(pg) << 12 | PTE_P | bits; }

static long update(const struct page_info *table, unsigned int i, u64 val)
{
	struct mmu_update req = { mfn_of(table) << 12 | i * 8, val };

	return do_mmu_update((u64)&req, 1, 0, DOMID_SELF);
}
static long ext(unsigned int cmd, u64 arg)
{
	struct mmuext_op op = { .cmd = cmd, .arg1.mfn = arg };

	return do_mmuext_op((u64)&op, 1, 0, DOMID_SELF);
}
static long pin(const struct page_info *pg, unsigned int level)
{
	return ext(MMUEXT_PIN_L1_TABLE + level - 1, mfn_of(pg));
}
static long unpin(const struct page_info *pg) { return ext(MMUEXT_UNPIN_TABLE, mfn_of(pg)); }

/* ------------------------------------------------------------------ */

static void test_references(void)
{
	struct page_info *pg = new_page(d), *hv = heap_alloc_pages(0, 0);
	u64 free = heap_free_count();

	tap_ok(page_get(pg, d) && !page_get(pg, other),
	       "a frame can be referenced in its owner's name only");
	tap_ok(!page_get(hv, d) && !page_get_by_mfn(_mfn(FRAMES + 5), d),
	       "nothing of the hypervisor's, nothing beyond memory");
	tap_ok(!page_release(pg, d) && page_release(pg, d) == -XEN_EINVAL,
	       "a frame is given up once");
	tap_ok(!page_get(pg, d), "a frame given up gets no new references");
	tap_ok(heap_free_count() == free, "it lives on while somebody holds it");
	page_put(pg);
	tap_ok(heap_free_count() == free + 1, "and is freed with the last reference");
	heap_free_pages(hv, 0);
	pg = new_page(d);
	__atomic_fetch_or(&pg->count, PAGE_COUNT_MASK, __ATOMIC_RELAXED);
	tap_ok(!page_get(pg, d), "the count of references does not overflow");
	pg->count = PAGE_ALLOCATED | 1;
	if (page_get_writable(pg, d)) {
		pg->type |= PAGE_TYPE_COUNT;
		tap_ok(page_get_type(pg, PAGE_WRITABLE) == -XEN_EINVAL, "nor does the type's");
		pg->type = (pg->type & ~PAGE_TYPE_COUNT) | 1;
		page_put_writable(pg);
	}
	tap_ok(check_everything(all, 3), "the rules hold after references");
}

static void test_shared(void)
{
	u64 *rw = page_alloc_shared(d);
	struct page_info *pg = virt_to_page(rw), *ro = heap_alloc_pages(0, 0), *t = new_page(d);

	page_share_with_guest(ro, d, false);
	words(t)[0] = entry(pg, PTE_RW);
	words(t)[1] = entry(ro, 0);
	tap_ok(!pin(t, 1), "shared pages can be mapped by their domain");
	tap_ok(update(t, 2, entry(ro, PTE_RW)) == -XEN_EINVAL,
	       "a page shared read-only cannot be mapped writable");
	tap_ok(update(t, 1, entry(ro, PTE_RW)) == -XEN_EINVAL, "nor made writable in place");
	tap_ok(pin(pg, 1) == -XEN_EINVAL && pin(ro, 1) == -XEN_EINVAL,
	       "a shared page cannot become a page table");
	page_free_shared(rw);
	tap_ok(update(t, 3, entry(pg, 0)) == -XEN_EINVAL,
	       "a page that is shared no more gets no new mapping");
	tap_ok(!unpin(t) && pg->count == PAGE_FREE, "and goes with its last mapping");
	page_free_shared(page_to_virt(ro));
	tap_ok(check_everything(all, 3), "the rules hold after sharing");
}

static void test_types(void)
{
	struct page_info *l1 = new_page(d), *l2 = new_page(d), *data = new_page(d);

	words(l1)[0] = entry(data, PTE_RW);
	words(l1)[1] = entry(l1, PTE_RW);
	tap_ok(pin(l1, 1) == -XEN_EINVAL,
	       "a table that maps itself writable is refused, and nobody waits for ever");
	words(l1)[1] = entry(l1, 0);
	tap_ok(!pin(l1, 1), "one that maps itself read-only is fine");
	tap_ok(pin(l1, 1) == -XEN_EINVAL && pin(l1, 2) == -XEN_EINVAL,
	       "a pinned frame is not pinned again");
	tap_ok(pin(data, 1) == -XEN_EINVAL,
	       "a frame that is mapped writable cannot become a table");
	tap_ok(update(l1, 1, entry(l1, PTE_RW)) == -XEN_EINVAL,
	       "a table in use cannot be mapped writable");
	words(l2)[0] = entry(l1, PTE_RW);
	words(l2)[1] = entry(data, PTE_RW | PTE_PS);
	tap_ok(pin(l2, 2) == -XEN_EINVAL, "a large page is refused (XSA-148)");
	words(l2)[1] = 0;
	tap_ok(!pin(l2, 2), "a table of tables can be pinned");
	tap_ok(update(l2, 0, entry(l1, PTE_RW | PTE_PS)) == -XEN_EINVAL,
	       "an entry does not turn into a large page in place");
	tap_ok(update(l2, 1, entry(l2, 0)) == -XEN_EINVAL,
	       "a table does not point to its own level");
	tap_ok(update(l2, 0, entry(l1, PTE_RW) | 1ULL << 50) == -XEN_EINVAL,
	       "reserved address bits are refused");
	tap_ok(!update(l2, 0, entry(l1, 0)) && !update(l2, 0, entry(l1, PTE_RW)),
	       "its right to write may change");
	tap_ok(words(l2)[0] & PTE_US, "the user bit is set for the guest's kernel");
	tap_ok(!unpin(l1) && !unpin(l2) && unpin(l2) == -XEN_EINVAL,
	       "what is pinned can be unpinned, once");
	tap_ok(!page_type_in_use(l1) && !page_type_in_use(l2) && !page_type_in_use(data),
	       "and all types go with it");
	tap_ok(check_everything(all, 3), "the rules hold after types");
}

static void test_top(void)
{
	struct page_info *l4 = new_page(d), *l3 = new_page(d);

	words(l4)[0] = entry(l3, PTE_RW);
	words(l4)[HV_FIRST_SLOT] = entry(l4, PTE_RW);
	tap_ok(!ext(MMUEXT_NEW_BASEPTR, mfn_of(l4)),
	       "a top-level table is accepted, the hypervisor's slots overwritten");
	tap_ok(update(l4, HV_LAST_SLOT, 0) == -XEN_EPERM,
	       "a guest cannot change the hypervisor's slots");
	tap_ok(update(l4, 1, entry(l4, 0)) == -XEN_EINVAL, "recursive mappings are refused");
	tap_ok(check_everything(all, 3), "the rules hold with a table loaded");
	tap_ok(ext(MMUEXT_NEW_USER_BASEPTR, mfn_of(l3)) == -XEN_EINVAL,
	       "a table of another level is no top-level table");
	pv_drop_tables(v);
	tap_ok(!page_type_in_use(l4) && !words(l4)[HV_FIRST_SLOT],
	       "and nothing of the hypervisor's stays in a frame that was one");
}

static void test_foreign(void)
{
	struct page_info *t = new_page(d), *foreign = new_page(other);
	struct mmu_update req = { mfn_of(t) << 12, entry(foreign, PTE_RW) };
	u64 pte = mfn_of(t) << 12;

	tap_ok(!pin(t, 1), "an empty table can be pinned");
	tap_ok(update(t, 0, entry(foreign, 0)) == -XEN_EINVAL,
	       "another domain's frame cannot be mapped");
	tap_ok(do_mmu_update((u64)&req, 1, 0, other->id) == -XEN_EPERM,
	       "not even by naming that domain, without privilege");
	tap_ok(!pv_grant_map(pte, page_to_mfn(foreign),
			     GNTMAP_host_map | GNTMAP_contains_pte | GNTMAP_readonly, false, 0),
	       "a granted frame can be");
	tap_ok(update(t, 0, entry(foreign, PTE_RW)) == -XEN_EINVAL,
	       "a grant mapped read-only is not made writable");
	tap_ok(!update(t, 0, words(t)[0] | PTE_A | PTE_NX), "but its other bits may change");
	tap_ok(pv_grant_unmap(pte, page_to_mfn(t), 0, GNTMAP_contains_pte) == GNTST_general_error,
	       "a grant is not unmapped where something else is mapped");
	tap_ok(!pv_grant_unmap(pte, page_to_mfn(foreign), 0, GNTMAP_contains_pte) && !words(t)[0],
	       "and is unmapped where it is");
	tap_ok(update(t, 0, (u64)mmio_first << 12 | PTE_P | PTE_RW) == 0,
	       "I/O memory can be mapped by who may");
	tap_ok(update(t, 0, (u64)(mmio_last + 1) << 12 | PTE_P) == -XEN_EPERM,
	       "and by nobody else");
	tap_ok(!update(t, 0, entry(new_page(d), PTE_RW | PTE_PCD)) && !(words(t)[0] & PTE_PCD),
	       "a guest without devices maps memory cached");
	tap_ok(check_everything(all, 3), "the rules hold after foreign mappings");
	update(t, 0, 0);
	unpin(t);
}

/*
 * A table preempted in the middle is not usable as another type until undone, and resumes as the
 * same.
 */
static void test_preemption(void)
{
	struct page_info *l3 = new_page(d), *l2 = new_page(d), *l1[4];
	unsigned int again = 0;
	long rc;

	words(l3)[7] = entry(l2, PTE_RW);
	for (unsigned int i = 0; i < 4; i++)
		words(l2)[i * 100] = entry(l1[i] = new_page(d), PTE_RW);
	host_preempt_one_in = 1;
	rc = pin(l3, 3);
	tap_ok(rc == HOST_CONTINUED &&
		       (l3->type & PAGE_TYPE_PARTIAL || l2->type & PAGE_TYPE_PARTIAL),
	       "validation stops when preempted");
	tap_ok(check_everything(all, 3), "the rules hold in the middle of it");
	tap_ok(update(l2, 100, 0) != 0, "a half-validated table takes no updates");
	for (rc = page_get_type(l2, PAGE_WRITABLE); rc == -XEN_ERESTART && again < 50; again++)
		rc = page_get_type(l2, PAGE_WRITABLE);
	tap_ok(!rc && page_type_in_use(l1[0]) == PAGE_NONE,
	       "another use first undoes what was done");
	page_put_type(l2);
	for (again = 0; (rc = pin(l3, 3)) == HOST_CONTINUED && again < 50; again++)
		;
	tap_ok(!rc && again > 2, "and pinning gets done after enough continuations");
	for (again = 0; (rc = unpin(l3)) == HOST_CONTINUED && again < 50; again++)
		;
	tap_ok(!rc && again > 2 && !page_type_in_use(l2), "unpinning as well");
	host_preempt_one_in = 0;
	tap_ok(check_everything(all, 3), "the rules hold after preemption");
}

static unsigned long flushes_of_pin(struct page_info *t)
{
	unsigned long before = host_flushes;

	if (pin(t, 1))
		return 99;
	before = host_flushes - before;
	unpin(t);
	return before;
}

/* Takes `pg` from the domain and, because `busy` is in use, hands it back. */
static void fail_exchange(struct page_info *pg, struct page_info *busy)
{
	u64 in[2] = { mfn_of(pg), mfn_of(busy) }, out = 0;
	struct xen_memory_exchange x = {
		.in = { .nr_extents = 2, .domid = DOMID_SELF },
		.out = { .nr_extents = 1, .extent_order = 1, .domid = DOMID_SELF },
	};

	x.in.extent_start.p = (void *)in;
	x.out.extent_start.p = (void *)&out;
	tap_ok(do_memory_op(XENMEM_exchange, (u64)&x) == -XEN_EBUSY,
	       "an exchange fails at a page in use");
}

static void test_flushes(void)
{
	struct page_info *map = new_page(d), *t = new_page(d);

	pin(map, 1);
	tap_ok(flushes_of_pin(t) == 0, "a frame never mapped becomes a table without a flush");
	update(map, 0, entry(t, PTE_RW));
	update(map, 0, 0);
	tap_ok(flushes_of_pin(t) == 1, "one that was writable a moment ago needs one");
	tap_ok(flushes_of_pin(t) == 0, "but not a second time");
	update(map, 0, entry(t, PTE_RW));
	update(map, 0, 0);
	hw_tlb_flush_local();
	tap_ok(flushes_of_pin(t) == 0, "none if the CPU flushed in between");
	pin(t, 1);
	unpin(t);
	unsigned long before = host_flushes;
	update(map, 0, entry(t, PTE_RW));
	tap_ok(host_flushes == before + 1,
	       "a frame that was a table is flushed before it can be written");
	update(map, 0, 0);
	update(map, 0, entry(t, PTE_RW));
	update(map, 0, 0);
	fail_exchange(t, map);
	tap_ok(flushes_of_pin(t) == 1,
	       "nor does a page get round its flush by an exchange that fails");
	unpin(map);
}

static void test_descriptors(void)
{
	struct page_info *pg = new_page(d), *gate = new_page(d);
	u64 frames[14] = { mfn_of(pg) };

	words(pg)[0] = 0x00af9b000000ffff; /* 64-bit code for ring 0 */
	words(gate)[3] = 0x0000ec000008abcd; /* call gate */
	tap_ok(!do_set_gdt((u64)frames, 512) && words(pg)[0] == 0x00affb000000ffff,
	       "descriptors for ring 0 become ring 3's");
	tap_ok(pin(pg, 1) == -XEN_EINVAL, "a descriptor page in use is no page table");
	tap_ok(do_update_descriptor(mfn_of(pg) << 12, 0x00008b000000ffff) == -XEN_EINVAL,
	       "a task state segment is refused");
	frames[0] = mfn_of(gate);
	tap_ok(do_set_gdt((u64)frames, 512) == -XEN_EINVAL, "so is a page with a call gate");
	tap_ok(v->pv->gdt_entries == 512 && host_desc_window[v->pv->desc_slot][0] == mfn_of(pg),
	       "and the old table stays");
	tap_ok(do_set_gdt((u64)frames, FIRST_RESERVED_GDT_ENTRY + 1) == -XEN_EINVAL,
	       "the reserved entries are not the guest's");
	tap_ok(do_update_descriptor((mfn_of(gate) << 12) + 24, 0) == 0 && !words(gate)[3],
	       "a page not in use is written plainly");
	tap_ok(check_everything(all, 3), "the rules hold with a descriptor table");
	tap_ok(!do_set_gdt((u64)frames, 0) && !page_type_in_use(pg), "a table can be dropped");
}

/*
 * A guest kernel that writes its tables by plain instructions: address 0x3000 maps the level-1
 * table itself.
 */
static void test_direct_writes(void)
{
	static const u8 xchg[PTWR_FETCH] = { 0x48, 0x87, 0x03 },
			andb[PTWR_FETCH] = { 0xf0, 0x80, 0x23, 0xfd };
	static const u8 load[PTWR_FETCH] = { 0x48, 0x8b, 0x03 };
	struct page_info *l4 = new_page(d), *l3 = new_page(d), *l2 = new_page(d), *l1 = new_page(d),
			 *data = new_page(d);
	struct cpu_regs *r = hw_guest_regs();
	u64 va = 0x3000 + 5 * 8, fault = PFEC_P | PFEC_W | PFEC_U;

	words(l4)[0] = entry(l3, PTE_RW);
	words(l3)[0] = entry(l2, PTE_RW);
	words(l2)[0] = entry(l1, PTE_RW);
	words(l1)[3] = entry(l1, 0);
	words(l1)[5] = entry(data, PTE_RW);
	ext(MMUEXT_NEW_BASEPTR, mfn_of(l4));
	r->rbx = va;
	r->rip = (u64)xchg;
	r->rax = entry(data, PTE_RW | PTE_A);
	tap_ok(pv_fixup_fault(v, va, fault) && r->rip == (u64)xchg + 3 &&
		       (r->rax & ~PTE_US) == entry(data, PTE_RW) &&
		       words(l1)[5] == entry(data, PTE_RW | PTE_A | PTE_US),
	       "an exchange with a page-table entry is carried out");
	r->rip = (u64)andb;
	tap_ok(pv_fixup_fault(v, va, fault) && !(words(l1)[5] & PTE_RW) && !page_type_in_use(data),
	       "clearing a right in one byte of it as well");
	r->rip = (u64)xchg;
	r->rax = entry(l1, PTE_RW);
	tap_ok(!pv_fixup_fault(v, va, fault) && r->rip == (u64)xchg,
	       "what a hypercall would refuse stays a fault");
	r->rip = (u64)load;
	tap_ok(!pv_fixup_fault(v, va, fault), "so does an instruction that is not known");
	r->rip = (u64)xchg;
	r->rbx = va + 8;
	tap_ok(!pv_fixup_fault(v, va, fault), "and one that writes elsewhere than the fault says");
	tap_ok(pv_fixup_fault(v, 0x5000, PFEC_P | PFEC_U) &&
		       !pv_fixup_fault(v, 0x6000, PFEC_P | PFEC_U),
	       "a fault that the tables do not explain is spurious, others are not");
	v->pv->flags = 0;
	tap_ok(!pv_fixup_fault(v, va, fault), "user mode cannot write tables");
	v->pv->flags = PV_KERNEL_MODE;
	tap_ok(!do_update_va_mapping(0x5000, entry(data, PTE_RW), UVMF_INVLPG) &&
		       (words(l1)[5] & PTE_RW),
	       "an address's entry is found and written by hypercall");
	tap_ok(check_everything(all, 3), "the rules hold after direct writes");
	pv_drop_tables(v);
}

static void test_exchange(void)
{
	struct xen_memory_exchange x = {
		.in = { .nr_extents = 4, .domid = DOMID_SELF },
		.out = { .nr_extents = 1, .extent_order = 2, .domid = DOMID_SELF, .mem_flags = 21 }
	};
	u64 in[4], out = 0x77, held = d->nr_pages;
	struct page_info *pg;

	for (unsigned int i = 0; i < 4; i++)
		in[i] = mfn_of(new_page(d));
	x.in.extent_start.p = (void *)in;
	x.out.extent_start.p = (void *)&out;
	tap_ok(!do_memory_op(XENMEM_exchange, (u64)&x) && x.nr_exchanged == 4,
	       "four pages can be had as one contiguous block");
	tap_ok(!(out & 3) && out + 4 <= 512 && m2p_get(_mfn(out + 3)) == 0x7a,
	       "aligned, below the limit, and entered in the table");
	tap_ok(d->nr_pages == held + 4, "the domain has as many pages as before");
	pg = mfn_to_page(_mfn(out));
	if (page_get(pg, d)) {
		u64 want = 1;

		x = (struct xen_memory_exchange){ .in = { .nr_extents = 1, .domid = DOMID_SELF },
						  .out = { .nr_extents = 1, .domid = DOMID_SELF } };
		x.in.extent_start.p = (void *)&out;
		x.out.extent_start.p = (void *)&want;
		tap_ok(do_memory_op(XENMEM_exchange, (u64)&x) == -XEN_EBUSY &&
			       d->nr_pages == held + 4,
		       "a page in use is not exchanged");
		page_put(pg);
	}
	tap_ok(check_everything(all, 3), "the rules hold after an exchange");
}

static void test_small_calls(void)
{
	struct xen_machphys_mapping m;
	u32 done = 7;

	tap_ok(do_mmu_update(8, 0, (u64)&done, DOMID_SELF) == 0 && done == 0,
	       "an empty list is done at once");
	tap_ok(do_memory_op(XENMEM_machphys_mapping, (u64)&m) == 0 && m.max_mfn == FRAMES - 1,
	       "the table of frames is described");
	tap_ok(do_memory_op(XENMEM_memory_map, 0) == -XEN_EFAULT, "a bad pointer is a fault");
	tap_ok(do_memory_op(63, 0) == -XEN_ENOSYS && ext(14, 0) == -XEN_ENOSYS,
	       "unknown commands are not there");
	tap_ok(do_memory_op(XENMEM_machine_memory_map, (u64)&m) == -XEN_EPERM,
	       "the machine's map is not for everybody");
	tap_ok(do_update_va_mapping(0x1000, 0, 0) == -XEN_EINVAL,
	       "an address without tables has no entry to write");
	tap_ok(do_vm_assist(VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag) == 0 &&
		       d->vm_assist == 1u << 5,
	       "an assist can be switched on");
}

int main(void)
{
	u64 before;

	alarm(60);
	host_machine_init(FRAMES, 2);
	boot_info.nr_e820 = 1;
	boot_info.e820[0] = (struct e820_entry){ 0, (FRAMES - 16) * PAGE_SIZE, E820_RAM };
	page_init(46);
	mmio_first = FRAMES - 16;
	mmio_last = FRAMES - 9;
	heap_add_range(_mfn(1), _mfn(FRAMES - 16));
	before = heap_free_count();
	dom_io = all[2] = host_domain_create(DOMID_IO, false, 0, 0);
	dom_xen = host_domain_create(DOMID_XEN, false, 0, 0);
	d = all[0] = host_domain_create(1, false, 200, 1);
	other = all[1] = host_domain_create(2, false, 200, 1);
	v = d->vcpus[0];
	cpumask_set(&v->dirty_cpus, 0);
	host_cpu_start(0, v);
	v->pv->flags = PV_KERNEL_MODE;

	test_references();
	test_shared();
	test_types();
	test_top();
	test_foreign();
	test_preemption();
	test_flushes();
	test_descriptors();
	test_direct_writes();
	test_exchange();
	test_small_calls();
	for (unsigned int n = 0; n < 2; n++) {
		all[n]->dying = DOMAIN_DYING;
		while (pv_mm_relinquish(all[n]) || page_relinquish_domain(all[n]))
			;
	}
	tap_ok(heap_free_count() == before, "teardown gives every frame back");
	return tap_done();
}
