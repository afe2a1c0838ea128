/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The durable form of a domain: STATE_DIR/domains/UUID.json.
 *
 * A record is replaced as a whole (temporary file, fsync, rename, fsync of the directory), so
 * that a kill or a power cut leaves the old or the new one. It is written before the operation
 * that it speaks of is acknowledged. Relies on common/io.h and domain/config.h.
 *
 * Format, version 1: {"record": 1, "uuid", "name", "domid", "phase", "paused", "target_kb",
 * "created_at", "restarts", "config": object of doc/xend-http.md section 7, "devices": [{"class",
 * "devid", "backend", "phase", "spec"}]}; no "devices" is none.
 */
#ifndef XEND_RECORD_H
#define XEND_RECORD_H

#include "xend/domain.h"

/* Write d's record. The caller owns d (busy). 0 or -errno with a sentence. */
int record_save(const char *state_dir, const struct domain *d, struct xend_error *err);

/* Remove the record; 0 when there was none. */
int record_remove(const char *state_dir, const char *uuid, struct xend_error *err);

/*
 * Read every record. A file that cannot be understood is set aside as NAME.bad with a line in the
 * log, and the rest is read; it never makes xend fail. Files that are not records are left alone,
 * remains of an interrupted write are removed. Makes the directory when it is missing. The list is
 * linked by next. 0, or -errno with a sentence when the directory cannot be read.
 */
int record_load_all(const char *state_dir, struct domain **ret_list, struct xend_error *err);

#endif /* XEND_RECORD_H */
