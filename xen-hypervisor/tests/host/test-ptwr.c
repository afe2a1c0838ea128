/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decoder of page-table writes against the processor: random instructions of every known form
 * are built, run for real on a scratch page, and run by ptwr_decode() and ptwr_execute(); memory,
 * registers and flags must agree.
 */
#include <sys/mman.h>
#include <xen/lib.h>
#include <xen/ptwr.h>
#include "tap.h"

#define ALL_FLAGS 0x8d5u /* OF SF ZF AF PF CF */

static u64 seed;
static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static u8 *code;		/* executable */
static u64 memory[64];		/* what the instructions write to */

/* rax, rcx, rdx, rsi and r8 are operands; rbx holds the address; rflags last. */
struct state { u64 rax, rcx, rdx, rsi, r8, rbx, rflags; };

/* Loads the state, runs `code` (insn + ret), stores the state. */
static void run_real(struct state *s)
{
	__asm__ volatile("push %%rbx; push %%rbp; mov %0, %%rbp; sub $128, %%rsp; pushq 48(%%rbp);"
			 "mov (%%rbp), %%rax; mov 8(%%rbp), %%rcx; mov 16(%%rbp), %%rdx; mov "
			 "24(%%rbp), %%rsi;"
			 "mov 32(%%rbp), %%r8; mov 40(%%rbp), %%rbx; mov %1, %%r11; popfq; call "
			 "*%%r11; pushfq;"
			 "mov %%rax, (%%rbp); mov %%rcx, 8(%%rbp); mov %%rdx, 16(%%rbp); mov "
			 "%%rsi, 24(%%rbp);"
			 "mov %%r8, 32(%%rbp); mov %%rbx, 40(%%rbp); popq 48(%%rbp); add $128, "
			 "%%rsp; pop %%rbp; pop %%rbx"
			 :
			 : "D"(s), "r"(code)
			 : "rax", "rcx", "rdx", "rsi", "r8", "r11", "memory", "cc");
}

struct form {
	const char *name;
	u8 bytes[2];
	unsigned int len;
	int ext;		/* reg field, or -1: a register */
	unsigned int imm;	/* immediate bytes */
	bool byte;
	u32 undefined_flags;
};

#define BT_UNDEFINED (ALL_FLAGS & ~1u)
static const struct form forms[] = {
	{ "mov reg", { 0x89 }, 1, -1, 0, false, 0 },
	{ "mov byte reg", { 0x88 }, 1, -1, 0, true, 0 },
	{ "mov imm", { 0xc7 }, 1, 0, 4, false, 0 },
	{ "mov byte imm", { 0xc6 }, 1, 0, 1, true, 0 },
	{ "xchg", { 0x87 }, 1, -1, 0, false, 0 },
	{ "xchg byte", { 0x86 }, 1, -1, 0, true, 0 },
	{ "cmpxchg", { 0x0f, 0xb1 }, 2, -1, 0, false, 0 },
	{ "cmpxchg byte", { 0x0f, 0xb0 }, 2, -1, 0, true, 0 },
	{ "xadd", { 0x0f, 0xc1 }, 2, -1, 0, false, 0 },
	{ "xadd byte", { 0x0f, 0xc0 }, 2, -1, 0, true, 0 },
	{ "add", { 0x01 }, 1, -1, 0, false, 0 },
	{ "or", { 0x09 }, 1, -1, 0, false, 0x10 },
	{ "and", { 0x21 }, 1, -1, 0, false, 0x10 },
	{ "sub", { 0x29 }, 1, -1, 0, false, 0 },
	{ "xor", { 0x31 }, 1, -1, 0, false, 0x10 },
	{ "and byte", { 0x20 }, 1, -1, 0, true, 0x10 },
	{ "add byte", { 0x00 }, 1, -1, 0, true, 0 },
	{ "sub byte", { 0x28 }, 1, -1, 0, true, 0 },
	{ "or byte", { 0x08 }, 1, -1, 0, true, 0x10 },
	{ "xor byte", { 0x30 }, 1, -1, 0, true, 0x10 },
	{ "add imm32", { 0x81 }, 1, 0, 4, false, 0 },
	{ "or imm32", { 0x81 }, 1, 1, 4, false, 0x10 },
	{ "and imm32", { 0x81 }, 1, 4, 4, false, 0x10 },
	{ "sub imm32", { 0x81 }, 1, 5, 4, false, 0 },
	{ "xor imm32", { 0x81 }, 1, 6, 4, false, 0x10 },
	{ "and imm8", { 0x83 }, 1, 4, 1, false, 0x10 },
	{ "or imm8", { 0x83 }, 1, 1, 1, false, 0x10 },
	{ "sub imm8", { 0x83 }, 1, 5, 1, false, 0 },
	{ "andb imm", { 0x80 }, 1, 4, 1, true, 0x10 },
	{ "orb imm", { 0x80 }, 1, 1, 1, true, 0x10 },
	{ "addb imm", { 0x80 }, 1, 0, 1, true, 0 },
	{ "xorb imm", { 0x80 }, 1, 6, 1, true, 0x10 },
	{ "bts", { 0x0f, 0xab }, 2, -1, 0, false, BT_UNDEFINED },
	{ "btr", { 0x0f, 0xb3 }, 2, -1, 0, false, BT_UNDEFINED },
	{ "btc", { 0x0f, 0xbb }, 2, -1, 0, false, BT_UNDEFINED },
	{ "bts imm", { 0x0f, 0xba }, 2, 5, 1, false, BT_UNDEFINED },
	{ "btr imm", { 0x0f, 0xba }, 2, 6, 1, false, BT_UNDEFINED },
	{ "btc imm", { 0x0f, 0xba }, 2, 7, 1, false, BT_UNDEFINED },
};

static bool is_bt_reg(const struct form *f)
{
	return f->len == 2 && f->ext < 0 && f->undefined_flags == BT_UNDEFINED;
}
static bool may_lock(const struct form *f)
{
	return f->bytes[0] != 0x89 && f->bytes[0] != 0x88 && (f->bytes[0] & 0xfe) != 0xc6;
}

/* Builds one instruction writing to [rbx + disp] or [rbx + rcx*1 + disp]; returns its length. */
static unsigned int build(const struct form *f, bool wide, unsigned int reg)
{
	unsigned int n = 0, mod = 1 + rnd() % 2, disp = 8 * (rnd() % 4);
	bool sib = rnd() % 4 == 0;

	if (may_lock(f) && rnd() % 2)
		code[n++] = 0xf0;
	if (wide || reg >= 8 || (f->byte && rnd() % 2))
		code[n++] = 0x40 | (wide ? 8 : 0) | (reg >= 8 ? 4 : 0);
	memcpy(code + n, f->bytes, f->len);
	n += f->len;
	code[n++] = mod << 6 | (f->ext >= 0 ? f->ext : (int)(reg & 7)) << 3 | (sib ? 4 : 3);
	if (sib)
		code[n++] = 0x23; /* base rbx, no index */
	memset(code + n, 0, 4);
	code[n] = disp;
	n += mod == 1 ? 1 : 4;
	for (unsigned int i = 0; i < f->imm; i++)
		code[n++] = rnd();
	code[n] = 0xc3;
	return n;
}

static void to_regs(const struct state *s, struct cpu_regs *r)
{
	memset(r, 0, sizeof(*r));
	r->rax = s->rax;
	r->rcx = s->rcx;
	r->rdx = s->rdx;
	r->rsi = s->rsi;
	r->r8 = s->r8;
	r->rbx = s->rbx;
	r->rflags = s->rflags;
	r->rip = 0x1000;
}

static bool one(const struct form *f)
{
	static const unsigned int regs_wide[] = { 0, 1, 2, 6, 8 },
				  regs_byte[] = { 0, 1, 2, 4, 5, 6, 8 };
	unsigned int reg = f->byte ? regs_byte[rnd() % 7] : regs_wide[rnd() % 5], len;
	struct state s = {
		rnd(), rnd(), rnd(), rnd(), rnd(), (u64)&memory[16], 0x202 | (rnd() & 0x8d5)
	};
	struct cpu_regs r;
	struct ptwr_insn in;
	u64 copy[64], new = 0, fl, old, mask = ~(u64)(f->undefined_flags | 0x10000);
	bool write;

	len = build(f, !f->byte && rnd() % 2, reg);
	/*
	 * SPL and BPL must not be operands: the harness needs them. Without REX these are AH and
	 * CH.
	 */
	for (unsigned int i = 0; f->byte && i < 2; i++)
		if ((code[i] & 0xf0) == 0x40 && (reg == 4 || reg == 5))
			return true;
	if (is_bt_reg(f))
		for (u64 *p = &s.rax; p <= &s.r8; p++)
			*p = rnd() % 1024;
	for (unsigned int i = 0; i < 64; i++)
		copy[i] = memory[i] = rnd();
	if (!is_bt_reg(f) && rnd() % 2)
		s.rax = copy[16 + rnd() % 4]; /* so that comparisons succeed */
	to_regs(&s, &r);
	if (!ptwr_decode(code, len, &r, &in) || in.length != len)
		return false;
	if (in.addr < (u64)memory || in.addr + in.size > (u64)(memory + 64))
		return false;
	old = 0;
	memcpy(&old, (char *)copy + (in.addr - (u64)memory), in.size);
	write = ptwr_execute(&in, &r, old, &new, &fl);
	ptwr_retire(&in, &r, old, write, fl);
	if (write)
		memcpy((char *)copy + (in.addr - (u64)memory), &new, in.size);
	run_real(&s);
	return !memcmp(copy, memory, sizeof(copy)) && r.rax == s.rax && r.rcx == s.rcx &&
	       r.rdx == s.rdx && r.rsi == s.rsi && r.r8 == s.r8 && r.rip == 0x1000 + len &&
	       (r.rflags & mask) == (s.rflags & mask);
}

static void test_refusals(void)
{
	static const struct { u8 b[15]; unsigned int len; const char *why; } bad[] = {
		{ { 0x48, 0x89 }, 2, "an instruction that runs out of bytes" },
		{ { 0x66, 0x89, 0x03 }, 3, "16-bit operands" },
		{ { 0x65, 0x48, 0x89, 0x03 }, 4, "the gs segment" },
		{ { 0x67, 0x89, 0x03 }, 3, "32-bit addresses" },
		{ { 0x48, 0x89, 0xc3 }, 3, "a register destination" },
		{ { 0x48, 0x8b, 0x03 }, 3, "a load" },
		{ { 0x48, 0x81, 0x3b, 1, 0, 0, 0 }, 7, "a comparison" },
		{ { 0x48, 0x0f, 0xba, 0x23, 1 }, 5, "a bit test without a write" },
		{ { 0xf3, 0xa4 }, 2, "a string instruction" },
		{ { 0 }, 0, "nothing" },
	};
	struct cpu_regs r = { 0 };
	struct ptwr_insn in;

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		tap_ok(!ptwr_decode(bad[i].b, bad[i].len, &r, &in), "the decoder refuses %s",
		       bad[i].why);
}

static void test_rip_relative(void)
{
	/* mov %rax, 0x100(%rip) and movl $1, 0x100(%rip): the immediate counts. */
	static const u8 a[] = { 0x48, 0x89, 0x05, 0, 1, 0, 0 },
			b[] = { 0xc7, 0x05, 0, 1, 0, 0, 1, 0, 0, 0 };
	struct cpu_regs r = { .rip = 0x5000 };
	struct ptwr_insn in;

	tap_ok(ptwr_decode(a, sizeof(a), &r, &in) && in.addr == 0x5107,
	       "addresses relative to the next instruction are found");
	tap_ok(ptwr_decode(b, sizeof(b), &r, &in) && in.addr == 0x510a,
	       "behind an immediate as well");
}

int main(void)
{
	seed = tap_seed() | 1;
	code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
	if (code == MAP_FAILED) {
		printf("1..0 # SKIP no executable memory here\n");
		return 0;
	}
	for (unsigned int k = 0; k < ARRAY_SIZE(forms); k++) {
		bool good = true;

		for (unsigned int i = 0; good && i < 3000; i++)
			good = one(&forms[k]);
		tap_ok(good, "%s does what the processor does", forms[k].name);
	}
	test_refusals();
	test_rip_relative();
	return tap_done();
}
