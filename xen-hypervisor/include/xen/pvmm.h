/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables of paravirtual guests: changing entries, walking, flushing.  Shared by guest/pv and
 * the memory hypercalls only.  Sources: guest/pv/pagetable.c (entries), guest/pv/mmu.c (vCPUs),
 * guest/pv/descriptors.c.
 */
#ifndef XEN_PVMM_H
#define XEN_PVMM_H

#include <xen/cpumask.h>
#include <xen/domain.h>
#include <xen/page.h>
#include <xen/speculation.h>

enum pv_update_mode {
	PV_UPDATE_PLAIN,
	PV_UPDATE_PRESERVE_AD,	/* accessed and dirty bits of the old entry stay set */
	/* only if the old entry is *expect; else -XEN_EAGAIN with *expect = what it is */
	PV_UPDATE_EXPECT,
};

/*
 * Writes an entry of a table.  The caller holds a type reference of that level, so that the table
 * stays one.  pt_owner: whose table; pg_owner: whose frame a level-1 entry may name (tables of a
 * guest consist of its own frames always).  0; -XEN_EINVAL, -XEN_EPERM; -XEN_ERESTART: nothing was
 * changed, try again.
 * A replaced upper entry may leave a table half taken apart: see pv_finish_dropped().
 */
int pv_entry_update(struct page_info *pt, enum page_type level, unsigned int index, u64 val,
		    enum pv_update_mode mode, u64 *expect, struct domain *pt_owner,
		    struct domain *pg_owner);
/* The quick way to the same for level 1. */
int pv_l1_update(struct page_info *pt, unsigned int index, u64 val, enum pv_update_mode mode,
		 u64 *expect, struct domain *pt_owner, struct domain *pg_owner);
/*
 * As many of the requests of mmu_update as are for entries of the level-1 table pt, one after the
 * other: *ret_done of them were carried out, and if the result is not 0 the next one failed.
 */
struct mmu_update;
int pv_l1_update_run(struct page_info *pt, const struct mmu_update *reqs, unsigned int n,
		     unsigned int *ret_done, struct domain *pt_owner, struct domain *pg_owner);

/*
 * Entries that are not present and read memory by speculation (guest/pv/l1tf.c).  Is it one that
 * may not be written: 0 or -XEN_EINVAL, the domain is crashed then.  _table: n entries from first.
 */
bool pv_l1tf_reads(u64 e);
int pv_l1tf_refuse(struct domain *d, u64 e);
int pv_l1tf_check_table(struct domain *d, const u64 *t, unsigned int first, unsigned int n);
static inline int pv_l1tf_check(struct domain *d, u64 e)
{
	return unlikely(spec_l1tf) && !(e & 1) && pv_l1tf_reads(e) ? pv_l1tf_refuse(d, e) : 0;
}

/*
 * Work owed for an entry that the current vCPU replaced before: 0 or -XEN_ERESTART.  Memory
 * hypercalls begin with it and end with it.
 */
int pv_finish_dropped_slow(struct vcpu *v);
#define pv_finish_dropped(v) (likely(!(v)->pv->dropped_table) ? 0 : pv_finish_dropped_slow(v))

/*
 * The level-1 table that maps va in the kernel's (or user's) address space of v, with a general and
 * a type reference, and the index of the entry; NULL when there is none.  v is current.
 */
struct page_info *pv_walk_l1(struct vcpu *v, bool user, u64 va, unsigned int *ret_index);
void pv_unwalk_l1(struct page_info *l1);
/* All entries of the walk, level 4 first; zeros from the first that is not present on. */
void pv_walk(struct vcpu *v, bool user, u64 va, u64 ret_entries[4]);

/* CPUs on which vCPUs of d may have translations. */
void pv_dirty_cpus(struct domain *d, cpumask_t *mask);
/*
 * CPUs of those of d's vCPUs that a guest's bitmap (of at least max_vcpus bits) names. 0 or
 * -XEN_EFAULT.
 */
int pv_vcpumask_to_cpus(struct domain *d, u64 guest_bitmap, cpumask_t *mask);

/*
 * The domain that a memory hypercall names as owner of frames: DOMID_SELF, DOMID_IO, DOMID_XEN, or
 * another one of which the caller is master.  0 (stays until pv_put_owner()), -XEN_ESRCH,
 * -XEN_EPERM.
 */
int pv_get_owner(domid_t id, struct domain **ret_d);
void pv_put_owner(struct domain *d);

/* Unmaps the lazily mapped LDT pages of all vCPUs of d; true when there was one. */
bool pv_forget_ldts(struct domain *d);

#endif
