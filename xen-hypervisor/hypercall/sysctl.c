/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysctl: control of the machine by a privileged domain (hypercall/table.c lets nobody else in).
 * As domctl: one copy in, a table, one copy out.  What has no row does not exist here: -XEN_ENOSYS.
 */
#include <public/sysctl.h>
#include <xen/console.h>
#include <xen/cpupolicy.h>
#include <xen/domain.h>
#include <xen/domctl.h>
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/sysctl.h>

/* --- log and keys --- */

static long op_readconsole(struct xen_sysctl *op) { return console_read_ring(&op->u.readconsole); }

static long op_debug_keys(struct xen_sysctl *op)
{
	u64 at = handle_va(op->u.debug_keys.keys);
	char key;

	/* Each may print much; nobody needs more at a time. */
	if (op->u.debug_keys.nr_keys > 32)
		return -XEN_E2BIG;
	for (u32 i = 0; i < op->u.debug_keys.nr_keys; i++) {
		if (copy_from_guest_raw(&key, at + i, 1))
			return -XEN_EFAULT;
		key_press(key);
	}
	return 0;
}

/* --- domains --- */

static long op_getdomaininfolist(struct xen_sysctl *op)
{
	struct xen_sysctl_getdomaininfolist *l = &op->u.getdomaininfolist;
	u32 max = min(l->max_domains, (u32)DOMID_MAX + 1), n = 0;
	struct xen_domctl_getdomaininfo info;
	domid_t from = l->first_domain;
	struct domain *d;
	long rc = 0;

	while (!rc && n < max && (d = domain_get_next(from)) != NULL) {
		domctl_fill_info(d, &info);
		from = d->id + 1;
		domain_put(d);
		if (copy_to_guest_offset(l->buffer, n, &info, 1))
			rc = -XEN_EFAULT;
		n++;
	}
	l->num_domains = n;
	return rc;
}

/* --- schedulers and pools --- */

static long op_sched_id(struct xen_sysctl *op)
{
	op->u.sched_id.sched_id = sched_id();
	return 0;
}

/*
 * Parameters of the whole machine: those of our own schedulers, and for tools that know others only
 * what is in force.
 */
static long op_scheduler(struct xen_sysctl *op)
{
	struct xen_sysctl_scheduler_op *s = &op->u.scheduler_op;

	int rc;

	if (s->cpupool_id)
		return -XEN_ESRCH;
	rc = sched_adjust_machine(s);
	if (rc != -XEN_ENOENT)
		return rc;
	if (s->sched_id != sched_id())
		return -XEN_EINVAL;
	if (s->cmd != XEN_SYSCTL_SCHEDOP_getinfo || s->sched_id != XEN_SCHEDULER_CREDIT)
		return -XEN_EOPNOTSUPP;
	memset(&s->u, 0, sizeof(s->u));
	s->u.sched_credit.tslice_ms = XEN_SYSCTL_CSCHED_TSLICE_MIN;
	return 0;
}

static u32 count_domains(void)
{
	struct domain *d;
	unsigned int from = 0;
	u32 n = 0;

	while (from <= DOMID_MAX && (d = domain_get_next(from)) != NULL) {
		from = d->id + 1;
		n++;
		domain_put(d);
	}
	return n;
}

/* One pool, number 0, of all CPUs and domains. */
static long op_cpupool(struct xen_sysctl *op)
{
	struct xen_sysctl_cpupool_op *p = &op->u.cpupool_op;
	cpumask_t none = {{0}};

	switch (p->op) {
	case XEN_SYSCTL_CPUPOOL_OP_INFO:
		if (p->cpupool_id != 0 && p->cpupool_id != XEN_SYSCTL_CPUPOOL_PAR_ANY)
			/* "the first from this number on" */
			return -XEN_ENOENT;
		p->cpupool_id = 0;
		p->sched_id = sched_id();
		p->n_dom = count_domains();
		return bitmap_to_tools(&p->cpumap, &cpu_online_map);
	case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
		return bitmap_to_tools(&p->cpumap, &none);
	case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
		return p->cpupool_id == 0 ? 0 : -XEN_ENOENT;
	default:
		return -XEN_EOPNOTSUPP;
	}
}

/* --- the processor --- */

static long op_levelling_caps(struct xen_sysctl *op)
{
	/*
	 * The hypervisor masks nothing in hardware: guests ask it through the forced-emulation
	 * prefix.
	 */
	op->u.cpu_levelling_caps.caps = 0;
	return 0;
}

/* The vCPU whose view is asked for; NULL: the machine's. */
static long view_of(u32 index, struct vcpu **ret_v)
{
	switch (index) {
	case XEN_SYSCTL_cpu_policy_raw:
	case XEN_SYSCTL_cpu_policy_host:
		*ret_v = NULL;
		return 0;
	case XEN_SYSCTL_cpu_policy_pv_max:
	case XEN_SYSCTL_cpu_policy_pv_default:
		*ret_v = current;
		return 0;
	default:
		return index <= XEN_SYSCTL_cpu_policy_hvm_default ? -XEN_EOPNOTSUPP : -XEN_EINVAL;
	}
}

/* The same by the numbers of the older call. */
static long op_cpu_featureset(struct xen_sysctl *op)
{
	static const u32 views[] = {
		[XEN_SYSCTL_cpu_featureset_raw] = XEN_SYSCTL_cpu_policy_raw,
		[XEN_SYSCTL_cpu_featureset_host] = XEN_SYSCTL_cpu_policy_host,
		[XEN_SYSCTL_cpu_featureset_pv] = XEN_SYSCTL_cpu_policy_pv_default,
		[XEN_SYSCTL_cpu_featureset_hvm] = XEN_SYSCTL_cpu_policy_hvm_default,
		[XEN_SYSCTL_cpu_featureset_pv_max] = XEN_SYSCTL_cpu_policy_pv_max,
		[XEN_SYSCTL_cpu_featureset_hvm_max] = XEN_SYSCTL_cpu_policy_hvm_max,
	};
	struct xen_sysctl_cpu_featureset *f = &op->u.cpu_featureset;
	u32 word, n = min(f->nr_features, (u32)CPU_FEATURE_WORDS);
	struct vcpu *v;
	long rc;

	if (f->index >= ARRAY_SIZE(views))
		return -XEN_EINVAL;
	rc = view_of(views[f->index], &v);
	if (rc)
		return rc;
	if (handle_is_null(f->features))
		n = 0;
	for (u32 i = 0; i < n; i++) {
		word = cpu_feature_word(v, i);
		if (copy_to_guest_offset(f->features, i, &word, 1))
			return -XEN_EFAULT;
	}
	if (!handle_is_null(f->features) && f->nr_features < CPU_FEATURE_WORDS)
		rc = -XEN_ENOBUFS;
	f->nr_features = CPU_FEATURE_WORDS;
	return rc;
}

static long op_cpu_policy(struct xen_sysctl *op)
{
	struct xen_sysctl_cpu_policy *p = &op->u.cpu_policy;
	struct vcpu *v;
	long rc;

	if (p->_rsvd)
		return -XEN_EINVAL;
	rc = view_of(p->index, &v);
	if (!rc)
		rc = cpu_policy_leaves(v, handle_va(p->leaves), &p->nr_leaves);
	p->nr_msrs = 0;
	return rc;
}

/* --- dispatch --- */

static long (*const ops[])(struct xen_sysctl *op) = {
	[XEN_SYSCTL_readconsole] = op_readconsole,
	[XEN_SYSCTL_physinfo] = sysctl_physinfo,
	[XEN_SYSCTL_sched_id] = op_sched_id,
	[XEN_SYSCTL_perfc_op] = sysctl_perfc,
	[XEN_SYSCTL_getdomaininfolist] = op_getdomaininfolist,
	[XEN_SYSCTL_debug_keys] = op_debug_keys,
	[XEN_SYSCTL_getcpuinfo] = sysctl_getcpuinfo,
	[XEN_SYSCTL_availheap] = sysctl_availheap,
	[XEN_SYSCTL_cputopoinfo] = sysctl_cputopoinfo,
	[XEN_SYSCTL_numainfo] = sysctl_numainfo,
	[XEN_SYSCTL_cpupool_op] = op_cpupool,
	[XEN_SYSCTL_scheduler_op] = op_scheduler,
	[XEN_SYSCTL_pcitopoinfo] = sysctl_pcitopoinfo,
	[XEN_SYSCTL_get_cpu_levelling_caps] = op_levelling_caps,
	[XEN_SYSCTL_get_cpu_featureset] = op_cpu_featureset,
	[XEN_SYSCTL_get_cpu_policy] = op_cpu_policy,
};

long do_sysctl(u64 u_sysctl)
{
	struct xen_sysctl op;
	long rc;

	if (copy_from_guest_raw(&op, u_sysctl, sizeof(op)))
		return -XEN_EFAULT;
	if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
		return -XEN_EACCES;
	if (op.cmd >= ARRAY_SIZE(ops) || !ops[op.cmd])
		return -XEN_ENOSYS;
	rc = ops[op.cmd](&op);
	if (rc == -XEN_ERESTART)
		return hypercall_continue(__HYPERVISOR_sysctl, 1, u_sysctl);
	/* Too little room: the argument says how much there is. */
	if ((!rc || rc == -XEN_ENOBUFS) && copy_to_guest_raw(u_sysctl, &op, sizeof(op)))
		return -XEN_EFAULT;
	return rc;
}
