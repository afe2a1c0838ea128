/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event channels: binding, sending, closing, rights; both layouts; hostile guests; random
 * operations checked against a model of which port is bound to which.
 */
#include <hw/core_host.h>
#include <hw/host.h>
#include <public/sched.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/page.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/time.h>

#include "../../core/event_impl.h"
#include "tap.h"

static struct domain *a, *b;

static u32 alloc_for(struct domain *d, struct domain *remote)
{
	struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = remote->id };

	host_core_as(d->vcpus[0]);
	return evtchn_op_alloc_unbound(&op) ? 0 : op.port;
}

static int bind(struct domain *d, struct domain *remote, u32 port, u32 *ret)
{
	struct evtchn_bind_interdomain op = { .remote_dom = remote->id, .remote_port = port };
	int rc;

	host_core_as(d->vcpus[0]);
	rc = evtchn_op_bind_interdomain(&op);
	*ret = op.local_port;
	return rc;
}

static int send(struct domain *d, u32 port)
{
	struct evtchn_send op = { .port = port };

	host_core_as(d->vcpus[0]);
	return evtchn_op_send(&op);
}

static int close_(struct domain *d, u32 port)
{
	struct evtchn_close op = { .port = port };

	host_core_as(d->vcpus[0]);
	return evtchn_op_close(&op);
}

static u32 status(struct domain *d, u32 port)
{
	struct evtchn_status op = { .dom = DOMID_SELF, .port = port };

	host_core_as(d->vcpus[0]);
	return evtchn_op_status(&op) ? 99 : op.status;
}

static bool take_2l(struct domain *d, u32 port)
{
	bool was = bit_test_and_clear(d->shared_info->evtchn_pending, port);

	d->vcpus[0]->info->evtchn_pending_sel = 0;
	d->vcpus[0]->info->evtchn_upcall_pending = 0;
	return was;
}

static void test_pair(void)
{
	u32 pa, pb = 0, other;

	pa = alloc_for(a, b);
	tap_ok(pa != 0 && status(a, pa) == EVTCHNSTAT_unbound,
	       "an unbound port is given out, never number 0");
	tap_ok(send(a, pa) == 0, "a send on an unbound port is lost without an error");
	tap_ok(bind(dom0, a, pa, &other) == -XEN_EINVAL, "only the named domain may bind to it");
	tap_ok(bind(b, a, pa, &pb) == 0 && status(b, pb) == EVTCHNSTAT_interdomain,
	       "the named domain binds");
	tap_ok(take_2l(b, pb), "the binder's port is pending at once");
	tap_ok(bind(b, a, pa, &other) == -XEN_EINVAL, "a bound port cannot be bound again");
	tap_ok(send(a, pa) == 0 && b->vcpus[0]->info->evtchn_upcall_pending && take_2l(b, pb),
	       "a send sets the far end's pending bit and upcall flag");
	b->shared_info->evtchn_mask[pb / 64] |= 1ULL << (pb % 64);
	send(a, pa);
	tap_ok(!b->vcpus[0]->info->evtchn_upcall_pending, "a masked port raises no upcall");
	host_core_as(b->vcpus[0]);
	evtchn_op_unmask(&(struct evtchn_unmask){ .port = pb });
	tap_ok(b->vcpus[0]->info->evtchn_upcall_pending && take_2l(b, pb),
	       "unmasking raises what was pending");
	tap_ok(close_(b, pb) == 0 && status(a, pa) == EVTCHNSTAT_unbound &&
		       status(b, pb) == EVTCHNSTAT_closed,
	       "closing one end leaves the other unbound");
	tap_ok(bind(b, a, pa, &pb) == 0, "and it can be bound again");
	tap_ok(close_(a, pa) == 0 && close_(a, pa) == -XEN_EINVAL, "a port is closed once");
	tap_ok(send(b, pb) == 0, "the end that is left can send to nobody");
	close_(b, pb);
	tap_ok(send(a, 0) == -XEN_EINVAL && send(a, 4095) == -XEN_EINVAL &&
		       send(a, ~0u) == -XEN_EINVAL,
	       "ports that do not exist are refused");
}

static void test_virq(void)
{
	struct evtchn_bind_virq op = { .virq = VIRQ_TIMER, .vcpu = 1 },
				bad = { .virq = VIRQ_DOM_EXC, .vcpu = 1 };
	struct evtchn_bind_vcpu move = { 0 };

	host_core_as(a->vcpus[0]);
	tap_ok(evtchn_op_bind_virq(&op) == 0, "a per-vCPU VIRQ is bound for another vCPU");
	tap_ok(evtchn_op_bind_virq(&(struct evtchn_bind_virq){ .virq = VIRQ_TIMER, .vcpu = 1 }) ==
		       -XEN_EEXIST,
	       "a VIRQ has one port a vCPU");
	tap_ok(evtchn_op_bind_virq(&bad) == -XEN_EINVAL,
	       "a global VIRQ is bound through vCPU 0 only");
	tap_ok(evtchn_op_bind_virq(&(struct evtchn_bind_virq){ .virq = NR_VIRQS }) == -XEN_EINVAL &&
		       evtchn_op_bind_virq(&(struct evtchn_bind_virq){ .virq = 0, .vcpu = 77 }) ==
			       -XEN_ENOENT,
	       "numbers out of range are refused");
	event_send_virq_vcpu(a->vcpus[1], VIRQ_TIMER);
	tap_ok(a->vcpus[1]->info->evtchn_upcall_pending &&
		       bit_test(a->shared_info->evtchn_pending, op.port),
	       "the VIRQ reaches its vCPU");
	move.port = op.port;
	tap_ok(evtchn_op_bind_vcpu(&move) == -XEN_EINVAL, "a per-vCPU VIRQ stays with its vCPU");
	close_(a, op.port);
	a->vcpus[1]->info->evtchn_upcall_pending = 0;
	event_send_virq_vcpu(a->vcpus[1], VIRQ_TIMER);
	tap_ok(!a->vcpus[1]->info->evtchn_upcall_pending, "a closed VIRQ is silent");
}

static void test_handler(void)
{
	struct domain *d = host_core_domain(30, 1);
	unsigned int refs = d->refs;

	tap_ok(event_set_global_virq_handler(d, VIRQ_TIMER) == -XEN_EINVAL &&
		       event_set_global_virq_handler(d, NR_VIRQS) == -XEN_EINVAL,
	       "only global VIRQs have a handler");
	tap_ok(event_set_global_virq_handler(d, VIRQ_CON_RING) == 0 && d->refs == refs + 1,
	       "the handler of a global VIRQ is referenced");
	d->dying = DOMAIN_DYING;
	event_forget_handler(d);
	tap_ok(d->refs == refs, "a dying domain is no handler any more");
	tap_ok(event_set_global_virq_handler(d, VIRQ_CON_RING) == -XEN_ESRCH && d->refs == refs,
	       "and becomes none again, which would keep it for ever");
	d->dying = DOMAIN_ALIVE;
}

static void test_rights(void)
{
	struct evtchn_alloc_unbound op = { .dom = b->id, .remote_dom = a->id };

	host_core_as(a->vcpus[0]);
	tap_ok(evtchn_op_alloc_unbound(&op) == -XEN_EPERM &&
	       evtchn_op_status(&(struct evtchn_status){ .dom = b->id, .port = 1 }) == -XEN_EPERM &&
	       evtchn_op_reset(&(struct evtchn_reset){ .dom = b->id }) == -XEN_EPERM,
	       "a guest may not touch another's ports");
	host_core_as(dom0->vcpus[0]);
	tap_ok(evtchn_op_alloc_unbound(&op) == 0, "the privileged domain may");
	tap_ok(evtchn_op_bind_pirq(&(struct evtchn_bind_pirq){ .pirq = 99 }) == -XEN_EINVAL,
	       "an interrupt that cannot be bound leaves no port behind");
	tap_ok(dom0->evtchn->active == 0, "(dom0 has none in use)");
	close_(b, op.port);
}

static void test_limit(void)
{
	struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = 0 };
	unsigned int n = 0;

	host_core_as(a->vcpus[0]);
	while (evtchn_op_alloc_unbound(&op) == 0)
		n++;
	tap_ok(n == 4095, "4095 ports can be had in the two-level layout (got %u)", n);
	close_(a, 77);
	tap_ok(evtchn_op_alloc_unbound(&op) == 0 && op.port == 77,
	       "a closed port is given out again");
	tap_ok(evtchn_op_reset(&(struct evtchn_reset){ .dom = DOMID_SELF }) == 0 &&
		       a->evtchn->active == 0,
	       "a reset closes all");
}

/* Blocking and polling against events. */
static void test_sleep(void)
{
	struct vcpu *v = a->vcpus[0];
	u32 pa = alloc_for(a, b), pb;
	struct sched_poll poll = { .nr_ports = 1 };

	bind(b, a, pa, &pb);
	host_settle();
	host_core_as(v);
	v->info->evtchn_upcall_pending = 1;
	sched_block();
	tap_ok(vcpu_runnable(v), "a vCPU with an event pending does not block");
	v->info->evtchn_upcall_pending = 0;
	v->info->evtchn_upcall_mask = 1;
	sched_block();
	tap_ok(!vcpu_runnable(v) && !v->info->evtchn_upcall_mask,
	       "without one it blocks, with events enabled");
	take_2l(a, pa);
	send(b, pb);
	tap_ok(vcpu_runnable(v), "an event wakes it");
	take_2l(a, pa);
	host_core_as(v);
	v->info->evtchn_upcall_mask = 1;
	set_xen_guest_handle(poll.ports, &pa);
	tap_ok(do_sched_op(SCHEDOP_poll, (u64)&poll) == 0 && !vcpu_runnable(v), "poll sleeps");
	a->shared_info->evtchn_mask[pa / 64] |= 1ULL << (pa % 64);
	send(b, pb);
	tap_ok(vcpu_runnable(v), "and a masked port that it polls for wakes it");
	host_core_as(v);
	tap_ok(do_sched_op(SCHEDOP_poll, (u64)&poll) == 0 && vcpu_runnable(v),
	       "poll returns at once when it is pending");
	take_2l(a, pa);
	poll.timeout = host_now + NS_PER_MS;
	do_sched_op(SCHEDOP_poll, (u64)&poll);
	tap_ok(!vcpu_runnable(v), "poll with a timeout sleeps");
	host_run(2 * NS_PER_MS, NS_PER_MS);
	tap_ok(vcpu_runnable(v), "until then");
	poll.nr_ports = 129;
	host_core_as(v);
	tap_ok(do_sched_op(SCHEDOP_poll, (u64)&poll) == -XEN_EINVAL,
	       "more than 128 ports are refused");
	close_(a, pa);
	close_(b, pb);
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

/* --- FIFO, with a consumer as a guest has it --- */

static event_word_t *word(u32 port)
{
	return (event_word_t *)mfn_to_virt(_mfn(10 + port / 1024)) + port % 1024;
}

static struct evtchn_fifo_control_block *block(void) { return mfn_to_virt(_mfn(9)); }

/* Takes everything off vCPU 0's queues; returns how many, and the first port. */
static unsigned int consume(u32 *ret_first)
{
	u32 ready = __atomic_exchange_n(&block()->ready, 0, __ATOMIC_SEQ_CST);
	unsigned int n = 0;

	*ret_first = 0;
	for (unsigned int q = 0; q < 16; q++) {
		u32 port = ready & (1u << q) ? block()->head[q] : 0;

		while (port && n < 100000) {
			event_word_t w = __atomic_fetch_and(
				word(port), ~(1u << EVTCHN_FIFO_LINKED | EVTCHN_FIFO_LINK_MASK),
				__ATOMIC_SEQ_CST);

			__atomic_fetch_and(word(port), ~(1u << EVTCHN_FIFO_PENDING),
					   __ATOMIC_SEQ_CST);
			if (!n++)
				*ret_first = port;
			port = w & EVTCHN_FIFO_LINK_MASK;
		}
	}
	a->vcpus[0]->info->evtchn_upcall_pending = 0;
	return n;
}

static int init_control(unsigned int vcpu, u64 gfn, u32 offset)
{
	struct evtchn_init_control op = { .control_gfn = gfn, .vcpu = vcpu, .offset = offset };

	host_core_as(a->vcpus[0]);
	return evtchn_op_init_control(&op);
}

static void scribble(u64 rounds, u32 max_port)
{
	for (u64 i = 0; i < rounds; i++) {
		*word(1 + host_random() % max_port) = (event_word_t)host_random();
		if (i % 8 == 0)
			block()->head[host_random() % 16] = (u32)host_random();
		if (i % 16 == 0)
			block()->ready = (u32)host_random();
	}
}

static void test_fifo(void)
{
	u32 pa[200], pb[200], first, got;
	bool good = true;

	for (int i = 0; i < 200; i++) {
		pa[i] = alloc_for(a, b);
		good &= pa[i] && bind(b, a, pa[i], &pb[i]) == 0;
	}
	send(b, pb[3]);
	tap_ok(init_control(0, 9, 4090) == -XEN_EINVAL && init_control(0, 9, 4) == -XEN_EINVAL &&
	       init_control(5, 9, 0) == -XEN_ENOENT && init_control(0, 99999, 0) == -XEN_EINVAL,
	       "control blocks in impossible places are refused");
	tap_ok(init_control(0, 9, 0) == 0 && init_control(0, 9, 0) == -XEN_EINVAL,
	       "a vCPU has one control block");
	host_core_as(a->vcpus[0]);
	tap_ok(evtchn_op_expand_array(&(struct evtchn_expand_array){ .array_gfn = 10 }) == 0 &&
		       evtchn_op_expand_array(&(struct evtchn_expand_array){ .array_gfn = 11 }) ==
			       0,
	       "pages are added");
	got = consume(&first);
	tap_ok(good && got == 1 && first == pa[3],
	       "what was pending in the two-level layout is carried over");
	for (int i = 0; i < 200; i++)
		send(b, pb[i]);
	for (int i = 0; i < 200; i++)
		send(b, pb[i]);
	got = consume(&first);
	tap_ok(got == 200 && first == pa[0], "each port is queued once and in order (got %u)", got);
	evtchn_op_set_priority(&(struct evtchn_set_priority){ .port = pa[150], .priority = 2 });
	host_core_as(a->vcpus[0]);
	evtchn_op_set_priority(&(struct evtchn_set_priority){ .port = pa[150], .priority = 2 });
	for (int i = 0; i < 200; i++)
		send(b, pb[i]);
	got = consume(&first);
	tap_ok(got == 200 && first == pa[150], "the more urgent comes first");
	*word(pa[5]) |= 1u << EVTCHN_FIFO_MASKED;
	send(b, pb[5]);
	tap_ok(consume(&first) == 0, "a masked port is not queued");
	host_core_as(a->vcpus[0]);
	evtchn_op_unmask(&(struct evtchn_unmask){ .port = pa[5] });
	tap_ok(consume(&first) == 1 && first == pa[5], "and is when it is unmasked");
	for (int round = 0; round < 200; round++) {
		scribble(100, 300);
		for (int i = 0; i < 50; i++)
			send(b, pb[host_random() % 200]);
		host_core_as(a->vcpus[0]);
		evtchn_op_unmask(&(struct evtchn_unmask){ .port = pa[host_random() % 200] });
	}
	tap_ok(pairs_point_back(a) && pairs_point_back(b) &&
		       status(b, pb[7]) == EVTCHNSTAT_interdomain,
	       "a guest that scribbles over its words and heads harms nobody else");
	for (u32 p = 1; p < 400; p++)
		*word(p) = 0;
	host_core_as(a->vcpus[0]);
	tap_ok(evtchn_op_reset(&(struct evtchn_reset){ .dom = DOMID_SELF }) == 0 &&
		       host_page_refs == 0 && a->evtchn->layout == &event_layout_2l,
	       "a reset returns to two levels and gives all pages back");
	for (int i = 0; i < 200; i++)
		close_(b, pb[i]);
	tap_ok(b->evtchn->active == 0, "(nothing is left)");
}

/* --- random operations --- */

static void test_random(void)
{
	struct domain *d[3] = { a, b, dom0 };
	bool good = true;
	u32 port;

	for (int n = 0; n < 20000 && good; n++) {
		struct domain *x = d[host_random() % 3], *y = d[host_random() % 3];

		port = host_random() % 64;
		switch (host_random() % 5) {
		case 0: alloc_for(x, y); break;
		case 1: bind(x, y, port, &port); break;
		case 2: close_(x, port); break;
		case 3: send(x, port); break;
		default:
			host_core_as(x->vcpus[0]);
			evtchn_op_bind_ipi(&(struct evtchn_bind_ipi){ .vcpu = 0 });
			close_(x, 1 + host_random() % 200);
		}
		if (n % 64 == 0)
			good = pairs_point_back(a) && pairs_point_back(b) && pairs_point_back(dom0);
	}
	tap_ok(good, "after random operations both ends of every pair point at each other");
}

long hypercall_call(unsigned int op, const u64 args[6]) { return 0; }

int main(void)
{
	host_random_state = tap_seed();
	host_core_init(2, "bvt");
	a = host_core_domain(1, 2);
	b = host_core_domain(2, 1);
	host_settle();
	test_pair();
	test_virq();
	test_handler();
	test_rights();
	test_limit();
	test_sleep();
	test_fifo();
	test_random();
	return tap_done();
}
