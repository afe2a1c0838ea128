/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Request handlers; the contract is in wire.h.
 *
 * A handler returns 0 with its answer in rq->reply (nothing there means "OK"), or -errno. The table
 * at the end says how many arguments each takes, who may call it and whether it works inside a
 * transaction; wire_handle() has checked that before.
 */
#include <config.h>

#include <inttypes.h>

#include "xenstored/control.h"
#include "xenstored/domain.h"
#include "xenstored/txn.h"
#include "xenstored/watch.h"
#include "xenstored/wire.h"

#define MAX_ARGS	(PERMS_MAX + 1)
#define TOKEN_MAX	(XENSTORE_PAYLOAD_MAX - PATH_SIZE - 1)

struct request {
	struct store *s;
	struct conn *c;
	struct view v;
	const struct xsd_sockmsg *hdr;
	char *body;
	const char *args[MAX_ARGS];
	int nr_args;
	char path[PATH_SIZE];	/* the first argument, resolved, where the table says so */
	int strip;
	struct strbuf reply;
	struct watch *new_watch;
};

static int do_control(struct request *rq)
{
	return control_handle(rq->s, rq->nr_args, rq->args, &rq->reply);
}

/* The names of all children, each with its NUL, from byte @offset on, whole names up to @room. */
static void list_children(const struct node *node, size_t offset, size_t room, struct strbuf *out,
			  bool *ret_all)
{
	size_t pos = 0, len;

	*ret_all = true;
	for (uint32_t i = 0; i < node->nr_children; i++, pos += len) {
		len = strlen(node->children[i]->name) + 1;
		if (pos < offset)
			continue;
		if (len > room) {
			*ret_all = false;
			return;
		}
		strbuf_add(out, node->children[i]->name, len);
		room -= len;
	}
}

static int do_directory(struct request *rq)
{
	const struct node *node;
	bool all;
	int rc = store_directory(&rq->v, rq->path, &node);

	if (rc < 0)
		return rc;
	strbuf_reserve(&rq->reply, 0);		/* no children: an empty answer, not "OK" */
	list_children(node, 0, XENSTORE_PAYLOAD_MAX, &rq->reply, &all);
	return all ? 0 : -E2BIG;
}

static int do_directory_part(struct request *rq)
{
	const struct node *node;
	uint64_t offset;
	bool all;
	int rc;

	if (str_to_u64(rq->args[1], UINT32_MAX, &offset) < 0)
		return -EINVAL;
	rc = store_directory(&rq->v, rq->path, &node);
	if (rc < 0)
		return rc;
	strbuf_printf(&rq->reply, "%" PRIu64, node->gen_children);
	strbuf_putc(&rq->reply, '\0');
	list_children(node, offset, XENSTORE_PAYLOAD_MAX - rq->reply.len - 1, &rq->reply, &all);
	if (all)
		strbuf_putc(&rq->reply, '\0');
	return 0;
}

static int do_read(struct request *rq)
{
	const struct value *value;
	int rc = store_read(&rq->v, rq->path, &value);

	if (rc < 0)
		return rc;
	strbuf_reserve(&rq->reply, 0);		/* an empty value is an empty answer */
	if (value)
		strbuf_add(&rq->reply, value->data, value->len);
	return 0;
}

static int do_write(struct request *rq)
{
	size_t skip = strlen(rq->body) + 1;

	if (skip > rq->hdr->len)
		return -EINVAL;		/* the path does not end within the message */
	return store_write(&rq->v, rq->path, rq->body + skip, rq->hdr->len - skip);
}

static int do_mkdir(struct request *rq)
{
	return store_mkdir(&rq->v, rq->path);
}

static int do_rm(struct request *rq)
{
	return store_rm(&rq->v, rq->path);
}

static int do_get_perms(struct request *rq)
{
	const struct perms *perms;
	int rc = store_get_perms(&rq->v, rq->path, &perms);

	return rc < 0 ? rc : perms_format(perms, &rq->reply);
}

static int do_set_perms(struct request *rq)
{
	struct perm p[PERMS_MAX];
	int n = rq->nr_args - 1, rc;
	struct perms *perms;

	for (int i = 0; i < n; i++) {
		if (perm_parse(rq->args[i + 1], &p[i]) < 0)
			return -EINVAL;
	}
	perms = perms_new(p, n);
	if (!perms)
		return -ENOMEM;
	rc = store_set_perms(&rq->v, rq->path, perms);
	perms_put(perms);
	return rc;
}

static int do_watch(struct request *rq)
{
	int rc = conn_quota(rq->s, rq->c, QUOTA_WATCHES, (uint64_t)rq->c->nr_watches + 1);

	if (rc < 0)
		return rc;
	if (strlen(rq->args[1]) > TOKEN_MAX)
		return -E2BIG;
	return watch_add(rq->s, rq->c, rq->path, rq->strip, rq->args[1], &rq->new_watch);
}

static int do_unwatch(struct request *rq)
{
	return watch_remove(rq->s, rq->c, rq->path, rq->args[1]);
}

static int do_reset_watches(struct request *rq)
{
	conn_reset(rq->s, rq->c);
	return 0;
}

static int do_transaction_start(struct request *rq)
{
	uint32_t id;
	int rc;

	if (rq->v.t)
		return -EBUSY;		/* they do not nest */
	rc = txn_start(rq->s, rq->c, &id);
	if (rc < 0)
		return rc;
	strbuf_printf(&rq->reply, "%" PRIu32, id);
	return strbuf_putc(&rq->reply, '\0');
}

static int do_transaction_end(struct request *rq)
{
	struct txn *t = rq->v.t;

	if (!t)
		return -ENOENT;
	if (!str_eq(rq->args[0], "T") && !str_eq(rq->args[0], "F"))
		return -EINVAL;
	rq->v.t = NULL;
	return txn_end(rq->s, rq->c, t, rq->args[0][0] == 'T');
}

static int domid_arg(const struct request *rq, int i, uint16_t *ret_domid)
{
	uint64_t v;

	if (str_to_u64(rq->args[i], DOMID_LIMIT, &v) < 0)
		return -EINVAL;
	*ret_domid = v == DOMID_LIMIT ? rq->c->who.domid : v;	/* DOMID_SELF */
	return 0;
}

static int do_introduce(struct request *rq)
{
	uint64_t mfn, port;
	uint16_t domid;

	if (domid_arg(rq, 0, &domid) < 0 || str_to_u64(rq->args[1], UINT64_MAX, &mfn) < 0 ||
	    str_to_u64(rq->args[2], UINT32_MAX - 1, &port) < 0)
		return -EINVAL;
	return domain_introduce(rq->s, domid, mfn, port);
}

static int do_release(struct request *rq)
{
	uint16_t domid;

	return domid_arg(rq, 0, &domid) < 0 ? -EINVAL : domain_release(rq->s, domid);
}

static int do_resume(struct request *rq)
{
	uint16_t domid;

	return domid_arg(rq, 0, &domid) < 0 ? -EINVAL : domain_resume(rq->s, domid);
}

static int do_set_target(struct request *rq)
{
	uint16_t domid, target;

	if (domid_arg(rq, 0, &domid) < 0 || domid_arg(rq, 1, &target) < 0)
		return -EINVAL;
	return domain_set_target(rq->s, domid, target);
}

static int do_get_domain_path(struct request *rq)
{
	uint16_t domid;

	if (domid_arg(rq, 0, &domid) < 0)
		return -EINVAL;
	strbuf_printf(&rq->reply, "/local/domain/%u", domid);
	return strbuf_putc(&rq->reply, '\0');
}

static int do_is_introduced(struct request *rq)
{
	struct domain *d;
	uint16_t domid;

	if (domid_arg(rq, 0, &domid) < 0)
		return -EINVAL;
	d = domain_find(rq->s, domid);
	/* Domain 0 has its socket even where its kernel has no ring. */
	return strbuf_add(&rq->reply, domid == 0 || (d && d->introduced) ? "T" : "F", 2);
}

enum op_flags {
	OP_PRIVILEGED = 1,	/* domain 0 only */
	OP_IN_TX = 2,		/* may name a transaction */
	OP_PATH = 4,		/* the first argument is a node */
	OP_SPECIAL = 8,		/* ... or "@something" */
	OP_DATA = 16,		/* what follows the first argument is not text */
};

static const struct op {
	const char *name;
	int (*handle)(struct request *rq);
	int min_args;
	int max_args;
	unsigned int flags;
} ops[XS_TYPE_COUNT] = {
	[XS_CONTROL] = { "CONTROL", do_control, 1, MAX_ARGS, OP_PRIVILEGED },
	[XS_DIRECTORY] = { "DIRECTORY", do_directory, 1, 1, OP_PATH | OP_IN_TX },
	[XS_READ] = { "READ", do_read, 1, 1, OP_PATH | OP_IN_TX },
	[XS_GET_PERMS] = { "GET_PERMS", do_get_perms, 1, 1, OP_PATH | OP_SPECIAL | OP_IN_TX },
	[XS_WATCH] = { "WATCH", do_watch, 2, 2, OP_PATH | OP_SPECIAL },
	[XS_UNWATCH] = { "UNWATCH", do_unwatch, 2, 2, OP_PATH | OP_SPECIAL },
	[XS_TRANSACTION_START] = { "TRANSACTION_START", do_transaction_start, 0, 1, OP_IN_TX },
	[XS_TRANSACTION_END] = { "TRANSACTION_END", do_transaction_end, 1, 1, OP_IN_TX },
	[XS_INTRODUCE] = { "INTRODUCE", do_introduce, 3, 3, OP_PRIVILEGED },
	[XS_RELEASE] = { "RELEASE", do_release, 1, 1, OP_PRIVILEGED },
	[XS_GET_DOMAIN_PATH] = { "GET_DOMAIN_PATH", do_get_domain_path, 1, 1, OP_IN_TX },
	[XS_WRITE] = { "WRITE", do_write, 1, 1, OP_PATH | OP_IN_TX | OP_DATA },
	[XS_MKDIR] = { "MKDIR", do_mkdir, 1, 1, OP_PATH | OP_IN_TX },
	[XS_RM] = { "RM", do_rm, 1, 1, OP_PATH | OP_IN_TX },
	[XS_SET_PERMS] = { "SET_PERMS", do_set_perms, 2, MAX_ARGS,
			   OP_PATH | OP_SPECIAL | OP_IN_TX },
	[XS_IS_DOMAIN_INTRODUCED] = { "IS_DOMAIN_INTRODUCED", do_is_introduced, 1, 1,
				      OP_PRIVILEGED | OP_IN_TX },
	[XS_RESUME] = { "RESUME", do_resume, 1, 1, OP_PRIVILEGED },
	[XS_SET_TARGET] = { "SET_TARGET", do_set_target, 2, 2, OP_PRIVILEGED },
	[XS_RESET_WATCHES] = { "RESET_WATCHES", do_reset_watches, 0, 1, 0 },
	[XS_DIRECTORY_PART] = { "DIRECTORY_PART", do_directory_part, 2, 2, OP_PATH | OP_IN_TX },
};

const char *wire_type_name(uint32_t type)
{
	return type < ARRAY_SIZE(ops) && ops[type].name ? ops[type].name : "unknown";
}

/* Strings ending in NUL, the last one perhaps in the end of the message. */
static int split_args(struct request *rq, const struct op *op)
{
	const char *p = rq->body, *end = rq->body + rq->hdr->len;

	rq->body[rq->hdr->len] = '\0';
	while (p < end) {
		if (rq->nr_args == MAX_ARGS)
			return -E2BIG;
		rq->args[rq->nr_args++] = p;
		p += strlen(p) + 1;
		if (op->flags & OP_DATA)
			break;
	}
	return rq->nr_args >= op->min_args && rq->nr_args <= op->max_args ? 0 : -EINVAL;
}

static int resolve_path(struct request *rq, const struct op *op)
{
	const char *arg = rq->args[0];

	if ((op->flags & OP_SPECIAL) && path_special(arg) >= 0) {
		strcpy(rq->path, arg);
		return 0;
	}
	rq->strip = path_resolve(arg, rq->c->who.domid, rq->path);
	return MIN(rq->strip, 0);
}

static int find_transaction(struct request *rq, const struct op *op)
{
	if (!rq->hdr->tx_id)
		return 0;
	if (!(op->flags & OP_IN_TX))
		return -EINVAL;
	rq->v.t = txn_find(rq->c, rq->hdr->tx_id);
	return rq->v.t ? 0 : -ENOENT;
}

static int execute(struct request *rq)
{
	const struct op *op = rq->hdr->type < ARRAY_SIZE(ops) ? &ops[rq->hdr->type] : NULL;
	int rc;

	if (!op || !op->handle)
		return -ENOSYS;
	if ((op->flags & OP_PRIVILEGED) && !conn_is_privileged(rq->c))
		return -EACCES;
	rc = split_args(rq, op);
	if (!rc)
		rc = find_transaction(rq, op);
	if (!rc && (op->flags & OP_PATH))
		rc = resolve_path(rq, op);
	if (!rc)
		rc = op->handle(rq);
	if (!rc && (rq->reply.failed || rq->reply.len > XENSTORE_PAYLOAD_MAX))
		rc = rq->reply.failed ? -ENOMEM : -E2BIG;
	return rc;
}

static const char *error_name(int rc)
{
	for (size_t i = 0; i < ARRAY_SIZE(xsd_errors); i++) {
		if (xsd_errors[i].errnum == -rc)
			return xsd_errors[i].errstring;
	}
	return "EINVAL";
}

static void answer(const struct request *rq, int rc)
{
	const char *text = rc < 0 ? error_name(rc) : "OK";
	uint32_t type = rc < 0 ? XS_ERROR : rq->hdr->type;

	if (rc < 0 || !rq->reply.data)
		conn_send(rq->c, type, rq->hdr->req_id, rq->hdr->tx_id, text, strlen(text) + 1);
	else
		conn_send(rq->c, type, rq->hdr->req_id, rq->hdr->tx_id, rq->reply.data,
			  rq->reply.len);
}

/* Events of a change are queued before its answer: a writer that got its answer has them all. */
void wire_handle(struct store *s, struct conn *c, const struct xsd_sockmsg *hdr, char *body)
{
	struct request rq = { .s = s, .c = c, .v = { .s = s, .c = c }, .hdr = hdr, .body = body };
	int rc = execute(&rq);

	c->nr_requests++;
	if (s->trace)
		log_info("%s: trace: %s tx %u %s: %s", c->name, wire_type_name(hdr->type),
			 hdr->tx_id, rq.nr_args ? rq.args[0] : "", rc < 0 ? error_name(rc) : "OK");
	store_fire(s);
	answer(&rq, rc);
	if (!rc && rq.new_watch)
		watch_fire_initial(rq.new_watch);
	strbuf_free(&rq.reply);
}
