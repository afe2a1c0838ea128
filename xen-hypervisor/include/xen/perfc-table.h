/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of performance counters: what each is called in C, what the tools see it called, and
 * how many values it has.  A new counter is a line here and a perfc_inc() (xen/perfc.h) where it
 * counts.
 *
 * Names seen outside stay: scripts compare them from version to version.  xend gives names to the
 * values of those with several (xen-utils/xend/perf.c): hypercalls by number, exceptions by vector,
 * tables by level, softirqs as in xen/softirq.h.
 */
#ifndef XEN_PERFC_TABLE_H
#define XEN_PERFC_TABLE_H

/* clang-format off */
#define PERFC_TABLE(one, array)								\
	/* loads of CR3, whether they flush or keep translations */			\
	one(CR3_LOADS, "cr3-loads")							\
	/* on the CPU that counts: all but global translations, one page, all */	\
	one(TLB_FLUSHES, "tlb-flushes")							\
	one(TLB_FLUSHES_PAGE, "tlb-flushes-page")					\
	one(TLB_FLUSHES_GLOBAL, "tlb-flushes-global")					\
	/* frames whose change of type needed flushes on some CPU */			\
	one(TYPE_FLUSHES, "tlb-flushes-for-types")					\
	/* interrupts sent to other CPUs, by what they are for */			\
	one(IPIS_TLB, "ipis-tlb-flush")							\
	one(IPIS_CALL, "ipis-call")							\
	one(IPIS_KICK, "ipis-event-or-schedule")					\
	one(CONTEXT_SWITCHES, "context-switches")					\
	one(CONTEXT_SWITCHES_IDLE, "context-switches-to-idle")				\
	one(FPU_SAVES, "fpu-saves")							\
	one(FPU_LOADS, "fpu-restores")							\
	/* entries of multicalls count by their numbers, too */				\
	array(HYPERCALLS, 64, "hypercalls")						\
	one(MULTICALL_ENTRIES, "multicall-entries")					\
	/* of user programs, passed on to their kernels */				\
	one(SYSTEM_CALLS, "system-calls")						\
	/* given to guests; INT n of all other vectors is one counter */		\
	array(EXCEPTIONS, 32, "exceptions-bounced")					\
	one(SOFTWARE_INTERRUPTS, "software-interrupts-bounced")				\
	one(EVENT_UPCALLS, "event-upcalls")						\
	/* page faults that no guest sees */						\
	one(FAULTS_PTWR, "page-faults-table-writes")					\
	one(FAULTS_SPURIOUS, "page-faults-spurious")					\
	one(FAULTS_LDT, "page-faults-ldt")						\
	/* instructions of ours that failed on what a guest gave */			\
	one(FAULTS_FIXED_UP, "hypervisor-faults-fixed-up")				\
	one(PRIVILEGED, "privileged-instructions-emulated")				\
	one(MMU_UPDATES, "mmu-update-entries")						\
	one(PINS, "pins")								\
	one(UNPINS, "unpins")								\
	/* levels 1 to 4 */								\
	array(VALIDATIONS, 4, "tables-validated")					\
	array(INVALIDATIONS, 4, "tables-invalidated")					\
	one(GRANT_MAPS, "grant-maps")							\
	one(GRANT_UNMAPS, "grant-unmaps")						\
	one(GRANT_COPIES, "grant-copies")						\
	/* by guests, by the hypervisor, by devices */					\
	one(EVENTS_SENT, "events-sent")							\
	one(EVENTS_VIRQ, "events-virtual-interrupts")					\
	one(EVENTS_PIRQ, "events-device-interrupts")					\
	one(INTERRUPTS, "interrupts")							\
	one(TIMER_INTERRUPTS, "timer-interrupts")					\
	array(SOFTIRQS, 6, "softirqs")
/* clang-format on */

/* A counter's first value; values are numbered through, and kept in struct cpu_info (hw/asm.h). */
#define PERFC_ONE(id, name) PERFC_##id,
#define PERFC_ARRAY(id, values, name) PERFC_##id, PERFC_##id##_LAST = PERFC_##id + (values)-1,
enum perfc { PERFC_TABLE(PERFC_ONE, PERFC_ARRAY) NR_PERFC };
#undef PERFC_ONE
#undef PERFC_ARRAY

/* With room so that what follows on the stack stays aligned. */
#define PERFC_VALUES ((NR_PERFC + 3) & ~3)

#endif
