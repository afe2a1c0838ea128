/* SPDX-License-Identifier: MIT */
/*
 * The root of the guest interface: hypercall numbers, the types every other header uses, and
 * the two pages a guest shares with the hypervisor.
 *
 * Calling: the hypercall page (one 32-byte slot a number, filled by the hypervisor) is called
 * with the number's slot and up to five arguments in rdi, rsi, rdx, r10, r8; the result is in
 * rax, and a value in [-4095, -1] is a negated XEN_E* code from errno.h. Pointers handed over
 * are guest virtual addresses wrapped in a one-member struct, XEN_GUEST_HANDLE(type), so that
 * they cannot be mistaken for something that may be dereferenced.
 *
 * This set of headers describes version 4.17 for 64-bit x86 only. Structures for toolstacks
 * (domctl, sysctl) are always visible; nothing depends on a caller's own version choice.
 */
#ifndef XEN_PUBLIC_XEN_H
#define XEN_PUBLIC_XEN_H

/* The interface version these headers describe; there are no older variants here. */
#define __XEN_LATEST_INTERFACE_VERSION__ 0x00040e00
#ifndef __XEN_INTERFACE_VERSION__
#define __XEN_INTERFACE_VERSION__ __XEN_LATEST_INTERFACE_VERSION__
#endif

#ifndef __ASSEMBLY__
#include <stddef.h>
#include <stdint.h>
#endif

#include "arch-x86/xen.h"

#ifndef __ASSEMBLY__

/* Handles of the basic types, in plain and const form. */
DEFINE_XEN_GUEST_HANDLE(char);
__DEFINE_XEN_GUEST_HANDLE(uchar, unsigned char);
DEFINE_XEN_GUEST_HANDLE(int);
__DEFINE_XEN_GUEST_HANDLE(uint, unsigned int);
DEFINE_XEN_GUEST_HANDLE(void);
DEFINE_XEN_GUEST_HANDLE(uint64_t);
DEFINE_XEN_GUEST_HANDLE(xen_pfn_t);
DEFINE_XEN_GUEST_HANDLE(xen_ulong_t);

/* Between the brackets of an array that ends a structure. */
#define XEN_FLEX_ARRAY_DIM

#define __xen_mk_uint(x)	x ## U
#define __xen_mk_ulong(x)	x ## UL
#define __xen_mk_ullong(x)	x ## ULL

#define xen_mk_uint(x)		__xen_mk_uint(x)
#define xen_mk_ulong(x)		__xen_mk_ulong(x)
#define xen_mk_ullong(x)	__xen_mk_ullong(x)
#else
#define xen_mk_uint(x)		x
#define xen_mk_ulong(x)		x
#define xen_mk_ullong(x)	x
#endif

/* Hypercall numbers. 11 was never reused; *_compat are the calls of before 3.2. */
#define __HYPERVISOR_set_trap_table			0
#define __HYPERVISOR_mmu_update				1
#define __HYPERVISOR_set_gdt				2
#define __HYPERVISOR_stack_switch			3
#define __HYPERVISOR_set_callbacks			4
#define __HYPERVISOR_fpu_taskswitch			5
#define __HYPERVISOR_sched_op_compat			6
#define __HYPERVISOR_platform_op			7
#define __HYPERVISOR_set_debugreg			8
#define __HYPERVISOR_get_debugreg			9
#define __HYPERVISOR_update_descriptor			10
#define __HYPERVISOR_memory_op				12
#define __HYPERVISOR_multicall				13
#define __HYPERVISOR_update_va_mapping			14
#define __HYPERVISOR_set_timer_op			15
#define __HYPERVISOR_event_channel_op_compat		16
#define __HYPERVISOR_xen_version			17
#define __HYPERVISOR_console_io				18
#define __HYPERVISOR_physdev_op_compat			19
#define __HYPERVISOR_grant_table_op			20
#define __HYPERVISOR_vm_assist				21
#define __HYPERVISOR_update_va_mapping_otherdomain	22
#define __HYPERVISOR_iret				23
#define __HYPERVISOR_vcpu_op				24
#define __HYPERVISOR_set_segment_base			25
#define __HYPERVISOR_mmuext_op				26
#define __HYPERVISOR_xsm_op				27
#define __HYPERVISOR_nmi_op				28
#define __HYPERVISOR_sched_op				29
#define __HYPERVISOR_callback_op			30
#define __HYPERVISOR_xenoprof_op			31
#define __HYPERVISOR_event_channel_op			32
#define __HYPERVISOR_physdev_op				33
#define __HYPERVISOR_hvm_op				34
#define __HYPERVISOR_sysctl				35
#define __HYPERVISOR_domctl				36
#define __HYPERVISOR_kexec_op				37
#define __HYPERVISOR_tmem_op				38
#define __HYPERVISOR_argo_op				39
#define __HYPERVISOR_xenpmu_op				40
#define __HYPERVISOR_dm_op				41
#define __HYPERVISOR_hypfs_op				42

/* Per-architecture calls; on x86 arch_0 reads machine-check data. */
#define __HYPERVISOR_arch_0				48
#define __HYPERVISOR_arch_1				49
#define __HYPERVISOR_arch_2				50
#define __HYPERVISOR_arch_3				51
#define __HYPERVISOR_arch_4				52
#define __HYPERVISOR_arch_5				53
#define __HYPERVISOR_arch_6				54
#define __HYPERVISOR_arch_7				55

/*
 * Virtual interrupts: event sources inside the hypervisor, bound with EVTCHNOP_bind_virq.
 * TIMER, DEBUG, XENOPROF and XENPMU are per vCPU; the others exist once and go to one domain
 * (dom0, or whichever domain XEN_DOMCTL_set_virq_handler names).
 */
#define VIRQ_TIMER	0
#define VIRQ_DEBUG	1
#define VIRQ_CONSOLE	2
#define VIRQ_DOM_EXC	3
#define VIRQ_TBUF	4
#define VIRQ_DEBUGGER	6
#define VIRQ_XENOPROF	7
#define VIRQ_CON_RING	8
#define VIRQ_PCPU_STATE	9
#define VIRQ_MEM_EVENT	10
#define VIRQ_ARGO	11
#define VIRQ_ENOMEM	12
#define VIRQ_XENPMU	13
#define VIRQ_ARCH_0	16
#define VIRQ_ARCH_1	17
#define VIRQ_ARCH_2	18
#define VIRQ_ARCH_3	19
#define VIRQ_ARCH_4	20
#define VIRQ_ARCH_5	21
#define VIRQ_ARCH_6	22
#define VIRQ_ARCH_7	23

#define NR_VIRQS	24

/*
 * mmu_update(req[], count, *done, foreigndom): each request names a machine address whose two
 * low bits choose the kind. NORMAL writes a page-table entry after checking it, PRESERVE_AD the
 * same but keeps accessed and dirty bits the CPU may have set meanwhile, MACHPHYS sets the
 * machine-to-physical entry of a frame, NO_TRANSLATE takes the frame number of the value as it
 * is. The high half of foreigndom, when not 0, is the domain owning the page table, plus one.
 */
#define MMU_NORMAL_PT_UPDATE		0
#define MMU_MACHPHYS_UPDATE		1
#define MMU_PT_UPDATE_PRESERVE_AD	2
#define MMU_PT_UPDATE_NO_TRANSLATE	3

/*
 * mmuext_op(op[], count, *done, foreigndom). arg1 is a frame for PIN, UNPIN, NEW_BASEPTR,
 * NEW_USER_BASEPTR, CLEAR and COPY; a linear address for INVLPG_* and SET_LDT. arg2 is the
 * entry count of SET_LDT, the vCPU bitmap of *_MULTI, or the source of COPY_PAGE. Pinning makes
 * a frame a checked page table of that level and keeps it so while nothing points at it.
 */
#define MMUEXT_PIN_L1_TABLE		0
#define MMUEXT_PIN_L2_TABLE		1
#define MMUEXT_PIN_L3_TABLE		2
#define MMUEXT_PIN_L4_TABLE		3
#define MMUEXT_UNPIN_TABLE		4
#define MMUEXT_NEW_BASEPTR		5
#define MMUEXT_TLB_FLUSH_LOCAL		6
#define MMUEXT_INVLPG_LOCAL		7
#define MMUEXT_TLB_FLUSH_MULTI		8
#define MMUEXT_INVLPG_MULTI		9
#define MMUEXT_TLB_FLUSH_ALL		10
#define MMUEXT_INVLPG_ALL		11
#define MMUEXT_FLUSH_CACHE		12
#define MMUEXT_SET_LDT			13
#define MMUEXT_NEW_USER_BASEPTR		15
#define MMUEXT_CLEAR_PAGE		16
#define MMUEXT_COPY_PAGE		17
#define MMUEXT_FLUSH_CACHE_GLOBAL	18
#define MMUEXT_MARK_SUPER		19
#define MMUEXT_UNMARK_SUPER		20

#ifndef __ASSEMBLY__

struct mmuext_op {
	unsigned int cmd;
	union {
		xen_pfn_t mfn;
		unsigned long linear_addr;
	} arg1;
	union {
		unsigned int nr_ents;
		XEN_GUEST_HANDLE(const_void) vcpumask;
		xen_pfn_t src_mfn;
	} arg2;
};
typedef struct mmuext_op mmuext_op_t;
DEFINE_XEN_GUEST_HANDLE(mmuext_op_t);
#endif

/*
 * Flags of update_va_mapping: what to flush, and on which CPUs (a vCPU bitmap pointer may be
 * or-ed in for MULTI).
 */
#define UVMF_NONE		(xen_mk_ulong(0)<<0)
#define UVMF_TLB_FLUSH		(xen_mk_ulong(1)<<0)
#define UVMF_INVLPG		(xen_mk_ulong(2)<<0)
#define UVMF_FLUSHTYPE_MASK	(xen_mk_ulong(3)<<0)
#define UVMF_MULTI		(xen_mk_ulong(0)<<2)
#define UVMF_LOCAL		(xen_mk_ulong(0)<<2)
#define UVMF_ALL		(xen_mk_ulong(1)<<2)

/* console_io(cmd, count, char *buffer): the hypervisor's own console. */
#define CONSOLEIO_write	0
#define CONSOLEIO_read	1

/*
 * vm_assist(cmd, type): behaviours a kernel asks for, e.g. that runstate updates be bracketed
 * by a flag.
 */
#define VMASST_CMD_enable			0
#define VMASST_CMD_disable			1
#define VMASST_TYPE_4gb_segments		0
#define VMASST_TYPE_4gb_segments_notify		1
#define VMASST_TYPE_writable_pagetables		2
#define VMASST_TYPE_pae_extended_cr3		3
#define VMASST_TYPE_architectural_iopl		4
#define VMASST_TYPE_runstate_update_flag	5
#define VMASST_TYPE_m2p_strict			32

/*
 * Domain numbers that name no ordinary domain. IO owns device memory, XEN owns the hypervisor's
 * shared pages.
 */
#define DOMID_FIRST_RESERVED	xen_mk_uint(0x7FF0)
#define DOMID_SELF		xen_mk_uint(0x7FF0)
#define DOMID_IO		xen_mk_uint(0x7FF1)
#define DOMID_XEN		xen_mk_uint(0x7FF2)
#define DOMID_COW		xen_mk_uint(0x7FF3)
#define DOMID_INVALID		xen_mk_uint(0x7FF4)
#define DOMID_IDLE		xen_mk_uint(0x7FFF)
#define DOMID_MASK		xen_mk_uint(0x7FFF)

#ifndef __ASSEMBLY__
typedef uint16_t domid_t;

/* ptr: machine address of the entry | kind; val: the new contents. */
struct mmu_update {
	uint64_t ptr;
	uint64_t val;
};
typedef struct mmu_update mmu_update_t;
DEFINE_XEN_GUEST_HANDLE(mmu_update_t);

/* One call of a batch; result is written back, and the batch goes on after an error. */
struct multicall_entry {
	xen_ulong_t op, result;
	xen_ulong_t args[6];
};
typedef struct multicall_entry multicall_entry_t;
DEFINE_XEN_GUEST_HANDLE(multicall_entry_t);

/*
 * Time of one vCPU, written by the hypervisor alone. A reader copies the record between two
 * reads of version and starts again when they differ or the number is odd. Then, with d the
 * TSC's advance since tsc_timestamp and tsc_shift applied to it (left when positive),
 * 	now = system_time + ((d * tsc_to_system_mul) >> 32)   nanoseconds since boot.
 */
struct vcpu_time_info {
	uint32_t version;
	uint32_t pad0;
	uint64_t tsc_timestamp;
	uint64_t system_time;
	uint32_t tsc_to_system_mul;
	int8_t tsc_shift;
	uint8_t flags;
	uint8_t pad1[2];
};
typedef struct vcpu_time_info vcpu_time_info_t;

#define XEN_PVCLOCK_TSC_STABLE_BIT	(1 << 0)
#define XEN_PVCLOCK_GUEST_STOPPED	(1 << 1)

/*
 * What one vCPU and the hypervisor share, 64 bytes. pending is set when any selected event is
 * waiting; mask plays the part of the interrupt flag: while it is 1 no upcall is made.
 * pending_sel has a bit for each word of evtchn_pending that is worth looking at.
 */
struct vcpu_info {
	uint8_t evtchn_upcall_pending;
	uint8_t evtchn_upcall_mask;
	xen_ulong_t evtchn_pending_sel;
	struct arch_vcpu_info arch;
	vcpu_time_info_t time;
};
typedef struct vcpu_info vcpu_info_t;

/*
 * One page a domain. An event on port p sets bit p of evtchn_pending and, unless bit p of
 * evtchn_mask is set, the selector bit and pending flag of the vCPU the port is bound to.
 * Wall-clock time at system time 0 is wc_sec_hi:wc_sec and wc_nsec, guarded by wc_version in
 * the way of vcpu_time_info. vcpu_info[] serves the first 32 vCPUs until
 * VCPUOP_register_vcpu_info moves a record elsewhere.
 */
struct shared_info {
	struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
	xen_ulong_t evtchn_pending[sizeof(xen_ulong_t) * 8];
	xen_ulong_t evtchn_mask[sizeof(xen_ulong_t) * 8];
	uint32_t wc_version;
	uint32_t wc_sec;
	uint32_t wc_nsec;
	uint32_t wc_sec_hi;
#define xen_wc_sec_hi	wc_sec_hi
	struct arch_shared_info arch;
};
typedef struct shared_info shared_info_t;

/*
 * Given to a PV kernel in rsi at its first instruction, in a page of its own. The initial
 * layout rises from the kernel's virtual base: kernel image, initial ram disk (unless
 * SIF_MOD_START_PFN), list of machine frames by pseudo-physical frame (mfn_list, unless moved
 * by an ELF note), this page, xenstore page, console page, page tables (nr_pt_frames from
 * pt_base), stack page, then at least 512 kB of slack up to a 4 MB boundary, all mapped.
 */
struct start_info {
	char magic[32];
	unsigned long nr_pages;
	unsigned long shared_info;
	uint32_t flags;
	xen_pfn_t store_mfn;
	uint32_t store_evtchn;
	union {
		struct {
			xen_pfn_t mfn;
			uint32_t evtchn;
		} domU;
		struct {
			uint32_t info_off;
			uint32_t info_size;
		} dom0;
	} console;
	unsigned long pt_base;
	unsigned long nr_pt_frames;
	unsigned long mfn_list;
	unsigned long mod_start;
	unsigned long mod_len;
#define MAX_GUEST_CMDLINE	1024
	int8_t cmd_line[MAX_GUEST_CMDLINE];
	unsigned long first_p2m_pfn;
	unsigned long nr_p2m_frames;
};
typedef struct start_info start_info_t;

/* start_info.flags. PM_MASK is a field for dom0's power-management choice. */
#define SIF_PRIVILEGED		(1<<0)
#define SIF_INITDOMAIN		(1<<1)
#define SIF_MULTIBOOT_MOD	(1<<2)
#define SIF_MOD_START_PFN	(1<<3)
#define SIF_VIRT_P2M_4TOOLS	(1<<4)
#define SIF_PM_MASK		(0xFF<<8)

/* With SIF_MULTIBOOT_MOD, mod_start points at a list of these. */
struct xen_multiboot_mod_list {
	uint32_t mod_start;
	uint32_t mod_end;
	uint32_t cmdline;
	uint32_t pad;
};

/* The screen as the boot loader left it, for dom0's kernel. */
typedef struct dom0_vga_console_info {
	uint8_t video_type;
#define XEN_VGATYPE_TEXT_MODE_3	0x03
#define XEN_VGATYPE_VESA_LFB	0x23
#define XEN_VGATYPE_EFI_LFB	0x70
	union {
		struct {
			uint16_t font_height;
			uint16_t cursor_x, cursor_y;
			uint16_t rows, columns;
		} text_mode_3;
		struct {
			uint16_t width, height;
			uint16_t bytes_per_line;
			uint16_t bits_per_pixel;
			uint32_t lfb_base;
			uint32_t lfb_size;
			uint8_t red_pos, red_size;
			uint8_t green_pos, green_size;
			uint8_t blue_pos, blue_size;
			uint8_t rsvd_pos, rsvd_size;
			uint32_t gbl_caps;
			uint16_t mode_attrs;
			uint16_t pad;
			uint32_t ext_lfb_base;
		} vesa_lfb;
	} u;
} dom0_vga_console_info_t;

#define xen_vga_console_info	dom0_vga_console_info
#define xen_vga_console_info_t	dom0_vga_console_info_t

typedef uint8_t xen_domain_handle_t[16];
__DEFINE_XEN_GUEST_HANDLE(uint8, uint8_t);
__DEFINE_XEN_GUEST_HANDLE(uint16, uint16_t);
__DEFINE_XEN_GUEST_HANDLE(uint32, uint32_t);
__DEFINE_XEN_GUEST_HANDLE(uint64, uint64_t);

/* A UUID in wire order (big-endian fields). */
typedef struct {
	uint8_t a[16];
} xen_uuid_t;

#define XEN_DEFINE_UUID_(a,b,c,d,e1,e2,e3,e4,e5,e6)	\
	{{((a) >> 24) & 0xFF, ((a) >> 16) & 0xFF, \
		((a) >> 8) & 0xFF, ((a) >> 0) & 0xFF, \
		((b) >> 8) & 0xFF, ((b) >> 0) & 0xFF, \
		((c) >> 8) & 0xFF, ((c) >> 0) & 0xFF, \
		((d) >> 8) & 0xFF, ((d) >> 0) & 0xFF, \
	e1, e2, e3, e4, e5, e6}}

#define XEN_DEFINE_UUID(a,b,c,d,e1,e2,e3,e4,e5,e6)	\
	((xen_uuid_t)XEN_DEFINE_UUID_(a, b, c, d, e1, e2, e3, e4, e5, e6))
#endif

/* On 64-bit x86 these need no alignment of their own; the names are the interface's. */
#define int64_aligned_t		int64_t
#define uint64_aligned_t	uint64_t

#define XEN_GUEST_HANDLE_64(name)	XEN_GUEST_HANDLE(name)

#ifndef __ASSEMBLY__

/* A bitmap of a stated length in bits; the reader treats missing bits as 0. */
struct xenctl_bitmap {
	XEN_GUEST_HANDLE_64(uint8) bitmap;
	uint32_t nr_bits;
};
typedef struct xenctl_bitmap xenctl_bitmap_t;
#endif

#endif /* XEN_PUBLIC_XEN_H */
