/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Test Anything Protocol for unit tests: include it in the one source file of a test program.
 *
 *	tap_ok(rc == 0, "a new node is empty");
 *	tap_is_int(got, 3, "three children are listed");
 *	return tap_done();
 *
 * Names are sentences. A failing check prints where it stands and what it saw, and the program goes
 * on. tap_seed() gives randomised tests a seed, printed, and settable by TEST_SEED.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int tap_count_, tap_failed_;

__attribute__((format(printf, 4, 5), unused))
static bool tap_check_(bool ok, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", ok ? "" : "not ", ++tap_count_);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!ok) {
		tap_failed_++;
		printf("# failed at %s:%d\n", file, line);
	}
	fflush(stdout);
	return ok;
}

#define tap_ok(cond, ...)	tap_check_((cond), __FILE__, __LINE__, __VA_ARGS__)

#define tap_is_int(got, want, ...) ({ \
	long long got_ = (got), want_ = (want); \
	bool r_ = tap_check_(got_ == want_, __FILE__, __LINE__, __VA_ARGS__); \
	if (!r_) \
		printf("# got %lld, expected %lld\n", got_, want_); \
	r_; })

#define tap_is_str(got, want, ...) ({ \
	const char *got_ = (got), *want_ = (want); \
	bool r_ = tap_check_(got_ && want_ && strcmp(got_, want_) == 0, __FILE__, __LINE__, \
			     __VA_ARGS__); \
	if (!r_) \
		printf("# got \"%s\", expected \"%s\"\n", got_ ? got_ : "(null)", \
		       want_ ? want_ : "(null)"); \
	r_; })

#define tap_diag(...)	(printf("# " __VA_ARGS__), putchar('\n'), fflush(stdout))

/* One check that could not be made here, with the reason. */
#define tap_skip(reason, ...) \
	(printf("ok %d - ", ++tap_count_), printf(__VA_ARGS__), printf(" # SKIP %s\n", reason))

/* The whole program cannot run here: Automake's status 77. */
#define tap_skip_all(reason)	(printf("1..0 # SKIP %s\n", reason), exit(77))

#define tap_bail(...)	(printf("Bail out! " __VA_ARGS__), putchar('\n'), exit(99))

__attribute__((unused)) static unsigned int tap_seed(void)
{
	const char *s = getenv("TEST_SEED");
	unsigned int seed = s ? strtoul(s, NULL, 0) : (unsigned int)(time(NULL) ^ getpid() << 8);

	printf("# TEST_SEED=%u\n", seed);
	fflush(stdout);
	return seed;
}

/* The plan and the exit status: return this from main(). */
__attribute__((unused)) static int tap_done(void)
{
	printf("1..%d\n", tap_count_);
	if (tap_failed_)
		printf("# %d of %d failed\n", tap_failed_, tap_count_);
	fflush(stdout);
	return tap_failed_ ? 1 : 0;
}

#endif
