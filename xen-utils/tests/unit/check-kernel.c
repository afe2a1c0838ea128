/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What xen-check-kernel says of kernels made up for it. Relies on builder-image.h.
 */
#include <config.h>

#include <public/features.h>

#include "check-kernel/verdict.h"
#include "tests/tap.h"
#include "tests/unit/builder-image.h"

static struct verdict v;

static void judge(const struct image_options *o, bool wrap, int dom0_config)
{
	size_t size;
	uint8_t *image = image_elf(o, &size), *elf = image;

	if (wrap) {
		image = image_bzimage(elf, size, &size);
		free(elf);
	}
	verdict_make("vmlinuz-1", image, size, dom0_config, &v);
	free(image);
}

static bool says(enum kernel_role role, const char *part)
{
	return !v.can[role] && strstr(v.why_not[role].text, part);
}

static void check_roles(void)
{
	judge(&(struct image_options){ .supported = 1 << XENFEAT_dom0, .phys32 = true }, true, -1);
	tap_ok(v.can[ROLE_DOM0] && v.can[ROLE_PV] && v.can[ROLE_PVH],
	       "a kernel that says it can be dom0 and has both entry points can be everything");
	tap_is_str(v.wrapping, "bzImage", "its wrapping is named");
	tap_is_str(v.interface, "xen-3.0", "so is its interface");
	judge(&(struct image_options){ .supported = 1 << XENFEAT_writable_page_tables }, false, 1);
	tap_ok(v.can[ROLE_PV] && says(ROLE_DOM0, "built for guests only"),
	       "a kernel that lists its features without dom0 is for guests, whatever its "
	       "configuration says");
	tap_ok(says(ROLE_PVH, "no entry point"), "without the entry point it is no PVH guest");
	tap_is_str(v.wrapping, "ELF image", "a bare ELF image is named as one");
	judge(&(struct image_options){ .phys32_only = true, .no_version = true }, true, 1);
	tap_ok(v.can[ROLE_PVH] && says(ROLE_PV, "paravirtual") && says(ROLE_DOM0, "paravirtual"),
	       "a kernel for PVH alone is neither dom0 nor a PV guest");
	judge(&(struct image_options){ .no_notes = true }, true, 1);
	tap_ok(says(ROLE_DOM0, "not built for Xen") && says(ROLE_PV, "not built for Xen") &&
	       says(ROLE_PVH, "no entry point"), "a kernel without notes is none of the three");
	tap_is_int(v.nr_notes, 0, "and has no notes");
}

static void check_silent(void)
{
	judge(&(struct image_options){ 0 }, true, 1);
	tap_ok(v.can[ROLE_DOM0],
	       "a kernel that lists no features is dom0 if its configuration says so");
	judge(&(struct image_options){ 0 }, true, 0);
	tap_ok(says(ROLE_DOM0, "lacks CONFIG_XEN_DOM0"), "not if the configuration says no");
	judge(&(struct image_options){ 0 }, true, -1);
	tap_ok(says(ROLE_DOM0, "does not tell"), "nor if there is no configuration");
}

static void check_damage(void)
{
	static const uint8_t text[600] = "#!/bin/sh\n";
	size_t size, whole;
	uint8_t *elf = image_elf(&(struct image_options){ .supported = 1 << XENFEAT_dom0 }, &size);
	uint8_t *image = image_bzimage(elf, size, &whole);
	unsigned int good = 0;

	for (size_t cut = 0; cut < whole - 4; cut += 97) {
		uint8_t *part = malloc(cut + 1);

		memcpy(part, image, cut);
		verdict_make("vmlinuz-1", part, cut, 1, &v);
		good += v.can[ROLE_DOM0] || v.can[ROLE_PV] || v.can[ROLE_PVH];
		free(part);
	}
	tap_is_int(good, 0, "a kernel that is cut short anywhere is good for nothing");
	verdict_make("script", text, sizeof(text), 1, &v);
	tap_ok(says(ROLE_DOM0, "is not a kernel") && says(ROLE_PVH, "is not a kernel"),
	       "a file that is no kernel is called so");
	tap_is_str(v.wrapping, "none known", "and has no known format");
	free(image);
	free(elf);
}

int main(void)
{
	check_roles();
	check_silent();
	check_damage();
	tap_ok(verdict_role("dom0") == ROLE_DOM0 && verdict_role("hvm") == NR_ROLES,
	       "roles have names, and other words are none");
	return tap_done();
}
