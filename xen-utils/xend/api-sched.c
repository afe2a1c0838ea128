/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Schedulers as a resource: which one runs, what it lets be set, and the parameters of a domain.
 *
 * Relies on the backend for the calls; on route.c as api-domain.c does. The operations with names
 * of Xen 2.0 take that version's members and units and become the same calls.
 */
#include <config.h>

#include "xend/route.h"
#include "xend/xend.h"

#define SLICE_MIN_US	100
#define SLICE_MAX_US	1000000
#define TIME_MAX_US	10000000
#define MCUADV_DEFAULT	10	/* of Xen 2.0: as fast as anybody */
#define WEIGHT_DEFAULT	256

static int refused(struct call *c, int rc)
{
	struct backend_scheduler s;

	if (rc == -EOPNOTSUPP && c->x->backend->ops->scheduler(c->x->backend, &s) == 0)
		return xend_fail(&c->err, EOPNOTSUPP,
				 "The scheduler that runs, %s, has no such parameters; boot the "
				 "hypervisor with sched=bvt or sched=atropos for one that has.",
				 s.name);
	return xend_fail(&c->err, -rc, "The scheduler refuses that: %s.", strerror(-rc));
}

/* NULL want: whichever. Else the scheduler must be that one. */
static int get_scheduler(struct call *c, const char *want, struct backend_scheduler *s)
{
	int rc = c->x->backend->ops->scheduler(c->x->backend, s);

	if (rc)
		return xend_fail(&c->err, -rc, "The hypervisor does not tell its scheduler: %s.",
				 strerror(-rc));
	if (want && !str_eq(s->name, want))
		return xend_fail(&c->err, EOPNOTSUPP,
				 "The hypervisor runs the scheduler %s; boot it with sched=%s for "
				 "this.",
				 s->name, want);
	return 0;
}

int api_scheduler(struct call *c)
{
	struct backend_scheduler s;
	int rc = get_scheduler(c, NULL, &s);

	if (rc)
		return rc;
	c->top = "scheduler";
	c->result = json_pack("{s:s}", "scheduler", s.name);
	if (s.has_slice)
		json_object_set_new(c->result, "slice_us", json_integer(s.slice_us));
	return 0;
}

static int set_slice(struct call *c, const char *key, int64_t scale, const char *want)
{
	struct backend_scheduler s;
	int64_t value = 0;
	int rc = get_scheduler(c, want, &s);

	if (!rc)
		rc = arg_int(c, key, true, SLICE_MIN_US * scale, SLICE_MAX_US * scale, &value);
	if (rc)
		return rc;
	rc = c->x->backend->ops->set_slice(c->x->backend, value / scale);
	return rc ? refused(c, rc) : api_scheduler(c);
}

int api_sched_slice(struct call *c)
{
	return set_slice(c, "slice_us", 1, NULL);
}

int api_bvt_slice(struct call *c)
{
	return set_slice(c, "ctx_allow", 1000, "bvt");
}

int api_rrobin_slice(struct call *c)
{
	return set_slice(c, "slice", 1000, "rrobin");
}

static int answer_params(struct call *c, const struct backend_sched_params *p)
{
	struct backend_scheduler s;
	int rc = get_scheduler(c, NULL, &s);
	json_t *o;

	if (rc)
		return rc;
	o = json_pack("{s:s s:i s:s}", "name", c->d->name, "id", c->d->domid, "scheduler", s.name);
	if (!o)
		return xend_fail(&c->err, ENOMEM, "xend has no memory for the answer.");
	if (p->has_weight) {
		json_object_set_new(o, "weight", json_integer(p->weight));
		json_object_set_new(o, "cap", json_integer(p->cap));
	}
	if (p->has_warp) {
		json_object_set_new(o, "warp_value_us", json_integer(p->warp_value_us));
		json_object_set_new(o, "warp_limit_us", json_integer(p->warp_limit_us));
		json_object_set_new(o, "warp_window_us", json_integer(p->warp_window_us));
	}
	if (p->has_period) {
		json_object_set_new(o, "period_us", json_integer(p->period_us));
		json_object_set_new(o, "slice_us", json_integer(p->slice_us));
		json_object_set_new(o, "extra", json_boolean(p->extra));
	}
	c->result = o;
	c->top = "sched";
	return 0;
}

static int get_params(struct call *c, struct backend_sched_params *p)
{
	int rc;

	memset(p, 0, sizeof(*p));
	if (c->d->domid < 0)
		return xend_fail(&c->err, EBUSY, "Domain '%s' is not running.", c->d->name);
	rc = c->x->backend->ops->sched_get(c->x->backend, c->d->domid, p);
	return rc ? refused(c, rc) : 0;
}

int api_domain_sched(struct call *c)
{
	struct backend_sched_params p;
	int rc = get_params(c, &p);

	if (c->err.code == EOPNOTSUPP) {	/* round robin: a list of nothing */
		memset(&c->err, 0, sizeof(c->err));
		rc = 0;
	}
	return rc ? rc : answer_params(c, &p);
}

/* Set, and remember for the domain's next incarnation what its file could have said. */
static int set_params(struct call *c, const struct backend_sched_params *p)
{
	int rc = c->x->backend->ops->sched_set(c->x->backend, c->d->domid, p);

	if (rc)
		return refused(c, rc);
	if (c->d->config && p->has_weight) {
		xend_lock(c->x);
		c->d->config->cpu_weight = p->weight;
		c->d->config->cap = p->cap;
		xend_unlock(c->x);
		rc = domain_save(c->x, c->d, &c->err);
	}
	return rc ? rc : api_domain_sched(c);
}

/* A member of a group that this scheduler does not have. */
static int check_groups(struct call *c, const struct backend_sched_params *p)
{
	static const char *const members[] = { "weight", "cap", "warp_value_us", "warp_limit_us",
					       "warp_window_us", "period_us", "slice_us", "extra" };
	const bool has[] = { p->has_weight, p->has_weight, p->has_warp, p->has_warp,
			     p->has_warp, p->has_period, p->has_period, p->has_period };

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (!has[i] && json_object_get(c->args, members[i]))
			return xend_fail_key(&c->err, EOPNOTSUPP, members[i],
					     "The scheduler that runs has no parameter %s.",
					     members[i]);
	return 0;
}

static int arg_us(struct call *c, const char *key, int64_t max, uint32_t *ret)
{
	int64_t value = *ret;
	int rc = arg_int(c, key, false, 0, max, &value);

	if (!rc)
		*ret = value;
	return rc;
}

static int read_params(struct call *c, struct backend_sched_params *p)
{
	int64_t weight = p->weight, cap = p->cap;
	int rc = check_groups(c, p);

	if (!rc)
		rc = arg_int(c, "weight", false, 1, 65535, &weight);
	if (!rc)
		rc = arg_int(c, "cap", false, 0, 65534, &cap);
	if (!rc)
		rc = arg_us(c, "warp_value_us", TIME_MAX_US, &p->warp_value_us);
	if (!rc)
		rc = arg_us(c, "warp_limit_us", TIME_MAX_US, &p->warp_limit_us);
	if (!rc)
		rc = arg_us(c, "warp_window_us", TIME_MAX_US, &p->warp_window_us);
	if (!rc)
		rc = arg_us(c, "period_us", TIME_MAX_US, &p->period_us);
	if (!rc)
		rc = arg_us(c, "slice_us", TIME_MAX_US, &p->slice_us);
	if (!rc)
		rc = arg_bool(c, "extra", &p->extra);
	p->weight = weight;
	p->cap = cap;
	if (!rc && p->has_warp && p->warp_limit_us > p->warp_window_us / 2)
		rc = xend_fail_key(&c->err, EINVAL, "warp_limit_us",
				   "A domain may be ahead for half of the warp window at most: "
				   "%u us of %u us are too much.",
				   p->warp_limit_us, p->warp_window_us);
	if (!rc && p->has_period && p->slice_us > p->period_us)
		rc = xend_fail_key(&c->err, EINVAL, "slice_us",
				   "The slice of %u us does not fit into the period of %u us.",
				   p->slice_us, p->period_us);
	return rc;
}

int api_sched_set(struct call *c)
{
	struct backend_sched_params p;
	int rc = get_params(c, &p);

	if (!rc)
		rc = read_params(c, &p);
	return rc ? rc : set_params(c, &p);
}

/* 2.0: MCU advance is the reciprocal of a weight, warping is switched by warpback, times are us. */
int api_bvt_set(struct call *c)
{
	int64_t mcuadv = MCUADV_DEFAULT, warpback = 0, value = 0, limit = 0, window = 0;
	struct backend_scheduler s;
	struct backend_sched_params p;
	int rc = get_scheduler(c, "bvt", &s);

	if (!rc)
		rc = get_params(c, &p);
	if (!rc)
		rc = arg_int(c, "mcuadv", true, 1, MCUADV_DEFAULT * WEIGHT_DEFAULT, &mcuadv);
	if (!rc)
		rc = arg_int(c, "warpback", true, 0, 1, &warpback);
	if (!rc)
		rc = arg_int(c, "warpvalue", true, 0, TIME_MAX_US, &value);
	if (!rc)
		rc = arg_int(c, "warpl", true, 0, TIME_MAX_US, &limit);
	if (!rc)
		rc = arg_int(c, "warpu", true, 0, TIME_MAX_US, &window);
	if (rc)
		return rc;
	p.weight = MAX(1, MCUADV_DEFAULT * WEIGHT_DEFAULT / mcuadv);
	p.warp_value_us = warpback ? value : 0;
	/* 2.0 counted the time without warping, here the window has both. */
	p.warp_limit_us = limit;
	p.warp_window_us = limit + MAX(window, limit);
	return set_params(c, &p);
}

int api_atropos_set(struct call *c)
{
	int64_t period = 0, slice = 0, latency = 0, extra = 0;
	struct backend_scheduler s;
	struct backend_sched_params p;
	int rc = get_scheduler(c, "atropos", &s);

	if (!rc)
		rc = get_params(c, &p);
	if (!rc)
		rc = arg_int(c, "period", true, 1000000, TIME_MAX_US * 1000LL, &period);
	if (!rc)
		rc = arg_int(c, "slice", true, 0, period, &slice);
	if (!rc)
		rc = arg_int(c, "latency", true, 0, INT64_MAX, &latency);
	if (!rc)
		rc = arg_int(c, "xtratime", true, 0, 1, &extra);
	if (rc)
		return rc;
	p.period_us = period / 1000;
	p.slice_us = slice / 1000;
	p.extra = extra;
	return set_params(c, &p);
}
