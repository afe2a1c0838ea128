/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the hypervisor says of itself.  The build may define any of these; the interface version is
 * 4.17 whatever our own version is, because that is what guests and tools have to know.
 */
#ifndef XEN_VERSION_H
#define XEN_VERSION_H

#define HV_INTERFACE_MAJOR 4
#define HV_INTERFACE_MINOR 17

/* 15 characters are shown; our own version stands after "xs". */
#ifdef XEN_SYSTEM_VERSION
#define HV_EXTRAVERSION ".0-xs" XEN_SYSTEM_VERSION
#else
#define HV_EXTRAVERSION ".0-xs"
#endif
#ifndef HV_COMPILER
#define HV_COMPILER "gcc " __VERSION__
#endif
#ifndef HV_COMPILE_BY
#define HV_COMPILE_BY ""
#endif
#ifndef HV_COMPILE_DOMAIN
#define HV_COMPILE_DOMAIN ""
#endif
#ifndef HV_COMPILE_DATE
#define HV_COMPILE_DATE ""		/* empty keeps builds reproducible */
#endif
#ifndef HV_CHANGESET
#define HV_CHANGESET "unknown"
#endif

#endif
