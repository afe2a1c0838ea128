/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Floating-point and vector state of vCPUs: saved when one leaves a processor, loaded before
 * another runs, so that no guest's state is ever in registers while another guest runs (no lazy
 * switching).  Source: hw/fpu.c.
 */
#ifndef XEN_FPU_H
#define XEN_FPU_H

#include <xen/types.h>

struct pv_vcpu;
struct vcpu;

int fpu_vcpu_create(struct pv_vcpu *pv);
void fpu_vcpu_destroy(struct vcpu *v);
void fpu_switch_out(struct vcpu *v);
void fpu_switch_in(struct vcpu *v);
/* The 512 bytes of FXSAVE, as vcpu_guest_context carries them. */
void fpu_import_legacy(struct pv_vcpu *pv, const void *area);
void fpu_export_legacy(const struct pv_vcpu *pv, void *area);
/* Bytes of an XSAVE area in standard form for these state components; only with XSAVE. */
u32 fpu_xsave_size(u64 components);
/*
 * XSETBV by v, which is current: 0 or -XEN_EINVAL.  Registers that v never had before begin in
 * their initial state.
 */
int fpu_set_xcr0(struct vcpu *v, u64 val);
/*
 * Takes over XCR0, its history and such an area, of exactly that size, from outside; the vCPU does
 * not run. 0 or -XEN_EINVAL with nothing changed.
 */
int fpu_import_xsave(struct pv_vcpu *pv, u64 xcr0, u64 accum, const void *area, size_t size);

#endif
