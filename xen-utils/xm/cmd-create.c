/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm create: sends a domain file to xend, which evaluates it.
 */
#include <config.h>

#include <getopt.h>
#include <ctype.h>

#include "common/io.h"
#include "xm/commands.h"
#include "xm/xm.h"

#define DEFAULT_FILE	"xmdefconfig"
#define DEFAULT_PATH	".:" XEN_CONFIG_DIR
#define FILE_MAX	(1u << 20)

struct request {
	const char *file;	/* as given */
	const char *format;
	const char *path;	/* where files are looked for */
	const char *name;
	bool console, dryrun, help, json, paused, quiet;
	char *found;		/* the file's path */
	char *text;
	json_t *vars;
};

/* VAR=VALUE: a Python name before the sign. */
static bool is_assignment(const char *word)
{
	const char *p = word;

	if (!isalpha((unsigned char)*p) && *p != '_')
		return false;
	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	return *p == '=';
}

/* A name with a slash is a path; others are looked for. */
static char *find_file(const struct request *request)
{
	const char *at = request->path, *end;
	char *path;

	if (strchr(request->file, '/'))
		return xstrdup(request->file);
	for (;; at = end + 1) {
		end = strchrnul(at, ':');
		if (end == at || (end == at + 1 && *at == '.'))
			path = xstrdup(request->file);
		else
			path = xasprintf("%.*s/%s", (int)(end - at), at, request->file);
		if (!access(path, F_OK))
			return path;
		free(path);
		if (!*end)
			return NULL;
	}
}

static int read_file(struct request *request)
{
	size_t len;
	int rc;

	request->found = find_file(request);
	if (!request->found) {
		xm_error("There is no domain file '%s' in %s; name one that exists.", request->file,
			 request->path);
		return XM_FAILED;
	}
	rc = io_read_file(request->found, FILE_MAX, &request->text, &len);
	if (!rc && strlen(request->text) != len) {
		xm_error("The file '%s' is not a text.", request->found);
		return XM_FAILED;
	}
	if (rc)
		xm_error("The file '%s' cannot be read: %s.", request->found, strerror(-rc));
	return rc ? XM_FAILED : XM_OK;
}

static int take_arguments(struct xm *xm, struct request *request, int argc, char **argv)
{
	char *equals;

	for (int i = optind; i < argc; i++) {
		if (!is_assignment(argv[i])) {
			if (request->file)
				return xm_usage(xm, "There are two files, '%s' and '%s'; name one.",
						request->file, argv[i]);
			request->file = argv[i];
			continue;
		}
		equals = strchr(argv[i], '=');
		*equals = '\0';
		if (json_object_set_new(request->vars, argv[i], json_string(equals + 1))) {
			xm_error("The value of %s is not UTF-8 text.", argv[i]);
			return XM_FAILED;
		}
	}
	if (!request->file)
		request->file = DEFAULT_FILE;
	return XM_OK;
}

static int take_option(struct xm *xm, struct request *request, int option)
{
	switch (option) {
	case 'c':
		request->console = true;
		return XM_OK;
	case 'f':
	case 'F':
		if (request->file)
			return xm_usage(xm, "There are two files, '%s' and '%s'; name one.",
					request->file, optarg);
		request->file = optarg;
		request->format = option == 'F' ? "sxp" : "py";
		return XM_OK;
	case 'n':
		request->dryrun = true;
		return XM_OK;
	case 'p':
		request->paused = true;
		return XM_OK;
	case 'q':
		request->quiet = true;
		return XM_OK;
	case 'L':
		xm_error("Saved domains cannot be loaded in this version.");
		return XM_FAILED;
	case 256 + 3:
		request->help = true;
		return XM_OK;
	case 256 + 4:
		request->json = true;
		return XM_OK;
	case 256 + 6:
		request->name = optarg;
		return XM_OK;
	case 256 + 8:
		request->path = optarg;
		return XM_OK;
	default:
		return XM_USAGE;
	}
}

static json_t *make_body(const struct request *request)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:O, s:s*, s:b, s:b, s:b}", "op", "create",
			 "file", request->found, "text", request->text, "format", request->format,
			 "vars", request->vars, "name", request->name, "paused", request->paused,
			 "dryrun", request->dryrun, "help_config", request->help);
}

static int print_result(struct xm *xm, const struct request *request, const json_t *result)
{
	const json_t *domain = json_object_get(result, "domain");
	AUTO_FREE char *id = NULL;

	if (request->help) {
		printf("Variables of %s:\n%s", request->found, xm_str(result, "usage"));
		return XM_OK;
	}
	if (request->json)
		return xm_print_json(json_incref(
			json_object_get(result, request->dryrun ? "config" : "domain")));
	if (request->dryrun) {
		fputs(xm_str(result, "sxp"), stdout);
		return XM_OK;
	}
	if (!request->quiet)
		printf("Started domain %s (number %lld)%s.\n", xm_str(domain, "name"),
		       (long long)xm_int(domain, "id"), request->paused ? ", paused" : "");
	if (!request->console)
		return XM_OK;
	id = xasprintf("%lld", (long long)xm_int(domain, "id"));
	return xm_attach_console(xm, id);
}

static int send_request(struct xm *xm, struct request *request)
{
	json_t *body = make_body(request), *result;
	int status;

	if (!body) {
		xm_error("The file '%s' is not UTF-8 text; save it as UTF-8.", request->found);
		return XM_FAILED;
	}
	result = xm_stream(xm, "/domain", body);
	if (!result)
		return XM_FAILED;
	status = print_result(xm, request, result);
	json_decref(result);
	return status;
}

static int run(struct xm *xm, struct request *request, int argc, char **argv)
{
	int option, status = XM_OK;

	while (!status && (option = xm_getopt(xm, argc, argv)) != -1)
		status = take_option(xm, request, option);
	if (!status)
		status = take_arguments(xm, request, argc, argv);
	if (!status)
		status = read_file(request);
	return status ? status : send_request(xm, request);
}

int cmd_create(struct xm *xm, int argc, char **argv)
{
	struct request request = {.format = "py", .path = DEFAULT_PATH, .vars = json_object()};
	int status = run(xm, &request, argc, argv);

	free(request.found);
	free(request.text);
	json_decref(request.vars);
	return status;
}
