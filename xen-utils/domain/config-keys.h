/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of keys: every variable of a domain file that means something, one row each.
 *
 * Relies on the evaluator's values. Relied on by config-load, and by the test that compares the
 * table with the manual page.
 */
#ifndef DOMAIN_CONFIG_KEYS_H
#define DOMAIN_CONFIG_KEYS_H

#include "domain/config-eval.h"

/* Pieces of the kernel's command line; NULL for what is not given. In the arena. */
struct cmdline_parts {
	const char *cmdline, *root, *extra;
	const char *ip, *gateway, *netmask, *hostname, *interface, *dhcp;
	const char *nfs_server, *nfs_root;
};

/* What the rows' functions work on. */
struct key_loader {
	struct eval *eval;
	struct domain_config *config;
	struct config_report *report;
	struct cmdline_parts parts;
	int64_t cpu;			/* cpu=, -1 for any */
	bool has_on[4];			/* on_poweroff, on_reboot, on_crash, on_watchdog given */
	const struct config_key *key;	/* of the value at hand, for messages */
	struct config_pos pos;
};

enum key_use {
	KEY_USED,
	KEY_KEPT,	/* known, stored, no effect in this version: a warning says so */
	KEY_QUIET,	/* means nothing for a PV domain: stored, no warning */
};

struct config_key {
	const char *name;
	const char *type;		/* for people: "number, MB" */
	const char *standard;		/* the default, for people; "" for none */
	const char *doc;		/* one sentence */
	enum key_use use;
	/*
	 * Puts the value where it belongs: into the member at offset, mostly. Fails by key_fail().
	 */
	void (*load)(struct key_loader *loader, struct value *value);
	size_t offset;			/* of the member in struct domain_config or cmdline_parts */
	int64_t min, max;		/* of numbers */
};

const struct config_key *config_key_find(const char *name);
/* Row nr, NULL behind the last. */
const struct config_key *config_key_nr(size_t nr);
/* The key whose name is nearest to a mistyped one, NULL when none is near. */
const char *config_key_nearest(const char *name);

/* "The value of 'memory' ...": fails at the value's place with the rest of the sentence. */
_Noreturn void key_fail(struct key_loader *loader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Composes the kernel's command line from its parts, in the arena. */
const char *cmdline_compose(struct key_loader *loader);

/* Adds a warning to a report; -ENOMEM is the only failure. */
int config_report_warn(struct config_report *report, struct config_pos pos, const char *key,
		       const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Sets the report's error (the first one stays) and returns -EINVAL. */
int config_report_error(struct config_report *report, struct config_pos pos, const char *key,
			const char *format, ...) __attribute__((format(printf, 4, 5)));

/* An empty configuration with the defaults, NULL when memory is short. */
struct domain_config *domain_config_new(void);
/* Sets a malloc()ed string member to a copy; 0 or -ENOMEM. */
int config_string_set(char **member, const char *text);
/* Lower case with dashes into out[37]; -EINVAL when text is no UUID. */
int config_uuid_normalise(const char *text, char out[37]);

#endif
