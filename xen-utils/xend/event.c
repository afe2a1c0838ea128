/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring of recent events and the waiting for new ones.
 *
 * Relies on jansson for the text of a line. Lines are made once, when the event happens, so that
 * many followers cost little. Invariant: event n, if kept, is in slot n % EVENT_KEEP.
 */
#include <config.h>

#include <jansson.h>
#include <pthread.h>
#include <time.h>

#include "common/log.h"
#include "xend/event.h"

struct event_log {
	pthread_mutex_t lock;
	pthread_cond_t more;
	char *line[EVENT_KEEP];
	uint64_t next;
	bool stopped;
};

struct event_log *event_log_new(void)
{
	struct event_log *log = calloc(1, sizeof(*log));
	pthread_condattr_t attr;

	if (!log)
		return NULL;
	pthread_mutex_init(&log->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&log->more, &attr);
	pthread_condattr_destroy(&attr);
	log->next = 1;
	return log;
}

void event_log_free(struct event_log *log)
{
	if (!log)
		return;
	for (unsigned int i = 0; i < EVENT_KEEP; i++)
		free(log->line[i]);
	pthread_cond_destroy(&log->more);
	pthread_mutex_destroy(&log->lock);
	free(log);
}

static char *event_line(uint64_t seq, int64_t at, const char *what, const char *name,
			const char *uuid, int domid, const char *reason)
{
	json_t *o = json_object();
	char *line;

	json_object_set_new(o, "seq", json_integer(seq));
	json_object_set_new(o, "at", json_integer(at));
	json_object_set_new(o, "event", json_string(what));
	if (name)
		json_object_set_new(o, "name", json_string(name));
	if (uuid)
		json_object_set_new(o, "uuid", json_string(uuid));
	if (domid >= 0)
		json_object_set_new(o, "id", json_integer(domid));
	if (reason)
		json_object_set_new(o, "reason", json_string(reason));
	line = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return line;
}

void event_emit(struct event_log *log, int64_t at, const char *what, const char *name,
		const char *uuid, int domid, const char *reason)
{
	char **slot;

	log_info("event: %s: %s (id %d)%s%s", what, name ? name : "-", domid, reason ? ": " : "",
		 reason ? reason : "");
	if (!log)
		return;
	pthread_mutex_lock(&log->lock);
	slot = &log->line[log->next % EVENT_KEEP];
	free(*slot);
	*slot = event_line(log->next, at, what, name, uuid, domid, reason);
	log->next++;
	pthread_cond_broadcast(&log->more);
	pthread_mutex_unlock(&log->lock);
}

uint64_t event_next(struct event_log *log)
{
	uint64_t next;

	pthread_mutex_lock(&log->lock);
	next = log->next;
	pthread_mutex_unlock(&log->lock);
	return next;
}

static void deadline_after(struct timespec *ts, int ms)
{
	clock_gettime(CLOCK_MONOTONIC, ts);
	ts->tv_sec += ms / 1000;
	ts->tv_nsec += (ms % 1000) * 1000000L;
	if (ts->tv_nsec >= 1000000000L) {
		ts->tv_nsec -= 1000000000L;
		ts->tv_sec++;
	}
}

/* The line for *seq, which exists; tells of a gap first. Called with the lock held. */
static int event_take(struct event_log *log, uint64_t *seq, char **ret_line)
{
	uint64_t oldest = log->next > EVENT_KEEP ? log->next - EVENT_KEEP : 1;
	char gap[64], *line;

	if (*seq < oldest) {
		snprintf(gap, sizeof(gap), "{\"missed\":%llu}",
			 (unsigned long long)(oldest - *seq));
		line = strdup(gap);
		if (!line)
			return -ENOMEM;
		*seq = oldest;
	} else {
		line = log->line[*seq % EVENT_KEEP];
		line = strdup(line ? line : "{\"missed\":1}");
		if (!line)
			return -ENOMEM;
		++*seq;
	}
	*ret_line = line;
	return 1;
}

int event_wait(struct event_log *log, uint64_t *seq, int timeout_ms, char **ret_line)
{
	struct timespec until;
	int rc = 0;

	deadline_after(&until, timeout_ms);
	pthread_mutex_lock(&log->lock);
	while (*seq >= log->next && !log->stopped && !rc)
		rc = pthread_cond_timedwait(&log->more, &log->lock, &until);
	if (*seq < log->next)
		rc = event_take(log, seq, ret_line);
	else
		rc = log->stopped ? -ESHUTDOWN : 0;
	pthread_mutex_unlock(&log->lock);
	return rc;
}

void event_log_stop(struct event_log *log)
{
	pthread_mutex_lock(&log->lock);
	log->stopped = true;
	pthread_cond_broadcast(&log->more);
	pthread_mutex_unlock(&log->lock);
}
