/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the first instruction to test_main(): find out who we are, map shared_info, install the trap
 * table, run the test in the roles it asks for.
 */
#include "child.h"
#include "hypercall.h"
#include "page.h"
#include "report.h"
#include "trap.h"

struct start_info *start_info;
struct shared_info *shared_info;
bool is_dom0;

/*
 * shared_info has no place in the address space of its own: a page of the image gives its address.
 */
static u8 shared_page[PAGE_SIZE] __attribute__((aligned(4096)));

static void shared_map(void)
{
	long rc = update_va_mapping(shared_page, start_info->shared_info | PTE_RW, UVMF_INVLPG);

	shared_info = (struct shared_info *)shared_page;
	if (rc) {
		test_error("shared_info cannot be mapped: %ld", rc);
		report_end();
	}
}

void guest_start(struct start_info *info);
void guest_start(struct start_info *info)
{
	start_info = info;
	is_dom0 = info->flags & SIF_INITDOMAIN;
	child_keep_image();
	shared_map();
	events_disable();
	trap_init();
	if (is_dom0)
		print("guest test %s\n", test_name);
	if (!is_dom0 || (test_roles & ROLE_DOM0))
		test_main();
	if (is_dom0 && (test_roles & ROLE_CHILD) && report_outcome_so_far() <= OUTCOME_SKIP)
		child_run_test();
	report_end();
}
