/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In-place heap sort: bounded time on any input, no recursion, no allocation.  Not stable. */
#include <xen/lib.h>

static void swap_elements(u8 *a, u8 *b, size_t size)
{
	for (; size; size--, a++, b++) {
		u8 t = *a;

		*a = *b;
		*b = t;
	}
}

/* Lets the element at `root` sink into the heap of the first `count`. */
static void sift_down(u8 *base, size_t root, size_t count, size_t size,
		      int (*cmp)(const void *, const void *))
{
	for (;;) {
		size_t child = root * 2 + 1;

		if (child >= count)
			return;
		if (child + 1 < count && cmp(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (cmp(base + root * size, base + child * size) >= 0)
			return;
		swap_elements(base + root * size, base + child * size, size);
		root = child;
	}
}

void sort_array(void *base, size_t count, size_t size, int (*cmp)(const void *, const void *))
{
	for (size_t i = count / 2; i-- > 0;)
		sift_down(base, i, count, size, cmp);
	for (size_t end = count; end > 1;) {
		end--;
		swap_elements(base, (u8 *)base + end * size, size);
		sift_down(base, 0, end, size, cmp);
	}
}
