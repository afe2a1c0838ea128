/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collecting what a core file of a paravirtual domain holds: the frames that its kernel published
 * (the linear list that shared_info names, or the three-level one of older kernels), the state of
 * its CPUs, and the memory itself.
 *
 * Relies on libxen, on a handle of its own since it takes long; on corefile.c for the form. The
 * list is the guest's word: every number of it is bounded, the hypervisor maps only what the domain
 * owns, and no more pages are written than it has.
 */
#include <config.h>

#include <sys/mman.h>

#include "common/util.h"
#include "xend/backend-xen.h"
#include "xend/corefile.h"

#define ENTRIES		(LIBXEN_PAGE_SIZE / sizeof(xen_pfn_t))
#define FRAME_FLAGS	(3ULL << 62)	/* not memory of its own: another domain's, or a device's */
#define VCPUS_MAX	8192u

struct dump {
	struct libxen *hv;
	uint32_t domid;
	struct xen_domctl_getdomaininfo info;
	struct libxen_version version;
	uint8_t *shared_info;		/* a copy */
	struct vcpu_guest_context *vcpus;
	unsigned int nr_vcpus;
	struct corefile_page *pages;
	uint64_t nr_pages;
};

/* A copy of one page of the domain. */
static int copy_frame(struct dump *d, uint64_t frame, void *to)
{
	void *page;
	int rc = libxen_map_frame(d->hv, d->domid, PROT_READ, frame, &page);

	if (rc)
		return rc;
	memcpy(to, page, LIBXEN_PAGE_SIZE);
	libxen_unmap(d->hv, page, 1);
	return 0;
}

static int read_vcpus(struct dump *d)
{
	unsigned int n = d->info.max_vcpu_id + 1;
	int rc;

	if (n > VCPUS_MAX)
		return -E2BIG;
	d->vcpus = calloc(n, sizeof(*d->vcpus));
	if (!d->vcpus)
		return -ENOMEM;
	for (unsigned int i = 0; i < n; i++) {
		rc = libxen_vcpu_get_context(d->hv, d->domid, i, &d->vcpus[d->nr_vcpus]);
		if (!rc)
			d->nr_vcpus++;
		else if (rc != -ENODATA && rc != -ESRCH && rc != -EINVAL)
			return rc;	/* those three: it was never started */
	}
	return 0;
}

static void take_leaf(struct dump *d, const xen_pfn_t *leaf, uint64_t pfn, uint64_t max_pfn)
{
	for (unsigned int i = 0; i < ENTRIES && pfn + i < max_pfn; i++) {
		if (leaf[i] & FRAME_FLAGS || d->nr_pages >= d->info.tot_pages)
			continue;
		d->pages[d->nr_pages++] = (struct corefile_page){ pfn + i, leaf[i] };
	}
}

/* The three levels: a page of frames of pages of frames of pages of entries. */
static int read_list(struct dump *d, uint64_t top_frame, uint64_t max_pfn)
{
	xen_pfn_t *top = malloc(3 * LIBXEN_PAGE_SIZE), *middle = top + ENTRIES,
		  *leaf = middle + ENTRIES;
	int rc = top ? copy_frame(d, top_frame, top) : -ENOMEM;

	for (uint64_t pfn = 0; !rc && pfn < max_pfn; pfn += ENTRIES) {
		uint64_t i = pfn / ENTRIES;

		if (i % ENTRIES == 0)
			rc = copy_frame(d, top[i / ENTRIES], middle);
		/* A leaf that is not there has no memory. */
		if (!rc && !copy_frame(d, middle[i % ENTRIES], leaf))
			take_leaf(d, leaf, pfn, max_pfn);
	}
	free(top);
	return rc;
}

#define LEVELS		4
#define ENTRY_FRAME(e)	(((e) & 0x000ffffffffff000ULL) >> LIBXEN_PAGE_SHIFT)

/* The guest's page at va by its own tables, whose top is `frame`; -ENOENT when there is none. */
static int copy_virtual(struct dump *d, uint64_t frame, uint64_t va, xen_pfn_t *page)
{
	int rc;

	for (int shift = LIBXEN_PAGE_SHIFT + 9 * (LEVELS - 1); shift >= LIBXEN_PAGE_SHIFT;
	     shift -= 9) {
		uint64_t entry;

		rc = copy_frame(d, frame, page);
		if (rc)
			return rc;
		entry = page[va >> shift & (ENTRIES - 1)];
		if (!(entry & 1))
			return -ENOENT;
		frame = ENTRY_FRAME(entry);
	}
	return copy_frame(d, frame, page);
}

/* The linear list: one entry a page from `va` on, in the guest's address space. */
static int read_linear(struct dump *d, uint64_t cr3, uint64_t va, uint64_t max_pfn)
{
	xen_pfn_t *leaf = malloc(LIBXEN_PAGE_SIZE);

	if (!leaf)
		return -ENOMEM;
	/* A leaf that is not there has no memory. */
	for (uint64_t pfn = 0; pfn < max_pfn; pfn += ENTRIES)
		if (!copy_virtual(d, ENTRY_FRAME(cr3), va + pfn * sizeof(*leaf), leaf))
			take_leaf(d, leaf, pfn, max_pfn);
	free(leaf);
	return 0;
}

static int read_pages_list(struct dump *d, struct error_text *err)
{
	const struct shared_info *s = (const void *)d->shared_info;
	uint64_t top = s->arch.pfn_to_mfn_frame_list_list, max_pfn = s->arch.max_pfn;
	bool linear = s->arch.p2m_cr3 && s->arch.p2m_vaddr;

	if (!max_pfn || (!linear && (!top || top == ~0ULL)))
		return error_text_fail(err, -ENODATA,
				       "its kernel has not published the list of its pages; it may "
				       "not have got that far");
	max_pfn = MIN(max_pfn, (uint64_t)ENTRIES * ENTRIES * ENTRIES);
	d->pages = calloc(d->info.tot_pages + 1, sizeof(*d->pages));
	if (!d->pages)
		return -ENOMEM;
	return linear ? read_linear(d, s->arch.p2m_cr3, s->arch.p2m_vaddr, max_pfn) :
			read_list(d, top, max_pfn);
}

/* A page that went meanwhile is zeros. */
static int read_memory(void *context, uint64_t first, unsigned int count, void *buffer)
{
	struct dump *d = context;
	xen_pfn_t frames[COREFILE_CHUNK] = { 0 };
	int errors[COREFILE_CHUNK], rc;
	uint8_t *memory, *to = buffer;

	for (unsigned int i = 0; i < count; i++)
		frames[i] = d->pages[first + i].gmfn;
	rc = libxen_map_frames(d->hv, d->domid, PROT_READ, frames, count, errors,
			       (void **)&memory);
	if (rc) {
		memset(buffer, 0, (size_t)count << LIBXEN_PAGE_SHIFT);
		return rc == -ENOMEM ? rc : 0;
	}
	for (unsigned int i = 0; i < count; i++, to += LIBXEN_PAGE_SIZE) {
		if (errors[i])
			memset(to, 0, LIBXEN_PAGE_SIZE);
		else
			memcpy(to, memory + ((size_t)i << LIBXEN_PAGE_SHIFT), LIBXEN_PAGE_SIZE);
	}
	libxen_unmap(d->hv, memory, count);
	return 0;
}

static int collect(struct dump *d, struct error_text *err)
{
	int rc = libxen_domain_info(d->hv, d->domid, &d->info);

	if (!rc && d->info.flags & XEN_DOMINF_hvm_guest)
		return error_text_fail(err, -EOPNOTSUPP, "it is not paravirtual");
	if (!rc)
		rc = libxen_host_version(d->hv, &d->version);
	if (!rc)
		rc = (d->shared_info = malloc(LIBXEN_PAGE_SIZE)) ? 0 : -ENOMEM;
	if (!rc)
		rc = copy_frame(d, d->info.shared_info_frame, d->shared_info);
	if (!rc)
		rc = read_vcpus(d);
	return rc ? rc : read_pages_list(d, err);
}

int backend_dump(struct backend *base, uint32_t domid, int fd,
		 void (*progress)(void *context, uint64_t done, uint64_t total), void *context,
		 struct error_text *err)
{
	struct dump d = { .domid = domid };
	struct corefile c;
	int rc = libxen_open(&d.hv);

	(void)base;
	if (!rc)
		rc = collect(&d, err);
	if (!rc) {
		c = (struct corefile){
			.version = &d.version, .vcpus = d.vcpus, .nr_vcpus = d.nr_vcpus,
			.shared_info = d.shared_info, .pages = d.pages, .nr_pages = d.nr_pages,
			.read = read_memory, .context = &d, .progress = progress,
			.progress_context = context,
		};
		rc = corefile_write(fd, &c);
	}
	free(d.pages);
	free(d.vcpus);
	free(d.shared_info);
	libxen_close(d.hv);
	return rc;
}
