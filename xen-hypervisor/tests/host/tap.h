/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results of host tests in the Test Anything Protocol.  A test program calls tap_ok() for each
 * sentence it checks and returns tap_done().  Nothing else in the tree relies on it.
 */
#ifndef TESTS_HOST_TAP_H
#define TESTS_HOST_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static unsigned int tap_count, tap_failed;

static inline bool __attribute__((format(printf, 2, 3)))
tap_ok(bool good, const char *sentence, ...)
{
	va_list ap;

	tap_count++;
	tap_failed += !good;
	printf("%sok %u - ", good ? "" : "not ", tap_count);
	va_start(ap, sentence);
	vprintf(sentence, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	return good;
}

static inline void __attribute__((format(printf, 1, 2))) tap_note(const char *text, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, text);
	vprintf(text, ap);
	va_end(ap);
	putchar('\n');
}

static inline int tap_done(void)
{
	printf("1..%u\n", tap_count);
	return tap_failed ? 1 : 0;
}

/*
 * The seed of randomised tests: TEST_SEED of the environment, or the clock; printed so that a
 * failure repeats.
 */
static inline unsigned long tap_seed(void)
{
	const char *s = getenv("TEST_SEED");
	unsigned long seed = s ? strtoul(s, NULL, 0) : (unsigned long)time(NULL) * 2654435761u | 1;

	tap_note("seed %lu (set TEST_SEED to repeat)", seed);
	return seed;
}

#endif
