/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xend comes back: the domains of the records on disk, joined with those the hypervisor runs.
 *
 * Relies on record.c, refresh.c and the duties of reaper.c: every phase that a kill can leave
 * behind is a duty of the reaper, so coming back needs no logic of its own. Runs before any
 * request.
 */
#include <config.h>

#include "xend/life.h"
#include "xend/record.h"
#include "xend/tree.h"
#include "xend/xend.h"

/*
 * The number on disk may be of an earlier boot, or not be there yet. The hypervisor's is right, but
 * a record in phase building keeps its number when the hypervisor knows nothing of it: clearing the
 * xenstore nodes needs it.
 */
static void take_numbers(struct xend *x)
{
	struct backend_domain *list = NULL;
	char uuid[DOMAIN_UUID_LEN + 1];
	size_t count = 0;

	if (x->backend->ops->list(x->backend, &list, &count))
		return;
	xend_lock(x);
	for (struct domain *d = x->domains; d; d = d->next) {
		for (size_t i = 0; i < count; i++) {
			uuid_format(list[i].handle, uuid);
			if (list[i].domid && str_eq(uuid, d->uuid))
				d->domid = list[i].domid;
		}
	}
	xend_unlock(x);
	free(list);
}

/*
 * A domain that moved aside for its successor has its new name on disk first and in xenstore last;
 * a kill in between leaves the old name there.
 */
static void finish_renames(struct xend *x)
{
	struct xend_error err = { 0 };
	struct domain **list;
	size_t count;

	if (domains_snapshot(x, &list, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		struct domain *d = list[i];

		if (d->phase == PHASE_PRESERVED && d->present &&
		    tree_move_vm(x->backend, d->domid, NULL, d->uuid, d->name, &err))
			log_warn("attach: %s", err.text);
	}
	domains_put(x, list, count);
}

static void report(struct xend *x)
{
	struct domain **list;
	size_t count;

	if (domains_snapshot(x, &list, &count))
		return;
	for (size_t i = 0; i < count; i++)
		if (list[i]->domid != 0)
			log_info("attach: domain '%s' (id %d): %s%s", list[i]->name, list[i]->domid,
				 domain_phase_name(list[i]->phase),
				 list[i]->present ? "" : ", not in the hypervisor");
	domains_put(x, list, count);
}

int attach_all(struct xend *x, struct xend_error *err)
{
	struct domain *records = NULL, *d;
	int rc;

	rc = tree_write_dom0(x->backend, err);
	if (rc)
		return rc;
	rc = record_load_all(x->state_dir, &records, err);
	if (rc)
		return rc;
	while ((d = records)) {
		records = d->next;
		if (domain_adopt(x, d)) {
			log_error("attach: more than %u records; '%s' is shown as unknown",
				  XEND_DOMAINS_MAX, d->name);
			domain_free(d);
		}
	}
	take_numbers(x);
	rc = domains_refresh(x, err);
	if (rc)
		return rc;
	finish_renames(x);
	report(x);
	return 0;
}
