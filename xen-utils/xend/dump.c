/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Core files of domains: on request ('xm dump-core'), and when a domain ends whose on_* key says
 * coredump-destroy or coredump-restart.
 *
 * Relies on the backend for the contents. A file that could not be written whole is removed; one
 * that is there is whole.
 */
#include <config.h>

#include <fcntl.h>
#include <time.h>

#include "common/io.h"
#include "xend/life.h"
#include "xend/route.h"
#include "xend/xend.h"

#define DUMP_DIR	XEN_LIB_DIR "/dump"

static void report(void *context, uint64_t done, uint64_t total)
{
	progress_report(context, "dump", done, total, "pages");
}

/* NAME-YEAR-MONTH-DAY-TIME.core in the folder of dumps. */
static int default_path(struct xend *x, const struct domain *d, char *buf, size_t size)
{
	const char *dir = getenv("XEND_DUMP_DIR");
	time_t now = x->now(x);
	char stamp[32];
	struct tm tm;
	int rc;

	dir = dir ? dir : DUMP_DIR;
	rc = io_make_dirs(dir, 0700);
	strftime(stamp, sizeof(stamp), "%Y-%m-%d-%H%M%S", localtime_r(&now, &tm));
	snprintf(buf, size, "%s/%s-%s.core", dir, d->name, stamp);
	return rc;
}

int domain_dump(struct xend *x, struct domain *d, const char *path, char *ret_path, size_t size,
		const struct progress *progress, struct xend_error *err)
{
	struct error_text why = { .text = "" };
	int fd, rc = 0;

	if (path)
		snprintf(ret_path, size, "%s", path);
	else
		rc = default_path(x, d, ret_path, size);
	fd = rc ? -1 : open(ret_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return xend_fail_key(err, rc ? -rc : errno, "file", "%s cannot be written: %s.",
				     ret_path, strerror(rc ? -rc : errno));
	rc = x->backend->ops->dump(x->backend, d->domid, fd, report, (void *)progress, &why);
	if (!rc && fsync(fd))
		rc = -errno;
	close(fd);
	if (!rc)
		return 0;
	unlink(ret_path);
	return xend_fail(err, -rc, "Domain '%s' cannot be dumped to %s: %s.", d->name, ret_path,
			 why.text[0] ? why.text : strerror(-rc));
}

/* Paused meanwhile, unless asked otherwise, so that what is written fits together. */
static int dump_paused(struct call *c, const char *file, bool live, char *path, size_t size)
{
	bool pause, running;
	int rc = 0;

	xend_lock(c->x);
	running = c->d->present && !c->d->info.dying;
	pause = !live && !c->d->info.paused && !c->d->info.shutdown;
	xend_unlock(c->x);
	if (!running)
		return xend_fail(&c->err, EBUSY, "Domain '%s' is not running any more.",
				 c->d->name);
	if (pause)
		rc = c->x->backend->ops->pause(c->x->backend, c->d->domid);
	if (rc)
		return xend_fail(&c->err, -rc, "Domain '%s' cannot be paused: %s.", c->d->name,
				 strerror(-rc));
	rc = domain_dump(c->x, c->d, file, path, size, c->progress, &c->err);
	if (pause)
		c->x->backend->ops->unpause(c->x->backend, c->d->domid);
	return rc;
}

int api_dump_core(struct call *c)
{
	bool live = false, crash = false, reset = false;
	const char *file = NULL;
	char path[4096];
	int rc = domains_refresh(c->x, &c->err);

	if (!rc)
		rc = arg_string(c, "file", false, &file);
	if (!rc)
		rc = arg_bool(c, "live", &live);
	if (!rc)
		rc = arg_bool(c, "crash", &crash);
	if (!rc)
		rc = arg_bool(c, "reset", &reset);
	if (!rc && file && (file[0] != '/' || strlen(file) >= sizeof(path)))
		rc = xend_fail_key(&c->err, EINVAL, "file", "The file must be an absolute path.");
	if (!rc && reset && c->d->phase == PHASE_FOREIGN)
		rc = xend_fail_key(&c->err, EPERM, "reset",
				   "Domain '%s' was not made by xend and cannot be started again.",
				   c->d->name);
	if (!rc)
		rc = dump_paused(c, file, live, path, sizeof(path));
	if (!rc && reset)
		rc = domain_restart(c->x, c->d, "requested", c->progress, &c->err);
	else if (!rc && crash)
		rc = domain_destroy(c->x, c->d, XEND_DESTROY_WAIT_MS, "dumped", &c->err);
	if (rc)
		return rc;
	c->result = json_pack("{s:s}", "file", path);
	return c->result ? 0 : xend_fail(&c->err, EINVAL, "The file's name is not UTF-8.");
}
