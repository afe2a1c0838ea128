/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers that come line by line (application/x-ndjson): a queue between the worker that does the
 * work and the connection that reads.
 *
 * Relies on jansson. Counted: the worker and the connection each hold one reference, so either
 * may go first; a client that goes away does not stop the work. Owns its own lock, a leaf.
 */
#ifndef XEND_STREAM_H
#define XEND_STREAM_H

#include <jansson.h>
#include <stddef.h>
#include <sys/types.h>

struct stream;

struct stream *stream_new(void);	/* one reference; NULL: no memory */
void stream_ref(struct stream *s);
void stream_put(struct stream *s);	/* NULL is accepted */

/* Queue one line; takes value over. Lines for a reader that went away, or is too slow, are dropped
 * unless final. */
void stream_line(struct stream *s, json_t *value, int final);

/* No more lines will come. */
void stream_close(struct stream *s);

/* The reader went away. */
void stream_abandon(struct stream *s);

/*
 * Up to max bytes, waiting for some at most timeout_ms: -ETIMEDOUT then. 0: closed and empty.
 */
ssize_t stream_read(struct stream *s, char *buf, size_t max, int timeout_ms);

#endif /* XEND_STREAM_H */
