/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of the line of xm's progress bar.
 */
#include <config.h>

#include "tests/tap.h"
#include "xm/progress.h"

static void check(struct progress progress, unsigned int width, const char *line, const char *what)
{
	char buf[256];

	progress_format(&progress, 7, width, buf, sizeof(buf));
	tap_is_str(buf, line, "%s", what);
}

int main(void)
{
	check((struct progress){ .what = "Building",
				 .unit = "pages",
				 .done = 32768,
				 .total = 65536 },
	      79, "Building [##########----------]  50 % 128/256 MB", "pages are shown as MB");
	check((struct progress){ .what = "Reading",
				 .unit = "bytes",
				 .done = 1 << 20,
				 .total = 4 << 20 },
	      50, "Reading [##--------]  25 % 1/4 MB", "a narrow terminal has a short bar");
	check((struct progress){.what = "Step", .unit = "steps", .done = 9, .total = 3}, 79,
	      "Step [####################] 100 % 9/3 steps", "more than all is all");
	check((struct progress){.what = "Waiting", .unit = "", .done = 0, .total = 0}, 79,
	      "Waiting, 7 s", "an unknown total shows the time");
	check((struct progress){ .what = "Huge",
				 .unit = "bytes",
				 .done = INT64_MAX,
				 .total = INT64_MAX },
	      30, "Huge [##########] 100 % 879609", "the line is cut at the terminal's width");
	return tap_done();
}
