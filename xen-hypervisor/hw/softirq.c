/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deferred work: a word of pending bits a CPU, run on the way back to the guest and in the idle
 * loop. Relies on the machine's kick between CPUs.  Owns the pending words; they are atomic, no
 * lock.
 */
#include <xen/bitops.h>
#include <xen/percpu.h>
#include <xen/perfc.h>
#include <xen/smp.h>
#include <xen/softirq.h>

DEFINE_PER_CPU(u64, softirq_bits); /* hw/entry.S looks at it on the way to the guest */
static void (*handlers[NR_SOFTIRQS])(void);

void softirq_set_handler(enum softirq n, void (*fn)(void))
{
	handlers[n] = fn;
}

void softirq_raise(enum softirq n)
{
	bit_set(&this_cpu(softirq_bits), n);
}

void softirq_raise_cpu(enum softirq n, unsigned int cpu)
{
	/* A bit that was set already has its kick on the way, or is about to be looked at: the
	 * other CPU clears it before it runs the handler, so the handler sees whatever the caller
	 * published before this call. */
	if (!bit_test_and_set(&per_cpu(softirq_bits, cpu), n) && cpu != hw_cpu_id())
		hw_smp_kick(cpu);
}

bool softirq_pending(unsigned int cpu)
{
	return READ_ONCE(per_cpu(softirq_bits, cpu)) != 0;
}

void softirq_run(void)
{
	u64 *bits = &this_cpu(softirq_bits), pending;

	while ((pending = READ_ONCE(*bits)) != 0) {
		/* The scheduler comes last: it may leave this stack for good. */
		u64 others = pending & ~(1ULL << SOFTIRQ_SCHEDULE);
		unsigned int n = others ? (unsigned int)__builtin_ctzll(others) : SOFTIRQ_SCHEDULE;

		bit_clear(bits, n);
		perfc_inc_at(PERFC_SOFTIRQS, n);
		if (handlers[n])
			handlers[n]();
	}
}
