/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of mapping, faulting and protecting memory: what makes page-table updates.
 *
 * Relies on: workload.h. workload.c runs them.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workload.h"

#define PAGES	256
#define PAGE	4096
#define SIZE	((size_t)PAGES * PAGE)

static volatile char *area;
static int fd = -1;
static sigjmp_buf back;

static volatile char *map(int prot, int flags, int file)
{
	void *p = mmap(NULL, SIZE, prot, flags, file, 0);

	return p == MAP_FAILED ? NULL : p;
}

static int unmap(volatile char *p)
{
	return munmap((void *)p, SIZE) ? bench_error("munmap") : 0;
}

static int area_unmap(const struct row *row)
{
	int rc = area ? unmap(area) : 0;

	area = NULL;
	return rc;
}

/* Huge pages would make one fault of them all. */
static int area_map(const struct row *row)
{
	area = map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (!area)
		return bench_error("mmap");
	madvise((void *)area, SIZE, MADV_NOHUGEPAGE);
	memset((void *)area, 1, SIZE);
	return 0;
}

/* ------------------------------------------------------------------------- mappings */
static int mmap_run(const struct row *row, unsigned int ops)
{
	volatile char *p;

	while (ops--) {
		p = map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
		if (!p)
			return bench_error("mmap");
		*p = 1;
		if (unmap(p))
			return -1;
	}
	return 0;
}

static int anonymous_run(const struct row *row, unsigned int ops)
{
	volatile char *p;
	size_t i;

	while (ops--) {
		p = map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
		if (!p)
			return bench_error("mmap");
		madvise((void *)p, SIZE, MADV_NOHUGEPAGE);
		for (i = 0; i < SIZE; i += PAGE)
			p[i] = 1;
		if (unmap(p))
			return -1;
	}
	return 0;
}

static int file_setup(const struct row *row)
{
	static char page[PAGE];
	char path[128];
	size_t i;

	snprintf(path, sizeof(path), "%s/pages", bench_folder);
	fd = open(path, O_CREAT | O_RDWR, 0600);
	if (fd < 0 || unlink(path))
		return bench_error(path);
	memset(page, 1, sizeof(page));
	for (i = 0; i < PAGES; i++)
		if (bench_write(fd, page, sizeof(page)))
			return -1;
	return 0;
}

static int file_run(const struct row *row, unsigned int ops)
{
	volatile char *p;
	unsigned int sum;
	size_t i;

	while (ops--) {
		p = map(PROT_READ, MAP_SHARED, fd);
		if (!p)
			return bench_error("mmap of a file");
		for (i = sum = 0; i < SIZE; i += PAGE)
			sum += p[i];
		if (unmap(p))
			return -1;
		errno = 0;
		if (sum != PAGES)
			return bench_error("the file's pages hold something else");
	}
	return 0;
}

static int file_teardown(const struct row *row)
{
	if (fd >= 0)
		close(fd);
	fd = -1;
	return 0;
}

/* ------------------------------------------------------------------------ protection */
static int mprotect_run(const struct row *row, unsigned int ops)
{
	while (ops--) {
		if (mprotect((void *)area, SIZE, PROT_READ) ||
		    mprotect((void *)area, SIZE, PROT_READ | PROT_WRITE))
			return bench_error("mprotect");
	}
	return 0;
}

static void on_fault(int number)
{
	siglongjmp(back, 1);
}

static int protected_setup(const struct row *row)
{
	struct sigaction act;

	if (area_map(row))
		return -1;
	memset(&act, 0, sizeof(act));
	act.sa_handler = on_fault;
	act.sa_flags = SA_NODEFER;	/* the handler never returns; no mask to restore */
	if (mprotect((void *)area, SIZE, PROT_READ) || sigaction(SIGSEGV, &act, NULL))
		return bench_error("mprotect and sigaction");
	return 0;
}

static int protected_run(const struct row *row, unsigned int ops)
{
	volatile unsigned int left = ops;

	while (left) {
		if (!sigsetjmp(back, 0)) {
			*area = 2;
			errno = 0;
			return bench_error("a write to protected memory succeeded");
		}
		left--;
	}
	return 0;
}

static int protected_teardown(const struct row *row)
{
	signal(SIGSEGV, SIG_DFL);
	return area_unmap(row);
}

const struct row rows_memory[] = {
	{ "mmap", "ns", "map 1 MB, write to it once, unmap it", 20,
	  .run = mmap_run },
	{ "fault-anon-256", "ns", "map 256 pages of zeros, write to each, unmap them", 1,
	  .run = anonymous_run },
	{ "fault-file-256", "ns", "map 256 pages of a file, read each, unmap them", 3,
	  .setup = file_setup, .run = file_run, .teardown = file_teardown },
	{ "fault-prot", "ns", "write to a read-only page and handle the signal", 300,
	  .setup = protected_setup, .run = protected_run, .teardown = protected_teardown },
	{ "mprotect-256", "ns", "make 256 pages read-only and writable again", 5,
	  .setup = area_map, .run = mprotect_run, .teardown = area_unmap },
	{ NULL }
};
