/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one string of vif=[...] means: KEY=VALUE pairs parted by commas, in the words of Xen 2.0 and
 * of today's tools.
 *
 *   mac=00:16:3e:01:02:03, bridge=xen-br0, ip=10.0.0.2 fd00::2, script=vif-bridge, vifname=web0,
 *   rate=10Mb/s@50ms, backend=netdom, devid=1, mtu=1500, gatewaydev=eth0, trusted=0
 *
 * Pure functions; no file and no interface is looked at. Relied on by device-vif.c. The invariant:
 * in a struct vif that vif_parse() filled every text is of a form that a kernel, a firewall and a
 * shell take as nothing but a name, an address or a number.
 */
#ifndef XEND_VIF_H
#define XEND_VIF_H

#include <stdbool.h>
#include <stdint.h>

#include "xend/error.h"

#define VIF_INTERFACE_SIZE	16	/* IFNAMSIZ */
#define VIF_MAC_SIZE		18
#define VIF_DEVID_MAX		255
#define VIF_DEVID_ANY		UINT32_MAX
#define VIF_MTU_MIN		68
#define VIF_MTU_MAX		65521	/* what netback can have */

struct vif {
	uint32_t devid;				/* VIF_DEVID_ANY when not given */
	char mac[VIF_MAC_SIZE];		/* lower case; "" when not given */
	char bridge[VIF_INTERFACE_SIZE]; /* "" when not given, as below */
	char vifname[VIF_INTERFACE_SIZE];
	char gatewaydev[VIF_INTERFACE_SIZE];
	char *ip;		/* addresses parted by blanks; NULL when not given */
	char *script;		/* a name, or an absolute path; NULL when not given */
	char *backend;		/* a domain; NULL: domain 0 */
	uint32_t rate_bytes, rate_usec;		/* so much in such a time; 0: no limit */
	unsigned int mtu;			/* 0: the bridge's */
	bool untrusted;
};

/* 0, or -EINVAL, -ENOMEM with a sentence; vif_clear() in every case. */
int vif_parse(const char *spec, struct vif *ret_vif, struct xend_error *err);
void vif_clear(struct vif *vif);

/* "10Mb/s@50ms" to bytes and microseconds. 0 or -EINVAL. */
int vif_rate_parse(const char *text, uint32_t *ret_bytes, uint32_t *ret_usec);

/*
 * A MAC address of Xen's range (00:16:3e) whose last three bytes follow from what is given: the
 * same seed, domain, number and attempt give the same address for ever.
 */
void vif_mac_derive(const uint8_t seed[16], const char *domain, uint32_t number,
		    unsigned int attempt, char mac[VIF_MAC_SIZE]);

/* May an interface have such a name? */
bool vif_is_interface_name(const char *name);

#endif /* XEND_VIF_H */
