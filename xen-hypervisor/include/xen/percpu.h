/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Per-CPU variables: DEFINE_PER_CPU(type, name), this_cpu(name), per_cpu(name, cpu).
 * Every CPU has its own zero- or statically initialised copy, set up before the CPU runs C code of
 * ours.
 */
#ifndef XEN_PERCPU_H
#define XEN_PERCPU_H

#include <hw/asm.h>
#include <xen/cpumask.h>

#define DEFINE_PER_CPU(type, name) SECTION(HW_PERCPU_SECTION) USED __typeof__(type) percpu_##name
#define DECLARE_PER_CPU(type, name) extern __typeof__(type) percpu_##name
#define per_cpu(name, cpu) \
	(*(__typeof__(&percpu_##name))((char *)&percpu_##name + hw_percpu_offset(cpu)))
#define this_cpu(name) \
	(*(__typeof__(&percpu_##name))((char *)&percpu_##name + hw_this_percpu_offset()))

#endif
