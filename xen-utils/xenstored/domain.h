/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Domains that use xenstore: introducing them, letting them go, noticing their death, and the ring
 * through which each talks (ring.c).
 *
 * Relies on store, conn and a backend (struct backend_ops), behind which Xen or a test stands.
 *
 * Everything in the shared page may change at any moment: it is read once into locals, checked, and
 * our own copies of the two indices we own are the ones that count.
 */
#ifndef XENSTORED_DOMAIN_H
#define XENSTORED_DOMAIN_H

#include "xenstored/conn.h"

#define PORT_NONE	UINT32_MAX

enum domain_state { DOMAIN_ALIVE, DOMAIN_SHUT_DOWN, DOMAIN_DEAD };

/* The way to guests. All return 0 or -errno. */
struct backend_ops {
	/* Map the ring page of @domid. */
	int (*map)(struct backend *b, uint16_t domid, uint64_t mfn,
		   struct xenstore_domain_interface **ret_page);
	void (*unmap)(struct backend *b, uint16_t domid, struct xenstore_domain_interface *page);
	int (*bind)(struct backend *b, uint16_t domid, uint32_t remote_port, uint32_t *ret_port);
	void (*unbind)(struct backend *b, uint32_t port);
	void (*notify)(struct backend *b, uint32_t port);
	/* enum domain_state, or -errno when it cannot be told. */
	int (*state)(struct backend *b, uint16_t domid);
};

struct backend {
	const struct backend_ops *ops;
};

struct domain {
	struct conn conn;
	struct store *store;
	struct domain *next;
	uint16_t domid;
	bool introduced;
	bool shut_down;		/* @releaseDomain was fired for its shutdown */
	uint32_t error;		/* XENSTORE_ERROR_*: nothing is taken until it reconnects */
	uint64_t mfn;
	uint32_t remote_port;
	struct xenstore_domain_interface *page;	/* NULL: not mapped */
	uint32_t port;		/* PORT_NONE: not bound */

	uint32_t req_cons;	/* ours; the page's is only what we told the guest */
	struct strbuf in;	/* beginning of a request longer than the ring */
	uint32_t out_start;	/* ring index of the first byte of "out" */
	struct strbuf out;	/* queued for the guest */
	uint32_t out_left;	/* of these, the rest of a message that is partly published */
	uint32_t out_messages;	/* messages in "out", that one counted */
	bool dirty;		/* has something to publish */
	bool recheck;		/* more came while publishing: ring_event() again, unasked */
	bool consumed;		/* requests were taken since the last publishing */
};

struct domain *domain_find(struct store *s, uint16_t domid);
struct domain *domain_find_port(struct store *s, uint32_t port);

/* INTRODUCE: new, or again with another page or port. Privileges were checked. */
int domain_introduce(struct store *s, uint16_t domid, uint64_t mfn, uint32_t port);

/* Domain 0's own kernel, whose page and port the caller has. */
int domain_introduce_local(struct store *s, struct xenstore_domain_interface *page,
			   uint32_t remote_port);

int domain_release(struct store *s, uint16_t domid);
int domain_resume(struct store *s, uint16_t domid);
int domain_set_target(struct store *s, uint16_t domid, uint16_t target);

/* Look for dead and shut-down domains, fire @releaseDomain: on VIRQ_DOM_EXC and at the start. */
void domains_check(struct store *s);

/* After a restart: map and bind every domain that the journal knows. */
void domains_reattach(struct store *s);
void domains_publish(struct store *s);
void domains_free(struct store *s);

/* A domain the journal tells of. */
struct domain *domain_restore(struct store *s, uint16_t domid);

/* For replay: let it go without telling anybody. */
void domain_forget(struct store *s, struct domain *d);

/* ring.c: */

/* A freshly mapped page: adopt its indices and say what we can do. */
void ring_attach(struct store *s, struct domain *d, bool after_restart);

/* Take in what is there, at most RING_BATCH requests. True when there may be more. */
#define RING_BATCH	32
bool ring_process(struct store *s, struct domain *d);

/* Move our indices and bytes to the page and notify. The journal record is written. */
void ring_publish(struct store *s, struct domain *d);

/* Forget what is queued either way. */
void ring_clear(struct domain *d);

/* The guest's event channel fired: whatever there is to do. True when there may be more. */
bool ring_event(struct store *s, struct domain *d);

extern const struct conn_ops ring_conn_ops;

#endif
