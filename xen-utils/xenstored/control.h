/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CONTROL requests: looking inside the daemon and changing its limits while it runs.
 *
 * Relies on everything below wire.c. Used by wire.c only; the caller is domain 0.
 */
#ifndef XENSTORED_CONTROL_H
#define XENSTORED_CONTROL_H

#include "xenstored/store.h"

/* The answer is text, with its NUL, in @out. -EINVAL: no such command or bad arguments. */
int control_handle(struct store *s, int argc, const char *const argv[], struct strbuf *out);

/* All invariants of the store. NULL, or a sentence that says what is wrong. */
const char *control_check(const struct store *s);

#endif
