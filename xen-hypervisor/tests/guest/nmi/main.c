/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nmi - an NMI callback is registered, called when one vCPU sends an NMI to another, and taken
 * away.
 *
 * Promised by nmi.h and vcpu.h: nmi_op registers a callback for vCPU 0 and takes it away;
 * VCPUOP_send_nmi sends one, which is delivered through the callback when the vCPU next returns to
 * the guest, once.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"
#include <public/nmi.h>

TEST("nmi", ROLE_DOM0 | ROLE_CHILD);

static volatile unsigned int nmis;

static bool count(struct trap_frame *frame)
{
	if (frame->vector != TRAP_NMI)
		return false;
	nmis++;
	return true;
}

void test_main(void)
{
	struct xennmi_callback callback = {.handler_address = (u64)trap_entry_252};

	trap_hook = count;
	CHECK_RC(hypercall(__HYPERVISOR_nmi_op, XENNMI_register_callback, &callback), 0);
	CHECK_RC(vcpu_op(VCPUOP_send_nmi, 0, NULL), 0);
	CHECK(nmis == 1, "%u NMIs came of one", nmis);
	CHECK_RC(vcpu_op(VCPUOP_send_nmi, 0, NULL), 0);
	CHECK(nmis == 2, "%u NMIs came of two", nmis);
	CHECK_RC(hypercall(__HYPERVISOR_nmi_op, XENNMI_unregister_callback, 0), 0);
	callback.handler_address = 0x800000000000;
	CHECK_REFUSED(hypercall(__HYPERVISOR_nmi_op, XENNMI_register_callback, &callback));
	CHECK_RC(hypercall(__HYPERVISOR_nmi_op, 99, 0), -XEN_ENOSYS);
	CHECK_RC(hypercall(__HYPERVISOR_nmi_op, XENNMI_register_callback, 0x1000), -XEN_EFAULT);
}
