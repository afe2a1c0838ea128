/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sharing guard over a made-up machine: a tree of /sys and /proc in a temporary folder, and
 * device nodes from a table.
 *
 *   sda 8:0 with sda1 8:1, sda2 8:2; sda3 8:3 is the physical volume of
 *   vg-root 253:0 and vg-data 253:1; sdb 8:16 and sdc 8:32 (sdc1 8:33) are the mirror md0 9:0;
 *   loop0 7:0 is bound to /srv/a.img, loop1 7:1 to sdd 8:48, loop2 7:2 to a file that was deleted;
 *   sde 8:64 is nobody's.
 */
#include <config.h>

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/util.h"
#include "tests/tap.h"
#include "xend/sharing.h"

static char root[64];

static const struct { const char *path; unsigned int major, minor; } blocks[] = {
	{ "/dev/sda", 8, 0 },	{ "/dev/sda1", 8, 1 },	{ "/dev/sda2", 8, 2 },
	{ "/dev/sda3", 8, 3 },	{ "/dev/sdb", 8, 16 },	{ "/dev/sdc", 8, 32 },
	{ "/dev/sdc1", 8, 33 }, { "/dev/sdd", 8, 48 },	{ "/dev/sde", 8, 64 },
	{ "/dev/md0", 9, 0 },	{ "/dev/loop0", 7, 0 }, { "/dev/loop1", 7, 1 },
	{ "/dev/vg/root", 253, 0 }, { "/dev/mapper/vg-root", 253, 0 }, { "/dev/vg/data", 253, 1 },
};

/* /srv/a.img and /srv/hard.img are two names of one file. */
static const struct { const char *path; ino_t ino; } files[] = {
	{ "/srv/a.img", 10 }, { "/srv/hard.img", 10 }, { "/srv/b.img", 11 }, { "/swapfile", 12 },
};

static int fake_stat(const struct sharing_host *host, const char *path, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		if (!str_eq(blocks[i].path, path))
			continue;
		st->st_mode = S_IFBLK;
		st->st_rdev = makedev(blocks[i].major, blocks[i].minor);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (!str_eq(files[i].path, path))
			continue;
		st->st_mode = S_IFREG;
		st->st_dev = makedev(8, 1);
		st->st_ino = files[i].ino;
		return 0;
	}
	return -ENOENT;
}

/* Below the folder, with all folders on the way. */
static void full_path(char full[512], const char *path)
{
	snprintf(full, 512, "%s%s", root, path);
	for (char *slash = full + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0700);
		*slash = '/';
	}
}

static void put(const char *path, const char *text)
{
	char full[512];
	FILE *f;

	full_path(full, path);
	f = fopen(full, "w");
	if (!f || fputs(text, f) < 0 || fclose(f))
		abort();
}

static void make_link(const char *path, const char *to)
{
	char full[512], target[512];

	full_path(target, to);
	full_path(full, path);
	if (symlink(target, full))
		abort();
}

/* A device's folder under its name, found by number too. */
static void device(const char *dir, unsigned int ma, unsigned int mi)
{
	char path[256], text[32];

	snprintf(path, sizeof(path), "%s/dev", dir);
	snprintf(text, sizeof(text), "%u:%u\n", ma, mi);
	put(path, text);
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", ma, mi);
	make_link(path, dir);
}

static void built_of(const char *upper, const char *upper_dir, const char *lower,
		     const char *lower_dir)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/slaves/%s", upper_dir, lower);
	make_link(path, lower_dir);
	snprintf(path, sizeof(path), "%s/holders/%s", lower_dir, upper);
	make_link(path, upper_dir);
}

static void make_machine(void)
{
	strcpy(root, "/tmp/xend-sharing-XXXXXX");
	if (!mkdtemp(root))
		abort();
	device("/sys/block/sda", 8, 0);
	for (int i = 1; i <= 3; i++) {
		char dir[64], path[128];

		snprintf(dir, sizeof(dir), "/sys/block/sda/sda%d", i);
		device(dir, 8, i);
		snprintf(path, sizeof(path), "%s/partition", dir);
		put(path, "1\n");
	}
	device("/sys/block/sdb", 8, 16);
	device("/sys/block/sdc", 8, 32);
	device("/sys/block/sdc/sdc1", 8, 33);
	put("/sys/block/sdc/sdc1/partition", "1\n");
	device("/sys/block/sdd", 8, 48);
	device("/sys/block/sde", 8, 64);
	device("/sys/block/md0", 9, 0);
	built_of("md0", "/sys/block/md0", "sdb", "/sys/block/sdb");
	built_of("md0", "/sys/block/md0", "sdc1", "/sys/block/sdc/sdc1");
	device("/sys/block/dm-0", 253, 0);
	device("/sys/block/dm-1", 253, 1);
	put("/sys/block/dm-0/dm/name", "vg-root\n");
	put("/sys/block/dm-1/dm/name", "vg-data\n");
	built_of("dm-0", "/sys/block/dm-0", "sda3", "/sys/block/sda/sda3");
	built_of("dm-1", "/sys/block/dm-1", "sda3", "/sys/block/sda/sda3");
	device("/sys/block/loop0", 7, 0);
	put("/sys/block/loop0/loop/backing_file", "/srv/a.img\n");
	device("/sys/block/loop1", 7, 1);
	put("/sys/block/loop1/loop/backing_file", "/dev/sdd\n");
	device("/sys/block/loop2", 7, 2);
	put("/sys/block/loop2/loop/backing_file", "/srv/b.img (deleted)\n");
	put("/proc/swaps", "Filename\tType\tSize\n");
}

static void mounts(const char *lines)
{
	put("/proc/self/mountinfo", lines);
}

/* The verdict on target: 0 or EBUSY. others end with a use without target. */
static int verdict(const char *target, bool write, const struct sharing_use *others,
		   struct xend_error *err)
{
	struct sharing_host host = { root, fake_stat };
	struct sharing_use wanted = { .target = target, .write = write };
	size_t n = 0;

	memset(err, 0, sizeof(*err));
	while (others && others[n].target)
		n++;
	return -sharing_check(&host, &wanted, others, n, err);
}

/* Refused, and the sentence has these words. */
static void refused(const char *target, bool write, const struct sharing_use *others,
		    const char *words, const char *name)
{
	struct xend_error err;
	int code = verdict(target, write, others, &err);

	tap_ok(code == EBUSY && strstr(err.text, words), "%s is refused: %s", name, err.text);
}

static void allowed(const char *target, bool write, const struct sharing_use *others,
		    const char *name)
{
	struct xend_error err;
	int code = verdict(target, write, others, &err);

	tap_ok(code == 0, "%s is allowed%s%s", name, err.text[0] ? ": " : "", err.text);
}

#define MOUNT(dev, point, mode, source) \
	"30 1 " dev " / " point " " mode ",relatime shared:1 - ext4 " source " " mode "\n"

static void test_mounts(void)
{
	mounts(MOUNT("8:1", "/home", "rw", "/dev/sda1") MOUNT("8:2", "/usr", "ro", "/dev/sda2")
	       MOUNT("0:40", "/data\\040dir", "rw", "/dev/sde")
	       "31 1 0:5 / /proc rw - proc proc rw\n");
	refused("/dev/sda1", true, NULL, "mounted on /home", "a partition mounted read-write");
	refused("/dev/sda1", false, NULL, "read-write", "to read it, too,");
	refused("/dev/sda", true, NULL, "/dev/sda1", "its whole disk");
	refused("/dev/sda2", true, NULL, "/usr", "to write what is mounted read-only");
	allowed("/dev/sda2", false, NULL, "to read it");
	allowed("/dev/sdd", true, NULL, "a disk that nobody has");
	refused("/dev/sde", true, NULL, "/data dir",
		"a disk of a file system with a number of its own, on a path with a blank,");
	allowed("/srv/a.img", true, NULL, "a file on a file system that is mounted");
	allowed("/not/there", true, NULL, "what does not exist");
}

static void test_volumes(void)
{
	mounts(MOUNT("253:0", "/", "rw", "/dev/mapper/vg-root"));
	refused("/dev/vg/root", true, NULL, "mounted on /", "a mounted volume by another name");
	allowed("/dev/vg/data", true, NULL, "another volume of the same group");
	refused("/dev/sda3", true, NULL, "vg-root", "the physical volume below it");
	refused("/dev/sda", false, NULL, "vg-root", "the disk below that, even to read");
	mounts("");
	refused("/dev/sda3", true, NULL, "/dev/mapper/vg-", "a physical volume of an active group");
	refused("/dev/sda", true, NULL, "/dev/mapper/vg-", "the disk that it is a partition of");
	allowed("/dev/sda1", true, NULL, "another partition of that disk");
	allowed("/dev/sda3", false, NULL, "to read a physical volume nobody writes");
	refused("/dev/sdb", true, NULL, "/dev/md0", "a disk of an array");
	refused("/dev/sdc1", true, NULL, "/dev/md0", "a partition of an array");
	allowed("/dev/md0", true, NULL, "the array itself");
	mounts(MOUNT("9:0", "/raid", "rw", "/dev/md0"));
	refused("/dev/sdc", false, NULL, "/raid", "the disk of a partition of a mounted array");
}

static void test_loops(void)
{
	mounts(MOUNT("7:0", "/mnt", "rw", "/dev/loop0"));
	refused("/srv/a.img", true, NULL, "/mnt", "a file that is mounted by a loop device");
	refused("/srv/hard.img", true, NULL, "/mnt", "the same file by a hard link");
	allowed("/srv/b.img", true, NULL, "another file");
	mounts(MOUNT("7:2", "/old", "rw", "/dev/loop2"));
	refused("/srv/b.img", true, NULL, "/old", "a file whose name was deleted meanwhile");
	mounts(MOUNT("7:1", "/mnt", "rw", "/dev/loop1"));
	refused("/dev/sdd", true, NULL, "/mnt", "a disk that is mounted through a loop device");
	mounts("");
}

static void test_domains(void)
{
	static const struct sharing_use writer[] = {
		{ "/srv/a.img", 7, 5, true, "domain 'db' has it as xvda" }, { 0 } };
	static const struct sharing_use reader[] = {
		{ "/dev/sda1", 0, 0, false, "domain 'db' has it as xvda" }, { 0 } };
	static const struct sharing_use disk[] = {
		{ "/dev/sda", 0, 0, true, "domain 'db' has it as xvda" }, { 0 } };
	static const struct sharing_use volume[] = {
		{ "/dev/vg/data", 0, 0, true, "domain 'db' has it as xvda" }, { 0 } };
	static const struct sharing_use nbd[] = {
		{ "nbd:server:1", 43, 0, true, "domain 'db' has it as xvda" }, { 0 } };
	static const struct sharing_use moved[] = {
		{ "/dev/by-name", 8, 64, true, "domain 'db' has it as xvda" }, { 0 } };

	mounts("");
	refused("/srv/a.img", true, writer, "domain 'db' has it as xvda, read-write",
		"a file another domain writes");
	refused("/srv/hard.img", false, writer, "under the name '/srv/a.img'",
		"its hard link, even to read,");
	refused("/dev/loop0", true, writer, "domain 'db'", "a loop device bound to it");
	allowed("/srv/b.img", true, writer, "another file");
	refused("/dev/sda1", true, reader, "read-only", "to write what another reads");
	allowed("/dev/sda1", false, reader, "to read what another reads");
	refused("/dev/sda1", false, disk, "'/dev/sda'", "a partition of another's disk");
	refused("/dev/vg/root", true, disk, "'/dev/sda'", "a volume on another's disk");
	refused("/dev/sda", false, volume, "'/dev/vg/data'", "the disk below another's volume");
	allowed("/dev/vg/root", true, volume, "a volume beside another's");
	refused("nbd:server:1", true, nbd, "domain 'db'", "the same network block device");
	allowed("nbd:server:2", true, nbd, "another one of that server");
	refused("/dev/sde", true, moved, "domain 'db'",
		"a device that another has under a name that is gone");
}

static void test_swap(void)
{
	put("/proc/swaps", "Filename\tType\n/dev/sda2   partition 1 0 -2\n/swapfile file 1 0 -3\n");
	refused("/dev/sda2", true, NULL, "swaps to /dev/sda2", "a swap partition");
	refused("/swapfile", true, NULL, "swaps to /swapfile", "a swap file");
	put("/proc/swaps", "");
}

int main(void)
{
	char command[96];

	make_machine();
	test_mounts();
	test_volumes();
	test_loops();
	test_domains();
	test_swap();
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	if (system(command))
		return 1;
	return tap_done();
}
