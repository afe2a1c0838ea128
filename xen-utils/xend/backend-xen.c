/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The real backend: hypervisor calls through libxen, the builder of domain/, and the table that
 * also names the xenstore half (backend-store.c).
 *
 * Relies on libxen, domain/build.h. Relied on by main.c alone. Locks: see backend-xen.h.
 */
#include <config.h>

#include "common/io.h"
#include "common/util.h"
#include "xend/backend-xen.h"
#include "xend/script.h"

#define LIST_CHUNK	256u
#define CONSOLE_MAX	(16u << 20)	/* no hypervisor keeps a longer ring */
#define MODULE_WAIT_MS	20000
#define CONSOLE_CHUNK	(16u << 10)

#define HV_CALL(b, call) ({ \
	int rc_; \
	pthread_mutex_lock(&(b)->hv_lock); \
	rc_ = (call); \
	pthread_mutex_unlock(&(b)->hv_lock); \
	rc_; })

static void convert(const struct xen_domctl_getdomaininfo *i, struct backend_domain *d)
{
	memset(d, 0, sizeof(*d));
	d->domid = i->domain;
	memcpy(d->handle, i->handle, sizeof(d->handle));
	d->hvm = i->flags & XEN_DOMINF_hvm_guest;
	d->dying = i->flags & XEN_DOMINF_dying;
	d->shutdown = i->flags & XEN_DOMINF_shutdown;
	d->paused = i->flags & XEN_DOMINF_paused;
	d->blocked = i->flags & XEN_DOMINF_blocked;
	d->running = i->flags & XEN_DOMINF_running;
	d->shutdown_reason = (i->flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask;
	d->memory_kb = i->tot_pages * 4;
	d->maxmem_kb = i->max_pages > UINT64_MAX / 8 ? INT64_MAX / 2 : i->max_pages * 4;
	d->cpu_time_ns = i->cpu_time;
	d->vcpus_online = i->nr_online_vcpus;
	d->vcpus_max = i->max_vcpu_id == XEN_INVALID_MAX_VCPU_ID ? 0 : i->max_vcpu_id + 1;
}

static int list_some(struct backend_xen *b, uint32_t first, struct backend_domain **list,
		     size_t *count)
{
	struct xen_domctl_getdomaininfo *raw = calloc(LIST_CHUNK, sizeof(*raw));
	struct backend_domain *more;
	int n;

	if (!raw)
		return -ENOMEM;
	n = HV_CALL(b, libxen_domain_list(b->hv, first, raw, LIST_CHUNK));
	if (n > 0) {
		more = realloc(*list, (*count + n) * sizeof(**list));
		if (!more) {
			free(raw);
			return -ENOMEM;
		}
		*list = more;
		for (int i = 0; i < n; i++)
			convert(&raw[i], &more[(*count)++]);
	}
	free(raw);
	return n;
}

static int xen_list(struct backend *base, struct backend_domain **ret_list, size_t *ret_count)
{
	struct backend_domain *list = NULL;
	uint32_t first = 0;
	size_t count = 0;
	int n;

	while ((n = list_some(backend_xen_of(base), first, &list, &count)) == (int)LIST_CHUNK)
		first = list[count - 1].domid + 1;
	if (n < 0) {
		free(list);
		return n;
	}
	*ret_list = list;
	*ret_count = count;
	return 0;
}

static int xen_pause(struct backend *base, uint32_t domid)
{
	struct backend_xen *b = backend_xen_of(base);

	return HV_CALL(b, libxen_domain_pause(b->hv, domid));
}

static int xen_unpause(struct backend *base, uint32_t domid)
{
	struct backend_xen *b = backend_xen_of(base);

	return HV_CALL(b, libxen_domain_unpause(b->hv, domid));
}

/* Giving a large domain's memory back takes seconds: on a handle of its own. */
static int xen_destroy(struct backend *base, uint32_t domid)
{
	struct libxen *hv;
	int rc;

	(void)base;
	rc = libxen_open(&hv);
	if (rc)
		return rc;
	do {
		rc = libxen_domain_destroy(hv, domid);
	} while (rc == -EAGAIN || rc == -EINTR ||
		 rc == -85 /* ERESTART, which libc does not name */);
	libxen_close(hv);
	return rc;
}

static int xen_set_handle(struct backend *base, uint32_t domid, const uint8_t handle[16])
{
	struct backend_xen *b = backend_xen_of(base);

	return HV_CALL(b, libxen_domain_set_handle(b->hv, domid, handle));
}

static int xen_set_maxmem(struct backend *base, uint32_t domid, uint64_t kb)
{
	struct backend_xen *b = backend_xen_of(base);

	return HV_CALL(b, libxen_domain_max_mem(b->hv, domid, kb));
}

/* Weight and cap 0 mean: as they are. */
static int set_credit(struct libxen *hv, uint32_t domid, uint32_t scheduler, unsigned int weight,
		      unsigned int cap)
{
	struct xen_domctl_scheduler_op op = {
		.sched_id = scheduler, .cmd = XEN_DOMCTL_SCHEDOP_getinfo,
	};
	int rc = libxen_domain_scheduler_op(hv, domid, &op);

	if (rc)
		return rc;
	op.sched_id = scheduler;
	op.cmd = XEN_DOMCTL_SCHEDOP_putinfo;
	/* credit and credit2 have the same two members in the same places. */
	if (weight)
		op.u.credit2.weight = MIN(weight, 65535u);
	op.u.credit2.cap = MIN(cap, 65535u);
	return libxen_domain_scheduler_op(hv, domid, &op);
}

static int xen_set_weight(struct backend *base, uint32_t domid, unsigned int weight,
			  unsigned int cap)
{
	struct backend_xen *b = backend_xen_of(base);
	uint32_t scheduler = 0;
	int rc = HV_CALL(b, libxen_host_scheduler(b->hv, &scheduler));

	if (rc)
		return rc;
	if (scheduler != XEN_SCHEDULER_CREDIT && scheduler != XEN_SCHEDULER_CREDIT2)
		return -EOPNOTSUPP;
	return HV_CALL(b, set_credit(b->hv, domid, scheduler, weight, cap));
}

static unsigned int cpu_bits(struct libxen *hv)
{
	struct xen_sysctl_physinfo info;

	if (libxen_host_info(hv, &info))
		return 0;
	return MIN(info.max_cpu_id + 1, BACKEND_CPUS_MAX);
}

static int vcpu_info(struct libxen *hv, uint32_t domid, unsigned int vcpu, struct backend_vcpu *v)
{
	struct xen_domctl_getvcpuinfo info;
	int rc = libxen_vcpu_info(hv, domid, vcpu, &info);

	if (rc)
		return rc;
	memset(v, 0, sizeof(*v));
	v->online = info.online;
	v->blocked = info.blocked;
	v->running = info.running;
	v->cpu = info.online ? (int)info.cpu : -1;
	v->cpu_time_ns = info.cpu_time;
	v->nr_cpus = cpu_bits(hv);
	return libxen_vcpu_get_affinity(hv, domid, vcpu, v->hard, v->soft, v->nr_cpus);
}

static int xen_vcpu_info(struct backend *base, uint32_t domid, unsigned int vcpu,
			 struct backend_vcpu *ret_vcpu)
{
	struct backend_xen *b = backend_xen_of(base);

	return HV_CALL(b, vcpu_info(b->hv, domid, vcpu, ret_vcpu));
}

static int xen_vcpu_pin(struct backend *base, uint32_t domid, unsigned int vcpu,
			const uint8_t *hard, const uint8_t *soft, unsigned int nr_cpus)
{
	uint8_t h[CPULIST_BYTES(BACKEND_CPUS_MAX)], s[CPULIST_BYTES(BACKEND_CPUS_MAX)];
	struct backend_xen *b = backend_xen_of(base);

	/* The library writes back what took effect: into copies. */
	if (hard)
		memcpy(h, hard, CPULIST_BYTES(nr_cpus));
	if (soft)
		memcpy(s, soft, CPULIST_BYTES(nr_cpus));
	return HV_CALL(b, libxen_vcpu_set_affinity(b->hv, domid, vcpu, hard ? h : NULL,
						   soft ? s : NULL, nr_cpus));
}

static int node_info(struct libxen *hv, struct backend_node *n)
{
	struct xen_sysctl_physinfo info;
	int rc = libxen_host_info(hv, &info);

	if (rc)
		return rc;
	memset(n, 0, sizeof(*n));
	n->nr_cpus = info.nr_cpus;
	n->max_cpu_id = info.max_cpu_id;
	n->nr_nodes = info.nr_nodes;
	n->cores_per_socket = info.cores_per_socket;
	n->threads_per_core = info.threads_per_core;
	n->cpu_khz = info.cpu_khz;
	n->capabilities = info.capabilities;
	memcpy(n->hw_caps, info.hw_cap, sizeof(n->hw_caps));
	n->total_kb = info.total_pages * 4;
	n->free_kb = info.free_pages * 4;
	n->scrub_kb = info.scrub_pages * 4;
	n->outstanding_kb = info.outstanding_pages * 4;
	libxen_host_scheduler(hv, &n->scheduler);
	return libxen_host_version(hv, &n->version);
}

static int xen_node(struct backend *base, struct backend_node *ret_node)
{
	struct backend_xen *b = backend_xen_of(base);

	return HV_CALL(b, node_info(b->hv, ret_node));
}

/* The ring piece by piece, in case it is long; the lock is held throughout. */
static int console_all(struct libxen *hv, bool clear, char **ret_text, size_t *ret_len)
{
	AUTO_FREE char *text = malloc(CONSOLE_CHUNK + 1);
	size_t len = 0, size = CONSOLE_CHUNK;
	uint32_t index = 0;
	char *more;
	int n;

	if (!text)
		return -ENOMEM;
	while ((n = libxen_console_read(hv, text + len, CONSOLE_CHUNK, false, len > 0, &index)) >
	       0) {
		len += n;
		if (len > CONSOLE_MAX)
			break;
		if (size - len >= CONSOLE_CHUNK)
			continue;
		more = realloc(text, size + CONSOLE_CHUNK * 2 + 1);
		if (!more)
			return -ENOMEM;
		text = more;
		size += CONSOLE_CHUNK * 2;
	}
	if (n < 0)
		return n;
	if (clear) {
		char last[64];

		n = libxen_console_read(hv, last, sizeof(last), true, false, NULL);
		if (n < 0)
			return n;
	}
	text[len] = '\0';
	*ret_len = len;
	*ret_text = TAKE_PTR(text);
	return 0;
}

static int xen_console(struct backend *base, bool clear, char **ret_text, size_t *ret_len)
{
	struct backend_xen *b = backend_xen_of(base);

	return HV_CALL(b, console_all(b->hv, clear, ret_text, ret_len));
}

static int xen_debug_keys(struct backend *base, const char *keys)
{
	struct backend_xen *b = backend_xen_of(base);

	return HV_CALL(b, libxen_host_debug_keys(b->hv, keys));
}

static int xen_build_check(struct backend *base, const struct build_params *p,
			   struct error_text *err)
{
	struct libxen *hv;
	int rc;

	(void)base;
	rc = libxen_open(&hv);
	if (rc)
		return error_text_fail(err, rc, "the hypervisor cannot be reached: %s.",
				       strerror(-rc));
	rc = domain_build_check(hv, p, err);
	libxen_close(hv);
	return rc;
}

static int xen_build(struct backend *base, const struct build_params *p,
		     struct build_result *ret_result, struct error_text *err)
{
	struct libxen *hv;
	int rc;

	(void)base;
	rc = libxen_open(&hv);
	if (rc)
		return error_text_fail(err, rc, "the hypervisor cannot be reached: %s.",
				       strerror(-rc));
	rc = domain_build_pv(hv, p, ret_result, err);
	libxen_close(hv);
	return rc;
}

static int xen_run_script(struct backend *base, const struct backend_script *script,
			  struct error_text *output)
{
	int rc = io_make_dirs(XEN_RUN_DIR "/", 0755);

	(void)base;
	return rc ? rc : script_run(XEN_RUN_DIR, script, output);
}

static int xen_load_module(struct backend *base, const char *name)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char *const env[] = { path, NULL };
	static const char *const tools[] = { "/sbin/modprobe", "/usr/sbin/modprobe" };
	struct error_text output = { .text = "" };
	struct backend_script s = { .word = name, .env = env, .lock = name,
				    .wait_ms = MODULE_WAIT_MS };

	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		s.path = tools[i];
		if (access(s.path, X_OK) == 0)
			return xen_run_script(base, &s, &output) ? -ENOENT : 0;
	}
	return -ENOENT;
}

static const struct backend_ops xen_ops = {
	.list = xen_list,
	.pause = xen_pause,
	.unpause = xen_unpause,
	.destroy = xen_destroy,
	.set_handle = xen_set_handle,
	.set_maxmem = xen_set_maxmem,
	.set_weight = xen_set_weight,
	.vcpu_info = xen_vcpu_info,
	.vcpu_pin = xen_vcpu_pin,
	.node = xen_node,
	.console = xen_console,
	.debug_keys = xen_debug_keys,
	.build_check = xen_build_check,
	.build = xen_build,
	.xs_begin = backend_xs_begin,
	.xs_commit = backend_xs_commit,
	.xs_abort = backend_xs_abort,
	.xs_read = backend_xs_read,
	.xs_write = backend_xs_write,
	.xs_mkdir = backend_xs_mkdir,
	.xs_rm = backend_xs_rm,
	.xs_list = backend_xs_list,
	.xs_perms = backend_xs_perms,
	.xs_introduce = backend_xs_introduce,
	.xs_release = backend_xs_release,
	.run_script = xen_run_script,
	.load_module = xen_load_module,
	.wait = backend_wait,
	.wake = backend_wake,
};

int backend_xen_open(struct backend **ret_backend, struct error_text *err)
{
	struct backend_xen *b = calloc(1, sizeof(*b));
	int rc;

	if (!b)
		return -ENOMEM;
	b->base.ops = &xen_ops;
	b->wake_fd = -1;
	pthread_mutex_init(&b->hv_lock, NULL);
	pthread_mutex_init(&b->xs_lock, NULL);
	rc = libxen_open(&b->hv);
	if (rc)
		error_text_set(err,
			       "the hypervisor cannot be reached (%s): not running on Xen, or the "
			       "module xen-privcmd is not loaded",
			       strerror(-rc));
	else
		rc = libxen_probe(b->hv, err);
	if (!rc)
		rc = backend_store_open(b, err);
	if (rc) {
		backend_xen_close(&b->base);
		return rc;
	}
	*ret_backend = &b->base;
	return 0;
}

void backend_xen_close(struct backend *base)
{
	struct backend_xen *b = base ? backend_xen_of(base) : NULL;

	if (!b)
		return;
	backend_store_close(b);
	libxen_close(b->hv);
	pthread_mutex_destroy(&b->hv_lock);
	pthread_mutex_destroy(&b->xs_lock);
	free(b);
}
