/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small objects: power-of-two classes from 16 to 1024 bytes carved from single frames of the heap,
 * whole frames for anything larger.
 *
 * A slab is one frame: struct slab, then its objects, free ones linked through their first word.
 * Full slabs are on no list; a slab that becomes empty goes back to the heap unless it is its
 * class's last.  A large object is preceded by nothing: the order is kept in the frame table (aux
 * of its first frame) and a small one's frame says so by aux == SLAB_FRAME.  Owns one lock a class,
 * taken with interrupts disabled; the heap's lock nests inside.
 */
#include <xen/heap.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/lock.h>
#include <xen/log.h>
#include <xen/page.h>

#define MIN_SHIFT 4
#define MAX_SHIFT 10
#define SLAB_FRAME 0x51ab0000u	/* aux of a slab's frame; the class in the low byte */
#define LARGE_FRAME 0x51ac0000u /* aux of a large object's first frame; the order in the low byte */

struct slab {
	struct list link;
	void *free;		/* first free object */
	u32 used;
};

static struct slab_class {
	spinlock_t lock;
	/* slabs with a free object; zero-initialised, so set up on first use */
	struct list partial;
	u32 nr_partial;
} classes[MAX_SHIFT + 1];

static unsigned int size_to_shift(size_t size)
{
	unsigned int shift = size <= 16 ? MIN_SHIFT : 64 - __builtin_clzl(size - 1);

	return shift;
}

/* First object: behind the header, aligned to the object's size or to 64. */
static size_t first_object(unsigned int shift)
{
	size_t align = shift >= 6 ? 64 : 16;

	return ROUND_UP(sizeof(struct slab), align);
}

static struct slab *slab_new(unsigned int shift)
{
	struct slab *s = heap_alloc_virt(0, 0);

	if (!s)
		return NULL;
	virt_to_page(s)->aux = SLAB_FRAME | shift;
	for (size_t at = first_object(shift); at + (1UL << shift) <= PAGE_SIZE;
	     at += 1UL << shift) {
		*(void **)((char *)s + at) = s->free;
		s->free = (char *)s + at;
	}
	return s;
}

static void *object_take(struct slab_class *c, struct slab *s)
{
	void *p = s->free;

	s->free = *(void **)p;
	s->used++;
	if (!s->free) {
		list_del(&s->link);
		c->nr_partial--;
	}
	return p;
}

static void *small_alloc(unsigned int shift)
{
	struct slab_class *c = &classes[shift];
	unsigned long flags = spin_lock_irqsave(&c->lock);
	void *p = NULL;

	if (!c->partial.next)
		list_init(&c->partial);
	if (list_empty(&c->partial)) {
		/*
		 * Without the lock: the heap may have to flush other CPUs, which may wait for this
		 * lock.
		 */
		spin_unlock_irqrestore(&c->lock, flags);
		struct slab *s = slab_new(shift);

		if (!s)
			return NULL;
		flags = spin_lock_irqsave(&c->lock);
		list_add_head(&c->partial, &s->link);
		c->nr_partial++;
	}
	p = object_take(c, list_first(&c->partial, struct slab, link));
	spin_unlock_irqrestore(&c->lock, flags);
	memset(p, 0, 1UL << shift);
	return p;
}

static void small_free(struct slab *s, void *p, unsigned int shift)
{
	struct slab_class *c = &classes[shift];
	bool empty = false;
	unsigned long flags = spin_lock_irqsave(&c->lock);

	*(void **)p = s->free;
	if (!s->free) {
		list_add_head(&c->partial, &s->link);
		c->nr_partial++;
	}
	s->free = p;
	if (--s->used == 0 && c->nr_partial > 1) {
		list_del(&s->link);
		c->nr_partial--;
		empty = true;
	}
	spin_unlock_irqrestore(&c->lock, flags);
	if (empty)
		heap_free_virt(s, 0);
}

static void *large_alloc(size_t size)
{
	unsigned int order = 0;
	void *p;

	while ((PAGE_SIZE << order) < size)
		if (++order > HEAP_MAX_ORDER)
			return NULL;
	p = heap_alloc_virt(order, HEAP_ZERO);
	if (p)
		virt_to_page(p)->aux = LARGE_FRAME | order;
	return p;
}

void *mem_alloc(size_t size)
{
	if (size > SIZE_MAX / 2)
		return NULL;
	return size <= 1UL << MAX_SHIFT ? small_alloc(size_to_shift(size)) : large_alloc(size);
}

void mem_free(void *p)
{
	struct page_info *pg;

	if (!p)
		return;
	pg = virt_to_page(p);
	if ((pg->aux & ~0xffu) == LARGE_FRAME && !((u64)p & (PAGE_SIZE - 1)))
		heap_free_virt(p, pg->aux & 0xff);
	else if ((pg->aux & ~0xffu) == SLAB_FRAME)
		small_free((struct slab *)((u64)p & PAGE_MASK), p, pg->aux & 0xff);
	else
		panic("mem_free: %p was not allocated by mem_alloc", p);
}
