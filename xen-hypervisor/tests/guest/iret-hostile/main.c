/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iret-hostile - no frame given to the iret hypercall harms anyone but the domain that gave it.
 *
 * Promised by xen-x86_64.h only for good frames; of bad ones the guest learns by an exception, by
 * the failsafe callback, or is ended. Here: bad and system selectors, null ss, addresses that are
 * not canonical or are the hypervisor's, frames that end in a page that is not there, and rflags
 * with IOPL, NT, VM, RF, AC, TF and bits that do not exist. IOPL must never become effective. The
 * test is run by domains the hypervisor may end: that is a success, if the initial domain goes on.
 */
#include "child.h"
#include "hypercall.h"
#include "page.h"
#include "trap.h"

TEST("iret-hostile", ROLE_DOM0);

static u8 stack[4096] __attribute__((aligned(16)));

extern char user_io[];
asm(".pushsection .text\nuser_io:\n\tpushf\n\tpop %rbx\n\tinb $0x80, %al\n\tint3\n.popsection");
extern char user_stop[];
asm(".pushsection .text\nuser_stop:\n\tint3\n.popsection");

enum { CS, SS, RIP, RSP, FLAGS, IO };

static const struct bad {
	u8 field;
	u64 value;
} bad[] = {
	{ CS, 0 },
	{ CS, 3 },
	{ CS, 0xe02b },
	{ CS, 0xe008 },
	{ CS, 0xe00b },
	{ CS, 0xe010 },
	{ CS, 0xffff },
	{ CS, 7 },
	{ CS, 0xe013 },
	{ CS, 0xe03b },
	{ CS, 0xe043 },
	{ CS, 0xe07b },
	{ CS, 0xe023 },
	{ CS, 0xffffffffffffe033 },
	{ SS, 0 },
	{ SS, 3 },
	{ SS, 0xe033 },
	{ SS, 0xe008 },
	{ SS, 0xe010 },
	{ SS, 0xffff },
	{ SS, 0x1f },
	{ SS, 7 },
	{ RIP, 0x800000000000 },
	{ RIP, 0xffff7fffffffffff },
	{ RIP, 0x8000000000000000 },
	{ RIP, 0 },
	{ RIP, 0x7fffffffffff },
	{ RIP, HYPERVISOR_VIRT_START },
	{ RIP, 0xffff82d080200000 },
	{ RIP, ~0UL },
	{ RSP, 0x800000000000 },
	{ RSP, HYPERVISOR_VIRT_START },
	{ RSP, 0 },
	{ RSP, 0xffff830000000000 },
	{ FLAGS, ~0UL },
	{ FLAGS, 0 },
	{ FLAGS, 0x3000 },
	{ FLAGS, 0x4000 },
	{ FLAGS, 0x20000 },
	{ FLAGS, 0x40000 },
	{ FLAGS, 0x10100 },
	{ FLAGS, 0x180000 },
	{ FLAGS, 0x100000 },
	{ FLAGS, 1UL << 63 },
	{ IO, 0x3202 },
};

static void frame_try(const struct bad *b, u64 flags)
{
	struct iret_context f = {
		.flags = flags,
		.rip = (u64)user_stop,
		.cs = FLAT_USER_CS,
		.rflags = 0x202,
		.rsp = (u64)stack + 2048,
		.ss = FLAT_USER_SS,
	};
	u64 *field[] = { &f.cs, &f.ss, &f.rip, &f.rsp, &f.rflags, &f.rflags };
	unsigned int vector;

	*field[b->field] = b->value;
	if (b->field == IO)
		f.rip = (u64)user_io;
	vector = user_iret(&f, NULL);
	events_disable();
	CHECK(!(trap_last.rflags & 0x3000), "IOPL shows in %lx", trap_last.rflags);
	CHECK(b->field != IO || vector == TRAP_GP, "user mode did I/O with IOPL in the frame: %u",
	      vector);
	CHECK(b->field != RIP || vector == TRAP_PF || vector == TRAP_GP || vector == TRAP_FAILSAFE,
	      "rip %lx came back by %u", b->value, vector);
}

/* A frame where there is nothing to be read. */
static void frame_unreadable(unsigned int n)
{
	static const u64 where[] = { 0x1000, 0x800000000000, HYPERVISOR_VIRT_START - 16,
				     HYPERVISOR_VIRT_END - 32, ~0UL - 15 };

	user_iret((struct iret_context *)where[n % ARRAY_SIZE(where)], NULL);
}

/* A frame of which only the first `words` words can be read: its domain must end by that. */
static void frame_split(unsigned int words)
{
	static u8 pages[2 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
	struct iret_context *f = (void *)(pages + PAGE_SIZE - words * 8);

	f->flags = 0;
	CHECK_RC(update_va_mapping(pages + PAGE_SIZE, 0, UVMF_INVLPG), 0);
	user_iret(f, NULL);
	test_failure("the domain went on after a frame of %u words", words);
}

#define NR_UNREADABLE 5
#define NR_SPLIT 8
#define NR_TRIES (2 * ARRAY_SIZE(bad) + NR_UNREADABLE + NR_SPLIT)

static void frame_number(unsigned int n)
{
	if (n >= 2 * ARRAY_SIZE(bad) + NR_UNREADABLE)
		frame_split(n - 2 * ARRAY_SIZE(bad) - NR_UNREADABLE + 1);
	else if (n >= 2 * ARRAY_SIZE(bad))
		frame_unreadable(n - 2 * ARRAY_SIZE(bad));
	else
		frame_try(&bad[n / 2], n & 1 ? VGCF_in_syscall : 0);
}

/*
 * In the child: all frames from the one on the command line; the shared page says how far it came.
 */
static void child_main(void)
{
	volatile u32 *progress = page_of_mfn(start_info->store_mfn);
	volatile unsigned int n;

	for (n = argument("frame", 0); n < NR_TRIES; n++) {
		*progress = n;
		frame_number(n);
	}
	check_that(true, "-");
}

/* A frame that ended its domain is skipped by the next one. */
void test_main(void)
{
	static char text[] = "frame=000";
	struct child child;
	unsigned int n = 0;

	if (!is_dom0) {
		child_main();
		return;
	}
	while (n < NR_TRIES) {
		text[6] = '0' + n / 100;
		text[7] = '0' + n / 10 % 10;
		text[8] = '0' + n % 10;
		child_create(&child, text);
		child_unpause(&child);
		child_wait(&child, 5000);
		n = *(volatile u32 *)child.store + 1;
		if (!child.ended)
			print("frame %u ended its domain\n", n - 1);
		check_that(true, "-");
		child_destroy(&child);
		if (report_outcome_so_far() != OUTCOME_SUCCESS)
			break;
	}
}
