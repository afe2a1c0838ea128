/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory-query - the questions of memory_op about limits, maps and the machine-to-physical table
 * are answered.
 *
 * Promised by memory.h: current and maximum reservation, maximum_ram_page, machphys_mapping,
 * machphys_mfn_list (the initial domain), memory_map (-ENOSYS when none was set),
 * machine_memory_map for the initial domain only.
 */
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("memory-query", ROLE_DOM0 | ROLE_CHILD);

struct e820 {
	u64 start, size;
	u32 type;
} __attribute__((packed));

static void maps_test(void)
{
	static struct e820 map[128];
	struct xen_memory_map op = { .nr_entries = 128 };
	u64 ram = 0;
	unsigned int i;

	set_xen_guest_handle(op.buffer, map);
	if (!is_dom0) {
		CHECK_REFUSED(memory_op(XENMEM_machine_memory_map, &op));
		return;
	}
	CHECK_RC(memory_op(XENMEM_machine_memory_map, &op), 0);
	for (i = 0; i < op.nr_entries; i++)
		ram += map[i].type == 1 ? map[i].size : 0;
	CHECK(op.nr_entries > 2 && op.nr_entries <= 128, "the machine's map has %u entries",
	      op.nr_entries);
	CHECK(ram > 100 << 20 && ram <= 128 << 20,
	      "the machine's map has %lu bytes of RAM of 128 MB", ram);
	op.nr_entries = 1;
	CHECK(memory_op(XENMEM_machine_memory_map, &op) || op.nr_entries <= 1,
	      "one entry of room got %u", op.nr_entries);
}

void test_main(void)
{
	domid_t self = DOMID_SELF, nobody = 1234;
	struct xen_machphys_mapping m2p = { 0 };
	long current = memory_op(XENMEM_current_reservation, &self), ram;

	CHECK(current >= (long)start_info->nr_pages && current < (long)start_info->nr_pages + 64,
	      "the reservation is %ld pages, start_info has %lu", current, start_info->nr_pages);
	CHECK(memory_op(XENMEM_maximum_reservation, &self) >= current,
	      "the maximum is below the current reservation");
	CHECK_REFUSED(memory_op(XENMEM_current_reservation, &nobody));
	ram = memory_op(XENMEM_maximum_ram_page, NULL);
	CHECK(ram > 0x6000 && ram <= 0x8000, "the last page of RAM is %lx", ram);
	CHECK_RC(memory_op(XENMEM_machphys_mapping, &m2p), 0);
	CHECK(m2p.v_start == MACH2PHYS_VIRT_START && m2p.v_end > m2p.v_start + (u64)ram * 8 &&
		      m2p.max_mfn + 1 >= (u64)ram,
	      "the machine-to-physical table is at %lx-%lx for %lx frames", m2p.v_start, m2p.v_end,
	      m2p.max_mfn);
	maps_test();
	CHECK_RC(memory_op(63, &self), -XEN_ENOSYS);
	CHECK_RC(memory_op(XENMEM_current_reservation, (void *)0x1000), -XEN_EFAULT);
}
