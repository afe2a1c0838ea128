/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line queue of one streamed answer.
 *
 * Relies on common/strbuf.h. Invariant: once closed, nothing is added; once abandoned, nothing is
 * kept, so a vanished client costs no memory.
 */
#include <config.h>

#include <pthread.h>
#include <time.h>

#include "common/strbuf.h"
#include "xend/stream.h"

#define STREAM_QUEUE_MAX	(256u << 10)	/* bytes of progress that wait for a slow reader */

struct stream {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct strbuf queue;
	unsigned int refs;
	bool closed, abandoned;
};

struct stream *stream_new(void)
{
	struct stream *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;

	if (!s)
		return NULL;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->more, &attr);
	pthread_condattr_destroy(&attr);
	s->refs = 1;
	return s;
}

void stream_ref(struct stream *s)
{
	pthread_mutex_lock(&s->lock);
	s->refs++;
	pthread_mutex_unlock(&s->lock);
}

void stream_put(struct stream *s)
{
	unsigned int left;

	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	left = --s->refs;
	pthread_mutex_unlock(&s->lock);
	if (left)
		return;
	strbuf_free(&s->queue);
	pthread_cond_destroy(&s->more);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void stream_line(struct stream *s, json_t *value, int final)
{
	AUTO_FREE char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;

	json_decref(value);
	if (!text)
		return;
	pthread_mutex_lock(&s->lock);
	if (!s->abandoned && !s->closed && (final || s->queue.len < STREAM_QUEUE_MAX)) {
		strbuf_puts(&s->queue, text);
		strbuf_putc(&s->queue, '\n');
		pthread_cond_signal(&s->more);
	}
	pthread_mutex_unlock(&s->lock);
}

void stream_close(struct stream *s)
{
	pthread_mutex_lock(&s->lock);
	s->closed = true;
	pthread_cond_broadcast(&s->more);
	pthread_mutex_unlock(&s->lock);
}

void stream_abandon(struct stream *s)
{
	pthread_mutex_lock(&s->lock);
	s->abandoned = true;
	strbuf_reset(&s->queue);
	pthread_mutex_unlock(&s->lock);
}

ssize_t stream_read(struct stream *s, char *buf, size_t max, int timeout_ms)
{
	struct timespec until;
	int r = 0;
	size_t n;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_mutex_lock(&s->lock);
	while (!s->queue.len && !s->closed && !r)
		r = pthread_cond_timedwait(&s->more, &s->lock, &until);
	n = MIN(s->queue.len, max);
	if (n) {
		memcpy(buf, s->queue.data, n);
		strbuf_consume(&s->queue, n);
	}
	r = !n && !s->closed ? -ETIMEDOUT : 0;
	pthread_mutex_unlock(&s->lock);
	return r ? r : (ssize_t)n;
}
