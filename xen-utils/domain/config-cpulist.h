/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPU lists: "0-3,5,^2" and "all", to bit maps and back.
 *
 * Relies on nothing. Relied on by the table of keys (cpus=, cpus_soft=) and by xend (vcpu-pin).
 */
#ifndef DOMAIN_CONFIG_CPULIST_H
#define DOMAIN_CONFIG_CPULIST_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of a map of nr_cpus bits; bit n is in byte n / 8, as the hypervisor's cpumaps have it. */
#define CPULIST_BYTES(nr_cpus) (((nr_cpus) + 7u) / 8u)

/*
 * Reads a list into map, which has CPULIST_BYTES(nr_cpus) bytes and is set as a whole. "all" and ""
 * set every bit. Items are applied from left to right; "^" removes; a list that begins with a
 * removal begins from all. Returns 0; -EINVAL for a list that is not well-formed; -ERANGE for a CPU
 * >= nr_cpus; -ENODATA when nothing is left; -ENOMEM. map is untouched on failure. When ret_where
 * is not NULL it gets the offset in text of the item that is wrong.
 */
int cpulist_parse(const char *text, uint8_t *map, unsigned int nr_cpus, size_t *ret_where);

/*
 * Prints a map in its shortest form ("all" when every bit is set) into buf and returns buf; always
 * ends with a zero byte, cut at an item's end when it does not fit.
 */
char *cpulist_print(const uint8_t *map, unsigned int nr_cpus, char *buf, size_t size);

#endif
