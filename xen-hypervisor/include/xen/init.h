/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Start-up.  hw/boot.S calls hw_boot_main(), which is init/init.c: the one place where a lower
 * layer calls an upper one.
 */
#ifndef XEN_INIT_H
#define XEN_INIT_H

#include <xen/types.h>

#define INIT_TEXT SECTION(".init.text") NOINLINE
#define INIT_DATA SECTION(".init.data")

void hw_boot_main(u32 magic, u32 info) NORETURN;

/* What the upper layers need before and after another CPU comes up. */
void init_cpu_prepare(unsigned int cpu);
void init_cpu_ready(unsigned int cpu) NORETURN;

void smp_prepare_cpu(unsigned int cpu);
void smp_start_all(void);
void smp_call_interrupt(void);

void vga_init(void);
void serial_init_early(void);	/* com1/com2 as the command line says; before anything can fail */
void serial_init_irq(void);
/* First I/O port of a serial line that the hypervisor uses; false when it leaves the line alone. */
bool serial_line_port(unsigned int line, u16 *ret_port);
void fb_init(void);
void console_init(void);

/*
 * Builds dom0 from the boot modules and leaves its vCPU 0 ready to run, paused. 0 or -XEN_E*;
 * prints its reason.
 */
int dom0_build(void);

#endif
