/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows: events, timers and switches between virtual processors.
 *
 * event-send: to oneself, while masked. event-upcall: to oneself, with the entry of the kernel and
 * its return. event-round-trip: to a domain that was asleep on the same processor and its answer:
 * two sends, two upcalls, two times falling asleep, two switches. timer-interrupt: setting a timer,
 * its interrupt, and the upcall that it makes. vcpu-yield: one virtual processor giving way to the
 * other.
 */
#include "event.h"
#include "pair.h"
#include "time.h"

static unsigned int port;

/* --------------------------------------------------------------------------- to oneself */
static void send_prepare(void)
{
	port = event_ipi(0);
	event_unmask(port);
}

static void port_close(void)
{
	events_restore();
	event_close(port);
	event_clear_all();
}

static void send_clear(void)
{
	shared_info->vcpu_info[0].evtchn_upcall_pending = 0;
	*(volatile u64 *)&shared_info->vcpu_info[0].evtchn_pending_sel = 0;
	*(volatile u64 *)&shared_info->evtchn_pending[0] = 0;
}

static u64 send_run(unsigned int count)
{
	u64 ticks = 0;

	while (count--) {
		ticks += BENCH_TICKS(NEED(event_send(port)));
		send_clear();
	}
	return ticks;
}

static void upcall_prepare(void)
{
	send_prepare();
	events_quick();
}

static u64 upcall_run(unsigned int count)
{
	u32 want = bench_upcalls + count;
	u64 ticks;

	events_enable();
	ticks = BENCH_TICKS(while (count--) NEED(event_send(port)));
	events_disable();
	NEED_THAT(bench_upcalls == want, "%u upcalls came, not %u", bench_upcalls, want);
	return ticks;
}

/* --------------------------------------------------------------------- to another domain */
static u64 round_trip_run(unsigned int count)
{
	u32 want = bench_upcalls + count;
	u64 ticks = BENCH_TICKS(while (count--) pair_exchange(pair_port));

	NEED_THAT(bench_upcalls == want, "%u upcalls came, not %u", bench_upcalls, want);
	return ticks;
}

/* --------------------------------------------------------------------------------- timers */
#define TIMER_DELAY (100 * 1000UL) /* ns: longer than any hypervisor's least delay */
#define TIMER_LOOPS 200000UL

static void timer_prepare(void)
{
	port = event_virq(VIRQ_TIMER, 0);
	event_unmask(port);
	events_quick();
}

/* Work that takes twice the delay. */
static void timer_spin(void)
{
	u64 loops = TIMER_LOOPS;

	asm volatile("1: dec %0\n\tjnz 1b" : "+r"(loops));
}

static u64 timer_run(unsigned int count)
{
	u64 busy = BENCH_TICKS(timer_spin()), ticks = 0;
	u32 want = bench_upcalls + count;
	unsigned int i;

	events_enable();
	for (i = 0; i < count; i++)
		ticks += BENCH_TICKS({
			hypercall(__HYPERVISOR_set_timer_op, time_now() + TIMER_DELAY);
			timer_spin();
		});
	events_disable();
	NEED_THAT(bench_upcalls == want, "%u upcalls came, not %u", bench_upcalls, want);
	return ticks > busy * count ? ticks - busy * count : 0;
}

/* ------------------------------------------------------------------- another processor */
static u8 second_stack[8192] __attribute__((aligned(16)));
static volatile u32 second_turns, second_stop;

static void second_main(void *unused)
{
	while (!second_stop) {
		second_turns++;
		sched_op(SCHEDOP_yield, NULL);
	}
	for (;;)
		vcpu_op(VCPUOP_down, 1, NULL);
}

static void second_prepare(void)
{
	static struct vcpu_guest_context ctx;
	u64 end = time_now() + 5000 * MILLISECOND;

	ctx.flags = VGCF_in_kernel;
	ctx.user_regs.rip = (u64)cpu_entry;
	ctx.user_regs.rdi = (u64)second_main;
	ctx.user_regs.rsp = (u64)(second_stack + sizeof(second_stack));
	ctx.user_regs.cs = FLAT_KERNEL_CS;
	ctx.user_regs.ss = FLAT_KERNEL_SS;
	ctx.user_regs.rflags = 0x202;
	ctx.kernel_ss = FLAT_KERNEL_SS;
	ctx.kernel_sp = (u64)(second_stack + sizeof(second_stack));
	ctx.ctrlreg[3] = xen_pfn_to_cr3(page_top_mfn());
	NEED(vcpu_op(VCPUOP_initialise, 1, &ctx));
	NEED(vcpu_op(VCPUOP_up, 1, NULL));
	while (!second_turns && time_now() < end)
		sched_op(SCHEDOP_yield, NULL);
	NEED_THAT(second_turns, "the second virtual processor does not run");
}

static void second_finish(void)
{
	second_stop = 1;
	while (vcpu_op(VCPUOP_is_up, 1, NULL) == 1)
		sched_op(SCHEDOP_yield, NULL);
}

/* A turn of each makes two; who yields may get the processor back, which costs, too. */
static u64 yield_run(unsigned int count)
{
	u32 end = second_turns + count / 2;

	return BENCH_TICKS(while ((int)(end - second_turns) > 0) sched_op(SCHEDOP_yield, NULL));
}

const struct bench_row rows_events[] = {
	{"event-send", 500, send_prepare, send_run, port_close},
	{"event-upcall", 500, upcall_prepare, upcall_run, port_close},
	{"event-round-trip", 50, pair_create, round_trip_run, pair_destroy},
	{"timer-interrupt", 3, timer_prepare, timer_run, port_close},
	{"vcpu-yield", 200, second_prepare, yield_run, second_finish},
	{}
};
