/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running scripts: their words, their time limit, their lock.
 *
 * Relies on xend/script.h and a shell.
 */
#include <config.h>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "common/log.h"
#include "common/util.h"
#include "tests/tap.h"
#include "xend/script.h"

static char dir[64], path[96];

static void script(const char *text)
{
	FILE *f = fopen(path, "w");

	fprintf(f, "#!/bin/sh\n%s\n", text);
	fclose(f);
	chmod(path, 0755);
}

static int run_for(int wait_ms, struct error_text *output)
{
	static char name[] = "NAME=some value";
	static char bin[] = "PATH=/usr/bin:/bin";
	char *env[] = { name, bin, NULL };
	struct backend_script s = { .path = path, .word = "add", .env = env, .lock = "x",
				    .wait_ms = wait_ms };

	output->text[0] = '\0';
	return script_run(dir, &s, output);
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void test_words(void)
{
	struct error_text out;

	script("echo first; echo \"$1 $NAME $HOME\" >&2; echo; exit 3");
	tap_is_int(run_for(20000, &out), 3, "a script's status is known");
	tap_is_str(out.text, "add some value", "and its last line, its argument and environment");
	script("printf 'one\\ttab\\033[31m and no end of line'");
	tap_is_int(run_for(20000, &out), 0, "a script that does not end its line");
	tap_is_str(out.text, "one tab [31m and no end of line", "is heard too, without controls");
	script("i=0; while [ $i -lt 5000 ]; do echo a line of this many; i=$((i + 1)); done; echo end");
	tap_is_int(run_for(60000, &out), 0, "a script with much to say is not stopped by it");
	tap_is_str(out.text, "end", "and the last of it counts");
	script("kill -TERM $$");
	tap_is_int(run_for(20000, &out), 128 + SIGTERM, "a script that a signal ends");
	script("cat; echo \"nothing to read\"");
	run_for(20000, &out);
	tap_is_str(out.text, "nothing to read", "a script has no standard input");
}

static void test_cannot(void)
{
	struct error_text out;

	unlink(path);
	tap_is_int(run_for(1000, &out), -ENOENT, "a script that is not there");
	script("exit 0");
	chmod(path, 0644);
	tap_is_int(run_for(1000, &out), -EACCES, "or may not be run");
}

static void test_timeout(void)
{
	struct error_text out;
	double before = seconds();

	script("echo waiting for the storage; sleep 600");
	tap_is_int(run_for(500, &out), -ETIMEDOUT, "a script that does not end is killed");
	tap_is_str(out.text, "waiting for the storage", "its last words are kept");
	tap_ok(seconds() - before < 300, "what it had started is killed with it");
	script("(sleep 600) & exec >/dev/null 2>&1; sleep 600");
	tap_is_int(run_for(500, &out), -ETIMEDOUT, "also when it closed its output");
}

static void test_left_running(void)
{
	struct error_text out;
	double before = seconds();

	script("sleep 300 9>&- & echo $! ; exit 0");
	tap_is_int(run_for(60000, &out), 0, "a script may leave something running");
	tap_ok(seconds() - before < 100, "which is not waited for");
	tap_ok(atoi(out.text) > 0 && kill(atoi(out.text), 0) == 0, "and not killed");
	script("exit 0");
	tap_is_int(run_for(60000, &out), 0, "nor keeps it the next script from running");
}

/* xend is killed while a script runs: the next xend's script waits for that one. */
static void test_lock(void)
{
	struct error_text out;
	char file[96], text[256];
	pid_t pid;

	snprintf(file, sizeof(file), "%s/began", dir);
	snprintf(text, sizeof(text), "echo x >%s; sleep 2; rm %s", file, file);
	script(text);
	pid = fork();
	if (pid == 0) {
		run_for(60000, &out);
		_exit(0);
	}
	while (access(file, F_OK))
		usleep(10000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	script("exit 0");
	tap_ok(access(file, F_OK) == 0, "a script goes on when xend is killed");
	tap_is_int(run_for(60000, &out), 0, "the next script for the same device is run");
	tap_ok(access(file, F_OK) != 0, "after the first has ended");
	snprintf(file, sizeof(file), "%s/script-x.lock", dir);
	tap_ok(access(file, F_OK) != 0, "no lock is left behind");
}

int main(void)
{
	char command[96];

	log_open("test", false, "/dev/null");
	strcpy(dir, "/tmp/xend-script-XXXXXX");
	if (!mkdtemp(dir))
		return 99;
	snprintf(path, sizeof(path), "%s/script", dir);
	test_words();
	test_cannot();
	test_timeout();
	test_left_running();
	test_lock();
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	if (system(command))
		return 1;
	return tap_done();
}
