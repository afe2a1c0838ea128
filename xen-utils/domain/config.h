/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a domain is to be: the result of evaluating a domain file.
 *
 * domain_config_load() evaluates a file in the language of xmdomain.cfg(5) (config-eval.h) and puts
 * its variables through the table of keys (config-keys.c) into a struct domain_config. The other
 * functions turn that structure into JSON and S-expressions and back.
 *
 * Relies on jansson and on nothing else of this tree but common/. Relied on by xend alone, which
 * stores the JSON form and drives the domain builder with the structure.
 *
 * Invariant: a struct domain_config handed out by this library is complete and checked: required
 * keys are there, every number is within its limits, every enumeration is one of its values, every
 * string is UTF-8 without control characters. Whoever fills one by hand calls
 * domain_config_check().
 */
#ifndef DOMAIN_CONFIG_H
#define DOMAIN_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* Limits that are part of the interface; beyond them a file is refused with a sentence. */
#define CONFIG_TEXT_MAX		(1u << 20)	/* bytes of a domain file */
#define CONFIG_NAME_MAX		63		/* characters of a domain's name */
#define CONFIG_CMDLINE_MAX	1023		/* what start_info holds, without its zero byte */
/* HVM_MAX_VCPUS is 128, PV's is 8192; ours for a PV domain */
#define CONFIG_VCPUS_MAX	512
#define CONFIG_CPUS_MAX		4096		/* physical CPUs that a CPU list can speak of */
#define CONFIG_MEMORY_MIN_MB	4
#define CONFIG_MEMORY_MAX_MB	(16u << 20)	/* 16 TB */
#define CONFIG_DEVICES_MAX	256		/* of one kind */
#define CONFIG_WEIGHT_DEFAULT	256

/* Where something stands in a domain file; both from 1, both 0 when it comes from elsewhere. */
struct config_pos {
	int line;
	int column;
};

/* One thing to tell the user; text is a whole sentence, key is NULL or the key it is about. */
struct config_message {
	struct config_pos pos;
	char *text;
	char *key;
};

/*
 * What loading had to say. Start with zeroes, end with config_report_clear(). When a function that
 * takes a report returns an error, error.text is not NULL.
 */
struct config_report {
	struct config_message error;
	struct config_message *warnings;
	size_t nr_warnings;
};

/* A string with the place where the file spells it, for errors found later. */
struct config_string {
	char *text;
	struct config_pos pos;
};

struct config_strings {
	struct config_string *item;
	size_t count;
};

enum domain_type { DOMAIN_TYPE_PV, DOMAIN_TYPE_PVH, DOMAIN_TYPE_HVM };

enum domain_action {
	DOMAIN_ACTION_DESTROY,
	DOMAIN_ACTION_RESTART,
	DOMAIN_ACTION_PRESERVE,
	DOMAIN_ACTION_RENAME_RESTART,
	DOMAIN_ACTION_COREDUMP_DESTROY,
	DOMAIN_ACTION_COREDUMP_RESTART,
	DOMAIN_ACTION_SOFT_RESET,
};

struct domain_config {
	/* identity */
	char *name;			/* never NULL */
	char *uuid;			/* NULL: xend makes one; else lower case with dashes */
	enum domain_type type;

	/* resources */
	uint32_t memory_mb;
	uint32_t maxmem_mb;		/* >= memory_mb */
	uint32_t vcpus;			/* on line at the start, 1..maxvcpus */
	uint32_t maxvcpus;
	/* 0 lists: any CPU; 1: for all vCPUs; n: one a vCPU, the last repeats */
	struct config_strings cpus;
	/* the same for soft affinity; lists are cpulist_parse() food */
	struct config_strings cpus_soft;
	uint32_t cpu_weight;		/* 0: not given */
	uint32_t cap;			/* per cent of one CPU, 0: none */

	/* image */
	/* absolute path or URL; NULL for a bootloader, which is not available yet */
	char *kernel;
	char *ramdisk;			/* NULL: none */
	char *cmdline;			/* composed, never NULL */
	struct config_pos kernel_pos, ramdisk_pos;

	/* life cycle */
	char *restart;			/* as given: "onreboot", "always", "never"; NULL when not */
	enum domain_action on_poweroff, on_reboot, on_crash, on_watchdog;

	/* console: TCP port on localhost; 0: base + domain id; -1: none */
	int32_t console_port;

	/* devices, as written; parsed by who attaches them */
	struct config_strings disk, vif, pci;
	/* vifs to have, at least vif.count; the missing ones get defaults */
	uint32_t nics;
	bool blkif, netif;		/* this domain is a back end */

	/* every other known key that was set, as JSON, kept so that nothing is lost; never NULL */
	json_t *extra;
};

/* A VAR=VALUE of the command line. */
struct config_var {
	const char *name;
	const char *value;
};

/* What to evaluate. Zeroes where nothing is given; only text (with size) is required. */
struct config_source {
	const char *file;		/* for messages; its base name is the default of name */
	const char *text;
	size_t size;
	const struct config_var *vars;
	size_t nr_vars;
	const char *name;		/* wins over the file and over vars */
};

/*
 * Evaluates a domain file. May take up to about a second of CPU and 64 MB for a hostile file, never
 * more. Touches no file and no process. Returns 0 and *ret_config (free it with
 * domain_config_free()), or -EINVAL or -ENOMEM with report->error filled; *ret_config is untouched
 * then. Warnings are added to the report in both cases.
 */
int domain_config_load(const struct config_source *source, struct domain_config **ret_config,
		       struct config_report *report);

/* The same from the S-expression that domain_config_to_sxp() prints; vars are not used. */
int domain_config_load_sxp(const struct config_source *source, struct domain_config **ret_config,
			   struct config_report *report);

/*
 * Evaluates the file up to xm_vars.check() and returns what it declared, as the JSON object
 * {"vars": [{"name","doc","value"}], "usage": text} of xend-http.md, or NULL with report->error.
 */
json_t *domain_config_help(const struct config_source *source, struct config_report *report);

/* Checks every limit and required member. Returns 0, or -EINVAL with report->error filled. */
int domain_config_check(const struct domain_config *config, struct config_report *report);

void domain_config_free(struct domain_config *config);

/* The object of xend-http.md section 7; a new reference, NULL when memory is short. */
json_t *domain_config_to_json(const struct domain_config *config);

/*
 * The inverse: 0 and *ret_config, or -EINVAL/-ENOMEM with report->error. Unknown members are
 * ignored, so that an older xend can read what a newer one stored.
 */
int domain_config_from_json(const json_t *json, struct domain_config **ret_config,
			    struct config_report *report);

/* "(vm (name ...) ...)", one line a member, malloc()ed; NULL when memory is short. */
char *domain_config_to_sxp(const struct domain_config *config);

/*
 * Generic S-expression of any JSON value under a name, by the rule of xend-http.md section 8, with
 * a newline at the end; malloc()ed, NULL when memory is short.
 */
char *sxp_from_json(const char *name, const json_t *json);

const char *domain_type_name(enum domain_type type);
const char *domain_action_name(enum domain_action action);
/* 0 and *ret_action, or -EINVAL for a name that is none. */
int domain_action_parse(const char *name, enum domain_action *ret_action);

/*
 * A name that a domain may have: 1 to CONFIG_NAME_MAX of letters, digits, "_-.+:@", beginning with
 * a letter, digit or underscore, not digits only, not of a UUID's form. Returns NULL when it may,
 * else a sentence that says why not.
 */
const char *domain_name_complaint(const char *name);

/* Appends a copy; 0 or -ENOMEM. */
int config_strings_add(struct config_strings *strings, const char *text, struct config_pos pos);
/* Takes out the first that reads so; false when none does. */
bool config_strings_remove(struct config_strings *strings, const char *text);
void config_strings_clear(struct config_strings *strings);

/* Frees what the report holds and zeroes it. */
void config_report_clear(struct config_report *report);

/*
 * One message as a JSON object {"error" or "warning": text, "file", "line", "column", "key"}, the
 * members that are not known left out. NULL when memory is short.
 */
json_t *config_message_to_json(const struct config_message *message, const char *member,
			       const char *file);

#endif
