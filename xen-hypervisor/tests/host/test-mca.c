/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How bad machine-check errors are: the rows of the manual's table. */
#include <xen/mca.h>

#include "tap.h"

static const struct row {
	const char *what;
	u64 cap, status;
	enum mca_grade want;
} rows[] = {
	{ "an empty bank", MCG_CAP_RECOVERY, MCI_UNCORRECTED, MCA_NOTHING },
	{ "a corrected error", 0, MCI_VALID | MCI_ENABLED, MCA_CORRECTED },
	{ "several corrected errors", 0, MCI_VALID | MCI_LOST, MCA_CORRECTED },
	{ "a corrupt context", MCG_CAP_RECOVERY,
	  MCI_VALID | MCI_UNCORRECTED | MCI_CONTEXT_CORRUPT | MCI_SIGNALLED, MCA_FATAL },
	{ "an uncorrected error without software recovery", 0, MCI_VALID | MCI_UNCORRECTED,
	  MCA_FATAL },
	{ "an uncorrected error that nothing has used", MCG_CAP_RECOVERY,
	  MCI_VALID | MCI_UNCORRECTED | MCI_ENABLED, MCA_NO_ACTION },
	{ "one that a scrubber found", MCG_CAP_RECOVERY,
	  MCI_VALID | MCI_UNCORRECTED | MCI_ENABLED | MCI_SIGNALLED, MCA_ACTION_OPTIONAL },
	{ "the same with others lost", MCG_CAP_RECOVERY,
	  MCI_VALID | MCI_UNCORRECTED | MCI_ENABLED | MCI_SIGNALLED | MCI_LOST,
	  MCA_ACTION_OPTIONAL },
	{ "one that a load has used", MCG_CAP_RECOVERY,
	  MCI_VALID | MCI_UNCORRECTED | MCI_ENABLED | MCI_SIGNALLED | MCI_ACTION_REQUIRED,
	  MCA_ACTION_REQUIRED },
	{ "the same with others lost", MCG_CAP_RECOVERY,
	  MCI_VALID | MCI_UNCORRECTED | MCI_ENABLED | MCI_SIGNALLED | MCI_ACTION_REQUIRED |
		  MCI_LOST,
	  MCA_FATAL },
};

int main(void)
{
	for (const struct row *r = rows; r < rows + sizeof(rows) / sizeof(*rows); r++)
		tap_ok(mca_grade(r->cap, r->status) == r->want, "%s has grade %d", r->what,
		       r->want);
	return tap_done();
}
