/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices of a domain in the interface (doc/xend-http.md section 5.1): listing, attaching,
 * detaching, for every class of the table in device.c alike.
 *
 * Relies on route.c: who changes devices is the domain's one operation.
 */
#include <config.h>

#include "xend/route.h"
#include "xend/xend.h"

static json_t *show_device(struct call *c, const struct device *dev, int domid)
{
	char label[DEVICE_NAME_SIZE], path[128];
	struct backend *b = c->x->backend;
	enum device_phase phase;
	json_t *o;

	xend_lock(c->x);
	phase = dev->phase;
	dev->class->label(c->d, dev, label);
	xend_unlock(c->x);
	device_back_path(dev, domid, path, sizeof(path));
	o = json_pack("{s:s s:I s:s s:I s:s s:s s:s s:s s:s}", "class", dev->class->name, "devid",
		      (json_int_t)dev->devid, "name", label, "backend_id",
		      (json_int_t)dev->backend, "backend_path", path, "phase",
		      device_phase_name(phase), "state",
		      device_state_name(device_back_state(b, dev, domid)), "guest_state",
		      device_state_name(device_front_state(b, dev, domid)), "spec", dev->spec);
	if (o)
		dev->class->show(dev, o);
	return o;
}

/* class NULL: all of them. */
static int list_devices(struct call *c, const struct device_class *class, const char *member)
{
	json_t *array = json_array();
	struct device **list;
	size_t count;
	int domid;

	if (devices_snapshot(c->x, c->d, &list, &count)) {
		json_decref(array);
		return xend_fail(&c->err, ENOMEM, "xend has no memory for the answer.");
	}
	xend_lock(c->x);
	domid = c->d->domid;
	xend_unlock(c->x);
	for (size_t i = 0; i < count; i++) {
		if (!class || list[i]->class == class)
			json_array_append_new(array, show_device(c, list[i], domid));
		device_put(list[i]);
	}
	free(list);
	c->result = json_pack("{s:s s:i s:o}", "name", c->d->name, "id", domid, member, array);
	return c->result ? 0 : xend_fail(&c->err, ENOMEM, "xend has no memory for the answer.");
}

int api_devices(struct call *c)
{
	return list_devices(c, NULL, "devices");
}

int api_vbds(struct call *c)
{
	return list_devices(c, device_class_by_name("vbd"), "devices");
}

int api_vifs(struct call *c)
{
	return list_devices(c, device_class_by_name("vif"), "devices");
}

static int arg_class(struct call *c, const struct device_class **ret_class)
{
	const char *name = NULL;
	int rc = arg_string(c, "class", true, &name);

	if (rc)
		return rc;
	*ret_class = device_class_by_name(name);
	if (!*ret_class)
		return xend_fail_key(&c->err, EINVAL, "class",
				     "There is no class of devices '%.32s'.", name);
	return 0;
}

static int must_run(struct call *c)
{
	bool runs;

	xend_lock(c->x);
	runs = c->d->present && !c->d->info.dying && !c->d->info.shutdown && c->d->config &&
	       c->d->phase == PHASE_RUNNING;
	xend_unlock(c->x);
	return runs ? 0 : xend_fail(&c->err, EBUSY, "Domain '%s' does not run.", c->d->name);
}

static int device_answer(struct call *c, const struct device *dev)
{
	c->result = json_pack("{s:o}", "device", show_device(c, dev, c->d->domid));
	return c->result ? 0 : xend_fail(&c->err, ENOMEM, "xend has no memory for the answer.");
}

/* As a domain file's strings are: what is stored can be read again. */
static int check_spec(struct call *c, const char *spec)
{
	for (const unsigned char *s = (const unsigned char *)spec; *s; s++)
		if (*s < ' ' || *s == 0x7f)
			return xend_fail_key(&c->err, EINVAL, "spec",
					     "The specification has a control character in it.");
	return 0;
}

/* A new device from a specification that may leave something open. */
static int new_device(struct call *c, const struct device_class *class, const char *spec,
		      struct device **ret_dev)
{
	AUTO_FREE char *full = NULL;
	int rc = 0;

	if (class->settle)
		rc = class->settle(c->x, c->d, spec, &full, &c->err);
	return rc ? rc : device_new(c->x, class, full ? full : spec, ret_dev, &c->err);
}

int api_device_attach(struct call *c)
{
	const struct device_class *class;
	struct device *dev;
	const char *spec;
	int rc;

	rc = arg_class(c, &class);
	if (!rc)
		rc = arg_string(c, "spec", true, &spec);
	if (!rc)
		rc = check_spec(c, spec);
	if (!rc)
		rc = must_run(c);
	if (!rc)
		rc = new_device(c, class, spec, &dev);
	if (rc)
		return rc;
	rc = device_attach(c->x, c->d, dev, &c->err);
	if (!rc) {
		event_emit(c->x->events, c->x->now(c->x), "device.attached", c->d->name,
			   c->d->uuid, c->d->domid, dev->spec);
		rc = device_answer(c, dev);
	}
	device_put(dev);
	return rc;
}

int api_device_detach(struct call *c)
{
	const struct device_class *class;
	const char *selector;
	struct device *dev;
	bool force = false;
	int rc;

	rc = arg_class(c, &class);
	if (!rc)
		rc = arg_string(c, "device", true, &selector);
	if (!rc)
		rc = arg_bool(c, "force", &force);
	if (!rc)
		rc = must_run(c);
	if (rc)
		return rc;
	dev = device_find(c->x, c->d, class, selector, &c->err);
	if (!dev)
		return -c->err.code;
	rc = device_detach(c->x, c->d, dev, force, &c->err);
	if (!rc)
		event_emit(c->x->events, c->x->now(c->x), "device.detached", c->d->name,
			   c->d->uuid, c->d->domid, dev->spec);
	device_put(dev);
	return rc;
}
