/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading /etc/xen/xend-config.sxp: a scanner for the few S-expressions it may hold, and the table
 * of keys.
 *
 * Relies on common/io.h and common/log.h. Relied on by main.c. The scanner never looks past the
 * terminating zero and keeps one line number, for messages.
 */
#include <config.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <strings.h>

#include "common/io.h"
#include "common/log.h"
#include "xend/settings.h"

#define SETTINGS_TEXT_MAX	(256u << 10)
#define SETTINGS_WORD_MAX	1024u

enum setting_kind { SETTING_STRING, SETTING_PATH, SETTING_PORT, SETTING_BOOL, SETTING_ADDRESS,
	SETTING_HOST,
	SETTING_PORT_FLAG, SETTING_MEGABYTES, SETTING_IGNORED };

static const struct setting_row {
	const char *key;
	enum setting_kind kind;
	size_t offset;
	const char *remark;
} setting_rows[] = {
#define ROW(key, kind, member) { key, kind, offsetof(struct settings, member), NULL }
	ROW("xend-unix-path", SETTING_PATH, unix_path),
	ROW("xend-port", SETTING_PORT_FLAG, port),
	ROW("xend-address", SETTING_HOST, address),
	ROW("xend-tls-certificate", SETTING_PATH, tls_certificate),
	ROW("xend-tls-key", SETTING_PATH, tls_key),
	ROW("xend-token-file", SETTING_PATH, token_file),
	ROW("dom0-min-mem", SETTING_MEGABYTES, dom0_min_mb),
	ROW("console-port-base", SETTING_PORT, console_port_base),
	ROW("console-address", SETTING_ADDRESS, console_address),
	ROW("network-script", SETTING_STRING, network_script),
	ROW("vif-script", SETTING_STRING, vif_script),
	ROW("vif-bridge", SETTING_STRING, vif_bridge),
	ROW("vif-antispoof", SETTING_BOOL, vif_antispoof),
	ROW("block-file", SETTING_STRING, block_file),
	ROW("block-enbd", SETTING_STRING, block_enbd),
	ROW("dbroot", SETTING_PATH, dbroot),
	ROW("logfile", SETTING_PATH, logfile),
	ROW("loglevel", SETTING_STRING, loglevel),
#undef ROW
	{ "xend-event-port", SETTING_IGNORED, 0,
	  "events are a resource of the HTTP interface, GET /xend/event" },
};

struct scanner {
	const char *at;
	int line;
	char word[SETTINGS_WORD_MAX];
};

enum token { TOKEN_END, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_WORD, TOKEN_BAD };

static void scan_blanks(struct scanner *s)
{
	for (;; s->at++) {
		if (*s->at == '#' || *s->at == ';')
			s->at += strcspn(s->at, "\n");
		if (*s->at == '\n')
			s->line++;
		else if (!*s->at || !isspace((unsigned char)*s->at))
			return;
	}
}

/* A word in quotes; the backslash takes the next character as it is. */
static enum token scan_quoted(struct scanner *s)
{
	char quote = *s->at++;
	size_t n = 0;

	while (*s->at && *s->at != quote && *s->at != '\n') {
		if (*s->at == '\\' && s->at[1] && s->at[1] != '\n')
			s->at++;
		if (n + 1 >= sizeof(s->word))
			return TOKEN_BAD;
		s->word[n++] = *s->at++;
	}
	s->word[n] = '\0';
	if (*s->at != quote)
		return TOKEN_BAD;
	s->at++;
	return TOKEN_WORD;
}

static enum token scan(struct scanner *s)
{
	size_t n;

	scan_blanks(s);
	if (!*s->at)
		return TOKEN_END;
	if (*s->at == '(' || *s->at == ')')
		return *s->at++ == '(' ? TOKEN_OPEN : TOKEN_CLOSE;
	if (*s->at == '"' || *s->at == '\'')
		return scan_quoted(s);
	n = strcspn(s->at, "() \t\r\n\f\v\"';#");
	if (n == 0 || n >= sizeof(s->word))
		return TOKEN_BAD;
	memcpy(s->word, s->at, n);
	s->word[n] = '\0';
	s->at += n;
	return TOKEN_WORD;
}

static int set_string(char **slot, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*slot);
	*slot = copy;
	return 0;
}

/* Where only this machine's users are. */
static bool address_is_local(const char *a)
{
	struct in_addr v4;

	if (str_eq(a, "localhost") || str_eq(a, "::1"))
		return true;
	return inet_pton(AF_INET, a, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

static int parse_bool(const char *v, bool *ret)
{
	static const char *const yes[] = { "yes", "on", "true", "1" };
	static const char *const no[] = { "no", "off", "false", "0" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (strcasecmp(v, yes[i]) == 0 || strcasecmp(v, no[i]) == 0) {
			*ret = strcasecmp(v, yes[i]) == 0;
			return 0;
		}
	}
	return -EINVAL;
}

/* Store one value. Returns 0, -ENOMEM, or -EINVAL with what was expected in *want. */
static int setting_store(struct settings *s, const struct setting_row *row, const char *value,
			 const char **want)
{
	void *slot = (char *)s + row->offset;
	uint64_t n;

	switch (row->kind) {
	case SETTING_IGNORED:
		return 0;
	case SETTING_STRING:
		return set_string(slot, value);
	case SETTING_PATH:
		*want = "an absolute path";
		return value[0] == '/' ? set_string(slot, value) : -EINVAL;
	case SETTING_ADDRESS:
		*want = "localhost, an address 127.x.y.z or ::1";
		if (!value[0])
			value = "localhost";
		return address_is_local(value) ? set_string(slot, value) : -EINVAL;
	case SETTING_HOST:	/* settings_check() has the rest */
		*want = "an address or a name";
		if (strlen(value) > 255)
			return -EINVAL;
		return set_string(slot, value[0] ? value : "localhost");
	case SETTING_MEGABYTES:
		*want = "a number of MB from 64 to 16777216";
		if (str_to_u64(value, 1 << 24, &n) || n < 64)
			return -EINVAL;
		*(unsigned int *)slot = n;
		return 0;
	case SETTING_BOOL:
		*want = "yes or no";
		return parse_bool(value, slot);
	case SETTING_PORT:
	case SETTING_PORT_FLAG:
		*want = "a port number from 0 to 65535";
		if (str_to_u64(value, 65535, &n))
			return -EINVAL;
		*(unsigned int *)slot = n;
		if (row->kind == SETTING_PORT_FLAG)
			s->tcp = n != 0;
		return 0;
	}
	return -EINVAL;
}

static const struct setting_row *setting_find(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(setting_rows); i++)
		if (str_eq(setting_rows[i].key, key))
			return &setting_rows[i];
	return NULL;
}

static void warnf(settings_warn_fn warn, void *context, int line, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
static void warnf(settings_warn_fn warn, void *context, int line, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (!warn)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	warn(context, line, text);
}

/* The values after a key, up to its closing parenthesis: the first is kept, lists are skipped. */
static int scan_values(struct scanner *s, char *first, unsigned int *ret_count)
{
	unsigned int depth = 0, count = 0;
	enum token t;

	for (;;) {
		t = scan(s);
		if (t == TOKEN_END || t == TOKEN_BAD)
			return -EINVAL;
		if (t == TOKEN_CLOSE && depth-- == 0)
			break;
		if (t == TOKEN_OPEN && ++depth > 32)
			return -EINVAL;
		if (depth || t != TOKEN_WORD) {
			count = 2;	/* not one plain value */
			continue;
		}
		if (count++ == 0)
			memcpy(first, s->word, sizeof(s->word));
	}
	*ret_count = count;
	return 0;
}

static int settings_parse_one(struct settings *s, struct scanner *sc, settings_warn_fn warn,
			      void *context, char *why, size_t why_size)
{
	char key[SETTINGS_WORD_MAX], value[SETTINGS_WORD_MAX] = "";
	const struct setting_row *row;
	const char *want = "one value";
	int line = sc->line, rc;
	unsigned int count;

	if (scan(sc) != TOKEN_WORD) {
		snprintf(why, why_size, "line %d: a key is expected after '('", line);
		return -EINVAL;
	}
	memcpy(key, sc->word, sizeof(key));
	if (scan_values(sc, value, &count)) {
		snprintf(why, why_size,
			 "line %d: the list (%.64s ...) is not closed or is malformed", line, key);
		return -EINVAL;
	}
	row = setting_find(key);
	if (!row) {
		warnf(warn, context, line, "unknown key '%.64s' is ignored", key);
		return 0;
	}
	if (row->kind == SETTING_IGNORED)
		warnf(warn, context, line, "key '%s' has no effect any more: %s", key, row->remark);
	rc = count > 1 ? -EINVAL : setting_store(s, row, value, &want);
	if (rc)
		snprintf(why, why_size, "line %d: '%s' must be %s, not '%.64s'", line, key, want,
			 value);
	return rc;
}

int settings_parse(struct settings *s, const char *text, settings_warn_fn warn, void *context,
		   char *why, size_t why_size)
{
	struct scanner *sc = calloc(1, sizeof(*sc));
	enum token t;
	int rc = 0;

	if (!sc)
		return -ENOMEM;
	sc->at = text;
	sc->line = 1;
	while (!rc && (t = scan(sc)) != TOKEN_END) {
		if (t == TOKEN_OPEN) {
			rc = settings_parse_one(s, sc, warn, context, why, why_size);
			continue;
		}
		snprintf(why, why_size, "line %d: a list (key value) is expected", sc->line);
		rc = -EINVAL;
	}
	free(sc);
	return rc;
}

int settings_check(const struct settings *s, char *why, size_t why_size)
{
	bool tls = s->tls_certificate[0] && s->tls_key[0];

	if (!tls && (s->tls_certificate[0] || s->tls_key[0]))
		snprintf(why, why_size, "xend-tls-certificate and xend-tls-key belong together; "
			 "set both or none");
	else if (tls && !s->token_file[0])
		snprintf(why, why_size, "with xend-tls-certificate a xend-token-file is needed: "
			 "encryption alone keeps nobody out");
	else if (s->tcp && !tls && !address_is_local(s->address))
		snprintf(why, why_size,
			 "xend-address %s is reached from other machines: that needs "
			 "xend-tls-certificate, xend-tls-key and xend-token-file; or use localhost",
			 s->address);
	else
		return 0;
	return -EINVAL;
}

int settings_init(struct settings *s)
{
	int rc = 0;

	memset(s, 0, sizeof(*s));
	s->port = 8000;
	s->console_port_base = 9600;
	s->dom0_min_mb = 196;
	rc |= set_string(&s->tls_certificate, "");
	rc |= set_string(&s->tls_key, "");
	rc |= set_string(&s->token_file, "");
	rc |= set_string(&s->unix_path, XEND_SOCKET);
	rc |= set_string(&s->address, "localhost");
	rc |= set_string(&s->console_address, "localhost");
	rc |= set_string(&s->network_script, "");
	rc |= set_string(&s->vif_script, "vif-bridge");
	rc |= set_string(&s->vif_bridge, "");
	rc |= set_string(&s->block_file, "block-file");
	rc |= set_string(&s->block_enbd, "block-enbd");
	rc |= set_string(&s->dbroot, XEN_LIB_DIR "/xend");
	rc |= set_string(&s->logfile, "/var/log/xend.log");
	rc |= set_string(&s->loglevel, "info");
	if (rc)
		settings_clear(s);
	return rc ? -ENOMEM : 0;
}

void settings_clear(struct settings *s)
{
	free(s->unix_path);
	free(s->address);
	free(s->tls_certificate);
	free(s->tls_key);
	free(s->token_file);
	free(s->console_address);
	free(s->network_script);
	free(s->vif_script);
	free(s->vif_bridge);
	free(s->block_file);
	free(s->block_enbd);
	free(s->dbroot);
	free(s->logfile);
	free(s->loglevel);
	memset(s, 0, sizeof(*s));
}

static void warn_to_log(void *path, int line, const char *text)
{
	log_warn("settings: %s:%d: %s", (const char *)path, line, text);
}

int settings_load(struct settings *s, const char *path, char *why, size_t why_size)
{
	AUTO_FREE char *text = NULL;
	char reason[512] = "out of memory";
	size_t len;
	int rc;

	rc = io_read_file(path, SETTINGS_TEXT_MAX, &text, &len);
	if (rc == -ENOENT)
		return 0;
	if (rc) {
		snprintf(why, why_size, "%s: cannot be read: %s", path, strerror(-rc));
		return rc;
	}
	if (strlen(text) != len) {
		snprintf(why, why_size, "%s: contains a zero byte; it is not a text file", path);
		return -EINVAL;
	}
	rc = settings_parse(s, text, warn_to_log, (void *)path, reason, sizeof(reason));
	if (!rc)
		rc = settings_check(s, reason, sizeof(reason));
	if (rc)
		snprintf(why, why_size, "%s: %s", path, reason);
	return rc;
}
