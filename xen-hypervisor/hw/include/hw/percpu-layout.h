/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A CPU's area in layout slot 260, 64 kB each:
 *
 *   0x0000  entry stub page: the same code frame for all CPUs; reaches this CPU's stack
 *           relative to its own address
 *   0x1000  TSS (read-only for nobody but the processor)
 *   0x2000  not mapped
 *   0x8000  stack block, STACK_SIZE and so aligned: #DF, NMI, #MC, #DB stacks of a page each,
 *           0xc000 not mapped (guard), 0xd000-0xffff the main stack with struct cpu_info at its top
 *
 * IRET to a guest's 16-bit stack leaves bits 16 to 31 of our stack pointer in its ESP (Intel SDM
 * volume 1, 6.2.2).  With areas of 64 kB, in a slot whose address has no bits there, that is the
 * CPU's number and tells nothing of where anything lies; the stack that IRET is executed on must
 * stay in here.  tests/guest/small-stack looks.
 */
#ifndef HW_PERCPU_LAYOUT_H
#define HW_PERCPU_LAYOUT_H

#define PERCPU_AREA_SIZE 0x10000
#define PERCPU_STUB 0x0000
#define PERCPU_TSS 0x1000
#define PERCPU_STACK 0x8000
#define PERCPU_STACK_DF 0x8000
#define PERCPU_STACK_NMI 0x9000
#define PERCPU_STACK_MC 0xa000
#define PERCPU_STACK_DB 0xb000
#define PERCPU_STACK_GUARD 0xc000
#define PERCPU_STACK_MAIN 0xd000
#define PERCPU_STACK_TOP 0x10000

/* Offsets within the stub page. */
#define STUB_SYSCALL 0
#define STUB_SYSCALL32 64

#endif
