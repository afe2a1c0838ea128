/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hostile - thousands of hypercalls with random arguments hurt nobody but, at most, the domain that
 * made them.
 *
 * Promised by everything: no argument of a guest brings the hypervisor down, corrupts another
 * domain or hangs a processor. A child makes every hypercall with arguments drawn from what an
 * attacker would take (borders of the address space, the hypervisor's addresses, page tables, good
 * buffers with random contents, huge counts); when it is ended, another goes on with the next seed.
 * The initial domain must find itself unharmed. The seed is printed; run --seed repeats it.
 */
#include "child.h"
#include "hypercall.h"
#include "page.h"
#include "time.h"
#include "trap.h"

TEST("hostile", ROLE_DOM0);

#define CHILDREN 16
#define CALLS	 3000

static u64 buffer[512] __attribute__((aligned(4096)));

static u64 number_random(void)
{
	static const u64 nasty[] = {0,
				    1,
				    2,
				    3,
				    4,
				    7,
				    8,
				    15,
				    0x7ff0,
				    0x7ff1,
				    0x7ff2,
				    0x7ff3,
				    0x7ff4,
				    0x1000,
				    0x7fffffff,
				    0x80000000,
				    0xffffffff,
				    0x7fffffffffff,
				    0x800000000000,
				    0xffff7fffffffffff,
				    0xffff800000000000,
				    0xffff82d080200000,
				    0xffff830000000000,
				    0xffff87fffffffff8,
				    0xffff880000000000,
				    0x8000000000000000,
				    ~0UL,
				    ~0UL - 7,
				    0xfffffffffffff000};
	u64 r = random_next();

	switch (r >> 60) {
	case 0 ... 4:
		return nasty[r % ARRAY_SIZE(nasty)];
	case 5:
		return mfn_of((void *)start_info->pt_base) + r % 4;
	case 6:
		return (u64)mfn_of(buffer) << PAGE_SHIFT | (r & 0xfff);
	case 7:
		return start_info->pt_base + (r & 0x1fff);
	case 8 ... 11:
		return r & 63;
	case 12:
		return r & 0xffff;
	case 13:
		return r & 0xffffffff;
	case 14:
		return (u64)mfn_of(buffer);
	default:
		return r;
	}
}

static u64 argument_random(void)
{
	u64 r = random_next();

	return r & 3 ? (u64)buffer + (r >> 8 & 0x7f) * 8 : number_random();
}

/* A buffer of small numbers, frames and addresses: what structures are made of. */
static void buffer_fill(void)
{
	unsigned int i;

	for (i = 0; i < 64; i++)
		buffer[i] = number_random() | (random_next() & 1 ? number_random() << 32 : 0);
	buffer[random_next() % 8] = (u64)buffer + 256;
}

/* Not: what legitimately ends or blocks the domain for ever, or takes its console away. */
static bool call_left_out(u64 op, u64 cmd)
{
	if (op == __HYPERVISOR_sched_op)
		return cmd == SCHEDOP_shutdown || cmd == SCHEDOP_block || cmd == SCHEDOP_poll;
	/* It would lose its buffer too soon; multicall and mmu_update still do that. */
	if (op == __HYPERVISOR_update_va_mapping && cmd >> PAGE_SHIFT == (u64)buffer >> PAGE_SHIFT)
		return true;
	return op == __HYPERVISOR_iret || op == 6 /* the old sched_op */;
}

static void child_main(void)
{
	volatile u64 *progress = page_of_mfn(start_info->store_mfn);
	unsigned int n;

	random_seed(argument("seed", 1));
	for (n = 0; n < CALLS; n++) {
		u64 op = random_next() % 56,
		    cmd = random_next() & 1 ? random_next() % 36 : argument_random();

		if (call_left_out(op, cmd))
			continue;
		buffer_fill();
		progress[0] = n + 1;
		progress[1] = op;
		progress[2] = cmd;
		hypercall(op, cmd, argument_random(),
			  random_next() & 1 ? random_next() % 5 : argument_random(),
			  argument_random(), random_next() & 1 ? DOMID_SELF : argument_random());
	}
	check_that(true, "-");
}

static void number(char *to, u64 value)
{
	char digits[20];
	int n = 0;

	do {
		digits[n++] = '0' + value % 10;
		value /= 10;
	} while (value);
	while (n)
		*to++ = digits[--n];
	*to = 0;
}

/* Neither what it says nor how it ends matters. */
static void child_let_run(struct child *c, unsigned int ms)
{
	u64 end = time_now() + ms * MILLISECOND;

	while (time_now() < end) {
		struct xen_domctl op = {};

		if (domctl_call(&op, XEN_DOMCTL_getdomaininfo, c->domid) ||
		    (op.u.getdomaininfo.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)))
			return;
		*(volatile u32 *)&c->console->out_cons = READ(c->console->out_prod);
		sched_op(SCHEDOP_yield, NULL);
	}
}

void test_main(void)
{
	static char text[40] = "seed=";
	volatile u64 *progress;
	u64 seed = argument("seed", rdtsc());
	struct child child;
	unsigned int i;
	u8 *canary;

	if (!is_dom0) {
		child_main();
		return;
	}
	canary = page_alloc(1);
	memset(canary, 0x5a, PAGE_SIZE);
	print("seed %lu\n", seed);
	for (i = 0; i < CHILDREN; i++) {
		number(text + 5, seed + i);
		child_create(&child, text);
		child_unpause(&child);
		child_let_run(&child, 2000);
		progress = (u64 *)child.store;
		print("child %u got to call %lu: %lu(%lx)\n", i, progress[0], progress[1],
		      progress[2]);
		CHECK(progress[0] > 0, "the child did not begin");
		child_destroy(&child);
		CHECK(canary[0] == 0x5a && !memcmp(canary, canary + 1, PAGE_SIZE - 1),
		      "a page of the initial domain changed");
	}
	CHECK_RC(xen_version(XENVER_version, NULL), 4 << 16 | 17);
}
