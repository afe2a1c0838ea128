/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set_gdt: the frames that make up the caller's global descriptor table. */
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/page.h>
#include <xen/pv.h>

long do_set_gdt(u64 frame_list, u64 entries)
{
	u64 frames[FIRST_RESERVED_GDT_PAGE];
	u32 n = (u32)entries;

	if (n > FIRST_RESERVED_GDT_ENTRY)
		return -XEN_EINVAL;
	if (copy_from_guest_raw(frames, frame_list, DIV_ROUND_UP(n, 512u) * sizeof(u64)))
		return -XEN_EFAULT;
	return pv_set_gdt(current, frames, n);
}
