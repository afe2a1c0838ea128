/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domctl: vCPUs: register contexts, affinity, state.
 *
 * A vCPU is paused while its registers are read or set; pausing waits for it, so it happens without
 * any lock that a vCPU of the domain could be waiting for.
 */
#include <public/vcpu.h>
#include <xen/domain.h>
#include <xen/domctl.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/guest.h>
#include <xen/heap.h>
#include <xen/lib.h>
#include <xen/pv-guest.h>
#include <xen/sched.h>

/* --- contexts --- */

#define VM_ASSIST_KNOWN \
	(1u << VMASST_TYPE_writable_pagetables | 1u << VMASST_TYPE_pae_extended_cr3 | \
	 1u << VMASST_TYPE_architectural_iopl | 1u << VMASST_TYPE_runstate_update_flag)

/* The domain is paused. */
static int set_context(struct domain *d, struct vcpu *v, const struct vcpu_guest_context *c)
{
	int rc;

	/* One at a time with VCPUOP_initialise and the start of dying. */
	spin_lock(&d->lock);
	if (d->dying != DOMAIN_ALIVE)
		rc = -XEN_EINVAL;
	else
		rc = pv_vcpu_set_context(v, c);
	if (!rc) {
		v->initialised = true;
		/* Assistance belongs to the domain and comes with its first vCPU. */
		if (v->id == 0)
			d->vm_assist = c->vm_assist & VM_ASSIST_KNOWN;
	}
	spin_unlock(&d->lock);
	if (rc)
		return rc;
	if (c->flags & VGCF_online)
		return vcpu_up(v);
	vcpu_flag_set(v, VPF_DOWN);
	return 0;
}

long domctl_setvcpucontext(struct domain *d, struct xen_domctl *op)
{
	struct vcpu *v = domain_vcpu(d, op->u.vcpucontext.vcpu);
	struct vcpu_guest_context *c;
	long rc = -XEN_EFAULT;

	if (!v)
		return -XEN_EINVAL;
	/* Resetting a vCPU is for guests that are reset; paravirtual ones are made anew. */
	if (handle_is_null(op->u.vcpucontext.ctxt))
		return -XEN_EOPNOTSUPP;
	c = mem_new(struct vcpu_guest_context);
	if (!c)
		return -XEN_ENOMEM;
	if (!copy_from_guest_raw(c, handle_va(op->u.vcpucontext.ctxt), sizeof(*c))) {
		domain_pause(d);
		rc = set_context(d, v, c);
		domain_unpause(d);
	}
	mem_free(c);
	return rc == -XEN_EINTR ? -XEN_ERESTART : rc;
}

long domctl_getvcpucontext(struct domain *d, struct xen_domctl *op)
{
	struct vcpu *v = domain_vcpu(d, op->u.vcpucontext.vcpu);
	struct vcpu_guest_context *c;
	long rc = 0;

	if (!v)
		return -XEN_ESRCH;
	if (!v->initialised)
		return -XEN_ENODATA;
	c = mem_new(struct vcpu_guest_context);
	if (!c)
		return -XEN_ENOMEM;
	vcpu_pause(v);
	pv_vcpu_get_context(v, c);
	vcpu_unpause(v);
	if (copy_to_guest_raw(handle_va(op->u.vcpucontext.ctxt), c, sizeof(*c)))
		rc = -XEN_EFAULT;
	mem_free(c);
	return rc;
}

/* --- state --- */

long domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_getvcpuinfo *i = &op->u.getvcpuinfo;
	struct vcpu *v = domain_vcpu(d, i->vcpu);

	if (!v)
		return -XEN_ESRCH;
	i->online = !vcpu_flag_test(v, VPF_DOWN);
	i->blocked = vcpu_flag_test(v, VPF_BLOCKED);
	i->running = vcpu_is_running(v);
	i->cpu_time = vcpu_cpu_time(v);
	i->cpu = READ_ONCE(v->cpu);
	return 0;
}

long domctl_sendtrigger(struct domain *d, struct xen_domctl *op)
{
	struct vcpu *v = domain_vcpu(d, op->u.sendtrigger.vcpu);

	if (!v)
		return -XEN_ESRCH;
	if (op->u.sendtrigger.trigger != XEN_DOMCTL_SENDTRIGGER_NMI)
		return -XEN_ENOSYS;
	/* As VCPUOP_send_nmi does. */
	if (!v->initialised)
		return -XEN_EINVAL;
	__atomic_store_n(&v->nmi_pending, 1, __ATOMIC_SEQ_CST);
	vcpu_kick(v);
	return 0;
}

/* --- affinity --- */

static int check_affinity(const struct xen_domctl_vcpuaffinity *a)
{
	/* FORCE would break a pin that the guest itself set for firmware's sake. */
	if (a->flags & ~(u32)(XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT))
		return a->flags & XEN_VCPUAFFINITY_FORCE ? -XEN_EOPNOTSUPP : -XEN_EINVAL;
	return a->flags ? 0 : -XEN_EINVAL;
}

/* What is in force, to the maps that were given. */
static int report_affinity(const struct xen_domctl_vcpuaffinity *a, struct vcpu *v)
{
	unsigned long flags = sched_lock_vcpu(v);
	cpumask_t hard = v->hard_affinity, soft = v->soft_affinity;
	int rc = 0;

	sched_unlock_vcpu(v, flags);
	if (a->flags & XEN_VCPUAFFINITY_HARD) {
		cpumask_and(&hard, &hard, &cpu_online_map);
		rc = bitmap_to_tools(&a->cpumap_hard, &hard);
	}
	if (!rc && (a->flags & XEN_VCPUAFFINITY_SOFT)) {
		cpumask_and(&soft, &soft, &cpu_online_map);
		rc = bitmap_to_tools(&a->cpumap_soft, &soft);
	}
	return rc;
}

long domctl_setvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	struct vcpu *v = domain_vcpu(d, a->vcpu);
	cpumask_t hard, soft;
	int rc = check_affinity(a);

	if (!v)
		return -XEN_ESRCH;
	if (!rc && (a->flags & XEN_VCPUAFFINITY_HARD))
		rc = bitmap_from_tools(&hard, &a->cpumap_hard);
	if (!rc && (a->flags & XEN_VCPUAFFINITY_SOFT))
		rc = bitmap_from_tools(&soft, &a->cpumap_soft);
	if (!rc)
		rc = sched_set_affinity(v, a->flags & XEN_VCPUAFFINITY_HARD ? &hard : NULL,
					a->flags & XEN_VCPUAFFINITY_SOFT ? &soft : NULL);
	return rc ? rc : report_affinity(a, v);
}

long domctl_getvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	struct vcpu *v = domain_vcpu(d, a->vcpu);
	int rc = check_affinity(a);

	if (!v)
		return -XEN_ESRCH;
	return rc ? rc : report_affinity(a, v);
}
