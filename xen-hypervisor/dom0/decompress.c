/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the shared reader of kernel images needs of the hypervisor: memory for its output, and the
 * surroundings in which the decompressors run (xen/decompress.h).  The decompressors themselves are
 * boot-only: see doc/decompressors.md.
 *
 * Boot, one CPU, before dom0's vCPU runs for the first time.
 */
#include <hw/asm.h>
#include <public/errno.h>
#include <xen/heap.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/page.h>
#include <xen/time.h>

#include "decompress.h"

static struct { bool active; unsigned long flags; } keeping_out;

void boot_interrupts_let_in(void)
{
	if (keeping_out.active)
		hw_irq_restore(keeping_out.flags);
}

void boot_interrupts_keep_out(void)
{
	if (keeping_out.active)
		hw_irq_disable();
}

/* Frees the pages [first, end) of a block in the largest naturally aligned pieces. */
static void pages_free(char *block, u64 first, u64 end)
{
	while (first < end) {
		unsigned int order = first ? (unsigned int)__builtin_ctzll(first) : HEAP_MAX_ORDER;

		while (first + (1ULL << order) > end)
			order--;
		heap_free_virt(block + (first << PAGE_SHIFT), order);
		first += 1ULL << order;
	}
}

void *boot_pages_alloc(size_t size)
{
	u64 pages = DIV_ROUND_UP(size, PAGE_SIZE);
	unsigned int order = 0;
	char *block;

	while (order <= HEAP_MAX_ORDER && 1ULL << order < pages)
		order++;
	/* no guest sees it: it is scrubbed when it is given back */
	block = heap_alloc_virt(order, HEAP_NO_SCRUB);
	if (block)
		pages_free(block, pages, 1ULL << order);
	return block;
}

void boot_pages_free(void *p, size_t size)
{
	if (p)
		pages_free(p, 0, DIV_ROUND_UP(size, PAGE_SIZE));
}

int kernel_host_resize(struct kernel_buffer *buffer, size_t room)
{
	void *data;

	if (room <= buffer->room)
		return 0;
	boot_interrupts_let_in();
	data = boot_pages_alloc(room);
	if (data && buffer->size)
		memcpy(data, buffer->data, buffer->size);
	if (data) {
		boot_pages_free(buffer->data, buffer->room);
		buffer->data = data;
		buffer->room = ROUND_UP(room, PAGE_SIZE);
	}
	boot_interrupts_keep_out();
	return data ? 0 : -XEN_ENOMEM;
}

void kernel_host_free(struct kernel_buffer *buffer)
{
	boot_pages_free(buffer->data, buffer->room);
	*buffer = (struct kernel_buffer){ 0 };
}

/* Interrupts that wait are taken here, so that clocks and other CPUs never wait for long. */
void kernel_host_breathe(void)
{
	boot_interrupts_let_in();
	hw_pause();
	boot_interrupts_keep_out();
}

uint64_t kernel_host_memory_limit(void) { return (heap_free_count() << PAGE_SHIFT) / 2; }

int kernel_host_decode(enum kernel_format format, const uint8_t *in, size_t size,
		       struct kernel_buffer *out)
{
	s64 start = time_now();
	int rc;

	if (!boot_decode)
		return -XEN_EOPNOTSUPP;
	keeping_out.flags = hw_irq_save();
	keeping_out.active = true;
	rc = boot_decode(format, in, size, out);
	keeping_out.active = false;
	hw_irq_restore(keeping_out.flags);
	if (!rc)
		log_info("dom0: kernel: %lu kB of %s became %lu kB in %ld ms", size >> 10,
			 kernel_format_name(format), out->size >> 10,
			 (long)((time_now() - start) / 1000000));
	return rc;
}
