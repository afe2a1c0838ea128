/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domctl: the parts of a vCPU's state that its register context has no room for (vector registers,
 * callbacks, MSRs), and how a domain's time-stamp counter is told.  What comes from outside is
 * checked here or in the call below.
 */
#include <xen/domain.h>
#include <xen/domctl.h>
#include <xen/errno.h>
#include <xen/fpu.h>
#include <xen/guest.h>
#include <xen/heap.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/pv.h>
#include <xen/time.h>

/*
 * --- vector registers: XCR0, all that was ever on in it, and an XSAVE area in its standard form
 * ---
 */

struct xstate_head {
	u64 xcr0, xcr0_accum;
};

long domctl_getvcpuextstate(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpuextstate *e = &op->u.vcpuextstate;
	struct vcpu *v = domain_vcpu(d, e->vcpu);
	struct xstate_head head;
	u64 at = handle_va(e->buffer), size;
	long rc = 0;

	if (!v)
		return -XEN_ESRCH;
	vcpu_pause(v);
	head = (struct xstate_head){v->pv->xcr0, v->pv->xcr0_accum};
	size = cpu_features.xsave ? sizeof(head) + fpu_xsave_size(head.xcr0_accum) : 0;
	if (!at) {
		e->xfeature_mask = cpu_features.xcr0_mask;
		e->size = size;
	} else if (e->size != size) {
		rc = -XEN_EINVAL;
	} else if (size &&
		   (copy_to_guest_raw(at, &head, sizeof(head)) ||
		    copy_to_guest_raw(at + sizeof(head), v->pv->xsave_area, size - sizeof(head)))) {
		rc = -XEN_EFAULT;
	}
	vcpu_unpause(v);
	return rc;
}

long domctl_setvcpuextstate(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuextstate *e = &op->u.vcpuextstate;
	struct vcpu *v = domain_vcpu(d, e->vcpu);
	struct xstate_head *head;
	long rc = -XEN_EFAULT;

	if (!v)
		return -XEN_ESRCH;
	if (!cpu_features.xsave)
		return -XEN_EOPNOTSUPP;
	if (e->size < sizeof(*head) || e->size > sizeof(*head) + cpu_features.xsave_size)
		return -XEN_EINVAL;
	head = mem_alloc(e->size);
	if (!head)
		return -XEN_ENOMEM;
	if (!copy_from_guest_raw(head, handle_va(e->buffer), e->size)) {
		vcpu_pause(v);
		rc = fpu_import_xsave(v->pv, head->xcr0, head->xcr0_accum, head + 1,
				      e->size - sizeof(*head));
		vcpu_unpause(v);
	}
	mem_free(head);
	return rc;
}

/* --- MSRs: the only one with a state of its own that no context carries --- */

long domctl_get_vcpu_msrs(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpu_msrs *m = &op->u.vcpu_msrs;
	struct vcpu *v = domain_vcpu(d, m->vcpu);
	struct xen_domctl_vcpu_msr msr = {.index = MSR_TSC_AUX};
	u32 count;

	if (!v)
		return -XEN_ESRCH;
	vcpu_pause(v);
	msr.value = v->pv->tsc_aux;
	vcpu_unpause(v);
	count = msr.value != 0;
	if (handle_is_null(m->msrs)) {
		m->msr_count = 1;
		return 0;
	}
	if (m->msr_count < count)
		return -XEN_ENOBUFS;
	m->msr_count = count;
	return count && copy_to_guest(m->msrs, &msr, 1) ? -XEN_EFAULT : 0;
}

static int set_msr(struct vcpu *v, const struct xen_domctl_vcpu_msr *msr)
{
	if (msr->index != MSR_TSC_AUX || msr->reserved || msr->value >> 32)
		return -XEN_EINVAL;
	v->pv->tsc_aux = (u32)msr->value;
	return 0;
}

long domctl_set_vcpu_msrs(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpu_msrs *m = &op->u.vcpu_msrs;
	struct vcpu *v = domain_vcpu(d, m->vcpu);
	struct xen_domctl_vcpu_msr msr;
	int rc = 0;

	if (!v)
		return -XEN_ESRCH;
	if (m->msr_count > 64)
		return -XEN_E2BIG;
	vcpu_pause(v);
	for (u32 i = 0; !rc && i < m->msr_count; i++) {
		rc = copy_from_guest_offset(&msr, m->msrs, i, 1);
		if (!rc)
			rc = set_msr(v, &msr);
	}
	vcpu_unpause(v);
	return rc;
}

/* --- callbacks for 32-bit system calls --- */

#define EXT_SIZE_PV offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap)

long domctl_get_ext_vcpucontext(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;
	struct vcpu *v = domain_vcpu(d, e->vcpu);
	u32 id = e->vcpu;

	if (!v)
		return -XEN_ESRCH;
	vcpu_pause(v);
	*e = (struct xen_domctl_ext_vcpucontext){
		.vcpu = id,
		.size = sizeof(*e),
		.syscall32_callback_eip = v->pv->syscall32_callback,
		.sysenter_callback_eip = v->pv->sysenter_callback,
		.syscall32_callback_cs = FLAT_KERNEL_CS,
		.sysenter_callback_cs = FLAT_KERNEL_CS,
		.syscall32_disables_events = v->pv->syscall32_disables_events,
		.sysenter_disables_events = v->pv->sysenter_disables_events,
	};
	vcpu_unpause(v);
	return 0;
}

static bool canonical(u64 va) { return (u64)((s64)(va << 16) >> 16) == va; }

long domctl_set_ext_vcpucontext(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;
	struct vcpu *v = domain_vcpu(d, e->vcpu);

	if (!v)
		return -XEN_ESRCH;
	if (e->size < EXT_SIZE_PV || !canonical(e->syscall32_callback_eip) ||
	    !canonical(e->sysenter_callback_eip))
		return -XEN_EINVAL;
	/* Machine-check banks: a guest has none here, and cannot be given any. */
	if (e->size >= sizeof(*e) && (e->vmce.caps & 0xff))
		log_notice("d%u: its saved machine-check banks are dropped", d->id);
	vcpu_pause(v);
	v->pv->syscall32_callback = e->syscall32_callback_eip;
	v->pv->sysenter_callback = e->sysenter_callback_eip;
	v->pv->syscall32_disables_events = e->syscall32_disables_events != 0;
	v->pv->sysenter_disables_events = e->sysenter_disables_events != 0;
	vcpu_unpause(v);
	return 0;
}

/* --- time-stamp counter: guests read the machine's own --- */

#define TSC_MODE_DEFAULT	0
#define TSC_MODE_ALWAYS_EMULATE 1
#define TSC_MODE_NEVER_EMULATE	2

long domctl_gettscinfo(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_tsc_info *t = &op->u.tsc_info;

	spin_lock(&d->lock);
	*t = (struct xen_domctl_tsc_info){
		.tsc_mode = d->tsc.tsc_mode,
		.gtsc_khz = (u32)hw_time_tsc_khz(),
		.incarnation = d->tsc.incarnation,
	};
	spin_unlock(&d->lock);
	return 0;
}

long domctl_settscinfo(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_tsc_info *t = &op->u.tsc_info;

	if (t->tsc_mode == TSC_MODE_ALWAYS_EMULATE)
		return -XEN_EOPNOTSUPP;
	if (t->tsc_mode != TSC_MODE_DEFAULT && t->tsc_mode != TSC_MODE_NEVER_EMULATE)
		return -XEN_EINVAL;
	if (t->gtsc_khz && t->gtsc_khz != hw_time_tsc_khz())
		log_notice("d%u: its time-stamp counter ran at %u kHz and now runs at %llu kHz",
			   d->id, t->gtsc_khz, (unsigned long long)hw_time_tsc_khz());
	spin_lock(&d->lock);
	d->tsc.tsc_mode = t->tsc_mode;
	d->tsc.khz = t->gtsc_khz;
	d->tsc.elapsed = t->elapsed_nsec;
	d->tsc.incarnation = t->incarnation;
	spin_unlock(&d->lock);
	return 0;
}
