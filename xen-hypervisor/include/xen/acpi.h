/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the hypervisor needs of ACPI (specification 6.4, chapter 5): the static tables.  AML belongs
 * to dom0.  Source: hw/acpi.c.
 */
#ifndef XEN_ACPI_H
#define XEN_ACPI_H

#include <xen/cpumask.h>
#include <xen/types.h>

#define ACPI_MAX_IOAPICS 32

struct acpi_info {
	u64 rsdp, fadt;
	u64 lapic_addr;
	unsigned int nr_cpus;
	u32 apic_id[NR_CPUS];		/* enabled CPUs, in table order */
	u32 acpi_id[NR_CPUS];
	unsigned int nr_disabled;
	unsigned int nr_ioapics;
	struct { u8 id; u32 addr, gsi_base; } ioapic[ACPI_MAX_IOAPICS];
	/* Legacy ISA interrupt -> GSI and its flags (polarity bits 0-1, trigger bits 2-3). */
	struct { u32 gsi; u16 flags; } isa[16];
	u32 sci;
	/* FADT */
	u32 pm_timer_port, pm1a_cnt, pm1b_cnt, pm1a_evt, pm1b_evt;
	u8 pm1_cnt_len;
	bool pm_timer_32bit, reset_supported;
	struct { u8 space; u64 addr; u8 value; } reset;
	u16 boot_flags;
	u64 facs;
	u64 hpet;
	struct { u64 base; u16 segment; u8 start_bus, end_bus; } mcfg[16];
	unsigned int nr_mcfg;
};
extern struct acpi_info acpi_info;

/* Reads the tables; false when there are none (or noacpi). */
bool acpi_init(void);
/* S5 or S3 with the sleep values that dom0 read from its AML. */
void acpi_enter_sleep(u8 state, u16 pm1a_val, u16 pm1b_val);

#endif
