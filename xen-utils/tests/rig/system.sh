# SPDX-License-Identifier: GPL-2.0-or-later
#
# system.sh - dom0's tree with this project's utilities installed and a guest to start.
#
# Sourced after lab.sh by ./demo and by the system tests.  The result is a folder for run-dom0's
# --files: what `make install` puts there, the guest's kernel and ramdisk in /boot, and the domain
# file /etc/xen/demo.
#
# Relies on: a finished build in $XEN_BUILD_DIR (build), configured for whatever prefix.

# system_stage DIR: (re)make it.
system_stage()
{
	local build=${XEN_BUILD_DIR:-$lab_top/build}

	[ -e "$build/config.status" ] ||
		lab_die "there is no build in $build; run ./demo or ./check, or set XEN_BUILD_DIR"
	rm -rf "$1"
	mkdir -p "$1/etc/xen" "$lab"
	make -s -C "$build" install DESTDIR="$1" >"$1.log" 2>&1 || {
		tail -n 20 "$1.log" >&2
		lab_die "make install failed; the whole output is in $1.log"
	}
	system_init_scripts "$1"
	system_network_tools "$1"
	rm -rf "${1:?}"/usr/share/man "$1"/usr/local/share/man "${1:?}"/boot
	mkdir -p "$1/boot"
	system_guest "$1"
}

# Wherever the prefix put the init scripts, they are found in /etc/init.d too.
system_init_scripts()
{
	local script

	mkdir -p "$1/etc/init.d"
	for script in $(cd "$1" && find . -path '*/init.d/*' -type f); do
		[ -e "$1/etc/init.d/${script##*/}" ] || cp -p "$1/${script#./}" "$1/etc/init.d/"
	done
	[ -e "$1/etc/init.d/xend" ] || lab_die "the build installs no init script named xend"
}

# What the network scripts use; busybox has no like of it. Libraries follow by themselves.
system_network_tools()
{
	local tool path

	mkdir -p "$1/usr/sbin"
	for tool in ip bridge nft; do
		path=$(PATH=$PATH:/usr/sbin:/sbin command -v "$tool") ||
			lab_die "there is no $tool here; install iproute2 and nftables"
		install -m 755 "$path" "$1/usr/sbin/$tool"
	done
}

# The modules a guest of the tests has; what they depend on follows by itself.
guest_modules="xen-blkfront xen-netfront"

# The guest: the vendor's kernel as it is, and a ramdisk of a busybox and one script.
system_guest()
{
	local guest=$lab/guest-root

	lab_kernel
	system_guest_ramdisk "$guest"
	cp "$kernel_image" "$1/boot/vmlinuz"
	cp "$guest.gz" "$1/boot/guest-ramdisk"
	system_domain_file demo 2 160 >"$1/etc/xen/demo"
}

system_guest_ramdisk()
{
	local stamp

	stamp=$(lab_stamp "$lab_here/guest-init" "$lab_here/lab.sh" "$lab_here/system.sh" \
		"$(lab_busybox)")
	stamp="$stamp $guest_modules $kernel_version"
	[ "$(cat "$1.stamp" 2>/dev/null)" = "$stamp" ] && [ -s "$1.gz" ] && return 0
	lab_locked system_guest_make "$1" "$stamp"
}

system_guest_make()
{
	local lab_modules=$guest_modules

	lab_say "making the guest's ramdisk"
	rm -rf "$1"
	lab_busybox_tree "$1"
	lab_copy_modules "$1"
	rm -f "$1"/lib/modules/*/modules.{builtin,order,symbols}*
	install -m 755 "$lab_here/guest-init" "$1/init"
	lab_pack "$1" "$1.cpio"
	gzip -9 <"$1.cpio" >"$1.gz"
	rm -rf "$1" "$1.cpio"
	echo "$2" >"$1.stamp"
}

# system_domain_file NAME VCPUS MB
system_domain_file()
{
	cat <<END
# A guest made of the distribution's own kernel and a small ramdisk.
name = "$1"
kernel = "/boot/vmlinuz"
ramdisk = "/boot/guest-ramdisk"
memory = $3
vcpus = $2
extra = "console=hvc0 quiet hostname=$1"
on_crash = "destroy"
END
}
