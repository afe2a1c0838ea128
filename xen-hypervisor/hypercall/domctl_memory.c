/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domctl: the hypercall page, and the types of a domain's frames as saving needs them.
 */
#include <public/xen.h>
#include <xen/domain.h>
#include <xen/domctl.h>
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/page.h>
#include <xen/pv-guest.h>

/* --- hypercall page --- */

long domctl_hypercall_init(struct domain *d, struct xen_domctl *op)
{
	return pv_init_hypercall_page(d, op->u.hypercall_init.gmfn);
}

/* --- frame types --- */

#define FRAMES_MAX 1024 /* a call; the ABI's limit */
#define CHUNK	   64

static u64 frame_type(struct domain *d, u64 mfn)
{
	static const u32 names[] = {
		[PAGE_L1] = XEN_DOMCTL_PFINFO_L1TAB,
		[PAGE_L2] = XEN_DOMCTL_PFINFO_L2TAB,
		[PAGE_L3] = XEN_DOMCTL_PFINFO_L3TAB,
		[PAGE_L4] = XEN_DOMCTL_PFINFO_L4TAB,
	};
	struct page_info *pg = page_get_by_mfn(_mfn(mfn), d);
	enum page_type type;
	u32 info;

	if (!pg)
		return XEN_DOMCTL_PFINFO_XTAB;
	type = page_type_in_use(pg);
	info = type < ARRAY_SIZE(names) ? names[type] : XEN_DOMCTL_PFINFO_NOTAB;
	if (info && (READ_ONCE(pg->type) & PAGE_TYPE_PINNED))
		info |= XEN_DOMCTL_PFINFO_LPINTAB;
	page_put(pg);
	return info;
}

long domctl_getpageframeinfo3(struct domain *d, struct xen_domctl *op)
{
	u64 at = handle_va(op->u.getpageframeinfo3.array), left = op->u.getpageframeinfo3.num;
	u64 frames[CHUNK];

	if (left > FRAMES_MAX)
		return -XEN_E2BIG;
	while (left) {
		u64 n = min(left, (u64)CHUNK);

		if (copy_from_guest_raw(frames, at, n * sizeof(u64)))
			return -XEN_EFAULT;
		for (u64 i = 0; i < n; i++)
			frames[i] = frame_type(d, frames[i]);
		if (copy_to_guest_raw(at, frames, n * sizeof(u64)))
			return -XEN_EFAULT;
		at += n * sizeof(u64);
		left -= n;
	}
	return 0;
}
