/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Append-only journal; the contract and the reasons are in journal.h.
 */
#include <config.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <zlib.h>

#include "common/io.h"
#include "common/log.h"
#include "xenstored/journal.h"

#define DEFAULT_LIMIT	(4u << 20)
#define RECORD_MAX	(1u << 30)
#define SNAPSHOT_CHUNK	(1u << 20)
#define FILE_MAX_SIZE	((size_t)2 << 30)

struct record_head {
	uint32_t len;		/* of the body */
	uint32_t crc;		/* of the body */
};

struct entry_head {
	uint32_t len;
	uint8_t type;
} __attribute__((packed));

struct journal {
	char *path;
	int fd;
	size_t size;		/* all of it is good */
	size_t base;		/* size right after the last snapshot */
	size_t limit;
	bool degraded;		/* the file lacks a record: only a snapshot helps */
	bool in_snapshot;
	int snapshot_fd;
	struct strbuf record;	/* head and entries being built */
};

static void record_begin(struct journal *j)
{
	struct record_head head = { 0, 0 };

	if (!j->record.len)
		strbuf_add(&j->record, &head, sizeof(head));
}

static void record_seal(struct strbuf *record)
{
	struct record_head head;
	const unsigned char *body = (unsigned char *)record->data + sizeof(head);

	head.len = record->len - sizeof(head);
	head.crc = crc32(0, body, head.len);
	memcpy(record->data, &head, sizeof(head));
}

static int snapshot_write(struct journal *j)
{
	int rc;

	if (j->record.failed)
		return -ENOMEM;
	if (!j->record.len)
		return 0;
	record_seal(&j->record);
	rc = io_write_full(j->snapshot_fd, j->record.data, j->record.len);
	j->size += j->record.len;
	strbuf_reset(&j->record);
	return rc;
}

void journal_add(struct journal *j, uint8_t type, const void *body, size_t len)
{
	struct entry_head head = { .len = len, .type = type };

	if (!j)
		return;
	record_begin(j);
	strbuf_add(&j->record, &head, sizeof(head));
	strbuf_add(&j->record, body, len);
	/* A snapshot's records need no atomicity, the rename gives it; keep them small. */
	if (j->in_snapshot && j->record.len >= SNAPSHOT_CHUNK && snapshot_write(j) < 0)
		j->record.failed = true;
}

size_t journal_mark(const struct journal *j)
{
	return j ? j->record.len : 0;
}

void journal_rollback(struct journal *j, size_t mark)
{
	if (j && j->record.len > mark)
		j->record.len = mark;
}

int journal_commit(struct journal *j)
{
	ssize_t r;
	int rc = 0;

	if (!j || (!j->record.len && !j->record.failed))
		return 0;
	if (j->record.failed) {
		rc = -ENOMEM;
	} else if (!j->degraded) {
		record_seal(&j->record);
		r = pwrite(j->fd, j->record.data, j->record.len, j->size);
		if (r == (ssize_t)j->record.len)
			j->size += j->record.len;
		else
			rc = r < 0 ? -errno : -ENOSPC;
	} else {
		rc = -EIO;
	}
	if (rc < 0 && !j->degraded) {
		log_error_errno(rc, "journal: %s: a record was not written; going on in memory, "
				"changes are lost if the daemon dies before a snapshot succeeds",
				j->path);
		if (ftruncate(j->fd, j->size) < 0)
			log_error_errno(errno, "journal: %s: cannot cut off the torn record",
					j->path);
		j->degraded = true;
	}
	strbuf_reset(&j->record);
	return rc;
}

bool journal_needs_compaction(const struct journal *j)
{
	return j && (j->degraded || j->size > j->base * 2 + j->limit);
}

size_t journal_size(const struct journal *j)
{
	return j ? j->size : 0;
}

bool journal_is_degraded(const struct journal *j)
{
	return j && j->degraded;
}

void journal_set_limit(struct journal *j, size_t bytes)
{
	j->limit = bytes;
}

static int take_lock(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK ? -EBUSY : -errno;
}

static int write_snapshot(struct journal *j, journal_snapshot_fn fn, void *ctx)
{
	int rc = io_write_full(j->snapshot_fd, JOURNAL_MAGIC, strlen(JOURNAL_MAGIC));

	j->size = strlen(JOURNAL_MAGIC);
	j->in_snapshot = true;
	if (!rc)
		rc = fn(ctx, j);
	if (!rc)
		rc = snapshot_write(j);
	j->in_snapshot = false;
	strbuf_reset(&j->record);
	return rc;
}

int journal_compact(struct journal *j, journal_snapshot_fn fn, void *ctx)
{
	AUTO_FREE char *tmp = NULL;
	size_t old_size = j->size;
	int rc;

	if (asprintf(&tmp, "%s.new", j->path) < 0) {
		tmp = NULL;
		return -ENOMEM;
	}
	j->snapshot_fd = open(tmp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (j->snapshot_fd < 0)
		return -errno;
	/* Lock before it has the name: there is no moment at which a second daemon could start. */
	rc = take_lock(j->snapshot_fd);
	if (!rc)
		rc = write_snapshot(j, fn, ctx);
	if (!rc && rename(tmp, j->path) < 0)
		rc = -errno;
	if (rc < 0) {
		close(j->snapshot_fd);
		unlink(tmp);
		j->size = old_size;
		return rc;
	}
	close(j->fd);
	j->fd = j->snapshot_fd;
	j->base = j->size;
	j->degraded = false;
	return 0;
}

static int replay_record(const char *body, size_t len, journal_entry_fn fn, void *ctx)
{
	struct entry_head head;
	int rc;

	while (len >= sizeof(head)) {
		memcpy(&head, body, sizeof(head));
		body += sizeof(head);
		len -= sizeof(head);
		if (head.len > len)
			return -EBADMSG;
		rc = fn(ctx, head.type, body, head.len);
		if (rc < 0)
			return rc;
		body += head.len;
		len -= head.len;
	}
	return len ? -EBADMSG : 0;
}

/* Apply all whole records. Returns how many bytes were good, or -errno. */
static ssize_t replay(const char *data, size_t size, journal_entry_fn fn, void *ctx,
		      unsigned long *ret_count)
{
	size_t pos = strlen(JOURNAL_MAGIC);
	struct record_head head;
	int rc;

	*ret_count = 0;
	while (size - pos >= sizeof(head)) {
		memcpy(&head, data + pos, sizeof(head));
		if (!head.len || head.len > RECORD_MAX || head.len > size - pos - sizeof(head))
			break;
		if (crc32(0, (unsigned char *)data + pos + sizeof(head), head.len) != head.crc)
			break;
		rc = replay_record(data + pos + sizeof(head), head.len, fn, ctx);
		if (rc < 0)
			return rc;
		pos += sizeof(head) + head.len;
		(*ret_count)++;
	}
	return pos;
}

static int load(struct journal *j, journal_entry_fn fn, void *ctx, unsigned long *ret_count)
{
	AUTO_FREE char *data = NULL;
	size_t size;
	ssize_t good;
	int rc;

	rc = io_read_file(j->path, FILE_MAX_SIZE, &data, &size);
	if (rc < 0)
		return rc;
	if (size < strlen(JOURNAL_MAGIC)) {	/* new, or killed while creating it */
		*ret_count = 0;
		j->size = strlen(JOURNAL_MAGIC);
		if (ftruncate(j->fd, 0) < 0)
			return -errno;
		return io_write_full(j->fd, JOURNAL_MAGIC, j->size);
	}
	if (memcmp(data, JOURNAL_MAGIC, strlen(JOURNAL_MAGIC)) != 0)
		return -EBADMSG;
	good = replay(data, size, fn, ctx, ret_count);
	if (good < 0)
		return good;
	if ((size_t)good < size) {
		log_warn("journal: %s: the last %zu bytes are a record that was never finished, "
			 "cut off", j->path, size - (size_t)good);
		if (ftruncate(j->fd, good) < 0)
			return -errno;
	}
	j->size = good;
	return 0;
}

/*
 * A daemon that compacts renames a new, locked file over the one we may have opened: look again
 * whether the name still means our file once we hold its lock.
 */
static int open_locked(const char *path)
{
	struct stat by_fd, by_path;
	int fd, rc;

	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			return -errno;
		rc = take_lock(fd);
		if (rc < 0) {
			close(fd);
			return rc;
		}
		if (!fstat(fd, &by_fd) && !stat(path, &by_path) && by_fd.st_ino == by_path.st_ino)
			return fd;
		close(fd);
	}
}

int journal_open(const char *path, journal_entry_fn fn, void *ctx, struct journal **ret_j,
		 unsigned long *ret_count)
{
	struct journal *j = calloc(1, sizeof(*j));
	int rc;

	if (!j)
		return -ENOMEM;
	j->limit = DEFAULT_LIMIT;
	j->fd = j->snapshot_fd = -1;
	j->path = strdup(path);
	rc = j->path ? open_locked(path) : -ENOMEM;
	if (rc >= 0) {
		j->fd = rc;
		rc = load(j, fn, ctx, ret_count);
	}
	if (rc < 0) {
		journal_close(j);
		return rc;
	}
	*ret_j = j;
	return 0;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	if (j->fd >= 0)
		close(j->fd);
	strbuf_free(&j->record);
	free(j->path);
	free(j);
}
