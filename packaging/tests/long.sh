# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# long.sh - the packages' tests that take more than a few minutes; sourced by run --long, whose tree is purged
# of the packages by now and whose disk has started once.

# ---------------------------------------------------------------- the same bytes again
again()
{
	"$top/packaging/deb/build" --quick --binary --work "$work/elsewhere/deeper" "$tarball" "$work/debs2" \
		>"$work/build2.log" 2>&1 || { tail -n 40 "$work/build2.log"; return 1; }
	(cd "$debs" && sha256sum ./*.deb) | (cd "$work/debs2" && sha256sum -c --quiet)
}
check "a second build in another folder gives the same bytes" again

# --------------------------------------------------------- the distribution's own packages
theirs_to_ours()
{
	tree_install "$tree" xen-system-amd64 || return 1
	tree_install "$tree" xen || return 1
	tree_run "$tree" sh -c 'dpkg -s xen-utils | grep -q "^Version: 0\." && ! test -e /usr/sbin/xl' &&
		menu
}
check "installed over the distribution's Xen, the packages take its place and GRUB's default" theirs_to_ours
ours_to_theirs()
{
	tree_install "$tree" xen-system-amd64 xen-hypervisor- xen-utils- || return 1
	tree_run "$tree" sh -c 'test -e /boot/xen-4.*.gz -a ! -e /usr/sbin/xm -a ! -e /boot/hypervisor' || return 1
	grep -q "'xen-gnulinux" "$tree/boot/grub/grub.cfg"
}
check "the distribution's Xen can be put back" ours_to_theirs
check "and replaced once more" tree_install "$tree" xen

# ------------------------------------------------------------------------ other kernels
kernel_other()
{
	local other

	other=$(tree_run "$tree" apt-cache pkgnames linux-image-6 | grep -E '^linux-image-[0-9.]+-[0-9]+-amd64$' |
		grep -v -F "linux-image-$(kernel_release)" | sort -V | tail -n 1)
	[ -n "$other" ] || { echo "the archive has one kernel only"; return 1; }
	newest=$(kernel_release)
	INITRD=No tree_install "$tree" "$other" || return 1
	grep "'xen-[0-9.]*-${other#linux-image-}' {" "$tree/boot/grub/grub.cfg" || return 1
	kernel_default_is "$(kernel_release)" && [ "$(printf '%s\n' "$newest" "${other#linux-image-}" |
		sort -V | tail -n 1)" = "$(kernel_release)" ]
}
kernel_default_is()
{
	sed -n "/'xen' {/,/^}/p" "$tree/boot/grub/grub.cfg" | grep -q "module2 /boot/vmlinuz-$1 "
}
check "another kernel of the archive gets entries, and the newest of them is the default" kernel_other
kernel_broken()
{
	local release

	release=$(kernel_release)
	head -c 3000000 "$tree/boot/vmlinuz-$release" >"$tree/boot/vmlinuz-99.0-broken"
	tree_run "$tree" run-parts --arg=99.0-broken --arg=/boot/vmlinuz-99.0-broken /etc/kernel/postinst.d 2>&1 |
		grep "W: Xen cannot start with this kernel: .*cut short" || return 1
	grep -q "Linux 99.0-broken'" "$tree/boot/grub/grub.cfg" || { echo "it has no native entry"; return 1; }
	! grep -q "xen-.*99.0-broken" "$tree/boot/grub/grub.cfg" && kernel_default_is "$release"
	local status=$?
	rm "$tree/boot/vmlinuz-99.0-broken"
	return $status
}
check "a damaged kernel is told of at once, and Xen keeps starting the one before" kernel_broken

# ------------------------------------------------------------------ a hypervisor that hangs
grubenv_from_disk()
{
	dd if="$disk" of="$work/fs.img" bs=1M skip=1 conv=sparse status=none &&
		debugfs -R "dump /boot/grub/grubenv $work/grubenv" "$work/fs.img" 2>/dev/null && rm "$work/fs.img" &&
		grub-editenv "$work/grubenv" list
}
hang_prepare()
{
	local release

	release=$(kernel_release)
	grubenv_from_disk | grep -q '^xen_good=' || { echo "the first start left no mark"; return 1; }
	cp "$work/grubenv" "$tree/boot/grub/grubenv"
	${CC:-cc} -nostdlib -static -Wl,--build-id=none,-Ttext=0x100000,-z,max-page-size=4096 -m32 \
		-o "$work/hang" "$tests/hang.S" || return 1
	gzip -c "$work/hang" >"$tree/boot/hypervisor/xen-9.9.9.gz"
	tree_initrd "$tree" "$release"
	tree_run "$tree" update-grub && grep -q "'xen-known-good' {" "$tree/boot/grub/grub.cfg" && boot_prepare
}
check "a hypervisor that hangs is installed beside the one that worked" hang_prepare
machine_run "$disk" "$work/hang.log" 90
check "it hangs" grep -q "HANGING HERE" "$work/hang.log"
machine_run "$disk" "$work/after-hang.log" 400
check "the next start is that of the pair that worked, with xend" \
	said "$work/after-hang.log" 'units: active;active;active;active;'
check "the machine says what did not come up" said "$work/after-hang.log" 'boot: .*given up:  9\.9\.9'
boot_undo
rm -f "$tree/boot/hypervisor/xen-9.9.9.gz"

# ------------------------------------------------------------------- an upgrade, with a guest
upgrade_prepare()
{
	local p version

	mkdir -p "$tree/srv/next"
	version=$(dpkg-deb -f "$debs"/xen_*.deb Version)
	for p in xen xen-hypervisor xen-utils; do
		dpkg-deb -R "$debs/${p}_${version}_amd64.deb" "$work/next-$p" &&
			sed -i "s/$version/$version.1/" "$work/next-$p/DEBIAN/control" &&
			dpkg-deb --root-owner-group -Zgzip -b "$work/next-$p" "$tree/srv/next/" || return 1
	done
	tree_run "$tree" update-grub && boot_prepare
}
check "a next version of the packages is made" upgrade_prepare
machine_run "$disk" "$work/upgrade.log" 500
check "the upgrade goes through while a guest runs" said "$work/upgrade.log" 'upgrade: 0'
check "the guest goes on, with its number, and the daemons answer" said "$work/upgrade.log" 'upgraded: same'
boot_undo

# ----------------------------------------------------------------------------- rpm
if command -v rpmbuild >/dev/null && command -v createrepo_c >/dev/null; then
	# shellcheck source=packaging/tests/rpm.sh
	. "$tests/rpm.sh"
else
	count=$((count + 1))
	echo "ok $count - rpm packages # SKIP rpmbuild or createrepo_c is missing"
fi
