/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPU lists; see config-cpulist.h.
 */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/config-cpulist.h"

static bool map_test(const uint8_t *map, unsigned int cpu)
{
	return map[cpu / 8] >> (cpu % 8) & 1;
}

static void map_fill(uint8_t *map, unsigned int from, unsigned int to, bool on)
{
	for (unsigned int cpu = from; cpu <= to; cpu++) {
		if (on)
			map[cpu / 8] = (uint8_t)(map[cpu / 8] | 1u << (cpu % 8));
		else
			map[cpu / 8] = (uint8_t)(map[cpu / 8] & ~(1u << (cpu % 8)));
	}
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

static int parse_cpu(const char **at, unsigned int nr_cpus, unsigned int *ret_cpu)
{
	unsigned long cpu;
	char *end;

	if (!isdigit((unsigned char)**at))
		return -EINVAL;
	errno = 0;
	cpu = strtoul(*at, &end, 10);
	if (errno || cpu >= nr_cpus)
		return -ERANGE;
	*at = skip_blanks(end);
	*ret_cpu = (unsigned int)cpu;
	return 0;
}

/* "all", "5" or "2-4", behind a "^" or not. */
static int parse_item(const char **at, uint8_t *map, unsigned int nr_cpus, bool on)
{
	unsigned int from, to;
	int rc;

	if (!strncmp(*at, "all", 3)) {
		*at = skip_blanks(*at + 3);
		map_fill(map, 0, nr_cpus - 1, on);
		return 0;
	}
	rc = parse_cpu(at, nr_cpus, &from);
	if (rc)
		return rc;
	to = from;
	if (**at == '-') {
		*at = skip_blanks(*at + 1);
		rc = parse_cpu(at, nr_cpus, &to);
		if (rc)
			return rc;
	}
	if (to < from)
		return -EINVAL;
	map_fill(map, from, to, on);
	return 0;
}

static int parse_items(const char **at, uint8_t *map, unsigned int nr_cpus, const char **ret_item)
{
	bool first = true, on;
	int rc;

	for (;; first = false) {
		*at = *ret_item = skip_blanks(*at);
		on = **at != '^';
		if (!on) {
			*at = skip_blanks(*at + 1);
			if (first)
				map_fill(map, 0, nr_cpus - 1, true);
		}
		rc = parse_item(at, map, nr_cpus, on);
		if (rc)
			return rc;
		if (!**at)
			return 0;
		if (*(*at)++ != ',')
			return -EINVAL;
	}
}

int cpulist_parse(const char *text, uint8_t *map, unsigned int nr_cpus, size_t *ret_where)
{
	const char *at = skip_blanks(text), *item = text;
	uint8_t *work;
	int rc = 0;

	if (!nr_cpus)
		return -ERANGE;
	work = calloc(1, CPULIST_BYTES(nr_cpus));
	if (!work)
		return -ENOMEM;
	if (!*at)
		map_fill(work, 0, nr_cpus - 1, true);
	else
		rc = parse_items(&at, work, nr_cpus, &item);
	if (!rc) {
		unsigned int cpu = 0;

		while (cpu < nr_cpus && !map_test(work, cpu))
			cpu++;
		rc = cpu == nr_cpus ? -ENODATA : 0;
	}
	if (!rc)
		memcpy(map, work, CPULIST_BYTES(nr_cpus));
	else if (ret_where)
		*ret_where = (size_t)(item - text);
	free(work);
	return rc;
}

char *cpulist_print(const uint8_t *map, unsigned int nr_cpus, char *buf, size_t size)
{
	unsigned int from, to;
	size_t len = 0;
	char item[32];

	if (size)
		*buf = '\0';
	for (from = 0; from < nr_cpus; from = to + 1) {
		to = from;
		if (!map_test(map, from))
			continue;
		while (to + 1 < nr_cpus && map_test(map, to + 1))
			to++;
		if (!from && to == nr_cpus - 1)
			snprintf(item, sizeof(item), "all");
		else if (from == to)
			snprintf(item, sizeof(item), "%s%u", len ? "," : "", from);
		else
			snprintf(item, sizeof(item), "%s%u-%u", len ? "," : "", from, to);
		if (len + strlen(item) >= size)
			break;
		strcpy(buf + len, item);
		len += strlen(item);
	}
	return buf;
}
