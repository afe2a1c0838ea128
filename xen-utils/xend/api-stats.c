/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a monitor wants to know in one answer: every domain, what its network interfaces and disks
 * have moved, and the moment of the measure. Relied on by 'xm top'.
 *
 * Relies on show.c, and on domain 0's kernel for the counters: the back ends' files below /sys. A
 * counter that cannot be read is left out; a listing never fails for one.
 */
#include <config.h>

#include <dirent.h>
#include <time.h>

#include "common/io.h"
#include "xend/route.h"
#include "xend/xend.h"

#define SYSFS		"/sys"
#define DEVICES_MAX	64	/* of one kind shown for one domain */

static const char *sysfs(void)
{
	const char *path = getenv("XEND_SYSFS");

	return path ? path : SYSFS;
}

static void add_counter(json_t *o, const char *dir, const char *device, const char *file,
			const char *member)
{
	AUTO_FREE char *path = NULL, *text = NULL;
	uint64_t value;

	if (asprintf(&path, "%s/%s/%s/statistics/%s", sysfs(), dir, device, file) < 0) {
		path = NULL;
		return;
	}
	if (io_read_file(path, 64, &text, NULL))
		return;
	text[strcspn(text, "\n")] = '\0';
	if (!str_to_u64(text, INT64_MAX, &value))
		json_object_set_new(o, member, json_integer(value));
}

struct kind {
	const char *dir, *prefix;
	char separator;
	struct {
		const char *file, *member;
	} counters[8];
};

/* Names as a guest sees it: what domain 0 receives from its interface, the guest has sent. */
static const struct kind net = {
	"class/net", "vif", '.',
	{
		{"rx_bytes", "tx_bytes"}, {"tx_bytes", "rx_bytes"}, {"rx_packets", "tx_packets"},
		{"tx_packets", "rx_packets"}, {"rx_dropped", "tx_dropped"},
		{"tx_dropped", "rx_dropped"},
	},
};

static const struct kind disk = {
	"bus/xen-backend/devices", "vbd-", '-',
	{
		{"rd_req", "read_requests"}, {"wr_req", "write_requests"},
		{"rd_sect", "read_sectors"}, {"wr_sect", "write_sectors"},
		{"oo_req", "delayed_requests"}, {"f_req", "flush_requests"},
	},
};

/* Every device of the kind that serves the domain. */
static json_t *devices(const struct kind *kind, int domid)
{
	json_t *list = json_array(), *o;
	AUTO_FREE char *path = NULL;
	char prefix[32];
	struct dirent *e;
	DIR *dir;

	if (asprintf(&path, "%s/%s", sysfs(), kind->dir) < 0)
		path = NULL;
	dir = path ? opendir(path) : NULL;
	if (!dir)
		return list;
	snprintf(prefix, sizeof(prefix), "%s%d%c", kind->prefix, domid, kind->separator);
	while ((e = readdir(dir)) && json_array_size(list) < DEVICES_MAX) {
		if (!str_has_prefix(e->d_name, prefix))
			continue;
		o = json_pack("{s:s}", "name", e->d_name);
		for (size_t i = 0; o && i < ARRAY_SIZE(kind->counters); i++)
			if (kind->counters[i].file)
				add_counter(o, kind->dir, e->d_name, kind->counters[i].file,
					    kind->counters[i].member);
		json_array_append_new(list, o);
	}
	closedir(dir);
	return list;
}

static json_t *domain_stats(struct xend *x, struct domain *d)
{
	json_t *o = show_domain(x, d, false);
	int domid = json_integer_value(json_object_get(o, "id"));

	if (!o)
		return NULL;
	json_object_set_new(o, "net", domid > 0 ? devices(&net, domid) : json_array());
	json_object_set_new(o, "disk", domid > 0 ? devices(&disk, domid) : json_array());
	return o;
}

static json_t *node_stats(struct xend *x)
{
	struct backend_node *n = calloc(1, sizeof(*n));
	json_t *o = NULL;

	if (n && x->backend->ops->node(x->backend, n) == 0)
		o = json_pack("{s:i s:i s:I s:I}", "nr_cpus", n->nr_cpus, "cpu_mhz",
			      n->cpu_khz / 1000, "total_memory_kb", (json_int_t)n->total_kb,
			      "free_memory_kb", (json_int_t)n->free_kb);
	free(n);
	return o ? o : json_object();
}

static json_int_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * (json_int_t)1000000000 + ts.tv_nsec;
}

int api_stats(struct call *c)
{
	struct domain **all;
	json_t *list;
	size_t count;
	int rc = domains_refresh(c->x, &c->err);

	if (rc)
		return rc;
	if (domains_snapshot(c->x, &all, &count))
		return xend_fail(&c->err, ENOMEM, "xend has no memory for the answer.");
	c->result = json_pack("{s:I s:o}", "at_ns", monotonic_ns(), "node", node_stats(c->x));
	list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, domain_stats(c->x, all[i]));
	domains_put(c->x, all, count);
	c->top = "stats";
	json_object_set_new(c->result, "domains", list);
	return c->result ? 0 : xend_fail(&c->err, ENOMEM, "xend has no memory for the answer.");
}
