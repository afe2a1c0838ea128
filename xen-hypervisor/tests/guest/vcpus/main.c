/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vcpus - a second virtual processor is initialised, brought up, sent events, and taken down.
 *
 * Promised by vcpu.h: VCPUOP_initialise takes a context once, up and down change what is_up tells;
 * the vCPU starts with the registers of the context and on its tables; events reach it; both see
 * each other's writes. Contexts with selectors or tables that may not be are refused.
 * Machine: -smp 2
 */
#include "event.h"
#include "page.h"
#include "time.h"
#include "trap.h"

TEST("vcpus", ROLE_DOM0 | ROLE_CHILD);

static u8 stack[8192] __attribute__((aligned(16)));
static volatile u64 alive, stop, seen_argument;
static struct vcpu_guest_context ctx;

static void second_main(void *arg)
{
	seen_argument = (u64)arg;
	while (!stop) {
		alive++;
		asm volatile("pause");
	}
	alive = 0;
	for (;;)
		vcpu_op(VCPUOP_down, 1, NULL);
}

static void context_fill(void)
{
	memset(&ctx, 0, sizeof(ctx));
	ctx.flags = VGCF_in_kernel;
	ctx.user_regs.rip = (u64)cpu_entry;
	ctx.user_regs.rdi = (u64)second_main;
	ctx.user_regs.rsi = 4711;
	ctx.user_regs.rsp = (u64)(stack + sizeof(stack));
	ctx.user_regs.cs = FLAT_KERNEL_CS;
	ctx.user_regs.ss = FLAT_KERNEL_SS;
	ctx.user_regs.rflags = 0x202;
	ctx.kernel_ss = FLAT_KERNEL_SS;
	ctx.kernel_sp = (u64)(stack + sizeof(stack));
	ctx.ctrlreg[3] = xen_pfn_to_cr3(page_top_mfn());
}

static bool wait_until(volatile u64 *what, bool nonzero)
{
	u64 end = time_now() + 2000 * MILLISECOND;

	while (!!*what != nonzero && time_now() < end)
		sched_op(SCHEDOP_yield, NULL);
	return !!*what == nonzero;
}

static void event_test(void)
{
	unsigned int port = event_ipi(1);

	*(volatile u8 *)&shared_info->vcpu_info[1].evtchn_upcall_mask = 1;
	event_unmask(port);
	CHECK_RC(event_send(port), 0);
	CHECK(event_pending(port), "an event to the second vCPU is not pending");
	CHECK(READ(shared_info->vcpu_info[1].evtchn_upcall_pending),
	      "it is not in the second vCPU's record");
	event_close(port);
}

static void life_test(void)
{
	struct vcpu_runstate_info state = {0};

	CHECK_RC(vcpu_op(VCPUOP_is_up, 0, NULL), 1);
	CHECK_RC(vcpu_op(VCPUOP_is_up, 1, NULL), 0);
	CHECK_RC(vcpu_op(VCPUOP_up, 1, NULL), -XEN_EINVAL);
	CHECK_RC(vcpu_op(VCPUOP_initialise, 1, &ctx), 0);
	CHECK_RC(vcpu_op(VCPUOP_initialise, 1, &ctx), -XEN_EEXIST);
	CHECK_RC(vcpu_op(VCPUOP_up, 1, NULL), 0);
	CHECK(wait_until(&alive, true), "the second vCPU does not run");
	CHECK(seen_argument == 4711, "the second vCPU got %lu as its argument", seen_argument);
	CHECK_RC(vcpu_op(VCPUOP_is_up, 1, NULL), 1);
	event_test();
	CHECK_RC(vcpu_op(VCPUOP_get_runstate_info, 1, &state), 0);
	CHECK(state.state_entry_time != 0, "the second vCPU has no run state");
	stop = 1;
	CHECK(wait_until(&alive, false), "the second vCPU does not see a write");
	while (vcpu_op(VCPUOP_is_up, 1, NULL) == 1)
		sched_op(SCHEDOP_yield, NULL);
	CHECK_RC(vcpu_op(VCPUOP_is_up, 1, NULL), 0);
	stop = 0;
	CHECK_RC(vcpu_op(VCPUOP_up, 1, NULL), 0);
	CHECK_RC(vcpu_op(VCPUOP_down, 1, NULL), 0);
}

static void refused_test(void)
{
	context_fill();
	ctx.ctrlreg[3] = xen_pfn_to_cr3(mfn_of(&ctx));
	CHECK_REFUSED(vcpu_op(VCPUOP_initialise, 1, &ctx));
	context_fill();
	ctx.gdt_ents = 512;
	ctx.gdt_frames[0] = 0xfffffffffUL;
	CHECK_REFUSED(vcpu_op(VCPUOP_initialise, 1, &ctx));
	context_fill();
	ctx.user_regs.rip = 0x800000000000;
	CHECK_REFUSED(vcpu_op(VCPUOP_initialise, 1, &ctx));
	CHECK_RC(vcpu_op(VCPUOP_initialise, 1, (void *)0x1000), -XEN_EFAULT);
	CHECK_REFUSED(vcpu_op(VCPUOP_up, 77, NULL));
	CHECK_RC(vcpu_op(VCPUOP_is_up, ~0U, NULL), -XEN_ENOENT);
	CHECK_RC(vcpu_op(99, 0, NULL), -XEN_ENOSYS);
	context_fill();
}

void test_main(void)
{
	if (vcpu_op(VCPUOP_is_up, 1, NULL) == -XEN_ENOENT) {
		test_error("the domain has one vCPU");
		return;
	}
	refused_test();
	life_test();
}
