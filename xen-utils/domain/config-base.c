/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct domain_config and struct config_report: making, checking, freeing; see config.h.
 */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/config-cpulist.h"
#include "domain/config-keys.h"

static const char *const types[] = {"pv", "pvh", "hvm"};

static const char *const actions[] = {
	[DOMAIN_ACTION_DESTROY] = "destroy", [DOMAIN_ACTION_RESTART] = "restart",
	[DOMAIN_ACTION_PRESERVE] = "preserve", [DOMAIN_ACTION_RENAME_RESTART] = "rename-restart",
	[DOMAIN_ACTION_COREDUMP_DESTROY] = "coredump-destroy",
	[DOMAIN_ACTION_COREDUMP_RESTART] = "coredump-restart",
	[DOMAIN_ACTION_SOFT_RESET] = "soft-reset",
};

const char *domain_type_name(enum domain_type type)
{
	return types[type];
}

const char *domain_action_name(enum domain_action action)
{
	return actions[action];
}

int domain_action_parse(const char *name, enum domain_action *ret_action)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (!strcmp(actions[i], name)) {
			*ret_action = (enum domain_action)i;
			return 0;
		}
	}
	return -EINVAL;
}

int config_uuid_normalise(const char *text, char out[37])
{
	char hex[32];
	size_t nr = 0, at = 0;

	for (; *text; text++) {
		if (*text == '-')
			continue;
		if (!isxdigit((unsigned char)*text) || nr == sizeof(hex))
			return -EINVAL;
		hex[nr++] = (char)tolower((unsigned char)*text);
	}
	if (nr != sizeof(hex))
		return -EINVAL;
	for (nr = 0; nr < sizeof(hex); nr++) {
		if (nr == 8 || nr == 12 || nr == 16 || nr == 20)
			out[at++] = '-';
		out[at++] = hex[nr];
	}
	out[at] = '\0';
	return 0;
}

const char *domain_name_complaint(const char *name)
{
	static const char first[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	static const char others[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		"_-.+:@";
	char uuid[37];

	if (!*name)
		return "a domain's name cannot be empty.";
	if (strlen(name) > CONFIG_NAME_MAX)
		return "a domain's name has at most 63 characters.";
	if (!strchr(first, *name) || strspn(name, others) != strlen(name))
		return "a domain's name is made of letters, digits and _-.+:@, and begins with a "
		       "letter, a digit or _.";
	if (strspn(name, "0123456789") == strlen(name))
		return "a name of digits only would be taken for a domain's number.";
	if (strlen(name) >= 32 && !config_uuid_normalise(name, uuid))
		return "a name of this form would be taken for a UUID.";
	return NULL;
}

struct domain_config *domain_config_new(void)
{
	struct domain_config *config = calloc(1, sizeof(*config));

	if (!config)
		return NULL;
	config->extra = json_object();
	if (!config->extra) {
		free(config);
		return NULL;
	}
	config->memory_mb = 128;
	config->on_reboot = DOMAIN_ACTION_RESTART;
	return config;
}

void config_strings_clear(struct config_strings *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->item[i].text);
	free(strings->item);
	strings->item = NULL;
	strings->count = 0;
}

int config_strings_add(struct config_strings *strings, const char *text, struct config_pos pos)
{
	struct config_string *items =
		reallocarray(strings->item, strings->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	strings->item = items;
	items[strings->count].pos = pos;
	items[strings->count].text = strdup(text);
	if (!items[strings->count].text)
		return -ENOMEM;
	strings->count++;
	return 0;
}

bool config_strings_remove(struct config_strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->count; i++) {
		if (strcmp(strings->item[i].text, text))
			continue;
		free(strings->item[i].text);
		strings->count--;
		memmove(&strings->item[i], &strings->item[i + 1],
			(strings->count - i) * sizeof(strings->item[0]));
		return true;
	}
	return false;
}

int config_string_set(char **member, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	free(*member);
	*member = copy;
	return 0;
}

void domain_config_free(struct domain_config *config)
{
	if (!config)
		return;
	free(config->name);
	free(config->uuid);
	free(config->kernel);
	free(config->ramdisk);
	free(config->cmdline);
	free(config->restart);
	config_strings_clear(&config->cpus);
	config_strings_clear(&config->cpus_soft);
	config_strings_clear(&config->disk);
	config_strings_clear(&config->vif);
	config_strings_clear(&config->pci);
	json_decref(config->extra);
	free(config);
}

static int message_set(struct config_message *message, struct config_pos pos, const char *key,
		       const char *format, va_list args)
{
	memset(message, 0, sizeof(*message));
	message->pos = pos;
	if (vasprintf(&message->text, format, args) < 0)
		message->text = NULL;
	if (key)
		message->key = strdup(key);
	return message->text ? 0 : -ENOMEM;
}

int config_report_warn(struct config_report *report, struct config_pos pos, const char *key,
		       const char *format, ...)
{
	struct config_message *warnings;
	va_list args;
	int rc;

	warnings = reallocarray(report->warnings, report->nr_warnings + 1, sizeof(*warnings));
	if (!warnings)
		return -ENOMEM;
	report->warnings = warnings;
	va_start(args, format);
	rc = message_set(&warnings[report->nr_warnings], pos, key, format, args);
	va_end(args);
	if (!rc)
		report->nr_warnings++;
	else
		free(warnings[report->nr_warnings].key);
	return rc;
}

int config_report_error(struct config_report *report, struct config_pos pos, const char *key,
			const char *format, ...)
{
	va_list args;

	if (report->error.text)
		return -EINVAL;
	va_start(args, format);
	message_set(&report->error, pos, key, format, args);
	va_end(args);
	return report->error.text ? -EINVAL : -ENOMEM;
}

static void message_clear(struct config_message *message)
{
	free(message->text);
	free(message->key);
}

void config_report_clear(struct config_report *report)
{
	message_clear(&report->error);
	for (size_t i = 0; i < report->nr_warnings; i++)
		message_clear(&report->warnings[i]);
	free(report->warnings);
	memset(report, 0, sizeof(*report));
}

json_t *config_message_to_json(const struct config_message *message, const char *member,
			       const char *file)
{
	json_t *json = json_pack("{s:s, s:s*, s:s*}", member, message->text ? message->text :
				 "There is not enough memory.", "key", message->key, "file",
				 message->pos.line ? file : NULL);

	if (json && message->pos.line) {
		json_object_set_new(json, "line", json_integer(message->pos.line));
		json_object_set_new(json, "column", json_integer(message->pos.column));
	}
	return json;
}

static int check_cpus(const struct config_strings *lists, const char *key,
		      struct config_report *report)
{
	uint8_t map[CPULIST_BYTES(CONFIG_CPUS_MAX)];

	for (size_t i = 0; i < lists->count; i++)
		if (cpulist_parse(lists->item[i].text, map, CONFIG_CPUS_MAX, NULL))
			return config_report_error(report, lists->item[i].pos, key,
						   "'%.60s' is not "
						   "a CPU list as 0-3,5,^2 or all.",
						   lists->item[i].text);
	return 0;
}

int domain_config_check(const struct domain_config *config, struct config_report *report)
{
	struct config_pos nowhere = {0, 0};
	const char *why = config->name ? domain_name_complaint(config->name) : "it is missing.";

	if (why)
		return config_report_error(report, nowhere, "name",
					   "The domain's name '%.80s' cannot "
					   "be: %s",
					   config->name ? config->name : "", why);
	if (!config->kernel && !json_object_get(config->extra, "bootloader"))
		return config_report_error(report, nowhere, "kernel",
					   "The domain has no kernel; set "
					   "kernel = '/path/of/a/kernel'.");
	if (!config->kernel)
		return config_report_error(report, nowhere, "bootloader", "Boot loaders are not "
					   "available in this version; set kernel = "
					   "'/path/of/a/kernel' instead.");
	if (config->maxmem_mb < config->memory_mb)
		return config_report_error(report, nowhere, "maxmem", "maxmem (%u MB) is less than "
					   "memory (%u MB); raise it or leave it out.",
					   config->maxmem_mb, config->memory_mb);
	if (config->memory_mb < CONFIG_MEMORY_MIN_MB || config->maxmem_mb > CONFIG_MEMORY_MAX_MB)
		return config_report_error(report, nowhere, "memory", "The domain's memory must be "
					   "from %d to %u MB.", CONFIG_MEMORY_MIN_MB,
					   CONFIG_MEMORY_MAX_MB);
	if (!config->vcpus || config->vcpus > config->maxvcpus ||
	    config->maxvcpus > CONFIG_VCPUS_MAX)
		return config_report_error(report, nowhere, "vcpus",
					   "The domain cannot have %u of "
					   "%u virtual CPUs on line; vcpus is at least 1 and at "
					   "most "
					   "maxvcpus.",
					   config->vcpus, config->maxvcpus);
	if (!config->cmdline || strlen(config->cmdline) > CONFIG_CMDLINE_MAX)
		return config_report_error(report, nowhere, "cmdline", "The kernel's command line "
					   "has more than %d characters; shorten extra.",
					   CONFIG_CMDLINE_MAX);
	if (check_cpus(&config->cpus, "cpus", report) ||
	    check_cpus(&config->cpus_soft, "cpus_soft", report))
		return -EINVAL;
	return 0;
}
