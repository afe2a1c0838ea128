/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands of xm share; see xm.h.
 */
#include <config.h>

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "xm/progress.h"
#include "xm/xm.h"

#define OPTIONS_MAX 24

void xm_error(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("xm: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int xm_usage(const struct xm *xm, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("xm: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nUsage: xm %s%s%s\n", xm->command->name, *xm->command->args ? " " : "",
		xm->command->args);
	return XM_USAGE;
}

static size_t build_options(const struct xm_option *from, struct option *to, char *letters)
{
	size_t nr = 0;

	for (; from && from->name && nr < OPTIONS_MAX; from++, nr++) {
		to[nr] = (struct option){from->name, from->arg ? required_argument : no_argument,
					 NULL, from->letter ? from->letter : 256 + (int)nr};
		if (from->letter) {
			*letters++ = (char)from->letter;
			if (from->arg)
				*letters++ = ':';
		}
	}
	*letters = '\0';
	to[nr] = (struct option){"help", no_argument, NULL, 'h'};
	to[nr + 1] = (struct option){0};
	return nr;
}

int xm_getopt(struct xm *xm, int argc, char **argv)
{
	char letters[3 * OPTIONS_MAX + 8] = "h";
	struct option options[OPTIONS_MAX + 2];
	bool first = xm->command->flags & COMMAND_NEGATIVE;
	int option;

	strcpy(letters, first ? "+:h" : ":h");
	build_options(xm->command->options, options, letters + strlen(letters));
	opterr = 0;
	option = getopt_long(argc, argv, letters, options, NULL);
	if (option == 'h') {
		xm_print_command_help(xm->command, stdout);
		exit(xm_finish(XM_OK));
	}
	if (option == ':')
		xm_usage(xm, "The option %s needs a value.", argv[optind - 1]);
	else if (option == '?' && optopt && optopt < 256)
		xm_usage(xm, "'%s' has no option -%c; 'xm help %s' lists those it has.",
			 xm->command->name, optopt, xm->command->name);
	else if (option == '?')
		xm_usage(xm, "'%s' has no option %s; 'xm help %s' lists those it has.",
			 xm->command->name, argv[optind - 1], xm->command->name);
	return option == ':' ? '?' : option;
}

bool xm_check_args(const struct xm *xm, int argc, int min, int max)
{
	int nr = argc - optind;

	if (nr < min)
		xm_usage(xm, "'%s' needs %s.", xm->command->name, nr ? "more arguments" :
			 min > 1 ? "arguments" : "an argument");
	else if (nr > max)
		xm_usage(xm, "'%s' has too many arguments.", xm->command->name);
	return nr >= min && nr <= max;
}

bool xm_parse_number(const struct xm *xm, const char *text, const char *what, long long min,
		     long long max, long long *ret)
{
	long long number;
	char *end;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (!*text || *end || errno || number < min || number > max) {
		if (max >= INT_MAX)
			xm_usage(xm, "%s must be a number from %lld, not '%s'.", what, min, text);
		else
			xm_usage(xm, "%s must be a number from %lld to %lld, not '%s'.", what, min,
				 max, text);
		return false;
	}
	*ret = number;
	return true;
}

bool xm_parse_memory(const struct xm *xm, const char *text, json_int_t *ret_kb)
{
	static const char suffixes[] = "kmgt";
	const char *suffix;
	long long number;
	int shift = 10;
	char *end;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (*end && !end[1] && (suffix = strchr(suffixes, *end | 32))) {
		shift = 10 * (int)(suffix - suffixes);
		end++;
	}
	if (!*text || *end || errno || number <= 0 || number > (1LL << (50 - shift))) {
		xm_usage(xm, "An amount of memory is a number of MB, or has a suffix k, m, g or t; "
			 "'%s' is not one.", text);
		return false;
	}
	*ret_kb = (json_int_t)number << shift;
	return true;
}

static void print_place(const struct client_error *error)
{
	if (error->file)
		fprintf(stderr, "%s:", error->file);
	if (error->line)
		fprintf(stderr, "%s%d:%d:", error->file ? "" : "line ", error->line, error->column);
	if (error->file || error->line)
		fputc(' ', stderr);
}

int xm_report(const struct xm *xm)
{
	const struct client_error *error = client_last_error(xm->client);

	fflush(stdout);
	fputs("xm: ", stderr);
	print_place(error);
	fprintf(stderr, "%s\n", error->text ? error->text : "There is not enough memory.");
	return XM_FAILED;
}

json_t *xm_get(struct xm *xm, const char *path)
{
	json_t *json = NULL;

	if (client_request(xm->client, path, NULL, &json))
		xm_report(xm);
	return json;
}

json_t *xm_post(struct xm *xm, const char *path, json_t *body)
{
	json_t *json = NULL;

	if (client_request(xm->client, path, body, &json))
		xm_report(xm);
	json_decref(body);
	return json;
}

json_t *xm_get_domain(struct xm *xm, const char *domain)
{
	AUTO_FREE char *path = client_domain_path(domain, "");

	return xm_get(xm, path);
}

int xm_domain_op(struct xm *xm, const char *domain, json_t *body)
{
	AUTO_FREE char *path = client_domain_path(domain, "");
	json_t *json = xm_post(xm, path, body);

	json_decref(json);
	return json ? XM_OK : XM_FAILED;
}

static void on_progress(void *data, const char *what, json_int_t done, json_int_t total,
			const char *unit)
{
	progress_update(data, what, done, total, unit);
}

static void on_tick(void *data)
{
	progress_tick(data);
}

static void on_warning(void *data, const struct client_error *warning)
{
	progress_clear(data);
	fputs("xm: ", stderr);
	print_place(warning);
	fprintf(stderr, "warning: %s\n", warning->text ? warning->text : "");
}

json_t *xm_stream(struct xm *xm, const char *path, json_t *body)
{
	struct progress progress;
	struct client_events events = {on_progress, on_warning, on_tick, &progress};
	json_t *json = NULL;
	int rc;

	progress_start(&progress);
	rc = client_stream(xm->client, path, body, &events, &json);
	progress_clear(&progress);
	json_decref(body);
	if (rc)
		xm_report(xm);
	return json;
}

int xm_print_json(json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
	return XM_OK;
}

const char *xm_str(const json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));

	return text ? text : "";
}

json_int_t xm_int(const json_t *json, const char *name)
{
	return json_integer_value(json_object_get(json, name));
}

int xm_finish(int status)
{
	if (fflush(stdout) == EOF || ferror(stdout)) {
		xm_error("The output cannot be written: %s.", strerror(errno));
		return status ? status : XM_FAILED;
	}
	return status;
}
