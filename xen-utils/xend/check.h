/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking for what belongs to no domain any more ('xm check').
 *
 * Relies on domain.h and the backend. A part of xend that makes things outside the hypervisor (loop
 * devices, interfaces) adds a kind to the table of check.c: the only thing it must know is how to
 * list what it made and whom each serves.
 *
 * Rule: a kind lists first, then asks check_domid_known() or check_uuid_known(), never the other
 * way round, so that what a domain makes meanwhile is no orphan. What an operation is at work on is
 * known.
 */
#ifndef XEND_CHECK_H
#define XEND_CHECK_H

#include <stdbool.h>
#include <stdint.h>

struct xend;
struct check_run;

struct check_kind {
	const char *kind;		/* "xenstore", "loop"... a word for programs */
	/* Calls check_found() for each orphan. 0 or -errno when it cannot look. */
	int (*find)(struct xend *x, struct check_run *run);
	/* Removes one that find() named. NULL: people must. 0 or -errno. */
	int (*repair)(struct xend *x, const char *what);
};

/* One orphan: what it is (a path, a device, a name) and a sentence that says why it is one. */
void check_found(struct check_run *run, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Is there such a domain, in the hypervisor or in xend's register? Fresh as of the last refresh. */
bool check_domid_known(struct xend *x, uint32_t domid);
bool check_uuid_known(struct xend *x, const char *uuid);

#endif /* XEND_CHECK_H */
