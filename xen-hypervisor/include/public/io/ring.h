/* SPDX-License-Identifier: MIT */
/*
 * Rings of requests and responses in shared pages: how block, network and other devices talk.
 *
 * One array of slots serves both directions: the front end produces requests, the back end
 * consumes each and later writes the response into a slot that is free again. Four indices in
 * the page run freely over 32 bits and are masked at use. Each side keeps private copies and
 * never trusts the page for its own position:
 *
 *   front: req_prod_pvt (requests written), rsp_cons (responses taken)
 *   back:  req_cons (requests taken),       rsp_prod_pvt (responses written)
 *
 * Notification: a consumer about to sleep sets *_event to the index it wants to be told about,
 * then looks once more; a producer sends an event only when that index lies in what it has just
 * published. Barriers stand between the slots and the index that publishes them, and between
 * publishing and reading *_event.
 *
 * The other side may change a slot at any time: copy it with RING_COPY_REQUEST or _RESPONSE,
 * check the copy, use the copy. A producer index from the page is checked with RING_*_OVERFLOW
 * before a loop relies on it.
 */
#ifndef XEN_PUBLIC_IO_RING_H
#define XEN_PUBLIC_IO_RING_H

#include "../xen.h"

#ifndef xen_mb
#define xen_mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb()	__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xen_wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)
#endif

typedef unsigned int RING_IDX;

/* The largest power of two that is not above a 32-bit constant x; 0 for 0. */
#define __RING_SMEAR1(x)	((x) | ((x) >> 1))
#define __RING_SMEAR2(x)	(__RING_SMEAR1(x) | (__RING_SMEAR1(x) >> 2))
#define __RING_SMEAR4(x)	(__RING_SMEAR2(x) | (__RING_SMEAR2(x) >> 4))
#define __RING_SMEAR8(x)	(__RING_SMEAR4(x) | (__RING_SMEAR4(x) >> 8))
#define __RING_SMEAR16(x)	(__RING_SMEAR8(x) | (__RING_SMEAR8(x) >> 16))
#define __RING_TOP(s)		((s) ^ ((s) >> 1))
#define __RD32(x)		__RING_TOP(__RING_SMEAR16((uint32_t)(x)))

/* Slots that fit into size bytes, by the ring's name and by a pointer to it. */
#define __CONST_RING_SIZE(name, size) \
	__RD32(((size) - offsetof(struct name##_sring, ring)) / \
	       sizeof(((struct name##_sring *)0)->ring[0]))
#define __RING_SIZE(sring, size) \
	__RD32(((size) - offsetof(__typeof__(*(sring)), ring)) / sizeof((sring)->ring[0]))

/* Defines the page NAME_sring and the private ends NAME_front_ring and NAME_back_ring. */
#define DEFINE_RING_TYPES(name, req_t, rsp_t) \
union name##_sring_entry { \
	req_t req; \
	rsp_t rsp; \
}; \
struct name##_sring { \
	RING_IDX req_prod, req_event; \
	RING_IDX rsp_prod, rsp_event; \
	union { \
		struct { \
			uint8_t smartpoll_active; \
		} netif; \
		struct { \
			uint8_t msg; \
		} tapif_user; \
		uint8_t pvt_pad[4]; \
	} pvt; \
	uint8_t __pad[44]; \
	union name##_sring_entry ring[1]; \
}; \
struct name##_front_ring { \
	RING_IDX req_prod_pvt; \
	RING_IDX rsp_cons; \
	unsigned int nr_ents; \
	struct name##_sring *sring; \
}; \
struct name##_back_ring { \
	RING_IDX rsp_prod_pvt; \
	RING_IDX req_cons; \
	unsigned int nr_ents; \
	struct name##_sring *sring; \
}; \
typedef struct name##_sring name##_sring_t; \
typedef struct name##_front_ring name##_front_ring_t; \
typedef struct name##_back_ring name##_back_ring_t

/* A fresh page; done once, by the front end, before the grant is given away. */
#define SHARED_RING_INIT(s) do { \
	__builtin_memset((s), 0, offsetof(__typeof__(*(s)), ring)); \
	(s)->req_event = (s)->rsp_event = 1; \
} while (0)

/* Ends that start at index i of an existing page (0 for a new one). */
#define FRONT_RING_ATTACH(r, s, i, size) do { \
	(r)->req_prod_pvt = (r)->rsp_cons = (i); \
	(r)->nr_ents = __RING_SIZE(s, size); \
	(r)->sring = (s); \
} while (0)
#define BACK_RING_ATTACH(r, s, i, size) do { \
	(r)->rsp_prod_pvt = (r)->req_cons = (i); \
	(r)->nr_ents = __RING_SIZE(s, size); \
	(r)->sring = (s); \
} while (0)
#define FRONT_RING_INIT(r, s, size)	FRONT_RING_ATTACH(r, s, 0, size)
#define BACK_RING_INIT(r, s, size)	BACK_RING_ATTACH(r, s, 0, size)

#define RING_SIZE(r)		((r)->nr_ents)
#define RING_FREE_REQUESTS(r)	(RING_SIZE(r) - ((r)->req_prod_pvt - (r)->rsp_cons))
#define RING_FULL(r)		(RING_FREE_REQUESTS(r) == 0)

/* How much waits; for requests never more than there are slots to answer in. */
#define RING_HAS_UNCONSUMED_RESPONSES(r) \
	(__atomic_load_n(&(r)->sring->rsp_prod, __ATOMIC_RELAXED) - (r)->rsp_cons)
#define RING_HAS_UNCONSUMED_REQUESTS(r) \
	__ring_least(__atomic_load_n(&(r)->sring->req_prod, __ATOMIC_RELAXED) - (r)->req_cons, \
		     RING_SIZE(r) - ((r)->req_cons - (r)->rsp_prod_pvt))

static inline unsigned int __ring_least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* A slot in place (for its producer), and a private copy of one (for its consumer). */
#define RING_GET_REQUEST(r, i)	(&(r)->sring->ring[(i) & (RING_SIZE(r) - 1)].req)
#define RING_GET_RESPONSE(r, i)	(&(r)->sring->ring[(i) & (RING_SIZE(r) - 1)].rsp)
#define RING_COPY_REQUEST(r, i, to) \
	((void)(*(to) = *(volatile __typeof__(*(to)) *)RING_GET_REQUEST(r, i)))
#define RING_COPY_RESPONSE(r, i, to) \
	((void)(*(to) = *(volatile __typeof__(*(to)) *)RING_GET_RESPONSE(r, i)))

/* Whether an index claims more than the ring can hold: the other side is broken or hostile. */
#define RING_REQUEST_CONS_OVERFLOW(r, cons)	((cons) - (r)->rsp_prod_pvt >= RING_SIZE(r))
#define RING_REQUEST_PROD_OVERFLOW(r, prod)	((prod) - (r)->rsp_prod_pvt > RING_SIZE(r))
#define RING_RESPONSE_PROD_OVERFLOW(r, prod)	((prod) - (r)->rsp_cons > RING_SIZE(r))

/* Publish what has been written; with the second form, learn whether to send an event. */
#define RING_PUSH_REQUESTS(r) \
	__atomic_store_n(&(r)->sring->req_prod, (r)->req_prod_pvt, __ATOMIC_RELEASE)
#define RING_PUSH_RESPONSES(r) \
	__atomic_store_n(&(r)->sring->rsp_prod, (r)->rsp_prod_pvt, __ATOMIC_RELEASE)
#define RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(r, notify) do { \
	RING_IDX was_ = (r)->sring->req_prod; \
	RING_PUSH_REQUESTS(r); \
	xen_mb(); \
	(notify) = (r)->req_prod_pvt - (r)->sring->req_event < (r)->req_prod_pvt - was_; \
} while (0)
#define RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(r, notify) do { \
	RING_IDX was_ = (r)->sring->rsp_prod; \
	RING_PUSH_RESPONSES(r); \
	xen_mb(); \
	(notify) = (r)->rsp_prod_pvt - (r)->sring->rsp_event < (r)->rsp_prod_pvt - was_; \
} while (0)

/* Before sleeping: ask for an event at the next item, then look again. */
#define RING_FINAL_CHECK_FOR_REQUESTS(r, more) do { \
	(more) = RING_HAS_UNCONSUMED_REQUESTS(r); \
	if (!(more)) { \
		(r)->sring->req_event = (r)->req_cons + 1; \
		xen_mb(); \
		(more) = RING_HAS_UNCONSUMED_REQUESTS(r); \
	} \
} while (0)
#define RING_FINAL_CHECK_FOR_RESPONSES(r, more) do { \
	(more) = RING_HAS_UNCONSUMED_RESPONSES(r); \
	if (!(more)) { \
		(r)->sring->rsp_event = (r)->rsp_cons + 1; \
		xen_mb(); \
		(more) = RING_HAS_UNCONSUMED_RESPONSES(r); \
	} \
} while (0)

#endif /* XEN_PUBLIC_IO_RING_H */
