/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring of one domain: requests in, answers and events out. The contract is in domain.h, the
 * order of journal and page in state.h.
 *
 * A guest that writes impossible indices or an oversized request is cut off: the error field of the
 * page says why, its queues are dropped, and nothing is taken from it until it asks for a
 * reconnection through the page's connection field. Only its own connection suffers.
 */
#include <config.h>

#include "xenstored/domain.h"
#include "xenstored/state.h"
#include "xenstored/wire.h"

#define FEATURES	(XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR)

static uint32_t load(const uint32_t *field)
{
	return __atomic_load_n(field, __ATOMIC_ACQUIRE);
}

static void store_field(uint32_t *field, uint32_t v)
{
	__atomic_store_n(field, v, __ATOMIC_RELEASE);
}

static void copy_from_ring(const char *ring, uint32_t at, void *to, uint32_t n)
{
	uint32_t off = MASK_XENSTORE_IDX(at);
	uint32_t first = MIN(n, XENSTORE_RING_SIZE - off);

	memcpy(to, ring + off, first);
	memcpy((char *)to + first, ring, n - first);
}

static void copy_to_ring(char *ring, uint32_t at, const void *from, uint32_t n)
{
	uint32_t off = MASK_XENSTORE_IDX(at);
	uint32_t first = MIN(n, XENSTORE_RING_SIZE - off);

	memcpy(ring + off, from, first);
	memcpy(ring, (const char *)from + first, n - first);
}

void ring_clear(struct domain *d)
{
	strbuf_reset(&d->in);
	strbuf_reset(&d->out);
	d->out_left = 0;
	d->out_messages = 0;
}

static void ring_fail(struct store *s, struct domain *d, uint32_t error)
{
	static const char *const reasons[] = {
		[XENSTORE_ERROR_COMM] = "there is no memory for its messages",
		[XENSTORE_ERROR_RINGIDX] = "its ring indices are impossible",
		[XENSTORE_ERROR_PROTO] = "its request is longer than the protocol allows",
	};
	unsigned int dropped;

	if (log_allowed(&d->conn.rl, &dropped))
		log_warn("%s: connection cut off: %s; it has to reconnect", d->conn.name,
			 reasons[error]);
	ring_clear(d);
	d->error = error;
	d->dirty = true;
	state_domain(s, d);
	state_ring(s, d);
}

/* The lengths that queued messages begin with give the number of messages. */
static void count_messages(struct domain *d)
{
	struct xsd_sockmsg hdr;
	size_t pos = d->out_left;

	d->out_messages = d->out_left > 0;
	while (d->out.len >= sizeof(hdr) && pos <= d->out.len - sizeof(hdr)) {
		memcpy(&hdr, d->out.data + pos, sizeof(hdr));
		pos += sizeof(hdr) + hdr.len;
		d->out_messages++;
	}
}

/* The first @n queued bytes are in the ring. */
static void drop_published(struct domain *d, uint32_t n)
{
	struct xsd_sockmsg hdr;
	uint32_t left = n, pos = 0;

	while (left) {
		uint32_t part;

		if (!d->out_left) {
			memcpy(&hdr, d->out.data + pos, sizeof(hdr));
			d->out_left = sizeof(hdr) + hdr.len;
		}
		part = MIN(left, d->out_left);
		d->out_left -= part;
		left -= part;
		pos += part;
		d->out_messages -= d->out_left == 0;
	}
	strbuf_consume(&d->out, n);
	d->out_start += n;
}

static void ring_send(struct conn *c, const struct xsd_sockmsg *hdr, const void *data)
{
	struct domain *d = container_of(c, struct domain, conn);
	struct store *s = d->store;
	size_t size = sizeof(*hdr) + hdr->len, at = d->out.len;

	if (d->error || !d->introduced)
		return;
	if (hdr->type == XS_WATCH_EVENT && conn_quota(s, c, QUOTA_QUEUE, at + size) < 0)
		return;
	if (strbuf_reserve(&d->out, size) < 0) {
		ring_fail(s, d, XENSTORE_ERROR_COMM);
		return;
	}
	strbuf_add(&d->out, hdr, sizeof(*hdr));
	strbuf_add(&d->out, data, hdr->len);
	d->out_messages++;
	d->dirty = true;
	state_ring_out(s, d, d->out.data + at, size);
}

const struct conn_ops ring_conn_ops = { .send = ring_send };

static void adopt_indices(struct store *s, struct domain *d)
{
	struct xenstore_domain_interface *page = d->page;

	ring_clear(d);
	d->req_cons = load(&page->req_cons);
	d->out_start = load(&page->rsp_prod);
	d->error = XENSTORE_ERROR_NONE;
	state_domain(s, d);
	state_ring(s, d);
}

/* Part of what the journal has for the guest may be in the ring already: the page knows. */
static void resume_indices(struct store *s, struct domain *d)
{
	uint32_t published = load(&d->page->rsp_prod) - d->out_start;

	count_messages(d);
	if (d->error)
		return;
	if (published > d->out.len)
		ring_fail(s, d, XENSTORE_ERROR_RINGIDX);
	else
		drop_published(d, published);
}

void ring_attach(struct store *s, struct domain *d, bool after_restart)
{
	if (after_restart)
		resume_indices(s, d);
	else
		adopt_indices(s, d);
	store_field(&d->page->server_features, FEATURES);
	d->dirty = true;
	d->consumed = true;	/* notify once: what came while nobody listened was lost */
}

/* The guest asked for a fresh start: it forgot everything, and so do we. */
static void reconnect(struct store *s, struct domain *d)
{
	struct xenstore_domain_interface *page = d->page;

	log_info("%s: reconnected", d->conn.name);
	conn_reset(s, &d->conn);
	ring_clear(d);
	d->req_cons = d->out_start = 0;
	d->error = XENSTORE_ERROR_NONE;
	state_domain(s, d);
	state_ring(s, d);
	/* In the journal first; a crash from here on finds "reconnect" and does all this again. */
	journal_commit(s->journal);
	store_field(&page->req_cons, 0);
	store_field(&page->req_prod, 0);
	store_field(&page->rsp_cons, 0);
	store_field(&page->rsp_prod, 0);
	store_field(&page->error, XENSTORE_ERROR_NONE);
	store_field(&page->connection, XENSTORE_CONNECTED);
	d->dirty = true;
	d->consumed = true;
}

/* Take @n bytes from the ring; the page hears of it when the journal has it. */
static void consume(struct domain *d, void *to, uint32_t n)
{
	copy_from_ring(d->page->req, d->req_cons, to, n);
	d->req_cons += n;
	d->dirty = true;
	d->consumed = true;
}

static void handle(struct store *s, struct domain *d, const struct xsd_sockmsg *hdr, char *body)
{
	state_ring_in(s, d, NULL, 0);
	wire_handle(s, &d->conn, hdr, body);
}

static bool is_too_long(struct store *s, struct domain *d, const struct xsd_sockmsg *hdr)
{
	if (hdr->len <= XENSTORE_PAYLOAD_MAX)
		return false;
	ring_fail(s, d, XENSTORE_ERROR_PROTO);
	return true;
}

/*
 * A request that is not whole yet, or does not fit the ring: collect what is there. Leaving it in
 * the ring is not possible even if it fits, because guests notify only when they find that all they
 * wrote before was taken. From here on the header is our copy, whatever the page says by then.
 */
static bool collect(struct store *s, struct domain *d, uint32_t avail)
{
	char piece[XENSTORE_RING_SIZE], body[XENSTORE_PAYLOAD_MAX + 1];
	struct xsd_sockmsg hdr = { 0 };
	uint32_t total = sizeof(hdr), n;

	if (d->in.len >= sizeof(hdr)) {
		memcpy(&hdr, d->in.data, sizeof(hdr));
		total += hdr.len;
	}
	n = MIN(avail, total - (uint32_t)d->in.len);
	consume(d, piece, n);
	if (strbuf_add(&d->in, piece, n) < 0) {
		ring_fail(s, d, XENSTORE_ERROR_COMM);
		return false;
	}
	if (d->in.len >= sizeof(hdr)) {
		memcpy(&hdr, d->in.data, sizeof(hdr));
		if (is_too_long(s, d, &hdr))
			return false;
		total = sizeof(hdr) + hdr.len;
	}
	if (d->in.len < total) {
		state_ring_in(s, d, piece, n);
		return true;
	}
	memcpy(body, d->in.data + sizeof(hdr), hdr.len);
	strbuf_reset(&d->in);
	handle(s, d, &hdr, body);
	return true;
}

/* Take in one request, or a piece of one. False when there is nothing to do. */
static bool take_one(struct store *s, struct domain *d)
{
	uint32_t avail = load(&d->page->req_prod) - d->req_cons;
	char body[XENSTORE_PAYLOAD_MAX + 1];
	struct xsd_sockmsg hdr;

	if (avail > XENSTORE_RING_SIZE) {
		ring_fail(s, d, XENSTORE_ERROR_RINGIDX);
		return false;
	}
	if (!avail)
		return false;
	if (d->in.len || avail < sizeof(hdr))
		return collect(s, d, avail);
	copy_from_ring(d->page->req, d->req_cons, &hdr, sizeof(hdr));
	if (is_too_long(s, d, &hdr))
		return false;
	if (avail < sizeof(hdr) + hdr.len)
		return collect(s, d, avail);
	copy_from_ring(d->page->req, d->req_cons + sizeof(hdr), body, hdr.len);
	d->req_cons += sizeof(hdr) + hdr.len;
	d->dirty = true;
	d->consumed = true;
	handle(s, d, &hdr, body);
	return true;
}

/* It reads its answers first: they fill the ring, so it notifies us when it does. */
static bool must_wait(const struct domain *d)
{
	return !conn_is_privileged(&d->conn) &&
	       d->out_messages >= d->store->quota.limit[QUOTA_OUTSTANDING];
}

bool ring_process(struct store *s, struct domain *d)
{
	for (int i = 0; i < RING_BATCH; i++) {
		if (!d->page || d->error || must_wait(d) || !take_one(s, d))
			return false;
	}
	return true;
}

bool ring_event(struct store *s, struct domain *d)
{
	if (!d->page)
		return false;
	if (load(&d->page->connection) == XENSTORE_RECONNECT)
		reconnect(s, d);
	d->dirty = true;	/* it may have made room for what waits */
	d->recheck = false;
	return ring_process(s, d);
}

/* One round of copying what fits. Returns the number of bytes. */
static uint32_t push_some(struct store *s, struct domain *d)
{
	struct xenstore_domain_interface *page = d->page;
	uint32_t used = d->out_start - load(&page->rsp_cons);
	uint32_t n;

	if (used > XENSTORE_RING_SIZE) {
		ring_fail(s, d, XENSTORE_ERROR_RINGIDX);
		journal_commit(s->journal);
		return 0;
	}
	n = MIN((uint32_t)MIN(d->out.len, (size_t)XENSTORE_RING_SIZE), XENSTORE_RING_SIZE - used);
	if (!n)
		return 0;
	copy_to_ring(page->rsp, d->out_start, d->out.data, n);
	drop_published(d, n);
	store_field(&page->rsp_prod, d->out_start);
	return n;
}

/*
 * A guest that reads tells us only if it found the ring full. So as long as something waits, look
 * again after moving our index: the guest may have read before it saw that.
 */
static bool push_out(struct store *s, struct domain *d)
{
	bool pushed = false;

	for (int i = 0; i < RING_BATCH && !d->error && push_some(s, d); i++) {
		pushed = true;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	}
	return pushed;
}

/* The same for requests: what was written before our index moved comes without a notification. */
static void check_for_more(struct domain *d)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	d->recheck = load(&d->page->req_prod) != d->req_cons && !must_wait(d);
}

void ring_publish(struct store *s, struct domain *d)
{
	bool tell = d->consumed;

	d->dirty = false;
	d->consumed = false;
	if (!d->page)
		return;
	if (!d->error) {
		store_field(&d->page->req_cons, d->req_cons);
		tell |= push_out(s, d);
		check_for_more(d);
	}
	if (d->error && d->page->error != d->error) {
		store_field(&d->page->error, d->error);
		tell = true;
	}
	if (tell && d->port != PORT_NONE)
		s->backend->ops->notify(s->backend, d->port);
}
