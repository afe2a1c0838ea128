/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An xend of cardboard for the tests of xm: answers each request from a file and notes what it was
 * asked.
 *
 *	fake-xend SOCKET FOLDER
 *
 * "GET /xend/domain/web" is answered from FOLDER/GET_xend_domain_web, whose first line is "STATUS
 * CONTENT-TYPE" and whose rest is the body; without such a file the answer is xend's 404. Requests
 * go to FOLDER/requests, a line each: method, path, body. It prints "ready" and ends with its
 * stdin.
 */
#include <config.h>

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/io.h"
#include "common/strbuf.h"

#define NOT_FOUND "{\"error\": \"There is no such domain; 'xm list' shows those that exist.\", " \
		  "\"code\": \"ENOENT\"}"

static const char *folder;

static void note_request(const char *method, const char *url, const char *query,
			 const struct strbuf *body)
{
	AUTO_FREE char *path = NULL;
	FILE *out;

	if (asprintf(&path, "%s/requests", folder) < 0 || !(out = fopen(path, "a")))
		abort();
	fprintf(out, "%s %s%s%s %s\n", method, url, query ? "?lines=" : "", query ? query : "",
		strbuf_str(body));
	fclose(out);
}

static char *answer_file(const char *method, const char *url)
{
	AUTO_FREE char *name = NULL, *path = NULL;
	char *text = NULL;

	if (asprintf(&name, "%s%s", method, url) < 0)
		abort();
	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '_';
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		abort();
	return io_read_file(path, 1 << 20, &text, NULL) ? NULL : text;
}

static enum MHD_Result send_text(struct MHD_Connection *connection, unsigned int status,
				 const char *type, const char *body)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(body), (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	MHD_add_response_header(response, "Content-Type", type);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **state)
{
	struct strbuf *body = *state;
	AUTO_FREE char *text = NULL;
	char type[64] = "";
	unsigned int status;
	int used = 0;

	(void)data, (void)version;
	if (!body) {
		*state = calloc(1, sizeof(*body));
		return *state ? MHD_YES : MHD_NO;
	}
	if (*upload_size) {
		strbuf_add(body, upload, *upload_size);
		*upload_size = 0;
		return MHD_YES;
	}
	note_request(method, url, MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND,
							      "lines"), body);
	text = answer_file(method, url);
	if (!text)
		return send_text(connection, 404, "application/json", NOT_FOUND);
	if (sscanf(text, "%u %63[^\n]\n%n", &status, type, &used) != 2)
		abort();
	return send_text(connection, status, type, text + used);
}

static void on_completed(void *data, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode code)
{
	(void)data, (void)connection, (void)code;
	if (*state)
		strbuf_free(*state);
	free(*state);
}

static int listen_on(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	strcpy(address.sun_path, path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 16))
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	struct MHD_Daemon *daemon;
	char c;
	int fd;

	if (argc != 3 || (fd = listen_on(argv[1])) < 0)
		return 2;
	folder = argv[2];
	daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, on_request, NULL,
				  MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
				  on_completed, NULL, MHD_OPTION_END);
	if (!daemon)
		return 1;
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	MHD_stop_daemon(daemon);
	return 0;
}
