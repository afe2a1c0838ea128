/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building 64-bit paravirtual domains.
 *
 * What it is for: from a kernel image, an initial RAM disk and a few numbers to a paused domain
 * that is ready to run. Relies on: libxen, kernel.h (image to ELF), the public ABI's
 * "start-of-day memory layout" (public/xen.h). Used by: xend.
 *
 * Invariant: a failed build leaves nothing behind; the domain it created is destroyed again.
 */
#ifndef DOMAIN_BUILD_H
#define DOMAIN_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxen/libxen.h"

/* what the hypercall can say; the hypervisor may say less */
#define BUILD_MAX_VCPUS 8192U

/* Called now and then while memory is populated; @done and @total in pages. */
typedef void (*build_progress_fn)(void *context, uint64_t done, uint64_t total);

struct build_params {
	uint32_t domid;                 /* 0: any */
	xen_domain_handle_t handle;     /* the domain's UUID */
	const char *kernel;             /* path of the image; required */
	const char *ramdisk;            /* path, or NULL */
	const char *command_line;       /* or NULL; at most MAX_GUEST_CMDLINE - 1 characters */
	uint64_t memory_kb;             /* given to the guest at start */
	uint64_t max_memory_kb;         /* it may grow to this; 0: same as memory_kb */
	unsigned int nr_vcpus;          /* 0: 1 */
	uint32_t ssidref;
	uint32_t cpupool;
	uint32_t create_flags;          /* extra XEN_DOMCTL_CDF_* for a PV domain */
	uint32_t max_event_channels;    /* highest port; 0: 1023 */
	int32_t max_grant_frames;       /* 0 or less: the hypervisor's default */
	int32_t max_maptrack_frames;    /* 0 or less: the hypervisor's default */
	uint32_t start_flags;           /* extra SIF_* */
	uint32_t console_domid;         /* who serves the console ring; normally 0 */
	uint32_t store_domid;           /* who serves the xenstore ring; normally 0 */
	uint32_t tsc_mode;              /* 0: the hypervisor chooses */
	int64_t time_offset;            /* seconds added to the wall clock */
	bool no_cache;                  /* decompress afresh and keep no copy */
	build_progress_fn progress;     /* or NULL */
	void *progress_context;
};

struct build_result {
	uint32_t domid;
	xen_pfn_t store_mfn, console_mfn;
	evtchn_port_t store_port, console_port; /* the guest's ends */
	uint64_t nr_pages;
	bool from_cache;                /* the kernel was not decompressed this time */
};

/*
 * Everything that can be said without making a domain: the images, the layout in the memory given,
 * the limits, and whether enough memory is free now. 0, or -errno and a sentence.
 */
int domain_build_check(struct libxen *x, const struct build_params *p, struct error_text *err);

/*
 * Makes the domain, paused once (unpause it when its devices are there). The caller introduces it
 * to xenstore with store_mfn and store_port, and publishes the console under
 * /local/domain/<id>/console (ring-ref, port). 0, or -errno and a sentence.
 */
int domain_build_pv(struct libxen *x, const struct build_params *p, struct build_result *ret_result,
		    struct error_text *err);

#endif /* DOMAIN_BUILD_H */
