/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpuid - the hypervisor's leaves are there, and the forced form shows a PV guest what it may use.
 *
 * Promised by arch-x86/cpuid.h: leaf 0x40000000 (or 256 more times) has "XenVMMXenVMM" and the last
 * leaf, the next the version. With the prefix ud2 "xen" cpuid is answered by the hypervisor: it
 * hides what PV has not (virtual machines, the local APIC's x2 mode as host decides,
 * process-context identifiers, paging features of supervisor mode).
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("cpuid", ROLE_DOM0 | ROLE_CHILD);

struct leaf {
	u32 a, b, c, d;
};

static struct leaf forced(u32 leaf, u32 subleaf)
{
	volatile struct leaf l = {0};

	CHECK_TRAP(asm volatile(".byte 0x0f, 0x0b, 'x', 'e', 'n'; cpuid"
				: "=a"(l.a), "=b"(l.b), "=c"(l.c), "=d"(l.d)
				: "a"(leaf), "c"(subleaf)),
		   TRAP_NONE);
	return l;
}

void test_main(void)
{
	struct leaf l = forced(0x40000000, 0);
	char name[13] = {0};

	memcpy(name, &l.b, 12);
	CHECK(!memcmp(name, "XenVMMXenVMM", 12), "leaf 40000000 says \"%s\"", name);
	CHECK(l.a >= 0x40000002 && l.a <= 0x40000005, "the last leaf is %x", l.a);
	l = forced(0x40000001, 0);
	CHECK(l.a == (4 << 16 | 17), "leaf 40000001 says version %x", l.a);
	l = forced(1, 0);
	CHECK(l.c >> 31 & 1, "the hypervisor bit is clear in %x", l.c);
	CHECK(!(l.c >> 5 & 1), "VMX is shown to a PV guest: %x", l.c);
	CHECK(!(l.c >> 17 & 1), "PCID is shown to a PV guest: %x", l.c);
	CHECK(!(l.d >> 3 & 1), "page-size extension is shown to a PV guest: %x", l.d);
	CHECK(!(l.d >> 13 & 1), "global pages are shown to a PV guest: %x", l.d);
	l = forced(0x80000001, 0);
	CHECK(!(l.c >> 2 & 1), "SVM is shown to a PV guest: %x", l.c);
	CHECK(l.d >> 29 & 1, "long mode is not shown: %x", l.d);
	CHECK(l.d >> 11 & 1, "syscall is not shown: %x", l.d);
	l = forced(7, 0);
	CHECK(!(l.b >> 7 & 1) && !(l.b >> 20 & 1), "SMEP or SMAP is shown to a PV guest: %x", l.b);
	CHECK(!(l.c >> 16 & 1), "five-level paging is shown to a PV guest: %x", l.c);
}
