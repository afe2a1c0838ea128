/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tools are told of the processor: CPUID leaves and feature words, of the machine or as
 * guests see them (guest/pv/cpuid.c decides that).  domctl and sysctl share it.
 *
 * A domain's policy is its feature words: before it first runs, features can be hidden from it.
 * Asking for one that guests are not shown fails and names the leaf.  What else the leaves say
 * (names, caches, topology) is the machine's, whatever is asked for.
 */
#include <xen/domain.h>
#include <xen/domctl.h>
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/cpupolicy.h>
#include <xen/pv-guest.h>
#include <xen/hw.h>

#define MAX_SUBLEAVES  64
#define BASIC_LIMIT    0xdu
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
	u64 at; /* guest address, 0: only count */
	u32 room, count;
	int rc;
};

static void put_leaf(struct leaf_sink *s, u32 leaf, u32 sub, const u32 *r)
{
	xen_cpuid_leaf_t l = {leaf, sub, r[0], r[1], r[2], r[3]};

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
	struct leaf_sink s = {.at = at, .room = *nr};

	put_leaves(&s, v, 0, BASIC_LIMIT);
	put_leaves(&s, v, EXTENDED_FIRST, EXTENDED_LIMIT);
	*nr = s.count;
	return s.rc;
}

/* --- feature words (public/arch-x86/cpufeatureset.h) --- */

u32 cpu_feature_word(struct vcpu *v, unsigned int i)
{
	u32 r[4], sub[4];

	read_leaf(v, cpu_words[i].leaf & 0x80000000, 0, r);
	if (r[0] < cpu_words[i].leaf)
		return 0;
	if (cpu_words[i].leaf == 7 && cpu_words[i].sub) {
		read_leaf(v, 7, 0, sub);
		if (sub[0] < cpu_words[i].sub)
			return 0;
	}
	read_leaf(v, cpu_words[i].leaf, cpu_words[i].sub, r);
	return r[cpu_words[i].reg];
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

/*
 * Bits that follow other things than a policy: OSXSAVE the guest's CR4, HTT and CMP_LEGACY the
 * topology.
 */
static u32 word_ignored(unsigned int i)
{
	static const u32 ignored[CPU_FEATURE_WORDS] = {
		[0] = 1u << 28, [1] = 1u << 27, [3] = 1u << 1};

	return ignored[i];
}

/* Notes what a leaf hides; false: it asks for more than there is. */
static bool take_leaf(const xen_cpuid_leaf_t *l, u32 *hidden)
{
	u32 given[4] = {l->a, l->b, l->c, l->d};

	for (unsigned int i = 0; i < CPU_FEATURE_WORDS; i++) {
		u32 shown, asked = given[cpu_words[i].reg];

		if (cpu_words[i].leaf != l->leaf ||
		    (l->subleaf != XEN_CPUID_NO_SUBLEAF && cpu_words[i].sub != l->subleaf))
			continue;
		/* As the caller sees it, from whom nothing is hidden. */
		shown = cpu_feature_word(current, i);
		if (asked & ~shown & ~word_ignored(i))
			return false;
		hidden[i] = shown & ~asked & ~word_ignored(i);
	}
	return true;
}

static int take_leaves(struct xen_domctl_cpu_policy *p, u32 *hidden)
{
	xen_cpuid_leaf_t l;

	for (u32 i = 0; i < p->nr_leaves; i++) {
		if (copy_from_guest_offset(&l, p->leaves, i, 1))
			return -XEN_EFAULT;
		if (!take_leaf(&l, hidden)) {
			p->err_leaf = l.leaf;
			p->err_subleaf = l.subleaf;
			return -XEN_EINVAL;
		}
	}
	return 0;
}

/* None is settable; 0 is what an MSR that is not there has. */
static int check_msrs(struct xen_domctl_cpu_policy *p)
{
	xen_msr_entry_t msr;

	for (u32 i = 0; i < p->nr_msrs; i++) {
		if (copy_from_guest_offset(&msr, p->msrs, i, 1))
			return -XEN_EFAULT;
		if (msr.flags || msr.val) {
			p->err_msr = msr.idx;
			return -XEN_EINVAL;
		}
	}
	return 0;
}

long domctl_set_cpu_policy(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_cpu_policy *p = &op->u.cpu_policy;
	u32 hidden[CPU_FEATURE_WORDS];
	int rc;

	BUILD_CHECK(sizeof(hidden) == sizeof(d->pv->cpuid_hidden));
	p->err_leaf = p->err_subleaf = p->err_msr = XEN_CPUID_INPUT_UNUSED;
	if (p->nr_leaves > 256 || p->nr_msrs > 64)
		return -XEN_E2BIG;
	/* A guest does not expect its processor to change. */
	if (READ_ONCE(d->creation_finished))
		return -XEN_EBUSY;
	memcpy(hidden, d->pv->cpuid_hidden, sizeof(hidden));
	rc = take_leaves(p, hidden);
	if (!rc)
		rc = check_msrs(p);
	if (!rc)
		memcpy(d->pv->cpuid_hidden, hidden, sizeof(hidden));
	return rc;
}
