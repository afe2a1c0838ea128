/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As much of a C library as the decompression libraries' static archives need, and no more.
 *
 * Linked with them into one boot-only object (doc/decompressors.md) whose sole entrance is
 * boot_decode(); no name defined here is seen outside it.  memcpy() and its like are the
 * hypervisor's own.  The libraries were compiled as programs: they use SSE registers, the red zone,
 * and a stack-protector value at %fs:0x28, all of which boot_decode() provides.  Nothing here is
 * used after boot, and nothing of a guest exists yet while it is.
 */
#include <hw/asm.h>
#include <xen/heap.h>
#include <xen/hw.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/log.h>

#include "../decompress.h"

/* --- memory --- */

/*
 * In front of every allocation; 64 bytes, so that what follows is aligned as strictly as anything
 * needs.
 */
struct allocation {
	struct list link;
	size_t size;		/* with this header */
} ALIGNED(64);

static struct list allocations = { &allocations, &allocations };

void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void free(void *p);

static bool is_small(size_t size) { return size <= PAGE_SIZE / 4; }

static void allocation_free(struct allocation *a)
{
	list_del(&a->link);
	if (is_small(a->size))
		mem_free(a);
	else
		boot_pages_free(a, a->size);
}

void *malloc(size_t size)
{
	struct allocation *a;

	if (__builtin_add_overflow(size, sizeof(*a), &size))
		return NULL;
	boot_interrupts_let_in();
	a = is_small(size) ? mem_alloc(size) : boot_pages_alloc(size);
	if (a) {
		a->size = size;
		list_add_head(&allocations, &a->link);
	}
	boot_interrupts_keep_out();
	return a ? a + 1 : NULL;
}

void *calloc(size_t n, size_t size)
{
	void *p;

	if (__builtin_mul_overflow(n, size, &size))
		return NULL;
	p = malloc(size);
	return p ? memset(p, 0, size) : NULL;
}

void free(void *p)
{
	if (!p)
		return;
	boot_interrupts_let_in();
	allocation_free((struct allocation *)p - 1);
	boot_interrupts_keep_out();
}

/* --- checked variants that hardened builds call; to[] is `room` bytes large --- */

void NORETURN __chk_fail(void);
void NORETURN __stack_chk_fail(void);
void *__memcpy_chk(void *to, const void *from, size_t size, size_t room);
void *__memmove_chk(void *to, const void *from, size_t size, size_t room);
void *__memset_chk(void *to, int c, size_t size, size_t room);

void __chk_fail(void)
{
	panic("a decompression library would have overrun a buffer; use an uncompressed dom0 "
	      "kernel");
}
void __stack_chk_fail(void)
{
	panic("a decompression library overran its stack; use an uncompressed dom0 kernel");
}

void *__memcpy_chk(void *to, const void *from, size_t size, size_t room)
{
	return size <= room ? memcpy(to, from, size) : (__chk_fail(), NULL);
}

void *__memmove_chk(void *to, const void *from, size_t size, size_t room)
{
	return size <= room ? memmove(to, from, size) : (__chk_fail(), NULL);
}

void *__memset_chk(void *to, int c, size_t size, size_t room)
{
	return size <= room ? memset(to, c, size) : (__chk_fail(), NULL);
}

/*
 * --- what only functions that nobody here calls refer to: files, messages, the end of the program
 * ---
 */

static void NORETURN absent(void)
{
	panic("a decompression library called a function for files; use an uncompressed dom0 "
	      "kernel");
}

#define ABSENT(name)                                                                               \
	void name(void);                                                                           \
	void name(void) { absent(); }

ABSENT(abort)
ABSENT(exit)
ABSENT(fopen)
ABSENT(fopen64)
ABSENT(fdopen)
ABSENT(fclose)
ABSENT(fflush)
ABSENT(ferror)
ABSENT(fread)
ABSENT(fwrite)
ABSENT(fgetc)
ABSENT(fputc)
ABSENT(fputs)
ABSENT(ungetc)
ABSENT(fprintf)
ABSENT(__fprintf_chk)
ABSENT(__ctype_b_loc)
ABSENT(__errno_location)
ABSENT(__assert_fail)

void *stdin, *stdout, *stderr;

/* libzstd calls these if they exist, so that programs can watch it. */
unsigned long long ZSTD_trace_decompress_begin(const void *context);
void ZSTD_trace_decompress_end(unsigned long long handle, const void *trace);
unsigned long long ZSTD_trace_decompress_begin(const void *context) { return 0; }
void ZSTD_trace_decompress_end(unsigned long long handle, const void *trace) { }

/* --- the entrance --- */

/*
 * The start of a thread's block as compiled code expects it at %fs: its own address at 0, the stack
 * protector's at 0x28.
 */
static u64 thread_block[8] ALIGNED(64);

typedef void constructor(void);
extern constructor *boot_constructors[], *boot_constructors_end[];

/* Some libraries choose between implementations of a checksum when a program starts. */
static void run_constructors(void)
{
	static bool done;

	for (constructor **c = boot_constructors; !done && c < boot_constructors_end; c++)
		(*c)();
	done = true;
}

static void free_all(void)
{
	while (!list_empty(&allocations))
		allocation_free(list_first(&allocations, struct allocation, link));
}

int boot_decode(enum kernel_format format, const uint8_t *in, size_t size,
		struct kernel_buffer *out)
{
	u64 cr0 = hw_read_cr0(), fs_base = hw_rdmsr(MSR_FS_BASE);
	int rc;

	thread_block[0] = (u64)thread_block;
	thread_block[5] = hw_rdtsc() << 8; /* a zero byte first stops overruns by strings */
	hw_wrmsr(MSR_FS_BASE, (u64)thread_block);
	hw_write_cr0(cr0 & ~(u64)(CR0_TS | CR0_EM));
	run_constructors();
	rc = kernel_decode(format, in, size, out);
	free_all();
	hw_write_cr0(cr0);
	hw_wrmsr(MSR_FS_BASE, fs_base);
	return rc;
}
