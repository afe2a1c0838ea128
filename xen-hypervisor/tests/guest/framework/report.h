/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside the framework: raw console output, for a parent that passes on its child's. */
#ifndef GUEST_REPORT_H
#define GUEST_REPORT_H

void console_text(const char *text, int len);

#endif
