/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log: levels, prefixes, the rate limit for lines that guests provoke.
 *
 * Relies on the console for output.  A line is formatted on the caller's stack, or put together in
 * its CPU's buffer (log_raw), and written with one call, so lines of different CPUs do not mix.
 * Every line begins with "(XEN) ".  Used in any context.
 */
#include <hw/asm.h>
#include <public/errno.h>
#include <xen/cmdline.h>
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/lib.h>
#include <xen/lock.h>
#include <xen/log.h>
#include <xen/percpu.h>
#include <xen/time.h>

#define LINE_MAX	       512
#define PREFIX		       "(XEN) "
#define GUEST_LINES_PER_SECOND 20

static enum log_level level_host = LOG_INFO, level_guest = LOG_WARN;

static int parse_level(const char *value, enum log_level *ret_level)
{
	static const struct {
		const char *name;
		enum log_level level;
	} names[] = {
		{"none", LOG_ERROR},	{"error", LOG_ERROR}, {"warning", LOG_WARN},
		{"notice", LOG_NOTICE}, {"info", LOG_INFO},   {"debug", LOG_DEBUG},
		{"all", LOG_DEBUG},
	};
	/*
	 * "a/b" is rate-limited and unlimited level of other hypervisors; the second says what can
	 * appear at all.
	 */
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
DECLARE_OPTION("loglvl", parse_loglvl,
	       "what is logged: none, error, warning, notice, info, debug or all");
DECLARE_OPTION("guest_loglvl", parse_guest_loglvl, "the same for lines that guests provoke");

/* What log_raw() has of a line that is not complete yet. */
struct raw_line {
	u32 len;
	char text[256];
};
static DEFINE_PER_CPU(struct raw_line, raw_line);

static void raw_char(char c)
{
	struct raw_line *l = &this_cpu(raw_line);

	if (!l->len) {
		memcpy(l->text, PREFIX, sizeof(PREFIX) - 1);
		l->len = sizeof(PREFIX) - 1;
	}
	/* An NMI may have interrupted us: whatever the length is, it is not believed. */
	if (c != '\n' && l->len < sizeof(l->text) - 1) {
		l->text[l->len++] = c;
		return;
	}
	if (c == '\n')
		c = 0;
	l->text[min(l->len, (u32)sizeof(l->text) - 1)] = '\n';
	console_write(l->text, min(l->len, (u32)sizeof(l->text) - 1) + 1);
	l->len = 0;
	if (c)
		raw_char(c);
}

void log_raw(const char *fmt, ...)
{
	char text[LINE_MAX];
	unsigned long flags;
	const char *p = text;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	flags = hw_irq_save();
	if (!this_cpu(raw_line).len && !strncmp(p, PREFIX, sizeof(PREFIX) - 1))
		p += sizeof(PREFIX) - 1;
	while (*p)
		raw_char(*p++);
	hw_irq_restore(flags);
}

static void write_line(const char *prefix, const char *fmt, va_list ap)
{
	char line[LINE_MAX];
	int n = snprintf(line, sizeof(line), PREFIX "%s", prefix);

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

/*
 * At most GUEST_LINES_PER_SECOND of one domain, so that none floods the log or keeps others out of
 * it; what was left out is counted and said once lines flow again.  d->log_lock.
 */
static bool rate_ok(struct domain *d, u32 *ret_missed)
{
	unsigned long flags = spin_lock_irqsave(&d->log_lock);
	u64 now = time_now() / NS_PER_SEC;
	bool ok;

	*ret_missed = 0;
	if (now != d->log_second) {
		d->log_second = now;
		d->log_lines = 0;
		*ret_missed = d->log_missed;
		d->log_missed = 0;
	}
	ok = d->log_lines++ < GUEST_LINES_PER_SECOND;
	if (!ok)
		d->log_missed++;
	spin_unlock_irqrestore(&d->log_lock, flags);
	return ok;
}

void log_guest(enum log_level level, const char *fmt, ...)
{
	char prefix[32];
	va_list ap;
	u32 missed;

	if (level > level_guest || !rate_ok(current->domain, &missed))
		return;
	if (missed)
		log_write(LOG_WARN, "%u lines about d%u were left out", missed,
			  current->domain->id);
	snprintf(prefix, sizeof(prefix), "d%uv%u: ", current->domain->id, current->id);
	va_start(ap, fmt);
	write_line(prefix, fmt, ap);
	va_end(ap);
}
