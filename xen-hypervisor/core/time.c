/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The time records that guests read, and the wall clock.  Relies on hw/time.c for this CPU's TSC
 * scale and for system time; the scheduler calls time_update_vcpu() when a vCPU comes to run.
 *
 * Readers are guests: a record is bracketed by a version that is odd while it changes.  Writers: a
 * vCPU's record is written on the CPU where it is current only; shared_info's wall clock under
 * wallclock_lock.
 */
#include <xen/domain.h>
#include <xen/lib.h>
#include <xen/time.h>

static spinlock_t wallclock_lock = SPINLOCK_INIT;
static u64 wallclock_base; /* ns since 1970 at system time 0 */

/* Our own compiler barrier is enough between the stores: x86 shows stores to others in program
 * order. */
#define store_order() __asm__ volatile("" ::: "memory")

u64 time_wallclock_base(void)
{
	/* One aligned word: never torn. */
	return READ_ONCE(wallclock_base);
}

static void write_wallclock(struct shared_info *s, u64 ns)
{
	/* odd: never taken from the guest as it is */
	u32 version = (READ_ONCE(s->wc_version) | 1) + 2;
	u64 seconds = ns / NS_PER_SEC;

	WRITE_ONCE(s->wc_version, version);
	store_order();
	WRITE_ONCE(s->wc_sec, (u32)seconds);
	WRITE_ONCE(s->wc_sec_hi, (u32)(seconds >> 32));
	WRITE_ONCE(s->wc_nsec, (u32)(ns % NS_PER_SEC));
	store_order();
	WRITE_ONCE(s->wc_version, version + 1);
}

void time_update_wallclock(struct domain *d)
{
	unsigned long flags;

	if (!d->shared_info)
		return;
	flags = spin_lock_irqsave(&wallclock_lock);
	write_wallclock(d->shared_info,
			wallclock_base + (u64)(d->time_offset_seconds * (s64)NS_PER_SEC));
	spin_unlock_irqrestore(&wallclock_lock, flags);
}

void time_set_wallclock(u64 seconds, u32 ns, u64 system_time_base)
{
	unsigned long flags = spin_lock_irqsave(&wallclock_lock);
	struct domain *d;

	wallclock_base = seconds * NS_PER_SEC + ns - system_time_base;
	spin_unlock_irqrestore(&wallclock_lock, flags);
	for (unsigned int from = 0; (d = domain_get_next(from)) != NULL;
	     from = d->id + 1u, domain_put(d))
		time_update_wallclock(d);
}

/* The record in vcpu_info. */
static void write_record(struct vcpu_time_info *to, const struct vcpu_time_info *from)
{
	u32 version = (READ_ONCE(to->version) | 1) + 2;

	WRITE_ONCE(to->version, version);
	store_order();
	WRITE_ONCE(to->tsc_timestamp, from->tsc_timestamp);
	WRITE_ONCE(to->system_time, from->system_time);
	WRITE_ONCE(to->tsc_to_system_mul, from->tsc_to_system_mul);
	WRITE_ONCE(to->tsc_shift, from->tsc_shift);
	WRITE_ONCE(to->flags, from->flags);
	store_order();
	WRITE_ONCE(to->version, version + 1);
}

/* The guest's second copy, at a virtual address: version first and last as well. */
static void write_area(struct vcpu *v)
{
	u64 va = v->time_area;
	struct vcpu_time_info t = v->time_record;

	t.version |= 1;
	if (vcpu_write_guest(v, va, &t.version, sizeof(t.version)) ||
	    vcpu_write_guest(v, va, &t, sizeof(t)))
		return;
	t.version++;
	vcpu_write_guest(v, va, &t.version, sizeof(t.version));
	v->time_record.version = t.version;
}

static bool same_record(const struct vcpu_time_info *a, const struct vcpu_time_info *b)
{
	return a->tsc_timestamp == b->tsc_timestamp && a->system_time == b->system_time &&
	       a->tsc_to_system_mul == b->tsc_to_system_mul && a->tsc_shift == b->tsc_shift &&
	       a->flags == b->flags;
}

static void update(struct vcpu *v, bool force)
{
	struct vcpu_time_info t = { .version = v->time_record.version };

	hw_time_fill(&t);
	t.version = v->time_record.version;
	/* With one stable TSC the record changes when the clock is calibrated again and not
	 * otherwise. */
	if (!force && same_record(&t, &v->time_record))
		return;
	v->time_record = t;
	if (vcpu_has_info(v))
		write_record(&v->info->time, &t);
	if (v->time_area && v == current)
		write_area(v);
}

void time_update_vcpu(struct vcpu *v)
{
	update(v, false);
}

void time_refresh_vcpu(struct vcpu *v)
{
	update(v, true);
}
