/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xenstore: reading and changing the store from the command line. One program with verbs; called
 * as xenstore-read, xenstore-ls and so on it behaves as that verb.
 *
 * Relies on libxenstore. Exit status: 0 done, 1 failed, 2 wrong usage.
 */
#include <config.h>

#include <ctype.h>
#include <getopt.h>

#include "libxenstore/xenstore.h"
#include "common/strbuf.h"

#define WATCH_TOKEN	"xenstore"
#define COMMIT_TRIES	100

struct options {
	bool with_path;		/* -p of read and list */
	bool full_path;		/* -f of ls */
	bool perms;		/* -p of ls */
	bool tidy;		/* -t of rm */
	bool upwards;		/* -u of chmod */
	bool recurse;		/* -r of chmod */
	long count;		/* -n of watch; -1: no end */
};

struct run {
	struct xenstore *xs;
	uint32_t tx;
	struct options o;
	struct strbuf out;	/* shown after the commit, so that a retry shows nothing twice */
};

static const char *program = "xenstore";

static int fail(const char *what, int rc)
{
	fprintf(stderr, "%s: %s: %s\n", program, what, strerror(-rc));
	return rc;
}

/* Values are shown on one line: what a terminal could misread becomes an escape. */
static void put_value(struct strbuf *out, const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = value[i];

		if (c == '\\')
			strbuf_puts(out, "\\\\");
		else if (c == '\n')
			strbuf_puts(out, "\\n");
		else if (c == '\t')
			strbuf_puts(out, "\\t");
		else if (isprint(c))
			strbuf_putc(out, c);
		else
			strbuf_printf(out, "\\x%02x", c);
	}
}

static int verb_read(struct run *r, int argc, char **argv)
{
	AUTO_FREE char *value = NULL;
	size_t len;
	int rc;

	for (int i = 0; i < argc; i++) {
		rc = xenstore_read(r->xs, r->tx, argv[i], &value, &len);
		if (rc < 0)
			return rc == -EAGAIN ? rc : fail(argv[i], rc);
		if (r->o.with_path)
			strbuf_printf(&r->out, "%s: ", argv[i]);
		put_value(&r->out, value, len);
		strbuf_putc(&r->out, '\n');
		free(TAKE_PTR(value));
	}
	return 0;
}

static int verb_write(struct run *r, int argc, char **argv)
{
	if (argc % 2) {
		fprintf(stderr, "%s: %s has no value, give pairs of PATH VALUE\n", program,
			argv[argc - 1]);
		return -EINVAL;
	}
	for (int i = 0; i < argc; i += 2) {
		int rc = xenstore_write_str(r->xs, r->tx, argv[i], argv[i + 1]);

		if (rc < 0)
			return fail(argv[i], rc);
	}
	return 0;
}

static int verb_mkdir(struct run *r, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		int rc = xenstore_mkdir(r->xs, r->tx, argv[i]);

		if (rc < 0)
			return fail(argv[i], rc);
	}
	return 0;
}

/* -t: the parents go too, as long as they are empty and have no value. */
static int tidy_up(struct run *r, const char *path)
{
	AUTO_FREE char *p = xstrdup(path);
	char *slash;
	int rc = 0;

	while (!rc && (slash = strrchr(p, '/')) && slash != p) {
		AUTO_FREE char **names = NULL;
		AUTO_FREE char *value = NULL;
		size_t count, len;

		*slash = '\0';
		rc = xenstore_directory(r->xs, r->tx, p, &names, &count);
		if (!rc)
			rc = xenstore_read(r->xs, r->tx, p, &value, &len);
		if (rc || count || len)
			break;
		rc = xenstore_rm(r->xs, r->tx, p);
	}
	return rc;
}

static int verb_rm(struct run *r, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		int rc = xenstore_rm(r->xs, r->tx, argv[i]);

		if (!rc && r->o.tidy)
			rc = tidy_up(r, argv[i]);
		if (rc < 0)
			return fail(argv[i], rc);
	}
	return 0;
}

static int verb_exists(struct run *r, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		int rc = xenstore_exists(r->xs, r->tx, argv[i]);

		if (rc < 0)
			return fail(argv[i], rc);
		if (!rc)
			return -ENOENT;		/* silently: the exit status is the answer */
	}
	return 0;
}

static int verb_list(struct run *r, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		AUTO_FREE char **names = NULL;
		size_t count;
		int rc = xenstore_directory(r->xs, r->tx, argv[i], &names, &count);

		if (rc < 0)
			return fail(argv[i], rc);
		for (size_t n = 0; n < count; n++)
			strbuf_printf(&r->out, "%s%s%s\n", r->o.with_path ? argv[i] : "",
				      r->o.with_path ? "/" : "", names[n]);
	}
	return 0;
}

static int put_perms(struct run *r, const char *path)
{
	AUTO_FREE struct xenstore_perm *perms = NULL;
	size_t count;
	char one[16];
	int rc = xenstore_get_perms(r->xs, r->tx, path, &perms, &count);

	if (rc < 0)
		return rc;
	strbuf_puts(&r->out, "   (");
	for (size_t i = 0; i < count; i++) {
		xenstore_perm_format(&perms[i], one, sizeof(one));
		strbuf_printf(&r->out, "%s%s", i ? "," : "", one);
	}
	return strbuf_putc(&r->out, ')');
}

/* A child may go away between the listing and the reading; that is no error. */
static int show_tree(struct run *r, const char *path, unsigned int depth)
{
	AUTO_FREE char **names = NULL;
	size_t count, len;
	int rc = xenstore_directory(r->xs, r->tx, path, &names, &count);

	for (size_t i = 0; !rc && i < count; i++) {
		AUTO_FREE char *child = xasprintf("%s/%s", str_eq(path, "/") ? "" : path, names[i]);
		AUTO_FREE char *value = NULL;

		rc = xenstore_read(r->xs, r->tx, child, &value, &len);
		if (rc == -ENOENT || rc == -EACCES) {
			rc = 0;
			continue;
		}
		if (rc < 0)
			break;
		strbuf_printf(&r->out, "%*s%s = \"", r->o.full_path ? 0 : (int)depth, "",
			      r->o.full_path ? child : names[i]);
		put_value(&r->out, value, len);
		strbuf_putc(&r->out, '"');
		if (r->o.perms)
			rc = put_perms(r, child);
		strbuf_putc(&r->out, '\n');
		if (!rc)
			rc = show_tree(r, child, depth + 1);
	}
	return rc == -ENOENT && depth ? 0 : rc;
}

static int verb_ls(struct run *r, int argc, char **argv)
{
	static char *const root[] = { (char *)"/" };

	if (!argc) {
		argc = 1;
		argv = (char **)root;
	}
	for (int i = 0; i < argc; i++) {
		int rc = show_tree(r, argv[i], 0);

		if (rc < 0)
			return rc == -EAGAIN ? rc : fail(argv[i], rc);
	}
	return 0;
}

static int set_perms(struct run *r, const char *path, const struct xenstore_perm *perms, size_t n)
{
	AUTO_FREE char **names = NULL;
	size_t count;
	int rc = xenstore_set_perms(r->xs, r->tx, path, perms, n);

	if (rc < 0)
		return fail(path, rc);
	if (!r->o.recurse)
		return 0;
	rc = xenstore_directory(r->xs, r->tx, path, &names, &count);
	for (size_t i = 0; !rc && i < count; i++) {
		AUTO_FREE char *child = xasprintf("%s/%s", path, names[i]);

		rc = set_perms(r, child, perms, n);
	}
	return rc;
}

static int verb_chmod(struct run *r, int argc, char **argv)
{
	struct xenstore_perm perms[256];
	AUTO_FREE char *path = xstrdup(argv[0]);
	size_t n = argc - 1;
	char *slash;
	int rc;

	if (argc < 2 || n > ARRAY_SIZE(perms))
		return fail("chmod", -EINVAL);
	for (size_t i = 0; i < n; i++) {
		if (xenstore_perm_parse(argv[i + 1], &perms[i]) == 0)
			continue;
		fprintf(stderr, "%s: %s: not a permission; use r, w, b or n and a domain number\n",
			program, argv[i + 1]);
		return -EINVAL;
	}
	rc = set_perms(r, path, perms, n);
	r->o.recurse = false;
	while (!rc && r->o.upwards && (slash = strrchr(path, '/')) && slash != path) {
		*slash = '\0';
		rc = set_perms(r, path, perms, n);
	}
	return rc;
}

static int verb_watch(struct run *r, int argc, char **argv)
{
	struct xenstore_event ev;
	int rc = 0;

	for (int i = 0; i < argc && !rc; i++) {
		rc = xenstore_watch(r->xs, argv[i], WATCH_TOKEN);
		if (rc < 0)
			return fail(argv[i], rc);
	}
	while (r->o.count != 0) {
		rc = xenstore_wait_watch(r->xs, -1, &ev);
		if (rc == -ENOTCONN || rc == -ECONNRESET) {
			rc = xenstore_reconnect(r->xs, 10000);
			if (rc < 0)
				return fail("connection", rc);
			continue;
		}
		if (rc < 0)
			return fail("watch", rc);
		puts(ev.path);
		fflush(stdout);
		xenstore_event_free(&ev);
		if (r->o.count > 0)
			r->o.count--;
	}
	return 0;
}

static int verb_control(struct run *r, int argc, char **argv)
{
	AUTO_FREE char *text = NULL;
	int rc = xenstore_control(r->xs, argc, (const char *const *)argv, &text);
	size_t len;

	if (rc < 0)
		return fail(argv[0], rc);
	len = strlen(text);
	strbuf_puts(&r->out, text);
	if (!len || text[len - 1] != '\n')
		strbuf_putc(&r->out, '\n');
	return 0;
}

static const struct verb {
	const char *name;
	int (*run)(struct run *r, int argc, char **argv);
	const char *options;
	int min_args;
	bool in_transaction;
	const char *args;
	const char *help;
} verbs[] = {
	{ "read", verb_read, "p", 1, true, "[-p] PATH...", "print values (-p: after their paths)" },
	{ "write", verb_write, "", 2, true, "PATH VALUE...", "write values, all or none" },
	{ "mkdir", verb_mkdir, "", 1, true, "PATH...", "create nodes without a value" },
	{ "ls", verb_ls, "fp", 0, false, "[-f] [-p] [PATH...]",
	  "print trees (-f: full paths, -p: permissions)" },
	{ "list", verb_list, "p", 1, true, "[-p] PATH...", "print the names of children" },
	{ "rm", verb_rm, "t", 1, true, "[-t] PATH...",
	  "remove with all below (-t: and parents left empty)" },
	{ "exists", verb_exists, "", 1, true, "PATH...", "succeed if all exist" },
	{ "chmod", verb_chmod, "ur", 2, true, "[-u] [-r] PATH MODE...",
	  "set permissions: rN, wN, bN, nN (-r: and below, -u: and above)" },
	{ "watch", verb_watch, "n:", 1, false, "[-n COUNT] PATH...",
	  "print changed paths (the first line of each PATH comes at once)" },
	{ "control", verb_control, "", 1, false, "COMMAND [ARG...]",
	  "ask the daemon: check, log, memreport, quota, help ..." },
};

static void show_help(FILE *to)
{
	fputs("Usage: xenstore VERB [OPTION]... [ARG]...\n"
	      "Read and change the store that Xen domains share.\n\n", to);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(to, "  %-8s %-24s %s\n", verbs[i].name, verbs[i].args, verbs[i].help);
	fputs("\nA relative PATH begins at this domain's home. \"-s\" is accepted and ignored.\n"
	      "XENSTORED_SOCKET names another socket.\n", to);
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (str_eq(name, verbs[i].name))
			return &verbs[i];
	}
	return NULL;
}

static int apply_option(const struct verb *v, struct options *o, int opt)
{
	uint64_t n;

	switch (opt) {
	case 'p':
		o->with_path = o->perms = true;
		return 0;
	case 'f':
		o->full_path = true;
		return 0;
	case 't':
		o->tidy = true;
		return 0;
	case 'u':
		o->upwards = true;
		return 0;
	case 'r':
		o->recurse = true;
		return 0;
	case 's':
		return 0;
	case 'n':
		if (str_to_u64(optarg, INT32_MAX, &n) == 0) {
			o->count = n;
			return 0;
		}
		fprintf(stderr, "%s: -n %s: not a number\n", program, optarg);
		return -EINVAL;
	case 'h':
		printf("Usage: %s %s\n%s\n", program, v->args, v->help);
		exit(0);
	}
	fprintf(stderr, "Usage: %s %s\n", program, v->args);
	return -EINVAL;
}

/* Everything the verb does happens at once, or is tried again when somebody interfered. */
static int run_in_transaction(const struct verb *v, struct run *r, int argc, char **argv)
{
	int rc, end;

	for (int i = 0; i < COMMIT_TRIES; i++) {
		strbuf_reset(&r->out);
		rc = xenstore_transaction_start(r->xs, &r->tx);
		if (rc < 0)
			return fail("transaction", rc);
		rc = v->run(r, argc, argv);
		end = xenstore_transaction_end(r->xs, r->tx, rc == 0);
		r->tx = XENSTORE_NO_TX;
		if (rc && rc != -EAGAIN)
			return rc;
		if (!rc && !end)
			return 0;
		if (end && end != -EAGAIN)
			return fail("transaction", end);
	}
	return fail("transaction", -EAGAIN);
}

static int run_verb(const struct verb *v, struct options *o, int argc, char **argv)
{
	struct run r = { .o = *o, .out = STRBUF_INIT };
	int rc = xenstore_open(NULL, &r.xs);

	if (rc < 0) {
		fprintf(stderr, "%s: cannot reach the store: %s; is xenstored running?\n", program,
			strerror(-rc));
		return 1;
	}
	rc = v->in_transaction ? run_in_transaction(v, &r, argc, argv) : v->run(&r, argc, argv);
	if (!rc && r.out.failed)
		rc = fail("output", -ENOMEM);
	if (!rc && r.out.len && fwrite(r.out.data, r.out.len, 1, stdout) != 1)
		rc = fail("output", -errno);
	if (fflush(stdout) != 0 && !rc)
		rc = fail("output", -errno);
	strbuf_free(&r.out);
	xenstore_close(r.xs);
	return rc < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct options o = { .count = -1 };
	const char *base = strrchr(argv[0], '/');
	const struct verb *v = NULL;
	char shorts[16];
	int opt;

	base = base ? base + 1 : argv[0];
	if (str_has_prefix(base, "xenstore-"))
		v = find_verb(base + strlen("xenstore-"));
	if (v) {
		program = base;
	} else {
		if (argc < 2 || str_eq(argv[1], "-h") || str_eq(argv[1], "--help")) {
			show_help(argc < 2 ? stderr : stdout);
			return argc < 2 ? 2 : 0;
		}
		v = find_verb(argv[1]);
		if (!v) {
			fprintf(stderr, "xenstore: %s: no such verb, see xenstore --help\n",
				argv[1]);
			return 2;
		}
		argc--;
		argv++;
	}
	/* "+": a value may begin with a dash. */
	snprintf(shorts, sizeof(shorts), "+hs%s", v->options);
	while ((opt = getopt_long(argc, argv, shorts, long_options, NULL)) != -1) {
		if (apply_option(v, &o, opt) < 0)
			return 2;
	}
	if (argc - optind < v->min_args) {
		fprintf(stderr, "Usage: %s %s\n", program, v->args);
		return 2;
	}
	return run_verb(v, &o, argc - optind, argv + optind);
}
