/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupt vectors: the fixed ones of the hypervisor's own, and the handlers that device
 * interrupts register.
 *
 * Runs with interrupts off.  Handlers acknowledge the local APIC themselves only where the device
 * layer needs it later (level interrupts); for the fixed vectors it is done here, before the work,
 * so that the next one of the same kind is not lost.
 */
#include <xen/apic.h>
#include <xen/hw.h>
#include <xen/log.h>
#include <xen/perfc.h>
#include <xen/smp.h>
#include <xen/init.h>
#include <xen/softirq.h>
#include <xen/vectors.h>

static void (*handlers[256])(unsigned int vector, struct cpu_regs *regs);

void vector_set_handler(unsigned int vector, void (*fn)(unsigned int vector, struct cpu_regs *regs))
{
	__atomic_store_n(&handlers[vector], fn, __ATOMIC_RELEASE);
}

static void vector_timer(unsigned int vector, struct cpu_regs *regs)
{
	perfc_inc(PERFC_TIMER_INTERRUPTS);
	apic_eoi();
	softirq_raise(SOFTIRQ_TIMER);
}

/* The bit was set by whoever sent it; coming here was all it took to get to the exit path. */
static void vector_kick(unsigned int vector, struct cpu_regs *regs) { apic_eoi(); }

static void vector_call(unsigned int vector, struct cpu_regs *regs)
{
	apic_eoi();
	smp_call_interrupt();
}

static void vector_error(unsigned int vector, struct cpu_regs *regs)
{
	apic_write(APIC_ESR, 0);
	log_warn("apic: error status %#x on CPU %u", apic_read(APIC_ESR), hw_cpu_id());
	apic_eoi();
}

static void vector_spurious(unsigned int vector, struct cpu_regs *regs) {}

void vectors_init(void)
{
	vector_set_handler(VECTOR_TIMER, vector_timer);
	vector_set_handler(VECTOR_KICK, vector_kick);
	vector_set_handler(VECTOR_CALL, vector_call);
	vector_set_handler(VECTOR_ERROR, vector_error);
	vector_set_handler(VECTOR_SPURIOUS, vector_spurious);
}

void irq_dispatch(struct cpu_regs *regs);
void irq_dispatch(struct cpu_regs *regs)
{
	unsigned int vector = (u8)regs->vector;
	void (*fn)(unsigned int, struct cpu_regs *) =
		__atomic_load_n(&handlers[vector], __ATOMIC_ACQUIRE);

	perfc_inc(PERFC_INTERRUPTS);
	if (likely(fn)) {
		fn(vector, regs);
		return;
	}
	log_warn("irq: vector %#x on CPU %u has no handler", vector, hw_cpu_id());
	apic_eoi();
}
