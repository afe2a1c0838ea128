/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event channels: those of other domains by hypercall, our own through /dev/xen/evtchn.
 * Reading the device yields pending ports, which the kernel has masked; writing a port unmasks it.
 */
#include <config.h>

#include <fcntl.h>
#include <stdlib.h>

#include "libxen/internal.h"

#define EVTCHN_DEVICE "/dev/xen/evtchn"
#define PENDING_MAX 64

struct libxen_evtchn {
	struct libxen *x;
	int fd;
	unsigned int next, count;       /* of pending[], ports read and not yet handed out */
	evtchn_port_t pending[PENDING_MAX];
};

static long evtchn_op(struct libxen *x, unsigned int command, void *op, size_t size)
{
	size_t mark = libxen_buffer_mark(x);
	void *copy = libxen_buffer_copy(x, op, size);
	long r = -ENOMEM;

	if (!copy)
		goto out;
	r = libxen_hypercall(x, __HYPERVISOR_event_channel_op, command, libxen_address(copy), 0, 0,
			     0);
	if (r >= 0)
		memcpy(op, copy, size);
out:
	libxen_buffer_release(x, mark);
	return r;
}

int libxen_evtchn_alloc_unbound(struct libxen *x, uint32_t domid, uint32_t remote_domid,
				evtchn_port_t *ret_port)
{
	struct evtchn_alloc_unbound op = {.dom = (domid_t)domid,
					  .remote_dom = (domid_t)remote_domid};
	long r = evtchn_op(x, EVTCHNOP_alloc_unbound, &op, sizeof(op));

	if (r < 0)
		return (int)r;
	*ret_port = op.port;
	return 0;
}

int libxen_evtchn_reset(struct libxen *x, uint32_t domid)
{
	struct evtchn_reset op = { .dom = (domid_t)domid };
	long r = evtchn_op(x, EVTCHNOP_reset, &op, sizeof(op));

	return r < 0 ? (int)r : 0;
}

int libxen_evtchn_status(struct libxen *x, struct evtchn_status *status)
{
	long r = evtchn_op(x, EVTCHNOP_status, status, sizeof(*status));

	return r < 0 ? (int)r : 0;
}

int libxen_evtchn_open(struct libxen *x, struct libxen_evtchn **ret_e)
{
	struct libxen_evtchn *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->x = x;
	e->fd = x->ops->open(x->context, EVTCHN_DEVICE, O_RDWR | O_NONBLOCK);
	if (e->fd < 0) {
		int rc = e->fd;

		free(e);
		return rc;
	}
	*ret_e = e;
	return 0;
}

void libxen_evtchn_close(struct libxen_evtchn *e)
{
	if (!e)
		return;
	e->x->ops->close(e->x->context, e->fd);
	free(e);
}

int libxen_evtchn_fd(const struct libxen_evtchn *e)
{
	return e->fd;
}

static int bind(struct libxen_evtchn *e, unsigned long request, void *argument,
		evtchn_port_t *ret_port)
{
	long r = libxen_ioctl(e->x, e->fd, request, argument);

	if (r < 0)
		return (int)r;
	*ret_port = (evtchn_port_t)r;
	return 0;
}

int libxen_evtchn_bind_virq(struct libxen_evtchn *e, unsigned int virq, evtchn_port_t *ret_port)
{
	struct ioctl_evtchn_bind_virq arg = { .virq = virq };

	return bind(e, IOCTL_EVTCHN_BIND_VIRQ, &arg, ret_port);
}

int libxen_evtchn_bind_interdomain(struct libxen_evtchn *e, uint32_t domid,
				   evtchn_port_t remote_port, evtchn_port_t *ret_port)
{
	struct ioctl_evtchn_bind_interdomain arg = {.remote_domain = domid,
						    .remote_port = remote_port};

	return bind(e, IOCTL_EVTCHN_BIND_INTERDOMAIN, &arg, ret_port);
}

int libxen_evtchn_bind_unbound(struct libxen_evtchn *e, uint32_t domid, evtchn_port_t *ret_port)
{
	struct ioctl_evtchn_bind_unbound_port arg = { .remote_domain = domid };

	return bind(e, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &arg, ret_port);
}

/* A port that is gone must not be handed out later as if it were the one that reuses its number. */
static void drop_pending(struct libxen_evtchn *e, evtchn_port_t port)
{
	unsigned int i, kept = e->next;

	for (i = e->next; i < e->count; i++)
		if (e->pending[i] != port)
			e->pending[kept++] = e->pending[i];
	e->count = kept;
}

int libxen_evtchn_unbind(struct libxen_evtchn *e, evtchn_port_t port)
{
	struct ioctl_evtchn_unbind arg = { .port = port };
	long r = libxen_ioctl(e->x, e->fd, IOCTL_EVTCHN_UNBIND, &arg);

	drop_pending(e, port);
	return r < 0 ? (int)r : 0;
}

int libxen_evtchn_notify(struct libxen_evtchn *e, evtchn_port_t port)
{
	struct ioctl_evtchn_notify arg = { .port = port };
	long r = libxen_ioctl(e->x, e->fd, IOCTL_EVTCHN_NOTIFY, &arg);

	return r < 0 ? (int)r : 0;
}

int libxen_evtchn_pending(struct libxen_evtchn *e, evtchn_port_t *ret_port)
{
	ssize_t r;

	if (e->next == e->count) {
		r = e->x->ops->read(e->x->context, e->fd, e->pending, sizeof(e->pending));
		if (r < 0)
			return (int)r;
		e->next = 0;
		e->count = (unsigned int)((size_t)r / sizeof(e->pending[0]));
		if (!e->count)
			return -EAGAIN;
	}
	*ret_port = e->pending[e->next++];
	return 0;
}

int libxen_evtchn_unmask(struct libxen_evtchn *e, evtchn_port_t port)
{
	ssize_t r = e->x->ops->write(e->x->context, e->fd, &port, sizeof(port));

	return r < 0 ? (int)r : 0;
}
