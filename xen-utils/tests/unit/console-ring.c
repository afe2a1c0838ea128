/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of xenconsoled that guests and administrators can provoke: the ring with hostile
 * indices, the history, log files.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/tap.h"
#include "xenconsoled/history.h"
#include "xenconsoled/logfile.h"
#include "xenconsoled/ring.h"

static void guest_says(struct xencons_interface *page, const char *text)
{
	while (*text)
		page->out[MASK_XENCONS_IDX(page->out_prod++, page->out)] = *text++;
}

static size_t guest_hears(struct xencons_interface *page, char *to, size_t max)
{
	size_t n = 0;

	while (n < max && page->in_cons != page->in_prod)
		to[n++] = page->in[MASK_XENCONS_IDX(page->in_cons++, page->in)];
	return n;
}

static void test_plain(void)
{
	struct xencons_interface page = { .out_cons = 0xfffffffa, .out_prod = 0xfffffffa,
					  .in_cons = 0xfffffffe, .in_prod = 0xfffffffe };
	struct ring r;
	char buffer[4096];

	ring_attach(&r, &page);
	guest_says(&page, "hello world");
	tap_is_int(ring_read(&r, buffer, 4), 4, "output is taken as far as there is room");
	tap_ok(!memcmp(buffer, "hell", 4), "it is the first of it");
	tap_is_int(ring_read(&r, buffer, sizeof(buffer)), 7,
		   "then the rest, across the wrap of the index");
	tap_ok(!memcmp(buffer, "o world", 7), "nothing is lost at the wrap");
	tap_is_int(page.out_cons, page.out_prod, "the guest sees that all was taken");
	tap_is_int(ring_write(&r, "abcdef", 6), 6, "input is put into the ring");
	tap_ok(guest_hears(&page, buffer, 10) == 6 && !memcmp(buffer, "abcdef", 6),
	       "the guest hears it across the wrap");
	memset(buffer, 'x', sizeof(buffer));
	tap_is_int(ring_write(&r, buffer, 4096), 1024, "no more input is put than the ring holds");
	tap_is_int(ring_write(&r, buffer, 1), 0, "a full ring takes none");
}

static void test_hostile(void)
{
	struct xencons_interface page = { .out_prod = 0 };
	struct ring r;
	char buffer[4096];

	ring_attach(&r, &page);
	page.out_prod = 2049;
	tap_is_int(ring_read(&r, buffer, sizeof(buffer)), -EPROTO,
		   "more output than the ring holds is refused");
	guest_says(&page, "sane");
	tap_is_int(ring_read(&r, buffer, sizeof(buffer)), 4, "what comes after it is read");
	tap_ok(!memcmp(buffer, "sane", 4), "and is what was written");
	page.out_prod -= 1;
	tap_is_int(ring_read(&r, buffer, sizeof(buffer)), -EPROTO,
		   "an index that goes backwards is refused");
	page.out_cons = 0x12345678;
	guest_says(&page, "x");
	tap_is_int(ring_read(&r, buffer, sizeof(buffer)), 1,
		   "our index in the page is not believed");
	page.in_cons = r.in_prod + 1;
	tap_is_int(ring_space(&r), 0, "an input index from the future leaves no room");
	tap_is_int(ring_write(&r, "x", 1), 0, "nothing is written then");
	page.out_cons = 7;
	page.out_prod = 7 + 5000;
	ring_attach(&r, &page);
	tap_is_int(ring_read(&r, buffer, sizeof(buffer)), 0, "attaching to nonsense skips it");
	page.out_cons = 10;
	page.out_prod = 10;
	guest_says(&page, "kept");
	ring_attach(&r, &page);
	tap_is_int(ring_read(&r, buffer, sizeof(buffer)), 4,
		   "attaching goes on where the last reader stopped");
}

/* Random garbage in the indices, interleaved with proper use: never out of bounds (the sanitizer
 * watches), never more than the ring holds. */
static void test_random(void)
{
	struct xencons_interface *page = calloc(1, sizeof(*page));
	char buffer[2048];
	struct ring r;
	bool ok = true;
	ssize_t got;
	int i;

	srand(tap_seed());
	ring_attach(&r, page);
	for (i = 0; i < 200000 && ok; i++) {
		switch (rand() % 6) {
		case 0:
			page->out_prod = (uint32_t)rand() * 3;
			break;
		case 1:
			page->in_cons = (uint32_t)rand() * 3;
			break;
		case 2:
			page->out_prod = r.out_cons + (uint32_t)(rand() % 2048);
			break;
		case 3:
			page->in_cons = r.in_prod - (uint32_t)(rand() % 1025);
			break;
		case 4:
			got = ring_read(&r, buffer, (size_t)(rand() % 2048));
			ok = got == -EPROTO || (got >= 0 && got <= 2048);
			break;
		default:
			ok = ring_write(&r, buffer, (size_t)(rand() % 2048)) <= 1024;
		}
	}
	tap_ok(ok, "200000 random moves never leave the ring");
	free(page);
}

static size_t history_text(const struct history *h, char *to)
{
	const char *piece[2];
	size_t size[2];

	history_pieces(h, piece, size);
	if (size[0])
		memcpy(to, piece[0], size[0]);
	if (size[1])
		memcpy(to + size[0], piece[1], size[1]);
	return size[0] + size[1];
}

static void test_history(void)
{
	static char all[300000], got[HISTORY_SIZE];
	struct history h = { 0 };
	size_t total = 0, len, piece;
	bool ok = true;

	tap_is_int(history_text(&h, got), 0, "a new history is empty");
	for (total = 0; total < sizeof(all); total++)
		all[total] = (char)(rand());
	for (total = 0; total < sizeof(all) && ok; total += piece) {
		piece = (size_t)(rand() % 5000);
		if (piece > sizeof(all) - total)
			piece = sizeof(all) - total;
		history_add(&h, all + total, piece);
		len = history_text(&h, got);
		ok = len == (total + piece < HISTORY_SIZE ? total + piece : HISTORY_SIZE) &&
		     !memcmp(got, all + total + piece - len, len);
	}
	tap_ok(ok, "a history is always the last 64 kB");
	history_add(&h, all, sizeof(all));
	len = history_text(&h, got);
	tap_ok(len == HISTORY_SIZE && !memcmp(got, all + sizeof(all) - len, len),
	       "also after more than it holds at once");
	history_free(&h);
}

static off_t file_size(const char *directory, const char *name)
{
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return stat(path, &st) ? -1 : st.st_size;
}

static void test_logfile(void)
{
	const struct logfile_limits limits = { .size = 100, .keep = 2 };
	char directory[] = "/tmp/console-test-XXXXXX", command[128], text[64];
	struct logfile f;
	int i;

	if (!mkdtemp(directory))
		tap_bail("no temporary directory");
	tap_is_int(logfile_open(&f, directory, "guest-a", &limits), 0, "a log file opens");
	for (i = 0; i < 10; i++)
		logfile_write(&f, "0123456789012345678901234567890123456789", 40);
	tap_is_int(file_size(directory, "guest-a.log"), 80,
		   "the current file stays under its limit");
	tap_is_int(file_size(directory, "guest-a.log.1"), 80, "the one before is kept");
	tap_is_int(file_size(directory, "guest-a.log.2"), 80, "and the one before that");
	tap_is_int(file_size(directory, "guest-a.log.3"), -1, "older ones are not");
	tap_is_int((long long)logfile_tail(&f, text, 10), 10, "the end can be read back");
	tap_ok(!memcmp(text, "0123456789", 10), "and is the end");
	snprintf(command, sizeof(command), "mv %s/guest-a.log %s/x", directory, directory);
	if (system(command))
		tap_bail("mv failed");
	logfile_reopen(&f);
	logfile_write(&f, "new", 3);
	tap_is_int(file_size(directory, "guest-a.log"), 3,
		   "after a rotation from outside a new file is begun");
	logfile_close(&f);
	logfile_clean_name("../../etc/x y", text, sizeof(text));
	tap_is_str(text, "_._.._etc_x_y", "a name with slashes becomes harmless");
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	if (system(command))
		tap_diag("the temporary directory stays");
}

int main(void)
{
	test_plain();
	test_hostile();
	test_random();
	test_history();
	test_logfile();
	return tap_done();
}
