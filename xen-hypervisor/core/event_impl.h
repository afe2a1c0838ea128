/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the event channels: what core/event.c (binding), core/event_send.c (raising) and the two
 * layouts (core/event_2l.c, core/event_fifo.c) share.
 *
 * Locks.  table->lock (plain; never in an interrupt) covers the structure: which ports are in use,
 * bindings, the layout. Two tables are locked in the order of their addresses.  Each channel has a
 * lock, interrupts off, which a sender holds while it raises; changing a channel's state takes the
 * table lock and then the channel's, of both ends for a pair (in the order of their addresses).  So
 * a sender that has found a pair bound keeps the far end bound by holding its own end's lock alone.
 * v->virq_lock covers v->virq_to_evtchn; it is taken before a channel's lock.
 *
 * A port number, once valid, has its struct evtchn until the domain's memory is freed: lookups take
 * no lock.
 */
#ifndef CORE_EVENT_IMPL_H
#define CORE_EVENT_IMPL_H

#include <xen/domain.h>
#include <xen/event.h>
#include <xen/lock.h>

enum evtchn_state {
	EVTCHN_FREE,
	EVTCHN_RESERVED,	/* chosen, not yet bound */
	EVTCHN_UNBOUND,
	EVTCHN_INTERDOMAIN,
	EVTCHN_PIRQ,
	EVTCHN_VIRQ,
	EVTCHN_IPI,
};

struct evtchn {
	spinlock_t lock;
	u32 port;
	u8 state;		/* enum evtchn_state */
	u8 priority;		/* FIFO queue to go to */
	bool early;		/* FIFO: raised before its event word existed */
	u8 last_priority;	/* FIFO queue it was last put on ... (that queue's lock) */
	u16 last_vcpu;		/* ... of this vCPU */
	u16 notify_vcpu;	/* whom to tell; read by senders without lock */
	u16 remote_domid;	/* UNBOUND: who may bind */
	u32 remote_port;	/* INTERDOMAIN; PIRQ and VIRQ: the number */
	struct domain *remote;	/* INTERDOMAIN */
};

struct evtchn_fifo;

struct event_layout {
	/* Marks the port pending, and if nothing stands against it has its vCPU told. Channel
	 * locked or otherwise stable. */
	void (*set_pending)(struct domain *d, struct evtchn *chn);
	void (*clear_pending)(struct domain *d, struct evtchn *chn);
	/* Unmasks; raises again what was pending. */
	void (*unmask)(struct domain *d, struct evtchn *chn);
	bool (*is_pending)(struct domain *d, const struct evtchn *chn);
	bool (*is_masked)(struct domain *d, const struct evtchn *chn);
	/* NULL where not needed.  A free port that cannot be given out yet; a port about to be
	 * used. Table locked. */
	bool (*is_busy)(struct domain *d, const struct evtchn *chn);
	void (*init_port)(struct domain *d, struct evtchn *chn);
};

extern const struct event_layout event_layout_2l, event_layout_fifo;

#define BUCKET_SHIFT 6
#define GROUP_SHIFT 6
#define BUCKET_CHANNELS (1u << BUCKET_SHIFT)
#define GROUP_BUCKETS (1u << GROUP_SHIFT)
#define NR_GROUPS (EVTCHN_FIFO_NR_CHANNELS / (BUCKET_CHANNELS * GROUP_BUCKETS))

struct evtchn_table {
	spinlock_t lock;
	const struct event_layout *layout;
	u32 layout_ports;	/* ports that the layout can hold */
	u32 max_port;		/* the domain's own limit */
	u32 valid_ports;	/* ports below have a struct evtchn; published with release */
	u32 next_free;		/* no free valid port below */
	u32 active;		/* ports in use */
	u32 sweep;		/* next port that close_all() looks at */
	bool closing;		/* the domain is dying */
	struct evtchn **groups[NR_GROUPS];
	struct evtchn_fifo *fifo;
};

static inline bool evtchn_valid(const struct evtchn_table *t, u32 port)
{
	/* Acquire: pairs with the release that published the bucket. */
	return port && port < __atomic_load_n(&t->valid_ports, __ATOMIC_ACQUIRE);
}

/* For a valid port. */
static inline struct evtchn *evtchn_at(const struct evtchn_table *t, u32 port)
{
	struct evtchn *bucket = t->groups[port >> (BUCKET_SHIFT + GROUP_SHIFT)]
					 [(port >> BUCKET_SHIFT) & (GROUP_BUCKETS - 1)];

	return &bucket[port & (BUCKET_CHANNELS - 1)];
}

static inline struct evtchn *evtchn_find(const struct evtchn_table *t, u32 port)
{
	return t && evtchn_valid(t, port) ? evtchn_at(t, port) : NULL;
}

/* The vCPU to tell; a port's vCPU number was checked when it was set. */
static inline struct vcpu *evtchn_vcpu(struct domain *d, const struct evtchn *chn)
{
	return d->vcpus[READ_ONCE(chn->notify_vcpu)];
}

/* Raises a channel of d: pending, upcall, pollers. */
void evtchn_raise(struct domain *d, struct evtchn *chn);
/* A vCPU of d that polls for this port need not wait any more. */
void evtchn_wake_pollers(struct domain *d, u32 port);

/* core/event_fifo.c; table locked. */
/* unmaps everything; the domain is dying or resets */
void evtchn_fifo_destroy(struct domain *d);
int evtchn_fifo_init_control(struct domain *d, struct evtchn_init_control *a);
int evtchn_fifo_expand_array(struct domain *d, const struct evtchn_expand_array *a);

#endif
