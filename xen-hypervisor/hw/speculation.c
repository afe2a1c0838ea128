/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this processor gives away by speculation, and what is done: decided once, on the boot CPU,
 * and said in the log, what is not done included.  Other CPUs have the same means or do not join
 * (hw/features.c).
 *
 * Done today: a predictor barrier (IBPB) when a CPU goes from one domain to another, so that no
 * domain steers another one's branches; and the refusal of page-table entries that read the cache
 * (guest/pv/l1tf.c).
 */
#include <public/errno.h>
#include <xen/cmdline.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/log.h>
#include <xen/percpu.h>
#include <xen/speculation.h>

#define PRED_CMD_IBPB 1
#define NOBODY 0xffff	/* no domain's number */

bool spec_ibpb;
/* Whose branches the predictor knows. */
DEFINE_PER_CPU(u16, predictor_owner) = NOBODY;

static bool opt_ibpb = true, opt_l1tf = true, opt_xpti = true;

static int parse_spec_item(const char *item, size_t len)
{
	int all = str_bool(item, len), ibpb = str_named_bool(item, len, "ibpb");

	if (all >= 0)
		opt_ibpb = opt_l1tf = all;
	else if (ibpb >= 0)
		opt_ibpb = ibpb;
	else
		return -XEN_EINVAL;
	return 0;
}

static int parse_spec(const char *value)
{
	for (;;) {
		const char *comma = strchr(value, ',');
		size_t len = comma ? (size_t)(comma - value) : strlen(value);
		int rc = parse_spec_item(value, len);

		if (rc || !comma)
			return rc;
		value = comma + 1;
	}
}
DECLARE_OPTION("spec-ctrl", parse_spec, "against speculation: no, or ibpb=BOOL");

static int parse_xpti(const char *value)
{
	int on = str_bool(value, strlen(value));

	if (on < 0)
		return -XEN_EINVAL;
	opt_xpti = on;
	return 0;
}
DECLARE_OPTION("xpti", parse_xpti, "page tables of the hypervisor's own, against Meltdown: BOOL");

void speculation_switch(u16 domid)
{
	if (this_cpu(predictor_owner) == domid)
		return;
	this_cpu(predictor_owner) = domid;
	hw_wrmsr(MSR_PRED_CMD, PRED_CMD_IBPB);
}

/* --- what the log says --- */

struct word {
	u32 bit;
	const char *name;
};
static const struct word issue_words[] = {
	{ SPEC_MELTDOWN, "Meltdown" }, { SPEC_L1TF, "L1TF" },
	{ SPEC_MDS, "MDS" },	       { SPEC_TAA, "TAA" },
	{ SPEC_BRANCHES, "branches" }, { SPEC_SSB, "SSB" },
};
static const struct word means_words[] = {
	{ SPEC_HAS_IBPB, "IBPB" },
	{ SPEC_HAS_IBRS, "IBRS" },
	{ SPEC_HAS_IBRS_ALWAYS, "IBRS-always" },
	{ SPEC_HAS_STIBP, "STIBP" },
	{ SPEC_HAS_SSBD, "SSBD" },
	{ SPEC_HAS_MD_CLEAR, "MD_CLEAR" },
	{ SPEC_HAS_L1D_FLUSH, "L1D_FLUSH" },
};

/* The words of the bits in `set`, each with a space before it. */
static const char *words_of(u32 set, const struct word *words, unsigned int n, char *buf,
			    size_t size)
{
	size_t len = str_copy(buf, set ? "" : " nothing", size);

	for (unsigned int i = 0; i < n; i++)
		if (set & words[i].bit && len < size)
			len += snprintf(buf + len, size - len, " %s", words[i].name);
	return buf;
}

static void say_what_is_not_done(u32 issues)
{
	if (issues & SPEC_MELTDOWN)
		log_warn("speculation: page tables of the hypervisor's own (XPTI) are needed and "
			 "not made by this version%s: programs in guests can read memory of others",
			 opt_xpti ? "" : " (nor wanted: xpti=no)");
	if (issues & (SPEC_MDS | SPEC_TAA))
		log_warn("speculation: buffers that need clearing on the way to a guest are not "
			 "cleared by this version: programs in guests can see data of others");
	if (issues & SPEC_BRANCHES)
		log_notice("speculation: the hypervisor's own indirect branches are not protected");
}

static void decide(u32 issues, u32 means)
{
	const char *why = !(issues & SPEC_BRANCHES) ? "not needed" :
			  !(means & SPEC_HAS_IBPB)  ? "the processor, or its microcode, has none" :
			  !opt_ibpb		    ? "spec-ctrl=" :
						      NULL;

	if (!why && hw_wrmsr_safe(MSR_PRED_CMD, PRED_CMD_IBPB))
		why = "the processor refuses it";
	spec_ibpb = !why;
	log_notice("speculation: predictor barrier between domains: %s%s%s%s",
		   spec_ibpb ? "on" : "off", why ? " (" : "", why ? why : "", why ? ")" : "");
	spec_l1tf = (issues & SPEC_L1TF) && opt_l1tf;
	log_notice("speculation: entries that read the cache: %s",
		   spec_l1tf		? "refused (pv-l1tf=)" :
		   issues & SPEC_L1TF	? "not looked for (spec-ctrl=)" :
					  "no need to look");
}

void speculation_init(void)
{
	const struct cpu_features *f = &cpu_features;
	char a[96], b[96];
	u32 issues, means;
	u64 caps = 0;

	if (f->words[CPUID_7_EDX] >> 29 & 1)
		hw_rdmsr_safe(MSR_ARCH_CAPS, &caps);
	issues = speculation_issues(f, caps);
	means = speculation_means(f, caps);
	log_notice("speculation: the processor is affected by:%s; it offers:%s",
		   words_of(issues, issue_words, ARRAY_SIZE(issue_words), a, sizeof(a)),
		   words_of(means, means_words, ARRAY_SIZE(means_words), b, sizeof(b)));
	decide(issues, means);
	say_what_is_not_done(issues);
}
