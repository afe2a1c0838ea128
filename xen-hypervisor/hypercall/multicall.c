/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * multicall: a list of hypercalls in one.  Each entry is copied in once, run as the call it names
 * with all its checks, and given its result; an error in one does not stop the rest.  Between
 * entries the list gives way to more urgent work and continues with the entries that are left.
 *
 * A multicall inside a multicall gets -XEN_EINVAL: the record of the one in progress exists once a
 * CPU, so there is no recursion for a guest to drive.
 */
#include <public/xen.h>
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/percpu.h>
#include <xen/perfc.h>

/* Runs one entry: 0; -XEN_ERESTART: it was preempted and rewritten; -XEN_EFAULT. */
static int run_entry(struct multicall_state *m, u64 entry_va)
{
	u64 args[6], result;

	if (copy_from_guest_raw(&m->call, entry_va, sizeof(m->call)))
		return -XEN_EFAULT;
	for (unsigned int i = 0; i < 6; i++)
		args[i] = m->call.args[i];
	m->preempted = false;
	result = (u64)hypercall_call((unsigned int)m->call.op, args);
	if (m->preempted)
		return copy_to_guest_raw(entry_va, &m->call, sizeof(m->call)) ? -XEN_EFAULT
									      : -XEN_ERESTART;
	if (copy_to_guest_raw(entry_va + offsetof(struct multicall_entry, result), &result,
			      sizeof(result)))
		return -XEN_EFAULT;
	return 0;
}

/* 0 when all are done, an error, or -XEN_ERESTART with *ret_done entries behind it. */
static int run_list(struct multicall_state *m, u64 call_list, u64 nr_calls, u64 *ret_done)
{
	int rc = 0;

	for (*ret_done = 0; *ret_done < nr_calls; (*ret_done)++) {
		if (*ret_done && hypercall_preempt_check())
			return -XEN_ERESTART;
		rc = run_entry(m, call_list + *ret_done * sizeof(struct multicall_entry));
		if (rc)
			break;
	}
	return rc;
}

long do_multicall(u64 call_list, u64 nr_calls)
{
	struct multicall_state *m = &this_cpu(multicall_state);
	u64 done;
	int rc;

	if (m->active || nr_calls > UINT32_MAX)
		return -XEN_EINVAL;
	m->active = true;
	rc = run_list(m, call_list, nr_calls, &done);
	m->active = false;
	perfc_add(PERFC_MULTICALL_ENTRIES, done);
	if (rc != -XEN_ERESTART)
		return rc;
	return hypercall_continue(__HYPERVISOR_multicall, 2,
				  call_list + done * sizeof(struct multicall_entry),
				  nr_calls - done);
}
