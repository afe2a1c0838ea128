/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System time from the record that the hypervisor keeps: odd versions are being written. */
#include "time.h"

u64 time_read(const volatile struct vcpu_time_info *info)
{
	u32 version, mul;
	u64 base, delta;
	int shift;

	do {
		version = info->version;
		barrier();
		delta = rdtsc() - info->tsc_timestamp;
		base = info->system_time;
		mul = info->tsc_to_system_mul;
		shift = info->tsc_shift;
		barrier();
	} while ((version & 1) || version != info->version);
	delta = shift < 0 ? delta >> -shift : delta << shift;
	return base + (u64)((unsigned __int128)delta * mul >> 32);
}

u64 time_now(void)
{
	return time_read(&shared_info->vcpu_info[0].time);
}

void time_spin(u64 ns)
{
	u64 end = time_now() + ns;

	while (time_now() < end)
		asm volatile("pause");
}
