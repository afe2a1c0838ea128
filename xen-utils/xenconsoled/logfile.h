/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log file that is turned over when it grows too large: NAME.log, NAME.log.1 (newer) ...
 *
 * Relies on the file system and common/log.h. Used by: guest.c, hypervisor.c.
 * What is written is in the file when the call returns, so a killed daemon loses nothing of it.
 * Trouble with the disk is reported now and then and never stops a console.
 */
#ifndef XENCONSOLED_LOGFILE_H
#define XENCONSOLED_LOGFILE_H

#include <stddef.h>
#include <sys/types.h>

#include "common/log.h"

struct logfile_limits {
	off_t size;             /* a file is turned over before it exceeds this; 0: never */
	unsigned int keep;      /* files kept beside the current one */
};

struct logfile {
	char *path;
	int fd;                 /* -1: could not be opened; every write tries again */
	off_t size;
	struct logfile_limits limits;
	struct log_ratelimit trouble;
};

/* 0 even when the file cannot be opened now (that is logged); -ENOMEM. */
int logfile_open(struct logfile *f, const char *directory, const char *name,
		 const struct logfile_limits *limits);
void logfile_write(struct logfile *f, const char *data, size_t size);
/* The end of the file: up to @size bytes in @buffer, the number read. */
size_t logfile_tail(struct logfile *f, char *buffer, size_t size);
/* After an administrator's log rotation moved the file. */
void logfile_reopen(struct logfile *f);
void logfile_close(struct logfile *f);

/* @name made fit for a file name: what is not a letter, digit or one of ._+- becomes _. */
void logfile_clean_name(const char *name, char *out, size_t room);

#endif /* XENCONSOLED_LOGFILE_H */
