/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instructions chosen at boot by what the processor has: today CLAC and STAC where SMAP is present.
 * Runs on the boot CPU before other CPUs are started, with interrupts off; writes through the
 * direct map, since text is read-only.
 */
#include <xen/hw.h>
#include <xen/log.h>

struct smap_site { u64 addr; u64 last; };
extern const struct smap_site __smap_sites_start[], __smap_sites_end[];

void hw_alternatives_apply(void)
{
	unsigned int count = 0;

	if (!cpu_features.smap)
		return;
	for (const struct smap_site *s = __smap_sites_start; s < __smap_sites_end; s++, count++) {
		volatile u8 *p = (u8 *)hw_direct_map() + (s->addr - IMAGE_START);

		p[0] = 0x0f;
		p[1] = 0x01;
		p[2] = s->last;
	}
	log_info("cpu: %u instructions patched for SMAP", count);
}
