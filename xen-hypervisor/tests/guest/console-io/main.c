/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console-io - the initial domain writes to and reads from the console; bad buffers are refused.
 *
 * Promised by xen.h: console_io(CONSOLEIO_write, count, buffer) prints count bytes; CONSOLEIO_read
 * gives as many bytes as there are, 0 when none. Other commands give -ENOSYS, buffers that cannot
 * be read or written -EFAULT. The outcome is seen by the runner only if writing works.
 */
#include "hypercall.h"
#include "page.h"

TEST("console-io", ROLE_DOM0);

void test_main(void)
{
	char *page = page_alloc(2);
	u8 *gap = page_alloc(1);

	CHECK_RC(console_write("text\n", 5), 0);
	CHECK_RC(console_write("", 0), 0);
	memset(page, '.', 8191);
	page[8191] = '\n';
	CHECK_RC(console_write(page, 8192), 0);
	CHECK_RC(hypercall(__HYPERVISOR_console_io, CONSOLEIO_read, 16, page), 0);
	CHECK_RC(hypercall(__HYPERVISOR_console_io, 2, 16, page), -XEN_ENOSYS);
	CHECK_RC(console_write((char *)0x1000, 16), -XEN_EFAULT);
	CHECK_RC(console_write((char *)HYPERVISOR_VIRT_START, 16), -XEN_EFAULT);
	CHECK_RC(console_write((char *)0x800000000000, 16), -XEN_EFAULT);
	page_protect(gap, 0);
	CHECK_RC(console_write((char *)gap - 2, 16), -XEN_EFAULT);
}
