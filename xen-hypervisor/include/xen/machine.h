/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ending the machine's work: restart, power off, stop.  Any context; none returns.  Source:
 * hw/machine.c. */
#ifndef XEN_MACHINE_H
#define XEN_MACHINE_H

#include <xen/types.h>

void hw_machine_restart(void) NORETURN;
void hw_machine_poweroff(void) NORETURN;
void hw_machine_halt(void) NORETURN;	/* stops all CPUs and stays */

#endif
