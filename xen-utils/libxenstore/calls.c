/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The requests of libxenstore, each a message and the reading of its answer.
 *
 * Relies on connection.c through internal.h. Holds no state.
 */
#include <config.h>

#include <inttypes.h>

#include "libxenstore/internal.h"

#define DIRECTORY_TRIES	8

int xenstore_read(struct xenstore *xs, uint32_t tx, const char *path, char **ret_value,
		  size_t *ret_len)
{
	return xs_call_str(xs, XS_READ, tx, path, ret_value, ret_len);
}

int xenstore_read_u64(struct xenstore *xs, uint32_t tx, const char *path, uint64_t *ret_value)
{
	AUTO_FREE char *s = NULL;
	int rc = xenstore_read(xs, tx, path, &s, NULL);

	return rc < 0 ? rc : str_to_u64(s, UINT64_MAX, ret_value);
}

int xenstore_write(struct xenstore *xs, uint32_t tx, const char *path, const void *data,
		   size_t len)
{
	struct iovec parts[] = { xs_str(path), { (void *)data, len } };

	return xs_call(xs, XS_WRITE, tx, parts, 2, NULL, NULL);
}

int xenstore_write_str(struct xenstore *xs, uint32_t tx, const char *path, const char *value)
{
	return xenstore_write(xs, tx, path, value, strlen(value));
}

int xenstore_printf(struct xenstore *xs, uint32_t tx, const char *path, const char *fmt, ...)
{
	AUTO_STRBUF struct strbuf value = STRBUF_INIT;
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = strbuf_vprintf(&value, fmt, ap);
	va_end(ap);
	if (rc < 0)
		return rc;
	return xenstore_write(xs, tx, path, strbuf_str(&value), value.len);
}

int xenstore_mkdir(struct xenstore *xs, uint32_t tx, const char *path)
{
	return xs_call_str(xs, XS_MKDIR, tx, path, NULL, NULL);
}

int xenstore_rm(struct xenstore *xs, uint32_t tx, const char *path)
{
	return xs_call_str(xs, XS_RM, tx, path, NULL, NULL);
}

int xenstore_exists(struct xenstore *xs, uint32_t tx, const char *path)
{
	int rc = xenstore_read(xs, tx, path, NULL, NULL);

	if (rc == -ENOENT)
		return 0;
	return rc < 0 ? rc : 1;
}

/* NUL-terminated strings, one after the other, into one block of pointers and text. */
static int split_strings(const char *data, size_t len, char ***ret_names, size_t *ret_count)
{
	size_t count = 0;
	char **names, *text;

	if (len && data[len - 1] != '\0')
		return -EPROTO;
	for (size_t i = 0; i < len; i++)
		count += data[i] == '\0';
	names = malloc((count + 1) * sizeof(*names) + len);
	if (!names)
		return -ENOMEM;
	text = (char *)(names + count + 1);
	if (len)
		memcpy(text, data, len);
	for (size_t i = 0; i < count; i++) {
		names[i] = text;
		text += strlen(text) + 1;
	}
	names[count] = NULL;
	*ret_names = names;
	*ret_count = count;
	return 0;
}

/* One part of a long list. Returns 1 when it was the last, 0 when more follows, or -errno. */
static int directory_part(struct xenstore *xs, uint32_t tx, const char *path, struct strbuf *all,
			  char *gen, size_t gen_size)
{
	struct iovec parts[2] = { xs_str(path) };
	AUTO_FREE char *reply = NULL;
	char offset[24];
	size_t len, head;
	bool last;
	int rc;

	snprintf(offset, sizeof(offset), "%zu", all->len);
	parts[1] = xs_str(offset);
	rc = xs_call(xs, XS_DIRECTORY_PART, tx, parts, 2, &reply, &len);
	if (rc < 0)
		return rc;
	head = strlen(reply) + 1;
	if (head > len || head > gen_size)
		return -EPROTO;
	if (all->len && !str_eq(gen, reply))
		return -EAGAIN;
	memcpy(gen, reply, head);
	/* The end of the list is an empty name. */
	last = len == head || (reply[len - 1] == '\0' && (len - head == 1 ||
							   reply[len - 2] == '\0'));
	rc = strbuf_add(all, reply + head, len - head - (last && len > head));
	return rc < 0 ? rc : last;
}

static int directory_in_parts(struct xenstore *xs, uint32_t tx, const char *path,
			      char ***ret_names, size_t *ret_count)
{
	AUTO_STRBUF struct strbuf all = STRBUF_INIT;
	char gen[32];
	int rc;

	for (int tries = 0; tries < DIRECTORY_TRIES; tries++) {
		strbuf_reset(&all);
		do {
			rc = directory_part(xs, tx, path, &all, gen, sizeof(gen));
		} while (rc == 0);
		if (rc == 1)
			return split_strings(all.data, all.len, ret_names, ret_count);
		if (rc != -EAGAIN)
			return rc;
	}
	return -EAGAIN;
}

int xenstore_directory(struct xenstore *xs, uint32_t tx, const char *path, char ***ret_names,
		       size_t *ret_count)
{
	AUTO_FREE char *reply = NULL;
	size_t len;
	int rc;

	rc = xs_call_str(xs, XS_DIRECTORY, tx, path, &reply, &len);
	if (rc == -E2BIG)
		return directory_in_parts(xs, tx, path, ret_names, ret_count);
	return rc < 0 ? rc : split_strings(reply, len, ret_names, ret_count);
}

int xenstore_perm_parse(const char *s, struct xenstore_perm *ret_perm)
{
	static const char letters[] = "nrwb";	/* by enum xenstore_perm_bits */
	const char *letter = *s ? strchr(letters, *s) : NULL;
	uint64_t domid;

	if (!letter || str_to_u64(s + 1, UINT16_MAX, &domid) < 0)
		return -EINVAL;
	ret_perm->bits = letter - letters;
	ret_perm->domid = domid;
	return 0;
}

void xenstore_perm_format(const struct xenstore_perm *perm, char *buf, size_t size)
{
	snprintf(buf, size, "%c%u", "nrwb"[perm->bits & 3], perm->domid);
}

int xenstore_get_perms(struct xenstore *xs, uint32_t tx, const char *path,
		       struct xenstore_perm **ret_perms, size_t *ret_count)
{
	AUTO_FREE struct xenstore_perm *perms = NULL;
	AUTO_FREE char *reply = NULL;
	AUTO_FREE char **names = NULL;
	size_t len, count;
	int rc;

	rc = xs_call_str(xs, XS_GET_PERMS, tx, path, &reply, &len);
	if (!rc)
		rc = split_strings(reply, len, &names, &count);
	if (rc < 0)
		return rc;
	perms = calloc(count + 1, sizeof(*perms));
	if (!perms)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (xenstore_perm_parse(names[i], &perms[i]) < 0)
			return -EPROTO;
	}
	*ret_perms = TAKE_PTR(perms);
	*ret_count = count;
	return 0;
}

int xenstore_set_perms(struct xenstore *xs, uint32_t tx, const char *path,
		       const struct xenstore_perm *perms, size_t count)
{
	AUTO_STRBUF struct strbuf sb = STRBUF_INIT;
	struct iovec part;
	char one[16];

	strbuf_add(&sb, path, strlen(path) + 1);
	for (size_t i = 0; i < count; i++) {
		xenstore_perm_format(&perms[i], one, sizeof(one));
		strbuf_add(&sb, one, strlen(one) + 1);
	}
	if (sb.failed)
		return -ENOMEM;
	part = (struct iovec){ sb.data, sb.len };
	return xs_call(xs, XS_SET_PERMS, tx, &part, 1, NULL, NULL);
}

int xenstore_transaction_start(struct xenstore *xs, uint32_t *ret_tx)
{
	AUTO_FREE char *reply = NULL;
	uint64_t id;
	int rc = xs_call_str(xs, XS_TRANSACTION_START, 0, "", &reply, NULL);

	if (rc < 0)
		return rc;
	if (str_to_u64(reply, UINT32_MAX, &id) < 0 || !id)
		return -EPROTO;
	*ret_tx = id;
	return 0;
}

int xenstore_transaction_end(struct xenstore *xs, uint32_t tx, bool commit)
{
	return xs_call_str(xs, XS_TRANSACTION_END, tx, commit ? "T" : "F", NULL, NULL);
}

int xenstore_introduce(struct xenstore *xs, uint16_t domid, uint64_t mfn, uint32_t port)
{
	struct iovec parts[3];
	char d[8], m[24], p[16];

	snprintf(d, sizeof(d), "%u", domid);
	snprintf(m, sizeof(m), "%" PRIu64, mfn);
	snprintf(p, sizeof(p), "%" PRIu32, port);
	parts[0] = xs_str(d);
	parts[1] = xs_str(m);
	parts[2] = xs_str(p);
	return xs_call(xs, XS_INTRODUCE, 0, parts, 3, NULL, NULL);
}

static int call_domid(struct xenstore *xs, uint32_t type, uint16_t domid, char **ret_reply)
{
	char d[8];

	snprintf(d, sizeof(d), "%u", domid);
	return xs_call_str(xs, type, 0, d, ret_reply, NULL);
}

int xenstore_release(struct xenstore *xs, uint16_t domid)
{
	return call_domid(xs, XS_RELEASE, domid, NULL);
}

int xenstore_resume(struct xenstore *xs, uint16_t domid)
{
	return call_domid(xs, XS_RESUME, domid, NULL);
}

int xenstore_set_target(struct xenstore *xs, uint16_t domid, uint16_t target)
{
	struct iovec parts[2];
	char d[8], t[8];

	snprintf(d, sizeof(d), "%u", domid);
	snprintf(t, sizeof(t), "%u", target);
	parts[0] = xs_str(d);
	parts[1] = xs_str(t);
	return xs_call(xs, XS_SET_TARGET, 0, parts, 2, NULL, NULL);
}

int xenstore_is_introduced(struct xenstore *xs, uint16_t domid)
{
	AUTO_FREE char *reply = NULL;
	int rc = call_domid(xs, XS_IS_DOMAIN_INTRODUCED, domid, &reply);

	return rc < 0 ? rc : str_eq(reply, "T");
}

int xenstore_get_domain_path(struct xenstore *xs, uint16_t domid, char **ret_path)
{
	return call_domid(xs, XS_GET_DOMAIN_PATH, domid, ret_path);
}

int xenstore_control(struct xenstore *xs, int argc, const char *const argv[], char **ret_text)
{
	struct iovec parts[16];

	if (argc < 1 || argc > (int)ARRAY_SIZE(parts))
		return -E2BIG;
	for (int i = 0; i < argc; i++)
		parts[i] = xs_str(argv[i]);
	return xs_call(xs, XS_CONTROL, 0, parts, argc, ret_text, NULL);
}
