/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on a domain's share of the machine: virtual CPUs and memory.
 *
 * Relies on route.c as api-domain.c does. What a guest is asked for (balloon target, number of
 * virtual CPUs) goes through xenstore; what the hypervisor enforces is a call.
 */
#include <config.h>

#include "xend/route.h"
#include "xend/tree.h"
#include "xend/xend.h"

#define MEMORY_MIN_KB	(16 * 1024)		/* a guest given less does not live */
#define MEMORY_MAX_KB	((int64_t)CONFIG_MEMORY_MAX_MB * 1024)

static int resource_info(struct call *c, struct backend_domain *ret)
{
	bool present;
	int rc = domains_refresh(c->x, &c->err);

	if (rc)
		return rc;
	xend_lock(c->x);
	present = c->d->present && !c->d->info.dying;
	*ret = c->d->info;
	xend_unlock(c->x);
	if (!present)
		return xend_fail(&c->err, EBUSY, "Domain '%s' is not running any more.",
				 c->d->name);
	return 0;
}

static int resource_answer(struct call *c)
{
	int rc = domains_refresh(c->x, &c->err);

	if (rc)
		return rc;
	c->result = json_pack("{s:o}", "domain", show_domain(c->x, c->d, false));
	return c->result ? 0 : xend_fail(&c->err, ENOMEM, "xend has no memory for the answer.");
}

static int vcpus_answer(struct call *c)
{
	json_t *list = show_vcpus(c->x, c->d, &c->err);

	if (!list)
		return -c->err.code;
	c->result =
		json_pack("{s:s s:i s:o}", "name", c->d->name, "id", c->d->domid, "vcpus", list);
	return 0;
}

int api_domain_vcpus(struct call *c)
{
	return vcpus_answer(c);
}

static int nr_cpus(struct call *c, unsigned int *ret)
{
	struct backend_node node;
	int rc = c->x->backend->ops->node(c->x->backend, &node);

	if (rc)
		return xend_fail(&c->err, -rc, "The number of CPUs cannot be read: %s.",
				 strerror(-rc));
	*ret = MIN(node.max_cpu_id + 1, BACKEND_CPUS_MAX);
	return 0;
}

/* The member key as a map; *given says whether it was there. */
static int arg_cpus(struct call *c, const char *key, uint8_t *map, unsigned int nr, bool *given)
{
	const char *text = NULL;
	int rc = arg_string(c, key, false, &text);

	*given = text != NULL;
	if (rc || !text)
		return rc;
	if (cpulist_parse(text, map, nr, NULL))
		return xend_fail_key(&c->err, EINVAL, key,
				     "'%.100s' is not a list of CPUs of this machine, "
				     "which has 0 to %u.",
				     text, nr - 1);
	return 0;
}

static int pin(struct call *c, int64_t vcpu, const uint8_t *hard, const uint8_t *soft,
	       unsigned int nr)
{
	struct backend_domain info;
	unsigned int first, last;
	int rc = resource_info(c, &info);

	if (rc)
		return rc;
	if (vcpu >= (int64_t)info.vcpus_max)
		return xend_fail_key(&c->err, EINVAL, "vcpu",
				     "Domain '%s' has the virtual CPUs 0 to %u.", c->d->name,
				     info.vcpus_max - 1);
	first = vcpu < 0 ? 0 : vcpu;
	last = vcpu < 0 ? info.vcpus_max - 1 : vcpu;
	for (unsigned int v = first; v <= last; v++) {
		rc = c->x->backend->ops->vcpu_pin(c->x->backend, info.domid, v, hard, soft, nr);
		if (rc)
			return xend_fail(&c->err, -rc,
					 "Virtual CPU %u of domain '%s' cannot be pinned: %s.", v,
					 c->d->name, strerror(-rc));
	}
	return vcpus_answer(c);
}

int api_vcpu_pin(struct call *c)
{
	uint8_t hard[CPULIST_BYTES(BACKEND_CPUS_MAX)], soft[CPULIST_BYTES(BACKEND_CPUS_MAX)];
	const char *which = json_string_value(json_object_get(c->args, "vcpu"));
	bool has_hard, has_soft;
	int64_t vcpu = -1;
	unsigned int nr;
	int rc = 0;

	if (!which || !str_eq(which, "all"))
		rc = arg_int(c, "vcpu", true, 0, XEND_VCPUS_MAX * 64, &vcpu);
	if (!rc)
		rc = nr_cpus(c, &nr);
	if (!rc)
		rc = arg_cpus(c, "hard", hard, nr, &has_hard);
	if (!rc)
		rc = arg_cpus(c, "soft", soft, nr, &has_soft);
	if (rc)
		return rc;
	return has_hard || has_soft
		       ? pin(c, vcpu, has_hard ? hard : NULL, has_soft ? soft : NULL, nr)
		       : vcpus_answer(c);
}

int api_pincpu(struct call *c)
{
	uint8_t map[CPULIST_BYTES(BACKEND_CPUS_MAX)];
	unsigned int nr;
	int64_t cpu = 0;
	int rc = nr_cpus(c, &nr);

	if (!rc)
		rc = arg_int(c, "cpu", true, -1, nr - 1, &cpu);
	if (rc)
		return rc;
	memset(map, cpu < 0 ? 0xff : 0, sizeof(map));
	if (cpu < 0 && nr % 8)
		map[nr / 8] = (1u << nr % 8) - 1;
	if (cpu >= 0)
		map[cpu / 8] = 1u << cpu % 8;
	return pin(c, -1, map, NULL, nr);
}

int api_vcpu_set(struct call *c)
{
	struct backend_domain info;
	int64_t vcpus = 0;
	char node[48];
	int rc = resource_info(c, &info);

	if (!rc)
		rc = arg_int(c, "vcpus", true, 1, info.vcpus_max, &vcpus);
	for (unsigned int v = 0; !rc && v < info.vcpus_max; v++) {
		snprintf(node, sizeof(node), "cpu/%u/availability", v);
		rc = tree_set(c->x->backend, info.domid, node, v < vcpus ? "online" : "offline");
		if (rc)
			xend_fail(&c->err, -rc,
				  "Domain '%s' cannot be asked for its virtual CPUs: %s.",
				  c->d->name, strerror(-rc));
	}
	return rc ? rc : resource_answer(c);
}

int api_maxmem(struct call *c)
{
	struct backend_domain info;
	int64_t kb = 0;
	int rc = resource_info(c, &info);

	if (!rc)
		rc = arg_int(c, "memory_kb", true, MEMORY_MIN_KB, MEMORY_MAX_KB, &kb);
	if (rc)
		return rc;
	if ((uint64_t)kb < info.memory_kb)
		return xend_fail_key(
			&c->err, EBUSY, "memory_kb",
			"Domain '%s' has %llu kB now; use 'xm "
			"balloon' to make it smaller before its limit is set to %lld kB.",
			c->d->name, (unsigned long long)info.memory_kb, (long long)kb);
	rc = c->x->backend->ops->set_maxmem(c->x->backend, info.domid, kb);
	if (rc)
		return xend_fail(&c->err, -rc, "The limit of domain '%s' cannot be set: %s.",
				 c->d->name, strerror(-rc));
	return resource_answer(c);
}

/* Does the machine have what a larger guest needs? */
static int balloon_room(struct call *c, const struct backend_domain *info, uint64_t kb)
{
	struct backend_node node;
	int rc;

	if (kb <= info->memory_kb)
		return 0;
	if (kb > info->maxmem_kb)
		return xend_fail_key(&c->err, EINVAL, "memory_kb",
				     "Domain '%s' may have at most %llu kB; "
				     "raise its limit with 'xm maxmem' first.",
				     c->d->name, (unsigned long long)info->maxmem_kb);
	rc = c->x->backend->ops->node(c->x->backend, &node);
	if (rc)
		return xend_fail(&c->err, -rc, "The machine's memory cannot be read: %s.",
				 strerror(-rc));
	if (kb - info->memory_kb > node.free_kb)
		return xend_fail_key(&c->err, ENOMEM, "memory_kb",
				     "Domain '%s' needs %llu kB more, but only "
				     "%llu kB are free.",
				     c->d->name, (unsigned long long)(kb - info->memory_kb),
				     (unsigned long long)node.free_kb);
	return 0;
}

int api_balloon(struct call *c)
{
	struct backend_domain info;
	int64_t kb = 0;
	int rc = resource_info(c, &info);

	if (!rc)
		rc = arg_int(c, "memory_kb", true, MEMORY_MIN_KB, MEMORY_MAX_KB, &kb);
	if (!rc && info.domid == 0 && kb / 1024 < c->x->settings.dom0_min_mb)
		return xend_fail_key(&c->err, EPERM, "memory_kb",
				     "Domain 0 keeps %u MB at least; dom0-min-mem in "
				     "xend-config.sxp sets that.", c->x->settings.dom0_min_mb);
	if (!rc)
		rc = balloon_room(c, &info, kb);
	if (rc)
		return rc;
	rc = tree_set_u64(c->x->backend, info.domid, "memory/target", kb);
	if (rc)
		return xend_fail(&c->err, -rc, "Domain '%s' cannot be told its memory: %s.",
				 c->d->name, strerror(-rc));
	xend_lock(c->x);
	c->d->target_kb = kb;
	xend_unlock(c->x);
	if (c->d->phase != PHASE_FOREIGN)
		rc = domain_save(c->x, c->d, &c->err);
	return rc ? rc : resource_answer(c);
}
