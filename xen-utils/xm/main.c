/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm: the table of commands, and what finds a row in it. Every command is a client of xend
 * (doc/xend-http.md); none makes a hypercall or evaluates a domain file.
 *
 * Relies on client.h and the cmd-*.c files. The manual page, the shell completion and the tests
 * follow the table; tests compare them.
 */
#include <config.h>

#include <locale.h>
#include <signal.h>

#include "xm/commands.h"
#include "xm/xm.h"

#define OPTION_END	{0, NULL, NULL, NULL}
#define OPTION_JSON	{0, "json", NULL, "Print JSON, with every field that xend sends."}

static const struct xm_option json_only[] = {OPTION_JSON, OPTION_END};

static const struct xm_option create_options[] = {
	{ 'c', "console_autoconnect", NULL, "Connect to the domain's console; Ctrl-] leaves it." },
	{ 'f', "defconfig", "FILE",
	  "The domain file (default xmdefconfig); the first argument is one too." },
	{ 'F', "config", "SXPFILE", "A file with the S-expression that --dryrun prints." },
	{ 0, "help_config", NULL, "Show the variables that the domain file asks for." },
	OPTION_JSON,
	{ 'L', "load", "FILE", "Not available in this version." },
	{ 0, "name", "NAME", "Name of the domain, whatever the file says." },
	{ 'n', "dryrun", NULL, "Evaluate and check the file, print the result, create nothing." },
	{ 0, "path", "PATH", "Folders to look for the file in (default .:/etc/xen)." },
	{ 'p', "paused", NULL, "Leave the domain paused." },
	{ 'q', "quiet", NULL, "Print nothing when all went well." },
	OPTION_END
};

static const struct xm_option list_options[] = {
	{'l', "long", NULL, "Print everything that is known, as S-expressions."},
	OPTION_JSON,
	{0, "names", NULL, "Print names only, one a line."},
	{'v', "verbose", NULL, "Show UUIDs and reasons, too."},
	OPTION_END
};

static const struct xm_option console_options[] = {
	{'n', "num", "NUMBER", "The console's number; there is one, 0."},
	{'t', "type", "TYPE", "The console's type; there is one, pv."},
	OPTION_END
};

static const struct xm_option balloon_options[] = {
	{'n', "no-wait", NULL, "Do not wait for what the guest does about it."},
	{'t', "timeout", "SECONDS", "Give up waiting when nothing moved for so long (10)."},
	OPTION_END
};

static const struct xm_option dump_options[] = {
	{'C', "crash", NULL, "Destroy the domain afterwards."},
	{'L', "live", NULL, "Let the domain run meanwhile; the parts may not fit together."},
	{'R', "reset", NULL, "Start it again from its configuration afterwards."},
	OPTION_END
};

static const struct xm_option check_options[] = {
	{'r', "repair", NULL, "Remove what can be removed."},
	OPTION_JSON,
	OPTION_END
};

static const struct xm_option top_options[] = {
	{'b', "batch", NULL, "Print line after line, without a screen."},
	{'d', "delay", "SECONDS", "Time between two measures (3)."},
	{'i', "count", "NUMBER", "The same as --iterations."},
	{'n', "iterations", "NUMBER", "End after so many measures."},
	{'s', "sort", "COLUMN", "cpu, mem, time, vcpus, tx, rx, read, write, name or id."},
	OPTION_END
};

static const struct xm_option cpupool_options[] = {
	{'c', "cpus", NULL, "Show the numbers of its CPUs."},
	OPTION_END
};

static const struct xm_option shutdown_options[] = {
	{'a', "all", NULL, "All domains but domain 0."},
	{'F', "fallback", NULL, "Accepted; domains without drivers have no other way."},
	{'H', "halt", NULL, "Halt instead of powering off."},
	{'R', "reboot", NULL, "Reboot instead of powering off."},
	{'w', "wait", NULL, "Wait until they are gone."},
	OPTION_END
};

static const struct xm_option reboot_options[] = {
	{'a', "all", NULL, "All domains but domain 0."},
	{'F', "fallback", NULL, "Accepted; domains without drivers have no other way."},
	OPTION_END
};

static const struct xm_option destroy_options[] = {
	{'R', "reboot", NULL, "Start it again from its configuration."},
	OPTION_END
};

static const struct xm_option detach_options[] = {
	{'f', "force", NULL, "Take it away though the domain does not let go of it."},
	OPTION_END
};

#define OPTIONS_MACHINE \
	{'s', "schedparam", NULL, "The scheduler's own parameter, not a domain's."}, \
	{'r', "ratelimit_us", "US", \
	 "With -s: how long one runs before another of the same right may have its CPU."}

static const struct xm_option sched_bvt_options[] = {
	{'d', "domain", "DOM", "Only this domain."},
	{'w', "weight", "WEIGHT", "Its share beside others, 1 to 65535; 256 is the default."},
	{'c', "cap", "PERCENT", "At most so much of one CPU; 0: no cap."},
	{'W', "warp", "US", "How far ahead it is served when it wakes up; 0: never ahead."},
	{'L', "warp-limit", "US", "Running time that it may be ahead ..."},
	{'U', "warp-window", "US", "... in each window of this length."},
	OPTIONS_MACHINE,
	{'P', "cpupool", "POOL", "Accepted for Pool-0, which is all CPUs."},
	{'J', "json", NULL, "Print JSON, with every field that xend sends."},
	OPTION_END
};

static const struct xm_option sched_atropos_options[] = {
	{'d', "domain", "DOM", "Only this domain."},
	{'v', "vcpuid", "all", "Accepted for 'all': parameters are a domain's."},
	{'p', "period", "US", "Length of its period."},
	{'b', "budget", "US", "Its slice, the time that is its own in each period."},
	{'e', "extratime", "0|1", "Whether it may have time that nobody claims."},
	{'s', "schedparam", NULL, "The scheduler's name; it has no parameter of its own."},
	{'P', "cpupool", "POOL", "Accepted for Pool-0, which is all CPUs."},
	{'J', "json", NULL, "Print JSON, with every field that xend sends."},
	OPTION_END
};

static const struct xm_option sched_rrobin_options[] = {
	OPTIONS_MACHINE,
	{'J', "json", NULL, "Print JSON, with every field that xend sends."},
	OPTION_END
};

static const struct xm_option dmesg_options[] = {
	{'c', "clear", NULL, "Empty the ring afterwards."},
	OPTION_END
};

static const struct xm_option perf_options[] = {
	OPTION_JSON,
	{'r', "reset", NULL, "Set them to zero instead."},
	OPTION_END
};

static const struct xm_option log_options[] = {
	{'n', "lines", "NUMBER", "Only so many lines from the end."},
	OPTION_END
};

/* The program behind it reads them; here for help and completion. */
static const struct xm_option network_setup_options[] = {
	{ 0, "bridge", "NAME", "The bridge (default xen-br0)." },
	{ 0, "confirm", NULL, "Keep the change; without it all comes back after a minute." },
	{ 'n', "dry-run", NULL, "Show which files would change and how; change nothing." },
	{ 0, "force", NULL, "With --undo: also when the files were edited since." },
	{ 0, "manager", "NAME", "ifupdown, networkmanager or systemd-networkd." },
	{ 0, "netdev", "NAME", "The interface (default: that of the default route)." },
	{ 0, "status", NULL, "Say what stands." },
	{ 0, "undo", NULL, "Take a confirmed change back." },
	OPTION_END
};

static const struct xm_option help_options[] = {
	{0, "commands", NULL, "Print the names of all commands and their options, for programs."},
	{0, "texinfo", NULL, "Print the same as this for all commands, for the users' manual."},
	OPTION_END
};

#define G_DOMAIN "Domains"
#define G_CPU "Memory and CPUs"
#define G_DEVICE "Disks"
#define G_NETWORK "Networks"
#define G_CONSOLE "Consoles"
#define G_HOST "Host"

const struct command xm_commands[] = {
	{ "create", "[OPTION]... [FILE] [VAR=VALUE]...", "create a domain from a domain file",
	  cmd_create, 0, create_options, G_DOMAIN },
	{ "list", "[OPTION]... [DOM]...", "list domains", cmd_list, 0, list_options, G_DOMAIN },
	{ "vm-list", "[OPTION]...", "list UUIDs, numbers and names of domains", cmd_vm_list, 0,
	  json_only, G_DOMAIN },
	{ "shutdown", "[OPTION]... [DOM]...", "ask domains to shut down", cmd_shutdown, 0,
	  shutdown_options, G_DOMAIN },
	{ "reboot", "[OPTION]... [DOM]...", "ask domains to reboot", cmd_reboot, 0, reboot_options,
	  G_DOMAIN },
	{ "destroy", "[OPTION]... DOM...", "end domains at once", cmd_destroy, 0, destroy_options,
	  G_DOMAIN },
	{ "pause", "DOM...", "stop giving CPU time to domains", cmd_pause, 0, NULL, G_DOMAIN },
	{ "unpause", "DOM...", "give CPU time to paused domains again", cmd_unpause, 0, NULL,
	  G_DOMAIN },
	{ "rename", "DOM NAME", "give a domain another name", cmd_rename, 0, NULL, G_DOMAIN },
	{ "domid", "DOM", "print a domain's number", cmd_domid, 0, NULL, G_DOMAIN },
	{ "domname", "DOM", "print a domain's name", cmd_domname, 0, NULL, G_DOMAIN },
	{ "uptime", "[OPTION]... [DOM]...", "print how long domains have been running", cmd_uptime,
	  0, json_only, G_DOMAIN },
	{ "sysrq", "DOM LETTER", "send a magic SysRq key to a domain", cmd_sysrq, 0, NULL,
	  G_DOMAIN },
	{ "dump-core", "[OPTION]... DOM [FILE]", "write a domain's memory to a core file",
	  cmd_dump_core, 0, dump_options, G_DOMAIN },
	{ "trigger", "DOM nmi|reset|init|power|sleep|s3resume [VCPU]",
	  "send a domain an event of the machine's", cmd_trigger, 0, NULL, G_DOMAIN },
	{ "button-press", "DOM power|sleep", "the same as trigger for these two",
	  cmd_button_press, 0, NULL, G_DOMAIN },
	{ "vcpu-list", "[OPTION]... [DOM]...", "list virtual CPUs", cmd_vcpu_list, 0, json_only,
	  G_CPU },
	{ "vcpu-pin", "DOM VCPU|all HARD|- [SOFT|-]", "choose the CPUs for virtual CPUs",
	  cmd_vcpu_pin, COMMAND_NEGATIVE, NULL, G_CPU },
	{ "pincpu", "DOM CPU", "run a domain on one CPU; -1: on any", cmd_pincpu, COMMAND_NEGATIVE,
	  NULL, G_CPU },
	{ "vcpu-set", "DOM NUMBER", "set how many virtual CPUs are on line", cmd_vcpu_set, 0, NULL,
	  G_CPU },
	{ "sched-bvt", "[OPTION]...", "print or set shares of CPU time", cmd_sched_bvt, 0,
	  sched_bvt_options, G_CPU },
	{ "sched-credit", "[OPTION]...", "the same as sched-bvt", cmd_sched_bvt, COMMAND_ALIAS,
	  sched_bvt_options, G_CPU },
	{ "sched-credit2", "[OPTION]...", "the same as sched-bvt", cmd_sched_bvt, COMMAND_ALIAS,
	  sched_bvt_options, G_CPU },
	{ "sched-atropos", "[OPTION]...", "print or set guaranteed CPU time", cmd_sched_atropos, 0,
	  sched_atropos_options, G_CPU },
	{ "sched-rtds", "[OPTION]...", "the same as sched-atropos", cmd_sched_atropos,
	  COMMAND_ALIAS, sched_atropos_options, G_CPU },
	{ "sched-rrobin", "[OPTION]...", "print or set round robin's slice", cmd_sched_rrobin, 0,
	  sched_rrobin_options, G_CPU },
	{ "bvt", "DOM MCUADV WARPBACK WARPVALUE WARPL WARPU",
	  "set BVT parameters as in Xen 2.0; times in us", cmd_bvt, 0, NULL, G_CPU },
	{ "bvt_ctxallow", "ALLOW", "set BVT's context switch allowance, in ns", cmd_bvt_ctxallow,
	  0, NULL, G_CPU },
	{ "atropos", "DOM PERIOD SLICE LATENCY XTRATIME",
	  "set atropos parameters as in Xen 2.0; times in ns", cmd_atropos, 0, NULL, G_CPU },
	{ "rrobin", "SLICE", "set round robin's slice, in ns", cmd_rrobin, 0, NULL, G_CPU },
	{ "balloon", "[OPTION]... DOM MB", "set how much memory a domain should use", cmd_balloon,
	  0, balloon_options, G_CPU },
	{ "mem-set", "[OPTION]... DOM MB", "the same as balloon", cmd_balloon, COMMAND_ALIAS,
	  balloon_options, G_CPU },
	{ "maxmem", "DOM MB", "set how much memory a domain may use at most", cmd_maxmem, 0, NULL,
	  G_CPU },
	{ "mem-max", "DOM MB", "the same as maxmem", cmd_maxmem, COMMAND_ALIAS, NULL, G_CPU },
	{ "block-attach", "DOM SPECIFICATION...", "give a domain a disk", cmd_block_attach, 0, NULL,
	  G_DEVICE },
	{ "vbd-create", "DOM TARGET NAME MODE [BACKEND]", "the same as block-attach",
	  cmd_block_attach, COMMAND_ALIAS, NULL, G_DEVICE },
	{ "block-detach", "[OPTION]... DOM NAME", "take a disk from a domain", cmd_block_detach, 0,
	  detach_options, G_DEVICE },
	{ "vbd-destroy", "[OPTION]... DOM NAME", "the same as block-detach", cmd_block_detach,
	  COMMAND_ALIAS, detach_options, G_DEVICE },
	{ "block-list", "[OPTION]... DOM...", "list the disks of domains", cmd_block_list, 0,
	  json_only, G_DEVICE },
	{ "vbd-list", "[OPTION]... DOM...", "the same as block-list", cmd_block_list,
	  COMMAND_ALIAS, json_only, G_DEVICE },
	{ "network-attach", "DOM [KEY=VALUE]...", "give a domain a network interface",
	  cmd_network_attach, 0, NULL, G_NETWORK },
	{ "network-detach", "[OPTION]... DOM INTERFACE", "take a network interface from a domain",
	  cmd_network_detach, 0, detach_options, G_NETWORK },
	{ "network-list", "[OPTION]... DOM...", "list the network interfaces of domains",
	  cmd_network_list, 0, json_only, G_NETWORK },
	{ "vif-list", "[OPTION]... DOM...", "the same as network-list", cmd_network_list,
	  COMMAND_ALIAS, json_only, G_NETWORK },
	{ "network-setup", "[OPTION]...", "put the host's network interface on a bridge",
	  cmd_network_setup, COMMAND_LOCAL, network_setup_options, G_NETWORK },
	{ "console", "[OPTION]... DOM", "connect to a domain's console; Ctrl-] leaves it",
	  cmd_console, 0, console_options, G_CONSOLE },
	{ "consoles", "[OPTION]...", "list consoles", cmd_consoles, 0, json_only, G_CONSOLE },
	{ "info", "[OPTION]...", "print facts about the host", cmd_info, 0, json_only, G_HOST },
	{ "top", "[OPTION]...", "watch what domains use of the machine", cmd_top, 0, top_options,
	  G_HOST },
	{ "cpupool-list", "[OPTION]... [POOL]", "list the pools of CPUs", cmd_cpupool_list, 0,
	  cpupool_options, G_HOST },
	{ "dmesg", "[OPTION]...", "print the hypervisor's messages", cmd_dmesg, 0, dmesg_options,
	  G_HOST },
	{ "perf", "[OPTION]...", "print the hypervisor's performance counters", cmd_perf, 0,
	  perf_options, G_HOST },
	{ "log", "[OPTION]...", "print the log of xend", cmd_log, 0, log_options, G_HOST },
	{ "check", "[OPTION]...", "look for what belongs to no domain any more", cmd_check, 0,
	  check_options, G_HOST },
	{ "debug-keys", "KEYS", "send debug keys to the hypervisor", cmd_debug_keys, 0, NULL,
	  G_HOST },
	{ "call", "PATH [JSON | MEMBER=VALUE...]", "send a request to xend as it is", cmd_call, 0,
	  NULL, G_HOST },
	{ "help", "[COMMAND]", "explain xm or one of its commands", cmd_help, COMMAND_LOCAL,
	  help_options, G_HOST },
	{ NULL, NULL, NULL, NULL, 0, NULL, NULL }
};

/* What users of older or other tools may look for. */
static const char *const later[] = {
	"config-update", "migrate", "pci-attach", "pci-detach", "pci-list", "restore", "save",
};

static bool is_later(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(later); i++)
		if (str_eq(later[i], name))
			return true;
	return false;
}

static void complain_ambiguous(const char *name)
{
	fprintf(stderr, "xm: '%s' may be", name);
	for (const struct command *c = xm_commands; c->name; c++)
		if (str_has_prefix(c->name, name))
			fprintf(stderr, " %s", c->name);
	fputs("; write more of it.\n", stderr);
}

const struct command *xm_find_command(const char *name)
{
	const struct command *found = NULL;
	bool ambiguous = false;

	for (const struct command *c = xm_commands; c->name; c++) {
		if (str_eq(c->name, name))
			return c;
		if (!str_has_prefix(c->name, name))
			continue;
		ambiguous = ambiguous || (found && found->run != c->run);
		found = found ? found : c;
	}
	if (is_later(name))
		xm_error("'%s' is not available in this version; 'xm help' lists what is.", name);
	else if (ambiguous)
		complain_ambiguous(name);
	else if (!found)
		xm_error("There is no command '%s'; 'xm help' lists those that exist.", name);
	return ambiguous || is_later(name) ? NULL : found;
}

static struct xm start(const struct command *command)
{
	struct xm xm = {.command = command};

	xm.client = client_new(getenv("XEND"), getenv("XEND_ROOT"));
	if (!xm.client) {
		xm_error("There is not enough memory.");
		exit(XM_FAILED);
	}
	return xm;
}

/* Options before the command, as today's tool has them: they change nothing here. */
static bool is_harmless(const char *word)
{
	return word[0] == '-' && word[1] && !word[1 + strspn(word + 1, "vftT")];
}

int main(int argc, char **argv)
{
	const struct command *command;
	struct xm xm;
	int status;

	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
	for (; argc > 1 && is_harmless(argv[1]); argc--, argv++)
		argv[1] = argv[0];
	if (argc < 2) {
		xm_print_help(stderr);
		return XM_USAGE;
	}
	if (str_eq(argv[1], "-h") || str_eq(argv[1], "--help")) {
		xm_print_help(stdout);
		return xm_finish(XM_OK);
	}
	if (str_eq(argv[1], "-V") || str_eq(argv[1], "--version")) {
		printf("xm (%s) %s\n", PACKAGE_NAME, PACKAGE_VERSION);
		return xm_finish(XM_OK);
	}
	command = xm_find_command(argv[1]);
	if (!command)
		return XM_USAGE;
	xm = start(command);
	status = command->run(&xm, argc - 1, argv + 1);
	client_free(xm.client);
	return xm_finish(status);
}
