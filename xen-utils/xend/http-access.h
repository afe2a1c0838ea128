/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may speak to xend: root on the unix socket, local users on a local TCP port, and who has the
 * token where others can reach the port.
 *
 * Relies on libmicrohttpd and settings.h. Relied on by http.c alone.
 */
#ifndef XEND_HTTP_ACCESS_H
#define XEND_HTTP_ACCESS_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

struct settings;

/* Made once for each listening socket; constant then. All NULL: a socket without encryption. */
struct http_access {
	bool tcp;
	char *certificate, *key;	/* PEM */
	char *token;
};

/*
 * Read certificate, key and token of the settings, when they name some. 0, or -errno with a
 * sentence: a file is missing, others may read it, the token is too short.
 */
int http_access_load(struct http_access *a, const struct settings *s, char *why, size_t why_size);
void http_access_clear(struct http_access *a);

/* NULL when this client may go on, else a sentence for it. */
const char *http_access_refusal(const struct http_access *a, struct MHD_Connection *con);

#endif /* XEND_HTTP_ACCESS_H */
