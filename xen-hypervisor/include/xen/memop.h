/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of the memory_op hypercall, one function a command; used by hypercall/memory_op.c only.
 * Sources: hypercall/memory_*.c.  `start` is the number of extents that earlier runs of a continued
 * call have done.
 */
#ifndef XEN_MEMOP_H
#define XEN_MEMOP_H

#include <xen/types.h>

#define MEMOP_EXTENT_SHIFT 6 /* the ABI: cmd in the low bits, progress above */
#define MEMOP_CMD_MASK ((1UL << MEMOP_EXTENT_SHIFT) - 1)

struct domain;

/* Goes on later with `done` extents done. */
long memop_continue(unsigned int cmd, u64 done, u64 arg);
/*
 * The domain an argument names, referenced: DOMID_SELF, the caller, or any for a privileged caller.
 */
int memop_domain(u16 id, struct domain **ret_d);
/* Largest order of an extent that the caller may handle. */
unsigned int memop_max_order(void);

long memop_reservation(unsigned int cmd, u64 start, u64 arg);
long memop_exchange(unsigned int cmd, u64 start, u64 arg);
long memop_claim(unsigned int cmd, u64 start, u64 arg);
long memop_maximum_ram_page(unsigned int cmd, u64 start, u64 arg);
long memop_domain_size(unsigned int cmd, u64 start, u64 arg);
long memop_machphys_list(unsigned int cmd, u64 start, u64 arg);
long memop_machphys_mapping(unsigned int cmd, u64 start, u64 arg);
long memop_memory_map(unsigned int cmd, u64 start, u64 arg);
long memop_set_memory_map(unsigned int cmd, u64 start, u64 arg);
long memop_machine_memory_map(unsigned int cmd, u64 start, u64 arg);
long memop_pod_target(unsigned int cmd, u64 start, u64 arg);
long memop_rdm_map(unsigned int cmd, u64 start, u64 arg);
long memop_acquire_resource(unsigned int cmd, u64 start, u64 arg);

#endif
