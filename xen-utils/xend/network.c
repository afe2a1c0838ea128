/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network script: what (network-script "NAME KEY=VALUE...") of xend-config.sxp asks for, run
 * when xend starts, as in Xen 2.0. The keys reach the script by its environment.
 *
 * Relies on the backend for running it. It may be run again at every start of xend, so it must not
 * mind. A failure is told in the log; domains without a network can still be driven.
 */
#include <config.h>

#include "xend/life.h"
#include "xend/xend.h"

#define NETWORK_WORDS_MAX	16
#define NETWORK_WAIT_MS		60000

static int run(struct xend *x, char *words[], size_t count)
{
	char *env[NETWORK_WORDS_MAX + 1] = {
		(char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	};
	struct error_text output = { .text = "" };
	AUTO_FREE char *path = NULL;
	struct backend_script s = {
		.word = "start", .env = env, .lock = "network", .wait_ms = NETWORK_WAIT_MS,
	};
	int rc;

	for (size_t i = 1; i < count; i++)
		env[i] = words[i];
	if (words[0][0] == '/')
		path = strdup(words[0]);
	else if (asprintf(&path, "%s/%s", x->script_dir, words[0]) < 0)
		path = NULL;
	if (!path)
		return -ENOMEM;
	s.path = path;
	rc = x->backend->ops->run_script(x->backend, &s, &output);
	if (rc < 0)
		log_error("network: the script %s cannot be run: %s", path, strerror(-rc));
	else if (rc)
		log_error("network: %s: %s", path, output.text[0] ? output.text : "it failed");
	else
		log_info("network: %s start: done", path);
	return rc;
}

int network_start(struct xend *x)
{
	AUTO_FREE char *copy = strdup(x->settings.network_script);
	char *words[NETWORK_WORDS_MAX], *save, *word;
	size_t count = 0;

	for (word = copy ? strtok_r(copy, " \t", &save) : NULL; word;
	     word = strtok_r(NULL, " \t", &save)) {
		if (count == NETWORK_WORDS_MAX || (count && !strchr(word, '='))) {
			log_error("network: '%s' in network-script is not KEY=VALUE, or too much",
				  word);
			return -EINVAL;
		}
		words[count++] = word;
	}
	return count ? run(x, words, count) : 0;
}
