/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domctl and sysctl as the tools make them, on the fake machine of core: versions, making a domain
 * step by step, what is refused, destruction that takes several calls.  The parts about processor
 * state are stood in for below.
 */
#include <hw/core_host.h>
#include <hw/host.h>
#include <public/sysctl.h>
#include <xen/console.h>
#include <xen/cpupolicy.h>
#include <xen/domain.h>
#include <xen/domctl.h>
#include <xen/errno.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/page.h>
#include <xen/pv-guest.h>
#include <xen/rights.h>
#include <xen/sched.h>
#include <xen/sysctl.h>
#include "tap.h"

/* --- stand-ins --- */

unsigned int page_paddr_bits = 40;
static int context_result;
static unsigned int contexts_set;
static char keys_pressed[8];

#define STAND_IN(name) \
	long name(struct domain *d, struct xen_domctl *op) { return -XEN_EOPNOTSUPP; }
STAND_IN(domctl_setvcpuextstate)
STAND_IN(domctl_getvcpuextstate)
STAND_IN(domctl_get_vcpu_msrs)
STAND_IN(domctl_set_vcpu_msrs)
STAND_IN(domctl_set_ext_vcpucontext)
STAND_IN(domctl_get_ext_vcpucontext)
STAND_IN(domctl_gettscinfo)
STAND_IN(domctl_settscinfo)
STAND_IN(domctl_get_cpu_policy)
STAND_IN(domctl_set_cpu_policy)

int pv_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	contexts_set++;
	return context_result;
}
void pv_vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
	c->user_regs.rip = 0x1234 + v->id;
}
void page_put_type(struct page_info *pg) {}
enum page_type page_type_in_use(const struct page_info *pg) { return PAGE_L2; }
int console_read_ring(struct xen_sysctl_readconsole *op) { return 0; }
void key_press(char key) { keys_pressed[strlen(keys_pressed)] = key; }
u32 cpu_feature_word(struct vcpu *v, unsigned int i) { return i + 1; }
int cpu_policy_leaves(struct vcpu *v, u64 at, u32 *nr) { return 0; }
long sysctl_physinfo(struct xen_sysctl *op) { return 0; }
long sysctl_getcpuinfo(struct xen_sysctl *op) { return 0; }
long sysctl_availheap(struct xen_sysctl *op) { return 0; }
long sysctl_cputopoinfo(struct xen_sysctl *op) { return 0; }
long sysctl_numainfo(struct xen_sysctl *op) { return 0; }
long sysctl_pcitopoinfo(struct xen_sysctl *op) { return 0; }

/* --- calls --- */

static struct xen_domctl op;

static void begin(u32 cmd, domid_t id)
{
	memset(&op, 0, sizeof(op));
	op.cmd = cmd;
	op.domain = id;
	op.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
}

static long call(void)
{
	long rc = do_domctl((u64)&op);

	while (rc == HOST_CONTINUED)
		rc = do_domctl(host_continuation.args[0]);
	return rc;
}

static long simple(u32 cmd, domid_t id)
{
	begin(cmd, id);
	return call();
}

static void begin_create(domid_t id)
{
	begin(XEN_DOMCTL_createdomain, id);
	op.u.createdomain.max_vcpus = 2;
	op.u.createdomain.max_evtchn_port = 1023;
	op.u.createdomain.max_grant_frames = op.u.createdomain.max_maptrack_frames = -1;
	op.u.createdomain.grant_opts = XEN_DOMCTL_GRANT_version(1);
	op.u.createdomain.handle[3] = 0x77;
}

static void test_dispatch(void)
{
	begin(XEN_DOMCTL_getdomaininfo, 0);
	op.interface_version--;
	tap_ok(call() == -XEN_EACCES, "another interface version is refused");
	tap_ok(do_domctl(0) == -XEN_EFAULT, "an argument that cannot be read is a fault");
	tap_ok(simple(7, 0) == -XEN_ENOSYS && simple(1003, 0) == -XEN_ENOSYS &&
		       simple(~0u, 0) == -XEN_ENOSYS,
	       "operations that are not in the table do not exist");
	tap_ok(simple(XEN_DOMCTL_shadow_op, 0) == -XEN_EOPNOTSUPP,
	       "those that are missing on purpose say so");
	tap_ok(simple(XEN_DOMCTL_pausedomain, 99) == -XEN_ESRCH,
	       "so do domains that are not there");
	tap_ok(simple(XEN_DOMCTL_pausedomain, 0) == -XEN_EINVAL &&
		       simple(XEN_DOMCTL_destroydomain, DOMID_SELF) == -XEN_EINVAL,
	       "the control domain does not pause or destroy itself");
}

static void test_create_refusals(void)
{
	begin_create(DOMID_INVALID);
	op.u.createdomain.flags = XEN_DOMCTL_CDF_hvm;
	tap_ok(call() == -XEN_EOPNOTSUPP, "a guest with translated memory cannot be made");
	begin_create(DOMID_INVALID);
	op.u.createdomain.flags = 1u << 20;
	tap_ok(call() == -XEN_EINVAL, "flags that mean nothing are refused");
	begin_create(DOMID_INVALID);
	op.u.createdomain.cpupool_id = 3;
	tap_ok(call() == -XEN_EINVAL, "there is one CPU pool");
	begin_create(DOMID_INVALID);
	op.u.createdomain.max_vcpus = MAX_VCPUS + 1;
	tap_ok(call() == -XEN_EINVAL, "a guest has no more vCPUs than there can be");
	begin_create(DOMID_INVALID);
	op.u.createdomain.grant_opts = 0;
	tap_ok(call() == -XEN_EINVAL, "a guest has a version of grant tables");
}

static void test_life(void)
{
	struct vcpu_guest_context c = {.flags = VGCF_in_kernel | VGCF_online};
	struct domain *d;
	domid_t id;

	begin_create(DOMID_INVALID);
	tap_ok(!call() && op.domain && op.domain < DOMID_FIRST_RESERVED,
	       "a domain gets a number that is free");
	id = op.domain;
	begin_create(id);
	tap_ok(call() == -XEN_EEXIST, "which nobody else gets");
	begin(XEN_DOMCTL_max_vcpus, id);
	op.u.max_vcpus.max = 3;
	tap_ok(call() == -XEN_EINVAL, "the number of vCPUs is the one of the creation");
	op.u.max_vcpus.max = 2;
	tap_ok(!call() && !call(), "they are made once");
	begin(XEN_DOMCTL_max_mem, id);
	op.u.max_mem.max_memkb = 65536;
	tap_ok(!call() && domain_find(id)->max_pages == 16384, "a limit of memory is set");
	begin(XEN_DOMCTL_getvcpucontext, id);
	op.u.vcpucontext.ctxt.p = (void *)&c;
	tap_ok(call() == -XEN_ENODATA, "a vCPU without context has none to show");
	begin(XEN_DOMCTL_setvcpucontext, id);
	op.u.vcpucontext.ctxt.p = (void *)&c;
	context_result = -XEN_EINVAL;
	tap_ok(call() == -XEN_EINVAL && vcpu_flag_test(domain_find(id)->vcpus[0], VPF_DOWN),
	       "a context that is refused leaves the vCPU down");
	context_result = -XEN_ERESTART;
	tap_ok(do_domctl((u64)&op) == HOST_CONTINUED && host_continuation.args[0] == (u64)&op,
	       "one that takes long is gone on with");
	context_result = 0;
	tap_ok(!call() && !vcpu_flag_test(domain_find(id)->vcpus[0], VPF_DOWN),
	       "with a context it is up");
	op.u.vcpucontext.vcpu = 2;
	tap_ok(call() == -XEN_EINVAL, "vCPUs that are not there have no context");
	begin(XEN_DOMCTL_getvcpucontext, id);
	op.u.vcpucontext.ctxt.p = (void *)&c;
	tap_ok(!call() && c.user_regs.rip == 0x1234, "the context is shown");
	begin(XEN_DOMCTL_getdomaininfo, id);
	tap_ok(!call() && op.domain == id && (op.u.getdomaininfo.flags & XEN_DOMINF_paused) &&
		       op.u.getdomaininfo.nr_online_vcpus == 1 &&
		       op.u.getdomaininfo.max_vcpu_id == 1 &&
		       op.u.getdomaininfo.handle[3] == 0x77 &&
		       op.u.getdomaininfo.max_pages == 16384,
	       "the tools see the domain as it is");
	tap_ok(!simple(XEN_DOMCTL_unpausedomain, id) && !simple(XEN_DOMCTL_unpausedomain, id) &&
		       !domain_find(id)->paused_by_controller,
	       "letting it run twice is letting it run");
	tap_ok(!simple(XEN_DOMCTL_pausedomain, id) && domain_find(id)->pause_count == 1,
	       "and so is pausing it");
	d = domain_get(id);
	tap_ok(!simple(XEN_DOMCTL_destroydomain, id) && d->dying == DOMAIN_DEAD,
	       "it can be destroyed");
	begin(XEN_DOMCTL_getdomaininfo, id);
	tap_ok(!call() && (op.u.getdomaininfo.flags & XEN_DOMINF_dying),
	       "is dying while somebody holds it");
	tap_ok(!simple(XEN_DOMCTL_destroydomain, id), "is destroyed once");
	domain_put(d);
	tap_ok(simple(XEN_DOMCTL_getdomaininfo, id) == -XEN_ESRCH &&
		       simple(XEN_DOMCTL_destroydomain, id) == -XEN_ESRCH,
	       "and is gone");
}

static void test_affinity(struct domain *d)
{
	u8 hard[40], soft[1] = {0xff};

	memset(hard, 0xff, sizeof(hard));
	begin(XEN_DOMCTL_setvcpuaffinity, d->id);
	op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD;
	op.u.vcpuaffinity.cpumap_hard.bitmap.p = hard;
	op.u.vcpuaffinity.cpumap_hard.nr_bits = 2;
	hard[0] = 0xf2;
	tap_ok(!call() && hard[0] == 2,
	       "a map of two bits has two bits, whatever stands beside them");
	op.u.vcpuaffinity.cpumap_hard.nr_bits = 320;
	memset(hard, 0xff, sizeof(hard));
	tap_ok(!call() && hard[0] == 3 && !hard[1] && !hard[39],
	       "a long map comes back with the CPUs that exist");
	memset(hard, 0, sizeof(hard));
	hard[1] = 1;
	tap_ok(call() == -XEN_EINVAL, "a vCPU needs a CPU that exists");
	op.u.vcpuaffinity.flags = 0;
	tap_ok(call() == -XEN_EINVAL, "something has to be set");
	begin(XEN_DOMCTL_getvcpuaffinity, d->id);
	op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_SOFT;
	op.u.vcpuaffinity.cpumap_soft.bitmap.p = soft;
	op.u.vcpuaffinity.cpumap_soft.nr_bits = 8;
	tap_ok(!call() && soft[0] == 3, "preferences are told within what exists");
	op.u.vcpuaffinity.cpumap_soft.bitmap.p = NULL;
	tap_ok(call() == -XEN_EFAULT, "a map that cannot be written is a fault");
}

static void test_rights(struct domain *d)
{
	begin(XEN_DOMCTL_ioport_permission, d->id);
	op.u.ioport_permission.first_port = 0x3f8;
	op.u.ioport_permission.nr_ports = 8;
	op.u.ioport_permission.allow_access = 1;
	tap_ok(call() == -XEN_EPERM, "nobody passes on ports that he has not");
	rights_ioport_grant(current->domain, 0, 0xffff);
	tap_ok(!call() && rights_ioport_ok(d, 0x3f8, 0x3ff), "ports are given");
	op.u.ioport_permission.allow_access = 0;
	tap_ok(!call() && !rights_ioport_ok(d, 0x3f8, 0x3f8), "and taken back");
	op.u.ioport_permission.nr_ports = 0x10000;
	tap_ok(call() == -XEN_EINVAL, "there are no ports beyond the last");
	op.u.ioport_permission.first_port = ~0u;
	op.u.ioport_permission.nr_ports = ~0u;
	tap_ok(call() == -XEN_EINVAL, "also in numbers that overflow");
	begin(XEN_DOMCTL_iomem_permission, d->id);
	op.u.iomem_permission.first_mfn = 10;
	op.u.iomem_permission.nr_mfns = ~0ULL;
	op.u.iomem_permission.allow_access = 1;
	rights_iomem_grant(current->domain, 0, ~0ULL);
	tap_ok(call() == -XEN_EINVAL, "so for frames");
	op.u.iomem_permission.nr_mfns = 2;
	tap_ok(!call() && rights_iomem_ok(d, 10, 11) && !rights_iomem_ok(d, 10, 12),
	       "which are given in the same way");
}

static void test_hypercall_page(struct domain *d)
{
	const u8 *page = mfn_to_virt(_mfn(77));
	u64 frames[3] = {5, ~0ULL, 6};

	begin(XEN_DOMCTL_hypercall_init, d->id);
	op.u.hypercall_init.gmfn = 77;
	tap_ok(!call() &&
		       !memcmp(page + 32, "\x51\x41\x53\xb8\x01\0\0\0\x0f\x05\x41\x5b\x59\xc3",
			       14) &&
		       !memcmp(page + 23 * 32, "\x51\x41\x53\x50\xb8\x17\0\0\0\x0f\x05", 11),
	       "the hypercall page has an entry for each number, and iret's own");
	op.u.hypercall_init.gmfn = ~0ULL;
	tap_ok(call() == -XEN_EACCES, "it has to be a page of the guest");
	begin(XEN_DOMCTL_getpageframeinfo3, d->id);
	op.u.getpageframeinfo3.num = 3;
	op.u.getpageframeinfo3.array.p = (void *)frames;
	tap_ok(!call() && frames[0] == XEN_DOMCTL_PFINFO_L2TAB &&
		       frames[1] == XEN_DOMCTL_PFINFO_XTAB,
	       "frames are told by what they are used as");
	op.u.getpageframeinfo3.num = 1025;
	tap_ok(call() == -XEN_E2BIG, "a thousand at a time");
	tap_ok(!host_page_refs, "and no reference stays");
}

static void test_sysctl(void)
{
	struct xen_sysctl s = {.cmd = XEN_SYSCTL_sched_id,
			       .interface_version = XEN_SYSCTL_INTERFACE_VERSION};
	struct xen_domctl_getdomaininfo info[4];
	u32 words[16];
	u8 cpus;

	tap_ok(!do_sysctl((u64)&s) && s.u.sched_id.sched_id == sched_id(),
	       "the scheduler has a number");
	s.interface_version++;
	tap_ok(do_sysctl((u64)&s) == -XEN_EACCES, "here, too, the version has to be ours");
	s.interface_version--;
	s.cmd = 13;
	tap_ok(do_sysctl((u64)&s) == -XEN_ENOSYS, "and the operation in the table");
	s.cmd = XEN_SYSCTL_getdomaininfolist;
	s.u.getdomaininfolist.first_domain = 0;
	s.u.getdomaininfolist.max_domains = 4;
	s.u.getdomaininfolist.buffer.p = info;
	tap_ok(!do_sysctl((u64)&s) && s.u.getdomaininfolist.num_domains == 2 &&
		       info[0].domain == 0 && info[1].domain == 5,
	       "all domains are listed in order");
	s.u.getdomaininfolist.first_domain = 1;
	s.u.getdomaininfolist.max_domains = 1;
	tap_ok(!do_sysctl((u64)&s) && s.u.getdomaininfolist.num_domains == 1 && info[0].domain == 5,
	       "from where one likes, and as many as one likes");
	memset(&s.u, 0, sizeof(s.u));
	s.cmd = XEN_SYSCTL_debug_keys;
	s.u.debug_keys.keys.p = "ab";
	s.u.debug_keys.nr_keys = 2;
	tap_ok(!do_sysctl((u64)&s) && !strcmp(keys_pressed, "ab"), "keys are pressed in order");
	memset(&s.u, 0, sizeof(s.u));
	s.cmd = XEN_SYSCTL_cpupool_op;
	s.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_INFO;
	s.u.cpupool_op.cpupool_id = XEN_SYSCTL_CPUPOOL_PAR_ANY;
	s.u.cpupool_op.cpumap.bitmap.p = &cpus;
	s.u.cpupool_op.cpumap.nr_bits = 8;
	tap_ok(!do_sysctl((u64)&s) && cpus == 3 && s.u.cpupool_op.n_dom == 2,
	       "one pool has all CPUs and domains");
	memset(&s.u, 0, sizeof(s.u));
	s.cmd = XEN_SYSCTL_get_cpu_featureset;
	s.u.cpu_featureset.index = XEN_SYSCTL_cpu_featureset_pv;
	s.u.cpu_featureset.nr_features = 3;
	s.u.cpu_featureset.features.p = words;
	tap_ok(do_sysctl((u64)&s) == -XEN_ENOBUFS &&
		       s.u.cpu_featureset.nr_features == CPU_FEATURE_WORDS,
	       "too little room for the feature words is said with how much it takes");
	tap_ok(!do_sysctl((u64)&s) && words[12] == 13, "and then they come");
}

int main(void)
{
	struct domain *d;
	u64 refs;

	host_core_init(2, "bvt");
	host_core_as(dom0->vcpus[0]);
	refs = host_mem_objects;
	test_dispatch();
	test_create_refusals();
	test_life();
	tap_ok(host_mem_objects <= refs + 2, "what was made for the domain is free again");
	d = host_core_domain(5, 1);
	host_core_as(dom0->vcpus[0]);
	test_affinity(d);
	test_rights(d);
	test_hypercall_page(d);
	test_sysctl();
	return tap_done();
}
