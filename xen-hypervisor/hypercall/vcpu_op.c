/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vcpu_op: vCPUs of the caller's own domain.  A table row per command; the arguments are copied in
 * here, the work is done in core/vcpu.c.
 */
#include <public/arch-x86/xen.h>
#include <public/vcpu.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/guest.h>
#include <xen/heap.h>
#include <xen/hypercall.h>
#include <xen/pv.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/time.h>

static long initialise(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct domain *d = v->domain;
	long rc;

	/* One at a time, and only before the vCPU has ever had a context. */
	spin_lock(&d->lock);
	if (v->initialised)
		rc = -XEN_EEXIST;
	else if (!vcpu_has_info(v))
		rc = -XEN_EINVAL;
	else
		rc = pv_vcpu_set_context(v, c);
	if (!rc)
		v->initialised = true;
	spin_unlock(&d->lock);
	return rc;
}

static long op_initialise(struct vcpu *v, u64 arg)
{
	struct vcpu_guest_context *c = mem_new(struct vcpu_guest_context);
	long rc;

	if (!c)
		return -XEN_ENOMEM;
	if (copy_from_guest_raw(c, arg, sizeof(*c)))
		rc = -XEN_EFAULT;
	else
		rc = initialise(v, c);
	mem_free(c);
	if (rc == -XEN_ERESTART || rc == -XEN_EINTR)
		return hypercall_continue(__HYPERVISOR_vcpu_op, 3, VCPUOP_initialise, v->id, arg);
	return rc;
}

static long op_up(struct vcpu *v, u64 arg)
{
	return vcpu_up(v);
}

static long op_down(struct vcpu *v, u64 arg)
{
	vcpu_down(v);
	return 0;
}

static long op_is_up(struct vcpu *v, u64 arg)
{
	return !vcpu_flag_test(v, VPF_DOWN);
}

static long op_get_runstate(struct vcpu *v, u64 arg)
{
	struct vcpu_runstate_info r;

	vcpu_get_runstate(v, &r);
	return copy_to_guest_raw(arg, &r, sizeof(r)) ? -XEN_EFAULT : 0;
}

/* The area is the vCPU's own to use: another one's is noted and filled when that one runs next. */
static long op_register_runstate(struct vcpu *v, u64 arg)
{
	struct vcpu_register_runstate_memory_area a;
	struct vcpu_runstate_info r;

	if (copy_from_guest_raw(&a, arg, sizeof(a)))
		return -XEN_EFAULT;
	if (a.addr.p && !GUEST_RANGE_OK(a.addr.p, sizeof(r)))
		return -XEN_EFAULT;
	WRITE_ONCE(v->runstate_area, a.addr.p);
	if (v == current) {
		vcpu_update_runstate_area(v);
	} else if (a.addr.p) {
		vcpu_get_runstate(v, &r);
		if (copy_to_guest_raw(a.addr.p, &r, sizeof(r)))
			return -XEN_EFAULT;
	}
	return 0;
}

static long op_register_time(struct vcpu *v, u64 arg)
{
	struct vcpu_register_time_memory_area a;

	if (copy_from_guest_raw(&a, arg, sizeof(a)))
		return -XEN_EFAULT;
	if (a.addr.p && !GUEST_RANGE_OK(a.addr.p, sizeof(struct vcpu_time_info)))
		return -XEN_EFAULT;
	WRITE_ONCE(v->time_area, a.addr.p);
	/* Another vCPU's is filled when it runs next. */
	if (v == current)
		time_refresh_vcpu(v);
	else
		WRITE_ONCE(v->time_record.tsc_to_system_mul, 0);
	return 0;
}

static long op_set_periodic(struct vcpu *v, u64 arg)
{
	struct vcpu_set_periodic_timer p;

	if (copy_from_guest_raw(&p, arg, sizeof(p)))
		return -XEN_EFAULT;
	if (!p.period_ns || v != current)
		return -XEN_EINVAL;
	return vcpu_set_periodic(v, p.period_ns);
}

static long op_stop_periodic(struct vcpu *v, u64 arg)
{
	/* Linux stops those of vCPUs that it is about to bring up: they have none, as none is on by
	 * default. */
	if (v != current && !vcpu_flag_test(v, VPF_DOWN))
		return -XEN_EINVAL;
	return vcpu_set_periodic(v, 0);
}

static long op_set_singleshot(struct vcpu *v, u64 arg)
{
	struct vcpu_set_singleshot_timer s;

	if (v != current)
		return -XEN_EINVAL;
	if (copy_from_guest_raw(&s, arg, sizeof(s)))
		return -XEN_EFAULT;
	return vcpu_set_singleshot(v, s.timeout_abs_ns, s.flags & VCPU_SSHOTTMR_future);
}

static long op_stop_singleshot(struct vcpu *v, u64 arg)
{
	if (v != current)
		return -XEN_EINVAL;
	vcpu_stop_singleshot(v);
	return 0;
}

static long op_register_info(struct vcpu *v, u64 arg)
{
	struct vcpu_register_vcpu_info a;

	if (copy_from_guest_raw(&a, arg, sizeof(a)))
		return -XEN_EFAULT;
	return vcpu_register_info(v, a.mfn, a.offset);
}

static long op_send_nmi(struct vcpu *v, u64 arg)
{
	if (!v->initialised)
		return -XEN_EINVAL;
	__atomic_store_n(&v->nmi_pending, 1, __ATOMIC_SEQ_CST);
	vcpu_kick(v);
	return 0;
}

static long op_get_physid(struct vcpu *v, u64 arg)
{
	struct vcpu_get_physid p;

	/* Only the domain that drives the machine, and only for vCPUs that stay where they are. */
	if (!v->domain->is_hardware || cpumask_count(&v->hard_affinity) != 1)
		return -XEN_EINVAL;
	p.phys_id = hw_smp_physid(v->cpu);
	return copy_to_guest_raw(arg, &p, sizeof(p)) ? -XEN_EFAULT : 0;
}

static long (*const ops[])(struct vcpu *v, u64 arg) = {
	[VCPUOP_initialise] = op_initialise,
	[VCPUOP_up] = op_up,
	[VCPUOP_down] = op_down,
	[VCPUOP_is_up] = op_is_up,
	[VCPUOP_get_runstate_info] = op_get_runstate,
	[VCPUOP_register_runstate_memory_area] = op_register_runstate,
	[VCPUOP_set_periodic_timer] = op_set_periodic,
	[VCPUOP_stop_periodic_timer] = op_stop_periodic,
	[VCPUOP_set_singleshot_timer] = op_set_singleshot,
	[VCPUOP_stop_singleshot_timer] = op_stop_singleshot,
	[VCPUOP_register_vcpu_info] = op_register_info,
	[VCPUOP_send_nmi] = op_send_nmi,
	[VCPUOP_get_physid] = op_get_physid,
	[VCPUOP_register_vcpu_time_memory_area] = op_register_time,
};

long do_vcpu_op(u64 cmd, u64 vcpuid, u64 arg)
{
	struct vcpu *v = domain_vcpu(current->domain, (u32)vcpuid);

	cmd = (u32)cmd;
	if (!v)
		return -XEN_ENOENT;
	return cmd < ARRAY_SIZE(ops) ? ops[cmd](v, arg) : -XEN_ENOSYS;
}
