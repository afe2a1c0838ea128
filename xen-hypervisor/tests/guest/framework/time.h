/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System time, as vcpu_info of vCPU 0 tells it. */
#ifndef GUEST_TIME_H
#define GUEST_TIME_H

#include "test.h"

#define MILLISECOND 1000000UL

/* Nanoseconds since the hypervisor booted. */
u64 time_now(void);
u64 time_read(const volatile struct vcpu_time_info *info);
void time_spin(u64 ns);

#endif
