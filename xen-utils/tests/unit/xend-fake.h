/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine for xend's unit tests: hypervisor, builder and xenstore in a piece of shared memory.
 *
 * Relies on xend/backend.h. The memory is shared, so a test can fork, have the child killed at any
 * step, and look at what is left from the parent. A "step" is every call of the backend and every
 * rename, unlink and fsync of a record (interposed in xend-fake.c): at step fail_at the call fails,
 * at step kill_at the process is killed, before the call when kill_after is false, after it else.
 */
#ifndef TESTS_XEND_FAKE_H
#define TESTS_XEND_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "xend/backend.h"
#include "xend/life.h"
#include "xend/xend.h"

#define FAKE_DOMAINS	16
#define FAKE_NODES	2048
#define FAKE_STEPS	2048
#define FAKE_HELD	32

struct fake_domain {
	bool used;
	struct backend_domain info;
	bool introduced;
	bool sticky; /* stays dying when destroyed, until fake_release_memory() */
	unsigned int unpauses;
};

struct fake_node {
	bool used;
	char path[112], value[80];
	int owner;
};

struct fake_store {
	int top;	/* nodes beyond were never used */
	struct fake_node node[FAKE_NODES];
};

struct fake_machine {
	struct fake_domain domain[FAKE_DOMAINS];
	uint32_t next_domid;
	struct fake_store store, tx_store;
	uint32_t tx;			/* the open transaction, 0: none */
	int steps;			/* made so far, while armed */
	bool armed;
	int fail_at, kill_at;		/* 0: never */
	bool kill_after;
	int conflicts;			/* so many commits fail with EAGAIN */
	int build_ms;			/* a build takes so long */
	int64_t clock;
	bool guest_listens;		/* takes the word out of control/shutdown */
	bool no_back_end;		/* the kernel lacks the module */
	bool guest_holds;		/* the guest does not let go of its devices */
	char script_says[80];		/* when not empty, scripts fail with these words */
	char held[FAKE_HELD][112];	/* what scripts made and have not undone, by back end */
	unsigned int scripts;
	char keys[64];
	unsigned int pins;
	bool in_tx[FAKE_STEPS];		/* last: which steps fell into a transaction */
};

extern struct fake_machine *fake;

/* A new machine with domain 0, and xend on it with a fresh folder for records. */
void fake_start(struct xend *x);
/* xend again on the same machine and folder, as after a restart; runs attach_all(). */
void fake_restart_xend(struct xend *x);
/* Forget this xend; the machine stays. */
void fake_stop_xend(struct xend *x);
/* Remove the folder. */
void fake_finish(void);

/* Count steps from now on, failing or killing at one. */
void fake_arm(int fail_at, int kill_at, bool kill_after);
void fake_disarm(void);

const char *fake_state_dir(void);
unsigned int fake_nr_domains(void);		/* without domain 0 */
unsigned int fake_nr_nodes(const char *prefix);
unsigned int fake_nr_records(void);
unsigned int fake_nr_held(void);		/* what scripts hold */
const char *fake_value(const char *path);	/* NULL: no such node */
int fake_owner(const char *path);
struct fake_domain *fake_domain(uint32_t domid);
/* Domain 0's kernel looks at the states of devices again. */
void fake_kernel_tick(void);
/* The domain ends by itself. */
void fake_end(uint32_t domid, unsigned int reason);

/* A configuration from a domain file's text; ends the test when the text is wrong. */
struct domain_config *fake_config(const char *text);
/* Create from such a text; the id, or -errno. */
int fake_create(struct xend *x, const char *text, struct xend_error *err);

#define FAKE_GUEST	"kernel = '/boot/k'\nmemory = 64\n"

#endif /* TESTS_XEND_FAKE_H */
