/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm call: any request of doc/xend-http.md, for what no command does yet.
 */
#include <config.h>

#include <getopt.h>

#include "xm/commands.h"
#include "xm/xm.h"

/* "{...}" as it is, or MEMBER=VALUE words; a value that is JSON is that, else it is a string. */
static json_t *make_body(int nr, char **words)
{
	json_t *body, *value;
	char *equals;

	if (nr == 1 && words[0][0] == '{')
		return json_loads(words[0], 0, NULL);
	body = json_object();
	for (int i = 0; i < nr; i++) {
		equals = strchr(words[i], '=');
		if (!equals) {
			json_decref(body);
			return NULL;
		}
		value = json_loads(equals + 1, JSON_DECODE_ANY, NULL);
		*equals = '\0';
		if (json_object_set_new(body, words[i], value ? value : json_string(equals + 1))) {
			json_decref(body);
			return NULL;
		}
	}
	return body;
}

int cmd_call(struct xm *xm, int argc, char **argv)
{
	AUTO_FREE char *path = NULL;
	json_t *body = NULL, *answer;

	if (xm_getopt(xm, argc, argv) != -1 || !xm_check_args(xm, argc, 1, argc))
		return XM_USAGE;
	path = xasprintf("%s%s", argv[optind][0] == '/' ? "" : "/", argv[optind]);
	if (optind + 1 < argc) {
		body = make_body(argc - optind - 1, argv + optind + 1);
		if (!body)
			return xm_usage(xm, "What follows the path is neither a JSON object nor "
					    "words of "
					    "the form MEMBER=VALUE.");
	}
	answer = body ? xm_stream(xm, path, body) : xm_get(xm, path);
	return answer ? xm_print_json(answer) : XM_FAILED;
}
