/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bits in arrays of 64-bit words: atomic and plain, and searching.  The atomic forms order memory
 * fully (sequentially consistent), which the event-channel protocol with guests relies on.
 */
#ifndef XEN_BITOPS_H
#define XEN_BITOPS_H

#include <xen/types.h>

#define BITS_PER_LONG 64
#define BITS_TO_LONGS(n) DIV_ROUND_UP((size_t)(n), BITS_PER_LONG)

static inline bool bit_test(const volatile void *p, unsigned int n)
{
	return (((const volatile u64 *)p)[n / 64] >> (n % 64)) & 1;
}
static inline void bit_set(volatile void *p, unsigned int n)
{
	__atomic_fetch_or((volatile u64 *)p + n / 64, 1ULL << (n % 64), __ATOMIC_SEQ_CST);
}
static inline void bit_clear(volatile void *p, unsigned int n)
{
	__atomic_fetch_and((volatile u64 *)p + n / 64, ~(1ULL << (n % 64)), __ATOMIC_SEQ_CST);
}
/* Return the bit's former value. */
static inline bool bit_test_and_set(volatile void *p, unsigned int n)
{
	u64 m = 1ULL << (n % 64);

	return __atomic_fetch_or((volatile u64 *)p + n / 64, m, __ATOMIC_SEQ_CST) & m;
}
static inline bool bit_test_and_clear(volatile void *p, unsigned int n)
{
	u64 m = 1ULL << (n % 64);

	return __atomic_fetch_and((volatile u64 *)p + n / 64, ~m, __ATOMIC_SEQ_CST) & m;
}
static inline void bit_set_plain(u64 *p, unsigned int n) { p[n / 64] |= 1ULL << (n % 64); }
static inline void bit_clear_plain(u64 *p, unsigned int n) { p[n / 64] &= ~(1ULL << (n % 64)); }

/* Number of set bits; written out because the compiler's own would call its run-time library. */
static inline unsigned int bit_count(u64 w)
{
	w -= (w >> 1) & 0x5555555555555555ULL;
	w = (w & 0x3333333333333333ULL) + ((w >> 2) & 0x3333333333333333ULL);
	w = (w + (w >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return (unsigned int)((w * 0x0101010101010101ULL) >> 56);
}

/* Index of the first set (clear) bit at or after `from`, or `size` when there is none. */
static inline unsigned int bit_find_next(const u64 *p, unsigned int size, unsigned int from)
{
	while (from < size) {
		u64 w = READ_ONCE(p[from / 64]) >> (from % 64);

		if (w) {
			from += __builtin_ctzll(w);
			return from < size ? from : size;
		}
		from = (from / 64 + 1) * 64;
	}
	return size;
}
static inline unsigned int bit_find_next_zero(const u64 *p, unsigned int size, unsigned int from)
{
	while (from < size) {
		u64 w = ~READ_ONCE(p[from / 64]) >> (from % 64);

		if (w) {
			from += __builtin_ctzll(w);
			return from < size ? from : size;
		}
		from = (from / 64 + 1) * 64;
	}
	return size;
}

#endif
