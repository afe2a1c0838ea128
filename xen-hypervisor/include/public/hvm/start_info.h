/* SPDX-License-Identifier: MIT */
/* The start record of a PVH guest is an x86 affair: see arch-x86/hvm/start_info.h. */
#ifndef XEN_PUBLIC_HVM_START_INFO_H
#define XEN_PUBLIC_HVM_START_INFO_H

#include "../arch-x86/hvm/start_info.h"

#endif /* XEN_PUBLIC_HVM_START_INFO_H */
