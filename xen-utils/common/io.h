/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and writing all of it: whole buffers, whole small files, and the replacement of a file
 * that is seen either old or new and survives a power cut.
 *
 * Relies on the C library. All return 0 or -errno unless stated.
 */
#ifndef COMMON_IO_H
#define COMMON_IO_H

#include <sys/types.h>

#include "common/util.h"

/* Exactly @len bytes from/to a blocking descriptor. -EPIPE (read) when the end comes first. */
int io_read_full(int fd, void *buf, size_t len);
int io_write_full(int fd, const void *buf, size_t len);

/* Up to @len bytes until the end of the file. Returns the count, or -errno. */
ssize_t io_read_some(int fd, void *buf, size_t len);

/*
 * The whole file as malloc()ed bytes with a NUL after them (not counted). -EFBIG when it is longer
 * than @max. Works on /proc and /sys files, whose size is not known before. @ret_len may be NULL.
 */
int io_read_file(const char *path, size_t max, char **ret_data, size_t *ret_len);

/* Replace @path: write a temporary file beside it, fsync, rename over it, fsync the directory. */
int io_replace_file(const char *path, const void *data, size_t len, mode_t mode);

/* fsync the directory that holds @path, so that a rename in it is on disk. */
int io_sync_parent(const char *path);

/* mkdir -p. Existing directories are fine. */
int io_make_dirs(const char *path, mode_t mode);

/* Set O_NONBLOCK. */
int io_set_nonblock(int fd);

#endif
