/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console ring shared with a guest (public/io/console.h), seen from the control domain.
 *
 * The guest may write anything anywhere in the page at any time. So: our own index of each
 * direction lives in private memory and is only published in the page; the guest's index is read
 * once a call, checked against the ring's size, and used from the copy; data is copied once.
 * Relies on nothing of ours. Used by: guest.c and the unit tests.
 */
#ifndef XENCONSOLED_RING_H
#define XENCONSOLED_RING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <public/io/console.h>

struct ring {
	struct xencons_interface *page;
	uint32_t out_cons;      /* ours: taken from the guest's output up to here */
	uint32_t in_prod;       /* ours: put into the guest's input up to here */
};

/*
 * Takes over a page that a former reader may have used: its published indices are where we go on,
 * if they make sense, else what is in the ring is skipped.
 */
void ring_attach(struct ring *r, void *page);

/*
 * Takes up to @size bytes of output; the number taken. -EPROTO when the guest's index is
 * impossible: everything in the ring is skipped and reading goes on with what comes next.
 */
ssize_t ring_read(struct ring *r, char *buffer, size_t size);

/*
 * Puts as much of the input as fits; the number put. 0 as well when the guest's index is
 * impossible.
 */
size_t ring_write(struct ring *r, const char *data, size_t size);

/* Free bytes for input; 0 when the guest's index is impossible. */
size_t ring_space(const struct ring *r);

#endif /* XENCONSOLED_RING_H */
