/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The HTTP interface over a real unix socket: what clients are promised, and what hostile ones get.
 */
#include <config.h>

#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/strbuf.h"
#include "tests/tap.h"
#include "tests/unit/xend-fake.h"
#include "xend/http.h"
#include "xend/worker.h"

static struct xend x;
static char socket_path[80];

static int connect_to_xend(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = 10 };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(sa.sun_path, socket_path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		tap_bail("cannot connect: %s", strerror(errno));
	return fd;
}

static void send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t r = send(fd, data, len, MSG_NOSIGNAL);

		if (r <= 0)
			return;
		data += r;
		len -= r;
	}
}

/* Everything until the server closes; the whole answer as text. */
static char *read_answer(int fd)
{
	struct strbuf sb = STRBUF_INIT;
	char buf[4096];
	ssize_t r;

	while ((r = recv(fd, buf, sizeof(buf), 0)) > 0)
		strbuf_add(&sb, buf, r);
	close(fd);
	return strbuf_steal(&sb) ?: strdup("");
}

static char *raw(const char *text, size_t len)
{
	int fd = connect_to_xend();

	send_all(fd, text, len);
	shutdown(fd, SHUT_WR);
	return read_answer(fd);
}

/* One request; *ret_body points into the answer, which the caller frees. */
static char *ask(const char *method, const char *path, const char *headers, const char *body,
		 int *ret_status, const char **ret_body)
{
	struct strbuf sb = STRBUF_INIT;
	char *answer, *at;

	strbuf_printf(&sb, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s", method,
		      path, headers);
	if (body)
		strbuf_printf(&sb, "Content-Length: %zu\r\n", strlen(body));
	strbuf_printf(&sb, "\r\n%s", body ? body : "");
	answer = raw(sb.data, sb.len);
	strbuf_free(&sb);
	*ret_status = strlen(answer) > 12 ? atoi(answer + 9) : 0;
	at = strstr(answer, "\r\n\r\n");
	*ret_body = at ? at + 4 : "";
	return answer;
}

/* Status of a request, and the JSON it brought in *ret (may be NULL). */
static int json_ask(const char *method, const char *path, const char *body, json_t **ret)
{
	const char *text;
	int status;
	char *answer = ask(method, path, body ? "Content-Type: application/json\r\n" : "", body,
			   &status, &text);
	json_t *o = json_loads(text, 0, NULL);

	if (ret)
		*ret = o;
	else
		json_decref(o);
	free(answer);
	return status;
}

static const char *error_code(json_t *o)
{
	const char *s = json_string_value(json_object_get(o, "code"));

	return s && json_string_length(json_object_get(o, "error")) > 10 ? s : "none";
}

#define CREATE(name, more) "{\"op\": \"create\", \"file\": \"" name "\", \"text\": " \
	"\"kernel='/boot/k'\\nmemory=64\\n\"" more "}"

static void test_domains(void)
{
	json_t *o, *d;

	tap_is_int(json_ask("POST", "/xend/domain", CREATE("web", ""), &o), 200,
		   "create answers 200");
	d = json_object_get(o, "domain");
	tap_is_str(json_string_value(json_object_get(d, "name")), "web", "with the domain");
	tap_is_int(json_integer_value(json_object_get(d, "memory_kb")), 65536,
		   "and its memory in kB");
	json_decref(o);
	tap_is_int(json_ask("POST", "/xend/domain", CREATE("web", ""), &o), 409,
		   "again answers 409");
	tap_is_str(error_code(o), "EEXIST", "EEXIST");
	json_decref(o);
	tap_is_int(json_ask("GET", "/xend/domain", NULL, &o), 200, "the list answers 200");
	tap_is_int(json_array_size(json_object_get(o, "domains")), 2,
		   "with domain 0 and the new one");
	json_decref(o);
	tap_is_int(json_ask("GET", "/xend/domain/web", NULL, &o), 200, "a domain is found by name");
	tap_is_str(json_string_value(json_object_get(json_object_get(o, "config"), "kernel")),
		   "/boot/k", "its configuration comes along");
	json_decref(o);
	tap_is_int(json_ask("GET", "/xend/domain/%77eb", NULL, NULL), 200, "also percent-encoded");
	tap_is_int(json_ask("GET", "/xend/domain/1", NULL, NULL), 200, "by id");
	tap_is_int(json_ask("GET", "/xend/domain/01", NULL, NULL), 404,
		   "but not by an odd spelling");
	for (int i = 0; i < 2; i++) {
		tap_is_int(json_ask("POST", "/xend/domain/web", "{\"op\":\"pause\"}", &o), 200,
			   "pause");
		tap_is_str(
			json_string_value(json_object_get(json_object_get(o, "domain"), "state")),
			"--p---", "it is paused, time %d", i + 1);
		json_decref(o);
	}
	tap_is_int(json_ask("POST", "/xend/domain/web", "{\"op\":\"shutdown\"}", NULL), 409,
		   "a paused domain is not shut down");
	tap_is_int(json_ask("POST", "/xend/domain/web", "{\"op\":\"unpause\"}", NULL), 200,
		   "unpause");
	tap_is_int(json_ask("POST", "/xend/domain/web", "{\"op\":\"shutdown\"}", &o), 501,
		   "a guest that does not listen is told so");
	json_decref(o);
	tap_is_str(fake_value("/local/domain/1/control/shutdown"), "",
		   "and the request is withdrawn");
	fake->guest_listens = true;
	tap_is_int(json_ask("POST", "/xend/domain/web", "{\"op\":\"shutdown\"}", NULL), 200,
		   "one that listens is");
	tap_is_int(
		json_ask("POST", "/xend/domain/web", "{\"op\":\"rename\",\"name\":\"w2\"}", NULL),
		200, "rename");
	tap_is_str(fake_value("/local/domain/1/name"), "w2", "xenstore has the new name");
	tap_is_int(json_ask("POST", "/xend/domain/w2", "{\"op\":\"rename\",\"name\":\"7\"}", NULL),
		   400, "a name of digits is refused");
	tap_is_int(json_ask("POST", "/xend/domain/w2", "{\"op\":\"balloon\",\"memory_kb\":32768}",
			    NULL),
		   200, "balloon");
	tap_is_str(fake_value("/local/domain/1/memory/target"), "32768", "the target is set");
	tap_is_int(json_ask("POST", "/xend/domain/w2", "{\"op\":\"balloon\",\"memory_kb\":65537}",
			    NULL),
		   400, "above its limit it is refused");
	tap_is_int(json_ask("POST", "/xend/domain/w2", "{\"op\":\"vcpu-set\",\"vcpus\":2}", NULL),
		   400, "more virtual CPUs than there are");
	tap_is_int(json_ask("POST", "/xend/domain/w2", "{\"op\":\"pincpu\",\"cpu\":3}", NULL), 200,
		   "pincpu");
	tap_is_int(json_ask("POST", "/xend/domain/w2", "{\"op\":\"pincpu\",\"cpu\":4}", NULL), 400,
		   "a CPU that is not there");
	tap_is_int(json_ask("POST", "/xend/domain/0", "{\"op\":\"destroy\"}", &o), 403,
		   "domain 0 is never destroyed");
	tap_is_str(error_code(o), "EPERM", "EPERM");
	json_decref(o);
	tap_is_int(json_ask("POST", "/xend/domain/w2", "{\"op\":\"migrate\"}", &o), 501,
		   "migrate is not here");
	tap_is_str(error_code(o), "EOPNOTSUPP", "EOPNOTSUPP");
	json_decref(o);
	tap_is_int(json_ask("POST", "/xend/domain/w2", "{\"op\":\"destroy\"}", NULL), 200,
		   "destroy");
	tap_is_int(json_ask("GET", "/xend/domain/w2", NULL, NULL), 404, "it is gone");
}

static int device_ask(const char *body, json_t **ret)
{
	return json_ask("POST", "/xend/domain/disky/device", body, ret);
}

static void test_devices(void)
{
	json_t *json = NULL, *dev;

	tap_is_int(json_ask("POST", "/xend/domain",
			    "{\"op\":\"create\",\"text\":\"kernel='/k'\\nname='disky'\\n"
			    "disk=['phy:/dev/a,xvda,w']\"}", NULL),
		   200, "a domain with a disk is created");
	tap_is_int(json_ask("GET", "/xend/domain/disky/vbd", NULL, &json), 200,
		   "its disks are listed");
	dev = json_array_get(json_object_get(json, "devices"), 0);
	tap_is_str(json_string_value(json_object_get(dev, "vdev")), "xvda", "by name");
	tap_is_str(json_string_value(json_object_get(dev, "state")), "waiting", "and state");
	json_decref(json);
	tap_is_int(device_ask("{\"op\":\"attach\",\"class\":\"vbd\",\"spec\":"
			      "\"phy:/dev/b,xvdb,r\"}", &json),
		   200, "a disk is attached");
	dev = json_object_get(json, "device");
	tap_is_int(json_integer_value(json_object_get(dev, "devid")), 51728, "with its number");
	json_decref(json);
	tap_is_int(device_ask("{\"op\":\"attach\",\"class\":\"vbd\",\"spec\":"
			      "\"phy:/dev/b\\n,xvdc,r\"}", NULL),
		   400, "a control character is refused");
	tap_is_int(device_ask("{\"op\":\"attach\",\"class\":\"vtpm\",\"spec\":\"\"}", NULL), 400,
		   "a class that is none is refused");
	tap_is_int(device_ask("{\"op\":\"detach\",\"class\":\"vbd\",\"device\":\"xvdb\"}", NULL),
		   200, "it is detached");
	tap_is_int(device_ask("{\"op\":\"detach\",\"class\":\"vbd\",\"device\":\"xvdb\"}", NULL),
		   404, "once");
	tap_is_int(json_ask("POST", "/xend/domain/0/device",
			    "{\"op\":\"attach\",\"class\":\"vbd\",\"spec\":\"\"}", NULL),
		   403, "domain 0 gets no devices");
	json_ask("POST", "/xend/domain/disky", "{\"op\":\"destroy\"}", NULL);
}

static void test_create_forms(void)
{
	json_t *o;

	tap_is_int(json_ask("POST", "/xend/domain", CREATE("dry", ", \"dryrun\": true"), &o), 200,
		   "dry run");
	tap_ok(json_is_object(json_object_get(o, "config")) &&
	       strstr(json_string_value(json_object_get(o, "sxp")), "(vm"), "answers both forms");
	json_decref(o);
	tap_is_int(fake_nr_domains(), 0, "and makes nothing");
	tap_is_int(json_ask("POST", "/xend/domain",
			    "{\"op\":\"create\",\"file\":\"f\",\"text\":\"a = (\"}", &o),
		   400, "a wrong file answers 400");
	tap_ok(json_integer_value(json_object_get(o, "line")) >= 1, "with the line");
	tap_is_str(json_string_value(json_object_get(o, "file")), "f", "and the file");
	json_decref(o);
	tap_is_int(json_ask("POST", "/xend/domain", "{\"op\":\"create\"}", &o), 400,
		   "without text");
	tap_is_str(json_string_value(json_object_get(o, "key")), "text",
		   "the missing member is named");
	json_decref(o);
	tap_is_int(json_ask("POST", "/xend/domain", "{\"op\":\"create\",\"text\":7}", NULL), 400,
		   "text of another type");
}

static void test_stream(void)
{
	const char *body;
	int status;
	char *answer = ask("POST", "/xend/domain", "Content-Type: application/json\r\n"
			   "Accept: application/x-ndjson\r\n", CREATE("str", ""), &status, &body);

	tap_is_int(status, 200, "a stream answers 200");
	tap_ok(strstr(body, "{\"progress\":"), "progress comes");
	tap_ok(strstr(body, "{\"result\":{\"domain\":"), "then the result");
	free(answer);
	answer = ask("POST", "/xend/domain", "Content-Type: application/json\r\n"
		     "Accept: application/x-ndjson\r\n", CREATE("str", ""), &status, &body);
	tap_ok(strstr(body, "\"status\":409") && strstr(body, "\"code\":\"EEXIST\""),
	       "an error is the last line, with its status");
	free(answer);
	json_ask("POST", "/xend/domain/str", "{\"op\":\"destroy\"}", NULL);
}

/* Longer than the idle limit, with nothing to tell in between. */
static void test_long(void)
{
	const char *body;
	int status;
	char *answer;

	fake->build_ms = 2500;
	tap_is_int(json_ask("POST", "/xend/domain", CREATE("long1", ""), NULL), 200,
		   "an operation longer than the idle limit is answered");
	answer = ask("POST", "/xend/domain", "Content-Type: application/json\r\n"
		     "Accept: application/x-ndjson\r\n", CREATE("long2", ""), &status, &body);
	tap_ok(status == 200 && strstr(body, "\"result\""), "so is a stream");
	free(answer);
	fake->build_ms = 0;
	json_ask("POST", "/xend/domain/long1", "{\"op\": \"destroy\"}", NULL);
	json_ask("POST", "/xend/domain/long2", "{\"op\": \"destroy\"}", NULL);
}

/* A connection on which nobody asks anything. */
static void test_idle(void)
{
	int fd = connect_to_xend();
	char byte;

	tap_is_int(recv(fd, &byte, 1, 0), 0, "an idle connection is closed");
	close(fd);
}

static void test_forms_of_answer(void)
{
	const char *body;
	int status;
	char *answer;

	answer = ask("GET", "/xend/domain", "Accept: application/sxp\r\n", NULL, &status, &body);
	tap_ok(status == 200 && strstr(body, "(domains") == body && strstr(body, "(name Domain-0)"),
	       "S-expressions are answered where they are asked for");
	free(answer);
	answer = ask("GET", "/xend/node/dmesg", "Accept: text/plain\r\n", NULL, &status, &body);
	tap_is_str(body, "(XEN) hello\n?", "plain text too, with what is not printable as '?'");
	free(answer);
	answer = ask("POST", "/xend/node", "Content-Type: application/x-www-form-urlencoded\r\n",
		     "op=debug-keys&keys=h%2Br", &status, &body);
	tap_ok(status == 200 && str_eq(fake->keys, "h+r"), "a form is understood");
	free(answer);
	tap_is_int(json_ask("GET", "/xend/node", NULL, NULL), 200, "facts about the host");
	tap_is_int(json_ask("GET", "/xend", NULL, NULL), 200, "the root");
}

static void test_perf(void)
{
	json_t *o = NULL, *counters, *values;

	tap_is_int(json_ask("GET", "/xend/node/perf", NULL, &o), 200, "performance counters");
	counters = json_object_get(o, "counters");
	tap_is_int(json_integer_value(json_object_get(json_array_get(counters, 0), "total")), 7,
		   "a counter of one value has it as its total");
	tap_ok(!json_object_get(json_array_get(counters, 0), "values"), "and no others");
	values = json_object_get(json_array_get(counters, 1), "values");
	tap_is_str(json_string_value(json_object_get(json_array_get(values, 1), "name")),
		   "mmu_update", "values of hypercalls are named");
	tap_ok(json_integer_value(json_object_get(json_array_get(values, 2), "value")) ==
	       4000000000, "a value may be as large as 32 bits are");
	json_decref(o);
	tap_is_int(json_ask("POST", "/xend/node/perf", "{\"op\":\"reset\"}", NULL), 200,
		   "they are reset");
	tap_is_int(fake->perf_resets, 1, "once");
	fake->perf_damaged = true;
	tap_is_int(json_ask("GET", "/xend/node/perf", NULL, NULL), 500,
		   "names that claim more values than there are make an error");
	fake->perf_damaged = false;
}

static void test_hostile(void)
{
	static const struct {
		const char *method, *path, *body;
		int status;
		const char *what;
	} rows[] = {
		{"GET", "/", NULL, 404, "another root"},
		{"GET", "/xend/domain//", NULL, 404, "an empty name"},
		{"GET", "/xend/domain/a/b", NULL, 404, "an unknown part of a domain"},
		{"GET", "/xend/domain/%00", NULL, 400, "a zero byte in a name"},
		{"GET", "/xend/domain/%zz", NULL, 400, "a bad escape"},
		{"GET", "/xend/domain/%ff%fe", NULL, 400, "a name that is not UTF-8"},
		{"GET", "/xend/domain/..%2f..%2fetc", NULL, 404, "a path in a name"},
		{"GET", "/xend/domain/99999999999999999999", NULL, 404, "an id beyond all numbers"},
		{"GET", "/xend/node/log?lines=-1", NULL, 400, "a negative number of lines"},
		{"GET", "/xend/node/log?lines=%zz", NULL, 400, "a bad escape in the query"},
		{"DELETE", "/xend/domain/0", NULL, 405, "another method"},
		{"PUT", "/xend/domain", "{}", 405, "a PUT"},
		{"POST", "/xend/domain", "", 400, "an empty body"},
		{"POST", "/xend/domain", "[]", 400, "an array for a body"},
		{"POST", "/xend/domain", "{\"op\":\"create\",\"op\":\"create\"}", 400,
		 "a member twice"},
		{"POST", "/xend/domain", "{\"op\":[]}", 400, "an operation that is no string"},
		{"POST", "/xend/domain", "{\"op\":\"format-disk\"}", 400, "an unknown operation"},
		{"POST", "/xend/domain/0", "{\"op\":\"balloon\",\"memory_kb\":1e99}", 400,
		 "a huge real"},
		{"POST", "/xend/domain/0", "{\"op\":\"balloon\",\"memory_kb\":-5}", 400,
		 "negative memory"},
		{"POST", "/xend/domain/0", "{\"op\":\"balloon\",\"memory_kb\":\"65536\"}", 400,
		 "a number as a string in JSON"},
		{"POST", "/xend/domain/0",
		 "{\"op\":\"vcpu-pin\",\"vcpu\":0,\"hard\":\"0-999999999\"}", 400,
		 "a CPU list beyond the machine"},
	};
	json_t *o;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int status = json_ask(rows[i].method, rows[i].path, rows[i].body, &o);

		tap_ok(status == rows[i].status && !str_eq(error_code(o), "none"),
		       "%s: %d with a sentence", rows[i].what, status);
		json_decref(o);
	}
}

static void test_sizes(void)
{
	struct strbuf sb = STRBUF_INIT;
	const char *body;
	char *answer;
	int status;

	answer = ask("POST", "/xend/domain", "Content-Type: application/json\r\n"
		     "Content-Length: 99999999999\r\n", NULL, &status, &body);
	tap_is_int(status, 413, "a body that is announced too large is refused before it is sent");
	free(answer);
	answer = ask("POST", "/xend/domain", "Content-Type: text/xml\r\n", "<x/>", &status, &body);
	tap_is_int(status, 400, "a body of another type is refused");
	free(answer);
	strbuf_puts(&sb, "POST /xend/domain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		    "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 5; i++) {
		strbuf_puts(&sb, "100000\r\n");
		strbuf_reserve(&sb, 1 << 20);
		memset(sb.data + sb.len, ' ', 1 << 20);
		sb.len += 1 << 20;
		strbuf_puts(&sb, "\r\n");
	}
	strbuf_puts(&sb, "0\r\n\r\n");
	answer = raw(sb.data, sb.len);
	tap_ok(strstr(answer, " 413 "), "5 MiB in pieces are too large");
	free(answer);
	strbuf_reset(&sb);
	strbuf_puts(&sb, "GET /xend/");
	for (int i = 0; i < 3000; i++)
		strbuf_putc(&sb, 'a');
	strbuf_puts(&sb, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	answer = raw(sb.data, sb.len);
	tap_ok(strstr(answer, " 400 "), "a path of 3000 bytes is refused");
	free(answer);
	strbuf_reset(&sb);
	strbuf_puts(&sb, "GET /xend HTTP/1.1\r\nHost: x\r\nX-Large: ");
	for (int i = 0; i < 100000; i++)
		strbuf_putc(&sb, 'a');
	strbuf_puts(&sb, "\r\n\r\n");
	answer = raw(sb.data, sb.len);
	tap_ok(!*answer || strstr(answer, "HTTP/1.1 4") == answer, "headers of 100 kB are refused");
	free(answer);
	strbuf_free(&sb);
	answer = raw("\x16\x03\x01garbage\r\n\r\n", 14);
	tap_ok(!strstr(answer, " 200 "), "garbage gets no answer that could be taken for one");
	free(answer);
}

/* Random bytes around a valid request: xend lives on. */
static void test_noise(void)
{
	static const char good[] =
		"POST /xend/domain/0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		"Content-Type: application/json\r\nContent-Length: "
		"26\r\n\r\n{\"op\":\"vcpu-set\",\"vcpus\":1}";
	char text[sizeof(good)];

	srand(tap_seed());
	for (int i = 0; i < 300; i++) {
		memcpy(text, good, sizeof(good));
		for (int k = rand() % 4 + 1; k; k--)
			text[rand() % (sizeof(good) - 1)] = rand();
		free(raw(text, rand() % sizeof(good)));
	}
	tap_is_int(json_ask("GET", "/xend", NULL, NULL), 200,
		   "after 300 damaged requests xend answers");
}

static void *slow_create(void *arg)
{
	*(int *)arg = json_ask("POST", "/xend/domain", CREATE("slow", ""), NULL);
	return NULL;
}

static void test_parallel(void)
{
	struct timespec a, b;
	pthread_t thread;
	int status = 0;
	json_t *o;

	fake->build_ms = 1500;
	pthread_create(&thread, NULL, slow_create, &status);
	usleep(300000);
	clock_gettime(CLOCK_MONOTONIC, &a);
	tap_is_int(json_ask("GET", "/xend/domain/slow", NULL, &o), 200,
		   "a domain is seen while it is made");
	clock_gettime(CLOCK_MONOTONIC, &b);
	tap_ok(b.tv_sec - a.tv_sec < 2, "without waiting for it");
	tap_is_str(json_string_value(json_object_get(o, "busy")), "create", "busy with create");
	json_decref(o);
	tap_is_int(json_ask("POST", "/xend/domain", CREATE("slow", ""), NULL), 409,
		   "its name is taken");
	pthread_join(thread, NULL);
	tap_is_int(status, 200, "the create ends well");
	fake->build_ms = 0;
	json_ask("POST", "/xend/domain/slow", "{\"op\":\"destroy\"}", NULL);
}

static void test_events(void)
{
	static const char request[] = "GET /xend/event?since=1 HTTP/1.1\r\nHost: x\r\n\r\n";
	char buf[8192] = "";
	size_t len = 0;
	int fd = connect_to_xend();

	send_all(fd, request, sizeof(request) - 1);
	json_ask("POST", "/xend/domain", CREATE("ev", ""), NULL);
	json_ask("POST", "/xend/domain/ev", "{\"op\":\"destroy\"}", NULL);
	while (len < sizeof(buf) - 1 && !strstr(buf, "\"name\":\"ev\",\"uuid\"")) {
		ssize_t r = recv(fd, buf + len, sizeof(buf) - 1 - len, 0);

		if (r <= 0)
			break;
		len += r;
		buf[len] = '\0';
	}
	tap_ok(strstr(buf, "\"event\":\"domain.created\",\"name\":\"ev\""),
	       "who follows events hears of it");
	close(fd);
}

static void test_socket(void)
{
	struct http_server *second;
	char why[256];
	struct stat st;

	stat(socket_path, &st);
	tap_is_int(st.st_mode & 0777, 0600, "the socket is for its owner alone");
	tap_is_int(http_listen_unix(&x, socket_path, &second, why, sizeof(why)), -EADDRINUSE,
		   "a second xend is refused: %s", why);
}

static void test_tcp(void)
{
	static const struct { const char *headers; int status; const char *what; } rows[] = {
		{ "Host: localhost:18123\r\n", 200, "a local client" },
		{ "Host: evil.example\r\n", 403, "a name of somebody else's" },
		{ "Host: localhost\r\nOrigin: http://evil.example\r\n", 403, "a web page" },
	};
	struct http_server *server;
	char why[256], text[256], *answer;
	char saved[80];

	if (http_listen_tcp(&x, "localhost", 18123, &server, why, sizeof(why))) {
		tap_skip(why, "TCP");
		return;
	}
	memcpy(saved, socket_path, sizeof(saved));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sockaddr_in { uint16_t family, port; uint32_t address; char pad[8]; } sa = {
			AF_INET, 0, 0, "" };
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		sa.port = (uint16_t)(18123 >> 8 | (18123 & 255) << 8);
		sa.address = 0x0100007f;
		if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
			tap_bail("tcp: %s", strerror(errno));
		snprintf(text, sizeof(text), "GET /xend HTTP/1.1\r\nConnection: close\r\n%s\r\n",
			 rows[i].headers);
		send_all(fd, text, strlen(text));
		answer = read_answer(fd);
		tap_is_int(strlen(answer) > 12 ? atoi(answer + 9) : 0, rows[i].status, "TCP: %s",
			   rows[i].what);
		free(answer);
	}
	http_stop(server);
}

int main(void)
{
	struct http_server *server;
	char why[256];

	fake_start(&x);
	x.workers = worker_pool_new(4);
	snprintf(socket_path, sizeof(socket_path), "%s/sock", fake_state_dir());
	if (http_listen_unix(&x, socket_path, &server, why, sizeof(why)))
		tap_bail("%s", why);
	test_socket();
	test_domains();
	test_devices();
	test_create_forms();
	test_stream();
	test_forms_of_answer();
	test_perf();
	test_hostile();
	test_sizes();
	test_noise();
	test_parallel();
	test_events();
	test_tcp();
	http_stop(server);
	x.http_idle_s = 1;
	if (http_listen_unix(&x, socket_path, &server, why, sizeof(why)))
		tap_bail("%s", why);
	test_long();
	test_idle();
	event_log_stop(x.events);
	worker_drain(x.workers, 5000);
	http_stop(server);
	fake_stop_xend(&x);
	fake_finish();
	return tap_done();
}
