/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache of decompressed kernel images; see cache.h for its rules. Relies on the file system's
 * rename() being atomic. Several processes may use it at once without locking.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "common/io.h"
#include "domain/cache.h"

#ifndef XEN_CACHE_DIR
#define XEN_CACHE_DIR "/var/cache/xen"
#endif

#define TEMPORARY_PREFIX  ".new-"
#define TEMPORARY_MAX_AGE 3600          /* seconds; an older one was left by a crash */
#define HEAD_SIZE         65536

static const char *cache_base(void)
{
	const char *base = getenv("XEN_CACHE_DIR");

	return base && *base ? base : XEN_CACHE_DIR;
}

void cache_key_make(const struct stat *st, const uint8_t *head, size_t size,
		    struct cache_key *ret_key)
{
	uLong sum = crc32(0, head, (uInt)(size < HEAD_SIZE ? size : HEAD_SIZE));

	snprintf(ret_key->name, sizeof(ret_key->name), "%llx-%llx-%llx-%llx.%lx-%lx",
		 (unsigned long long)st->st_dev, (unsigned long long)st->st_ino,
		 (unsigned long long)st->st_size, (unsigned long long)st->st_mtim.tv_sec,
		 st->st_mtim.tv_nsec, sum);
}

/* A descriptor of the cache directory, made first when @create; or -errno. */
static int cache_open(bool create)
{
	char path[512];
	int fd, n, rc;

	n = snprintf(path, sizeof(path), "%s/kernels", cache_base());
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	if (create) {
		rc = io_make_dirs(path, 0700);
		if (rc)
			return rc;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int map_file(int fd, void **ret_mapping, size_t *ret_size)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0)
		return -ENOENT;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	*ret_mapping = p;
	*ret_size = (size_t)st.st_size;
	return 0;
}

int cache_lookup(const struct cache_key *key, void **ret_mapping, size_t *ret_size)
{
	int dir = cache_open(false), fd, rc;

	if (dir < 0)
		return dir;
	fd = openat(dir, key->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	rc = fd < 0 ? -errno : map_file(fd, ret_mapping, ret_size);
	/* The modification time is the time of last use: it is what eviction goes by. */
	if (!rc)
		futimens(fd, NULL);
	if (fd >= 0)
		close(fd);
	close(dir);
	return rc;
}

struct entry {
	char name[128];
	off_t size;
	struct timespec used;
};

static int entry_newest_first(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? 1 : -1;
	if (x->used.tv_nsec != y->used.tv_nsec)
		return x->used.tv_nsec < y->used.tv_nsec ? 1 : -1;
	return 0;
}

/* Fills @list with the kept images; removes what a crash left. */
static size_t entries_scan(DIR *d, struct entry *list, size_t max)
{
	time_t now = time(NULL);
	struct dirent *e;
	struct stat st;
	size_t nr = 0;

	while ((e = readdir(d))) {
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
			continue;
		if (!strncmp(e->d_name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX))) {
			if (now - st.st_mtim.tv_sec > TEMPORARY_MAX_AGE)
				unlinkat(dirfd(d), e->d_name, 0);
			continue;
		}
		if (nr == max || strlen(e->d_name) >= sizeof(list->name))
			continue;
		strcpy(list[nr].name, e->d_name);
		list[nr].size = st.st_size;
		list[nr++].used = st.st_mtim;
	}
	return nr;
}

/* Leaves room for one more image of @size bytes. */
static void cache_evict(int dir, size_t size)
{
	const size_t max = 256;
	struct entry *list = calloc(max, sizeof(*list));
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
	size_t nr, i, bytes = size;

	if (!list || !d)
		goto out;
	nr = entries_scan(d, list, max);
	qsort(list, nr, sizeof(*list), entry_newest_first);
	for (i = 0; i < nr; i++) {
		bytes += (size_t)list[i].size;
		if (i + 1 >= CACHE_MAX_FILES || bytes > CACHE_MAX_BYTES)
			unlinkat(dir, list[i].name, 0);
	}
out:
	if (d)
		closedir(d);
	else if (copy >= 0)
		close(copy);
	free(list);
}

/*
 * A fresh temporary file in @dir. Its name need not be hard to guess: the directory is ours alone.
 */
static int temporary_open(int dir, char *name, size_t room)
{
	unsigned int i;
	int fd;

	for (i = 0; i < 100; i++) {
		snprintf(name, room, TEMPORARY_PREFIX "%ld-%u", (long)getpid(), i);
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd < 0 ? -errno : fd;
	}
	return -EEXIST;
}

int cache_store(const struct cache_key *key, const void *data, size_t size)
{
	int dir, fd, rc;
	char name[64];

	if (size > CACHE_MAX_BYTES)
		return -EFBIG;
	dir = cache_open(true);
	if (dir < 0)
		return dir;
	cache_evict(dir, size);
	fd = temporary_open(dir, name, sizeof(name));
	if (fd < 0) {
		rc = fd;
		goto out;
	}
	rc = io_write_full(fd, data, size);
	/* On disk before it gets its name: after a power cut a named file is a whole file. */
	if (!rc && fdatasync(fd))
		rc = -errno;
	close(fd);
	if (!rc && renameat(dir, name, dir, key->name))
		rc = -errno;
	if (rc)
		unlinkat(dir, name, 0);
out:
	close(dir);
	return rc;
}
