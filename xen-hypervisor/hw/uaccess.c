/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Access to the current guest's memory by its virtual addresses: the range check in front of
 * hw/uaccess.S. Relies on the guest's tables being loaded, which they are whenever a vCPU is
 * current.
 */
#include <hw/asm.h>
#include <xen/guest.h>

size_t hw_copy_user(void *dst, const void *src, size_t size);
size_t hw_clear_user(void *dst, size_t size);

size_t copy_from_guest_raw(void *dst, u64 guest_va, size_t size)
{
	if (unlikely(!GUEST_RANGE_OK(guest_va, size)))
		return size;
	return hw_copy_user(dst, (const void *)guest_va, size);
}

size_t copy_to_guest_raw(u64 guest_va, const void *src, size_t size)
{
	if (unlikely(!GUEST_RANGE_OK(guest_va, size)))
		return size;
	return hw_copy_user((void *)guest_va, src, size);
}

size_t clear_guest_raw(u64 guest_va, size_t size)
{
	if (unlikely(!GUEST_RANGE_OK(guest_va, size)))
		return size;
	return hw_clear_user((void *)guest_va, size);
}
