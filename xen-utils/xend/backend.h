/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything outside xend that a domain's life needs: the hypervisor, the domain builder, xenstore.
 *
 * xend's own files call the outside through this table and nothing else. backend-xen.c fills it
 * with libxen, domain/ and libxenstore; the unit tests fill it with a machine that fails where it
 * is told to. Relies on the structures of domain/build.h.
 *
 * Every function may be called from any thread at any time, returns 0 (or a count where said) or
 * -errno, and leaves outputs untouched on failure. A connection that was lost is made again by the
 * backend; -EAGAIN or -EPIPE mean that it could not be made now.
 */
#ifndef XEND_BACKEND_H
#define XEND_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/build.h"
#include "domain/config-cpulist.h"

#define BACKEND_CPUS_MAX	4096u		/* physical CPUs a map here can speak of */
#define BACKEND_NO_TX		0u		/* outside any xenstore transaction */

struct backend;

/* What the hypervisor says about one domain. */
struct backend_domain {
	uint32_t domid;
	uint8_t handle[16];
	bool hvm, pvh;
	bool dying, shutdown, paused, blocked, running;
	unsigned int shutdown_reason;		/* SHUTDOWN_*, when shutdown */
	uint64_t memory_kb, maxmem_kb;
	uint64_t cpu_time_ns;
	unsigned int vcpus_online, vcpus_max;
};

struct backend_vcpu {
	bool online, blocked, running;
	int cpu;				/* -1 when off line */
	uint64_t cpu_time_ns;
	unsigned int nr_cpus;			/* bits in the maps */
	uint8_t hard[CPULIST_BYTES(BACKEND_CPUS_MAX)];
	uint8_t soft[CPULIST_BYTES(BACKEND_CPUS_MAX)];
};

struct backend_node {
	unsigned int nr_cpus, max_cpu_id, nr_nodes, cores_per_socket, threads_per_core;
	uint32_t cpu_khz;
	uint32_t hw_caps[8];
	uint32_t capabilities;			/* XEN_SYSCTL_PHYSCAP_* */
	uint64_t total_kb, free_kb, scrub_kb, outstanding_kb;
	uint32_t scheduler;			/* XEN_SCHEDULER_* */
	struct libxen_version version;
};

struct backend_perm {
	uint32_t domid;
	bool read, write;
};

/* A script of the administrator's, see script.h. */
struct backend_script {
	const char *path;
	const char *word;		/* its one argument */
	char *const *env;		/* its whole environment, ends with NULL */
	const char *lock;		/* name of what it works on: one script at a time each */
	int wait_ms;			/* then it is killed */
};

struct backend_ops {
	/* Hypervisor. */
	int (*list)(struct backend *b, struct backend_domain **ret_list, size_t *ret_count);
	int (*pause)(struct backend *b, uint32_t domid);
	int (*unpause)(struct backend *b, uint32_t domid);
	/* Returns when the hypervisor has taken it; the domain may go on dying for a while. */
	int (*destroy)(struct backend *b, uint32_t domid);
	int (*set_handle)(struct backend *b, uint32_t domid, const uint8_t handle[16]);
	int (*set_maxmem)(struct backend *b, uint32_t domid, uint64_t kb);
	int (*set_weight)(struct backend *b, uint32_t domid, unsigned int weight, unsigned int cap);
	int (*vcpu_info)(struct backend *b, uint32_t domid, unsigned int vcpu,
			 struct backend_vcpu *ret_vcpu);
	/* Either map may be NULL; each has CPULIST_BYTES(nr_cpus) bytes. */
	int (*vcpu_pin)(struct backend *b, uint32_t domid, unsigned int vcpu, const uint8_t *hard,
			const uint8_t *soft, unsigned int nr_cpus);
	int (*node)(struct backend *b, struct backend_node *ret_node);
	/* The whole ring, malloc()ed, with a NUL after *ret_len bytes; clear also empties it. */
	int (*console)(struct backend *b, bool clear, char **ret_text, size_t *ret_len);
	int (*debug_keys)(struct backend *b, const char *keys);

	/* Builder: both with a sentence in err. A failed build leaves nothing behind. */
	int (*build_check)(struct backend *b, const struct build_params *p, struct error_text *err);
	int (*build)(struct backend *b, const struct build_params *p,
		     struct build_result *ret_result, struct error_text *err);

	/* Xenstore. -EAGAIN from xs_commit: somebody else was faster, begin again. */
	int (*xs_begin)(struct backend *b, uint32_t *ret_tx);
	int (*xs_commit)(struct backend *b, uint32_t tx);
	void (*xs_abort)(struct backend *b, uint32_t tx);
	int (*xs_read)(struct backend *b, uint32_t tx, const char *path, char **ret_value);
	int (*xs_write)(struct backend *b, uint32_t tx, const char *path, const char *value);
	int (*xs_mkdir)(struct backend *b, uint32_t tx, const char *path);
	int (*xs_rm)(struct backend *b, uint32_t tx, const char *path);	/* 0 when it is not there */
	int (*xs_list)(struct backend *b, uint32_t tx, const char *path, char ***ret_names,
		       size_t *ret_count);	/* array and strings are one block: free() */
	/* perms[0] is the owner; its flags are the rights of everybody who is not listed. */
	int (*xs_perms)(struct backend *b, uint32_t tx, const char *path,
			const struct backend_perm *perms, size_t nr_perms);
	int (*xs_introduce)(struct backend *b, uint32_t domid, uint64_t mfn, uint32_t port);
	int (*xs_release)(struct backend *b, uint32_t domid);
	/* Domain 0. A script's exit status or -errno; its last line in output. */
	int (*run_script)(struct backend *b, const struct backend_script *script,
			  struct error_text *output);
	/* Load a module of domain 0's kernel; one that is built in or there already is fine. */
	int (*load_module)(struct backend *b, const char *name);

	/*
	 * Wait until a domain came, ended or went, at most timeout_ms: 1 it did, 0
	 * timeout, -errno.
	 */
	int (*wait)(struct backend *b, int timeout_ms);
	/* Make a thread that is in wait() return at once. */
	void (*wake)(struct backend *b);
};

struct backend {
	const struct backend_ops *ops;
};

/*
 * The real one: /dev/xen/privcmd and xenstored's socket. 0, or -errno with a sentence: not running
 * on the hypervisor, a module is missing, versions differ, xenstored does not answer.
 */
int backend_xen_open(struct backend **ret_backend, struct error_text *err);
void backend_xen_close(struct backend *b);	/* NULL is accepted */

#endif /* XEND_BACKEND_H */
