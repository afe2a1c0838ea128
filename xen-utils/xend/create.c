/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The beginning of a domain: from a configuration to a running guest.
 *
 * Relies on the builder through the backend, on tree.c, on records. The steps and what undoes them:
 *
 *   name and UUID reserved in the register      domain_remove()
 *   devices claimed (see device.h)              domain_take_down()
 *   record on disk, phase building              record_remove()
 *   domain built, paused                        domain_take_down()
 *   xenstore tree, devices made ready           domain_take_down()
 *   introduced to xenstored                     domain_take_down()
 *   record on disk, phase starting              (from here on xend would finish it after a crash)
 *   unpaused; record on disk, phase running
 *
 * The hypervisor's handle is the UUID from the first moment, so a half-made domain is always
 * recognised by its record.
 */
#include <config.h>

#include "xend/life.h"
#include "xend/record.h"
#include "xend/tree.h"
#include "xend/xend.h"

void progress_report(const struct progress *p, const char *what, uint64_t done, uint64_t total,
		     const char *unit)
{
	if (p && p->report)
		p->report(p->context, what, done, total, unit);
}

void progress_warn(const struct progress *p, const char *key, const char *fmt, ...)
{
	struct xend_error w = { 0 };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w.text, sizeof(w.text), fmt, ap);
	va_end(ap);
	snprintf(w.key, sizeof(w.key), "%s", key);
	log_warn("create: %s", w.text);
	if (p && p->warn)
		p->warn(p->context, &w);
}

static int check_devices(const struct domain_config *c, struct xend_error *err)
{
	const struct { const char *key; size_t count; const char *what; } kinds[] = {
		{ "pci", c->pci.count, "PCI devices" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].count)
			return xend_fail_key(err, EOPNOTSUPP, kinds[i].key,
					     "Domain '%s' wants %s (%s), "
					     "which this version cannot attach; remove the key.",
					     c->name, kinds[i].what, kinds[i].key);
	return 0;
}

static void check_actions(const struct domain_config *c, const struct progress *p)
{
	const struct { const char *key; enum domain_action action; } on[] = {
		{ "on_poweroff", c->on_poweroff }, { "on_reboot", c->on_reboot },
		{ "on_crash", c->on_crash }, { "on_watchdog", c->on_watchdog },
	};

	for (size_t i = 0; i < ARRAY_SIZE(on); i++)
		if (on[i].action == DOMAIN_ACTION_SOFT_RESET)
			progress_warn(p, on[i].key,
				      "%s: '%s' is done as a restart, since this version has no "
				      "soft reset.",
				      on[i].key, domain_action_name(on[i].action));
}

int create_check(struct xend *x, const struct domain_config *c, const struct progress *p,
		 struct xend_error *err)
{
	int rc;

	if (c->type != DOMAIN_TYPE_PV)
		return xend_fail_key(err, EOPNOTSUPP, "type",
				     "Domain '%s' is of type %s; this version "
				     "runs domains of type pv.",
				     c->name, domain_type_name(c->type));
	if (c->maxvcpus > XEND_VCPUS_MAX)
		return xend_fail_key(err, EINVAL, "maxvcpus",
				     "Domain '%s' wants %u virtual CPUs; the "
				     "limit is %u.",
				     c->name, c->maxvcpus, XEND_VCPUS_MAX);
	if (!c->kernel)
		return xend_fail_key(err, EINVAL, "kernel",
				     "Domain '%s' has no kernel; set kernel= to "
				     "the absolute path of one.",
				     c->name);
	if (c->kernel[0] != '/' || (c->ramdisk && c->ramdisk[0] != '/'))
		return xend_fail_key(
			err, EOPNOTSUPP, c->kernel[0] != '/' ? "kernel" : "ramdisk",
			"'%s' is not an absolute path; this version loads local files only.",
			c->kernel[0] != '/' ? c->kernel : c->ramdisk);
	rc = check_devices(c, err);
	if (!rc)
		rc = devices_check(x, c, err);
	if (rc)
		return rc;
	check_actions(c, p);
	if (c->console_port > 0)
		progress_warn(p, "console",
			      "console=%d has no effect: xenconsoled chooses the TCP port of a "
			      "console, if it offers any; 'xm console' needs none.",
			      c->console_port);
	return 0;
}

struct build_watch {
	const struct progress *progress;
};

static void build_progress(void *context, uint64_t done, uint64_t total)
{
	const struct build_watch *w = context;

	progress_report(w->progress, "memory", done, total, "pages");
}

static int32_t extra_int(const struct domain_config *c, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(c->extra, key));

	return v > 0 && v <= INT32_MAX ? v : 0;
}

static void fill_params(struct build_params *p, const struct domain *d, struct build_watch *watch)
{
	const struct domain_config *c = d->config;

	*p = (struct build_params){
		.kernel = c->kernel,
		.ramdisk = c->ramdisk,
		.command_line = c->cmdline,
		.memory_kb = (uint64_t)c->memory_mb * 1024,
		.max_memory_kb = (uint64_t)c->maxmem_mb * 1024,
		.nr_vcpus = c->maxvcpus,
		.max_event_channels = extra_int(c, "max_event_channels"),
		.max_grant_frames = extra_int(c, "max_grant_frames"),
		.max_maptrack_frames = extra_int(c, "max_maptrack_frames"),
		.progress = build_progress,
		.progress_context = watch,
	};
	uuid_parse(d->uuid, p->handle);
}

/* CPU affinity of one virtual CPU from the lists of the file: none, one for all, or one each. */
static int cpu_map(const struct config_strings *lists, unsigned int vcpu, unsigned int nr_cpus,
		   uint8_t *map, const char *key, struct xend_error *err)
{
	const char *text;
	int rc;

	text = lists->item[vcpu < lists->count ? vcpu : lists->count - 1].text;
	rc = cpulist_parse(text, map, nr_cpus, NULL);
	if (rc)
		return xend_fail_key(err, EINVAL, key,
				     "%s: '%.100s' does not name CPUs of this machine, "
				     "which has 0 to %u.",
				     key, text, nr_cpus - 1);
	return 0;
}

static int pin_vcpus(struct xend *x, const struct domain *d, struct xend_error *err)
{
	uint8_t hard[CPULIST_BYTES(BACKEND_CPUS_MAX)], soft[CPULIST_BYTES(BACKEND_CPUS_MAX)];
	const struct domain_config *c = d->config;
	struct backend_node node;
	unsigned int nr;
	int rc;

	if (!c->cpus.count && !c->cpus_soft.count)
		return 0;
	rc = x->backend->ops->node(x->backend, &node);
	if (rc)
		return xend_fail(err, -rc, "The number of CPUs cannot be read: %s.", strerror(-rc));
	nr = MIN(node.max_cpu_id + 1, BACKEND_CPUS_MAX);
	for (unsigned int v = 0; v < c->maxvcpus; v++) {
		if (c->cpus.count && (rc = cpu_map(&c->cpus, v, nr, hard, "cpus", err)))
			return rc;
		if (c->cpus_soft.count &&
		    (rc = cpu_map(&c->cpus_soft, v, nr, soft, "cpus_soft", err)))
			return rc;
		rc = x->backend->ops->vcpu_pin(x->backend, d->domid, v, c->cpus.count ? hard : NULL,
					       c->cpus_soft.count ? soft : NULL, nr);
		if (rc)
			return xend_fail_key(err, -rc, "cpus",
					     "Virtual CPU %u of domain '%s' cannot be "
					     "pinned: %s.",
					     v, d->name, strerror(-rc));
	}
	return 0;
}

static int tune(struct xend *x, const struct domain *d, const struct progress *p,
		struct xend_error *err)
{
	const struct domain_config *c = d->config;
	int rc = pin_vcpus(x, d, err);

	if (rc || (!c->cpu_weight && !c->cap))
		return rc;
	rc = x->backend->ops->set_weight(x->backend, d->domid, c->cpu_weight, c->cap);
	if (rc == -EOPNOTSUPP) {
		progress_warn(p, "cpu_weight",
			      "cpu_weight and cap have no effect: the hypervisor's "
			      "scheduler does not know them.");
		return 0;
	}
	if (rc)
		return xend_fail_key(err, -rc, "cpu_weight",
				     "Weight %u and cap %u of domain '%s' cannot "
				     "be set: %s.",
				     c->cpu_weight, c->cap, d->name, strerror(-rc));
	return 0;
}

static int build(struct xend *x, struct domain *d, const struct progress *p,
		 struct build_result *ret_built, struct xend_error *err)
{
	struct error_text why = { .text = "" };
	struct build_watch watch = { .progress = p };
	struct build_params params;
	int rc;

	fill_params(&params, d, &watch);
	progress_report(p, "image", 0, 0, "steps");
	rc = x->backend->ops->build(x->backend, &params, ret_built, &why);
	if (rc)
		return xend_fail(err, -rc, "Domain '%s' cannot be built: %s.", d->name,
				 why.text[0] ? why.text : strerror(-rc));
	xend_lock(x);
	d->domid = ret_built->domid;
	d->target_kb = params.memory_kb;
	d->created_at = x->now(x);
	xend_unlock(x);
	return 0;
}

/* The last steps: introduced, on disk, running. */
static int start(struct xend *x, struct domain *d, const struct build_result *built,
		 struct xend_error *err)
{
	int rc;

	rc = x->backend->ops->xs_introduce(x->backend, d->domid, built->store_mfn,
					   built->store_port);
	if (rc)
		return xend_fail(err, -rc, "Domain '%s' cannot be introduced to xenstored: %s.",
				 d->name, strerror(-rc));
	domain_set_phase(x, d, PHASE_STARTING);
	rc = domain_save(x, d, err);
	if (rc)
		return rc;
	rc = d->start_paused ? 0 : x->backend->ops->unpause(x->backend, d->domid);
	if (rc)
		return xend_fail(err, -rc, "Domain '%s' cannot be started: %s.", d->name,
				 strerror(-rc));
	domain_set_phase(x, d, PHASE_RUNNING);
	return domain_save(x, d, err);
}

int domain_bring_up(struct xend *x, struct domain *d, const struct progress *p,
		    struct xend_error *err)
{
	struct build_result built = { 0 };
	int rc;

	domain_set_phase(x, d, PHASE_BUILDING);
	rc = devices_claim(x, d, err);
	if (!rc)
		rc = domain_save(x, d, err);
	if (!rc)
		rc = build(x, d, p, &built, err);
	if (rc)
		goto undo;
	rc = domain_save(x, d, err);
	if (!rc)
		rc = tune(x, d, p, err);
	if (!rc)
		rc = tree_write(x->backend, d, &built, err);
	if (!rc)
		rc = devices_attach(x, d, p, err);
	if (!rc)
		rc = start(x, d, &built, err);
undo:
	if (rc)
		domain_take_down(x, d, XEND_DESTROY_WAIT_MS, NULL);
	return rc;
}

/*
 * After a failure: nothing may be left. When the hypervisor does not let go of the domain in time,
 * record and register entry stay, in phase ending, and the reaper goes on.
 */
static void create_undo(struct xend *x, struct domain *d)
{
	struct xend_error err = { 0 };

	if (domain_destroy(x, d, XEND_DESTROY_WAIT_MS, "create failed", &err))
		log_error("create: domain '%s': clearing up: %s", d->name, err.text);
}

static int make_uuid(const struct domain_config *c, char uuid[DOMAIN_UUID_LEN + 1],
		     struct xend_error *err)
{
	static const uint8_t zero[16];
	uint8_t bytes[16];

	if (!c->uuid)
		return uuid_random(uuid) ? xend_fail(err, EIO, "No random numbers for a UUID.") : 0;
	if (uuid_parse(c->uuid, bytes) || memcmp(bytes, zero, sizeof(zero)) == 0)
		return xend_fail_key(err, EINVAL, "uuid", "'%s' is not a UUID a domain may have.",
				     c->uuid);
	uuid_format(bytes, uuid);
	return 0;
}

int domain_create(struct xend *x, struct domain_config *config, bool paused,
		  const struct progress *progress, struct domain **ret_domain,
		  struct xend_error *err)
{
	char uuid[DOMAIN_UUID_LEN + 1];
	struct domain *d;
	int rc;

	rc = create_check(x, config, progress, err);
	if (!rc)
		rc = devices_complete(x, config, err);
	if (!rc)
		rc = make_uuid(config, uuid, err);
	if (!rc)
		rc = domains_refresh(x, err);
	if (!rc)
		rc = domain_reserve(x, config, uuid, "create", &d, err);
	if (rc) {
		domain_config_free(config);
		return rc;
	}
	d->start_paused = paused;
	rc = domain_bring_up(x, d, progress, err);
	if (rc) {
		log_error("create: %s", err->text);
		create_undo(x, d);
		domain_end(x, d);
		domain_put(x, d);
		return rc;
	}
	event_emit(x->events, x->now(x), "domain.created", d->name, d->uuid, d->domid,
		   paused ? "paused" : NULL);
	domain_end(x, d);
	*ret_domain = d;
	return 0;
}
