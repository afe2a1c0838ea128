/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands of xm share: the table's rows, options, messages, requests that report their
 * own failure, and the domain objects of xend's answers.
 *
 * Relies on client.h and common/. Relied on by main.c and every cmd-*.c.
 *
 * Exit statuses are part of the interface: 0 done, 1 failed, 2 used wrongly.
 */
#ifndef XM_XM_H
#define XM_XM_H

#include <jansson.h>

#include "common/util.h"
#include "xm/client.h"

enum { XM_OK = 0, XM_FAILED = 1, XM_USAGE = 2 };

struct xm;

struct xm_option {
	int letter;		/* 0: long form only; getopt returns the option's number + 256 */
	const char *name;
	const char *arg;	/* NULL: none */
	const char *doc;
};

enum {
	COMMAND_ALIAS = 1,	/* another name for the row above it; help names it in brackets */
	COMMAND_NEGATIVE = 2,	/* arguments may begin with '-': options come first */
	COMMAND_LOCAL = 4,	/* works without xend */
};

struct command {
	const char *name;
	const char *args;
	const char *summary;
	/* argv[0] is the command's name. Returns an exit status. */
	int (*run)(struct xm *xm, int argc, char **argv);
	unsigned int flags;
	const struct xm_option *options;	/* ends with an empty row; NULL: none but --help */
	const char *group;
};

struct xm {
	struct client *client;
	const struct command *command;
};

/* The table of main.c; ends with a row without a name. */
extern const struct command xm_commands[];

/* main.c: the row for a name or an unambiguous beginning of one, or NULL with a message printed. */
const struct command *xm_find_command(const char *name);
void xm_print_command_help(const struct command *command, FILE *out);
void xm_print_help(FILE *out);

/* One sentence on stderr behind "xm: ". */
void xm_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* The same, with the command's usage behind it; returns XM_USAGE. */
int xm_usage(const struct xm *xm, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * getopt_long() by the command's table. Returns an option's letter (or 256 + its number when it has
 * none), -1 behind the last, '?' after printing a complaint (return XM_USAGE), 'h' never: --help
 * prints and exits. The value is in optarg, the first argument at optind.
 */
int xm_getopt(struct xm *xm, int argc, char **argv);
/* Whether there are min to max arguments at optind; prints the complaint when not. */
bool xm_check_args(const struct xm *xm, int argc, int min, int max);

/* A whole number from min to max; prints the complaint when it is none. */
bool xm_parse_number(const struct xm *xm, const char *text, const char *what, long long min,
		     long long max, long long *ret);
/* Memory: MB, or with a suffix k, m, g, t. In kB. */
bool xm_parse_memory(const struct xm *xm, const char *text, json_int_t *ret_kb);

/* Prints the client's last error; always XM_FAILED. */
int xm_report(const struct xm *xm);
/* A request; NULL after reporting its failure. xm_post takes the body over. */
json_t *xm_get(struct xm *xm, const char *path);
json_t *xm_post(struct xm *xm, const char *path, json_t *body);
json_t *xm_get_domain(struct xm *xm, const char *domain);
/* POST to a domain; exit status. Takes the body over. */
int xm_domain_op(struct xm *xm, const char *domain, json_t *body);
/* A POST with a progress bar and warnings; NULL after reporting its failure. */
json_t *xm_stream(struct xm *xm, const char *path, json_t *body);

/* Indented JSON and a newline on stdout; exit status. Takes the reference over. */
int xm_print_json(json_t *json);

/* Members of an object, with a value for what is missing. */
const char *xm_str(const json_t *json, const char *name);
json_int_t xm_int(const json_t *json, const char *name);

/* Everything printed reached stdout; exit status (a full disk is a failure). */
int xm_finish(int status);

/* cmd-console.c: connects the terminal to a domain's console. */
int xm_attach_console(struct xm *xm, const char *domain);

#endif
