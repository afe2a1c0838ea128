/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests about devices; see device.h and doc/xend-http.md section 5.1.
 */
#include <config.h>

#include <getopt.h>

#include "common/strbuf.h"
#include "xm/device.h"

char *xm_device_spec(int argc, char **argv, int first)
{
	struct strbuf spec = STRBUF_INIT;

	for (int i = first; i < argc; i++)
		strbuf_printf(&spec, "%s%s", i > first ? "," : "", argv[i]);
	return strbuf_steal(&spec);
}

static int post(struct xm *xm, const char *domain, json_t *body)
{
	AUTO_FREE char *path = client_domain_path(domain, "/device");
	json_t *answer = xm_post(xm, path, body);

	if (!answer)
		return XM_FAILED;
	json_decref(answer);
	return XM_OK;
}

int xm_device_attach(struct xm *xm, const char *domain, const char *class, const char *spec)
{
	return post(xm, domain, json_pack("{s:s, s:s, s:s}", "op", "attach", "class", class,
					  "spec", spec));
}

int xm_device_detach(struct xm *xm, const char *domain, const char *class, const char *device,
		     bool force)
{
	return post(xm, domain, json_pack("{s:s, s:s, s:s, s:b}", "op", "detach", "class", class,
					  "device", device, "force", force));
}

json_t *xm_device_lists(struct xm *xm, int argc, char **argv, const char *class)
{
	AUTO_FREE char *suffix = xasprintf("/%s", class);
	json_t *list = json_array(), *answer;

	for (int i = optind; i < argc; i++) {
		AUTO_FREE char *path = client_domain_path(argv[i], suffix);

		answer = xm_get(xm, path);
		if (!answer) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, answer);
	}
	return list;
}
