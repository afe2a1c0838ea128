/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The register of domains: lookup, reference counts, one operation at a time, small conversions.
 *
 * Relies on record.h for the durable form. refresh.c joins the register with the hypervisor's list.
 * Invariant: a listed domain holds one reference of the list; uuid is unique among domains that are
 * not foreign, and so is name; every change of `busy` is followed by a broadcast of x->changed.
 */
#include <config.h>

#include <ctype.h>
#include <sys/random.h>

#include "xend/record.h"
#include "xend/xend.h"

static const char *const phase_names[] = {
	[PHASE_FOREIGN] = "foreign",
	[PHASE_BUILDING] = "building",
	[PHASE_STARTING] = "starting",
	[PHASE_RUNNING] = "running",
	[PHASE_PRESERVED] = "preserved",
	[PHASE_RESTARTING] = "restarting",
	[PHASE_ENDING] = "ending",
};

const char *domain_phase_name(enum domain_phase phase)
{
	return phase_names[phase];
}

int domain_phase_parse(const char *name, enum domain_phase *ret_phase)
{
	for (size_t i = 0; i < ARRAY_SIZE(phase_names); i++) {
		if (str_eq(phase_names[i], name)) {
			*ret_phase = i;
			return 0;
		}
	}
	return -EINVAL;
}

void uuid_format(const uint8_t u[16], char text[DOMAIN_UUID_LEN + 1])
{
	size_t at = 0;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text[at++] = '-';
		at += sprintf(text + at, "%02x", u[i]);
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int uuid_parse(const char *text, uint8_t uuid[16])
{
	uint8_t out[16];
	const char *p = text;

	for (int i = 0; i < 16; i++, p += 2) {
		if ((i == 4 || i == 6 || i == 8 || i == 10) && *p++ != '-')
			return -EINVAL;
		if (hex_digit(p[0]) < 0 || hex_digit(p[1]) < 0)
			return -EINVAL;
		out[i] = hex_digit(p[0]) << 4 | hex_digit(p[1]);
	}
	if (*p)
		return -EINVAL;
	memcpy(uuid, out, sizeof(out));
	return 0;
}

int uuid_random(char text[DOMAIN_UUID_LEN + 1])
{
	uint8_t u[16];

	if (getrandom(u, sizeof(u), 0) != sizeof(u))
		return -EIO;
	u[6] = (u[6] & 0x0f) | 0x40;
	u[8] = (u[8] & 0x3f) | 0x80;
	uuid_format(u, text);
	return 0;
}

struct domain *domain_new(const char *name, const char *uuid)
{
	struct domain *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	snprintf(d->name, sizeof(d->name), "%s", name);
	snprintf(d->uuid, sizeof(d->uuid), "%s", uuid);
	d->domid = DOMAIN_NONE;
	d->phase = PHASE_BUILDING;
	return d;
}

void domain_free(struct domain *d)
{
	if (!d)
		return;
	domain_config_free(d->config);
	devices_free(d->devices);
	free(d);
}

static void domain_put_locked(struct domain *d)
{
	if (--d->refs == 0)
		domain_free(d);
}

void domain_put(struct xend *x, struct domain *d)
{
	if (!d)
		return;
	xend_lock(x);
	domain_put_locked(d);
	xend_unlock(x);
}

static void domain_link(struct xend *x, struct domain *d)
{
	d->next = x->domains;
	x->domains = d;
	x->nr_domains++;
	d->listed = true;
	d->refs++;
	pthread_cond_broadcast(&x->changed);
}

/* Called with the lock held; may free d. */
void domain_unlink_locked(struct xend *x, struct domain *d)
{
	struct domain **p = &x->domains;

	if (!d->listed)
		return;
	while (*p != d)
		p = &(*p)->next;
	*p = d->next;
	x->nr_domains--;
	x->nr_removed++;
	d->listed = false;
	pthread_cond_broadcast(&x->changed);
	domain_put_locked(d);
}

void domain_remove(struct xend *x, struct domain *d)
{
	xend_lock(x);
	domain_unlink_locked(x, d);
	xend_unlock(x);
}

int domain_adopt(struct xend *x, struct domain *d)
{
	int rc = -ENOSPC;

	xend_lock(x);
	if (x->nr_domains < XEND_DOMAINS_MAX) {
		domain_link(x, d);
		rc = 0;
	}
	xend_unlock(x);
	return rc;
}

static struct domain *find_by_name(struct xend *x, const char *name, const struct domain *but)
{
	struct domain *foreign = NULL;

	for (struct domain *d = x->domains; d; d = d->next) {
		if (d == but || !str_eq(d->name, name))
			continue;
		if (d->phase != PHASE_FOREIGN)
			return d;
		foreign = d;
	}
	return foreign;
}

static struct domain *find_by_uuid(struct xend *x, const char *uuid)
{
	for (struct domain *d = x->domains; d; d = d->next)
		if (strcasecmp(d->uuid, uuid) == 0)
			return d;
	return NULL;
}

static struct domain *find_by_id(struct xend *x, uint64_t id)
{
	for (struct domain *d = x->domains; d; d = d->next)
		if (d->domid >= 0 && (uint64_t)d->domid == id)
			return d;
	return NULL;
}

struct domain *domain_find(struct xend *x, const char *selector, struct xend_error *err)
{
	struct domain *d = NULL;
	uint8_t bytes[16];
	uint64_t id;

	xend_lock(x);
	if (selector[strspn(selector, "0123456789")] == '\0') {
		if (selector[0] && !str_to_u64(selector, DOMID_FIRST_RESERVED, &id) &&
		    (selector[0] != '0' || !selector[1]))
			d = find_by_id(x, id);
	} else if (uuid_parse(selector, bytes) == 0) {
		d = find_by_uuid(x, selector);
	} else {
		d = find_by_name(x, selector, NULL);
	}
	if (d)
		d->refs++;
	xend_unlock(x);
	if (!d)
		xend_fail(err, ENOENT,
			  "There is no domain '%.128s'; 'xm list' shows those that exist.",
			  selector);
	return d;
}

bool domain_name_free(struct xend *x, const char *name)
{
	bool is_free;

	xend_lock(x);
	is_free = !find_by_name(x, name, NULL);
	xend_unlock(x);
	return is_free;
}

int domain_rename(struct xend *x, struct domain *d, const char *name, struct xend_error *err)
{
	const struct domain *other;

	xend_lock(x);
	other = find_by_name(x, name, d);
	if (!other)
		snprintf(d->name, sizeof(d->name), "%s", name);
	xend_unlock(x);
	if (other)
		return xend_fail_key(err, EEXIST, "name",
				     "A domain named '%s' exists already; choose "
				     "another name.",
				     name);
	return 0;
}

/* Name, UUID and number of domains, under the lock that domain_link() runs under too. */
static int reserve_check(struct xend *x, const char *name, const char *uuid, struct xend_error *err)
{
	const struct domain *other = find_by_name(x, name, NULL);

	if (x->stopping)
		return xend_fail(err, EAGAIN, "xend is stopping; try again when it is back.");
	if (x->nr_domains >= XEND_DOMAINS_MAX)
		return xend_fail(err, ENOSPC, "There are %u domains, which is the most xend keeps.",
				 XEND_DOMAINS_MAX);
	if (other)
		return xend_fail_key(err, EEXIST, "name", "A domain named '%s' exists already%s; "
				     "choose another name or end that one.", name,
				     other->domid < 0 ? " (it is just being made)" : "");
	other = find_by_uuid(x, uuid);
	if (other)
		return xend_fail_key(err, EEXIST, "uuid", "The UUID %s belongs to the domain '%s'; "
				     "leave uuid out of the domain file to get a new one.", uuid,
				     other->name);
	return 0;
}

int domain_reserve(struct xend *x, struct domain_config *config, const char *uuid, const char *op,
		   struct domain **ret_domain, struct xend_error *err)
{
	struct domain *d = domain_new(config->name, uuid);
	int rc;

	if (!d)
		return xend_fail(err, ENOMEM, "xend has no memory for another domain.");
	xend_lock(x);
	rc = reserve_check(x, config->name, uuid, err);
	if (!rc) {
		d->config = config;
		d->busy = op;
		d->refs = 1;
		domain_link(x, d);
	}
	xend_unlock(x);
	if (rc)
		domain_free(d);
	else
		*ret_domain = d;
	return rc;
}

static void deadline_after(struct timespec *ts, int ms)
{
	clock_gettime(CLOCK_MONOTONIC, ts);
	ts->tv_sec += ms / 1000;
	ts->tv_nsec += (ms % 1000) * 1000000L;
	if (ts->tv_nsec >= 1000000000L) {
		ts->tv_nsec -= 1000000000L;
		ts->tv_sec++;
	}
}

int domain_begin(struct xend *x, struct domain *d, const char *op, int wait_ms,
		 struct xend_error *err)
{
	struct timespec until;
	int rc = 0;

	deadline_after(&until, wait_ms);
	xend_lock(x);
	while (d->listed && d->busy && !rc)
		rc = pthread_cond_timedwait(&x->changed, &x->lock, &until);
	if (!d->listed)
		rc = xend_fail(err, ENOENT, "Domain '%s' does not exist any more.", d->name);
	else if (d->busy)
		rc = xend_fail(err, EBUSY,
			       "Domain '%s' cannot do '%s' now: the operation '%s' runs on "
			       "it; try again when that is over.",
			       d->name, op, d->busy);
	else
		rc = 0;
	if (!rc)
		d->busy = op;
	xend_unlock(x);
	return rc;
}

void domain_end(struct xend *x, struct domain *d)
{
	xend_lock(x);
	d->busy = NULL;
	pthread_cond_broadcast(&x->changed);
	xend_unlock(x);
}

void domain_set_phase(struct xend *x, struct domain *d, enum domain_phase phase)
{
	xend_lock(x);
	d->phase = phase;
	xend_unlock(x);
}

int domain_save(struct xend *x, struct domain *d, struct xend_error *err)
{
	return record_save(x->state_dir, d, err);
}

static int domain_order(const void *a, const void *b)
{
	const struct domain *p = *(struct domain *const *)a, *q = *(struct domain *const *)b;
	unsigned int i = p->domid, j = q->domid;	/* DOMAIN_NONE comes last */

	if (i != j)
		return i < j ? -1 : 1;
	return strcmp(p->uuid, q->uuid);
}

int domains_snapshot(struct xend *x, struct domain ***ret_list, size_t *ret_count)
{
	struct domain **list;
	size_t n = 0;

	xend_lock(x);
	list = calloc(x->nr_domains + 1, sizeof(*list));
	for (struct domain *d = x->domains; list && d; d = d->next) {
		d->refs++;
		list[n++] = d;
	}
	if (list)
		qsort(list, n, sizeof(*list), domain_order);
	xend_unlock(x);
	if (!list)
		return -ENOMEM;
	*ret_list = list;
	*ret_count = n;
	return 0;
}

void domains_put(struct xend *x, struct domain **list, size_t count)
{
	xend_lock(x);
	for (size_t i = 0; i < count; i++)
		domain_put_locked(list[i]);
	xend_unlock(x);
	free(list);
}
