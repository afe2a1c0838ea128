/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on a domain that exists (doc/xend-http.md section 5).
 *
 * Relies on route.c: a handler marked so in the table is the domain's one operation and the view of
 * the hypervisor is fresh. Each operation is idempotent, or says why it cannot be done.
 */
#include <config.h>

#include <ctype.h>

#include "xend/route.h"
#include "xend/tree.h"
#include "xend/xend.h"

#define SHUTDOWN_ACK_MS		20000	/* a guest that listens takes the request well before */
#define SHUTDOWN_POLL_MS	50

/* The hypervisor's latest word about the domain; false when it does not exist there. */
static bool peek(struct call *c, struct backend_domain *ret)
{
	bool present;

	xend_lock(c->x);
	present = c->d->present;
	*ret = c->d->info;
	xend_unlock(c->x);
	return present;
}

/* The domain exists, is not dying, not ended; else a sentence. */
static int must_live(struct call *c, struct backend_domain *info)
{
	if (domains_refresh(c->x, &c->err))
		return -c->err.code;
	if (!peek(c, info) || info->dying)
		return xend_fail(&c->err, EBUSY, "Domain '%s' is not running any more.",
				 c->d->name);
	if (info->shutdown)
		return xend_fail(&c->err, EBUSY, "Domain '%s' has ended (%s); destroy it.",
				 c->d->name, policy_reason_name(info->shutdown_reason));
	return 0;
}

static int answer_domain(struct call *c)
{
	int rc = domains_refresh(c->x, &c->err);

	if (rc)
		return rc;
	c->result = json_pack("{s:o}", "domain", show_domain(c->x, c->d, false));
	return c->result ? 0 : xend_fail(&c->err, ENOMEM, "xend has no memory for the answer.");
}

static int failed(struct call *c, const char *what, int rc)
{
	return xend_fail(&c->err, -rc, "Domain '%s' cannot %s: %s.", c->d->name, what,
			 strerror(-rc));
}

int api_domain(struct call *c)
{
	if (c->sxp) {
		c->sxp_text = show_domain_sxp(c->x, c->d);
		return c->sxp_text
			       ? 0
			       : xend_fail(&c->err, ENOMEM, "xend has no memory for the answer.");
	}
	c->result = show_domain(c->x, c->d, true);
	return c->result ? 0 : xend_fail(&c->err, ENOMEM, "xend has no memory for the answer.");
}

int api_domain_console(struct call *c)
{
	c->result = show_console(c->x, c->d);
	c->top = "console";
	return c->result ? 0
			 : xend_fail(&c->err, ENOENT,
				     "This domain has no console here; domain 0's is "
				     "the machine's own.");
}

int api_pause(struct call *c)
{
	struct backend_domain info;
	int rc = must_live(c, &info);

	if (rc)
		return rc;
	rc = info.paused ? 0 : c->x->backend->ops->pause(c->x->backend, info.domid);
	return rc ? failed(c, "be paused", rc) : answer_domain(c);
}

int api_unpause(struct call *c)
{
	struct backend_domain info;
	int rc = must_live(c, &info);

	if (rc)
		return rc;
	rc = info.paused ? c->x->backend->ops->unpause(c->x->backend, info.domid) : 0;
	return rc ? failed(c, "be unpaused", rc) : answer_domain(c);
}

/* Has the guest taken the word out of control/shutdown, or ended already? */
static bool shutdown_taken(struct call *c, uint32_t domid)
{
	AUTO_FREE char *word = NULL;
	struct backend_domain info;

	if (tree_read(c->x->backend, domid, "control/shutdown", &word) == 0 && !word[0])
		return true;
	if (domains_refresh(c->x, NULL))
		return false;
	return !peek(c, &info) || info.domid != domid || info.dying || info.shutdown;
}

static int shutdown_ask(struct call *c, uint32_t domid, const char *word)
{
	int64_t until = c->x->now(c->x) + SHUTDOWN_ACK_MS / 1000;
	int rc;

	rc = tree_set(c->x->backend, domid, "control/shutdown", word);
	if (rc)
		return failed(c, "be asked to shut down", rc);
	for (int waited = 0; waited < SHUTDOWN_ACK_MS && c->x->now(c->x) <= until;
	     waited += SHUTDOWN_POLL_MS) {
		if (shutdown_taken(c, domid))
			return 0;
		c->x->sleep_ms(c->x, SHUTDOWN_POLL_MS);
	}
	tree_set(c->x->backend, domid, "control/shutdown", "");
	return xend_fail(&c->err, EOPNOTSUPP,
			 "Domain '%s' does not listen to requests to shut down (it "
			 "was given %d s); use 'xm destroy' to end it.",
			 c->d->name, SHUTDOWN_ACK_MS / 1000);
}

static void set_end_asked(struct call *c, bool asked)
{
	xend_lock(c->x);
	c->d->end_asked = asked;
	xend_unlock(c->x);
}

int api_shutdown(struct call *c)
{
	static const char *const words[] = { "poweroff", "halt", "reboot", "suspend" };
	const char *reason = "poweroff";
	struct backend_domain info;
	size_t i;
	int rc;

	rc = arg_string(c, "reason", false, &reason);
	if (rc)
		return rc;
	for (i = 0; i < ARRAY_SIZE(words) && !str_eq(words[i], reason); i++)
		;
	if (i == ARRAY_SIZE(words))
		return xend_fail_key(&c->err, EINVAL, "reason",
				     "The reason must be poweroff, halt, reboot "
				     "or suspend.");
	if (str_eq(reason, "suspend"))
		return xend_fail_key(&c->err, EOPNOTSUPP, "reason",
				     "A suspended domain cannot be saved in "
				     "this version of xend, so none is suspended.");
	if (domains_refresh(c->x, &c->err))
		return -c->err.code;
	if (!peek(c, &info) || info.dying || info.shutdown)
		return 0;	/* it is down already, which is what was asked for */
	if (info.paused)
		return xend_fail(&c->err, EBUSY,
				 "Domain '%s' is paused and cannot shut down; unpause it "
				 "first.",
				 c->d->name);
	set_end_asked(c, true);	/* the guest may be down before shutdown_ask() returns */
	rc = shutdown_ask(c, info.domid, reason);
	if (rc)
		set_end_asked(c, false);
	else
		event_emit(c->x->events, c->x->now(c->x), "domain.shutdown-requested", c->d->name,
			   c->d->uuid, info.domid, reason);
	return rc;
}

int api_destroy(struct call *c)
{
	const char *reason = "destroy";
	int rc;

	rc = arg_string(c, "reason", false, &reason);
	if (rc)
		return rc;
	if (str_eq(reason, "destroy"))
		return domain_destroy(c->x, c->d, XEND_DESTROY_WAIT_MS, "destroyed by request",
				      &c->err);
	if (!str_eq(reason, "reboot"))
		return xend_fail_key(&c->err, EINVAL, "reason",
				     "The reason must be destroy or reboot.");
	if (c->d->phase == PHASE_FOREIGN)
		return xend_fail(&c->err, EPERM,
				 "Domain '%s' cannot be started again: xend did not make "
				 "it and does not know its configuration.",
				 c->d->name);
	return domain_restart(c->x, c->d, "requested", c->progress, &c->err);
}

int api_sysrq(struct call *c)
{
	struct backend_domain info;
	const char *key;
	int rc;

	rc = arg_string(c, "key", true, &key);
	if (rc)
		return rc;
	if (!key[0] || key[1] || !isalnum((unsigned char)key[0]))
		return xend_fail_key(&c->err, EINVAL, "key",
				     "The key must be one letter or digit.");
	rc = must_live(c, &info);
	if (rc)
		return rc;
	rc = tree_set(c->x->backend, info.domid, "control/sysrq", key);
	return rc ? failed(c, "be sent a key", rc) : 0;
}

int api_trigger(struct call *c)
{
	static const char *const names[] = {
		[XEN_DOMCTL_SENDTRIGGER_NMI] = "nmi", [XEN_DOMCTL_SENDTRIGGER_RESET] = "reset",
		[XEN_DOMCTL_SENDTRIGGER_INIT] = "init", [XEN_DOMCTL_SENDTRIGGER_POWER] = "power",
		[XEN_DOMCTL_SENDTRIGGER_SLEEP] = "sleep",
	};
	struct backend_domain info;
	const char *name;
	int64_t vcpu = 0;
	uint32_t i;
	int rc = arg_string(c, "trigger", true, &name);

	if (!rc)
		rc = must_live(c, &info);
	if (!rc)
		rc = arg_int(c, "vcpu", false, 0, MAX(info.vcpus_max, 1u) - 1, &vcpu);
	if (rc)
		return rc;
	/* s3resume wakes what sleep put to sleep: the same key. */
	name = str_eq(name, "s3resume") ? "sleep" : name;
	for (i = 0; i < ARRAY_SIZE(names) && !str_eq(names[i], name); i++)
		;
	if (i == ARRAY_SIZE(names))
		return xend_fail_key(&c->err, EINVAL, "trigger", "The trigger must be nmi, reset, "
				     "init, power, sleep or s3resume, not '%.32s'.", name);
	rc = c->x->backend->ops->trigger(c->x->backend, info.domid, i, vcpu);
	if (rc == -ENOSYS)
		return xend_fail(&c->err, EOPNOTSUPP,
				 "Domain '%s' has no such button (%s); a paravirtual domain takes "
				 "nmi, and requests of 'xm shutdown'.",
				 c->d->name, name);
	return rc ? failed(c, "be sent a trigger", rc) : 0;
}

int api_rename(struct call *c)
{
	const char *name, *complaint;
	char old[DOMAIN_NAME_SIZE];
	int rc;

	rc = arg_string(c, "name", true, &name);
	if (rc)
		return rc;
	complaint = domain_name_complaint(name);
	if (complaint)
		return xend_fail_key(&c->err, EINVAL, "name", "%s", complaint);
	memcpy(old, c->d->name, sizeof(old));
	rc = domain_rename(c->x, c->d, name, &c->err);
	if (rc)
		return rc;
	rc = domain_save(c->x, c->d, &c->err);
	if (!rc)
		rc = tree_rename(c->x->backend, c->d->domid, c->d->uuid, name, &c->err);
	if (rc) {
		domain_rename(c->x, c->d, old, NULL);
		domain_save(c->x, c->d, NULL);
		return rc;
	}
	event_emit(c->x->events, c->x->now(c->x), "domain.renamed", name, c->d->uuid, c->d->domid,
		   old);
	return answer_domain(c);
}
