/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xenstored: options, start, event loop.
 *
 * The order of the start matters: the journal's lock keeps a second daemon out before anything
 * else is touched; the state is complete before the first guest or client is heard.
 */
#include <config.h>

#include <event2/event.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>

#include "common/daemon.h"
#include "common/io.h"
#include "xenstored/domain.h"
#include "xenstored/socket.h"
#include "xenstored/state.h"
#include "xenstored/xen-backend.h"

#define PROGRAM		"xenstored"
#define MIN_FILES	4096

struct options {
	struct daemon_options daemon;
	const char *dir;
	const char *socket;
	bool no_xen;
	uint64_t quota[QUOTA_COUNT];	/* QUOTA_UNSET: not given */
};

#define QUOTA_UNSET	UINT64_MAX

enum { OPT_NO_XEN = 1, OPT_STATE_DIR, OPT_SOCKET };

static const struct option long_options[] = {
	DAEMON_LONG_OPTIONS,
	{ "no-xen", no_argument, NULL, OPT_NO_XEN },
	{ "state-dir", required_argument, NULL, OPT_STATE_DIR },
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "quota", required_argument, NULL, 'Q' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

static const char usage[] =
	"Usage: xenstored [OPTION]...\n"
	"The store that Xen domains share: nodes, watches and transactions.\n\n"
	DAEMON_OPTIONS_HELP
	"      --socket=PATH      listen there (default $XENSTORED_SOCKET or "
	XENSTORED_RUN_DIR "/socket)\n"
	"      --state-dir=DIR    keep the journal there (default " XENSTORED_RUN_DIR ");\n"
	"                         it belongs on a tmpfs\n"
	"      --no-xen           serve the socket alone, without a hypervisor\n"
	"  -Q, --quota=NAME=N     set a limit for unprivileged domains;\n"
	"                         \"xenstore control quota\" lists the names\n"
	"  -h, --help             show this text\n"
	"  -V, --version          show the version\n\n"
	"It may be killed and started again at any time: nothing is lost.\n";

static int parse_quota(struct options *o, char *arg)
{
	char *eq = strchr(arg, '=');
	enum quota_id id;
	uint64_t n;

	if (eq)
		*eq++ = '\0';
	if (!eq || quota_find(arg, &id) < 0 || str_to_u64(eq, UINT32_MAX, &n) < 0) {
		fprintf(stderr, PROGRAM ": --quota wants NAME=NUMBER with one of these names:\n");
		for (int i = 0; i < QUOTA_COUNT; i++)
			fprintf(stderr, "  %s\n", quota_name(i));
		return -EINVAL;
	}
	o->quota[id] = n;
	return 0;
}

/* 0: go on; 1: done, exit 0; -errno: usage error, exit 2. */
static int parse_options(int argc, char **argv, struct options *o)
{
	int opt, rc;

	while ((opt = getopt_long(argc, argv, DAEMON_SHORT_OPTIONS "Q:hV", long_options,
				  NULL)) != -1) {
		rc = daemon_option(&o->daemon, opt, optarg);
		if (rc < 0)
			return rc;
		if (rc)
			continue;
		switch (opt) {
		case OPT_NO_XEN:
			o->no_xen = true;
			break;
		case OPT_STATE_DIR:
			o->dir = optarg;
			break;
		case OPT_SOCKET:
			o->socket = optarg;
			break;
		case 'Q':
			if (parse_quota(o, optarg) < 0)
				return -EINVAL;
			break;
		case 'h':
			fputs(usage, stdout);
			return 1;
		case 'V':
			puts(PROGRAM " " PACKAGE_VERSION);
			return 1;
		default:
			return -EINVAL;
		}
	}
	if (optind < argc) {
		fprintf(stderr, PROGRAM ": %s: no arguments are expected, see --help\n",
			argv[optind]);
		return -EINVAL;
	}
	return 0;
}

/* Each client is a descriptor and each guest a few: the usual 1024 would be a surprise one day. */
static void raise_file_limit(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0 || lim.rlim_cur >= MIN_FILES)
		return;
	lim.rlim_cur = MIN((rlim_t)MIN_FILES, lim.rlim_max);
	setrlimit(RLIMIT_NOFILE, &lim);
}

static int open_state(struct store *s, const struct options *o)
{
	AUTO_FREE char *dir = NULL;	/* absolute: a compaction opens files there later */
	char path[PATH_MAX + 16];
	unsigned long records;
	int rc;

	rc = io_make_dirs(o->dir, 0755);
	if (!rc) {
		dir = realpath(o->dir, NULL);
		rc = dir ? 0 : -errno;
	}
	snprintf(path, sizeof(path), "%s/journal", dir ? dir : o->dir);
	if (!rc)
		rc = journal_open(path, state_replay, s, &s->journal, &records);
	if (rc == -EBUSY)
		log_error("start: another xenstored works on %s", path);
	else if (rc == -EBADMSG || rc == -EEXIST || rc == -ENOENT)
		log_error_errno(rc, "start: %s is damaged; move it away to begin with an empty "
				"store", path);
	else if (rc < 0)
		log_error_errno(rc, "start: cannot open the journal %s", path);
	if (rc < 0)
		return rc;
	store_count_owned(s, s->owned);
	if (records)
		log_info("start: continuing with %lu journal records", records);
	/* What the administrator says now goes before what the journal remembers. */
	for (int i = 0; i < QUOTA_COUNT; i++) {
		if (o->quota[i] != QUOTA_UNSET)
			s->quota.limit[i] = o->quota[i];
	}
	return 0;
}

static void on_hup(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	(void)arg;
	log_reopen();
}

static void on_term(evutil_socket_t sig, short what, void *arg)
{
	(void)what;
	log_info("stopped by signal %d", (int)sig);
	event_base_loopbreak(arg);
}

struct signals {
	struct event *hup, *term, *intr;
};

static int add_signals(struct event_base *base, struct signals *sig)
{
	sig->hup = evsignal_new(base, SIGHUP, on_hup, NULL);
	sig->term = evsignal_new(base, SIGTERM, on_term, base);
	sig->intr = evsignal_new(base, SIGINT, on_term, base);
	if (!sig->hup || !sig->term || !sig->intr)
		return -ENOMEM;
	evsignal_add(sig->hup, NULL);
	evsignal_add(sig->term, NULL);
	evsignal_add(sig->intr, NULL);
	return 0;
}

static void free_event(struct event *ev)
{
	if (ev)
		event_free(ev);
}

static int serve(struct store *s, struct options *o, struct event_base *base)
{
	struct socket_server *server = NULL;
	struct xen_backend *xb = NULL;
	struct signals sig = { NULL };
	int rc;

	rc = open_state(s, o);
	if (!rc && !o->no_xen)
		rc = xen_backend_open(s, base, &xb);
	if (!rc && xb)
		rc = xen_backend_start(xb);
	if (!rc)
		rc = add_signals(base, &sig);
	if (!rc) {
		rc = socket_listen(s, base, o->socket, &server);
		if (rc < 0)
			log_error_errno(rc, "start: cannot listen on %s", o->socket);
	}
	if (!rc) {
		log_info("ready on %s", o->socket);
		daemon_ready(&o->daemon);
		event_base_dispatch(base);
	}
	socket_close(server);
	store_flush(s);
	domains_free(s);
	s->backend = NULL;
	xen_backend_close(xb);
	free_event(sig.hup);
	free_event(sig.term);
	free_event(sig.intr);
	return rc;
}

int main(int argc, char **argv)
{
	struct options o = {
		.daemon = DAEMON_OPTIONS_INIT(PROGRAM, XEN_LOG_DIR "/xenstored.log"),
		.dir = XENSTORED_RUN_DIR,
		.socket = getenv("XENSTORED_SOCKET"),
	};
	struct event_base *base;
	struct store s;
	int rc;

	for (int i = 0; i < QUOTA_COUNT; i++)
		o.quota[i] = QUOTA_UNSET;
	if (!o.socket)
		o.socket = XENSTORED_RUN_DIR "/socket";
	rc = parse_options(argc, argv, &o);
	if (rc)
		return rc < 0 ? 2 : 0;
	if (store_init(&s) < 0) {
		fprintf(stderr, PROGRAM ": out of memory\n");
		return 1;
	}
	rc = daemon_start(&o.daemon);
	if (!rc) {
		raise_file_limit();
		base = event_base_new();
		rc = base ? serve(&s, &o, base) : -ENOMEM;
		if (base)
			event_base_free(base);
		daemon_stop(&o.daemon);
	}
	journal_close(s.journal);
	store_free(&s);
	return rc < 0 ? 1 : 0;
}
