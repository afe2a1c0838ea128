# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lib.sh - what the packages' tests share: results in TAP, a Debian tree, a disk made of it, a machine.
#
# Sourced by run. Relies on mmdebstrap, mkfs.ext4, sfdisk, grub-mkimage, QEMU and root for chroot. Everything
# lies below $work; downloads come through apt's own sources alone.

count=0 failures=0
tests=$top/packaging/tests
root_uuid=11111111-2222-3333-4444-555555555555

# $1 status, $2 sentence, $3 a log that is shown if it failed
result()
{
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		failures=$((failures + 1))
		echo "not ok $count - $2"
		[ ! -s "${3-}" ] || tail -n "${4:-40}" "$3" | tr -d '\r' | sed 's/^/# /'
	fi
}

# check SENTENCE COMMAND...: what it prints is shown if it fails
check()
{
	local sentence=$1 status

	shift
	"$@" >"$work/check.log" 2>&1
	status=$?
	result $status "$sentence" "$work/check.log"
	return $status
}

# Debian's own archives as this machine knows them.
debian_sources()
{
	LC_ALL=C apt-cache policy | awk '
		/ Packages$/ { url = $2; split($3, part, "/") }
		/release .*o=Debian,/ { print "deb", url, part[1], part[2] }' | sort -u
}

debian_suite()
{
	sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

# What the machine that tests boot can do without: most of a kernel's drivers, and manuals.
tree_excludes()
{
	local d

	for d in /usr/share/doc /usr/share/locale /usr/share/info '/lib/modules/*/kernel/sound' \
		'/lib/modules/*/kernel/net' '/lib/modules/*/kernel/drivers/[a-rt-uw-z]*' \
		'/lib/modules/*/kernel/drivers/staging' '/lib/modules/*/kernel/drivers/s[a-oq-z]*'; do
		printf '%s\n' "--dpkgopt=path-exclude=$d/*"
	done
	printf '%s\n' '--dpkgopt=path-include=/lib/modules/*/kernel/drivers/xen/*' \
		'--dpkgopt=path-include=/lib/modules/*/kernel/drivers/block/*' \
		'--dpkgopt=path-include=/lib/modules/*/kernel/drivers/tty/hvc/*'
}

# A Debian tree in $1 with a kernel ($2, a package), GRUB and an init; apt's lists stay for later.
tree_make()
{
	local excludes

	mapfile -t excludes < <(tree_excludes)
	debian_sources | INITRD=No mmdebstrap --quiet --mode=root --variant=apt --format=directory \
		--skip=check/qemu,cleanup/apt/lists,cleanup/apt/cache --aptopt='APT::Install-Recommends "false"' \
		--include="$2,systemd-sysv,udev,kmod,grub2-common,grub-pc-bin" "${excludes[@]}" \
		"$(debian_suite)" "$1" -
}

# What the machine's own set-up would have given it: names, settings, a GRUB that knows its disk.
tree_prepare()
{
	local tree=$1

	echo xenhost >"$tree/etc/hostname"
	echo "127.0.0.1 localhost xenhost" >"$tree/etc/hosts"
	echo "/dev/vda1 / ext4 defaults 0 1" >"$tree/etc/fstab"
	cat >"$tree/etc/default/grub" <<-'END'
		GRUB_DEFAULT=0
		GRUB_TIMEOUT=0
		GRUB_DISTRIBUTOR=Debian
		GRUB_CMDLINE_LINUX_DEFAULT="quiet"
		GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200"
	END
	# Only the booted machine has the disk that grub-probe would ask.
	chroot "$tree" dpkg-divert --quiet --local --rename --add /usr/sbin/grub-probe
	cp "$tests/fake-grub-probe" "$tree/usr/sbin/grub-probe"
	# Nothing is started in a tree.
	printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
	chmod +x "$tree/usr/sbin/policy-rc.d"
	mkdir -p "$tree/boot/grub/i386-pc" "$tree/srv/repo"
	cp "$tree"/usr/lib/grub/i386-pc/*.mod "$tree"/usr/lib/grub/i386-pc/*.lst "$tree/boot/grub/i386-pc/"
	grub-editenv "$tree/boot/grub/grubenv" create
}

tree_run()	# tree, command...
{
	local tree=$1

	shift
	chroot "$tree" env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"
}

# The local repository as a source of the tree's apt.
tree_repository()	# tree, folder of packages
{
	cp "$2"/*.deb "$2"/InRelease "$2"/Packages* "$1/srv/repo/"
	mkdir -p "$1/etc/apt/keyrings"
	cp "$2/xen-system.gpg" "$1/etc/apt/keyrings/"
	echo "deb [signed-by=/etc/apt/keyrings/xen-system.gpg] file:/srv/repo ./" \
		>"$1/etc/apt/sources.list.d/xen-system.list"
	tree_run "$1" apt-get update -q -o Dir::Etc::sourcelist=/etc/apt/sources.list.d/xen-system.list \
		-o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0
}

tree_install()	# tree, packages or options...
{
	local tree=$1

	shift
	tree_run "$tree" apt-get install -q -y --no-install-recommends "$@"
}

tree_files()
{
	(cd "$1" && find . \( -path ./var/cache -o -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./var/log/apt -o -path './var/log/*.log' \
		-o -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp \) -prune -o -print | LC_ALL=C sort)
}

# A small initial ram disk for a kernel of the tree: its disk's driver, its file system, then the tree's init.
tree_initrd()	# tree, release
{
	local tree=$1 release=$2 dir=$work/initrd-$2 module

	rm -rf "$dir"
	mkdir -p "$dir"/{bin,proc,sys,dev,root,lib}
	cp "$(command -v busybox)" "$dir/bin/busybox"
	{
		echo '#!/bin/busybox sh'
		echo '/bin/busybox --install -s /bin; export PATH=/bin'
		echo 'mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev'
		for module in virtio_pci virtio_blk ext4 crc32c_generic; do
			modprobe -S "$release" -d "$tree" -D "$module"
		done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' | while IFS= read -r module; do
			cp "$module" "$dir/lib/"
			echo "insmod /lib/${module##*/}"
		done
		echo 'until [ -b /dev/vda1 ]; do sleep 0.1; done'
		echo 'mount -o rw -t ext4 /dev/vda1 /root && exec switch_root /root /sbin/init'
		echo 'echo "NO ROOT FILE SYSTEM"; poweroff -f'
	} >"$dir/init"
	chmod +x "$dir/init"
	(cd "$dir" && find . | cpio --quiet -o -H newc -R 0:0) | gzip -1 >"$tree/boot/initrd.img-$release"
}

# A BIOS disk with GRUB in front of one file system that holds the tree.
disk_make()	# tree, image
{
	rm -f "$2"
	truncate -s 1500M "$2"
	mkfs.ext4 -q -F -U $root_uuid -E offset=1048576 -d "$1" "$2" 1450M &&
		printf 'label: dos\nlabel-id: 0x12345678\nstart=2048, type=83, bootable\n' |
			sfdisk -q --no-tell-kernel "$2" >/dev/null &&
		disk_grub "$2"
}

disk_grub()	# image
{
	grub-mkimage -d /usr/lib/grub/i386-pc -O i386-pc -o "$work/core.img" -p '(hd0,msdos1)/boot/grub' \
		biosdisk part_msdos ext2 &&
		dd if=/usr/lib/grub/i386-pc/boot.img of="$1" bs=440 count=1 conv=notrunc status=none &&
		dd if="$work/core.img" of="$1" bs=512 seek=1 conv=notrunc status=none
}

# Until the machine turns itself off or $3 seconds are over; $1 image, $2 log.
machine_run()
{
	timeout -k 5 "$3" qemu-system-x86_64 -nodefaults -no-user-config -machine pc -accel tcg,thread=multi \
		-cpu max,-smap -smp 2 -m 1536 -display none -serial stdio -no-reboot \
		-drive "file=$1,if=virtio,format=raw,cache=unsafe" </dev/null >"$2" 2>&1
}
