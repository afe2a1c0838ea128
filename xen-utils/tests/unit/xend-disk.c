/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The strings of disk=[...] in both syntaxes, and the numbers of virtual block devices.
 *
 * Relies on xend/disk.h alone.
 */
#include <config.h>

#include "common/util.h"
#include "tests/tap.h"
#include "xend/disk.h"

static void test_numbers(void)
{
	static const struct { const char *name; uint32_t devid; const char *back; } good[] = {
		{ "xvda", 51712, "xvda" },	 { "xvda1", 51713, "xvda1" },
		{ "xvdb", 51728, "xvdb" },	 { "xvdp15", 51967, "xvdp15" },
		{ "xvdq", 1u << 28 | 16 << 8, "xvdq" },
		{ "xvda16", 1u << 28 | 16, "xvda16" },
		{ "xvdaa", 1u << 28 | 26 << 8, "xvdaa" },
		{ "xvdz255", 1u << 28 | 25 << 8 | 255, "xvdz255" },
		{ "sda", 2048, "sda" },		 { "sda1", 2049, "sda1" },
		{ "sdp15", 2303, "sdp15" },	 { "hda", 768, "hda" },
		{ "hda63", 831, "hda63" },	 { "hdb", 832, "hdb" },
		{ "hdc", 5632, "hdc" },		 { "hdd1", 5697, "hdd1" },
		{ "d0", 51712, "xvda" },	 { "d0p1", 51713, "xvda1" },
		{ "d16p2", 1u << 28 | 16 << 8 | 2, "xvdq2" },
		{ "51712", 51712, "xvda" },	 { "0x801", 2049, "sda1" },
		{ "/dev/xvdc", 51744, "xvdc" },	 { "268439552", 1u << 28 | 16 << 8, "xvdq" },
	};
	char name[DISK_NAME_SIZE];
	uint32_t devid;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		devid = 0;
		disk_number(good[i].name, &devid);
		disk_name(devid, name);
		tap_ok(devid == good[i].devid && str_eq(name, good[i].back),
		       "%s is the number %u, which is %s", good[i].name, good[i].devid,
		       good[i].back);
	}
}

static void test_bad_numbers(void)
{
	static const char *const bad[] = { "", "xvd", "xvda0", "xvda01", "xvda256", "sdq", "sda16",
					   "hde", "hda64", "vda", "xvdA", "xvda 1", "xvda1x", "d",
					   "d0p", "1", "0x300000000", "4294967295", "5760",
					   "xvdzzzzzzzz", "d99999999999", "-1" };
	uint32_t devid;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		tap_ok(disk_number(bad[i], &devid) == -EINVAL, "'%s' is no virtual disk", bad[i]);
}

/* "scheme target name mode flags" of a specification. */
static const char *told(const char *spec)
{
	static char text[512];
	struct xend_error err = { 0 };
	struct disk d;

	if (disk_parse(spec, &d, &err))
		snprintf(text, sizeof(text), "%d", err.code);
	else
		snprintf(text, sizeof(text), "%s %s %s %s%s%s%s%s%s%s%s%s",
			 d.scheme ? d.scheme : "-", d.target, d.name, d.write ? "w" : "r",
			 d.shared ? "!" : "",
			 d.cdrom ? " cdrom" : "", d.discard ? " discard" : "",
			 d.untrusted ? " untrusted" : "", d.script ? " script=" : "",
			 d.script ? d.script : "", d.backend ? " backend=" : "",
			 d.backend ? d.backend : "");
	disk_clear(&d);
	return text;
}

static void test_specs(void)
{
	static const struct { const char *spec, *means; } good[] = {
		{ "phy:/dev/vg/web,xvda1,w", "phy /dev/vg/web xvda1 w" },
		{ "phy:sda7,sda1,r", "phy /dev/sda7 sda1 r" },
		{ "phy:vg/lv,sda1,w!", "phy /dev/vg/lv sda1 w!" },
		{ "file:/srv/a.img,hda,w", "file /srv/a.img hda w" },
		{ "file:/srv/a.img, sda1, w, store", "file /srv/a.img sda1 w backend=store" },
		{ "nbd:server:2000,xvda,w", "nbd server:2000 xvda w" },
		{ "enbd:server:2000,xvda,w", "nbd server:2000 xvda w" },
		{ "drbd:web,xvda,w", "drbd web xvda w" },
		{ "iscsi:10.0.0.1/iqn.2001-04.org.x:a/1,xvda,w",
		  "iscsi 10.0.0.1/iqn.2001-04.org.x:a/1 xvda w" },
		{ "tap:aio:/a.img,xvda,w", "file /a.img xvda w" },
		{ "phy:/dev/cd,hdc:cdrom,r", "phy /dev/cd hdc r cdrom" },
		{ "file:/a.img,ioemu:hda,w", "file /a.img hda w" },
		{ "/dev/vg/web,raw,xvda,rw", "- /dev/vg/web xvda w" },
		{ "/srv/a.img,,xvdb,ro", "- /srv/a.img xvdb r" },
		{ "/srv/a.img,raw,xvdb", "- /srv/a.img xvdb w" },
		{ "format=raw, vdev=xvda, access=rw, target=/srv/a.img", "- /srv/a.img xvda w" },
		{ "vdev=xvda,target=/srv/a,b=c.img", "- /srv/a,b=c.img xvda w" },
		{ "/srv/a=b.img,raw,xvda,r!", "- /srv/a=b.img xvda r!" },
		{ "/dev/a,raw,xvda,rw,discard,untrusted", "- /dev/a xvda w discard untrusted" },
		{ "/a.iso,raw,xvdc,cdrom", "- /a.iso xvdc r cdrom" },
		{ "/a.iso,raw,xvdc,devtype=cdrom", "- /a.iso xvdc r cdrom" },
		{ "/dev/a,raw,xvda,rw,backend=store", "- /dev/a xvda w backend=store" },
		{ "script=block-iscsi,vdev=xvda,target=iqn=a,portal=b",
		  "- iqn=a,portal=b xvda w script=block-iscsi" },
		{ "file:/a,51712,w", "file /a xvda w" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		tap_is_str(told(good[i].spec), good[i].means, "%s", good[i].spec);
}

static void test_bad_specs(void)
{
	static const struct { const char *spec; int code; const char *why; } bad[] = {
		{ "", EINVAL, "name" },
		{ "phy:/dev/a", EINVAL, "name" },
		{ "phy:,xvda,w", EINVAL, "behind its scheme" },
		{ "phy:/dev/a,floppy,w", EINVAL, "floppy" },
		{ "phy:/dev/a,xvda,x", EINVAL, "mode" },
		{ "phy:/dev/a,xvda,w,b,c", EINVAL, "too many" },
		{ "file:a.img,xvda,w", EINVAL, "absolute" },
		{ "a.img,raw,xvda,w", EINVAL, "absolute" },
		{ "/a.img,qcow2,xvda,w", EOPNOTSUPP, "qemu-img" },
		{ "qcow2:/a.img,xvda,w", EOPNOTSUPP, "qcow2" },
		{ "format=empty,vdev=hdc,devtype=cdrom,target=", EOPNOTSUPP, "empty" },
		{ "vdev=xvda,vdev=xvdb,target=/a", EINVAL, "twice" },
		{ "/a,raw,xvda,w,vdev=xvdb", EINVAL, "twice" },
		{ "/a,raw,xvda,w,colour=red", EINVAL, "colour" },
		{ "vdev=xvda", EINVAL, "target" },
	};
	struct xend_error err;
	struct disk d;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(&err, 0, sizeof(err));
		disk_parse(bad[i].spec, &d, &err);
		disk_clear(&d);
		tap_ok(err.code == bad[i].code && strstr(err.text, bad[i].why),
		       "'%s' is refused: %s", bad[i].spec, err.text);
	}
}

int main(void)
{
	test_numbers();
	test_bad_numbers();
	test_specs();
	test_bad_specs();
	return tap_done();
}
