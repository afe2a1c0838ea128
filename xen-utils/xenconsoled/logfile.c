/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Log files with a size limit; see logfile.h. */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"
#include "xenconsoled/logfile.h"

static void report(struct logfile *f, const char *what, int error)
{
	unsigned int dropped;

	if (log_allowed(&f->trouble, &dropped))
		log_error_errno(error, "%s: %s", f->path, what);
}

static void file_open(struct logfile *f)
{
	struct stat st;

	f->fd = open(f->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f->fd < 0) {
		report(f, "cannot open", errno);
		return;
	}
	f->size = fstat(f->fd, &st) ? 0 : st.st_size;
}

int logfile_open(struct logfile *f, const char *directory, const char *name,
		 const struct logfile_limits *limits)
{
	*f = (struct logfile){ .fd = -1, .limits = *limits };
	if (asprintf(&f->path, "%s/%s.log", directory, name) < 0) {
		f->path = NULL;
		return -ENOMEM;
	}
	file_open(f);
	return 0;
}

void logfile_clean_name(const char *name, char *out, size_t room)
{
	size_t i;

	for (i = 0; name[i] && i + 1 < room; i++)
		out[i] = isalnum((unsigned char)name[i]) || strchr("._+-", name[i]) ? name[i] : '_';
	out[i] = '\0';
	if (out[0] == '.')
		out[0] = '_';
}

/* NAME.log.1 becomes NAME.log.2 and so on; the oldest falls off. */
static void turn_over(struct logfile *f)
{
	char from[4096], to[4096];
	unsigned int i;

	close(f->fd);
	for (i = f->limits.keep; i > 0; i--) {
		snprintf(to, sizeof(to), "%s.%u", f->path, i);
		if (i > 1)
			snprintf(from, sizeof(from), "%s.%u", f->path, i - 1);
		else
			snprintf(from, sizeof(from), "%s", f->path);
		if (rename(from, to) && errno != ENOENT)
			report(f, "cannot turn over", errno);
	}
	if (!f->limits.keep)
		unlink(f->path);
	file_open(f);
}

void logfile_write(struct logfile *f, const char *data, size_t size)
{
	int rc;

	if (!f->path)
		return;
	if (f->fd < 0)
		file_open(f);
	if (f->fd >= 0 && f->limits.size && f->size && f->size + (off_t)size > f->limits.size)
		turn_over(f);
	if (f->fd < 0)
		return;
	rc = io_write_full(f->fd, data, size);
	if (rc)
		report(f, "cannot write", rc);
	else
		f->size += (off_t)size;
}

size_t logfile_tail(struct logfile *f, char *buffer, size_t size)
{
	ssize_t got;

	if (f->fd < 0)
		return 0;
	got = pread(f->fd, buffer, size, f->size > (off_t)size ? f->size - (off_t)size : 0);
	return got < 0 ? 0 : (size_t)got;
}

void logfile_reopen(struct logfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	if (f->path)
		file_open(f);
}

void logfile_close(struct logfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	free(f->path);
	f->path = NULL;
}
