/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of the platform_op hypercall, one function an operation; used by hypercall/platform_op.c
 * only.  Each gets the argument as it was copied in and fills in what goes back.  Sources:
 * hypercall/platform_*.c.
 */
#ifndef XEN_PLATFORM_H
#define XEN_PLATFORM_H

struct xen_platform_op;

/* hypercall/platform_cpu.c */
int platform_get_cpuinfo(struct xen_platform_op *op);
int platform_get_cpu_version(struct xen_platform_op *op);
int platform_cpu_online(struct xen_platform_op *op);
int platform_cpu_offline(struct xen_platform_op *op);
int platform_getidletime(struct xen_platform_op *op);
int platform_set_pminfo(struct xen_platform_op *op);
int platform_core_parking(struct xen_platform_op *op);

/* hypercall/platform_firmware.c */
int platform_firmware_info(struct xen_platform_op *op);
int platform_acpi_sleep(struct xen_platform_op *op);

#endif
