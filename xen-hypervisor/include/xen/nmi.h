/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Non-maskable interrupts and the hypervisor's own exceptions (hw/traps.c). */
#ifndef XEN_NMI_H
#define XEN_NMI_H

#include <xen/cpuregs.h>

enum nmi_policy { NMI_FATAL, NMI_DOM0, NMI_IGNORE };

/* Called first on every NMI; a nonzero answer means it was the callback's own. */
void nmi_set_callback(u32 (*fn)(struct cpu_regs *regs));
const char *trap_name(unsigned int vector);
/*
 * A fault of ours in a descriptor window is the processor reading a guest's LDT that isn't mapped
 * yet (guest/pv).
 */
bool pv_ldt_window_fault(u64 va);

#endif
