/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host as a resource: facts, the hypervisor's console ring, logs, events, and lists of all
 * domains and consoles.
 *
 * Relies on the backend for the hypervisor's part, on uname() and /proc for domain 0's.
 */
#include <config.h>

#include <ctype.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "common/io.h"
#include "common/strbuf.h"
#include "xend/route.h"
#include "xend/xend.h"

#define LOG_SHOWN_MAX	(1u << 20)
#define KEYS_MAX	64u

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

static int no_memory(struct call *c)
{
	return xend_fail(&c->err, ENOMEM, "xend has no memory for the answer.");
}

int api_root(struct call *c)
{
	c->result = json_pack("{s:[s,s,s,s,s] s:i s:o}", "resources", "node", "domain", "console",
			      "stats", "event", "xend_api", 1, "operations", route_table());
	return c->result ? 0 : no_memory(c);
}

static void set_text(json_t *o, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(o, key, json_string(text));
}

/* The hypervisor ends some of its texts with a space, as the interface has it. */
static void set_text_trimmed(json_t *o, const char *key, const char *text)
{
	size_t len = strlen(text);

	while (len && text[len - 1] == ' ')
		len--;
	if (len)
		json_object_set_new(o, key, json_stringn(text, len));
}

static void add_uname(json_t *o)
{
	struct utsname u;

	if (uname(&u))
		return;
	set_text(o, "system", u.sysname);
	set_text(o, "host", u.nodename);
	set_text(o, "release", u.release);
	set_text(o, "version", u.version);
	set_text(o, "machine", u.machine);
}

static void add_cpu_model(json_t *o)
{
	AUTO_FREE char *text = NULL;
	char *at, *end;

	if (io_read_file("/proc/cpuinfo", 4 << 20, &text, NULL))
		return;
	at = strstr(text, "model name");
	at = at ? strchr(at, ':') : NULL;
	if (!at)
		return;
	at += 1 + strspn(at + 1, " \t");
	end = strchr(at, '\n');
	if (end)
		*end = '\0';
	set_text(o, "cpu_model", at);
}

static void add_cpus(json_t *o, const struct backend_node *n)
{
	static const struct { uint32_t bit; const char *name; } virt[] = {
		{ XEN_SYSCTL_PHYSCAP_pv, "pv" }, { XEN_SYSCTL_PHYSCAP_hvm, "hvm" },
		{ XEN_SYSCTL_PHYSCAP_hap, "hap" }, { XEN_SYSCTL_PHYSCAP_directio, "directio" },
		{ XEN_SYSCTL_PHYSCAP_shadow, "shadow" },
	};
	struct strbuf caps = STRBUF_INIT, words = STRBUF_INIT;

	json_object_set_new(o, "nr_cpus", json_integer(n->nr_cpus));
	json_object_set_new(o, "max_cpu_id", json_integer(n->max_cpu_id));
	json_object_set_new(o, "nr_nodes", json_integer(n->nr_nodes));
	json_object_set_new(o, "cores_per_socket", json_integer(n->cores_per_socket));
	json_object_set_new(o, "threads_per_core", json_integer(n->threads_per_core));
	json_object_set_new(o, "cpu_mhz", json_integer(n->cpu_khz / 1000));
	for (size_t i = 0; i < ARRAY_SIZE(n->hw_caps); i++)
		strbuf_printf(&words, "%s%08x", i ? ":" : "", n->hw_caps[i]);
	for (size_t i = 0; i < ARRAY_SIZE(virt); i++)
		if (n->capabilities & virt[i].bit)
			strbuf_printf(&caps, "%s%s", caps.len ? " " : "", virt[i].name);
	set_text(o, "hw_caps", strbuf_str(&words));
	set_text(o, "virt_caps", strbuf_str(&caps));
	strbuf_free(&words);
	strbuf_free(&caps);
}

/*
 * Where each MB went: what is neither free, being cleaned nor a domain's is the
 * hypervisor's own.
 */
static void add_memory(struct xend *x, json_t *o, const struct backend_node *n)
{
	uint64_t dom0 = 0, guests = 0, others;

	xend_lock(x);
	for (struct domain *d = x->domains; d; d = d->next) {
		if (!d->present)
			continue;
		if (d->domid == 0)
			dom0 = d->info.memory_kb;
		else
			guests += d->info.memory_kb;
	}
	xend_unlock(x);
	others = n->free_kb + n->scrub_kb + dom0 + guests;
	json_object_set_new(o, "total_memory_kb", json_integer(n->total_kb));
	json_object_set_new(o, "free_memory_kb", json_integer(n->free_kb));
	json_object_set_new(o, "memory",
			    json_pack("{s:I s:I s:I s:I s:I}", "xen_kb",
				      (json_int_t)(n->total_kb > others ? n->total_kb - others : 0),
				      "dom0_kb", (json_int_t)dom0, "guests_kb", (json_int_t)guests,
				      "free_kb", (json_int_t)n->free_kb, "scrub_kb",
				      (json_int_t)n->scrub_kb));
}

static void add_version(struct xend *x, json_t *o, const struct backend_node *n)
{
	struct backend_scheduler scheduler = { .name = "unknown" };
	const struct libxen_version *v = &n->version;
	char text[160];

	json_object_set_new(o, "xen_major", json_integer(v->major));
	json_object_set_new(o, "xen_minor", json_integer(v->minor));
	set_text(o, "xen_extra", v->extra);
	snprintf(text, sizeof(text), "%u.%u%s", v->major, v->minor, v->extra);
	set_text(o, "xen_version", text);
	set_text_trimmed(o, "xen_caps", v->capabilities);
	x->backend->ops->scheduler(x->backend, &scheduler);
	set_text(o, "xen_scheduler", scheduler.name);
	json_object_set_new(o, "xen_pagesize", json_integer(v->page_size));
	snprintf(text, sizeof(text), "virt_start=0x%llx", (unsigned long long)v->virt_start);
	set_text(o, "platform_params", text);
	set_text(o, "xen_changeset", v->changeset);
	set_text_trimmed(o, "xen_commandline", v->command_line);
	set_text(o, "cc_compiler", v->compiler);
	set_text(o, "cc_compile_by", v->compile_by);
	set_text(o, "cc_compile_domain", v->compile_domain);
	set_text(o, "cc_compile_date", v->compile_date);
	set_text(o, "build_id", v->build_id);
}

/* What xen-boot wrote when this start is one of the second choice; else nothing. */
static void add_boot_status(json_t *o)
{
	AUTO_FREE char *text = NULL;

	if (io_read_file(XEN_RUN_DIR "/boot-status", 4096, &text, NULL))
		return;
	text[strcspn(text, "\n")] = '\0';
	set_text_trimmed(o, "boot_status", text);
}

static int64_t host_uptime(void)
{
	struct timespec ts;

	return clock_gettime(CLOCK_BOOTTIME, &ts) ? 0 : ts.tv_sec;
}

int api_node(struct call *c)
{
	struct backend_node *n = calloc(1, sizeof(*n));
	json_t *o = json_object();
	int rc = n && o ? c->x->backend->ops->node(c->x->backend, n) : -ENOMEM;

	if (!rc)
		rc = domains_refresh(c->x, NULL);
	if (rc) {
		json_decref(o);
		free(n);
		return xend_fail(&c->err, -rc,
				 "The hypervisor cannot be asked about the machine: %s.",
				 strerror(-rc));
	}
	add_uname(o);
	add_cpu_model(o);
	add_cpus(o, n);
	add_memory(c->x, o, n);
	add_version(c->x, o, n);
	add_boot_status(o);
	set_text(o, "xend_version", PACKAGE_VERSION);
	json_object_set_new(o, "xend_api", json_integer(1));
	json_object_set_new(o, "xend_started_at", json_integer(c->x->started_at));
	json_object_set_new(o, "uptime_s", json_integer(host_uptime()));
	free(n);
	c->result = o;
	c->top = "node";
	return 0;
}

int api_node_debug_keys(struct call *c)
{
	const char *keys;
	int rc = arg_string(c, "keys", true, &keys);

	if (rc)
		return rc;
	for (const char *p = keys; *p; p++)
		if (!isprint((unsigned char)*p) || (size_t)(p - keys) >= KEYS_MAX)
			keys = "";
	if (!keys[0])
		return xend_fail_key(&c->err, EINVAL, "keys", "The keys must be 1 to %u printable "
				     "characters.", KEYS_MAX);
	rc = c->x->backend->ops->debug_keys(c->x->backend, keys);
	if (rc)
		return xend_fail(&c->err, -rc, "The hypervisor refuses the debug keys: %s.",
				 strerror(-rc));
	return 0;
}

/* Start the first of the programs that exists; it goes on when xend is ended by it. */
static int start_program(char *programs[][4], size_t nr, struct call *c)
{
	static char *environment[] = { (char *)"PATH=/sbin:/usr/sbin:/bin:/usr/bin", NULL };
	pid_t pid;
	int status, r = ENOENT;

	for (size_t i = 0; i < nr && r; i++)
		r = posix_spawn(&pid, programs[i][0], NULL, NULL, programs[i], environment);
	if (r)
		return xend_fail(&c->err, r, "The machine cannot be shut down: %s: %s.",
				 programs[0][0], strerror(r));
	if (waitpid(pid, &status, 0) == pid && status)
		return xend_fail(&c->err, EIO,
				 "The machine cannot be shut down: %s failed with status %d.",
				 programs[0][0], WEXITSTATUS(status));
	return 0;
}

int api_node_shutdown(struct call *c)
{
	static char *programs[][4] = {
		{ (char *)"/sbin/shutdown", (char *)"-h", (char *)"now", NULL },
		{ (char *)"/sbin/poweroff", NULL },
	};

	log_info("node: the machine is shut down by request");
	return start_program(programs, ARRAY_SIZE(programs), c);
}

int api_node_reboot(struct call *c)
{
	static char *programs[][4] = {
		{ (char *)"/sbin/shutdown", (char *)"-r", (char *)"now", NULL },
		{ (char *)"/sbin/reboot", NULL },
	};

	log_info("node: the machine is rebooted by request");
	return start_program(programs, ARRAY_SIZE(programs), c);
}

/* Only printable ASCII, tab and newline leave us: a guest or the hypervisor may have written it. */
static void make_printable(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((text[i] < 0x20 || text[i] > 0x7e) && text[i] != '\t' && text[i] != '\n')
			text[i] = '?';
}

/* Hand text over to the answer, as itself or as a member. */
static int answer_with_text(struct call *c, char *text, size_t len, const char *path)
{
	make_printable(text, len);
	if (c->text) {
		c->plain = text;
		c->plain_len = len;
		return 0;
	}
	c->result = json_pack("{s:s}", "text", text);
	free(text);
	if (c->result && path)
		set_text(c->result, "path", path);
	return c->result ? 0 : no_memory(c);
}

int api_node_dmesg(struct call *c)
{
	char *text = NULL;
	size_t len = 0;
	int rc = c->x->backend->ops->console(c->x->backend, false, &text, &len);

	if (rc)
		return xend_fail(&c->err, -rc, "The hypervisor's messages cannot be read: %s.",
				 strerror(-rc));
	return answer_with_text(c, text, len, NULL);
}

int api_node_dmesg_clear(struct call *c)
{
	char *text = NULL;
	size_t len = 0;
	int rc = c->x->backend->ops->console(c->x->backend, true, &text, &len);

	free(text);
	if (rc)
		return xend_fail(&c->err, -rc, "The hypervisor's messages cannot be cleared: %s.",
				 strerror(-rc));
	return 0;
}

/* The end of a file, from a line's start, at most LOG_SHOWN_MAX bytes. */
static int read_tail(const char *path, char **ret_text, size_t *ret_len)
{
	AUTO_FCLOSE FILE *f = fopen(path, "re");
	AUTO_FREE char *buf = malloc(LOG_SHOWN_MAX + 1);
	struct stat st;
	size_t len, skip = 0;
	off_t from;

	if (!f)
		return -errno;
	if (!buf)
		return -ENOMEM;
	if (fstat(fileno(f), &st))
		return -errno;
	from = st.st_size > LOG_SHOWN_MAX ? st.st_size - LOG_SHOWN_MAX : 0;
	if (fseeko(f, from, SEEK_SET))
		return -errno;
	len = fread(buf, 1, LOG_SHOWN_MAX, f);
	if (from)
		while (skip < len && buf[skip++] != '\n')
			;
	memmove(buf, buf + skip, len - skip);
	buf[len - skip] = '\0';
	*ret_len = len - skip;
	*ret_text = TAKE_PTR(buf);
	return 0;
}

/* Where the last so many lines begin; all of them when lines is negative. */
static size_t last_lines(const char *text, size_t len, int64_t lines)
{
	size_t at = len;

	if (lines < 0)
		return 0;
	if (lines == 0)
		return len;
	if (at && text[at - 1] == '\n')
		at--;
	for (; at > 0; at--)
		if (text[at - 1] == '\n' && --lines == 0)
			break;
	return at;
}

int api_node_log(struct call *c)
{
	const char *path = c->x->settings.logfile;
	int64_t lines = -1;
	char *text = NULL;
	size_t len = 0, at;
	int rc;

	rc = arg_int(c, "lines", false, 0, 1000000, &lines);
	if (rc)
		return rc;
	rc = read_tail(path, &text, &len);
	if (rc)
		return xend_fail(&c->err, -rc, "xend's log %s cannot be read: %s.", path,
				 strerror(-rc));
	at = last_lines(text, len, lines);
	memmove(text, text + at, len - at + 1);
	return answer_with_text(c, text, len - at, path);
}

int api_events(struct call *c)
{
	int64_t since = event_next(c->x->events);
	int rc = arg_int(c, "since", false, 0, INT64_MAX, &since);

	if (rc)
		return rc;
	c->answer->status = 200;
	c->answer->content_type = "application/x-ndjson";
	c->answer->events = true;
	c->answer->event_seq = since < 1 ? 1 : since;
	return 0;
}

/* "(domains (domain ...) ...)": every element under its own name. */
static char *list_sxp(const char *top, const char *element, const json_t *list)
{
	struct strbuf sb = STRBUF_INIT;
	const json_t *o;
	size_t i;

	strbuf_printf(&sb, "(%s", top);
	json_array_foreach(list, i, o) {
		AUTO_FREE char *text = sxp_from_json(element, o);
		size_t len = text ? strlen(text) : 0;

		while (len && text[len - 1] == '\n')
			len--;
		strbuf_putc(&sb, '\n');
		strbuf_add(&sb, text, len);
	}
	strbuf_puts(&sb, ")\n");
	return strbuf_steal(&sb);
}

static int answer_list(struct call *c, const char *top, const char *element, json_t *list)
{
	if (c->sxp)
		c->sxp_text = list_sxp(top, element, list);
	c->result = json_pack("{s:o}", top, list);
	return c->result ? 0 : no_memory(c);
}

int api_domains(struct call *c)
{
	struct domain **all;
	json_t *list = json_array();
	bool names = false;
	size_t count;
	int rc;

	rc = arg_bool(c, "names", &names);
	if (!rc)
		rc = domains_refresh(c->x, &c->err);
	if (!rc && domains_snapshot(c->x, &all, &count))
		rc = no_memory(c);
	if (rc) {
		json_decref(list);
		return rc;
	}
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, names ? json_string(all[i]->name) :
				      show_domain(c->x, all[i], false));
	domains_put(c->x, all, count);
	if (!names)
		return answer_list(c, "domains", "domain", list);
	c->result = json_pack("{s:o}", "names", list);
	return 0;
}

int api_consoles(struct call *c)
{
	struct domain **all;
	json_t *list = json_array(), *one;
	size_t count;
	int rc;

	rc = domains_refresh(c->x, &c->err);
	if (!rc && domains_snapshot(c->x, &all, &count))
		rc = no_memory(c);
	if (rc) {
		json_decref(list);
		return rc;
	}
	for (size_t i = 0; i < count; i++) {
		one = show_console(c->x, all[i]);
		if (one)
			json_array_append_new(list, one);
	}
	domains_put(c->x, all, count);
	return answer_list(c, "consoles", "console", list);
}
