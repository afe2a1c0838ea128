/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor behind xenstored; the contract is in xen-backend.h.
 *
 * A ring page is mapped through the grant that domain builders reserve for it; a domain built
 * without that grant is mapped by the frame number that INTRODUCE named. How a page was mapped is
 * remembered in a small list, because it decides how it is unmapped.
 */
#include <config.h>

#include <fcntl.h>
#include <sys/mman.h>

#include "common/io.h"
#include "libxen/libxen.h"
#include "xenstored/xen-backend.h"

#define XSD_PORT	"/proc/xen/xsd_port"
#define XSD_KVA		"/proc/xen/xsd_kva"
#define PAGE_BYTES	4096

enum how { BY_GRANT, BY_FRAME, BY_KERNEL };

struct mapping {
	struct mapping *next;
	void *page;
	enum how how;
};

struct xen_backend {
	struct backend base;
	struct store *s;
	struct libxen *x;
	struct libxen_evtchn *e;
	struct event *ev_ports;
	struct event *ev_again;		/* rings that had more than one batch */
	uint32_t virq_port;
	struct mapping *mappings;
};

static struct xen_backend *to_xen(struct backend *b)
{
	return container_of(b, struct xen_backend, base);
}

static int remember(struct xen_backend *xb, void *page, enum how how)
{
	struct mapping *m = malloc(sizeof(*m));

	if (!m)
		return -ENOMEM;
	*m = (struct mapping){ xb->mappings, page, how };
	xb->mappings = m;
	return 0;
}

static void unmap_page(struct xen_backend *xb, void *page, enum how how)
{
	switch (how) {
	case BY_GRANT:
		libxen_grant_unmap(xb->x, page, 1);
		break;
	case BY_FRAME:
		libxen_unmap(xb->x, page, 1);
		break;
	case BY_KERNEL:
		munmap(page, PAGE_BYTES);
		break;
	}
}

static int backend_map(struct backend *b, uint16_t domid, uint64_t mfn,
		       struct xenstore_domain_interface **ret_page)
{
	struct xen_backend *xb = to_xen(b);
	enum how how = BY_GRANT;
	void *page;
	int rc;

	rc = libxen_grant_map_one(xb->x, domid, PROT_READ | PROT_WRITE, GNTTAB_RESERVED_XENSTORE,
				  &page);
	if (rc < 0) {
		log_debug("d%u: no grant for its ring (%s), mapping frame %#llx instead", domid,
			  strerror(-rc), (unsigned long long)mfn);
		how = BY_FRAME;
		rc = libxen_map_frame(xb->x, domid, PROT_READ | PROT_WRITE, mfn, &page);
	}
	if (rc < 0)
		return rc;
	rc = remember(xb, page, how);
	if (rc < 0) {
		unmap_page(xb, page, how);
		return rc;
	}
	*ret_page = page;
	return 0;
}

static void backend_unmap(struct backend *b, uint16_t domid,
			  struct xenstore_domain_interface *page)
{
	struct xen_backend *xb = to_xen(b);
	struct mapping **pp = &xb->mappings, *m;

	(void)domid;
	while ((m = *pp) && m->page != page)
		pp = &m->next;
	if (!m)
		return;
	*pp = m->next;
	unmap_page(xb, m->page, m->how);
	free(m);
}

static int backend_bind(struct backend *b, uint16_t domid, uint32_t remote_port,
			uint32_t *ret_port)
{
	return libxen_evtchn_bind_interdomain(to_xen(b)->e, domid, remote_port, ret_port);
}

static void backend_unbind(struct backend *b, uint32_t port)
{
	libxen_evtchn_unbind(to_xen(b)->e, port);
}

static void backend_notify(struct backend *b, uint32_t port)
{
	int rc = libxen_evtchn_notify(to_xen(b)->e, port);

	/* The other side may just have closed its end; VIRQ_DOM_EXC tells when it is dead. */
	if (rc < 0)
		log_debug("event: port %u: cannot notify: %s", port, strerror(-rc));
}

static int backend_state(struct backend *b, uint16_t domid)
{
	struct xen_domctl_getdomaininfo info;
	int rc = libxen_domain_info(to_xen(b)->x, domid, &info);

	if (rc == -ESRCH)
		return DOMAIN_DEAD;
	if (rc < 0)
		return rc;
	if (info.flags & XEN_DOMINF_dying)
		return DOMAIN_DEAD;
	return info.flags & XEN_DOMINF_shutdown ? DOMAIN_SHUT_DOWN : DOMAIN_ALIVE;
}

static const struct backend_ops xen_ops = {
	.map = backend_map,
	.unmap = backend_unmap,
	.bind = backend_bind,
	.unbind = backend_unbind,
	.notify = backend_notify,
	.state = backend_state,
};

/* One ring. Those with more than a batch get another turn after everybody else had theirs. */
static void serve(struct xen_backend *xb, struct domain *d)
{
	bool more = ring_event(xb->s, d);

	store_flush(xb->s);
	if (more || d->recheck)
		event_active(xb->ev_again, EV_TIMEOUT, 0);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	struct xen_backend *xb = arg;
	struct domain *d, *next;

	(void)fd;
	(void)what;
	for (d = xb->s->domains; d; d = next) {
		next = d->next;
		/* Domain 0 may release others: what "next" points to may be gone after it. */
		if (d->domid)
			serve(xb, d);
	}
	d = domain_find(xb->s, 0);
	if (d)
		serve(xb, d);
}

static void on_ports(evutil_socket_t fd, short what, void *arg)
{
	struct xen_backend *xb = arg;
	evtchn_port_t port;
	struct domain *d;

	(void)fd;
	(void)what;
	while (libxen_evtchn_pending(xb->e, &port) == 0) {
		/* Unmask first: an event that comes while we look then raises the port again. */
		libxen_evtchn_unmask(xb->e, port);
		if (port == xb->virq_port) {
			domains_check(xb->s);
			store_flush(xb->s);
			continue;
		}
		d = domain_find_port(xb->s, port);
		if (d)
			serve(xb, d);
	}
}

static int open_devices(struct xen_backend *xb)
{
	int rc = libxen_open(&xb->x);

	if (rc < 0) {
		log_error_errno(rc, "start: no access to the hypervisor: load xen-privcmd, or use "
				"--no-xen to serve the socket alone");
		return rc;
	}
	rc = libxen_evtchn_open(xb->x, &xb->e);
	if (rc < 0) {
		log_error_errno(rc, "start: no event channels: load xen-evtchn");
		return rc;
	}
	rc = libxen_evtchn_bind_virq(xb->e, VIRQ_DOM_EXC, &xb->virq_port);
	if (rc < 0)
		log_error_errno(rc, "start: cannot listen for the end of domains (VIRQ_DOM_EXC): "
				"another xenstored may be running");
	return rc;
}

int xen_backend_open(struct store *s, struct event_base *base, struct xen_backend **ret_xb)
{
	struct xen_backend *xb = calloc(1, sizeof(*xb));
	int rc;

	if (!xb)
		return -ENOMEM;
	xb->base.ops = &xen_ops;
	xb->s = s;
	rc = open_devices(xb);
	if (!rc) {
		xb->ev_again = event_new(base, -1, 0, on_again, xb);
		xb->ev_ports = event_new(base, libxen_evtchn_fd(xb->e), EV_READ | EV_PERSIST,
					 on_ports, xb);
		rc = xb->ev_again && xb->ev_ports ? 0 : -ENOMEM;
	}
	if (rc < 0) {
		xen_backend_close(xb);
		return rc;
	}
	s->backend = &xb->base;
	*ret_xb = xb;
	return 0;
}

/* The page and port with which the control domain's kernel waits for a store. */
static int find_kernel(void **ret_page, uint32_t *ret_port)
{
	AUTO_FREE char *text = NULL;
	uint64_t port;
	void *page;
	int fd, rc;

	rc = io_read_file(XSD_PORT, 64, &text, NULL);
	if (rc < 0)
		return rc;
	text[strcspn(text, " \n")] = '\0';
	rc = str_to_u64(text, UINT32_MAX - 1, &port);
	if (rc < 0)
		return rc;
	fd = open(XSD_KVA, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	rc = page == MAP_FAILED ? -errno : 0;
	close(fd);
	if (rc < 0)
		return rc;
	*ret_page = page;
	*ret_port = port;
	return 0;
}

static void connect_kernel(struct xen_backend *xb)
{
	uint32_t port = PORT_NONE;
	void *page = NULL;
	int rc = find_kernel(&page, &port);

	if (!rc) {
		rc = remember(xb, page, BY_KERNEL);
		if (!rc)
			rc = domain_introduce_local(xb->s, page, port);
	}
	if (rc == -ENOENT)
		log_warn("start: this domain's kernel is not served: " XSD_PORT
			 " does not exist, mount it with \"mount -t xenfs xenfs /proc/xen\"");
	else if (rc < 0)
		log_warn_errno(rc, "start: this domain's kernel is not served");
}

int xen_backend_start(struct xen_backend *xb)
{
	connect_kernel(xb);
	domains_reattach(xb->s);
	store_flush(xb->s);
	event_active(xb->ev_again, EV_TIMEOUT, 0);
	return event_add(xb->ev_ports, NULL) < 0 ? -ENOMEM : 0;
}

void xen_backend_close(struct xen_backend *xb)
{
	if (!xb)
		return;
	if (xb->ev_ports)
		event_free(xb->ev_ports);
	if (xb->ev_again)
		event_free(xb->ev_again);
	if (xb->e)
		libxen_evtchn_close(xb->e);
	while (xb->mappings) {
		struct mapping *m = xb->mappings;

		xb->mappings = m->next;
		unmap_page(xb, m->page, m->how);
		free(m);
	}
	libxen_close(xb->x);
	free(xb);
}
