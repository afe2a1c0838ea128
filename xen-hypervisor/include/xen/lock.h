/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ticket spin locks and reader/writer locks.
 *
 * A lock that an interrupt handler may take is taken with spin_lock_irqsave() everywhere.  The
 * order in which locks nest is written once, in core/locks.txt.  Critical sections are short and
 * never wait for a guest.
 */
#ifndef XEN_LOCK_H
#define XEN_LOCK_H

#include <hw/asm.h>
#include <xen/types.h>

typedef struct { u32 next, owner; } spinlock_t;

#define SPINLOCK_INIT { 0, 0 }

static inline void spin_init(spinlock_t *l) { l->next = l->owner = 0; }

static inline void spin_lock(spinlock_t *l)
{
	u32 ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);

	/* Acquire: nothing inside the critical section may be read before we own it. */
	while (__atomic_load_n(&l->owner, __ATOMIC_ACQUIRE) != ticket)
		hw_pause();
}

static inline bool spin_trylock(spinlock_t *l)
{
	u32 owner = __atomic_load_n(&l->owner, __ATOMIC_RELAXED);
	u32 expected = owner;

	return __atomic_compare_exchange_n(&l->next, &expected, owner + 1, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static inline void spin_unlock(spinlock_t *l)
{
	/* Only the holder writes owner, so a plain increment published with release is enough. */
	__atomic_store_n(&l->owner, l->owner + 1, __ATOMIC_RELEASE);
}

static inline bool spin_is_locked(spinlock_t *l)
{
	return __atomic_load_n(&l->next, __ATOMIC_RELAXED) !=
	       __atomic_load_n(&l->owner, __ATOMIC_RELAXED);
}

static inline unsigned long spin_lock_irqsave(spinlock_t *l)
{
	unsigned long flags = hw_irq_save();

	spin_lock(l);
	return flags;
}

static inline void spin_unlock_irqrestore(spinlock_t *l, unsigned long flags)
{
	spin_unlock(l);
	hw_irq_restore(flags);
}

/*
 * Many readers or one writer; writers wait for readers and may starve, so use it for rare writes.
 */
typedef struct { u32 v; } rwlock_t;

#define RWLOCK_INIT { 0 }
#define RWLOCK_WRITER 0x80000000u

static inline void rwlock_init(rwlock_t *l) { l->v = 0; }

static inline void read_lock(rwlock_t *l)
{
	while (__atomic_fetch_add(&l->v, 1, __ATOMIC_ACQUIRE) & RWLOCK_WRITER) {
		__atomic_fetch_sub(&l->v, 1, __ATOMIC_RELAXED);
		while (__atomic_load_n(&l->v, __ATOMIC_RELAXED) & RWLOCK_WRITER)
			hw_pause();
	}
}
static inline void read_unlock(rwlock_t *l) { __atomic_fetch_sub(&l->v, 1, __ATOMIC_RELEASE); }
static inline void write_lock(rwlock_t *l)
{
	u32 expected = 0;

	while (!__atomic_compare_exchange_n(&l->v, &expected, RWLOCK_WRITER, true, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED)) {
		expected = 0;
		hw_pause();
	}
}
static inline void write_unlock(rwlock_t *l)
{
	__atomic_fetch_sub(&l->v, RWLOCK_WRITER, __ATOMIC_RELEASE);
}

#endif
