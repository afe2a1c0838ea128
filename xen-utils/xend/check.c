/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking for what belongs to no domain any more, and removing it; see check.h.
 *
 * The kinds here: xenstore's nodes of domains that do not exist, sockets of their consoles,
 * domains that do not finish dying, and domains that xend has no record of. Others come from who
 * makes them.
 */
#include <config.h>

#include <ctype.h>
#include <dirent.h>
#include <strings.h>

#include "xend/check.h"
#include "xend/route.h"
#include "xend/xend.h"

#define FINDINGS_MAX	1000	/* of one run; the next run has the rest */
#define PATH_SIZE	256
#define BACKENDS	"/local/domain/0/backend"
#define CONSOLE_PREFIX	"domain-"

struct check_run {
	json_t *findings;
	const struct check_kind *kind;
	struct xend *x;
	bool repair;
	unsigned int nr_left;		/* not repaired */
};

void check_found(struct check_run *run, const char *what, const char *fmt, ...)
{
	char why[256];
	bool repaired = false;
	va_list ap;
	json_t *o;
	int rc = 0;

	if (json_array_size(run->findings) >= FINDINGS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (run->repair && run->kind->repair) {
		rc = run->kind->repair(run->x, what);
		repaired = !rc;
		if (repaired)
			log_info("check: %s: %s was removed: %s", run->kind->kind, what, why);
	}
	run->nr_left += !repaired;
	o = json_pack("{s:s s:s s:s s:b s:b}", "kind", run->kind->kind, "what", what, "why", why,
		      "repairable", run->kind->repair != NULL, "repaired", repaired);
	if (rc)
		json_object_set_new(o, "error", json_string(strerror(-rc)));
	json_array_append_new(run->findings, o);
}

bool check_domid_known(struct xend *x, uint32_t domid)
{
	bool known = false;

	xend_lock(x);
	for (struct domain *d = x->domains; d && !known; d = d->next)
		known = d->domid == (int)domid || (d->present && d->info.domid == domid);
	xend_unlock(x);
	return known;
}

bool check_uuid_known(struct xend *x, const char *uuid)
{
	bool known = false;

	xend_lock(x);
	for (struct domain *d = x->domains; d && !known; d = d->next)
		known = strcasecmp(d->uuid, uuid) == 0;
	xend_unlock(x);
	return known;
}

/* ---- xenstore ---- */

typedef void (*child_fn)(struct xend *x, struct check_run *run, const char *dir, const char *name);

/* The children of a folder, read before the register is; a folder that is not there has none. */
static int each_child(struct xend *x, struct check_run *run, const char *dir, child_fn fn)
{
	char **names = NULL;
	size_t count = 0;
	int rc = x->backend->ops->xs_list(x->backend, BACKEND_NO_TX, dir, &names, &count);

	if (rc)
		return rc == -ENOENT ? 0 : rc;
	rc = domains_refresh(x, NULL);
	for (size_t i = 0; !rc && i < count; i++)
		fn(x, run, dir, names[i]);
	free(names);
	return rc;
}

static void look_at_domain(struct xend *x, struct check_run *run, const char *dir,
			   const char *name)
{
	char path[PATH_SIZE];
	uint64_t domid;

	if (str_to_u64(name, UINT32_MAX, &domid) || check_domid_known(x, domid))
		return;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	check_found(run, path, "there is no domain %s", name);
}

static void look_at_vm(struct xend *x, struct check_run *run, const char *dir, const char *name)
{
	char path[PATH_SIZE];
	uint8_t uuid[16];

	if (uuid_parse(name, uuid) || check_uuid_known(x, name))
		return;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	check_found(run, path, "no domain has this UUID");
}

static void look_at_backend(struct xend *x, struct check_run *run, const char *dir,
			    const char *name)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	each_child(x, run, path, look_at_domain);
}

static int find_nodes(struct xend *x, struct check_run *run)
{
	int rc = each_child(x, run, "/local/domain", look_at_domain);

	if (!rc)
		rc = each_child(x, run, "/vm", look_at_vm);
	return rc ? rc : each_child(x, run, BACKENDS, look_at_backend);
}

static int remove_node(struct xend *x, const char *what)
{
	return x->backend->ops->xs_rm(x->backend, BACKEND_NO_TX, what);
}

/* ---- consoles ---- */

static const char *console_dir(void)
{
	const char *dir = getenv("XENCONSOLED_RUN_DIR");

	return dir ? dir : XENCONSOLED_RUN_DIR;
}

static int find_sockets(struct xend *x, struct check_run *run)
{
	DIR *dir = opendir(console_dir());
	struct dirent *e;
	uint64_t domid;
	char path[512];

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((e = readdir(dir))) {
		if (!str_has_prefix(e->d_name, CONSOLE_PREFIX) ||
		    str_to_u64(e->d_name + strlen(CONSOLE_PREFIX), UINT32_MAX, &domid))
			continue;
		if (domains_refresh(x, NULL) || check_domid_known(x, domid))
			continue;
		snprintf(path, sizeof(path), "%s/%s", console_dir(), e->d_name);
		check_found(run, path, "there is no domain %llu", (unsigned long long)domid);
	}
	closedir(dir);
	return 0;
}

static int remove_file(struct xend *x, const char *what)
{
	(void)x;
	return unlink(what) && errno != ENOENT ? -errno : 0;
}

/* ---- domains ---- */

/* Both kinds of domains: state is what makes one an orphan. */
static int find_domains(struct xend *x, struct check_run *run,
			bool (*is_orphan)(const struct domain *d), const char *why)
{
	struct domain **all;
	char name[DOMAIN_NAME_SIZE];
	bool orphan;
	size_t count;
	int domid, rc = domains_refresh(x, NULL);

	if (!rc)
		rc = domains_snapshot(x, &all, &count);
	if (rc)
		return rc;
	for (size_t i = 0; i < count; i++) {
		xend_lock(x);
		orphan = all[i]->present && !all[i]->busy && is_orphan(all[i]);
		memcpy(name, all[i]->name, sizeof(name));
		domid = all[i]->info.domid;
		xend_unlock(x);
		if (orphan && domid)
			check_found(run, name, "domain %d %s", domid, why);
	}
	domains_put(x, all, count);
	return 0;
}

static bool is_dying(const struct domain *d)
{
	return d->info.dying;
}

static bool is_foreign(const struct domain *d)
{
	return d->phase == PHASE_FOREIGN && !d->info.dying;
}

static int find_dying(struct xend *x, struct check_run *run)
{
	return find_domains(x, run, is_dying, "is dying and does not end: somebody still holds its "
			    "memory, as a device of another domain or a process of domain 0");
}

static int find_foreign(struct xend *x, struct check_run *run)
{
	return find_domains(x, run, is_foreign, "was not made by xend, which has no record of it; "
			    "'xm destroy' ends it");
}

static const struct check_kind check_kinds[] = {
	{ "xenstore", find_nodes, remove_node },
	{ "console", find_sockets, remove_file },
	{ "dying", find_dying, NULL },
	{ "no-record", find_foreign, NULL },
};

static int check_all(struct call *c, bool repair)
{
	struct check_run run = { .findings = json_array(), .x = c->x, .repair = repair };
	int rc = run.findings ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < ARRAY_SIZE(check_kinds); i++) {
		run.kind = &check_kinds[i];
		rc = run.kind->find(c->x, &run);
		if (rc)
			xend_fail(&c->err, -rc, "What is left over (%s) cannot be listed: %s.",
				  run.kind->kind, strerror(-rc));
	}
	if (rc) {
		json_decref(run.findings);
		return rc;
	}
	c->top = "check";
	c->result = json_pack("{s:o s:i}", "findings", run.findings, "left", run.nr_left);
	return c->result ? 0 : xend_fail(&c->err, ENOMEM, "xend has no memory for the answer.");
}

int api_check(struct call *c)
{
	return check_all(c, false);
}

int api_check_repair(struct call *c)
{
	return check_all(c, true);
}
