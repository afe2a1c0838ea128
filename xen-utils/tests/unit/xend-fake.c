/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake machine of xend's unit tests; see xend-fake.h.
 *
 * Interposes fsync(), rename() and unlink() of the whole test program, so that the writing of
 * records can be failed and cut like any other step.
 */
#include <config.h>

#include <dirent.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "tests/unit/xend-fake.h"

struct fake_machine *fake;
static char state_dir[64];
static struct backend fake_backend;

/* Before a call: -errno when it is to fail. */
static int step_begin(void)
{
	if (!fake || !fake->armed)
		return 0;
	fake->steps++;
	if (!fake->kill_at && fake->steps < FAKE_STEPS)
		fake->in_tx[fake->steps] = fake->tx != 0;
	if (fake->steps == fake->kill_at && !fake->kill_after)
		kill(getpid(), SIGKILL);
	return fake->steps == fake->fail_at ? -EIO : 0;
}

static int step_end(int rc)
{
	if (fake && fake->armed && fake->steps == fake->kill_at && fake->kill_after)
		kill(getpid(), SIGKILL);
	return rc;
}

#define STEP(call) ({ \
	int step_rc_ = step_begin(); \
	step_rc_ ? step_rc_ : step_end(call); })

/* ---- files ---- */

static int file_step(long r)
{
	step_end(0);
	if (r >= 0)
		return 0;
	return -1;
}

int fsync(int fd)
{
	if (step_begin()) {
		errno = EIO;
		return -1;
	}
	return file_step(fd >= 0 ? 0 : -1);	/* the tests need no disk */
}

int rename(const char *from, const char *to)
{
	if (step_begin()) {
		errno = EIO;
		return -1;
	}
	return file_step(syscall(SYS_rename, from, to));
}

int unlink(const char *path)
{
	if (step_begin()) {
		errno = EIO;
		return -1;
	}
	return file_step(syscall(SYS_unlink, path));
}

/* ---- hypervisor ---- */

struct fake_domain *fake_domain(uint32_t domid)
{
	for (int i = 0; i < FAKE_DOMAINS; i++)
		if (fake->domain[i].used && fake->domain[i].info.domid == domid)
			return &fake->domain[i];
	return NULL;
}

static int by_domid(const void *a, const void *b)
{
	const struct backend_domain *p = a, *q = b;

	return p->domid < q->domid ? -1 : p->domid > q->domid;
}

static int list(struct backend *b, struct backend_domain **ret_list, size_t *ret_count)
{
	struct backend_domain *l = calloc(FAKE_DOMAINS, sizeof(*l));
	size_t n = 0;
	int rc = STEP(0);

	for (int i = 0; i < FAKE_DOMAINS; i++)
		if (fake->domain[i].used)
			l[n++] = fake->domain[i].info;
	qsort(l, n, sizeof(*l), by_domid);
	if (rc) {
		free(l);
		return rc;
	}
	*ret_list = l;
	*ret_count = n;
	return 0;
}

static int do_pause(uint32_t domid, bool paused)
{
	struct fake_domain *d = fake_domain(domid);

	if (!d || d->info.dying)
		return -ESRCH;
	if (!paused && !d->info.paused)
		return -EINVAL;
	d->info.paused = paused;
	if (!paused)
		d->unpauses++;
	return 0;
}

static int fake_pause(struct backend *b, uint32_t domid)
{
	return STEP(do_pause(domid, true));
}

static int fake_unpause(struct backend *b, uint32_t domid)
{
	return STEP(do_pause(domid, false));
}

static int do_destroy(uint32_t domid)
{
	struct fake_domain *d = fake_domain(domid);

	if (!d)
		return -ESRCH;
	if (domid == 0)
		return -EPERM;
	d->info.dying = true;
	if (!d->sticky)
		d->used = false;
	return 0;
}

static int destroy(struct backend *b, uint32_t domid)
{
	return STEP(do_destroy(domid));
}

static int do_handle(uint32_t domid, const uint8_t handle[16])
{
	struct fake_domain *d = fake_domain(domid);

	if (!d)
		return -ESRCH;
	memcpy(d->info.handle, handle, 16);
	return 0;
}

static int set_handle(struct backend *b, uint32_t domid, const uint8_t handle[16])
{
	return STEP(do_handle(domid, handle));
}

static int do_maxmem(uint32_t domid, uint64_t kb)
{
	struct fake_domain *d = fake_domain(domid);

	if (!d)
		return -ESRCH;
	d->info.maxmem_kb = kb;
	return 0;
}

static int set_maxmem(struct backend *b, uint32_t domid, uint64_t kb)
{
	return STEP(do_maxmem(domid, kb));
}

static int set_weight(struct backend *b, uint32_t domid, unsigned int weight, unsigned int cap)
{
	return STEP(fake_domain(domid) ? 0 : -ESRCH);
}

static int scheduler(struct backend *b, struct backend_scheduler *s)
{
	*s = fake->scheduler;
	return STEP(0);
}

static int set_slice(struct backend *b, uint32_t slice_us)
{
	if (!fake->scheduler.has_slice)
		return -EOPNOTSUPP;
	fake->scheduler.slice_us = slice_us;
	return STEP(0);
}

static int sched_get(struct backend *b, uint32_t domid, struct backend_sched_params *p)
{
	if (str_eq(fake->scheduler.name, "rrobin"))
		return -EOPNOTSUPP;
	if (!fake_domain(domid) || domid >= FAKE_DOMAINS)
		return -ESRCH;
	*p = fake->sched[domid];
	p->has_weight = p->has_warp = str_eq(fake->scheduler.name, "bvt");
	p->has_period = !p->has_weight;
	return STEP(0);
}

static int sched_set(struct backend *b, uint32_t domid, const struct backend_sched_params *p)
{
	if (!fake_domain(domid) || domid >= FAKE_DOMAINS)
		return -ESRCH;
	fake->sched[domid] = *p;
	return STEP(0);
}

static int vcpu_info(struct backend *b, uint32_t domid, unsigned int vcpu, struct backend_vcpu *v)
{
	struct fake_domain *d = fake_domain(domid);

	if (!d || vcpu >= d->info.vcpus_max)
		return -ESRCH;
	memset(v, 0, sizeof(*v));
	v->online = true;
	v->nr_cpus = 4;
	v->hard[0] = v->soft[0] = 0x0f;
	return STEP(0);
}

static int vcpu_pin(struct backend *b, uint32_t domid, unsigned int vcpu, const uint8_t *hard,
		    const uint8_t *soft, unsigned int nr_cpus)
{
	int rc = STEP(fake_domain(domid) ? 0 : -ESRCH);

	fake->pins += !rc;
	return rc;
}

static int trigger(struct backend *b, uint32_t domid, uint32_t trigger, uint32_t vcpu)
{
	if (trigger != XEN_DOMCTL_SENDTRIGGER_NMI)
		return -ENOSYS;
	if (!fake_domain(domid) || vcpu >= fake_domain(domid)->info.vcpus_max)
		return -ESRCH;
	fake->triggers++;
	return STEP(0);
}

static int node(struct backend *b, struct backend_node *n)
{
	memset(n, 0, sizeof(*n));
	n->nr_cpus = 4;
	n->max_cpu_id = 3;
	n->total_kb = 4 << 20;
	n->free_kb = 1 << 20;
	n->version.major = 4;
	n->version.minor = 17;
	return STEP(0);
}

static int console(struct backend *b, bool clear, char **ret_text, size_t *ret_len)
{
	int rc = STEP(0);

	if (rc)
		return rc;
	*ret_text = strdup("(XEN) hello\n\x01");
	*ret_len = strlen(*ret_text);
	return 0;
}

static int debug_keys(struct backend *b, const char *keys)
{
	snprintf(fake->keys, sizeof(fake->keys), "%s", keys);
	return STEP(0);
}

/* Two counters, the second with three values. */
static int perf(struct backend *b, struct libxen_perf **ret_perf)
{
	static const uint32_t vals[] = { 7, 1, 0, 4000000000u };
	struct libxen_perf *p;
	int rc = STEP(0);

	if (rc)
		return rc;
	p = calloc(1, sizeof(*p) + 2 * sizeof(p->counters[0]) + sizeof(vals));
	if (!p)
		return -ENOMEM;
	p->nr_counters = 2;
	p->nr_vals = ARRAY_SIZE(vals);
	p->vals = (uint32_t *)(p->counters + 2);
	memcpy(p->vals, vals, sizeof(vals));
	snprintf(p->counters[0].name, sizeof(p->counters[0].name), "cr3-loads");
	p->counters[0].nr_vals = 1;
	snprintf(p->counters[1].name, sizeof(p->counters[1].name), "hypercalls");
	p->counters[1].nr_vals = fake->perf_damaged ? 100 : 3;
	*ret_perf = p;
	return 0;
}

static int perf_reset(struct backend *b)
{
	int rc = STEP(0);

	fake->perf_resets += !rc;
	return rc;
}

static int dump(struct backend *b, uint32_t domid, int fd,
		void (*progress)(void *context, uint64_t done, uint64_t total), void *context,
		struct error_text *err)
{
	struct fake_domain *d = fake_domain(domid);

	if (!d)
		return -ESRCH;
	if (write(fd, d->info.paused ? "paused" : "live", 4) != 4)
		return -EIO;
	progress(context, 1, 2);
	if (fake->dump_fails)
		error_text_set(err, "the fake dump was told to fail");
	return fake->dump_fails ? -EIO : STEP(0);
}

/* ---- builder ---- */

static int build_check(struct backend *b, const struct build_params *p, struct error_text *err)
{
	return STEP(0);
}

static int do_build(const struct build_params *p, struct build_result *r)
{
	struct fake_domain *d = NULL;

	for (int i = 0; i < FAKE_DOMAINS && !d; i++)
		if (!fake->domain[i].used)
			d = &fake->domain[i];
	if (!d)
		return -ENOMEM;
	memset(d, 0, sizeof(*d));
	d->info.domid = fake->next_domid++;
	memcpy(d->info.handle, p->handle, 16);
	d->info.paused = true;
	d->info.memory_kb = p->memory_kb;
	d->info.maxmem_kb = p->max_memory_kb;
	d->info.vcpus_online = d->info.vcpus_max = p->nr_vcpus;
	d->used = true;
	*r = (struct build_result){.domid = d->info.domid,
				   .store_mfn = 0x100,
				   .console_mfn = 0x101,
				   .store_port = 1,
				   .console_port = 2};
	return 0;
}

static int build(struct backend *b, const struct build_params *p, struct build_result *r,
		 struct error_text *err)
{
	int rc = step_begin();

	if (rc) {
		error_text_set(err, "the fake builder was told to fail");
		return rc;
	}
	if (fake->build_ms)
		usleep(fake->build_ms * 1000);
	if (p->progress)
		p->progress(p->progress_context, 1, 2);
	return step_end(do_build(p, r));
}

/* ---- xenstore ---- */

static struct fake_store *store_of(uint32_t tx)
{
	return tx ? &fake->tx_store : &fake->store;
}

static struct fake_node *node_find(struct fake_store *s, const char *path)
{
	for (int i = 0; i < s->top; i++)
		if (s->node[i].used && str_eq(s->node[i].path, path))
			return &s->node[i];
	return NULL;
}

static struct fake_node *node_make(struct fake_store *s, const char *path)
{
	struct fake_node *n = node_find(s, path);

	for (int i = 0; i < FAKE_NODES && !n; i++) {
		if (s->node[i].used)
			continue;
		n = &s->node[i];
		memset(n, 0, sizeof(*n));
		snprintf(n->path, sizeof(n->path), "%s", path);
		n->used = true;
		s->top = MAX(s->top, i + 1);
	}
	return n;
}

static void store_copy(struct fake_store *to, const struct fake_store *from)
{
	memcpy(to->node, from->node, sizeof(from->node[0]) * from->top);
	for (int i = from->top; i < to->top; i++)
		to->node[i].used = false;
	to->top = from->top;
}

static int xs_begin(struct backend *b, uint32_t *ret_tx)
{
	int rc = STEP(0);

	if (rc)
		return rc;
	store_copy(&fake->tx_store, &fake->store);
	*ret_tx = fake->tx = 1;
	return 0;
}

static void kernel_serve(void);

static int do_commit(void)
{
	fake->tx = 0;
	if (fake->conflicts > 0) {
		fake->conflicts--;
		return -EAGAIN;
	}
	store_copy(&fake->store, &fake->tx_store);
	kernel_serve();
	return 0;
}

static int xs_commit(struct backend *b, uint32_t tx)
{
	return STEP(do_commit());
}

static void xs_abort(struct backend *b, uint32_t tx)
{
	fake->tx = 0;
}

static int xs_read(struct backend *b, uint32_t tx, const char *path, char **ret_value)
{
	int rc = STEP(0);
	struct fake_node *n = node_find(store_of(tx), path);

	if (rc)
		return rc;
	if (!n)
		return -ENOENT;
	*ret_value = strdup(n->value);
	return 0;
}

static int do_write(uint32_t tx, const char *path, const char *value)
{
	struct fake_node *n = node_make(store_of(tx), path);

	if (!n)
		return -ENOSPC;
	snprintf(n->value, sizeof(n->value), "%s", value ? value : n->value);
	if (fake->guest_listens && strstr(path, "/control/shutdown"))
		n->value[0] = '\0';
	if (!tx)
		kernel_serve();
	return 0;
}

static int xs_write(struct backend *b, uint32_t tx, const char *path, const char *value)
{
	return STEP(do_write(tx, path, value));
}

static int xs_mkdir(struct backend *b, uint32_t tx, const char *path)
{
	return STEP(do_write(tx, path, NULL));
}

static bool is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return strncmp(path, top, len) == 0 && (!path[len] || path[len] == '/');
}

static int do_rm(uint32_t tx, const char *path)
{
	struct fake_store *s = store_of(tx);

	for (int i = 0; i < s->top; i++)
		if (s->node[i].used && is_below(s->node[i].path, path))
			s->node[i].used = false;
	return 0;
}

static int xs_rm(struct backend *b, uint32_t tx, const char *path)
{
	return STEP(do_rm(tx, path));
}

static bool listed(char **names, size_t count, const char *name, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i]) == len && strncmp(names[i], name, len) == 0)
			return true;
	return false;
}

/* Nodes are kept without those between; a listing finds these by their children. */
static int do_list(struct fake_store *s, const char *path, char ***ret_names, size_t *ret_count)
{
	size_t len = strlen(path), count = 0, word;
	bool there = false;
	char **names, *text;

	names = calloc(1, (sizeof(char *) + sizeof(s->node[0].path)) * (s->top + 1));
	text = (char *)(names + s->top + 1);
	for (int i = 0; i < s->top; i++) {
		const char *below = s->node[i].path + len + 1;

		if (!s->node[i].used || !is_below(s->node[i].path, path))
			continue;
		there = true;
		word = s->node[i].path[len] ? strcspn(below, "/") : 0;
		if (!word || listed(names, count, below, word))
			continue;
		names[count++] = memcpy(text, below, word);
		text[word] = '\0';
		text += word + 1;
	}
	if (!there) {
		free(names);
		return -ENOENT;
	}
	*ret_names = names;
	*ret_count = count;
	return 0;
}

static int xs_list(struct backend *b, uint32_t tx, const char *path, char ***ret_names,
		   size_t *ret_count)
{
	int rc = STEP(0);

	if (rc)
		return rc;
	return do_list(store_of(tx), path, ret_names, ret_count);
}

static int do_perms(uint32_t tx, const char *path, const struct backend_perm *perms)
{
	struct fake_node *n = node_find(store_of(tx), path);

	if (!n)
		return -ENOENT;
	n->owner = perms[0].domid;
	return 0;
}

static int xs_perms(struct backend *b, uint32_t tx, const char *path,
		    const struct backend_perm *perms, size_t nr_perms)
{
	return STEP(do_perms(tx, path, perms));
}

static int do_introduce(uint32_t domid, bool on)
{
	struct fake_domain *d = fake_domain(domid);

	if (!d)
		return on ? -EINVAL : 0;
	d->introduced = on;
	return 0;
}

static int xs_introduce(struct backend *b, uint32_t domid, uint64_t mfn, uint32_t port)
{
	return STEP(do_introduce(domid, true));
}

static int xs_release(struct backend *b, uint32_t domid)
{
	return STEP(do_introduce(domid, false));
}

/* ---- domain 0: scripts and the kernel's back ends ---- */

/* Value of NAME= in an environment. */
static const char *env_get(char *const *env, const char *name)
{
	size_t len = strlen(name);

	for (; *env; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return *env + len + 1;
	return "";
}

/* A script that holds something (a loop device) from add to remove, noted by back-end path. */
static int do_script(const struct backend_script *s)
{
	const char *back = env_get(s->env, "XENBUS_PATH");
	bool online = str_eq(s->word, "add") || str_eq(s->word, "online");
	char path[160];

	for (int i = 0; i < FAKE_HELD; i++) {
		if (!str_eq(fake->held[i], back) && !(online && !fake->held[i][0]))
			continue;
		snprintf(fake->held[i], sizeof(fake->held[i]), "%s", online ? back : "");
		break;
	}
	snprintf(path, sizeof(path), "%s/hotplug-status", back);
	if (online && node_find(&fake->store, back))
		do_write(0, path, "connected");
	return 0;
}

static int run_script(struct backend *b, const struct backend_script *s, struct error_text *output)
{
	int rc = step_begin();

	fake->scripts++;
	if (fake->script_says[0] && !str_eq(s->word, "remove")) {
		error_text_set(output, "%s", fake->script_says);
		return 1;
	}
	return rc ? rc : step_end(do_script(s));
}

static int load_module(struct backend *b, const char *name)
{
	return STEP(0);
}

/* The kernel's answer to states: taken up when there, closed when the front end is. */
static void kernel_serve(void)
{
	char front[160], vm[160];

	for (int i = 0; i < fake->store.top; i++) {
		struct fake_node *n = &fake->store.node[i], *f;
		unsigned int domid, devid;
		char class[8];

		if (!n->used || !strstr(n->path, "/backend/") || !strstr(n->path, "/state") ||
		    sscanf(n->path, "/local/domain/0/backend/%7[a-z]/%u/%u", class, &domid,
			   &devid) != 3)
			continue;
		snprintf(front, sizeof(front), "/local/domain/%u/device/%s/%u/state", domid, class,
			 devid);
		snprintf(vm, sizeof(vm), "/local/domain/%u", domid);
		f = node_find(&fake->store, front);
		if (fake->no_back_end)
			continue;
		if (!f || f->value[0] == '6')
			strcpy(n->value, "6");
		else if (n->value[0] == '5' && !fake->guest_holds)
			strcpy(n->value, "6"), strcpy(f->value, "6");
		else if (n->value[0] == '1')
			strcpy(n->value, "2");
	}
}

static int fake_wait(struct backend *b, int timeout_ms)
{
	usleep(1000);
	return 1;
}

static void fake_wake(struct backend *b)
{
}

static const struct backend_ops fake_ops = {
	.list = list, .pause = fake_pause, .unpause = fake_unpause, .destroy = destroy,
	.set_handle = set_handle, .set_maxmem = set_maxmem, .set_weight = set_weight,
	.scheduler = scheduler, .set_slice = set_slice, .sched_get = sched_get,
	.sched_set = sched_set,
	.vcpu_info = vcpu_info, .vcpu_pin = vcpu_pin, .trigger = trigger, .node = node,
	.console = console, .dump = dump,
	.debug_keys = debug_keys, .build_check = build_check, .build = build,
	.perf = perf, .perf_reset = perf_reset,
	.xs_begin = xs_begin, .xs_commit = xs_commit, .xs_abort = xs_abort, .xs_read = xs_read,
	.xs_write = xs_write, .xs_mkdir = xs_mkdir, .xs_rm = xs_rm, .xs_list = xs_list,
	.xs_perms = xs_perms, .xs_introduce = xs_introduce, .xs_release = xs_release,
	.run_script = run_script, .load_module = load_module,
	.wait = fake_wait, .wake = fake_wake,
};

/* ---- for the tests ---- */

static int64_t fake_now(struct xend *x)
{
	return fake->clock;
}

/* Simulated time: nobody sleeps, the clock of waiting loops runs on. */
static void fake_sleep_ms(struct xend *x, int ms)
{
}

/* Domain 0 has no files; the sharing guard has tests of its own. */
static int fake_stat(const struct sharing_host *host, const char *path, struct stat *st)
{
	return -ENOENT;
}

static void start_xend(struct xend *x)
{
	if (xend_init(x))
		abort();
	fake_backend.ops = &fake_ops;
	x->backend = &fake_backend;
	x->state_dir = state_dir;
	x->now = fake_now;
	x->sleep_ms = fake_sleep_ms;
	x->ready = true;
	x->host_root = "/nonexistent";
	x->host_stat = fake_stat;
}

void fake_start(struct xend *x)
{
	if (!getenv("FAKE_LOG"))
		log_open("test", false, "/dev/null");
	if (!fake)
		fake = mmap(NULL, sizeof(*fake), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);
	if (fake == MAP_FAILED)
		abort();
	/* Not what the last member holds: what a first run found is for those that follow. */
	memset(fake, 0, offsetof(struct fake_machine, in_tx));
	fake->next_domid = 1;
	fake->clock = 1000000;
	fake->scheduler = (struct backend_scheduler){ "bvt", true, 4000 };
	fake->domain[0].used = true;
	fake->domain[0].info.running = true;
	fake->domain[0].info.vcpus_max = fake->domain[0].info.vcpus_online = 2;
	fake_finish();
	strcpy(state_dir, "/tmp/xend-test-XXXXXX");
	if (!mkdtemp(state_dir))
		abort();
	fake_restart_xend(x);
}

void fake_restart_xend(struct xend *x)
{
	struct xend_error err = { 0 };

	start_xend(x);
	if (attach_all(x, &err)) {
		printf("Bail out! attach: %s\n", err.text);
		exit(99);
	}
}

void fake_stop_xend(struct xend *x)
{
	x->backend = NULL;
	xend_clear(x);
}

/* With what is below. Here and not by rm(1): the crash tests come by thousands of times. */
static void empty_folder(const char *top)
{
	char path[400];
	struct dirent *e;
	DIR *dir = opendir(top);

	while (dir && (e = readdir(dir))) {
		if (str_eq(e->d_name, ".") || str_eq(e->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%s/%s", top, e->d_name);
		if (syscall(SYS_unlink, path)) {
			empty_folder(path);
			rmdir(path);
		}
	}
	if (dir)
		closedir(dir);
}

void fake_finish(void)
{
	if (!state_dir[0])
		return;
	empty_folder(state_dir);
	if (rmdir(state_dir))
		abort();
	state_dir[0] = '\0';
}

void fake_arm(int fail_at, int kill_at, bool kill_after)
{
	fake->steps = 0;
	fake->fail_at = fail_at;
	fake->kill_at = kill_at;
	fake->kill_after = kill_after;
	fake->armed = true;
}

void fake_disarm(void)
{
	fake->armed = false;
}

const char *fake_state_dir(void)
{
	return state_dir;
}

unsigned int fake_nr_domains(void)
{
	unsigned int n = 0;

	for (int i = 0; i < FAKE_DOMAINS; i++)
		n += fake->domain[i].used && fake->domain[i].info.domid;
	return n;
}

unsigned int fake_nr_nodes(const char *prefix)
{
	unsigned int n = 0;

	for (int i = 0; i < fake->store.top; i++)
		n += fake->store.node[i].used && str_has_prefix(fake->store.node[i].path, prefix);
	return n;
}

unsigned int fake_nr_records(void)
{
	char path[128];
	struct dirent *e;
	unsigned int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/domains", state_dir);
	dir = opendir(path);
	while (dir && (e = readdir(dir)))
		n += strstr(e->d_name, ".json") != NULL;
	if (dir)
		closedir(dir);
	return n;
}

void fake_kernel_tick(void)
{
	kernel_serve();
}

unsigned int fake_nr_held(void)
{
	unsigned int n = 0;

	for (int i = 0; i < FAKE_HELD; i++)
		n += fake->held[i][0] != '\0';
	return n;
}

const char *fake_value(const char *path)
{
	struct fake_node *n = node_find(&fake->store, path);

	return n ? n->value : NULL;
}

int fake_owner(const char *path)
{
	struct fake_node *n = node_find(&fake->store, path);

	return n ? n->owner : -1;
}

void fake_end(uint32_t domid, unsigned int reason)
{
	struct fake_domain *d = fake_domain(domid);

	d->info.shutdown = true;
	d->info.shutdown_reason = reason;
}

struct domain_config *fake_config(const char *text)
{
	struct config_source source = { .file = "guest", .text = text, .size = strlen(text) };
	struct config_report report = { 0 };
	struct domain_config *config = NULL;

	if (domain_config_load(&source, &config, &report)) {
		printf("Bail out! config: %s\n", report.error.text);
		exit(99);
	}
	config_report_clear(&report);
	return config;
}

int fake_create(struct xend *x, const char *text, struct xend_error *err)
{
	struct domain *d;
	int rc = domain_create(x, fake_config(text), false, NULL, &d, err);

	if (rc)
		return rc;
	rc = d->domid;
	domain_put(x, d);
	return rc;
}
