/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Software timers.  Each CPU has a pairing heap: arming is a few pointer writes, taking the
 * earliest is logarithmic in the long run, and nothing is allocated.  Relies on hw_time_arm() and
 * SOFTIRQ_TIMER.
 *
 * Lock: one spin lock a queue, interrupts off, innermost but for the log (core/locks.txt).  A
 * timer's `cpu`, links and `active` belong to the lock of the queue that `cpu` names.  Functions
 * run without the lock.
 *
 * The machine's timer is armed when a new timer becomes the earliest.  When the earliest goes away
 * it is left armed: an interrupt with nothing to do costs less than re-programming at each of a
 * guest's many changes.
 */
#include <xen/log.h>
#include <xen/percpu.h>
#include <xen/softirq.h>
#include <xen/time.h>
#include <xen/timer.h>

struct timer_queue {
	spinlock_t lock;
	struct timer *root;
	u64 armed;		/* what the machine's timer was last set to; 0: nothing */
};

static DEFINE_PER_CPU(struct timer_queue, timer_queue);

/* --- the heap --- */

/* Joins two heaps; either may be NULL.  Roots have no siblings. */
static struct timer *heap_join(struct timer *a, struct timer *b)
{
	if (!a || !b)
		return a ? a : b;
	if (b->expires < a->expires) {
		struct timer *t = a;

		a = b;
		b = t;
	}
	b->prev = a;
	b->next = a->child;
	if (a->child)
		a->child->prev = b;
	a->child = b;
	return a;
}

/* Joins a list of siblings into one heap: in pairs from the left, then the pairs from the right. */
static struct timer *heap_join_siblings(struct timer *t)
{
	struct timer *pairs = NULL, *root = NULL;

	while (t) {
		struct timer *a = t, *b = t->next;

		t = b ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b)
			b->next = b->prev = NULL;
		a = heap_join(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		struct timer *a = pairs;

		pairs = a->next;
		a->next = NULL;
		root = heap_join(root, a);
	}
	return root;
}

static void heap_remove(struct timer_queue *q, struct timer *t)
{
	struct timer *rest = heap_join_siblings(t->child);

	t->child = NULL;
	if (t == q->root) {
		q->root = rest;
		return;
	}
	if (t->prev->child == t)
		t->prev->child = t->next;
	else
		t->prev->next = t->next;
	if (t->next)
		t->next->prev = t->prev;
	t->next = t->prev = NULL;
	q->root = heap_join(q->root, rest);
}

/* --- queues --- */

/* Locks the queue that the timer belongs to; it may move to another CPU while we wait. */
static struct timer_queue *queue_lock(struct timer *t, unsigned long *ret_flags)
{
	for (;;) {
		u32 cpu = READ_ONCE(t->cpu);
		struct timer_queue *q = &per_cpu(timer_queue, cpu);

		*ret_flags = spin_lock_irqsave(&q->lock);
		if (likely(cpu == READ_ONCE(t->cpu)))
			return q;
		spin_unlock_irqrestore(&q->lock, *ret_flags);
	}
}

/* On the queue's own CPU, queue locked. */
static void queue_arm(struct timer_queue *q)
{
	q->armed = q->root ? max(q->root->expires, 1ULL) : 0;
	if (!hw_time_arm(q->armed) && q->armed)
		softirq_raise(SOFTIRQ_TIMER);
}

/* The earliest timer has changed: see to it that the machine's timer comes in time. */
static void queue_new_earliest(struct timer_queue *q, unsigned int cpu)
{
	if (q->armed && q->armed <= q->root->expires)
		return;
	if (cpu == hw_cpu_id())
		queue_arm(q);
	else
		softirq_raise_cpu(SOFTIRQ_TIMER, cpu);
}

static void queue_insert(struct timer_queue *q, struct timer *t)
{
	t->child = t->next = t->prev = NULL;
	t->active = true;
	q->root = heap_join(q->root, t);
	if (q->root == t)
		queue_new_earliest(q, t->cpu);
}

static void queue_remove(struct timer_queue *q, struct timer *t)
{
	if (t->active) {
		heap_remove(q, t);
		t->active = false;
	}
}

void timer_init(struct timer *t, void (*fn)(void *data), void *data, unsigned int cpu)
{
	*t = (struct timer){ .fn = fn, .data = data, .cpu = cpu };
}

void timer_set(struct timer *t, u64 expires)
{
	unsigned long flags;
	struct timer_queue *q = queue_lock(t, &flags);

	if (!t->dead) {
		queue_remove(q, t);
		t->expires = expires;
		queue_insert(q, t);
	}
	spin_unlock_irqrestore(&q->lock, flags);
}

void timer_stop(struct timer *t)
{
	unsigned long flags;
	struct timer_queue *q;

	/* Never armed or fired already: the usual case when a vCPU leaves a CPU. */
	if (!timer_active(t))
		return;
	q = queue_lock(t, &flags);
	queue_remove(q, t);
	spin_unlock_irqrestore(&q->lock, flags);
}

void timer_kill(struct timer *t)
{
	unsigned long flags;
	struct timer_queue *q = queue_lock(t, &flags);

	t->dead = true;
	queue_remove(q, t);
	spin_unlock_irqrestore(&q->lock, flags);
	/* Acquire: what the function wrote is seen before the caller frees anything. */
	while (__atomic_load_n(&t->running, __ATOMIC_ACQUIRE))
		hw_pause();
}

/* Locks the timer's queue and that of `cpu`, the lower-numbered CPU's first; false when they are
 * the same. */
static bool queue_lock_both(struct timer *t, unsigned int cpu, unsigned long *ret_flags,
			    u32 *ret_old)
{
	for (;;) {
		u32 old = READ_ONCE(t->cpu);

		if (old == cpu)
			return false;
		*ret_flags = spin_lock_irqsave(&per_cpu(timer_queue, min(old, cpu)).lock);
		spin_lock(&per_cpu(timer_queue, max(old, cpu)).lock);
		*ret_old = old;
		if (likely(old == READ_ONCE(t->cpu)))
			return true;
		spin_unlock(&per_cpu(timer_queue, max(old, cpu)).lock);
		spin_unlock_irqrestore(&per_cpu(timer_queue, min(old, cpu)).lock, *ret_flags);
	}
}

void timer_migrate(struct timer *t, unsigned int cpu)
{
	unsigned long flags;
	u32 old;

	if (!queue_lock_both(t, cpu, &flags, &old))
		return;
	if (t->active)
		heap_remove(&per_cpu(timer_queue, old), t);
	WRITE_ONCE(t->cpu, cpu);
	if (t->active)
		queue_insert(&per_cpu(timer_queue, cpu), t);
	spin_unlock(&per_cpu(timer_queue, max(old, cpu)).lock);
	spin_unlock_irqrestore(&per_cpu(timer_queue, min(old, cpu)).lock, flags);
}

/* Takes the earliest timer if it is due, marking it as running; queue locked. */
static struct timer *queue_take_due(struct timer_queue *q, u64 now)
{
	struct timer *t = q->root;

	if (!t || t->expires > now)
		return NULL;
	queue_remove(q, t);
	__atomic_fetch_add(&t->running, 1, __ATOMIC_RELAXED);
	return t;
}

static void timer_softirq(void)
{
	struct timer_queue *q = &this_cpu(timer_queue);
	unsigned long flags = spin_lock_irqsave(&q->lock);
	struct timer *t;

	while ((t = queue_take_due(q, time_now())) != NULL) {
		spin_unlock_irqrestore(&q->lock, flags);
		t->fn(t->data);
		__atomic_fetch_sub(&t->running, 1, __ATOMIC_RELEASE);
		flags = spin_lock_irqsave(&q->lock);
	}
	queue_arm(q);
	spin_unlock_irqrestore(&q->lock, flags);
}

void timer_cpu_init(unsigned int cpu)
{
	struct timer_queue *q = &per_cpu(timer_queue, cpu);

	spin_init(&q->lock);
	q->root = NULL;
	q->armed = 0;
	softirq_set_handler(SOFTIRQ_TIMER, timer_softirq);
}

void timer_dump(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct timer_queue *q = &per_cpu(timer_queue, cpu);
		unsigned long flags = spin_lock_irqsave(&q->lock);

		if (q->root)
			log_raw("CPU %u: earliest timer in %lld ns, armed for %llu, function %p\n",
				cpu, (long long)(q->root->expires - time_now()),
				(unsigned long long)q->armed, (void *)(uintptr_t)q->root->fn);
		else
			log_raw("CPU %u: no timers\n", cpu);
		spin_unlock_irqrestore(&q->lock, flags);
	}
}
