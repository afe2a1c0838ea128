/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every daemon does at its start: a common set of options, going to the background, a locked
 * pidfile, and telling whoever started it whether it works.
 *
 * Relies on log.h. Use:
 *
 *	struct daemon_options d = DAEMON_OPTIONS_INIT("xenstored", XEN_LOG_DIR "/xenstored.log");
 *	... getopt_long with DAEMON_SHORT_OPTIONS / DAEMON_LONG_OPTIONS, daemon_option() first ...
 *	rc = daemon_start(&d);		returns in the daemon; the parent waits and exits
 *	... open everything; on failure log_error(...) and return non-zero from main() ...
 *	daemon_ready();			the parent exits 0, stdio becomes /dev/null
 *	... event loop; on SIGHUP log_reopen() ...
 *	daemon_stop();
 *
 * Invariant: the parent exits 0 only after daemon_ready(). Errors logged before that also reach the
 * starter's stderr, and if the child dies first the parent says so and exits 1.
 */
#ifndef COMMON_DAEMON_H
#define COMMON_DAEMON_H

#include <getopt.h>

#include "common/log.h"

struct daemon_options {
	const char *program;
	bool foreground;
	const char *pidfile;	/* NULL: none */
	const char *logfile;
	enum log_level level;
	char *pidfile_path;	/* absolute, once it exists */
	int pidfile_fd;		/* holds the lock; -1: none */
	int ready_fd;		/* -1: nobody waits */
};

#define DAEMON_OPTIONS_INIT(name, log) { \
	.program = (name), .logfile = (log), .level = LOG_LEVEL_INFO, \
	.pidfile_fd = -1, .ready_fd = -1, \
}

enum {
	DAEMON_OPT_PIDFILE = 0x1000,
	DAEMON_OPT_LOGLEVEL,
	DAEMON_OPT_LOGFILE,
};

#define DAEMON_SHORT_OPTIONS	"f"
#define DAEMON_LONG_OPTIONS \
	{ "foreground", no_argument, NULL, 'f' }, \
	{ "pidfile", required_argument, NULL, DAEMON_OPT_PIDFILE }, \
	{ "loglevel", required_argument, NULL, DAEMON_OPT_LOGLEVEL }, \
	{ "logfile", required_argument, NULL, DAEMON_OPT_LOGFILE }
#define DAEMON_OPTIONS_HELP \
	"  -f, --foreground       stay in the foreground, log to stderr\n" \
	"      --pidfile=FILE     write the process id to FILE and lock it\n" \
	"      --loglevel=LEVEL   error, warn, info (default) or debug\n" \
	"      --logfile=FILE     append the log to FILE\n"

/*
 * Handle one getopt_long() result. Returns 1 when it was one of ours, 0 when it was not, -EINVAL
 * (with a message on stderr) when its argument is bad.
 */
int daemon_option(struct daemon_options *d, int opt, const char *arg);

/*
 * Open the log, go to the background unless d->foreground, take the pidfile. Call it before any
 * thread, descriptor or event base exists. Returns in the daemon only: 0, or -errno after logging
 * why (the caller just returns non-zero from main()).
 */
int daemon_start(struct daemon_options *d);

/*
 * All is open and working: release the parent, send READY=1 to $NOTIFY_SOCKET if there is one,
 * and (in the background) go to "/" and point stdin, stdout and stderr at /dev/null. Relative names
 * are good until here; what is opened by name later has to be made absolute before.
 */
void daemon_ready(struct daemon_options *d);

/* Remove the pidfile and close the log. Not calling it (kill -9) does no harm. */
void daemon_stop(struct daemon_options *d);

/* Send @state ("READY=1", "STOPPING=1", "STATUS=...") to the service manager, if one listens. */
void daemon_notify(const char *state);

#endif
