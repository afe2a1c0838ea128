/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network interfaces: what a specification means, addresses that last, whose sentence says what is
 * wrong, and xend killed at every step of making and ending a domain with two of them.
 *
 * Relies on the fake machine, and on a folder in place of domain 0's /sys.
 */
#include <config.h>

#include <sys/stat.h>

#include "tests/tap.h"
#include "tests/unit/xend-kill.h"
#include "xend/vif.h"

#define BACK(n)		"/local/domain/0/backend/vif/1/" n
#define FRONT(n)	"/local/domain/1/device/vif/" n
#define M1		"00:16:3e:00:00:01"
#define M2		"00:16:3e:00:00:02"
#define VIF_GUEST	FAKE_GUEST "name='c'\nvif=['mac=" M1 ",bridge=xen-br0','']\n"

/* ---- pure ---- */

static void test_parse(void)
{
	struct xend_error err = { 0 };
	struct vif v;

	tap_is_int(vif_parse("mac=00:16:3E:00:00:0a, bridge=xen-br0 ,ip=10.0.0.2 fd00::2/64,"
			     "script=vif-route, vifname=web-0,rate=10Mb/s,devid=3,mtu=9000,"
			     "gatewaydev=eth0,backend=net,trusted=0,model=e1000,type=ioemu",
			     &v, &err), 0, "every key is read");
	tap_is_str(v.mac, "00:16:3e:00:00:0a", "a MAC address becomes lower case");
	tap_is_str(v.bridge, "xen-br0", "blanks around keys and values do not matter");
	tap_is_str(v.ip, "10.0.0.2 fd00::2/64", "several addresses are kept");
	tap_is_str(v.vifname, "web-0", "the interface's name is read");
	tap_is_int(v.devid * 10000 + v.mtu, 39000, "and numbers");
	tap_is_int(v.rate_bytes, 62500, "10 Mb/s is 62500 bytes in the usual 50 ms");
	tap_ok(v.untrusted && str_eq(v.backend, "net") && str_eq(v.script, "vif-route") &&
		       str_eq(v.gatewaydev, "eth0"), "and the rest");
	vif_clear(&v);
	tap_is_int(vif_parse("", &v, &err), 0, "an empty string is an interface too");
	tap_ok(!v.mac[0] && !v.bridge[0] && !v.ip && v.devid == VIF_DEVID_ANY, "of defaults");
	vif_clear(&v);
	tap_is_int(vif_parse("mac=,bridge=,ip=", &v, &err), 0,
		   "a key without a value is a default");
	vif_clear(&v);
}

static void test_bad(void)
{
	static const struct { const char *spec, *says; } bad[] = {
		{ "mac=00:16:3e:00:00", "00:16:3e:00:00" },
		{ "mac=00:16:3e:00:00:zz", "MAC address" },
		{ "mac=00:16:3e:00:00:1-", "MAC address" },
		{ "mac=01:16:3e:00:00:01", "odd" },
		{ "mac=00:00:00:00:00:00", "an address of a host" },
		{ "bridge=a/b", "bridge" },
		{ "bridge=.", "bridge" },
		{ "bridge=0123456789abcdef", "15 letters" },
		{ "bridge=x;reboot", "x;reboot" },
		{ "vifname=vif3.0", "the kernel" },
		{ "vifname=a b", "vifname" },
		{ "ip=10.0.0.256", "10.0.0.256" },
		{ "ip=10.0.0.1/33", "IP address" },
		{ "ip=10.0.0.1/", "IP address" },
		{ "ip=fe80::g", "IP address" },
		{ "ip=$(reboot)", "IP address" },
		{ "script=../x", "folder of scripts" },
		{ "script=a/b", "folder of scripts" },
		{ "rate=fast", "10Mb/s" },
		{ "rate=10Mb/s@", "10Mb/s" },
		{ "rate=0MB/s", "10Mb/s" },
		{ "rate=9999999GB/s@1s", "10Mb/s" },
		{ "devid=256", "from 0 to 255" },
		{ "devid=-1", "from 0 to 255" },
		{ "mtu=10", "from 68" },
		{ "trusted=2", "from 0 to 1" },
		{ "mac", "KEY=VALUE" },
		{ "macc=1", "no key 'macc'; the keys are mac" },
		{ "mtu=1500,mtu=1400", "twice" },
	};
	struct xend_error err;
	struct vif v;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(&err, 0, sizeof(err));
		tap_is_int(vif_parse(bad[i].spec, &v, &err), -EINVAL, "'%s' is refused",
			   bad[i].spec);
		if (!strstr(err.text, bad[i].says))
			tap_ok(false, "its sentence has '%s': %s", bad[i].says, err.text);
		vif_clear(&v);
	}
}

static void test_rates(void)
{
	static const struct { const char *text; uint32_t bytes, usec; } rates[] = {
		{ "1MB/s@20ms", 20000, 20000 }, { "1GB/s", 50000000, 50000 },
		{ "100Kb/s@1s", 12500, 1000000 }, { "8000b/s@100ms", 100, 100000 },
		{ "4096B/s@1s", 4096, 1000000 }, { "1KB/s@5000us", 5, 5000 },
	};
	uint32_t bytes, usec;

	for (size_t i = 0; i < ARRAY_SIZE(rates); i++)
		tap_ok(!vif_rate_parse(rates[i].text, &bytes, &usec) && bytes == rates[i].bytes &&
			       usec == rates[i].usec, "%s is %u bytes in %u us", rates[i].text,
		       rates[i].bytes, rates[i].usec);
}

static void test_derive(void)
{
	uint8_t seed[16] = { 1 }, other[16] = { 2 };
	char a[VIF_MAC_SIZE], b[VIF_MAC_SIZE];

	vif_mac_derive(seed, "web", 0, 0, a);
	vif_mac_derive(seed, "web", 0, 0, b);
	tap_ok(str_eq(a, b) && str_has_prefix(a, "00:16:3e:"),
	       "the same gives the same address: %s", a);
	vif_mac_derive(seed, "web", 1, 0, b);
	tap_ok(!str_eq(a, b), "another place another one: %s", b);
	vif_mac_derive(other, "web", 0, 0, b);
	tap_ok(!str_eq(a, b), "and another host another one: %s", b);
}

/* ---- with a machine ---- */

static char host[] = "/tmp/xend-vif-XXXXXX";

static void shell(const char *fmt, ...)
{
	char command[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (system(command))
		abort();
}

static void host_bridges(const char *names)
{
	shell("rm -rf %s/sys; mkdir -p %s/sys/class/net/eth0", host, host);
	shell("for n in %s; do mkdir -p %s/sys/class/net/$n/bridge; done", names, host);
}

static int create(const char *text, struct xend_error *err)
{
	memset(err, 0, sizeof(*err));
	return fake_create(&x, text, err);
}

static void start(void)
{
	fake_start(&x);
	x.host_root = host;
}

static void test_nodes(void)
{
	struct xend_error err;
	char first[VIF_MAC_SIZE];

	host_bridges("xen-br0");
	start();
	tap_is_int(create(FAKE_GUEST "name='c'\nvif=['mac=" M1 ",bridge=xen-br0,ip=10.0.0.2,"
			  "rate=1MB/s,vifname=web0,mtu=1400']\nnics=2\n", &err), 1,
		   "a domain with two interfaces is made (%s)", err.text);
	tap_is_str(fake_value(BACK("0/mac")), M1, "the back end knows the address");
	tap_is_str(fake_value(FRONT("0/mac")), M1, "so does the front end");
	tap_is_str(fake_value(BACK("0/handle")), "0", "the back end knows its number");
	tap_is_str(fake_value(BACK("0/bridge")), "xen-br0", "the bridge");
	tap_is_str(fake_value(BACK("0/ip")), "10.0.0.2", "the guest's address");
	tap_is_str(fake_value(BACK("0/rate")), "50000,50000", "the rate");
	tap_is_str(fake_value(BACK("0/script")), "vif-bridge",
		   "and the script, which netback wants");
	tap_is_str(fake_value(FRONT("0/trusted")), "1", "the back end is trusted");
	tap_ok(fake_value(BACK("1/mac")) && str_has_prefix(fake_value(BACK("1/mac")), "00:16:3e:"),
	       "nics= gives a second one with an address of Xen's");
	tap_is_str(fake_value(BACK("1/bridge")), "xen-br0", "on the only bridge there is");
	tap_is_int(fake_nr_held(), 2, "each interface's script has run");
	snprintf(first, sizeof(first), "%s", fake_value(BACK("1/mac")));
	fake_end(1, SHUTDOWN_reboot);
	fake->clock += 60;
	reaper_round(&x);
	tap_is_str(fake_value("/local/domain/0/backend/vif/2/1/mac"), first,
		   "after a reboot it has the same address");
	fake_stop_xend(&x);
}

static void end_domain(const char *name)
{
	struct xend_error err = { 0 };
	struct domain *d = domain_find(&x, name, &err);

	if (!d || domain_begin(&x, d, "destroy", 0, &err))
		return;
	domain_destroy(&x, d, 1000, "test", &err);
	domain_end(&x, d);
	domain_put(&x, d);
}

static void test_lasting(void)
{
	struct xend_error err;
	char first[VIF_MAC_SIZE] = "";

	start();
	create(FAKE_GUEST "name='c'\nvif=['']\n", &err);
	snprintf(first, sizeof(first), "%s", fake_value(BACK("0/mac")));
	end_domain("c");
	tap_is_int(fake_nr_held() + fake_nr_nodes("/local/domain/0/backend/vif/"), 0,
		   "a domain that is destroyed leaves no interface");
	create(FAKE_GUEST "name='c'\nvif=['']\n", &err);
	tap_is_str(fake_value("/local/domain/0/backend/vif/2/0/mac"), first,
		   "made again from its file, a domain has the same address");
	create(FAKE_GUEST "name='d'\nvif=['']\n", &err);
	tap_ok(!str_eq(fake_value("/local/domain/0/backend/vif/3/0/mac"), first),
	       "another domain has another one");
	fake_stop_xend(&x);
}

/* The crashed one is kept for inspection, its successor has its addresses. */
static void test_successor(void)
{
	struct xend_error err;

	start();
	create(FAKE_GUEST "name='c'\non_crash='rename-restart'\nvif=['mac=" M1 ",vifname=lan0']\n",
	       &err);
	fake->clock += 60;
	fake_end(1, SHUTDOWN_crash);
	reaper_round(&x);
	tap_is_int(fake_nr_domains(), 2, "a domain that crashed is kept beside its successor");
	tap_is_str(fake_value("/local/domain/0/backend/vif/2/0/mac"), M1,
		   "which has its MAC address");
	tap_ok(!fake_value(BACK("0/mac")), "and the crashed one's interface is gone");
	fake_stop_xend(&x);
}

static void test_refused(void)
{
	struct xend_error err;

	start();
	create(FAKE_GUEST "name='web'\nvif=['mac=" M1 ",vifname=lan0']\n", &err);
	tap_is_int(create(FAKE_GUEST "name='c'\nvif=['mac=" M1 "']\n", &err), -EEXIST,
		   "an address that another domain has is refused");
	tap_ok(strstr(err.text, M1) && strstr(err.text, "'web'"), "by name: %s", err.text);
	tap_is_int(create(FAKE_GUEST "name='c'\nvif=['mac=" M2 "','mac=" M2 "']\n", &err), -EEXIST,
		   "an address twice in one domain is refused");
	tap_ok(strstr(err.text, "another interface of domain 'c'") != NULL, "too: %s", err.text);
	tap_is_int(create(FAKE_GUEST "name='c'\nvif=['vifname=lan0']\n", &err), -EEXIST,
		   "an interface's name that another domain has is refused");
	tap_ok(strstr(err.text, "lan0") && strstr(err.text, "'web'"), "by name: %s", err.text);
	tap_is_int(create(FAKE_GUEST "name='c'\nvif=['bridge=br9']\n", &err), -ENODEV,
		   "a bridge that is missing is refused");
	tap_ok(strstr(err.text, "br9") && strstr(err.text, "has xen-br0"), "%s", err.text);
	host_bridges("lan wan");
	tap_is_int(create(FAKE_GUEST "name='c'\nvif=['']\n", &err), -ENODEV,
		   "which of two bridges is not guessed");
	tap_ok(strstr(err.text, "lan and wan") != NULL, "%s", err.text);
	host_bridges("");
	tap_is_int(create(FAKE_GUEST "name='c'\nvif=['']\n", &err), -ENODEV,
		   "without any bridge the way to one is told");
	tap_ok(strstr(err.text, "xm network-setup") != NULL, "%s", err.text);
	tap_ok(create(FAKE_GUEST "name='r'\nvif=['script=vif-route,ip=10.0.0.3']\n", &err) > 0,
	       "a routed interface needs none (%s)", err.text);
	host_bridges("xen-br0");
	tap_is_int(fake_nr_domains(), 2, "what was refused left nothing");
	fake_stop_xend(&x);
}

static void test_settings(void)
{
	struct xend_error err;

	host_bridges("lan wan");
	start();
	free(x.settings.vif_bridge);
	x.settings.vif_bridge = strdup("wan");
	tap_is_int(create(FAKE_GUEST "name='c'\nvif=['']\n", &err), 1,
		   "vif-bridge of xend-config.sxp decides (%s)", err.text);
	tap_is_str(fake_value(BACK("0/bridge")), "wan", "where the file does not");
	fake_stop_xend(&x);
	host_bridges("xen-br0");
}

static void set_network_script(const char *text)
{
	free(x.settings.network_script);
	x.settings.network_script = strdup(text);
}

static void test_network_script(void)
{
	start();
	tap_is_int(network_start(&x), 0, "without a network script nothing is run");
	tap_is_int(fake->scripts, 0, "nothing at all");
	set_network_script("network netdev=eth0 bridge=lan");
	tap_is_int(network_start(&x), 0, "a network script is run with its keys");
	tap_is_int(fake->scripts, 1, "once");
	strcpy(fake->script_says, "There is no interface eth0.");
	tap_is_int(network_start(&x), 1, "its failure does not stop xend");
	set_network_script("network eth0");
	tap_is_int(network_start(&x), -EINVAL, "a word that is no KEY=VALUE is not handed on");
	fake_stop_xend(&x);
}

static struct device *attach(const char *spec, struct xend_error *err)
{
	struct domain *d = domain_find(&x, "c", err);
	struct device *dev = NULL;
	char *full = NULL;

	memset(err, 0, sizeof(*err));
	domain_begin(&x, d, "device", 0, err);
	if (!device_vif.settle(&x, d, spec, &full, err) &&
	    !device_new(&x, &device_vif, full, &dev, err) && device_attach(&x, d, dev, err)) {
		device_put(dev);
		dev = NULL;
	}
	free(full);
	domain_end(&x, d);
	domain_put(&x, d);
	return dev;
}

static int detach(const char *name, struct xend_error *err)
{
	struct domain *d = domain_find(&x, "c", err);
	struct device *dev;
	int rc = -ENOENT;

	domain_begin(&x, d, "device", 0, err);
	dev = device_find(&x, d, &device_vif, name, err);
	if (dev)
		rc = device_detach(&x, d, dev, false, err);
	device_put(dev);
	domain_end(&x, d);
	domain_put(&x, d);
	return rc;
}

static void test_hot(void)
{
	struct xend_error err;
	struct device *dev;

	start();
	create(VIF_GUEST, &err);
	dev = attach("mac=" M2, &err);
	tap_ok(dev && dev->devid == 2, "an interface is attached under the next number (%s)",
	       err.text);
	device_put(dev);
	tap_ok(!attach("mac=" M2, &err), "its address is taken: %s", err.text);
	dev = attach("vifname=hot0", &err);
	tap_ok(dev && strstr(dev->spec, "mac=00:16:3e:"), "one without an address gets one (%s)",
	       dev ? dev->spec : err.text);
	device_put(dev);
	tap_is_int(detach("hot0", &err), 0, "an interface is detached by its name");
	tap_is_int(detach("00:16:3E:00:00:02", &err), 0, "and by its address");
	tap_is_int(detach("vif1.1", &err), 0, "and by the kernel's name for it");
	tap_is_int(detach("7", &err), -ENOENT, "one that is not there is not");
	tap_is_int(fake_nr_held(), 1, "one is left");
	tap_ok(!attach("bridge=br9", &err) && strstr(err.text, "br9"),
	       "a bad one is not attached: %s", err.text);
	tap_is_int(fake_nr_held(), 1, "and leaves nothing");
	fake_stop_xend(&x);
}

static void deed_create(void)
{
	struct xend_error err;

	create(FAKE_GUEST "name='c'\nvif=['script=vif-route,ip=10.0.0.2',"
	       "'script=vif-route,ip=10.0.0.3']\n", &err);
	if (err.code && !fake->kill_at)
		tap_diag("%s", err.text);
}

int main(void)
{
	if (!mkdtemp(host))
		abort();
	test_parse();
	test_bad();
	test_rates();
	test_derive();
	test_nodes();
	test_lasting();
	test_successor();
	test_refused();
	test_settings();
	test_network_script();
	test_hot();
	kill_test("create with interfaces", NULL, deed_create);
	fake_finish();
	shell("rm -rf %s", host);
	return tap_done();
}
