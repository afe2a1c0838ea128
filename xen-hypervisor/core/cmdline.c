/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: words NAME[=VALUE], matched against the rows that modules declare
 * (xen/cmdline.h). Parsed once, before the console exists; what was wrong is kept and logged by
 * cmdline_report() when there is one.
 */
#include <xen/cmdline.h>
#include <xen/lib.h>
#include <xen/log.h>

char cmdline_saved[1024];

extern const struct option __options_start[], __options_end[];

enum { MAX_BAD = 16 };
static struct { char word[64]; bool unknown; } bad[MAX_BAD];
static unsigned int nr_bad;

static void complain(const char *word, bool unknown)
{
	if (nr_bad == MAX_BAD)
		return;
	str_copy(bad[nr_bad].word, word, sizeof(bad[nr_bad].word));
	bad[nr_bad++].unknown = unknown;
}

/*
 * A module's option may stand in several rows (dom0_mem is read by one only); the first match is
 * the one.
 */
static void option_apply(char *word)
{
	char *value = strchr(word, '=');
	const char *name = word;
	size_t len = value ? (size_t)(value - word) : strlen(word);

	for (const struct option *o = __options_start; o < __options_end; o++) {
		if (strlen(o->name) != len || strncmp(o->name, name, len))
			continue;
		if (o->parse(value ? value + 1 : ""))
			complain(word, false);
		return;
	}
	complain(word, true);
}

void cmdline_parse(const char *line)
{
	char word[256];

	str_copy(cmdline_saved, line, sizeof(cmdline_saved));
	while (*line) {
		size_t n = 0;

		while (*line == ' ' || *line == '\t')
			line++;
		while (*line && *line != ' ' && *line != '\t') {
			if (n < sizeof(word) - 1)
				word[n++] = *line;
			line++;
		}
		word[n] = 0;
		/* "--" separates nothing for us; GRUB may add it. */
		if (n && strcmp(word, "--"))
			option_apply(word);
	}
}

void cmdline_report(void)
{
	log_notice("command line: %s", cmdline_saved);
	for (unsigned int i = 0; i < nr_bad; i++)
		log_warn(bad[i].unknown ? "command line: unknown option \"%s\" is ignored" :
					  "command line: \"%s\" has a value that is not understood "
					  "and is ignored",
			 bad[i].word);
}
