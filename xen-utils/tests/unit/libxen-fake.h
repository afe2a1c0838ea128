/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pretend machine under libxen: the kernel's devices and as much of a hypervisor as building a
 * domain needs, with real memory behind it, so that what was built can be examined.
 *
 * Relies on libxen's struct libxen_ops. Used by the unit tests libxen-* and builder-*.
 * It is strict where the real thing is: unowned frames cannot be mapped, unknown calls fail, memory
 * handed to a hypercall must have come from the library's hypercall memory.
 */
#ifndef TESTS_UNIT_LIBXEN_FAKE_H
#define TESTS_UNIT_LIBXEN_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "libxen/libxen.h"

#define FAKE_FRAMES   65536U    /* of machine memory: 256 MB, sparse */
#define FAKE_SHARED   7U        /* the frame that is the domain's shared information page */
#define FAKE_GRANTS   8U        /* the frame that is its grant table */
#define FAKE_DOMID    5U
#define FAKE_CALLS    4096

struct fake {
	int memory;                     /* memfd of the machine */
	uint16_t owner[FAKE_FRAMES];    /* domain of each frame, 0: free */
	uint32_t next_frame;
	bool no_large;                  /* give out single pages only */
	uint64_t free_pages;

	/* what happened */
	unsigned int calls;             /* hypercalls and mapping calls so far */
	unsigned int fail_at;           /* the call with this number fails; 0: none */
	int fail_with;
	int mappings;                   /* made and not yet undone */
	bool created, destroyed;
	uint64_t max_kb, claimed;
	unsigned int nr_vcpus;
	uint64_t pinned_l4;
	bool have_context;
	struct vcpu_guest_context context;
	struct xen_domctl_createdomain config;
	uint64_t hypercall_page;
	unsigned int next_port;
	uint64_t map_size;              /* of the memory map set */

	/* refusals */
	int domctl_error, sysctl_error; /* answer to everything, or 0 */
	int perf_resets;
	bool perf_growing; /* performance counters become more between two calls */
	bool no_hypercall_device, no_resource, no_claim;

	/* event channel device */
	evtchn_port_t pending[64];
	unsigned int nr_pending;
	evtchn_port_t unmasked, notified;

	/* hypercall memory, to tell whether an argument lies in it */
	struct { uintptr_t start; size_t size; } regions[64];
	unsigned int nr_regions;
	bool stray_argument;
};

void fake_init(struct fake *f);
void fake_done(struct fake *f);
int fake_open(struct fake *f, struct libxen **ret_x);
/* Reads machine memory. */
void fake_read(struct fake *f, uint64_t maddr, void *to, size_t size);

#endif /* TESTS_UNIT_LIBXEN_FAKE_H */
