/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions and callbacks. The table is installed before test_main(); an exception outside TRY()
 * ends the test with an error that shows the registers.
 *
 * TRY(statement) runs a statement and yields the vector of the exception it raised, or TRAP_NONE;
 * details are in trap_last. It does not nest, and serves vCPU 0 only. Local variables written in
 * the statement must be volatile.
 */
#ifndef GUEST_TRAP_H
#define GUEST_TRAP_H

#include "test.h"

enum {
	TRAP_DE = 0,
	TRAP_DB = 1,
	TRAP_BP = 3,
	TRAP_OF = 4,
	TRAP_BR = 5,
	TRAP_UD = 6,
	TRAP_NM = 7,
	TRAP_TS = 10,
	TRAP_NP = 11,
	TRAP_SS = 12,
	TRAP_GP = 13,
	TRAP_PF = 14,
	TRAP_MF = 16,
	TRAP_AC = 17,
	TRAP_XM = 19,
	TRAP_INT80 = 128,
	TRAP_USER_END = TRAP_BP,
	TRAP_EVENT = 250,
	TRAP_SYSCALL = 251,
	TRAP_NMI = 252,
	TRAP_SYSENTER = 253,
	TRAP_FAILSAFE = 254,
	TRAP_NONE = 255,
};

struct trap_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
	u64 vector, error, rip, cs, rflags, rsp, ss;
};

/* What the last caught exception was. */
struct trap_record {
	u64 vector, error, rip, cs, rflags, rsp, cr2;
	u64 rax, rcx, r11;
	u8 mask;		/* evtchn_upcall_mask in the handler */
};

struct context {
	u64 rip, rsp, rbx, rbp, r12, r13, r14, r15;
};

extern struct trap_record trap_last;
extern struct context trap_context;
extern bool trap_armed;

int context_save(struct context *context) __attribute__((returns_twice));
void context_restore(struct context *context) __attribute__((noreturn));
void trap_init(void);

#define TRY(statement) ({					\
	trap_last.vector = TRAP_NONE;				\
	if (!context_save(&trap_context)) {			\
		trap_armed = true;				\
		barrier();					\
		statement;					\
		barrier();					\
	}							\
	trap_armed = false;					\
	(unsigned int)READ(trap_last.vector);			\
})

/* A failure unless the statement raises that exception (TRAP_NONE: none). */
#define CHECK_TRAP(statement, want) ({				\
	unsigned int check_vector = TRY(statement);		\
	check_that(check_vector == (want), "%s raised %u (error %lx), not %u", #statement, \
		   check_vector, \
		   trap_last.error, (unsigned int)(want));	\
})

/* The vector that reading or writing (the same value back) one byte raises. */
unsigned int probe_read(const volatile void *at);
unsigned int probe_write(volatile void *at);

/*
 * A handler that sees every exception first; true when it has dealt with it and the frame is to be
 * resumed.
 */
extern bool (*trap_hook)(struct trap_frame *frame);

/* Called for an event callback, with events masked. */
extern void (*event_hook)(void);
extern volatile unsigned int event_upcalls;

/* Events on or off; on delivers what is pending. */
void events_disable(void);
void events_enable(void);

/*
 * Runs fn(arg) in the guest's user mode on a stack of its own, on the kernel's tables. Yields the
 * vector by which it came back: TRAP_USER_END (a breakpoint) when fn returned, else its exception
 * or TRAP_SYSCALL.
 */
unsigned int user_run(void (*fn)(void *arg), void *arg);
/* The same with a frame made by the caller; comes back on any exception or callback. */
unsigned int user_iret(const struct iret_context *frame, void *rdi);
void iret_with(const struct iret_context *frame, void *rdi) __attribute__((noreturn));

#define TRAP_ENTRY(vector) extern char trap_entry_##vector[]
TRAP_ENTRY(250);
TRAP_ENTRY(251);
TRAP_ENTRY(252);
TRAP_ENTRY(253);
extern char failsafe_entry[];
extern char cpu_entry[];

#endif
