/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What processors are said to give away by speculation: known models against what their makers
 * published.
 */
#include <string.h>
#include <xen/speculation.h>

#include "tap.h"

static const u32 all = SPEC_MELTDOWN | SPEC_L1TF | SPEC_MDS | SPEC_BRANCHES | SPEC_SSB;

static struct cpu_features intel(u32 model)
{
	struct cpu_features f = { .intel = true, .family = 6, .model = model };

	return f;
}

static void test_intel(void)
{
	struct cpu_features f = intel(0x3f);

	tap_ok(speculation_issues(&f, 0) == all, "a Haswell server has all faults but TAA");
	f.words[CPUID_7_EBX] |= 1u << 11;
	tap_ok(speculation_issues(&f, 0) == (all | SPEC_TAA),
	       "and with transactional memory that one too");
	f = intel(0x55);
	f.words[CPUID_7_EBX] |= 1u << 11;
	tap_ok(speculation_issues(&f, ARCH_CAPS_RDCL_NO | ARCH_CAPS_IBRS_ALL | ARCH_CAPS_MDS_NO) ==
		       (SPEC_TAA | SPEC_BRANCHES | SPEC_SSB),
	       "a Cascade Lake says itself what it does not have");
	f = intel(0x6a);
	tap_ok(speculation_issues(&f, ARCH_CAPS_RDCL_NO | ARCH_CAPS_IBRS_ALL | ARCH_CAPS_MDS_NO |
					      ARCH_CAPS_TAA_NO) == (SPEC_BRANCHES | SPEC_SSB),
	       "an Ice Lake server has branches and stores left");
	f = intel(0x1c);
	tap_ok(speculation_issues(&f, 0) == 0, "an in-order Atom does not speculate");
	f = intel(0x37);
	tap_ok(!(speculation_issues(&f, 0) & SPEC_L1TF) &&
		       (speculation_issues(&f, 0) & SPEC_MELTDOWN),
	       "a Silvermont has Meltdown without L1TF");
	f = intel(0x5c);
	tap_ok(!(speculation_issues(&f, 0) & (SPEC_L1TF | SPEC_MDS)),
	       "a Goldmont has neither L1TF nor MDS");
	f.family = 15;
	tap_ok(speculation_issues(&f, 0) & SPEC_L1TF,
	       "the same number in another family is another processor");
}

static void test_others(void)
{
	struct cpu_features f = { .amd = true, .family = 0x17, .model = 1 };

	tap_ok(speculation_issues(&f, 0) == (SPEC_BRANCHES | SPEC_SSB),
	       "AMD's have neither Meltdown nor L1TF nor MDS");
	f.words[CPUID_E8_EBX] = 1u << 26;
	tap_ok(speculation_issues(&f, 0) == SPEC_BRANCHES, "and say so when stores are safe");
	f = (struct cpu_features){ .family = 7 };
	tap_ok(speculation_issues(&f, 0) == all, "who is on no list counts as affected");
}

static void test_means(void)
{
	struct cpu_features f = intel(0x55);

	tap_ok(speculation_means(&f, 0) == 0, "old microcode offers nothing");
	f.words[CPUID_7_EDX] = 1u << 10 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 29 | 1u << 31;
	tap_ok(speculation_means(&f, ARCH_CAPS_IBRS_ALL) ==
		       (SPEC_HAS_IBPB | SPEC_HAS_IBRS | SPEC_HAS_IBRS_ALWAYS | SPEC_HAS_STIBP |
			SPEC_HAS_SSBD | SPEC_HAS_MD_CLEAR | SPEC_HAS_L1D_FLUSH),
	       "Intel's words");
	f = (struct cpu_features){ .amd = true };
	f.words[CPUID_E8_EBX] = 1u << 12;
	tap_ok(speculation_means(&f, 0) == SPEC_HAS_IBPB,
	       "AMD has a word for each, and the barrier may come alone");
}

int main(void)
{
	test_intel();
	test_others();
	test_means();
	return tap_done();
}
