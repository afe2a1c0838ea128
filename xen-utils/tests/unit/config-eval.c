/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of the domain-file language: what expressions and statements give, where exactly errors are
 * reported, and that hostile files end quickly with a sentence. The last test feeds random rows of
 * words; TEST_SEED repeats one.
 */
#include <config.h>

#include <time.h>

#include "domain/config.h"
#include "tests/tap.h"

/*
 * Evaluates text; the value of its variable "name" (a string) or the error as "LINE:COLUMN text".
 */
static char *evaluate(const char *text, size_t size)
{
	struct config_source source = {.file = "test", .text = text, .size = size};
	struct config_report report = {0};
	struct domain_config *config = NULL;
	char *result = NULL;
	int rc = domain_config_load(&source, &config, &report);

	if (rc && !report.error.text)
		result = strdup("an error without a sentence");
	else if (rc && asprintf(&result, "%d:%d %s", report.error.pos.line, report.error.pos.column,
				report.error.text) < 0)
		abort();
	else if (!rc)
		result = strdup(config->cmdline);
	if (!rc)
		domain_config_free(config);
	config_report_clear(&report);
	return result;
}

/* Expressions: shown by the kernel's command line, which takes any text. */
static const struct {
	const char *expression, *result;
} expressions[] = {
	{"1 + 2 * 3", "7"}, {"(1 + 2) * 3", "9"}, {"7 / 2", "3"}, {"-7 / 2", "-4"},
	{"-7 // 2", "-4"}, {"-7 % 3", "2"}, {"7 % -3", "-2"}, {"2 ** 10", "1024"},
	{"-2 ** 2", "-4"}, {"2 ** 3 ** 2", "512"}, {"2 ** -1", "0.5"}, {"7.0 / 2", "3.5"},
	{"1e3", "1000.0"}, {"0x1F", "31"}, {"0o17", "15"}, {"0b101", "5"}, {"1_000", "1000"},
	{"128L", "128"}, {"1 << 4 | 1", "17"}, {"~5 & 0xff", "250"}, {"6 ^ 3", "5"},
	{"'a' 'b' \"c\"", "abc"}, {"'a' + 'b' * 3", "abbb"}, {"r'\\n'", "\\n"},
	{"'\\x41\\102\\u00e9'", "AB\xc3\xa9"}, {"'''a'b'''", "a'b"}, {"'it\\'s'", "it's"},
	{"'a\\\nb'", "ab"}, {"'\\q'", "\\q"},
	{"'abc'[1]", "b"}, {"'abc'[-1]", "c"}, {"'abcdef'[1:4]", "bcd"}, {"'abc'[::-1]", "cba"},
	{"'abcdef'[::2]", "ace"}, {"'abc'[5:]", ""}, {"'h\xc3\xa9llo'[1]", "\xc3\xa9"},
	{"len('h\xc3\xa9llo')", "5"}, {"[1, 2, 3][-2]", "2"}, {"str([1, 'a', (2,), {3: None}])",
	 "[1, 'a', (2,), {3: None}]"}, {"str([1, 2, 3, 4][3:0:-2])", "[4, 2]"},
	{"{'a': 1, 'b': 2}['b']", "2"}, {"str((1, 2) + (3,))", "(1, 2, 3)"},
	{"1 < 2 < 3", "True"}, {"1 < 3 < 2", "False"}, {"'a' < 'b'", "True"}, {"1 == 1.0", "True"},
	{"[1, 2] == [1, 2]", "True"}, {"'b' in 'abc'", "True"}, {"3 not in [1, 2]", "True"},
	{"None is None", "True"}, {"1 <> 2", "True"}, {"not 0", "True"},
	{"0 or 'x'", "x"}, {"0 and boom", "0"}, {"'y' if 1 > 2 else 'n'", "n"},
	{"'%d-%s-%x' % (5, 'a', 255)", "5-a-ff"}, {"'%05d|%-4s|%4s' % (42, 'a', 'b')",
	 "00042|a   |   b"}, {"'%.2f%%' % 1.5", "1.50%"}, {"'%(a)s' % {'a': 9}", "9"},
	{"'%r' % 'x'", "'x'"}, {"'%c%c' % (65, 'b')", "Ab"}, {"'%*d' % (4, 7)", "   7"},
	{"'%s' % [1, 2]", "[1, 2]"}, {"int('12') + int(3.9)", "15"}, {"int('ff', 16)", "255"},
	{"float('1.5')", "1.5"}, {"str(True)", "True"}, {"max(1, 3, 2)", "3"}, {"min([4, 2])", "2"},
	{"sum(range(5))", "10"}, {"abs(-3)", "3"}, {"hex(255)", "0xff"}, {"bool([])", "False"},
	{"' '.join(['%d' % i for i in range(6) if i % 2])", "1 3 5"},
	{"','.join('a b  c'.split())", "a,b,c"}, {"'a,b'.split(',')[1]", "b"},
	{"'aXbX'.replace('X', '-')", "a-b-"}, {"'abc'.upper()", "ABC"}, {"' x '.strip()", "x"},
	{"'abc'.startswith('ab')", "True"}, {"'7'.zfill(3)", "007"}, {"'abc'.find('c')", "2"},
	{"{'a': 1}.get('b', 5)", "5"}, {"str(enumerate(['x']))", "[(0, 'x')]"},
	{"0.1 + 0.2", "0.30000000000000004"}, {"9223372036854775807", "9223372036854775807"},
};

/* Whole files that set the variable x. */
static const struct {
	const char *text, *result;
} files[] = {
	{ "x = 1\nx += 2\nx *= 5\n", "15" },
	{ "a = x = 3", "3" },
	{ "a, (b, x) = 1, (2, 3)", "3" },
	{ "a, x = x, a = 1, 2", "1" },
	{ "l = [1, 2]\nl[0] = 9\nx = l[0]", "9" },
	{ "d = {}\nd['k'] = 4\nx = d['k']", "4" },
	{ "x = 0\nfor i in range(5):\n    x += i\n", "10" },
	{ "x = 0\nfor i in 1, 2, 3:\n  if i == 2: continue\n  x += i\nelse:\n  x += 100\n", "104" },
	{ "x = 0\nwhile True:\n\tx += 1\n\tif x == 7: break\n", "7" },
	{ "if 0:\n x = 1\nelif 1:\n x = 2\nelse:\n x = 3\n", "2" },
	{ "def f(a, b=2):\n    return a * b\nx = f(3) + f(3, b=4)\n", "18" },
	{ "def f(n):\n  if n < 2: return 1\n  return n * f(n - 1)\nx = f(10)", "3628800" },
	{ "y = 1\ndef f():\n  y = 2\nf()\nx = y", "1" },
	{ "y = 1\ndef f():\n  global y\n  y = 2\nf()\nx = y", "2" },
	{ "def f(): pass\nx = f() is None", "True" },
	{ "# nothing\n\n   # more\nx = 1 # end\n", "1" },
	{ "x = [1,\n 2, # two\n 3][2]; y = 1;", "3" },
	{ "x = 1 + \\\n  2", "3" },
	{ "x = 'a'\r\ny = 2\r\n", "a" },
	{ "\xef\xbb\xbfx = 5", "5" },
	{ "  x = 6\n y = 2\nz = 3\n", "6" },
	{ "import os, sys\nfrom os import path\nx = path.basename('/a/b')", "b" },
	{ "import os.path\nx = os.path.join('/a', 'b')", "/a/b" },
	{ "import re\nx = re.search('64', 'x86_64') and 'yes' or 'no'", "yes" },
	{ "l = []\nl.append(1)\nl.extend([2, 3])\ndel l[0]\nx = len(l)", "2" },
	{ "'''a comment\nas a string'''\nx = 2", "2" },
	{ "x = 1\ndel x\nx = 2", "2" },
	{ "assert 1 == 1, 'never'\nx = 1", "1" },
};

static const struct {
	const char *text, *error;
} errors[] = {
	{ "x = 1\nvcpus = = 2\n", "2:9 There is '=' where a value should be." },
	{ "x = \n", "1:5 There is the end of the line where a value should be." },
	{ "a = [1, 2\nb = 3\n", "2:1 A ']' is missing at the end of the list." },
	{ "x = 'abc\ny = 1", "1:5 The string that begins here has no end; close it with '." },
	{ "x = '''abc\ny = 1", "1:5 The string that begins here has no end; close it with '''." },
	{ "memory = 12x", "1:10 '12x' is not a number; put it in quotes if it is text." },
	{ "memory = 010",
	  "1:10 The number 010 begins with a zero; write 0o10 for an octal number, or "
	  "leave the zero out." },
	{ "x = 9223372036854775808",
	  "1:5 The number 9223372036854775808 is too large; domain files "
	  "count to 9223372036854775807." },
	{ "\n\n  y = unknown + 1",
	  "3:7 'unknown' has no value here; assign one first, or put it in "
	  "quotes if it is text." },
	{ "x = 'a' + 1",
	  "1:9 '+' does not work between a string and a number; str() makes a string of "
	  "anything." },
	{ "x = 1 / 0", "1:7 A number is divided by zero here; change the divisor." },
	{ "x = 9223372036854775807 + 1",
	  "1:25 The result is too large for a number here; domain files "
	  "count to 9223372036854775807." },
	{ "x = [1][1]", "1:8 There is no element 1: there are 1, counted from 0." },
	{ "x = {'a': 1}['b']", "1:13 The dictionary has no key 'b'; check its spelling." },
	{ "if 1:\nx = 1",
	  "2:1 An indented block is missing after the condition; indent what belongs to "
	  "it, or write 'pass'." },
	{ "if 1:\n    x = 1\n  y = 2",
	  "3:3 This line's indentation matches no block above it; begin it "
	  "in the column of one of them." },
	{ "class A: pass",
	  "1:1 'class' is not available in domain files; xmdomain.cfg(5) lists what "
	  "is." },
	{ "import socket",
	  "1:1 There is no module 'socket' for domain files, which are not executed by "
	  "Python; write its results as plain values." },
	{ "import os\nx = os.system('id')",
	  "2:7 'os.system' is not available in domain files; write its "
	  "result as a plain value." },
	{ "x = open('/etc/passwd')", "1:5 'open' has no value here; assign one first, or put it in "
				     "quotes if it is text." },
	{ "x = ().__class__",
	  "1:7 There is no '__class__' of a tuple in domain files; xmdomain.cfg(5) "
	  "lists what there is." },
	{ "raise ValueError('no good')", "1:1 The file raises ValueError here: no good" },
	{ "def f(a): return a\nx = f()", "2:5 f() needs a value for 'a'; give it one." },
	{ "x = int('abc')", "1:5 'abc' is not a whole number; give one." },
	{ "x = '%d' % 'a'", "1:10 '%d' needs a number, not a string; int() makes one of text." },
	{ "x = '%d %d' % 1",
	  "1:13 There are fewer values than the format has '%' places; give more on "
	  "its right." },
	{ "x = '%d' % (1, 2)",
	  "1:10 There are more values than the format has '%' places; remove some "
	  "on its right." },
	{ "return 1", "1:1 'return' stands outside of a function; remove it." },
	{ "break", "1:1 'break' stands outside of a loop; remove it." },
	{ "x = f'{y}'", "1:5 Strings of the form f'...' are not available in domain files; use '%' "
			"formatting, as in 'vm%d' % n." },
	{ "print 'hello'", "1:1 'print' needs parentheses around what it prints: print(...)." },
	{ "1 = 2", "1:1 Only a variable, an element, or a list of them can be assigned to." },
	{ "x = '\xc3\xa9' $",
	  "1:9 The character '$' has no meaning here; put it in quotes or remove "
	  "it." },
	{ "a, b = 1, 2, 3", "1:1 There are 2 variables for 3 values; give as many of one as of the "
			    "other." },
	{ "x = 1\n\xff = 2",
	  "2:1 The file is not UTF-8 text here; save it as UTF-8 and try again." },
	{ "x = 1;; y = 2", "1:7 There is ';' where a value should be." },
	{ "x = '\\0'",
	  "1:5 An escape in this string stands for no character that a domain file may "
	  "have; zero bytes and surrogates are refused." },
};

static void test_expressions(void)
{
	char text[1024], *result;

	for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++) {
		snprintf(text, sizeof(text), "kernel = '/k'\ncmdline = '%%s' %% (%s,)\n",
			 expressions[i].expression);
		result = evaluate(text, strlen(text));
		tap_is_str(result, expressions[i].result, "the expression %s is evaluated",
			   strchr(expressions[i].expression, '\n') ? "with a joined line" :
			   expressions[i].expression);
		free(result);
	}
}

static void test_files(void)
{
	char text[1024], *result;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(text, sizeof(text), "%s\nkernel = '/k'\ncmdline = '%%s' %% (x,)\n",
			 files[i].text);
		result = evaluate(text, strlen(text));
		tap_is_str(result, files[i].result, "file %zu of statements gives its result",
			   i + 1);
		free(result);
	}
}

static void test_errors(void)
{
	char *result;

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		result = evaluate(errors[i].text, strlen(errors[i].text));
		tap_is_str(result, errors[i].error, "error %zu is told with its exact place",
			   i + 1);
		free(result);
	}
}

/* A text of many like pieces. */
static char *repeated(const char *before, const char *piece, size_t times, const char *after)
{
	size_t len = strlen(piece);
	char *text = malloc(strlen(before) + len * times + strlen(after) + 1), *at = text;

	at = stpcpy(at, before);
	for (size_t i = 0; i < times; i++, at += len)
		memcpy(at, piece, len);
	strcpy(at, after);
	return text;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Sanitizers make everything many times slower; the bound is only there to catch "for ever". */
static void refuse(char *text, const char *part, const char *what)
{
	double start = now();
	char *result = evaluate(text, strlen(text));
	bool ok = strstr(result, part) != NULL;

	if (!tap_ok(ok && now() - start < 60, "%s is refused", what))
		printf("# got %s after %.1f s\n", result, now() - start);
	free(result);
	free(text);
}

static void test_hostile(void)
{
	refuse(repeated("x = ", "[", 100000, ""), "nested", "a very deep list");
	refuse(repeated("x = ", "(", 100000, ""), "nested", "a very deep parenthesis");
	refuse(repeated("x = ", "-", 100000, "1"), "nested", "a very long row of signs");
	refuse(repeated("x = ", "not ", 100000, "1"), "nested", "a very long row of nots");
	refuse(repeated("x = 1", "**1", 100000, ""), "nested", "a very long row of powers");
	refuse(repeated("x = 1", "+1", 100000, ""), "nested", "a very long sum");
	refuse(repeated("x = 1", " if 1 else 1", 50000, ""), "nested", "a very long conditional");
	refuse(repeated("x = a", "[0]", 100000, ""), "nested", "a very long row of indices");
	refuse(repeated("if 0: pass\n", "elif 0: pass\n", 50000, ""), "nested", "a very long elif");
	refuse(repeated("", "if 1:", 1000, " x = 1"), "where", "a row of conditions on one line");
	refuse(strdup("while 1: pass"), "too long", "a loop without an end");
	refuse(strdup("x = range(1 << 60)"), "more than", "a range without an end");
	refuse(strdup("for a in range(60000):\n for b in range(60000): pass"), "too long",
	       "a loop in a loop");
	refuse(strdup("def f(): return f()\nf()"), "nested", "a function that calls itself");
	refuse(strdup("x = 'a'\nwhile 1: x = x + x"), "longer", "a string that doubles for ever");
	refuse(strdup("x = 'a' * (1 << 62)"), "longer", "a string of astronomic length");
	refuse(strdup("x = [0] * (1 << 62)"), "more than", "a list of astronomic length");
	refuse(strdup("x = '%999999999d' % 1"), "width", "a format of astronomic width");
	refuse(strdup("x = 'a' * 1000000\nl = []\nwhile 1: l.append(x + 'b')"), "too long",
	       "a list of long strings");
	refuse(strdup("x = 'a' * 1000000\nl = []\nwhile 1: l += [x + 'b']"), "64 MB",
	       "a list that takes all memory");
	refuse(strdup("x = 'a' * 1000000\nwhile 1: x == x + ''"), "too",
	       "comparing long strings for ever");
	refuse(strdup("l = []\nl.append(l)\nx = l == [l]\nx = l < [l]"), "too long",
	       "a list in itself");
	refuse(strdup("l = []\nl.append(l)\nl.append(l)\nkernel = '/k'\ndisk = l"), "list",
	       "a device list that contains itself");
	refuse(strdup("l = []\nl.append(l)\nl.append(l)\nx = '%s' % l"), "longer",
	       "printing a list that contains itself twice");
	refuse(strdup("t = ()\nfor i in range(50000): t = (t, t)\nx = {t: 1}"), "key",
	       "a key of nested tuples");
	refuse(strdup("x = 2 ** 100000000000"), "too large", "an astronomic power");
	refuse(strdup("x = 1 << 1000"), "too large", "an astronomic shift");
	refuse(strdup("x = 1e300 * 1e300"), "too large", "an infinite number");
	refuse(strdup("x = -9223372036854775807 - 1\nx = x / -1"), "too large",
	       "the one division that overflows");
	refuse(repeated("", " ", 900000, "x = = 1"), "where", "a line of blanks");
}

static void test_size(void)
{
	char *text = repeated("", "x = 1\n", 200000, ""), *result = evaluate(text, strlen(text));

	tap_is_str(result,
		   "0:0 The file is larger than 1048576 bytes; a domain file is a short text.",
		   "a file of more than a megabyte is refused");
	free(result);
	free(text);
	result = evaluate("x = 1\0 2", 8);
	tap_is_str(result, "1:6 The file is not UTF-8 text here; save it as UTF-8 and try again.",
		   "a zero byte is refused at its place");
	free(result);
}

/*
 * Rows of words, some of them files by chance: nothing may crash, hang or fail without a sentence.
 */
static void test_fuzz(void)
{
	static const char *const words[] = {
		"x", "y", "memory", "kernel", "disk", "f", "=", "=", "+=", "==", "<", "in", "not",
		"is", "and", "or", "(", ")", "(", ")", "[", "]", "[", "]", "{", "}", ",", ",", ":",
		".", "\n", "\n", "\n", "\n    ", "\n  ", "\n\t", ";", "if", "else", "elif", "for",
		"while", "def", "return", "break", "continue", "pass", "del", "global", "raise",
		"import", "from", "lambda", "None", "True", "1", "0", "42", "1.5", "9999999999",
		"0x", "1e", "'a'", "\"b\"", "'", "'''", "'%d'", "'%s %r'", "'\\x'", "r'", "%", "+",
		"-", "*", "**", "/", "//", "<<", ">>", "~", "|", "&", "^", "range", "len", "str",
		"int", "os", "join", "append", "split", "xm_vars", "var", "check", "print", "\\",
		"\\\n", "#", "\xc3\xa9", "\xff", "$", "\r\n", "list", "dict", "sum", "max",
	};
	unsigned int seed = (unsigned int)tap_seed(), rounds = 20000;
	size_t bad = 0, good = 0;
	char text[2048], *result;

	for (unsigned int round = 0; round < rounds; round++) {
		size_t len = 0, count = (size_t)rand_r(&seed) % 40;

		for (size_t i = 0; i < count; i++)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
						words[(size_t)rand_r(&seed) %
						      (sizeof(words) / sizeof(words[0]))],
						rand_r(&seed) % 3 ? " " : "");
		result = evaluate(text, len);
		bad += strstr(result, "without a sentence") != NULL;
		good += strchr(result, ' ') != NULL;
		free(result);
	}
	tap_ok(!bad && good, "%u random rows of words end with a result or a sentence", rounds);
}

int main(void)
{
	test_expressions();
	test_files();
	test_errors();
	test_hostile();
	test_size();
	test_fuzz();
	return tap_done();
}
