/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tools are told of the processor: CPUID leaves and feature words, of the machine or as guests see them
 * (guest/pv/cpuid.c decides that).  domctl and sysctl share it.
 *
 * A domain's policy cannot be widened, and is not narrowed either yet: setting one succeeds when every feature word
 * asked for is what the guest sees, and else names the leaf, so that nobody believes in a mask that is not there.
 */
#include <xen/domain.h>
#include <xen/domctl.h>
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/cpupolicy.h>
#include <xen/pv-guest.h>
#include <xen/hw.h>

#define MAX_SUBLEAVES 64
#define BASIC_LIMIT 0xdu
#define EXTENDED_FIRST 0x80000000u
#define EXTENDED_LIMIT 0x80000021u

/* v NULL: the machine's own. */
static void read_leaf(struct vcpu *v, u32 leaf, u32 sub, u32 *r)
{
	if (!v) {
		hw_cpuid(leaf, sub, r);
		return;
	}
	pv_cpuid(v, leaf, sub, r);
	if (leaf == 1) {
		/* What differs from one vCPU, and from one moment, to the next. */
		r[1] &= 0x00ffffff;
		r[2] &= ~(1u << 27);
	}
}

struct leaf_sink {
	u64 at;			/* guest address, 0: only count */
	u32 room, count;
	int rc;
};

static void put_leaf(struct leaf_sink *s, u32 leaf, u32 sub, const u32 *r)
{
	xen_cpuid_leaf_t l = { leaf, sub, r[0], r[1], r[2], r[3] };

	if (!s->rc && s->at) {
		if (s->count >= s->room)
			s->rc = -XEN_ENOBUFS;
		else if (copy_to_guest_raw(s->at + s->count * sizeof(l), &l, sizeof(l)))
			s->rc = -XEN_EFAULT;
	}
	s->count++;
}

/* Subleaves go on while this says so. */
static bool has_subleaf(struct vcpu *v, u32 leaf, u32 sub, const u32 *r)
{
	u32 first[4];

	switch (leaf) {
	case 4:
		return r[0] & 31;
	case 7:
		read_leaf(v, leaf, 0, first);
		return sub <= first[0];
	case 0xb:
		return sub < 2;
	default: /* 0xd: with holes */
		return sub < 63;
	}
}

static bool is_zero(const u32 *r) { return !(r[0] | r[1] | r[2] | r[3]); }

static void put_subleaves(struct leaf_sink *s, struct vcpu *v, u32 leaf)
{
	u32 r[4];

	for (u32 sub = 0; sub < MAX_SUBLEAVES; sub++) {
		read_leaf(v, leaf, sub, r);
		if (!has_subleaf(v, leaf, sub, r))
			return;
		if (leaf != 0xd || !is_zero(r))
			put_leaf(s, leaf, sub, r);
	}
}

static void put_leaves(struct leaf_sink *s, struct vcpu *v, u32 first, u32 limit)
{
	u32 r[4], last;

	read_leaf(v, first, 0, r);
	last = min(r[0], limit);
	for (u32 leaf = first; leaf <= last; leaf++) {
		if (leaf == 4 || leaf == 7 || leaf == 0xb || leaf == 0xd) {
			put_subleaves(s, v, leaf);
			continue;
		}
		read_leaf(v, leaf, 0, r);
		put_leaf(s, leaf, XEN_CPUID_NO_SUBLEAF, r);
	}
}

int cpu_policy_leaves(struct vcpu *v, u64 at, u32 *nr)
{
	struct leaf_sink s = { .at = at, .room = *nr };

	put_leaves(&s, v, 0, BASIC_LIMIT);
	put_leaves(&s, v, EXTENDED_FIRST, EXTENDED_LIMIT);
	*nr = s.count;
	return s.rc;
}

/* --- feature words (public/arch-x86/cpufeatureset.h) --- */

static const struct { u32 leaf, sub, reg; } words[CPU_FEATURE_WORDS] = {
	{ 1, 0, 3 }, { 1, 0, 2 }, { 0x80000001, 0, 3 }, { 0x80000001, 0, 2 },
	{ 0xd, 1, 0 }, { 7, 0, 1 }, { 7, 0, 2 }, { 0x80000007, 0, 3 },
	{ 0x80000008, 0, 1 }, { 7, 0, 3 }, { 7, 1, 0 }, { 0x80000021, 0, 0 },
	{ 7, 1, 1 },
};

u32 cpu_feature_word(struct vcpu *v, unsigned int i)
{
	u32 r[4], sub[4];

	read_leaf(v, words[i].leaf & 0x80000000, 0, r);
	if (r[0] < words[i].leaf)
		return 0;
	if (words[i].leaf == 7 && words[i].sub) {
		read_leaf(v, 7, 0, sub);
		if (sub[0] < words[i].sub)
			return 0;
	}
	read_leaf(v, words[i].leaf, words[i].sub, r);
	return r[words[i].reg];
}

/* --- domctl --- */

/* A vCPU to ask; all of a domain see the same. */
static struct vcpu *any_vcpu(struct domain *d)
{
	struct vcpu *v = domain_vcpu(d, 0);

	return v ? v : current;
}

long domctl_get_cpu_policy(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_cpu_policy *p = &op->u.cpu_policy;
	int rc = cpu_policy_leaves(any_vcpu(d), handle_va(p->leaves), &p->nr_leaves);

	p->nr_msrs = 0;
	return rc;
}

/* Does the leaf say anything about features that the guest does not see so? */
static bool leaf_differs(struct vcpu *v, const xen_cpuid_leaf_t *l)
{
	u32 given[4] = { l->a, l->b, l->c, l->d };

	for (unsigned int i = 0; i < CPU_FEATURE_WORDS; i++) {
		u32 mask = ~0u;

		if (words[i].leaf != l->leaf || (l->subleaf != XEN_CPUID_NO_SUBLEAF && words[i].sub != l->subleaf))
			continue;
		/* OSXSAVE follows the guest's CR4; HTT and CMP_LEGACY follow the topology that tools make up. */
		if (i == 1)
			mask = ~(1u << 27);
		else if (i == 0)
			mask = ~(1u << 28);
		else if (i == 3)
			mask = ~(1u << 1);
		if ((given[words[i].reg] ^ cpu_feature_word(v, i)) & mask)
			return true;
	}
	return false;
}

long domctl_set_cpu_policy(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_cpu_policy *p = &op->u.cpu_policy;
	struct vcpu *v = any_vcpu(d);
	xen_msr_entry_t msr;
	xen_cpuid_leaf_t l;

	p->err_leaf = p->err_subleaf = p->err_msr = XEN_CPUID_INPUT_UNUSED;
	if (p->nr_leaves > 256 || p->nr_msrs > 64)
		return -XEN_E2BIG;
	for (u32 i = 0; i < p->nr_leaves; i++) {
		if (copy_from_guest_offset(&l, p->leaves, i, 1))
			return -XEN_EFAULT;
		if (leaf_differs(v, &l)) {
			p->err_leaf = l.leaf;
			p->err_subleaf = l.subleaf;
			return -XEN_EINVAL;
		}
	}
	for (u32 i = 0; i < p->nr_msrs; i++) {
		if (copy_from_guest_offset(&msr, p->msrs, i, 1))
			return -XEN_EFAULT;
		/* None is settable; a value of 0 is what an MSR that is not there has. */
		if (msr.flags || msr.val) {
			p->err_msr = msr.idx;
			return -XEN_EINVAL;
		}
	}
	return 0;
}
