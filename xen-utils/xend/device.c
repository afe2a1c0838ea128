/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of device classes, the lists of devices, and claims; see device.h.
 *
 * Relies on domain.h for domains and their locks. Relied on by the rest of the device code. Owns
 * x->device_lock: who holds it sees no claim half done.
 */
#include <config.h>

#include "xend/device.h"
#include "xend/xend.h"

static const struct device_class *const classes[] = {
	&device_vbd,
	&device_vif,
};

const struct device_class *device_class_nr(size_t nr)
{
	return nr < ARRAY_SIZE(classes) ? classes[nr] : NULL;
}

const struct device_class *device_class_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (str_eq(classes[i]->name, name))
			return classes[i];
	return NULL;
}

static const struct config_strings *specs_of(const struct device_class *class,
					     const struct domain_config *config)
{
	return (const struct config_strings *)((const char *)config + class->config);
}

/* ---- one device ---- */

void device_put(struct device *dev)
{
	if (!dev || __atomic_sub_fetch(&dev->refs, 1, __ATOMIC_ACQ_REL))
		return;
	dev->class->free(dev);
	free(dev->backend_name);
	free(dev->spec);
	free(dev);
}

static struct device *device_get(struct device *dev)
{
	__atomic_add_fetch(&dev->refs, 1, __ATOMIC_RELAXED);
	return dev;
}

static int device_parse(struct xend *x, const struct device_class *class, const char *spec,
			struct device **ret_dev, struct xend_error *err)
{
	struct device *dev = calloc(1, sizeof(*dev));
	int rc;

	if (!dev)
		return xend_fail(err, ENOMEM, "No memory for a %s.", class->what);
	dev->refs = 1;
	dev->class = class;
	dev->devid = DEVICE_ANY;
	dev->spec = strdup(spec);
	rc = dev->spec ? class->parse(x, dev, err) : xend_fail(err, ENOMEM, "No memory.");
	if (rc) {
		device_put(dev);
		return rc;
	}
	*ret_dev = dev;
	return 0;
}

static int resolve_backend(struct xend *x, struct device *dev, struct xend_error *err)
{
	struct domain *b;
	int domid;

	if (!dev->backend_name || str_eq(dev->backend_name, "0"))
		return 0;
	b = domain_find(x, dev->backend_name, err);
	if (!b)
		return xend_fail(err, ENOENT,
				 "The %s '%.200s' has its back end in domain '%.60s', "
				 "which does not exist; start that domain first.",
				 dev->class->what, dev->spec, dev->backend_name);
	xend_lock(x);
	domid = b->domid;
	xend_unlock(x);
	domain_put(x, b);
	if (domid < 0)
		return xend_fail(err, EBUSY, "The back end domain '%.60s' does not run yet.",
				 dev->backend_name);
	dev->backend = domid;
	return 0;
}

int device_new(struct xend *x, const struct device_class *class, const char *spec,
	       struct device **ret_dev, struct xend_error *err)
{
	struct device *dev;
	int rc;

	rc = device_parse(x, class, spec, &dev, err);
	if (rc)
		return rc;
	rc = resolve_backend(x, dev, err);
	if (rc) {
		device_put(dev);
		return rc;
	}
	*ret_dev = dev;
	return 0;
}

/* ---- configurations ---- */

static bool list_has(const struct device *list, const struct device_class *class, uint32_t devid)
{
	for (; list; list = list->next)
		if (list->class == class && list->devid == devid)
			return true;
	return false;
}

/* Enter dev into a list at its end, with a number if it has none; -EEXIST when that is taken. */
static int list_add(struct device **list, struct device *dev)
{
	if (dev->devid == DEVICE_ANY)
		for (dev->devid = 0; list_has(*list, dev->class, dev->devid);)
			dev->devid++;
	else if (list_has(*list, dev->class, dev->devid))
		return -EEXIST;
	while (*list)
		list = &(*list)->next;
	*list = dev;
	return 0;
}

static int fail_taken(const struct device *dev, struct xend_error *err)
{
	return xend_fail_key(err, EEXIST, dev->class->key,
			     "The %s '%.200s' has the same name in the guest as "
			     "another one; give each its own.",
			     dev->class->what, dev->spec);
}

static int check_class(struct xend *x, const struct device_class *class,
		       const struct config_strings *specs, struct device **list,
		       struct xend_error *err)
{
	struct device *dev;
	int rc;

	for (size_t i = 0; i < specs->count; i++) {
		rc = device_parse(x, class, specs->item[i].text, &dev, err);
		if (!rc && list_add(list, dev)) {
			rc = fail_taken(dev, err);
			device_put(dev);
		}
		if (!rc)
			continue;
		if (err) {
			snprintf(err->key, sizeof(err->key), "%s", class->key);
			err->line = specs->item[i].pos.line;
			err->column = specs->item[i].pos.column;
		}
		return rc;
	}
	return 0;
}

int devices_check(struct xend *x, const struct domain_config *config, struct xend_error *err)
{
	struct device *list = NULL;
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(classes) && !rc; i++)
		rc = check_class(x, classes[i], specs_of(classes[i], config), &list, err);
	devices_free(list);
	return rc;
}

int devices_complete(struct xend *x, struct domain_config *config, struct xend_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(classes) && !rc; i++)
		if (classes[i]->complete)
			rc = classes[i]->complete(x, config, err);
	return rc;
}

/* ---- claims ---- */

static int claim_locked(struct xend *x, struct domain *d, struct device *dev,
			struct xend_error *err)
{
	int rc = dev->class->claim ? dev->class->claim(x, d, dev, err) : 0;

	if (rc)
		return rc;
	dev->phase = DEVICE_ATTACHING;
	xend_lock(x);
	rc = list_add(&d->devices, dev);
	if (!rc)
		device_get(dev);
	xend_unlock(x);
	return rc ? fail_taken(dev, err) : 0;
}

int device_claim(struct xend *x, struct domain *d, struct device *dev, struct xend_error *err)
{
	int rc;

	pthread_mutex_lock(&x->device_lock);
	rc = claim_locked(x, d, dev, err);
	pthread_mutex_unlock(&x->device_lock);
	return rc;
}

static int claim_class(struct xend *x, struct domain *d, const struct device_class *class,
		       struct xend_error *err)
{
	const struct config_strings *specs = specs_of(class, d->config);
	struct device *dev;
	int rc = 0;

	for (size_t i = 0; i < specs->count && !rc; i++) {
		rc = device_new(x, class, specs->item[i].text, &dev, err);
		if (rc)
			break;
		rc = device_claim(x, d, dev, err);
		device_put(dev);
	}
	if (rc && err && !err->key[0])
		snprintf(err->key, sizeof(err->key), "%s", class->key);
	return rc;
}

int devices_claim(struct xend *x, struct domain *d, struct xend_error *err)
{
	struct device *list;
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(classes) && !rc; i++)
		rc = claim_class(x, d, classes[i], err);
	if (!rc)
		return 0;
	xend_lock(x);
	list = TAKE_PTR(d->devices);
	xend_unlock(x);
	devices_free(list);
	return rc;
}

void device_unlink(struct xend *x, struct domain *d, struct device *dev)
{
	xend_lock(x);
	for (struct device **at = &d->devices; *at; at = &(*at)->next) {
		if (*at != dev)
			continue;
		*at = dev->next;
		dev->next = NULL;
		xend_unlock(x);
		device_put(dev);
		return;
	}
	xend_unlock(x);
}

void device_set_phase(struct xend *x, struct device *dev, enum device_phase phase)
{
	xend_lock(x);
	dev->phase = phase;
	xend_unlock(x);
}

void devices_free(struct device *list)
{
	struct device *dev;

	while ((dev = list)) {
		list = dev->next;
		dev->next = NULL;
		device_put(dev);
	}
}

/* ---- what a restart follows ---- */

static struct config_strings *specs_to_change(struct domain *d, const struct device *dev)
{
	return (struct config_strings *)((char *)d->config + dev->class->config);
}

/* nics= counts the vifs of the file; it stays with them. */
static void config_settle(struct domain_config *config)
{
	config->nics = config->vif.count;
}

int device_config_add(struct xend *x, struct domain *d, const struct device *dev,
		      struct xend_error *err)
{
	struct config_pos nowhere = { 0, 0 };
	int rc;

	if (specs_to_change(d, dev)->count >= CONFIG_DEVICES_MAX)
		return xend_fail_key(err, EINVAL, dev->class->key,
				     "Domain '%s' has %u %ss; more are not possible.", d->name,
				     CONFIG_DEVICES_MAX, dev->class->what);
	xend_lock(x);
	rc = config_strings_add(specs_to_change(d, dev), dev->spec, nowhere);
	config_settle(d->config);
	xend_unlock(x);
	return rc ? xend_fail(err, ENOMEM, "No memory for a %s.", dev->class->what) : 0;
}

void device_config_remove(struct xend *x, struct domain *d, const struct device *dev)
{
	xend_lock(x);
	config_strings_remove(specs_to_change(d, dev), dev->spec);
	config_settle(d->config);
	xend_unlock(x);
}

/* ---- looking ---- */

static size_t count_class(struct xend *x, const struct device_class *class)
{
	size_t n = 0;

	for (struct domain *d = x->domains; d; d = d->next)
		for (struct device *dev = d->devices; dev; dev = dev->next)
			n += dev->class == class;
	return n;
}

int devices_of_class(struct xend *x, const struct device_class *class, const struct domain *asker,
		     struct device_holder **ret_list, size_t *ret_count)
{
	struct device_holder *list, *h;
	size_t n = 0;

	xend_lock(x);
	list = calloc(count_class(x, class) + 1, sizeof(*list));
	for (struct domain *d = list ? x->domains : NULL; d; d = d->next) {
		for (struct device *dev = d->devices; dev; dev = dev->next) {
			if (dev->class != class)
				continue;
			h = &list[n++];
			h->dev = device_get(dev);
			h->domid = d->domid;
			h->same = d == asker;
			snprintf(h->domain, sizeof(h->domain), "%s", d->name);
		}
	}
	xend_unlock(x);
	if (!list)
		return -ENOMEM;
	*ret_list = list;
	*ret_count = n;
	return 0;
}

void device_holders_put(struct device_holder *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		device_put(list[i].dev);
	free(list);
}

int devices_snapshot(struct xend *x, const struct domain *d, struct device ***ret_list,
		     size_t *ret_count)
{
	struct device **list;
	size_t n = 0;

	xend_lock(x);
	for (struct device *dev = d->devices; dev; dev = dev->next)
		n++;
	list = calloc(n + 1, sizeof(*list));
	n = 0;
	for (struct device *dev = list ? d->devices : NULL; dev; dev = dev->next)
		list[n++] = device_get(dev);
	xend_unlock(x);
	if (!list)
		return -ENOMEM;
	*ret_list = list;
	*ret_count = n;
	return 0;
}

struct device *device_find(struct xend *x, const struct domain *d,
			   const struct device_class *class, const char *selector,
			   struct xend_error *err)
{
	struct device *found = NULL;
	uint64_t number;
	uint32_t devid;

	if (str_to_u64(selector, UINT32_MAX - 1, &number) == 0)
		devid = number;
	else if (class->find(d, selector, &devid))
		devid = DEVICE_ANY;
	xend_lock(x);
	for (struct device *dev = d->devices; dev && !found; dev = dev->next)
		if (dev->class == class && dev->devid == devid)
			found = device_get(dev);
	xend_unlock(x);
	if (!found)
		xend_fail(err, ENOENT, "Domain '%s' has no %s '%.60s'.", d->name, class->what,
			  selector);
	return found;
}

void device_front_path(const struct device *dev, int domid, char *buf, size_t size)
{
	snprintf(buf, size, "/local/domain/%d/device/%s/%u", domid, dev->class->name, dev->devid);
}

void device_back_path(const struct device *dev, int domid, char *buf, size_t size)
{
	snprintf(buf, size, "/local/domain/%u/backend/%s/%d/%u", dev->backend, dev->class->name,
		 domid, dev->devid);
}

/* ---- names and records ---- */

const char *device_state_name(unsigned int state)
{
	static const char *const names[] = { "unknown", "initialising", "waiting", "initialised",
					     "connected", "closing", "closed" };

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

static const char *const phase_names[] = {
	[DEVICE_ATTACHING] = "attaching",
	[DEVICE_ATTACHED] = "attached",
	[DEVICE_DETACHING] = "detaching",
};

const char *device_phase_name(enum device_phase phase)
{
	return phase_names[phase];
}

int device_phase_parse(const char *name, enum device_phase *ret_phase)
{
	for (size_t i = 0; i < ARRAY_SIZE(phase_names); i++) {
		if (!str_eq(phase_names[i], name))
			continue;
		*ret_phase = i;
		return 0;
	}
	return -EINVAL;
}

json_t *devices_to_json(const struct domain *d)
{
	json_t *array = json_array();

	for (const struct device *dev = d->devices; dev; dev = dev->next)
		json_array_append_new(array,
				      json_pack("{s:s s:I s:I s:s s:s}", "class", dev->class->name,
						"devid", (json_int_t)dev->devid, "backend",
						(json_int_t)dev->backend, "phase",
						device_phase_name(dev->phase), "spec", dev->spec));
	return array;
}

static int device_from_json(json_t *o, struct device **ret_dev)
{
	const char *class_name, *phase_name, *spec;
	const struct device_class *class;
	json_int_t devid, backend;
	enum device_phase phase;
	struct device *dev;

	if (json_unpack(o, "{s:s s:I s:I s:s s:s}", "class", &class_name, "devid", &devid,
			"backend", &backend, "phase", &phase_name, "spec", &spec))
		return -EINVAL;
	class = device_class_by_name(class_name);
	if (!class || device_phase_parse(phase_name, &phase) || devid < 0 || devid >= DEVICE_ANY ||
	    backend < 0 || backend >= (json_int_t)DOMID_FIRST_RESERVED)
		return -EINVAL;
	if (device_parse(NULL, class, spec, &dev, NULL))
		return -EINVAL;
	dev->devid = devid;
	dev->backend = backend;
	dev->phase = phase;
	*ret_dev = dev;
	return 0;
}

int devices_from_json(json_t *array, struct device **ret_list)
{
	struct device *list = NULL, *dev;
	json_t *o;
	size_t i;

	json_array_foreach(array, i, o) {
		if (device_from_json(o, &dev)) {
			devices_free(list);
			return -EINVAL;
		}
		if (list_add(&list, dev)) {
			device_put(dev);
			devices_free(list);
			return -EINVAL;
		}
	}
	*ret_list = list;
	return 0;
}
