/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of xenstored share: connections that remember what was sent to them, and a backend
 * whose guests are pages of this program.
 *
 * Relies on xenstored's library. Included by one source file a program.
 */
#ifndef TESTS_STORE_SUPPORT_H
#define TESTS_STORE_SUPPORT_H

#include "../tap.h"
#include "common/strbuf.h"
#include "xenstored/control.h"
#include "xenstored/domain.h"
#include "xenstored/txn.h"
#include "xenstored/watch.h"
#include "xenstored/wire.h"

/* A connection whose messages collect in "got". */
struct fake_conn {
	struct conn conn;
	struct strbuf got;
};

static void fake_send(struct conn *c, const struct xsd_sockmsg *hdr, const void *data)
{
	struct fake_conn *f = container_of(c, struct fake_conn, conn);

	strbuf_add(&f->got, hdr, sizeof(*hdr));
	strbuf_add(&f->got, data, hdr->len);
}

static const struct conn_ops fake_conn_ops = { .send = fake_send };

UNUSED static void fake_conn_init(struct fake_conn *f, struct store *s, uint16_t domid)
{
	memset(f, 0, sizeof(*f));
	conn_init(&f->conn, s, &fake_conn_ops, domid);
}

UNUSED static void fake_conn_fini(struct fake_conn *f, struct store *s)
{
	conn_fini(s, &f->conn);
	strbuf_free(&f->got);
}

/* Take the next message out of "got". False when there is none. @body has room for the longest. */
UNUSED static bool fake_take(struct fake_conn *f, struct xsd_sockmsg *hdr, char *body)
{
	if (f->got.len < sizeof(*hdr))
		return false;
	memcpy(hdr, f->got.data, sizeof(*hdr));
	memcpy(body, f->got.data + sizeof(*hdr), hdr->len);
	body[hdr->len] = '\0';
	strbuf_consume(&f->got, sizeof(*hdr) + hdr->len);
	return true;
}

/*
 * Send one request and return its answer: 0 with the text in @reply (may be NULL), or -errno.
 * Events stay in "got".
 */
UNUSED static int fake_call(struct store *s, struct fake_conn *f, uint32_t type, uint32_t tx,
			    const void *payload, size_t len, char *reply)
{
	struct xsd_sockmsg hdr = { .type = type, .req_id = 77, .tx_id = tx, .len = len };
	char body[XENSTORE_PAYLOAD_MAX + 1], text[XENSTORE_PAYLOAD_MAX + 1];
	struct strbuf rest = STRBUF_INIT;
	int rc = -EPROTO;

	if (len)
		memcpy(body, payload, len);
	wire_handle(s, &f->conn, &hdr, body);
	while (fake_take(f, &hdr, text)) {
		if (hdr.type == XS_WATCH_EVENT) {
			strbuf_add(&rest, &hdr, sizeof(hdr));
			strbuf_add(&rest, text, hdr.len);
			continue;
		}
		rc = 0;
		if (hdr.req_id != 77)
			tap_bail("an answer has the wrong number");
		if (hdr.type == XS_ERROR) {
			rc = -EINVAL;
			for (size_t i = 0; i < ARRAY_SIZE(xsd_errors); i++) {
				if (str_eq(text, xsd_errors[i].errstring))
					rc = -xsd_errors[i].errnum;
			}
		} else if (reply) {
			memcpy(reply, text, hdr.len + 1);
		}
	}
	strbuf_free(&f->got);
	f->got = rest;
	return rc;
}

/* The same with a string (its NUL is sent), and for a write. */
UNUSED static int fake_str(struct store *s, struct fake_conn *f, uint32_t type, uint32_t tx,
			   const char *arg, char *reply)
{
	return fake_call(s, f, type, tx, arg, strlen(arg) + 1, reply);
}

UNUSED static int fake_pair(struct store *s, struct fake_conn *f, uint32_t type, uint32_t tx,
			    const char *a, const char *b)
{
	char buf[XENSTORE_PAYLOAD_MAX];
	size_t alen = strlen(a) + 1, blen = strlen(b) + (type != XS_WRITE);

	memcpy(buf, a, alen);
	memcpy(buf + alen, b, blen);
	return fake_call(s, f, type, tx, buf, alen + blen, NULL);
}

UNUSED static int fake_write(struct store *s, struct fake_conn *f, uint32_t tx, const char *path,
			     const char *value)
{
	return fake_pair(s, f, XS_WRITE, tx, path, value);
}

UNUSED static uint32_t fake_tx(struct store *s, struct fake_conn *f)
{
	char reply[XENSTORE_PAYLOAD_MAX + 1] = "";

	return fake_str(s, f, XS_TRANSACTION_START, 0, "", reply) ? 0 : strtoul(reply, NULL, 10);
}

/* How many events wait, and whether each names @path (NULL: any). Takes them out. */
UNUSED static int fake_events(struct fake_conn *f, const char *path)
{
	char body[XENSTORE_PAYLOAD_MAX + 1];
	struct xsd_sockmsg hdr;
	int n = 0;

	while (fake_take(f, &hdr, body)) {
		if (hdr.type != XS_WATCH_EVENT || (path && !str_eq(body, path)))
			return -1;
		n++;
	}
	return n;
}

/* Guests: pages of ours, ports that count notifications, states that tests set. */
#define FAKE_GUESTS	16

struct fake_backend {
	struct backend base;
	struct xenstore_domain_interface *pages[FAKE_GUESTS];
	unsigned int notified[FAKE_GUESTS];
	int states[FAKE_GUESTS];
	bool bound[FAKE_GUESTS];
	bool refuse_map;
};

static int fb_map(struct backend *b, uint16_t domid, uint64_t mfn,
		  struct xenstore_domain_interface **ret_page)
{
	struct fake_backend *fb = container_of(b, struct fake_backend, base);

	(void)mfn;
	if (fb->refuse_map || domid >= FAKE_GUESTS || !fb->pages[domid])
		return -EPERM;
	*ret_page = fb->pages[domid];
	return 0;
}

static void fb_unmap(struct backend *b, uint16_t domid, struct xenstore_domain_interface *page)
{
	(void)b;
	(void)domid;
	(void)page;
}

static int fb_bind(struct backend *b, uint16_t domid, uint32_t remote_port, uint32_t *ret_port)
{
	struct fake_backend *fb = container_of(b, struct fake_backend, base);

	if (!remote_port)
		return -EINVAL;
	fb->bound[domid] = true;
	*ret_port = 100 + domid;
	return 0;
}

static void fb_unbind(struct backend *b, uint32_t port)
{
	container_of(b, struct fake_backend, base)->bound[port - 100] = false;
}

static void fb_notify(struct backend *b, uint32_t port)
{
	container_of(b, struct fake_backend, base)->notified[port - 100]++;
}

static int fb_state(struct backend *b, uint16_t domid)
{
	return container_of(b, struct fake_backend, base)->states[domid];
}

UNUSED static const struct backend_ops fake_backend_ops = {
	.map = fb_map,
	.unmap = fb_unmap,
	.bind = fb_bind,
	.unbind = fb_unbind,
	.notify = fb_notify,
	.state = fb_state,
};

#endif
