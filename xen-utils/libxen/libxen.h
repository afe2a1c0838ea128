/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one library between our utilities and the hypervisor.
 *
 * What it is for: every management hypercall a utility makes, mapping of foreign memory and of
 * grants, and event channels, through the Linux devices /dev/xen/{privcmd,hypercall,evtchn,gntdev}.
 * Relies on: the public Xen headers and kernel-abi.h (the devices' ioctls).
 * Used by: domain/, xenconsoled/, xenstored/, xend/, xfrd/.
 *
 * Conventions
 * - Every function returns 0 (or a count where said) or -errno. Output parameters, named ret_*,
 *   are untouched on failure.
 * - A handle serves one thread at a time; a second thread opens its own.
 * - Arguments handed to the hypervisor are copied into memory that the kernel keeps resident, so
 *   callers pass ordinary memory.
 * - All system calls go through struct libxen_ops, so a test can stand in for the kernel.
 */
#ifndef LIBXEN_LIBXEN_H
#define LIBXEN_LIBXEN_H

#ifndef __XEN_TOOLS__
#define __XEN_TOOLS__ 1
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <public/xen.h>
#include <public/domctl.h>
#include <public/event_channel.h>
#include <public/grant_table.h>
#include <public/memory.h>
#include <public/sched.h>
#include <public/sysctl.h>
#include <public/version.h>

#include "libxen/error-text.h"

#define LIBXEN_PAGE_SHIFT 12
#define LIBXEN_PAGE_SIZE  (1UL << LIBXEN_PAGE_SHIFT)

struct libxen;
struct libxen_evtchn;

/*
 * The system calls the library makes. Each returns what the system call returns, but reports
 * failure as -errno; mmap returns MAP_FAILED with errno set.
 */
struct libxen_ops {
	int (*open)(void *context, const char *path, int flags);
	int (*close)(void *context, int fd);
	long (*ioctl)(void *context, int fd, unsigned long request, void *argument);
	void *(*mmap)(void *context, size_t size, int prot, int flags, int fd, off_t offset);
	int (*munmap)(void *context, void *address, size_t size);
	ssize_t (*read)(void *context, int fd, void *buffer, size_t size);
	ssize_t (*write)(void *context, int fd, const void *buffer, size_t size);
};

/* ---- handle.c: the handle ---------------------------------------------------------------- */

/* Opens privcmd (and the hypercall buffer device where the kernel has it). -ENOENT or -ENXIO:
 * not running on Xen, or the module xen-privcmd is not loaded. */
int libxen_open(struct libxen **ret_x);
int libxen_open_with(const struct libxen_ops *ops, void *context, struct libxen **ret_x);
/* Accepts NULL. Mappings made through the handle must have been unmapped. */
void libxen_close(struct libxen *x);

/*
 * Asks whether the hypervisor and we speak the same management interface; 0 when they do.
 * Otherwise @err holds a sentence: not privileged, no such device, or interface versions differ.
 */
int libxen_probe(struct libxen *x, struct error_text *err);

/* ---- hypercall.c: raw calls and the memory for them -------------------------------------- */

/*
 * Memory that may be named in a hypercall: resident, page-aligned when @size is a page or more,
 * zeroed. Taken and given back in stack order: mark, get..., release(mark).
 */
size_t libxen_buffer_mark(struct libxen *x);
void *libxen_buffer_get(struct libxen *x, size_t size);
void libxen_buffer_release(struct libxen *x, size_t mark);

/* The result of the hypercall (>= 0) or -errno. Pointers must lie in libxen_buffer_get() memory. */
long libxen_hypercall(struct libxen *x, unsigned int number, uint64_t a0, uint64_t a1,
		      uint64_t a2, uint64_t a3, uint64_t a4);
/* The interface version is filled in; @op is copied in and, on success, back out. */
long libxen_domctl(struct libxen *x, struct xen_domctl *op);
long libxen_sysctl(struct libxen *x, struct xen_sysctl *op);
/* @op of @size bytes is copied in and back out. */
long libxen_memory_op(struct libxen *x, unsigned int command, void *op, size_t size);

/* ---- domain.c: life cycle ---------------------------------------------------------------- */

/*
 * *@domid: the wanted number, or 0 (or >= DOMID_FIRST_RESERVED) for any; on success the real one.
 */
int libxen_domain_create(struct libxen *x, const struct xen_domctl_createdomain *config,
			 uint32_t *domid);
int libxen_domain_destroy(struct libxen *x, uint32_t domid);
int libxen_domain_pause(struct libxen *x, uint32_t domid);
int libxen_domain_unpause(struct libxen *x, uint32_t domid);
int libxen_domain_resume(struct libxen *x, uint32_t domid);
/* @reason: SHUTDOWN_* (public/sched.h). Marks the domain as shut down without asking it. */
int libxen_domain_shutdown(struct libxen *x, uint32_t domid, unsigned int reason);
/* -ESRCH when this very domain does not exist. */
int libxen_domain_info(struct libxen *x, uint32_t domid, struct xen_domctl_getdomaininfo *ret_info);
/* Domains in order of number from @first; the count found (at most @max). */
int libxen_domain_list(struct libxen *x, uint32_t first, struct xen_domctl_getdomaininfo *list,
		       unsigned int max);
int libxen_domain_set_handle(struct libxen *x, uint32_t domid, const xen_domain_handle_t handle);
int libxen_domain_max_mem(struct libxen *x, uint32_t domid, uint64_t max_kb);
int libxen_domain_max_vcpus(struct libxen *x, uint32_t domid, unsigned int nr_vcpus);
int libxen_domain_set_time_offset(struct libxen *x, uint32_t domid, int64_t seconds);
int libxen_domain_set_tsc(struct libxen *x, uint32_t domid, const struct xen_domctl_tsc_info *info);
int libxen_domain_get_tsc(struct libxen *x, uint32_t domid, struct xen_domctl_tsc_info *ret_info);
int libxen_domain_set_address_size(struct libxen *x, uint32_t domid, unsigned int bits);
int libxen_domain_get_address_size(struct libxen *x, uint32_t domid, unsigned int *ret_bits);
int libxen_domain_hypercall_init(struct libxen *x, uint32_t domid, uint64_t gmfn);
int libxen_domain_iomem_permission(struct libxen *x, uint32_t domid, uint64_t first_mfn,
				   uint64_t nr_mfns, bool allow);
int libxen_domain_ioport_permission(struct libxen *x, uint32_t domid, uint32_t first_port,
				    uint32_t nr_ports, bool allow);
int libxen_domain_irq_permission(struct libxen *x, uint32_t domid, uint32_t pirq, bool allow);
/* Trigger XEN_DOMCTL_SENDTRIGGER_* at a vCPU (sysrq-like keys; NMI). */
int libxen_domain_send_trigger(struct libxen *x, uint32_t domid, uint32_t trigger, uint32_t vcpu);
/*
 * Scheduler parameters as they are: @op->cmd and @op->sched_id say what; results come back in @op.
 */
int libxen_domain_scheduler_op(struct libxen *x, uint32_t domid,
			       struct xen_domctl_scheduler_op *op);
/*
 * Log-dirty control and page types, for save and migration. @bitmap (may be NULL) has *@pages bits.
 */
int libxen_domain_shadow_op(struct libxen *x, uint32_t domid, uint32_t op, uint32_t mode,
			    uint8_t *bitmap, uint64_t *pages,
			    struct xen_domctl_shadow_op_stats *stats);
int libxen_domain_page_types(struct libxen *x, uint32_t domid, xen_pfn_t *frames,
			     unsigned int count);

/* ---- vcpu.c ------------------------------------------------------------------------------ */

/* NULL @context makes the vCPU as it was before it was ever initialised. */
int libxen_vcpu_set_context(struct libxen *x, uint32_t domid, uint32_t vcpu,
			    const struct vcpu_guest_context *context);
int libxen_vcpu_get_context(struct libxen *x, uint32_t domid, uint32_t vcpu,
			    struct vcpu_guest_context *ret_context);
int libxen_vcpu_info(struct libxen *x, uint32_t domid, uint32_t vcpu,
		     struct xen_domctl_getvcpuinfo *ret_info);
/* Bitmaps of @nr_bits CPUs, least significant bit of byte 0 first; either may be NULL (left alone).
 * After a set they hold what took effect. */
int libxen_vcpu_set_affinity(struct libxen *x, uint32_t domid, uint32_t vcpu, uint8_t *hard,
			     uint8_t *soft, unsigned int nr_bits);
int libxen_vcpu_get_affinity(struct libxen *x, uint32_t domid, uint32_t vcpu, uint8_t *hard,
			     uint8_t *soft, unsigned int nr_bits);
/* The extended state (FPU and beyond) of a vCPU. Get: *@size is the room, then the bytes used;
 * a NULL @buffer asks for the size alone. */
int libxen_vcpu_get_extstate(struct libxen *x, uint32_t domid, uint32_t vcpu, uint64_t *mask,
			     void *buffer, uint64_t *size);
int libxen_vcpu_set_extstate(struct libxen *x, uint32_t domid, uint32_t vcpu, uint64_t mask,
			     const void *buffer, uint64_t size);
int libxen_vcpu_get_extcontext(struct libxen *x, uint32_t domid, uint32_t vcpu,
			       struct xen_domctl_ext_vcpucontext *ret_context);
int libxen_vcpu_set_extcontext(struct libxen *x, uint32_t domid,
			       const struct xen_domctl_ext_vcpucontext *context);

/* ---- host.c: the machine and the hypervisor ---------------------------------------------- */

/*
 * The hypervisor's console ring. *@index is in/out: where to start (when @incremental), where the
 * next read starts. The bytes read, at most @size.
 */
int libxen_console_read(struct libxen *x, char *buffer, size_t size, bool clear, bool incremental,
			uint32_t *index);
int libxen_host_info(struct libxen *x, struct xen_sysctl_physinfo *ret_info);
int libxen_host_scheduler(struct libxen *x, uint32_t *ret_sched_id);
/* Scheduler-wide parameters (sysctl scheduler_op), generic: results come back in @op. */
int libxen_host_scheduler_op(struct libxen *x, struct xen_sysctl_scheduler_op *op);
/* Idle time per CPU; the number of entries filled. */
int libxen_host_cpu_info(struct libxen *x, struct xen_sysctl_cpuinfo *info, unsigned int max);
/* Topology per CPU; the number of entries that exist, of which at most @max are filled. */
int libxen_host_cpu_topology(struct libxen *x, struct xen_sysctl_cputopo *topology,
			     unsigned int max);
/* Memory per node and, where @distance is not NULL, max*max distances (row after row of the count
 * returned). The number of nodes that exist. */
int libxen_host_numa(struct libxen *x, struct xen_sysctl_meminfo *memory, uint32_t *distance,
		     unsigned int max);
/* Free bytes on @node (-1: all) in the address range of widths (0: no bound). */
int libxen_host_free_memory(struct libxen *x, int node, unsigned int min_width,
			    unsigned int max_width, uint64_t *ret_bytes);
int libxen_host_debug_keys(struct libxen *x, const char *keys);

/*
 * The hypervisor's performance counters, one block to free(): names, each with how many of the
 * values, which follow one another, are its own. Values wrap at 2^32. -ENOSYS or -EOPNOTSUPP where
 * it keeps none.
 */
struct libxen_perf {
	uint32_t nr_counters, nr_vals;
	uint32_t *vals;
	struct xen_sysctl_perfc_desc counters[];
};
int libxen_host_perf(struct libxen *x, struct libxen_perf **ret_perf);
int libxen_host_perf_reset(struct libxen *x);

/* Who the hypervisor says it is. Strings are terminated whatever it answered. */
struct libxen_version {
	unsigned int major, minor;
	char extra[XEN_EXTRAVERSION_LEN + 1];
	char compiler[65], compile_by[17], compile_domain[33], compile_date[33];
	char capabilities[XEN_CAPABILITIES_INFO_LEN + 1];
	char changeset[XEN_CHANGESET_INFO_LEN + 1];
	char command_line[1025];
	char build_id[129];             /* hexadecimal; empty when there is none */
	uint64_t virt_start;
	uint32_t features;              /* XENFEAT_* bits of submap 0 */
	unsigned int page_size;
};

/*
 * Fails only when the version itself cannot be asked; the rest is left empty where it is refused.
 */
int libxen_host_version(struct libxen *x, struct libxen_version *ret_version);

/* ---- memory.c ---------------------------------------------------------------------------- */

/*
 * These take an array of @count extents of 2^@order pages and return how many were done, which may
 * be fewer than asked, or -errno when none was.
 * populate: @frames in: guest frame numbers; out: machine frames given (PV).
 */
long libxen_memory_populate(struct libxen *x, uint32_t domid, xen_pfn_t *frames,
			    unsigned long count, unsigned int order, unsigned int flags);
long libxen_memory_increase(struct libxen *x, uint32_t domid, xen_pfn_t *ret_frames,
			    unsigned long count, unsigned int order, unsigned int flags);
long libxen_memory_decrease(struct libxen *x, uint32_t domid, const xen_pfn_t *frames,
			    unsigned long count, unsigned int order);
/*
 * Replaces @count_in extents of @order_in by @count_out of @order_out; all or nothing for the
 * caller:
 * @ret_done says how many went through when it fails. */
int libxen_memory_exchange(struct libxen *x, uint32_t domid, const xen_pfn_t *in,
			   unsigned long count_in, unsigned int order_in, xen_pfn_t *out,
			   unsigned long count_out, unsigned int order_out, unsigned int flags,
			   unsigned long *ret_done);
/* Pages; or -errno. */
long libxen_memory_maximum_reservation(struct libxen *x, uint32_t domid);
long libxen_memory_current_reservation(struct libxen *x, uint32_t domid);
long libxen_memory_maximum_gpfn(struct libxen *x, uint32_t domid);
long libxen_memory_maximum_ram_page(struct libxen *x);
int libxen_memory_add_to_physmap(struct libxen *x, uint32_t domid, unsigned int space,
				 uint64_t index, xen_pfn_t gpfn);
/* Sets aside @pages for the domain ahead of populating it; 0 gives the claim back. */
int libxen_memory_claim(struct libxen *x, uint32_t domid, uint64_t pages);
/* The memory map the guest will be told: one entry a region, E820 types. */
struct libxen_memory_region {
	uint64_t address, size;
	uint32_t type;
} __attribute__((packed));
int libxen_memory_set_map(struct libxen *x, uint32_t domid,
			  const struct libxen_memory_region *regions, unsigned int count);
/* Frames of the 2 MB extents of the machine-to-physical table; the number filled. */
int libxen_memory_m2p_frames(struct libxen *x, xen_pfn_t *frames, unsigned int max);

/* ---- mmu.c: page tables of other domains -------------------------------------------------- */

int libxen_mmu_ext_op(struct libxen *x, uint32_t domid, unsigned int command, xen_pfn_t mfn);
static inline int libxen_mmu_pin_l4(struct libxen *x, uint32_t domid, xen_pfn_t mfn)
{
	return libxen_mmu_ext_op(x, domid, MMUEXT_PIN_L4_TABLE, mfn);
}
/* A whole batch or an error; on error *@ret_done (may be NULL) updates took effect. */
int libxen_mmu_update(struct libxen *x, uint32_t domid, const struct mmu_update *updates,
		      unsigned int count, unsigned int *ret_done);

/* ---- map.c: foreign memory ---------------------------------------------------------------- */

/*
 * Maps @count frames of @domid one after another. Each errors[i] (the array may be NULL) is 0 or
 * -errno of that frame. With @errors, *ret_address is set if at least one frame was mapped, and
 * touching a frame whose error is set faults; without it any failing frame fails the whole call.
 */
int libxen_map_frames(struct libxen *x, uint32_t domid, int prot, const xen_pfn_t *frames,
		      size_t count, int *errors, void **ret_address);
/* One frame; the common case. */
int libxen_map_frame(struct libxen *x, uint32_t domid, int prot, xen_pfn_t frame,
		     void **ret_address);
/* A resource of the domain (XENMEM_resource_*), such as its grant table. */
int libxen_map_resource(struct libxen *x, uint32_t domid, uint32_t type, uint32_t id,
			uint32_t index, uint32_t count, int prot, void **ret_address);
/* Undoes any of the three. NULL is accepted. */
void libxen_unmap(struct libxen *x, void *address, size_t count);

/* ---- grant.c ------------------------------------------------------------------------------ */

/* Maps @count grants made to us by @domid one after another, all or none. */
int libxen_grant_map(struct libxen *x, uint32_t domid, int prot, const grant_ref_t *refs,
		     unsigned int count, void **ret_address);
/* One grant; the common case. */
int libxen_grant_map_one(struct libxen *x, uint32_t domid, int prot, grant_ref_t ref,
			 void **ret_address);
int libxen_grant_unmap(struct libxen *x, void *address, unsigned int count);
/*
 * Writes the reserved entries of a new domain's version 1 grant table: the console page for
 * @console_domid and the xenstore page for @store_domid. Before the domain first runs only.
 */
int libxen_grant_seed(struct libxen *x, uint32_t domid, xen_pfn_t console_frame,
		      uint32_t console_domid, xen_pfn_t store_frame, uint32_t store_domid);

/* ---- evtchn.c ----------------------------------------------------------------------------- */

/* In @domid, a port that @remote_domid may bind. For building domains. */
int libxen_evtchn_alloc_unbound(struct libxen *x, uint32_t domid, uint32_t remote_domid,
				evtchn_port_t *ret_port);
/* Closes every event channel of another domain. */
int libxen_evtchn_reset(struct libxen *x, uint32_t domid);
int libxen_evtchn_status(struct libxen *x, struct evtchn_status *status);

/* Our own event channels: one open file, many ports. Non-blocking. */
int libxen_evtchn_open(struct libxen *x, struct libxen_evtchn **ret_e);
void libxen_evtchn_close(struct libxen_evtchn *e);
/* Readable when a port is pending. */
int libxen_evtchn_fd(const struct libxen_evtchn *e);
int libxen_evtchn_bind_virq(struct libxen_evtchn *e, unsigned int virq, evtchn_port_t *ret_port);
int libxen_evtchn_bind_interdomain(struct libxen_evtchn *e, uint32_t domid,
				   evtchn_port_t remote_port, evtchn_port_t *ret_port);
int libxen_evtchn_bind_unbound(struct libxen_evtchn *e, uint32_t domid, evtchn_port_t *ret_port);
int libxen_evtchn_unbind(struct libxen_evtchn *e, evtchn_port_t port);
int libxen_evtchn_notify(struct libxen_evtchn *e, evtchn_port_t port);
/* The next pending port, which stays masked until unmasked; -EAGAIN when there is none. */
int libxen_evtchn_pending(struct libxen_evtchn *e, evtchn_port_t *ret_port);
int libxen_evtchn_unmask(struct libxen_evtchn *e, evtchn_port_t port);

#endif /* LIBXEN_LIBXEN_H */
