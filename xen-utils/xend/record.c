/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of domains on disk: writing, removing, reading all of them at start.
 *
 * Relies on common/io.h for replacing a file atomically, on jansson and domain/config.h for the
 * contents. Relied on by domain.c and attach.c.
 */
#include <config.h>

#include <dirent.h>
#include <sys/stat.h>

#include "common/io.h"
#include "common/log.h"
#include "xend/device.h"
#include "xend/record.h"

#define RECORD_VERSION	1
#define RECORD_MAX	(8u << 20)

static char *record_path(const char *state_dir, const char *uuid, const char *suffix)
{
	char *path;

	if (asprintf(&path, "%s/domains/%s%s", state_dir, uuid, suffix) < 0)
		return NULL;
	return path;
}

static json_t *record_json(const struct domain *d)
{
	json_t *o = json_pack("{s:i s:s s:s s:i s:s s:b s:I s:I s:i}", "record", RECORD_VERSION,
			      "uuid", d->uuid, "name", d->name, "domid", d->domid,
			      "phase", domain_phase_name(d->phase), "paused", d->start_paused,
			      "target_kb", (json_int_t)d->target_kb,
			      "created_at", (json_int_t)d->created_at, "restarts", d->restarts);

	if (o && (json_object_set_new(o, "config", domain_config_to_json(d->config)) ||
		  json_object_set_new(o, "devices", devices_to_json(d)))) {
		json_decref(o);
		return NULL;
	}
	return o;
}

int record_save(const char *state_dir, const struct domain *d, struct xend_error *err)
{
	AUTO_FREE char *path = record_path(state_dir, d->uuid, ".json");
	AUTO_FREE char *text = NULL;
	json_t *o = record_json(d);
	int rc;

	if (o)
		text = json_dumps(o, JSON_INDENT(1));
	json_decref(o);
	if (!path || !text)
		return xend_fail(err, ENOMEM,
				 "Domain '%s': its record cannot be written: no memory.", d->name);
	rc = io_replace_file(path, text, strlen(text), 0600);
	if (rc)
		return xend_fail(err, -rc, "Domain '%s': its record %s cannot be written: %s.",
				 d->name, path, strerror(-rc));
	return 0;
}

int record_remove(const char *state_dir, const char *uuid, struct xend_error *err)
{
	AUTO_FREE char *path = record_path(state_dir, uuid, ".json");
	int rc;

	if (!path)
		return xend_fail(err, ENOMEM, "A domain's record cannot be removed: no memory.");
	if (unlink(path) && errno != ENOENT)
		return xend_fail(err, errno, "The record %s cannot be removed: %s.", path,
				 strerror(errno));
	rc = io_sync_parent(path);
	if (rc && rc != -ENOENT)
		return xend_fail(err, -rc, "The folder of %s cannot be brought to disk: %s.", path,
				 strerror(-rc));
	return 0;
}

/* The plain members; *d is filled only as far as it is valid. */
static int record_fill(struct domain *d, json_t *o, const char **why)
{
	json_int_t target = 0, created = 0;
	int domid = DOMAIN_NONE, paused = 0, restarts = 0;
	const char *phase;

	*why = "a member is missing or of the wrong type";
	if (json_unpack(o, "{s:i s:s s?b s?I s?I s?i}", "domid", &domid, "phase", &phase,
			"paused", &paused, "target_kb", &target, "created_at", &created,
			"restarts", &restarts))
		return -EINVAL;
	*why = "its phase is not known";
	if (domain_phase_parse(phase, &d->phase) || d->phase == PHASE_FOREIGN)
		return -EINVAL;
	*why = "a number is out of range";
	if (domid < DOMAIN_NONE || domid >= (int)DOMID_FIRST_RESERVED || target < 0 || restarts < 0)
		return -EINVAL;
	d->domid = domid;
	d->start_paused = paused;
	d->target_kb = target;
	d->created_at = created;
	d->restarts = restarts;
	return 0;
}

static struct domain *record_parse(json_t *o, const char *uuid, char *why, size_t why_size)
{
	struct config_report report = { 0 };
	const char *name, *in_uuid, *reason = "out of memory";
	struct domain *d = NULL;
	int version;

	if (json_unpack(o, "{s:i s:s s:s}", "record", &version, "uuid", &in_uuid, "name", &name)) {
		snprintf(why, why_size, "it is not a record of a domain");
		return NULL;
	}
	if (version != RECORD_VERSION || !str_eq(in_uuid, uuid)) {
		snprintf(why, why_size, "its version is %d or its UUID is not its file's", version);
		return NULL;
	}
	d = domain_new(name, uuid);
	if (!d || record_fill(d, o, &reason)) {
		snprintf(why, why_size, "%s", reason);
		goto fail;
	}
	if (domain_config_from_json(json_object_get(o, "config"), &d->config, &report)) {
		snprintf(why, why_size, "config: %s",
			 report.error.text ? report.error.text : "bad");
		goto fail;
	}
	if (devices_from_json(json_object_get(o, "devices"), &d->devices)) {
		snprintf(why, why_size, "one of its devices cannot be read");
		goto fail;
	}
	config_report_clear(&report);
	return d;
fail:
	config_report_clear(&report);
	domain_free(d);
	return NULL;
}

static struct domain *record_load(const char *path, const char *uuid, char *why, size_t why_size)
{
	AUTO_FREE char *text = NULL;
	struct domain *d;
	json_error_t jerr;
	json_t *o;
	size_t len;
	int rc;

	rc = io_read_file(path, RECORD_MAX, &text, &len);
	if (rc) {
		snprintf(why, why_size, "%s", strerror(-rc));
		return NULL;
	}
	o = json_loadb(text, len, JSON_REJECT_DUPLICATES, &jerr);
	if (!o) {
		snprintf(why, why_size, "line %d: %s", jerr.line, jerr.text);
		return NULL;
	}
	d = record_parse(o, uuid, why, why_size);
	json_decref(o);
	return d;
}

/* Does name begin with a UUID and ".json"? Copies the UUID out; *ret_rest is what follows. */
static bool record_file_name(const char *name, char uuid[DOMAIN_UUID_LEN + 1],
			     const char **ret_rest)
{
	uint8_t bytes[16];

	if (strlen(name) < DOMAIN_UUID_LEN + 5 ||
	    !str_has_prefix(name + DOMAIN_UUID_LEN, ".json"))
		return false;
	memcpy(uuid, name, DOMAIN_UUID_LEN);
	uuid[DOMAIN_UUID_LEN] = '\0';
	*ret_rest = name + DOMAIN_UUID_LEN + 5;
	return uuid_parse(uuid, bytes) == 0;
}

/* What an interrupted io_replace_file() left: it was never acknowledged, so nobody misses it. */
static void record_drop_remains(const char *state_dir, const char *name)
{
	AUTO_FREE char *path = record_path(state_dir, name, "");

	if (path && unlink(path))
		log_warn_errno(errno, "record: %s: remains of a write cannot be removed", path);
}

static void record_set_aside(const char *state_dir, const char *uuid, const char *path,
			     const char *why)
{
	AUTO_FREE char *bad = record_path(state_dir, uuid, ".bad");

	log_error("record: %s: %s; it is set aside as %s.bad and its domain is shown as unknown",
		  path, why, uuid);
	if (bad && rename(path, bad))
		log_warn_errno(errno, "record: %s: cannot be renamed", path);
}

static void record_load_entry(const char *state_dir, const char *name, struct domain **list)
{
	AUTO_FREE char *path = NULL;
	char uuid[DOMAIN_UUID_LEN + 1], why[512];
	struct domain *d;
	const char *rest;

	if (!record_file_name(name, uuid, &rest))
		return;
	if (*rest) {
		if (*rest == '.')
			record_drop_remains(state_dir, name);
		return;
	}
	path = record_path(state_dir, uuid, ".json");
	if (!path)
		return;
	d = record_load(path, uuid, why, sizeof(why));
	if (!d) {
		record_set_aside(state_dir, uuid, path, why);
		return;
	}
	d->next = *list;
	*list = d;
}

int record_load_all(const char *state_dir, struct domain **ret_list, struct xend_error *err)
{
	AUTO_FREE char *path = record_path(state_dir, "", "");
	struct domain *list = NULL;
	struct dirent *entry;
	DIR *dir;
	int rc;

	if (!path)
		return xend_fail(err, ENOMEM, "The records of domains cannot be read: no memory.");
	rc = io_make_dirs(path, 0700);
	dir = rc ? NULL : opendir(path);
	if (!dir)
		return xend_fail(err, rc ? -rc : errno, "The folder %s cannot be opened: %s.", path,
				 strerror(rc ? -rc : errno));
	while ((entry = readdir(dir)))
		record_load_entry(state_dir, entry->d_name, &list);
	closedir(dir);
	*ret_list = list;
	return 0;
}
