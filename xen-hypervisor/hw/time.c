/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time from the machine: the TSC, calibrated once against the best reference there is, and each
 * CPU's one-shot timer.
 *
 * System time is (TSC - base) scaled, the same base and scale on every CPU: processors of this
 * century start their TSCs together and keep them so; smp.c checks each CPU's TSC against the boot
 * CPU's as it comes up and corrects the difference in this CPU's base. The one-shot timer is the
 * local APIC's, in TSC-deadline mode where the processor has it.
 */
#include <public/xen.h>
#include <xen/acpi.h>
#include <xen/apic.h>
#include <xen/hw.h>
#include <xen/log.h>
#include <xen/percpu.h>
#include <xen/softirq.h>
#include <xen/time.h>
#include <xen/hwtime.h>

#define LONGEST_WAIT (3600 * NS_PER_SEC)

struct scale { u32 mul; s8 shift; };

static u64 tsc_khz, tsc_base;
static struct scale tsc_to_ns;
static u64 apic_khz;	/* APIC timer ticks per ms with divisor 1 */
static struct scale ns_to_apic, ns_to_tsc;
DEFINE_PER_CPU(u64, tsc_skew);

/* v * mul / 2^32, with v shifted first: the formula of the ABI (public/xen.h, vcpu_time_info). */
static u64 scale_apply(struct scale s, u64 v)
{
	v = s.shift >= 0 ? v << s.shift : v >> -s.shift;
	return (u64)(((unsigned __int128)v * s.mul) >> 32);
}

/* A scale that multiplies by num / den, as exactly as 32 bits of fraction allow. */
static struct scale scale_make(u64 num, u64 den)
{
	struct scale s = { 0, 0 };

	/* Normalise so that num / den lies in [1/2, 1). */
	while (num >= den) {
		den <<= 1;
		s.shift++;
	}
	while (num * 2 < den) {
		num <<= 1;
		s.shift--;
	}
	/* Both are kilohertz or a million, shifted by a few bits, so 64 bits hold the product. */
	s.mul = (u32)((num << 32) / den);
	return s;
}

/*
 * --- references to calibrate against: each waits about 20 ms and returns the nanoseconds that
 * passed ---
 */

static u64 wait_hpet(u64 *ret_tsc)
{
	volatile u64 *h = hw_map_device(_maddr(acpi_info.hpet), 0x400, false);
	u64 period_fs, start, t0, now;

	if (!h)
		return 0;
	period_fs = h[0] >> 32;
	if (period_fs < 100000 || period_fs > 100000000)
		return 0;
	h[2] |= 1; /* run */
	start = (u32)h[0x1e];
	t0 = hw_rdtsc();
	do
		now = (u32)h[0x1e];
	while ((u32)(now - start) * period_fs < 20000000000000ULL);
	*ret_tsc = hw_rdtsc() - t0;
	return (u32)(now - start) * period_fs / 1000000;
}

static u64 wait_pm_timer(u64 *ret_tsc)
{
	u32 start = hw_inl(acpi_info.pm_timer_port) & 0xffffff, now;
	u64 t0 = hw_rdtsc(), guard = 0;

	do {
		now = hw_inl(acpi_info.pm_timer_port) & 0xffffff;
		if (++guard > 10000000)
			return 0;
	} while (((now - start) & 0xffffff) < 71591); /* 20 ms of 3.579545 MHz */
	*ret_tsc = hw_rdtsc() - t0;
	return (u64)((now - start) & 0xffffff) * 1000000000ULL / 3579545;
}

static u64 wait_pit(u64 *ret_tsc)
{
	u16 count = 23864; /* 20 ms of 1.193182 MHz on channel 2, gated by port 0x61 */
	u64 t0, guard = 0;

	hw_outb(0x61, (hw_inb(0x61) & ~2) | 1);
	hw_outb(0x43, 0xb0);
	hw_outb(0x42, count & 0xff);
	hw_outb(0x42, count >> 8);
	t0 = hw_rdtsc();
	while (!(hw_inb(0x61) & 0x20))
		if (++guard > 10000000)
			return 0;
	*ret_tsc = hw_rdtsc() - t0;
	return (u64)count * 1000000000ULL / 1193182;
}

static void calibrate(void)
{
	static const char *const names[] = { "HPET", "ACPI PM timer", "PIT" };
	unsigned int source = acpi_info.hpet ? 0 : acpi_info.pm_timer_port ? 1 : 2;
	u64 ns = 0, ticks = 0, apic0 = 0, apic1 = 0;

	apic_write(APIC_TIMER_DIV, 0xb);
	for (; source < 3 && !ns; source++) {
		apic_write(APIC_TIMER_INIT, 0xffffffff);
		apic0 = apic_read(APIC_TIMER_COUNT);
		ns = source == 0 ? wait_hpet(&ticks) :
		     source == 1 ? wait_pm_timer(&ticks) :
				   wait_pit(&ticks);
		apic1 = apic_read(APIC_TIMER_COUNT);
	}
	apic_write(APIC_TIMER_INIT, 0);
	if (!ns || !ticks)
		panic("no timer to calibrate the processor's clock against (HPET, ACPI PM timer "
		      "and PIT all failed)");
	tsc_khz = ticks * 1000000 / ns;
	apic_khz = (apic0 - apic1) * 1000000 / ns;
	log_notice("time: TSC %lu.%03lu MHz, APIC timer %lu.%03lu MHz, by the %s; %s",
		   tsc_khz / 1000, tsc_khz % 1000, apic_khz / 1000, apic_khz % 1000,
		   names[source - 1],
		   cpu_features.tsc_deadline ? "TSC-deadline timers" : "one-shot timers");
	tsc_to_ns = scale_make(1000000, tsc_khz);
	ns_to_tsc = scale_make(tsc_khz, 1000000);
	ns_to_apic = scale_make(apic_khz ? apic_khz : 1, 1000000);
}

/* --- the real-time clock, read once --- */

static u8 cmos(u8 reg)
{
	hw_outb(0x70, reg);
	return hw_inb(0x71);
}

static u64 days_from_civil(u64 y, u64 m, u64 d)
{
	/*
	 * Days since 1970-01-01 in the Gregorian calendar, counted from a March so that leap days
	 * come last.
	 */
	y -= m <= 2;
	return y / 400 * 146097 + (y % 400) * 365 + (y % 400) / 4 - (y % 400) / 100 +
	       (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1 - 719468;
}

u64 hw_time_rtc(void)
{
	u8 v[6], again[6], regb;
	static const u8 index[6] = { 0, 2, 4, 7, 8, 9 };

	if (acpi_info.boot_flags & (1 << 5)) /* no CMOS clock */
		return 0;
	/* Two equal readings outside an update. */
	for (unsigned int tries = 0; tries < 100000; tries++) {
		if (cmos(10) & 0x80)
			continue;
		for (int i = 0; i < 6; i++)
			v[i] = cmos(index[i]);
		for (int i = 0; i < 6; i++)
			again[i] = cmos(index[i]);
		if (!__builtin_memcmp(v, again, 6))
			break;
	}
	regb = cmos(11);
	if (!(regb & 2) && (v[2] & 0x80))
		v[2] = ((v[2] & 0x7f) + (regb & 4 ? 12 : 0x12)) % 24;
	if (!(regb & 4))
		for (int i = 0; i < 6; i++)
			v[i] = (v[i] & 15) + (v[i] >> 4) * 10;
	return days_from_civil(2000 + v[5], v[4], v[3]) * 86400 + v[2] * 3600 + v[1] * 60 + v[0];
}

void hw_time_init(void)
{
	calibrate();
	tsc_base = hw_rdtsc();
}

void hw_time_cpu_init(void)
{
	apic_write(APIC_TIMER_DIV, 0xb);
	apic_write(APIC_LVT_TIMER, VECTOR_TIMER | (cpu_features.tsc_deadline ? 2 << 17 : 0));
	/* The mode must be set before the deadline is written (SDM 11.5.4.1). */
	__asm__ volatile("mfence" ::: "memory");
}

u64 time_now(void)
{
	return tsc_khz ? scale_apply(tsc_to_ns, hw_rdtsc() - this_cpu(tsc_skew) - tsc_base) : 0;
}
u64 hw_time_tsc_khz(void) { return tsc_khz; }

void hw_time_fill(struct vcpu_time_info *t)
{
	u64 now = hw_rdtsc();

	t->tsc_timestamp = now;
	t->system_time = scale_apply(tsc_to_ns, now - this_cpu(tsc_skew) - tsc_base);
	t->tsc_to_system_mul = tsc_to_ns.mul;
	t->tsc_shift = tsc_to_ns.shift;
}

bool hw_time_arm(u64 deadline)
{
	u64 now;

	if (!deadline) {
		if (cpu_features.tsc_deadline)
			hw_wrmsr(MSR_TSC_DEADLINE, 0);
		else
			apic_write(APIC_TIMER_INIT, 0);
		return true;
	}
	now = time_now();
	if (deadline <= now)
		return false;
	/*
	 * Guests choose deadlines: those of the far future would overflow into the past, and the
	 * timer would fire for ever.  It fires early instead, and is armed again.
	 */
	deadline = min(deadline, now + LONGEST_WAIT);
	if (cpu_features.tsc_deadline) {
		/* One that has passed by now fires at once. */
		hw_wrmsr(MSR_TSC_DEADLINE,
			 scale_apply(ns_to_tsc, deadline) + tsc_base + this_cpu(tsc_skew) + 1);
		return true;
	}
	/*
	 * The counter is 32 bits wide: a longer wait is taken in steps, each ending in a look at
	 * the timers.
	 */
	{
		u64 ticks = scale_apply(ns_to_apic, deadline - now) + 1;

		apic_write(APIC_TIMER_INIT, ticks > 0xffffffff ? 0xffffffff : (u32)ticks);
	}
	return true;
}

void hw_udelay(u64 us)
{
	u64 end = time_now() + us * NS_PER_US;

	while (time_now() < end)
		hw_pause();
}
