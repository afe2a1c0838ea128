/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one string of disk=[...] means: the words of Xen 2.0 and those of today's tools.
 *
 *   phy:/dev/vg/web,xvda1,w             SCHEME:PARAMS,NAME,MODE[,BACKEND]; modes r, w, w!
 *   /srv/web.img,raw,xvda,rw            TARGET[,FORMAT[,NAME[,ACCESS]]], then KEY=VALUE
 *   format=raw, vdev=xvda, access=rw, target=/srv/web.img
 *
 * Pure functions, no file is looked at. Relied on by device-vbd.c. The invariant: a struct disk
 * that disk_parse() filled names a target and a number that blkfront knows.
 */
#ifndef XEND_DISK_H
#define XEND_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "xend/error.h"

#define DISK_NAME_SIZE	24
#define DISK_TARGET_MAX	1024

struct disk {
	char *scheme;		/* "phy", "file", "nbd" ...; NULL: whatever the target is */
	char *target;		/* what the script gets; an absolute path for phy and file */
	char *script;		/* as given by script=; NULL: the scheme's */
	char *backend;		/* domain of the back end; NULL: domain 0 */
	char name[DISK_NAME_SIZE];	/* normalised: "xvda", "sda1", "hdc" */
	uint32_t devid;		/* the number that goes into xenstore */
	bool write;
	bool shared;		/* w! or r!: whoever else has it */
	bool cdrom;
	bool discard, untrusted, direct_io_safe;
};

/* 0, or -EINVAL, -EOPNOTSUPP, -ENOMEM with a sentence; disk_clear() in every case. */
int disk_parse(const char *spec, struct disk *ret_disk, struct xend_error *err);
void disk_clear(struct disk *disk);

/*
 * "xvda", "sda1", "hdc", "d0p1", "/dev/xvda", or a number in C's notation, to the number of the
 * device, by the table of xen-vbd-interface(7). 0 or -EINVAL.
 */
int disk_number(const char *name, uint32_t *ret_devid);
/* The inverse, "xvda1"; "" is never the answer, numbers without a name are printed as such. */
void disk_name(uint32_t devid, char name[DISK_NAME_SIZE]);

#endif /* XEND_DISK_H */
