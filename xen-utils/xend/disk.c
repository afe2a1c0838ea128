/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the strings of disk=[...], and the numbers of virtual block devices; see disk.h.
 *
 * Relies on nothing but strings. The keys and flags are a table; fields without a key fill the
 * members in the order of the syntax that the first of them shows.
 */
#include <config.h>

#include <ctype.h>

#include "common/util.h"
#include "xend/disk.h"

/* ---- numbers ---- */

#define XVD_MAJOR	202
#define SD_MAJOR	8
#define HD_MAJOR	3
#define HD2_MAJOR	22
#define EXTENDED	(1u << 28)
#define EXT_DISKS	(1u << 20)
#define EXT_PARTS	256u

/* xen-vbd-interface(7): the numbers a guest's driver knows by major. */
static const struct disk_kind {
	const char *prefix;
	unsigned int major, first;	/* disks from first on */
	unsigned int disks;
	unsigned int part_bits;
} kinds[] = {
	{ "xvd", XVD_MAJOR, 0, 16, 4 },
	{ "sd", SD_MAJOR, 0, 16, 4 },
	{ "hd", HD_MAJOR, 0, 2, 6 },
	{ "hd", HD2_MAJOR, 2, 2, 6 },
};

/* A decimal number without a leading zero, to the end of the string. */
static int parse_part(const char *s, unsigned int *ret)
{
	uint64_t v;

	if (!isdigit((unsigned char)s[0]) || s[0] == '0' || str_to_u64(s, EXT_PARTS - 1, &v))
		return -EINVAL;
	*ret = v;
	return 0;
}

/* "a" 0, "z" 25, "aa" 26; the rest of the string in *ret_rest. */
static int parse_letters(const char *s, unsigned int *ret, const char **ret_rest)
{
	unsigned int n = 0;

	if (*s < 'a' || *s > 'z')
		return -EINVAL;
	for (; *s >= 'a' && *s <= 'z'; s++) {
		n = n * 26 + (*s - 'a') + 1;
		if (n > EXT_DISKS)
			return -EINVAL;
	}
	*ret = n - 1;
	*ret_rest = s;
	return 0;
}

static int number_of(const char *prefix, unsigned int disk, unsigned int part, uint32_t *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct disk_kind *k = &kinds[i];
		unsigned int n = disk - k->first;

		if (!str_eq(prefix, k->prefix) || disk < k->first || n >= k->disks ||
		    part >= 1u << k->part_bits)
			continue;
		*ret = k->major << 8 | n << k->part_bits | part;
		return 0;
	}
	if (!str_eq(prefix, "xvd") || disk >= EXT_DISKS || part >= EXT_PARTS)
		return -EINVAL;
	*ret = EXTENDED | disk << 8 | part;
	return 0;
}

/* "d3p1": the third form of xen-vbd-interface(7). */
static int parse_d_form(const char *s, uint32_t *ret_devid)
{
	unsigned int part = 0;
	char *end;
	unsigned long disk;

	if (s[0] != 'd' || !isdigit((unsigned char)s[1]))
		return -EINVAL;
	disk = strtoul(s + 1, &end, 10);
	if (disk >= EXT_DISKS || (*end && *end != 'p'))
		return -EINVAL;
	if (*end && !str_eq(end, "p0") && parse_part(end + 1, &part))
		return -EINVAL;
	return number_of("xvd", disk, part, ret_devid);
}

static bool number_is_known(uint32_t devid)
{
	if (devid >= EXTENDED)
		return devid >> 29 == 0;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (devid >> 8 == kinds[i].major)
			return (devid & 0xff) >> kinds[i].part_bits < kinds[i].disks;
	return false;
}

int disk_number(const char *name, uint32_t *ret_devid)
{
	const char *rest;
	unsigned int disk, part = 0;
	uint64_t number;

	if (str_has_prefix(name, "/dev/"))
		name += 5;
	if (isdigit((unsigned char)name[0])) {
		if (str_to_u64(name, UINT32_MAX, &number) || !number_is_known(number))
			return -EINVAL;
		*ret_devid = number;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!str_has_prefix(name, kinds[i].prefix))
			continue;
		if (parse_letters(name + strlen(kinds[i].prefix), &disk, &rest))
			return -EINVAL;
		if (*rest && parse_part(rest, &part))
			return -EINVAL;
		return number_of(kinds[i].prefix, disk, part, ret_devid);
	}
	return parse_d_form(name, ret_devid);
}

static void letters_of(unsigned int disk, char buf[8])
{
	char rev[8];
	int n = 0;

	for (disk++; disk; disk = (disk - 1) / 26)
		rev[n++] = 'a' + (disk - 1) % 26;
	for (int i = 0; i < n; i++)
		buf[i] = rev[n - 1 - i];
	buf[n] = '\0';
}

static void name_put(char name[DISK_NAME_SIZE], const char *prefix, unsigned int disk,
		     unsigned int part)
{
	char letters[8];

	letters_of(disk, letters);
	if (part)
		snprintf(name, DISK_NAME_SIZE, "%s%s%u", prefix, letters, part);
	else
		snprintf(name, DISK_NAME_SIZE, "%s%s", prefix, letters);
}

void disk_name(uint32_t devid, char name[DISK_NAME_SIZE])
{
	if (devid >= EXTENDED && number_is_known(devid)) {
		name_put(name, "xvd", (devid & (EXTENDED - 1)) >> 8, devid & 0xff);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct disk_kind *k = &kinds[i];

		if (devid >> 8 != k->major)
			continue;
		name_put(name, k->prefix, k->first + ((devid & 0xff) >> k->part_bits),
			 devid & ((1u << k->part_bits) - 1));
		return;
	}
	snprintf(name, DISK_NAME_SIZE, "%u", devid);
}

/* ---- fields ---- */

/* What was written, before it is understood. Strings are the parser's own copy. */
struct fields {
	char *target, *format, *vdev, *access, *backend, *script, *devtype, *backendtype;
	bool cdrom, discard, no_discard, direct_io_safe, trusted, untrusted;
};

#define FIELD(member)	offsetof(struct fields, member)

static const struct { const char *key; size_t at; } keys[] = {
	{ "target", FIELD(target) },	{ "format", FIELD(format) },
	{ "vdev", FIELD(vdev) },	{ "access", FIELD(access) },
	{ "backend", FIELD(backend) },	{ "script", FIELD(script) },
	{ "devtype", FIELD(devtype) },	{ "backendtype", FIELD(backendtype) },
};

static const struct { const char *word; size_t at; } flags[] = {
	{ "cdrom", FIELD(cdrom) },
	{ "discard", FIELD(discard) },
	{ "no-discard", FIELD(no_discard) },
	{ "direct-io-safe", FIELD(direct_io_safe) },
	{ "trusted", FIELD(trusted) },
	{ "untrusted", FIELD(untrusted) },
};

static const size_t order_today[] = { FIELD(target), FIELD(format), FIELD(vdev), FIELD(access) };
static const size_t order_2_0[] = { FIELD(target), FIELD(vdev), FIELD(access), FIELD(backend) };

static char **string_at(struct fields *f, size_t at)
{
	return (char **)((char *)f + at);
}

static char *trim(char *s)
{
	size_t len;

	while (isspace((unsigned char)*s))
		s++;
	len = strlen(s);
	while (len && isspace((unsigned char)s[len - 1]))
		s[--len] = '\0';
	return s;
}

/* Length of "nbd:" at the beginning, 0 when there is no scheme. */
static size_t scheme_len(const char *s)
{
	size_t n = 0;

	if (!islower((unsigned char)s[0]))
		return 0;
	while (islower((unsigned char)s[n]) || isdigit((unsigned char)s[n]) || s[n] == '-')
		n++;
	return s[n] == ':' ? n + 1 : 0;
}

static int fail(struct xend_error *err, int code, const char *spec, const char *why)
{
	return xend_fail_key(err, code, "disk", "The disk '%.300s' %s", spec, why);
}

static bool take_flag(struct fields *f, const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!str_eq(flags[i].word, word))
			continue;
		*(bool *)((char *)f + flags[i].at) = true;
		return true;
	}
	return false;
}

/* 1 when the field is KEY=VALUE, 0 when not, -EINVAL for a key that is none or comes twice. */
static int take_key(struct fields *f, char *field, const char *spec, struct xend_error *err)
{
	char *eq = strchr(field, '='), *key;
	char text[96];

	if (!eq || field[strspn(field, "abcdefghijklmnopqrstuvwxyz_- ")] != '=')
		return 0;
	*eq = '\0';
	key = trim(field);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		char **at = string_at(f, keys[i].at);

		if (!str_eq(keys[i].key, key))
			continue;
		if (*at) {
			snprintf(text, sizeof(text), "has its %s twice.", key);
			return fail(err, EINVAL, spec, text);
		}
		*at = trim(eq + 1);
		return 1;
	}
	snprintf(text, sizeof(text), "has '%.30s=', which is no key of a disk.", key);
	return fail(err, EINVAL, spec, text);
}

/* The next field, ended in place; target= takes all the rest. NULL at the end. */
static char *next_field(char **at)
{
	char *field = *at, *comma;

	if (!field)
		return NULL;
	while (isspace((unsigned char)*field))
		field++;
	comma = str_has_prefix(field, "target=") ? NULL : strchr(field, ',');
	if (comma)
		*comma = '\0';
	*at = comma ? comma + 1 : NULL;
	return trim(field);
}

static int split(char *text, struct fields *f, const char *spec, struct xend_error *err)
{
	const size_t *order = NULL;
	size_t pos = 0;
	char *field;
	int rc;

	while ((field = next_field(&text))) {
		rc = take_key(f, field, spec, err);
		if (rc < 0)
			return rc;
		if (rc || take_flag(f, field))
			continue;
		if (!order)
			order = scheme_len(field) ? order_2_0 : order_today;
		if (pos == ARRAY_SIZE(order_2_0))
			return fail(err, EINVAL, spec,
				    "has too many parts; write SCHEME:TARGET,NAME,MODE or "
				    "TARGET,FORMAT,NAME,ACCESS.");
		if (*field && *string_at(f, order[pos]))
			return fail(err, EINVAL, spec,
				    "says the same twice, by its place and by a key.");
		if (*field)
			*string_at(f, order[pos]) = field;
		pos++;
	}
	return 0;
}

/* ---- meaning ---- */

static int take_vdev(struct disk *disk, char *vdev, const char *spec, struct xend_error *err)
{
	char text[160], *colon;

	if (!vdev)
		return fail(err, EINVAL, spec,
			    "does not say its name in the guest, as xvda or sda1.");
	if (str_has_prefix(vdev, "ioemu:"))
		vdev += 6;
	colon = strchr(vdev, ':');
	if (colon) {
		disk->cdrom |= str_eq(colon, ":cdrom");
		*colon = '\0';
	}
	if (disk_number(vdev, &disk->devid)) {
		snprintf(text, sizeof(text),
			 "has the name '%.40s', which is none a guest could use; give one as "
			 "xvda, xvda1, sda1 or hda.",
			 vdev);
		return fail(err, EINVAL, spec, text);
	}
	disk_name(disk->devid, disk->name);
	return 0;
}

static int take_access(struct disk *disk, const char *access, const char *spec,
		       struct xend_error *err)
{
	static const struct { const char *word; bool write, shared; } modes[] = {
		{ "r", false, false }, { "ro", false, false }, { "w", true, false },
		{ "rw", true, false }, { "w!", true, true },   { "rw!", true, true },
		{ "r!", false, true },
	};

	disk->write = !disk->cdrom;
	if (!access)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!str_eq(modes[i].word, access))
			continue;
		disk->write = modes[i].write && !disk->cdrom;
		disk->shared = modes[i].shared;
		return 0;
	}
	return fail(err, EINVAL, spec,
		    "has a mode that is none; it can be r, w, or r! and w! (in spite of others).");
}

static int take_format(const char *format, const char *spec, struct xend_error *err)
{
	char text[200];

	if (!format || str_eq(format, "raw"))
		return 0;
	if (str_eq(format, "empty"))
		return fail(err, EOPNOTSUPP, spec, "is an empty drive, which only hvm domains "
			    "can have.");
	snprintf(text, sizeof(text),
		 "has the format '%.20s'; the kernel's back end serves raw images, convert it: "
		 "qemu-img convert -O raw OLD NEW.",
		 format);
	return fail(err, EOPNOTSUPP, spec, text);
}

/* What older and today's files write in front of a path, and what it is here. */
static const struct {
	const char *prefix, *scheme;	/* scheme NULL: an image format that is not served */
} aliases[] = {
	{ "tap:aio:", "file:" }, { "tap2:aio:", "file:" }, { "aio:", "file:" },
	{ "raw:", "file:" },	 { "tap:raw:", "file:" },  { "enbd:", "nbd:" },
	{ "qcow:", NULL },	 { "qcow2:", NULL },	   { "vhd:", NULL },
	{ "vmdk:", NULL },	 { "tap:", NULL },	   { "tap2:", NULL },
};

static int take_scheme(struct disk *disk, const char *target, const char *spec,
		       struct xend_error *err)
{
	char format[16];
	size_t len;

	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
		if (!str_has_prefix(target, aliases[i].prefix))
			continue;
		if (!aliases[i].scheme) {
			snprintf(format, sizeof(format), "%.*s",
				 (int)strcspn(aliases[i].prefix, ":"), aliases[i].prefix);
			return take_format(format, spec, err);
		}
		disk->scheme = strndup(aliases[i].scheme, strlen(aliases[i].scheme) - 1);
		disk->target = strdup(target + strlen(aliases[i].prefix));
		return disk->scheme && disk->target ? 0 : xend_fail(err, ENOMEM, "No memory.");
	}
	len = scheme_len(target);
	if (len)
		disk->scheme = strndup(target, len - 1);
	disk->target = strdup(target + len);
	return disk->target && (disk->scheme || !len) ? 0 : xend_fail(err, ENOMEM, "No memory.");
}

/* phy:sda1 of Xen 2.0 is /dev/sda1; everything else that is a path is absolute. */
static int make_absolute(struct disk *disk, const char *spec, struct xend_error *err)
{
	bool phy = disk->scheme && str_eq(disk->scheme, "phy");
	bool file = disk->scheme && str_eq(disk->scheme, "file");
	char *path;

	if (disk->script || disk->target[0] == '/' || (disk->scheme && !phy && !file))
		return 0;
	if (!phy)
		return fail(err, EINVAL, spec, "has a target that is not an absolute path.");
	if (asprintf(&path, "/dev/%s", disk->target) < 0)
		return xend_fail(err, ENOMEM, "No memory.");
	free(disk->target);
	disk->target = path;
	return 0;
}

static int take_target(struct disk *disk, const char *target, const char *spec,
		       struct xend_error *err)
{
	int rc;

	if (!target || !*target)
		return fail(err, EINVAL, spec, "has no target: a device, a file, or another "
			    "storage.");
	if (strlen(target) > DISK_TARGET_MAX)
		return fail(err, EINVAL, spec, "has a target that is too long.");
	rc = take_scheme(disk, target, spec, err);
	if (!rc && !disk->target[0])
		rc = fail(err, EINVAL, spec, "has nothing behind its scheme.");
	return rc ? rc : make_absolute(disk, spec, err);
}

static int copy(char **member, const char *text, struct xend_error *err)
{
	if (!text || !*text)
		return 0;
	*member = strdup(text);
	return *member ? 0 : xend_fail(err, ENOMEM, "No memory.");
}

static int understand(struct disk *disk, struct fields *f, const char *spec,
		      struct xend_error *err)
{
	int rc;

	disk->cdrom = f->cdrom || (f->devtype && str_eq(f->devtype, "cdrom"));
	disk->discard = f->discard && !f->no_discard;
	disk->untrusted = f->untrusted && !f->trusted;
	disk->direct_io_safe = f->direct_io_safe;
	rc = copy(&disk->script, f->script, err);
	if (!rc)
		rc = copy(&disk->backend, f->backend, err);
	if (!rc)
		rc = take_format(f->format, spec, err);
	if (!rc)
		rc = take_vdev(disk, f->vdev, spec, err);
	if (!rc)
		rc = take_access(disk, f->access, spec, err);
	return rc ? rc : take_target(disk, f->target, spec, err);
}

int disk_parse(const char *spec, struct disk *ret_disk, struct xend_error *err)
{
	AUTO_FREE char *text = strdup(spec);
	struct fields f = { .target = NULL };
	int rc;

	memset(ret_disk, 0, sizeof(*ret_disk));
	if (!text)
		return xend_fail(err, ENOMEM, "No memory.");
	rc = split(text, &f, spec, err);
	return rc ? rc : understand(ret_disk, &f, spec, err);
}

void disk_clear(struct disk *disk)
{
	free(disk->scheme);
	free(disk->target);
	free(disk->script);
	free(disk->backend);
	memset(disk, 0, sizeof(*disk));
}
