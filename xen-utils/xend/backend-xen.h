/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of the real backend share: backend-xen.c (hypervisor, builder) and
 * backend-store.c (xenstore). Nobody else includes this.
 *
 * Locks: hv_lock guards the libxen handle of short calls, xs_lock the connection to xenstored; both
 * are leaves and never held together. Long calls (build, destroy) open a handle of their own. The
 * watching connection belongs to the one thread that calls wait().
 */
#ifndef XEND_BACKEND_XEN_H
#define XEND_BACKEND_XEN_H

#include <pthread.h>

#include "libxenstore/xenstore.h"
#include "xend/backend.h"

struct backend_xen {
	struct backend base;

	pthread_mutex_t hv_lock;
	struct libxen *hv;

	pthread_mutex_t xs_lock;
	struct xenstore *xs;
	uint64_t down_until_ms;		/* xenstored did not answer: do not try again before */

	struct xenstore *watch;
	bool watching;
	int wake_fd;
};

static inline struct backend_xen *backend_xen_of(struct backend *b)
{
	return (struct backend_xen *)b;		/* base is the first member */
}

/* backend-sched.c: schedulers; the hypervisor's lock is taken inside. */
int backend_scheduler(struct backend *base, struct backend_scheduler *ret_scheduler);
int backend_set_slice(struct backend *base, uint32_t slice_us);
int backend_sched_get(struct backend *base, uint32_t domid, struct backend_sched_params *ret);
int backend_sched_set(struct backend *base, uint32_t domid, const struct backend_sched_params *p);

/* backend-dump.c: on a handle of its own. */
int backend_dump(struct backend *base, uint32_t domid, int fd,
		 void (*progress)(void *context, uint64_t done, uint64_t total), void *context,
		 struct error_text *err);

/* Connect to xenstored. 0, or -errno with a sentence. */
int backend_store_open(struct backend_xen *b, struct error_text *err);
void backend_store_close(struct backend_xen *b);

int backend_xs_begin(struct backend *base, uint32_t *ret_tx);
int backend_xs_commit(struct backend *base, uint32_t tx);
void backend_xs_abort(struct backend *base, uint32_t tx);
int backend_xs_read(struct backend *base, uint32_t tx, const char *path, char **ret_value);
int backend_xs_write(struct backend *base, uint32_t tx, const char *path, const char *value);
int backend_xs_mkdir(struct backend *base, uint32_t tx, const char *path);
int backend_xs_rm(struct backend *base, uint32_t tx, const char *path);
int backend_xs_list(struct backend *base, uint32_t tx, const char *path, char ***ret_names,
		    size_t *ret_count);
int backend_xs_perms(struct backend *base, uint32_t tx, const char *path,
		     const struct backend_perm *perms, size_t nr_perms);
int backend_xs_introduce(struct backend *base, uint32_t domid, uint64_t mfn, uint32_t port);
int backend_xs_release(struct backend *base, uint32_t domid);
int backend_wait(struct backend *base, int timeout_ms);
void backend_wake(struct backend *base);

#endif /* XEND_BACKEND_XEN_H */
