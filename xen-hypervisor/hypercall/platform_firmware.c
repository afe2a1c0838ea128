/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * platform_op: what the firmware left behind, and ACPI sleep.
 *
 * The hypervisor makes no real-mode calls, so what only those could tell (disks' geometry and
 * signatures, the monitor's EDID) is absent, which kernels take as an empty list.
 */
#include <public/errno.h>
#include <public/platform.h>
#include <xen/acpi.h>
#include <xen/boot.h>
#include <xen/log.h>
#include <xen/machine.h>
#include <xen/page.h>
#include <xen/platform.h>

#define BDA_KEYBOARD_FLAGS 0x417 /* BIOS data area */

int platform_firmware_info(struct xen_platform_op *op)
{
	switch (op->u.firmware_info.type) {
	case XEN_FW_DISK_INFO:
	case XEN_FW_DISK_MBR_SIGNATURE:
	case XEN_FW_VBEDDC_INFO:
		return -XEN_ESRCH;
	case XEN_FW_EFI_INFO:
		return boot_info.efi ? -XEN_EOPNOTSUPP : -XEN_ENOENT;
	case XEN_FW_KBD_SHIFT_FLAGS:
		if (boot_info.efi)
			return -XEN_ESRCH;
		op->u.firmware_info.u.kbd_shift_flags =
			*(const volatile u8 *)maddr_to_virt(_maddr(BDA_KEYBOARD_FLAGS));
		return 0;
	default:
		return -XEN_EINVAL;
	}
}

int platform_acpi_sleep(struct xen_platform_op *op)
{
	const struct xenpf_enter_acpi_sleep *s = &op->u.enter_acpi_sleep;

	if (s->sleep_state == 0 || s->sleep_state > 5 || (s->flags & ~XENPF_ACPI_SLEEP_EXTENDED))
		return -XEN_EINVAL;
	if (s->sleep_state != 5) {
		log_warn("platform: sleep state S%u was asked for; only S5 (off) is supported",
			 s->sleep_state);
		return -XEN_EOPNOTSUPP;
	}
	if ((s->flags & XENPF_ACPI_SLEEP_EXTENDED) || !acpi_info.pm1a_cnt) {
		log_warn("platform: this machine has no PM1 control register; it cannot be "
			 "switched off by software");
		return -XEN_EOPNOTSUPP;
	}
	hw_machine_enter_s5(s->val_a, s->val_b);
}
