/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configurations to JSON and back: one table of members for both directions, the form of
 * xend-http.md section 7.
 *
 * Relies on jansson. Relied on by xend, which stores this form.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "domain/config-keys.h"

enum member_kind { MEMBER_STRING, MEMBER_NUMBER, MEMBER_PORT, MEMBER_BOOL, MEMBER_ACTION,
		   MEMBER_TYPE, MEMBER_STRINGS, MEMBER_CPUS };

#define AT(member) offsetof(struct domain_config, member)

static const struct {
	const char *name;
	enum member_kind kind;
	bool always;		/* also when empty */
	size_t offset;
} members[] = {
	{"name", MEMBER_STRING, true, AT(name)},
	{"uuid", MEMBER_STRING, false, AT(uuid)},
	{"type", MEMBER_TYPE, true, AT(type)},
	{"memory", MEMBER_NUMBER, true, AT(memory_mb)},
	{"maxmem", MEMBER_NUMBER, true, AT(maxmem_mb)},
	{"vcpus", MEMBER_NUMBER, true, AT(vcpus)},
	{"maxvcpus", MEMBER_NUMBER, true, AT(maxvcpus)},
	{"cpus", MEMBER_CPUS, false, AT(cpus)},
	{"cpus_soft", MEMBER_CPUS, false, AT(cpus_soft)},
	{"cpu_weight", MEMBER_NUMBER, false, AT(cpu_weight)},
	{"cap", MEMBER_NUMBER, false, AT(cap)},
	{"kernel", MEMBER_STRING, true, AT(kernel)},
	{"ramdisk", MEMBER_STRING, false, AT(ramdisk)},
	{"cmdline", MEMBER_STRING, true, AT(cmdline)},
	{"restart", MEMBER_STRING, false, AT(restart)},
	{"on_poweroff", MEMBER_ACTION, true, AT(on_poweroff)},
	{"on_reboot", MEMBER_ACTION, true, AT(on_reboot)},
	{"on_crash", MEMBER_ACTION, true, AT(on_crash)},
	{"on_watchdog", MEMBER_ACTION, true, AT(on_watchdog)},
	{"console", MEMBER_PORT, false, AT(console_port)},
	{"disk", MEMBER_STRINGS, false, AT(disk)},
	{"vif", MEMBER_STRINGS, false, AT(vif)},
	{"pci", MEMBER_STRINGS, false, AT(pci)},
	{"nics", MEMBER_NUMBER, false, AT(nics)},
	{"blkif", MEMBER_BOOL, false, AT(blkif)},
	{"netif", MEMBER_BOOL, false, AT(netif)},
};

static json_t *strings_to_json(const struct config_strings *strings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < strings->count; i++) {
		if (json_array_append_new(list, json_string(strings->item[i].text))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *member_to_json(enum member_kind kind, const void *member)
{
	const struct config_strings *strings = member;

	switch (kind) {
	case MEMBER_STRING:
		return json_string(*(char *const *)member ? *(char *const *)member : "");
	case MEMBER_NUMBER:
		return json_integer(*(const uint32_t *)member);
	case MEMBER_PORT:
		return json_integer(*(const int32_t *)member);
	case MEMBER_BOOL:
		return json_boolean(*(const bool *)member);
	case MEMBER_ACTION:
		return json_string(domain_action_name(*(const enum domain_action *)member));
	case MEMBER_TYPE:
		return json_string(domain_type_name(*(const enum domain_type *)member));
	case MEMBER_CPUS:
		if (strings->count == 1)
			return json_string(strings->item[0].text);
		return strings_to_json(strings);
	default:
		return strings_to_json(strings);
	}
}

static bool is_empty(const json_t *json)
{
	if (json_is_string(json))
		return !json_string_length(json);
	if (json_is_integer(json))
		return !json_integer_value(json);
	return json_is_array(json) ? !json_array_size(json) : json_is_false(json);
}

json_t *domain_config_to_json(const struct domain_config *config)
{
	json_t *object = json_object(), *json;

	for (size_t i = 0; object && i < sizeof(members) / sizeof(members[0]); i++) {
		json = member_to_json(members[i].kind, (const char *)config + members[i].offset);
		if (json && !members[i].always && is_empty(json)) {
			json_decref(json);
			continue;
		}
		if (json_object_set_new(object, members[i].name, json)) {
			json_decref(object);
			return NULL;
		}
	}
	if (object && json_object_size(config->extra) &&
	    json_object_set_new(object, "extra", json_deep_copy(config->extra))) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static int wrong_member(const char *name, struct config_report *report)
{
	return config_report_error(report, (struct config_pos){0, 0}, name, "The member '%s' of a "
				   "configuration has the wrong type or value.", name);
}

static int strings_from_json(const json_t *json, struct config_strings *strings)
{
	size_t i, count = json_is_array(json) ? json_array_size(json) : 0;
	const json_t *item;

	if (count > CONFIG_VCPUS_MAX)
		return -EINVAL;
	for (i = 0; i < count; i++) {
		item = json_array_get(json, i);
		if (!json_is_string(item))
			return -EINVAL;
		if (config_strings_add(strings, json_string_value(item), (struct config_pos){0, 0}))
			return -ENOMEM;
	}
	return json_is_array(json) ? 0 : -EINVAL;
}

static int number_from_json(const json_t *json, json_int_t min, json_int_t max, json_int_t *ret)
{
	if (!json_is_integer(json) || json_integer_value(json) < min ||
	    json_integer_value(json) > max)
		return -EINVAL;
	*ret = json_integer_value(json);
	return 0;
}

static int type_from_json(const json_t *json, enum domain_type *ret_type)
{
	for (int type = DOMAIN_TYPE_PV; type <= DOMAIN_TYPE_HVM; type++) {
		if (json_is_string(json) &&
		    !strcmp(json_string_value(json), domain_type_name((enum domain_type)type))) {
			*ret_type = (enum domain_type)type;
			return 0;
		}
	}
	return -EINVAL;
}

static int member_from_json(enum member_kind kind, void *member, const json_t *json)
{
	json_int_t number = 0;
	int rc = 0;

	switch (kind) {
	case MEMBER_STRING:
		if (!json_is_string(json))
			return -EINVAL;
		return json_string_length(json) ?
		       config_string_set(member, json_string_value(json)) : 0;
	case MEMBER_NUMBER:
		rc = number_from_json(json, 0, UINT32_MAX, &number);
		*(uint32_t *)member = (uint32_t)number;
		return rc;
	case MEMBER_PORT:
		rc = number_from_json(json, -1, 65535, &number);
		*(int32_t *)member = (int32_t)number;
		return rc;
	case MEMBER_BOOL:
		*(bool *)member = json_is_true(json);
		return json_is_boolean(json) ? 0 : -EINVAL;
	case MEMBER_ACTION:
		return json_is_string(json) ? domain_action_parse(json_string_value(json), member) :
		       -EINVAL;
	case MEMBER_TYPE:
		return type_from_json(json, member);
	case MEMBER_CPUS:
		if (json_is_string(json))
			return config_strings_add(member, json_string_value(json),
						  (struct config_pos){0, 0});
		return strings_from_json(json, member);
	default:
		return strings_from_json(json, member);
	}
}

static int members_from_json(const json_t *json, struct domain_config *config,
			     struct config_report *report)
{
	const json_t *value;
	int rc;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		value = json_object_get(json, members[i].name);
		if (!value)
			continue;
		rc = member_from_json(members[i].kind, (char *)config + members[i].offset, value);
		if (rc == -EINVAL)
			return wrong_member(members[i].name, report);
		if (rc)
			return rc;
	}
	value = json_object_get(json, "extra");
	if (value && !json_is_object(value))
		return wrong_member("extra", report);
	if (value && json_object_update(config->extra, (json_t *)value))
		return -ENOMEM;
	if (!config->cmdline && config_string_set(&config->cmdline, ""))
		return -ENOMEM;
	return domain_config_check(config, report);
}

int domain_config_from_json(const json_t *json, struct domain_config **ret_config,
			    struct config_report *report)
{
	struct domain_config *config;
	int rc;

	if (!json_is_object(json))
		return config_report_error(report, (struct config_pos){0, 0}, NULL,
					   "A configuration is not a JSON object.");
	config = domain_config_new();
	rc = config ? members_from_json(json, config, report) : -ENOMEM;
	if (rc) {
		config_report_error(report, (struct config_pos){0, 0}, NULL,
				    "There is not enough memory.");
		domain_config_free(config);
		return rc;
	}
	*ret_config = config;
	return 0;
}
