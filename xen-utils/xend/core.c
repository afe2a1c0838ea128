/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making and clearing struct xend: what the daemon and the unit tests share.
 */
#include <config.h>

#include "xend/worker.h"
#include "xend/xend.h"

static int64_t real_now(struct xend *x)
{
	(void)x;
	return time(NULL);
}

static void real_sleep_ms(struct xend *x, int ms)
{
	struct timespec ts = { ms / 1000, (ms % 1000) * 1000000L };

	(void)x;
	nanosleep(&ts, NULL);
}

int xend_init(struct xend *x)
{
	pthread_condattr_t attr;

	memset(x, 0, sizeof(*x));
	x->events = event_log_new();
	if (!x->events || settings_init(&x->settings)) {
		event_log_free(x->events);
		return -ENOMEM;
	}
	pthread_mutex_init(&x->lock, NULL);
	pthread_mutex_init(&x->device_lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&x->changed, &attr);
	pthread_condattr_destroy(&attr);
	x->now = real_now;
	x->sleep_ms = real_sleep_ms;
	x->started_at = time(NULL);
	x->script_dir = XEN_CONFIG_DIR "/scripts";
	x->host_root = "";
	x->host_stat = sharing_stat;
	x->state_dir = x->settings.dbroot;
	return 0;
}

void xend_clear(struct xend *x)
{
	struct domain *d;

	while ((d = x->domains)) {
		x->domains = d->next;
		domain_free(d);
	}
	event_log_free(x->events);
	worker_pool_free(x->workers);
	settings_clear(&x->settings);
	pthread_cond_destroy(&x->changed);
	pthread_mutex_destroy(&x->device_lock);
	pthread_mutex_destroy(&x->lock);
}
