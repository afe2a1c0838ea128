/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the compiler calls for __builtin_popcountll() on a processor without the instruction; ours may run there. */
#include <xen/types.h>

int __popcountdi2(long a);
int __popcountdi2(long a)
{
	u64 v = (u64)a;

	v -= (v >> 1) & 0x5555555555555555UL;
	v = (v & 0x3333333333333333UL) + ((v >> 2) & 0x3333333333333333UL);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fUL;
	return (v * 0x0101010101010101UL) >> 56;
}
