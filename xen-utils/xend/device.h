/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices of domains: a table of classes (disks, network interfaces ...) and the one way in which
 * a device of any class comes, is found again after a crash, and goes.
 *
 * Relies on domain.h and backend.h. Relied on by create.c, teardown.c, reaper.c, record.c and
 * api-device.c; the classes are in device-CLASS.c. A device's steps, and what undoes them:
 *
 *   claimed, in the domain's list                  device_unlink()
 *   record on disk, ATTACHING                      (from here on a returning xend undoes it)
 *   front and back nodes, one transaction          nodes removed
 *   back end has taken it up (InitWait)            state Closed awaited
 *   script ONLINE ended well, "hotplug-status"     script OFFLINE
 *   record on disk, ATTACHED                       record on disk, DETACHING
 *
 * The invariant that makes every step repeatable: the back end's nodes are there from before the
 * script ONLINE begins until after the script OFFLINE has ended. So where there are no nodes there
 * is nothing to undo, and a script finds in them what it noted down.
 *
 * Locks: x->device_lock serialises claims (order: domain `busy` > device_lock > xend.lock). A
 * domain's list and the phases in it change under xend.lock, by the domain's one operation only;
 * everything else of a device never changes once it is listed. Devices are counted.
 */
#ifndef XEND_DEVICE_H
#define XEND_DEVICE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/config.h"
#include "xend/error.h"

struct backend;
struct device;
struct device_writer;
struct domain;
struct progress;
struct xend;

#define DEVICE_ANY		UINT32_MAX	/* a number that the framework chooses */
#define DEVICE_NAME_SIZE	32
#define DEVICE_STATE_MS		10000	/* a back end takes a device up, or lets it go, within */
#define DEVICE_CONNECT_MS	5000	/* a running guest takes up a new device, usually */
#define DEVICE_SCRIPT_MS	40000	/* a script has ended by then, or is killed */

/* XenbusState of the public ABI (io/xenbus.h). */
enum device_state {
	DEVICE_STATE_UNKNOWN = 0,
	DEVICE_STATE_INITIALISING = 1,
	DEVICE_STATE_INIT_WAIT = 2,
	DEVICE_STATE_INITIALISED = 3,
	DEVICE_STATE_CONNECTED = 4,
	DEVICE_STATE_CLOSING = 5,
	DEVICE_STATE_CLOSED = 6,
};

/* Where a device stands, as it is on disk. */
enum device_phase {
	DEVICE_ATTACHING,	/* after a crash: undone */
	DEVICE_ATTACHED,
	DEVICE_DETACHING,	/* after a crash: finished; also while the guest still uses it */
};

/*
 * A class of devices. All functions may be called from any thread, those that take a struct
 * device never after it was freed. Members marked * may be NULL.
 */
struct device_class {
	const char *name;	/* in xenstore, records and the interface: "vbd" */
	const char *what;	/* for people: "disk" */
	size_t config;		/* offset of its struct config_strings in struct domain_config */
	const char *key;	/* its key in a domain file: "disk" */
	const char *module;	/* of the kernel, holds domain 0's back end: "xen-blkback" */
	const char *online, *offline;	/* first argument of its scripts: "add", "remove" */

	/*
	 * Fill up a configuration before it is first written to disk: defaults that are to last
	 * (a generated address). *
	 */
	int (*complete)(struct xend *x, struct domain_config *config, struct xend_error *err);
	/*
	 * The same for the specification of one more device of d, which runs: spec filled up into
	 * *ret_full, malloc()ed. *
	 */
	int (*settle)(struct xend *x, const struct domain *d, const char *spec, char **ret_full,
		      struct xend_error *err);
	/*
	 * dev->spec to devid, backend_name (of domain 0 when left NULL) and data. Pure: looks at
	 * text and at x->settings only, and x is NULL when a record is read. devid DEVICE_ANY: the
	 * lowest free one. 0, or -errno with a sentence; the framework then calls free.
	 */
	int (*parse)(struct xend *x, struct device *dev, struct xend_error *err);
	void (*free)(struct device *dev);	/* data, which may be NULL */
	/*
	 * May d have it, beside what other domains and domain 0 use? Called with device_lock
	 * held, before dev is listed; devices_of_class() gives the others. *
	 */
	int (*claim)(struct xend *x, const struct domain *d, const struct device *dev,
		     struct xend_error *err);
	/* Its nodes beside those that every device has; device_front(), device_back(). */
	void (*write)(const struct domain *d, const struct device *dev, struct device_writer *w);
	/* Its script as a path or as a name in XEN_SCRIPT_DIR; NULL: none. malloc()ed. */
	char *(*script)(struct xend *x, const struct device *dev);
	/* More "NAME=value" for the script's environment, at most max, malloc()ed; how many. * */
	size_t (*environment)(const struct domain *d, const struct device *dev, char **ret_env,
			      size_t max);
	/* What people call it, of DEVICE_NAME_SIZE bytes: "xvda". */
	void (*label)(const struct domain *d, const struct device *dev, char *buf);
	/* Its number by such a name; 0 or -EINVAL. Decimal numbers are known already. */
	int (*find)(const struct domain *d, const char *selector, uint32_t *ret_devid);
	/* Members for clients, beside those of every device. */
	void (*show)(const struct device *dev, json_t *object);
};

struct device {
	struct device *next;
	unsigned int refs;
	const struct device_class *class;
	uint32_t devid;
	uint32_t backend;		/* number of the back end's domain */
	char *backend_name;		/* as written; NULL: domain 0 */
	enum device_phase phase;
	char *spec;			/* in the words of a domain file */
	void *data;			/* of the class */
};

/* Another device of the same class; both counted and copied. */
struct device_holder {
	struct device *dev;
	char domain[128];		/* name of the domain that has it */
	int domid;			/* -1 when it has none yet */
	bool same;			/* the very domain that asks */
};

/* ---- device.c: classes, lists, claims ---- */

const struct device_class *device_class_by_name(const char *name);	/* NULL: none */
const struct device_class *device_class_nr(size_t nr);			/* NULL: no more */

/* Is every device of config well-formed, with a number of its own? Changes nothing. */
int devices_check(struct xend *x, const struct domain_config *config, struct xend_error *err);
/* Every class's complete(). */
int devices_complete(struct xend *x, struct domain_config *config, struct xend_error *err);

/*
 * A device from a specification, not listed, counted for the caller. The back end's name is
 * resolved. 0 or -errno with a sentence.
 */
int device_new(struct xend *x, const struct device_class *class, const char *spec,
	       struct device **ret_dev, struct xend_error *err);
void device_put(struct device *dev);	/* NULL is accepted */

/*
 * Claim every device of d's configuration and list them, ATTACHING; all or none. d has none yet.
 * 0 or -errno with a sentence.
 */
int devices_claim(struct xend *x, struct domain *d, struct xend_error *err);
/* The same for one more, whose number must be free. */
int device_claim(struct xend *x, struct domain *d, struct device *dev, struct xend_error *err);
void device_unlink(struct xend *x, struct domain *d, struct device *dev);
void device_set_phase(struct xend *x, struct device *dev, enum device_phase phase);

/*
 * Every listed device of a class, of all domains, free with device_holders_put(). asker may be
 * NULL. 0 or -ENOMEM.
 */
int devices_of_class(struct xend *x, const struct device_class *class, const struct domain *asker,
		     struct device_holder **ret_list, size_t *ret_count);
void device_holders_put(struct device_holder *list, size_t count);

/* d's devices, in order, each counted: free() each by device_put(), the array by free(). */
int devices_snapshot(struct xend *x, const struct domain *d, struct device ***ret_list,
		     size_t *ret_count);
/* d's device by number or by the class's selector, counted; NULL with -ENOENT in err. */
struct device *device_find(struct xend *x, const struct domain *d,
			   const struct device_class *class, const char *selector,
			   struct xend_error *err);

/*
 * The configuration that a restart follows: dev belongs to it, or no longer does. By d's operation.
 * add: 0 or -ENOMEM with a sentence.
 */
int device_config_add(struct xend *x, struct domain *d, const struct device *dev,
		      struct xend_error *err);
void device_config_remove(struct xend *x, struct domain *d, const struct device *dev);

/* "device/vbd/51712" and the like are below these. */
void device_front_path(const struct device *dev, int domid, char *buf, size_t size);
void device_back_path(const struct device *dev, int domid, char *buf, size_t size);
const char *device_state_name(unsigned int state);
const char *device_phase_name(enum device_phase phase);
int device_phase_parse(const char *name, enum device_phase *ret_phase);

/* The array of d's record, and back into a new list; -EINVAL when one cannot be read. */
json_t *devices_to_json(const struct domain *d);
int devices_from_json(json_t *array, struct device **ret_list);
void devices_free(struct device *list);

/* ---- device-attach.c ---- */

/*
 * Nodes, back end, script for every device of a domain whose tree is written and which does not
 * run yet. On failure the caller takes the domain down.
 */
int devices_attach(struct xend *x, struct domain *d, const struct progress *progress,
		   struct xend_error *err);

/*
 * One more device for a running domain, which the caller is the operation of; dev is not listed
 * yet. Done when the back end is ready; a guest that runs is then given DEVICE_CONNECT_MS to take
 * it up, and whether it did is in the device's state. On failure nothing is left.
 */
int device_attach(struct xend *x, struct domain *d, struct device *dev, struct xend_error *err);

/* In a transaction: a node of the front or the back end. The first error sticks. */
void device_front(struct device_writer *w, const char *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void device_back(struct device_writer *w, const char *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* State of either end as it is in xenstore; DEVICE_STATE_UNKNOWN when it is not there. */
unsigned int device_front_state(struct backend *b, const struct device *dev, int domid);
unsigned int device_back_state(struct backend *b, const struct device *dev, int domid);

/* Run dev's script with this word and await its verdict. 0, or -errno with a sentence. */
int device_script(struct xend *x, const struct domain *d, const struct device *dev, int domid,
		  const char *word, struct xend_error *err);

/* ---- device-detach.c ---- */

/*
 * Take a device from a running domain: asked of the guest, awaited for DEVICE_STATE_MS. A guest
 * that does not let go: -EBUSY, and the reaper finishes when it does; with force it is cut off.
 */
int device_detach(struct xend *x, struct domain *d, struct device *dev, bool force,
		  struct xend_error *err);

/*
 * Close and remove every device of a domain that runs no more; domid is the number it had. The
 * list is empty afterwards. What cannot be undone is logged; it fails only when xenstore does.
 */
int devices_detach_all(struct xend *x, struct domain *d, int domid, struct xend_error *err);

/* Is one of d's devices in a phase that wants finishing? Under xend.lock. */
bool devices_due(const struct domain *d);
/* Finish what a crash or a guest that took its time left; the caller is d's operation. */
void devices_serve(struct xend *x, struct domain *d);

/* ---- the classes ---- */
extern const struct device_class device_vbd;
extern const struct device_class device_vif;

#endif /* XEND_DEVICE_H */
