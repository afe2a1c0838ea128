/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domctl: domains as a whole: making and ending them, pausing, limits, what the tools are told of
 * them.
 */
#include <xen/domain.h>
#include <xen/domctl.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/grant.h>
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/page.h>
#include <xen/sched.h>
#include <xen/time.h>

/* --- life --- */

/* Says why in the log, because the tools see only a number. */
static int refuse(const char *what, u32 value)
{
	log_notice("createdomain: %s %#x is not supported", what, value);
	return -XEN_EINVAL;
}

static int check_create(const struct xen_domctl_createdomain *c)
{
	u32 grants = XEN_DOMCTL_GRANT_version(c->grant_opts);

	if (c->flags & XEN_DOMCTL_CDF_hvm) {
		log_notice("createdomain: only paravirtual guests can be made");
		return -XEN_EOPNOTSUPP;
	}
	if (c->flags & ~XEN_DOMCTL_CDF_xs_domain)
		return refuse("a flag of", c->flags);
	if (c->iommu_opts || c->vmtrace_size)
		return refuse("an IOMMU option or trace of", c->iommu_opts | c->vmtrace_size);
	if (c->cpupool_id)
		return refuse("CPU pool", c->cpupool_id);
	if (!grants || grants > 2 || (c->grant_opts & ~XEN_DOMCTL_GRANT_version_mask))
		return refuse("grant option", c->grant_opts);
	if (!c->max_grant_frames || c->max_grant_frames > (s32)GRANT_MAX_FRAMES)
		return refuse("a number of grant frames of", c->max_grant_frames);
	if (c->max_maptrack_frames > (s32)GRANT_MAX_MAPTRACK_FRAMES)
		return refuse("a number of maptrack frames of", c->max_maptrack_frames);
	if (c->arch.emulation_flags & ~XEN_X86_EMU_PIT)
		return refuse("emulation of", c->arch.emulation_flags);
	if (c->arch.misc_flags & ~XEN_X86_MISC_FLAGS_MAX)
		return refuse("arch flag", c->arch.misc_flags);
	return 0;
}

long domctl_createdomain(struct domain *unused, struct xen_domctl *op)
{
	domid_t id = op->domain && op->domain < DOMID_FIRST_RESERVED ? op->domain : DOMID_INVALID;
	struct domain *d;
	int rc = check_create(&op->u.createdomain);

	if (!rc)
		rc = domain_create(id, &op->u.createdomain, false, &d);
	if (rc)
		return rc;
	op->domain = d->id;
	log_info("d%u: made, %u vCPUs", d->id, d->max_vcpus);
	domain_put(d);
	return 0;
}

long domctl_destroydomain(struct domain *d, struct xen_domctl *op) { return domain_kill(d); }
long domctl_pausedomain(struct domain *d, struct xen_domctl *op)
{
	return domain_pause_by_controller(d);
}
long domctl_unpausedomain(struct domain *d, struct xen_domctl *op)
{
	return domain_unpause_by_controller(d);
}
long domctl_resumedomain(struct domain *d, struct xen_domctl *op) { return domain_resume(d); }

/* --- information --- */

static void count_vcpus(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	bool blocked = true, running = false;
	struct vcpu *v;

	info->max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
	for_each_vcpu (d, v) {
		info->cpu_time += vcpu_cpu_time(v);
		info->max_vcpu_id = v->id;
		if (vcpu_flag_test(v, VPF_DOWN))
			continue;
		info->nr_online_vcpus++;
		blocked = blocked && vcpu_flag_test(v, VPF_BLOCKED);
		running = running || vcpu_is_running(v);
	}
	info->flags |= (blocked ? XEN_DOMINF_blocked : 0) | (running ? XEN_DOMINF_running : 0);
}

static u32 state_flags(struct domain *d)
{
	u32 flags = 0;

	if (READ_ONCE(d->dying) == DOMAIN_DEAD)
		flags |= XEN_DOMINF_dying;
	if (READ_ONCE(d->paused_by_controller))
		flags |= XEN_DOMINF_paused;
	if (READ_ONCE(d->debugger_attached))
		flags |= XEN_DOMINF_debugged;
	if (d->createflags & XEN_DOMCTL_CDF_xs_domain)
		flags |= XEN_DOMINF_xs_domain;
	if (READ_ONCE(d->is_shut_down))
		flags |= XEN_DOMINF_shutdown |
			 ((u32)READ_ONCE(d->shutdown_code) & XEN_DOMINF_shutdownmask)
				 << XEN_DOMINF_shutdownshift;
	return flags;
}

void domctl_fill_info(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	memset(info, 0, sizeof(*info));
	info->domain = d->id;
	info->flags = state_flags(d);
	count_vcpus(d, info);
	info->tot_pages = READ_ONCE(d->nr_pages);
	info->max_pages = READ_ONCE(d->max_pages);
	info->outstanding_pages = READ_ONCE(d->outstanding_claim);
	info->shared_info_frame =
		d->shared_info ? mfn_x(virt_to_mfn(d->shared_info)) : INVALID_MFN_RAW;
	info->ssidref = d->ssidref;
	memcpy(info->handle, d->handle, sizeof(info->handle));
	info->gpaddr_bits = page_paddr_bits;
}

long domctl_getdomaininfo(struct domain *unused, struct xen_domctl *op)
{
	struct domain *d = domain_get_next(op->domain);

	if (!d)
		return -XEN_ESRCH;
	domctl_fill_info(d, &op->u.getdomaininfo);
	op->domain = d->id;
	domain_put(d);
	return 0;
}

/* --- limits and properties --- */

long domctl_max_mem(struct domain *d, struct xen_domctl *op)
{
	u64 pages = op->u.max_mem.max_memkb >> (PAGE_SHIFT - 10);

	/* Below what it has now: then it cannot grow until it has given back enough. */
	spin_lock(&d->page_lock);
	d->max_pages = pages;
	spin_unlock(&d->page_lock);
	return 0;
}

long domctl_max_vcpus(struct domain *d, struct xen_domctl *op)
{
	struct vcpu *v;
	int rc = 0;

	if (op->u.max_vcpus.max != d->max_vcpus)
		return -XEN_EINVAL;
	spin_lock(&d->lock);
	for (unsigned int i = 0; !rc && i < d->max_vcpus; i++)
		if (READ_ONCE(d->dying) != DOMAIN_ALIVE)
			rc = -XEN_EINVAL;
		else if (!d->vcpus[i])
			rc = vcpu_create(d, i, &v);
	spin_unlock(&d->lock);
	return rc;
}

long domctl_setdomainhandle(struct domain *d, struct xen_domctl *op)
{
	spin_lock(&d->lock);
	memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
	spin_unlock(&d->lock);
	return 0;
}

long domctl_setdebugging(struct domain *d, struct xen_domctl *op)
{
	domain_pause(d);
	d->debugger_attached = op->u.setdebugging.enable != 0;
	domain_unpause(d);
	return 0;
}

long domctl_settimeoffset(struct domain *d, struct xen_domctl *op)
{
	s64 offset = op->u.settimeoffset.time_offset_seconds;

	/* Some centuries are enough, and the sum in nanoseconds does not overflow. */
	if (offset > (s64)1 << 32 || offset < -((s64)1 << 32))
		return -XEN_EINVAL;
	spin_lock(&d->lock);
	d->time_offset_seconds = offset;
	if (d->shared_info)
		time_update_wallclock(d);
	spin_unlock(&d->lock);
	return 0;
}

long domctl_scheduler_op(struct domain *d, struct xen_domctl *op)
{
	int rc;

	spin_lock(&d->lock);
	rc = sched_adjust_domain(d, &op->u.scheduler_op);
	spin_unlock(&d->lock);
	return rc;
}

long domctl_set_virq_handler(struct domain *d, struct xen_domctl *op)
{
	return event_set_global_virq_handler(d, op->u.set_virq_handler.virq);
}

/* One node: it is always the one, and asking for none of it is asking for the impossible. */
long domctl_setnodeaffinity(struct domain *d, struct xen_domctl *op)
{
	cpumask_t nodes;
	int rc = bitmap_from_tools(&nodes, &op->u.nodeaffinity.nodemap);

	if (rc)
		return rc;
	return cpumask_test(&nodes, 0) ? 0 : -XEN_EINVAL;
}

long domctl_getnodeaffinity(struct domain *d, struct xen_domctl *op)
{
	cpumask_t nodes = {{1}};

	return bitmap_to_tools(&op->u.nodeaffinity.nodemap, &nodes);
}

long domctl_set_address_size(struct domain *d, struct xen_domctl *op)
{
	switch (op->u.address_size.size) {
	case 64:
		return 0;
	case 32:
		return -XEN_EOPNOTSUPP;
	default:
		return -XEN_EINVAL;
	}
}

long domctl_get_address_size(struct domain *d, struct xen_domctl *op)
{
	op->u.address_size.size = 64;
	return 0;
}
