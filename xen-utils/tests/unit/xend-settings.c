/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/xen/xend-config.sxp: every key, the sample file, what is unknown and what is malformed.
 */
#include <config.h>

#include "common/io.h"
#include "tests/tap.h"
#include "xend/settings.h"

static int warnings, warned_line;
static char warned_text[256];

static void note(void *context, int line, const char *text)
{
	warnings++;
	warned_line = line;
	snprintf(warned_text, sizeof(warned_text), "%s", text);
}

static int parse(struct settings *s, const char *text, char why[256])
{
	warnings = warned_line = 0;
	why[0] = '\0';
	settings_clear(s);
	if (settings_init(s))
		tap_bail("no memory");
	return settings_parse(s, text, note, NULL, why, 256);
}

static void test_good(void)
{
	struct settings s = { 0 };
	char why[256];

	tap_is_int(parse(&s, "", why), 0, "an empty file is good");
	tap_ok(!s.tcp && s.port == 8000 && str_eq(s.unix_path, XEND_SOCKET), "its defaults hold");
	tap_is_int(
		parse(&s,
		      "# -*- sh -*-\n(xend-port 8000)\n(xend-address '')\n(vif-antispoof yes)\n"
		      "(console-port-base 9700) (network-script network)\n(vif-bridge \"xen-br0\")",
		      why),
		0, "a file of Xen 2.0 is good");
	tap_ok(s.tcp && s.port == 8000, "xend-port turns TCP on");
	tap_is_str(s.address, "localhost", "an empty address means localhost");
	tap_ok(s.vif_antispoof && s.console_port_base == 9700, "flags and numbers are taken");
	tap_is_str(s.vif_bridge, "xen-br0", "strings too");
	tap_is_int(parse(&s, "(xend-port 0)", why), 0, "port 0 is good");
	tap_ok(!s.tcp, "and turns TCP off");
	tap_is_int(parse(&s, "\n\n(brand-new (a b) c)\n", why), 0, "an unknown key does no harm");
	tap_ok(warnings == 1 && warned_line == 3, "but is warned about with its line: %s",
	       warned_text);
	tap_is_int(parse(&s, "(xend-event-port 8001)", why), 0,
		   "a key without effect does no harm");
	tap_is_int(warnings, 1, "but is warned about: %s", warned_text);
	settings_clear(&s);
}

static void test_bad(void)
{
	static const struct { const char *text; int line;
	} rows[] = {
		{"(xend-port 70000)", 1},
		{"\n(xend-port x)", 2},
		{"(xend-port 1 2)", 1},
		{"(console-address 10.0.0.1)", 1},
		{"(dom0-min-mem 1)", 1},
		{"(xend-tls-key key.pem)", 1},
		{"(xend-unix-path run/x)", 1},
		{"(vif-antispoof maybe)", 1},
		{"(xend-port 8000", 1},
		{"xend-port 8000", 1},
		{")", 1},
		{"((xend-port))", 1},
		{"\n\n(a \"open\n)", 3},
		{"(a ((((((((((((((((((((((((((((((((((((((((((((((((((", 1},
	};
	struct settings s = { 0 };
	char why[256], want[16];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int rc = parse(&s, rows[i].text, why);

		snprintf(want, sizeof(want), "line %d:", rows[i].line);
		tap_ok(rc == -EINVAL && str_has_prefix(why, want), "refused: %s", why);
	}
	settings_clear(&s);
}

/* Settings that are good one by one and wrong together. */
static void test_together(void)
{
#define TLS "(xend-tls-certificate /c) (xend-tls-key /k)"
	static const struct { const char *text; bool good; const char *sentence;
	} rows[] = {
		{"(xend-port 8000)", true, "TCP on localhost needs nothing"},
		{"(xend-port 8000) (xend-address 127.0.0.2)", true, "nor any other local address"},
		{"(xend-port 8000) (xend-address 10.0.0.1)", false, "another address is refused"},
		{"(xend-port 8000) (xend-address 0.0.0.0)", false, "all addresses are, too"},
		{"(xend-port 8000) (xend-address 10.0.0.1)" TLS, false, "encryption is not enough"},
		{"(xend-port 8000) (xend-address 10.0.0.1) (xend-token-file /t)", false,
		 "a token without encryption neither"},
		{"(xend-port 8000) (xend-address 10.0.0.1) (xend-token-file /t)" TLS, true,
		 "both together are"},
		{"(xend-tls-key /k)", false, "a key alone is refused"},
		{"(xend-address 10.0.0.1)", true, "an address without a port does no harm"},
	};
	struct settings s = { 0 };
	char why[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int rc = parse(&s, rows[i].text, why) ? 1 : settings_check(&s, why, sizeof(why));

		tap_is_int(rc, rows[i].good ? 0 : -EINVAL, "%s", rows[i].sentence);
	}
	settings_clear(&s);
}

static void test_noise(void)
{
	static const char letters[] = "()\"'\\ \nab0#;-";
	struct settings s = { 0 };
	char text[200], why[256];

	srand(tap_seed());
	for (int i = 0; i < 20000; i++) {
		size_t len = rand() % (sizeof(text) - 1);

		for (size_t k = 0; k < len; k++)
			text[k] = letters[rand() % (sizeof(letters) - 1)];
		text[len] = '\0';
		parse(&s, text, why);
	}
	tap_ok(true, "20000 random files were read to their end");
	settings_clear(&s);
}

static void test_sample(void)
{
	const char *dir = getenv("srcdir");
	AUTO_FREE char *path = NULL, *text = NULL;
	struct settings s = { 0 };
	char why[256];

	if (asprintf(&path, "%s/xen-utils/xend/xend-config.sxp", dir ? dir : ".") < 0)
		tap_bail("no memory");
	if (io_read_file(path, 1 << 20, &text, NULL)) {
		tap_skip("the sample file is not where srcdir says", "the sample file is good");
		return;
	}
	tap_ok(parse(&s, text, why) == 0 && warnings == 0,
	       "the sample file is good, without warnings");
	tap_ok(!s.tcp, "and opens no TCP port");
	settings_clear(&s);
}

int main(void)
{
	test_good();
	test_bad();
	test_together();
	test_noise();
	test_sample();
	return tap_done();
}
