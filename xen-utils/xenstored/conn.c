/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What socket and ring connections have in common; the contract is in conn.h.
 */
#include <config.h>

#include "xenstored/conn.h"
#include "xenstored/txn.h"
#include "xenstored/watch.h"

void conn_init(struct conn *c, struct store *s, const struct conn_ops *ops, uint16_t domid)
{
	c->ops = ops;
	c->who.domid = domid;
	c->who.target = -1;
	snprintf(c->name, sizeof(c->name), "d%u", domid);
	c->next = s->conns;
	c->pprev = &s->conns;
	if (c->next)
		c->next->pprev = &c->next;
	s->conns = c;
}

void conn_reset(struct store *s, struct conn *c)
{
	watch_remove_all(s, c);
	txn_abort_all(s, c);
}

void conn_fini(struct store *s, struct conn *c)
{
	conn_reset(s, c);
	*c->pprev = c->next;
	if (c->next)
		c->next->pprev = c->pprev;
}

int conn_quota(struct store *s, struct conn *c, enum quota_id id, uint64_t wanted)
{
	if (conn_is_privileged(c))
		return 0;
	return quota_check(&s->quota, id, wanted, c->name, &c->rl);
}

void conn_send(struct conn *c, uint32_t type, uint32_t req_id, uint32_t tx_id, const void *data,
	       size_t len)
{
	struct xsd_sockmsg hdr = { .type = type, .req_id = req_id, .tx_id = tx_id, .len = len };

	c->ops->send(c, &hdr, data);
}
