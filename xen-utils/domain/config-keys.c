/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of keys; see config-keys.h. The functions above the table are the types of keys; most
 * rows share one.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/config-cpulist.h"
#include "domain/config-keys.h"

#define KEY_JSON_DEPTH 16

_Noreturn static void key_no_memory(struct key_loader *loader)
{
	loader->eval->arena->no_memory = true;
	arena_fail(loader->eval->arena, loader->pos,
		   "There is not enough memory to load the file.");
}

void key_fail(struct key_loader *loader, const char *format, ...)
{
	struct text text = {.arena = loader->eval->arena};
	char rest[ARENA_FAILURE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(rest, sizeof(rest), format, args);
	va_end(args);
	text_printf(&text, "The value of '%s' %s", loader->key->name, rest);
	arena_fail(loader->eval->arena, loader->pos, "%s", text.data);
}

static void *member(struct key_loader *loader)
{
	return (char *)loader->config + loader->key->offset;
}

/* A string that may go to a kernel, a log or a terminal. Numbers become their digits. */
static const char *need_text(struct key_loader *loader, struct value *value)
{
	if (value->kind == VALUE_INTEGER || value->kind == VALUE_REAL)
		value = builtin_str(loader->eval, value);
	if (value->kind != VALUE_STRING)
		key_fail(loader, "is %s; give a string.", value_kind_name(value));
	for (size_t i = 0; i < value->string.len; i++)
		if ((unsigned char)value->string.data[i] < ' ' || value->string.data[i] == 0x7f)
			key_fail(loader,
				 "contains a control character or a line's end; remove it.");
	return value->string.data;
}

static int64_t need_number(struct key_loader *loader, struct value *value)
{
	const struct config_key *key = loader->key;
	int64_t number;
	char *end;

	if (value->kind == VALUE_STRING && value->string.len) {
		errno = 0;
		number = strtoll(value->string.data, &end, 0);
		if (*end || errno)
			key_fail(loader, "is not a number: '%.60s'.", value->string.data);
	} else if (!value_as_integer(value, &number)) {
		key_fail(loader, "is %s; give a whole number.", value_kind_name(value));
	}
	if (number < key->min || number > key->max)
		key_fail(loader, "is %lld, but must be from %lld to %lld.", (long long)number,
			 (long long)key->min, (long long)key->max);
	return number;
}

static void load_string(struct key_loader *loader, struct value *value)
{
	const char *text = need_text(loader, value);

	if (*text && config_string_set(member(loader), text))
		key_no_memory(loader);
}

static void load_path(struct key_loader *loader, struct value *value)
{
	const char *text = need_text(loader, value);

	if (*text && *text != '/' && !strstr(text, "://"))
		key_fail(loader, "is the relative path '%.200s'; begin it with '/'.", text);
	load_string(loader, value);
	if (loader->key->offset == offsetof(struct domain_config, kernel))
		loader->config->kernel_pos = loader->pos;
	else
		loader->config->ramdisk_pos = loader->pos;
}

static void load_number(struct key_loader *loader, struct value *value)
{
	*(uint32_t *)member(loader) = (uint32_t)need_number(loader, value);
}

static void load_console(struct key_loader *loader, struct value *value)
{
	loader->config->console_port = (int32_t)need_number(loader, value);
}

static void load_bool(struct key_loader *loader, struct value *value)
{
	if (value->kind == VALUE_STRING && (!strcasecmp(value->string.data, "yes") ||
					    !strcasecmp(value->string.data, "no")))
		*(bool *)member(loader) = (value->string.data[0] | 32) == 'y';
	else
		*(bool *)member(loader) = need_number(loader, value) != 0;
}

static void load_part(struct key_loader *loader, struct value *value)
{
	struct text text = {.arena = loader->eval->arena};

	/* A command line in triple quotes has line ends; they are blanks to a kernel. */
	if (value->kind == VALUE_STRING) {
		for (size_t i = 0; i < value->string.len; i++)
			text_add_char(&text, strchr("\n\t\r", value->string.data[i]) ? ' ' :
				      value->string.data[i]);
		value = value_string(loader->eval->arena, text.data, text.len);
	}
	*(const char **)((char *)&loader->parts + loader->key->offset) = need_text(loader, value);
}

static void load_cpu(struct key_loader *loader, struct value *value)
{
	loader->cpu = need_number(loader, value);
}

static void load_uuid(struct key_loader *loader, struct value *value)
{
	char uuid[37];

	if (config_uuid_normalise(need_text(loader, value), uuid))
		key_fail(loader, "is not a UUID; give 32 hexadecimal digits, with or without "
			 "dashes.");
	if (config_string_set(&loader->config->uuid, uuid))
		key_no_memory(loader);
}

static void load_name(struct key_loader *loader, struct value *value)
{
	const char *name = need_text(loader, value), *why = domain_name_complaint(name);

	if (why)
		key_fail(loader, "is '%.80s': %s", name, why);
	if (config_string_set(&loader->config->name, name))
		key_no_memory(loader);
}

static void load_type(struct key_loader *loader, struct value *value)
{
	static const struct {
		const char *name;
		enum domain_type type;
	} types[] = {
		{"pv", DOMAIN_TYPE_PV}, {"linux", DOMAIN_TYPE_PV}, {"generic", DOMAIN_TYPE_PV},
		{"pvh", DOMAIN_TYPE_PVH}, {"hvm", DOMAIN_TYPE_HVM},
	};
	const char *name = need_text(loader, value);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!strcmp(types[i].name, name)) {
			loader->config->type = types[i].type;
			return;
		}
	}
	key_fail(loader, "is '%.60s'; the types are pv, pvh and hvm.", name);
}

static void load_action(struct key_loader *loader, struct value *value)
{
	const char *name = need_text(loader, value);
	enum domain_action *action = member(loader);

	if (domain_action_parse(name, action))
		key_fail(loader,
			 "is '%.60s'; it can be destroy, restart, preserve, rename-restart, "
			 "coredump-destroy or coredump-restart.",
			 name);
	loader->has_on[action - &loader->config->on_poweroff] = true;
}

static void load_restart(struct key_loader *loader, struct value *value)
{
	const char *name = need_text(loader, value);

	if (strcmp(name, "onreboot") && strcmp(name, "always") && strcmp(name, "never"))
		key_fail(loader, "is '%.60s'; it can be onreboot, always or never.", name);
	if (config_string_set(&loader->config->restart, name))
		key_no_memory(loader);
}

static void add_cpulist(struct key_loader *loader, struct value *value)
{
	uint8_t map[CPULIST_BYTES(CONFIG_CPUS_MAX)];
	const char *list = need_text(loader, value);

	if (!strncmp(list, "node", 4) || strstr(list, "^node"))
		key_fail(loader,
			 "names nodes, which are not available in this version; name CPUs.");
	if (cpulist_parse(list, map, CONFIG_CPUS_MAX, NULL))
		key_fail(loader, "contains '%.60s', which is not a CPU list as 0-3,5,^2 or all.",
			 list);
	if (config_strings_add(member(loader), list, loader->pos))
		key_no_memory(loader);
}

/* A list for all, or a Python list with an item for every virtual CPU. */
static void load_cpus(struct key_loader *loader, struct value *value)
{
	if (!value_is_sequence(value)) {
		add_cpulist(loader, value);
		return;
	}
	if (value->list.count > CONFIG_VCPUS_MAX)
		key_fail(loader, "has more than %d elements.", CONFIG_VCPUS_MAX);
	for (size_t i = 0; i < value->list.count; i++) {
		loader->pos = value->list.item[i]->pos;
		add_cpulist(loader, value->list.item[i]);
	}
}

static void add_device(struct key_loader *loader, struct value *value)
{
	if (value->kind != VALUE_STRING)
		key_fail(loader, "has %s in its list; give strings.", value_kind_name(value));
	if (config_strings_add(member(loader), need_text(loader, value), loader->pos))
		key_no_memory(loader);
}

static void load_devices(struct key_loader *loader, struct value *value)
{
	if (!value_is_sequence(value)) {
		add_device(loader, value);
		return;
	}
	if (value->list.count > CONFIG_DEVICES_MAX)
		key_fail(loader, "has more than %d elements.", CONFIG_DEVICES_MAX);
	for (size_t i = 0; i < value->list.count; i++) {
		loader->pos = value->list.item[i]->pos;
		add_device(loader, value->list.item[i]);
	}
}

/* NULL for what JSON cannot hold, or nested too deeply. Spends so that a cycle ends. */
static json_t *to_json(const struct value *value, unsigned int *steps, int depth)
{
	json_t *list, *item;

	if (depth > KEY_JSON_DEPTH || !*steps)
		return NULL;
	--*steps;
	switch (value->kind) {
	case VALUE_NONE:
		return json_null();
	case VALUE_BOOL:
		return json_boolean(value->boolean);
	case VALUE_INTEGER:
		return json_integer(value->integer);
	case VALUE_REAL:
		return json_real(value->real);
	case VALUE_STRING:
		return json_stringn(value->string.data, value->string.len);
	case VALUE_LIST:
	case VALUE_TUPLE:
		list = json_array();
		for (size_t i = 0; list && i < value->list.count; i++) {
			item = to_json(value->list.item[i], steps, depth + 1);
			if (item && !json_array_append_new(list, item))
				continue;
			json_decref(list);
			return NULL;
		}
		return list;
	default:
		return NULL;
	}
}

static void load_kept(struct key_loader *loader, struct value *value)
{
	unsigned int steps = 10000;
	json_t *json = to_json(value, &steps, 0);

	if (!json)
		key_fail(loader, "is not a string, a number, or a short list of them.");
	if (json_object_set_new(loader->config->extra, loader->key->name, json))
		key_no_memory(loader);
}

#define AT(member)	offsetof(struct domain_config, member)
#define PART(member)	offsetof(struct cmdline_parts, member)
#define STRING(name, standard, doc, fn, at) \
	{ \
		name, "string", standard, doc, KEY_USED, fn, at, 0, 0 \
	}
#define NUMBER(name, type, standard, doc, fn, at, min, max) \
	{name, type, standard, doc, KEY_USED, fn, at, min, max}
#define ACTION(name, standard, doc) {"on_" #name, "action", standard, doc, KEY_USED, load_action, \
				     AT(on_##name), 0, 0}
#define KEPT(name, doc)		{name, "any", "", doc, KEY_KEPT, load_kept, 0, 0, 0}
#define QUIET(name) \
	{ \
		name, "any", "", "For hvm and pvh domains.", KEY_QUIET, load_kept, 0, 0, 0 \
	}

static const struct config_key keys[] = {
	/* identity */
	STRING("name", "name of the file", "Name of the domain.", load_name, AT(name)),
	STRING("uuid", "made by xend", "UUID of the domain.", load_uuid, AT(uuid)),
	STRING("type", "pv", "Kind of domain: pv, pvh or hvm.", load_type, AT(type)),
	STRING("builder", "linux", "Older name of type: linux and generic mean pv.", load_type,
	       AT(type)),
	/* resources */
	NUMBER("memory", "number, MB", "128", "Memory at the start.", load_number, AT(memory_mb),
	       CONFIG_MEMORY_MIN_MB, CONFIG_MEMORY_MAX_MB),
	NUMBER("maxmem", "number, MB", "memory", "Most memory it may ever have.", load_number,
	       AT(maxmem_mb), CONFIG_MEMORY_MIN_MB, CONFIG_MEMORY_MAX_MB),
	NUMBER("vcpus", "number", "maxvcpus, else 1", "Virtual CPUs that are on line at the start.",
	       load_number, AT(vcpus), 1, CONFIG_VCPUS_MAX),
	NUMBER("maxvcpus", "number", "vcpus", "Virtual CPUs it may ever have.", load_number,
	       AT(maxvcpus), 1, CONFIG_VCPUS_MAX),
	{ "cpus", "CPU list, or list of them", "all", "CPUs it may run on.", KEY_USED, load_cpus,
	  AT(cpus), 0, 0 },
	{ "cpus_soft", "CPU list, or list of them", "all", "CPUs it should run on.", KEY_USED,
	  load_cpus, AT(cpus_soft), 0, 0 },
	NUMBER("cpu", "number", "-1", "The one CPU it runs on, -1 for any.", load_cpu, 0, -1,
	       CONFIG_CPUS_MAX - 1),
	NUMBER("cpu_weight", "number", "256", "Share of the CPUs beside other domains.",
	       load_number, AT(cpu_weight), 1, 65535),
	NUMBER("cap", "number, per cent", "0",
	       "Most CPU time it gets, per cent of one CPU; 0: no limit.", load_number, AT(cap), 0,
	       100 * CONFIG_VCPUS_MAX),
	/* image */
	STRING("kernel", "", "Kernel image: absolute path or URL.", load_path, AT(kernel)),
	STRING("ramdisk", "", "Initial RAM disk: absolute path or URL.", load_path, AT(ramdisk)),
	STRING("cmdline", "", "The kernel's whole command line; root and extra are not used then.",
	       load_part, PART(cmdline)),
	STRING("root", "", "Root device, for the kernel's root=.", load_part, PART(root)),
	STRING("extra", "", "Further words of the kernel's command line.", load_part, PART(extra)),
	/* life cycle */
	STRING("restart", "onreboot", "When it is started again: onreboot, always, never.",
	       load_restart, AT(restart)),
	ACTION(poweroff, "destroy", "What happens when it powers itself off."),
	ACTION(reboot, "restart", "What happens when it reboots."),
	ACTION(crash, "destroy", "What happens when it crashes."),
	ACTION(watchdog, "destroy", "What happens when its watchdog fires."),
	/* console and roles */
	NUMBER("console", "number", "0", "TCP port of its console; 0: 9600 + domain id, -1: none.",
	       load_console, AT(console_port), -1, 65535),
	NUMBER("blkif", "yes or no", "no", "It serves block devices to other domains.", load_bool,
	       AT(blkif), 0, 1),
	NUMBER("netif", "yes or no", "no", "It serves network devices to other domains.", load_bool,
	       AT(netif), 0, 1),
	/* devices */
	{ "disk", "list of strings", "[]", "Block devices.", KEY_USED, load_devices, AT(disk), 0,
	  0 },
	{ "vif", "list of strings", "[]", "Network devices.", KEY_USED, load_devices, AT(vif), 0,
	  0 },
	{ "pci", "list of strings", "[]", "PCI devices of the host.", KEY_USED, load_devices,
	  AT(pci), 0, 0 },
	NUMBER("nics", "number", "elements of vif", "Network devices, with defaults beyond vif.",
	       load_number, AT(nics), 0, CONFIG_DEVICES_MAX),
	/* the kernel's network and NFS root */
	STRING("ip", "", "The kernel's IP address.", load_part, PART(ip)),
	STRING("gateway", "", "Its gateway.", load_part, PART(gateway)),
	STRING("netmask", "", "Its network mask.", load_part, PART(netmask)),
	STRING("hostname", "", "Its host name.", load_part, PART(hostname)),
	STRING("interface", "eth0", "The interface that ip and dhcp configure.", load_part,
	       PART(interface)),
	STRING("dhcp", "off", "off or dhcp: whether the kernel asks for its address.", load_part,
	       PART(dhcp)),
	STRING("nfs_server", "", "Server of its root file system.", load_part, PART(nfs_server)),
	STRING("nfs_root", "", "Folder of the root file system on that server.", load_part,
	       PART(nfs_root)),
	/* known, kept, without effect yet */
	KEPT("on_soft_reset", "What happens at a soft reset."),
	KEPT("bootloader", "Program that finds the kernel in the guest's disk."),
	KEPT("bootloader_args", "Its arguments."),
	KEPT("ipaddr", "Addresses for antispoofing rules."),
	KEPT("vnc", "Whether a viewer is started."),
	KEPT("vfb", "Virtual frame buffers."),
	KEPT("vkb", "Virtual keyboards."),
	KEPT("vsnd", "Virtual sound cards."),
	KEPT("vdispl", "Virtual displays."),
	KEPT("vtpm", "Virtual TPMs."),
	KEPT("p9", "9pfs file systems."),
	KEPT("pvcalls", "PV calls back ends."),
	KEPT("channel", "Channels to the host."),
	KEPT("usbctrl", "USB controllers."),
	KEPT("usbdev", "USB devices of the host."),
	KEPT("dtdev", "Device-tree devices of the host."),
	KEPT("ioports", "I/O ports of the host."),
	KEPT("iomem", "I/O memory of the host."),
	KEPT("irqs", "Interrupts of the host."),
	KEPT("rdm", "Reserved device memory."),
	KEPT("gfx_passthru", "Graphics card of the host."),
	KEPT("passthrough", "Whether and how an IOMMU is used."),
	KEPT("pci_msitranslate", "MSI to INTx translation."),
	KEPT("pci_power_mgmt", "Power management of PCI devices."),
	KEPT("pci_permissive", "Unfiltered PCI configuration space."),
	KEPT("pci_seize", "Take PCI devices from their drivers."),
	KEPT("pool", "CPU pool."),
	KEPT("vnuma", "Virtual NUMA nodes."),
	KEPT("seclabel", "Security label."),
	KEPT("init_seclabel", "Security label while it is built."),
	KEPT("driver_domain", "It is a driver domain."),
	KEPT("nomigrate", "It cannot be migrated."),
	KEPT("vmtrace_buf_kb", "Size of its trace buffers."),
	KEPT("vpmu", "Virtual performance counters."),
	KEPT("max_grant_frames", "Limit of its grant table."),
	KEPT("max_maptrack_frames", "Limit of its grant mappings."),
	KEPT("max_grant_version", "Newest grant table format."),
	KEPT("max_event_channels", "Limit of its event channels."),
	KEPT("e820_host", "Memory map like the host's."),
	KEPT("tsc_mode", "How its time stamp counter behaves."),
	KEPT("localtime", "Its clock shows local time."),
	KEPT("rtc_timeoffset", "Its clock's difference from UTC."),
	KEPT("cpuid", "Changes of its CPU's features."),
	/* mean nothing for a PV domain */
	QUIET("firmware"),
	QUIET("pvshim"),
	QUIET("pvshim_path"),
	QUIET("pvshim_cmdline"),
	QUIET("pvshim_extra"),
	QUIET("hap"),
	QUIET("shadow_memory"),
	QUIET("acpi"),
	QUIET("acpi_s3"),
	QUIET("acpi_s4"),
	QUIET("acpi_laptop_slate"),
	QUIET("acpi_firmware"),
	QUIET("smbios_firmware"),
	QUIET("apic"),
	QUIET("hpet"),
	QUIET("nx"),
	QUIET("pae"),
	QUIET("altp2m"),
	QUIET("nestedhvm"),
	QUIET("timer_mode"),
	QUIET("viridian"),
	QUIET("msr_relaxed"),
	QUIET("mca_caps"),
	QUIET("boot"),
	QUIET("hdtype"),
	QUIET("mmio_hole"),
	QUIET("vga"),
	QUIET("videoram"),
	QUIET("stdvga"),
	QUIET("vnclisten"),
	QUIET("vncdisplay"),
	QUIET("vncunused"),
	QUIET("vncpasswd"),
	QUIET("vncviewer"),
	QUIET("vncconsole"),
	QUIET("keymap"),
	QUIET("sdl"),
	QUIET("opengl"),
	QUIET("nographic"),
	QUIET("spice"),
	QUIET("spicehost"),
	QUIET("spiceport"),
	QUIET("spicetls_port"),
	QUIET("spicepasswd"),
	QUIET("spicedisable_ticketing"),
	QUIET("spiceagent_mouse"),
	QUIET("spicevdagent"),
	QUIET("spice_clipboard_sharing"),
	QUIET("spiceusbredirection"),
	QUIET("serial"),
	QUIET("usb"),
	QUIET("usbdevice"),
	QUIET("usbversion"),
	QUIET("soundhw"),
	QUIET("xen_platform_pci"),
	QUIET("device_model"),
	QUIET("device_model_version"),
	QUIET("device_model_override"),
	QUIET("device_model_args"),
	QUIET("device_model_args_pv"),
	QUIET("device_model_args_hvm"),
	QUIET("device_model_user"),
	QUIET("device_model_stubdomain_override"),
	QUIET("device_model_stubdomain_seclabel"),
	QUIET("stubdomain_memory"),
	QUIET("stubdomain_kernel"),
	QUIET("stubdomain_cmdline"),
	QUIET("stubdomain_ramdisk"),
	QUIET("dm_restrict"),
	QUIET("vendor_device"),
	QUIET("ms_vm_genid"),
	QUIET("smm"),
	QUIET("loader"),
	QUIET("nestedhvm_mode"),
};

const struct config_key *config_key_nr(size_t nr)
{
	return nr < sizeof(keys) / sizeof(keys[0]) ? &keys[nr] : NULL;
}

const struct config_key *config_key_find(const char *name)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

/* How many characters differ, are missing or too much (Levenshtein); limited to short names. */
static unsigned int distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);
	unsigned int row[40], before, above;

	if (la >= 40 || lb >= 40)
		return 99;
	for (size_t j = 0; j <= lb; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= la; i++) {
		before = row[0];
		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= lb; j++) {
			above = row[j];
			row[j] = before + (a[i - 1] != b[j - 1]);
			if (above + 1 < row[j])
				row[j] = above + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			before = above;
		}
	}
	return row[lb];
}

const char *config_key_nearest(const char *name)
{
	unsigned int best = strlen(name) > 4 ? 3 : 2, d;
	const char *nearest = NULL;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		d = distance(name, keys[i].name);
		if (d < best && keys[i].use != KEY_QUIET) {
			best = d;
			nearest = keys[i].name;
		}
	}
	return nearest;
}
