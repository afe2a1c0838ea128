/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The FIFO layout: an event word a port in pages of the guest, chained by port numbers into 16
 * queues a vCPU.
 *
 * Every word, link, head and ready mask is the guest's to scribble on.  So the hypervisor reads
 * none of it for its own decisions but single flag bits; the tail of each queue is in our own
 * memory; links are only ever written, never followed; and retries of compare-and-exchange are
 * bounded.  What a guest breaks is its own delivery.
 *
 * Locks: a queue's lock (interrupts off; two in the order of their addresses) covers its tail and,
 * for the channels last put on it, last_vcpu and last_priority.  The layout itself changes under
 * the table lock (event_impl.h).
 */
#include <xen/errno.h>
#include <xen/heap.h>
#include <xen/log.h>
#include <xen/page.h>

#include "event_impl.h"

#define WORDS_PER_PAGE (PAGE_SIZE / sizeof(event_word_t))
#define MAX_PAGES (EVTCHN_FIFO_NR_CHANNELS / WORDS_PER_PAGE)
#define LINK_TRIES 8 /* a fair guest changes the word at most a few times meanwhile */

#define PENDING (1u << EVTCHN_FIFO_PENDING)
#define MASKED (1u << EVTCHN_FIFO_MASKED)
#define LINKED (1u << EVTCHN_FIFO_LINKED)

struct evtchn_fifo {
	u32 nr_pages;			/* published with release */
	struct page_info *pages[MAX_PAGES];
};

struct fifo_queue {
	spinlock_t lock;
	u32 tail;			/* the port put on last; 0: none */
};

/* The FIFO state of a vCPU, v->evtchn. */
struct evtchn_vcpu {
	struct page_info *page;
	struct evtchn_fifo_control_block *block;
	struct fifo_queue queues[EVTCHN_FIFO_MAX_QUEUES];
};

/* The port's word, or NULL when the guest has given no page for it yet. */
static event_word_t *find_word(const struct domain *d, u32 port)
{
	const struct evtchn_fifo *f = d->evtchn->fifo;

	if (!f || port / WORDS_PER_PAGE >= __atomic_load_n(&f->nr_pages, __ATOMIC_ACQUIRE))
		return NULL;
	return (event_word_t *)page_to_virt(f->pages[port / WORDS_PER_PAGE]) +
	       port % WORDS_PER_PAGE;
}

/* --- queues --- */

static struct fifo_queue *find_queue(struct domain *d, u16 vcpu, u8 priority)
{
	struct vcpu *v = domain_vcpu(d, vcpu);
	/* Acquire: pairs with the release in install_block(). */
	struct evtchn_vcpu *ev = v ? __atomic_load_n(&v->evtchn, __ATOMIC_ACQUIRE) : NULL;

	return ev ? &ev->queues[priority] : NULL;
}

static void lock_queues(struct fifo_queue *a, struct fifo_queue *b, unsigned long *ret_flags)
{
	*ret_flags = spin_lock_irqsave(a < b ? &a->lock : &b->lock);
	if (a != b)
		spin_lock(a < b ? &b->lock : &a->lock);
}

static void unlock_queues(struct fifo_queue *a, struct fifo_queue *b, unsigned long flags)
{
	if (a != b)
		spin_unlock(a < b ? &b->lock : &a->lock);
	spin_unlock_irqrestore(a < b ? &a->lock : &b->lock, flags);
}

/* Sets LINKED and clears the link; false when it was linked, or masked or taken back meanwhile. */
static bool claim_word(event_word_t *word)
{
	event_word_t w = READ_ONCE(*word);

	for (unsigned int i = 0; i < LINK_TRIES; i++) {
		if ((w & (PENDING | MASKED | LINKED)) != PENDING)
			return false;
		if (__atomic_compare_exchange_n(word, &w, (w & ~EVTCHN_FIFO_LINK_MASK) | LINKED,
						false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

/* Has the former tail point at the new one.  False when the guest has taken the tail off already:
 * the queue is empty then. */
static bool link_behind(event_word_t *tail, u32 port)
{
	event_word_t w = READ_ONCE(*tail);

	for (unsigned int i = 0; i < LINK_TRIES; i++) {
		if (!(w & LINKED))
			return false;
		if (__atomic_compare_exchange_n(tail, &w, (w & ~EVTCHN_FIFO_LINK_MASK) | port,
						false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

/* Puts a claimed port at the end of the queue; queue locked. */
static void append(struct domain *d, struct vcpu *v, struct fifo_queue *q, unsigned int priority,
		   u32 port)
{
	event_word_t *tail = q->tail && q->tail != port ? find_word(d, q->tail) : NULL;
	struct evtchn_fifo_control_block *block = v->evtchn->block;

	/* (A tail that is this port itself was taken off, or it could not have been claimed.) */
	if (!tail || !link_behind(tail, port)) {
		/* Before the ready bit below, which is an atomic operation: who sees that sees the
		 * head. */
		WRITE_ONCE(block->head[priority], port);
		q->tail = port;
		if (!(__atomic_fetch_or(&block->ready, 1u << priority, __ATOMIC_SEQ_CST) &
		      (1u << priority)))
			vcpu_mark_events_pending(v);
		return;
	}
	q->tail = port;
}

/* With both queues locked: if nobody has put the port elsewhere meanwhile, it goes from `old`
 * (NULL: from nowhere) to `new`.  False: look again. */
static bool try_link(struct domain *d, struct evtchn *chn, struct vcpu *v, u8 priority,
		     struct fifo_queue *old, struct fifo_queue *new)
{
	if (find_queue(d, chn->last_vcpu, chn->last_priority) != old)
		return false;
	if (!claim_word(find_word(d, chn->port)))
		return true;
	if (old && old != new && old->tail == chn->port)
		old->tail = 0; /* nothing may be linked behind it there any more */
	chn->last_vcpu = v->id;
	chn->last_priority = priority;
	append(d, v, new, priority, chn->port);
	return true;
}

/* Puts a pending, unmasked port that has a word on its vCPU's queue, unless it is on one. */
static void link_port(struct domain *d, struct evtchn *chn)
{
	bool done = false;

	while (!done) {
		struct vcpu *v = evtchn_vcpu(d, chn);
		u8 priority = READ_ONCE(chn->priority);
		struct fifo_queue *new = find_queue(d, v->id, priority);
		struct fifo_queue *old =
			find_queue(d, READ_ONCE(chn->last_vcpu), READ_ONCE(chn->last_priority));
		unsigned long flags;

		if (!new) /* its vCPU has no control block yet: linked when it gets one */
			return;
		lock_queues(old ? old : new, new, &flags);
		done = try_link(d, chn, v, priority, old, new);
		unlock_queues(old ? old : new, new, flags);
	}
}

/* --- the layout's operations --- */

static void fifo_set_pending(struct domain *d, struct evtchn *chn)
{
	event_word_t *word = find_word(d, chn->port), old;

	if (unlikely(!word)) {
		__atomic_store_n(&chn->early, true, __ATOMIC_SEQ_CST);
		/* The page may have come just now; then its finder may have missed the flag. */
		word = find_word(d, chn->port);
		if (!word || !__atomic_exchange_n(&chn->early, false, __ATOMIC_SEQ_CST))
			return;
	}
	old = __atomic_fetch_or(word, PENDING, __ATOMIC_SEQ_CST);
	/* Linked: who takes it off looks at PENDING afterwards. */
	if (!(old & (MASKED | LINKED)))
		link_port(d, chn);
}

static void fifo_clear_pending(struct domain *d, struct evtchn *chn)
{
	event_word_t *word = find_word(d, chn->port);

	chn->early = false;
	if (word)
		__atomic_fetch_and(word, ~PENDING, __ATOMIC_SEQ_CST);
}

static void fifo_unmask(struct domain *d, struct evtchn *chn)
{
	event_word_t *word = find_word(d, chn->port), old;

	if (!word)
		return;
	old = __atomic_fetch_and(word, ~MASKED, __ATOMIC_SEQ_CST);
	if ((old & (PENDING | LINKED)) == PENDING)
		link_port(d, chn);
}

static bool fifo_is_pending(struct domain *d, const struct evtchn *chn)
{
	event_word_t *word = find_word(d, chn->port);

	return word ? READ_ONCE(*word) & PENDING : chn->early;
}

static bool fifo_is_masked(struct domain *d, const struct evtchn *chn)
{
	event_word_t *word = find_word(d, chn->port);

	return !word || READ_ONCE(*word) & MASKED;
}

/* Still linked from its former life. */
static bool fifo_is_busy(struct domain *d, const struct evtchn *chn)
{
	event_word_t *word = find_word(d, chn->port);

	return word && READ_ONCE(*word) & LINKED;
}

static void fifo_init_port(struct domain *d, struct evtchn *chn)
{
	fifo_clear_pending(d, chn);
}

const struct event_layout event_layout_fifo = {
	.set_pending = fifo_set_pending,
	.clear_pending = fifo_clear_pending,
	.unmask = fifo_unmask,
	.is_pending = fifo_is_pending,
	.is_masked = fifo_is_masked,
	.is_busy = fifo_is_busy,
	.init_port = fifo_init_port,
};

/* --- set-up; table locked --- */

/* A page of the guest's own that stays writable by it, and ours to write. */
static struct page_info *take_page(struct domain *d, u64 gfn)
{
	struct page_info *pg = page_get_by_mfn(_mfn(gfn), d);

	if (!pg)
		return NULL;
	if (page_get_type(pg, PAGE_WRITABLE)) {
		page_put(pg);
		return NULL;
	}
	return pg;
}

static void raise_again(struct domain *d, struct evtchn *chn)
{
	unsigned long flags = spin_lock_irqsave(&chn->lock);
	event_word_t *word = find_word(d, chn->port);

	if (chn->state != EVTCHN_FREE && word &&
	    (READ_ONCE(*word) & (PENDING | MASKED | LINKED)) == PENDING)
		link_port(d, chn);
	spin_unlock_irqrestore(&chn->lock, flags);
}

/* A vCPU has got its control block: what was raised for it before is linked now. */
static void link_waiting(struct domain *d, struct vcpu *v)
{
	for (u32 port = 1; port < d->evtchn->valid_ports; port++)
		if (evtchn_at(d->evtchn, port)->notify_vcpu == v->id)
			raise_again(d, evtchn_at(d->evtchn, port));
}

static int install_block(struct vcpu *v, const struct evtchn_init_control *a)
{
	struct evtchn_vcpu *ev = mem_new(struct evtchn_vcpu);

	if (!ev)
		return -XEN_ENOMEM;
	ev->page = take_page(v->domain, a->control_gfn);
	if (!ev->page) {
		mem_free(ev);
		return -XEN_EINVAL;
	}
	ev->block =
		(struct evtchn_fifo_control_block *)((char *)page_to_virt(ev->page) + a->offset);
	__atomic_store_n(&v->evtchn, ev, __ATOMIC_RELEASE);
	return 0;
}

/* Whoever has been sending on this channel with the old layout in mind is done. */
static void drain_senders(struct evtchn *chn)
{
	unsigned long flags = spin_lock_irqsave(&chn->lock);

	spin_unlock_irqrestore(&chn->lock, flags);
}

/* Events that are pending in the two-level bitmap go on in the new layout. */
static void carry_over(struct domain *d)
{
	struct evtchn_table *t = d->evtchn;

	for (u32 port = 1; port < t->valid_ports && port < EVTCHN_2L_NR_CHANNELS; port++) {
		struct evtchn *chn = evtchn_at(t, port);

		if (chn->state == EVTCHN_FREE)
			continue;
		drain_senders(chn);
		/* The far end's senders hold the far end's lock. Pairs stay as they are: our table
		 * is locked. */
		if (chn->state == EVTCHN_INTERDOMAIN)
			drain_senders(evtchn_at(chn->remote->evtchn, chn->remote_port));
		if (bit_test_and_clear(d->shared_info->evtchn_pending, port))
			fifo_set_pending(d, chn);
	}
}

static int switch_layout(struct domain *d)
{
	struct evtchn_table *t = d->evtchn;

	t->fifo = mem_new(struct evtchn_fifo);
	if (!t->fifo)
		return -XEN_ENOMEM;
	t->layout_ports = EVTCHN_FIFO_NR_CHANNELS;
	/* Release: senders that see the layout see its state. */
	__atomic_store_n(&t->layout, &event_layout_fifo, __ATOMIC_RELEASE);
	return 0;
}

int evtchn_fifo_init_control(struct domain *d, struct evtchn_init_control *a)
{
	struct vcpu *v = domain_vcpu(d, a->vcpu);
	bool first = !d->evtchn->fifo;
	int rc;

	if (!v)
		return -XEN_ENOENT;
	if (a->offset > PAGE_SIZE - sizeof(struct evtchn_fifo_control_block) || a->offset % 8 ||
	    v->evtchn)
		return -XEN_EINVAL;
	rc = install_block(v, a);
	if (rc)
		return rc;
	if (first) {
		rc = switch_layout(d);
		if (rc) {
			evtchn_vcpu_destroy(v);
			return rc;
		}
		carry_over(d);
	}
	link_waiting(d, v);
	a->link_bits = EVTCHN_FIFO_LINK_BITS;
	return 0;
}

int evtchn_fifo_expand_array(struct domain *d, const struct evtchn_expand_array *a)
{
	struct evtchn_fifo *f = d->evtchn->fifo;
	u32 port, end;

	if (!f)
		return -XEN_ENOSYS;
	if (f->nr_pages == MAX_PAGES)
		return -XEN_ENOSPC;
	f->pages[f->nr_pages] = take_page(d, a->array_gfn);
	if (!f->pages[f->nr_pages])
		return -XEN_EINVAL;
	port = max(f->nr_pages * (u32)WORDS_PER_PAGE, 1u);
	/* Sequentially consistent: a sender that finds no page flags the channel first and looks
	 * again. */
	__atomic_store_n(&f->nr_pages, f->nr_pages + 1, __ATOMIC_SEQ_CST);
	end = min(f->nr_pages * (u32)WORDS_PER_PAGE, d->evtchn->valid_ports);
	for (; port < end; port++)
		if (__atomic_exchange_n(&evtchn_at(d->evtchn, port)->early, false,
					__ATOMIC_SEQ_CST))
			fifo_set_pending(d, evtchn_at(d->evtchn, port));
	return 0;
}

void evtchn_vcpu_destroy(struct vcpu *v)
{
	struct evtchn_vcpu *ev = v->evtchn;

	if (!ev)
		return;
	v->evtchn = NULL;
	page_put_writable(ev->page);
	mem_free(ev);
}

void evtchn_fifo_destroy(struct domain *d)
{
	struct evtchn_fifo *f = d->evtchn->fifo;
	struct vcpu *v;

	for_each_vcpu(d, v)
		evtchn_vcpu_destroy(v);
	if (!f)
		return;
	d->evtchn->fifo = NULL;
	for (u32 i = 0; i < f->nr_pages; i++)
		page_put_writable(f->pages[i]);
	mem_free(f);
}
