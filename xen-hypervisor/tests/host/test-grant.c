/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Grant tables: single rules, a long random run compared with a simple model after every call, and
 * vCPUs that race for the same handles while the granters rewrite their entries.  With the memory
 * checker of mm-check.h at the end.
 */
#include <pthread.h>
#include <xen/grant.h>
/* The checker's stand-in is not wanted here. */
#define grant_get_shared_frame mm_check_no_shared_frame
int grant_get_shared_frame(struct domain *d, u32 idx, mfn_t *ret_mfn);
#include "mm-check.h"
#undef grant_get_shared_frame

#include "../../core/grant_impl.h"

#define FRAMES		4096
#define PAGES		16 /* granted pages of each granter; the last is a page table */
#define REFS		24
#define SLOTS		64 /* page-table entries of the mapper */
#define MAPTRACK_FRAMES 2

static struct domain *granters[2], *mapper, *all[3];
static struct page_info *pages[2][PAGES], *table, *own;

/* hw-host/domains.c is without these. */
struct domain *domain_find(domid_t id)
{
	struct domain *d = domain_get(id);

	if (d)
		domain_put(d);
	return d;
}

struct domain *domain_get_self_or(domid_t id)
{
	if (id == DOMID_SELF || id == current->domain->id) {
		domain_hold(current->domain);
		return current->domain;
	}
	return domain_get(id);
}

static u64 mfn_of(const struct page_info *pg) { return mfn_x(page_to_mfn(pg)); }
static bool chance(unsigned int percent) { return host_random() % 100 < percent; }
static u64 slot_addr(unsigned int slot) { return mfn_of(table) << 12 | slot * 8; }
static u64 slot_entry(unsigned int slot) { return ((u64 *)page_to_virt(table))[slot]; }

/* A call with all its continuations. */
static long call(unsigned int cmd, void *ops, unsigned int count)
{
	long rc = do_grant_table_op(cmd, (u64)ops, count);

	while (rc == HOST_CONTINUED) {
		struct host_continuation c = host_continuation;

		rc = do_grant_table_op(c.args[0], c.args[1], c.args[2]);
	}
	return rc;
}

static void grant(unsigned int g, grant_ref_t ref, domid_t to, unsigned int page, u16 flags)
{
	struct grant_entry_v1 *e = grant_shared(granters[g], ref);

	WRITE_ONCE(e->frame, (u32)mfn_of(pages[g][page]));
	WRITE_ONCE(e->domid, to);
	__atomic_store_n(&e->flags, flags, __ATOMIC_SEQ_CST);
}
static u16 flags_of(unsigned int g, grant_ref_t ref)
{
	return READ_ONCE(grant_shared(granters[g], ref)->flags);
}

static struct gnttab_map_grant_ref map(unsigned int g, grant_ref_t ref, unsigned int slot,
				       u32 flags)
{
	struct gnttab_map_grant_ref op = {.dom = granters[g]->id,
					  .ref = ref,
					  .flags = flags,
					  .status = 99,
					  .host_addr = slot_addr(slot)};

	if (call(GNTTABOP_map_grant_ref, &op, 1))
		op.status = 98;
	return op;
}
static s16 unmap(grant_handle_t h, u64 addr)
{
	struct gnttab_unmap_grant_ref op = {.host_addr = addr, .handle = h, .status = 99};

	return call(GNTTABOP_unmap_grant_ref, &op, 1) ? 98 : op.status;
}

#define PTE_MAP	 (GNTMAP_host_map | GNTMAP_contains_pte)
#define RW_GRANT GTF_permit_access
#define RO_GRANT (GTF_permit_access | GTF_readonly)

/* ------------------------------------------------------------------ single rules */

static void test_tables(void)
{
	u64 frames[8] = {0};
	struct gnttab_setup_table s = {.dom = granters[0]->id, .nr_frames = 2};
	struct gnttab_query_size q = {.dom = DOMID_SELF};
	struct gnttab_set_version set = {2};
	struct gnttab_get_version get = {.dom = DOMID_SELF};
	mfn_t m;

	s.frame_list.p = frames;
	tap_ok(!call(GNTTABOP_setup_table, &s, 1) && !s.status && frames[0] && frames[1] &&
		       frames[0] != frames[1],
	       "a privileged domain sets up a guest's table of two frames");
	tap_ok(!grant_get_shared_frame(granters[0], 1, &m) && mfn_x(m) == frames[1],
	       "the tools find the same frames");
	s.nr_frames = granters[0]->max_grant_frames + 1;
	tap_ok(!call(GNTTABOP_setup_table, &s, 1) && s.status == GNTST_general_error,
	       "a table does not exceed its limit");
	tap_ok(grant_get_shared_frame(granters[0], ~0u, &m) == -XEN_EINVAL,
	       "nor by a number that overflows");
	host_cpu_start(0, granters[1]->vcpus[0]);
	s.nr_frames = 1;
	tap_ok(!call(GNTTABOP_setup_table, &s, 1) && s.status == GNTST_permission_denied,
	       "an ordinary guest does not see another's table");
	tap_ok(!call(GNTTABOP_query_size, &q, 1) && !q.status && !q.nr_frames &&
		       q.max_nr_frames == 4,
	       "it sees the size of its own");
	s.dom = DOMID_SELF;
	tap_ok(!call(GNTTABOP_setup_table, &s, 1) && !s.status && grant_nr_frames(granters[1]) == 1,
	       "and makes it grow");
	tap_ok(call(GNTTABOP_set_version, &set, 1) == -XEN_ENOSYS, "version 2 is refused");
	set.version = 1;
	tap_ok(!call(GNTTABOP_set_version, &set, 1), "version 1 is taken");
	tap_ok(!call(GNTTABOP_get_version, &get, 1) && get.version == 1, "and reported");
	tap_ok(call(GNTTABOP_transfer, &s, 1) == -XEN_ENOSYS && call(77, &s, 1) == -XEN_ENOSYS,
	       "transfers and unknown commands do not exist");
	tap_ok(call(GNTTABOP_copy, &s, 0x80000000u) == -XEN_EINVAL,
	       "a count that is negative is refused");
	tap_ok(call(GNTTABOP_map_grant_ref, NULL, 1) == -XEN_EFAULT,
	       "an argument that cannot be read is a fault");
	host_cpu_start(0, mapper->vcpus[0]);
}

static void test_map(void)
{
	struct page_info *pg = pages[0][3];
	u64 count = pg->count, type = pg->type;
	struct gnttab_map_grant_ref a, b;

	grant(0, 8, mapper->id, 3, RW_GRANT);
	a = map(0, 8, 5, PTE_MAP);
	tap_ok(!a.status && slot_entry(5) >> 12 == mfn_of(pg) && (slot_entry(5) & PTE_RW),
	       "a granted frame is mapped writable");
	tap_ok(a.dev_bus_addr == mfn_of(pg) << 12, "its machine address is told");
	tap_ok(flags_of(0, 8) == (RW_GRANT | GTF_reading | GTF_writing),
	       "the granter sees that it is in use");
	grant_shared(granters[0], 8)->frame = (u32)mfn_of(pages[0][4]);
	b = map(0, 8, 6, PTE_MAP | GNTMAP_readonly);
	tap_ok(!b.status && slot_entry(6) >> 12 == mfn_of(pg) && !(slot_entry(6) & PTE_RW),
	       "a second mapping gets the same frame, whatever the entry says since");
	tap_ok(b.handle != a.handle && unmap(a.handle, slot_addr(6)) == GNTST_bad_virt_addr &&
		       slot_entry(6),
	       "a mapping is not undone at another's address");
	tap_ok(!unmap(a.handle, slot_addr(5)) && !slot_entry(5), "it is undone at its own");
	tap_ok(flags_of(0, 8) == (RW_GRANT | GTF_reading),
	       "writing ends with the last writable mapping");
	tap_ok(unmap(a.handle, slot_addr(5)) == GNTST_bad_handle, "a handle is good once");
	tap_ok(!unmap(b.handle, slot_addr(6)) && flags_of(0, 8) == RW_GRANT,
	       "and nothing is in use after the last");
	tap_ok((pg->count & PAGE_COUNT_MASK) == (count & PAGE_COUNT_MASK) &&
		       !((pg->type ^ type) & PAGE_TYPE_COUNT),
	       "no reference to the frame is left");
	tap_ok(unmap(~0u, slot_addr(5)) == GNTST_bad_handle &&
		       unmap(200, slot_addr(5)) == GNTST_bad_handle,
	       "handles that never were are refused");
}

static void test_refusals(void)
{
	struct gnttab_map_grant_ref op = {.dom = 77, .flags = PTE_MAP};
	u64 count = pages[0][3]->count;
	u16 flags;

	grant(0, 9, mapper->id, 3, RO_GRANT);
	tap_ok(map(0, 9, 7, PTE_MAP).status == GNTST_permission_denied &&
		       flags_of(0, 9) == RO_GRANT,
	       "a read-only grant is not mapped writable");
	grant(0, 9, granters[1]->id, 3, RW_GRANT);
	tap_ok(map(0, 9, 7, PTE_MAP).status == GNTST_permission_denied,
	       "nor by somebody to whom it is not granted");
	grant(0, 9, mapper->id, 3, 0);
	tap_ok(map(0, 9, 7, PTE_MAP).status == GNTST_bad_gntref, "an empty entry grants nothing");
	grant(0, 9, mapper->id, 3, GTF_accept_transfer);
	tap_ok(map(0, 9, 7, PTE_MAP).status == GNTST_bad_gntref,
	       "nor does an entry of another kind");
	grant(0, 9, mapper->id, 3, RW_GRANT);
	tap_ok(map(0, 9, 7, 0).status == GNTST_bad_gntref,
	       "a mapping is for the host or for a device");
	tap_ok(map(0, 9, 7, PTE_MAP | 1 << 7).status == GNTST_general_error,
	       "flags that mean nothing are refused");
	tap_ok(map(0, 2 * REFS_PER_FRAME, 7, PTE_MAP).status == GNTST_bad_gntref &&
		       map(0, ~0u, 7, PTE_MAP).status == GNTST_bad_gntref,
	       "references beyond the table are refused");
	tap_ok(!call(GNTTABOP_map_grant_ref, &op, 1) && op.status == GNTST_bad_domain,
	       "so are domains that do not exist");
	op = (struct gnttab_map_grant_ref){
		.dom = granters[0]->id, .ref = 9, .flags = PTE_MAP, .host_addr = 0x123};
	tap_ok(!call(GNTTABOP_map_grant_ref, &op, 1) && op.status < 0,
	       "an address that is no entry is refused");
	tap_ok(flags_of(0, 9) == RW_GRANT && pages[0][3]->count == count,
	       "what failed left no trace");
	grant(0, 9, mapper->id, PAGES - 1, RW_GRANT);
	tap_ok(map(0, 9, 7, PTE_MAP).status == GNTST_general_error && flags_of(0, 9) == RW_GRANT,
	       "a page table is not mapped writable, granted or not");
	grant_shared(granters[0], 9)->frame = (u32)mfn_of(pages[1][0]);
	tap_ok(map(0, 9, 7, PTE_MAP | GNTMAP_readonly).status == GNTST_bad_page,
	       "one does not grant another's page");
	grant_shared(granters[0], 9)->frame = ~0u;
	tap_ok(map(0, 9, 7, PTE_MAP | GNTMAP_readonly).status == GNTST_bad_page,
	       "nor one that is no memory");
	flags = flags_of(0, 9);
	tap_ok(flags == RW_GRANT, "and the entries are free again");
}

static void test_kinds(void)
{
	struct gnttab_unmap_grant_ref u = {0}, both[2] = {{0}};
	struct gnttab_map_grant_ref a;

	grant(0, 10, mapper->id, 2, RW_GRANT);
	a = map(0, 10, 8, PTE_MAP | GNTMAP_device_map);
	u.handle = a.handle;
	u.dev_bus_addr = a.dev_bus_addr + PAGE_SIZE;
	tap_ok(!a.status && !call(GNTTABOP_unmap_grant_ref, &u, 1) &&
		       u.status == GNTST_bad_dev_addr,
	       "a device's mapping is not undone at a wrong address");
	u.dev_bus_addr = a.dev_bus_addr;
	tap_ok(!call(GNTTABOP_unmap_grant_ref, &u, 1) && !u.status && slot_entry(8) &&
		       (flags_of(0, 10) & GTF_writing),
	       "undoing the device's half leaves the host's");
	tap_ok(!unmap(a.handle, slot_addr(8)) && flags_of(0, 10) == RW_GRANT,
	       "which is undone by itself");
	a = map(0, 10, 8, PTE_MAP | GNTMAP_device_map);
	both[0].handle = both[1].handle = a.handle;
	both[0].host_addr = slot_addr(8);
	both[1].dev_bus_addr = a.dev_bus_addr;
	tap_ok(!call(GNTTABOP_unmap_grant_ref, both, 2) && !both[0].status && !both[1].status &&
		       flags_of(0, 10) == RW_GRANT,
	       "both may be undone in one batch");
}

static void test_replace(void)
{
	struct gnttab_map_grant_ref a;
	struct gnttab_unmap_and_replace r = {.new_addr = 0x1000};

	grant(0, 11, mapper->id, 2, RW_GRANT);
	a = map(0, 11, 9, PTE_MAP);
	r.host_addr = slot_addr(9);
	r.handle = a.handle;
	tap_ok(!call(GNTTABOP_unmap_and_replace, &r, 1) && r.status == GNTST_general_error &&
		       slot_entry(9),
	       "a mapping named by its entry cannot be replaced, and stays");
	tap_ok(!unmap(a.handle, slot_addr(9)), "and can be undone");
}

static struct gnttab_copy copy_op(u16 flags, domid_t from, u64 source, domid_t to, u64 dest)
{
	struct gnttab_copy c = {.flags = flags, .len = 64};

	c.source.domid = from;
	c.dest.domid = to;
	if (flags & GNTCOPY_source_gref)
		c.source.u.ref = source;
	else
		c.source.u.gmfn = source;
	if (flags & GNTCOPY_dest_gref)
		c.dest.u.ref = dest;
	else
		c.dest.u.gmfn = dest;
	return c;
}

static void test_copy(void)
{
	struct gnttab_copy c =
		copy_op(GNTCOPY_source_gref, granters[0]->id, 12, DOMID_SELF, mfn_of(own));
	char *from = page_to_virt(pages[0][1]), *to = page_to_virt(own);

	for (unsigned int i = 0; i < PAGE_SIZE; i++)
		from[i] = (char)i;
	memset(to, 0, PAGE_SIZE);
	grant(0, 12, mapper->id, 1, RO_GRANT);
	c.source.offset = 4032;
	c.dest.offset = 1;
	tap_ok(!call(GNTTABOP_copy, &c, 1) && !c.status && !memcmp(to + 1, from + 4032, 64) &&
		       !to[0] && !to[65],
	       "a copy copies what it says and no more");
	tap_ok(flags_of(0, 12) == RO_GRANT, "and leaves nothing in use");
	c.source.offset++;
	tap_ok(!call(GNTTABOP_copy, &c, 1) && c.status == GNTST_bad_copy_arg,
	       "it stays within the source page");
	c.source.offset = 0xffff;
	c.len = 0xffff;
	tap_ok(!call(GNTTABOP_copy, &c, 1) && c.status == GNTST_bad_copy_arg,
	       "also with numbers that could overflow");
	c = copy_op(GNTCOPY_dest_gref, DOMID_SELF, mfn_of(own), granters[0]->id, 12);
	tap_ok(!call(GNTTABOP_copy, &c, 1) && c.status == GNTST_permission_denied,
	       "a read-only grant is not written to");
	grant(0, 12, mapper->id, PAGES - 1, RW_GRANT);
	tap_ok(!call(GNTTABOP_copy, &c, 1) && c.status == GNTST_general_error &&
		       flags_of(0, 12) == RW_GRANT,
	       "nor a page table");
	c = copy_op(0, DOMID_SELF, mfn_of(own), granters[0]->id, mfn_of(pages[0][1]));
	tap_ok(!call(GNTTABOP_copy, &c, 1) && c.status == GNTST_permission_denied,
	       "another's frame needs a reference");
	c = copy_op(0, DOMID_SELF, mfn_of(pages[0][1]), DOMID_SELF, mfn_of(own));
	tap_ok(!call(GNTTABOP_copy, &c, 1) && c.status == GNTST_bad_page,
	       "calling it one's own does not help");
	c = copy_op(0, DOMID_SELF, mfn_of(own), DOMID_SELF, mfn_of(own));
	c.dest.offset = 3;
	tap_ok(!call(GNTTABOP_copy, &c, 1) && !c.status && to[3 + 1] == (char)4032,
	       "within one page it may overlap");
}

static void test_swap(void)
{
	struct gnttab_swap_grant_ref s = {13, 14, 99};
	struct gnttab_map_grant_ref a;

	grant(0, 13, mapper->id, 1, RW_GRANT);
	grant(0, 14, mapper->id, 2, RO_GRANT);
	host_cpu_start(0, granters[0]->vcpus[0]);
	tap_ok(!call(GNTTABOP_swap_grant_ref, &s, 1) && !s.status && flags_of(0, 13) == RO_GRANT,
	       "two entries change places");
	host_cpu_start(0, mapper->vcpus[0]);
	a = map(0, 13, 10, PTE_MAP | GNTMAP_readonly);
	host_cpu_start(0, granters[0]->vcpus[0]);
	tap_ok(!call(GNTTABOP_swap_grant_ref, &s, 1) && s.status == GNTST_eagain,
	       "but not while one is in use");
	host_cpu_start(0, mapper->vcpus[0]);
	tap_ok(!unmap(a.handle, slot_addr(10)), "and the mapping goes as usual");
}

static void test_limits(void)
{
	static struct gnttab_map_grant_ref ops[MAPTRACK_FRAMES * 256 + 1];
	unsigned int good = 0, bad = 0, freed = 0;

	grant(0, 15, mapper->id, 2, RW_GRANT);
	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++)
		ops[i] = (struct gnttab_map_grant_ref){
			.dom = granters[0]->id, .ref = 15, .flags = GNTMAP_device_map};
	host_preempt_one_in = 2;
	tap_ok(!call(GNTTABOP_map_grant_ref, ops, ARRAY_SIZE(ops)),
	       "a large batch is done piece by piece");
	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++) {
		good += ops[i].status == GNTST_okay;
		bad += ops[i].status == GNTST_no_space;
	}
	tap_ok(good == MAPTRACK_FRAMES * 256 && bad == 1,
	       "as many mappings as the domain may have, and then no more");
	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++) {
		struct gnttab_unmap_grant_ref u = {.dev_bus_addr = ops[i].dev_bus_addr,
						   .handle = ops[i].handle};

		if (!ops[i].status && !call(GNTTABOP_unmap_grant_ref, &u, 1))
			freed += u.status == GNTST_okay;
	}
	tap_ok(freed == good && flags_of(0, 15) == RW_GRANT, "all of which can be undone");
	grant_active(granters[0], 15)->pin[PIN_DEVICE_WRITE] = PIN_MAX;
	grant_active(granters[0], 15)->domid = mapper->id;
	tap_ok(map(0, 15, 0, GNTMAP_device_map).status == GNTST_no_space,
	       "uses of an entry are counted without overflow");
	grant_active(granters[0], 15)->pin[PIN_DEVICE_WRITE] = 0;
}

/* ------------------------------------------------------------------ random run against a model */

struct model_entry {
	unsigned int pins[2], frame_page;
}; /* reading, writing mappings; page when first used */
struct model_handle {
	bool live, write;
	unsigned int g, ref, slot;
};

static struct model_entry entries[2][REFS];
static struct model_handle handles[MAPTRACK_FRAMES * 256];
static struct {
	bool used, write;
	unsigned int g, page;
} slots[SLOTS];
static unsigned long model_faults, model_calls, model_okay;

static void expect_status(s16 got, s16 want, const char *what)
{
	model_calls++;
	model_okay += got == GNTST_okay;
	if (got != want && model_faults++ < 10)
		tap_note("%s: status %d, the model says %d", what, got, want);
}

static bool in_use(const struct model_entry *e) { return e->pins[0] + e->pins[1]; }

/* What beginning a use must say, by what the entry holds now. */
static s16 model_use(unsigned int g, unsigned int ref, bool write, unsigned int *ret_page)
{
	struct grant_entry_v1 e = *grant_shared(granters[g], ref);
	struct model_entry *m = &entries[g][ref];

	if (!in_use(m) || (write && !m->pins[1])) {
		if ((e.flags & GTF_type_mask) != GTF_permit_access)
			return GNTST_bad_gntref;
		if (e.domid != mapper->id || (write && (e.flags & GTF_readonly)))
			return GNTST_permission_denied;
	}
	*ret_page = m->frame_page;
	if (!in_use(m)) {
		*ret_page = PAGES;
		for (unsigned int i = 0; i < PAGES; i++)
			if (mfn_of(pages[g][i]) == e.frame)
				*ret_page = i;
		if (*ret_page == PAGES)
			return GNTST_bad_page;
	}
	return write && *ret_page == PAGES - 1 ? GNTST_general_error : GNTST_okay;
}

/* Mostly where nothing is: a mapping whose entry was overwritten can be undone no more. */
static unsigned int random_slot(void)
{
	unsigned int slot = host_random() % SLOTS;

	for (unsigned int i = 0; i < SLOTS && slots[slot].used && !chance(1); i++)
		slot = (slot + 1) % SLOTS;
	return slot;
}

static bool any_handle_free(void)
{
	for (unsigned int h = 0; h < ARRAY_SIZE(handles); h++)
		if (!handles[h].live)
			return true;
	return false;
}

static void random_map(void)
{
	unsigned int g = host_random() % 2, ref = host_random() % REFS, slot = random_slot(), page;
	bool write = chance(50);
	s16 want = any_handle_free() ? model_use(g, ref, write, &page) : GNTST_no_space;
	struct gnttab_map_grant_ref op = map(g, ref, slot, PTE_MAP | (write ? 0 : GNTMAP_readonly));

	expect_status(op.status, want, "map");
	if (op.status)
		return;
	entries[g][ref].pins[write]++;
	entries[g][ref].frame_page = page;
	if (op.handle >= ARRAY_SIZE(handles) || handles[op.handle].live) {
		model_faults++;
		return;
	}
	handles[op.handle] = (struct model_handle){true, write, g, ref, slot};
	slots[slot].used = true;
	slots[slot].write = write;
	slots[slot].g = g;
	slots[slot].page = page;
}

static s16 model_unmap(grant_handle_t h, u64 addr)
{
	struct model_handle *m = &handles[h];
	unsigned int page;

	if (!m->live)
		return GNTST_bad_handle;
	if (addr != slot_addr(m->slot))
		return GNTST_bad_virt_addr;
	page = entries[m->g][m->ref].frame_page;
	if (!slots[m->slot].used || slots[m->slot].g != m->g || slots[m->slot].page != page)
		return GNTST_general_error;
	m->live = false;
	entries[m->g][m->ref].pins[m->write]--;
	slots[m->slot].used = false;
	return GNTST_okay;
}

/* A batch; the same handle may be in it twice. */
static void random_unmap(void)
{
	struct gnttab_unmap_grant_ref ops[40];
	unsigned int n = 1 + host_random() % (chance(10) ? ARRAY_SIZE(ops) : 3);

	for (unsigned int i = 0; i < n; i++) {
		grant_handle_t h = host_random() % ARRAY_SIZE(handles);

		/* The next one that is alive, as a rule. */
		for (unsigned int k = 0; k < ARRAY_SIZE(handles) && !handles[h].live && chance(99);
		     k++)
			h = (h + 1) % ARRAY_SIZE(handles);

		ops[i] = (struct gnttab_unmap_grant_ref){.handle = h,
							 .host_addr = slot_addr(handles[h].slot)};
		if (chance(5))
			ops[i].host_addr ^= 8;
	}
	/*
	 * How many of a batch are done together depends on chance, so the order in which a batch's
	 * mappings end is the batch's own.
	 */
	if (call(GNTTABOP_unmap_grant_ref, ops, n))
		model_faults++;
	for (unsigned int i = 0; i < n; i++)
		expect_status(ops[i].status, model_unmap(ops[i].handle, ops[i].host_addr), "unmap");
}

static void random_copy(void)
{
	unsigned int g = host_random() % 2, ref = host_random() % REFS, page,
		     len = host_random() % 512;
	bool write = chance(50);
	s16 want = model_use(g, ref, write, &page);
	struct gnttab_copy c =
		write ? copy_op(GNTCOPY_dest_gref, DOMID_SELF, mfn_of(own), granters[g]->id, ref)
		      : copy_op(GNTCOPY_source_gref, granters[g]->id, ref, DOMID_SELF, mfn_of(own));

	c.len = len;
	c.source.offset = host_random() % (PAGE_SIZE - len + 1);
	c.dest.offset = host_random() % (PAGE_SIZE - len + 1);
	if (call(GNTTABOP_copy, &c, 1))
		model_faults++;
	expect_status(c.status, want, "copy");
	if (!c.status) {
		char *theirs = page_to_virt(pages[g][page]), *ours = page_to_virt(own);

		if (write ? memcmp(theirs + c.dest.offset, ours + c.source.offset, len)
			  : memcmp(ours + c.dest.offset, theirs + c.source.offset, len))
			model_faults++;
	}
}

/* The granter changes its mind; also, against the rules, about an entry that is in use. */
static void random_regrant(void)
{
	unsigned int g = host_random() % 2, ref = host_random() % REFS;
	struct grant_entry_v1 *e = grant_shared(granters[g], ref);
	u16 keep = e->flags & (GTF_reading | GTF_writing);

	if (keep && chance(80)) {
		e->frame = (u32)mfn_of(pages[g][host_random() % PAGES]);
		return;
	}
	e->frame = (u32)mfn_of(chance(95) ? pages[g][host_random() % PAGES] : pages[!g][0]);
	e->domid = chance(90) ? mapper->id : granters[!g]->id;
	e->flags = (chance(90) ? (chance(50) ? RW_GRANT : RO_GRANT) : 0) | keep;
}

static void check_model(void)
{
	for (unsigned int g = 0; g < 2; g++)
		for (unsigned int ref = 0; ref < REFS; ref++) {
			struct model_entry *m = &entries[g][ref];
			u16 bits = flags_of(g, ref) & (GTF_reading | GTF_writing);

			if (bits !=
			    ((in_use(m) ? GTF_reading : 0) | (m->pins[1] ? GTF_writing : 0)))
				if (model_faults++ < 10)
					tap_note("entry %u of %u: in-use bits %x", ref, g, bits);
		}
}

/* References that mappings and entries must hold on each page. */
static void check_counts(void)
{
	u64 general[2][PAGES] = {{0}}, writable[2][PAGES] = {{0}};

	for (unsigned int h = 0; h < ARRAY_SIZE(handles); h++)
		if (handles[h].live) {
			struct model_handle *m = &handles[h];

			general[m->g][entries[m->g][m->ref].frame_page]++;
			writable[m->g][entries[m->g][m->ref].frame_page] += m->write;
		}
	for (unsigned int s = 0; s < SLOTS; s++)
		if (slots[s].used) {
			general[slots[s].g][slots[s].page]++;
			writable[slots[s].g][slots[s].page] += slots[s].write;
		}
	for (unsigned int g = 0; g < 2; g++)
		for (unsigned int i = 0; i < PAGES; i++) {
			u64 base = i == PAGES - 1 ? 2 : 1,
			    types = i == PAGES - 1 ? 1 : writable[g][i];

			if ((pages[g][i]->count & PAGE_COUNT_MASK) != base + general[g][i] ||
			    (pages[g][i]->type & PAGE_TYPE_COUNT) != types)
				if (model_faults++ < 10)
					tap_note("page %u of %u: count %lx type %lx, the model "
						 "says %lu+%lu, %lu",
						 i, g, pages[g][i]->count, pages[g][i]->type, base,
						 general[g][i], types);
		}
}

static void test_random(void)
{
	static void (*const actions[])(void) = {random_map, random_map, random_unmap, random_copy,
						random_regrant};

	host_preempt_one_in = 3;
	for (unsigned int i = 0; i < 60000; i++) {
		actions[host_random() % ARRAY_SIZE(actions)]();
		check_model();
		if (i % 16 == 0)
			check_counts();
	}
	tap_note("%lu operations, %lu accepted", model_calls, model_okay);
	tap_ok(!model_faults, "a long random run does what the model says");
	tap_ok(model_okay > model_calls / 20, "and much of it succeeds");
}

/* The domain that maps dies with mappings left, some of which nobody could undo any more. */
static void test_release(void)
{
	unsigned int live = 0, in_use_left = 0;

	for (unsigned int h = 0; h < ARRAY_SIZE(handles); h++)
		live += handles[h].live;
	host_cpu_start(1, granters[0]->vcpus[0]);
	while (grant_release_mappings(mapper))
		;
	for (unsigned int g = 0; g < 2; g++)
		for (unsigned int ref = 0; ref < REFS; ref++)
			in_use_left += (flags_of(g, ref) & (GTF_reading | GTF_writing)) != 0;
	tap_ok(!in_use_left, "a domain that dies with %u mappings leaves nothing in use", live);
	tap_ok(granters[0]->refs == 2 && granters[1]->refs == 2, "and does not keep the granters");
	for (unsigned int s = 0; s < SLOTS; s++)
		slots[s].used = slots[s].used && slot_entry(s);
	memset(handles, 0, sizeof(handles));
	model_faults = 0;
	check_counts();
	tap_ok(!model_faults,
	       "the page tables keep their own references until they are taken apart");
	mapper->grant->release_next = 0;
	host_cpu_start(0, mapper->vcpus[0]);
}

/* ------------------------------------------------------------------ races */

#define RACERS	     3
#define RACE_HANDLES 32
static u32 race_handles
	/* handle << 8 | slot, or 0: shared by all, so that they unmap the same ones */
	[RACE_HANDLES];
static u32 race_stop;

static void race_map(void)
{
	unsigned int slot = 64 + host_random() % 256, i = host_random() % RACE_HANDLES;
	struct gnttab_map_grant_ref op = map(host_random() % 2, host_random() % REFS, slot,
					     PTE_MAP | (chance(50) ? GNTMAP_readonly : 0));

	if (!op.status)
		WRITE_ONCE(race_handles[i], op.handle << 10 | slot);
}

static void race_unmap(void)
{
	u32 x = READ_ONCE(race_handles[host_random() % RACE_HANDLES]);

	if (x)
		unmap(x >> 10, slot_addr(x & 1023));
}

static void race_copy(void)
{
	bool write = chance(50);
	domid_t peer = granters[host_random() % 2]->id;
	struct gnttab_copy ops[8];

	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++)
		ops[i] = write ? copy_op(GNTCOPY_dest_gref, DOMID_SELF, mfn_of(own), peer,
					 host_random() % REFS)
			       : copy_op(GNTCOPY_source_gref, peer, host_random() % REFS,
					 DOMID_SELF, mfn_of(own));
	call(GNTTABOP_copy, ops, ARRAY_SIZE(ops));
}

static void *racer(void *arg)
{
	unsigned long n = (unsigned long)arg;

	host_cpu_start(n % 4, mapper->vcpus[n % 2]);
	host_random_state = n * 2654435761u + 7;
	host_preempt_one_in = 4;
	for (unsigned int i = 0; i < 20000; i++)
		if (chance(45))
			race_map();
		else if (chance(80))
			race_unmap();
		else
			race_copy();
	return NULL;
}

/* Plays by the rules: revokes only what is not in use, and then nobody may be using it. */
static void *revoker(void *arg)
{
	unsigned long stolen = 0;

	host_cpu_start(4, granters[0]->vcpus[0]);
	host_random_state = (unsigned long)arg;
	while (!READ_ONCE(race_stop)) {
		unsigned int g = host_random() % 2, ref = host_random() % REFS;
		struct grant_entry_v1 *e = grant_shared(granters[g], ref);
		u16 f = READ_ONCE(e->flags);

		if (f & (GTF_reading | GTF_writing))
			continue;
		if (!__atomic_compare_exchange_n(&e->flags, &f, 0, false, __ATOMIC_SEQ_CST,
						 __ATOMIC_SEQ_CST))
			continue;
		stolen += READ_ONCE(grant_active(granters[g], ref)->pins) != 0 &&
			  (READ_ONCE(e->flags) & GTF_reading);
		WRITE_ONCE(e->frame, (u32)mfn_of(pages[g][host_random() % PAGES]));
		__atomic_store_n(&e->flags, chance(50) ? RW_GRANT : RO_GRANT, __ATOMIC_SEQ_CST);
	}
	return (void *)stolen;
}

static void test_races(unsigned long seed)
{
	unsigned int left = 0, pinned = 0;
	pthread_t t[RACERS], r;
	void *stolen;
	u16 flags;

	for (unsigned int g = 0; g < 2; g++)
		for (unsigned int ref = 0; ref < REFS; ref++)
			grant(g, ref, mapper->id, ref % PAGES, RW_GRANT);
	pthread_create(&r, NULL, revoker, (void *)(seed | 1));
	for (unsigned long i = 0; i < RACERS; i++)
		pthread_create(&t[i], NULL, racer, (void *)(seed + i));
	for (unsigned int i = 0; i < RACERS; i++)
		pthread_join(t[i], NULL);
	WRITE_ONCE(race_stop, 1);
	pthread_join(r, &stolen);
	tap_ok(!stolen, "an entry that was taken back is in nobody's use");
	while (grant_release_mappings(mapper))
		;
	for (unsigned int h = 0; h < mapper->grant->nr_mappings; h++)
		left += mapper->grant->maptrack[h / MAPPINGS_PER_FRAME][h % MAPPINGS_PER_FRAME]
				.flags != 0;
	for (unsigned int g = 0; g < 2; g++)
		for (unsigned int ref = 0; ref < REFS; ref++) {
			flags = flags_of(g, ref);
			pinned += grant_active(granters[g], ref)->pins ||
				  (flags & (GTF_reading | GTF_writing));
		}
	tap_ok(!left && !pinned,
	       "after vCPUs raced for the same handles, none is lost and no entry stays in use");
	left = 0;
	for (u32 h = mapper->grant->free_head;
	     h != MAPPING_NONE && left <= mapper->grant->nr_mappings; left++)
		h = mapper->grant->maptrack[h / MAPPINGS_PER_FRAME][h % MAPPINGS_PER_FRAME].ref;
	tap_ok(left == mapper->grant->nr_mappings, "each handle is on the free list once");
}

/* ------------------------------------------------------------------ */

static void make_domain(struct domain **d, domid_t id, u32 maptrack)
{
	*d = host_domain_create(id, id == 3, 64, 2);
	(*d)->refs = 2;
	(*d)->max_grant_frames = 4;
	(*d)->max_maptrack_frames = maptrack;
	if (grant_init(*d, 4, maptrack))
		exit(2);
	cpumask_set(&(*d)->vcpus[0]->dirty_cpus, id);
}

static u64 make_machine(void)
{
	u64 free_before;

	struct mmuext_op pin = {.cmd = MMUEXT_PIN_L1_TABLE};

	make_domain(&granters[0], 1, 1);
	make_domain(&granters[1], 2, 1);
	make_domain(&mapper, 3, MAPTRACK_FRAMES);
	all[0] = granters[0];
	all[1] = granters[1];
	all[2] = mapper;
	/* The small-object cache of the pointers to maptrack frames keeps the page it takes. */
	mem_free(mem_new_array(void *, MAPTRACK_FRAMES));
	free_before = heap_free_count();
	for (unsigned int g = 0; g < 2; g++) {
		for (unsigned int i = 0; i < PAGES; i++)
			pages[g][i] = page_alloc_domain(granters[g], 0, 0);
		host_cpu_start(0, granters[g]->vcpus[0]);
		pin.arg1.mfn = mfn_of(pages[g][PAGES - 1]);
		tap_ok(!do_mmuext_op((u64)&pin, 1, 0, DOMID_SELF), "granter %u has a page table",
		       g);
	}
	table = page_alloc_domain(mapper, 0, 0);
	own = page_alloc_domain(mapper, 0, 0);
	host_cpu_start(0, mapper->vcpus[0]);
	pin.arg1.mfn = mfn_of(table);
	tap_ok(!do_mmuext_op((u64)&pin, 1, 0, DOMID_SELF), "and so has the domain that maps");
	/* A domain's pages hold a reference to it. */
	for (unsigned int i = 0; i < 3; i++)
		all[i]->refs = 2;
	return free_before;
}

static void test_end(u64 free_before)
{
	for (unsigned int i = 0; i < 3; i++) {
		unsigned int k = 2 - i;

		all[k]->dying = DOMAIN_DYING;
		host_cpu_start(5, all[k]->vcpus[0]);
		while (pv_mm_relinquish(all[k]) || page_relinquish_domain(all[k]))
			;
	}
	for (unsigned int i = 0; i < 3; i++)
		grant_destroy(all[i]);
	tap_ok(check_everything(all, 3), "the rules of memory hold when all is taken apart");
	if (heap_free_count() != free_before)
		tap_note("%lu frames free before, %lu after", free_before, heap_free_count());
	tap_ok(heap_free_count() == free_before, "and every frame has come back");
}

int main(void)
{
	unsigned long seed = tap_seed();
	u64 free_before;

	host_machine_init(FRAMES, 6);
	heap_add_range(_mfn(16), _mfn(FRAMES));
	mmio_first = 1;
	host_cpu_start(0, NULL);
	free_before = make_machine();
	test_tables();
	test_map();
	test_refusals();
	test_kinds();
	test_replace();
	test_copy();
	test_swap();
	test_limits();
	host_random_state = seed;
	test_random();
	test_release();
	test_races(seed);
	test_end(free_before);
	return tap_done();
}
