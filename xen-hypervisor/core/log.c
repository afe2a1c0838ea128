/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log: levels, prefixes, the rate limit for lines that guests provoke.
 *
 * Relies on the console for output.  A line is formatted on the caller's stack and written with one call, so lines of different CPUs do
 * not mix.  Used in any context.
 */
#include <hw/asm.h>
#include <public/errno.h>
#include <xen/cmdline.h>
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/lib.h>
#include <xen/lock.h>
#include <xen/log.h>
#include <xen/time.h>

#define LINE_MAX 512
#define GUEST_LINES_PER_SECOND 20

static enum log_level level_host = LOG_INFO, level_guest = LOG_WARN;

static int parse_level(const char *value, enum log_level *ret_level)
{
	static const struct { const char *name; enum log_level level; } names[] = {
		{ "none", LOG_ERROR }, { "error", LOG_ERROR }, { "warning", LOG_WARN }, { "notice", LOG_NOTICE },
		{ "info", LOG_INFO }, { "debug", LOG_DEBUG }, { "all", LOG_DEBUG },
	};
	/* "a/b" is rate-limited and unlimited level of other hypervisors; the second says what can appear at all. */
	const char *slash = strchr(value, '/');

	if (slash)
		value = slash + 1;
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(value, names[i].name)) {
			*ret_level = names[i].level;
			return 0;
		}
	}
	return -XEN_EINVAL;
}
static int parse_loglvl(const char *value) { return parse_level(value, &level_host); }
static int parse_guest_loglvl(const char *value) { return parse_level(value, &level_guest); }
DECLARE_OPTION("loglvl", parse_loglvl, "what is logged: none, error, warning, notice, info, debug or all");
DECLARE_OPTION("guest_loglvl", parse_guest_loglvl, "the same for lines that guests provoke");

void log_raw(const char *fmt, ...)
{
	char line[LINE_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	console_write(line, min((size_t)n, sizeof(line) - 1));
}

static void write_line(const char *prefix, const char *fmt, va_list ap)
{
	char line[LINE_MAX];
	int n = snprintf(line, sizeof(line), "(XEN) %s", prefix);

	n += vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	if (n > LINE_MAX - 2)
		n = LINE_MAX - 2;
	if (line[n - 1] != '\n')
		line[n++] = '\n';
	console_write(line, n);
}

void log_write(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (level > level_host)
		return;
	va_start(ap, fmt);
	write_line(level == LOG_ERROR ? "error: " : level == LOG_WARN ? "warning: " : "", fmt, ap);
	va_end(ap);
}

/* At most GUEST_LINES_PER_SECOND; what was left out is counted and said once lines flow again. */
static bool rate_ok(u32 *ret_missed)
{
	static spinlock_t lock = SPINLOCK_INIT;
	static u64 second;
	static u32 lines, missed;
	unsigned long flags = spin_lock_irqsave(&lock);
	u64 now = time_now() / NS_PER_SEC;
	bool ok;

	*ret_missed = 0;
	if (now != second) {
		second = now;
		lines = 0;
		*ret_missed = missed;
		missed = 0;
	}
	ok = lines++ < GUEST_LINES_PER_SECOND;
	if (!ok)
		missed++;
	spin_unlock_irqrestore(&lock, flags);
	return ok;
}

void log_guest(enum log_level level, const char *fmt, ...)
{
	char prefix[32];
	va_list ap;
	u32 missed;

	if (level > level_guest || !rate_ok(&missed))
		return;
	if (missed)
		log_write(LOG_WARN, "%u lines about guests were left out", missed);
	snprintf(prefix, sizeof(prefix), "d%uv%u: ", current->domain->id, current->id);
	va_start(ap, fmt);
	write_line(prefix, fmt, ap);
	va_end(ap);
}
