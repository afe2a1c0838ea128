/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may speak to xend; see http-access.h.
 */
#include <config.h>

#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "common/io.h"
#include "common/util.h"
#include "xend/http-access.h"
#include "xend/settings.h"

#define PEM_MAX		(256u << 10)
#define TOKEN_MIN	16u
#define TOKEN_MAX	512u
#define BEARER		"Bearer "

static const char *header(struct MHD_Connection *con, const char *name)
{
	return MHD_lookup_connection_value(con, MHD_HEADER_KIND, name);
}

/* A file that only its owner may read, when it is a secret. */
static int load_file(const char *path, bool secret, char **ret, char *why, size_t why_size)
{
	struct stat st;
	int rc = stat(path, &st) ? -errno : 0;

	if (!rc && secret && (st.st_mode & 077)) {
		snprintf(why, why_size, "%s may be read by others than its owner; 'chmod 600 %s'",
			 path, path);
		return -EACCES;
	}
	if (!rc)
		rc = io_read_file(path, PEM_MAX, ret, NULL);
	if (rc)
		snprintf(why, why_size, "%s cannot be read: %s", path, strerror(-rc));
	return rc;
}

static int check_token(char *token, const char *path, char *why, size_t why_size)
{
	size_t len;

	token[strcspn(token, "\r\n")] = '\0';
	len = strlen(token);
	for (size_t i = 0; i < len; i++)
		if (token[i] <= ' ' || token[i] > '~')
			len = 0;
	if (len >= TOKEN_MIN && len <= TOKEN_MAX)
		return 0;
	snprintf(why, why_size, "the first line of %s is no token: %u to %u characters without "
		 "blanks, as 'openssl rand -hex 32' makes them", path, TOKEN_MIN, TOKEN_MAX);
	return -EINVAL;
}

int http_access_load(struct http_access *a, const struct settings *s, char *why, size_t why_size)
{
	int rc = 0;

	if (s->tls_certificate[0])
		rc = load_file(s->tls_certificate, false, &a->certificate, why, why_size);
	if (!rc && s->tls_key[0])
		rc = load_file(s->tls_key, true, &a->key, why, why_size);
	if (!rc && s->token_file[0])
		rc = load_file(s->token_file, true, &a->token, why, why_size);
	if (!rc && a->token)
		rc = check_token(a->token, s->token_file, why, why_size);
	return rc;
}

void http_access_clear(struct http_access *a)
{
	free(a->certificate);
	free(a->key);
	free(a->token);
	memset(a, 0, sizeof(*a));
}

static bool peer_is_root(struct MHD_Connection *con)
{
	const union MHD_ConnectionInfo *info;
	struct ucred cred;
	socklen_t len = sizeof(cred);

	info = MHD_get_connection_info(con, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (!info || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return false;
	return cred.uid == 0 || cred.uid == geteuid();
}

/* "localhost:8000", "127.0.0.1", "[::1]:8000": a name that no stranger's DNS can point at us. */
static bool host_is_local(const char *host)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };

	for (size_t i = 0; host && i < ARRAY_SIZE(names); i++) {
		size_t len = strlen(names[i]);

		if (strncasecmp(host, names[i], len) == 0 && (!host[len] || host[len] == ':'))
			return true;
	}
	return host && str_has_prefix(host, "127.");
}

/* In a time that tells nothing about the token but its length. */
static bool token_matches(const char *token, const char *authorization)
{
	const char *given = authorization;
	size_t len = strlen(token);
	unsigned char differ = 0;

	if (!given || strncasecmp(given, BEARER, strlen(BEARER)))
		return false;
	given += strlen(BEARER);
	if (strlen(given) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char)(token[i] ^ given[i]);
	return differ == 0;
}

const char *http_access_refusal(const struct http_access *a, struct MHD_Connection *con)
{
	const char *site;

	if (!a->tcp)
		return peer_is_root(con) ? NULL : "Only root may speak to xend.";
	site = header(con, "Sec-Fetch-Site");
	if (header(con, MHD_HTTP_HEADER_ORIGIN) || (site && !str_eq(site, "none")))
		return "Requests on behalf of web pages are refused.";
	if (a->token)
		return token_matches(a->token, header(con, MHD_HTTP_HEADER_AUTHORIZATION)) ? NULL :
		       "This port needs the token of xend-token-file, as 'Authorization: Bearer "
		       "TOKEN'.";
	if (!host_is_local(header(con, MHD_HTTP_HEADER_HOST)))
		return "The Host: of the request is not this machine's local name.";
	return NULL;
}
