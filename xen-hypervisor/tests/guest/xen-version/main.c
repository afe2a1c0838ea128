/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xen-version - every sub-operation of xen_version answers, with 4.17 and well-formed strings.
 *
 * Promised by version.h: version, extraversion, compile_info, capabilities, changeset,
 * platform_parameters, get_features, pagesize, guest_handle, commandline, build_id; unknown ones
 * give -ENOSYS, bad buffers -EFAULT. An unprivileged domain may learn less (its strings may be
 * placeholders), but never gets an error for asking.
 */
#include "hypercall.h"
#include "page.h"
#include <public/features.h>

TEST("xen-version", ROLE_DOM0 | ROLE_CHILD);

static char buffer[2048];

static void string_check(int cmd, const char *what, size_t size)
{
	size_t i;

	memset(buffer, 0x7f, sizeof(buffer));
	CHECK(xen_version(cmd, buffer) >= 0, "%s is refused", what);
	for (i = 0; i < size && buffer[i]; i++)
		;
	CHECK(i < size, "%s has no end within %lu bytes", what, size);
	CHECK(buffer[size] == 0x7f, "%s wrote over its %lu bytes", what, size);
}

static void features_test(void)
{
	struct xen_feature_info info = { .submap_idx = 0 };

	CHECK_RC(xen_version(XENVER_get_features, &info), 0);
	CHECK(info.submap & (1U << XENFEAT_mmu_pt_update_preserve_ad),
	      "PT_UPDATE_PRESERVE_AD is not offered");
	CHECK(!(info.submap & (1U << XENFEAT_auto_translated_physmap)),
	      "a PV guest is said to be translated");
	CHECK(!!(info.submap & (1U << XENFEAT_dom0)) == is_dom0, "XENFEAT_dom0 is wrong: %x",
	      info.submap);
	info.submap_idx = 1;
	CHECK_RC(xen_version(XENVER_get_features, &info), -XEN_EINVAL);
}

void test_main(void)
{
	struct xen_platform_parameters params = { 0 };

	CHECK_RC(xen_version(XENVER_version, NULL), 4 << 16 | 17);
	string_check(XENVER_extraversion, "extraversion", sizeof(xen_extraversion_t));
	string_check(XENVER_capabilities, "capabilities", sizeof(xen_capabilities_info_t));
	string_check(XENVER_changeset, "changeset", sizeof(xen_changeset_info_t));
	string_check(XENVER_commandline, "commandline", sizeof(xen_commandline_t));
	CHECK_RC(xen_version(XENVER_compile_info, buffer), 0);
	CHECK_RC(xen_version(XENVER_pagesize, NULL), 4096);
	CHECK_RC(xen_version(XENVER_platform_parameters, &params), 0);
	CHECK(params.virt_start == HYPERVISOR_VIRT_START, "virt_start is %lx", params.virt_start);
	CHECK_RC(xen_version(XENVER_guest_handle, buffer), 0);
	features_test();
	CHECK_RC(xen_version(11, buffer), -XEN_ENOSYS);
	CHECK_RC(xen_version(1000, buffer), -XEN_ENOSYS);
	CHECK_RC(xen_version(XENVER_extraversion, (void *)0x1000), -XEN_EFAULT);
	CHECK_RC(xen_version(XENVER_extraversion, (void *)HYPERVISOR_VIRT_START), -XEN_EFAULT);
}
