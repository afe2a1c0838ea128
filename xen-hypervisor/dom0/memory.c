/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much memory dom0 gets (dom0_mem=), and getting it.
 *
 * dom0_mem=SIZE[,min:SIZE][,max:SIZE]; a bare number counts kilobytes as in 2.0; SIZE may be a
 * percentage of all memory, or negative: all but that much.  Without the option dom0 gets a
 * sixteenth of the machine plus a gigabyte, at most 8 GB and at most what is free less a reserve,
 * so that there is memory for guests without a thought.
 */
#include <public/errno.h>
#include <xen/cmdline.h>
#include <xen/heap.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/page.h>
#include <xen/percpu.h>

#include "dom0.h"

struct amount { bool set, negative, percent; u64 value; };

static struct amount opt_size, opt_min, opt_max;
static unsigned int opt_vcpus_min = 1, opt_vcpus_max = MAX_VCPUS;

static int parse_amount(const char **p, struct amount *a)
{
	const char *start;

	a->negative = **p == '-';
	if (a->negative)
		(*p)++;
	start = *p;
	a->value = str_to_u64(start, p);
	if (*p == start)
		return -XEN_EINVAL;
	a->percent = **p == '%';
	if (a->percent) {
		if (a->value > 100)
			return -XEN_EINVAL;
		(*p)++;
	} else {
		a->value = str_to_size(start, p, 1024);
	}
	a->set = true;
	return 0;
}

static int parse_dom0_mem(const char *value)
{
	while (*value) {
		struct amount *a = &opt_size;
		int rc;

		if (!strncmp(value, "min:", 4) || !strncmp(value, "max:", 4)) {
			a = value[1] == 'i' ? &opt_min : &opt_max;
			value += 4;
		}
		rc = parse_amount(&value, a);
		if (rc)
			return rc;
		if (*value == ',')
			value++;
		else if (*value)
			return -XEN_EINVAL;
	}
	return 0;
}
DECLARE_OPTION("dom0_mem", parse_dom0_mem,
	       "memory of dom0: SIZE[,min:SIZE][,max:SIZE], kB or with suffix, or percent");

static int parse_dom0_max_vcpus(const char *value)
{
	const char *end;
	u64 n = str_to_u64(value, &end), max = n;

	if (*end == '-') {
		const char *second = end + 1;

		max = *second ? str_to_u64(second, &end) : MAX_VCPUS;
		if (!*second)
			end = second;
		opt_vcpus_min = n ? n : 1;
	}
	if (*end || max == 0 || n > max)
		return -XEN_EINVAL;
	opt_vcpus_max = min(max, (u64)MAX_VCPUS);
	return 0;
}
DECLARE_OPTION("dom0_max_vcpus", parse_dom0_max_vcpus, "virtual processors of dom0: N, or MIN-MAX");

unsigned int dom0_choose_vcpus(void)
{
	unsigned int n = cpumask_count(&cpu_online_map);

	n = max(n, opt_vcpus_min);
	return min(n, opt_vcpus_max);
}

static u64 amount_pages(const struct amount *a)
{
	u64 total = heap_total_count();
	u64 pages = a->percent ? total * a->value / 100 : a->value >> PAGE_SHIFT;

	if (!a->negative)
		return pages;
	return total > pages ? total - pages : 0;
}

u64 dom0_max_pages(void) { return opt_max.set ? amount_pages(&opt_max) : ~0ULL >> PAGE_SHIFT; }

static u64 default_pages(void)
{
	u64 pages = heap_total_count() / 16 + ((1ULL << 30) >> PAGE_SHIFT);

	return min(pages, (8ULL << 30) >> PAGE_SHIFT);
}

int dom0_choose_memory(struct dom0_build *b, struct error_text *err)
{
	/* What must stay: the buffer for the frame list and the hypervisor's later allocations. */
	u64 free = heap_free_count(), reserve = free / 64 + 2048 + free / 512,
	    fits = free > reserve ? free - reserve : 0;
	u64 want = opt_size.set ? amount_pages(&opt_size) : min(default_pages(), fits);

	if (opt_min.set)
		want = max(want, amount_pages(&opt_min));
	if (opt_max.set)
		want = min(want, amount_pages(&opt_max));
	if (want > fits)
		return error_text_fail(err, -XEN_ENOMEM,
				       "dom0_mem asks for %lu MB, but only %lu MB are free for "
				       "dom0; ask for less",
				       want >> 8, fits >> 8);
	b->nr_pages = want;
	return 0;
}

/* Memory in the largest pieces there are; the frame list in pseudo-physical order. */
int dom0_allocate(struct dom0_build *b, struct error_text *err)
{
	u64 done = 0;

	b->p2m_buffer_order = 0;
	while ((PAGE_SIZE << b->p2m_buffer_order) < b->nr_pages * sizeof(u64))
		b->p2m_buffer_order++;
	b->p2m = heap_alloc_virt(b->p2m_buffer_order, HEAP_ZERO);
	if (!b->p2m)
		return error_text_fail(err, -XEN_ENOMEM, "no memory for the list of dom0's frames");
	for (unsigned int order = 18; done < b->nr_pages;) {
		struct page_info *pg = NULL;

		while (order && (1ULL << order) > b->nr_pages - done)
			order--;
		pg = page_alloc_domain(b->d, order, 0);
		if (!pg) {
			if (!order--)
				return error_text_fail(err, -XEN_ENOMEM,
						       "memory ran out after %lu of dom0's %lu MB",
						       done >> 8, b->nr_pages >> 8);
			continue;
		}
		for (u64 i = 0; i < 1ULL << order; i++, done++) {
			b->p2m[done] = mfn_x(page_to_mfn(pg)) + i;
			m2p_set(_mfn(b->p2m[done]), done);
		}
	}
	return 0;
}
