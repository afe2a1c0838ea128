/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's log.  Levels by meaning: ERROR our own fault or a broken machine, WARN something
 * an administrator should fix, NOTICE a fact worth a line in production, INFO for developers, DEBUG
 * traces.  Lines that a guest can provoke use log_guest(), which is rate limited and names the
 * vCPU.  Usable from any context, also before the heap and in a panic.  Source: core/log.c.
 */
#ifndef XEN_LOG_H
#define XEN_LOG_H

#include <stdarg.h>
#include <xen/types.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_NOTICE, LOG_INFO, LOG_DEBUG };

struct vcpu;
struct domain;

void log_write(enum log_level level, const char *fmt, ...) PRINTF_FORMAT(2, 3);
#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, __VA_ARGS__)
#define log_notice(...) log_write(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)

/* "d3v0: " + message for the current vCPU, subject to guest_loglvl and a rate limit. */
void log_guest(enum log_level level, const char *fmt, ...) PRINTF_FORMAT(2, 3);

/*
 * Text without a level (debug keys, dumps), a line or a piece of one: each line appears when it is
 * complete, with "(XEN) " in front.
 */
void log_raw(const char *fmt, ...) PRINTF_FORMAT(1, 2);

/* Our own fault or a broken machine: registers, symbolised stack, then reboot or halt. */
void panic(const char *fmt, ...) PRINTF_FORMAT(1, 2) NORETURN;

/* An invariant of our own code.  Never on anything that a guest controls. */
#define ASSERT(cond)                                                                               \
	do {                                                                                       \
		if (unlikely(!(cond)))                                                             \
			panic("assertion failed at %s:%d: %s", __FILE__, __LINE__, #cond);         \
	} while (0)
#define BUG() panic("impossible state at %s:%d", __FILE__, __LINE__)

#endif
