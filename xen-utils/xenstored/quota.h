/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Quotas: what one unprivileged domain may use. Domain 0 has none.
 *
 * Relies on log.h. Every refusal is logged with the domain and the limit, at most LOG_BURST lines
 * in LOG_WINDOW_SEC seconds per connection, and answered with ENOSPC.
 */
#ifndef XENSTORED_QUOTA_H
#define XENSTORED_QUOTA_H

#include "common/log.h"

enum quota_id {
	QUOTA_NODES,		/* nodes owned */
	QUOTA_NODE_SIZE,	/* bytes of one value */
	QUOTA_NODE_PERMS,	/* entries in one permission list */
	QUOTA_WATCHES,
	QUOTA_TRANSACTIONS,	/* open at the same time */
	QUOTA_TX_NODES,		/* nodes used by one transaction, and changes made by it */
	QUOTA_OUTSTANDING,	/* answers and events not read yet; more requests then wait */
	QUOTA_QUEUE,		/* bytes of answers and events not read yet; more events are lost */
	QUOTA_COUNT,
};

struct quota {
	uint32_t limit[QUOTA_COUNT];
};

void quota_init(struct quota *q);
const char *quota_name(enum quota_id id);
const char *quota_meaning(enum quota_id id);
int quota_find(const char *name, enum quota_id *ret_id);	/* 0 or -EINVAL */

/* 0 when @wanted fits, else -ENOSPC after logging it for @who ("d3"). */
int quota_check(const struct quota *q, enum quota_id id, uint64_t wanted, const char *who,
		struct log_ratelimit *rl);

#endif
