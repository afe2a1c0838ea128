/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * platform_op: dom0's say in what belongs to the machine as a whole.  The table says what each
 * operation is answered by, and which are refused on purpose; hypercall/table.c lets only the
 * privileged domain in.
 */
#include <public/errno.h>
#include <public/platform.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/platform.h>
#include <xen/symbols.h>
#include <xen/time.h>

static int set_time(u64 seconds, u32 ns, u64 system_time)
{
	/* Seconds beyond the year 2500 do not fit into nanoseconds. */
	if (ns >= NS_PER_SEC || seconds > (1ULL << 34) || system_time > time_now() + NS_PER_SEC)
		return -XEN_EINVAL;
	time_set_wallclock(seconds, ns, system_time);
	return 0;
}

static int op_settime32(struct xen_platform_op *op)
{
	return set_time(op->u.settime32.secs, op->u.settime32.nsecs, op->u.settime32.system_time);
}

static int op_settime64(struct xen_platform_op *op)
{
	if (op->u.settime64.mbz)
		return -XEN_EINVAL;
	return set_time(op->u.settime64.secs, op->u.settime64.nsecs, op->u.settime64.system_time);
}

/* Processor and chipset quirks of the last century: accepted, nothing needs doing. */
static int op_platform_quirk(struct xen_platform_op *op)
{
	u32 id = op->u.platform_quirk.quirk_id;

	return id >= QUIRK_NOIRQBALANCING && id <= QUIRK_IOAPIC_GOOD_REGSEL ? 0 : -XEN_EINVAL;
}

/* The hypervisor's symbols one by one; symnum goes up by one, and stays at the end of the list. */
static int op_get_symbol(struct xen_platform_op *op)
{
	struct xenpf_symdata *s = &op->u.symdata;
	u64 address;
	const char *name = symbols_at(s->symnum, &address);
	u32 size;

	if (!name)
		return 0;
	size = strlen(name) + 1;
	if (copy_to_guest_raw(handle_va(s->name), name, min(size, s->namelen)))
		return -XEN_EFAULT;
	s->namelen = size;
	s->address = address;
	s->type = 't';
	s->symnum++;
	return 0;
}

static int unsupported(struct xen_platform_op *op) { return -XEN_EOPNOTSUPP; }

static const struct row {
	int (*fn)(struct xen_platform_op *op);
	bool back;
} rows[] = {
	[XENPF_settime32] = { op_settime32, false },
	[XENPF_settime64] = { op_settime64, false },
	/*
	 * 31 to 33, memory type registers: the hypervisor leaves them as the firmware set them and
	 * has no say to share.
	 */
	/* microcode comes with the firmware or the boot loader */
	[XENPF_microcode_update] = { unsupported, false },
	[XENPF_platform_quirk] = { op_platform_quirk, false },
	[XENPF_get_cpu_version] = { platform_get_cpu_version, true },
	/* 49, EFI runtime services: none. */
	[XENPF_firmware_info] = { platform_firmware_info, true },
	[XENPF_enter_acpi_sleep] = { platform_acpi_sleep, false },
	[XENPF_getidletime] = { platform_getidletime, true },
	[XENPF_set_processor_pminfo] = { platform_set_pminfo, false },
	[XENPF_get_cpuinfo] = { platform_get_cpuinfo, true },
	[XENPF_cpu_online] = { platform_cpu_online, false },
	[XENPF_cpu_offline] = { platform_cpu_offline, false },
	[XENPF_cpu_hotadd] = { unsupported, false },
	[XENPF_mem_hotadd] = { unsupported, false },
	[XENPF_core_parking] = { platform_core_parking, true },
	/* 61, resource_op: model-specific registers of cache monitoring. */
	[XENPF_get_symbol] = { op_get_symbol, true },
};

long do_platform_op(u64 arg)
{
	struct xen_platform_op op;
	int rc;

	if (copy_from_guest_raw(&op, arg, sizeof(op)))
		return -XEN_EFAULT;
	if (op.interface_version != XENPF_INTERFACE_VERSION)
		return -XEN_EACCES;
	if (op.cmd >= ARRAY_SIZE(rows) || !rows[op.cmd].fn)
		return -XEN_ENOSYS;
	rc = rows[op.cmd].fn(&op);
	if (!rc && rows[op.cmd].back && copy_to_guest_raw(arg, &op, sizeof(op)))
		rc = -XEN_EFAULT;
	return rc;
}
