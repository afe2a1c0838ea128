/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grant_table_op: dispatch, and copying the operations of a batch in and their results out.  The
 * work is done in core/grant*.c.
 *
 * A row for each command: a function that does up to `count` operations from `handle` on.  It
 * returns the number done (all, or fewer when something more urgent has to be done first), or
 * -XEN_E*.  What is left goes on by a continuation with the handle moved and the count lowered; the
 * call's result is 0 when all are done (XSA-318).
 */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/grant.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/log.h>
#include <xen/page.h>

typedef long op_fn(u64 handle, unsigned int count);

/* Between two operations, number `done` (from 1) of them over. */
static bool stop_after(unsigned int done, unsigned int count)
{
	return done < count && !(done & 15) && hypercall_preempt_check();
}

static long op_map(u64 handle, unsigned int count)
{
	struct grant_peer peer = {NULL, 0};
	struct gnttab_map_grant_ref op;
	long rc = 0;

	for (unsigned int i = 0; i < count;) {
		u64 at = handle + i * sizeof(op);

		rc = -XEN_EFAULT;
		if (copy_from_guest_raw(&op, at, sizeof(op)))
			break;
		grant_map(&op, &peer);
		/*
		 * A mapping whose handle the guest cannot learn stays until the guest ends: its own
		 * fault.
		 */
		if (copy_to_guest_raw(at, &op, sizeof(op)))
			break;
		rc = ++i;
		if (stop_after(i, count))
			break;
	}
	grant_peer_end(&peer);
	return rc;
}

/* Status back to each operation of a batch; `field` is where it stands in it. */
static int put_statuses(u64 at, size_t size, size_t field, const struct grant_unmap *batch,
			unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (copy_to_guest_raw(at + i * size + field, &batch[i].status,
				      sizeof(batch[i].status)))
			return -XEN_EFAULT;
	return 0;
}

static int get_unmap(u64 at, struct grant_unmap *u)
{
	struct gnttab_unmap_grant_ref op;

	if (copy_from_guest_raw(&op, at, sizeof(op)))
		return -XEN_EFAULT;
	*u = (struct grant_unmap){
		.host_addr = op.host_addr, .dev_bus_addr = op.dev_bus_addr, .handle = op.handle};
	return 0;
}

static int get_replace(u64 at, struct grant_unmap *u)
{
	struct gnttab_unmap_and_replace op;

	if (copy_from_guest_raw(&op, at, sizeof(op)))
		return -XEN_EFAULT;
	*u = (struct grant_unmap){
		.host_addr = op.host_addr, .new_addr = op.new_addr, .handle = op.handle};
	return 0;
}

static long unmap_batches(u64 handle, unsigned int count, size_t size, size_t field,
			  int (*get)(u64 at, struct grant_unmap *u))
{
	struct grant_unmap batch[GRANT_UNMAP_BATCH];
	unsigned int done = 0, n;
	int rc = 0;

	while (!rc && done < count) {
		u64 at = handle + done * size;

		for (n = 0; n < min(count - done, (unsigned int)GRANT_UNMAP_BATCH); n++) {
			rc = get(at + n * size, &batch[n]);
			if (rc)
				break;
		}
		/* Those read before a bad address are done all the same. */
		grant_unmap(batch, n);
		if (put_statuses(at, size, field, batch, n))
			rc = -XEN_EFAULT;
		done += n;
		if (done < count && hypercall_preempt_check())
			break;
	}
	return rc ? rc : (long)done;
}

static long op_unmap(u64 handle, unsigned int count)
{
	return unmap_batches(handle, count, sizeof(struct gnttab_unmap_grant_ref),
			     offsetof(struct gnttab_unmap_grant_ref, status), get_unmap);
}

static long op_replace(u64 handle, unsigned int count)
{
	return unmap_batches(handle, count, sizeof(struct gnttab_unmap_and_replace),
			     offsetof(struct gnttab_unmap_and_replace, status), get_replace);
}

static long op_copy(u64 handle, unsigned int count)
{
	struct grant_copy_state state = {0};
	struct gnttab_copy op;
	long rc = 0;

	for (unsigned int i = 0; i < count;) {
		u64 at = handle + i * sizeof(op);

		rc = -XEN_EFAULT;
		if (copy_from_guest_raw(&op, at, sizeof(op)))
			break;
		grant_copy(&state, &op);
		if (copy_to_guest_raw(at + offsetof(struct gnttab_copy, status), &op.status,
				      sizeof(op.status)))
			break;
		rc = ++i;
		if (stop_after(i, count))
			break;
	}
	grant_copy_end(&state);
	return rc;
}

/* --- one operation a call --- */

/* The caller, or for a privileged caller any domain with a grant table; referenced. GNTST_*. */
static s16 subject_get(domid_t id, struct domain **ret_d)
{
	struct domain *self = current->domain, *d;

	if (id != DOMID_SELF && id != self->id && !self->privileged)
		return GNTST_permission_denied;
	d = domain_get_self_or(id);
	if (!d)
		return GNTST_bad_domain;
	if (!d->grant) {
		domain_put(d);
		return GNTST_bad_domain;
	}
	*ret_d = d;
	return GNTST_okay;
}

static int list_frames(struct domain *d, const struct gnttab_setup_table *op)
{
	for (u32 i = 0; i < op->nr_frames; i++) {
		mfn_t m;
		u64 frame;

		if (grant_get_shared_frame(d, i, &m))
			return -XEN_EINVAL;
		frame = mfn_x(m);
		if (copy_to_guest_raw(handle_va(op->frame_list) + i * sizeof(frame), &frame,
				      sizeof(frame)))
			return -XEN_EFAULT;
	}
	return 0;
}

static long op_setup_table(u64 handle, unsigned int count)
{
	struct gnttab_setup_table op;
	struct domain *d;
	int rc = 0;

	if (count != 1)
		return -XEN_EINVAL;
	if (copy_from_guest_raw(&op, handle, sizeof(op)))
		return -XEN_EFAULT;
	op.status = subject_get(op.dom, &d);
	if (!op.status) {
		/* No more than max_grant_frames, so bounded. */
		if (grant_grow(d, op.nr_frames)) {
			op.status = GNTST_general_error;
			log_guest(LOG_INFO,
				  "grant: d%u: its table cannot have %u frames (limit %u)", d->id,
				  op.nr_frames, d->max_grant_frames);
		} else {
			rc = list_frames(d, &op);
		}
		domain_put(d);
	}
	if (rc)
		return rc;
	return copy_to_guest_raw(handle, &op, sizeof(op)) ? -XEN_EFAULT : 1;
}

static long op_query_size(u64 handle, unsigned int count)
{
	struct gnttab_query_size op;
	struct domain *d;

	if (count != 1)
		return -XEN_EINVAL;
	if (copy_from_guest_raw(&op, handle, sizeof(op)))
		return -XEN_EFAULT;
	op.status = subject_get(op.dom, &d);
	if (!op.status) {
		op.nr_frames = grant_nr_frames(d);
		op.max_nr_frames = d->max_grant_frames;
		domain_put(d);
	}
	return copy_to_guest_raw(handle, &op, sizeof(op)) ? -XEN_EFAULT : 1;
}

static long op_dump_table(u64 handle, unsigned int count)
{
	struct gnttab_dump_table op;
	struct domain *d;

	if (count != 1)
		return -XEN_EINVAL;
	if (copy_from_guest_raw(&op, handle, sizeof(op)))
		return -XEN_EFAULT;
	/* It prints much to everybody's console. */
	op.status = current->domain->privileged ? subject_get(op.dom, &d) : GNTST_permission_denied;
	if (!op.status) {
		grant_dump(d);
		domain_put(d);
	}
	return copy_to_guest_raw(handle, &op, sizeof(op)) ? -XEN_EFAULT : 1;
}

/* Version 1 is all there is: 2 is refused in the way that makes guests stay with 1. */
static long op_set_version(u64 handle, unsigned int count)
{
	struct gnttab_set_version op;

	if (count != 1)
		return -XEN_EINVAL;
	if (copy_from_guest_raw(&op, handle, sizeof(op)))
		return -XEN_EFAULT;
	if (op.version == 2)
		return -XEN_ENOSYS;
	if (op.version != 1)
		return -XEN_EINVAL;
	return 1;
}

static long op_get_version(u64 handle, unsigned int count)
{
	struct gnttab_get_version op;
	struct domain *d;
	s16 status;

	if (count != 1)
		return -XEN_EINVAL;
	if (copy_from_guest_raw(&op, handle, sizeof(op)))
		return -XEN_EFAULT;
	status = subject_get(op.dom, &d);
	if (status)
		return status == GNTST_permission_denied ? -XEN_EPERM : -XEN_ESRCH;
	domain_put(d);
	op.version = 1;
	return copy_to_guest_raw(handle, &op, sizeof(op)) ? -XEN_EFAULT : 1;
}

/* They exist in version 2 only. */
static long op_status_frames(u64 handle, unsigned int count)
{
	struct gnttab_get_status_frames op;

	if (count != 1)
		return -XEN_EINVAL;
	if (copy_from_guest_raw(&op, handle, sizeof(op)))
		return -XEN_EFAULT;
	op.status = GNTST_general_error;
	return copy_to_guest_raw(handle, &op, sizeof(op)) ? -XEN_EFAULT : 1;
}

static long op_swap(u64 handle, unsigned int count)
{
	struct gnttab_swap_grant_ref op;

	for (unsigned int i = 0; i < count;) {
		u64 at = handle + i * sizeof(op);

		if (copy_from_guest_raw(&op, at, sizeof(op)))
			return -XEN_EFAULT;
		op.status = grant_swap(op.ref_a, op.ref_b);
		if (copy_to_guest_raw(at, &op, sizeof(op)))
			return -XEN_EFAULT;
		i++;
		if (stop_after(i, count))
			return i;
	}
	return count;
}

/*
 * transfer (page flipping died with the kernels that used it) and cache_flush (for processors whose
 * devices do not see the caches) have no row on purpose: -XEN_ENOSYS.
 */
static const struct {
	op_fn *fn;
	size_t size;
} ops[] = {
	[GNTTABOP_map_grant_ref] = {op_map, sizeof(struct gnttab_map_grant_ref)},
	[GNTTABOP_unmap_grant_ref] = {op_unmap, sizeof(struct gnttab_unmap_grant_ref)},
	[GNTTABOP_setup_table] = {op_setup_table, sizeof(struct gnttab_setup_table)},
	[GNTTABOP_dump_table] = {op_dump_table, sizeof(struct gnttab_dump_table)},
	[GNTTABOP_copy] = {op_copy, sizeof(struct gnttab_copy)},
	[GNTTABOP_query_size] = {op_query_size, sizeof(struct gnttab_query_size)},
	[GNTTABOP_unmap_and_replace] = {op_replace, sizeof(struct gnttab_unmap_and_replace)},
	[GNTTABOP_set_version] = {op_set_version, sizeof(struct gnttab_set_version)},
	[GNTTABOP_get_status_frames] = {op_status_frames, sizeof(struct gnttab_get_status_frames)},
	[GNTTABOP_get_version] = {op_get_version, sizeof(struct gnttab_get_version)},
	[GNTTABOP_swap_grant_ref] = {op_swap, sizeof(struct gnttab_swap_grant_ref)},
};

long do_grant_table_op(u64 cmd, u64 uop, u64 count)
{
	unsigned int c = (u32)cmd, n = (u32)count;
	long rc;

	if (c >= ARRAY_SIZE(ops) || !ops[c].fn)
		return -XEN_ENOSYS;
	if ((s32)n < 0)
		return -XEN_EINVAL;
	rc = ops[c].fn(uop, n);
	if (rc < 0)
		return rc;
	if ((u64)rc < n)
		return hypercall_continue(__HYPERVISOR_grant_table_op, 3, cmd,
					  uop + (u64)rc * ops[c].size, n - (unsigned int)rc);
	return 0;
}
