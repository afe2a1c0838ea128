/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows: ways into the guest's kernel and back by the iret hypercall. The kernel's own part is about
 * ten instructions (entry.S).
 */
#include <public/callback.h>
#include "bench.h"

static u64 user_ticks;
static u8 *hole; /* a page whose entry is not present */

/* ----------------------------------------------------------------------- system calls */
static void syscall_prepare(void)
{
	struct callback_register reg = {
		.type = CALLBACKTYPE_syscall,
		.flags = CALLBACKF_mask_events,
		.address = (unsigned long)bench_syscall_entry,
	};

	NEED(hypercall(__HYPERVISOR_callback_op, CALLBACKOP_register, &reg));
}

static void syscall_user(void *count)
{
	u64 n = (u64)count;

	user_ticks = BENCH_TICKS(asm volatile("1: mov $39, %%eax\n\tsyscall\n\tdec %0\n\tjnz 1b"
					      : "+r"(n)::"rax", "rcx", "r11", "memory"));
}

static u64 syscall_run(unsigned int count)
{
	unsigned int vector = user_run(syscall_user, (void *)(u64)count);

	NEED_THAT(vector == TRAP_USER_END, "the user program came back by %u", vector);
	return user_ticks;
}

/* ------------------------------------------------------------------------ page faults */
static void fault_prepare(void)
{
	hole = page_alloc(1);
	NEED(update_va_mapping(hole, 0, UVMF_INVLPG));
	bench_trap(TRAP_PF, bench_skip_entry);
}

static void fault_finish(void)
{
	bench_traps_restore();
	NEED(page_restore(hole));
}

/* The instruction that faults has three bytes. */
static u64 fault_loop(u64 n)
{
	return BENCH_TICKS(asm volatile("1: mov (%1), %%rax\n\tdec %0\n\tjnz 1b"
					: "+r"(n)
					: "d"(hole)
					: "rax", "rcx", "r11", "memory"));
}

static u64 fault_kernel_run(unsigned int count)
{
	return fault_loop(count);
}

static void fault_user(void *count)
{
	user_ticks = fault_loop((u64)count);
}

static u64 fault_user_run(unsigned int count)
{
	unsigned int vector = user_run(fault_user, (void *)(u64)count);

	NEED_THAT(vector == TRAP_USER_END, "the user program came back by %u", vector);
	return user_ticks;
}

/* ------------------------------------------------------------------------------- iret */
/* From the kernel to itself: a frame that leads to the next instruction. */
static u64 iret_run(unsigned int count)
{
	u64 n = count;

	return BENCH_TICKS(asm volatile("1: mov %%rsp, %%rcx\n\t"
					"push %2\n\t"
					"push %%rcx\n\t"
					"push $0x202\n\t"
					"push %3\n\t"
					"push $2f\n\t"
					"push $0\n\t"
					"push %%rcx\n\t"
					"push %%r11\n\t"
					"push %%rax\n\t"
					"mov %1, %%eax\n\t"
					"syscall\n"
					"2: dec %0\n\t"
					"jnz 1b"
					: "+r"(n)
					: "i"(__HYPERVISOR_iret), "i"(FLAT_KERNEL_SS),
					  "i"(FLAT_KERNEL_CS & ~3)
					: "rax", "rcx", "r11", "memory", "cc"));
}

const struct bench_row rows_entries[] = {
	{"system-call", 1000, syscall_prepare, syscall_run, bench_traps_restore},
	{"page-fault-kernel", 1000, fault_prepare, fault_kernel_run, fault_finish},
	{"page-fault-user", 1000, fault_prepare, fault_user_run, fault_finish},
	{"iret", 1000, NULL, iret_run, events_disable},
	{}
};
