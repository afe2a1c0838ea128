/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's command line, from cmdline=, or from root=, ip= and its kin, nfs_root= and extra=.
 *
 * The form of ip= is the kernel's own (Documentation/admin-guide/nfs/nfsroot.rst):
 * client:server:gateway:netmask:hostname:device:autoconfiguration.
 *
 * Relies on the parts that config-keys collected. Relied on by config-load.
 */
#include <config.h>

#include <string.h>

#include "domain/config-keys.h"

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* root='/dev/sda1 ro' and root='root=/dev/sda1 ro' mean the same. */
static const char *without_prefix(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) ? text : text + len;
}

static void add_word(struct text *text, const char *prefix, const char *word)
{
	if (!*word)
		return;
	text_printf(text, "%s%s%s", text->len ? " " : "", prefix, word);
}

static bool wants_dhcp(const struct cmdline_parts *parts)
{
	return parts->dhcp && *parts->dhcp && strcmp(parts->dhcp, "off") &&
	       strcmp(parts->dhcp, "no") && strcmp(parts->dhcp, "0");
}

static const char *ip_words(struct key_loader *loader)
{
	const struct cmdline_parts *parts = &loader->parts;
	const char *ip = without_prefix(or_empty(parts->ip), "ip=");
	const char *device = parts->interface && *parts->interface ? parts->interface : "eth0";

	if (!*ip && !wants_dhcp(parts))
		return "";
	if (strchr(ip, ':'))	/* the whole of it already */
		return ip;
	return arena_printf(loader->eval->arena, "%s:%s:%s:%s:%s:%s:%s", ip,
			    or_empty(parts->nfs_server), or_empty(parts->gateway),
			    or_empty(parts->netmask), or_empty(parts->hostname), device,
			    wants_dhcp(parts) ? "dhcp" : "off");
}

static const char *nfs_words(struct key_loader *loader)
{
	const struct cmdline_parts *parts = &loader->parts;
	const char *server = or_empty(parts->nfs_server), *root = or_empty(parts->nfs_root);

	if (!*root)
		return "";
	if (!*server && !wants_dhcp(parts))
		arena_fail(loader->eval->arena, (struct config_pos){0, 0}, "The file sets nfs_root "
			   "but not nfs_server; set both, or take the server from DHCP.");
	if (!*server)
		return root;
	return arena_printf(loader->eval->arena, "%s:%s", server, root);
}

static const char *compose(struct key_loader *loader)
{
	struct text text = {.arena = loader->eval->arena};
	const char *root = without_prefix(or_empty(loader->parts.root), "root=");
	const char *nfs = nfs_words(loader);

	text_add(&text, "", 0);
	if (!*root && *nfs)
		root = "/dev/nfs";
	add_word(&text, "root=", root);
	add_word(&text, "ip=", ip_words(loader));
	add_word(&text, "nfsroot=", nfs);
	add_word(&text, "", or_empty(loader->parts.extra));
	return text.data;
}

const char *cmdline_compose(struct key_loader *loader)
{
	const char *cmdline = loader->parts.cmdline;

	if (!cmdline)
		cmdline = compose(loader);
	if (strlen(cmdline) > CONFIG_CMDLINE_MAX)
		arena_fail(loader->eval->arena, (struct config_pos){0, 0}, "The kernel's command "
			   "line has %zu characters, %d more than a kernel takes; shorten extra.",
			   strlen(cmdline), (int)strlen(cmdline) - CONFIG_CMDLINE_MAX);
	return cmdline;
}
