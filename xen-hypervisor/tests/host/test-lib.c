/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings, formatting, sorting, parsing and range sets: ours against the C library's or a plain
 * model.  Our functions have the C library's names, so they are included under others.
 */
#include <string.h>
#include <stdio.h>
#include <stdlib.h>
#include <hw/host.h>

#define memcpy our_memcpy
#define memmove our_memmove
#define memset our_memset
#define memcmp our_memcmp
#define memchr our_memchr
#define strlen our_strlen
#define strnlen our_strnlen
#define strcmp our_strcmp
#define strncmp our_strncmp
#define strchr our_strchr
#define strrchr our_strrchr
#define strstr our_strstr
#define vsnprintf our_vsnprintf
#define snprintf our_snprintf
#undef XEN_HOST_BUILD
#include <xen/lib.h>
#include "../../lib/format.c"
#include "../../lib/string.c"
#define XEN_HOST_BUILD
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr
#undef strstr
#undef vsnprintf
#undef snprintf

#include <xen/heap.h>
#include <xen/rangeset.h>

#include "tap.h"

/* The format is checked against both by the compiler through the C library's. */
#define SAME(fmt, ...)                                                                             \
	({                                                                                         \
		char x_[200], y_[200];                                                             \
		int a_ = snprintf(x_, sizeof(x_), fmt, ##__VA_ARGS__);                             \
		int b_ = our_snprintf(y_, sizeof(y_), fmt, ##__VA_ARGS__);                         \
		bool s_ = a_ == b_ && strcmp(x_, y_) == 0;                                         \
		if (!s_)                                                                           \
			tap_note("%s: \"%s\" (%d), should be \"%s\" (%d)", #fmt, y_, b_, x_, a_);  \
		s_;                                                                                \
	})

static void test_format(void)
{
	bool good = true;
	char buf[8];

	good &= SAME("%d %i %5d|%-5d|%05d|%+d|% d", 1, -2, 3, 4, 5, 6, 7);
	good &= SAME("%u %x %X %#x %#X %o %#o %#x", 1u, 0xabcu, 0xabcu, 0xabcu, 0xabcu, 8u, 8u, 0u);
	good &= SAME("%hhd %hd %ld %lld %zu %hhu", (char)-1, (short)-2, -3L, -4LL, (size_t)5,
		     (unsigned char)255);
	good &= SAME("%s|%10s|%-10s|%.2s|%c|%%|%5c", "text", "right", "left", "cut", 'x', 'y');
	good &= SAME("%.3d|%8.3d|%-8.3x|%.0d|%8.0d", 7, 7, 7, 0, 0);
	good &= SAME("%*d|%-*d|%.*s", 6, 1, 6, 2, 3, "abcdef");
	good &= SAME("%llx %lld %d", ~0ULL, (long long)INT64_MIN, INT32_MIN);
	good &= SAME("%p", (void *)0x1234);
	tap_ok(good, "formatting agrees with the C library's");
	tap_ok(our_snprintf(buf, sizeof(buf), "%s", "longer than that") == 16 &&
		       strcmp(buf, "longer ") == 0,
	       "what does not fit is cut and its length is told");
	tap_ok(our_snprintf(NULL, 0, "%d", 12345) == 5,
	       "with no room at all only the length is told");
}

static void test_memory(void)
{
	u8 a[300], b[300];
	bool good = true;

	for (int n = 0; n < 20000; n++) {
		size_t from = host_random() % 150, to = host_random() % 150,
		       len = host_random() % 150;

		for (size_t i = 0; i < sizeof(a); i++)
			a[i] = b[i] = (u8)host_random();
		memmove(a + to, a + from, len);
		our_memmove(b + to, b + from, len);
		memset(a + from, (int)to, len % 40);
		our_memset(b + from, (int)to, len % 40);
		good &= memcmp(a, b, sizeof(a)) == 0 && our_memcmp(a, b, sizeof(a)) == 0;
		b[from] ^= 1;
		good &= (memcmp(a, b, sizeof(a)) < 0) == (our_memcmp(a, b, sizeof(a)) < 0);
	}
	tap_ok(good,
	       "copying, overlapping moves, filling and comparing agree with the C library's");
}

static void test_strings(void)
{
	tap_ok(our_strlen("abc") == 3 && our_strnlen("abc", 2) == 2 && our_strlen("") == 0,
	       "lengths are right");
	tap_ok(our_strcmp("a", "b") < 0 && our_strcmp("b", "a") > 0 && our_strcmp("a", "a") == 0 &&
		       our_strncmp("abc", "abd", 2) == 0 && our_strcmp("\xff", "a") > 0,
	       "comparisons are unsigned and stop");
	tap_ok(strcmp(our_strstr("haystack", "st"), "stack") == 0 && !our_strstr("hay", "needle") &&
		       our_strchr("abc", 'c')[0] == 'c' && !our_strchr("abc", 'd') &&
		       strcmp(our_strrchr("a/b/c", '/'), "/c") == 0,
	       "searches find what is there and nothing else");
}

static void test_parse(void)
{
	const char *end;
	char buf[4];

	tap_ok(str_to_u64("123x", &end) == 123 && *end == 'x' && str_to_u64("0x1F", &end) == 31 &&
		       !*end && str_to_u64("", &end) == 0,
	       "numbers are read in both bases up to the first other character");
	tap_ok(str_to_u64("99999999999999999999999", NULL) == ~0ULL, "numbers too large saturate");
	tap_ok(str_to_size("512M", &end, 1024) == 512ull << 20 &&
		       str_to_size("4", &end, 1024) == 4096 &&
		       str_to_size("2g,", &end, 1) == 2ull << 30 && *end == ',' &&
		       str_to_size("99999999999T", &end, 1) == ~0ULL,
	       "sizes take a suffix, or the unit without one");
	tap_ok(str_copy(buf, "abcdef", sizeof(buf)) == 6 && strcmp(buf, "abc") == 0,
	       "copies are cut and terminated");
}

static int compare_u32(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static void test_sort(void)
{
	u32 a[257], b[257];
	bool good = true;

	for (int n = 0; n < 300; n++) {
		size_t len = host_random() % 257;

		for (size_t i = 0; i < len; i++)
			a[i] = b[i] = host_random() % 100;
		qsort(a, len, sizeof(a[0]), compare_u32);
		sort_array(b, len, sizeof(b[0]), compare_u32);
		good &= memcmp(a, b, len * sizeof(a[0])) == 0;
	}
	tap_ok(good, "sorting agrees with the C library's");
}

static bool fail_alloc;

void *mem_alloc(size_t size) { return fail_alloc ? NULL : calloc(1, size); }
void mem_free(void *p) { free(p); }

#define UNIVERSE 200

static bool range_model(const bool *in, u64 first, u64 last, bool want_all)
{
	for (u64 i = first; i <= last; i++)
		if (in[i] != want_all)
			return !want_all;
	return want_all;
}

static bool is_tidy(const struct rangeset *r)
{
	for (u32 i = 1; i < r->count; i++)
		if (r->ranges[i - 1].last + 1 >= r->ranges[i].first)
			return false;
	return true;
}

static void test_rangeset(void)
{
	struct rangeset r = { 0 };
	bool in[UNIVERSE] = { 0 }, good = true;

	for (int n = 0; n < 20000; n++) {
		u64 first = host_random() % UNIVERSE,
		    last = first + host_random() % min(UNIVERSE - first, 20ull);
		bool add = host_random() % 2;
		int rc;

		fail_alloc = host_random() % 4 == 0;
		rc = add ? rangeset_add(&r, first, last) : rangeset_remove(&r, first, last);
		for (u64 i = first; rc == 0 && i <= last; i++)
			in[i] = add;
		first = host_random() % UNIVERSE;
		last = first + host_random() % (UNIVERSE - first);
		good &= rangeset_contains(&r, first, last) == range_model(in, first, last, true);
		good &= rangeset_overlaps(&r, first, last) == range_model(in, first, last, false);
		good &= is_tidy(&r);
	}
	tap_ok(good, "range sets agree with an array of flags, also when memory runs out");
	rangeset_clear(&r);
	fail_alloc = false;
	rangeset_add(&r, 0, ~0ULL);
	tap_ok(rangeset_contains(&r, 0, ~0ULL) && rangeset_remove(&r, ~0ULL, ~0ULL) == 0 &&
	       rangeset_contains(&r, 0, ~0ULL - 1) && !rangeset_contains(&r, ~0ULL, ~0ULL),
	       "the ends of the number range are no special case");
	rangeset_clear(&r);
}

static void test_bool(void)
{
	tap_ok(str_bool("yes", 3) == 1 && str_bool("0", 1) == 0 && str_bool("off,x", 3) == 0 &&
		       str_bool("", 0) == -1 && str_bool("yesterday", 9) == -1,
	       "yes and no are told apart, and from everything else");
	tap_ok(str_named_bool("ibpb", 4, "ibpb") == 1 &&
		       str_named_bool("no-ibpb", 7, "ibpb") == 0 &&
		       str_named_bool("ibpb=false,", 10, "ibpb") == 0 &&
		       str_named_bool("ibpb=", 5, "ibpb") == -1 &&
		       str_named_bool("ibp", 3, "ibpb") == -1 &&
		       str_named_bool("ibpbs", 5, "ibpb") == -1,
	       "a named switch is NAME, NAME=BOOL or no-NAME");
}

int main(void)
{
	host_random_state = tap_seed();
	test_format();
	test_memory();
	test_strings();
	test_parse();
	test_bool();
	test_sort();
	test_rangeset();
	return tap_done();
}
