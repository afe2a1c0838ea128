/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Privileged instructions of a paravirtual kernel, which fault because it runs in ring 3: port I/O,
 * control and debug registers, MSRs, CPUID with the forced-emulation prefix, and the few flag
 * instructions.
 *
 * Instruction bytes are the guest's memory: they are copied once, and only that copy is decoded.
 * An instruction that isn't one of these leaves the fault to the guest.  String I/O is done one
 * element at a time, each checked, and goes on by re-execution.
 */
#include <public/errno.h>
#include <public/vcpu.h>
#include <xen/fpu.h>
#include <xen/guest.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/pci.h>
#include <xen/pv-guest.h>
#include <xen/rights.h>
#include <xen/time.h>

#define MAX_INSN 15

struct insn {
	u8 bytes[16]; /* one more than an instruction may have: a copy of two words */
	unsigned int count, pos;
	bool opsize16, addr32, rep;
	u8 rex;
	int segment;	/* prefix byte, 0: none */
};

static u64 *reg_of(struct cpu_regs *r, unsigned int n)
{
	static const u8 offsets[16] = {
		offsetof(struct cpu_regs, rax), offsetof(struct cpu_regs, rcx),
		offsetof(struct cpu_regs, rdx), offsetof(struct cpu_regs, rbx),
		offsetof(struct cpu_regs, rsp), offsetof(struct cpu_regs, rbp),
		offsetof(struct cpu_regs, rsi), offsetof(struct cpu_regs, rdi),
		offsetof(struct cpu_regs, r8),	offsetof(struct cpu_regs, r9),
		offsetof(struct cpu_regs, r10), offsetof(struct cpu_regs, r11),
		offsetof(struct cpu_regs, r12), offsetof(struct cpu_regs, r13),
		offsetof(struct cpu_regs, r14), offsetof(struct cpu_regs, r15),
	};

	return (u64 *)((char *)r + offsets[n & 15]);
}

static int next(struct insn *in) { return in->pos < in->count ? in->bytes[in->pos++] : -1; }

static bool fetch(struct insn *in, u64 rip)
{
	size_t in_page = PAGE_SIZE - (rip & (PAGE_SIZE - 1));

	in->pos = 0;
	in->opsize16 = in->addr32 = in->rep = false;
	in->rex = 0;
	in->segment = 0;
	in->count = MAX_INSN;
	if (likely(!copy_16_from_guest(in->bytes, rip)))
		return true;
	/* The instruction may end just before an unmapped page. */
	in->count = min(in_page, (size_t)MAX_INSN);
	return !copy_from_guest_raw(in->bytes, rip, in->count);
}

/* Consumes the prefixes; returns the first opcode byte or -1. */
static int prefixes(struct insn *in)
{
	for (;;) {
		int b = next(in);

		switch (b) {
		case 0x66: in->opsize16 = true; continue;
		case 0x67: in->addr32 = true; continue;
		case 0xf2: case 0xf3: in->rep = true; continue;
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64:
		case 0x65:
			in->segment = b;
			continue;
		case 0x40 ... 0x4f: in->rex = b; continue;
		case 0xf0: return -1; /* LOCK suits none of these */
		default: return b;
		}
	}
}

/* --- port I/O --- */

static bool port_allowed(struct vcpu *v, u16 port, unsigned int size)
{
	unsigned int need = pv_in_kernel(v) ? 1 : 3;

	if (v->pv->iopl >= need)
		return true;
	/* The guest's own bitmap (physdev set_iobitmap): set bits forbid. */
	if (v->pv->iobitmap_va && port + size <= v->pv->iobitmap_bits) {
		u8 b[2] = { 0xff, 0xff };
		bool user = !pv_in_kernel(v);
		size_t left;

		/* It lies at an address of the guest's kernel. */
		if (user)
			pv_toggle_mode(v);
		left = copy_from_guest_raw(b, v->pv->iobitmap_va + port / 8,
					   port / 8 * 8 + 8u < v->pv->iobitmap_bits ? 2 : 1);
		if (user)
			pv_toggle_mode(v);
		if (left)
			return false;
		return !(((b[0] | (u16)b[1] << 8) >> (port & 7)) & ((1u << size) - 1));
	}
	return false;
}

/* Ports that the domain doesn't own read as all ones and swallow writes, as an empty bus does. */
static u32 port_in(struct vcpu *v, u16 port, unsigned int size)
{
	if (!rights_ioport_ok(v->domain, port, port + size - 1))
		return ~0u;
	/* PCI configuration by ports is shared with the hypervisor. */
	if (pci_is_address_port(port, size))
		return pci_guest_cf8_read();
	if (pci_is_data_port(port, size))
		return pci_guest_data_in(port, size);
	return size == 1 ? hw_inb(port) : size == 2 ? hw_inw(port) : hw_inl(port);
}

static void port_out(struct vcpu *v, u16 port, unsigned int size, u32 val)
{
	if (!rights_ioport_ok(v->domain, port, port + size - 1))
		return;
	if (pci_is_address_port(port, size))
		pci_guest_cf8_write(val);
	else if (pci_is_data_port(port, size))
		pci_guest_data_out(port, size, val);
	else if (size == 1)
		hw_outb(port, val);
	else if (size == 2)
		hw_outw(port, val);
	else
		hw_outl(port, val);
}

static void set_reg_part(u64 *reg, unsigned int size, u64 val)
{
	if (size == 1)
		*reg = (*reg & ~0xffULL) | (u8)val;
	else if (size == 2)
		*reg = (*reg & ~0xffffULL) | (u16)val;
	else
		*reg = (u32)val;
}

static int emulate_port(struct vcpu *v, struct cpu_regs *regs, struct insn *in, u8 op)
{
	unsigned int size = !(op & 1) ? 1 : in->opsize16 ? 2 : 4;
	u16 port = regs->rdx;

	if (op < 0xe8) {
		int imm = next(in);

		if (imm < 0)
			return -XEN_EFAULT;
		port = imm;
	}
	if (!port_allowed(v, port, size))
		return -XEN_EPERM;
	if (op & 2)
		port_out(v, port, size, regs->rax);
	else
		set_reg_part(&regs->rax, size, port_in(v, port, size));
	return 0;
}

static u64 segment_base(struct vcpu *v, int prefix)
{
	return prefix == 0x64 ? hw_rdmsr(MSR_FS_BASE) : prefix == 0x65 ? hw_rdmsr(MSR_GS_BASE) : 0;
}

/* INS and OUTS: one element; with a repeat prefix rip stays until the count is used up. */
static int emulate_string_port(struct vcpu *v, struct cpu_regs *regs, struct insn *in, u8 op)
{
	unsigned int size = !(op & 1) ? 1 : in->opsize16 ? 2 : 4;
	bool out = op & 2;
	u64 *index = out ? &regs->rsi : &regs->rdi, mask = in->addr32 ? 0xffffffffULL : ~0ULL;
	u64 va = (*index & mask) + (out ? segment_base(v, in->segment) : 0),
	    step = regs->rflags & EFLAGS_DF ? -(u64)size : size;
	u16 port = regs->rdx;
	u32 data = 0;

	if (!port_allowed(v, port, size))
		return -XEN_EPERM;
	if (in->rep && !(regs->rcx & mask))
		return 0;
	if (out) {
		size_t left = copy_from_guest_raw(&data, va, size);

		if (left) {
			pv_inject_page_fault(v, va + size - left, PFEC_U);
			return 1;
		}
		port_out(v, port, size, data);
	} else {
		size_t left;

		/*
		 * The port is read only when the memory can take it: a device may not give its data
		 * twice.
		 */
		if (copy_from_guest_raw(&data, va, size) || copy_to_guest_raw(va, &data, size)) {
			pv_inject_page_fault(v, va, PFEC_U | PFEC_W);
			return 1;
		}
		data = port_in(v, port, size);
		left = copy_to_guest_raw(va, &data, size);
		if (left)
			return -XEN_EFAULT;
	}
	*index = in->addr32 ? (u32)(*index + step) : *index + step;
	if (in->rep) {
		regs->rcx = in->addr32 ? (u32)(regs->rcx - 1) : regs->rcx - 1;
		if (regs->rcx & mask)
			return 1; /* rip stays: the guest executes the instruction again */
	}
	return 0;
}

/* --- control and debug registers --- */

u64 pv_read_cr4(struct vcpu *v)
{
	/* What is on for the guest, of what a guest may know about. */
	return (hw_cpu_info()->cr4 &
		(CR4_PAE | CR4_DE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_FSGSBASE)) |
	       (v->pv->ctrlreg[4] &
		(CR4_OSXSAVE | CR4_TSD | CR4_PSE | CR4_PGE | CR4_VME | CR4_PVI | CR4_UMIP));
}

static int read_cr(struct vcpu *v, unsigned int n, u64 *val)
{
	switch (n) {
	case 0: *val = (hw_read_cr0() & ~(u64)CR0_TS) | (v->pv->ctrlreg[0] & CR0_TS); return 0;
	case 2: *val = v->info->arch.cr2; return 0;
	case 3: *val = v->pv->cr3_kernel; return 0;
	case 4: *val = pv_read_cr4(v); return 0;
	default: return -XEN_EINVAL;
	}
}

static int write_cr(struct vcpu *v, unsigned int n, u64 val)
{
	switch (n) {
	case 0:
		/* Only TS may change. */
		if ((val ^ hw_read_cr0()) & ~(u64)CR0_TS & 0xe005003f)
			return -XEN_EPERM;
		v->pv->ctrlreg[0] = (v->pv->ctrlreg[0] & ~(u64)CR0_TS) | (val & CR0_TS);
		if (val & CR0_TS)
			hw_write_cr0(hw_read_cr0() | CR0_TS);
		else
			__asm__ volatile("clts");
		return 0;
	case 2:
		v->info->arch.cr2 = val;
		return 0;
	case 3: {
		int rc = pv_set_kernel_table(v, _mfn(val >> PAGE_SHIFT));

		/* again after pending work */
		return rc == -XEN_ERESTART || rc == -XEN_EINTR ? 1 : rc;
	}
	case 4:
		/*
		 * Bits that a paravirtual guest has no say in are ignored, as its kernel expects.
		 */
		v->pv->ctrlreg[4] = val & (CR4_OSXSAVE | CR4_TSD | CR4_PSE | CR4_PGE | CR4_VME |
					   CR4_PVI | CR4_UMIP);
		return 0;
	default:
		return -XEN_EINVAL;
	}
}

int pv_set_debugreg(struct vcpu *v, unsigned int reg, u64 value)
{
	switch (reg) {
	case 0 ... 3:
		/* A breakpoint in the hypervisor would fire there. */
		if (!GUEST_ADDR_OK(value))
			return -XEN_EPERM;
		v->pv->dr[reg] = value;
		if (v == current) {
			switch (reg) {
			case 0: __asm__ volatile("mov %0, %%dr0" ::"r"(value)); break;
			case 1: __asm__ volatile("mov %0, %%dr1" ::"r"(value)); break;
			case 2: __asm__ volatile("mov %0, %%dr2" ::"r"(value)); break;
			default: __asm__ volatile("mov %0, %%dr3" ::"r"(value)); break;
			}
		}
		return 0;
	case 4: /* the older names of 6 and 7 */
	case 6:
		v->pv->dr[6] = (value & 0xe00f) | 0xffff0ff0;
		return 0;
	case 5:
	case 7:
		if (value >> 32)
			return -XEN_EPERM;
		/*
		 * No general detect, no I/O breakpoints (length/type 10), and the reserved bits as
		 * they must be.
		 */
		value = (value & ~0x0000d800ULL & ~0x2000ULL) | 0x400;
		for (unsigned int i = 0; i < 4; i++)
			if ((value >> (16 + 4 * i) & 3) == 2)
				return -XEN_EPERM;
		v->pv->dr[7] = value;
		if (v != current)
			return 0;
		/* While none is on, the processor's may be another vCPU's: pv_switch_in(). */
		if (value & 0xff)
			pv_load_debugregs(v->pv);
		else
			__asm__ volatile("mov %0, %%dr7" ::"r"(value));
		return 0;
	default:
		return -XEN_EINVAL;
	}
}

/* --- two-byte opcodes --- */

static int emulate_mov_cr(struct vcpu *v, struct cpu_regs *regs, struct insn *in, u8 op)
{
	int modrm = next(in);
	unsigned int cr, gpr;
	u64 val;
	int rc;

	if (modrm < 0 || (modrm & 0xc0) != 0xc0)
		return -XEN_EINVAL;
	cr = (modrm >> 3 & 7) | (in->rex & 4 ? 8 : 0);
	gpr = (modrm & 7) | (in->rex & 1 ? 8 : 0);
	if (op == 0x20) {
		rc = read_cr(v, cr, &val);
		if (!rc)
			*reg_of(regs, gpr) = val;
		return rc;
	}
	if (op == 0x22)
		return write_cr(v, cr, *reg_of(regs, gpr));
	if (cr > 7)
		return -XEN_EINVAL;
	if (op == 0x21) {
		*reg_of(regs, gpr) = v->pv->dr[cr == 4 ? 6 : cr == 5 ? 7 : cr];
		return 0;
	}
	return pv_set_debugreg(v, cr, *reg_of(regs, gpr));
}

static int emulate_xsetbv(struct vcpu *v, struct cpu_regs *regs)
{
	u64 val = (u32)regs->rax | regs->rdx << 32;

	if (!(v->pv->ctrlreg[4] & CR4_OSXSAVE) || (u32)regs->rcx != 0)
		return -XEN_EINVAL;
	return fpu_set_xcr0(v, val);
}

static int emulate_0f(struct vcpu *v, struct cpu_regs *regs, struct insn *in)
{
	int op = next(in), modrm;
	u64 val;
	u32 r[4];
	int rc;

	switch (op) {
	case 0x01:
		modrm = next(in);
		if (modrm == 0xd1)
			return emulate_xsetbv(v, regs);
		if (modrm != 0xf9)
			return -XEN_EINVAL;
		regs->rcx = v->pv->tsc_aux; /* RDTSCP */
		/* fall through */
	case 0x31:
		val = hw_rdtsc();
		regs->rax = (u32)val;
		regs->rdx = val >> 32;
		return 0;
	case 0x06: /* CLTS */
		v->pv->ctrlreg[0] &= ~(u64)CR0_TS;
		__asm__ volatile("clts");
		return 0;
	case 0x08: /* INVD, WBINVD: only a domain with devices has a reason */
	case 0x09:
		if (v->domain->is_hardware)
			__asm__ volatile("wbinvd" ::: "memory");
		return 0;
	case 0x20 ... 0x23:
		return emulate_mov_cr(v, regs, in, op);
	case 0x30:
		rc = pv_wrmsr(v, regs->rcx, (u32)regs->rax | regs->rdx << 32);
		/* again after pending work: the frame of a hypercall page is let go in steps */
		return rc == -XEN_ERESTART ? 1 : rc;
	case 0x32:
		rc = pv_rdmsr(v, regs->rcx, &val);
		if (!rc) {
			regs->rax = (u32)val;
			regs->rdx = val >> 32;
		}
		return rc;
	case 0xa2:
		pv_cpuid(v, regs->rax, regs->rcx, r);
		regs->rax = r[0];
		regs->rbx = r[1];
		regs->rcx = r[2];
		regs->rdx = r[3];
		return 0;
	default:
		return -XEN_EINVAL;
	}
}

static int emulate(struct vcpu *v, struct cpu_regs *regs, struct insn *in, int op)
{
	switch (op) {
	case 0x6c ... 0x6f:
		return emulate_string_port(v, regs, in, op);
	case 0xe4 ... 0xe7:
	case 0xec ... 0xef:
		return emulate_port(v, regs, in, op);
	}
	/* The rest is for the guest's kernel alone. */
	if (!pv_in_kernel(v))
		return -XEN_EPERM;
	switch (op) {
	case 0xfa:
	case 0xfb:
		/*
		 * Accepted without effect: a guest that masks events so would unmask them by POPF,
		 * which does not fault and which nobody would see. Its mask is in vcpu_info.
		 */
		return v->pv->iopl ? 0 : -XEN_EPERM;
	case 0x0f:
		return emulate_0f(v, regs, in);
	default:
		return -XEN_EINVAL;
	}
}

int pv_emulate_privileged(struct vcpu *v, struct cpu_regs *regs)
{
	struct insn in;
	int op, rc;

	/*
	 * 16- and 32-bit code segments are user programs' alone, and they have no business here but
	 * port I/O.
	 */
	if (!fetch(&in, regs->rip))
		return -XEN_EFAULT;
	op = prefixes(&in);
	if (op < 0)
		return -XEN_EINVAL;
	rc = emulate(v, regs, &in, op);
	if (rc == 1)
		return 0; /* to be executed again, or an exception was delivered */
	if (rc)
		return rc;
	regs->rip += in.pos;
	if (regs->rflags & EFLAGS_TF)
		pv_inject(v, TRAP_DB, 0);
	return 0;
}

bool pv_emulate_forced(struct vcpu *v, struct cpu_regs *regs)
{
	static const u8 prefix[5] = { 0x0f, 0x0b, 'x', 'e', 'n' };
	u8 bytes[7];
	u32 r[4];

	if (copy_from_guest_raw(bytes, regs->rip, sizeof(bytes)) || memcmp(bytes, prefix, 5))
		return false;
	if (bytes[5] != 0x0f || bytes[6] != 0xa2)
		return false;
	pv_cpuid(v, regs->rax, regs->rcx, r);
	regs->rax = r[0];
	regs->rbx = r[1];
	regs->rcx = r[2];
	regs->rdx = r[3];
	regs->rip += 7;
	return true;
}
