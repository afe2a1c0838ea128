/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libxen against a pretend kernel: errors and their sentences, hypercall memory, per-frame errors
 * of foreign maps, event channels.
 */
#include <config.h>

#include <errno.h>
#include <sys/mman.h>

#include "libxen/kernel-abi.h"
#include "tests/tap.h"
#include "tests/unit/libxen-fake.h"

static struct fake fake;
static struct libxen *x;

static void start(void)
{
	fake_init(&fake);
	if (fake_open(&fake, &x))
		tap_bail("the pretend machine does not open");
}

static void stop(void)
{
	libxen_close(x);
	fake_done(&fake);
}

static void test_kernel_abi(void)
{
	tap_is_int(IOCTL_PRIVCMD_HYPERCALL, 0x305000,
		   "the hypercall ioctl has the kernel's number");
	tap_is_int(IOCTL_PRIVCMD_MMAPBATCH_V2, 0x205004,
		   "the batch mapping ioctl has the kernel's number");
	tap_is_int(IOCTL_PRIVCMD_MMAP_RESOURCE, 0x205007,
		   "the resource mapping ioctl has the kernel's number");
	tap_is_int(IOCTL_GNTDEV_MAP_GRANT_REF, 0x184700,
		   "the grant mapping ioctl has the kernel's number");
	tap_is_int(IOCTL_EVTCHN_BIND_INTERDOMAIN, 0x84501,
		   "the event binding ioctl has the kernel's number");
}

static void test_probe(void)
{
	struct error_text err = { "" };

	start();
	tap_is_int(libxen_probe(x, &err), 0, "a hypervisor of our version passes the probe");
	fake.domctl_error = -EACCES;
	tap_is_int(libxen_probe(x, &err), -EACCES, "another interface version fails the probe");
	tap_ok(strstr(err.text, "domctl") && strstr(err.text, "0x15"),
	       "the sentence names the interface and its version");
	fake.sysctl_error = -EPERM;
	tap_is_int(libxen_probe(x, &err), -EPERM, "an unprivileged domain fails the probe");
	tap_ok(strstr(err.text, "domain 0"), "the sentence says where to run instead");
	stop();
}

static void test_buffers(void)
{
	uint8_t *small, *page, *large;
	size_t mark, inner;

	start();
	mark = libxen_buffer_mark(x);
	small = libxen_buffer_get(x, 24);
	page = libxen_buffer_get(x, 4096);
	inner = libxen_buffer_mark(x);
	large = libxen_buffer_get(x, 1 << 20);
	tap_ok(small && page && large, "hypercall memory comes in all sizes");
	tap_is_int((uintptr_t)page % 4096, 0, "a page of it is aligned");
	tap_is_int((uintptr_t)large % 4096, 0, "a large piece of it is aligned");
	tap_is_int(fake.nr_regions, 2, "a large piece has a mapping of its own");
	memset(large, 0xff, 1 << 20);
	libxen_buffer_release(x, inner);
	tap_is_int(fake.nr_regions, 1, "releasing a mark unmaps what came after it");
	memset(page, 0xff, 4096);
	libxen_buffer_release(x, mark);
	page = libxen_buffer_get(x, 4096);
	tap_ok(page && !page[0] && !page[4095], "memory used again is zeroed again");
	libxen_buffer_get(x, 2 << 20);
	libxen_buffer_get(x, 100);
	libxen_buffer_get(x, 3 << 20);
	libxen_buffer_release(x, mark);
	tap_is_int(libxen_buffer_mark(x), (long long)mark, "mixed pieces are all given back");
	tap_is_int(fake.nr_regions, 1, "no mapping is left of them");
	stop();
	fake_init(&fake);
	fake.no_hypercall_device = true;
	tap_is_int(fake_open(&fake, &x), 0,
		   "a kernel without the hypercall device is served by locked memory");
	stop();
}

/* Random takes and releases against a plain model of the stack. */
static void test_buffers_random(void)
{
	size_t marks[64], depth = 0;
	unsigned int i;
	bool ok = true;

	srand(tap_seed());
	start();
	for (i = 0; i < 20000 && ok; i++) {
		if (depth < 64 && rand() % 3) {
			size_t size =
				rand() % 10 ? (size_t)(rand() % 3000) : (size_t)(rand() % 100000);
			uint8_t *p;

			marks[depth++] = libxen_buffer_mark(x);
			p = libxen_buffer_get(x, size);
			if (p && size)
				memset(p, 0xaa, size);
			ok = p;
		} else if (depth) {
			depth = (size_t)rand() % depth;
			libxen_buffer_release(x, marks[depth]);
			ok = libxen_buffer_mark(x) == marks[depth];
		}
	}
	libxen_buffer_release(x, 0);
	tap_ok(ok, "20000 random takes and releases keep the stack in order");
	tap_is_int(fake.nr_regions, 1, "nothing is left mapped after them");
	stop();
}

static void test_map(void)
{
	xen_pfn_t frames[3] = { 100, 101, 102 };
	int errors[3];
	void *p = NULL;

	start();
	fake.owner[100] = fake.owner[102] = 9;
	tap_is_int(libxen_map_frames(x, 9, PROT_READ, frames, 3, NULL, &p), -EINVAL,
		   "one frame that cannot be mapped fails the whole without an array of errors");
	tap_is_int(fake.mappings, 0, "nothing stays mapped then");
	tap_is_int(libxen_map_frames(x, 9, PROT_READ | PROT_WRITE, frames, 3, errors, &p), 0,
		   "with one the others are mapped");
	tap_ok(!errors[0] && errors[1] == -EINVAL && !errors[2], "each frame has its own error");
	((volatile char *)p)[2 * 4096] = 'x';
	libxen_unmap(x, p, 3);
	fake_read(&fake, 102 * 4096UL, errors, 1);
	tap_is_int(*(char *)errors, 'x', "what is written lands in the frame named");
	fake.owner[100] = fake.owner[102] = 0;
	tap_is_int(libxen_map_frames(x, 9, PROT_READ, frames, 3, errors, &p), -EINVAL,
		   "no frame at all is a failure either way");
	tap_is_int(libxen_map_frames(x, 9, PROT_READ, frames, 0, NULL, &p), -EINVAL,
		   "nothing to map is an error");
	tap_is_int(fake.mappings, 0, "no mapping is left");
	stop();
}

static void test_events(void)
{
	struct libxen_evtchn *e;
	evtchn_port_t port = 0;

	start();
	tap_is_int(libxen_evtchn_open(x, &e), 0, "the event channel device opens");
	tap_is_int(libxen_evtchn_bind_virq(e, VIRQ_CON_RING, &port), 0,
		   "a virtual interrupt can be bound");
	tap_is_int(port, 48, "its port is the one the kernel chose");
	tap_is_int(libxen_evtchn_pending(e, &port), -EAGAIN, "nothing pending is said at once");
	fake.pending[0] = 11;
	fake.pending[1] = 12;
	fake.pending[2] = 13;
	fake.nr_pending = 3;
	tap_ok(!libxen_evtchn_pending(e, &port) && port == 11, "pending ports come in order");
	libxen_evtchn_unbind(e, 12);
	tap_ok(!libxen_evtchn_pending(e, &port) && port == 13,
	       "a port unbound meanwhile does not come any more");
	tap_is_int(libxen_evtchn_pending(e, &port), -EAGAIN, "then there is none");
	libxen_evtchn_unmask(e, 13);
	libxen_evtchn_notify(e, 13);
	tap_ok(fake.unmasked == 13 && fake.notified == 13, "unmask and notify reach the kernel");
	libxen_evtchn_close(e);
	stop();
}

static void test_host(void)
{
	struct xen_domctl_getdomaininfo list[2], info;
	uint32_t index = 0;
	char text[8];

	start();
	tap_is_int(libxen_console_read(x, text, 8, false, true, &index), 8,
		   "the console is read in pieces");
	tap_ok(!memcmp(text, "01234567", 8) && index == 8, "the first piece is the beginning");
	tap_is_int(libxen_console_read(x, text, 8, false, true, &index), 2,
		   "the next piece is the rest");
	tap_ok(!memcmp(text, "89", 2) && index == 10, "it follows without gap");
	tap_is_int(libxen_domain_list(x, 4, list, 2), 2, "a list is cut at the room given");
	tap_ok(list[0].domain == 4 && list[1].domain == 5, "it begins at the domain asked for");
	fake.created = true;
	tap_is_int(libxen_domain_info(x, 3, &info), -ESRCH,
		   "an answer about the next domain is not taken for the one asked about");
	tap_ok(!fake.stray_argument, "no argument lay outside hypercall memory");
	stop();
}

static void test_perf(void)
{
	struct libxen_perf *perf = NULL;

	start();
	tap_is_int(libxen_host_perf(x, &perf), 0, "performance counters are read");
	tap_ok(perf && perf->nr_counters == 2 && !strcmp(perf->counters[1].name, "three") &&
		       perf->counters[1].nr_vals == 3,
	       "with their names");
	tap_ok(perf && perf->nr_vals == 4 && perf->vals[0] == 100 && perf->vals[3] == 103,
	       "and values");
	free(perf);
	tap_is_int(libxen_host_perf_reset(x), 0, "they are reset");
	tap_is_int(fake.perf_resets, 1, "once");
	fake.perf_growing = true;
	tap_is_int(libxen_host_perf(x, &perf), -EIO, "counts that change meanwhile are an error");
	fake.sysctl_error = -ENOSYS;
	tap_is_int(libxen_host_perf(x, &perf), -ENOSYS,
		   "a hypervisor without counters is told from one with an error");
	stop();
}

int main(void)
{
	test_kernel_abi();
	test_probe();
	test_buffers();
	test_buffers_random();
	test_map();
	test_events();
	test_host();
	test_perf();
	return tap_done();
}
