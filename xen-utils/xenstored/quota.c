/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Quotas; the contract is in quota.h.
 */
#include <config.h>

#include "xenstored/quota.h"

static const struct {
	const char *name;
	uint32_t limit;
	const char *meaning;
} quotas[] = {
	[QUOTA_NODES] = { "nodes", 1000, "nodes owned by a domain" },
	[QUOTA_NODE_SIZE] = { "node-size", 2048, "bytes in one value" },
	[QUOTA_NODE_PERMS] = { "node-permissions", 5, "permissions of one node" },
	[QUOTA_WATCHES] = { "watches", 128, "watches of a domain" },
	[QUOTA_TRANSACTIONS] = { "transactions", 32, "open transactions of a domain" },
	[QUOTA_TX_NODES] = { "transaction-nodes", 1024, "nodes used by one transaction" },
	[QUOTA_OUTSTANDING] = { "outstanding", 64, "unread messages, then requests wait" },
	[QUOTA_QUEUE] = { "queue", 1 << 20, "unread bytes, then events are lost" },
};

void quota_init(struct quota *q)
{
	for (int i = 0; i < QUOTA_COUNT; i++)
		q->limit[i] = quotas[i].limit;
}

const char *quota_name(enum quota_id id)
{
	return quotas[id].name;
}

const char *quota_meaning(enum quota_id id)
{
	return quotas[id].meaning;
}

int quota_find(const char *name, enum quota_id *ret_id)
{
	for (int i = 0; i < QUOTA_COUNT; i++) {
		if (str_eq(name, quotas[i].name)) {
			*ret_id = i;
			return 0;
		}
	}
	return -EINVAL;
}

int quota_check(const struct quota *q, enum quota_id id, uint64_t wanted, const char *who,
		struct log_ratelimit *rl)
{
	unsigned int dropped;

	if (wanted <= q->limit[id])
		return 0;
	if (log_allowed(rl, &dropped)) {
		log_warn("%s: refused: %s: the limit is %u; raise it with "
			 "\"xenstore control quota set %s N\"",
			 who, quotas[id].meaning, q->limit[id], quotas[id].name);
		if (dropped)
			log_warn("%s: %u more refusals were not logged", who, dropped);
	}
	return -ENOSPC;
}
