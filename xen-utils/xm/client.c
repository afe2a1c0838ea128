/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm's side of xend's HTTP interface; see client.h.
 */
#include <config.h>

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "common/io.h"
#include "common/strbuf.h"
#include "xm/client.h"

#define CLIENT_ANSWER_MAX	(64u << 20)	/* bytes of an answer, or of one line of a stream */
#define CLIENT_CONNECT_S	10L
#define CLIENT_TIMEOUT_S	300L		/* of a request that is no stream */

struct client {
	CURL *curl;
	char *where;
	bool tls;				/* where was https://HOST:PORT */
	char *root;
	struct client_error error;
	/* of the request at hand */
	struct strbuf answer;
	const struct client_events *events;	/* NULL: no stream asked for */
	bool too_large;
	bool is_stream;				/* the answer is one */
	json_t *result;
	bool failed;				/* the stream's last line was an error */
};

static void error_clear(struct client_error *error)
{
	free(error->text);
	free(error->code);
	free(error->file);
	free(error->key);
	memset(error, 0, sizeof(*error));
}

struct client *client_new(const char *where, const char *root)
{
	struct client *client = calloc(1, sizeof(*client));
	size_t len;

	if (!client)
		return NULL;
	client->curl = curl_easy_init();
	client->where = strdup(where && *where ? where : XEND_SOCKET);
	client->root = strdup(root && *root ? root : "/xend");
	if (!client->curl || !client->where || !client->root) {
		client_free(client);
		return NULL;
	}
	if (str_has_prefix(client->where, "https://")) {
		client->tls = true;
		memmove(client->where, client->where + 8, strlen(client->where + 8) + 1);
		client->where[strcspn(client->where, "/")] = '\0';
	}
	for (len = strlen(client->root); len && client->root[len - 1] == '/'; len--)
		client->root[len - 1] = '\0';
	return client;
}

void client_free(struct client *client)
{
	if (!client)
		return;
	curl_easy_cleanup(client->curl);
	free(client->where);
	free(client->root);
	error_clear(&client->error);
	strbuf_free(&client->answer);
	json_decref(client->result);
	free(client);
}

const struct client_error *client_last_error(const struct client *client)
{
	return &client->error;
}

char *client_domain_path(const char *domain, const char *suffix)
{
	char *escaped = curl_easy_escape(NULL, domain, 0);
	char *path = xasprintf("/domain/%s%s", escaped ? escaped : "", suffix);

	curl_free(escaped);
	return path;
}

static char *copy_member(const json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));

	return text ? strdup(text) : NULL;
}

static void error_from_json(struct client_error *error, const json_t *json, const char *member)
{
	error->text = copy_member(json, member);
	error->code = copy_member(json, "code");
	error->file = copy_member(json, "file");
	error->key = copy_member(json, "key");
	error->line = (int)json_integer_value(json_object_get(json, "line"));
	error->column = (int)json_integer_value(json_object_get(json, "column"));
}

/* The errno of an error's code; the names that xend sends. */
static int errno_of(const char *code)
{
	static const struct {
		const char *name;
		int number;
	} names[] = {
		{"EINVAL", EINVAL}, {"EPERM", EPERM}, {"EACCES", EACCES}, {"ENOENT", ENOENT},
		{"ENOTSUP", ENOTSUP}, {"EEXIST", EEXIST}, {"EBUSY", EBUSY}, {"E2BIG", E2BIG},
		{"EOPNOTSUPP", EOPNOTSUPP}, {"EAGAIN", EAGAIN}, {"ETIMEDOUT", ETIMEDOUT},
		{"ENOMEM", ENOMEM}, {"ENOSPC", ENOSPC},
	};

	for (size_t i = 0; code && i < ARRAY_SIZE(names); i++)
		if (str_eq(names[i].name, code))
			return names[i].number;
	return EIO;
}

static int fail(struct client *client, int err, const char *fmt, ...) PRINTF_LIKE(3, 4);

static int fail(struct client *client, int err, const char *fmt, ...)
{
	va_list ap;

	error_clear(&client->error);
	va_start(ap, fmt);
	if (vasprintf(&client->error.text, fmt, ap) < 0)
		client->error.text = NULL;
	va_end(ap);
	return -err;
}

/* One line of a stream. */
static void take_line(struct client *client, const char *line, size_t len)
{
	json_t *json = json_loadb(line, len, 0, NULL), *part;
	const struct client_events *events = client->events;
	struct client_error warning = {0};

	if ((part = json_object_get(json, "progress")) && events->progress) {
		const char *what = json_string_value(json_object_get(part, "what"));
		const char *unit = json_string_value(json_object_get(part, "unit"));

		events->progress(events->data, what ? what : "",
				 json_integer_value(json_object_get(part, "done")),
				 json_integer_value(json_object_get(part, "total")),
				 unit ? unit : "");
	}
	if ((part = json_object_get(json, "warning")) && events->warning) {
		/* {"warning": {"error": ...}} and {"warning": "...", "line": ...} both */
		if (json_is_object(part))
			error_from_json(&warning, part, json_object_get(part, "error") ? "error" :
					"warning");
		else
			error_from_json(&warning, json, "warning");
		events->warning(events->data, &warning);
		error_clear(&warning);
	}
	if ((part = json_object_get(json, "result"))) {
		json_decref(client->result);
		client->result = json_incref(part);
	}
	if (json_object_get(json, "error")) {
		error_clear(&client->error);
		error_from_json(&client->error, json, "error");
		client->failed = true;
	}
	json_decref(json);
}

static void take_lines(struct client *client)
{
	char *end;

	while ((end = memchr(client->answer.data, '\n', client->answer.len))) {
		size_t len = (size_t)(end - client->answer.data);

		take_line(client, client->answer.data, len);
		strbuf_consume(&client->answer, len + 1);
	}
}

static bool answer_is_stream(struct client *client)
{
	char *type = NULL;

	curl_easy_getinfo(client->curl, CURLINFO_CONTENT_TYPE, &type);
	return client->events && type && str_has_prefix(type, "application/x-ndjson");
}

static size_t on_data(char *data, size_t size, size_t count, void *arg)
{
	struct client *client = arg;
	size_t len = size * count;

	if (len > CLIENT_ANSWER_MAX - client->answer.len) {
		client->too_large = true;
		return 0;
	}
	if (strbuf_add(&client->answer, data, len))
		return 0;
	client->is_stream = answer_is_stream(client);
	if (client->is_stream)
		take_lines(client);
	return len;
}

static int on_tick(void *arg, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal,
		   curl_off_t ulnow)
{
	struct client *client = arg;

	(void)dltotal, (void)dlnow, (void)ultotal, (void)ulnow;
	if (client->events && client->events->tick)
		client->events->tick(client->events->data);
	return 0;
}

static int fail_transport(struct client *client, CURLcode code)
{
	long os_errno = 0;

	curl_easy_getinfo(client->curl, CURLINFO_OS_ERRNO, &os_errno);
	if (code == CURLE_COULDNT_CONNECT && os_errno == EACCES)
		return fail(client, EACCES, "You may not talk to xend on %s; run xm as root.",
			    client->where);
	if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST)
		return fail(client, ECONNREFUSED, "xend does not answer on %s; start it with "
			    "'systemctl start xend' or '/etc/init.d/xend start'.", client->where);
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
		return fail(client, EACCES, "The certificate of xend on %s cannot be trusted (%s); "
			    "set XEND_CA to the file of the certificate that signed it.",
			    client->where, curl_easy_strerror(code));
	if (client->too_large)
		return fail(client, EPROTO, "The answer of xend is larger than %u MB.",
			    CLIENT_ANSWER_MAX >> 20);
	if (code == CURLE_OUT_OF_MEMORY || client->answer.failed)
		return fail(client, ENOMEM, "There is not enough memory for the answer of xend.");
	if (code == CURLE_OPERATION_TIMEDOUT)
		return fail(client, ETIMEDOUT, "xend did not answer in time; look into "
			    "/var/log/xend.log.");
	return fail(client, EPROTO, "The connection to xend broke (%s); what was asked for may or "
		    "may not have happened, 'xm list' shows the state.", curl_easy_strerror(code));
}

/* An answer that is not 2xx: xend's error object, or whatever a stranger on that port said. */
static int fail_status(struct client *client, long status)
{
	json_t *json = json_loadb(strbuf_str(&client->answer), client->answer.len, 0, NULL);

	error_clear(&client->error);
	error_from_json(&client->error, json, "error");
	json_decref(json);
	if (client->error.text)
		return -errno_of(client->error.code);
	return fail(client, EPROTO,
		    "xend answered with status %ld and without a reason; is it xend "
		    "that listens on %s?",
		    status, client->where);
}

static void set_options(struct client *client, const char *url, struct curl_slist *headers)
{
	CURL *curl = client->curl;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	if (strchr(client->where, '/'))
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, client->where);
	if (client->tls && getenv("XEND_CA"))
		curl_easy_setopt(curl, CURLOPT_CAINFO, getenv("XEND_CA"));
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CLIENT_CONNECT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, client->events ? 0L : CLIENT_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "xm");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, client);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_tick);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, client);
}

static void request_reset(struct client *client)
{
	error_clear(&client->error);
	strbuf_reset(&client->answer);
	json_decref(client->result);
	client->result = NULL;
	client->failed = client->too_large = client->is_stream = false;
}

/* "Authorization: Bearer TOKEN" from XEND_TOKEN_FILE, or nothing. 0 or -errno. */
static int add_token(struct client *client, struct curl_slist **headers)
{
	AUTO_FREE char *text = NULL, *line = NULL;
	const char *path = getenv("XEND_TOKEN_FILE");
	int rc;

	if (!path || !*path)
		return 0;
	rc = io_read_file(path, 4096, &text, NULL);
	if (rc)
		return fail(client, -rc, "The token in %s (XEND_TOKEN_FILE) cannot be read: %s.",
			    path, strerror(-rc));
	text[strcspn(text, "\r\n")] = '\0';
	if (asprintf(&line, "Authorization: Bearer %s", text) < 0)
		return fail(client, ENOMEM, "There is not enough memory.");
	*headers = curl_slist_append(*headers, line);
	return 0;
}

/* Sends the request and reads the answer; what is in it is the caller's matter. */
static int perform(struct client *client, const char *path, const json_t *body, const char *accept)
{
	AUTO_FREE char *url = NULL, *header = NULL, *text = NULL;
	struct curl_slist *headers = NULL;
	CURLcode code;
	long status = 0;
	int rc;

	request_reset(client);
	text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	if (asprintf(&url, "http%s://%s%s%s", client->tls ? "s" : "",
		     strchr(client->where, '/') ? "xend" : client->where, client->root,
		     path) < 0 || asprintf(&header, "Accept: %s", accept) < 0 ||
	    (body && !text))
		return fail(client, ENOMEM, "There is not enough memory.");
	headers = curl_slist_append(NULL, header);
	headers = curl_slist_append(headers, "Content-Type: application/json");
	headers = curl_slist_append(headers, "Expect:");
	rc = add_token(client, &headers);
	if (rc) {
		curl_slist_free_all(headers);
		return rc;
	}
	set_options(client, url, headers);
	if (body)
		curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, text);
	code = curl_easy_perform(client->curl);
	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	if (code != CURLE_OK && !(client->is_stream && (client->failed || client->result)))
		return fail_transport(client, code);
	return status >= 200 && status < 300 ? 0 : fail_status(client, status);
}

static int parse_answer(struct client *client, json_t **ret_json)
{
	json_t *json = json_loadb(strbuf_str(&client->answer), client->answer.len, 0, NULL);

	if (!json)
		return fail(client, EPROTO,
			    "The answer of xend is not JSON; is it xend that listens "
			    "on %s?",
			    client->where);
	*ret_json = json;
	return 0;
}

int client_request(struct client *client, const char *path, const json_t *body, json_t **ret_json)
{
	int rc;

	client->events = NULL;
	rc = perform(client, path, body, "application/json");
	return rc ? rc : parse_answer(client, ret_json);
}

int client_request_text(struct client *client, const char *path, const char *accept,
			char **ret_text)
{
	int rc;

	client->events = NULL;
	rc = perform(client, path, NULL, accept);
	if (rc)
		return rc;
	*ret_text = strdup(strbuf_str(&client->answer));
	return *ret_text ? 0 : fail(client, ENOMEM, "There is not enough memory.");
}

/* The last line may lack its newline. */
static int end_stream(struct client *client, json_t **ret_json)
{
	if (client->answer.len)
		take_line(client, client->answer.data, client->answer.len);
	if (client->failed)
		return -errno_of(client->error.code);
	if (!client->result)
		return fail(client, EPROTO,
			    "The connection to xend was cut; what was asked for may "
			    "or may not have happened, 'xm list' shows the state.");
	*ret_json = client->result;
	client->result = NULL;
	return 0;
}

/* A plain answer to a request for a stream has its warnings in an array. */
static void take_warnings(struct client *client, const json_t *json)
{
	struct client_error warning = {0};
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(json, "warnings"), i, item) {
		error_from_json(&warning, item,
				json_object_get(item, "error") ? "error" : "warning");
		if (client->events->warning)
			client->events->warning(client->events->data, &warning);
		error_clear(&warning);
	}
}

int client_stream(struct client *client, const char *path, const json_t *body,
		  const struct client_events *events, json_t **ret_json)
{
	int rc;

	client->events = events;
	rc = perform(client, path, body, "application/x-ndjson, application/json");
	if (!rc && client->is_stream) {
		rc = end_stream(client, ret_json);
	} else if (!rc) {
		rc = parse_answer(client, ret_json);
		if (!rc)
			take_warnings(client, *ret_json);
	}
	client->events = NULL;
	return rc;
}
