/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xend's TCP port as other machines see it: encrypted, with a token. libcurl is the client, the
 * certificate is one that was made for this test and for "localhost".
 */
#include <config.h>

#include <curl/curl.h>
#include <sys/stat.h>

#include "common/io.h"
#include "common/strbuf.h"
#include "tests/tap.h"
#include "tests/unit/xend-fake.h"
#include "xend/http.h"
#include "xend/worker.h"

#define TOKEN "0123456789abcdef-token"

static const char certificate[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBmzCCAUGgAwIBAgIUO3SLjpN88DaKgtwDozfNar0PYJ4wCgYIKoZIzj0EAwIw\n"
	"FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjE1MjAwNVoYDzIxMjYxMDI5\n"
	"MTUyMDA1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO\n"
	"PQMBBwNCAASXOfxxVmrXzFhkgRg1yUBBYr96goKSMJrtq1DRrAe97XclD4Z4rkbH\n"
	"SXEdtohgb5LFSaNj5rEcPU0AkI8jC29Co28wbTAdBgNVHQ4EFgQUac/dZuIsDHJ/\n"
	"e0jFaPz7BG7GfkUwHwYDVR0jBBgwFoAUac/dZuIsDHJ/e0jFaPz7BG7GfkUwDwYD\n"
	"VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI\n"
	"zj0EAwIDSAAwRQIgaAQK5g4OAoa54+yHfUnN/5MF36tS+cOt/8J0BozMmKUCIQDz\n"
	"81iS64cslaPH/PSHzgEKghkIm0myBu3lpwSWPg7CjA==\n"
	"-----END CERTIFICATE-----\n";
static const char key[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3I31BcW8sNTJnElu\n"
	"yzWM+mjlXW2j48KXxLwsh9zXM/OhRANCAASXOfxxVmrXzFhkgRg1yUBBYr96goKS\n"
	"MJrtq1DRrAe97XclD4Z4rkbHSXEdtohgb5LFSaNj5rEcPU0AkI8jC29C\n"
	"-----END PRIVATE KEY-----\n";

static struct xend x;
static char folder[80];
static unsigned int port;

static char *put(const char *name, const char *text, mode_t mode)
{
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0 ||
	    io_replace_file(path, text, strlen(text), mode) || chmod(path, mode))
		tap_bail("cannot write %s", name);
	return path;
}

static void set(char **slot, char *value)
{
	free(*slot);
	*slot = value;
}

static size_t take(char *data, size_t size, size_t count, void *sb)
{
	return strbuf_add(sb, data, size * count) ? 0 : size * count;
}

/* The status of GET /xend; negative: curl's error. */
static int get(const char *scheme, const char *authorization, const char *ca, const char *extra)
{
	struct curl_slist *headers = NULL;
	struct strbuf body = STRBUF_INIT;
	CURL *curl = curl_easy_init();
	CURLcode code;
	char url[80];
	long status = 0;

	snprintf(url, sizeof(url), "%s://localhost:%u/xend", scheme, port);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
	if (ca)
		curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
	if (authorization)
		headers = curl_slist_append(headers, authorization);
	if (extra)
		headers = curl_slist_append(headers, extra);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	strbuf_free(&body);
	return code ? -(int)code : (int)status;
}

static int listen_somewhere(struct http_server **server, char why[256])
{
	int rc = -EADDRINUSE;

	for (port = 18200; rc == -EADDRINUSE && port < 18300; port++)
		rc = http_listen_tcp(&x, "localhost", port, server, why, 256);
	port--;
	return rc;
}

static void test_requests(const char *ca)
{
	struct http_server *server;
	char why[256];

	if (listen_somewhere(&server, why))
		tap_bail("%s", why);
	tap_is_int(get("https", "Authorization: Bearer " TOKEN, ca, NULL), 200,
		   "who has the token is let in");
	tap_is_int(get("https", NULL, ca, NULL), 403, "who has none is not");
	tap_is_int(get("https", "Authorization: Bearer 0123456789abcdef-tokem", ca, NULL), 403,
		   "nor who has another");
	tap_is_int(get("https", "Authorization: Bearer 0123456789abcdef-toke", ca, NULL), 403,
		   "nor who has the beginning of it");
	tap_is_int(get("https", "Authorization: Basic " TOKEN, ca, NULL), 403,
		   "nor who calls it something else");
	tap_is_int(get("https", "Authorization: Bearer " TOKEN, ca, "Origin: https://evil.example"),
		   403, "nor a web page that has it");
	tap_ok(get("http", "Authorization: Bearer " TOKEN, NULL, NULL) != 200,
	       "nothing is answered without encryption");
	tap_is_int(get("https", "Authorization: Bearer " TOKEN, NULL, NULL),
		   -CURLE_PEER_FAILED_VERIFICATION, "a client can tell that it is us");
	http_stop(server);
}

static void test_files(void)
{
	struct http_server *server;
	char why[256] = "";

	set(&x.settings.tls_key, put("open.pem", key, 0644));
	tap_ok(listen_somewhere(&server, why) == -EACCES && strstr(why, "chmod 600"),
	       "a key that others may read is refused: %s", why);
	set(&x.settings.tls_key, put("key.pem", key, 0600));
	set(&x.settings.token_file, put("short", "abc\n", 0600));
	tap_ok(listen_somewhere(&server, why) == -EINVAL, "a short token is refused: %s", why);
	set(&x.settings.token_file, put("token", TOKEN "\n", 0600));
	set(&x.settings.tls_certificate, put("bad.pem", "no certificate\n", 0644));
	tap_ok(listen_somewhere(&server, why) < 0 && strstr(why, "PEM"),
	       "what is no certificate is refused: %s", why);
}

int main(void)
{
	char *ca;

	fake_start(&x);
	snprintf(folder, sizeof(folder), "%s", fake_state_dir());
	ca = put("cert.pem", certificate, 0644);
	set(&x.settings.tls_certificate, strdup(ca));
	set(&x.settings.tls_key, put("key.pem", key, 0600));
	set(&x.settings.token_file, put("token", TOKEN "\n", 0600));
	test_requests(ca);
	test_files();
	free(ca);
	curl_global_cleanup();
	event_log_stop(x.events);
	fake_stop_xend(&x);
	fake_finish();
	return tap_done();
}
