/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads for long work: a job each, at most a stated number at a time.
 *
 * Relies on pthreads. Relied on by reaper.c and stream.c. A job cannot be cancelled; it must end by
 * itself.
 */
#ifndef XEND_WORKER_H
#define XEND_WORKER_H

struct worker_pool;

typedef void (*worker_fn)(void *a, void *b);

/* NULL: no memory. */
struct worker_pool *worker_pool_new(unsigned int max_jobs);

/* Run fn(a, b) in a thread of its own, now. -EBUSY: max_jobs run already; -EAGAIN: no thread. */
int worker_submit(struct worker_pool *pool, worker_fn fn, void *a, void *b);

/* Wait until no job runs, at most timeout_ms. 0 or -ETIMEDOUT. */
int worker_drain(struct worker_pool *pool, int timeout_ms);

/* NULL is accepted; no job may be running. */
void worker_pool_free(struct worker_pool *pool);

#endif /* XEND_WORKER_H */
