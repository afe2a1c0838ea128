/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole reads and writes; the contract is in io.h.
 */
#include <config.h>

#include <fcntl.h>
#include <sys/stat.h>

#include "common/io.h"

ssize_t io_read_some(int fd, void *buf, size_t len)
{
	size_t done = 0;
	ssize_t r;

	while (done < len) {
		r = read(fd, (char *)buf + done, len - done);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		done += r;
	}
	return done;
}

int io_read_full(int fd, void *buf, size_t len)
{
	ssize_t r = io_read_some(fd, buf, len);

	if (r < 0)
		return r;
	return (size_t)r == len ? 0 : -EPIPE;
}

int io_write_full(int fd, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t r;

	while (len) {
		r = write(fd, p, len);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		p += r;
		len -= r;
	}
	return 0;
}

/* Grow until the end or past @max; files in /proc have no size to ask for. */
static int read_all(int fd, size_t max, char **ret_data, size_t *ret_len)
{
	AUTO_FREE char *buf = NULL;
	size_t size = 0, len = 0;
	ssize_t r;
	char *p;

	do {
		size = MIN(size ? size * 2 : (size_t)4096, max + 1);
		p = realloc(buf, size + 1);
		if (!p)
			return -ENOMEM;
		buf = p;
		r = io_read_some(fd, buf + len, size - len);
		if (r < 0)
			return r;
		len += r;
	} while (len == size && size <= max);
	if (len > max)
		return -EFBIG;
	buf[len] = '\0';
	*ret_data = TAKE_PTR(buf);
	if (ret_len)
		*ret_len = len;
	return 0;
}

int io_read_file(const char *path, size_t max, char **ret_data, size_t *ret_len)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return read_all(fd, max, ret_data, ret_len);
}

int io_sync_parent(const char *path)
{
	AUTO_FREE char *copy = strdup(path);
	AUTO_CLOSE int fd = -1;
	const char *dir;
	char *slash;

	if (!copy)
		return -ENOMEM;
	slash = strrchr(copy, '/');
	if (!slash)
		dir = ".";
	else if (slash == copy)
		dir = "/";
	else
		dir = (*slash = '\0', copy);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

static int write_and_sync(int fd, const void *data, size_t len, mode_t mode)
{
	int rc = io_write_full(fd, data, len);

	if (rc < 0)
		return rc;
	if (fchmod(fd, mode) < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

int io_replace_file(const char *path, const void *data, size_t len, mode_t mode)
{
	AUTO_FREE char *tmp = NULL;
	AUTO_CLOSE int fd = -1;
	int rc;

	if (asprintf(&tmp, "%s.XXXXXX", path) < 0) {
		tmp = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = write_and_sync(fd, data, len, mode);
	if (!rc && rename(tmp, path) < 0)
		rc = -errno;
	if (rc < 0) {
		unlink(tmp);
		return rc;
	}
	return io_sync_parent(path);
}

int io_make_dirs(const char *path, mode_t mode)
{
	AUTO_FREE char *copy = strdup(path);
	struct stat st;

	if (!copy)
		return -ENOMEM;
	for (char *p = copy + 1; *copy; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST)
			return -errno;
		if (c == '\0')
			break;
		*p = c;
	}
	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int io_set_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}
