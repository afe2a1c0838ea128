/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building and watching a second domain (see child.h), by domctl and by mapping its frames one
 * after the other. Its layout is the one a domain builder makes: image, list of frames, start_info,
 * store and console pages, page tables, all at GUEST_BASE + pfn * 4096.
 */
#include "child.h"
#include "event.h"
#include "hypercall.h"
#include "page.h"
#include "report.h"
#include "time.h"

extern u8 image_start[], image_end[], data_start[], data_end[];
extern char guest_entry[];

/* Places in the child, by pseudo-physical frame; the image's end is the first. */
struct layout {
	unsigned long p2m, nr_p2m, start_info, store, console, tables, nr_tables, end;
};

static u8 *data_copy;

void child_keep_image(void)
{
	size_t size = data_end - data_start;

	data_copy = page_alloc((size + PAGE_SIZE - 1) / PAGE_SIZE + 1);
	memcpy(data_copy, data_start, size);
}

long domctl_call(struct xen_domctl *op, unsigned int cmd, domid_t domid)
{
	op->cmd = cmd;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	op->domain = domid;
	return hypercall(__HYPERVISOR_domctl, op);
}

static struct layout layout_make(void)
{
	struct layout l = {.p2m = pfn_of(image_end), .nr_p2m = 2, .nr_tables = 3 + 2};

	l.start_info = l.p2m + l.nr_p2m;
	l.store = l.start_info + 1;
	l.console = l.store + 1;
	l.tables = l.console + 1;
	l.end = l.tables + l.nr_tables;
	NEED_THAT(l.end <= 1024, "the image has grown over two tables: %lu frames", l.end);
	return l;
}

static void domain_make(struct child *c, unsigned int nr_frames)
{
	struct xen_domctl op = {};

	op.u.createdomain.max_vcpus = 2;
	op.u.createdomain.max_evtchn_port = 1023;
	op.u.createdomain.max_grant_frames = 4;
	op.u.createdomain.max_maptrack_frames = 4;
	op.u.createdomain.grant_opts = XEN_DOMCTL_GRANT_version(1);
	memcpy(op.u.createdomain.handle, "a child of a tes", 16);
	NEED(domctl_call(&op, XEN_DOMCTL_createdomain, 0));
	c->domid = op.domain;
	op.u.max_vcpus.max = 2;
	NEED(domctl_call(&op, XEN_DOMCTL_max_vcpus, c->domid));
	op.u.max_mem.max_memkb = (nr_frames + 64) * 4;
	NEED(domctl_call(&op, XEN_DOMCTL_max_mem, c->domid));
	NEED(domctl_call(&op, XEN_DOMCTL_getdomaininfo, c->domid));
	c->shared_info_mfn = op.u.getdomaininfo.shared_info_frame;
}

static void frames_get(struct child *c, unsigned int count)
{
	struct xen_memory_reservation res = {.nr_extents = count, .domid = c->domid};
	unsigned int i;
	long rc;

	c->nr_frames = count;
	c->frames = page_alloc((count * 8 + PAGE_SIZE - 1) / PAGE_SIZE);
	for (i = 0; i < count; i++)
		c->frames[i] = i;
	set_xen_guest_handle(res.extent_start, c->frames);
	rc = memory_op(XENMEM_populate_physmap, &res);
	NEED_THAT(rc == (long)count, "populate_physmap gave %ld of %u frames", rc, count);
}

/* A page of the child, seen through one window that serves all of them in turn. */
static u8 window[PAGE_SIZE] __attribute__((aligned(4096)));

static void *child_page(struct child *c, unsigned long pfn)
{
	NEED(page_show(window, c->frames[pfn], PTE_RW, c->domid));
	return window;
}

static void image_copy(struct child *c)
{
	unsigned long pfn, first = pfn_of(image_start), data = pfn_of(data_start);
	size_t size = data_end - data_start, done;

	for (pfn = first; pfn < pfn_of(image_end); pfn++) {
		u8 *to = child_page(c, pfn);

		if (pfn < data) {
			memcpy(to, page_of_pfn(pfn), PAGE_SIZE);
			continue;
		}
		memset(to, 0, PAGE_SIZE);
		done = (pfn - data) << PAGE_SHIFT;
		if (done < size)
			memcpy(to, data_copy + done,
			       size - done < PAGE_SIZE ? size - done : PAGE_SIZE);
	}
}

static void p2m_fill(struct child *c, const struct layout *l)
{
	unsigned int i;

	for (i = 0; i < l->nr_p2m; i++) {
		u8 *to = child_page(c, l->p2m + i);
		size_t left = c->nr_frames * 8 - i * PAGE_SIZE;

		memset(to, 0, PAGE_SIZE);
		memcpy(to, (u8 *)c->frames + i * PAGE_SIZE, left < PAGE_SIZE ? left : PAGE_SIZE);
	}
}

static void tables_fill(struct child *c, const struct layout *l)
{
	unsigned long top = l->tables, pfn;
	u64 *table;

	table = child_page(c, top);
	memset(table, 0, PAGE_SIZE);
	table[511] = pte_make(c->frames[top + 1], PTE_RW);
	table = child_page(c, top + 1);
	memset(table, 0, PAGE_SIZE);
	table[510] = pte_make(c->frames[top + 2], PTE_RW);
	table = child_page(c, top + 2);
	memset(table, 0, PAGE_SIZE);
	table[0] = pte_make(c->frames[top + 3], PTE_RW);
	table[1] = pte_make(c->frames[top + 4], PTE_RW);
	memset(child_page(c, top + 4), 0, PAGE_SIZE);
	for (pfn = 0; pfn < 1024; pfn++) {
		if ((pfn & 511) == 0)
			table = child_page(c, top + 3 + (pfn >> 9));
		if (pfn < l->end)
			table[pfn & 511] = pte_make(c->frames[pfn], pfn >= top ? PTE_RO : PTE_RW);
		else
			table[pfn & 511] = 0;
	}
}

static void start_info_fill(struct child *c, const struct layout *l, const char *cmd_line,
			    unsigned int port)
{
	struct start_info *info = child_page(c, l->start_info);

	memset(info, 0, PAGE_SIZE);
	memcpy(info->magic, "xen-3.0-x86_64", 15);
	info->nr_pages = l->end;
	info->shared_info = c->shared_info_mfn << PAGE_SHIFT;
	info->store_mfn = c->frames[l->store];
	info->console.domU.mfn = c->frames[l->console];
	info->console.domU.evtchn = port;
	info->pt_base = (unsigned long)page_of_pfn(l->tables);
	info->nr_pt_frames = l->nr_tables;
	info->mfn_list = (unsigned long)page_of_pfn(l->p2m);
	memcpy(info->cmd_line, cmd_line, strlen(cmd_line) + 1);
}

static unsigned int console_make(struct child *c, const struct layout *l)
{
	struct evtchn_alloc_unbound alloc = {.dom = c->domid, .remote_dom = DOMID_SELF};
	struct evtchn_bind_interdomain bind = {.remote_dom = c->domid};

	memset(child_page(c, l->console), 0, PAGE_SIZE);
	memset(child_page(c, l->store), 0, PAGE_SIZE);
	c->console = page_window();
	c->store = page_window();
	NEED(page_show(c->console, c->frames[l->console], PTE_RW, c->domid));
	NEED(page_show(c->store, c->frames[l->store], PTE_RW, c->domid));
	NEED(event_channel_op(EVTCHNOP_alloc_unbound, &alloc));
	bind.remote_port = alloc.port;
	NEED(event_channel_op(EVTCHNOP_bind_interdomain, &bind));
	c->console_port = bind.local_port;
	return alloc.port;
}

static void vcpu_set(struct child *c, const struct layout *l)
{
	struct vcpu_guest_context *ctx = page_alloc((sizeof(*ctx) + PAGE_SIZE - 1) / PAGE_SIZE);
	struct xen_domctl op = {};

	ctx->flags = VGCF_in_kernel | VGCF_online;
	ctx->user_regs.rip = (u64)guest_entry;
	ctx->user_regs.rsi = (u64)page_of_pfn(l->start_info);
	ctx->user_regs.cs = FLAT_KERNEL_CS;
	ctx->user_regs.ss = FLAT_KERNEL_SS;
	ctx->user_regs.rflags = 0x202;
	ctx->kernel_ss = FLAT_KERNEL_SS;
	ctx->ctrlreg[3] = xen_pfn_to_cr3(c->frames[l->tables]);
	op.u.vcpucontext.vcpu = 0;
	set_xen_guest_handle(op.u.vcpucontext.ctxt, ctx);
	NEED(domctl_call(&op, XEN_DOMCTL_setvcpucontext, c->domid));
}

void child_create(struct child *c, const char *cmd_line)
{
	struct layout l = layout_make();
	unsigned int port;

	memset(c, 0, sizeof(*c));
	c->mark = page_mark();
	domain_make(c, l.end);
	frames_get(c, l.end);
	image_copy(c);
	p2m_fill(c, &l);
	port = console_make(c, &l);
	start_info_fill(c, &l, cmd_line, port);
	tables_fill(c, &l);
	page_restore(window); /* a table with a writable mapping could not become one */
	vcpu_set(c, &l);
}

void child_unpause(struct child *c)
{
	struct xen_domctl op = {};

	NEED(domctl_call(&op, XEN_DOMCTL_unpausedomain, c->domid));
}

/* "TEST name: OUTCOME reason" ends the child's run; all else is passed on. */
static void line_done(struct child *c)
{
	unsigned int i, skip = 5 + strlen(test_name) + 2;

	c->line[c->line_len] = 0;
	if (memcmp(c->line, "TEST ", 5) || c->line_len < skip) {
		print("child: %s\n", c->line);
		c->line_len = 0;
		return;
	}
	c->ended = true;
	c->outcome = OUTCOME_ERROR;
	for (i = OUTCOME_SUCCESS; i <= OUTCOME_FAILURE; i++) {
		if (!memcmp(c->line + skip, report_word(i), strlen(report_word(i))))
			c->outcome = i;
	}
	if (c->outcome != OUTCOME_SUCCESS)
		report(c->outcome, "in the child: %s", c->line + skip);
	c->line_len = 0;
}

static void console_drain(struct child *c)
{
	u32 cons = READ(c->console->out_cons);

	while (cons != READ(c->console->out_prod)) {
		char ch = c->console->out[MASK_XENCONS_IDX(cons, c->console->out)];

		cons++;
		if (ch == '\n')
			line_done(c);
		else if (c->line_len < sizeof(c->line) - 1)
			c->line[c->line_len++] = ch;
	}
	barrier();
	*(volatile u32 *)&c->console->out_cons = cons;
}

bool child_poll(struct child *c)
{
	struct xen_domctl op = {};
	long rc = domctl_call(&op, XEN_DOMCTL_getdomaininfo, c->domid);

	console_drain(c);
	return !rc && op.domain == c->domid &&
	       !(op.u.getdomaininfo.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying));
}

void child_wait(struct child *c, unsigned int ms)
{
	u64 end = time_now() + ms * MILLISECOND;
	evtchn_port_t port = c->console_port;
	struct sched_poll poll = {.nr_ports = 1};

	set_xen_guest_handle(poll.ports, &port);
	while (child_poll(c)) {
		if (time_now() > end) {
			test_error("the child did not end within %u ms", ms);
			return;
		}
		poll.timeout = time_now() + 5 * MILLISECOND;
		sched_op(SCHEDOP_poll, &poll);
		__atomic_and_fetch(&shared_info->evtchn_pending[port / 64], ~(1UL << port % 64),
				   __ATOMIC_SEQ_CST);
	}
}

void child_destroy(struct child *c)
{
	struct xen_domctl op = {};
	unsigned int tries;
	long rc = -1;

	page_restore(c->console);
	page_restore(c->store);
	page_restore(window);
	for (tries = 0; rc && tries < 100000; tries++)
		rc = domctl_call(&op, XEN_DOMCTL_destroydomain, c->domid);
	CHECK(rc == 0, "destroydomain gave %ld", rc);
	event_close(c->console_port);
	page_release(c->mark);
}

void child_run_test(void)
{
	struct child c;

	child_create(&c, (const char *)start_info->cmd_line);
	child_unpause(&c);
	child_wait(&c, 20000);
	if (!c.ended)
		test_failure("the child shut down without an outcome");
	else
		check_that(true, "-");
	child_destroy(&c);
}
