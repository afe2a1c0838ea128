/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judging a kernel image: unwrap it, read its notes, ask of each role what it needs. Relies on
 * <xen/kernel.h> and kernel-notes.h; the formats that the hypervisor was built without are
 * UNPACK_WITHOUT_*. Owns nothing between calls.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include <public/errno.h>
#include <public/features.h>
#include <xen/decompress.h>

#include "check-kernel/verdict.h"
#include "common/util.h"
#include "kernel-notes.h"

static const char *const role_words[NR_ROLES] = { "dom0", "pv", "pvh" };
static const char *const role_names[NR_ROLES] = { "dom0", "PV guest", "PVH guest" };

/* Dom0's kernel is unpacked by the hypervisor, which may have been built without some formats. */
static const bool hypervisor_unpacks[KERNEL_FORMATS] = {
#ifndef UNPACK_WITHOUT_GZIP
	[KERNEL_FORMAT_GZIP] = true,
#endif
#ifndef UNPACK_WITHOUT_BZIP2
	[KERNEL_FORMAT_BZIP2] = true,
#endif
#ifndef UNPACK_WITHOUT_LZMA
	[KERNEL_FORMAT_XZ] = true,
	[KERNEL_FORMAT_LZMA] = true,
#endif
#ifndef UNPACK_WITHOUT_LZO
	[KERNEL_FORMAT_LZO] = true,
#endif
#ifndef UNPACK_WITHOUT_LZ4
	[KERNEL_FORMAT_LZ4] = true,
#endif
#ifndef UNPACK_WITHOUT_ZSTD
	[KERNEL_FORMAT_ZSTD] = true,
#endif
};

enum kernel_role verdict_role(const char *word)
{
	unsigned int role = 0;

	while (role < NR_ROLES && !str_eq(role_words[role], word))
		role++;
	return (enum kernel_role)role;
}

const char *verdict_role_name(enum kernel_role role)
{
	return role_names[role];
}

static void refuse_all(struct verdict *v, const struct error_text *why)
{
	for (int role = 0; role < NR_ROLES; role++) {
		v->can[role] = false;
		v->why_not[role] = *why;
	}
}

/* The release string of a bzImage: offset 0x20e counts from 0x200 (Documentation/x86/boot.rst). */
static void read_release(const uint8_t *data, size_t size, struct verdict *v)
{
	size_t at, len = 0;

	if (size < 0x210)
		return;
	at = 0x200 + (size_t)(data[0x20e] | data[0x20f] << 8);
	while (at + len < size && len < sizeof(v->release) - 1 && data[at + len] > ' ' &&
	       data[at + len] < 0x7f) {
		v->release[len] = (char)data[at + len];
		len++;
	}
	v->release[len] = '\0';
}

/* What is seen without decompressing; returns the compression, KERNEL_FORMATS for none. */
static enum kernel_format read_wrapping(const char *what, const uint8_t *data, size_t size,
					struct verdict *v)
{
	enum kernel_format format;
	int found = kernel_bzimage_payload(what, data, size, &data, &size, NULL);

	format = kernel_format_find(data, size);
	v->compression = format < KERNEL_FORMATS ? kernel_format_name(format) : "none";
	if (found)
		v->wrapping = "bzImage";
	else if (format < KERNEL_FORMATS || (size > 4 && !memcmp(data, "\177ELF", 4)))
		v->wrapping = "ELF image";
	else
		v->wrapping = "none known";
	return format;
}

static void judge_dom0(const char *what, enum kernel_format format,
		       const struct kernel_notes *notes, int dom0_config, struct verdict *v)
{
	struct error_text *why = &v->why_not[ROLE_DOM0];
	bool told = notes->has_supported && notes->supported_features;

	v->can[ROLE_DOM0] = false;
	if (!v->can[ROLE_PV])
		*why = v->why_not[ROLE_PV];
	else if (format < KERNEL_FORMATS && !hypervisor_unpacks[format])
		error_text_set(why, "%s: is compressed with %s, which the hypervisor was built "
			       "without; use a kernel compressed in another way", what,
			       kernel_format_name(format));
	else if (told && !(notes->supported_features & 1U << XENFEAT_dom0))
		error_text_set(why, "%s: is built for guests only; use a kernel with "
			       "CONFIG_XEN_DOM0", what);
	else if (!told && dom0_config != 1)
		error_text_set(why, dom0_config ?
			       "%s: does not tell whether it can be dom0, and there is no "
			       "config-RELEASE beside it that would" :
			       "%s: the configuration beside it lacks CONFIG_XEN_DOM0; use a "
			       "kernel that has it", what);
	else
		v->can[ROLE_DOM0] = true;
}

static void judge_pvh(const char *what, const struct kernel_notes *notes, struct verdict *v)
{
	v->can[ROLE_PVH] = notes->phys32_entry != KERNEL_UNSET;
	if (!v->can[ROLE_PVH])
		error_text_set(&v->why_not[ROLE_PVH],
			       "%s: has no entry point for PVH guests; use a kernel with "
			       "CONFIG_PVH or CONFIG_XEN_PVH", what);
}

static void judge_notes(const char *what, enum kernel_format format, const uint8_t *elf,
			size_t size, int dom0_config, struct verdict *v)
{
	struct kernel_image image = { .elf = elf, .elf_size = size };
	struct kernel_notes notes;
	struct error_text why;

	if (kernel_elf_notes(what, elf, size, &notes, &why)) {
		refuse_all(v, &why);
		return;
	}
	v->nr_notes = notes.count;
	snprintf(v->guest_os, sizeof(v->guest_os), "%s", notes.guest_os);
	snprintf(v->interface, sizeof(v->interface), "%s", notes.xen_version);
	v->can[ROLE_PV] = !kernel_elf_examine(what, &image, &v->why_not[ROLE_PV]);
	judge_dom0(what, format, &notes, dom0_config, v);
	judge_pvh(what, &notes, v);
}

void verdict_make(const char *what, const uint8_t *data, size_t size, int dom0_config,
		  struct verdict *ret)
{
	struct kernel_buffer out = { 0 };
	enum kernel_format format;
	const uint8_t *elf;
	struct error_text why;
	size_t elf_size;

	*ret = (struct verdict){ 0 };
	format = read_wrapping(what, data, size, ret);
	if (str_eq(ret->wrapping, "bzImage"))
		read_release(data, size, ret);
	if (kernel_unwrap(what, data, size, &out, &elf, &elf_size, &why)) {
		refuse_all(ret, &why);
		return;
	}
	judge_notes(what, format, elf, elf_size, dom0_config, ret);
	kernel_host_free(&out);
}
