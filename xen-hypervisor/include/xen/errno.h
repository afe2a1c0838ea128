/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Error numbers: the ABI's, and two that never leave the hypervisor. */
#ifndef XEN_ERRNO_INTERNAL_H
#define XEN_ERRNO_INTERNAL_H

#include <public/errno.h>

/* Interrupted by more urgent work: progress is kept, call again (usually through a hypercall
 * continuation). */
#ifndef XEN_ERESTART
#define XEN_ERESTART 85
#endif
/* The same of an operation that did nothing yet. */
#ifndef XEN_EINTR
#define XEN_EINTR 4
#endif

#endif
