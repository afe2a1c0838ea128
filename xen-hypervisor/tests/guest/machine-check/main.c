/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * machine-check - errors that the processor survived are told to the initial domain, which fetches
 * them.
 *
 * Promised by xen-mca.h: VIRQ_MCA (arch_0) tells of them; fetch hands the oldest one out, as a
 * global part and a bank, and the same one until it is acknowledged. Here one corrected error and
 * one that a scrubber would find (which raises the exception; nothing has used the data), in banks
 * 3 and 4 of the emulated processor. They arrive only if the hypervisor switched the banks on.
 *
 * Monitor: mce 0 3 0x9c00000000000151 0 0x1000 0x8c; mce 0 4 0xbd000000000000c0 5 0x2000 0x8c
 * Peer: failure because it looks at the banks of a processor less than twice a minute.
 */
#include "event.h"
#include "hypercall.h"
#include "time.h"
#include <public/arch-x86/xen-mca.h>

TEST("machine-check", ROLE_DOM0);

#define PATIENCE_MS 20000

static struct mc_info info;

static long fetch(u32 flags, u64 *id, u32 *ret_flags)
{
	struct xen_mc op = {
		.cmd = XEN_MC_fetch, .interface_version = XEN_MCA_INTERFACE_VERSION,
		.u.mc_fetch = {.flags = flags, .fetch_id = *id},
	};
	long rc;

	set_xen_guest_handle(op.u.mc_fetch.data, &info);
	rc = hypercall(__HYPERVISOR_mca, &op);
	*id = op.u.mc_fetch.fetch_id;
	*ret_flags = op.u.mc_fetch.flags;
	return rc;
}

static void look_at(unsigned int bank, u64 status, u64 address)
{
	struct mcinfo_global *g = (void *)x86_mcinfo_first(&info);
	struct mcinfo_bank *b = (void *)x86_mcinfo_next(&g->common);

	CHECK(info.mi_nentries >= 2 && g->common.type == MC_TYPE_GLOBAL &&
	      b->common.type == MC_TYPE_BANK, "%u entries, of types %u and %u", info.mi_nentries,
	      g->common.type, b->common.type);
	CHECK(b->mc_bank == bank && b->mc_status == status && b->mc_addr == address,
	      "bank %u says %lx at %lx", b->mc_bank, b->mc_status, b->mc_addr);
}

static bool wait_for_event(unsigned int port)
{
	u64 end = time_now() + PATIENCE_MS * MILLISECOND;

	while (!event_pending(port) && time_now() < end)
		sched_op(SCHEDOP_yield, NULL);
	return event_pending(port);
}

static void one_error(unsigned int port, unsigned int bank, u64 status, u64 address)
{
	u64 id = 0, again = 0;
	u32 flags;

	CHECK_RC(fetch(XEN_MC_NONURGENT, &id, &flags), 0);
	if (flags & XEN_MC_NODATA) {
		event_clear(port);
		CHECK(wait_for_event(port), "no event tells of the error in bank %u", bank);
		CHECK_RC(fetch(XEN_MC_NONURGENT, &id, &flags), 0);
	}
	CHECK(!(flags & XEN_MC_NODATA), "there is no error to fetch");
	look_at(bank, status, address);
	fetch(XEN_MC_NONURGENT, &again, &flags);
	CHECK(again == id, "before it is acknowledged error %lu follows %lu", again, id);
	CHECK_RC(fetch(XEN_MC_NONURGENT | XEN_MC_ACK, &id, &flags), 0);
}

void test_main(void)
{
	unsigned int port = event_virq(VIRQ_MCA, 0);
	u64 id = 0;
	u32 flags;

	CHECK_RC(fetch(XEN_MC_NONURGENT, &id, &flags), 0);
	CHECK(flags & XEN_MC_NODATA, "there is an error before there was one");
	CHECK_REFUSED(fetch(0, &id, &flags));
	print("monitor: now\n");
	if (!CHECK(wait_for_event(port), "no event tells of an error within %u s",
		   PATIENCE_MS / 1000))
		return;
	one_error(port, 3, 0x9c00000000000151, 0x1000);
	one_error(port, 4, 0xbd000000000000c0, 0x2000);
	fetch(XEN_MC_NONURGENT, &id, &flags);
	CHECK(flags & XEN_MC_NODATA, "what was acknowledged is still there");
}
