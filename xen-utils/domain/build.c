/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building a 64-bit paravirtual domain: first everything that can fail without a domain, then the
 * domain. Relies on kernel.h, build-layout.h, build-memory.h and libxen.
 *
 * All of a build's state is in struct build, so there is one unwind path: release what is set,
 * destroy the domain if there is one and the build did not finish.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/build-layout.h"
#include "domain/build-memory.h"
#include "domain/build.h"
#include "domain/kernel.h"

#define DEFAULT_MAX_EVENT_CHANNEL 1023
#define RAMDISK_MAX (4UL << 30)
#define FLAGS_INTERRUPTS 0x200UL
#define E820_RAM 1
#define UNCLAIMED 0

/*
 * What the hypervisor takes for itself beside the guest's memory: the domain's structure, tables
 * for its frames, and so much a virtual CPU. Generous, because falling short is found out late.
 */
#define OVERHEAD_PAGES      128
#define OVERHEAD_PAGES_VCPU 8

struct build {
	struct libxen *x;
	const struct build_params *p;
	struct error_text *err;
	struct kernel_file kernel;
	int ramdisk_fd;
	uint64_t ramdisk_size;
	uint64_t nr_pages, max_kb;
	unsigned int nr_vcpus;
	struct build_layout layout;
	struct build_memory memory;
	uint32_t domid;
	bool created;
	evtchn_port_t store_port, console_port;
	xen_pfn_t shared_info_mfn;
};

/* ---- what needs no domain ------------------------------------------------------------------ */

static int check_numbers(struct build *b)
{
	const struct build_params *p = b->p;

	if (!p->kernel)
		return error_text_fail(b->err, -EINVAL, "no kernel image is named");
	if (p->command_line && strlen(p->command_line) >= MAX_GUEST_CMDLINE)
		return error_text_fail(b->err, -EINVAL,
				       "the kernel command line has %zu characters; a paravirtual "
				       "kernel is told at most %d",
				       strlen(p->command_line), MAX_GUEST_CMDLINE - 1);
	b->nr_vcpus = p->nr_vcpus ? p->nr_vcpus : 1;
	if (b->nr_vcpus > BUILD_MAX_VCPUS)
		return error_text_fail(b->err, -EINVAL,
				       "%u virtual CPUs are asked for; the limit is %u",
				       b->nr_vcpus, BUILD_MAX_VCPUS);
	b->nr_pages = p->memory_kb / 4;
	b->max_kb = p->max_memory_kb ? p->max_memory_kb : p->memory_kb;
	if (!b->nr_pages || b->nr_pages > 1UL << 32)
		return error_text_fail(b->err, -EINVAL,
				       "%llu kB of memory are asked for; it must be at least 4 kB "
				       "and at most 16 TB",
				       (unsigned long long)p->memory_kb);
	if (b->max_kb < p->memory_kb)
		return error_text_fail(b->err, -EINVAL,
				       "the domain should start with %llu kB of memory but may not "
				       "have more than %llu kB",
				       (unsigned long long)p->memory_kb,
				       (unsigned long long)b->max_kb);
	return 0;
}

static int open_ramdisk(struct build *b)
{
	const char *path = b->p->ramdisk;
	struct stat st;

	if (!path)
		return 0;
	b->ramdisk_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (b->ramdisk_fd < 0 || fstat(b->ramdisk_fd, &st))
		return error_text_fail(b->err, -errno, "%s: cannot open: %s", path,
				       strerror(errno));
	if (!S_ISREG(st.st_mode) || !st.st_size)
		return error_text_fail(b->err, -EINVAL,
			"%s: is empty or not a regular file, so it cannot be a RAM disk", path);
	if ((uint64_t)st.st_size > RAMDISK_MAX)
		return error_text_fail(b->err, -EFBIG,
				       "%s: has %lld MB, more than the limit of %lu MB", path,
				       (long long)st.st_size >> 20, RAMDISK_MAX >> 20);
	b->ramdisk_size = (uint64_t)st.st_size;
	return 0;
}

/* Memory the hypervisor could give now; what others have claimed is theirs. */
static int check_free_memory(struct build *b)
{
	uint64_t needed =
		b->nr_pages + OVERHEAD_PAGES + (uint64_t)b->nr_vcpus * OVERHEAD_PAGES_VCPU;
	struct xen_sysctl_physinfo info;
	uint64_t available;
	int rc = libxen_host_info(b->x, &info);

	if (rc)
		return error_text_fail(b->err, rc,
				       "the hypervisor does not say how much memory is free: %s",
				       strerror(-rc));
	available = info.free_pages > info.outstanding_pages ?
		    info.free_pages - info.outstanding_pages : 0;
	if (needed <= available)
		return 0;
	if (needed <= available + info.scrub_pages)
		return error_text_fail(b->err, -EAGAIN,
				       "the domain needs %llu kB of memory and %llu kB are free, "
				       "but %llu kB more are just being "
				       "cleaned; try again in a moment",
				       (unsigned long long)needed * 4,
				       (unsigned long long)available * 4,
				       (unsigned long long)info.scrub_pages * 4);
	return error_text_fail(b->err, -ENOMEM,
			       "the domain needs %llu kB of memory but only %llu kB are free; give "
			       "it less, or take memory from "
			       "another domain (xm balloon)",
			       (unsigned long long)needed * 4, (unsigned long long)available * 4);
}

static int prepare(struct build *b)
{
	int rc = check_numbers(b);

	if (!rc)
		rc = open_ramdisk(b);
	if (!rc)
		rc = kernel_file_load(b->p->kernel, !b->p->no_cache, &b->kernel, b->err);
	if (!rc)
		rc = build_layout_compute(b->p->kernel, &b->kernel.image, b->ramdisk_size,
					  b->nr_pages, &b->layout, b->err);
	if (!rc)
		rc = check_free_memory(b);
	return rc;
}

static void build_init(struct build *b, struct libxen *x, const struct build_params *p,
		       struct error_text *err)
{
	*b = (struct build){ .x = x, .p = p, .err = err, .ramdisk_fd = -1 };
}

static void build_release(struct build *b)
{
	if (b->ramdisk_fd >= 0)
		close(b->ramdisk_fd);
	kernel_file_free(&b->kernel);
	build_memory_free(&b->memory);
}

int domain_build_check(struct libxen *x, const struct build_params *p, struct error_text *err)
{
	struct build b;
	int rc;

	build_init(&b, x, p, err);
	rc = prepare(&b);
	build_release(&b);
	return rc;
}

/* ---- the domain ---------------------------------------------------------------------------- */

/* For the calls that only the hypervisor can refuse: says which. */
static int step(struct build *b, const char *what, int rc)
{
	if (rc < 0)
		error_text_set(b->err, "the hypervisor refused to %s: %s", what, strerror(-rc));
	return rc;
}

static int32_t limit_or_default(int32_t limit)
{
	return limit > 0 ? limit : -1;
}

/* Version 2 of grant tables where the hypervisor has it: frames above 16 TB need it. */
static uint32_t grant_version(struct build *b)
{
	struct xen_sysctl_physinfo info;

	if (libxen_host_info(b->x, &info) || !(info.capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v2))
		return 1;
	return 2;
}

static int create_domain(struct build *b)
{
	const struct build_params *p = b->p;
	struct xen_domctl_createdomain config = {
		.ssidref = p->ssidref,
		.flags = p->create_flags & ~(XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap),
		.max_vcpus = b->nr_vcpus,
		.max_evtchn_port = p->max_event_channels ? p->max_event_channels
							 : DEFAULT_MAX_EVENT_CHANNEL,
		.max_grant_frames = limit_or_default(p->max_grant_frames),
		.max_maptrack_frames = limit_or_default(p->max_maptrack_frames),
		.grant_opts = XEN_DOMCTL_GRANT_version(grant_version(b)),
		.cpupool_id = p->cpupool,
	};
	int rc;

	memcpy(config.handle, p->handle, sizeof(config.handle));
	b->domid = p->domid;
	rc = libxen_domain_create(b->x, &config, &b->domid);
	if (rc)
		return step(b, "create a domain", rc);
	b->created = true;
	return 0;
}

static int set_memory_map(struct build *b)
{
	struct libxen_memory_region all = {.address = 0, .size = b->max_kb << 10, .type = E820_RAM};
	int rc = libxen_memory_set_map(b->x, b->domid, &all, 1);

	/* A guest without a map takes its memory to be what it starts with. */
	return rc == -ENOSYS && b->max_kb == b->p->memory_kb ? 0 : rc;
}

static int configure_domain(struct build *b)
{
	struct xen_domctl_tsc_info tsc = { .tsc_mode = b->p->tsc_mode };
	int rc;

	rc = step(b, "give the domain its virtual CPUs",
		  libxen_domain_max_vcpus(b->x, b->domid, b->nr_vcpus));
	if (!rc)
		rc = step(b, "set the domain's memory limit",
			  libxen_domain_max_mem(b->x, b->domid, b->max_kb));
	if (!rc && b->p->tsc_mode)
		rc = step(b, "set the domain's time-stamp counter mode",
			  libxen_domain_set_tsc(b->x, b->domid, &tsc));
	if (!rc && b->p->time_offset)
		rc = step(b, "set the domain's clock offset",
			  libxen_domain_set_time_offset(b->x, b->domid, b->p->time_offset));
	if (!rc)
		rc = step(b, "set the domain's memory map", set_memory_map(b));
	return rc;
}

static int give_event_channels(struct build *b)
{
	int rc = libxen_evtchn_alloc_unbound(b->x, b->domid, b->p->store_domid, &b->store_port);

	if (!rc)
		rc = libxen_evtchn_alloc_unbound(b->x, b->domid, b->p->console_domid,
						 &b->console_port);
	return step(b, "give the domain its event channels", rc);
}

/*
 * The claim sets the memory aside at once, so that of two domains being built for the last of it
 * one fails before it took any. A hypervisor without claims leaves that to populating.
 */
static int give_memory(struct build *b)
{
	int claim, rc;

	claim = libxen_memory_claim(b->x, b->domid, b->nr_pages);
	if (claim == -ENOMEM)
		return error_text_fail(b->err, -ENOMEM,
			"the domain needs %llu kB of memory, which another domain has just taken",
			(unsigned long long)b->nr_pages * 4);
	b->memory = (struct build_memory){ .x = b->x, .domid = b->domid, .nr_pages = b->nr_pages };
	rc = build_memory_populate(&b->memory, b->p->progress, b->p->progress_context, b->err);
	if (!claim)
		libxen_memory_claim(b->x, b->domid, UNCLAIMED);
	return rc;
}

static int write_extent(struct build *b, struct build_extent where, const void *data, uint64_t size)
{
	return build_memory_write(&b->memory, where.pfn << BUILD_PAGE_SHIFT, data, size,
				  where.count << BUILD_PAGE_SHIFT);
}

static int write_kernel(struct build *b)
{
	const struct kernel_image *k = &b->kernel.image;
	unsigned int i;
	int rc = 0;

	for (i = 0; i < k->nr_segments && !rc; i++)
		rc = build_memory_write(&b->memory, k->segments[i].address,
					k->elf + k->segments[i].file_offset,
					k->segments[i].file_size, k->segments[i].mem_size);
	return step(b, "map memory for the kernel", rc);
}

static int write_ramdisk(struct build *b)
{
	int rc;

	if (b->ramdisk_fd < 0)
		return 0;
	rc = build_memory_write_file(&b->memory, b->layout.ramdisk.pfn << BUILD_PAGE_SHIFT,
				     b->ramdisk_fd, b->ramdisk_size,
				     b->layout.ramdisk.count << BUILD_PAGE_SHIFT);
	if (rc)
		error_text_set(b->err, "%s: cannot copy it into the domain: %s", b->p->ramdisk,
			       rc == -EIO ? "it ended early" : strerror(-rc));
	return rc;
}

static int write_tables(struct build *b)
{
	const struct build_layout *l = &b->layout;
	uint64_t *tables = calloc(l->tables.count, BUILD_PAGE_SIZE);
	uint64_t *p2m_tables = calloc(l->p2m_tables.count + 1, BUILD_PAGE_SIZE);
	int rc = -ENOMEM;

	if (tables && p2m_tables)
		rc = build_layout_fill_tables(l, b->memory.mfns, tables, p2m_tables);
	if (!rc)
		rc = write_extent(b, l->tables, tables, l->tables.count << BUILD_PAGE_SHIFT);
	if (!rc && l->p2m_tables.count)
		rc = write_extent(b, l->p2m_tables, p2m_tables,
				  l->p2m_tables.count << BUILD_PAGE_SHIFT);
	free(tables);
	free(p2m_tables);
	return step(b, "take the domain's first page tables", rc);
}

static void fill_ramdisk_info(const struct build_layout *l, struct start_info *si)
{
	if (!l->ramdisk_bytes)
		return;
	si->mod_len = l->ramdisk_bytes;
	if (l->ramdisk_mapped) {
		si->mod_start = build_layout_va(l, l->ramdisk.pfn);
	} else {
		si->mod_start = l->ramdisk.pfn;
		si->flags |= SIF_MOD_START_PFN;
	}
}

static void fill_start_info(struct build *b, struct start_info *si)
{
	const struct build_layout *l = &b->layout;
	const xen_pfn_t *mfns = b->memory.mfns;

	snprintf(si->magic, sizeof(si->magic), "xen-3.0-x86_64");
	si->nr_pages = l->nr_pages;
	si->shared_info = b->shared_info_mfn << BUILD_PAGE_SHIFT;
	/* Frame lists mapped at a linear address are understood by our save and restore. */
	si->flags = b->p->start_flags | SIF_VIRT_P2M_4TOOLS;
	si->store_mfn = mfns[l->store.pfn];
	si->store_evtchn = b->store_port;
	si->console.domU.mfn = mfns[l->console.pfn];
	si->console.domU.evtchn = b->console_port;
	si->pt_base = build_layout_va(l, l->tables.pfn);
	si->nr_pt_frames = l->tables.count;
	si->mfn_list = l->p2m_va;
	if (!l->p2m_mapped) {
		si->first_p2m_pfn = l->p2m.pfn;
		si->nr_p2m_frames = l->p2m.count + l->p2m_tables.count;
	}
	fill_ramdisk_info(l, si);
	if (b->p->command_line)
		memcpy(si->cmd_line, b->p->command_line, strlen(b->p->command_line));
}

static int write_start_of_day(struct build *b)
{
	const struct build_layout *l = &b->layout;
	struct start_info si = { 0 };
	int rc;

	fill_start_info(b, &si);
	rc = write_extent(b, l->start_info, &si, sizeof(si));
	if (!rc)
		rc = write_extent(b, l->store, NULL, 0);
	if (!rc)
		rc = write_extent(b, l->console, NULL, 0);
	if (!rc)
		rc = write_extent(b, l->stack, NULL, 0);
	if (!rc)
		rc = write_extent(b, l->p2m, b->memory.mfns, l->nr_pages * sizeof(uint64_t));
	return step(b, "map memory for the start-of-day pages", rc);
}

/* Every virtual CPU starts with event delivery masked; the guest unmasks when it can take one. */
static int prepare_shared_info(struct build *b)
{
	struct xen_domctl_getdomaininfo info;
	struct shared_info *shared;
	unsigned int i;
	void *map;
	int rc;

	rc = libxen_domain_info(b->x, b->domid, &info);
	if (!rc)
		rc = libxen_map_frame(b->x, b->domid, PROT_READ | PROT_WRITE,
				      info.shared_info_frame, &map);
	if (rc)
		return step(b, "map the domain's shared information page", rc);
	shared = map;
	for (i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		shared->vcpu_info[i].evtchn_upcall_mask = 1;
	libxen_unmap(b->x, map, 1);
	b->shared_info_mfn = info.shared_info_frame;
	return 0;
}

static int write_hypercall_page(struct build *b)
{
	uint64_t va = b->kernel.image.hypercall_page, pfn;

	if (va == KERNEL_UNSET)
		return 0;
	pfn = (va - b->kernel.image.virt_base) >> BUILD_PAGE_SHIFT;
	return step(b, "fill the kernel's hypercall page",
		    libxen_domain_hypercall_init(b->x, b->domid, b->memory.mfns[pfn]));
}

static int fill_memory(struct build *b)
{
	int rc = prepare_shared_info(b);

	if (!rc)
		rc = write_kernel(b);
	if (!rc)
		rc = write_hypercall_page(b);
	if (!rc)
		rc = write_ramdisk(b);
	if (!rc)
		rc = write_start_of_day(b);
	if (!rc)
		rc = write_tables(b);
	return rc;
}

static int seed_grants(struct build *b)
{
	const struct build_layout *l = &b->layout;
	const xen_pfn_t *mfns = b->memory.mfns;

	return step(b, "write the domain's first grants",
		    libxen_grant_seed(b->x, b->domid, mfns[l->console.pfn], b->p->console_domid,
				      mfns[l->store.pfn], b->p->store_domid));
}

/*
 * Flat segments, interrupts on in the flags (delivery is masked in the shared page), %rsi to start.
 */
static void fill_context(struct build *b, struct vcpu_guest_context *c)
{
	const struct build_layout *l = &b->layout;
	unsigned int i;

	c->flags = VGCF_in_kernel | VGCF_online;
	c->user_regs.rip = b->kernel.image.entry;
	c->user_regs.rsp = build_layout_va(l, l->stack.pfn + l->stack.count);
	c->user_regs.rsi = build_layout_va(l, l->start_info.pfn);
	c->user_regs.rflags = FLAGS_INTERRUPTS;
	c->user_regs.cs = FLAT_KERNEL_CS;
	c->user_regs.ss = FLAT_KERNEL_SS;
	c->user_regs.ds = FLAT_KERNEL_DS;
	c->user_regs.es = FLAT_KERNEL_DS;
	c->user_regs.fs = FLAT_KERNEL_DS;
	c->user_regs.gs = FLAT_KERNEL_DS;
	c->kernel_ss = FLAT_KERNEL_SS;
	c->kernel_sp = c->user_regs.rsp;
	c->ctrlreg[3] = xen_pfn_to_cr3(b->memory.mfns[l->tables.pfn]);
	for (i = 0; i < 256; i++) {
		c->trap_ctxt[i].vector = (uint8_t)i;
		c->trap_ctxt[i].cs = FLAT_KERNEL_CS;
	}
}

static int start_state(struct build *b)
{
	struct vcpu_guest_context *context;
	int rc;

	rc = step(b, "accept the domain's first page tables",
		  libxen_mmu_pin_l4(b->x, b->domid, b->memory.mfns[b->layout.tables.pfn]));
	if (rc)
		return rc;
	context = calloc(1, sizeof(*context));
	if (!context)
		return error_text_fail(b->err, -ENOMEM, "no memory for the virtual CPU's state");
	fill_context(b, context);
	rc = step(b, "take the first virtual CPU's state",
		  libxen_vcpu_set_context(b->x, b->domid, 0, context));
	free(context);
	return rc;
}

static int make_domain(struct build *b)
{
	int rc = create_domain(b);

	if (!rc)
		rc = configure_domain(b);
	if (!rc)
		rc = give_event_channels(b);
	if (!rc)
		rc = give_memory(b);
	if (!rc)
		rc = fill_memory(b);
	if (!rc)
		rc = seed_grants(b);
	if (!rc)
		rc = start_state(b);
	return rc;
}

static void fill_result(const struct build *b, struct build_result *result)
{
	const struct build_layout *l = &b->layout;

	*result = (struct build_result){
		.domid = b->domid,
		.store_mfn = b->memory.mfns[l->store.pfn],
		.console_mfn = b->memory.mfns[l->console.pfn],
		.store_port = b->store_port,
		.console_port = b->console_port,
		.nr_pages = b->nr_pages,
		.from_cache = b->kernel.from_cache,
	};
}

int domain_build_pv(struct libxen *x, const struct build_params *p, struct build_result *ret_result,
		    struct error_text *err)
{
	struct build b;
	int rc;

	build_init(&b, x, p, err);
	rc = prepare(&b);
	if (!rc)
		rc = make_domain(&b);
	if (!rc)
		fill_result(&b, ret_result);
	else if (b.created)
		libxen_domain_destroy(x, b.domid);
	build_release(&b);
	return rc;
}
