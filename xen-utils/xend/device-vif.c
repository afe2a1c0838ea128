/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network interfaces: the device class "vif", which domain 0's xen-netback serves.
 *
 * Relies on vif.h for what a specification means, and on the script vif-bridge (or the one that
 * script= or vif-script names) for connecting the interface vifD.N that netback makes. The script
 * is told everything by its environment, and finds the same in the back end's nodes.
 *
 * A definition keeps its addresses: complete() writes generated ones into the configuration before
 * its first record. They follow from a secret of this host, the domain's UUID (its name where its
 * file gives no UUID) and the interface's place, so the same file gives the same addresses again.
 */
#include <config.h>

#include <dirent.h>
#include <sys/random.h>

#include "common/io.h"
#include "xend/device.h"
#include "xend/vif.h"
#include "xend/xend.h"

#define SEED_SIZE	16
#define MAC_TRIES	1000	/* addresses that others have, before giving up */

struct vif_data {
	struct vif vif;
	bool antispoof;
};

static const struct vif *vif_of(const struct device *dev)
{
	return &((const struct vif_data *)dev->data)->vif;
}

/* ---- one device ---- */

static int vif_class_parse(struct xend *x, struct device *dev, struct xend_error *err)
{
	struct vif_data *data = calloc(1, sizeof(*data));
	int rc;

	if (!data)
		return xend_fail(err, ENOMEM, "No memory for a network interface.");
	dev->data = data;
	rc = vif_parse(dev->spec, &data->vif, err);
	if (rc)
		return rc;
	if (data->vif.devid != VIF_DEVID_ANY)
		dev->devid = data->vif.devid;
	if (x && !data->vif.bridge[0] && vif_is_interface_name(x->settings.vif_bridge))
		snprintf(data->vif.bridge, sizeof(data->vif.bridge), "%s", x->settings.vif_bridge);
	data->antispoof = x && x->settings.vif_antispoof;
	if (data->vif.backend) {
		dev->backend_name = strdup(data->vif.backend);
		if (!dev->backend_name)
			return xend_fail(err, ENOMEM, "No memory for a network interface.");
	}
	return 0;
}

static void vif_class_free(struct device *dev)
{
	struct vif_data *data = dev->data;

	if (!data)
		return;
	vif_clear(&data->vif);
	free(data);
}

static void vif_write(const struct domain *d, const struct device *dev, struct device_writer *w)
{
	const struct vif *v = vif_of(dev);

	(void)d;
	device_back(w, "handle", "%u", dev->devid);
	device_back(w, "mac", "%s", v->mac);
	device_back(w, "type", "vif");
	if (v->bridge[0])
		device_back(w, "bridge", "%s", v->bridge);
	if (v->ip)
		device_back(w, "ip", "%s", v->ip);
	if (v->vifname[0])
		device_back(w, "vifname", "%s", v->vifname);
	if (v->gatewaydev[0])
		device_back(w, "gatewaydev", "%s", v->gatewaydev);
	if (v->rate_bytes)
		device_back(w, "rate", "%u,%u", v->rate_bytes, v->rate_usec);
	if (v->mtu) {
		device_back(w, "mtu", "%u", v->mtu);
		device_front(w, "mtu", "%u", v->mtu);
	}
	device_front(w, "mac", "%s", v->mac);
	device_front(w, "trusted", "%d", !v->untrusted);
}

static char *vif_script(struct xend *x, const struct device *dev)
{
	const struct vif *v = vif_of(dev);

	return strdup(v->script ? v->script : x->settings.vif_script);
}

struct list {
	char **item;
	size_t max, count;
};

static void list_put(struct list *l, const char *name, const char *value)
{
	if (l->count < l->max && asprintf(&l->item[l->count], "%s=%s", name, value) >= 0)
		l->count++;
}

static size_t vif_environment(const struct domain *d, const struct device *dev, char **ret_env,
			      size_t max)
{
	const struct vif_data *data = dev->data;
	struct list l = { .item = ret_env, .max = max };
	char text[32] = "";

	snprintf(text, sizeof(text), "vif%d.%u", d->domid, dev->devid);
	list_put(&l, "vif", text);
	list_put(&l, "mac", data->vif.mac);
	list_put(&l, "bridge", data->vif.bridge);
	list_put(&l, "ip", data->vif.ip ? data->vif.ip : "");
	list_put(&l, "vifname", data->vif.vifname);
	list_put(&l, "gatewaydev", data->vif.gatewaydev);
	text[0] = '\0';
	if (data->vif.mtu)
		snprintf(text, sizeof(text), "%u", data->vif.mtu);
	list_put(&l, "mtu", text);
	list_put(&l, "antispoof", data->antispoof ? "yes" : "no");
	return l.count;
}

static void vif_label(const struct domain *d, const struct device *dev, char *buf)
{
	if (vif_of(dev)->vifname[0])
		snprintf(buf, DEVICE_NAME_SIZE, "%s", vif_of(dev)->vifname);
	else if (d->domid >= 0)
		snprintf(buf, DEVICE_NAME_SIZE, "vif%d.%u", d->domid, dev->devid);
	else
		snprintf(buf, DEVICE_NAME_SIZE, "%u", dev->devid);
}

static int vif_find(const struct domain *d, const char *selector, uint32_t *ret_devid)
{
	char label[DEVICE_NAME_SIZE];

	for (const struct device *dev = d->devices; dev; dev = dev->next) {
		if (dev->class != &device_vif)
			continue;
		vif_label(d, dev, label);
		if (!str_eq(label, selector) && strcasecmp(vif_of(dev)->mac, selector) != 0)
			continue;
		*ret_devid = dev->devid;
		return 0;
	}
	return -EINVAL;
}

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static void vif_show(const struct device *dev, json_t *o)
{
	const struct vif *v = vif_of(dev);

	json_object_set_new(o, "mac", text_or_null(v->mac));
	json_object_set_new(o, "bridge", text_or_null(v->bridge));
	json_object_set_new(o, "ip", text_or_null(v->ip));
	json_object_set_new(o, "vifname", text_or_null(v->vifname));
	json_object_set_new(o, "script", text_or_null(v->script));
	json_object_set_new(o, "rate_bytes", json_integer(v->rate_bytes));
	json_object_set_new(o, "rate_usec", json_integer(v->rate_usec));
	json_object_set_new(o, "mtu", json_integer(v->mtu));
}

/* ---- whose address and name ---- */

/*
 * Whose is it? The holder of this MAC or interface name, NULL when it is free; copied, as the list
 * is given back.
 */
static const char *holder_of(struct xend *x, const struct domain *asker, const char *mac,
			     const char *vifname, const struct device *self, char *buf, size_t size,
			     bool *ret_same)
{
	struct device_holder *list;
	const char *found = NULL;
	size_t count;

	if (devices_of_class(x, &device_vif, asker, &list, &count))
		return NULL;
	for (size_t i = 0; i < count && !found; i++) {
		const struct vif *v = vif_of(list[i].dev);

		if (list[i].dev == self || !((mac[0] && str_eq(mac, v->mac)) ||
					     (vifname[0] && str_eq(vifname, v->vifname))))
			continue;
		snprintf(buf, size, "%s", list[i].domain);
		*ret_same = list[i].same;
		found = buf;
	}
	device_holders_put(list, count);
	return found;
}

static int check_free(struct xend *x, const struct domain *d, const struct device *dev,
		      const char *mac, const char *vifname, struct xend_error *err)
{
	char name[DOMAIN_NAME_SIZE];
	bool same = false;

	if (!holder_of(x, d, mac, vifname, dev, name, sizeof(name), &same))
		return 0;
	return xend_fail_key(err, EEXIST, "vif",
			     "The %s %s is already that of %sdomain '%s'; give this interface "
			     "another.", mac[0] ? "MAC address" : "interface name",
			     mac[0] ? mac : vifname, same ? "another interface of " : "", name);
}

/* ---- bridges of domain 0 ---- */

#define BRIDGES_MAX	64

struct bridges {
	char name[BRIDGES_MAX][VIF_INTERFACE_SIZE];
	size_t count;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void bridges_read(struct xend *x, struct bridges *b)
{
	AUTO_FREE char *top = NULL, *path = NULL;
	struct dirent *e;
	DIR *dir;

	b->count = 0;
	if (asprintf(&top, "%s/sys/class/net", x->host_root) < 0)
		return;
	dir = opendir(top);
	while (dir && (e = readdir(dir)) && b->count < BRIDGES_MAX) {
		free(TAKE_PTR(path));
		if (!vif_is_interface_name(e->d_name) ||
		    asprintf(&path, "%s/%s/bridge", top, e->d_name) < 0)
			continue;
		if (access(path, F_OK) == 0)
			strcpy(b->name[b->count++], e->d_name);
	}
	if (dir)
		closedir(dir);
	qsort(b->name, b->count, sizeof(b->name[0]), by_name);
}

static bool bridges_have(const struct bridges *b, const char *name)
{
	for (size_t i = 0; i < b->count; i++)
		if (str_eq(b->name[i], name))
			return true;
	return false;
}

/* "a, b and c" */
static void bridges_print(const struct bridges *b, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < b->count && len < size; i++)
		len += snprintf(buf + len, size - len, "%s%s",
				!i ? "" : i + 1 == b->count ? " and " : ", ", b->name[i]);
}

static bool wants_bridge(struct xend *x, const struct device *dev)
{
	AUTO_FREE char *script = vif_script(x, dev);
	const char *base = script ? strrchr(script, '/') : NULL;

	base = base ? base + 1 : script;
	return !dev->backend_name && base && str_eq(base, "vif-bridge");
}

/* Before anything is built: is there the bridge that the script will look for? */
static int check_bridge(struct xend *x, const struct device *dev, struct xend_error *err)
{
	const char *want = vif_of(dev)->bridge;
	struct bridges have;
	char names[512];

	if (!wants_bridge(x, dev))
		return 0;
	bridges_read(x, &have);
	if (bridges_have(&have, want) || (!want[0] && have.count == 1))
		return 0;
	bridges_print(&have, names, sizeof(names));
	if (!have.count)
		return xend_fail_key(err, ENODEV, "vif",
				     "There is no bridge%s%s in domain 0; make one with 'xm "
				     "network-setup', or choose another script=.",
				     want[0] ? " " : "", want);
	if (want[0])
		return xend_fail_key(err, ENODEV, "vif",
				     "There is no bridge %s in domain 0, which has %s; name one "
				     "with bridge=.", want, names);
	return xend_fail_key(err, ENODEV, "vif",
			     "Domain 0 has the bridges %s; name one with bridge=, or set "
			     "vif-bridge in xend-config.sxp.", names);
}

static int vif_claim(struct xend *x, const struct domain *d, const struct device *dev,
		     struct xend_error *err)
{
	const struct vif *v = vif_of(dev);
	int rc = check_free(x, d, dev, v->mac, "", err);

	if (!rc && v->vifname[0])
		rc = check_free(x, d, dev, "", v->vifname, err);
	return rc ? rc : check_bridge(x, dev, err);
}

/* ---- filling up what a definition leaves open ---- */

/* This host's secret, made when it is first needed. */
static int read_seed(struct xend *x, uint8_t seed[SEED_SIZE], struct xend_error *err)
{
	AUTO_FREE char *path = NULL, *data = NULL;
	size_t len = 0;
	int rc;

	if (asprintf(&path, "%s/vif-seed", x->state_dir) < 0)
		return xend_fail(err, ENOMEM, "No memory for a MAC address.");
	rc = io_read_file(path, SEED_SIZE, &data, &len);
	if (!rc && len == SEED_SIZE) {
		memcpy(seed, data, SEED_SIZE);
		return 0;
	}
	if (getrandom(seed, SEED_SIZE, 0) != SEED_SIZE)
		return xend_fail(err, EIO, "The kernel gives no random bytes for a MAC address.");
	rc = io_make_dirs(x->state_dir, 0700);
	if (!rc)
		rc = io_replace_file(path, (const char *)seed, SEED_SIZE, 0600);
	return rc ? xend_fail(err, -rc, "%s cannot be written: %s.", path, strerror(-rc)) : 0;
}

struct filler {
	struct xend *x;
	const char *identity;		/* what the addresses follow from */
	const struct config_strings *siblings;
	uint8_t seed[SEED_SIZE];
};

static bool sibling_has(const struct filler *f, const char *mac)
{
	bool found = false;
	struct vif v;

	for (size_t i = 0; f->siblings && i < f->siblings->count && !found; i++) {
		found = vif_parse(f->siblings->item[i].text, &v, NULL) == 0 && str_eq(v.mac, mac);
		vif_clear(&v);
	}
	return found;
}

static int choose_mac(const struct filler *f, uint32_t number, char mac[VIF_MAC_SIZE],
		      struct xend_error *err)
{
	char name[DOMAIN_NAME_SIZE];
	bool same;

	for (unsigned int attempt = 0; attempt < MAC_TRIES; attempt++) {
		vif_mac_derive(f->seed, f->identity, number, attempt, mac);
		if (!sibling_has(f, mac) &&
		    !holder_of(f->x, NULL, mac, "", NULL, name, sizeof(name), &same))
			return 0;
	}
	return xend_fail(err, EADDRNOTAVAIL, "No MAC address is free; give one with mac=.");
}

/* The bridge that an interface without one gets, as far as it is clear now; else "". */
static void choose_bridge(struct xend *x, const struct device *dev, char bridge[VIF_INTERFACE_SIZE])
{
	struct bridges have;

	bridge[0] = '\0';
	if (!wants_bridge(x, dev))
		return;
	bridges_read(x, &have);
	if (vif_of(dev)->bridge[0])
		snprintf(bridge, VIF_INTERFACE_SIZE, "%s", vif_of(dev)->bridge);
	else if (have.count == 1)
		snprintf(bridge, VIF_INTERFACE_SIZE, "%s", have.name[0]);
}

/* spec with what it leaves open, malloc()ed. */
static int fill_spec(const struct filler *f, const char *spec, uint32_t number, char **ret_full,
		     struct xend_error *err)
{
	char mac[VIF_MAC_SIZE] = "", bridge[VIF_INTERFACE_SIZE] = "";
	struct device dev = { .class = &device_vif, .spec = (char *)spec };
	struct vif given = { 0 };
	int rc;

	rc = vif_parse(spec, &given, err);
	if (!rc)
		rc = vif_class_parse(f->x, &dev, err);
	if (!rc && !given.bridge[0])
		choose_bridge(f->x, &dev, bridge);
	if (!rc && !given.mac[0])
		rc = choose_mac(f, number, mac, err);
	while (*spec == ' ')
		spec++;
	if (!rc && asprintf(ret_full, "%s%s%s%s%s%s%s", spec, mac[0] && *spec ? "," : "",
			    mac[0] ? "mac=" : "", mac, bridge[0] ? "," : "",
			    bridge[0] ? "bridge=" : "", bridge) < 0)
		rc = xend_fail(err, ENOMEM, "No memory for a network interface.");
	vif_class_free(&dev);
	free(dev.backend_name);
	vif_clear(&given);
	return rc;
}

static int vif_complete(struct xend *x, struct domain_config *config, struct xend_error *err)
{
	struct filler f = { .x = x, .identity = config->uuid ? config->uuid : config->name,
			    .siblings = &config->vif };
	struct config_pos nowhere = { 0, 0 };
	char *full;
	int rc = 0;

	if (!config->vif.count && !config->nics)
		return 0;
	pthread_mutex_lock(&x->device_lock);
	rc = read_seed(x, f.seed, err);
	pthread_mutex_unlock(&x->device_lock);
	while (!rc && config->vif.count < config->nics)
		if (config_strings_add(&config->vif, "", nowhere))
			rc = xend_fail(err, ENOMEM, "No memory for a network interface.");
	for (size_t i = 0; i < config->vif.count && !rc; i++) {
		rc = fill_spec(&f, config->vif.item[i].text, i, &full, err);
		if (rc)
			break;
		free(config->vif.item[i].text);
		config->vif.item[i].text = full;
	}
	return rc;
}

/* The same for one more of a domain that runs; its address is a new one at every attach. */
static int vif_settle(struct xend *x, const struct domain *d, const char *spec, char **ret_full,
		      struct xend_error *err)
{
	struct filler f = { .x = x, .identity = d->uuid };

	if (getrandom(f.seed, SEED_SIZE, 0) != SEED_SIZE)
		return xend_fail(err, EIO, "The kernel gives no random bytes for a MAC address.");
	return fill_spec(&f, spec, 0, ret_full, err);
}

const struct device_class device_vif = {
	.name = "vif",
	.what = "network interface",
	.config = offsetof(struct domain_config, vif),
	.key = "vif",
	.module = "xen-netback",
	.online = "online",
	.offline = "offline",
	.complete = vif_complete,
	.settle = vif_settle,
	.parse = vif_class_parse,
	.free = vif_class_free,
	.claim = vif_claim,
	.write = vif_write,
	.script = vif_script,
	.environment = vif_environment,
	.label = vif_label,
	.find = vif_find,
	.show = vif_show,
};
