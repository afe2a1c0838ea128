/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm info: facts about the host, one a line, in a fixed order.
 */
#include <config.h>

#include <getopt.h>

#include "xm/commands.h"
#include "xm/xm.h"

/* A line's name, the member of the answer (below parent when there is one), and whether it is kB to
 * show as MB. */
static const struct {
	const char *label, *parent, *member;
	bool memory;
} lines[] = {
	{"system", NULL, "system", false}, {"host", NULL, "host", false},
	{"release", NULL, "release", false}, {"version", NULL, "version", false},
	{"machine", NULL, "machine", false}, {"nr_cpus", NULL, "nr_cpus", false},
	{"max_cpu_id", NULL, "max_cpu_id", false}, {"nr_nodes", NULL, "nr_nodes", false},
	{"cores_per_socket", NULL, "cores_per_socket", false},
	{"threads_per_core", NULL, "threads_per_core", false},
	{"cpu_mhz", NULL, "cpu_mhz", false}, {"cpu_model", NULL, "cpu_model", false},
	{"hw_caps", NULL, "hw_caps", false}, {"virt_caps", NULL, "virt_caps", false},
	{"total_memory", NULL, "total_memory_kb", true},
	{"free_memory", NULL, "free_memory_kb", true},
	{"memory_xen", "memory", "xen_kb", true}, {"memory_dom0", "memory", "dom0_kb", true},
	{"memory_guests", "memory", "guests_kb", true},
	{"memory_scrub", "memory", "scrub_kb", true},
	{"xen_major", NULL, "xen_major", false}, {"xen_minor", NULL, "xen_minor", false},
	{"xen_extra", NULL, "xen_extra", false}, {"xen_version", NULL, "xen_version", false},
	{"xen_caps", NULL, "xen_caps", false}, {"xen_scheduler", NULL, "xen_scheduler", false},
	{"xen_pagesize", NULL, "xen_pagesize", false},
	{"platform_params", NULL, "platform_params", false},
	{"xen_changeset", NULL, "xen_changeset", false},
	{"xen_commandline", NULL, "xen_commandline", false},
	{"cc_compiler", NULL, "cc_compiler", false},
	{"cc_compile_by", NULL, "cc_compile_by", false},
	{"cc_compile_domain", NULL, "cc_compile_domain", false},
	{"cc_compile_date", NULL, "cc_compile_date", false},
	{"build_id", NULL, "build_id", false}, {"speculation", NULL, "speculation", false},
	{"boot_status", NULL, "boot_status", false},
	{"xend_version", NULL, "xend_version", false}, {"xend_api", NULL, "xend_api", false},
};

static void print_line(const char *label, const json_t *value, bool memory)
{
	if (json_is_integer(value))
		printf("%-22s : %lld\n", label, (long long)json_integer_value(value) /
		       (memory ? 1024 : 1));
	else if (json_is_string(value))
		printf("%-22s : %s\n", label, json_string_value(value));
}

int cmd_info(struct xm *xm, int argc, char **argv)
{
	bool json = false;
	json_t *node;
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		json = true;
	}
	if (!xm_check_args(xm, argc, 0, 0))
		return XM_USAGE;
	node = xm_get(xm, "/node");
	if (!node)
		return XM_FAILED;
	if (json)
		return xm_print_json(node);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		print_line(lines[i].label, json_object_get(lines[i].parent ? json_object_get(
			node, lines[i].parent) : node, lines[i].member), lines[i].memory);
	json_decref(node);
	return XM_OK;
}
