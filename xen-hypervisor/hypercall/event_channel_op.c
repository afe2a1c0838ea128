/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * event_channel_op: copies the argument in, calls core/event.c, copies results out.  A table row
 * says how big the argument is and whether the caller gets it back.
 */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/guest.h>
#include <xen/hypercall.h>

union any_op {
	struct evtchn_alloc_unbound alloc_unbound;
	struct evtchn_bind_interdomain bind_interdomain;
	struct evtchn_bind_virq bind_virq;
	struct evtchn_bind_pirq bind_pirq;
	struct evtchn_bind_ipi bind_ipi;
	struct evtchn_close close;
	struct evtchn_send send;
	struct evtchn_status status;
	struct evtchn_bind_vcpu bind_vcpu;
	struct evtchn_unmask unmask;
	struct evtchn_reset reset;
	struct evtchn_init_control init_control;
	struct evtchn_expand_array expand_array;
	struct evtchn_set_priority set_priority;
};

struct row {
	u16 size;
	bool out;
	int (*fn)(union any_op *a);
};

/* Gives each operation the common signature without casting function types. */
#define OP(name)                                                                                   \
	static int run_##name(union any_op *a) { return evtchn_op_##name(&a->name); }
OP(alloc_unbound)
OP(bind_interdomain)
OP(bind_virq)
OP(bind_pirq)
OP(bind_ipi)
OP(close)
OP(send)
OP(status)
OP(bind_vcpu)
OP(unmask)
OP(reset)
OP(init_control)
OP(expand_array)
OP(set_priority)

#define ROW(name, out) { sizeof(struct evtchn_##name), out, run_##name }
static const struct row rows[] = {
	[EVTCHNOP_bind_interdomain] = ROW(bind_interdomain, true),
	[EVTCHNOP_bind_virq] = ROW(bind_virq, true),
	[EVTCHNOP_bind_pirq] = ROW(bind_pirq, true),
	[EVTCHNOP_close] = ROW(close, false),
	[EVTCHNOP_send] = ROW(send, false),
	[EVTCHNOP_status] = ROW(status, true),
	[EVTCHNOP_alloc_unbound] = ROW(alloc_unbound, true),
	[EVTCHNOP_bind_ipi] = ROW(bind_ipi, true),
	[EVTCHNOP_bind_vcpu] = ROW(bind_vcpu, false),
	[EVTCHNOP_unmask] = ROW(unmask, false),
	[EVTCHNOP_reset] = ROW(reset, false),
	[EVTCHNOP_init_control] = ROW(init_control, true),
	[EVTCHNOP_expand_array] = ROW(expand_array, false),
	[EVTCHNOP_set_priority] = ROW(set_priority, false),
};

long do_event_channel_op(u64 cmd, u64 arg)
{
	const struct row *row;
	union any_op a;
	int rc;

	cmd = (u32)cmd;
	if (cmd >= ARRAY_SIZE(rows))
		return -XEN_ENOSYS;
	row = &rows[cmd];
	if (copy_from_guest_raw(&a, arg, row->size))
		return -XEN_EFAULT;
	rc = row->fn(&a);
	if (rc == -XEN_ERESTART)
		return hypercall_continue(__HYPERVISOR_event_channel_op, 2, cmd, arg);
	if (!rc && row->out && copy_to_guest_raw(arg, &a, row->size))
		return -XEN_EFAULT;
	return rc;
}
