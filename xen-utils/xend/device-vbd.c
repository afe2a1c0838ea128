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

static void vbd_show(const struct device *dev, json_t *o)
{
	const struct disk *disk = disk_of(dev);

	json_object_set_new(o, "vdev", json_string(disk->name));
	json_object_set_new(o, "type", json_string(type_of(disk)));
	json_object_set_new(o, "target", json_string(disk->target));
	json_object_set_new(o, "mode", json_string(disk->shared ? "w!" : disk->write ? "w" : "r"));
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
	.write = vbd_write,
	.script = vbd_script,
	.label = vbd_label,
	.find = vbd_find,
	.show = vbd_show,
};
