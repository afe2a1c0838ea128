/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console_io: dom0's console on the serial line, and a line of debugging output for any guest.
 *
 * dom0's text goes out as it is.  Another guest's is printed line by line with its name in front,
 * printable characters only, and within the rate limit of guests' log lines, so that it can neither
 * forge lines nor flood the log.
 */
#include <public/errno.h>
#include <public/xen.h>
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/log.h>

static void guest_char(struct domain *d, char c)
{
	if (c != '\n' && (c >= ' ' && c <= '~'))
		d->console_buf[d->console_len++] = c;
	if (c == '\n' || d->console_len == sizeof(d->console_buf) - 1) {
		d->console_buf[d->console_len] = 0;
		log_guest(LOG_ERROR, "%s", d->console_buf);
		d->console_len = 0;
	}
}

static long console_write_op(struct domain *d, u64 buffer, unsigned int count)
{
	char chunk[128];

	for (unsigned int done = 0; done < count;) {
		unsigned int n = min(count - done, (unsigned int)sizeof(chunk));

		if (copy_from_guest_raw(chunk, buffer + done, n))
			return -XEN_EFAULT;
		done += n;
		if (d->is_hardware) {
			console_write_guest(chunk, n);
		} else {
			spin_lock(&d->lock);
			for (unsigned int i = 0; i < n; i++)
				guest_char(d, chunk[i]);
			spin_unlock(&d->lock);
		}
		if (done < count && hypercall_preempt_check())
			return hypercall_continue(__HYPERVISOR_console_io, 3, (u64)CONSOLEIO_write,
						  (u64)(count - done), buffer + done);
	}
	return 0;
}

long do_console_io(u64 cmd, u64 count, u64 buffer)
{
	struct domain *d = current->domain;
	char text[128];
	size_t n;

	switch ((int)cmd) {
	case CONSOLEIO_write:
		return console_write_op(d, buffer, (unsigned int)count);
	case CONSOLEIO_read:
		if (!d->is_hardware)
			return -XEN_EPERM;
		n = console_read_input(text, min((unsigned int)count, (unsigned int)sizeof(text)));
		return copy_to_guest_raw(buffer, text, n) ? -XEN_EFAULT : (long)n;
	default:
		return -XEN_ENOSYS;
	}
}
