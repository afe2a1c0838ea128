/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xen-check-kernel: says of kernel files what they can be under this hypervisor. Relies on
 * verdict.h. The GRUB generator and the kernel hooks rely on its exit status.
 */
#include <config.h>

#include <getopt.h>

#include "check-kernel/verdict.h"
#include "common/io.h"

enum { EXIT_CAN = 0, EXIT_CANNOT = 1, EXIT_USAGE = 2, EXIT_UNREAD = 3 };

static void usage(FILE *out)
{
	fputs("Usage: xen-check-kernel [OPTION...] FILE...\n"
	      "Say what each kernel file is, and if it can be dom0, a PV guest, a PVH guest.\n\n"
	      "  -f, --for ROLE   what the exit status is about: dom0 (default), pv or pvh\n"
	      "  -q, --quiet      print only why a file cannot be what --for asks\n"
	      "  -h, --help       this text\n"
	      "      --version\n\n"
	      "Exit status: 0 every file can be it, 1 one cannot, 2 wrong usage, 3 one cannot "
	      "be read.\n", out);
}

/* CONFIG_XEN_DOM0 in config-RELEASE beside vmlinuz-RELEASE: 1, 0, or -1 if it isn't there. */
static int config_says(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	const char *dash = strchr(base, '-');
	AUTO_FREE char *name = NULL;
	AUTO_FREE char *text = NULL;

	if (!dash)
		return -1;
	name = xasprintf("%.*sconfig%s", (int)(base - path), path, dash);
	if (io_read_file(name, 16 << 20, &text, NULL))
		return -1;
	return strstr(text, "\nCONFIG_XEN_DOM0=y\n") ? 1 : 0;
}

static void print_verdict(const char *path, const struct verdict *v)
{
	printf("%s:\n", path);
	printf("  %-12s%s, compression %s\n", "format", v->wrapping, v->compression);
	if (v->release[0])
		printf("  %-12s%s\n", "release", v->release);
	if (v->nr_notes)
		printf("  %-12s%u, for %s%s%s\n", "Xen notes", v->nr_notes,
		       v->interface[0] ? v->interface : "no paravirtual interface",
		       v->guest_os[0] ? ", system " : "", v->guest_os);
	else
		printf("  %-12snone\n", "Xen notes");
	for (unsigned int role = 0; role < NR_ROLES; role++) {
		const char *why = v->why_not[role].text;

		if (str_has_prefix(why, path) && str_has_prefix(why + strlen(path), ": "))
			why += strlen(path) + 2;
		printf("  %-12s%s%s\n", verdict_role_name(role), v->can[role] ? "yes" : "no: ",
		       v->can[role] ? "" : why);
	}
}

static int check_file(const char *path, enum kernel_role role, bool quiet)
{
	AUTO_FREE char *data = NULL;
	struct verdict v;
	size_t size;
	int rc = io_read_file(path, KERNEL_MAX_SIZE, &data, &size);

	if (rc) {
		fprintf(stderr, "xen-check-kernel: %s: cannot be read: %s\n", path, strerror(-rc));
		return EXIT_UNREAD;
	}
	verdict_make(path, (const uint8_t *)data, size, config_says(path), &v);
	if (!quiet)
		print_verdict(path, &v);
	else if (!v.can[role])
		printf("%s\n", v.why_not[role].text);
	return v.can[role] ? EXIT_CAN : EXIT_CANNOT;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "for", required_argument, NULL, 'f' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	enum kernel_role role = ROLE_DOM0;
	bool quiet = false;
	int c, worst = EXIT_CAN;

	while ((c = getopt_long(argc, argv, "f:qh", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			role = verdict_role(optarg);
			if (role == NR_ROLES) {
				fprintf(stderr, "xen-check-kernel: \"%s\" is no role: choose dom0, "
					"pv or pvh\n", optarg);
				return EXIT_USAGE;
			}
			break;
		case 'q':
			quiet = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		case 'V':
			puts("xen-check-kernel (" PACKAGE_NAME ") " PACKAGE_VERSION);
			return 0;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc) {
		fputs("xen-check-kernel: name a kernel file, such as /boot/vmlinuz-*\n", stderr);
		return EXIT_USAGE;
	}
	for (; optind < argc; optind++) {
		int status = check_file(argv[optind], role, quiet);

		worst = MAX(worst, status);
	}
	return worst;
}
