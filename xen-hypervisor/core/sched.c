/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scheduler's framework: run queues, sleeping and waking, choosing CPUs, balancing, switching.
 * Which of the queued vCPUs runs next, and for how long, is a policy's business (sched_bvt.c, ...).
 * Relies on the timers, softirqs and hw_context_switch(); locks: see sched_impl.h.
 *
 * Who runs a waiting vCPU soonest: a CPU that becomes idle takes work from others' queues; a wake-
 * up chooses an idle CPU; a CPU that leaves a vCPU waiting while another is idle kicks that one.
 * The protocol between the last two: a CPU sets its bit in idle_cpus (a full barrier) and then
 * looks at the queues; a waker queues, unlocks, and then looks at idle_cpus.  Whichever comes
 * second sees the other.
 */
#include <public/vcpu.h>
#include <xen/errno.h>
#include <xen/heap.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/percpu.h>
#include <xen/softirq.h>

#include "sched_impl.h"

#define BALANCE_PERIOD (10 * NS_PER_MS)

static DEFINE_PER_CPU(struct sched_cpu, sched_cpu);
static const struct sched_policy *policy = &sched_bvt;
static cpumask_t idle_cpus;	/* CPUs that run their idle vCPU, or are about to */

static const struct sched_policy *const policies[] = { &sched_bvt, &sched_rrobin, &sched_atropos };

/* --- locks --- */

static struct sched_cpu *lock_vcpu(struct vcpu *v, unsigned long *ret_flags)
{
	for (;;) {
		unsigned int cpu = READ_ONCE(v->cpu);
		struct sched_cpu *c = &per_cpu(sched_cpu, cpu);

		*ret_flags = spin_lock_irqsave(&c->lock);
		if (likely(cpu == READ_ONCE(v->cpu)))
			return c;
		spin_unlock_irqrestore(&c->lock, *ret_flags);
	}
}

unsigned long sched_lock_vcpu(struct vcpu *v)
{
	unsigned long flags;

	lock_vcpu(v, &flags);
	return flags;
}

void sched_unlock_vcpu(struct vcpu *v, unsigned long flags)
{
	spin_unlock_irqrestore(&per_cpu(sched_cpu, v->cpu).lock, flags);
}

/* --- states --- */

bool vcpu_runnable(const struct vcpu *v)
{
	return !READ_ONCE(v->pause_flags) && !READ_ONCE(v->pause_count) &&
	       !READ_ONCE(v->domain->pause_count);
}

static bool can_run(const struct vcpu *v)
{
	return vcpu_runnable(v) && !v->sched->parked;
}

/* The run state of a vCPU that is not running. */
static int waiting_state(const struct vcpu *v)
{
	if (vcpu_runnable(v))
		return RUNSTATE_runnable;
	if (READ_ONCE(v->pause_count) || READ_ONCE(v->domain->pause_count) ||
	    vcpu_flag_test(v, VPF_DOWN))
		return RUNSTATE_offline;
	return RUNSTATE_blocked;
}

static void note_state(struct vcpu *v, int state, u64 now)
{
	if (v->runstate.state != state)
		vcpu_runstate_change(v, state, now);
}

static void enqueue(struct sched_cpu *c, struct sched_vcpu *sv)
{
	policy->insert(c, sv);
	sv->queued = true;
	WRITE_ONCE(c->nr_queued, c->nr_queued + 1);
}

static void dequeue(struct sched_cpu *c, struct sched_vcpu *sv)
{
	list_del(&sv->link);
	sv->queued = false;
	WRITE_ONCE(c->nr_queued, c->nr_queued - 1);
}

/* Charges the running vCPU for its time up to now. */
static void account(struct sched_cpu *c, u64 now)
{
	u64 ran = now > c->accounted ? now - c->accounted : 0;

	c->accounted = now;
	if (c->curr == c->idle || !ran)
		return;
	policy->account(c, c->curr->sched, ran, now);
	sched_cap_charge(c->curr->domain, ran, now);
}

/* --- choosing a CPU --- */

static bool may_run_on(const struct vcpu *v, unsigned int cpu)
{
	return cpumask_test(&v->hard_affinity, cpu) && cpumask_test(&cpu_online_map, cpu);
}

static u32 cpu_load(unsigned int cpu)
{
	return READ_ONCE(per_cpu(sched_cpu, cpu).nr_queued) + !cpumask_test(&idle_cpus, cpu);
}

static unsigned int first_idle(const struct vcpu *v, bool soft)
{
	cpumask_t m;

	cpumask_and(&m, &idle_cpus, &v->hard_affinity);
	cpumask_and(&m, &m, &cpu_online_map);
	if (soft)
		cpumask_and(&m, &m, &v->soft_affinity);
	return cpumask_next(&m, 0);
}

static unsigned int least_loaded(const struct vcpu *v)
{
	unsigned int cpu, best = NR_CPUS;

	for_each_online_cpu(cpu) {
		if (!cpumask_test(&v->hard_affinity, cpu))
			continue;
		if (best == NR_CPUS || cpu_load(cpu) < cpu_load(best))
			best = cpu;
	}
	return best < NR_CPUS ? best : v->cpu;
}

/* Where a vCPU that wakes up shall run: where it was if that is free, else where it is free, softly
 * preferred CPUs first; if nothing is free, where its caches are. */
static unsigned int choose_cpu(const struct vcpu *v)
{
	bool here = may_run_on(v, v->cpu);
	unsigned int cpu;

	if (here && cpumask_test(&idle_cpus, v->cpu) && cpumask_test(&v->soft_affinity, v->cpu))
		return v->cpu;
	cpu = first_idle(v, true);
	if (cpu == NR_CPUS && here && cpumask_test(&idle_cpus, v->cpu))
		return v->cpu;
	if (cpu == NR_CPUS)
		cpu = first_idle(v, false);
	if (cpu == NR_CPUS)
		cpu = here ? v->cpu : least_loaded(v);
	return cpu;
}

/* A vCPU waits in a queue: if some CPU that may run it is idle, let that one come and take it. */
static void kick_idle(const struct vcpu *v)
{
	unsigned int cpu = first_idle(v, true);

	if (cpu == NR_CPUS)
		cpu = first_idle(v, false);
	/* Taking the bit keeps the next waker from choosing the same CPU. */
	if (cpu != NR_CPUS && bit_test_and_clear(idle_cpus.bits, cpu))
		softirq_raise_cpu(SOFTIRQ_SCHEDULE, cpu);
}

/* --- sleeping and waking --- */

/* Is there anything for vcpu_wake() to do? CPU locked. */
static bool wants_queue(const struct sched_cpu *c, const struct vcpu *v)
{
	if (!can_run(v) || v->sched->queued || c->curr == v)
		return false;
	/* Just leaving a CPU on which it may not stay: sched_switch_done() wakes it up elsewhere.
	 * Acquire pairs with it: whoever takes the vCPU over sees its saved context. */
	return !__atomic_load_n(&v->running, __ATOMIC_ACQUIRE) || may_run_on(v, c->cpu);
}

/* Gives a vCPU that is on no CPU and in no queue the CPU to run on, and locks that one instead. */
static struct sched_cpu *move_to(struct sched_cpu *c, struct vcpu *v, unsigned int cpu)
{
	struct sched_cpu *to = &per_cpu(sched_cpu, cpu);

	policy->moved(c, to, v->sched);
	WRITE_ONCE(v->cpu, cpu);
	/* Interrupts stay off between the two locks. */
	spin_unlock(&c->lock);
	spin_lock(&to->lock);
	return to;
}

/* Something waits now: ends the running vCPU's slice in time, or says that it shall end at once. */
static bool should_preempt(struct sched_cpu *c, struct sched_vcpu *sv, u64 now)
{
	u64 patience;

	if (c->curr == c->idle)
		return true;
	patience = policy->patience(c, c->curr->sched, sv);
	/* A vCPU that was alone runs without a slice. */
	if (patience && (!timer_active(&c->slice) || c->slice.expires > now + patience))
		timer_set(&c->slice, now + patience);
	return patience == 0;
}

/* Queues a vCPU; true when it should take the CPU at once. */
static bool wake_on(struct sched_cpu *c, struct vcpu *v, u64 now)
{
	note_state(v, RUNSTATE_runnable, now);
	/* First bring the CPU's virtual time up to date: a lone vCPU may have run for long without
	 * being charged. */
	account(c, now);
	policy->wake(c, v->sched, now);
	enqueue(c, v->sched);
	return should_preempt(c, v->sched, now);
}

void vcpu_wake(struct vcpu *v)
{
	unsigned long flags;
	struct sched_cpu *c = lock_vcpu(v, &flags);
	bool queued = false, preempt = false;
	unsigned int cpu;

	if (wants_queue(c, v)) {
		cpu = READ_ONCE(v->running) ? v->cpu : choose_cpu(v);
		if (cpu != v->cpu)
			c = move_to(c, v, cpu);
		/* The locks were changed: somebody else may have been faster. */
		if (v->cpu == cpu && wants_queue(c, v)) {
			queued = true;
			preempt = wake_on(c, v, time_now());
		}
	}
	cpu = c->cpu;
	spin_unlock_irqrestore(&c->lock, flags);
	if (preempt) {
		bit_clear(idle_cpus.bits, cpu);
		softirq_raise_cpu(SOFTIRQ_SCHEDULE, cpu);
	} else if (queued) {
		kick_idle(v);
	}
}

void vcpu_sleep_nosync(struct vcpu *v)
{
	unsigned long flags;
	struct sched_cpu *c = lock_vcpu(v, &flags);

	if (!can_run(v)) {
		if (c->curr == v) {
			softirq_raise_cpu(SOFTIRQ_SCHEDULE, c->cpu);
		} else {
			if (v->sched->queued)
				dequeue(c, v->sched);
			note_state(v, waiting_state(v), time_now());
		}
	}
	spin_unlock_irqrestore(&c->lock, flags);
}

/* Two CPUs whose current vCPUs wait for each other would wait for ever; only control calls come
 * here, on another domain than the caller's, and only one domain may make them. */
void vcpu_sleep_sync(struct vcpu *v)
{
	vcpu_sleep_nosync(v);
	if (v == current)
		return;
	while (!can_run(v) && __atomic_load_n(&v->running, __ATOMIC_ACQUIRE))
		hw_pause();
}

void sched_yield_current(void)
{
	unsigned long flags;
	struct sched_cpu *c = lock_vcpu(current, &flags);

	current->sched->yielded = true;
	spin_unlock_irqrestore(&c->lock, flags);
	softirq_raise(SOFTIRQ_SCHEDULE);
}

void sched_block(void)
{
	struct vcpu *v = current;

	WRITE_ONCE(v->info->evtchn_upcall_mask, 0);
	/* The flag is set with full ordering before the pending byte is read; a sender sets that
	 * byte before it tests the flag (vcpu_kick).  So either we see the event or the sender sees
	 * that we sleep. */
	vcpu_flag_set(v, VPF_BLOCKED);
	if (READ_ONCE(v->info->evtchn_upcall_pending))
		vcpu_flag_test_and_clear(v, VPF_BLOCKED);
	else
		softirq_raise(SOFTIRQ_SCHEDULE);
}

/* --- taking work from other CPUs --- */

/* A vCPU of the victim's queue that c may have: any when c is idle, else what the policy finds
 * fair. */
static struct sched_vcpu *find_movable(struct sched_cpu *victim, struct sched_cpu *c, bool any)
{
	struct sched_vcpu *sv;

	list_for_each(sv, &victim->queue, link) {
		if (__atomic_load_n(&sv->v->running, __ATOMIC_ACQUIRE) ||
		    !may_run_on(sv->v, c->cpu))
			continue;
		if (any || policy->pull(c, sv))
			return sv;
	}
	return NULL;
}

/* Both CPUs' queues: ours is locked, the victim's is only tried (its holder may be trying for
 * ours). */
static bool take_from(struct sched_cpu *c, unsigned int cpu, bool any)
{
	struct sched_cpu *victim = &per_cpu(sched_cpu, cpu);
	struct sched_vcpu *sv;

	if (victim == c || !READ_ONCE(victim->nr_queued) || !spin_trylock(&victim->lock))
		return false;
	sv = find_movable(victim, c, any);
	if (sv) {
		dequeue(victim, sv);
		policy->moved(victim, c, sv);
		WRITE_ONCE(sv->v->cpu, c->cpu);
		enqueue(c, sv);
	}
	spin_unlock(&victim->lock);
	return sv != NULL;
}

static bool take_from_any(struct sched_cpu *c)
{
	unsigned int n, cpu = c->cpu;

	/* Each CPU begins with its neighbour, so that the thieves spread. */
	for (n = cpumask_count(&cpu_online_map); n > 1; n--) {
		cpu = cpumask_next(&cpu_online_map, cpu + 1);
		if (cpu == NR_CPUS)
			cpu = cpumask_next(&cpu_online_map, 0);
		if (take_from(c, cpu, true))
			return true;
	}
	return false;
}

/* With vCPUs waiting here, have the least busy CPU look now and then whether it should take one. */
static void offer_work(struct sched_cpu *c, u64 now)
{
	unsigned int cpu, best = NR_CPUS;

	if (!c->nr_queued || now - c->last_balance < BALANCE_PERIOD)
		return;
	c->last_balance = now;
	for_each_online_cpu(cpu)
		if (cpu != c->cpu && (best == NR_CPUS || cpu_load(cpu) < cpu_load(best)))
			best = cpu;
	if (best == NR_CPUS)
		return;
	__atomic_store_n(&per_cpu(sched_cpu, best).pull_from, c->cpu + 1, __ATOMIC_RELEASE);
	softirq_raise_cpu(SOFTIRQ_SCHEDULE, best);
}

static void accept_offer(struct sched_cpu *c)
{
	u32 from;

	if (!READ_ONCE(c->pull_from))
		return;
	from = __atomic_exchange_n(&c->pull_from, 0, __ATOMIC_ACQUIRE);
	if (from)
		take_from(c, from - 1, false);
}

/* --- switching --- */

/* The vCPU that has been running goes back to the queue, or to sleep. */
static void put_prev(struct sched_cpu *c, struct vcpu *prev, u64 now)
{
	struct sched_vcpu *sv = prev->sched;
	bool exhausted;

	if (prev == c->idle)
		return;
	sched_cap_left(prev->domain, &exhausted);
	if (exhausted)
		sv->parked = true;
	if (can_run(prev) && may_run_on(prev, c->cpu))
		enqueue(c, sv);
	sv->yielded = false;
}

static struct vcpu *choose_next(struct sched_cpu *c, u64 now, u64 *ret_slice)
{
	struct sched_vcpu *sv;

	accept_offer(c);
	*ret_slice = 0;
	sv = policy->pick(c, now, ret_slice);
	if (!sv) {
		cpumask_set(&idle_cpus, c->cpu);
		if (take_from_any(c))
			sv = policy->pick(c, now, ret_slice);
	}
	if (!sv)
		return c->idle;
	cpumask_clear(&idle_cpus, c->cpu);
	dequeue(c, sv);
	return sv->v;
}

static void arm_slice(struct sched_cpu *c, struct vcpu *next, u64 slice, u64 now)
{
	bool exhausted;
	u64 left = next == c->idle ? 0 : sched_cap_left(next->domain, &exhausted);

	/* (The idle vCPU has a slice when a policy has to look again at a certain time.) */
	if (left && (!slice || left < slice))
		slice = left;
	if (slice)
		timer_set(&c->slice, now + slice);
	else
		timer_stop(&c->slice);
}

static void change_curr(struct sched_cpu *c, struct vcpu *prev, struct vcpu *next, u64 now)
{
	note_state(prev, waiting_state(prev), now);
	note_state(next, RUNSTATE_running, now);
	WRITE_ONCE(c->curr, next);
	next->running = true;
}

/* SOFTIRQ_SCHEDULE. */
static void schedule(void)
{
	struct sched_cpu *c = &this_cpu(sched_cpu);
	unsigned long flags = spin_lock_irqsave(&c->lock);
	struct vcpu *prev = c->curr, *next;
	u64 now = time_now(), slice;

	account(c, now);
	put_prev(c, prev, now);
	next = choose_next(c, now, &slice);
	arm_slice(c, next, slice, now);
	offer_work(c, now);
	if (next == prev) {
		spin_unlock_irqrestore(&c->lock, flags);
		return;
	}
	change_curr(c, prev, next, now);
	/* Interrupts stay off: nothing may look at a CPU whose curr and current differ. */
	spin_unlock(&c->lock);
	if (prev != c->idle)
		vcpu_leaving_cpu(prev);
	hw_context_switch(prev, next);
}

void sched_switch_done(struct vcpu *prev)
{
	struct vcpu *next = current;

	if (prev != next && prev->domain->id != DOMID_IDLE) {
		/* Release: the saved context comes before the word that another CPU may have it. */
		__atomic_store_n(&prev->running, false, __ATOMIC_RELEASE);
		/* Full barrier: a wake-up either sees the vCPU off its CPU or we see it runnable
		 * below. */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (READ_ONCE(prev->sched->queued))
			kick_idle(prev);
		else if (can_run(prev))
			vcpu_wake(prev); /* it may not run here any more */
	}
	if (next->domain->id != DOMID_IDLE)
		vcpu_entering_cpu(next);
}

static void slice_over(void *data)
{
	softirq_raise(SOFTIRQ_SCHEDULE);
}

/* --- set-up --- */

int sched_init(const char *name)
{
	softirq_set_handler(SOFTIRQ_SCHEDULE, schedule);
	for (unsigned int i = 0; i < ARRAY_SIZE(policies); i++) {
		if (strcmp(name, policies[i]->name) == 0) {
			policy = policies[i];
			return 0;
		}
	}
	return -XEN_ENOENT;
}

void sched_cpu_init(unsigned int cpu, struct vcpu *idle)
{
	struct sched_cpu *c = &per_cpu(sched_cpu, cpu);

	spin_init(&c->lock);
	c->cpu = cpu;
	c->curr = c->idle = idle;
	list_init(&c->queue);
	c->accounted = time_now();
	timer_init(&c->slice, slice_over, c, cpu);
	idle->running = true;
	cpumask_set(&idle_cpus, cpu);
}

const struct sched_policy *sched_policy_now(void)
{
	return policy;
}

u32 sched_id(void)
{
	return policy->id;
}

const char *sched_name(void)
{
	return policy->name;
}

int sched_domain_init(struct domain *d)
{
	struct sched_domain *sd = mem_new(struct sched_domain);

	if (!sd)
		return -XEN_ENOMEM;
	d->sched = sd;
	sd->weight = SCHED_WEIGHT_DEFAULT;
	sd->scale = 1u << 16;
	policy->init_domain(sd, d->is_hardware);
	sched_cap_init(d);
	return 0;
}

void sched_domain_destroy(struct domain *d)
{
	if (!d->sched)
		return;
	sched_cap_destroy(d);
	mem_free(d->sched);
	d->sched = NULL;
}

int sched_vcpu_init(struct vcpu *v, unsigned int cpu)
{
	struct sched_vcpu *sv = mem_new(struct sched_vcpu);

	if (!sv)
		return -XEN_ENOMEM;
	sv->v = v;
	sv->pinned = -1;
	list_init(&sv->link);
	v->sched = sv;
	v->cpu = cpu;
	if (v->domain->id == DOMID_IDLE) {
		cpumask_set(&v->hard_affinity, cpu);
		v->soft_affinity = v->hard_affinity;
		return 0;
	}
	cpumask_fill(&v->hard_affinity);
	cpumask_fill(&v->soft_affinity);
	policy->init_vcpu(sv);
	return 0;
}

void sched_vcpu_destroy(struct vcpu *v)
{
	mem_free(v->sched);
	v->sched = NULL;
}

/* --- control --- */

/* Takes a vCPU away from a CPU where it may not be any more; CPU locked. */
static bool leave_forbidden_cpu(struct sched_cpu *c, struct vcpu *v)
{
	if (may_run_on(v, c->cpu))
		return false;
	if (c->curr == v) {
		softirq_raise_cpu(SOFTIRQ_SCHEDULE, c->cpu);
		return false;
	}
	if (v->sched->queued)
		dequeue(c, v->sched);
	return true;
}

int sched_set_affinity(struct vcpu *v, const cpumask_t *hard, const cpumask_t *soft)
{
	unsigned long flags;
	struct sched_cpu *c;
	cpumask_t usable;
	bool wake;

	if (hard) {
		cpumask_and(&usable, hard, &cpu_online_map);
		if (cpumask_empty(&usable))
			return -XEN_EINVAL;
	}
	c = lock_vcpu(v, &flags);
	if (hard && v->sched->pinned >= 0) {
		spin_unlock_irqrestore(&c->lock, flags);
		return -XEN_EBUSY;
	}
	if (hard)
		v->hard_affinity = *hard;
	if (soft)
		v->soft_affinity = *soft;
	wake = leave_forbidden_cpu(c, v);
	spin_unlock_irqrestore(&c->lock, flags);
	if (wake)
		vcpu_wake(v);
	return 0;
}

int sched_pin_override(struct vcpu *v, int cpu)
{
	unsigned long flags;
	struct sched_cpu *c;
	int rc = 0;

	if (cpu >= NR_CPUS || (cpu >= 0 && !cpumask_test(&cpu_online_map, cpu)))
		return -XEN_EINVAL;
	c = lock_vcpu(v, &flags);
	if (cpu < 0 && v->sched->pinned >= 0) {
		v->hard_affinity = v->sched->saved_affinity;
		v->sched->pinned = -1;
	} else if (cpu >= 0 && v->sched->pinned >= 0) {
		rc = -XEN_EBUSY;
	} else if (cpu >= 0) {
		v->sched->saved_affinity = v->hard_affinity;
		cpumask_zero(&v->hard_affinity);
		cpumask_set(&v->hard_affinity, cpu);
		v->sched->pinned = cpu;
	}
	leave_forbidden_cpu(c, v);
	spin_unlock_irqrestore(&c->lock, flags);
	return rc;
}

u64 vcpu_cpu_time(const struct vcpu *v)
{
	struct vcpu_runstate_info r;

	vcpu_get_runstate((struct vcpu *)v, &r);
	return r.time[RUNSTATE_running];
}

bool vcpu_is_running(const struct vcpu *v)
{
	return READ_ONCE(per_cpu(sched_cpu, READ_ONCE(v->cpu)).curr) == v;
}

struct vcpu *sched_current_on(unsigned int cpu)
{
	return READ_ONCE(per_cpu(sched_cpu, cpu).curr);
}

static void dump_cpu(struct sched_cpu *c)
{
	struct sched_vcpu *sv;

	log_raw("CPU %u: d%uv%u runs, %u waiting, virtual time %llu\n", c->cpu, c->curr->domain->id,
		c->curr->id, c->nr_queued, (unsigned long long)c->svt);
	list_for_each(sv, &c->queue, link)
		log_raw("    d%uv%u avt %llu%s%s\n", sv->v->domain->id, sv->v->id,
			(unsigned long long)sv->avt, sv->warped ? " warped" : "",
			sv->v->running ? " leaving" : "");
}

void sched_dump(void)
{
	unsigned int cpu;

	log_raw("scheduler %s, %llu ns\n", policy->name, (unsigned long long)time_now());
	for_each_online_cpu(cpu) {
		struct sched_cpu *c = &per_cpu(sched_cpu, cpu);
		unsigned long flags = spin_lock_irqsave(&c->lock);

		dump_cpu(c);
		spin_unlock_irqrestore(&c->lock, flags);
	}
}
