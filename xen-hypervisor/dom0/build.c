/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building the first domain from the boot modules: the first is its kernel, the second, if there is
 * one, its initrd.
 *
 * One straight line of steps; any failure is a sentence, and the machine stops with it, since
 * without dom0 nothing can be done. The domain is left paused with its vCPU 0 ready.
 */
#include <public/domctl.h>
#include <public/errno.h>
#include <public/vcpu.h>
#include <xen/heap.h>
#include <xen/init.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/page.h>
#include <xen/pv-guest.h>

#include "dom0.h"

static int make_domain(struct dom0_build *b, struct error_text *err)
{
	struct xen_domctl_createdomain cfg = {
		.max_vcpus = dom0_choose_vcpus(),
		.max_evtchn_port = ~0u,
		.max_grant_frames = -1,
		.max_maptrack_frames = -1,
	};
	struct vcpu *v;
	int rc = domain_create(0, &cfg, true, &b->d);

	if (rc)
		return error_text_fail(err, rc,
				       "the domain structure of dom0 cannot be made (error %d)",
				       rc);
	dom0 = b->d;
	b->d->max_pages = dom0_max_pages();
	for (unsigned int i = 0; i < cfg.max_vcpus; i++) {
		rc = vcpu_create(b->d, i, &v);
		if (rc)
			return error_text_fail(err, rc, "vCPU %u of dom0 cannot be made (error %d)",
					       i, rc);
	}
	rc = dom0_grant_rights(b->d);
	if (rc)
		return error_text_fail(err, rc,
				       "dom0 cannot be given its rights to the machine (error %d)",
				       rc);
	return 0;
}

static int set_context(struct dom0_build *b, struct error_text *err)
{
	struct vcpu_guest_context *c = mem_new(struct vcpu_guest_context);
	struct vcpu *v = b->d->vcpus[0];
	int rc;

	if (!c)
		return error_text_fail(err, -XEN_ENOMEM,
				       "no memory for dom0's first register context");
	c->flags = VGCF_in_kernel | VGCF_online;
	c->user_regs.rip = b->kernel.entry;
	c->user_regs.rsp = dom0_va(b, b->pfn_stack) + PAGE_SIZE;
	c->user_regs.rsi = dom0_va(b, b->pfn_start_info);
	c->user_regs.cs = FLAT_KERNEL_CS;
	c->user_regs.ss = FLAT_KERNEL_SS;
	c->user_regs.rflags = 0x200;
	c->kernel_ss = FLAT_KERNEL_SS;
	c->kernel_sp = c->user_regs.rsp;
	c->ctrlreg[3] = mfn_x(b->l4) << PAGE_SHIFT;
	do
		rc = pv_vcpu_set_context(v, c);
	while (rc == -XEN_ERESTART || rc == -XEN_EINTR);
	mem_free(c);
	if (rc)
		return error_text_fail(err, rc,
				       "dom0's first register context was refused (error %d)", rc);
	return vcpu_up(v);
}

static int build(struct dom0_build *b, struct error_text *err)
{
	int rc;

	if (!boot_info.nr_modules)
		return error_text_fail(err, -XEN_ENOENT,
				       "the boot loader gave no kernel for dom0; load it as the "
				       "first module");
	b->kernel_module = &boot_info.modules[0];
	if (boot_info.nr_modules > 1) {
		b->initrd_module = &boot_info.modules[1];
		b->initrd_size = b->initrd_module->size;
	}
	rc = dom0_unpack_kernel(b, err);
	if (rc)
		return rc;
	log_notice("dom0: kernel %s %s, entry %#lx", b->kernel.guest_os, b->kernel.guest_version,
		   b->kernel.entry);
	rc = make_domain(b, err);
	if (!rc)
		rc = dom0_choose_memory(b, err);
	if (!rc)
		rc = dom0_layout(b, err);
	if (!rc)
		rc = dom0_allocate(b, err);
	if (rc)
		return rc;
	dom0_load_kernel(b);
	dom0_load_initrd(b);
	rc = dom0_make_tables(b, err);
	if (rc)
		return rc;
	dom0_fill_start_info(b);
	rc = set_context(b, err);
	if (rc)
		return rc;
	heap_free_virt(b->p2m, b->p2m_buffer_order);
	dom0_release_modules(b);
	return 0;
}

int dom0_build(void)
{
	struct dom0_build b = { 0 };
	struct error_text err;
	int rc = build(&b, &err);

	if (rc) {
		log_error("dom0: %s", err.text);
		return rc;
	}
	log_notice("dom0: %lu MB, %u virtual processors", b.nr_pages >> 8, b.d->max_vcpus);
	return 0;
}
