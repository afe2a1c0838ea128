/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Grant tables: copying between frames that are granted or one's own.  Relies on core/grant.c
 * (pins); hypercall/grant_table_op.c relies on it.
 *
 * A network back end's batch copies many pieces from and to the same few pages, so each end is kept
 * (pinned and referenced) from one operation to the next, and let go when an operation names
 * another or the batch ends.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/perfc.h>

#include "grant_impl.h"

static bool same(const struct grant_copy_side *s, const struct gnttab_copy_ptr *p, bool by_ref)
{
	if (!s->pg || s->by_ref != by_ref || s->ptr.domid != p->domid)
		return false;
	return by_ref ? s->ptr.u.ref == p->u.ref : s->ptr.u.gmfn == p->u.gmfn;
}

static void side_end(struct grant_copy_side *s, bool write)
{
	if (!s->pg)
		return;
	grant_drop_page(s->pg, write);
	if (s->by_ref)
		grant_unpin(s->d, s->ptr.u.ref, false, write);
	domain_put(s->d);
	s->pg = NULL;
}

static s16 side_by_ref(struct grant_copy_side *s, bool write)
{
	u32 frame;
	s16 status;

	if (!s->d->grant)
		return GNTST_bad_domain;
	status = grant_pin(s->d, s->ptr.u.ref, current->domain, false, write, &frame);
	if (status)
		return status;
	status = grant_hold_page(s->d, frame, write, &s->pg);
	if (status)
		grant_unpin(s->d, s->ptr.u.ref, false, write);
	return status;
}

/* Frames without a reference are one's own only. */
static s16 side_by_frame(struct grant_copy_side *s, bool write)
{
	if (s->d != current->domain)
		return GNTST_permission_denied;
	if (s->ptr.u.gmfn >> 32)
		return GNTST_bad_page;
	return grant_hold_page(s->d, (u32)s->ptr.u.gmfn, write, &s->pg);
}

static s16 side_begin(struct grant_copy_side *s, const struct gnttab_copy_ptr *p, bool by_ref,
		      bool write)
{
	s16 status;

	if (same(s, p, by_ref))
		return GNTST_okay;
	side_end(s, write);
	s->ptr = *p;
	s->by_ref = by_ref;
	s->d = domain_get_self_or(p->domid);
	if (!s->d)
		return GNTST_bad_domain;
	status = by_ref ? side_by_ref(s, write) : side_by_frame(s, write);
	if (status) {
		s->pg = NULL;
		domain_put(s->d);
	}
	return status;
}

void grant_copy(struct grant_copy_state *s, struct gnttab_copy *op)
{
	perfc_inc(PERFC_GRANT_COPIES);
	/* Sums of two 16-bit numbers: no overflow. */
	if ((u32)op->source.offset + op->len > PAGE_SIZE ||
	    (u32)op->dest.offset + op->len > PAGE_SIZE ||
	    (op->flags & ~(GNTCOPY_source_gref | GNTCOPY_dest_gref))) {
		op->status = GNTST_bad_copy_arg;
		return;
	}
	op->status = side_begin(&s->source, &op->source, op->flags & GNTCOPY_source_gref, false);
	if (op->status)
		return;
	op->status = side_begin(&s->dest, &op->dest, op->flags & GNTCOPY_dest_gref, true);
	if (op->status)
		return;
	/* Both may be the same page. */
	memmove((char *)page_to_virt(s->dest.pg) + op->dest.offset,
		(char *)page_to_virt(s->source.pg) + op->source.offset, op->len);
}

void grant_copy_end(struct grant_copy_state *s)
{
	side_end(&s->source, false);
	side_end(&s->dest, true);
}
