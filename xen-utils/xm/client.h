/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm's side of xend's HTTP interface (doc/xend-http.md): one request at a time, JSON both ways.
 *
 * Relies on libcurl and jansson. Relied on by every command of xm.
 *
 * Nothing here prints or exits: a failure leaves its sentence and its place in client->error, and
 * the command decides.
 */
#ifndef XM_CLIENT_H
#define XM_CLIENT_H

#include <jansson.h>

#include "common/util.h"

/* The members of an error object (xend-http.md section 2.1); the strings may be NULL. */
struct client_error {
	char *text;
	char *code;
	char *file;
	char *key;
	int line, column;
};

struct client;

/* What a stream tells on its way; each may be NULL. */
struct client_events {
	/* "done" of "total" (0: unknown) "unit"s. The strings may be "", never NULL. */
	void (*progress)(void *data, const char *what, json_int_t done, json_int_t total,
			 const char *unit);
	void (*warning)(void *data, const struct client_error *warning);
	/* About once a second, whether anything came or not. */
	void (*tick)(void *data);
	void *data;
};

/*
 * @where: a unix socket's path (it contains a '/'), host:port or https://host:port; NULL for the
 * built-in default.
 * @root: first part of every path; NULL for "/xend". NULL when memory is short.
 */
struct client *client_new(const char *where, const char *root);
void client_free(struct client *client);

/*
 * One request. @path is below the root ("/domain"); @body NULL makes it a GET, else a POST. @accept
 * NULL asks for JSON. Returns 0 and the answer as a new reference, or -errno with the error filled:
 * -ECONNREFUSED when xend cannot be reached, -EPROTO when its answer makes no sense, else xend's
 * own code as far as it is an errno name.
 */
int client_request(struct client *client, const char *path, const json_t *body, json_t **ret_json);

/* The same for an answer that is text, malloc()ed into *ret_text. */
int client_request_text(struct client *client, const char *path, const char *accept,
			char **ret_text);

/* A POST that may answer as a stream; *ret_json is the "result". */
int client_stream(struct client *client, const char *path, const json_t *body,
		  const struct client_events *events, json_t **ret_json);

/* The last failure; valid until the next request. */
const struct client_error *client_last_error(const struct client *client);

/* "/domain/NAME" + suffix, with the name percent-encoded; malloc()ed, ends the program when memory
 * is short. */
char *client_domain_path(const char *domain, const char *suffix);

#endif
