/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and sizes from text, and bounded copying: what the command line needs.  Values too large
 * saturate. */
#include <xen/lib.h>

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

size_t str_copy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src), n;

	if (size) {
		n = min(len, size - 1);
		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}

u64 str_to_u64(const char *s, const char **ret_end)
{
	bool overflow = false;
	int base = 10;
	u64 v = 0;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && digit_value(s[2]) < 16) {
		base = 16;
		s += 2;
	}
	for (; digit_value(*s) < base; s++)
		overflow |= __builtin_mul_overflow(v, (u64)base, &v) ||
			    __builtin_add_overflow(v, (u64)digit_value(*s), &v);
	if (ret_end)
		*ret_end = s;
	return overflow ? ~0ULL : v;
}

u64 str_to_size(const char *s, const char **ret_end, u64 unit)
{
	static const char letters[] = "bkmgt";
	const char *end, *letter;
	u64 v = str_to_u64(s, &end), bytes;

	letter = *end ? strchr(letters, *end | 0x20) : NULL;
	if (letter && end != s) {
		unit = 1ULL << (10 * (letter - letters));
		end++;
	}
	if (__builtin_mul_overflow(v, unit, &bytes))
		bytes = ~0ULL;
	if (ret_end)
		*ret_end = end;
	return bytes;
}

int str_bool(const char *s, size_t len)
{
	static const struct { const char *word; int value; } words[] = {
		{ "yes", 1 }, { "on", 1 },  { "true", 1 },  { "1", 1 }, { "enable", 1 },
		{ "no", 0 },  { "off", 0 }, { "false", 0 }, { "0", 0 }, { "disable", 0 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i].word) == len && !memcmp(words[i].word, s, len))
			return words[i].value;
	return -1;
}

int str_named_bool(const char *s, size_t len, const char *name)
{
	size_t n = strlen(name);

	if (len == n + 3 && !memcmp(s, "no-", 3) && !memcmp(s + 3, name, n))
		return 0;
	if (len < n || memcmp(s, name, n))
		return -1;
	if (len == n)
		return 1;
	return s[n] == '=' ? str_bool(s + n + 1, len - n - 1) : -1;
}
