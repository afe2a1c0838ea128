/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Schedulers in the real backend: our hypervisor's three by their own numbers (public/own_sched.h),
 * those of other hypervisors by the shared ones.
 *
 * Relies on libxen. Relied on by backend-xen.c's table. Lock: hv_lock around each call. Which
 * scheduler runs is decided when the machine boots, so the numbers are asked for every time rather
 * than kept.
 */
#include <config.h>

#include <public/own_sched.h>

#include "common/util.h"
#include "xend/backend-xen.h"

static const struct scheduler_row {
	const char *name;
	uint32_t own, shared;
} schedulers[] = {
	{"bvt", XEN_OWN_SCHEDULER_BVT, XEN_SCHEDULER_CREDIT},
	{"rrobin", XEN_OWN_SCHEDULER_RROBIN, XEN_SCHEDULER_NULL},
	{"atropos", XEN_OWN_SCHEDULER_ATROPOS, XEN_SCHEDULER_RTDS},
	{"credit", 0, XEN_SCHEDULER_CREDIT},
	{"credit2", 0, XEN_SCHEDULER_CREDIT2},
	{"arinc653", 0, XEN_SCHEDULER_ARINC653},
	{"rtds", 0, XEN_SCHEDULER_RTDS},
	{"null", 0, XEN_SCHEDULER_NULL},
};

/* Domain 0 always exists: our hypervisor answers for it under the number of what it runs. */
static bool is_own(struct libxen *hv, uint32_t number)
{
	struct xen_domctl_scheduler_op op = {
		.sched_id = number, .cmd = XEN_DOMCTL_SCHEDOP_getinfo,
	};

	return libxen_domain_scheduler_op(hv, 0, &op) == 0;
}

static int find_scheduler(struct libxen *hv, const struct scheduler_row **ret_row)
{
	uint32_t id;
	int rc = libxen_host_scheduler(hv, &id);

	if (rc)
		return rc;
	for (size_t i = 0; i < ARRAY_SIZE(schedulers); i++) {
		if (schedulers[i].shared != id)
			continue;
		if (schedulers[i].own && !is_own(hv, schedulers[i].own))
			continue;
		*ret_row = &schedulers[i];
		return 0;
	}
	return -EOPNOTSUPP;
}

static int machine_op(struct libxen *hv, uint32_t number, uint32_t cmd, uint32_t *slice_us)
{
	struct xen_sysctl_scheduler_op op = { .sched_id = number, .cmd = cmd };
	struct xen_own_sched_machine own = { .slice_us = *slice_us };
	int rc;

	if (!number)
		return -EOPNOTSUPP;
	memcpy(&op.u, &own, sizeof(own));
	rc = libxen_host_scheduler_op(hv, &op);
	if (rc)
		return rc;
	memcpy(&own, &op.u, sizeof(own));
	*slice_us = own.slice_us;
	return 0;
}

static int scheduler(struct libxen *hv, struct backend_scheduler *ret)
{
	const struct scheduler_row *row;
	int rc = find_scheduler(hv, &row);

	if (rc)
		return rc;
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->name, sizeof(ret->name), "%s", row->name);
	ret->has_slice = machine_op(hv, row->own, XEN_SYSCTL_SCHEDOP_getinfo, &ret->slice_us) == 0;
	return 0;
}

static int set_slice(struct libxen *hv, uint32_t slice_us)
{
	const struct scheduler_row *row;
	int rc = find_scheduler(hv, &row);

	return rc ? rc : machine_op(hv, row->own, XEN_SYSCTL_SCHEDOP_putinfo, &slice_us);
}

static void take_own_bvt(const struct xen_domctl_scheduler_op *op, struct backend_sched_params *p)
{
	struct xen_own_sched_bvt own;

	memcpy(&own, &op->u, sizeof(own));
	p->has_weight = p->has_warp = true;
	p->weight = own.weight;
	p->cap = own.cap;
	p->warp_value_us = own.warp_value_us;
	p->warp_limit_us = own.warp_limit_us;
	p->warp_window_us = own.warp_window_us;
}

static int sched_get(struct libxen *hv, uint32_t domid, struct backend_sched_params *p)
{
	struct xen_domctl_scheduler_op op = { .cmd = XEN_DOMCTL_SCHEDOP_getinfo };
	const struct scheduler_row *row;
	int rc = find_scheduler(hv, &row);

	if (rc)
		return rc;
	op.sched_id = row->own ? row->own : row->shared;
	if (row->shared == XEN_SCHEDULER_NULL || row->shared == XEN_SCHEDULER_ARINC653)
		return -EOPNOTSUPP;
	rc = libxen_domain_scheduler_op(hv, domid, &op);
	if (rc)
		return rc;
	memset(p, 0, sizeof(*p));
	if (row->own == XEN_OWN_SCHEDULER_BVT) {
		take_own_bvt(&op, p);
	} else if (row->shared == XEN_SCHEDULER_RTDS) {
		p->has_period = true;
		p->period_us = op.u.rtds.period;
		p->slice_us = op.u.rtds.budget;
		p->extra = op.u.rtds.flags & XEN_DOMCTL_SCHEDRT_extra;
	} else {
		/* credit and credit2 have the same two members in the same places. */
		p->has_weight = true;
		p->weight = op.u.credit2.weight;
		p->cap = op.u.credit2.cap;
	}
	return 0;
}

static int sched_set(struct libxen *hv, uint32_t domid, const struct backend_sched_params *p)
{
	struct xen_domctl_scheduler_op op = { .cmd = XEN_DOMCTL_SCHEDOP_putinfo };
	const struct scheduler_row *row;
	int rc = find_scheduler(hv, &row);

	if (rc)
		return rc;
	op.sched_id = row->own ? row->own : row->shared;
	if (row->own == XEN_OWN_SCHEDULER_BVT) {
		struct xen_own_sched_bvt own = {
			.weight = p->weight, .cap = p->cap, .warp_value_us = p->warp_value_us,
			.warp_limit_us = p->warp_limit_us, .warp_window_us = p->warp_window_us,
		};

		memcpy(&op.u, &own, sizeof(own));
	} else if (p->has_period) {
		op.u.rtds.period = p->period_us;
		op.u.rtds.budget = p->slice_us;
		op.u.rtds.flags = p->extra ? XEN_DOMCTL_SCHEDRT_extra : 0;
	} else {
		op.u.credit2.weight = p->weight;
		op.u.credit2.cap = p->cap;
	}
	return libxen_domain_scheduler_op(hv, domid, &op);
}

#define HV_CALL(base, fn, ...) ({ \
	struct backend_xen *b_ = backend_xen_of(base); \
	int rc_; \
	pthread_mutex_lock(&b_->hv_lock); \
	rc_ = fn(b_->hv, __VA_ARGS__); \
	pthread_mutex_unlock(&b_->hv_lock); \
	rc_; })

int backend_scheduler(struct backend *base, struct backend_scheduler *ret)
{
	return HV_CALL(base, scheduler, ret);
}

int backend_set_slice(struct backend *base, uint32_t slice_us)
{
	return HV_CALL(base, set_slice, slice_us);
}

int backend_sched_get(struct backend *base, uint32_t domid, struct backend_sched_params *ret)
{
	return HV_CALL(base, sched_get, domid, ret);
}

int backend_sched_set(struct backend *base, uint32_t domid, const struct backend_sched_params *p)
{
	return HV_CALL(base, sched_set, domid, p);
}
