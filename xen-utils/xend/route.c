/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of operations, finding the row of a request, and running its handler.
 *
 * Relies on decode.c for what clients send, on domain.c for the one-operation-at-a-time rule. The
 * table is the whole interface of doc/xend-http.md; a row says what holds before its handler runs.
 */
#include <config.h>

#include "xend/route.h"
#include "xend/stream.h"
#include "xend/worker.h"
#include "xend/xend.h"

#define ROUTE_DOMAIN	1u	/* {dom} names a domain; the view of the hypervisor is fresh */
#define ROUTE_ALONE	2u	/* the handler is the domain's one operation */
#define ROUTE_NOT_DOM0	4u	/* refused for domain 0 */
#define ROUTE_STREAM	8u	/* may be answered line by line */
#define ROUTE_GONE_OK	16u	/* a domain that goes while we wait for it is success */
#define ROUTE_OURS	32u	/* only for domains that xend made */

#define ROUTE_DEVICE	(ROUTE_DOMAIN | ROUTE_ALONE | ROUTE_NOT_DOM0 | ROUTE_OURS)

static int api_not_here(struct call *c)
{
	return xend_fail(&c->err, EOPNOTSUPP,
			 "This operation is not available in this version of xend.");
}

static const struct route {
	const char *method, *path, *op;
	call_fn fn;
	unsigned int flags;
} routes[] = {
	{ "GET", "/xend", NULL, api_root, 0 },
	{ "GET", "/xend/node", NULL, api_node, 0 },
	{ "POST", "/xend/node", "debug-keys", api_node_debug_keys, 0 },
	{ "POST", "/xend/node", "shutdown", api_node_shutdown, 0 },
	{ "POST", "/xend/node", "reboot", api_node_reboot, 0 },
	{ "GET", "/xend/node/scheduler", NULL, api_scheduler, 0 },
	{ "POST", "/xend/node/scheduler", "set", api_sched_slice, 0 },
	{ "POST", "/xend/node", "cpu_bvt_slice_set", api_bvt_slice, 0 },
	{ "POST", "/xend/node", "cpu_rrobin_slice_set", api_rrobin_slice, 0 },
	{ "GET", "/xend/node/dmesg", NULL, api_node_dmesg, 0 },
	{ "POST", "/xend/node/dmesg", "clear", api_node_dmesg_clear, 0 },
	{ "GET", "/xend/node/perf", NULL, api_node_perf, 0 },
	{ "POST", "/xend/node/perf", "reset", api_node_perf_reset, 0 },
	{ "GET", "/xend/node/log", NULL, api_node_log, 0 },
	{ "GET", "/xend/stats", NULL, api_stats, 0 },
	{ "GET", "/xend/check", NULL, api_check, 0 },
	{ "POST", "/xend/check", "repair", api_check_repair, 0 },
	{ "GET", "/xend/event", NULL, api_events, 0 },
	{ "GET", "/xend/console", NULL, api_consoles, 0 },
	{ "GET", "/xend/domain", NULL, api_domains, 0 },
	{ "POST", "/xend/domain", "create", api_create, ROUTE_STREAM },
	{ "POST", "/xend/domain", "restore", api_not_here, 0 },
	{ "GET", "/xend/domain/{dom}", NULL, api_domain, ROUTE_DOMAIN },
	{ "GET", "/xend/domain/{dom}/vcpu", NULL, api_domain_vcpus, ROUTE_DOMAIN },
	{ "GET", "/xend/domain/{dom}/sched", NULL, api_domain_sched, ROUTE_DOMAIN },
	{ "GET", "/xend/domain/{dom}/console", NULL, api_domain_console, ROUTE_DOMAIN },
	{ "GET", "/xend/domain/{dom}/vif", NULL, api_vifs, ROUTE_DOMAIN },
	{ "GET", "/xend/domain/{dom}/vbd", NULL, api_vbds, ROUTE_DOMAIN },
	{ "GET", "/xend/domain/{dom}/device", NULL, api_devices, ROUTE_DOMAIN },
	{ "POST", "/xend/domain/{dom}/device", "attach", api_device_attach, ROUTE_DEVICE },
	{ "POST", "/xend/domain/{dom}/device", "detach", api_device_detach, ROUTE_DEVICE },
#define OP(op, fn, flags) { "POST", "/xend/domain/{dom}", op, fn, ROUTE_DOMAIN | (flags) }
	OP("pause", api_pause, ROUTE_ALONE | ROUTE_NOT_DOM0),
	OP("unpause", api_unpause, ROUTE_ALONE | ROUTE_NOT_DOM0),
	OP("shutdown", api_shutdown, ROUTE_NOT_DOM0),	/* waits for the guest: others may go on */
	OP("destroy", api_destroy, ROUTE_ALONE | ROUTE_NOT_DOM0 | ROUTE_STREAM | ROUTE_GONE_OK),
	OP("sysrq", api_sysrq, ROUTE_ALONE | ROUTE_NOT_DOM0),
	OP("dump-core", api_dump_core, ROUTE_ALONE | ROUTE_NOT_DOM0 | ROUTE_STREAM),
	OP("trigger", api_trigger, ROUTE_ALONE | ROUTE_NOT_DOM0),
	OP("rename", api_rename, ROUTE_ALONE | ROUTE_NOT_DOM0 | ROUTE_OURS),
	OP("vcpu-pin", api_vcpu_pin, ROUTE_ALONE),
	OP("pincpu", api_pincpu, ROUTE_ALONE),
	OP("vcpu-set", api_vcpu_set, ROUTE_ALONE),
	OP("maxmem", api_maxmem, ROUTE_ALONE),
	OP("balloon", api_balloon, ROUTE_ALONE),
	OP("save", api_not_here, 0),
	OP("migrate", api_not_here, 0),
	OP("device_create", api_device_attach, ROUTE_DEVICE),
	OP("device_destroy", api_device_detach, ROUTE_DEVICE),
	OP("sched-set", api_sched_set, ROUTE_ALONE),
	OP("cpu_bvt_set", api_bvt_set, ROUTE_ALONE),
	OP("cpu_atropos_set", api_atropos_set, ROUTE_ALONE),
#undef OP
};

json_t *route_table(void)
{
	json_t *list = json_array(), *o;

	for (size_t i = 0; i < ARRAY_SIZE(routes); i++) {
		const struct route *r = &routes[i];

		o = json_pack("{s:s s:s s:b s:b s:b}", "method", r->method, "path", r->path,
			      "stream", (r->flags & ROUTE_STREAM) != 0, "domain0",
			      !(r->flags & ROUTE_NOT_DOM0), "available", r->fn != api_not_here);
		if (r->op)
			json_object_set_new(o, "op", json_string(r->op));
		if (json_array_append_new(list, o)) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* A call that outlives its request, for streams: everything it needs is its own. */
struct job {
	struct call call;
	const struct route *route;
	struct progress progress;
	json_t *warnings;
	struct stream *stream;
};

/* Does path match the pattern? *ret_dom is the encoded segment in place of {dom}. */
static bool path_match(const char *pattern, const char *path, char **ret_dom)
{
	const char *hole = strstr(pattern, "{dom}");
	size_t head, len;

	if (!hole)
		return str_eq(pattern, path);
	head = hole - pattern;
	if (strncmp(pattern, path, head))
		return false;
	len = strcspn(path + head, "/");
	if (!len || !str_eq(hole + 5, path + head + len))
		return false;
	free(*ret_dom);
	*ret_dom = strndup(path + head, len);
	return *ret_dom != NULL;
}

static const char *allowed_methods(const char *path, char **scratch)
{
	bool get = false, post = false;

	for (size_t i = 0; i < ARRAY_SIZE(routes); i++) {
		if (!path_match(routes[i].path, path, scratch))
			continue;
		get |= str_eq(routes[i].method, "GET");
		post |= str_eq(routes[i].method, "POST");
	}
	return get && post ? "GET, POST" : get ? "GET" : "POST";
}

/* The row for method, path and operation. 0, or -errno with a sentence. */
static int route_find(const struct request *req, const char *op, const struct route **ret,
		      char **ret_dom, const char **ret_allow, struct xend_error *err)
{
	bool path_known = false, method_known = false;

	for (size_t i = 0; i < ARRAY_SIZE(routes); i++) {
		const struct route *r = &routes[i];

		if (!path_match(r->path, req->path, ret_dom))
			continue;
		path_known = true;
		if (!str_eq(r->method, req->method))
			continue;
		method_known = true;
		if (r->op && (!op || !str_eq(r->op, op)))
			continue;
		*ret = r;
		return 0;
	}
	if (!path_known)
		return xend_fail(err, ENOENT, "There is no resource '%.200s'.", req->path);
	if (!method_known) {
		*ret_allow = allowed_methods(req->path, ret_dom);
		return xend_fail(err, EPROTOTYPE,
				 "The method %.20s is not for '%.200s'; it takes %s.", req->method,
				 req->path, *ret_allow);
	}
	if (!op)
		return xend_fail_key(err, EINVAL, "op",
				     "The request lacks the member 'op', a string.");
	return xend_fail_key(err, EINVAL, "op", "'%.200s' has no operation '%.64s'.", req->path,
			     op);
}

static bool type_is(const char *content_type, const char *want)
{
	size_t len = strlen(want);

	return content_type && strncasecmp(content_type, want, len) == 0 &&
	       (!content_type[len] || strchr("; \t", content_type[len]));
}

static int read_body(const struct request *req, struct call *c)
{
	json_error_t jerr;

	if (type_is(req->content_type, "application/x-www-form-urlencoded")) {
		c->form = true;
		c->args = form_decode(req->body ? req->body : "", req->body_len);
		if (!c->args)
			return xend_fail(&c->err, EINVAL,
					 "The form in the request's body is malformed.");
		return 0;
	}
	if (!type_is(req->content_type, "application/json"))
		return xend_fail(&c->err, EINVAL, "The request's body must be JSON, with "
				 "'Content-Type: application/json'.");
	c->args = json_loadb(req->body ? req->body : "", req->body_len, JSON_REJECT_DUPLICATES,
			     &jerr);
	if (!c->args)
		return xend_fail(&c->err, EINVAL,
				 "The request's body is not JSON: line %d, column %d: "
				 "%.160s.",
				 jerr.line, jerr.column, jerr.text);
	if (!json_is_object(c->args))
		return xend_fail(&c->err, EINVAL, "The request's body must be a JSON object.");
	return 0;
}

static int read_args(const struct request *req, struct call *c)
{
	if (str_eq(req->method, "POST"))
		return read_body(req, c);
	c->form = true;
	c->args = req->query ? json_incref(req->query) : json_object();
	return c->args ? 0 : xend_fail(&c->err, ENOMEM, "xend has no memory for this request.");
}

/* Before the handler: the domain is found, the right to change it is had. */
static int call_prepare(struct call *c, const struct route *r, const char *dom)
{
	int rc;

	if (!(r->flags & ROUTE_DOMAIN))
		return 0;
	rc = domains_refresh(c->x, &c->err);
	if (rc)
		return rc;
	c->d = domain_find(c->x, dom, &c->err);
	if (!c->d)
		return -ENOENT;
	if ((r->flags & ROUTE_NOT_DOM0) && c->d->domid == 0)
		return xend_fail(&c->err, EPERM,
				 "'%s' is refused for domain 0, which runs this machine.", r->op);
	if ((r->flags & ROUTE_OURS) && c->d->phase == PHASE_FOREIGN)
		return xend_fail(&c->err, EPERM,
				 "'%s' is refused for domain '%.128s', which xend did not "
				 "make.",
				 r->op, dom);
	return 0;
}

static int call_run(struct call *c, const struct route *r)
{
	int rc;

	if (!(r->flags & ROUTE_ALONE))
		return r->fn(c);
	rc = domain_begin(c->x, c->d, r->op, XEND_BUSY_WAIT_MS, &c->err);
	if (rc == -ENOENT && (r->flags & ROUTE_GONE_OK))
		return 0;
	if (rc)
		return rc;
	rc = r->fn(c);
	domain_end(c->x, c->d);
	/*
	 * The answer shows the domain as it is afterwards, without the operation that
	 * made the answer.
	 */
	json_object_del(json_object_get(c->result, "domain"), "busy");
	return rc;
}

static void call_clear(struct call *c)
{
	domain_put(c->x, c->d);
	json_decref(c->args);
	json_decref(c->result);
	free(c->sxp_text);
	free(c->plain);
}

void answer_clear(struct answer *a)
{
	free(a->data);
	if (a->stream)
		stream_abandon(a->stream);
	stream_put(a->stream);
	memset(a, 0, sizeof(*a));
}

static void answer_text(struct answer *a, const char *type, char *text, size_t len)
{
	a->content_type = type;
	a->data = text;
	a->len = len;
	if (text)
		return;
	a->status = 507;
	a->content_type = "application/json";
	a->data = strdup(
		"{\"error\": \"xend has no memory for the answer.\", \"code\": \"ENOMEM\"}\n");
	a->len = a->data ? strlen(a->data) : 0;
}

static void answer_json(struct answer *a, const json_t *value, const char *top, bool sxp)
{
	char *text = NULL, *line;

	if (sxp) {
		text = value ? sxp_from_json(top, value) : NULL;
		answer_text(a, "application/sxp", text, text ? strlen(text) : 0);
		return;
	}
	line = value ? json_dumps(value, JSON_COMPACT) : NULL;
	if (line && asprintf(&text, "%s\n", line) < 0)
		text = NULL;
	free(line);
	answer_text(a, "application/json", text, text ? strlen(text) : 0);
}

void answer_error(struct answer *a, const struct xend_error *err, bool sxp)
{
	json_t *o = xend_error_json(err);

	a->status = xend_error_status(err->code);
	answer_json(a, o, "error", sxp);
	json_decref(o);
}

/* The handler's result, in the form the client wants. */
static void answer_result(struct answer *a, struct call *c, json_t *warnings)
{
	a->status = 200;
	if (c->plain) {
		answer_text(a, "text/plain; charset=utf-8", TAKE_PTR(c->plain), c->plain_len);
		return;
	}
	if (c->sxp && c->sxp_text) {
		size_t len = strlen(c->sxp_text);

		answer_text(a, "application/sxp", TAKE_PTR(c->sxp_text), len);
		return;
	}
	if (!c->result)
		c->result = json_object();
	if (warnings && json_array_size(warnings))
		json_object_set(c->result, "warnings", warnings);
	answer_json(a, c->result, c->top ? c->top : "result", c->sxp);
}

static void job_report(void *context, const char *what, uint64_t done, uint64_t total,
		       const char *unit)
{
	struct job *j = context;

	if (j->stream)
		stream_line(j->stream,
			    json_pack("{s:{s:s s:I s:I s:s}}", "progress", "what", what, "done",
				      (json_int_t)done, "total", (json_int_t)total, "unit", unit),
			    0);
}

static void job_warn(void *context, const struct xend_error *warning)
{
	struct job *j = context;
	json_t *o = xend_error_json(warning);

	json_object_del(o, "code");
	if (j->stream)
		stream_line(j->stream, json_pack("{s:o}", "warning", o), 1);
	else
		json_array_append_new(j->warnings, o);
}

static void job_free(struct job *j)
{
	call_clear(&j->call);
	json_decref(j->warnings);
	stream_put(j->stream);
	free(j);
}

static void job_stream_main(void *arg, void *unused)
{
	struct job *j = arg;
	json_t *last;

	(void)unused;
	if (call_run(&j->call, j->route)) {
		last = xend_error_json(&j->call.err);
		json_object_set_new(last, "status",
				    json_integer(xend_error_status(j->call.err.code)));
	} else {
		last = json_pack("{s:o}", "result", j->call.result ? json_incref(j->call.result) :
				 json_object());
	}
	stream_line(j->stream, last, 1);
	stream_close(j->stream);
	job_free(j);
}

/* Hand the job to a worker. False: do it here and answer in one piece. */
static bool job_to_stream(struct job *j, struct answer *a)
{
	struct stream *s = stream_new();

	if (!s)
		return false;
	j->stream = s;
	j->call.answer = NULL;		/* the job outlives it */
	stream_ref(s);
	if (worker_submit(j->call.x->workers, job_stream_main, j, NULL)) {
		stream_put(s);
		stream_put(s);
		j->stream = NULL;
		return false;
	}
	a->status = 200;
	a->content_type = "application/x-ndjson";
	a->stream = s;
	return true;
}

static struct job *job_new(struct xend *x, const struct request *req, struct answer *a)
{
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->call.x = x;
	j->call.sxp = req->sxp;
	j->call.text = req->text;
	j->call.answer = a;
	j->progress = (struct progress){ job_report, job_warn, j };
	j->call.progress = &j->progress;
	j->warnings = json_array();
	return j;
}

static int job_prepare(struct job *j, const struct request *req, struct answer *a)
{
	AUTO_FREE char *dom = NULL;
	struct call *c = &j->call;
	const char *op = NULL;
	bool ready, stopping;
	int rc;

	xend_lock(c->x);
	ready = c->x->ready;
	stopping = c->x->stopping;
	xend_unlock(c->x);
	if (!ready || stopping)
		return xend_fail(&c->err, EAGAIN, "xend is %s; try again in a moment.",
				 stopping ? "stopping" : "starting");
	rc = route_find(req, "", &j->route, &dom, &a->allow, &c->err);
	if (rc && c->err.code != EINVAL)
		return rc;	/* the path or the method is wrong: the body does not matter */
	rc = read_args(req, c);
	if (!rc)
		rc = arg_string(c, "op", false, &op);
	if (!rc)
		rc = route_find(req, op, &j->route, &dom, &a->allow, &c->err);
	if (!rc && dom && url_decode(dom))
		rc = xend_fail(&c->err, EINVAL, "The name of a domain in the path is malformed.");
	return rc ? rc : call_prepare(c, j->route, dom);
}

void route_answer(struct xend *x, const struct request *req, struct answer *a)
{
	struct xend_error no_memory = {.code = ENOMEM,
				       .text = "xend has no memory for this request."};
	struct job *j;
	int rc;

	struct request plain = *req;
	char path[XEND_URL_MAX + 1];
	size_t len = strlen(req->path);

	memset(a, 0, sizeof(*a));
	/* "/xend/node/" is "/xend/node". */
	if (len > 1 && len < sizeof(path) && req->path[len - 1] == '/') {
		memcpy(path, req->path, len);
		path[len - 1] = '\0';
		plain.path = path;
		req = &plain;
	}
	j = job_new(x, req, a);
	if (!j) {
		answer_error(a, &no_memory, req->sxp);
		return;
	}
	rc = job_prepare(j, req, a);
	if (!rc && req->ndjson && (j->route->flags & ROUTE_STREAM) && job_to_stream(j, a))
		return;
	if (!rc)
		rc = call_run(&j->call, j->route);
	if (rc)
		answer_error(a, &j->call.err, req->sxp);
	else if (!a->events)
		answer_result(a, &j->call, j->warnings);
	job_free(j);
}
