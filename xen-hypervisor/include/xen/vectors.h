/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupt vectors and their handlers (hw/vectors.c). Handlers run with interrupts off and
 * acknowledge the APIC.
 */
#ifndef XEN_VECTORS_H
#define XEN_VECTORS_H

#include <xen/cpuregs.h>

void vectors_init(void);
void vector_set_handler(unsigned int vector,
			void (*fn)(unsigned int vector, struct cpu_regs *regs));

#endif
