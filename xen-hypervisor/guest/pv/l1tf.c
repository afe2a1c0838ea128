/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of page tables that are not present and yet read memory.
 *
 * On processors with this fault (L1TF, XSA-273) a walk that ends at an entry that is not present
 * goes on in speculation with the address in it, and finds what is in the level-1 cache there,
 * whoever owns it.  A kernel that knows keeps other addresses than those of memory in such entries.
 * One that does not would give its programs all of the machine's memory; what it writes is legal
 * and may not be changed, so its domain ends.  The initial domain is trusted with all memory anyway
 * and is let be, unless pv-l1tf=dom0.
 *
 * guest/pv/pagetable.c asks where entries are written or tables become tables.
 */
#include <xen/cmdline.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/pvmm.h>
#include <xen/x86.h>

static bool opt_dom0, opt_domu = true;

static int parse_item(const char *item, size_t len)
{
	int all = str_bool(item, len), zero = str_named_bool(item, len, "dom0"),
	    user = str_named_bool(item, len, "domu");

	if (all >= 0)
		opt_dom0 = opt_domu = all;
	else if (zero >= 0)
		opt_dom0 = zero;
	else if (user >= 0)
		opt_domu = user;
	else
		return -XEN_EINVAL;
	return 0;
}

static int parse_pv_l1tf(const char *value)
{
	for (;;) {
		const char *comma = strchr(value, ',');
		size_t len = comma ? (size_t)(comma - value) : strlen(value);
		int rc = parse_item(value, len);

		if (rc || !comma)
			return rc;
		value = comma + 1;
	}
}
DECLARE_OPTION("pv-l1tf", parse_pv_l1tf,
	       "end a guest whose page-table entries read the cache: BOOL, dom0=BOOL, domu=BOOL");

/*
 * Below the end of memory, by the address bits that the processor has.  The first 64 kB never hold
 * anything of anybody's, so an entry with nothing but flags is good.
 */
bool pv_l1tf_reads(u64 e)
{
	u64 addr = e & PTE_ADDR_MASK & ((1ULL << page_paddr_bits) - 1);

	return addr >= 0x10000 && addr < frame_count << PAGE_SHIFT;
}

int pv_l1tf_refuse(struct domain *d, u64 e)
{
	if (!(d == dom0 ? opt_dom0 : opt_domu))
		return 0;
	log_guest(LOG_WARN, "mm: d%u: the entry %016llx, not present, reads memory by L1TF\n",
		  d->id, (unsigned long long)e);
	domain_crash(d, "it wrote a page-table entry that reads the cache (L1TF; pv-l1tf=)");
	return -XEN_EINVAL;
}

int pv_l1tf_check_table(struct domain *d, const u64 *t, unsigned int first, unsigned int n)
{
	for (unsigned int i = first; i < first + n; i++)
		if (!(t[i] & PTE_P) && pv_l1tf_reads(t[i]))
			return pv_l1tf_refuse(d, t[i]);
	return 0;
}
