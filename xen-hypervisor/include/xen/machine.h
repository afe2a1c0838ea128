/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ending the machine's work: restart, power off, stop.  Any context; none returns.  Source:
 * hw/machine.c. */
#ifndef XEN_MACHINE_H
#define XEN_MACHINE_H

#include <xen/types.h>

void hw_machine_restart(void) NORETURN;
void hw_machine_poweroff(void) NORETURN;
/* ACPI S5 with the sleep values that dom0 read from its AML; interrupts enabled. */
void hw_machine_enter_s5(u16 pm1a_value, u16 pm1b_value) NORETURN;
void hw_machine_halt(void) NORETURN;	/* stops all CPUs and stays */

#endif
