/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machine checks: each CPU's banks are switched on, the exception reads them, and every few seconds
 * each CPU looks for errors that were corrected or that nothing has used yet.
 *
 * An exception that the system can survive leaves the banks as they are, for the next look: it may
 * come at any instruction and can take no lock, so it has no way of telling anybody.  One that it
 * cannot survive ends in a panic with the banks' registers.  To give up one domain for an error in
 * its memory (MCA_ACTION_REQUIRED) is not tried.  Guests have no banks.
 *
 * records_lock covers the ring of records, taken from softirqs and hypercalls alone.
 */
#include <xen/console.h>
#include <xen/event.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/lock.h>
#include <xen/log.h>
#include <xen/mca.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <xen/time.h>
#include <xen/timer.h>
#include <public/arch-x86/xen-mca.h>

#define MSR_MCG_CTL 0x17b
#define LOOK_EVERY (5 * NS_PER_SEC)
#define ALL_ERRORS (~0ULL)
#define NR_RECORDS 32

/* The four registers of a bank. */
static u32 msr_ctl(u32 bank) { return MSR_MC0_STATUS - 1 + 4 * bank; }
static u32 msr_status(u32 bank) { return MSR_MC0_STATUS + 4 * bank; }
static u32 msr_address(u32 bank) { return MSR_MC0_STATUS + 1 + 4 * bank; }
static u32 msr_misc(u32 bank) { return MSR_MC0_STATUS + 2 + 4 * bank; }

static bool has_banks(void)
{
	const u32 both = 1u << 7 | 1u << 14; /* MCE, MCA */

	return (cpu_features.words[CPUID_1_EDX] & both) == both;
}

/* 0: there are no banks, or none that can be read. */
static u64 read_cap(void)
{
	u64 cap = 0;

	return has_banks() && !hw_rdmsr_safe(MSR_MCG_CAP, &cap) ? cap : 0;
}

/* --- records --- */

static const char *const grade_names[] = {
	"nothing", "corrected", "not corrected, not used", "action optional", "action required",
	"fatal",
};

static struct mca_record records[NR_RECORDS];
static u64 next_id = 1, oldest_id = 1;
static spinlock_t records_lock = SPINLOCK_INIT;

bool mca_oldest(struct mca_record *ret)
{
	bool any;

	spin_lock(&records_lock);
	any = oldest_id < next_id;
	if (any)
		*ret = records[oldest_id % NR_RECORDS];
	spin_unlock(&records_lock);
	return any;
}

void mca_drop(u64 id)
{
	spin_lock(&records_lock);
	if (id == oldest_id && oldest_id < next_id)
		oldest_id++;
	spin_unlock(&records_lock);
}

/* When nobody fetches them, the oldest ones are lost; the log has had them. */
static u64 keep(struct mca_record *r)
{
	spin_lock(&records_lock);
	r->id = next_id++;
	if (next_id - oldest_id > NR_RECORDS)
		oldest_id++;
	records[r->id % NR_RECORDS] = *r;
	spin_unlock(&records_lock);
	return r->id;
}

static void tell(struct mca_record *r)
{
	u64 id = keep(r);

	/* A failing memory module has thousands: the first ones, then each power of two. */
	if (id <= 16 || !(id & (id - 1)))
		log_warn("machine check: error %lu, %s: CPU %u bank %u status %016lx address "
			 "%016lx misc %016lx", id, grade_names[r->grade], r->cpu, r->bank,
			 r->status, r->address, r->misc);
}

/* --- looking --- */

static struct mca_record read_bank(u64 cap, u32 bank)
{
	struct mca_record r = { .cpu = hw_cpu_id(), .bank = bank };

	if (hw_rdmsr_safe(msr_status(bank), &r.status))
		r.status = 0;
	r.grade = mca_grade(cap, r.status);
	if (r.grade == MCA_NOTHING)
		return r;
	if (r.status & MCI_ADDRESS_VALID)
		hw_rdmsr_safe(msr_address(bank), &r.address);
	if (r.status & MCI_MISC_VALID)
		hw_rdmsr_safe(msr_misc(bank), &r.misc);
	r.tsc = hw_rdtsc();
	return r;
}

/* Takes what is in this CPU's banks and can be survived; true if there was something. */
static bool look(u64 cap)
{
	bool found = false;

	for (u32 bank = 0; bank < (cap & MCG_CAP_BANKS); bank++) {
		struct mca_record r = read_bank(cap, bank);

		/* Worse ones belong to an exception that is about to come. */
		if (r.grade == MCA_NOTHING || r.grade > MCA_ACTION_OPTIONAL)
			continue;
		hw_wrmsr_safe(msr_status(bank), 0);
		tell(&r);
		found = true;
	}
	return found;
}

DEFINE_PER_CPU(struct timer, mca_timer);

static void look_now_and_then(void *unused)
{
	if (look(read_cap()))
		event_send_global_virq(VIRQ_MCA);
	timer_set(&this_cpu(mca_timer), time_now() + LOOK_EVERY);
}

void mca_start(void)
{
	unsigned int cpu, banks = read_cap() & MCG_CAP_BANKS;

	if (!banks)
		return;
	for_each_online_cpu(cpu) {
		timer_init(&per_cpu(mca_timer, cpu), look_now_and_then, NULL, cpu);
		timer_set(&per_cpu(mca_timer, cpu), time_now() + LOOK_EVERY);
	}
	log_info("machine check: %u banks, looked at every %lu seconds", banks,
		 LOOK_EVERY / NS_PER_SEC);
}

/*
 * SDM 16.8.  What the banks hold from before a warm reset may be why there was one, so the log gets
 * it.
 */
void mca_cpu_init(void)
{
	u64 cap = read_cap();

	if (cap & MCG_CAP_CTL)
		hw_wrmsr_safe(MSR_MCG_CTL, ALL_ERRORS);
	for (u32 bank = 0; bank < (cap & MCG_CAP_BANKS); bank++) {
		struct mca_record r = read_bank(cap, bank);

		if (r.grade != MCA_NOTHING)
			log_warn("machine check: from before this start: CPU %u bank %u status "
				 "%016lx address %016lx (%s)", r.cpu, bank, r.status, r.address,
				 grade_names[r.grade]);
		/* Of old processors' first bank the control belongs to the firmware. */
		if (bank || !cpu_features.intel || cpu_features.family != 6 ||
		    cpu_features.model >= 0x1a)
			hw_wrmsr_safe(msr_ctl(bank), ALL_ERRORS);
		hw_wrmsr_safe(msr_status(bank), 0);
	}
}

/* --- the exception --- */

static enum mca_grade worst_of(u64 cap)
{
	enum mca_grade worst = MCA_NOTHING;

	for (u32 bank = 0; bank < (cap & MCG_CAP_BANKS); bank++)
		worst = max(worst, read_bank(cap, bank).grade);
	return worst;
}

static void show_banks(u64 cap)
{
	for (u32 bank = 0; bank < (cap & MCG_CAP_BANKS); bank++) {
		struct mca_record r = read_bank(cap, bank);

		if (r.grade != MCA_NOTHING)
			log_raw("machine check: CPU %u bank %u status %016lx address %016lx misc "
				"%016lx (%s)\n", r.cpu, bank, r.status, r.address, r.misc,
				grade_names[r.grade]);
	}
}

void mca_exception(const struct cpu_regs *regs)
{
	u64 cap = read_cap(), status = 0;
	enum mca_grade worst = worst_of(cap);

	hw_rdmsr_safe(MSR_MCG_STATUS, &status);
	/* All CPUs get the exception of one; those whose banks have nothing to say go on. */
	if (worst < MCA_ACTION_REQUIRED && (status & MCG_STATUS_RESTART)) {
		/* A second one before this is cleared shuts the machine down. */
		hw_wrmsr_safe(MSR_MCG_STATUS, 0);
		return;
	}
	console_force_unlock();
	show_banks(cap);
	panic_regs(regs, "machine check on CPU %u, %s, status %#lx%s", hw_cpu_id(),
		   grade_names[worst], status,
		   status & MCG_STATUS_RESTART ? "" : "; the interrupted program cannot go on");
}
