/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The watchdog: finds a CPU that is stuck in the hypervisor and ends in a panic that shows where.
 *
 * Each CPU's heart beats once a second by a timer, which runs from its softirqs: it proves that the
 * CPU takes interrupts and comes out of the hypervisor.  Whether it beats is looked at with NMIs,
 * which come with interrupts off as well.  Their source is the first of these that works:
 * - a performance counter in each processor that counts cycles and overflows about once a second
 *   (Intel SDM volume 3, chapter 19; AMD64 APM volume 2, 13.2);
 * - the old interval timer, whose line the I/O APIC makes an NMI on all CPUs, 18 times a second;
 * - else each CPU's beat looks at the next CPU's, and sends an NMI to one whose heart stands
 *   still.  That misses a CPU whose watcher waits for it, so it is the last choice.
 * A machine with one CPU and neither counter nor timer cannot be watched, and the log says so.
 *
 * Relies on timers and on nmi_set_callback().  Everything here is per CPU, written by that CPU, but
 * `suspect`.
 */
#include <public/errno.h>
#include <xen/acpi.h>
#include <xen/apic.h>
#include <xen/cmdline.h>
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/hw.h>
#include <xen/hwtime.h>
#include <xen/irqhw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/nmi.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <xen/time.h>
#include <xen/timer.h>
#include <xen/watchdog.h>

#define DEFAULT_TIMEOUT 10

static bool opt_watchdog;
static u32 opt_timeout = DEFAULT_TIMEOUT;

static int parse_watchdog(const char *value)
{
	opt_watchdog = strcmp(value, "no") && strcmp(value, "off") && strcmp(value, "0") &&
		       strcmp(value, "false");
	return 0;
}
DECLARE_OPTION("watchdog", parse_watchdog, "panic when a processor is stuck in the hypervisor");

static int parse_watchdog_timeout(const char *value)
{
	const char *end;
	u64 n = str_to_u64(value, &end);

	if (end == value || *end || n < 2 || n > 3600)
		return -XEN_EINVAL;
	opt_timeout = n;
	opt_watchdog = true;
	return 0;
}
DECLARE_OPTION("watchdog_timeout", parse_watchdog_timeout,
	       "seconds without a sign of life (10); turns the watchdog on");

struct heart {
	struct timer timer;
	u32 beat;
	/* This CPU's look at the next one. */
	u32 next_beat, next_misses;
	/* Its own NMIs' look at itself. */
	u32 own_beat;
	u64 own_since;		/* system time at which own_beat was first seen */
	u32 suspect;		/* the neighbour asks: show where you are */
	u32 nr_nmis;
};
DEFINE_PER_CPU(struct heart, heart);

void watchdog_touch(void) { this_cpu(heart).beat++; }

static spinlock_t dump_lock = SPINLOCK_INIT; /* one CPU's story at a time */
static u32 nr_stuck;

static void NORETURN tell_and_stop(struct cpu_regs *regs, u64 seconds)
{
	spin_lock(&dump_lock);
	log_raw("\nWatchdog: CPU %u has shown no sign of life for %lu seconds either:\n",
		hw_cpu_id(), seconds);
	hw_dump_regs(regs);
	spin_unlock(&dump_lock);
	for (;;)
		__asm__ volatile("cli; hlt");
}

/*
 * CPUs that wait for a stuck one are stuck too, and the first to notice need not be the culprit:
 * all tell where they are, and the first then ends it.
 */
static void NORETURN stuck(struct cpu_regs *regs, u64 seconds)
{
	if (__atomic_fetch_add(&nr_stuck, 1, __ATOMIC_SEQ_CST))
		tell_and_stop(regs, seconds);
	console_force_unlock();
	hw_udelay(1500000);
	panic_regs(regs, "watchdog: no sign of life for %lu seconds, %u CPU(s) stuck, this one "
		   "noticed first (watchdog_timeout=%u)", seconds, nr_stuck, opt_timeout);
}

/* --- the performance counter --- */

struct counter {
	u32 select, count, global;	/* MSRs; global 0: none */
	u64 event;
	u64 global_bit;
	u8 width;
};
static const struct counter *counter;
static u64 counter_period;

#define EVENT_USER_OS_INT_ENABLE (1u << 16 | 1u << 17 | 1u << 20 | 1u << 22)
/* Intel: unhalted core cycles (event 0x3c).  AMD: cycles not halted (event 0x76). */
static const struct counter intel_v1 = { 0x186, 0xc1, 0, EVENT_USER_OS_INT_ENABLE | 0x3c, 0, 31 };
static const struct counter intel_v2 = {
	0x186, 0xc1, 0x38f, EVENT_USER_OS_INT_ENABLE | 0x3c, 1, 31
};
static const struct counter amd = { 0xc0010000, 0xc0010004, 0, EVENT_USER_OS_INT_ENABLE | 0x76,
				    0,		47 };
#define MSR_GLOBAL_OVERFLOW_CONTROL 0x390

/* Some virtual machines swallow the writes: a counter that doesn't keep a value isn't there. */
static bool counter_works(const struct counter *c)
{
	u64 v = 0, probe = 0x1234;

	if (hw_wrmsr_safe(c->select, 0) || hw_wrmsr_safe(c->count, probe) ||
	    hw_rdmsr_safe(c->count, &v))
		return false;
	return v == probe;
}

static void choose_counter(void)
{
	const struct counter *c = cpu_features.amd ? &amd : NULL;
	u32 r[4];

	hw_cpuid(0, 0, r);
	if (cpu_features.intel && r[0] >= 0xa) {
		hw_cpuid(0xa, 0, r);
		/* At least one counter, and the cycle event isn't marked as missing. */
		if ((r[0] & 0xff) && (r[0] >> 8 & 0xff) && !(r[1] & 1))
			c = (r[0] & 0xff) >= 2 ? &intel_v2 : &intel_v1;
	}
	if (!c || !counter_works(c))
		return;
	/* Intel's legacy counter writes take 32 bits, the highest as the sign. */
	counter_period = min(hw_time_tsc_khz() * 1000, 0x7fffffffULL);
	counter = c;
}

static void counter_rearm(void)
{
	hw_wrmsr(counter->count, -counter_period & ((2ULL << counter->width) - 1));
	if (counter->global)
		hw_wrmsr(MSR_GLOBAL_OVERFLOW_CONTROL, counter->global_bit);
	/* Intel processors mask the entry on delivery. */
	apic_write(APIC_LVT_PMC, 4 << 8);
}

static void counter_start(void *unused)
{
	hw_wrmsr(counter->select, 0);
	counter_rearm();
	hw_wrmsr(counter->select, counter->event);
	if (counter->global)
		hw_wrmsr(counter->global, hw_rdmsr(counter->global) | counter->global_bit);
}

/* The counter counts up to zero: ours if its top bit has gone. */
static bool counter_overflowed(void) { return !(hw_rdmsr(counter->count) >> counter->width & 1); }

/* --- the interval timer --- */

static bool timer_on;

static bool all_got_nmis(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (!READ_ONCE(per_cpu(heart, cpu).nr_nmis))
			return false;
	return true;
}

/*
 * Channel 0 at its lowest rate; nobody else uses it.  Newer machines may have it switched off, and
 * not every one sends a broadcast to all CPUs in x2APIC mode: both show at once.
 */
static void choose_timer(void)
{
	if (ioapic_make_nmi(acpi_info.isa[0].gsi))
		return;
	hw_outb(0x43, 0x34);
	hw_outb(0x40, 0);
	hw_outb(0x40, 0);
	__atomic_store_n(&timer_on, true, __ATOMIC_SEQ_CST);
	hw_udelay(250000);
	if (all_got_nmis())
		return;
	/* One-shot mode without a count: the line falls silent. */
	hw_outb(0x43, 0x30);
	hw_udelay(1000);
	timer_on = false;
}

/* --- NMIs --- */

static void look_at_self(struct heart *h, struct cpu_regs *regs)
{
	u64 now = time_now();

	if (h->own_beat != h->beat || !h->own_since) {
		h->own_beat = h->beat;
		h->own_since = now;
	} else if (now - h->own_since >= opt_timeout * NS_PER_SEC) {
		stuck(regs, (now - h->own_since) / NS_PER_SEC);
	}
}

static u32 watchdog_nmi(struct cpu_regs *regs)
{
	struct heart *h = &this_cpu(heart);

	h->nr_nmis++;
	if (__atomic_load_n(&h->suspect, __ATOMIC_ACQUIRE))
		stuck(regs, opt_timeout);
	if (counter && counter_overflowed()) {
		look_at_self(h, regs);
		counter_rearm();
		return 1;
	}
	/* Port 0x61 says when the memory or a card is behind an NMI. */
	if (!timer_on || (hw_inb(0x61) & 0xc0))
		return 0;
	look_at_self(h, regs);
	return 1;
}

/* --- the beat --- */

static void look_at_neighbour(struct heart *h)
{
	unsigned int cpu = cpumask_next(&cpu_online_map, hw_cpu_id() + 1);
	struct heart *other;
	u32 beat;

	if (cpu >= NR_CPUS)
		cpu = cpumask_next(&cpu_online_map, 0);
	if (cpu == hw_cpu_id())
		return;
	other = &per_cpu(heart, cpu);
	beat = READ_ONCE(other->beat);
	if (beat != h->next_beat) {
		h->next_beat = beat;
		h->next_misses = 0;
		return;
	}
	if (++h->next_misses < opt_timeout)
		return;
	if (__atomic_exchange_n(&other->suspect, 1, __ATOMIC_SEQ_CST)) {
		/* Asked a second ago. */
		panic("watchdog: CPU %u is stuck and takes no NMI either", cpu);
	}
	apic_icr(cpu_apic_id[cpu], 0x4400);
}

static void beat(void *data)
{
	struct heart *h = &this_cpu(heart);

	h->beat++;
	if (!counter && !timer_on)
		look_at_neighbour(h);
	timer_set(&h->timer, time_now() + NS_PER_SEC);
}

void watchdog_start(void)
{
	unsigned int cpu;

	if (!opt_watchdog)
		return;
	nmi_set_callback(watchdog_nmi);
	choose_counter();
	if (!counter)
		choose_timer();
	if (!counter && !timer_on && cpumask_count(&cpu_online_map) == 1) {
		log_warn("watchdog: one processor with neither performance counter nor interval "
			 "timer cannot be watched; it is off");
		return;
	}
	for_each_online_cpu(cpu) {
		timer_init(&per_cpu(heart, cpu).timer, beat, NULL, cpu);
		timer_set(&per_cpu(heart, cpu).timer, time_now() + NS_PER_SEC);
	}
	if (counter)
		smp_call(&cpu_online_map, counter_start, NULL, true);
	log_notice("watchdog: on, %u seconds, NMIs by %s", opt_timeout,
		   counter  ? "performance counters" :
		   timer_on ? "the interval timer" :
			      "each CPU's neighbour");
}
