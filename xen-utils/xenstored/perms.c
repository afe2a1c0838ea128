/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Permission lists; the contract is in perms.h.
 */
#include <config.h>

#include "xenstored/perms.h"

struct perms *perms_new(const struct perm *p, uint32_t count)
{
	struct perms *perms = malloc(sizeof(*perms) + count * sizeof(*p));

	if (!perms)
		return NULL;
	perms->refs = 1;
	perms->count = count;
	memcpy(perms->p, p, count * sizeof(*p));
	return perms;
}

struct perms *perms_get(struct perms *perms)
{
	perms->refs++;
	return perms;
}

void perms_put(struct perms *perms)
{
	if (perms && !--perms->refs)
		free(perms);
}

static uint8_t bits_for(const struct perms *perms, uint16_t domid)
{
	if (perms->p[0].domid == domid)
		return PERM_READ | PERM_WRITE;
	for (uint32_t i = 1; i < perms->count; i++) {
		if (perms->p[i].domid == domid)
			return perms->p[i].bits;
	}
	return perms->p[0].bits;
}

bool perms_allow(const struct perms *perms, const struct perm_actor *who, uint8_t need)
{
	if (who->domid == 0 || (bits_for(perms, who->domid) & need) == need)
		return true;
	return who->target >= 0 && (bits_for(perms, who->target) & need) == need;
}

bool perms_is_owner(const struct perms *perms, const struct perm_actor *who)
{
	return who->domid == 0 || perms_owner(perms) == who->domid ||
	       perms_owner(perms) == who->target;
}

struct perms *perms_inherit(struct perms *parent, uint16_t creator)
{
	struct perms *perms;

	if (creator == 0 || perms_owner(parent) == creator)
		return perms_get(parent);
	perms = perms_new(parent->p, parent->count);
	if (perms)
		perms->p[0].domid = creator;
	return perms;
}

bool perms_mention(const struct perms *perms, uint16_t domid)
{
	for (uint32_t i = 0; i < perms->count; i++) {
		if (perms->p[i].domid == domid)
			return true;
	}
	return false;
}

struct perms *perms_without(struct perms *perms, uint16_t domid)
{
	struct perms *copy = perms_new(perms->p, perms->count);
	uint32_t n = 1;

	if (!copy)
		return NULL;
	if (copy->p[0].domid == domid)
		copy->p[0].domid = 0;
	for (uint32_t i = 1; i < perms->count; i++) {
		if (perms->p[i].domid != domid)
			copy->p[n++] = perms->p[i];
	}
	copy->count = n;
	return copy;
}

static const char letters[] = "nrwb";	/* by bits */

int perm_parse(const char *s, struct perm *ret_perm)
{
	const char *letter = *s ? strchr(letters, *s) : NULL;
	unsigned int domid = 0;

	if (!letter || !s[1])
		return -EINVAL;
	for (s++; *s; s++) {
		if (*s < '0' || *s > '9')
			return -EINVAL;
		domid = domid * 10 + (*s - '0');
		if (domid > UINT16_MAX)
			return -EINVAL;
	}
	ret_perm->domid = domid;
	ret_perm->bits = letter - letters;
	return 0;
}

int perms_format(const struct perms *perms, struct strbuf *out)
{
	for (uint32_t i = 0; i < perms->count; i++) {
		strbuf_printf(out, "%c%u", letters[perms->p[i].bits & 3], perms->p[i].domid);
		strbuf_putc(out, '\0');
	}
	return out->failed ? -ENOMEM : 0;
}
