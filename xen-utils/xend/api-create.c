/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * POST /xend/domain: from a domain file's text to a domain.
 *
 * Relies on domain/config.h for the evaluation, create.c for the making.
 */
#include <config.h>

#include "xend/route.h"
#include "xend/xend.h"

#define VARS_MAX	256u

/* What the client sent, borrowed from c->args. */
struct create_request {
	struct config_source source;
	struct config_var vars[VARS_MAX];
	bool sxp, paused, dryrun, help;
};

static int read_vars(struct call *c, struct create_request *r)
{
	json_t *vars = json_object_get(c->args, "vars"), *value;
	const char *key;

	if (!vars || json_is_null(vars))
		return 0;
	if (!json_is_object(vars) || json_object_size(vars) > VARS_MAX)
		return xend_fail_key(&c->err, EINVAL, "vars",
				     "The member 'vars' must be an object of at "
				     "most %u strings.",
				     VARS_MAX);
	json_object_foreach(vars, key, value) {
		if (!json_is_string(value))
			return xend_fail_key(&c->err, EINVAL, "vars",
					     "The value of the variable '%.64s' "
					     "must be a string.",
					     key);
		r->vars[r->source.nr_vars].name = key;
		r->vars[r->source.nr_vars++].value = json_string_value(value);
	}
	r->source.vars = r->vars;
	return 0;
}

static int read_request(struct call *c, struct create_request *r)
{
	const char *format = "py";
	int rc;

	r->source.file = "domain";
	rc = arg_string(c, "text", true, &r->source.text);
	if (!rc)
		rc = arg_string(c, "file", false, &r->source.file);
	if (!rc)
		rc = arg_string(c, "name", false, &r->source.name);
	if (!rc)
		rc = arg_string(c, "format", false, &format);
	if (!rc)
		rc = arg_bool(c, "paused", &r->paused);
	if (!rc)
		rc = arg_bool(c, "dryrun", &r->dryrun);
	if (!rc)
		rc = arg_bool(c, "help_config", &r->help);
	if (!rc)
		rc = read_vars(c, r);
	if (rc)
		return rc;
	if (!str_eq(format, "py") && !str_eq(format, "sxp"))
		return xend_fail_key(&c->err, EINVAL, "format",
				     "The format must be \"py\" or \"sxp\".");
	r->sxp = str_eq(format, "sxp");
	r->source.size = strlen(r->source.text);
	if (r->source.size > CONFIG_TEXT_MAX)
		return xend_fail_key(&c->err, E2BIG, "text",
				     "The domain file has %zu bytes; the limit is "
				     "%u.",
				     r->source.size, CONFIG_TEXT_MAX);
	return 0;
}

/* A sentence of the configuration library as an error of ours. */
static void take_message(const struct config_message *m, const char *file, struct xend_error *e)
{
	memset(e, 0, sizeof(*e));
	snprintf(e->text, sizeof(e->text), "%s", m->text ? m->text : "The domain file is wrong.");
	snprintf(e->file, sizeof(e->file), "%s", file);
	if (m->key)
		snprintf(e->key, sizeof(e->key), "%s", m->key);
	e->line = m->pos.line;
	e->column = m->pos.column;
}

static void pass_warnings(struct call *c, const struct config_report *report, const char *file)
{
	struct xend_error w;

	for (size_t i = 0; i < report->nr_warnings; i++) {
		take_message(&report->warnings[i], file, &w);
		if (c->progress && c->progress->warn)
			c->progress->warn(c->progress->context, &w);
	}
}

static int load_failed(struct call *c, const struct config_report *report, int rc, const char *file)
{
	take_message(&report->error, file, &c->err);
	c->err.code = -rc;
	return rc;
}

static int load(struct call *c, const struct create_request *r, struct domain_config **ret)
{
	struct config_report report = { 0 };
	int rc;

	rc = r->sxp ? domain_config_load_sxp(&r->source, ret, &report) :
		      domain_config_load(&r->source, ret, &report);
	pass_warnings(c, &report, r->source.file);
	if (rc)
		load_failed(c, &report, rc, r->source.file);
	config_report_clear(&report);
	return rc;
}

static int help_config(struct call *c, const struct create_request *r)
{
	struct config_report report = { 0 };
	int rc = 0;

	c->result = domain_config_help(&r->source, &report);
	if (!c->result)
		rc = load_failed(c, &report, -EINVAL, r->source.file);
	config_report_clear(&report);
	return rc;
}

static int dry_run(struct call *c, struct domain_config *config)
{
	char *sxp = domain_config_to_sxp(config);
	int rc = create_check(c->x, config, c->progress, &c->err);

	/*
	 * The form prints even when this version could not run the domain: that is a warning
	 * here.
	 */
	if (rc && c->err.code == EOPNOTSUPP) {
		if (c->progress && c->progress->warn)
			c->progress->warn(c->progress->context, &c->err);
		rc = 0;
	}
	if (!rc && sxp)
		c->result =
			json_pack("{s:o s:s}", "config", domain_config_to_json(config), "sxp", sxp);
	if (!rc && !c->result)
		rc = xend_fail(&c->err, ENOMEM, "xend has no memory for the answer.");
	if (c->sxp)
		c->sxp_text = TAKE_PTR(sxp);
	free(sxp);
	domain_config_free(config);
	return rc;
}

/* A device that is wrong has its place in the file, but only here is the file's name known. */
static void name_file(struct call *c)
{
	const char *file = json_string_value(json_object_get(c->args, "file"));

	if (c->err.line && file && !c->err.file[0])
		snprintf(c->err.file, sizeof(c->err.file), "%s", file);
}

int api_create(struct call *c)
{
	struct create_request *r = calloc(1, sizeof(*r));
	struct domain_config *config = NULL;
	struct domain *d;
	bool paused;
	int rc;

	if (!r)
		return xend_fail(&c->err, ENOMEM, "xend has no memory for this request.");
	rc = read_request(c, r);
	if (!rc && r->help) {
		rc = help_config(c, r);
		free(r);
		return rc;
	}
	if (!rc)
		rc = load(c, r, &config);
	paused = r->paused;
	if (!rc && r->dryrun) {
		free(r);
		return dry_run(c, config);
	}
	free(r);
	if (rc)
		return rc;
	rc = domain_create(c->x, config, paused, c->progress, &d, &c->err);
	if (rc) {
		name_file(c);
		return rc;
	}
	domains_refresh(c->x, NULL);
	c->result = json_pack("{s:o}", "domain", show_domain(c->x, d, false));
	domain_put(c->x, d);
	return 0;
}
