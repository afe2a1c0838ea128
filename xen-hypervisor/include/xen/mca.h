/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machine checks: the processor's banks of errors (Intel SDM volume 3, chapter 16; AMD64 APM volume
 * 2, chapter 9).  Sources: hw/mca.c, hw/mca-grade.c.  Dom0 fetches what was polled through
 * hypercall/mca.c.
 */
#ifndef XEN_MCA_H
#define XEN_MCA_H

#include <xen/cpuregs.h>
#include <xen/types.h>

#define MCG_CAP_BANKS 0xffu
#define MCG_CAP_CTL (1ULL << 8)
#define MCG_CAP_RECOVERY (1ULL << 24)	/* the S and AR bits of a bank mean something */
#define MCG_STATUS_RESTART (1ULL << 0)	/* the interrupted program can go on */

#define MCI_VALID (1ULL << 63)
#define MCI_LOST (1ULL << 62)		/* others came meanwhile */
#define MCI_UNCORRECTED (1ULL << 61)
#define MCI_ENABLED (1ULL << 60)
#define MCI_MISC_VALID (1ULL << 59)
#define MCI_ADDRESS_VALID (1ULL << 58)
#define MCI_CONTEXT_CORRUPT (1ULL << 57)
#define MCI_SIGNALLED (1ULL << 56)
#define MCI_ACTION_REQUIRED (1ULL << 55)

/* How bad what a bank says is, in order. */
enum mca_grade {
	MCA_NOTHING,
	MCA_CORRECTED,
	MCA_NO_ACTION,		/* not corrected, but nothing has used it */
	MCA_ACTION_OPTIONAL,	/* found before anything used it: the system may go on */
	MCA_ACTION_REQUIRED,	/* what runs has used it or would */
	MCA_FATAL,
};
/* Pure: a bank's status, given MCG_CAP. */
enum mca_grade mca_grade(u64 mcg_cap, u64 status);

/* One error that was survived. */
struct mca_record {
	u64 id;			/* 1, 2, ... */
	u32 cpu, bank;
	u64 status, address, misc, tsc;
	enum mca_grade grade;
};

void mca_cpu_init(void);	/* each CPU, with its IDT loaded: switches its banks on */
void mca_start(void);		/* boot, all CPUs up: begins to look at the banks now and then */
/* The exception: comes back when the interrupted program can go on. */
void mca_exception(const struct cpu_regs *regs);
/* The oldest record that was not dropped; false: there is none. */
bool mca_oldest(struct mca_record *ret);
void mca_drop(u64 id);

#endif
