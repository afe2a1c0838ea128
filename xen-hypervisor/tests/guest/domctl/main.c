/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domctl - the initial domain makes, asks about, changes, pauses and destroys other domains, by the
 * letter of 0x15.
 *
 * Promised by domctl.h: another interface version gives -EACCES; operations on domains that do not
 * exist give -ESRCH; createdomain refuses flags that do not exist; getdomaininfo, getvcpuinfo,
 * getvcpucontext, pause and unpause, max_mem, setdomainhandle, affinities, getpageframeinfo3 and
 * what a saver asks for tell and do what their structures say; so does acquire_resource of memory.h
 * for a grant table.
 */
#include "child.h"
#include "hypercall.h"
#include "page.h"
#include "time.h"

TEST("domctl", ROLE_DOM0);

static struct vcpu_guest_context ctx;

static void child_main(void)
{
	volatile u64 *count = page_of_mfn(start_info->store_mfn);

	for (;;)
		++*count;
}

static void wrong_test(void)
{
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_getdomaininfo, .interface_version = 0x14, .domain = 0};
	static const u32 cmd[] = {XEN_DOMCTL_pausedomain,   XEN_DOMCTL_unpausedomain,
				  XEN_DOMCTL_destroydomain, XEN_DOMCTL_max_mem,
				  XEN_DOMCTL_getvcpuinfo,   XEN_DOMCTL_getvcpucontext,
				  XEN_DOMCTL_max_vcpus,	    XEN_DOMCTL_setvcpucontext};
	unsigned int i;

	CHECK_RC(hypercall(__HYPERVISOR_domctl, &op), -XEN_EACCES);
	CHECK_RC(hypercall(__HYPERVISOR_domctl, 0x1000), -XEN_EFAULT);
	for (i = 0; i < ARRAY_SIZE(cmd); i++) {
		memset(&op, 0, sizeof(op));
		CHECK(domctl_call(&op, cmd[i], 1234) == -XEN_ESRCH, "operation %u on no domain",
		      cmd[i]);
		CHECK(domctl_call(&op, cmd[i], 0x7ff5) < 0, "operation %u on domain 7ff5", cmd[i]);
	}
	memset(&op, 0, sizeof(op));
	CHECK_REFUSED(domctl_call(&op, 999, 0));
	op.u.createdomain.flags = ~0U;
	op.u.createdomain.max_vcpus = 1;
	CHECK_REFUSED(domctl_call(&op, XEN_DOMCTL_createdomain, 0));
	memset(&op, 0, sizeof(op));
	op.u.createdomain.grant_opts = XEN_DOMCTL_GRANT_version(1);
	CHECK_REFUSED(domctl_call(&op, XEN_DOMCTL_createdomain, 0)); /* no vCPUs */
	CHECK_REFUSED(domctl_call(&op, XEN_DOMCTL_pausedomain, 0));  /* oneself */
	CHECK_REFUSED(domctl_call(&op, XEN_DOMCTL_destroydomain, 0));
}

static void info_test(struct child *c)
{
	struct xen_domctl op = {};

	CHECK_RC(domctl_call(&op, XEN_DOMCTL_getdomaininfo, c->domid), 0);
	CHECK(op.domain == c->domid && op.u.getdomaininfo.tot_pages == c->nr_frames,
	      "domain %u has %lu pages", op.domain, op.u.getdomaininfo.tot_pages);
	CHECK(op.u.getdomaininfo.flags & XEN_DOMINF_paused, "a new domain is not paused: %x",
	      op.u.getdomaininfo.flags);
	CHECK(op.u.getdomaininfo.max_vcpu_id == 1 && op.u.getdomaininfo.nr_online_vcpus == 1,
	      "vCPUs: last %u, online %u", op.u.getdomaininfo.max_vcpu_id,
	      op.u.getdomaininfo.nr_online_vcpus);
	CHECK(!memcmp(op.u.getdomaininfo.handle, "a child of a tes", 16), "the handle is another");
	memset(&op, 0, sizeof(op));
	op.u.getvcpuinfo.vcpu = 0;
	CHECK_RC(domctl_call(&op, XEN_DOMCTL_getvcpuinfo, c->domid), 0);
	CHECK(op.u.getvcpuinfo.online, "vCPU 0 is not online");
	op.u.getvcpuinfo.vcpu = 7;
	CHECK_REFUSED(domctl_call(&op, XEN_DOMCTL_getvcpuinfo, c->domid));
}

static void context_test(struct child *c)
{
	struct xen_domctl op = {};

	op.u.vcpucontext.vcpu = 0;
	set_xen_guest_handle(op.u.vcpucontext.ctxt, &ctx);
	CHECK_RC(domctl_call(&op, XEN_DOMCTL_getvcpucontext, c->domid), 0);
	CHECK(ctx.user_regs.cs == FLAT_KERNEL_CS && ctx.ctrlreg[3],
	      "the context has cs %x, cr3 %lx", ctx.user_regs.cs, ctx.ctrlreg[3]);
	ctx.ctrlreg[3] = xen_pfn_to_cr3(page_top_mfn()); /* a table, but not the child's */
	CHECK_REFUSED(domctl_call(&op, XEN_DOMCTL_setvcpucontext, c->domid));
	op.u.vcpucontext.vcpu = 5;
	CHECK_REFUSED(domctl_call(&op, XEN_DOMCTL_getvcpucontext, c->domid));
}

/* What a saver of domains asks for; each asks for the size first where there is one. */
static void save_test(struct child *c)
{
	struct xen_domctl op = {};

	CHECK_RC(domctl_call(&op, XEN_DOMCTL_get_ext_vcpucontext, c->domid), 0);
	CHECK(op.u.ext_vcpucontext.size > 0, "the extended context has %u bytes",
	      op.u.ext_vcpucontext.size);
	op.u.ext_vcpucontext.vcpu = 5;
	CHECK_REFUSED(domctl_call(&op, XEN_DOMCTL_get_ext_vcpucontext, c->domid));
	memset(&op, 0, sizeof(op));
	CHECK_RC(domctl_call(&op, XEN_DOMCTL_getvcpuextstate, c->domid), 0);
	CHECK(!op.u.vcpuextstate.size || op.u.vcpuextstate.xfeature_mask & 3,
	      "%lu bytes of state of kinds %lx", op.u.vcpuextstate.size,
	      op.u.vcpuextstate.xfeature_mask);
	op.u.vcpuextstate.vcpu = 5;
	CHECK_REFUSED(domctl_call(&op, XEN_DOMCTL_getvcpuextstate, c->domid));
	memset(&op, 0, sizeof(op));
	CHECK_RC(domctl_call(&op, XEN_DOMCTL_get_vcpu_msrs, c->domid), 0);
	op.u.vcpu_msrs.vcpu = 5;
	CHECK_REFUSED(domctl_call(&op, XEN_DOMCTL_get_vcpu_msrs, c->domid));
	/* For the other kind of guest. */
	memset(&op, 0, sizeof(op));
	CHECK_REFUSED(domctl_call(&op, XEN_DOMCTL_gethvmcontext, c->domid));
	CHECK_REFUSED(domctl_call(&op, XEN_DOMCTL_sethvmcontext, c->domid));
	CHECK_REFUSED(domctl_call(&op, XEN_DOMCTL_gethvmcontext_partial, c->domid));
}

/* A child's grant table, frame by frame, as a builder maps it. */
static void resource_test(struct child *c)
{
	struct xen_mem_acquire_resource r = {.domid = c->domid,
					     .type = XENMEM_resource_grant_table};
	xen_pfn_t frame = 0;

	CHECK_RC(memory_op(XENMEM_acquire_resource, &r), 0);
	CHECK(r.nr_frames > 0, "the table has %u frames", r.nr_frames);
	set_xen_guest_handle(r.frame_list, &frame);
	r.nr_frames = 1;
	CHECK_RC(memory_op(XENMEM_acquire_resource, &r), 0);
	CHECK(frame && frame != ~0UL, "its first frame is %lx", frame);
	r.frame = 1UL << 40;
	CHECK_REFUSED(memory_op(XENMEM_acquire_resource, &r));
	r.frame = 100000;
	CHECK_REFUSED(memory_op(XENMEM_acquire_resource, &r));
	r.frame = 0;
	r.pad = 1;
	CHECK_REFUSED(memory_op(XENMEM_acquire_resource, &r));
	r.pad = 0;
	r.type = 77;
	CHECK_REFUSED(memory_op(XENMEM_acquire_resource, &r));
	r.type = XENMEM_resource_grant_table;
	r.domid = 1234;
	CHECK_REFUSED(memory_op(XENMEM_acquire_resource, &r));
}

static void frames_test(struct child *c)
{
	u64 list[3] = {c->frames[0], c->frames[c->nr_frames - 5], 0xfffffff};
	struct xen_domctl op = {};

	op.u.getpageframeinfo3.num = 3;
	op.u.getpageframeinfo3.array.p = (void *)list;
	CHECK_RC(domctl_call(&op, XEN_DOMCTL_getpageframeinfo3, c->domid), 0);
	CHECK((list[0] & XEN_DOMCTL_PFINFO_LTAB_MASK) == XEN_DOMCTL_PFINFO_NOTAB,
	      "a plain frame is %lx", list[0]);
	CHECK((list[1] & XEN_DOMCTL_PFINFO_LTABTYPE_MASK) == XEN_DOMCTL_PFINFO_L4TAB,
	      "the top table is %lx", list[1]);
	CHECK((list[2] & XEN_DOMCTL_PFINFO_LTAB_MASK) == XEN_DOMCTL_PFINFO_XTAB, "no frame is %lx",
	      list[2]);
}

/* It counts while it runs, and does not while it is paused. */
static void pause_test(struct child *c)
{
	volatile u64 *count = (u64 *)c->store;
	struct xen_domctl op = {};
	u64 end = time_now() + 3000 * MILLISECOND, before;

	child_unpause(c);
	while (!*count && time_now() < end)
		sched_op(SCHEDOP_yield, NULL);
	CHECK(*count, "an unpaused domain does not run");
	CHECK_RC(domctl_call(&op, XEN_DOMCTL_pausedomain, c->domid), 0);
	before = *count;
	time_spin(20 * MILLISECOND);
	CHECK(*count == before, "a paused domain runs");
	CHECK_RC(domctl_call(&op, XEN_DOMCTL_getdomaininfo, c->domid), 0);
	CHECK(op.u.getdomaininfo.cpu_time > 0, "it ran in no time");
	memset(&op, 0, sizeof(op));
	op.u.max_mem.max_memkb = 4096;
	CHECK_RC(domctl_call(&op, XEN_DOMCTL_max_mem, c->domid), 0);
	CHECK_RC(domctl_call(&op, XEN_DOMCTL_getdomaininfo, c->domid), 0);
	CHECK(op.u.getdomaininfo.max_pages == 1024, "4 MB at most are %lu pages",
	      op.u.getdomaininfo.max_pages);
}

void test_main(void)
{
	struct child child;

	if (!is_dom0) {
		child_main();
		return;
	}
	wrong_test();
	child_create(&child, "");
	info_test(&child);
	context_test(&child);
	save_test(&child);
	resource_test(&child);
	frames_test(&child);
	pause_test(&child);
	child_destroy(&child);
}
