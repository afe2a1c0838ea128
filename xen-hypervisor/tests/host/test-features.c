/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which processors may join the boot CPU: those that lack nothing in use.  No emulator has
 * processors that differ, so this is where the comparison is tested.
 */
#include <string.h>
#include <xen/cpufeatures.h>

#include "tap.h"

static struct cpu_features a_processor(void)
{
	struct cpu_features f = {
		.vendor = "GenuineIntel", .phys_bits = 40, .arat = true, .xcr0_mask = 7,
		.xsave_size = 832
	};

	memset(f.words, 0xff, sizeof(f.words));
	return f;
}

static void lacks(const char *want, struct cpu_features own, const char *what)
{
	struct cpu_features boot = a_processor();
	const char *got = cpu_features_lack(&boot, &own);

	tap_ok(got && !strcmp(got, want), "%s is refused: it lacks %s (said: %s)", what, want,
	       got ? got : "nothing");
}

static void test_refused(void)
{
	struct cpu_features f = a_processor();

	f.words[CPUID_7_EBX] &= ~(1u << 20);
	lacks("SMAP", f, "a processor without an access check that runs everywhere");
	f = a_processor();
	f.words[CPUID_1_ECX] &= ~(1u << 28);
	lacks("AVX", f, "one without instructions that a guest may have seen");
	f = a_processor();
	f.words[CPUID_E1_EDX] = 0;
	lacks("SYSCALL", f, "one without a whole word");
	f = a_processor();
	f.xcr0_mask = 3;
	lacks("extended state of the same kinds", f, "one that saves less state");
	f = a_processor();
	f.xsave_size = 1024;
	lacks("extended state of the same size", f, "one that writes more than the area holds");
	f = a_processor();
	f.phys_bits = 36;
	lacks("as wide physical addresses", f, "one that cannot address all memory");
	f = a_processor();
	f.arat = false;
	lacks("an APIC timer that never stops", f, "one whose timer sleeps");
	f = a_processor();
	strcpy(f.vendor, "AuthenticAMD");
	lacks("the same maker", f, "one of another maker");
}

static void test_accepted(void)
{
	struct cpu_features boot = a_processor(), own = boot;

	tap_ok(!cpu_features_lack(&boot, &own), "the same processor may join");
	memset(boot.words, 0, sizeof(boot.words));
	boot.xcr0_mask = 3;
	boot.phys_bits = 36;
	boot.arat = false;
	tap_ok(!cpu_features_lack(&boot, &own), "one that has more may join");
	boot = own = a_processor();
	own.words[CPUID_1_ECX] &= ~(1u << 3 | 1u << 27 | 1u << 5);
	tap_ok(!cpu_features_lack(&boot, &own),
	       "what nobody uses, or the system itself switches on, may be missing");
}

/* Every single bit: refused or not used, never a crash, and a name for each refusal. */
static void test_every_bit(void)
{
	struct cpu_features boot = a_processor();
	unsigned int refused = 0, nameless = 0;

	for (unsigned int i = 0; i < CPUID_WORDS * 32; i++) {
		struct cpu_features own = boot;
		const char *name;

		own.words[i / 32] &= ~(1u << i % 32);
		name = cpu_features_lack(&boot, &own);
		refused += name != NULL;
		nameless += name && !*name;
	}
	tap_ok(refused > 80 && !nameless, "each of %u bits in use is looked at and has a name",
	       refused);
}

int main(void)
{
	test_refused();
	test_accepted();
	test_every_bit();
	return tap_done();
}
