/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decoder and effects of the few instructions by which kernels write page-table entries: mov, xchg,
 * cmpxchg, xadd, add/or/and/sub/xor and the bit operations, with a memory destination of 1, 4 or 8
 * bytes, locked or not.  Operand size 2, address size 4 and fs/gs segments are not known.  Intel
 * SDM volume 2 gives the encodings.  Pure functions.
 */
#include <xen/lib.h>
#include <xen/ptwr.h>
#include <xen/x86.h>

#define FLAG_AF (1u << 4)
#define FLAG_SF (1u << 7)
#define FLAG_OF (1u << 11)
#define ARITH_FLAGS (EFLAGS_CF | EFLAGS_PF | FLAG_AF | EFLAGS_ZF | FLAG_SF | FLAG_OF)

enum source { SRC_REG, SRC_IMM8, SRC_IMM };

/* Group 1 (80, 81, 83) and group 8 (0f ba), by the reg field. */
static const u8 group1[8] = { PTWR_ADD, PTWR_OR,  PTWR_NONE, PTWR_NONE,
			      PTWR_AND, PTWR_SUB, PTWR_XOR,  PTWR_NONE };
static const u8 group8[8] = { [5] = PTWR_BTS, [6] = PTWR_BTR, [7] = PTWR_BTC };
static const u8 group11[8] = { PTWR_MOV };

static const struct encoding {
	bool two_byte;
	u8 opcode;
	u8 op;			/* or by group */
	const u8 *group;
	u8 source;
	bool byte;
} encodings[] = {
	{ false, 0x89, PTWR_MOV, NULL, SRC_REG, false },
	{ false, 0x87, PTWR_XCHG, NULL, SRC_REG, false },
	{ true, 0xb1, PTWR_CMPXCHG, NULL, SRC_REG, false },
	{ false, 0x80, 0, group1, SRC_IMM8, true },
	{ true, 0xb3, PTWR_BTR, NULL, SRC_REG, false },
	{ true, 0xba, 0, group8, SRC_IMM8, false },
	{ false, 0xc7, 0, group11, SRC_IMM, false },
	{ false, 0x21, PTWR_AND, NULL, SRC_REG, false },
	{ false, 0x09, PTWR_OR, NULL, SRC_REG, false },
	{ false, 0x81, 0, group1, SRC_IMM, false },
	{ false, 0x83, 0, group1, SRC_IMM8, false },
	{ true, 0xab, PTWR_BTS, NULL, SRC_REG, false },
	{ true, 0xbb, PTWR_BTC, NULL, SRC_REG, false },
	{ false, 0x31, PTWR_XOR, NULL, SRC_REG, false },
	{ false, 0x01, PTWR_ADD, NULL, SRC_REG, false },
	{ false, 0x29, PTWR_SUB, NULL, SRC_REG, false },
	{ true, 0xc1, PTWR_XADD, NULL, SRC_REG, false },
	{ false, 0x88, PTWR_MOV, NULL, SRC_REG, true },
	{ false, 0xc6, 0, group11, SRC_IMM8, true },
	{ false, 0x86, PTWR_XCHG, NULL, SRC_REG, true },
	{ true, 0xb0, PTWR_CMPXCHG, NULL, SRC_REG, true },
	{ false, 0x20, PTWR_AND, NULL, SRC_REG, true },
	{ false, 0x08, PTWR_OR, NULL, SRC_REG, true },
	{ false, 0x30, PTWR_XOR, NULL, SRC_REG, true },
	{ false, 0x00, PTWR_ADD, NULL, SRC_REG, true },
	{ false, 0x28, PTWR_SUB, NULL, SRC_REG, true },
	{ true, 0xc0, PTWR_XADD, NULL, SRC_REG, true },
};

static const u8 reg_offset[16] = {
	offsetof(struct cpu_regs, rax), offsetof(struct cpu_regs, rcx),
	offsetof(struct cpu_regs, rdx), offsetof(struct cpu_regs, rbx),
	offsetof(struct cpu_regs, rsp), offsetof(struct cpu_regs, rbp),
	offsetof(struct cpu_regs, rsi), offsetof(struct cpu_regs, rdi),
	offsetof(struct cpu_regs, r8),	offsetof(struct cpu_regs, r9),
	offsetof(struct cpu_regs, r10), offsetof(struct cpu_regs, r11),
	offsetof(struct cpu_regs, r12), offsetof(struct cpu_regs, r13),
	offsetof(struct cpu_regs, r14), offsetof(struct cpu_regs, r15),
};

static u64 *reg_at(const struct cpu_regs *regs, unsigned int n)
{
	return (u64 *)((char *)regs + reg_offset[n]);
}

static u64 size_mask(unsigned int size) { return size == 8 ? ~0ULL : (1ULL << size * 8) - 1; }

/* Bytes of an instruction, read in order; `bad` once they run out. */
struct fetch {
	const u8 *bytes;
	unsigned int len, at;
	bool bad;
};

static inline u8 fetch_byte(struct fetch *f)
{
	if (unlikely(f->at >= f->len)) {
		f->bad = true;
		return 0;
	}
	return f->bytes[f->at++];
}
static s64 fetch_signed8(struct fetch *f) { return (s8)fetch_byte(f); }
static s64 fetch_signed32(struct fetch *f)
{
	u32 v = fetch_byte(f);

	v |= (u32)fetch_byte(f) << 8;
	v |= (u32)fetch_byte(f) << 16;
	return (s32)(v | (u32)fetch_byte(f) << 24);
}

struct prefixes {
	u8 rex;
	bool bad;
};

static u8 fetch_prefixes(struct fetch *f, struct prefixes *p)
{
	for (;;) {
		u8 b = fetch_byte(f);

		switch (b) {
		case 0xf0: /* lock: every commit is atomic anyway */
		case 0x26: case 0x2e: case 0x36: case 0x3e: /* segments without effect */
			continue;
		case 0x64: case 0x65: case 0x66: case 0x67: case 0xf2: case 0xf3:
			p->bad = true;
			return 0;
		}
		if ((b & 0xf0) != 0x40)
			return b;
		/* A REX prefix counts only right before the opcode. */
		p->rex = b;
		return fetch_byte(f);
	}
}

static u64 fetch_sib(struct fetch *f, u8 rex, unsigned int mod, const struct cpu_regs *regs)
{
	u8 sib = fetch_byte(f);
	unsigned int index = ((sib >> 3) & 7) | (rex & 2 ? 8 : 0),
		     base = (sib & 7) | (rex & 1 ? 8 : 0);
	u64 a = (sib & 7) == 5 && mod == 0 ? (u64)fetch_signed32(f) : *reg_at(regs, base);

	return index == 4 ? a : a + (*reg_at(regs, index) << (sib >> 6));
}

/*
 * Effective address; *ret_rip_relative: the address of the next instruction is still to be added.
 */
static u64 fetch_address(struct fetch *f, u8 rex, u8 modrm, const struct cpu_regs *regs,
			 bool *ret_rip_relative)
{
	unsigned int mod = modrm >> 6, rm = modrm & 7;
	u64 a;

	*ret_rip_relative = false;
	if (rm == 4) {
		a = fetch_sib(f, rex, mod, regs);
	} else if (mod == 0 && rm == 5) {
		*ret_rip_relative = true;
		return fetch_signed32(f);
	} else {
		a = *reg_at(regs, rm | (rex & 1 ? 8 : 0));
	}
	if (mod == 1)
		a += fetch_signed8(f);
	else if (mod == 2)
		a += fetch_signed32(f);
	return a;
}

static const struct encoding *find_encoding(bool two_byte, u8 opcode)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(encodings); i++)
		if (encodings[i].opcode == opcode && encodings[i].two_byte == two_byte)
			return &encodings[i];
	return NULL;
}

static bool is_bit_op(u8 op) { return op == PTWR_BTS || op == PTWR_BTR || op == PTWR_BTC; }

static u64 register_operand(const struct cpu_regs *regs, struct ptwr_insn *in, u8 rex)
{
	in->high_byte = in->size == 1 && !rex && in->reg >= 4;
	if (in->high_byte)
		return (*reg_at(regs, in->reg - 4) >> 8) & 0xff;
	return *reg_at(regs, in->reg) & size_mask(in->size);
}

/* A bit number in a register may reach beyond the operand: the address moves with it. */
static void place_bit(struct ptwr_insn *in, bool from_register)
{
	unsigned int bits = in->size * 8;

	if (from_register) {
		s64 n = in->size == 8 ? (s64)in->src : (s32)in->src;

		in->addr += (n >> (in->size == 8 ? 6 : 5)) * in->size;
	}
	in->src &= bits - 1;
}

/*
 * What kernels of today do nearly always: xchg %reg64, (%reg64).  The general way finds the same,
 * in five times as many instructions.
 */
static inline bool decode_xchg(const u8 *bytes, unsigned int len, const struct cpu_regs *regs,
			       struct ptwr_insn *ret)
{
	unsigned int rm = bytes[2] & 7;

	/* REX.W with B and R as they are, without X; no displacement, SIB byte or rip. */
	if (len < 3 || (bytes[0] & 0xfa) != 0x48 || bytes[1] != 0x87 || bytes[2] >= 0x40 ||
	    rm == 4 || rm == 5)
		return false;
	ret->addr = *reg_at(regs, rm | (bytes[0] & 1) << 3);
	ret->reg = ((bytes[2] >> 3) & 7) | (bytes[0] & 4) << 1;
	ret->src = *reg_at(regs, ret->reg);
	ret->op = PTWR_XCHG;
	ret->size = 8;
	ret->length = 3;
	ret->high_byte = false;
	return true;
}

bool ptwr_decode(const u8 *bytes, unsigned int len, const struct cpu_regs *regs,
		 struct ptwr_insn *ret)
{
	struct fetch f = { bytes, min(len, (unsigned int)PTWR_MAX_INSN), 0, false };
	struct prefixes p = { 0 };
	bool two_byte, rip_relative;
	const struct encoding *e;
	u8 opcode, modrm;

	if (decode_xchg(bytes, len, regs, ret))
		return true;
	opcode = fetch_prefixes(&f, &p);
	two_byte = opcode == 0x0f;
	if (two_byte)
		opcode = fetch_byte(&f);
	e = find_encoding(two_byte, opcode);
	if (p.bad || f.bad || !e)
		return false;
	modrm = fetch_byte(&f);
	if (modrm >= 0xc0)
		return false;
	*ret = (struct ptwr_insn){ .op = e->group ? e->group[(modrm >> 3) & 7] : e->op,
				   .size = e->byte ? 1 : p.rex & 8 ? 8 : 4,
				   .reg = ((modrm >> 3) & 7) | (p.rex & 4 ? 8 : 0) };
	ret->addr = fetch_address(&f, p.rex, modrm, regs, &rip_relative);
	if (e->source == SRC_IMM8)
		ret->src = fetch_signed8(&f) & size_mask(ret->size);
	else if (e->source == SRC_IMM)
		ret->src = fetch_signed32(&f) & size_mask(ret->size);
	else
		ret->src = register_operand(regs, ret, p.rex);
	if (f.bad || ret->op == PTWR_NONE)
		return false;
	ret->length = f.at;
	if (rip_relative)
		ret->addr += regs->rip + f.at;
	if (is_bit_op(ret->op))
		place_bit(ret, e->source == SRC_REG);
	return true;
}

/* ------------------------------------------------------------------ effects */

static u32 result_flags(u64 r, unsigned int size)
{
	u32 fl = 0;

	r &= size_mask(size);
	if (!r)
		fl |= EFLAGS_ZF;
	if (r >> (size * 8 - 1))
		fl |= FLAG_SF;
	if (!(__builtin_popcount(r & 0xff) & 1))
		fl |= EFLAGS_PF;
	return fl;
}

static u32 add_flags(u64 a, u64 b, u64 r, unsigned int size)
{
	u64 m = size_mask(size), top = 1ULL << (size * 8 - 1);

	return result_flags(r, size) | ((r & m) < (a & m) ? EFLAGS_CF : 0) |
	       ((a ^ b ^ r) & 0x10 ? FLAG_AF : 0) | ((a ^ r) & (b ^ r) & top ? FLAG_OF : 0);
}

static u32 sub_flags(u64 a, u64 b, u64 r, unsigned int size)
{
	u64 m = size_mask(size), top = 1ULL << (size * 8 - 1);

	return result_flags(r, size) | ((a & m) < (b & m) ? EFLAGS_CF : 0) |
	       ((a ^ b ^ r) & 0x10 ? FLAG_AF : 0) | ((a ^ b) & (a ^ r) & top ? FLAG_OF : 0);
}

static NOINLINE bool execute_with_flags(const struct ptwr_insn *in, const struct cpu_regs *regs,
					u64 old, u64 *ret_new, u64 *ret_rflags)
{
	u64 src = in->src, bit = 1ULL << (src & 63), acc = regs->rax & size_mask(in->size), r;
	u32 keep = ~(u32)ARITH_FLAGS, fl = 0;

	old &= size_mask(in->size);
	switch (in->op) {
	case PTWR_CMPXCHG:
		*ret_rflags = (regs->rflags & keep) | sub_flags(acc, old, acc - old, in->size);
		*ret_new = src;
		return acc == old;
	case PTWR_ADD:
	case PTWR_XADD:
		r = old + src;
		fl = add_flags(old, src, r, in->size);
		break;
	case PTWR_SUB:
		r = old - src;
		fl = sub_flags(old, src, r, in->size);
		break;
	case PTWR_OR:
		r = old | src;
		fl = result_flags(r, in->size);
		break;
	case PTWR_AND:
		r = old & src;
		fl = result_flags(r, in->size);
		break;
	case PTWR_XOR:
		r = old ^ src;
		fl = result_flags(r, in->size);
		break;
	default: /* bit operations: only the carry flag is defined */
		r = in->op == PTWR_BTS ? old | bit : in->op == PTWR_BTR ? old & ~bit : old ^ bit;
		keep = ~(u32)EFLAGS_CF;
		fl = old & bit ? EFLAGS_CF : 0;
		break;
	}
	*ret_new = r & size_mask(in->size);
	*ret_rflags = (regs->rflags & (keep | ~0xffffffffULL)) | fl;
	return true;
}

bool ptwr_execute(const struct ptwr_insn *in, const struct cpu_regs *regs, u64 old, u64 *ret_new,
		  u64 *ret_rflags)
{
	if (unlikely(in->op != PTWR_XCHG && in->op != PTWR_MOV))
		return execute_with_flags(in, regs, old, ret_new, ret_rflags);
	*ret_new = in->src;
	*ret_rflags = regs->rflags;
	return true;
}

static void write_register(struct cpu_regs *regs, const struct ptwr_insn *in, unsigned int n,
			   bool high, u64 val)
{
	u64 *r = reg_at(regs, high ? n - 4 : n);

	if (in->size == 8)
		*r = val;
	else if (in->size == 4)
		*r = (u32)val;
	else if (high)
		*r = (*r & ~0xff00ULL) | (val & 0xff) << 8;
	else
		*r = (*r & ~0xffULL) | (val & 0xff);
}

void ptwr_retire(const struct ptwr_insn *in, struct cpu_regs *regs, u64 old, bool written,
		 u64 rflags)
{
	if (likely(in->op == PTWR_XCHG && in->size == 8))
		*reg_at(regs, in->reg) = old;
	else if (in->op == PTWR_XCHG || in->op == PTWR_XADD)
		write_register(regs, in, in->reg, in->high_byte, old);
	else if (in->op == PTWR_CMPXCHG && !written)
		write_register(regs, in, 0, false, old);
	regs->rflags = rflags & ~(u64)EFLAGS_RF;
	regs->rip += in->length;
}
