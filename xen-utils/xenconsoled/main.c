/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xenconsoled: options, opening everything, the event loop. The map of the daemon is in consoled.h.
 */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/daemon.h"
#include "common/io.h"
#include "xenconsoled/consoled.h"

#define DEFAULT_LOG_SIZE (1U << 20)
#define DEFAULT_LOG_KEEP 5
#define DEFAULT_RATE     (2U << 20)
#define MINIMUM_RATE     8192U
#define DEFAULT_TCP_BASE 9600
#define EVENTS_A_TURN    256    /* event channels looked at before others get their turn */

enum {
	OPT_LOG_DIR = 0x2000, OPT_LOG_SIZE, OPT_LOG_KEEP, OPT_LOG, OPT_RATE, OPT_TCP, OPT_TCP_BASE,
	OPT_HELP, OPT_VERSION,
};

static const struct option options[] = {
	DAEMON_LONG_OPTIONS,
	{ "log", required_argument, NULL, OPT_LOG },
	{ "log-dir", required_argument, NULL, OPT_LOG_DIR },
	{ "log-size", required_argument, NULL, OPT_LOG_SIZE },
	{ "log-keep", required_argument, NULL, OPT_LOG_KEEP },
	{ "rate", required_argument, NULL, OPT_RATE },
	{ "tcp", optional_argument, NULL, OPT_TCP },
	{ "tcp-base", required_argument, NULL, OPT_TCP_BASE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

static void usage(FILE *out)
{
	fprintf(out,
		"Usage: xenconsoled [OPTION]...\n"
		"Serve the consoles of guests and of the hypervisor.\n\n" DAEMON_OPTIONS_HELP
		"      --log=WHAT         what is logged to files: all (default), guest, hv or "
		"none\n"
		"      --log-dir=DIR      where to (%s/console)\n"
		"      --log-size=BYTES   turn a log file over at this size, 0 never (%u)\n"
		"      --log-keep=N       keep N older log files of each console (%u)\n"
		"      --rate=BYTES       bytes a second that one guest may put out (%u)\n"
		"      --tcp[=ADDRESS]    a TCP port for each guest on ADDRESS (localhost); it is "
		"not protected\n"
		"      --tcp-base=PORT    that of guest N is PORT+N (%u)\n"
		"      --help             this text\n"
		"      --version          the version\n",
		XEN_LOG_DIR, DEFAULT_LOG_SIZE, DEFAULT_LOG_KEEP, DEFAULT_RATE, DEFAULT_TCP_BASE);
}

static int parse_number(const char *option, const char *text, uint64_t min, uint64_t max,
			uint64_t *ret_value)
{
	uint64_t value;

	if (str_to_u64(text, max, &value) || value < min) {
		fprintf(stderr, "xenconsoled: --%s=%s: a number from %llu to %llu is wanted\n",
			option, text, (unsigned long long)min, (unsigned long long)max);
		return -EINVAL;
	}
	*ret_value = value;
	return 0;
}

static int parse_log(struct consoled_config *config, const char *what)
{
	static const struct { const char *name; bool guests, hypervisor; } choices[] = {
		{ "all", true, true }, { "guest", true, false }, { "hv", false, true },
		{ "none", false, false },
	};
	size_t i;

	for (i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		if (strcmp(choices[i].name, what))
			continue;
		config->log_guests = choices[i].guests;
		config->log_hypervisor = choices[i].hypervisor;
		return 0;
	}
	fprintf(stderr, "xenconsoled: --log=%s: all, guest, hv or none is wanted\n", what);
	return -EINVAL;
}

/* One option of our own; 1 for "print something and end well". */
static int take_option(struct consoled_config *config, int option, const char *value)
{
	uint64_t number = 0;
	int rc = 0;

	switch (option) {
	case OPT_LOG:
		return parse_log(config, value);
	case OPT_LOG_DIR:
		config->log_dir = value;
		return 0;
	case OPT_LOG_SIZE:
		rc = parse_number("log-size", value, 0, INT64_MAX, &number);
		config->limits.size = (off_t)number;
		return rc;
	case OPT_LOG_KEEP:
		rc = parse_number("log-keep", value, 0, 1000, &number);
		config->limits.keep = (unsigned int)number;
		return rc;
	case OPT_RATE:
		rc = parse_number("rate", value, MINIMUM_RATE, UINT32_MAX, &number);
		config->rate = (uint32_t)number;
		return rc;
	case OPT_TCP:
		config->tcp_address = value ? value : "localhost";
		return 0;
	case OPT_TCP_BASE:
		rc = parse_number("tcp-base", value, 1, 65535, &number);
		config->tcp_base = (unsigned int)number;
		return rc;
	case OPT_HELP:
		usage(stdout);
		return 1;
	case OPT_VERSION:
		puts("xenconsoled " PACKAGE_VERSION);
		return 1;
	default:
		fprintf(stderr, "Try 'xenconsoled --help'.\n");
		return -EINVAL;
	}
}

static int parse_options(int argc, char **argv, struct consoled_config *config,
			 struct daemon_options *daemon)
{
	int option, rc;

	while ((option = getopt_long(argc, argv, DAEMON_SHORT_OPTIONS, options, NULL)) != -1) {
		rc = daemon_option(daemon, option, optarg);
		if (!rc)
			rc = take_option(config, option, optarg);
		else if (rc > 0)
			continue;
		if (rc)
			return rc;
	}
	if (optind < argc) {
		fprintf(stderr, "xenconsoled: %s: no arguments are expected\n", argv[optind]);
		return -EINVAL;
	}
	return 0;
}

static void dispatch(struct consoled *d, evtchn_port_t port)
{
	struct guest *g;

	if (hypervisor_event(d, port))
		return;
	LIST_FOREACH(g, &d->guests, link) {
		if (g->port == port) {
			guest_event(g);
			return;
		}
	}
}

static void on_evtchn(evutil_socket_t fd, short what, void *context)
{
	struct consoled *d = context;
	unsigned int turn = EVENTS_A_TURN;
	evtchn_port_t port;

	(void)fd;
	(void)what;
	while (turn-- && !libxen_evtchn_pending(d->evtchn, &port))
		dispatch(d, port);
}

static void on_hangup(evutil_socket_t fd, short what, void *context)
{
	struct consoled *d = context;
	struct guest *g;

	(void)fd;
	(void)what;
	log_reopen();
	hypervisor_reopen_log(d);
	LIST_FOREACH(g, &d->guests, link)
		if (d->config.log_guests)
			logfile_reopen(&g->log);
}

static void on_stop(evutil_socket_t fd, short what, void *context)
{
	struct consoled *d = context;

	(void)fd;
	(void)what;
	event_base_loopbreak(d->base);
}

static int open_directories(const struct consoled_config *config)
{
	int rc = io_make_dirs(config->run_dir, 0755);

	if (rc) {
		log_error_errno(rc, "%s: cannot make the directory", config->run_dir);
		return rc;
	}
	if (!config->log_guests && !config->log_hypervisor)
		return 0;
	rc = io_make_dirs(config->log_dir, 0700);
	if (rc)
		log_error_errno(rc, "%s: cannot make the directory", config->log_dir);
	return rc;
}

static int open_xen(struct consoled *d)
{
	int rc = libxen_open(&d->x);

	if (rc) {
		log_error_errno(rc, "no access to the hypervisor; is this domain 0, and is "
				    "xen-privcmd loaded?");
		return rc;
	}
	rc = libxen_evtchn_open(d->x, &d->evtchn);
	if (rc) {
		log_error_errno(rc, "no event channels; is xen-evtchn loaded?");
		return rc;
	}
	d->evtchn_event = event_new(d->base, libxen_evtchn_fd(d->evtchn), EV_READ | EV_PERSIST,
				    on_evtchn, d);
	return d->evtchn_event && !event_add(d->evtchn_event, NULL) ? 0 : -ENOMEM;
}

static int open_everything(struct consoled *d)
{
	int rc;

	LIST_INIT(&d->guests);
	d->base = event_base_new();
	if (!d->base)
		return -ENOMEM;
	rc = open_directories(&d->config);
	if (!rc)
		rc = open_xen(d);
	if (rc)
		return rc;
	client_clean_directory(d);
	if (d->config.log_hypervisor) {
		rc = hypervisor_start(d);
		if (rc) {
			log_error_errno(rc, "the hypervisor's console cannot be served");
			return rc;
		}
	}
	rc = domains_start(d);
	if (rc)
		log_error_errno(rc, "no access to xenstore; is xenstored running?");
	return rc;
}

static void close_everything(struct consoled *d)
{
	domains_stop(d);
	hypervisor_stop(d);
	if (d->evtchn_event)
		event_free(d->evtchn_event);
	libxen_evtchn_close(d->evtchn);
	libxen_close(d->x);
	if (d->base)
		event_base_free(d->base);
}

static int add_signal(struct consoled *d, int number, event_callback_fn handler, struct event **ret)
{
	*ret = evsignal_new(d->base, number, handler, d);
	return *ret && !event_add(*ret, NULL) ? 0 : -ENOMEM;
}

static int serve(struct consoled *d, struct daemon_options *daemon)
{
	struct event *hangup = NULL, *term = NULL, *interrupt = NULL;
	int rc;

	rc = add_signal(d, SIGHUP, on_hangup, &hangup);
	if (!rc)
		rc = add_signal(d, SIGTERM, on_stop, &term);
	if (!rc)
		rc = add_signal(d, SIGINT, on_stop, &interrupt);
	if (!rc) {
		daemon_ready(daemon);
		event_base_dispatch(d->base);
	}
	if (hangup)
		event_free(hangup);
	if (term)
		event_free(term);
	if (interrupt)
		event_free(interrupt);
	return rc;
}

static void default_config(struct consoled_config *config)
{
	const char *run = getenv("XENCONSOLED_RUN_DIR");
	const char *log = getenv("XENCONSOLED_LOG_DIR");

	*config = (struct consoled_config){
		.run_dir = run && *run ? run : XENCONSOLED_RUN_DIR,
		.log_dir = log && *log ? log : XEN_LOG_DIR "/console",
		.limits = { .size = DEFAULT_LOG_SIZE, .keep = DEFAULT_LOG_KEEP },
		.log_guests = true,
		.log_hypervisor = true,
		.rate = DEFAULT_RATE,
		.tcp_base = DEFAULT_TCP_BASE,
	};
}

int main(int argc, char **argv)
{
	struct daemon_options daemon =
		DAEMON_OPTIONS_INIT("xenconsoled", XEN_LOG_DIR "/xenconsoled.log");
	struct consoled d = { 0 };
	int rc;

	default_config(&d.config);
	rc = parse_options(argc, argv, &d.config, &daemon);
	if (rc)
		return rc > 0 ? 0 : 2;
	if (daemon_start(&daemon))
		return 1;
	signal(SIGPIPE, SIG_IGN);
	rc = open_everything(&d);
	if (!rc)
		rc = serve(&d, &daemon);
	close_everything(&d);
	daemon_stop(&daemon);
	return rc ? 1 : 0;
}
