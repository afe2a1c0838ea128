/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random memory hypercalls of two guests and a control domain on several threads, with random
 * preemption, random abandoned continuations and guests that write rubbish into every page they may
 * write to; the checker of mm-check.h looks at the whole machine after every round, and teardown
 * must give every frame back.
 */
#include <pthread.h>
#include <unistd.h>
#include <public/memory.h>
#include "mm-check.h"

#define FRAMES 2048
#define PAGES 56	/* of each domain */
#define NR_THREADS 4
#define ROUNDS 30
#define OPS 500

static struct domain *domains[3];
static u64 pages[3][PAGES];	/* frames, by role: see role_of() */
static unsigned long accepted[16], tried[16];

/* Pages 0-3 are meant for level 4, 4-8 for level 3, ... so that a random entry often fits. */
static unsigned int role_of(unsigned int i)
{
	return i < 4  ? PAGE_L4 :
	       i < 9  ? PAGE_L3 :
	       i < 16 ? PAGE_L2 :
	       i < 28 ? PAGE_L1 :
	       i < 32 ? PAGE_DESC :
			PAGE_WRITABLE;
}

static unsigned int pick_role(unsigned int role)
{
	unsigned int i;

	do {
		i = host_random() % PAGES;
	} while (role_of(i) != role);
	return i;
}

static unsigned int pick_any(void) { return host_random() % PAGES; }
static bool chance(unsigned int percent) { return host_random() % 100 < percent; }

static u64 random_entry(unsigned int dom, unsigned int level)
{
	static const u64 odd[] = { PTE_PS, PTE_PWT,    PTE_PCD, PTE_G, PTE_NX,
				   PTE_US, 1ULL << 50, PTE_A,	PTE_D, 1ULL << 60 };
	unsigned int target;
	u64 e, m;

	if (chance(15))
		return chance(50) ? 0 : host_random() & ~PTE_P;
	if (chance(90))
		target = level == PAGE_L1 ? (chance(60) ? pick_role(PAGE_WRITABLE) : pick_any()) :
					    pick_role(level - 1);
	else
		target = pick_any();
	m = READ_ONCE(pages[dom][target]);
	if (chance(2))
		m = READ_ONCE(pages[host_random() % 3][target]);
	if (chance(1))
		m = host_random() % (FRAMES + 64);
	e = m << 12 | PTE_P | (chance(50) ? PTE_RW : 0);
	if (level > PAGE_L1)
		e |= PTE_RW;
	if (chance(20))
		e |= odd[host_random() % ARRAY_SIZE(odd)];
	return e;
}

static unsigned int random_index(unsigned int level)
{
	if (level == PAGE_L4 && chance(10))
		return HV_FIRST_SLOT + host_random() % 16;
	return chance(80) ? host_random() % 6 : 506 + host_random() % 6;
}

/* Goes on with a preempted call, unless the vCPU "never comes back". */
static long finish(long rc)
{
	while (rc == HOST_CONTINUED && !chance(3)) {
		u64 *a = host_continuation.args;

		switch (host_continuation.op) {
		case __HYPERVISOR_mmu_update:
			rc = do_mmu_update(a[0], a[1], a[2], a[3]);
			break;
		case __HYPERVISOR_mmuext_op:
			rc = do_mmuext_op(a[0], a[1], a[2], a[3]);
			break;
		case __HYPERVISOR_update_va_mapping:
			rc = do_update_va_mapping(a[0], a[1], a[2]);
			break;
		case __HYPERVISOR_update_va_mapping_otherdomain:
			rc = do_update_va_mapping_otherdomain(a[0], a[1], a[2], a[3]);
			break;
		case __HYPERVISOR_memory_op:
			rc = do_memory_op(a[0], a[1]);
			break;
		case __HYPERVISOR_update_descriptor:
			rc = do_update_descriptor(a[0], a[1]);
			break;
		default:
			abort();
		}
	}
	return rc;
}

static long mmuext(unsigned int cmd, u64 arg1, u64 arg2)
{
	struct mmuext_op op = { .cmd = cmd, .arg1.mfn = arg1 };

	op.arg2.src_mfn = arg2;
	return finish(do_mmuext_op((u64)&op, 1, 0, DOMID_SELF));
}

/* ------------------------------------------------------------------ what a vCPU does */

static long act_pin(unsigned int dom)
{
	unsigned int i = pick_any(), role = role_of(i);

	if (role > PAGE_L4 || chance(5))
		role = 1 + host_random() % 4;
	return mmuext(MMUEXT_PIN_L1_TABLE + role - 1, READ_ONCE(pages[dom][i]), 0);
}

static long act_unpin(unsigned int dom)
{
	return mmuext(MMUEXT_UNPIN_TABLE, READ_ONCE(pages[dom][pick_any()]), 0);
}

static long act_update(unsigned int dom)
{
	struct mmu_update req[6];
	unsigned int n = 1 + host_random() % ARRAY_SIZE(req), target = pick_any();
	u32 done = 0;

	for (unsigned int i = 0; i < n; i++) {
		unsigned int level = role_of(target);

		if (level > PAGE_L4)
			level = 1 + host_random() % 4;
		req[i].ptr = READ_ONCE(pages[dom][target]) << 12 | random_index(level) * 8 |
			     (chance(30) ? 2 : 0);
		req[i].val = random_entry(dom, level);
		if (chance(40))
			target = pick_any();
	}
	return finish(do_mmu_update((u64)req, n, (u64)&done, DOMID_SELF));
}

/* The guest's own stores: to any page it may write to at this moment. */
static long act_store(unsigned int dom)
{
	unsigned int i = pick_any(), level = role_of(i);
	struct page_info *pg = page_get_by_mfn(_mfn(READ_ONCE(pages[dom][i])), domains[dom]);
	long rc;

	if (!pg)
		return -1;
	rc = page_get_type(pg, PAGE_WRITABLE);
	for (unsigned int n = 0; !rc && n < 4; n++) {
		if (level > PAGE_L4)
			level = PAGE_L1;
		((u64 *)page_to_virt(pg))[random_index(level)] = random_entry(dom, level);
	}
	if (!rc)
		page_put_type(pg);
	page_put(pg);
	return rc;
}

static long act_base(unsigned int dom)
{
	u64 m = READ_ONCE(pages[dom][chance(95) ? pick_role(PAGE_L4) : pick_any()]);

	if (chance(20))
		return mmuext(MMUEXT_NEW_USER_BASEPTR, chance(50) ? 0 : m, 0);
	return mmuext(MMUEXT_NEW_BASEPTR, m, 0);
}

static long act_va_mapping(unsigned int dom)
{
	u64 va = 0;

	for (unsigned int level = 4; level; level--)
		va |= (u64)(host_random() % 6) << (12 + 9 * (level - 1));
	return finish(do_update_va_mapping(va, random_entry(dom, PAGE_L1), host_random() % 3));
}

static long act_gdt(unsigned int dom)
{
	u64 frames[14];
	unsigned int n = 1 + host_random() % 3;

	for (unsigned int i = 0; i < n; i++)
		frames[i] = READ_ONCE(pages[dom][chance(90) ? pick_role(PAGE_DESC) : pick_any()]);
	return do_set_gdt((u64)frames, chance(20) ? 0 : n * 512);
}

static long act_descriptor(unsigned int dom)
{
	return finish(do_update_descriptor((READ_ONCE(pages[dom][pick_role(PAGE_DESC)]) << 12) +
						   host_random() % 8 * 8,
					   chance(50) ? 0x00affb000000ffff : host_random()));
}

static long act_copy(unsigned int dom)
{
	u64 a = READ_ONCE(pages[dom][pick_any()]), b = READ_ONCE(pages[dom][pick_any()]);

	return chance(70) ? mmuext(MMUEXT_CLEAR_PAGE, a, 0) : mmuext(MMUEXT_COPY_PAGE, a, b);
}

/* Gives a page up and takes a new one; or trades one. */
static long act_reserve(unsigned int dom)
{
	unsigned int i = pick_any();
	u64 in = READ_ONCE(pages[dom][i]), out = i;
	struct xen_memory_exchange x = { .in = { .nr_extents = 1, .domid = DOMID_SELF },
					 .out = { .nr_extents = 1, .domid = DOMID_SELF } };
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	long rc;

	if (chance(50)) {
		x.in.extent_start.p = (void *)&in;
		x.out.extent_start.p = (void *)&out;
		rc = finish(do_memory_op(XENMEM_exchange, (u64)&x));
		if (!rc)
			WRITE_ONCE(pages[dom][i], out);
		return rc;
	}
	r.extent_start.p = (void *)&out;
	if (finish(do_memory_op(XENMEM_populate_physmap, (u64)&r)) != 1)
		return -1;
	WRITE_ONCE(pages[dom][i], out);
	r.extent_start.p = (void *)&in;
	return finish(do_memory_op(XENMEM_decrease_reservation, (u64)&r)) == 1 ? 0 : -1;
}

/* The control domain maps a guest's frame, or changes a guest's tables. */
static long act_foreign(unsigned int dom)
{
	unsigned int other = 1 + host_random() % 2;
	struct mmu_update req = { .ptr = READ_ONCE(pages[dom][pick_role(PAGE_L1)]) << 12 |
					 random_index(1) * 8 };

	if (chance(80)) {
		req.val = READ_ONCE(pages[other][pick_any()]) << 12 | PTE_P |
			  (chance(50) ? PTE_RW : 0);
		return finish(do_mmu_update((u64)&req, 1, 0, domains[other]->id));
	}
	req.ptr = READ_ONCE(pages[other][pick_role(PAGE_L2)]) << 12 | random_index(2) * 8;
	req.val = random_entry(other, PAGE_L2);
	return finish(do_mmu_update((u64)&req, 1, 0,
				    (domains[other]->id + 1) << 16 | domains[other]->id));
}

static long act_grant(unsigned int dom)
{
	u64 pte = READ_ONCE(pages[dom][pick_role(PAGE_L1)]) << 12 | random_index(1) * 8;
	u64 m = READ_ONCE(pages[1 + host_random() % 2][pick_any()]);
	unsigned int flags =
		GNTMAP_host_map | GNTMAP_contains_pte | (chance(50) ? GNTMAP_readonly : 0);

	return chance(50) ? pv_grant_map(pte, _mfn(m), flags, false, 0) :
			    pv_grant_unmap(pte, _mfn(m), 0, flags);
}

static long (*const actions[])(unsigned int dom) = {
	act_pin, act_unpin, act_update, act_update, act_store, act_base, act_va_mapping, act_gdt,
	act_descriptor, act_copy, act_reserve, act_foreign, act_grant, act_update,
};

static void act(unsigned int dom)
{
	unsigned int k = host_random() % ARRAY_SIZE(actions);
	long rc;

	if (!domains[dom]->privileged && (actions[k] == act_foreign || actions[k] == act_grant))
		k = 2;
	rc = actions[k](dom);
	__atomic_fetch_add(&tried[k], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&accepted[k], rc == 0, __ATOMIC_RELAXED);
}

/* ------------------------------------------------------------------ rounds */

static void *thread_main(void *arg)
{
	unsigned long t = (unsigned long)arg;
	/* Threads 0 and 1 are vCPUs of one guest, 2 of the other, 3 of the control domain. */
	unsigned int dom = t % NR_THREADS < 2 ? 1 : t % NR_THREADS == 2 ? 2 : 0;
	struct vcpu *v = domains[dom]->vcpus[t % 2];

	host_cpu_start(t % NR_THREADS, v);
	host_random_state = t * 2654435761u + 99;
	host_preempt_one_in = 1 + host_random() % 6;
	if (chance(30))
		host_preempt_one_in = 0;
	for (unsigned int i = 0; i < OPS; i++)
		act(dom);
	return NULL;
}

static void run_round(unsigned long seed)
{
	pthread_t t[NR_THREADS];

	for (unsigned long i = 0; i < NR_THREADS; i++)
		pthread_create(&t[i], NULL, thread_main, (void *)(seed * NR_THREADS + i));
	for (unsigned int i = 0; i < NR_THREADS; i++)
		pthread_join(t[i], NULL);
}

static void make_domain(unsigned int n)
{
	struct domain *d = domains[n] = host_domain_create(n, n == 0, PAGES + 8, 2);

	for (unsigned int i = 0; i < PAGES; i++)
		pages[n][i] = mfn_x(page_to_mfn(page_alloc_domain(d, 0, 0)));
	for (unsigned int i = 0; i < 2; i++)
		cpumask_set(&d->vcpus[i]->dirty_cpus, n == 1 ? i : n == 2 ? 2 : 3);
}

static void test_teardown(u64 free_before)
{
	host_cpu_start(3, domains[0]->vcpus[1]);
	host_preempt_one_in = 3;
	for (int n = 2; n >= 0; n--) {
		domains[n]->dying = DOMAIN_DYING;
		while (pv_mm_relinquish(domains[n]) || page_relinquish_domain(domains[n]))
			;
		tap_ok(check_everything(domains, 3), "the rules hold after domain %d is torn down",
		       n);
	}
	for (unsigned int n = 0; n < 3; n++)
		for (u32 m = domains[n]->page_list.head; m; m = host_frame_table[m].next)
			tap_note("left to domain %u: frame %x count %lx type %lx", n, m,
				 host_frame_table[m].count, host_frame_table[m].type);
	tap_ok(heap_free_count() == free_before, "teardown gives every frame back");
	tap_ok(!domains[0]->nr_pages && !domains[1]->nr_pages && !domains[2]->nr_pages &&
		       domains[1]->refs == 1,
	       "no domain owns a page or is kept by one");
}

int main(void)
{
	unsigned long seed = tap_seed();
	unsigned long good = 0;
	bool ok = true;
	u64 before;

	alarm(300);
	host_machine_init(FRAMES, NR_THREADS);
	boot_info.nr_e820 = 1;
	boot_info.e820[0] = (struct e820_entry){ 0x1000, (FRAMES - 17) * PAGE_SIZE, E820_RAM };
	page_init(46);
	mmio_first = FRAMES - 16;
	mmio_last = FRAMES - 9;
	heap_add_range(_mfn(1), _mfn(FRAMES - 16));
	before = heap_free_count();
	dom_io = host_domain_create(DOMID_IO, false, 0, 0);
	dom_xen = host_domain_create(DOMID_XEN, false, 0, 0);
	for (unsigned int n = 0; n < 3; n++)
		make_domain(n);
	for (unsigned int r = 0; ok && r < ROUNDS; r++) {
		run_round(seed + r);
		ok = check_everything(domains, 3);
	}
	tap_ok(ok, "the rules hold after every round of random operations on four CPUs");
	for (unsigned int k = 0; k < ARRAY_SIZE(actions); k++) {
		tap_note("action %u: %lu of %lu accepted", k, accepted[k], tried[k]);
		good += accepted[k] > 0;
	}
	tap_ok(good >= ARRAY_SIZE(actions) - 1,
	       "every kind of operation was accepted at some time");
	test_teardown(before);
	return tap_done();
}
