/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks: the device class "vbd", which domain 0's xen-blkback serves.
 *
 * Relies on disk.h for what a specification means, on the script "block" (or block-SCHEME, or the
 * one that script= names) for finding or making the block device: the script reads "type" and
 * "params" of the back end's nodes and writes "physical-device", and notes in "node" what it has
 * to undo.
 */
#include <config.h>

#include <sys/stat.h>

#include "xend/device.h"
#include "xend/disk.h"
#include "xend/sharing.h"
#include "xend/xend.h"

static struct disk *disk_of(const struct device *dev)
{
	return dev->data;
}

static int vbd_parse(struct xend *x, struct device *dev, struct xend_error *err)
{
	struct disk *disk = calloc(1, sizeof(*disk));
	int rc;

	(void)x;
	if (!disk)
		return xend_fail(err, ENOMEM, "No memory for a disk.");
	dev->data = disk;
	rc = disk_parse(dev->spec, disk, err);
	if (rc)
		return rc;
	dev->devid = disk->devid;
	if (disk->backend) {
		dev->backend_name = strdup(disk->backend);
		if (!dev->backend_name)
			return xend_fail(err, ENOMEM, "No memory for a disk.");
	}
	return 0;
}

static void vbd_free(struct device *dev)
{
	if (dev->data)
		disk_clear(dev->data);
	free(dev->data);
}

/* Without a scheme, a path is what it is. */
static const char *type_of(const struct disk *disk)
{
	struct stat st;

	if (disk->scheme)
		return disk->scheme;
	if (!disk->script && stat(disk->target, &st) == 0 && S_ISREG(st.st_mode))
		return "file";
	return "phy";
}

/* ---- the sharing guard: what other domains use ---- */

#define HOLDER_SIZE	192

struct uses {
	struct sharing_use *item;
	char (*holder)[HOLDER_SIZE];
	char **text;			/* what the items' targets point to */
	size_t count, size;
};

static void uses_free(struct uses *u)
{
	for (size_t i = 0; i < u->count; i++)
		free(u->text[i]);
	free(u->item);
	free(u->holder);
	free(u->text);
}

/* Two more at once would be enough; doubled, so that many disks cost no more. */
static int uses_grow(struct uses *u)
{
	size_t size = u->size ? 2 * u->size : 16;
	void *item, *holder, *text;

	if (u->count < u->size)
		return 0;
	item = reallocarray(u->item, size, sizeof(*u->item));
	u->item = item ? item : u->item;
	holder = reallocarray(u->holder, size, sizeof(*u->holder));
	u->holder = holder ? holder : u->holder;
	text = reallocarray(u->text, size, sizeof(*u->text));
	u->text = text ? text : u->text;
	if (!item || !holder || !text)
		return -ENOMEM;
	u->size = size;
	return 0;
}

static char *back_node(struct backend *b, int domid, uint32_t devid, const char *node)
{
	char path[128], *value;

	snprintf(path, sizeof(path), "/local/domain/0/backend/vbd/%d/%u/%s", domid, devid, node);
	return b->ops->xs_read(b, BACKEND_NO_TX, path, &value) ? NULL : value;
}

/* The name that compares: a path for what is one, else with its scheme. */
static char *target_name(const char *type, const char *target)
{
	char *name;

	if (target[0] == '/')
		return strdup(target);
	return asprintf(&name, "%s:%s", type, target) < 0 ? NULL : name;
}

/* One more use; the device behind it as far as xenstore knows it. Takes target over. */
static int uses_add(struct uses *u, struct backend *b, int domid, uint32_t devid, char *target,
		    bool write, const char *domain)
{
	AUTO_FREE char *number = domid > 0 ? back_node(b, domid, devid, "physical-device") : NULL;
	struct sharing_use *use;
	char vdev[DISK_NAME_SIZE];

	if (!target || uses_grow(u)) {
		free(target);
		return -ENOMEM;
	}
	disk_name(devid, vdev);
	snprintf(u->holder[u->count], HOLDER_SIZE, "%s has it as %s", domain, vdev);
	u->text[u->count] = target;
	use = &u->item[u->count++];
	*use = (struct sharing_use){ .target = target, .write = write };
	if (number && sscanf(number, "%x:%x", &use->major, &use->minor) != 2)
		use->major = use->minor = 0;
	return 0;
}

static int uses_of_register(struct xend *x, const struct domain *d, const struct device *dev,
			    struct uses *u, struct device_holder *list, size_t count)
{
	char domain[160];
	int rc = 0;

	for (size_t i = 0; i < count && !rc; i++) {
		const struct disk *disk = disk_of(list[i].dev);

		if (list[i].dev->backend != dev->backend)
			continue;
		snprintf(domain, sizeof(domain), "domain '%s'%s", list[i].domain,
			 list[i].same ? " itself" : "");
		rc = uses_add(u, x->backend, list[i].domid, list[i].dev->devid,
			      target_name(type_of(disk), disk->target), disk->write, domain);
	}
	return rc;
}

static bool is_registered(const struct device_holder *list, size_t count, int domid,
			  uint32_t devid)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].domid == domid && list[i].dev->devid == devid)
			return true;
	return false;
}

/* A disk that another tool gave to a domain. */
static int use_of_other_tool(struct xend *x, struct uses *u, int domid, uint32_t devid)
{
	AUTO_FREE char *target = back_node(x->backend, domid, devid, "params");
	AUTO_FREE char *mode = back_node(x->backend, domid, devid, "mode");
	char domain[160];

	if (!target || !mode)
		return 0;
	snprintf(domain, sizeof(domain), "domain %d", domid);
	return uses_add(u, x->backend, domid, devid, TAKE_PTR(target), mode[0] != 'r', domain);
}

static int uses_of_store(struct xend *x, struct uses *u, const struct device_holder *list,
			 size_t count)
{
	struct backend *b = x->backend;
	AUTO_FREE char **domids = NULL;
	size_t nr_domids = 0;
	int rc;

	rc = b->ops->xs_list(b, BACKEND_NO_TX, "/local/domain/0/backend/vbd", &domids, &nr_domids);
	if (rc)
		return rc == -ENOENT ? 0 : rc;
	for (size_t i = 0; i < nr_domids && !rc; i++) {
		AUTO_FREE char **devids = NULL;
		size_t nr_devids = 0;
		char path[128];

		snprintf(path, sizeof(path), "/local/domain/0/backend/vbd/%.20s", domids[i]);
		if (b->ops->xs_list(b, BACKEND_NO_TX, path, &devids, &nr_devids))
			continue;
		for (size_t k = 0; k < nr_devids && !rc; k++) {
			int domid = atoi(domids[i]);
			uint32_t devid = strtoul(devids[k], NULL, 10);

			if (!is_registered(list, count, domid, devid))
				rc = use_of_other_tool(x, u, domid, devid);
		}
	}
	return rc;
}

static int vbd_claim(struct xend *x, const struct domain *d, const struct device *dev,
		     struct xend_error *err)
{
	const struct disk *disk = disk_of(dev);
	struct sharing_host host = { x->host_root, x->host_stat };
	AUTO_FREE char *target = target_name(type_of(disk), disk->target);
	struct sharing_use wanted = { .target = target, .write = disk->write };
	struct device_holder *list = NULL;
	struct uses uses = { .count = 0 };
	size_t count = 0;
	int rc;

	if (disk->shared) {
		log_warn("vbd: domain '%s' has %s whoever else uses it, as its mode says", d->name,
			 disk->target);
		return 0;
	}
	rc = target ? devices_of_class(x, &device_vbd, d, &list, &count) : -ENOMEM;
	if (!rc)
		rc = uses_of_register(x, d, dev, &uses, list, count);
	if (!rc && !dev->backend)
		rc = uses_of_store(x, &uses, list, count);
	for (size_t i = 0; i < uses.count; i++)
		uses.item[i].holder = uses.holder[i];	/* now that the array does not move */
	if (rc)
		xend_fail(err, -rc, "Who uses the storage '%.200s' cannot be found out: %s.",
			  disk->target, strerror(-rc));
	else
		rc = sharing_check(dev->backend ? NULL : &host, &wanted, uses.item, uses.count,
				   err);
	uses_free(&uses);
	device_holders_put(list, count);
	return rc;
}

static void vbd_write(const struct domain *d, const struct device *dev, struct device_writer *w)
{
	const struct disk *disk = disk_of(dev);

	(void)d;
	device_back(w, "type", "%s", type_of(disk));
	device_back(w, "params", "%s", disk->target);
	device_back(w, "dev", "%s", disk->name);
	device_back(w, "mode", "%s", disk->write ? "w" : "r");
	device_back(w, "device-type", "%s", disk->cdrom ? "cdrom" : "disk");
	device_back(w, "removable", "%d", disk->cdrom);
	device_back(w, "bootable", "1");
	device_back(w, "direct-io-safe", "%d", disk->direct_io_safe);
	device_back(w, "discard-enable", "%d", disk->discard);
	device_front(w, "virtual-device", "%u", dev->devid);
	device_front(w, "device-type", "%s", disk->cdrom ? "cdrom" : "disk");
	device_front(w, "trusted", "%d", !disk->untrusted);
}

static char *vbd_script(struct xend *x, const struct device *dev)
{
	const struct disk *disk = disk_of(dev);

	(void)x;
	return strdup(disk->script ? disk->script : "block");
}

static void vbd_label(const struct domain *d, const struct device *dev, char *buf)
{
	(void)d;
	snprintf(buf, DEVICE_NAME_SIZE, "%s", disk_of(dev)->name);
}

static int vbd_find(const struct domain *d, const char *selector, uint32_t *ret_devid)
{
	(void)d;
	return disk_number(selector, ret_devid);
}

static const char *mode_of(const struct disk *disk)
{
	if (disk->shared)
		return disk->write ? "w!" : "r!";
	return disk->write ? "w" : "r";
}

static void vbd_show(const struct device *dev, json_t *o)
{
	const struct disk *disk = disk_of(dev);

	json_object_set_new(o, "vdev", json_string(disk->name));
	json_object_set_new(o, "type", json_string(type_of(disk)));
	json_object_set_new(o, "target", json_string(disk->target));
	json_object_set_new(o, "mode", json_string(mode_of(disk)));
	json_object_set_new(o, "cdrom", json_boolean(disk->cdrom));
}

const struct device_class device_vbd = {
	.name = "vbd",
	.what = "disk",
	.config = offsetof(struct domain_config, disk),
	.key = "disk",
	.module = "xen-blkback",
	.online = "add",
	.offline = "remove",
	.parse = vbd_parse,
	.free = vbd_free,
	.claim = vbd_claim,
	.write = vbd_write,
	.script = vbd_script,
	.label = vbd_label,
	.find = vbd_find,
	.show = vbd_show,
};
