/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Permissions of a node: an immutable, shared list. The first entry names the owner and what all
 * others may do; each further entry names a domain and what that one may do.
 *
 * Relies on nothing. Immutable means: children share their parent's list until somebody sets one,
 * so a store of 100 000 nodes has a few dozen lists.
 */
#ifndef XENSTORED_PERMS_H
#define XENSTORED_PERMS_H

#include "common/strbuf.h"

#define PERM_NONE	0
#define PERM_READ	1
#define PERM_WRITE	2
#define PERMS_MAX	256	/* also bounded by the payload, and by a quota for domains */

struct perm {
	uint16_t domid;
	uint8_t bits;
};

struct perms {
	uint32_t refs;
	uint32_t count;		/* at least 1 */
	struct perm p[];
};

/* Who asks: a domain, and the domain it may act for (or -1). Domain 0 may do everything. */
struct perm_actor {
	uint16_t domid;
	int32_t target;
};

struct perms *perms_new(const struct perm *p, uint32_t count);	/* NULL: no memory */
struct perms *perms_get(struct perms *perms);
void perms_put(struct perms *perms);				/* accepts NULL */

static inline uint16_t perms_owner(const struct perms *perms)
{
	return perms->p[0].domid;
}

/* May @who do all of @need? */
bool perms_allow(const struct perms *perms, const struct perm_actor *who, uint8_t need);
bool perms_is_owner(const struct perms *perms, const struct perm_actor *who);

/* The list of a new node below one with @parent, made by @creator. NULL: no memory. */
struct perms *perms_inherit(struct perms *parent, uint16_t creator);

/* The list without any trace of @domid; domain 0 inherits what it owned. NULL: no memory. */
struct perms *perms_without(struct perms *perms, uint16_t domid);
bool perms_mention(const struct perms *perms, uint16_t domid);

/* One "r3" style entry. -EINVAL when it is none. */
int perm_parse(const char *s, struct perm *ret_perm);

/* All entries, each with its NUL, as GET_PERMS answers. */
int perms_format(const struct perms *perms, struct strbuf *out);

#endif
