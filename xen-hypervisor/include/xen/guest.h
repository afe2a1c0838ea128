/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Access to the memory of the current guest by its virtual addresses, and hypercall continuation.
 *
 * Every value a guest controls is copied once into the hypervisor's own memory, checked there, then
 * used. The copy functions check that the range is the guest's to name and survive faults.
 * Sources: hw/uaccess.S (copying), core/hypercall.c.  Host tests: hw-host.
 */
#ifndef XEN_GUEST_H
#define XEN_GUEST_H

#include <xen/layout.h>
#include <xen/types.h>

/* Number of bytes NOT copied (0: all).  Range is checked. */
size_t copy_from_guest_raw(void *dst, u64 guest_va, size_t size) MUST_CHECK;
size_t copy_to_guest_raw(u64 guest_va, const void *src, size_t size) MUST_CHECK;
/* 16 bytes, quickly: 0, or -XEN_EFAULT with dst as it was. */
int hw_read_user_16(void *dst, const void *src) MUST_CHECK;
static inline int copy_16_from_guest(void *dst, u64 guest_va)
{
	return likely(GUEST_RANGE_OK(guest_va, 16)) ?
		       hw_read_user_16(dst, (const void *)guest_va) :
		       -14;
}
size_t clear_guest_raw(u64 guest_va, size_t size) MUST_CHECK;

#define handle_va(h) ((u64)(h).p)
#define handle_is_null(h) ((h).p == NULL)
/* Typed forms; 0 or -XEN_EFAULT. `h` is a XEN_GUEST_HANDLE, idx counts elements. */
#define copy_from_guest_offset(dst, h, idx, n) \
	({ \
		const __typeof__(*(h).p) *s_ = (h).p + (idx); \
		__typeof__((__typeof__(*(h).p) *)(dst)) d_ = (dst); \
		copy_from_guest_raw((void *)d_, (u64)s_, sizeof(*d_) * (n)) ? -14 : 0; \
	})
#define copy_to_guest_offset(h, idx, src, n) \
	({ \
		__typeof__(*(h).p) *d_ = (h).p + (idx); \
		const __typeof__(*(h).p) *s_ = (src); \
		copy_to_guest_raw((u64)d_, s_, sizeof(*s_) * (n)) ? -14 : 0; \
	})
#define copy_from_guest(dst, h, n) copy_from_guest_offset(dst, h, 0, n)
#define copy_to_guest(h, src, n) copy_to_guest_offset(h, 0, src, n)

/* Should a long hypercall stop and continue later?  (softirq or event pending) */
bool hypercall_preempt_check(void);
/*
 * Arranges that the current hypercall is entered again with number `op` and these arguments (also
 * inside a multicall). The handler returns the value this function returns, without touching the
 * guest's registers further. At most 6 arguments, each converted to u64.
 */
#define hypercall_continue(op, nr_args, ...) \
	hypercall_continue_args(op, nr_args, (const u64[6]){ __VA_ARGS__ })
long hypercall_continue_args(unsigned int op, unsigned int nr_args, const u64 args[6]);

#endif
