/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xm console, consoles: the consoles of domains. xend says where one is; the bytes do not pass
 * through it.
 */
#include <config.h>

#include <getopt.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/relay.h"
#include "common/table.h"
#include "xm/commands.h"
#include "xm/xm.h"

static int connect_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	AUTO_CLOSE int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static int relay(const char *domain, const char *path)
{
	int fd = connect_socket(path), rc;

	if (fd < 0) {
		xm_error("The console of '%s' cannot be reached at '%s' (%s); check that "
			 "xenconsoled "
			 "is running.",
			 domain, path, strerror(-fd));
		return XM_FAILED;
	}
	rc = relay_run(STDIN_FILENO, STDOUT_FILENO, fd);
	close(fd);
	if (rc == RELAY_CLOSED)
		fprintf(stderr, "xm: The console of '%s' was closed.\n", domain);
	if (rc < 0) {
		xm_error("The connection to the console of '%s' broke: %s.", domain, strerror(-rc));
		return XM_FAILED;
	}
	return XM_OK;
}

int xm_attach_console(struct xm *xm, const char *domain)
{
	AUTO_FREE char *path = client_domain_path(domain, "/console");
	json_t *console = xm_get(xm, path);
	int status;

	if (!console)
		return XM_FAILED;
	fflush(stdout);
	status = relay(domain, xm_str(console, "path"));
	json_decref(console);
	return status;
}

int cmd_console(struct xm *xm, int argc, char **argv)
{
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		if (!str_eq(optarg, option == 'n' ? "0" : "pv"))
			return xm_usage(xm, "A domain has one console, of type pv and number 0.");
	}
	if (!xm_check_args(xm, argc, 1, 1))
		return XM_USAGE;
	return xm_attach_console(xm, argv[optind]);
}

static void print_consoles(const json_t *list)
{
	static const struct table_column columns[] = {
		{ "Name", TABLE_LEFT },
		{ "Id", TABLE_RIGHT },
		{ "Port", TABLE_RIGHT },
		{ "Path", TABLE_LEFT },
	};
	struct table *table = table_new(columns, ARRAY_SIZE(columns));
	json_t *console;
	size_t i;

	json_array_foreach((json_t *)list, i, console) {
		table_cell(table, "%s", xm_str(console, "name"));
		table_cell(table, "%lld", (long long)xm_int(console, "id"));
		if (xm_int(console, "port"))
			table_cell(table, "%lld", (long long)xm_int(console, "port"));
		else
			table_cell(table, "-");
		table_cell(table, "%s", xm_str(console, "path"));
	}
	table_print(table, stdout, false);
	table_free(table);
}

int cmd_consoles(struct xm *xm, int argc, char **argv)
{
	bool json = false;
	json_t *answer;
	int option;

	while ((option = xm_getopt(xm, argc, argv)) != -1) {
		if (option == '?')
			return XM_USAGE;
		json = true;
	}
	if (!xm_check_args(xm, argc, 0, 0))
		return XM_USAGE;
	answer = xm_get(xm, "/console");
	if (!answer)
		return XM_FAILED;
	if (json)
		xm_print_json(json_incref(json_object_get(answer, "consoles")));
	else
		print_consoles(json_object_get(answer, "consoles"));
	json_decref(answer);
	return XM_OK;
}
