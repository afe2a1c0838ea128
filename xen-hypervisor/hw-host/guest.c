/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest access and continuations in a host test: guest addresses are the test's own, and
 * "preempted" comes at random, reproducibly.
 */
#include <hw/host.h>
#include <xen/guest.h>
#include <xen/lib.h>

_Thread_local unsigned int host_preempt_one_in;
_Thread_local u64 host_random_state = 1;
_Thread_local struct host_continuation host_continuation;
_Thread_local u64 host_fault_at;

u64 host_random(void)
{
	u64 x = host_random_state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return host_random_state = x;
}

static size_t until_fault(u64 va, size_t size)
{
	if (!va)
		return 0;
	if (!host_fault_at || va + size <= host_fault_at)
		return size;
	return va >= host_fault_at ? 0 : host_fault_at - va;
}

size_t copy_from_guest_raw(void *dst, u64 guest_va, size_t size)
{
	size_t n = until_fault(guest_va, size);

	if (n)
		memcpy(dst, (const void *)guest_va, n);
	return size - n;
}

int hw_read_user_16(void *dst, const void *src)
{
	return copy_from_guest_raw(dst, (u64)src, 16) ? -14 : 0;
}

size_t copy_to_guest_raw(u64 guest_va, const void *src, size_t size)
{
	size_t n = until_fault(guest_va, size);

	if (n)
		memcpy((void *)guest_va, src, n);
	return size - n;
}

size_t clear_guest_raw(u64 guest_va, size_t size)
{
	size_t n = until_fault(guest_va, size);

	if (n)
		memset((void *)guest_va, 0, n);
	return size - n;
}

bool hypercall_preempt_check(void)
{
	return host_preempt_one_in && host_random() % host_preempt_one_in == 0;
}

long hypercall_continue_args(unsigned int op, unsigned int nr_args, const u64 args[6])
{
	host_continuation = (struct host_continuation){ .op = op, .nr_args = nr_args };
	memcpy(host_continuation.args, args, sizeof(host_continuation.args));
	return HOST_CONTINUED;
}
