/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypercall page: one stub per hypercall, number n at n * 32 (public/xen.h).  Kernels of today
 * execute SYSCALL themselves; older ones ask for the page by an ELF note, by the MSR that CPUID
 * names, or their builder asks for them.
 */
#include <public/xen.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page.h>
#include <xen/pv-guest.h>

#define STUB_SIZE 32
#define NR_STUBS  64

static u8 *emit(u8 *p, const void *bytes, size_t n)
{
	memcpy(p, bytes, n);
	return p + n;
}

/* SYSCALL overwrites rcx and r11, which callers of the page expect to keep. */
static void fill_stub(u8 *p, u32 number)
{
	p = emit(p, "\x51\x41\x53\xb8", 4); /* push %rcx; push %r11; mov $number, %eax */
	p = emit(p, &number, 4);
	emit(p, "\x0f\x05\x41\x5b\x59\xc3", 6); /* syscall; pop %r11; pop %rcx; ret */
}

/* iret does not come back; it takes what is saved here from the stack. */
static void fill_iret_stub(u8 *p)
{
	u32 number = __HYPERVISOR_iret;

	p = emit(p, "\x51\x41\x53\x50\xb8",
		 5); /* push %rcx; push %r11; push %rax; mov $number, %eax */
	p = emit(p, &number, 4);
	emit(p, "\x0f\x05", 2); /* syscall */
}

void pv_fill_hypercall_page(void *page)
{
	u8 *p = page;

	memset(p, 0xcc, PAGE_SIZE); /* int3 */
	for (u32 i = 0; i < NR_STUBS; i++)
		if (i == __HYPERVISOR_iret)
			fill_iret_stub(p + i * STUB_SIZE);
		else
			fill_stub(p + i * STUB_SIZE, i);
}

int pv_init_hypercall_page(struct domain *d, u64 frame)
{
	struct page_info *pg = page_get_by_mfn(_mfn(frame), d);
	int rc;

	if (!pg)
		return -XEN_EACCES;
	rc = page_get_type(pg, PAGE_WRITABLE);
	if (!rc) {
		pv_fill_hypercall_page(page_to_virt(pg));
		page_put_type(pg);
	}
	page_put(pg);
	return rc == -XEN_EINVAL ? -XEN_EACCES : rc;
}
