/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a request to an answer, without sockets: the table of operations and what their handlers
 * get.
 *
 * Relies on domain.h, stream.h, worker.h. http.c feeds it; the handlers are in api-*.c. The unit
 * tests call route_answer() directly.
 */
#ifndef XEND_ROUTE_H
#define XEND_ROUTE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "xend/error.h"
#include "xend/life.h"

struct xend;
struct stream;

/* A request, read and bounded by http.c. */
struct request {
	const char *method;
	const char *path;		/* as it came, percent-encoded, without query */
	json_t *query;			/* object of strings, decoded; may be NULL */
	const char *body;		/* NULL when there is none */
	size_t body_len;
	const char *content_type;	/* NULL when not given */
	bool sxp, text, ndjson;		/* what Accept: names */
};

/* An answer. data is malloc()ed; with a stream there is no data. */
struct answer {
	unsigned int status;
	const char *content_type;	/* constant string */
	char *data;
	size_t len;
	struct stream *stream;		/* a reference for the connection */
	bool events; /* the connection is to follow the event log from event_seq on */
	uint64_t event_seq;
	const char *allow;		/* for 405 */
};

/* What a handler gets and fills. */
struct call {
	struct xend *x;
	json_t *args; /* the body of a POST, the query of a GET; an object, never NULL */
	bool form;			/* values came as strings */
	bool sxp, text;
	struct domain *d;		/* of {dom}, counted; NULL for other paths */
	const struct progress *progress;

	json_t *result;			/* the answer; an empty object when the handler sets none */
	const char *top;		/* its name as an S-expression; NULL: "result" */
	char *sxp_text;			/* or the whole S-expression, malloc()ed */
	char *plain;			/* or plain text, malloc()ed, when c->text */
	size_t plain_len;
	struct answer *answer;		/* for the event stream only */
	struct xend_error err;
};

typedef int (*call_fn)(struct call *c);

/*
 * Answer one request. Never fails: what goes wrong is in the answer. May take as long as the
 * operation takes, unless the answer is a stream.
 */
void route_answer(struct xend *x, const struct request *req, struct answer *ret);
/* An error answer, for failures before there is a request. */
void answer_error(struct answer *a, const struct xend_error *err, bool sxp);
void answer_clear(struct answer *a);
/* The whole table for programs: an array of objects. NULL: no memory. */
json_t *route_table(void);

/*
 * Decode %XX in place; refuses malformed ones, control characters and what is not
 * UTF-8. 0 or -EINVAL.
 */
int url_decode(char *s);
/* "a=b&c=d" to an object of strings; plus is a blank. NULL when malformed. */
json_t *form_decode(const char *text, size_t len);

/*
 * Members of c->args. Each returns 0, or -EINVAL with c->err filled when the member has the wrong
 * type or, with need, is missing. An optional member that is missing leaves *ret as it was.
 */
int arg_string(struct call *c, const char *key, bool need, const char **ret);
int arg_int(struct call *c, const char *key, bool need, int64_t min, int64_t max, int64_t *ret);
int arg_bool(struct call *c, const char *key, bool *ret);

/* ---- show.c: domains as clients see them; NULL: no memory ---- */
json_t *show_domain(struct xend *x, struct domain *d, bool with_config);
json_t *show_vcpus(struct xend *x, struct domain *d, struct xend_error *err);
json_t *show_console(struct xend *x, struct domain *d);
char *show_domain_sxp(struct xend *x, struct domain *d);
unsigned int show_console_port(struct xend *x, const struct domain_config *config, int domid);

/* ---- handlers ---- */
int api_root(struct call *c);
int api_node(struct call *c);
int api_node_debug_keys(struct call *c);
int api_node_shutdown(struct call *c);
int api_node_reboot(struct call *c);
int api_node_dmesg(struct call *c);
int api_node_perf(struct call *c);
int api_node_perf_reset(struct call *c);
int api_node_dmesg_clear(struct call *c);
int api_node_log(struct call *c);
int api_events(struct call *c);
int api_consoles(struct call *c);

int api_scheduler(struct call *c);
int api_stats(struct call *c);
int api_check(struct call *c);
int api_check_repair(struct call *c);
int api_sched_slice(struct call *c);
int api_bvt_slice(struct call *c);
int api_rrobin_slice(struct call *c);
int api_domain_sched(struct call *c);
int api_sched_set(struct call *c);
int api_bvt_set(struct call *c);
int api_atropos_set(struct call *c);

int api_domains(struct call *c);
int api_create(struct call *c);
int api_domain(struct call *c);
int api_domain_vcpus(struct call *c);
int api_domain_console(struct call *c);
int api_pause(struct call *c);
int api_unpause(struct call *c);
int api_shutdown(struct call *c);
int api_destroy(struct call *c);
int api_sysrq(struct call *c);
int api_rename(struct call *c);
int api_trigger(struct call *c);
int api_dump_core(struct call *c);
int api_vcpu_pin(struct call *c);
int api_pincpu(struct call *c);
int api_vcpu_set(struct call *c);
int api_maxmem(struct call *c);
int api_balloon(struct call *c);

int api_devices(struct call *c);
int api_vbds(struct call *c);
int api_vifs(struct call *c);
int api_device_attach(struct call *c);
int api_device_detach(struct call *c);

#endif /* XEND_ROUTE_H */
