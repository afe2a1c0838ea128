/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multicalls and continuations: results, errors, faults, preemption between and within entries,
 * nesting. The hypercalls are the test's own; the guest re-executes its call instruction as the
 * registers say.
 */
#include <hw/host.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/softirq.h>

#include "tap.h"

#define NR 40
#define OP_COUNT 5	/* args[0] counts down, one a run; returns args[1] */
#define OP_FAIL 6
#define OP_NEST 7

static bool preempt;
static u64 runs, fault_from;
static bool nested_refused;

bool softirq_pending(unsigned int cpu) { return preempt && host_random() % 3 == 0; }
bool event_upcall_due(const struct vcpu *v) { return false; }

static size_t part(u64 va, size_t size)
{
	return fault_from && va + size > fault_from ? 0 : size;
}

size_t copy_from_guest_raw(void *dst, u64 va, size_t size)
{
	memcpy(dst, (void *)va, part(va, size));
	return size - part(va, size);
}

size_t copy_to_guest_raw(u64 va, const void *src, size_t size)
{
	memcpy((void *)va, src, part(va, size));
	return size - part(va, size);
}

_Thread_local u64 host_random_state;
u64 host_random(void)
{
	return host_random_state =
		       host_random_state * 6364136223846793005ULL + 1442695040888963407ULL;
}

long hypercall_call(unsigned int op, const u64 args[6])
{
	runs++;
	switch (op) {
	case OP_COUNT:
		if (args[0] == 0)
			return (long)args[1];
		return hypercall_continue(OP_COUNT, 2, args[0] - 1, args[1]);
	case OP_NEST:
		nested_refused = do_multicall(args[0], args[1]) == -XEN_EINVAL;
		return -XEN_EINVAL;
	default:
		return -XEN_EPERM;
	}
}

/* The guest's side: executes the call until it is through. */
static long guest_multicall(struct multicall_entry *list, u64 nr)
{
	struct cpu_regs *r = hw_guest_regs();

	*r = (struct cpu_regs){ .rip = 0x1002, .rdi = (u64)(uintptr_t)list, .rsi = nr };
	do {
		r->rip = 0x1002;
		r->rax = (u64)do_multicall(r->rdi, r->rsi);
	} while (r->rip == 0x1000 && r->rax == __HYPERVISOR_multicall);
	return (long)r->rax;
}

static void fill(struct multicall_entry *list)
{
	for (u64 i = 0; i < NR; i++)
		list[i] = (struct multicall_entry){ .op = i % 7 == 3 ? OP_FAIL : OP_COUNT,
						    .args = { i % 4, i + 100 } };
}

static bool results_right(const struct multicall_entry *list)
{
	for (u64 i = 0; i < NR; i++)
		if (list[i].result != (i % 7 == 3 ? (u64)-XEN_EPERM : i + 100))
			return false;
	return true;
}

int main(void)
{
	static struct multicall_entry list[NR];
	struct multicall_entry nest = { .op = OP_NEST, .args = { (u64)(uintptr_t)list, 1 } };
	bool good = true;

	host_random_state = tap_seed();
	host_machine_init(16, 1);
	fill(list);
	tap_ok(guest_multicall(list, NR) == 0 && results_right(list),
	       "each entry gets its result, errors stop nothing");
	preempt = true;
	for (int i = 0; i < 500; i++) {
		fill(list);
		good &= guest_multicall(list, NR) == 0 && results_right(list);
	}
	tap_ok(good, "the same under random preemption");
	preempt = false;
	tap_ok(guest_multicall(list, 0) == 0, "an empty list is done");
	guest_multicall(&nest, 1);
	tap_ok(nested_refused && nest.result == (u64)-XEN_EINVAL,
	       "a multicall inside a multicall is refused");
	fill(list);
	fault_from = (u64)(uintptr_t)&list[5];
	runs = 0;
	/* 1, 2 and 3 runs of the counting ones, one of the failing one, one of the fifth. */
	tap_ok(guest_multicall(list, NR) == -XEN_EFAULT && runs == 8 && list[4].result == 104,
	       "a list that ends in unmapped memory stops there");
	fault_from = 0;
	fill(list);
	tap_ok(guest_multicall(list, NR) == 0 && results_right(list), "and the next one works");
	return tap_done();
}
