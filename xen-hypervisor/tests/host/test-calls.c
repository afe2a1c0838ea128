/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions called on other CPUs: threads as CPUs call each other at the same time, some with
 * interrupts off, some out of an interrupt that came while a call of theirs was under way.
 */
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <hw/asm.h>
#include <hw/host.h>
#include <xen/apic.h>
#include <xen/init.h>
#include <xen/smp.h>

#include "tap.h"

#define CPUS 4
#define ROUNDS 20000

static u32 interrupted[CPUS];
static unsigned int finished;
static u64 seed, visits, nested, wrong, with_irqs_on;
static _Thread_local unsigned int depth;

void apic_ipi(unsigned int cpu, u8 vector)
{
	__atomic_store_n(&interrupted[cpu], 1, __ATOMIC_SEQ_CST);
}

struct visit {
	cpumask_t seen;
};

static void visit(void *arg)
{
	struct visit *v = arg;

	__atomic_fetch_add(&visits, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&with_irqs_on, hw_irqs_enabled(), __ATOMIC_RELAXED);
	cpumask_set(&v->seen, hw_cpu_id());
}

static void call_some(void)
{
	cpumask_t mask = { { host_random() & ((1u << CPUS) - 1) } };
	struct visit v = { { { 0 } } };

	smp_call(&mask, visit, &v, true);
	if (v.seen.bits[0] != mask.bits[0])
		__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
}

/* An interrupt, if one waits and may come; one in eight handlers calls others itself. */
static void take_interrupt(void)
{
	if (!hw_irqs_enabled() ||
	    !__atomic_exchange_n(&interrupted[hw_cpu_id()], 0, __ATOMIC_SEQ_CST))
		return;
	hw_irq_disable();
	smp_call_interrupt();
	if (depth < 3 && host_random() % 8 == 0) {
		depth++;
		__atomic_fetch_add(&nested, depth > 1, __ATOMIC_RELAXED);
		call_some();
		depth--;
	}
	hw_irq_enable();
}

/* What hw_pause() is on the fake machine: the place where interrupts come to one that waits. */
int sched_yield(void)
{
	take_interrupt();
	return (int)syscall(SYS_sched_yield);
}

static void *cpu_main(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg;

	host_cpu_start(cpu, NULL);
	host_random_state = (seed * (cpu + 3)) | 1;
	for (unsigned int n = 0; n < ROUNDS; n++) {
		bool off = host_random() % 16 == 0;

		if (off)
			hw_irq_disable();
		depth++;
		call_some();
		depth--;
		if (off)
			hw_irq_enable();
		take_interrupt();
	}
	__atomic_fetch_add(&finished, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&finished, __ATOMIC_SEQ_CST) < CPUS)
		hw_pause();
	return NULL;
}

static void test_alone(void)
{
	cpumask_t mask = { { 1 } };
	struct visit v = { { { 0 } } };

	hw_irq_disable();
	smp_call(&mask, visit, &v, true);
	tap_ok(cpumask_test(&v.seen, 0) && !hw_irqs_enabled(),
	       "a call of the calling CPU alone is done at once and leaves its interrupts off");
	hw_irq_enable();
	smp_call(&mask, visit, &v, true);
	tap_ok(hw_irqs_enabled() && !interrupted[0], "or on, and nobody is interrupted");
	cpumask_zero(&mask);
	cpumask_zero(&v.seen);
	smp_call(&mask, visit, &v, true);
	tap_ok(cpumask_empty(&v.seen), "a call of nobody returns");
}

static void test_all_at_once(void)
{
	pthread_t t[CPUS];

	for (uintptr_t i = 0; i < CPUS; i++)
		pthread_create(&t[i], NULL, cpu_main, (void *)i);
	for (int i = 0; i < CPUS; i++)
		pthread_join(t[i], NULL);
	tap_ok(!wrong && visits > CPUS * ROUNDS,
	       "when a call returns, every CPU it named has done it, and no other (%llu did)",
	       (unsigned long long)visits);
	tap_ok(nested > 0, "an interrupt may call others while a call is under way (%llu did)",
	       (unsigned long long)nested);
	tap_ok(!with_irqs_on, "what is called runs with interrupts off");
}

int main(void)
{
	host_random_state = seed = tap_seed();
	host_machine_init(16, CPUS);
	test_alone();
	test_all_at_once();
	return tap_done();
}
