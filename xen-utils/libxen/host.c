/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine and the hypervisor: sysctl queries and version strings. Relies on hypercall.c.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "libxen/internal.h"

#define PERF_MAX 65536u /* counters, and values, that we believe in */

static int sysctl_do(struct libxen *x, struct xen_sysctl *op)
{
	long r = libxen_sysctl(x, op);

	return r < 0 ? (int)r : 0;
}

int libxen_console_read(struct libxen *x, char *buffer, size_t size, bool clear, bool incremental,
			uint32_t *index)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_readconsole };
	size_t mark = libxen_buffer_mark(x);
	char *copy = libxen_buffer_get(x, size);
	int rc = -ENOMEM;

	if (!copy)
		goto out;
	op.u.readconsole.clear = clear;
	op.u.readconsole.incremental = incremental;
	op.u.readconsole.index = index ? *index : 0;
	op.u.readconsole.count = (uint32_t)size;
	set_xen_guest_handle(op.u.readconsole.buffer, copy);
	rc = sysctl_do(x, &op);
	if (rc)
		goto out;
	rc = op.u.readconsole.count > size ? (int)size : (int)op.u.readconsole.count;
	memcpy(buffer, copy, (size_t)rc);
	if (index)
		*index = op.u.readconsole.index;
out:
	libxen_buffer_release(x, mark);
	return rc;
}

int libxen_host_info(struct libxen *x, struct xen_sysctl_physinfo *ret_info)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_physinfo };
	int rc = sysctl_do(x, &op);

	if (!rc)
		*ret_info = op.u.physinfo;
	return rc;
}

int libxen_host_scheduler(struct libxen *x, uint32_t *ret_sched_id)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_sched_id };
	int rc = sysctl_do(x, &op);

	if (!rc)
		*ret_sched_id = op.u.sched_id.sched_id;
	return rc;
}

int libxen_host_scheduler_op(struct libxen *x, struct xen_sysctl_scheduler_op *sop)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_scheduler_op };
	int rc;

	op.u.scheduler_op = *sop;
	rc = sysctl_do(x, &op);
	if (!rc)
		*sop = op.u.scheduler_op;
	return rc;
}

int libxen_host_cpu_info(struct libxen *x, struct xen_sysctl_cpuinfo *info, unsigned int max)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_getcpuinfo };
	size_t mark = libxen_buffer_mark(x);
	void *copy = libxen_buffer_get(x, max * sizeof(*info));
	int rc = -ENOMEM;

	if (!copy)
		goto out;
	op.u.getcpuinfo.max_cpus = max;
	set_xen_guest_handle(op.u.getcpuinfo.info, copy);
	rc = sysctl_do(x, &op);
	if (rc)
		goto out;
	rc = (int)(op.u.getcpuinfo.nr_cpus > max ? max : op.u.getcpuinfo.nr_cpus);
	memcpy(info, copy, (size_t)rc * sizeof(*info));
out:
	libxen_buffer_release(x, mark);
	return rc;
}

int libxen_host_cpu_topology(struct libxen *x, struct xen_sysctl_cputopo *topology,
			     unsigned int max)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_cputopoinfo };
	size_t mark = libxen_buffer_mark(x);
	void *copy = NULL;
	unsigned int nr;
	int rc = -ENOMEM;

	if (topology && max) {
		copy = libxen_buffer_get(x, max * sizeof(*topology));
		if (!copy)
			goto out;
		op.u.cputopoinfo.num_cpus = max;
	}
	set_xen_guest_handle(op.u.cputopoinfo.cputopo, copy);
	rc = sysctl_do(x, &op);
	if (rc)
		goto out;
	nr = op.u.cputopoinfo.num_cpus;
	if (copy)
		memcpy(topology, copy, (nr < max ? nr : max) * sizeof(*topology));
	rc = (int)nr;
out:
	libxen_buffer_release(x, mark);
	return rc;
}

/* The hypervisor packs distances in rows of the number of nodes it writes. */
int libxen_host_numa(struct libxen *x, struct xen_sysctl_meminfo *memory, uint32_t *distance,
		     unsigned int max)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_numainfo };
	size_t mark = libxen_buffer_mark(x);
	void *memory_copy = NULL, *distance_copy = NULL;
	unsigned int nr;
	int rc = -ENOMEM;

	if (memory && max) {
		memory_copy = libxen_buffer_get(x, max * sizeof(*memory));
		distance_copy = libxen_buffer_get(x, (size_t)max * max * sizeof(*distance));
		if (!memory_copy || !distance_copy)
			goto out;
		op.u.numainfo.num_nodes = max;
	}
	set_xen_guest_handle(op.u.numainfo.meminfo, memory_copy);
	set_xen_guest_handle(op.u.numainfo.distance, distance_copy);
	rc = sysctl_do(x, &op);
	if (rc)
		goto out;
	nr = op.u.numainfo.num_nodes;
	rc = (int)nr;
	if (nr > max)
		nr = max;
	if (memory_copy)
		memcpy(memory, memory_copy, nr * sizeof(*memory));
	if (distance_copy && distance)
		memcpy(distance, distance_copy, (size_t)nr * nr * sizeof(*distance));
out:
	libxen_buffer_release(x, mark);
	return rc;
}

int libxen_host_free_memory(struct libxen *x, int node, unsigned int min_width,
			    unsigned int max_width, uint64_t *ret_bytes)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_availheap };
	int rc;

	op.u.availheap.node = node;
	op.u.availheap.min_bitwidth = min_width;
	op.u.availheap.max_bitwidth = max_width;
	rc = sysctl_do(x, &op);
	if (!rc)
		*ret_bytes = op.u.availheap.avail_bytes;
	return rc;
}

int libxen_host_debug_keys(struct libxen *x, const char *keys)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_debug_keys };
	size_t mark = libxen_buffer_mark(x), len = strlen(keys);
	char *copy = libxen_buffer_copy(x, keys, len);
	int rc = -ENOMEM;

	if (copy) {
		op.u.debug_keys.nr_keys = (uint32_t)len;
		set_xen_guest_handle(op.u.debug_keys.keys, copy);
		rc = sysctl_do(x, &op);
	}
	libxen_buffer_release(x, mark);
	return rc;
}

static int perf_call(struct libxen *x, struct xen_sysctl *op, uint32_t cmd)
{
	op->cmd = XEN_SYSCTL_perfc_op;
	op->u.perfc_op.cmd = cmd;
	return sysctl_do(x, op);
}

int libxen_host_perf_reset(struct libxen *x)
{
	struct xen_sysctl op = { 0 };

	return perf_call(x, &op, XEN_SYSCTL_PERFCOP_reset);
}

/* Names and values of as many as @op says there are, into a new block. */
static int perf_read(struct libxen *x, struct xen_sysctl *op, struct libxen_perf **ret_perf)
{
	uint32_t nr_counters = op->u.perfc_op.nr_counters, nr_vals = op->u.perfc_op.nr_vals;
	size_t names = nr_counters * sizeof(struct xen_sysctl_perfc_desc);
	size_t values = nr_vals * sizeof(uint32_t);
	void *names_copy = libxen_buffer_get(x, names), *values_copy = libxen_buffer_get(x, values);
	struct libxen_perf *perf;
	int rc;

	if (!names_copy || !values_copy)
		return -ENOMEM;
	set_xen_guest_handle(op->u.perfc_op.desc, names_copy);
	set_xen_guest_handle(op->u.perfc_op.val, values_copy);
	rc = perf_call(x, op, XEN_SYSCTL_PERFCOP_query);
	if (rc)
		return rc;
	if (op->u.perfc_op.nr_counters != nr_counters || op->u.perfc_op.nr_vals != nr_vals)
		return -EIO;
	perf = malloc(sizeof(*perf) + names + values);
	if (!perf)
		return -ENOMEM;
	perf->nr_counters = nr_counters;
	perf->nr_vals = nr_vals;
	perf->vals = (uint32_t *)(perf->counters + nr_counters);
	memcpy(perf->counters, names_copy, names);
	memcpy(perf->vals, values_copy, values);
	*ret_perf = perf;
	return 0;
}

int libxen_host_perf(struct libxen *x, struct libxen_perf **ret_perf)
{
	struct xen_sysctl op = { 0 };
	size_t mark = libxen_buffer_mark(x);
	int rc = perf_call(x, &op, XEN_SYSCTL_PERFCOP_query);

	if (!rc && (op.u.perfc_op.nr_counters > PERF_MAX || op.u.perfc_op.nr_vals > PERF_MAX))
		rc = -E2BIG;
	if (!rc)
		rc = perf_read(x, &op, ret_perf);
	libxen_buffer_release(x, mark);
	return rc;
}

/* ---- versions ---------------------------------------------------------------------------- */

static long version_call(struct libxen *x, unsigned int command, void *argument)
{
	return libxen_hypercall(x, __HYPERVISOR_xen_version, command, libxen_address(argument), 0,
				0, 0);
}

/* @room is one byte more than the hypervisor can write. */
static void version_string(struct libxen *x, unsigned int command, char *out, size_t room)
{
	size_t mark = libxen_buffer_mark(x);
	char *copy = libxen_buffer_get(x, room);

	if (copy && version_call(x, command, copy) >= 0) {
		memcpy(out, copy, room - 1);
		out[room - 1] = '\0';
	}
	libxen_buffer_release(x, mark);
}

static void version_field(char *out, const char *in, size_t size)
{
	memcpy(out, in, size);
	out[size] = '\0';
}

static void version_compile(struct libxen *x, struct libxen_version *v)
{
	size_t mark = libxen_buffer_mark(x);
	struct xen_compile_info *info = libxen_buffer_get(x, sizeof(*info));

	if (info && version_call(x, XENVER_compile_info, info) >= 0) {
		version_field(v->compiler, info->compiler, sizeof(info->compiler));
		version_field(v->compile_by, info->compile_by, sizeof(info->compile_by));
		version_field(v->compile_domain, info->compile_domain,
			      sizeof(info->compile_domain));
		version_field(v->compile_date, info->compile_date, sizeof(info->compile_date));
	}
	libxen_buffer_release(x, mark);
}

static void version_build_id(struct libxen *x, struct libxen_version *v)
{
	const size_t max = (sizeof(v->build_id) - 1) / 2;
	size_t mark = libxen_buffer_mark(x);
	struct xen_build_id *id = libxen_buffer_get(x, sizeof(*id) + max);
	long len, i;

	if (id) {
		id->len = (uint32_t)max;
		len = version_call(x, XENVER_build_id, id);
		if (len > (long)max)
			len = (long)max;
		for (i = 0; i < len; i++)
			snprintf(v->build_id + 2 * i, 3, "%02x", id->buf[i]);
	}
	libxen_buffer_release(x, mark);
}

static void version_numbers(struct libxen *x, struct libxen_version *v)
{
	size_t mark = libxen_buffer_mark(x);
	struct xen_platform_parameters *platform = libxen_buffer_get(x, sizeof(*platform));
	struct xen_feature_info *features = libxen_buffer_get(x, sizeof(*features));
	long r = version_call(x, XENVER_pagesize, NULL);

	if (r > 0)
		v->page_size = (unsigned int)r;
	if (platform && version_call(x, XENVER_platform_parameters, platform) >= 0)
		v->virt_start = platform->virt_start;
	if (features && version_call(x, XENVER_get_features, features) >= 0)
		v->features = features->submap;
	libxen_buffer_release(x, mark);
}

int libxen_host_version(struct libxen *x, struct libxen_version *ret_version)
{
	struct libxen_version v = { 0 };
	long r = version_call(x, XENVER_version, NULL);

	if (r < 0)
		return (int)r;
	v.major = (unsigned int)r >> 16;
	v.minor = (unsigned int)r & 0xffff;
	version_string(x, XENVER_extraversion, v.extra, sizeof(v.extra));
	version_string(x, XENVER_capabilities, v.capabilities, sizeof(v.capabilities));
	version_string(x, XENVER_changeset, v.changeset, sizeof(v.changeset));
	version_string(x, XENVER_commandline, v.command_line, sizeof(v.command_line));
	version_compile(x, &v);
	version_build_id(x, &v);
	version_numbers(x, &v);
	*ret_version = v;
	return 0;
}
