/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events: what happened to domains, numbered, for clients that follow (GET /xend/event) and the
 * log.
 *
 * Relies on jansson and common/log.h. The log of events keeps the last EVENT_KEEP of them in
 * memory; a follower that falls further behind is told how many it missed. Owns its own lock, a
 * leaf.
 */
#ifndef XEND_EVENT_H
#define XEND_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#define EVENT_KEEP	1024u

struct event_log;
struct domain;

struct event_log *event_log_new(void);		/* NULL: no memory */
void event_log_free(struct event_log *log);	/* NULL is accepted; no follower may be waiting */

/*
 * Tell that something happened: what is "domain.created", "domain.shutdown" and so on, reason may
 * be NULL. Also writes a line to xend's log. Never fails; without memory the event is only logged.
 */
void event_emit(struct event_log *log, int64_t at, const char *what, const char *name,
		const char *uuid, int domid, const char *reason);

/* The number the next event will have; numbers begin with 1. */
uint64_t event_next(struct event_log *log);

/*
 * The event number *seq as a line of JSON (malloc()ed), waiting for it up to timeout_ms, and moves
 * *seq on. When *seq is no longer kept, the line says how many were missed. 1 with a line, 0 on
 * timeout, -ESHUTDOWN after event_log_stop(), -ENOMEM.
 */
int event_wait(struct event_log *log, uint64_t *seq, int timeout_ms, char **ret_line);

/* Release everybody who waits, for good. */
void event_log_stop(struct event_log *log);

#endif /* XEND_EVENT_H */
