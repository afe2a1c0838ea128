/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs in detached threads, counted.
 *
 * Relies on pthreads. The lock is a leaf; it guards the count and nothing else. Long work is rare
 * (a create, a restart), so a thread is made for each job rather than kept.
 */
#include <config.h>

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "common/util.h"
#include "xend/worker.h"

struct worker_pool {
	pthread_mutex_t lock;
	pthread_cond_t idle;
	unsigned int running, max;
};

struct job {
	struct worker_pool *pool;
	worker_fn fn;
	void *a, *b;
};

struct worker_pool *worker_pool_new(unsigned int max_jobs)
{
	struct worker_pool *pool = calloc(1, sizeof(*pool));
	pthread_condattr_t attr;

	if (!pool)
		return NULL;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->idle, &attr);
	pthread_condattr_destroy(&attr);
	pool->max = max_jobs;
	return pool;
}

static void pool_leave(struct worker_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	if (--pool->running == 0)
		pthread_cond_broadcast(&pool->idle);
	pthread_mutex_unlock(&pool->lock);
}

static void *job_main(void *arg)
{
	struct job job = *(struct job *)arg;

	free(arg);
	job.fn(job.a, job.b);
	pool_leave(job.pool);
	return NULL;
}

static int pool_enter(struct worker_pool *pool)
{
	int rc = 0;

	pthread_mutex_lock(&pool->lock);
	if (pool->running >= pool->max)
		rc = -EBUSY;
	else
		pool->running++;
	pthread_mutex_unlock(&pool->lock);
	return rc;
}

int worker_submit(struct worker_pool *pool, worker_fn fn, void *a, void *b)
{
	struct job *job = malloc(sizeof(*job));
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	if (!job)
		return -EAGAIN;
	*job = (struct job){ pool, fn, a, b };
	rc = pool_enter(pool);
	if (rc) {
		free(job);
		return rc;
	}
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attr, job_main, job);
	pthread_attr_destroy(&attr);
	if (rc) {
		free(job);
		pool_leave(pool);
		return -EAGAIN;
	}
	return 0;
}

int worker_drain(struct worker_pool *pool, int timeout_ms)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	pthread_mutex_lock(&pool->lock);
	while (pool->running && !rc)
		rc = pthread_cond_timedwait(&pool->idle, &pool->lock, &until);
	rc = pool->running ? -ETIMEDOUT : 0;
	pthread_mutex_unlock(&pool->lock);
	return rc;
}

void worker_pool_free(struct worker_pool *pool)
{
	if (!pool)
		return;
	pthread_cond_destroy(&pool->idle);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}
