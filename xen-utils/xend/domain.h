/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The register of domains: every domain that exists, joined from what xend decided (the durable
 * records) and what the hypervisor says.
 *
 * Relies on backend.h and record.h. Relied on by every operation. Threads: the register's mutex
 * (struct xend.lock) guards the list, the reference counts and every field below except where
 * another owner is named. The right to change a domain is its `busy` field: who set it runs the one
 * operation that is allowed at a time, and may let go of the mutex meanwhile.
 */
#ifndef XEND_DOMAIN_H
#define XEND_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/config.h"
#include "xend/backend.h"
#include "xend/error.h"

struct device;
struct xend;

#define DOMAIN_NONE	(-1)
#define DOMAIN_UUID_LEN	36
#define DOMAIN_NAME_SIZE 128	/* ours are at most CONFIG_NAME_MAX; foreign ones are cut */

/*
 * Where a domain stands, as it is on disk:
 *
 *   BUILDING -> STARTING -> RUNNING -> (ENDING | RESTARTING -> BUILDING...) -> gone
 *                                   -> PRESERVED -> ENDING
 *
 * After xend was killed: BUILDING and ENDING are cleared away, STARTING is unpaused, RESTARTING is
 * destroyed and built again, RUNNING and PRESERVED are taken as they are.
 */
enum domain_phase {
	PHASE_FOREIGN,		/* xend did not make it; never on disk */
	PHASE_BUILDING,
	PHASE_STARTING,
	PHASE_RUNNING,
	PHASE_PRESERVED,	/* ended, kept for inspection as its on_* key said */
	PHASE_RESTARTING,
	PHASE_ENDING,
};

struct domain {
	struct domain *next;
	unsigned int refs;
	bool listed;			/* still in the register */

	char uuid[DOMAIN_UUID_LEN +
		  1]; /* lower case; constant once listed, but for rename-restart */
	char name[DOMAIN_NAME_SIZE];	/* changes under the lock and by the one operation only */
	int domid;			/* DOMAIN_NONE while the hypervisor knows nothing of it */
	enum domain_phase phase;
	bool start_paused;		/* create --paused */
	/*
	 * NULL when foreign; owned by the operation in `busy`, which changes it under the lock
	 * only: others look at it under the lock.
	 */
	struct domain_config *config;
	uint64_t target_kb;		/* balloon target, 0 when not known */
	int64_t created_at;		/* seconds since 1970, 0 when not known */
	unsigned int restarts;		/* by policy, since it was created by a person */
	struct device *devices;		/* see device.h */
	bool end_asked;		/* a person asked it to end; forgotten when xend is killed */

	const char *busy;		/* the operation, NULL when none; a constant string */
	bool present;			/* the hypervisor listed it at the last refresh */
	struct backend_domain info;	/* valid when present */
};

/* Take the register's view of the hypervisor anew. 0 or -errno with a sentence. */
int domains_refresh(struct xend *x, struct xend_error *err);

/*
 * By name, id or UUID; counted, give it back with domain_put(). Does not refresh. NULL when there
 * is none: err then holds -ENOENT.
 */
struct domain *domain_find(struct xend *x, const char *selector, struct xend_error *err);
void domain_put(struct xend *x, struct domain *d);

/*
 * Enter a new domain that xend is about to make, with busy set to op. Refuses a name or UUID that
 * is taken, and more than XEND_DOMAINS_MAX. Takes config over on success. The result is counted.
 */
int domain_reserve(struct xend *x, struct domain_config *config, const char *uuid, const char *op,
		   struct domain **ret_domain, struct xend_error *err);

/* Strike it from the register; the structure lives until the last domain_put(). */
void domain_remove(struct xend *x, struct domain *d);

/*
 * Become the one operation on d, waiting up to wait_ms for another to end. -EBUSY with a sentence
 * that names the other, -ENOENT when the domain went meanwhile.
 */
int domain_begin(struct xend *x, struct domain *d, const char *op, int wait_ms,
		 struct xend_error *err);
void domain_end(struct xend *x, struct domain *d);

/* Give it a name that no other domain has, in one step. -EEXIST with a sentence. */
int domain_rename(struct xend *x, struct domain *d, const char *name, struct xend_error *err);

/* Is the name free at this moment? */
bool domain_name_free(struct xend *x, const char *name);

/* A new phase, remembered in the register; domain_save() makes it durable. */
void domain_set_phase(struct xend *x, struct domain *d, enum domain_phase phase);

/* Write the domain's record to disk, see record.h. 0 or -errno with a sentence. */
int domain_save(struct xend *x, struct domain *d, struct xend_error *err);

/* domain_remove() for who holds the register's mutex already. */
void domain_unlink_locked(struct xend *x, struct domain *d);

/* All of them in order of id (those without id last), counted; free with domains_put(). */
int domains_snapshot(struct xend *x, struct domain ***ret_list, size_t *ret_count);
void domains_put(struct xend *x, struct domain **list, size_t count);

/* Enter a domain known from disk. Not counted for the caller. 0 or -errno. */
int domain_adopt(struct xend *x, struct domain *d);
/* A domain structure that is not in the register yet; NULL when memory is short. */
struct domain *domain_new(const char *name, const char *uuid);
void domain_free(struct domain *d);

/* 16 bytes to text and back; parse wants the form with dashes, any case. */
void uuid_format(const uint8_t uuid[16], char text[DOMAIN_UUID_LEN + 1]);
int uuid_parse(const char *text, uint8_t uuid[16]);
/* A new random one (version 4). 0 or -errno. */
int uuid_random(char text[DOMAIN_UUID_LEN + 1]);

const char *domain_phase_name(enum domain_phase phase);
/* 0 and *ret_phase, or -EINVAL. */
int domain_phase_parse(const char *name, enum domain_phase *ret_phase);

#endif /* XEND_DOMAIN_H */
