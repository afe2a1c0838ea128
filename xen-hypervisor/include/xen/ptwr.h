/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instructions that write to a page table: decoding and effect, without touching memory, so that a
 * host test can try them against the processor.  Source: guest/pv/ptwr_insn.c; used by
 * guest/pv/ptwr.c.
 */
#ifndef XEN_PTWR_H
#define XEN_PTWR_H

#include <xen/cpuregs.h>
#include <xen/types.h>

#define PTWR_MAX_INSN 15
#define PTWR_FETCH 16	/* bytes that are read for one: two words */

enum ptwr_op {
	PTWR_NONE, PTWR_MOV, PTWR_XCHG, PTWR_CMPXCHG, PTWR_XADD,
	PTWR_ADD, PTWR_OR, PTWR_AND, PTWR_SUB, PTWR_XOR,
	PTWR_BTS, PTWR_BTR, PTWR_BTC,
};

struct ptwr_insn {
	u64 addr;	/* effective address, flat */
	/*
	 * source operand: register or immediate; for bit operations the bit's number within the
	 * operand
	 */
	u64 src;
	u8 op;		/* enum ptwr_op */
	u8 size;	/* operand bytes: 1, 4 or 8 */
	u8 length;	/* of the instruction */
	u8 reg;		/* number of the register operand, for those written back */
	bool high_byte;	/* that is AH, CH, DH or BH */
};

/* False: not one of the instructions known. */
bool ptwr_decode(const u8 *bytes, unsigned int len, const struct cpu_regs *regs,
		 struct ptwr_insn *ret);
/*
 * With `old` in memory: the new contents (only the low `size` bytes count), the flags register
 * afterwards.  False: a CMPXCHG that failed; nothing is to be written.
 */
bool ptwr_execute(const struct ptwr_insn *in, const struct cpu_regs *regs, u64 old, u64 *ret_new,
		  u64 *ret_rflags);
/* After success: registers that receive the old contents, flags, and the instruction pointer. */
void ptwr_retire(const struct ptwr_insn *in, struct cpu_regs *regs, u64 old, bool written,
		 u64 rflags);

#endif
