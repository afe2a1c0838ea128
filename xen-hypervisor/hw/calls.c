/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calling functions on other processors.
 *
 * Each CPU has one call of its own in flight at a time, and a set of the CPUs that wait for it.
 * Who calls fills in its call, puts itself into the sets of those it asks and interrupts them; who
 * is asked takes the whole set and does the calls of those in it.  A caller waits until all have
 * done it, with interrupts as they were, so two CPUs calling each other make progress: one with
 * interrupts off (boot, panic) answers others while it waits.
 *
 * Takes no lock.  A call belongs to its CPU; others read it between finding the caller in their set
 * and counting `waiting` down, and never after.
 */
#include <xen/apic.h>
#include <xen/init.h>
#include <xen/percpu.h>
#include <xen/perfc.h>
#include <xen/smp.h>
#include <xen/vectors.h>

struct call {
	void (*fn)(void *);
	void *arg;
	u32 waiting;		/* CPUs that have not finished */
};
DEFINE_PER_CPU(struct call, own_call);
DEFINE_PER_CPU(cpumask_t, callers);

static void answer(struct call *c)
{
	c->fn(c->arg);
	/* Release: the caller sees what fn did.  After this the call may be another one. */
	__atomic_fetch_sub(&c->waiting, 1, __ATOMIC_RELEASE);
}

/* With interrupts off: does what others have asked of this CPU. */
static void run_calls(void)
{
	cpumask_t *set = &this_cpu(callers);

	for (unsigned int i = 0; i < NR_CPUS / 64; i++) {
		/* Acquire: pairs with the release in ask(); the call is complete. */
		u64 word = READ_ONCE(set->bits[i]) ?
			__atomic_exchange_n(&set->bits[i], 0, __ATOMIC_ACQUIRE) : 0;

		for (; word; word &= word - 1)
			answer(&per_cpu(own_call, i * 64 + __builtin_ctzl(word)));
	}
}

void smp_call_interrupt(void) { run_calls(); }

static void wait_for(struct call *c)
{
	while (__atomic_load_n(&c->waiting, __ATOMIC_ACQUIRE)) {
		if (!hw_irqs_enabled())
			run_calls();
		hw_pause();
	}
}

static void ask(unsigned int cpu, unsigned int self, enum perfc why)
{
	__atomic_fetch_or(&per_cpu(callers, cpu).bits[self / 64], 1ULL << self % 64,
			  __ATOMIC_RELEASE);
	perfc_inc(why);
	apic_ipi(cpu, VECTOR_CALL);
}

/* There is always a wait, since a CPU has one call; `wait` says what the caller relies on. */
void smp_call_why(enum perfc why, const cpumask_t *mask, void (*fn)(void *), void *arg, bool wait)
{
	unsigned int self = hw_cpu_id(), cpu;
	unsigned long flags = hw_irq_save();
	struct call *c = &this_cpu(own_call);
	cpumask_t others = *mask;

	/* What we interrupted may be waiting for a call of its own; the others will answer it. */
	wait_for(c);
	bit_clear_plain(others.bits, self);
	c->fn = fn;
	c->arg = arg;
	__atomic_store_n(&c->waiting, cpumask_count(&others), __ATOMIC_RELAXED);
	for_each_cpu(cpu, &others)
		ask(cpu, self, why);
	if (cpumask_test(mask, self))
		fn(arg);
	hw_irq_restore(flags);
	wait_for(c);
}
