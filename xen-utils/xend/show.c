/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Domains, virtual CPUs and consoles as clients see them (doc/xend-http.md sections 4 to 7).
 *
 * Relies on domain.h for the facts, tree.h for what only xenstore knows. What cannot be had is left
 * out or shown as the interface says; a xenstored that does not answer makes no listing fail.
 */
#include <config.h>

#include "common/strbuf.h"
#include "xend/route.h"
#include "xend/tree.h"
#include "xend/xend.h"

/* What a listing takes from the register in one go. */
struct view {
	char uuid[DOMAIN_UUID_LEN + 1], name[DOMAIN_NAME_SIZE];
	int domid;
	enum domain_phase phase;
	/* Set once, lives as long as the domain; its lists of devices are for config_json(). */
	const struct domain_config *config;
	uint64_t target_kb;
	int64_t created_at;
	const char *busy;
	bool present;
	struct backend_domain info;
};

static void view_take(struct xend *x, const struct domain *d, struct view *v)
{
	memset(v, 0, sizeof(*v));
	xend_lock(x);
	memcpy(v->uuid, d->uuid, sizeof(v->uuid));
	snprintf(v->name, sizeof(v->name), "%s", d->name);
	v->domid = d->domid;
	v->phase = d->phase;
	v->config = d->config;
	v->target_kb = d->target_kb;
	v->created_at = d->created_at;
	v->busy = d->busy;
	v->present = d->present;
	v->info = d->info;
	if (v->present && v->domid < 0)
		v->domid = v->info.domid;
	xend_unlock(x);
}

static const char *type_name(const struct view *v)
{
	if (v->config)
		return domain_type_name(v->config->type);
	if (v->present && v->info.hvm)
		return v->info.pvh ? "pvh" : "hvm";
	return "pv";
}

static void state_letters(const struct view *v, char state[7])
{
	const struct backend_domain *i = &v->info;
	bool crashed = i->shutdown && (i->shutdown_reason == SHUTDOWN_crash ||
				       i->shutdown_reason == SHUTDOWN_watchdog);

	strcpy(state, "------");
	if (!v->present)
		return;
	state[0] = i->running ? 'r' : '-';
	state[1] = i->blocked && !i->running ? 'b' : '-';
	state[2] = i->paused ? 'p' : '-';
	state[3] = i->shutdown && !crashed ? 's' : '-';
	state[4] = crashed ? 'c' : '-';
	state[5] = i->dying ? 'd' : '-';
}

unsigned int show_console_port(struct xend *x, const struct domain_config *config, int domid)
{
	uint64_t port;

	/* xenconsoled writes the port it listens on; nothing is there while it does not listen. */
	(void)config;
	if (domid <= 0 || tree_read_u64(x->backend, domid, "console/tcp-port", &port) ||
	    port > 65535)
		return 0;
	return port;
}

static uint64_t target_of(struct xend *x, const struct view *v)
{
	uint64_t kb;

	if (v->target_kb)
		return v->target_kb;
	if (v->domid >= 0 && tree_read_u64(x->backend, v->domid, "memory/target", &kb) == 0)
		return kb;
	return v->info.memory_kb;
}

static int first_cpu(struct xend *x, const struct view *v)
{
	struct backend_vcpu *vcpu = malloc(sizeof(*vcpu));
	int cpu = -1;

	if (vcpu && v->present && !v->info.dying && v->info.cpu_time_ns &&
	    x->backend->ops->vcpu_info(x->backend, v->domid, 0, vcpu) == 0)
		cpu = vcpu->cpu;
	free(vcpu);
	return cpu;
}

static void add_actions(json_t *o, const struct domain_config *c)
{
	json_object_set_new(o, "on_poweroff", json_string(domain_action_name(c->on_poweroff)));
	json_object_set_new(o, "on_reboot", json_string(domain_action_name(c->on_reboot)));
	json_object_set_new(o, "on_crash", json_string(domain_action_name(c->on_crash)));
	json_object_set_new(o, "on_watchdog", json_string(domain_action_name(c->on_watchdog)));
}

/* The configuration under the name and UUID the domain has now. */
static json_t *config_json(struct xend *x, const struct view *v)
{
	json_t *o;

	if (!v->config)
		return json_null();
	xend_lock(x);	/* a device may come or go */
	o = domain_config_to_json(v->config);
	xend_unlock(x);
	json_object_set_new(o, "name", json_string(v->name));
	json_object_set_new(o, "uuid", json_string(v->uuid));
	return o;
}

static int64_t uptime(struct xend *x, const struct view *v)
{
	int64_t up = v->created_at ? x->now(x) - v->created_at : 0;

	return up > 0 ? up : 0;
}

static json_t *view_json(struct xend *x, const struct view *v)
{
	const struct backend_domain *i = &v->info;
	char state[7];
	json_t *o;

	state_letters(v, state);
	o = json_pack("{s:s s:i s:s s:s s:I s:I s:I s:i s:i s:i s:s s:I s:i s:I s:I}", "name",
		      v->name, "id", v->domid, "uuid", v->uuid, "type", type_name(v), "memory_kb",
		      (json_int_t)i->memory_kb, "memory_target_kb", (json_int_t)target_of(x, v),
		      "maxmem_kb", (json_int_t)i->maxmem_kb, "vcpus", i->vcpus_online, "vcpus_max",
		      i->vcpus_max, "cpu", first_cpu(x, v), "state", state, "cpu_time_ns",
		      (json_int_t)i->cpu_time_ns, "console_port",
		      show_console_port(x, v->config, v->domid), "created_at",
		      (json_int_t)v->created_at, "uptime_s", (json_int_t)uptime(x, v));
	if (!o)
		return NULL;
	if (v->present && i->shutdown)
		json_object_set_new(o, "shutdown_reason",
				    json_string(policy_reason_name(i->shutdown_reason)));
	if (v->config)
		add_actions(o, v->config);
	if (v->busy)
		json_object_set_new(o, "busy", json_string(v->busy));
	return o;
}

json_t *show_domain(struct xend *x, struct domain *d, bool with_config)
{
	struct view v;
	json_t *o;

	view_take(x, d, &v);
	o = view_json(x, &v);
	if (o && with_config)
		json_object_set_new(o, "config", config_json(x, &v));
	return o;
}

/* "(domain ... (config (vm ...)))": the generic form with the form of Xen 2.0 inside. */
char *show_domain_sxp(struct xend *x, struct domain *d)
{
	struct strbuf sb = STRBUF_INIT;
	AUTO_FREE char *head = NULL, *vm = NULL;
	struct view v;
	json_t *o;
	size_t len;

	view_take(x, d, &v);
	o = view_json(x, &v);
	head = o ? sxp_from_json("domain", o) : NULL;
	json_decref(o);
	xend_lock(x);
	vm = v.config ? domain_config_to_sxp(v.config) : strdup("()");
	xend_unlock(x);
	if (!head || !vm)
		return NULL;
	len = strlen(head);
	while (len && head[len - 1] != ')')
		len--;
	strbuf_add(&sb, head, len ? len - 1 : 0);	/* without its last parenthesis */
	len = strlen(vm);
	while (len && vm[len - 1] == '\n')
		len--;
	strbuf_printf(&sb, "\n(config %.*s))\n", (int)len, vm);
	return strbuf_steal(&sb);
}

static json_t *vcpu_json(unsigned int n, const struct backend_vcpu *v)
{
	char hard[512], soft[512], state[4];

	snprintf(state, sizeof(state), "%c%c%c", v->running ? 'r' : '-', v->blocked ? 'b' : '-',
		 v->online ? '-' : 'p');
	cpulist_print(v->hard, v->nr_cpus, hard, sizeof(hard));
	cpulist_print(v->soft, v->nr_cpus, soft, sizeof(soft));
	return json_pack("{s:i s:b s:i s:s s:I s:s s:s}", "vcpu", n, "online", v->online,
			 "cpu", v->online ? v->cpu : -1, "state", state,
			 "cpu_time_ns", (json_int_t)v->cpu_time_ns,
			 "affinity_hard", hard, "affinity_soft", soft);
}

json_t *show_vcpus(struct xend *x, struct domain *d, struct xend_error *err)
{
	struct backend_vcpu *vcpu = malloc(sizeof(*vcpu));
	json_t *list = json_array();
	struct view v;
	int rc = vcpu ? 0 : -ENOMEM;

	view_take(x, d, &v);
	for (unsigned int n = 0; !rc && v.present && n < v.info.vcpus_max; n++) {
		rc = x->backend->ops->vcpu_info(x->backend, v.domid, n, vcpu);
		if (!rc)
			json_array_append_new(list, vcpu_json(n, vcpu));
		else if (rc == -ESRCH || rc == -EINVAL)
			rc = 0; /* a virtual CPU that was never made, or a domain that went */
	}
	free(vcpu);
	if (!rc)
		return list;
	json_decref(list);
	xend_fail(err, -rc, "The virtual CPUs of domain '%s' cannot be read: %s.", v.name,
		  strerror(-rc));
	return NULL;
}

json_t *show_console(struct xend *x, struct domain *d)
{
	struct view v;
	char path[256];

	view_take(x, d, &v);
	if (v.domid <= 0)
		return NULL;
	snprintf(path, sizeof(path), "%s/domain-%d", XENCONSOLED_RUN_DIR, v.domid);
	return json_pack("{s:s s:i s:s s:i s:s}", "name", v.name, "id", v.domid, "path", path,
			 "port", show_console_port(x, v.config, v.domid), "type", "pv");
}
