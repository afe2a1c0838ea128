/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the two halves of the library: connection.c moves messages, calls.c gives them meaning.
 *
 * Invariant of the handle: event_fd is readable exactly while the event queue is not empty or the
 * connection is broken, so that the descriptor of xenstore_fd() never sleeps on queued work.
 */
#ifndef LIBXENSTORE_INTERNAL_H
#define LIBXENSTORE_INTERNAL_H

#include <errno.h>		/* before xs_wire.h, whose table of errors depends on it */
#include <stdint.h>

#include <public/io/xs_wire.h>
#include <sys/uio.h>

#include "common/strbuf.h"
#include "libxenstore/xenstore.h"

struct event {
	struct event *next;
	struct xenstore_event ev;
};

struct watch {
	struct watch *next;
	char *path;
	char *token;
};

struct xenstore {
	char *path;		/* socket or device */
	int fd;			/* -1: broken */
	int poll_fd;		/* epoll of fd and event_fd: what the user sees */
	int event_fd;
	bool signalled;		/* event_fd is readable */
	uint32_t last_id;
	struct strbuf in;
	struct event *events, **events_end;
	struct watch *watches;
};

/* Send one request made of @nr pieces and wait for its answer, malloc()ed with a NUL after it. */
int xs_call(struct xenstore *xs, uint32_t type, uint32_t tx, const struct iovec *parts, int nr,
	    char **ret_reply, size_t *ret_len);

/* The same for a request of one string, and when only success matters. */
int xs_call_str(struct xenstore *xs, uint32_t type, uint32_t tx, const char *arg,
		char **ret_reply, size_t *ret_len);

static inline struct iovec xs_str(const char *s)
{
	return (struct iovec){ (void *)s, strlen(s) + 1 };
}

#endif
