/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The HTTP server on libmicrohttpd.
 *
 * Relies on route.h for everything behind the request's syntax, on http-access.c for who may
 * connect. What it enforces before a byte reaches a handler: the length of path, headers and body,
 * the number of connections, idle time.
 */
#include <config.h>

#include <microhttpd.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/io.h"
#include "common/strbuf.h"
#include "xend/http.h"
#include "xend/http-access.h"
#include "xend/route.h"
#include "xend/stream.h"
#include "xend/xend.h"

#define HTTP_HEADER_MEMORY	(32u << 10) /* request line and headers fit */
#define HTTP_BACKLOG		64
#define HTTP_HEARTBEATS	4	/* so often an empty line goes out in the idle time */
#define HTTP_REFUSED_MS		500	/* who guesses at tokens waits */
#define HTTP_TLS		"SECURE128:-VERS-TLS1.0:-VERS-TLS1.1"
#define HTTP_TYPE_MAX		128

struct http_server {
	struct xend *x;
	struct MHD_Daemon *daemon;
	struct http_access access;
	char *path;
};

/* One request while its body arrives. */
struct http_call {
	struct strbuf body;
	bool too_large;
	size_t dropped;
	char type[HTTP_TYPE_MAX];
};

/* An event follower's connection. */
struct follower {
	struct xend *x;
	uint64_t seq;
	char *rest;		/* what of the last line did not fit */
	size_t at;
};

static const char *header(struct MHD_Connection *con, const char *name)
{
	return MHD_lookup_connection_value(con, MHD_HEADER_KIND, name);
}

static enum MHD_Result send_answer(struct MHD_Connection *con, struct MHD_Response *resp,
				   const struct answer *a)
{
	enum MHD_Result ok;

	if (!resp)
		return MHD_NO;
	MHD_add_response_header(resp, MHD_HTTP_HEADER_CONTENT_TYPE, a->content_type);
	MHD_add_response_header(resp, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(resp, "X-Content-Type-Options", "nosniff");
	if (a->allow)
		MHD_add_response_header(resp, MHD_HTTP_HEADER_ALLOW, a->allow);
	ok = MHD_queue_response(con, a->status, resp);
	MHD_destroy_response(resp);
	return ok;
}

static enum MHD_Result send_error(struct MHD_Connection *con, int code, const char *text)
{
	struct xend_error err = { .code = code };
	struct MHD_Response *resp;
	struct answer a = { 0 };
	enum MHD_Result ok;

	snprintf(err.text, sizeof(err.text), "%s", text);
	answer_error(&a, &err, false);
	resp = MHD_create_response_from_buffer(a.len, a.data, MHD_RESPMEM_MUST_COPY);
	ok = send_answer(con, resp, &a);
	answer_clear(&a);
	return ok;
}

static int heartbeat_ms(const struct xend *x)
{
	return x->http_idle_s * 1000 / HTTP_HEARTBEATS;
}

/* A streamed answer's connection. */
struct lines {
	struct stream *stream;
	int heartbeat_ms;
};

/* Work that has nothing to tell for long is not taken for a dead connection: a blank line. */
static ssize_t stream_reader(void *context, uint64_t pos, char *buf, size_t max)
{
	struct lines *l = context;
	ssize_t n = stream_read(l->stream, buf, max, l->heartbeat_ms);

	(void)pos;
	if (n == -ETIMEDOUT) {
		buf[0] = '\n';
		return 1;
	}
	return n ? n : MHD_CONTENT_READER_END_OF_STREAM;
}

static void stream_done(void *context)
{
	struct lines *l = context;

	stream_abandon(l->stream);
	stream_put(l->stream);
	free(l);
}

static struct MHD_Response *stream_response(struct http_server *s, struct answer *a)
{
	struct lines *l = calloc(1, sizeof(*l));
	struct MHD_Response *resp;

	if (!l)
		return NULL;
	*l = (struct lines){ a->stream, heartbeat_ms(s->x) };
	resp = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, stream_reader, l,
						 stream_done);
	if (resp)
		a->stream = NULL;
	else
		free(l);
	return resp;
}

static ssize_t follower_reader(void *context, uint64_t pos, char *buf, size_t max)
{
	struct follower *f = context;
	char *line = NULL;
	size_t n;
	int rc;

	(void)pos;
	if (!f->rest) {
		rc = event_wait(f->x->events, &f->seq, heartbeat_ms(f->x), &line);
		if (rc < 0)
			return MHD_CONTENT_READER_END_OF_STREAM;
		if (asprintf(&f->rest, "%s\n", rc ? line : "") < 0)
			f->rest = NULL;
		free(line);
		if (!f->rest)
			return MHD_CONTENT_READER_END_WITH_ERROR;
		f->at = 0;
	}
	n = MIN(strlen(f->rest + f->at), max);
	memcpy(buf, f->rest + f->at, n);
	f->at += n;
	if (!f->rest[f->at]) {
		free(f->rest);
		f->rest = NULL;
	}
	return n;
}

static void follower_done(void *context)
{
	struct follower *f = context;

	free(f->rest);
	free(f);
}

static struct MHD_Response *make_response(struct http_server *s, struct answer *a)
{
	struct MHD_Response *resp;
	struct follower *f;

	if (a->events) {
		f = calloc(1, sizeof(*f));
		if (!f)
			return NULL;
		f->x = s->x;
		f->seq = a->event_seq;
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, follower_reader, f,
							 follower_done);
	}
	if (a->stream)
		return stream_response(s, a);
	resp = MHD_create_response_from_buffer(a->len, a->data, MHD_RESPMEM_MUST_FREE);
	if (resp)
		a->data = NULL;
	return resp;
}

/* libmicrohttpd hands every query argument over; a malformed one spoils the whole. */
struct query {
	json_t *object;
	bool bad;
};

static enum MHD_Result take_query(void *context, enum MHD_ValueKind kind, const char *key,
				  const char *value)
{
	struct query *q = context;
	AUTO_FREE char *k = strdup(key), *v = strdup(value ? value : "");

	(void)kind;
	if (!k || !v || url_decode(k) || url_decode(v) ||
	    json_object_set_new(q->object, k, json_string(v)))
		q->bad = true;
	return q->bad ? MHD_NO : MHD_YES;
}

/* Is type one of the media types in an Accept: header? Preference values are not weighed. */
static bool accepts(const char *accept, const char *type)
{
	size_t len = strlen(type);

	for (const char *p = accept; p && *p; p += strcspn(p, ","), p += *p == ',') {
		p += strspn(p, " \t");
		if (strncasecmp(p, type, len) == 0 && (!p[len] || strchr("; \t,", p[len])))
			return true;
	}
	return false;
}

static enum MHD_Result answer_request(struct http_server *s, struct MHD_Connection *con,
				      const char *method, const char *url, struct http_call *call)
{
	const char *accept = header(con, MHD_HTTP_HEADER_ACCEPT);
	struct query q = { .object = json_object() };
	struct request req = {
		.method = method, .path = url, .query = q.object,
		.body = call->body.data, .body_len = call->body.len,
		.content_type = call->type[0] ? call->type : NULL,
		.sxp = accepts(accept, "application/sxp") || accepts(accept, "text/sxp"),
		.text = accepts(accept, "text/plain"),
		.ndjson = accepts(accept, "application/x-ndjson"),
	};
	enum MHD_Result ok;
	struct answer a;

	MHD_get_connection_values(con, MHD_GET_ARGUMENT_KIND, take_query, &q);
	if (q.bad || !q.object || call->body.failed) {
		json_decref(q.object);
		return send_error(con, q.bad ? EINVAL : ENOMEM, q.bad ?
				  "The query of the request is malformed." :
				  "xend has no memory for this request.");
	}
	/* The time an operation takes is not idle time of its client. */
	MHD_set_connection_option(con, MHD_CONNECTION_OPTION_TIMEOUT, 0u);
	route_answer(s->x, &req, &a);
	MHD_set_connection_option(con, MHD_CONNECTION_OPTION_TIMEOUT, s->x->http_idle_s);
	json_decref(q.object);
	ok = send_answer(con, make_response(s, &a), &a);
	answer_clear(&a);
	return ok;
}

/* The first call for a request: nothing of the body has been read yet. */
static enum MHD_Result begin_request(struct http_server *s, struct MHD_Connection *con,
				     const char *url, struct http_call **ret)
{
	const char *why = http_access_refusal(&s->access, con), *length, *type;
	struct http_call *call;
	uint64_t n;

	if (why) {
		if (s->access.token)
			s->x->sleep_ms(s->x, HTTP_REFUSED_MS);
		return send_error(con, EACCES, why);
	}
	if (strlen(url) > XEND_URL_MAX)
		return send_error(con, EINVAL, "The path of the request is too long.");
	length = header(con, MHD_HTTP_HEADER_CONTENT_LENGTH);
	if (length && (str_to_u64(length, UINT64_MAX, &n) || n > XEND_BODY_MAX))
		return send_error(con, E2BIG, "The body of the request is larger than 4 MiB.");
	call = calloc(1, sizeof(*call));
	if (!call)
		return MHD_NO;
	type = header(con, MHD_HTTP_HEADER_CONTENT_TYPE);
	snprintf(call->type, sizeof(call->type), "%s", type ? type : "");
	*ret = call;
	return MHD_YES;
}

/*
 * A chunked body says no length beforehand: what is too much is dropped, and much more
 * is cut off.
 */
static enum MHD_Result take_body(struct http_call *call, const char *data, size_t len)
{
	if (!call->too_large && call->body.len + len > XEND_BODY_MAX) {
		call->too_large = true;
		strbuf_free(&call->body);
	}
	if (call->too_large) {
		call->dropped += len;
		return call->dropped > 4 * XEND_BODY_MAX ? MHD_NO : MHD_YES;
	}
	strbuf_add(&call->body, data, len);
	return MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *con, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *size, void **con_cls)
{
	struct http_server *s = context;
	struct http_call *call = *con_cls;

	(void)version;
	if (!call)
		return begin_request(s, con, url, (struct http_call **)con_cls);
	if (*size) {
		size_t len = *size;

		*size = 0;
		return take_body(call, data, len);
	}
	if (call->too_large)
		return send_error(con, E2BIG, "The body of the request is larger than 4 MiB.");
	return answer_request(s, con, method, url, call);
}

static void on_done(void *context, struct MHD_Connection *con, void **con_cls,
		    enum MHD_RequestTerminationCode code)
{
	struct http_call *call = *con_cls;

	(void)context;
	(void)con;
	(void)code;
	if (!call)
		return;
	strbuf_free(&call->body);
	free(call);
	*con_cls = NULL;
}

/* Percent-encoding is decoded by us, strictly: the library must leave it alone. */
static size_t leave_encoded(void *context, struct MHD_Connection *con, char *s)
{
	(void)context;
	(void)con;
	return strlen(s);
}

static void on_log(void *context, const char *fmt, va_list ap)
{
	(void)context;
	if (log_is_enabled(LOG_LEVEL_DEBUG))
		log_vwrite(LOG_LEVEL_DEBUG, 0, fmt, ap);
}

static struct MHD_Daemon *start_daemon(struct http_server *s, int fd)
{
	const struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, s->access.key },
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, s->access.certificate },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (char *)HTTP_TLS },
		{ MHD_OPTION_END, 0, NULL },
	};
	const struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
	unsigned int flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
		MHD_USE_POLL | MHD_USE_ERROR_LOG;

	return MHD_start_daemon(flags | (s->access.key ? MHD_USE_TLS : 0), 0, NULL, NULL,
				on_request, s,
				MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
				MHD_OPTION_LISTEN_SOCKET, fd,
				MHD_OPTION_CONNECTION_LIMIT, XEND_CONNECTIONS_MAX,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_HEADER_MEMORY,
				MHD_OPTION_CONNECTION_TIMEOUT, s->x->http_idle_s,
				MHD_OPTION_STRICT_FOR_CLIENT, 1,
				MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL,
				MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL,
				MHD_OPTION_ARRAY, s->access.key ? tls : none,
				MHD_OPTION_END);
}

/* A socket file nobody listens on any more is in the way; a living one is another xend. */
static int clear_path(const char *path, const struct sockaddr_un *sa, char *why, size_t why_size)
{
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0) {
		snprintf(why, why_size, "another xend listens on %s; stop it first", path);
		return -EADDRINUSE;
	}
	if (lstat(path, &st))
		return 0;
	if (!S_ISSOCK(st.st_mode)) {
		snprintf(why, why_size, "%s exists and is not a socket; remove it", path);
		return -EEXIST;
	}
	return unlink(path) ? -errno : 0;
}

static int bind_unix(const char *path, char *why, size_t why_size)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	AUTO_FREE char *dir = strdup(path);
	mode_t mask;
	int rc;

	snprintf(why, why_size, "%s: cannot be listened on", path);
	if (fd < 0 || !dir)
		return -ENOMEM;
	if (strlen(path) >= sizeof(sa.sun_path)) {
		snprintf(why, why_size, "the path of the socket, %s, is too long", path);
		return -ENAMETOOLONG;
	}
	strcpy(sa.sun_path, path);
	*strrchr(dir, '/') = '\0';
	rc = dir[0] ? io_make_dirs(dir, 0755) : 0;
	if (!rc)
		rc = clear_path(path, &sa, why, why_size);
	if (rc)
		return rc;
	mask = umask(0177);	/* the file is private from its first moment */
	rc = bind(fd, (struct sockaddr *)&sa, sizeof(sa)) || listen(fd, HTTP_BACKLOG) ? -errno : 0;
	umask(mask);
	if (rc)
		snprintf(why, why_size, "%s: cannot be listened on: %s", path, strerror(-rc));
	return rc ? rc : TAKE_FD(fd);
}

static int bind_tcp(const char *address, unsigned int port, char *why, size_t why_size)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *list = NULL;
	char service[8];
	int fd = -1, one = 1, r;

	snprintf(service, sizeof(service), "%u", port);
	r = getaddrinfo(str_eq(address, "localhost") ? "127.0.0.1" : address, service, &hints,
			&list);
	if (r) {
		snprintf(why, why_size, "%s: %s", address, gai_strerror(r));
		return -EADDRNOTAVAIL;
	}
	fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, list->ai_addr, list->ai_addrlen) || listen(fd, HTTP_BACKLOG)) {
		r = errno;
		snprintf(why, why_size, "port %u of %s: cannot be listened on: %s", port, address,
			 strerror(r));
		if (fd >= 0)
			close(fd);
		fd = -r;
	}
	freeaddrinfo(list);
	return fd;
}

/* Takes fd and what access holds over in every case. */
static int serve(struct xend *x, int fd, const struct http_access *access,
		 struct http_server **ret_server, char *why, size_t why_size)
{
	struct http_server *s = calloc(1, sizeof(*s));
	struct http_access unused = *access;

	if (s) {
		s->x = x;
		s->access = *access;
		s->daemon = start_daemon(s, fd);
	}
	if (!s || !s->daemon) {
		snprintf(why, why_size, "the HTTP server cannot be started%s", access->key ?
			 "; are xend-tls-certificate and xend-tls-key a pair in PEM form?" : "");
		close(fd);
		http_access_clear(&unused);
		free(s);
		return -ENOMEM;
	}
	*ret_server = s;
	return 0;
}

int http_listen_unix(struct xend *x, const char *path, struct http_server **ret_server, char *why,
		     size_t why_size)
{
	int fd = bind_unix(path, why, why_size), rc;
	const struct http_access access = { .tcp = false };

	if (fd < 0)
		return fd;
	rc = serve(x, fd, &access, ret_server, why, why_size);
	if (!rc)
		(*ret_server)->path = strdup(path);
	return rc;
}

int http_listen_tcp(struct xend *x, const char *address, unsigned int port,
		    struct http_server **ret_server, char *why, size_t why_size)
{
	struct http_access access = { .tcp = true };
	int rc = http_access_load(&access, &x->settings, why, why_size);

	if (!rc)
		rc = bind_tcp(address, port, why, why_size);
	if (rc < 0)
		http_access_clear(&access);
	return rc < 0 ? rc : serve(x, rc, &access, ret_server, why, why_size);
}

void http_stop(struct http_server *s)
{
	if (!s)
		return;
	MHD_stop_daemon(s->daemon);
	if (s->path)
		unlink(s->path);
	http_access_clear(&s->access);
	free(s->path);
	free(s);
}
