/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor-addresses - the hypervisor's part of the address space can neither be touched nor
 * given as a buffer.
 *
 * Promised by xen-x86_64.h: 0xffff800000000000-0xffff880000000000 is the hypervisor's and begins
 * with the read-only machine-to-physical table. A guest's own access to the rest is a page fault; a
 * hypercall that is given such an address, or one that is not canonical, or a range that runs over
 * a border, gives -EFAULT and changes nothing.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("hypervisor-addresses", ROLE_DOM0 | ROLE_CHILD);

static void touch_test(void)
{
	u64 va;

	CHECK_RC(probe_read((void *)HYPERVISOR_VIRT_START), TRAP_NONE);
	CHECK_RC(probe_write((void *)HYPERVISOR_VIRT_START), TRAP_PF);
	for (va = 0xffff804000000000; va < HYPERVISOR_VIRT_END; va += 0x2000000000) {
		unsigned int r = probe_read((void *)va), w = probe_write((void *)va);

		CHECK(r == TRAP_PF && w == TRAP_PF, "%lx: reading raises %u, writing %u", va, r, w);
	}
	CHECK_RC(probe_read((void *)0xffff82d080200000), TRAP_PF);
	CHECK_RC(probe_read((void *)0xffff830000000000), TRAP_PF);
}

static void buffer_test(u64 at)
{
	struct multicall_entry *list = (void *)at;

	CHECK(xen_version(XENVER_extraversion, (void *)at) == -XEN_EFAULT,
	      "xen_version took the buffer %lx", at);
	CHECK(multicall(list, 1) == -XEN_EFAULT, "multicall took the list %lx", at);
	CHECK(mmu_update((void *)at, 1, NULL, DOMID_SELF) == -XEN_EFAULT,
	      "mmu_update took the list %lx", at);
	CHECK(hypercall(__HYPERVISOR_mmuext_op, at, 1, 0, DOMID_SELF) == -XEN_EFAULT,
	      "mmuext_op took %lx", at);
	CHECK(memory_op(XENMEM_exchange, (void *)at) == -XEN_EFAULT, "memory_op took %lx", at);
	CHECK(event_channel_op(EVTCHNOP_bind_ipi, (void *)at) == -XEN_EFAULT,
	      "event_channel_op took %lx", at);
	CHECK(sched_op(SCHEDOP_poll, (void *)at) == -XEN_EFAULT, "sched_op took %lx", at);
	CHECK(hypercall(__HYPERVISOR_set_trap_table, at) == -XEN_EFAULT, "set_trap_table took %lx",
	      at);
	CHECK(hypercall(__HYPERVISOR_set_gdt, at, 512) == -XEN_EFAULT, "set_gdt took %lx", at);
	CHECK(vcpu_op(VCPUOP_set_singleshot_timer, 0, (void *)at) == -XEN_EFAULT,
	      "vcpu_op took %lx", at);
	CHECK(hypercall(__HYPERVISOR_callback_op, 0, at) == -XEN_EFAULT, "callback_op took %lx",
	      at);
	CHECK(grant_table_op(GNTTABOP_map_grant_ref, (void *)at, 1) == -XEN_EFAULT,
	      "grant_table_op took %lx", at);
}

void test_main(void)
{
	touch_test();
	buffer_test(HYPERVISOR_VIRT_START);
	buffer_test(HYPERVISOR_VIRT_START - 1);
	buffer_test(0xffff82d080200000);
	buffer_test(0xffff830000001000);
	buffer_test(HYPERVISOR_VIRT_END - 8);
	buffer_test(0x800000000000);
	buffer_test(0x7fffffffffff);
	buffer_test(0x8000000000000000);
	buffer_test(0x1000);
}
