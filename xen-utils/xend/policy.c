/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What follows when a domain ends by itself: a table from reasons to configuration keys.
 *
 * Pure functions: no clock, no state. Relied on by reaper.c. restart= of Xen 2.0 was turned into
 * the on_* keys when the domain file was read.
 */
#include <config.h>

#include <stddef.h>

#include "xend/life.h"
#include "xend/xend.h"

static const struct policy_row {
	const char *name;
	size_t action;		/* offset of the on_* member; 0: the domain is simply destroyed */
} policy_rows[] = {
	[SHUTDOWN_poweroff] = { "poweroff", offsetof(struct domain_config, on_poweroff) },
	[SHUTDOWN_reboot] = { "reboot", offsetof(struct domain_config, on_reboot) },
	[SHUTDOWN_suspend] = { "suspend", 0 },
	[SHUTDOWN_crash] = { "crash", offsetof(struct domain_config, on_crash) },
	[SHUTDOWN_watchdog] = { "watchdog", offsetof(struct domain_config, on_watchdog) },
	[SHUTDOWN_soft_reset] = { "soft_reset", offsetof(struct domain_config, on_reboot) },
};

const char *policy_reason_name(unsigned int reason)
{
	return reason < ARRAY_SIZE(policy_rows) ? policy_rows[reason].name : "unknown";
}

/* What follows the dump; a soft reset, which this version cannot do, becomes a restart. */
static enum domain_action plain_action(enum domain_action action)
{
	switch (action) {
	case DOMAIN_ACTION_COREDUMP_RESTART:
	case DOMAIN_ACTION_SOFT_RESET:
		return DOMAIN_ACTION_RESTART;
	case DOMAIN_ACTION_COREDUMP_DESTROY:
		return DOMAIN_ACTION_DESTROY;
	default:
		return action;
	}
}

int64_t policy_restart_delay(unsigned int fast)
{
	return (int64_t)XEND_RESTART_MIN_S << MIN(fast, XEND_RESTART_DOUBLINGS);
}

struct policy_verdict policy_on_end(const struct domain_config *config, unsigned int reason,
				    int64_t lived_s, unsigned int fast)
{
	struct policy_verdict v = { .action = DOMAIN_ACTION_DESTROY };
	size_t offset = reason < ARRAY_SIZE(policy_rows) ? policy_rows[reason].action : 0;

	if (offset)
		v.action = *(const enum domain_action *)((const char *)config + offset);
	v.dump = v.action == DOMAIN_ACTION_COREDUMP_DESTROY ||
		 v.action == DOMAIN_ACTION_COREDUMP_RESTART;
	v.action = plain_action(v.action);
	if (v.action != DOMAIN_ACTION_RESTART && v.action != DOMAIN_ACTION_RENAME_RESTART)
		return v;
	/* A clock that was set back makes the time negative: nothing is known then, so restart. */
	v.too_fast = lived_s >= 0 && lived_s < policy_restart_delay(fast);
	/* Each ended domain that is kept takes memory: a loop would take all of it. */
	if (v.too_fast && v.action == DOMAIN_ACTION_RENAME_RESTART)
		v.action = DOMAIN_ACTION_PRESERVE;
	return v;
}
