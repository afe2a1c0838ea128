/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm-assist - the behaviours a kernel may ask for are switched on and off, and unknown ones
 * refused.
 *
 * Promised by xen.h: vm_assist(enable or disable, type). runstate_update_flag is offered to all PV
 * guests; types that make no sense for 64 bits give an error; types and commands that do not exist
 * give -EINVAL or -ENOSYS.
 */
#include "hypercall.h"
#include "page.h"

TEST("vm-assist", ROLE_DOM0 | ROLE_CHILD);

static long assist(unsigned int cmd, unsigned int type)
{
	return hypercall(__HYPERVISOR_vm_assist, cmd, type);
}

void test_main(void)
{
	CHECK_RC(assist(VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag), 0);
	CHECK_RC(assist(VMASST_CMD_disable, VMASST_TYPE_runstate_update_flag), 0);
	CHECK_RC(assist(VMASST_CMD_enable, VMASST_TYPE_architectural_iopl), 0);
	CHECK_RC(assist(VMASST_CMD_disable, VMASST_TYPE_architectural_iopl), 0);
	CHECK_REFUSED(assist(VMASST_CMD_enable, 40));
	CHECK_REFUSED(assist(VMASST_CMD_enable, 64));
	CHECK_REFUSED(assist(VMASST_CMD_enable, ~0U));
	CHECK_REFUSED(assist(2, VMASST_TYPE_runstate_update_flag));
}
