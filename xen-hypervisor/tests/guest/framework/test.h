/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame of a guest test: what a test defines, and how it reports.
 *
 * A test kernel is one image that runs as the initial domain and, where it wants an unprivileged
 * guest, again as a domain that it creates itself (child.h). Outcomes, the worst of which wins:
 * success; skip, when the machine lacks what the test needs; error, when the test could not be
 * done; failure, when the hypervisor did not do what the interface promises. A test that says
 * nothing succeeds, if it has checked something.
 */
#ifndef GUEST_TEST_H
#define GUEST_TEST_H

#include <stdbool.h>
#include <stdarg.h>
#include <public/xen.h>
#include <public/errno.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define __printf(f, a) __attribute__((format(printf, f, a)))

enum outcome { OUTCOME_SUCCESS, OUTCOME_SKIP, OUTCOME_ERROR, OUTCOME_FAILURE };

/* Which domains run test_main(): the initial one, a child of it, or one after the other. */
enum role { ROLE_DOM0 = 1, ROLE_CHILD = 2 };

/* The test defines these; TEST() writes the first two. */
extern const char test_name[];
extern const unsigned int test_roles;
void test_main(void);

#define TEST(name, roles) const char test_name[] = name; const unsigned int test_roles = (roles)

void report(enum outcome outcome, const char *format, ...) __printf(2, 3);
enum outcome report_outcome(void);
enum outcome report_outcome_so_far(void);
const char *report_reason(void);
const char *report_word(enum outcome outcome);
/* Prints the outcome and leaves: nothing after it runs. */
void report_end(void) __attribute__((noreturn));

#define test_skip(...) report(OUTCOME_SKIP, __VA_ARGS__)
#define test_error(...) report(OUTCOME_ERROR, __VA_ARGS__)
#define test_failure(...) report(OUTCOME_FAILURE, __VA_ARGS__)

/* A failure unless the condition holds; true when it does. */
bool check_that(bool ok, const char *format, ...) __printf(2, 3);
#define CHECK(condition, ...) check_that((condition), __VA_ARGS__)

/*
 * A failure unless a call's result is the expected one; the message has the call and both results.
 */
bool check_result(long got, long want, const char *what);
#define CHECK_RC(call, want) check_result((long)(call), (want), #call)

/* A failure unless the call is refused, with whatever error. */
bool check_refused(long got, const char *what);
#define CHECK_REFUSED(call) check_refused((long)(call), #call)

/* An error that ends the test, for what must be there before anything can be tested. */
bool need_result(long got, const char *what);
#define NEED(call) \
	do { \
		long need_rc = (long)(call); \
		if (need_rc < 0) { \
			need_result(need_rc, #call); \
			report_end(); \
		} \
	} while (0)
#define NEED_THAT(condition, ...) \
	do { \
		if (!(condition)) { \
			test_error(__VA_ARGS__); \
			report_end(); \
		} \
	} while (0)

/* Console. */
void print(const char *format, ...) __printf(1, 2);
int format_text(char *buf, size_t size, const char *format, va_list args);

/* start_info, shared_info and who we are. */
extern struct start_info *start_info;
extern struct shared_info *shared_info;
extern bool is_dom0;
u64 argument(const char *name, u64 otherwise);	/* name=NUMBER on the kernel's command line */

/* Strings, as C has them. */
void *memset(void *p, int c, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);

/* Reproducible random numbers; the seed is printed by whoever uses them. */
void random_seed(u64 seed);
u64 random_next(void);

static inline u64 rdtsc(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a" (low), "=d" (high));
	return (u64)high << 32 | low;
}

#define barrier() asm volatile("" ::: "memory")
#define READ(x) (*(volatile __typeof__(x) *)&(x))

#endif
