/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints the table of domain file variables as Texinfo, for the users' manual.
 *
 * Relies on domain/config-keys.h. Run by make in this folder; never installed.
 */
#include <config.h>

#include <stdio.h>

#include "domain/config-keys.h"

static void put(const char *text)
{
	for (; *text; text++) {
		if (*text == '@' || *text == '{' || *text == '}')
			putchar('@');
		putchar(*text);
	}
}

int main(void)
{
	const struct config_key *key;

	puts("@table @code");
	for (size_t i = 0; (key = config_key_nr(i)); i++) {
		printf("@item ");
		put(key->name);
		printf("\n");
		put(key->doc);
		printf(" (");
		put(key->type);
		if (*key->standard) {
			printf("; default ");
			put(key->standard);
		}
		puts(key->use == KEY_USED ? ")" : "; without effect in this version)");
	}
	puts("@end table");
	return fflush(stdout) ? 1 : 0;
}
