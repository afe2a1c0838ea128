/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xend: options, start in the right order, stop.
 *
 * Relies on common/daemon.h for what all daemons do. Order of start: settings, log, hypervisor and
 * xenstore, domains from disk, the thread that watches domains, HTTP, and only then "ready". There
 * is no special stop: a kill at any moment is as good, SIGTERM merely lets running work end.
 */
#include <config.h>

#include <signal.h>

#include "common/daemon.h"
#include "xend/http.h"
#include "xend/life.h"
#include "xend/worker.h"
#include "xend/xend.h"

#define XEND_CONFIG_FILE	XEN_CONFIG_DIR "/xend-config.sxp"
#define XEND_PIDFILE		"/run/xend.pid"
#define XEND_LOGFILE		"/var/log/xend.log"
#define STOP_WAIT_MS		20000

static const char usage[] =
	"Usage: xend [OPTION]...\n"
	"Decide about and drive the domains of this machine.\n"
	"\n"
	"  -c, --config=FILE      read FILE instead of " XEND_CONFIG_FILE "\n"
	"      --socket=PATH      listen on PATH instead of " XEND_SOCKET "\n"
	"      --state=DIR        keep durable state in DIR\n"
	DAEMON_OPTIONS_HELP
	"  -h, --help             print this text\n"
	"  -V, --version          print the version\n"
	"\n"
	"The interface is described in xend-http.md; 'xm' is its usual client.\n";

enum { OPT_SOCKET = 0x2000, OPT_STATE };

struct arguments {
	const char *config, *socket, *state;
	struct daemon_options daemon;
	bool logfile_given, level_given;
};

/* 0 to go on, 1 to end well, -EINVAL. */
static int parse_arguments(int argc, char **argv, struct arguments *a)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, OPT_SOCKET },
		{ "state", required_argument, NULL, OPT_STATE },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		DAEMON_LONG_OPTIONS,
		{ NULL, 0, NULL, 0 },
	};
	int opt, rc;

	while ((opt = getopt_long(argc, argv, "c:hV" DAEMON_SHORT_OPTIONS, longs, NULL)) != -1) {
		rc = daemon_option(&a->daemon, opt, optarg);
		if (rc < 0)
			return rc;
		a->logfile_given |= opt == DAEMON_OPT_LOGFILE;
		a->level_given |= opt == DAEMON_OPT_LOGLEVEL;
		if (rc)
			continue;
		switch (opt) {
		case 'c':
			a->config = optarg;
			break;
		case OPT_SOCKET:
			a->socket = optarg;
			break;
		case OPT_STATE:
			a->state = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 1;
		case 'V':
			puts("xend " PACKAGE_VERSION);
			return 1;
		default:
			fputs("xend: try 'xend --help'\n", stderr);
			return -EINVAL;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "xend: '%s' is not an option; try 'xend --help'\n", argv[optind]);
		return -EINVAL;
	}
	return 0;
}

/* The settings file over the defaults, the command line over both. */
static int read_settings(struct xend *x, struct arguments *a)
{
	char why[768];
	int rc;

	if (!a->config)
		a->config = getenv("XEND_CONFIG");
	rc = settings_load(&x->settings, a->config ? a->config : XEND_CONFIG_FILE, why,
			   sizeof(why));
	if (rc) {
		fprintf(stderr, "xend: %s\n", why);
		return rc;
	}
	if (!a->logfile_given)
		a->daemon.logfile = x->settings.logfile;
	if (!a->level_given && log_level_parse(x->settings.loglevel, &a->daemon.level)) {
		fprintf(stderr, "xend: loglevel must be error, warn, info or debug, not '%s'\n",
			x->settings.loglevel);
		return -EINVAL;
	}
	x->state_dir = a->state ? a->state : x->settings.dbroot;
	return 0;
}

static int open_backend(struct xend *x)
{
	struct error_text why = { .text = "" };
	struct xend_error err = { 0 };
	int rc;

	rc = backend_xen_open(&x->backend, &why);
	if (rc) {
		log_error("xend: %s", why.text[0] ? why.text : strerror(-rc));
		return rc;
	}
	rc = attach_all(x, &err);
	if (rc)
		log_error("xend: %s", err.text);
	return rc;
}

static int open_http(struct xend *x, const struct arguments *a, struct http_server *servers[2])
{
	const char *path = a->socket ? a->socket : x->settings.unix_path;
	char why[512];
	int rc;

	rc = http_listen_unix(x, path, &servers[0], why, sizeof(why));
	if (!rc && x->settings.tcp) {
		rc = http_listen_tcp(x, x->settings.address, x->settings.port, &servers[1], why,
				     sizeof(why));
		if (!rc)
			log_warn("xend: listens on TCP port %u of %s: %s may drive domains",
				 x->settings.port, x->settings.address,
				 x->settings.tls_key[0] ? "who has the token" :
				 x->settings.token_file[0] ? "every local user with the token" :
				 "every local user");
	}
	if (rc)
		log_error("xend: %s", why);
	else
		log_info("xend: listens on %s", path);
	return rc;
}

/* Sleep until told to end; SIGHUP opens the log again. */
static void wait_for_end(const sigset_t *set)
{
	int sig = 0;

	while (sig != SIGTERM && sig != SIGINT) {
		if (sigwait(set, &sig))
			return;
		if (sig == SIGHUP)
			log_reopen();
	}
	log_info("xend: ends on signal %d; domains go on", sig);
}

static void set_flag(struct xend *x, bool *flag)
{
	xend_lock(x);
	*flag = true;
	pthread_cond_broadcast(&x->changed);
	xend_unlock(x);
}

static int run(struct xend *x, struct arguments *a)
{
	struct http_server *servers[2] = { NULL, NULL };
	pthread_t reaper;
	sigset_t set;
	int rc;

	/* All threads inherit the mask: signals are for sigwait() alone. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	x->workers = worker_pool_new(XEND_JOBS_MAX);
	rc = x->workers ? open_backend(x) : -ENOMEM;
	if (rc)
		return rc;
	network_start(x);
	set_flag(x, &x->ready);
	rc = open_http(x, a, servers);
	if (rc)
		return rc;
	rc = -pthread_create(&reaper, NULL, reaper_main, x);
	if (rc) {
		log_error_errno(rc, "xend: no thread");
		return rc;
	}
	daemon_ready(&a->daemon);
	log_info("xend: version " PACKAGE_VERSION " is ready");
	wait_for_end(&set);
	set_flag(x, &x->stopping);
	event_log_stop(x->events);
	x->backend->ops->wake(x->backend);
	pthread_join(reaper, NULL);
	if (worker_drain(x->workers, STOP_WAIT_MS))
		log_warn("xend: work that still runs is cut; it is cleared up at the next start");
	http_stop(servers[0]);
	http_stop(servers[1]);
	return 0;
}

int main(int argc, char **argv)
{
	struct arguments a = { .daemon = DAEMON_OPTIONS_INIT("xend", XEND_LOGFILE) };
	static struct xend x;
	int rc;

	a.daemon.pidfile = XEND_PIDFILE;
	rc = parse_arguments(argc, argv, &a);
	if (rc)
		return rc < 0 ? 2 : 0;
	if (xend_init(&x)) {
		fputs("xend: no memory\n", stderr);
		return 1;
	}
	if (read_settings(&x, &a))
		return 1;
	rc = daemon_start(&a.daemon);
	if (!rc)
		rc = run(&x, &a);
	daemon_stop(&a.daemon);
	/* No clearing of x: detached threads may still be in it, and the process ends here. */
	return rc ? 1 : 0;
}
