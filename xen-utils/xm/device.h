/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands for devices share, whatever the class of the device ("vbd", "vif").
 *
 * Relies on xm.h. Relied on by cmd-block.c and its like.
 */
#ifndef XM_DEVICE_H
#define XM_DEVICE_H

#include "xm/xm.h"

struct table;

/* The arguments from first on as one specification, joined by commas; malloc()ed. */
char *xm_device_spec(int argc, char **argv, int first);

/* Ask for a device, or for its end; exit status. */
int xm_device_attach(struct xm *xm, const char *domain, const char *class, const char *spec);
int xm_device_detach(struct xm *xm, const char *domain, const char *class, const char *device,
		     bool force);

/*
 * The devices of the domains at optind and after as an array of xend's answers, each with the
 * domain's name and "devices"; NULL after reporting a failure.
 */
json_t *xm_device_lists(struct xm *xm, int argc, char **argv, const char *class);

#endif
