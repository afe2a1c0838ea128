/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading what clients send: percent-encoding, forms, members of a request.
 *
 * Relies on jansson. Everything here is fed by strangers: nothing is trusted, everything is bounded
 * by the length that http.c enforced.
 */
#include <config.h>

#include "common/util.h"
#include "xend/route.h"

#define FORM_FIELDS_MAX	64

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Percent-decoding alone. -EINVAL for a bad escape or a zero byte. */
static int percent_decode(char *s)
{
	char *out = s;

	for (; *s; s++) {
		if (*s != '%') {
			*out++ = *s;
			continue;
		}
		if (hex(s[1]) < 0 || hex(s[2]) < 0 || (s[1] == '0' && s[2] == '0'))
			return -EINVAL;
		*out++ = hex(s[1]) << 4 | hex(s[2]);
		s += 2;
	}
	*out = '\0';
	return 0;
}

int url_decode(char *s)
{
	json_t *probe;

	if (percent_decode(s))
		return -EINVAL;
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return -EINVAL;
	probe = json_string(s);		/* knows what UTF-8 is */
	json_decref(probe);
	return probe ? 0 : -EINVAL;
}

static int form_field(json_t *o, char *field)
{
	char *value = strchr(field, '=');
	json_t *text;

	if (!*field)
		return 0;
	if (value)
		*value++ = '\0';
	for (char *p = value; p && *p; p++)
		if (*p == '+')
			*p = ' ';
	if (url_decode(field) || (value && percent_decode(value)))
		return -EINVAL;
	text = json_string(value ? value : "");
	return json_object_set_new(o, field, text) ? -EINVAL : 0;
}

json_t *form_decode(const char *text, size_t len)
{
	AUTO_FREE char *copy = strndup(text, len);
	json_t *o = json_object();
	char *next = copy, *field;
	int n = 0;

	if (!copy || !o || strlen(copy) != len)
		goto bad;
	while ((field = strsep(&next, "&")))
		if (++n > FORM_FIELDS_MAX || form_field(o, field))
			goto bad;
	return o;
bad:
	json_decref(o);
	return NULL;
}

static int missing(struct call *c, const char *key, bool need)
{
	if (!need)
		return 0;
	return xend_fail_key(&c->err, EINVAL, key, "The request lacks the member '%s'.", key);
}

int arg_string(struct call *c, const char *key, bool need, const char **ret)
{
	json_t *v = json_object_get(c->args, key);

	if (!v || json_is_null(v))
		return missing(c, key, need);
	if (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v))
		return xend_fail_key(&c->err, EINVAL, key, "The member '%s' must be a string.",
				     key);
	*ret = json_string_value(v);
	return 0;
}

int arg_int(struct call *c, const char *key, bool need, int64_t min, int64_t max, int64_t *ret)
{
	json_t *v = json_object_get(c->args, key);
	long long n = 0;
	bool ok = false;
	char *end;

	if (!v || json_is_null(v))
		return missing(c, key, need);
	if (json_is_integer(v)) {
		n = json_integer_value(v);
		ok = true;
	} else if (c->form && json_is_string(v) && json_string_length(v)) {
		errno = 0;
		n = strtoll(json_string_value(v), &end, 10);
		ok = !*end && !errno;
	}
	if (!ok || n < min || n > max)
		return xend_fail_key(&c->err, EINVAL, key,
				     "The member '%s' must be a whole number from "
				     "%lld to %lld.",
				     key, (long long)min, (long long)max);
	*ret = n;
	return 0;
}

int arg_bool(struct call *c, const char *key, bool *ret)
{
	json_t *v = json_object_get(c->args, key);
	const char *s;

	if (!v || json_is_null(v))
		return 0;
	if (json_is_boolean(v)) {
		*ret = json_is_true(v);
		return 0;
	}
	s = c->form && json_is_string(v) ? json_string_value(v) : "?";
	if (str_eq(s, "true") || str_eq(s, "1") || str_eq(s, "false") || str_eq(s, "0")) {
		*ret = s[0] == 't' || s[0] == '1';
		return 0;
	}
	return xend_fail_key(&c->err, EINVAL, key, "The member '%s' must be true or false.", key);
}
