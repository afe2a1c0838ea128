/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rights of a domain over real resources, one range set each.  Relies on lib/rangeset.c; used by
 * the control calls, the page-table code (I/O memory), port emulation and the interrupt layer.
 * Lock: one a domain, a leaf.
 */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/heap.h>
#include <xen/rangeset.h>
#include <xen/rights.h>

struct rights {
	rwlock_t lock;
	struct rangeset ioports, iomem, irqs;
};

int rights_init(struct domain *d)
{
	d->rights = mem_new(struct rights);
	return d->rights ? 0 : -XEN_ENOMEM;
}

void rights_revoke_all(struct domain *d)
{
	struct rights *r = d->rights;

	if (!r)
		return;
	write_lock(&r->lock);
	rangeset_clear(&r->ioports);
	rangeset_clear(&r->iomem);
	rangeset_clear(&r->irqs);
	write_unlock(&r->lock);
}

void rights_destroy(struct domain *d)
{
	rights_revoke_all(d);
	mem_free(d->rights);
	d->rights = NULL;
}

static int change(struct rights *r, struct rangeset *set, u64 first, u64 last,
		  int (*fn)(struct rangeset *, u64, u64))
{
	int rc;

	if (first > last)
		return -XEN_EINVAL;
	if (!r)
		return -XEN_ENODEV;
	write_lock(&r->lock);
	rc = fn(set, first, last);
	write_unlock(&r->lock);
	return rc;
}

static bool check(struct rights *r, const struct rangeset *set, u64 first, u64 last)
{
	bool ok;

	if (!r || first > last)
		return false;
	read_lock(&r->lock);
	ok = rangeset_contains(set, first, last);
	read_unlock(&r->lock);
	return ok;
}

#define DEFINE_RIGHT(what, set)                                                                    \
	int rights_##what##_grant(struct domain *d, u64 first, u64 last)                           \
	{                                                                                          \
		return change(d->rights, &d->rights->set, first, last, rangeset_add);              \
	}                                                                                          \
	int rights_##what##_revoke(struct domain *d, u64 first, u64 last)                          \
	{                                                                                          \
		return change(d->rights, &d->rights->set, first, last, rangeset_remove);           \
	}                                                                                          \
	bool rights_##what##_ok(struct domain *d, u64 first, u64 last)                             \
	{                                                                                          \
		return check(d->rights, &d->rights->set, first, last);                             \
	}

DEFINE_RIGHT(ioport, ioports)
DEFINE_RIGHT(iomem, iomem)
DEFINE_RIGHT(irq, irqs)
