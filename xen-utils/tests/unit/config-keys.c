/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of the table of keys: what a file's variables become, what is refused where, the way to
 * JSON and S-expressions and back, CPU lists, and that samples and manual page follow the table.
 */
#include <config.h>

#include "common/io.h"
#include "domain/config-cpulist.h"
#include "domain/config-keys.h"
#include "tests/tap.h"

static struct config_report report;

static struct domain_config *load_vars(const char *text, const struct config_var *vars, size_t nr)
{
	struct config_source source = {.file = "dir/guest", .text = text, .size = strlen(text),
				       .vars = vars, .nr_vars = nr};
	struct domain_config *config = NULL;

	config_report_clear(&report);
	domain_config_load(&source, &config, &report);
	return config;
}

static struct domain_config *load(const char *text)
{
	return load_vars(text, NULL, 0);
}

static void test_defaults(void)
{
	struct domain_config *c = load("kernel = '/k'\n");

	if (!tap_ok(c != NULL, "a file with a kernel only is enough"))
		return;
	tap_is_str(c->name, "guest", "the name is the file's");
	tap_is_int(c->memory_mb, 128, "memory is 128 MB");
	tap_is_int(c->maxmem_mb, 128, "maxmem is memory");
	tap_is_int(c->maxvcpus, 1, "there is one virtual CPU");
	tap_ok(c->on_reboot == DOMAIN_ACTION_RESTART && c->on_crash == DOMAIN_ACTION_DESTROY,
	       "a reboot restarts, a crash destroys");
	tap_is_str(c->cmdline, "", "the command line is empty");
	tap_ok(!c->uuid && !c->cpus.count && !c->nics && !report.nr_warnings,
	       "nothing else is set");
	domain_config_free(c);
}

static const struct {
	const char *text, *cmdline;
} cmdlines[] = {
	{"root = '/dev/sda1 ro'", "root=/dev/sda1 ro"},
	{"root = 'root=/dev/sda1'\nextra = 4", "root=/dev/sda1 4"},
	{"cmdline = 'a b'", "a b"},
	{"extra = '''a\n  b'''", "a   b"},
	{"ip = '10.0.0.2'\ngateway = '10.0.0.1'\nnetmask = '255.0.0.0'\nhostname = 'h'",
	 "ip=10.0.0.2::10.0.0.1:255.0.0.0:h:eth0:off"},
	{"dhcp = 'dhcp'\ninterface = 'eth1'", "ip=:::::eth1:dhcp"},
	{"dhcp = 'off'", ""}, {"hostname = 'h'", ""},
	{"ip = '1.2.3.4:::::eth0:off'", "ip=1.2.3.4:::::eth0:off"},
	{"nfs_server = '10.0.0.9'\nnfs_root = '/r'\nextra = 'x'",
	 "root=/dev/nfs nfsroot=10.0.0.9:/r x"},
	{"nfs_root = '/r'\ndhcp = 'dhcp'", "root=/dev/nfs ip=:::::eth0:dhcp nfsroot=/r"},
};

static void test_cmdlines(void)
{
	char text[512];

	for (size_t i = 0; i < sizeof(cmdlines) / sizeof(cmdlines[0]); i++) {
		struct domain_config *c;

		snprintf(text, sizeof(text), "kernel = '/k'\n%s\n", cmdlines[i].text);
		c = load(text);
		tap_is_str(c ? c->cmdline : report.error.text, cmdlines[i].cmdline,
			   "command line %zu is composed", i + 1);
		domain_config_free(c);
	}
}

static const struct {
	const char *text, *error;
	int line, column;
	const char *key;
} errors[] = {
	{ "kernel = '/k'\n\nmemory = -1",
	  "The value of 'memory' is -1, but must be from 4 to 16777216.", 3, 10, "memory" },
	{ "memory = 'lots'", "The value of 'memory' is not a number: 'lots'.", 1, 10, "memory" },
	{ "memory = [1]", "The value of 'memory' is a list; give a whole number.", 1, 10,
	  "memory" },
	{ "kernel = 'vmlinuz'",
	  "The value of 'kernel' is the relative path 'vmlinuz'; begin it with "
	  "'/'.",
	  1, 10, "kernel" },
	{ "name = 'a b'",
	  "The value of 'name' is 'a b': a domain's name is made of letters, digits and "
	  "_-.+:@, and begins with a letter, a digit or _.",
	  1, 8, "name" },
	{ "name = '12'",
	  "The value of 'name' is '12': a name of digits only would be taken for a "
	  "domain's number.",
	  1, 8, "name" },
	{ "uuid = '12'",
	  "The value of 'uuid' is not a UUID; give 32 hexadecimal digits, with or without "
	  "dashes.",
	  1, 8, "uuid" },
	{ "on_crash = 'explode'",
	  "The value of 'on_crash' is 'explode'; it can be destroy, restart, "
	  "preserve, rename-restart, coredump-destroy or coredump-restart.",
	  1, 12, "on_crash" },
	{ "disk = ['a',\n        3]", "The value of 'disk' has a number in its list; give strings.",
	  2, 9, "disk" },
	{ "cpus = ['0', '5-2']",
	  "The value of 'cpus' contains '5-2', which is not a CPU list as 0-3,5,^2 "
	  "or all.",
	  1, 14, "cpus" },
	{ "type = 'xyz'", "The value of 'type' is 'xyz'; the types are pv, pvh and hvm.", 1, 8,
	  "type" },
	{ "x = 1", "The domain has no kernel; set kernel = '/path/of/a/kernel'.", 0, 0, "kernel" },
	{ "bootloader = 'pygrub'",
	  "Boot loaders are not available in this version; set kernel = "
	  "'/path/of/a/kernel' instead.",
	  0, 0, "bootloader" },
	{ "kernel = '/k'\nmemory = 64\nmaxmem = 32",
	  "maxmem (32 MB) is less than memory (64 MB); raise "
	  "it or leave it out.",
	  0, 0, "maxmem" },
	{ "kernel = '/k'\nextra = 'x' * 2000",
	  "The kernel's command line has 2000 characters, 977 more "
	  "than a kernel takes; shorten extra.",
	  0, 0, NULL },
	{ "kernel = '/k\\n'",
	  "The value of 'kernel' contains a control character or a line's end; remove "
	  "it.",
	  1, 10, "kernel" },
};

static void test_errors(void)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct domain_config *c = load(errors[i].text);

		tap_is_str(report.error.text, errors[i].error, "value %zu is refused in a sentence",
			   i + 1);
		tap_ok(!c && report.error.pos.line == errors[i].line &&
			       report.error.pos.column == errors[i].column,
		       "value %zu is refused at its place", i + 1);
		tap_is_str(report.error.key ? report.error.key : "(none)",
			   errors[i].key ? errors[i].key : "(none)",
			   "value %zu is refused with its key", i + 1);
	}
}

static void test_warnings(void)
{
	struct domain_config *c =
		load("kernel = '/k'\nmemroy = 3\nhelper = 1\nmemory = 64 + helper\n"
		     "vfb = ['vnc=1']\npae = 1\n_x = 2\n");

	tap_is_int((long long)report.nr_warnings, 2, "two lines have no effect");
	tap_ok(c && report.nr_warnings == 2 && report.warnings[0].pos.line == 5 &&
	       !strcmp(report.warnings[0].text, "'vfb' has no effect in this version."),
	       "a key of a later version is named");
	tap_ok(c && report.nr_warnings == 2 && report.warnings[1].pos.line == 2 &&
	       strstr(report.warnings[1].text, "did you mean 'memory'"),
	       "a misspelled key is named with the one that was meant");
	tap_ok(c && json_object_get(c->extra, "vfb") && json_object_get(c->extra, "pae"),
	       "keys without effect are kept");
	domain_config_free(c);
}

static void test_vars(void)
{
	static const struct config_var vars[] = {
		{ "memory", "256" },  { "name", "web" },
		{ "extra", "a=b c" }, { "disk", "['phy:x,xvda,w']" },
		{ "n", "2" },
	};
	struct domain_config *c = load_vars("kernel = '/k'\nmemory = 64\nvcpus = n\nmaxmem = 512",
					    vars, 5);

	tap_ok(c && c->memory_mb == 256, "the command line wins over the file");
	tap_ok(c && !strcmp(c->name, "web"), "a plain word is a string");
	tap_ok(c && !strcmp(c->cmdline, "a=b c"), "what is no expression is a string");
	tap_ok(c && c->disk.count == 1 && !strcmp(c->disk.item[0].text, "phy:x,xvda,w"),
	       "a list is a list");
	tap_ok(c && c->vcpus == 2, "the file can compute with it");
	domain_config_free(c);
}

static void test_restart(void)
{
	struct domain_config *c = load("kernel = '/k'\nrestart = 'always'\non_crash = 'preserve'");

	tap_ok(c && c->on_poweroff == DOMAIN_ACTION_RESTART &&
		       c->on_reboot == DOMAIN_ACTION_RESTART &&
		       c->on_crash == DOMAIN_ACTION_PRESERVE,
	       "restart sets the actions that are not given");
	domain_config_free(c);
	c = load("kernel = '/k'\nrestart = 'never'");
	tap_ok(c && c->on_reboot == DOMAIN_ACTION_DESTROY, "never means never");
	domain_config_free(c);
}

/* Through JSON and through an S-expression: the same configuration comes out. */
static void test_round_trips(void)
{
	struct domain_config *a =
		load("kernel = '/k'\nramdisk = 'http://h/r'\nmemory = 64\nmaxmem = 99\n"
		     "vcpus = 2\nmaxvcpus = 3\ncpus = ['0', '1-2']\ncap = 50\nnetif = 1\n"
		     "disk = ['phy:\"x\\\\,y', '']\nvif = ['a']\nroot = '/dev/x'\n"
		     "extra = 'q \"z\" \xc3\xa9'\nconsole = -1\ncpu_weight = 9\n"
		     "uuid = '0123456789ABCDEF0123456789abcdef'\npci = ['01:00.0']");
	struct domain_config *b = NULL, *c = NULL;
	json_t *ja = domain_config_to_json(a), *jb, *jc;
	struct config_source source = {.file = "x"};
	char *sxp = domain_config_to_sxp(a);

	tap_is_str(a->uuid, "01234567-89ab-cdef-0123-456789abcdef", "a UUID is normalised");
	tap_is_int(domain_config_from_json(ja, &b, &report), 0, "JSON is read back");
	source.text = sxp;
	source.size = strlen(sxp);
	tap_is_int(domain_config_load_sxp(&source, &c, &report), 0,
		   "the S-expression is read back");
	jb = domain_config_to_json(b);
	jc = c ? domain_config_to_json(c) : NULL;
	tap_ok(json_equal(ja, jb), "JSON keeps everything");
	if (!tap_ok(json_equal(ja, jc), "the S-expression keeps everything"))
		printf("# %s# %s\n", sxp, report.error.text ? report.error.text : "");
	json_object_set_new(ja, "memory", json_string("x"));
	domain_config_free(b);
	b = NULL;
	tap_is_int(domain_config_from_json(ja, &b, &report), -EINVAL,
		   "JSON of a wrong type is refused");
	json_decref(ja);
	json_decref(jb);
	json_decref(jc);
	free(sxp);
	domain_config_free(a);
	domain_config_free(c);
}

static void test_sxp_errors(void)
{
	static const char *const bad[] = {
		"",   "(vm",	 "(vm))",	    "()",
		"vm", "(vm \"x", "(vm (name x)) y", "(vm (image (linux (kernel \"\\x0\"))))",
		"\"", ")"
	};
	struct domain_config *c = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct config_source source = {.file = "x", .text = bad[i], .size = strlen(bad[i])};

		config_report_clear(&report);
		tap_ok(domain_config_load_sxp(&source, &c, &report) == -EINVAL &&
			       report.error.text && !c,
		       "the S-expression '%s' is refused", bad[i]);
	}
}

static const struct {
	const char *list, *printed;
	int rc;
} cpulists[] = {
	{"0-3,5", "0-3,5", 0}, {"all", "all", 0}, {"", "all", 0}, {"^2", "0-1,3-7", 0},
	{"0-7", "all", 0}, {"0-5,^2", "0-1,3-5", 0}, {" 1 , 2 ", "1-2", 0}, {"all,^0", "1-7", 0},
	{"8", NULL, -ERANGE}, {"3-1", NULL, -EINVAL}, {"x", NULL, -EINVAL}, {"1,", NULL, -EINVAL},
	{"1-", NULL, -EINVAL}, {"0,^0", NULL, -ENODATA}, {"99999999999999999999", NULL, -ERANGE},
	{"1 2", NULL, -EINVAL},
};

static void test_cpulists(void)
{
	uint8_t map[1];
	char buf[64];

	for (size_t i = 0; i < sizeof(cpulists) / sizeof(cpulists[0]); i++) {
		int rc = cpulist_parse(cpulists[i].list, map, 8, NULL);

		tap_is_int(rc, cpulists[i].rc, "the CPU list '%s' is judged", cpulists[i].list);
		if (!rc)
			tap_is_str(cpulist_print(map, 8, buf, sizeof(buf)), cpulists[i].printed,
				   "the CPU list '%s' is printed", cpulists[i].list);
	}
}

static char *read_source(const char *path)
{
	const char *top = getenv("srcdir");
	char *full = NULL, *text = NULL;

	if (asprintf(&full, "%s/xen-utils/%s", top ? top : ".", path) < 0 ||
	    io_read_file(full, 1 << 20, &text, NULL))
		text = NULL;
	free(full);
	return text;
}

static void test_samples(void)
{
	static const char *const files[] = { "xmexample1", "xmexample2", "xmexample3",
					     "pv-guest.cfg" };
	static const struct config_var vars[] = {{"vmid", "2"}};
	char path[64], *text;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct domain_config *c;

		snprintf(path, sizeof(path), "doc/examples/%s", files[i]);
		text = read_source(path);
		c = text ? load_vars(text, vars, i == 1 || i == 2) : NULL;
		if (!tap_ok(c && !report.nr_warnings, "the sample %s loads without a warning",
			    files[i]))
			printf("# %s\n",
			       report.error.text ? report.error.text : "warnings, or no file");
		domain_config_free(c);
		free(text);
	}
	text = read_source("doc/examples/xmexample2");
	tap_ok(text && !load(text) && strstr(report.error.text, "vmid=VALUE"),
	       "a sample without its variable says what to give");
	free(text);
}

static void test_manual(void)
{
	char *text = read_source("man/xmdomain.cfg.5"), needle[80];
	const struct config_key *key;

	for (size_t nr = 0; (key = config_key_nr(nr)); nr++) {
		snprintf(needle, sizeof(needle), "Va %s", key->name);
		if (!text || !strstr(text, needle))
			break;
	}
	tap_ok(!key, "the manual page has every key%s%s", key ? ", but not " : "",
	       key ? key->name : "");
	free(text);
}

int main(void)
{
	test_defaults();
	test_cmdlines();
	test_errors();
	test_warnings();
	test_vars();
	test_restart();
	test_round_trips();
	test_sxp_errors();
	test_cpulists();
	test_samples();
	test_manual();
	config_report_clear(&report);
	return tap_done();
}
