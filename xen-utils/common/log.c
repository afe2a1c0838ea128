/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logging; the contract is in log.h.
 *
 * Relies on the C library. The only state is the target descriptor, the level and the names below.
 */
#include <config.h>

#include <fcntl.h>
#include <time.h>

#include "common/log.h"

#define LINE_MAX_LEN	2048

static struct {
	char program[64];
	char *path;		/* NULL: stderr */
	int fd;			/* -1: stderr */
	enum log_level level;
	bool copy_errors;
} state = { .fd = -1, .level = LOG_LEVEL_INFO };

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

static int open_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);

	return fd < 0 ? -errno : fd;
}

int log_open(const char *program, bool foreground, const char *path)
{
	char *copy = NULL;
	int fd = -1;

	snprintf(state.program, sizeof(state.program), "%s", program);
	if (!foreground && path) {
		fd = open_file(path);
		if (fd < 0)
			return fd;
		copy = realpath(path, NULL);	/* for log_reopen() after a chdir() */
		if (!copy) {
			close(fd);
			return -ENOMEM;
		}
	}
	log_close();
	state.fd = fd;
	state.path = copy;
	return 0;
}

int log_reopen(void)
{
	int fd;

	if (!state.path)
		return 0;
	fd = open_file(state.path);
	if (fd < 0) {
		log_error_errno(fd, "log: cannot open %s again, the old file stays in use",
				state.path);
		return fd;
	}
	/* dup2 replaces the file under the same number, so no other thread sees a closed one. */
	if (dup2(fd, state.fd) >= 0)
		fcntl(state.fd, F_SETFD, FD_CLOEXEC);
	close(fd);
	return 0;
}

void log_close(void)
{
	if (state.fd >= 0)
		close(state.fd);
	free(state.path);
	state.fd = -1;
	state.path = NULL;
}

void log_copy_errors_to_stderr(bool on)
{
	state.copy_errors = on;
}

void log_set_level(enum log_level level)
{
	state.level = level;
}

enum log_level log_get_level(void)
{
	return state.level;
}

bool log_is_enabled(enum log_level level)
{
	return level <= state.level;
}

int log_level_parse(const char *name, enum log_level *ret_level)
{
	for (size_t i = 0; i < ARRAY_SIZE(level_names); i++) {
		if (str_eq(name, level_names[i])) {
			*ret_level = i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}

static size_t stamp(char *buf, size_t size, enum log_level level)
{
	struct timespec ts;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	n = strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm);
	return n + snprintf(buf + n, size - n, ".%03ld %s[%d] %s: ", ts.tv_nsec / 1000000,
			    state.program, (int)getpid(), level_names[level]);
}

/*
 * Guests and clients choose some of the text: control characters must not reach a terminal, and a
 * line end inside a message must not fake another message.
 */
static void sanitise(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
	}
}

static void emit(int fd, const char *line, size_t len)
{
	ssize_t r;

	do {
		r = write(fd, line, len);
	} while (r < 0 && errno == EINTR);
}

static size_t format(char *line, size_t head, int err, const char *fmt, va_list ap)
{
	size_t used = head;
	int r;

	r = vsnprintf(line + used, LINE_MAX_LEN - used - 1, fmt, ap);
	if (r > 0)
		used = MIN(used + (size_t)r, (size_t)LINE_MAX_LEN - 2);
	if (err) {
		r = snprintf(line + used, LINE_MAX_LEN - used - 1, ": %s", strerror(abs(err)));
		if (r > 0)
			used = MIN(used + (size_t)r, (size_t)LINE_MAX_LEN - 2);
	}
	sanitise(line + head);
	line[used++] = '\n';
	return used;
}

void log_vwrite(enum log_level level, int err, const char *fmt, va_list ap)
{
	char line[LINE_MAX_LEN];
	int saved = errno;
	size_t head, len;

	if (!log_is_enabled(level))
		return;
	if (state.fd >= 0)
		head = stamp(line, sizeof(line) / 4, level);
	else
		head = snprintf(line, sizeof(line) / 4, "%s: %s: ", state.program,
				level_names[level]);
	len = format(line, head, err, fmt, ap);
	emit(state.fd >= 0 ? state.fd : STDERR_FILENO, line, len);
	if (state.copy_errors && state.fd >= 0 && level == LOG_LEVEL_ERROR) {
		emit(STDERR_FILENO, state.program, strlen(state.program));
		emit(STDERR_FILENO, ": ", 2);
		emit(STDERR_FILENO, line + head, len - head);
	}
	errno = saved;
}

void log_write(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vwrite(level, 0, fmt, ap);
	va_end(ap);
}

void log_write_errno(enum log_level level, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vwrite(level, err, fmt, ap);
	va_end(ap);
}

bool log_allowed(struct log_ratelimit *rl, unsigned int *ret_dropped)
{
	struct timespec ts;
	uint64_t now;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (uint64_t)ts.tv_sec + 1;		/* never 0, which means "no window yet" */
	*ret_dropped = 0;
	if (!rl->window_start || now - rl->window_start >= LOG_WINDOW_SEC) {
		*ret_dropped = rl->dropped;
		*rl = (struct log_ratelimit){ .window_start = now };
	}
	if (rl->in_window >= LOG_BURST) {
		rl->dropped++;
		return false;
	}
	rl->in_window++;
	return true;
}
