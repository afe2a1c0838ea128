/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sharing guard; see sharing.h.
 *
 * Every storage becomes the set of all that it is built of, itself first. Two storages overlap when
 * the first member of one is in the set of the other.
 */
#include <config.h>

#include <ctype.h>
#include <dirent.h>
#include <sys/sysmacros.h>

#include "common/io.h"
#include "common/util.h"
#include "xend/sharing.h"

#define MEMBERS_MAX	256u	/* a volume over more disks than this is compared by the first */
#define PATH_SIZE	512
#define TEXT_MAX	(4u << 20)	/* of /proc/self/mountinfo */

struct member {
	bool file;
	dev_t dev;		/* the block device, or the file system of a file */
	ino_t ino;		/* of a file */
};

struct storage {
	struct member item[MEMBERS_MAX];
	size_t count;
};

int sharing_stat(const struct sharing_host *host, const char *path, struct stat *ret)
{
	(void)host;
	return stat(path, ret) ? -errno : 0;
}

static bool same(const struct member *a, const struct member *b)
{
	return a->file == b->file && a->dev == b->dev && (!a->file || a->ino == b->ino);
}

static bool has(const struct storage *s, const struct member *m)
{
	for (size_t i = 0; i < s->count; i++)
		if (same(&s->item[i], m))
			return true;
	return false;
}

static bool overlap(const struct storage *a, const struct storage *b)
{
	return a->count && b->count && (has(a, &b->item[0]) || has(b, &a->item[0]));
}

static void add(struct storage *s, struct member m)
{
	if (s->count < MEMBERS_MAX && !has(s, &m))
		s->item[s->count++] = m;
}

static void add_block(struct storage *s, dev_t dev)
{
	add(s, (struct member){ .dev = dev });
}

/* A path of domain 0: a file or a block device; anything else is no storage to compare. */
static void add_path(const struct sharing_host *host, struct storage *s, const char *path)
{
	struct stat st;

	if (path[0] != '/' || host->stat(host, path, &st))
		return;
	if (S_ISBLK(st.st_mode))
		add_block(s, st.st_rdev);
	else if (S_ISREG(st.st_mode))
		add(s, (struct member){ .file = true, .dev = st.st_dev, .ino = st.st_ino });
}

/* ---- /sys ---- */

/* A file of the device's folder in /sys, without its last newline. NULL: there is none. */
static char *sys_read(const struct sharing_host *host, dev_t dev, const char *name)
{
	char path[PATH_SIZE], *text;
	size_t len;

	snprintf(path, sizeof(path), "%s/sys/dev/block/%u:%u/%s", host->root, major(dev),
		 minor(dev), name);
	if (io_read_file(path, 65536, &text, &len))
		return NULL;
	while (len && text[len - 1] == '\n')
		text[--len] = '\0';
	return text;
}

/* "8:16" in a file of that folder. */
static bool sys_dev(const struct sharing_host *host, dev_t dev, const char *name, dev_t *ret)
{
	AUTO_FREE char *text = sys_read(host, dev, name);
	unsigned int ma, mi;

	if (!text || sscanf(text, "%u:%u", &ma, &mi) != 2)
		return false;
	*ret = makedev(ma, mi);
	return true;
}

/* For each entry of a folder of the device's folder; stops when fn does not return 0. */
static int sys_each(const struct sharing_host *host, dev_t dev, const char *name,
		    int (*fn)(void *context, dev_t dev, const char *entry), void *context)
{
	char path[PATH_SIZE];
	struct dirent *e;
	DIR *dir;
	int rc = 0;

	snprintf(path, sizeof(path), "%s/sys/dev/block/%u:%u/%s", host->root, major(dev),
		 minor(dev), name);
	dir = opendir(path);
	while (dir && !rc && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			rc = fn(context, dev, e->d_name);
	if (dir)
		closedir(dir);
	return rc;
}

/* ---- what a storage is built of ---- */

struct descent {
	const struct sharing_host *host;
	struct storage *s;
};

static int add_slave(void *context, dev_t dev, const char *entry)
{
	struct descent *d = context;
	char name[PATH_SIZE];
	dev_t slave;

	snprintf(name, sizeof(name), "slaves/%.200s/dev", entry);
	if (sys_dev(d->host, dev, name, &slave))
		add_block(d->s, slave);
	return 0;
}

static void add_backing_file(const struct sharing_host *host, struct storage *s, dev_t dev)
{
	static const char gone[] = " (deleted)";
	AUTO_FREE char *file = sys_read(host, dev, "loop/backing_file");
	size_t len;

	if (!file)
		return;
	len = strlen(file);
	if (len > sizeof(gone) - 1 && str_eq(file + len - (sizeof(gone) - 1), gone))
		file[len - (sizeof(gone) - 1)] = '\0';
	add_path(host, s, file);
}

static void descend(const struct sharing_host *host, struct storage *s)
{
	struct descent d = { host, s };
	dev_t disk;

	/* What is added here is looked at by a later round. */
	for (size_t i = 0; i < s->count; i++) {
		dev_t dev = s->item[i].dev;
		AUTO_FREE char *part = NULL;

		if (s->item[i].file)
			continue;
		part = sys_read(host, dev, "partition");
		if (part && sys_dev(host, dev, "../dev", &disk))
			add_block(s, disk);
		add_backing_file(host, s, dev);
		sys_each(host, dev, "slaves", add_slave, &d);
	}
}

static void storage_of_path(const struct sharing_host *host, const char *path, struct storage *s)
{
	s->count = 0;
	add_path(host, s, path);
	descend(host, s);
}

static void storage_of_device(const struct sharing_host *host, dev_t dev, struct storage *s)
{
	s->count = 0;
	add_block(s, dev);
	descend(host, s);
}

/* ---- refusing ---- */

struct check {
	const struct sharing_host *host;
	const struct sharing_use *wanted;
	struct storage own;
	struct xend_error *err;
};

static int refuse(const struct check *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int refuse(const struct check *c, const char *fmt, ...)
{
	char who[640];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(who, sizeof(who), fmt, ap);
	va_end(ap);
	return xend_fail_key(c->err, EBUSY, "disk",
			     "The storage '%.240s' is in use: %s; free it there, or take it in "
			     "spite of that with mode '%s!'.",
			     c->wanted->target, who, c->wanted->write ? "w" : "r");
}

/* ---- other domains ---- */

static int check_other(const struct check *c, const struct sharing_use *other)
{
	struct storage theirs;
	bool shared = str_eq(c->wanted->target, other->target);

	if (!c->wanted->write && !other->write)
		return 0;
	if (!shared && c->host) {
		storage_of_path(c->host, other->target, &theirs);
		shared = overlap(&c->own, &theirs);
	}
	if (!shared && c->host && (other->major || other->minor)) {
		storage_of_device(c->host, makedev(other->major, other->minor), &theirs);
		shared = overlap(&c->own, &theirs);
	}
	if (!shared)
		return 0;
	if (str_eq(c->wanted->target, other->target))
		return refuse(c, "%s, %s", other->holder,
			      other->write ? "read-write" : "read-only");
	return refuse(c, "%s, %s, under the name '%.240s'", other->holder,
		      other->write ? "read-write" : "read-only", other->target);
}

/* ---- domain 0: file systems ---- */

struct mount {
	dev_t dev;
	char *point, *source;
	bool write;
};

/* "\040" and the like, in place. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, word, len) == 0 && (at[len] == ',' || !at[len]))
			return true;
	}
	return false;
}

/* One line of /proc/self/mountinfo (proc(5)), cut up in place. */
static bool mount_parse(char *line, struct mount *m)
{
	char *field[6], *save = NULL, *word, *options;
	unsigned int ma, mi;

	for (size_t i = 0; i < ARRAY_SIZE(field); i++) {
		field[i] = strtok_r(i ? NULL : line, " ", &save);
		if (!field[i])
			return false;
	}
	do
		word = strtok_r(NULL, " ", &save);	/* optional fields, up to "-" */
	while (word && !str_eq(word, "-"));
	if (!word || !strtok_r(NULL, " ", &save))	/* the type */
		return false;
	m->source = strtok_r(NULL, " ", &save);
	options = strtok_r(NULL, " ", &save);
	if (!m->source || !options || sscanf(field[2], "%u:%u", &ma, &mi) != 2)
		return false;
	m->dev = makedev(ma, mi);
	m->point = field[4];
	m->write = has_word(options, "rw");
	unescape(m->point);
	unescape(m->source);
	return true;
}

static int check_mount(const struct check *c, const struct mount *m)
{
	struct storage theirs;

	if (!c->wanted->write && !m->write)
		return 0;
	/* File systems over several devices have a number of no device. */
	if (major(m->dev))
		storage_of_device(c->host, m->dev, &theirs);
	else
		storage_of_path(c->host, m->source, &theirs);
	if (!overlap(&c->own, &theirs))
		return 0;
	return refuse(c, "domain 0 has %s%.200s mounted on %.200s, %s",
		      str_eq(m->source, c->wanted->target) ? "" : "it or a part of it as ",
		      m->source, m->point, m->write ? "read-write" : "read-only");
}

/* For each line of a file in /proc. */
static int each_line(const struct check *c, const char *name,
		     int (*fn)(const struct check *c, char *line))
{
	AUTO_FREE char *text = NULL;
	char path[PATH_SIZE], *save = NULL;
	size_t len;
	int rc;

	snprintf(path, sizeof(path), "%s/proc/%s", c->host->root, name);
	rc = io_read_file(path, TEXT_MAX, &text, &len);
	if (rc == -ENOENT)
		return 0;
	if (rc)
		return xend_fail(c->err, -rc, "%s cannot be read: %s.", path, strerror(-rc));
	for (char *line = strtok_r(text, "\n", &save); line && !rc;
	     line = strtok_r(NULL, "\n", &save))
		rc = fn(c, line);
	return rc;
}

static int check_mount_line(const struct check *c, char *line)
{
	struct mount m;

	return mount_parse(line, &m) ? check_mount(c, &m) : 0;
}

static int check_swap_line(const struct check *c, char *line)
{
	struct storage theirs;

	line[strcspn(line, " \t")] = '\0';
	unescape(line);
	storage_of_path(c->host, line, &theirs);	/* the heading is no path */
	return overlap(&c->own, &theirs) ? refuse(c, "domain 0 swaps to %.200s", line) : 0;
}

/* ---- domain 0: what it has built of the device ---- */

static int refuse_holder(void *context, dev_t dev, const char *entry)
{
	const struct check *c = context;
	AUTO_FREE char *name = NULL;
	char file[PATH_SIZE];

	snprintf(file, sizeof(file), "holders/%.200s/dm/name", entry);
	name = sys_read(c->host, dev, file);
	return refuse(c, "domain 0 has made %s%.200s of it", name ? "/dev/mapper/" : "/dev/",
		      name ? name : entry);
}

/* An entry of a disk's own folder: one of its partitions? */
static int check_part(void *context, dev_t dev, const char *entry)
{
	const struct check *c = context;
	char file[PATH_SIZE];
	dev_t part;

	snprintf(file, sizeof(file), "%.200s/partition", entry);
	AUTO_FREE char *number = sys_read(c->host, dev, file);

	snprintf(file, sizeof(file), "%.200s/dev", entry);
	if (!number || !sys_dev(c->host, dev, file, &part))
		return 0;
	return sys_each(c->host, part, "holders", refuse_holder, context);
}

/* Volumes and arrays that are active, though nobody may have mounted them. */
static int check_holders(struct check *c)
{
	dev_t dev = c->own.item[0].dev;
	int rc;

	if (!c->own.count || c->own.item[0].file || !c->wanted->write)
		return 0;
	rc = sys_each(c->host, dev, "holders", refuse_holder, c);
	return rc ? rc : sys_each(c->host, dev, "", check_part, c);
}

int sharing_check(const struct sharing_host *host, const struct sharing_use *wanted,
		  const struct sharing_use *others, size_t nr_others, struct xend_error *err)
{
	struct check c = { .host = host, .wanted = wanted, .err = err };
	int rc = 0;

	if (host)
		storage_of_path(host, wanted->target, &c.own);
	/* Domains first: their name says more than that of a loop device or a volume. */
	for (size_t i = 0; i < nr_others && !rc; i++)
		rc = check_other(&c, &others[i]);
	if (rc || !host)
		return rc;
	rc = each_line(&c, "self/mountinfo", check_mount_line);
	if (!rc && wanted->write)
		rc = each_line(&c, "swaps", check_swap_line);
	return rc ? rc : check_holders(&c);
}
