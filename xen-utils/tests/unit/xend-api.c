/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations of xend's interface, called without sockets on the fake machine: schedulers, memory,
 * and what else the handlers decide.
 */
#include <config.h>

#include "common/io.h"
#include "tests/tap.h"
#include "tests/unit/xend-fake.h"
#include "xend/route.h"

static struct xend x;

/* The status; the answer's JSON in *ret, which may be NULL. */
static int api(const char *method, const char *path, const char *body, json_t **ret)
{
	struct request req = {
		.method = method, .path = path, .body = body, .body_len = body ? strlen(body) : 0,
		.content_type = body ? "application/json" : NULL,
	};
	struct answer a;
	json_t *o;
	int status;

	route_answer(&x, &req, &a);
	status = a.status;
	o = a.data ? json_loadb(a.data, a.len, 0, NULL) : NULL;
	if (ret)
		*ret = o;
	else
		json_decref(o);
	answer_clear(&a);
	return status;
}

static json_int_t member(json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

/* One number of an answer to a GET. */
static json_int_t number(const char *path, const char *name)
{
	json_t *o = NULL;
	json_int_t n = api("GET", path, NULL, &o) == 200 && json_object_get(o, name) ?
		member(o, name) : -1;

	json_decref(o);
	return n;
}

static void start(const char *scheduler)
{
	struct xend_error err = { 0 };

	fake_start(&x);
	snprintf(fake->scheduler.name, sizeof(fake->scheduler.name), "%s", scheduler);
	fake->scheduler.has_slice = !str_eq(scheduler, "atropos");
	for (int i = 0; i < FAKE_DOMAINS; i++)
		fake->sched[i] = (struct backend_sched_params){
			.weight = 256, .warp_value_us = 10000, .warp_limit_us = 2000,
			.warp_window_us = 10000, .period_us = 100000, .extra = true,
		};
	fake_create(&x, FAKE_GUEST "name='web'\n", &err);
}

#define DOM	"/xend/domain/web"
#define SCHED	DOM "/sched"

static void test_bvt(void)
{
	start("bvt");
	tap_is_int(number("/xend/node/scheduler", "slice_us"), 4000,
		   "the context switch allowance is shown");
	tap_is_int(api("POST", "/xend/node/scheduler", "{\"op\": \"set\", \"slice_us\": 2000}",
		       NULL), 200, "and set");
	tap_is_int(fake->scheduler.slice_us, 2000, "in the hypervisor");
	tap_is_int(api("POST", "/xend/node", "{\"op\": \"cpu_bvt_slice_set\", "
		       "\"ctx_allow\": 5000000}", NULL), 200, "as 2.0 did it, in ns");
	tap_is_int(fake->scheduler.slice_us, 5000, "with the right unit");
	tap_is_int(api("POST", DOM, "{\"op\": \"sched-set\", \"weight\": 512, \"cap\": 50}", NULL),
		   200, "weight and cap are set");
	tap_is_int(number(SCHED, "weight"), 512, "and shown");
	tap_is_int(number(SCHED, "warp_limit_us"), 2000, "what was not named stays");
	tap_is_int(api("POST", DOM, "{\"op\": \"sched-set\", \"weight\": 0}", NULL), 400,
		   "a weight of 0 is refused");
	tap_is_int(api("POST", DOM, "{\"op\": \"sched-set\", \"warp_limit_us\": 9000}", NULL), 400,
		   "a domain may not live on warping");
	tap_is_int(api("POST", DOM, "{\"op\": \"sched-set\", \"period_us\": 9000}", NULL), 501,
		   "another scheduler's parameter is refused");
	tap_is_int(api("POST", DOM, "{\"op\": \"cpu_bvt_set\", \"mcuadv\": 5, \"warpback\": 1, "
		       "\"warpvalue\": 3000, \"warpl\": 1000, \"warpu\": 4000}", NULL), 200,
		   "bvt of 2.0 is understood");
	tap_ok(number(SCHED, "weight") == 512 && number(SCHED, "warp_window_us") == 5000,
	       "half the MCU advance is twice the weight");
	tap_is_int(api("POST", DOM, "{\"op\": \"cpu_atropos_set\", \"period\": 20000000, "
		       "\"slice\": 1, \"latency\": 0, \"xtratime\": 1}", NULL), 501,
		   "atropos's command says which scheduler runs");
	fake_end(1, SHUTDOWN_reboot);
	fake->clock += 100;
	reaper_round(&x);
	tap_is_int(number(DOM, "id"), 2, "the domain reboots");
	fake_stop_xend(&x);
	fake_restart_xend(&x);
	{
		struct xend_error err = { 0 };
		struct domain *d = domain_find(&x, "web", &err);

		tap_ok(d && d->config->cpu_weight == 512 && d->config->cap == 50,
		       "weight and cap are remembered for its next life");
		domain_put(&x, d);
	}
	fake_stop_xend(&x);
}

static void test_atropos(void)
{
	start("atropos");
	tap_is_int(api("POST", DOM, "{\"op\": \"cpu_atropos_set\", \"period\": 20000000, "
		       "\"slice\": 5000000, \"latency\": 0, \"xtratime\": 0}", NULL), 200,
		   "atropos takes 2.0's nanoseconds");
	tap_ok(number(SCHED, "period_us") == 20000 && number(SCHED, "slice_us") == 5000,
	       "and shows microseconds");
	tap_is_int(api("POST", DOM, "{\"op\": \"sched-set\", \"slice_us\": 30000}", NULL), 400,
		   "a slice longer than its period is refused");
	tap_is_int(api("POST", "/xend/node/scheduler", "{\"op\": \"set\", \"slice_us\": 2000}",
		       NULL), 501, "atropos has no slice of its own");
	fake_stop_xend(&x);
}

static void test_rrobin(void)
{
	start("rrobin");
	tap_is_int(number(SCHED, "weight"), -1, "round robin: a domain has no parameters");
	tap_is_int(api("POST", DOM, "{\"op\": \"sched-set\", \"weight\": 10}", NULL), 501,
		   "so none can be set");
	tap_is_int(api("POST", "/xend/node", "{\"op\": \"cpu_rrobin_slice_set\", "
		       "\"slice\": 20000000}", NULL), 200, "its slice is set");
	tap_is_int(number("/xend/node/scheduler", "slice_us"), 20000, "and shown");
	fake_stop_xend(&x);
}

static void test_trigger(void)
{
	start("bvt");
	tap_is_int(api("POST", DOM, "{\"op\": \"trigger\", \"trigger\": \"nmi\"}", NULL), 200,
		   "an NMI is sent");
	tap_is_int(fake->triggers, 1, "once");
	tap_is_int(api("POST", DOM, "{\"op\": \"trigger\", \"trigger\": \"power\"}", NULL), 501,
		   "a paravirtual domain has no power button");
	tap_is_int(api("POST", DOM, "{\"op\": \"trigger\", \"trigger\": \"kick\"}", NULL), 400,
		   "there is no such trigger");
	tap_is_int(api("POST", DOM, "{\"op\": \"trigger\", \"trigger\": \"nmi\", \"vcpu\": 9}",
		       NULL), 400, "nor such a virtual CPU");
	fake_stop_xend(&x);
}

static void put(const char *dir, const char *file, const char *text)
{
	AUTO_FREE char *path = NULL;

	if (asprintf(&path, "%s/sys/%s/statistics", fake_state_dir(), dir) < 0 ||
	    io_make_dirs(path, 0755))
		tap_bail("no folder %s", dir);
	free(path);
	if (asprintf(&path, "%s/sys/%s/statistics/%s", fake_state_dir(), dir, file) < 0 ||
	    io_replace_file(path, text, strlen(text), 0644))
		tap_bail("no file %s", file);
}

static void test_stats(void)
{
	AUTO_FREE char *sys = NULL;
	json_t *o = NULL, *d;

	start("bvt");
	if (asprintf(&sys, "%s/sys", fake_state_dir()) < 0)
		abort();
	setenv("XEND_SYSFS", sys, 1);
	put("class/net/vif1.0", "rx_bytes", "1234\n");
	put("class/net/vif11.0", "rx_bytes", "1\n");
	put("bus/xen-backend/devices/vbd-1-51712", "wr_sect", "16\n");
	put("bus/xen-backend/devices/vbd-1-51712", "rd_sect", "garbage\n");
	tap_is_int(api("GET", "/xend/stats", NULL, &o), 200, "counters are answered");
	d = json_array_get(json_object_get(o, "domains"), 1);
	tap_is_int(json_array_size(json_object_get(d, "net")), 1,
		   "an interface of domain 11 is not one of domain 1");
	tap_is_int(member(json_array_get(json_object_get(d, "net"), 0), "tx_bytes"), 1234,
		   "what domain 0 received the guest has sent");
	d = json_array_get(json_object_get(d, "disk"), 0);
	tap_ok(member(d, "write_sectors") == 16 && !json_object_get(d, "read_sectors"),
	       "a counter that is no number is left out");
	json_decref(o);
	unsetenv("XEND_SYSFS");
	fake_stop_xend(&x);
}

static void test_memory(void)
{
	start("bvt");
	fake_domain(0)->info.memory_kb = fake_domain(0)->info.maxmem_kb = 512 << 10;
	tap_is_int(api("POST", "/xend/domain/0", "{\"op\": \"balloon\", \"memory_kb\": 200703}",
		       NULL), 403, "domain 0 does not balloon below its minimum");
	tap_is_int(api("POST", "/xend/domain/0", "{\"op\": \"balloon\", \"memory_kb\": 200704}",
		       NULL), 200, "but down to it");
	tap_is_str(fake_value("/local/domain/0/memory/target"), "200704", "its driver is told");
	x.settings.dom0_min_mb = 400;
	tap_is_int(api("POST", "/xend/domain/0", "{\"op\": \"balloon\", \"memory_kb\": 300000}",
		       NULL), 403, "the minimum is a setting");
	tap_is_int(api("POST", DOM, "{\"op\": \"balloon\", \"memory_kb\": 32768}", NULL), 200,
		   "other domains have another");
	fake_stop_xend(&x);
}

static void test_root(void)
{
	bool found = false;
	json_t *o = NULL, *op;
	size_t i;

	start("bvt");
	tap_is_int(api("GET", "/xend/", NULL, &o), 200, "a slash at the end does no harm");
	json_array_foreach(json_object_get(o, "operations"), i, op) {
		const char *name = json_string_value(json_object_get(op, "op"));

		found = found || (name && str_eq(name, "create") &&
				  json_is_true(json_object_get(op, "stream")));
	}
	tap_ok(found && i > 40, "the root describes every operation for programs");
	json_decref(o);
	fake_stop_xend(&x);
}

/* What 'xm create -n FILE vmid=N' asks: the shipped files make domains as they are. */
static void test_examples(void)
{
	static const struct { const char *file, *vmid, *name, *in_sxp; } rows[] = {
		{ "xmexample1", NULL, "ExampleDomain", "(memory 128)" },
		{ "xmexample2", "3", "VM3", "aa:00:00:00:00:03" },
		{ "xmexample2", "4", "VM4", "aa:00:00:00:01:04" },
		{ "xmexample3", "5", "VM5", "nfsroot=169.254.1.253:/export/root/vm5" },
		{ "pv-guest.cfg", NULL, "guest", "(maxmem 1024)" },
	};
	const char *dir = getenv("srcdir");

	start("bvt");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_FREE char *path = NULL, *text = NULL, *body = NULL;
		json_t *o = NULL, *request;
		const char *sxp;
		int status;

		if (asprintf(&path, "%s/xen-utils/doc/examples/%s", dir ? dir : ".",
			     rows[i].file) < 0 || io_read_file(path, 1 << 20, &text, NULL))
			tap_bail("cannot read the example %s; is srcdir set?", rows[i].file);
		request = json_pack("{s:s s:s s:s s:b s:{s:s*}}", "op", "create", "file",
				    rows[i].file, "text", text, "dryrun", true, "vars", "vmid",
				    rows[i].vmid);
		body = json_dumps(request, 0);
		json_decref(request);
		status = api("POST", "/xend/domain", body, &o);
		sxp = json_string_value(json_object_get(o, "sxp"));
		tap_ok(status == 200 && sxp && strstr(sxp, rows[i].in_sxp) &&
		       strstr(sxp, rows[i].name), "%s%s%s makes the domain %s", rows[i].file,
		       rows[i].vmid ? " vmid=" : "", rows[i].vmid ? rows[i].vmid : "",
		       rows[i].name);
		json_decref(o);
	}
	fake_stop_xend(&x);
}

static bool finds(json_t *o, const char *what, const char *flag)
{
	json_t *f;
	size_t i;

	json_array_foreach(json_object_get(o, "findings"), i, f)
		if (str_eq(json_string_value(json_object_get(f, "what")), what))
			return !flag || json_is_true(json_object_get(f, flag));
	return false;
}

static void test_check(void)
{
	const struct backend_ops *ops;
	json_t *o = NULL;

	start("bvt");
	ops = x.backend->ops;
	setenv("XENCONSOLED_RUN_DIR", fake_state_dir(), 1);
	tap_is_int(number("/xend/check", "left"), 0, "a machine in order has nothing left over");
	ops->xs_write(x.backend, 0, "/local/domain/9/name", "gone");
	ops->xs_write(x.backend, 0, "/vm/99999999-0000-4000-8000-000000000000/name", "gone");
	ops->xs_write(x.backend, 0, "/local/domain/0/backend/vbd/9/768/state", "6");
	ops->xs_write(x.backend, 0, "/local/domain/0/backend/vbd/1/768/state", "4");
	fake->domain[5] = (struct fake_domain){ .used = true, .info = { .domid = 8 } };
	{
		AUTO_FREE char *path = NULL;

		if (asprintf(&path, "%s/domain-9", fake_state_dir()) < 0 ||
		    io_replace_file(path, "", 0, 0600))
			tap_bail("no socket");
		api("GET", "/xend/check", NULL, &o);
		tap_ok(finds(o, "/local/domain/9", "repairable"),
		       "a tree without a domain is found");
		tap_ok(finds(o, "/vm/99999999-0000-4000-8000-000000000000", NULL),
		       "a UUID without a domain is found");
		tap_ok(finds(o, "/local/domain/0/backend/vbd/9", NULL) &&
		       !finds(o, "/local/domain/0/backend/vbd/1", NULL),
		       "a device of a domain that is gone is found, one of a living is not");
		tap_ok(finds(o, path, "repairable"), "a console of none is found");
		tap_is_int(member(o, "left"), 5, "a domain without a record is the fifth");
		json_decref(o);
		tap_is_int(api("POST", "/xend/check", "{\"op\": \"repair\"}", &o), 200,
			   "what is left over is removed");
		tap_is_int(member(o, "left"), 1, "but for the domain");
		tap_ok(access(path, F_OK) != 0 && !fake_value("/local/domain/9/name") &&
		       fake_value("/local/domain/0/backend/vbd/1/768/state"),
		       "and nothing else is");
		json_decref(o);
	}
	fake->domain[5].used = false;
	tap_is_int(number("/xend/check", "left"), 0, "then all is in order again");
	unsetenv("XENCONSOLED_RUN_DIR");
	fake_stop_xend(&x);
}

static const char *contents(const char *path)
{
	static char text[16];
	AUTO_FREE char *data = NULL;

	if (io_read_file(path, 15, &data, NULL))
		return "";
	snprintf(text, sizeof(text), "%s", data);
	return text;
}

static void test_dump(void)
{
	AUTO_FREE char *file = NULL, *body = NULL, *live = NULL;
	json_t *o = NULL;

	start("bvt");
	if (asprintf(&file, "%s/web.core", fake_state_dir()) < 0 ||
	    asprintf(&body, "{\"op\": \"dump-core\", \"file\": \"%s\"}", file) < 0 ||
	    asprintf(&live, "{\"op\": \"dump-core\", \"file\": \"%s\", \"live\": true}", file) < 0)
		abort();
	tap_is_int(api("POST", DOM, body, NULL), 200, "a domain is dumped");
	tap_is_str(contents(file), "paus", "while it is paused");
	tap_ok(!fake_domain(1)->info.paused, "it goes on afterwards");
	tap_is_int(api("POST", DOM, live, NULL), 200, "also while it runs");
	tap_is_str(contents(file), "live", "if that is wanted");
	fake->dump_fails = true;
	tap_is_int(api("POST", DOM, body, NULL), 500, "a dump that fails says so");
	tap_ok(access(file, F_OK) != 0 && !fake_domain(1)->info.paused,
	       "leaves no file, and the domain goes on");
	fake->dump_fails = false;
	tap_is_int(api("POST", DOM, "{\"op\": \"dump-core\", \"file\": \"x\"}", NULL), 400,
		   "a path must be absolute");
	setenv("XEND_DUMP_DIR", fake_state_dir(), 1);
	api("POST", DOM, "{\"op\": \"dump-core\", \"crash\": true}", &o);
	tap_ok(strstr(json_string_value(json_object_get(o, "file")) ?: "", "/web-19"),
	       "a dump without a name has the domain's and the time's");
	tap_is_int(fake_nr_domains(), 0, "crash ends the domain");
	json_decref(o);
	unsetenv("XEND_DUMP_DIR");
	fake_stop_xend(&x);
}

int main(void)
{
	test_dump();
	test_check();
	test_examples();
	test_root();
	test_memory();
	test_stats();
	test_trigger();
	test_bvt();
	test_atropos();
	test_rrobin();
	fake_finish();
	return tap_done();
}
