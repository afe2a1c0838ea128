/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * child-boot - a domain can be built by domctl alone, runs, and goes away again.
 *
 * Promised by domctl.h: createdomain, max_vcpus, max_mem, populate_physmap for another domain,
 * mapping of its frames, setvcpucontext and unpausedomain are enough to start a PV kernel;
 * getdomaininfo tells when it has shut down; destroydomain frees it. The framework does all that;
 * the child checks what it finds at its start.
 */
#include "child.h"
#include "hypercall.h"
#include "page.h"

TEST("child-boot", ROLE_CHILD);

void test_main(void)
{
	CHECK(!(start_info->flags & (SIF_PRIVILEGED | SIF_INITDOMAIN)), "a child has the flags %x",
	      start_info->flags);
	CHECK(page_of_mfn(mfn_of((void *)start_info)) == start_info,
	      "the machine-to-physical table is not set for the child's frames");
	CHECK(shared_info->vcpu_info[0].time.tsc_to_system_mul, "the child has no time record");
}
