/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Local APIC: xAPIC by memory, x2APIC by MSR, behind one set of calls.  Source: hw/apic.c. */
#ifndef XEN_APIC_H
#define XEN_APIC_H

#include <xen/cpumask.h>
#include <xen/types.h>

#define APIC_ID 0x20
#define APIC_VERSION 0x30
#define APIC_TPR 0x80
#define APIC_EOI 0xb0
#define APIC_LDR 0xd0
#define APIC_DFR 0xe0
#define APIC_SVR 0xf0
#define APIC_ISR 0x100
#define APIC_ESR 0x280
#define APIC_ICR 0x300
#define APIC_ICR2 0x310
#define APIC_LVT_TIMER 0x320
#define APIC_LVT_THERMAL 0x330
#define APIC_LVT_PMC 0x340
#define APIC_LVT_LINT0 0x350
#define APIC_LVT_LINT1 0x360
#define APIC_LVT_ERROR 0x370
#define APIC_TIMER_INIT 0x380
#define APIC_TIMER_COUNT 0x390
#define APIC_TIMER_DIV 0x3e0

/* Vectors: the higher, the more urgent. */
#define VECTOR_DYNAMIC_FIRST 0x30
#define VECTOR_DYNAMIC_LAST 0xef
#define VECTOR_TIMER 0xf8
#define VECTOR_ERROR 0xf9
#define VECTOR_CALL 0xfa	/* function call on another CPU */
#define VECTOR_FLUSH 0xfb	/* TLB flush */
#define VECTOR_KICK 0xfc	/* look at your softirqs */
#define VECTOR_SPURIOUS 0xff

extern bool apic_x2;
extern u32 cpu_apic_id[NR_CPUS];

void apic_init(void);		/* boot CPU: choose the mode, map the registers */
void apic_cpu_init(void);	/* each CPU */
u32 apic_read(u32 reg);
void apic_write(u32 reg, u32 v);
void apic_eoi(void);
u32 apic_own_id(void);
void apic_ipi(unsigned int cpu, u8 vector);
void apic_icr_wait(void);
/* Raw ICR write to an APIC id (INIT, SIPI, NMI). */
void apic_icr(u32 apic_id, u32 icr);

#endif
