/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * callbacks - callback_op and set_callbacks name the entries for events, failures, system calls and
 * NMIs.
 *
 * Promised by callback.h: register sets the entry of a type, unregister takes away those that may
 * be absent (nmi, sysenter, syscall32) and gives -EINVAL for those that may not; unknown types give
 * -EINVAL, unknown commands -ENOSYS, addresses that are not canonical -EINVAL. An event sent to
 * oneself enters the event callback once events are unmasked, with events masked inside; a system
 * call of user mode enters the syscall callback.
 */
#include "event.h"
#include "hypercall.h"
#include "page.h"
#include "trap.h"
#include <public/callback.h>

TEST("callbacks", ROLE_DOM0 | ROLE_CHILD);

static long callback(int cmd, unsigned int type, u64 address)
{
	struct callback_register reg = { .type = type,
					 .flags = CALLBACKF_mask_events,
					 .address = address };

	return hypercall(__HYPERVISOR_callback_op, cmd, &reg);
}

static u8 mask_inside;

static void look(void)
{
	mask_inside = READ(shared_info->vcpu_info[0].evtchn_upcall_mask);
	event_clear_all();
}

static void event_test(void)
{
	unsigned int port = event_ipi(0);

	event_hook = look;
	event_upcalls = 0;
	event_send(port);
	CHECK(event_upcalls == 0, "an event came in while events were masked");
	events_enable();
	CHECK(event_upcalls == 1, "%u events came in after one was sent", event_upcalls);
	CHECK(mask_inside == 1, "events were not masked in the callback");
	CHECK(READ(shared_info->vcpu_info[0].evtchn_upcall_mask) == 0,
	      "iret did not unmask events");
	event_send(port);
	CHECK(event_upcalls == 2, "an event with events unmasked did not come in at once");
	events_disable();
}

static void user_call(void *unused)
{
	asm volatile("syscall" :: "a" (0x1234), "D" (0) : "rcx", "r11", "memory");
}

static void syscall_test(void)
{
	CHECK_RC(user_run(user_call, NULL), TRAP_SYSCALL);
	CHECK(trap_last.rax == 0x1234, "rax of a system call is %lx", trap_last.rax);
	CHECK(trap_last.mask == 1, "the syscall callback with mask_events did not mask events");
	CHECK(*(u8 *)(trap_last.rip - 2) == 0x0f && *(u8 *)(trap_last.rip - 1) == 0x05,
	      "rip of a system call is %lx, not after the instruction", trap_last.rip);
	CHECK((trap_last.cs & 3) == 3, "cs of a system call is %lx", trap_last.cs);
}

void test_main(void)
{
	event_test();
	syscall_test();
	CHECK_RC(callback(CALLBACKOP_register, CALLBACKTYPE_nmi, (u64)trap_entry_252), 0);
	CHECK_RC(callback(CALLBACKOP_unregister, CALLBACKTYPE_nmi, 0), 0);
	CHECK_RC(callback(CALLBACKOP_unregister, CALLBACKTYPE_event, 0), -XEN_EINVAL);
	CHECK_RC(callback(CALLBACKOP_register, 6, (u64)trap_entry_250), -XEN_ENOSYS);
	CHECK_RC(callback(CALLBACKOP_register, 100, (u64)trap_entry_250), -XEN_ENOSYS);
	CHECK_RC(callback(2, CALLBACKTYPE_event, (u64)trap_entry_250), -XEN_ENOSYS);
	CHECK_RC(callback(CALLBACKOP_register, CALLBACKTYPE_event, 0x800000000000), -XEN_EINVAL);
	CHECK_RC(hypercall(__HYPERVISOR_callback_op, CALLBACKOP_register, 0x1000), -XEN_EFAULT);
	CHECK_RC(hypercall(__HYPERVISOR_set_callbacks, trap_entry_250, failsafe_entry,
			   trap_entry_251),
		 0);
	event_test();
}
