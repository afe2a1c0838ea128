/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Outcomes and the console. The initial domain writes through console_io; a child has the shared
 * ring of io/console.h, which its parent empties. The last line of a run is "TEST name: OUTCOME
 * reason"; the runner looks for it, so nothing else may begin with that word.
 */
#include "hypercall.h"
#include "page.h"
#include "report.h"
#include <public/io/console.h>

static enum outcome worst;
static char reason[200];
static unsigned long checks;

static void ring_write(const char *text, int len)
{
	static struct xencons_interface *ring;
	struct evtchn_send send = { .port = start_info->console.domU.evtchn };
	u32 prod;

	if (!ring)
		ring = page_of_mfn(start_info->console.domU.mfn);
	prod = READ(ring->out_prod);
	for (; len > 0; len--) {
		while (prod - READ(ring->out_cons) >= sizeof(ring->out))
			sched_op(SCHEDOP_yield, NULL);
		ring->out[MASK_XENCONS_IDX(prod++, ring->out)] = *text++;
		barrier();
		*(volatile u32 *)&ring->out_prod = prod;
	}
	event_channel_op(EVTCHNOP_send, &send);
}

void console_text(const char *text, int len)
{
	if (is_dom0)
		console_write(text, len);
	else
		ring_write(text, len);
}

void print(const char *format, ...)
{
	char line[300];
	va_list args;
	int len;

	va_start(args, format);
	len = format_text(line, sizeof(line), format, args);
	va_end(args);
	console_text(line, len < (int)sizeof(line) ? len : (int)sizeof(line) - 1);
}

const char *report_word(enum outcome outcome)
{
	static const char *const word[] = { "SUCCESS", "SKIP", "ERROR", "FAILURE" };

	return word[outcome];
}

/* The first reason of the worst outcome is the one that is kept; all of them are printed. */
void report(enum outcome outcome, const char *format, ...)
{
	char text[sizeof(reason)];
	va_list args;

	va_start(args, format);
	format_text(text, sizeof(text), format, args);
	va_end(args);
	print("  %s: %s\n", report_word(outcome), text);
	if (outcome > worst) {
		worst = outcome;
		memcpy(reason, text, sizeof(reason));
	}
}

enum outcome report_outcome(void)
{
	if (!checks && worst == OUTCOME_SUCCESS)
		report(OUTCOME_ERROR, "the test checked nothing");
	return worst;
}

enum outcome report_outcome_so_far(void)
{
	return worst;
}

const char *report_reason(void)
{
	return reason;
}

void report_end(void)
{
	struct sched_shutdown shutdown = { .reason = SHUTDOWN_poweroff };
	enum outcome outcome = report_outcome();

	print("TEST %s: %s %s\n", test_name, report_word(outcome), reason);
	for (;;)
		sched_op(SCHEDOP_shutdown, &shutdown);
}

bool check_that(bool ok, const char *format, ...)
{
	char text[sizeof(reason)];
	va_list args;

	checks++;
	if (ok)
		return true;
	va_start(args, format);
	format_text(text, sizeof(text), format, args);
	va_end(args);
	report(OUTCOME_FAILURE, "%s", text);
	return false;
}

bool check_result(long got, long want, const char *what)
{
	return check_that(got == want, "%s gave %ld, not %ld", what, got, want);
}

bool check_refused(long got, const char *what)
{
	return check_that(got < 0, "%s gave %ld, not an error", what, got);
}

bool need_result(long got, const char *what)
{
	report(OUTCOME_ERROR, "%s gave %ld", what, got);
	return false;
}

u64 argument(const char *name, u64 otherwise)
{
	const char *s = (const char *)start_info->cmd_line;
	size_t len = strlen(name);
	u64 value = 0;

	for (; *s; s++) {
		if (memcmp(s, name, len) || s[len] != '=')
			continue;
		for (s += len + 1; *s >= '0' && *s <= '9'; s++)
			value = value * 10 + *s - '0';
		return value;
	}
	return otherwise;
}
