/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How bad an error in a machine-check bank is: Intel SDM volume 3, 16.6.3 (software recovery) and
 * table 16-6.  A pure function, for host tests too.
 */
#include <xen/mca.h>

enum mca_grade mca_grade(u64 mcg_cap, u64 status)
{
	if (!(status & MCI_VALID))
		return MCA_NOTHING;
	if (!(status & MCI_UNCORRECTED))
		return MCA_CORRECTED;
	if (status & MCI_CONTEXT_CORRUPT)
		return MCA_FATAL;
	/* Without software recovery every uncorrected error is the end. */
	if (!(mcg_cap & MCG_CAP_RECOVERY))
		return MCA_FATAL;
	if (status & MCI_ACTION_REQUIRED)
		/* Which of several errors the bank describes is not known. */
		return status & MCI_LOST ? MCA_FATAL : MCA_ACTION_REQUIRED;
	if (!(status & MCI_SIGNALLED) || !(status & MCI_ENABLED))
		return MCA_NO_ACTION;
	return MCA_ACTION_OPTIONAL;
}
