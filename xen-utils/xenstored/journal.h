/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: an append-only file of records, each of which takes effect whole or not at all.
 *
 * The file begins with JOURNAL_MAGIC. A record is a length, a CRC and a body of entries; an entry
 * is a type, a length and bytes whose meaning belongs to state.c. A record is written with one
 * write(); after a crash in the middle of it the rest is cut off at the next start, because its
 * length or CRC is wrong.
 *
 * The file lives on a tmpfs: it must survive the death of the daemon, not of the machine, whose
 * restart empties xenstore anyway. So nothing is fsync()ed: what write() took, the kernel has.
 *
 * A plain file was chosen over SQLite by measurement; the figures are in state.h.
 *
 * Invariant: nothing is published (ring index, socket byte) before the record that causes it was
 * written. store_flush() is the one place that guarantees it.
 */
#ifndef XENSTORED_JOURNAL_H
#define XENSTORED_JOURNAL_H

#include "common/strbuf.h"

#define JOURNAL_MAGIC	"XSJRNL01"

struct journal;

/* Called for every entry read back, oldest first. Non-zero stops and fails the opening. */
typedef int (*journal_entry_fn)(void *ctx, uint8_t type, const char *body, size_t len);

/* Writes the whole state as entries through journal_add(). */
typedef int (*journal_snapshot_fn)(void *ctx, struct journal *j);

/*
 * Open or create @path, locked against a second daemon (-EBUSY), and replay it through @fn.
 * *ret_count is the number of records found.
 */
int journal_open(const char *path, journal_entry_fn fn, void *ctx, struct journal **ret_j,
		 unsigned long *ret_count);
void journal_close(struct journal *j);	/* accepts NULL */

/* Add an entry to the record being built. The commit reports a failure. NULL @j: no-op. */
void journal_add(struct journal *j, uint8_t type, const void *body, size_t len);

/* Forget the entries added to the record since the mark: a transaction that failed half-way. */
size_t journal_mark(const struct journal *j);
void journal_rollback(struct journal *j, size_t mark);

/*
 * Write the record, if it has entries. -errno when it could not be written: the state on disk is
 * then old, and stays so until a journal_compact() succeeds (journal_needs_compaction() says yes).
 */
int journal_commit(struct journal *j);

/* Is the file much longer than the state it describes, or damaged by a failed write? */
bool journal_needs_compaction(const struct journal *j);

/* Replace the file by one that holds only what @fn writes. The old one stays on failure. */
int journal_compact(struct journal *j, journal_snapshot_fn fn, void *ctx);

/* For "memreport" and tests. */
size_t journal_size(const struct journal *j);
bool journal_is_degraded(const struct journal *j);

/* Compact when the file has grown to this many bytes beyond the last snapshot. */
void journal_set_limit(struct journal *j, size_t bytes);

#endif
