/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm help: the table of commands as text.
 */
#include <config.h>

#include <getopt.h>

#include "xm/commands.h"
#include "xm/xm.h"

static void print_options(const struct xm_option *options, FILE *out)
{
	char left[48];

	fputs("\nOptions:\n", out);
	for (; options && options->name; options++) {
		snprintf(left, sizeof(left), "%c%c%s--%s%s%s", options->letter ? '-' : ' ',
			 options->letter ? options->letter : ' ', options->letter ? ", " : "  ",
			 options->name, options->arg ? " " : "", options->arg ? options->arg : "");
		fprintf(out, "  %-30s %s\n", left, options->doc);
	}
	fprintf(out, "  %-30s %s\n", "-h, --help", "Print this.");
}

void xm_print_command_help(const struct command *command, FILE *out)
{
	fprintf(out, "Usage: xm %s%s%s\n\n%c%s.\n", command->name, *command->args ? " " : "",
		command->args, command->summary[0] & ~32, command->summary + 1);
	print_options(command->options, out);
}

void xm_print_help(FILE *out)
{
	const char *group = "";
	char left[64];

	fputs("Usage: xm COMMAND [ARGUMENT]...\n\nControls the domains of this host. DOM is a "
	      "domain's "
	      "name, number or UUID.\n",
	      out);
	for (const struct command *c = xm_commands; c->name; c++) {
		if (!str_eq(group, c->group))
			fprintf(out, "\n%s:\n", c->group);
		group = c->group;
		snprintf(left, sizeof(left), "%s %s", c->name, c->args);
		if (strlen(left) > 34)
			fprintf(out, "  %s\n  %-34s %s\n", left, "", c->summary);
		else
			fprintf(out, "  %-34s %s\n", left, c->summary);
	}
	fputs("\nThe beginning of a command's name is enough where it is unambiguous.\n"
	      "'xm help COMMAND' and 'xm COMMAND --help' explain one; xm(1) explains all.\n", out);
}

/* "name option option ..." a line: what shell completion is checked against. */
static void print_for_programs(void)
{
	for (const struct command *c = xm_commands; c->name; c++) {
		printf("%s", c->name);
		for (const struct xm_option *o = c->options; o && o->name; o++)
			printf(" --%s", o->name);
		putchar('\n');
	}
}

static void put_texinfo(const char *text)
{
	for (; *text; text++) {
		if (strchr("@{}", *text))
			putchar('@');
		putchar(*text);
	}
}

/* The reference of the users' manual. */
static void print_texinfo(void)
{
	const char *group = "";

	for (const struct command *c = xm_commands; c->name; c++) {
		if (!str_eq(group, c->group))
			printf("%s@subheading %s\n@table @code\n", *group ? "@end table\n" : "",
			       c->group);
		group = c->group;
		printf("@item xm %s%s", c->name, *c->args ? " " : "");
		put_texinfo(c->args);
		printf("\n%c", c->summary[0] & ~32);
		put_texinfo(c->summary + 1);
		puts(".");
		if (c->options)
			puts("@table @option");
		for (const struct xm_option *o = c->options; o && o->name; o++) {
			if (o->letter)
				printf("@item -%c%s%s\n@itemx --%s", o->letter, o->arg ? " " : "",
				       o->arg ? o->arg : "", o->name);
			else
				printf("@item --%s", o->name);
			printf("%s%s\n", o->arg ? " " : "", o->arg ? o->arg : "");
			put_texinfo(o->doc);
			putchar('\n');
		}
		if (c->options)
			puts("@end table");
	}
	puts("@end table");
}

int cmd_help(struct xm *xm, int argc, char **argv)
{
	const struct command *command;
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		if (option == 256)
			print_for_programs();
		else
			print_texinfo();
		return XM_OK;
	}
	if (!xm_check_args(xm, argc, 0, 1))
		return XM_USAGE;
	if (optind == argc) {
		xm_print_help(stdout);
		return XM_OK;
	}
	command = xm_find_command(argv[optind]);
	if (!command)
		return XM_USAGE;
	xm_print_command_help(command, stdout);
	return XM_OK;
}
