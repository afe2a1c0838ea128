# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# rpm.sh - the rpm packages: built, indexed, installed by dnf into a root with a database of its own, upgraded
# and erased, with their scriptlets. Sourced by long.sh; the root is the Debian tree, purged of the others, with
# GRUB's tools under Fedora's names.
rpms=$work/rpms

rpm_build()
{
	"$top/packaging/rpm/build" --quick --work "$work/rpm-build" "$tarball" "$rpms" >"$work/rpm.log" 2>&1 ||
		{ tail -n 40 "$work/rpm.log"; return 1; }
	"$top/packaging/rpm/repo" --keys "$work/keys" "$rpms"
}
check "rpm packages build from the same tarball, and a repository of them is signed" rpm_build

same_files()
{
	local kind=$1 p

	for p in "${@:2}"; do
		case $kind in
		deb) dpkg-deb -c "$p" | awk '$1 !~ /^d/ { sub(/^\./, "", $6); print $6 }' ;;
		rpm) rpm -qlp --noartifact --nosignature "$p" 2>/dev/null | while IFS= read -r f; do echo "$f"; done ;;
		esac
	done | sed -e 's,^/usr/lib/systemd,/lib/systemd,' -e 's,\.gz$,,' | grep -v -e /share/doc -e /share/licenses \
		-e /share/lintian -e '/man1/xenstore-' -e '^/usr/lib/.build-id' -e '^/etc/xen$' -e '^/boot/hypervisor$' | LC_ALL=C sort
}
rpm_same()
{
	diff <(same_files deb "$debs"/xen-hypervisor_*.deb "$debs"/xen-utils_*.deb) \
		<(same_files rpm "$rpms"/xen-system-hypervisor-[0-9]*.rpm "$rpms"/xen-system-utils-[0-9]*.rpm)
}
check "they have the same files as the Debian packages" rpm_same

# dnf with the local repository alone; the libraries are Debian's, which rpm's database does not know.
in_root()
{
	dnf -q -y --installroot="$tree" --releasever=1 --setopt=reposdir=/dev/null --setopt=cachedir=/tmp/dnf \
		--repofrompath="xen-system,file://$rpms" --setopt=xen-system.gpgkey="file://$rpms/RPM-GPG-KEY-xen-system" \
		--setopt=xen-system.gpgcheck=1 --setopt=install_weak_deps=0 "$@"
}
rpm_root()
{
	tree_run "$tree" apt-get purge -q -y 'xen*' >/dev/null 2>&1
	rm -rf "$tree/etc/grub.d/21_xen" "$tree/boot/hypervisor"
	ln -sf grub-mkconfig "$tree/usr/sbin/grub2-mkconfig"
	ln -sf grub-editenv "$tree/usr/bin/grub2-editenv"
	[ ! -e "$tree/usr/sbin/update-grub" ] || mv "$tree/usr/sbin/update-grub" "$tree/usr/sbin/update-grub.away"
	mkdir -p "$tree/boot/grub2"
	tree_run "$tree" grub2-mkconfig -o /boot/grub2/grub.cfg || return 1
	# What Fedora's packages and libraries provide, in the database.
	rpm_stand_in
}
rpm_stand_in()
{
	local dir=$work/stand-in

	mkdir -p "$dir"
	{
		printf '%s\n' 'Name: stand-in' 'Version: 1' 'Release: 1' 'Summary: What the root has' 'License: GPL-2.0-or-later' \
			'BuildArch: noarch'
		rpm -qp --requires --nosignature "$rpms"/*.x86_64.rpm | grep -v -e '^rpmlib' -e '^xen-system' -e '^config(' |
			sed 's/ .*//' | sort -u | sed 's/^/Provides: /'
		printf '%s\n' '%description' 'Stands in for the packages of a distribution.' '%files'
	} >"$dir/stand-in.spec"
	rpmbuild -bb --define "_topdir $dir" "$dir/stand-in.spec" && rpm --root "$tree" -i "$dir"/RPMS/noarch/*.rpm
}
check "a root with a database of its own is ready for them" rpm_root
rpm_install()
{
	in_root install xen-system && rpm --root "$tree" -V xen-system-utils xen-system-hypervisor &&
		tree_run "$tree" xm --help >/dev/null || return 1
	grep -q "menuentry_id_option 'xen' {" "$tree/boot/grub2/grub.cfg" &&
		[ -L "$tree/etc/systemd/system/multi-user.target.wants/xend.service" ]
}
check "dnf installs xen-system; the menu is made and the services are enabled" rpm_install
rpm_erase()
{
	in_root remove xen-system xen-system-hypervisor xen-system-utils || return 1
	! grep -q "'xen" "$tree/boot/grub2/grub.cfg" && [ ! -e "$tree/usr/sbin/xm" ] && [ ! -e "$tree/boot/hypervisor" ] &&
		[ ! -L "$tree/etc/systemd/system/multi-user.target.wants/xend.service" ]
}
check "erased, they leave a menu without Xen" rpm_erase
