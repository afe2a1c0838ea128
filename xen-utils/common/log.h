/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log of a daemon or command: one line a message, "subject: what: why", to a file, to stderr,
 * or (without a file) to stderr with the program's name in front.
 *
 * Relies on the C library only. All daemons and libraries log through this.
 *
 * Threads: every message is one write(), so lines never mix; log_reopen() may run at any time in
 * the thread that owns the event loop.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/util.h"

enum log_level {
	LOG_LEVEL_ERROR,	/* something we were asked to do was not done */
	LOG_LEVEL_WARN,		/* an administrator should look at it */
	LOG_LEVEL_INFO,		/* facts worth a line in production */
	LOG_LEVEL_DEBUG,	/* traces for developers */
};

/*
 * Start logging for @program. With @foreground, or without @path, messages go to stderr; otherwise
 * they are appended to the file @path (created 0640). Returns 0 or -errno; on failure the log stays
 * on stderr. May be called again to change the target.
 */
int log_open(const char *program, bool foreground, const char *path);

/* Open the log file again, after logrotate moved it. Keeps the old one when that fails. */
int log_reopen(void);

/* Until turned off, copy errors to stderr too: a daemon's start failures reach who started it. */
void log_copy_errors_to_stderr(bool on);

/* Close the file; later messages go to stderr. */
void log_close(void);

void log_set_level(enum log_level level);
enum log_level log_get_level(void);
bool log_is_enabled(enum log_level level);

/* "error", "warn", "info", "debug" to a level: 0 or -EINVAL. */
int log_level_parse(const char *name, enum log_level *ret_level);
const char *log_level_name(enum log_level level);

void log_write(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);
void log_vwrite(enum log_level level, int err, const char *fmt, va_list ap);

/* As log_write(), with ": " and the text of errno value @err (either sign) at the end. */
void log_write_errno(enum log_level level, int err, const char *fmt, ...) PRINTF_LIKE(3, 4);

#define log_error(...)		log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)		log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)		log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) \
	do { \
		if (log_is_enabled(LOG_LEVEL_DEBUG)) \
			log_write(LOG_LEVEL_DEBUG, __VA_ARGS__); \
	} while (0)
#define log_error_errno(err, ...)	log_write_errno(LOG_LEVEL_ERROR, err, __VA_ARGS__)
#define log_warn_errno(err, ...)	log_write_errno(LOG_LEVEL_WARN, err, __VA_ARGS__)

/*
 * Rate limiting for lines that a guest or client can provoke. Zero-initialise one per subject.
 * log_allowed() is true for at most LOG_BURST messages in LOG_WINDOW_SEC seconds; when a new window
 * opens, *ret_dropped says how many were held back in the last one (0 otherwise).
 */
#define LOG_BURST	5
#define LOG_WINDOW_SEC	10

struct log_ratelimit {
	uint64_t window_start;
	unsigned int in_window;
	unsigned int dropped;
};

bool log_allowed(struct log_ratelimit *rl, unsigned int *ret_dropped);

#endif
