/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole builds on a pretend machine, examined by an independent checker that knows the public ABI
 * and nothing of the builder: it starts from the virtual CPU's registers and walks the page tables.
 * Then the same build with every single call failing in turn.
 */
#include <config.h>

#include <errno.h>
#include <sys/stat.h>

#include "domain/build.h"
#include "tests/tap.h"
#include "tests/unit/builder-image.h"
#include "tests/unit/libxen-fake.h"

#define RAMDISK_SIZE 123457UL

static struct fake fake;
static struct libxen *x;
static struct error_text err;
static char kernel_path[64], ramdisk_path[64];
static uint8_t ramdisk[RAMDISK_SIZE];

static void write_file(char *path, const void *data, size_t size)
{
	FILE *f;

	strcpy(path, "/tmp/builder-domain-XXXXXX");
	f = fdopen(mkstemp(path), "w");
	if (!f || fwrite(data, size, 1, f) != 1 || fclose(f))
		tap_bail("cannot write %s", path);
}

static void make_kernel(const struct image_options *o)
{
	size_t size;
	uint8_t *elf = image_elf(o, &size);

	if (kernel_path[0])
		unlink(kernel_path);
	write_file(kernel_path, elf, size);
	free(elf);
}

static struct build_params params(uint64_t memory_kb)
{
	return (struct build_params){
		.kernel = kernel_path,
		.ramdisk = ramdisk_path,
		.command_line = "console=hvc0 quiet",
		.memory_kb = memory_kb,
		.nr_vcpus = 2,
		.handle = {1, 2, 3},
		.no_cache = true,
	};
}

/* ---- the checker --------------------------------------------------------------------------- */

static uint64_t entry_at(uint64_t table_mfn, uint64_t index)
{
	uint64_t e;

	fake_read(&fake, table_mfn * 4096 + index * 8, &e, 8);
	return e;
}

/* The leaf entry for @va, or 0. */
static uint64_t walk(uint64_t va)
{
	uint64_t table = fake.context.ctrlreg[3] >> 12, e = 0;
	int shift;

	for (shift = 39; shift >= 12; shift -= 9) {
		e = entry_at(table, (va >> shift) & 511);
		if (!(e & 1) || !(e & 4))
			return 0;
		table = (e >> 12) & 0xffffffffffUL;
	}
	return e;
}

/* Reads guest virtual memory; false where nothing is mapped. */
static bool peek(uint64_t va, void *to, size_t size)
{
	uint8_t *out = to;
	size_t piece;
	uint64_t e;

	while (size) {
		e = walk(va);
		if (!e)
			return false;
		piece = 4096 - (va & 4095);
		if (piece > size)
			piece = size;
		fake_read(&fake, (e & 0xffffffffff000UL) + (va & 4095), out, piece);
		out += piece;
		va += piece;
		size -= piece;
	}
	return true;
}

static bool pattern_holds(uint64_t va, uint64_t pattern, uint64_t size)
{
	uint64_t i;
	uint8_t byte;

	for (i = 0; i < size; i += 61)
		if (!peek(va + i, &byte, 1) || byte != image_byte(pattern + i))
			return false;
	return true;
}

static bool zero_holds(uint64_t va, uint64_t size)
{
	uint8_t buffer[4096];
	size_t piece, i;

	for (; size; size -= piece, va += piece) {
		piece = size < sizeof(buffer) ? size : sizeof(buffer);
		if (!peek(va, buffer, piece))
			return false;
		for (i = 0; i < piece; i++)
			if (buffer[i])
				return false;
	}
	return true;
}

static uint8_t level_of[FAKE_FRAMES];           /* 1..4 for page tables, else 0 */

static bool collect_tables(uint64_t mfn, int level)
{
	uint64_t e;
	int i;

	if (mfn >= FAKE_FRAMES || fake.owner[mfn] != FAKE_DOMID ||
	    (level_of[mfn] && level_of[mfn] != level))
		return false;
	level_of[mfn] = (uint8_t)level;
	for (i = 0; level > 1 && i < 512; i++) {
		e = entry_at(mfn, (uint64_t)i);
		if ((e & 1) && !collect_tables((e >> 12) & 0xffffffffffUL, level - 1))
			return false;
	}
	return true;
}

/* No table is writable through any mapping, and every frame mapped is the domain's. */
static bool tables_are_safe(void)
{
	uint64_t mfn, e, to;
	int i;

	for (mfn = 0; mfn < FAKE_FRAMES; mfn++) {
		for (i = 0; level_of[mfn] == 1 && i < 512; i++) {
			e = entry_at(mfn, (uint64_t)i);
			to = (e >> 12) & 0xffffffffffUL;
			if ((e & 1) && (to >= FAKE_FRAMES || fake.owner[to] != FAKE_DOMID ||
					((e & 2) && level_of[to])))
				return false;
		}
	}
	return true;
}

static void check_start_info(const struct start_info *si, const struct build_result *r,
			     const struct image_options *o, uint64_t pages)
{
	tap_is_str(si->magic, "xen-3.0-x86_64", "start_info has its magic");
	tap_is_int((long long)si->nr_pages, (long long)pages, "it tells the domain's size");
	tap_is_int((long long)si->shared_info, FAKE_SHARED * 4096,
		   "it tells where the shared page is");
	tap_ok(si->store_mfn == r->store_mfn && si->store_evtchn == r->store_port &&
	       si->console.domU.mfn == r->console_mfn && si->console.domU.evtchn == r->console_port,
	       "it tells the rings and ports that the result tells");
	tap_is_str((const char *)si->cmd_line, "console=hvc0 quiet", "it holds the command line");
	tap_ok(!(si->flags & (SIF_PRIVILEGED | SIF_INITDOMAIN)), "it gives no privilege");
	tap_is_int(!!(si->flags & SIF_MOD_START_PFN), !o->ramdisk_mapped,
		   "it says how the RAM disk is named");
	tap_is_int((long long)walk(si->pt_base) >> 12, (long long)fake.context.ctrlreg[3] >> 12,
		   "its page-table base is the top level in use");
}

/* The frame list: at every index a distinct frame of the domain. */
static void check_frame_list(const struct start_info *si, uint64_t *list, uint64_t pages)
{
	static uint8_t seen[FAKE_FRAMES];
	bool ok = peek(si->mfn_list, list, pages * 8);
	uint64_t i;

	memset(seen, 0, sizeof(seen));
	for (i = 0; ok && i < pages; i++) {
		ok = list[i] < FAKE_FRAMES && fake.owner[list[i]] == FAKE_DOMID && !seen[list[i]];
		if (ok)
			seen[list[i]] = 1;
	}
	tap_ok(ok, "the frame list names every frame of the domain once");
}

static void check_ramdisk(const struct start_info *si, const uint64_t *list)
{
	static uint8_t got[RAMDISK_SIZE + 4096];
	uint64_t i, pages = (RAMDISK_SIZE + 4095) / 4096;
	bool ok = true;

	tap_is_int((long long)si->mod_len, RAMDISK_SIZE, "the RAM disk has its length");
	if (si->flags & SIF_MOD_START_PFN) {
		for (i = 0; i < pages; i++)
			fake_read(&fake, list[si->mod_start + i] * 4096, got + i * 4096, 4096);
	} else {
		ok = peek(si->mod_start, got, RAMDISK_SIZE);
	}
	tap_ok(ok && !memcmp(got, ramdisk, RAMDISK_SIZE), "the RAM disk is whole");
}

/* One-to-one from virt_base, in 4 MB steps, with the padding promised after the last element. */
static void check_mapping(const struct start_info *si, const uint64_t *list, uint64_t base)
{
	uint64_t va, e, n = 0, stack = fake.context.user_regs.rsp, frames = 0, i;
	bool ok = true;

	for (va = base; (e = walk(va)); va += 4096, n++)
		ok = ok && ((e >> 12) & 0xffffffffffUL) == list[n];
	tap_ok(ok && n, "the initial mapping is one-to-one");
	tap_is_int((long long)(va % (4UL << 20)), 0, "it ends on a 4 MB boundary");
	tap_ok(va - stack >= 512 << 10, "at least 512 kB of padding follow the last element");
	for (i = 0; i < si->nr_pt_frames; i++)
		frames += level_of[(walk(si->pt_base + i * 4096) >> 12) & 0xffffffffffUL] != 0;
	tap_is_int((long long)frames, (long long)si->nr_pt_frames,
		   "all frames said to be page tables are");
}

static void check_order(const struct start_info *si, uint64_t base)
{
	uint64_t kernel_end = base + ((IMAGE_DATA_AT + IMAGE_BSS + 4095) & ~4095UL);
	uint64_t si_va = fake.context.user_regs.rsi, stack = fake.context.user_regs.rsp;

	tap_ok(kernel_end <= si_va && si_va < si->pt_base &&
	       si->pt_base + si->nr_pt_frames * 4096 == stack - 4096,
	       "kernel, start_info, page tables and stack come in the ABI's order");
	tap_ok(zero_holds(si_va + 4096, 8192), "the xenstore and console pages between are zero");
	tap_ok(zero_holds(stack - 4096, 4096), "the boot stack is zero");
}

static void check_grants(const struct build_result *r)
{
	struct grant_entry_v1 e[2];

	fake_read(&fake, FAKE_GRANTS * 4096, e, sizeof(e));
	tap_ok(e[0].flags == GTF_permit_access && e[0].frame == r->console_mfn && e[0].domid == 0,
	       "grant 0 is the console page");
	tap_ok(e[1].flags == GTF_permit_access && e[1].frame == r->store_mfn && e[1].domid == 0,
	       "grant 1 is the xenstore page");
}

static void check_registers(uint64_t base)
{
	struct shared_info shared;

	tap_is_int((long long)fake.context.user_regs.rip, (long long)(base + IMAGE_START + 0x10),
		   "the virtual CPU starts at the entry point");
	tap_ok(fake.context.user_regs.cs == 0xe033 && fake.context.user_regs.ss == 0xe02b &&
	       fake.context.user_regs.ds == 0 && (fake.context.user_regs.rflags & 0x200),
	       "with flat segments and the interrupt flag");
	tap_is_int((long long)fake.pinned_l4, (long long)(fake.context.ctrlreg[3] >> 12),
		   "on the page table that was pinned");
	fake_read(&fake, FAKE_SHARED * 4096, &shared, sizeof(shared));
	tap_ok(shared.vcpu_info[0].evtchn_upcall_mask == 1 &&
		       shared.vcpu_info[31].evtchn_upcall_mask == 1,
	       "with events masked on every virtual CPU");
}

static void check_domain(const struct build_result *r, const struct image_options *o,
			 uint64_t pages)
{
	uint64_t base = o->virt_base ? o->virt_base : IMAGE_BASE, *list = calloc(pages, 8);
	struct start_info si;

	memset(level_of, 0, sizeof(level_of));
	tap_ok(collect_tables(fake.context.ctrlreg[3] >> 12, 4),
	       "the page tables form a tree of the domain's");
	tap_ok(tables_are_safe(), "no page table is writable and nothing foreign is mapped");
	tap_ok(peek(fake.context.user_regs.rsi, &si, sizeof(si)), "start_info is mapped");
	check_start_info(&si, r, o, pages);
	check_frame_list(&si, list, pages);
	check_mapping(&si, list, base);
	check_order(&si, base);
	check_ramdisk(&si, list);
	check_registers(base);
	check_grants(r);
	tap_ok(pattern_holds(base + IMAGE_START, 0, IMAGE_TEXT) &&
		       pattern_holds(base + IMAGE_DATA_AT, 0x100000, IMAGE_DATA),
	       "the kernel's bytes are in place");
	tap_ok(zero_holds(base + IMAGE_DATA_AT + IMAGE_DATA, IMAGE_BSS - IMAGE_DATA),
	       "its uninitialised data is zero");
	free(list);
}

/* ---- builds -------------------------------------------------------------------------------- */

/* Old contents, as another domain might have left them, so that a page not written is noticed. */
static void dirty_memory(void)
{
	uint8_t junk[4096];
	uint64_t i;

	memset(junk, 0x5a, sizeof(junk));
	for (i = 1024; i < 16384; i++)
		if (pwrite(fake.memory, junk, sizeof(junk), (off_t)(i * 4096)) != sizeof(junk))
			tap_bail("no memory for the pretend machine");
}

static void build(const char *what, const struct image_options *o, bool no_large,
		  uint64_t memory_kb)
{
	struct build_params p = params(memory_kb);
	struct build_result r = { 0 };
	int rc;

	tap_diag("%s", what);
	make_kernel(o);
	fake_init(&fake);
	dirty_memory();
	fake.no_large = no_large;
	fake.no_resource = no_large;
	if (fake_open(&fake, &x))
		tap_bail("the pretend machine does not open");
	rc = domain_build_pv(x, &p, &r, &err);
	if (!tap_is_int(rc, 0, "%s is built", what))
		tap_diag("%s", err.text);
	if (!rc)
		check_domain(&r, o, memory_kb / 4);
	tap_ok(!fake.stray_argument && !fake.mappings && !fake.destroyed,
	       "no argument strayed, nothing stays mapped, the domain lives");
	tap_ok(fake.max_kb == memory_kb && fake.nr_vcpus == 2 && fake.map_size == memory_kb << 10 &&
	       !fake.claimed, "limits, virtual CPUs and memory map are set and the claim is over");
	tap_is_int(fake.hypercall_page != 0, o->hypercall_page,
		   "the hypercall page is filled if there is one");
	libxen_close(x);
	fake_done(&fake);
}

static void test_failures(void)
{
	struct build_params p = params(40 << 10);
	struct build_result r;
	unsigned int n, bad = 0, total;
	int rc;

	make_kernel(&(struct image_options){ .hypercall_page = true });
	for (n = 1, total = 0; !total; n++) {
		fake_init(&fake);
		fake.fail_at = n;
		fake.fail_with = -EIO;
		fake_open(&fake, &x);
		err.text[0] = '\0';
		rc = domain_build_pv(x, &p, &r, &err);
		if (fake.calls < n)
			total = n - 1;
		/*
		 * The claim, the capability query and the first way to the grant table have a way
		 * round.
		 */
		else if ((rc && (!err.text[0] || (fake.created && !fake.destroyed))) ||
			 fake.mappings || (!rc && fake.destroyed)) {
			bad++;
			tap_diag("call %u: rc %d, %s", n, rc, err.text);
		}
		libxen_close(x);
		fake_done(&fake);
	}
	tap_diag("%u calls a build", total);
	tap_ok(total > 20 && !bad,
	       "whichever call fails, a sentence says so and nothing is left behind");
}

static void refuse(struct build_params p, int rc, const char *says, const char *name)
{
	struct build_result r;
	int got = domain_build_check(x, &p, &err);

	if (!tap_ok(got == rc && strstr(err.text, says), "%s", name))
		tap_diag("got %d: %s", got, err.text);
	got = domain_build_pv(x, &p, &r, &err);
	tap_ok(got == rc && !fake.created, "and building it makes no domain");
}

static void test_refusals(void)
{
	struct build_params p;
	char line[2000];

	make_kernel(&(struct image_options){ 0 });
	fake_init(&fake);
	fake_open(&fake, &x);
	p = params(1 << 20);
	refuse(p, -ENOMEM, "253952 kB",
	       "a domain larger than free memory is refused with the number free");
	p = params(16 << 10);
	refuse(p, -ENOMEM, "16384 kB",
	       "a domain too small for its kernel is refused with both numbers");
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	p = params(40 << 10);
	p.command_line = line;
	refuse(p, -EINVAL, "1023", "a command line too long is refused with the limit");
	p = params(40 << 10);
	p.max_memory_kb = 1024;
	refuse(p, -EINVAL, "1024", "a maximum below the memory is refused");
	p = params(40 << 10);
	p.ramdisk = "/nonexistent/initrd";
	refuse(p, -ENOENT, "/nonexistent/initrd",
	       "a RAM disk that is not there is refused by name");
	p = params(40 << 10);
	p.nr_vcpus = 100000;
	refuse(p, -EINVAL, "8192", "too many virtual CPUs are refused with the limit");
	make_kernel(&(struct image_options){ .init_p2m = 0xffff800000000000UL });
	refuse(params(40 << 10), -EINVAL, "0xffff800000000000",
	       "a frame list inside the hypervisor's range is refused");
	make_kernel(&(struct image_options){.virt_base = 0xffffffffff000000UL, .p2m_mapped = true});
	refuse(params(40 << 10), -EINVAL, "0xffffffffff000000",
	       "a kernel that would run past the end of the address space is refused");
	libxen_close(x);
	fake_done(&fake);
}

int main(void)
{
	size_t i;

	for (i = 0; i < RAMDISK_SIZE; i++)
		ramdisk[i] = (uint8_t)(i * 31 + (i >> 9));
	write_file(ramdisk_path, ramdisk, RAMDISK_SIZE);
	build("a domain as Linux wants it", &(struct image_options){ 0 }, false, 64 << 10);
	build("one on scattered single frames", &(struct image_options){.hypercall_page = true},
	      true, 40 << 10);
	build("one with everything in the initial mapping",
	      &(struct image_options){.ramdisk_mapped = true, .p2m_mapped = true}, false, 50 << 10);
	build("one mapped low", &(struct image_options){ .virt_base = 0x400000 }, false, 48 << 10);
	test_failures();
	test_refusals();
	unlink(kernel_path);
	unlink(ramdisk_path);
	return tap_done();
}
