/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xen_version: what this hypervisor is and what it offers.  Only features that are really there are
 * shown. The texts about the build are for all; the command line and the build id are for the
 * privileged domain.
 */
#include <public/version.h>
#include <xen/cmdline.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/layout.h>
#include <xen/lib.h>
#include <xen/version.h>

/* Always whole fixed-size fields: nothing of the stack goes out. */
static long give_text(u64 arg, const char *text, size_t size)
{
	char buf[1024] = { 0 };

	str_copy(buf, text, min(size, sizeof(buf)));
	return copy_to_guest_raw(arg, buf, size) ? -XEN_EFAULT : 0;
}

static long op_version(u64 arg)
{
	return HV_INTERFACE_MAJOR << 16 | HV_INTERFACE_MINOR;
}

static long op_extraversion(u64 arg)
{
	return give_text(arg, HV_EXTRAVERSION, XEN_EXTRAVERSION_LEN);
}

static long op_compile_info(u64 arg)
{
	struct xen_compile_info c = { 0 };

	str_copy(c.compiler, HV_COMPILER, sizeof(c.compiler));
	str_copy(c.compile_by, HV_COMPILE_BY, sizeof(c.compile_by));
	str_copy(c.compile_domain, HV_COMPILE_DOMAIN, sizeof(c.compile_domain));
	str_copy(c.compile_date, HV_COMPILE_DATE, sizeof(c.compile_date));
	return copy_to_guest_raw(arg, &c, sizeof(c)) ? -XEN_EFAULT : 0;
}

static long op_capabilities(u64 arg)
{
	/* The kinds of guests that can be run; the trailing blank is part of the ABI's format. */
	return give_text(arg, "xen-3.0-x86_64 ", XEN_CAPABILITIES_INFO_LEN);
}

static long op_changeset(u64 arg)
{
	return give_text(arg, HV_CHANGESET, XEN_CHANGESET_INFO_LEN);
}

static long op_platform_parameters(u64 arg)
{
	struct xen_platform_parameters p = { .virt_start = HV_VIRT_START };

	return copy_to_guest_raw(arg, &p, sizeof(p)) ? -XEN_EFAULT : 0;
}

static u32 pv_features(const struct domain *d)
{
	/* A PV guest's frames are machine frames. MMUEXT clear and copy, PRESERVE_AD and the
	 * available bits of grant mappings are implemented. There is no NUMA placement yet, so
	 * XENMEMF_vnode is not offered. */
	u32 map = 1u << XENFEAT_mmu_pt_update_preserve_ad | 1u << XENFEAT_highmem_assist |
		  1u << XENFEAT_gnttab_map_avail_bits | 1u << XENFEAT_direct_mapped;

	if (d->vm_assist & (1u << VMASST_TYPE_pae_extended_cr3))
		map |= 1u << XENFEAT_pae_pgdir_above_4gb;
	if (d->is_hardware)
		map |= 1u << XENFEAT_dom0;
	return map;
}

static long op_get_features(u64 arg)
{
	struct xen_feature_info f;

	if (copy_from_guest_raw(&f, arg, sizeof(f)))
		return -XEN_EFAULT;
	if (f.submap_idx >= XENFEAT_NR_SUBMAPS)
		return -XEN_EINVAL;
	f.submap = pv_features(current->domain);
	return copy_to_guest_raw(arg, &f, sizeof(f)) ? -XEN_EFAULT : 0;
}

static long op_pagesize(u64 arg)
{
	return arg ? -XEN_EINVAL : (long)PAGE_SIZE;
}

static long op_guest_handle(u64 arg)
{
	return copy_to_guest_raw(arg, current->domain->handle, sizeof(xen_domain_handle_t))
		       ? -XEN_EFAULT
		       : 0;
}

static long op_commandline(u64 arg)
{
	return give_text(arg, current->domain->privileged ? cmdline_saved : "<denied>",
			 sizeof(xen_commandline_t));
}

static long op_build_id(u64 arg)
{
	/* The image carries no build id note. */
	return current->domain->privileged ? -XEN_ENODATA : -XEN_EPERM;
}

static long (*const ops[])(u64 arg) = {
	[XENVER_version] = op_version,
	[XENVER_extraversion] = op_extraversion,
	[XENVER_compile_info] = op_compile_info,
	[XENVER_capabilities] = op_capabilities,
	[XENVER_changeset] = op_changeset,
	[XENVER_platform_parameters] = op_platform_parameters,
	[XENVER_get_features] = op_get_features,
	[XENVER_pagesize] = op_pagesize,
	[XENVER_guest_handle] = op_guest_handle,
	[XENVER_commandline] = op_commandline,
	[XENVER_build_id] = op_build_id,
};

long do_xen_version(u64 cmd, u64 arg)
{
	cmd = (u32)cmd;
	return cmd < ARRAY_SIZE(ops) ? ops[cmd](arg) : -XEN_ENOSYS;
}
