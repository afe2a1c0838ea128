/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * True concurrency: threads as CPUs bind, send, close, wake and arm timers at the same time.
 * Nothing is scheduled here; the point is that locks hold and that no event, reference or timer is
 * lost.
 */
#include <pthread.h>
#include <hw/core_host.h>
#include <hw/host.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/time.h>
#include <xen/timer.h>

#include "../../core/event_impl.h"
#include "tap.h"

#define THREADS 4
#define ROUNDS 30000

static struct domain *doms[THREADS];
static unsigned long seed;

static void run_threads(void *(*fn)(void *))
{
	pthread_t t[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, fn, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	host_core_cpu(0);
}

static void become(uintptr_t i, struct vcpu *v)
{
	host_cpu_start((unsigned int)i, v);
	host_random_state = seed * (i + 3) | 1;
}

/* Each thread is a domain that opens ports for the others, binds to theirs, sends and closes. */
static void *churn(void *arg)
{
	uintptr_t self = (uintptr_t)arg;

	become(self, doms[self]->vcpus[0]);
	for (int n = 0; n < ROUNDS; n++) {
		struct domain *other = doms[host_random() % THREADS];
		u32 port = 1 + host_random() % 40;

		switch (host_random() % 5) {
		case 0:
			evtchn_op_alloc_unbound(&(struct evtchn_alloc_unbound){
				.dom = DOMID_SELF, .remote_dom = other->id });
			break;
		case 1:
			evtchn_op_bind_interdomain(&(struct evtchn_bind_interdomain){
				.remote_dom = other->id, .remote_port = port });
			break;
		case 2:
			evtchn_op_close(&(struct evtchn_close){ .port = port });
			break;
		case 3:
			evtchn_op_unmask(&(struct evtchn_unmask){ .port = port });
			break;
		default:
			evtchn_op_send(&(struct evtchn_send){ .port = port });
		}
	}
	return NULL;
}

static bool pairs_point_back(struct domain *d)
{
	for (u32 p = 1; p < d->evtchn->valid_ports; p++) {
		struct evtchn *c = evtchn_at(d->evtchn, p), *peer;

		if (c->state != EVTCHN_INTERDOMAIN)
			continue;
		peer = evtchn_find(c->remote->evtchn, c->remote_port);
		if (!peer || peer->state != EVTCHN_INTERDOMAIN || peer->remote != d ||
		    peer->remote_port != p)
			return false;
	}
	return true;
}

static void test_churn(void)
{
	bool good = true;

	run_threads(churn);
	for (int i = 0; i < THREADS; i++)
		good &= pairs_point_back(doms[i]) && doms[i]->refs == 2;
	tap_ok(good, "after concurrent binding and closing all pairs point at each other and no "
		     "reference is left");
}

/* Thread 0 blocks again and again, the others send to it: every send must be seen. */
static u32 far_port[THREADS];
static u64 sent, seen;
static volatile bool done;

static void *send_or_sleep(void *arg)
{
	uintptr_t self = (uintptr_t)arg;
	struct vcpu *v = doms[self]->vcpus[0];
	struct evtchn_send op;

	become(self, v);
	if (self) {
		op.port = far_port[self];
		for (int n = 0; n < ROUNDS; n++) {
			evtchn_op_send(&op);
			__atomic_fetch_add(&sent, 1, __ATOMIC_SEQ_CST);
			while (host_random() % 8)
				hw_pause();
		}
		return NULL;
	}
	while (!done) {
		sched_block();
		/* As a guest: the flag first, then the words. Asleep, it is the senders' business
		 * to wake us. */
		while (vcpu_flag_test(v, VPF_BLOCKED) && !done)
			hw_pause();
		__atomic_exchange_n(&v->info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
		if (__atomic_exchange_n(&v->info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST))
			for (u32 p = 1; p < 64; p++)
				seen += bit_test_and_clear(doms[0]->shared_info->evtchn_pending, p);
		if (__atomic_load_n(&sent, __ATOMIC_SEQ_CST) == (THREADS - 1) * ROUNDS)
			done = true;
	}
	return NULL;
}

static void test_wakeups(void)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF };
	struct evtchn_bind_interdomain b;
	u64 word;

	for (int i = 0; i < THREADS; i++) {
		host_cpu_start(0, doms[i]->vcpus[0]);
		evtchn_op_reset(&(struct evtchn_reset){ .dom = DOMID_SELF });
	}
	for (int i = 1; i < THREADS; i++) {
		host_cpu_start(0, doms[0]->vcpus[0]);
		a.remote_dom = doms[i]->id;
		evtchn_op_alloc_unbound(&a);
		host_cpu_start(0, doms[i]->vcpus[0]);
		b = (struct evtchn_bind_interdomain){ .remote_dom = doms[0]->id,
						      .remote_port = a.port };
		evtchn_op_bind_interdomain(&b);
		far_port[i] = b.local_port;
	}
	run_threads(send_or_sleep);
	word = doms[0]->shared_info->evtchn_pending[0];
	tap_ok(seen > 0 && (!word || doms[0]->vcpus[0]->info->evtchn_pending_sel),
	       "no event is left pending without its vCPU being told (%llu seen of %llu sent)",
	       (unsigned long long)seen, (unsigned long long)sent);
}

/* Timers armed, stopped and moved by all CPUs at once. */
static struct timer timers[32];

static void no_work(void *data)
{
	__atomic_fetch_add((u64 *)data, 1, __ATOMIC_RELAXED);
}

static u64 timer_runs;

static void *timer_churn(void *arg)
{
	uintptr_t self = (uintptr_t)arg;

	become(self, doms[self]->vcpus[0]);
	for (int n = 0; n < ROUNDS; n++) {
		struct timer *t = &timers[host_random() % ARRAY_SIZE(timers)];

		switch (host_random() % 4) {
		case 0: timer_stop(t); break;
		case 1: timer_migrate(t, host_random() % THREADS); break;
		default: timer_set(t, host_now + host_random() % 1000);
		}
		if (n % 512 == 0)
			softirq_run();
	}
	return NULL;
}

static void test_timers(void)
{
	unsigned int active = 0, left = 0;
	u64 before;

	for (unsigned int i = 0; i < ARRAY_SIZE(timers); i++)
		timer_init(&timers[i], no_work, &timer_runs, i % THREADS);
	run_threads(timer_churn);
	for (unsigned int i = 0; i < ARRAY_SIZE(timers); i++)
		active += timer_active(&timers[i]);
	before = timer_runs;
	host_now += 2000;
	for (unsigned int cpu = 0; cpu < THREADS; cpu++) {
		host_core_cpu(cpu);
		softirq_raise(SOFTIRQ_TIMER);
	}
	host_settle();
	for (unsigned int i = 0; i < ARRAY_SIZE(timers); i++)
		left += timer_active(&timers[i]);
	tap_ok(left == 0 && timer_runs - before == active,
	       "of timers that all CPUs fought over each armed one fires once");
}

/* References won and given back while the domain goes away. */
static struct domain *victim;
static u64 got_refs;

static void *get_and_put(void *arg)
{
	uintptr_t self = (uintptr_t)arg;
	struct domain *d;

	become(self, doms[self]->vcpus[0]);
	for (int n = 0; n < ROUNDS; n++) {
		if (self == 0 && n == ROUNDS / 2) {
			domain_put(victim);
			domain_put(victim);
		}
		d = domain_get(50);
		if (!d)
			continue;
		__atomic_fetch_add(&got_refs, d->id == 50, __ATOMIC_RELAXED);
		domain_put(d);
	}
	return NULL;
}

static void test_references(void)
{
	victim = host_core_domain(50, 1);
	vcpu_down(victim->vcpus[0]);
	host_settle();
	run_threads(get_and_put);
	tap_ok(got_refs > 0 && !domain_get(50),
	       "a domain goes with its last reference while others look for it");
}

long hypercall_call(unsigned int op, const u64 args[6]) { return 0; }

int main(void)
{
	seed = tap_seed();
	host_core_init(THREADS, "bvt");
	for (int i = 0; i < THREADS; i++)
		doms[i] = host_core_domain(i + 1, 1);
	host_settle();
	test_churn();
	test_wakeups();
	test_timers();
	test_references();
	return tap_done();
}
