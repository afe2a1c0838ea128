/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading one specification of a network interface; see vif.h.
 */
#include <config.h>

#include <arpa/inet.h>
#include <ctype.h>

#include "common/util.h"
#include "xend/vif.h"

#define VALUE_MAX	512

static int fail(struct xend_error *err, const char *key, const char *value, const char *what)
{
	return xend_fail_key(err, EINVAL, "vif", "In vif=, the value '%.80s' of '%s' is not %s.",
			     value, key, what);
}

bool vif_is_interface_name(const char *name)
{
	size_t len = strlen(name);

	if (!len || len >= VIF_INTERFACE_SIZE || str_eq(name, ".") || str_eq(name, ".."))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("_.-", *name))
			return false;
	return true;
}

/* ---- one value each ---- */

static int take_mac(struct vif *v, const char *value, struct xend_error *err)
{
	unsigned char b[6];
	int end = 0;

	if (strlen(value) != VIF_MAC_SIZE - 1 ||
	    strspn(value, "0123456789abcdefABCDEF:") != VIF_MAC_SIZE - 1 ||
	    sscanf(value, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &b[0], &b[1], &b[2], &b[3],
		   &b[4], &b[5], &end) != 6 || end != VIF_MAC_SIZE - 1)
		return fail(err, "mac", value, "a MAC address as 00:16:3e:01:02:03");
	if (b[0] & 1)
		return fail(err, "mac", value, "the address of one host: its first byte is odd");
	if (!(b[0] | b[1] | b[2] | b[3] | b[4] | b[5]))
		return fail(err, "mac", value, "an address of a host");
	snprintf(v->mac, sizeof(v->mac), "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3],
		 b[4], b[5]);
	return 0;
}

static int take_interface(char to[VIF_INTERFACE_SIZE], const char *key, const char *value,
			  struct xend_error *err)
{
	if (!vif_is_interface_name(value))
		return fail(err, key, value,
			    "a name of 1 to 15 letters, digits, '_', '.' and '-'");
	snprintf(to, VIF_INTERFACE_SIZE, "%s", value);
	return 0;
}

static int take_bridge(struct vif *v, const char *value, struct xend_error *err)
{
	return take_interface(v->bridge, "bridge", value, err);
}

/* vifD.N is what the kernel calls them; a name of that form would meet another's one day. */
static int take_vifname(struct vif *v, const char *value, struct xend_error *err)
{
	unsigned int domid, devid;
	char rest;

	if (sscanf(value, "vif%u.%u%c", &domid, &devid, &rest) == 2)
		return fail(err, "vifname", value, "free: names as vif1.0 are given by the kernel");
	return take_interface(v->vifname, "vifname", value, err);
}

static int take_gatewaydev(struct vif *v, const char *value, struct xend_error *err)
{
	return take_interface(v->gatewaydev, "gatewaydev", value, err);
}

static bool is_address(const char *text)
{
	char address[INET6_ADDRSTRLEN + 4], *slash, *end;
	uint8_t binary[16];
	long max, length;

	if (strlen(text) >= sizeof(address))
		return false;
	strcpy(address, text);
	slash = strchr(address, '/');
	if (slash)
		*slash = '\0';
	if (inet_pton(AF_INET, address, binary) == 1)
		max = 32;
	else if (inet_pton(AF_INET6, address, binary) == 1)
		max = 128;
	else
		return false;
	if (!slash)
		return true;
	length = strtol(slash + 1, &end, 10);
	return isdigit((unsigned char)slash[1]) && !*end && length >= 0 && length <= max;
}

static int take_ip(struct vif *v, const char *value, struct xend_error *err)
{
	AUTO_FREE char *copy = strdup(value);
	char *save, *word, *list;
	size_t len = 0;

	list = calloc(1, strlen(value) + 1);
	free(v->ip);
	v->ip = list;
	if (!copy || !list)
		return xend_fail(err, ENOMEM, "No memory for a network interface.");
	for (word = strtok_r(copy, " ;", &save); word; word = strtok_r(NULL, " ;", &save)) {
		if (!is_address(word))
			return fail(err, "ip", word, "an IP address");
		len += sprintf(list + len, "%s%s", len ? " " : "", word);
	}
	return 0;
}

static int take_text(char **member, const char *value, struct xend_error *err)
{
	free(*member);
	*member = strdup(value);
	return *member ? 0 : xend_fail(err, ENOMEM, "No memory for a network interface.");
}

static int take_script(struct vif *v, const char *value, struct xend_error *err)
{
	if (value[0] == '.' || (value[0] != '/' && strchr(value, '/')))
		return fail(err, "script", value,
			    "a name in the folder of scripts or an absolute path");
	return take_text(&v->script, value, err);
}

static int take_backend(struct vif *v, const char *value, struct xend_error *err)
{
	return take_text(&v->backend, value, err);
}

static int take_rate(struct vif *v, const char *value, struct xend_error *err)
{
	if (vif_rate_parse(value, &v->rate_bytes, &v->rate_usec))
		return fail(err, "rate", value, "a rate as 10Mb/s or 1MB/s@20ms");
	return 0;
}

static int take_number(const char *key, const char *value, unsigned long min, unsigned long max,
		       unsigned long *ret, struct xend_error *err)
{
	char what[64], *end;

	*ret = strtoul(value, &end, 10);
	if (isdigit((unsigned char)value[0]) && !*end && *ret >= min && *ret <= max)
		return 0;
	snprintf(what, sizeof(what), "a number from %lu to %lu", min, max);
	return fail(err, key, value, what);
}

static int take_devid(struct vif *v, const char *value, struct xend_error *err)
{
	unsigned long n;
	int rc = take_number("devid", value, 0, VIF_DEVID_MAX, &n, err);

	if (!rc)
		v->devid = n;
	return rc;
}

static int take_mtu(struct vif *v, const char *value, struct xend_error *err)
{
	unsigned long n;
	int rc = take_number("mtu", value, VIF_MTU_MIN, VIF_MTU_MAX, &n, err);

	if (!rc)
		v->mtu = n;
	return rc;
}

static int take_trusted(struct vif *v, const char *value, struct xend_error *err)
{
	unsigned long n;
	int rc = take_number("trusted", value, 0, 1, &n, err);

	if (!rc)
		v->untrusted = !n;
	return rc;
}

/* Words that only a fully virtualised guest's emulated card asks for; its files load here too. */
static int take_nothing(struct vif *v, const char *value, struct xend_error *err)
{
	(void)v;
	(void)value;
	(void)err;
	return 0;
}

static const struct {
	const char *key;
	int (*take)(struct vif *v, const char *value, struct xend_error *err);
} keys[] = {
	{ "mac", take_mac }, { "bridge", take_bridge }, { "vifname", take_vifname },
	{ "ip", take_ip }, { "script", take_script }, { "backend", take_backend },
	{ "rate", take_rate }, { "devid", take_devid }, { "mtu", take_mtu },
	{ "gatewaydev", take_gatewaydev }, { "trusted", take_trusted },
	{ "model", take_nothing }, { "type", take_nothing },
};

/* ---- the whole ---- */

static char *trim(char *text)
{
	size_t len;

	while (*text == ' ' || *text == '\t')
		text++;
	len = strlen(text);
	while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		text[--len] = '\0';
	return text;
}

static int take_pair(struct vif *v, char *pair, unsigned int *seen, struct xend_error *err)
{
	char *value = strchr(pair, '=');

	if (!value)
		return xend_fail_key(err, EINVAL, "vif",
				     "In vif=, '%.80s' is not KEY=VALUE.", pair);
	*value++ = '\0';
	pair = trim(pair);
	value = trim(value);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!str_eq(keys[i].key, pair))
			continue;
		if (*seen & 1u << i)
			return xend_fail_key(err, EINVAL, "vif", "In vif=, '%s' is given twice.",
					     pair);
		*seen |= 1u << i;
		/* In the files of Xen 2.0 a key without a value is the default. */
		return *value ? keys[i].take(v, value, err) : 0;
	}
	return xend_fail_key(err, EINVAL, "vif",
			     "In vif=, there is no key '%.40s'; the keys are mac, bridge, ip, "
			     "script, vifname, rate, backend, devid, mtu, gatewaydev and trusted.",
			     pair);
}

int vif_parse(const char *spec, struct vif *v, struct xend_error *err)
{
	AUTO_FREE char *copy = strdup(spec);
	unsigned int seen = 0;
	char *save, *pair;
	int rc = 0;

	memset(v, 0, sizeof(*v));
	v->devid = VIF_DEVID_ANY;
	if (!copy)
		return xend_fail(err, ENOMEM, "No memory for a network interface.");
	if (strlen(spec) > VALUE_MAX)
		return xend_fail_key(err, EINVAL, "vif",
				     "A string of vif= is longer than %d characters.", VALUE_MAX);
	for (pair = strtok_r(copy, ",", &save); pair && !rc; pair = strtok_r(NULL, ",", &save)) {
		pair = trim(pair);
		if (*pair)
			rc = take_pair(v, pair, &seen, err);
	}
	return rc;
}

void vif_clear(struct vif *v)
{
	free(v->ip);
	free(v->script);
	free(v->backend);
	memset(v, 0, sizeof(*v));
}

/* ---- rates ---- */

static const struct unit {
	const char *name;
	double factor;
} rate_units[] = {
	{ "GB/s", 1e9 }, { "MB/s", 1e6 }, { "KB/s", 1e3 }, { "B/s", 1 },
	{ "Gb/s", 1e9 / 8 }, { "Mb/s", 1e6 / 8 }, { "Kb/s", 1e3 / 8 }, { "b/s", 1. / 8 },
}, time_units[] = {
	{ "us", 1 }, { "ms", 1e3 }, { "s", 1e6 },
};

static const struct unit *unit_find(const struct unit *units, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(units[i].name, name))
			return &units[i];
	return NULL;
}

/* A whole number and a unit's name; what it amounts to, or 0. */
static double amount(const char *text, const struct unit *units, size_t count)
{
	unsigned long long n;
	const struct unit *u;
	char *end;

	if (!isdigit((unsigned char)text[0]) || strlen(text) > 16)
		return 0;
	n = strtoull(text, &end, 10);
	u = unit_find(units, count, end);
	return u ? n * u->factor : 0;
}

int vif_rate_parse(const char *text, uint32_t *ret_bytes, uint32_t *ret_usec)
{
	const char *at = strchr(text, '@');
	double rate, usec = 50e3, bytes;
	char head[32];

	if (at) {
		usec = amount(at + 1, time_units, ARRAY_SIZE(time_units));
		if ((size_t)(at - text) >= sizeof(head))
			return -EINVAL;
	}
	snprintf(head, sizeof(head), "%.*s", (int)(at ? at - text : (int)sizeof(head)), text);
	rate = amount(head, rate_units, ARRAY_SIZE(rate_units));
	bytes = rate * usec / 1e6;
	if (bytes < 1 || bytes >= UINT32_MAX || usec < 1 || usec >= UINT32_MAX)
		return -EINVAL;
	*ret_bytes = bytes;
	*ret_usec = usec;
	return 0;
}

/* ---- addresses ---- */

static uint64_t mix(uint64_t h, const void *data, size_t len)
{
	const uint8_t *p = data;

	/* FNV-1a; nobody gains by finding two names with one address. */
	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3ull;
	return h;
}

void vif_mac_derive(const uint8_t seed[16], const char *domain, uint32_t number,
		    unsigned int attempt, char mac[VIF_MAC_SIZE])
{
	uint64_t h = mix(0xcbf29ce484222325ull, seed, 16);
	uint32_t numbers[2] = { number, attempt };

	h = mix(h, domain, strlen(domain) + 1);
	h = mix(h, numbers, sizeof(numbers));
	h ^= h >> 32;
	snprintf(mac, VIF_MAC_SIZE, "00:16:3e:%02x:%02x:%02x", (unsigned int)(h >> 16) & 0x7f,
		 (unsigned int)(h >> 8) & 0xff, (unsigned int)h & 0xff);
}
