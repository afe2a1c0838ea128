/* SPDX-License-Identifier: MIT */
/*
 * How software finds the hypervisor: CPUID leaves at 0x40000000 (or, where another interface
 * sits there for an HVM guest, at the next multiple of 0x100).
 *
 *   +0  eax last leaf; ebx, ecx, edx the signature "XenVMMXenVMM"
 *   +1  eax version: major << 16 | minor
 *   +2  eax number of hypercall pages, ebx MSR that places them (write address | index),
 *       ecx features
 *   +3  time, three subleaves: mode and flags, TSC scale and offset, host frequency
 *   +4  HVM: eax features (below), ebx vCPU id, ecx domain id
 *   +5  PV: ebx width of a machine address
 */
#ifndef XEN_PUBLIC_ARCH_X86_CPUID_H
#define XEN_PUBLIC_ARCH_X86_CPUID_H

#define XEN_CPUID_FIRST_LEAF	0x40000000
#define XEN_CPUID_LEAF(i)	(XEN_CPUID_FIRST_LEAF + (i))
#define XEN_CPUID_SIGNATURE_EBX	0x566e6558
#define XEN_CPUID_SIGNATURE_ECX	0x65584d4d
#define XEN_CPUID_SIGNATURE_EDX	0x4d4d566e

/* Leaf +2 ecx. */
#define _XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD	0
#define XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD	(1u<<0)

/* Leaf +4 eax. */
#define XEN_HVM_CPUID_APIC_ACCESS_VIRT	(1u << 0)
#define XEN_HVM_CPUID_X2APIC_VIRT	(1u << 1)
#define XEN_HVM_CPUID_IOMMU_MAPPINGS	(1u << 2)
#define XEN_HVM_CPUID_VCPU_ID_PRESENT	(1u << 3)
#define XEN_HVM_CPUID_DOMID_PRESENT	(1u << 4)
#define XEN_HVM_CPUID_EXT_DEST_ID	(1u << 5)
#define XEN_HVM_CPUID_UPCALL_VECTOR	(1u << 6)

/* Leaf +5 ebx. */
#define XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK	(0xffu << 0)
#define XEN_CPUID_MAX_NUM_LEAVES		5

#endif /* XEN_PUBLIC_ARCH_X86_CPUID_H */
