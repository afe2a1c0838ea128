/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ACPI's static tables: RSDP, RSDT/XSDT, MADT, FADT, HPET, MCFG (ACPI 6.4 sections 5.2.5 to
 * 5.2.15).
 *
 * Tables are firmware's and are checked (checksum, lengths) before anything of them is believed;
 * each is mapped, read once into acpi_info and not looked at again.
 */
#include <public/errno.h>
#include <xen/acpi.h>
#include <xen/boot.h>
#include <xen/cmdline.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/page.h>

struct acpi_info acpi_info;
u8 acpi_rsdp_copy[36];

static bool opt_noacpi;
static int parse_noacpi(const char *value)
{
	opt_noacpi = true;
	return 0;
}
DECLARE_OPTION("noacpi", parse_noacpi, "ignore the firmware's ACPI tables");
static int parse_ignorebiostables(const char *value)
{
	opt_noacpi = true;
	return 0;
}
DECLARE_OPTION("ignorebiostables", parse_ignorebiostables,
	       "ignore the firmware's tables of processors and interrupts");

struct sdt_header {
	char sig[4];
	u32 length;
	u8 revision, checksum;
	char oem[6], oem_table[8];
	u32 oem_rev, creator, creator_rev;
} PACKED;
struct rsdp {
	char sig[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt, length;
	u64 xsdt;
	u8 ext_checksum, reserved[3];
} PACKED;

static bool sum_ok(const void *p, size_t size)
{
	const u8 *b = p;
	u8 sum = 0;

	while (size--)
		sum += *b++;
	return sum == 0;
}

/* Maps a whole table after looking at its length; NULL when it makes no sense. */
static const struct sdt_header *map_table(u64 addr)
{
	const struct sdt_header *h = hw_map_device(_maddr(addr), sizeof(*h), false);
	u32 length;

	if (!h)
		return NULL;
	length = h->length;
	if (length < sizeof(*h) || length > 1u << 20)
		return NULL;
	if ((addr & (PAGE_SIZE - 1)) + length > PAGE_SIZE)
		h = hw_map_device(_maddr(addr), length, false);
	return h && sum_ok(h, length) ? h : NULL;
}

static const struct rsdp *scan_range(u64 start, u64 end)
{
	for (u64 a = start; a < end; a += 16) {
		const struct rsdp *r = maddr_to_virt(_maddr(a));

		if (!memcmp(r->sig, "RSD PTR ", 8) && sum_ok(r, 20))
			return r;
	}
	return NULL;
}

static const struct rsdp *find_rsdp(void)
{
	const struct rsdp *r = (const void *)acpi_rsdp_copy;
	u64 ebda;

	if (boot_info.rsdp && !memcmp(r->sig, "RSD PTR ", 8) && sum_ok(r, 20))
		return r;
	ebda = (u64)*(const u16 *)maddr_to_virt(_maddr(0x40e)) << 4;
	if (ebda >= 0x80000 && ebda < 0x9fc00 + 0x400) {
		r = scan_range(ebda, ebda + 1024);
		if (r) {
			acpi_info.rsdp = (u64)r - DIRECTMAP_START;
			return r;
		}
	}
	r = scan_range(0xe0000, 0x100000);
	if (r)
		acpi_info.rsdp = (u64)r - DIRECTMAP_START;
	return r;
}

static void add_cpu(u32 apic_id, u32 acpi_id, u32 flags)
{
	if (!(flags & 1)) {
		acpi_info.nr_disabled++;
		return;
	}
	if (acpi_info.nr_cpus == NR_CPUS) {
		log_warn("acpi: more than %u processors; APIC id %#x is not used", NR_CPUS,
			 apic_id);
		return;
	}
	acpi_info.apic_id[acpi_info.nr_cpus] = apic_id;
	acpi_info.acpi_id[acpi_info.nr_cpus++] = acpi_id;
}

static u32 get32(const u8 *p)
{
	u32 v;

	memcpy(&v, p, 4);
	return v;
}
static u64 get64(const u8 *p)
{
	u64 v;

	memcpy(&v, p, 8);
	return v;
}

static void parse_madt(const struct sdt_header *h)
{
	const u8 *p = (const u8 *)h + 44, *end = (const u8 *)h + h->length;

	acpi_info.lapic_addr = get32((const u8 *)h + 36);
	for (; p + 2 <= end && p[1] >= 2 && p + p[1] <= end; p += p[1]) {
		if (p[0] == 0 && p[1] >= 8) {
			add_cpu(p[3], p[2], get32(p + 4));
		} else if (p[0] == 1 && p[1] >= 12 && acpi_info.nr_ioapics < ACPI_MAX_IOAPICS) {
			unsigned int n = acpi_info.nr_ioapics++;

			acpi_info.ioapic[n].id = p[2];
			acpi_info.ioapic[n].addr = get32(p + 4);
			acpi_info.ioapic[n].gsi_base = get32(p + 8);
		} else if (p[0] == 2 && p[1] >= 10 && p[3] < 16) {
			acpi_info.isa[p[3]].gsi = get32(p + 4);
			acpi_info.isa[p[3]].flags = p[8] | p[9] << 8;
		} else if (p[0] == 5 && p[1] >= 12) {
			acpi_info.lapic_addr = get64(p + 4);
		} else if (p[0] == 9 && p[1] >= 16 && get32(p + 4) >= 255) {
			add_cpu(get32(p + 4), get32(p + 12), get32(p + 8));
		}
	}
	log_notice("acpi: MADT: %u processors, %u interrupt controllers", acpi_info.nr_cpus,
		   acpi_info.nr_ioapics);
}

static void parse_fadt(const struct sdt_header *h)
{
	const u8 *p = (const u8 *)h;

	acpi_info.fadt = 0;
	if (h->length < 116)
		return;
	acpi_info.facs = get32(p + 36);
	acpi_info.sci = p[46] | p[47] << 8;
	acpi_info.pm1a_evt = get32(p + 56);
	acpi_info.pm1b_evt = get32(p + 60);
	acpi_info.pm1a_cnt = get32(p + 64);
	acpi_info.pm1b_cnt = get32(p + 68);
	acpi_info.pm_timer_port = get32(p + 76);
	acpi_info.pm1_cnt_len = p[89];
	acpi_info.boot_flags = p[109] | p[110] << 8;
	acpi_info.pm_timer_32bit = get32(p + 112) >> 8 & 1;
	if (h->length >= 129 && (get32(p + 112) >> 10 & 1)) {
		acpi_info.reset_supported = true;
		acpi_info.reset.space = p[116];
		acpi_info.reset.addr = get64(p + 120);
		acpi_info.reset.value = p[128];
	}
	if (h->length >= 140 && get64(p + 132))
		acpi_info.facs = get64(p + 132);
	log_notice("acpi: FADT: PM timer port %#x, PM1a control port %#x", acpi_info.pm_timer_port,
		   acpi_info.pm1a_cnt);
}

static void parse_hpet(const struct sdt_header *h)
{
	if (h->length < 56 || ((const u8 *)h)[40] != 0)
		return;
	acpi_info.hpet = get64((const u8 *)h + 44);
	log_notice("acpi: HPET at %#lx", acpi_info.hpet);
}

static void parse_mcfg(const struct sdt_header *h)
{
	const u8 *p = (const u8 *)h + 44, *end = (const u8 *)h + h->length;

	for (; p + 16 <= end && acpi_info.nr_mcfg < ARRAY_SIZE(acpi_info.mcfg); p += 16) {
		unsigned int n = acpi_info.nr_mcfg++;

		acpi_info.mcfg[n].base = get64(p);
		acpi_info.mcfg[n].segment = p[8] | p[9] << 8;
		acpi_info.mcfg[n].start_bus = p[10];
		acpi_info.mcfg[n].end_bus = p[11];
		log_notice("acpi: MCFG: segment %u, buses %u to %u at %#lx",
			   acpi_info.mcfg[n].segment, p[10], p[11], get64(p));
	}
}

static const struct { char sig[5]; void (*parse)(const struct sdt_header *);
} tables[] = {
	{ "APIC", parse_madt },
	{ "FACP", parse_fadt },
	{ "HPET", parse_hpet },
	{ "MCFG", parse_mcfg },
};

static void parse_table(u64 addr)
{
	const struct sdt_header *h = map_table(addr);

	if (!h) {
		log_warn("acpi: the table at %#lx is damaged and is ignored", addr);
		return;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(tables); i++)
		if (!memcmp(h->sig, tables[i].sig, 4))
			tables[i].parse(h);
}

bool acpi_init(void)
{
	const struct rsdp *r;
	const struct sdt_header *root;
	bool wide;

	for (unsigned int i = 0; i < 16; i++)
		acpi_info.isa[i].gsi = i;
	acpi_info.lapic_addr = 0xfee00000;
	if (opt_noacpi) {
		log_notice("acpi: tables ignored as the command line asks");
		return false;
	}
	r = find_rsdp();
	if (!r) {
		log_warn("acpi: no root pointer found; only this processor is used");
		return false;
	}
	wide = r->revision >= 2 && r->xsdt;
	root = map_table(wide ? r->xsdt : r->rsdt);
	if (!root) {
		log_warn("acpi: the root table is damaged; only this processor is used");
		return false;
	}
	for (u32 off = sizeof(*root); off + (wide ? 8 : 4) <= root->length; off += wide ? 8 : 4) {
		const u8 *p = (const u8 *)root + off;

		parse_table(wide ? get64(p) : get32(p));
	}
	return acpi_info.nr_cpus > 0;
}

void acpi_enter_sleep(u8 state, u16 pm1a_val, u16 pm1b_val)
{
	if (acpi_info.pm1a_cnt)
		hw_outw(acpi_info.pm1a_cnt, pm1a_val);
	if (acpi_info.pm1b_cnt)
		hw_outw(acpi_info.pm1b_cnt, pm1b_val);
}
