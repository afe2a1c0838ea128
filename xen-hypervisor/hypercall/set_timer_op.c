/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set_timer_op: the vCPU's one-shot timer by absolute system time; 0 disarms it. */
#include <xen/domain.h>
#include <xen/hypercall.h>

long do_set_timer_op(u64 timeout)
{
	if (timeout == 0)
		vcpu_stop_singleshot(current);
	else
		/* A time in the past fires at once, however far back. */
		vcpu_set_singleshot(current, timeout, false);
	return 0;
}
