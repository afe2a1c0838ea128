/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of physical CPUs.  Limit: 256 CPUs (NR_CPUS). */
#ifndef XEN_CPUMASK_H
#define XEN_CPUMASK_H

#include <xen/bitops.h>

#define NR_CPUS 256

typedef struct { u64 bits[NR_CPUS / 64]; } cpumask_t;

extern cpumask_t cpu_online_map; /* CPUs that run and take IPIs; changes only at boot */

static inline bool cpumask_test(const cpumask_t *m, unsigned int cpu)
{
	return bit_test(m->bits, cpu);
}
static inline void cpumask_set(cpumask_t *m, unsigned int cpu) { bit_set(m->bits, cpu); }
static inline void cpumask_clear(cpumask_t *m, unsigned int cpu) { bit_clear(m->bits, cpu); }
static inline void cpumask_zero(cpumask_t *m) { *m = (cpumask_t){ { 0 } }; }
static inline void cpumask_fill(cpumask_t *m)
{
	for (int i = 0; i < NR_CPUS / 64; i++)
		m->bits[i] = ~0ULL;
}
static inline unsigned int cpumask_next(const cpumask_t *m, unsigned int from)
{
	return bit_find_next(m->bits, NR_CPUS, from);
}
static inline bool cpumask_empty(const cpumask_t *m) { return cpumask_next(m, 0) == NR_CPUS; }
static inline void cpumask_and(cpumask_t *d, const cpumask_t *a, const cpumask_t *b)
{
	for (int i = 0; i < NR_CPUS / 64; i++)
		d->bits[i] = a->bits[i] & b->bits[i];
}
static inline void cpumask_or(cpumask_t *d, const cpumask_t *a, const cpumask_t *b)
{
	for (int i = 0; i < NR_CPUS / 64; i++)
		d->bits[i] = a->bits[i] | b->bits[i];
}
static inline unsigned int cpumask_count(const cpumask_t *m)
{
	unsigned int n = 0;

	for (int i = 0; i < NR_CPUS / 64; i++)
		n += bit_count(m->bits[i]);
	return n;
}
#define for_each_cpu(cpu, mask)                                                                    \
	for ((cpu) = cpumask_next(mask, 0); (cpu) < NR_CPUS; (cpu) = cpumask_next(mask, (cpu) + 1))
#define for_each_online_cpu(cpu) for_each_cpu(cpu, &cpu_online_map)

#endif
