/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Client of xenstore: the wire protocol of public/io/xs_wire.h over the daemon's unix socket or the
 * kernel's /dev/xen/xenbus.
 *
 * Relies on common/. Used by xend, xenconsoled, the hotplug helper and the xenstore command.
 *
 * All calls are synchronous and return 0 or -errno: the store's own errors (-ENOENT, -EACCES,
 * -EAGAIN, -ENOSPC ...) or -ECONNRESET when the connection broke, after which every call returns
 * -ENOTCONN until xenstore_reconnect(). Watch events that arrive meanwhile are queued. A handle
 * belongs to one thread at a time.
 */
#ifndef LIBXENSTORE_XENSTORE_H
#define LIBXENSTORE_XENSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XENSTORE_NO_TX	0u

struct xenstore;

enum xenstore_perm_bits {
	XENSTORE_PERM_NONE = 0,
	XENSTORE_PERM_READ = 1,
	XENSTORE_PERM_WRITE = 2,
};

/* The first entry of a node's list names its owner and what everybody else may do. */
struct xenstore_perm {
	uint16_t domid;
	uint8_t bits;		/* enum xenstore_perm_bits */
};

struct xenstore_event {
	char *path;
	char *token;
};

/*
 * Connect. @path NULL means $XENSTORED_SOCKET, else the daemon's socket, else /dev/xen/xenbus; a
 * given @path may name a unix socket or a character device.
 */
int xenstore_open(const char *path, struct xenstore **ret_xs);
void xenstore_close(struct xenstore *xs);

/*
 * Connect again after the daemon went away, trying for up to @timeout_ms, and register every watch
 * anew. Each watch then fires once more, so the caller sees what it missed. Open transactions are
 * gone. Does nothing on a healthy connection.
 */
int xenstore_reconnect(struct xenstore *xs, int timeout_ms);

/*
 * Readable whenever xenstore_next_watch() has something to return: an event that is queued already
 * or on its way, or a broken connection. For event loops; never read from it.
 */
int xenstore_fd(const struct xenstore *xs);

/* The value as malloc()ed bytes with a NUL after them (not counted). @ret_len may be NULL. */
int xenstore_read(struct xenstore *xs, uint32_t tx, const char *path, char **ret_value,
		  size_t *ret_len);

/* Read a decimal, 0x or 0 number. -EINVAL when the value is not one. */
int xenstore_read_u64(struct xenstore *xs, uint32_t tx, const char *path, uint64_t *ret_value);

/* Nodes on the way to @path are created as needed. */
int xenstore_write(struct xenstore *xs, uint32_t tx, const char *path, const void *data,
		   size_t len);
int xenstore_write_str(struct xenstore *xs, uint32_t tx, const char *path, const char *value);
int xenstore_printf(struct xenstore *xs, uint32_t tx, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

int xenstore_mkdir(struct xenstore *xs, uint32_t tx, const char *path);

/* Remove the node and all below it. A node that does not exist is no error if its parent does. */
int xenstore_rm(struct xenstore *xs, uint32_t tx, const char *path);

/* 1, 0 or -errno. */
int xenstore_exists(struct xenstore *xs, uint32_t tx, const char *path);

/*
 * Names of the children, sorted as the store lists them. One malloc()ed block holds the array and
 * the strings: free(*ret_names). Long lists are fetched in parts; -EAGAIN if the list keeps
 * changing meanwhile (read it in a transaction then).
 */
int xenstore_directory(struct xenstore *xs, uint32_t tx, const char *path, char ***ret_names,
		       size_t *ret_count);

int xenstore_get_perms(struct xenstore *xs, uint32_t tx, const char *path,
		       struct xenstore_perm **ret_perms, size_t *ret_count);
int xenstore_set_perms(struct xenstore *xs, uint32_t tx, const char *path,
		       const struct xenstore_perm *perms, size_t count);

/* "r3", "w0", "b0", "n5" from and to a struct. -EINVAL when it is none of these. */
int xenstore_perm_parse(const char *s, struct xenstore_perm *ret_perm);
void xenstore_perm_format(const struct xenstore_perm *perm, char *buf, size_t size);

/* The watch fires once at once. -EEXIST when it is registered already. */
int xenstore_watch(struct xenstore *xs, const char *path, const char *token);
int xenstore_unwatch(struct xenstore *xs, const char *path, const char *token);

/*
 * The next watch event: 1 with *ret_event (xenstore_event_free() it), 0 when there is none now, or
 * -errno. Never waits. After the file descriptor was readable call it until it returns 0.
 */
int xenstore_next_watch(struct xenstore *xs, struct xenstore_event *ret_event);

/* The same, waiting up to @timeout_ms (-1: for ever). 0 when the time is over. */
int xenstore_wait_watch(struct xenstore *xs, int timeout_ms, struct xenstore_event *ret_event);
void xenstore_event_free(struct xenstore_event *event);

int xenstore_transaction_start(struct xenstore *xs, uint32_t *ret_tx);

/* -EAGAIN from a commit: somebody else changed what this transaction used; do it all again. */
int xenstore_transaction_end(struct xenstore *xs, uint32_t tx, bool commit);

/* For the tool stack in the control domain. */
int xenstore_introduce(struct xenstore *xs, uint16_t domid, uint64_t mfn, uint32_t port);
int xenstore_release(struct xenstore *xs, uint16_t domid);
int xenstore_resume(struct xenstore *xs, uint16_t domid);
int xenstore_set_target(struct xenstore *xs, uint16_t domid, uint16_t target);
int xenstore_is_introduced(struct xenstore *xs, uint16_t domid);	/* 1, 0 or -errno */
int xenstore_get_domain_path(struct xenstore *xs, uint16_t domid, char **ret_path);
int xenstore_reset_watches(struct xenstore *xs);

/* CONTROL: a command and its arguments; the daemon's text answer. */
int xenstore_control(struct xenstore *xs, int argc, const char *const argv[], char **ret_text);

#endif
