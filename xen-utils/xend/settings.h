/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xend's own configuration: /etc/xen/xend-config.sxp.
 *
 * The file is a row of (key value...) lists in the syntax of Xen 2.0. Unknown keys are warned about
 * with their line and skipped, so that a file from 2.0 loads; a malformed file is an error with its
 * line. Relies on common/. The structure does not change once main() has read it.
 */
#ifndef XEND_SETTINGS_H
#define XEND_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

struct settings {
	char *unix_path;		/* xend-unix-path */
	bool tcp;			/* xend-port given and not 0 */
	unsigned int port;		/* xend-port, 8000 */
	char *address;			/* xend-address, localhost */
	unsigned int console_port_base;	/* console-port-base, 9600 */
	char *console_address;		/* console-address, localhost */
	char *network_script, *vif_script, *vif_bridge;
	bool vif_antispoof;
	char *block_file, *block_enbd;
	unsigned int dom0_min_mb;	/* dom0-min-mem, 196: domain 0 never balloons below */
	char *tls_certificate, *tls_key;	/* xend-tls-certificate, xend-tls-key: PEM files */
	char *token_file;		/* xend-token-file: who has its first line may connect */
	char *dbroot;			/* dbroot: where the durable state lives */
	char *logfile, *loglevel;
};

/* Fill with defaults. 0 or -ENOMEM. */
int settings_init(struct settings *s);
void settings_clear(struct settings *s);

/* Called for each thing to tell the administrator; line is from 1. */
typedef void (*settings_warn_fn)(void *context, int line, const char *text);

/*
 * Read text over the defaults. 0, or -EINVAL with a sentence in why and its line. Warnings do not
 * make it fail.
 */
int settings_parse(struct settings *s, const char *text, settings_warn_fn warn, void *context,
		   char *why, size_t why_size);

/*
 * Do the settings fit together? 0, or -EINVAL with a sentence: an address that others reach needs
 * encryption and a token.
 */
int settings_check(const struct settings *s, char *why, size_t why_size);

/*
 * Read the file. A file that does not exist is 0: the defaults hold. Warnings go to the log.
 */
int settings_load(struct settings *s, const char *path, char *why, size_t why_size);

#endif /* XEND_SETTINGS_H */
