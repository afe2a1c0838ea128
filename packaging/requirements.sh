# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# requirements.sh - which package gives which tool, on Debian and on Fedora; and installing what is missing.
#
# Sourced by ./check and ./demo. Relies on bash, and on apt-get or dnf where something must be installed.
# The table is the only place where package names stand, configure's messages aside.

# need | how to see it | Debian | Fedora | what for
requirements_table()
{
	cat <<-'END'
	cc|command:gcc|gcc|gcc|compiling
	libc|header:stdlib.h|libc6-dev|glibc-devel|compiling
	make|command:make|make|make|building
	autoconf|command:autoreconf|autoconf|autoconf|making configure
	automake|command:automake|automake|automake|making configure
	pkgconf|command:pkg-config|pkg-config|pkgconf-pkg-config|finding libraries
	libevent|pkgconf:libevent_core|libevent-dev|libevent-devel|the daemons' event loops
	jansson|pkgconf:jansson|libjansson-dev|jansson-devel|JSON
	microhttpd|pkgconf:libmicrohttpd|libmicrohttpd-dev|libmicrohttpd-devel|xend's HTTP interface
	curl|pkgconf:libcurl|libcurl4-gnutls-dev|libcurl-devel|xm's side of it
	zlib|pkgconf:zlib|zlib1g-dev|zlib-devel|gzip-compressed kernels
	lzma|pkgconf:liblzma|liblzma-dev|xz-devel|xz-compressed kernels
	zstd|pkgconf:libzstd|libzstd-dev|libzstd-devel|zstd-compressed kernels
	lz4|pkgconf:liblz4|liblz4-dev|lz4-devel|lz4-compressed kernels
	bzip2|header:bzlib.h|libbz2-dev|bzip2-devel|bzip2-compressed kernels
	lzo|header:lzo/lzo1x.h|liblzo2-dev|lzo-devel|lzo-compressed kernels
	asan|library:asan|libgcc-12-dev|libasan|unit tests with address checks
	ubsan|library:ubsan|libgcc-12-dev|libubsan|unit tests with undefined-behaviour checks
	libxen|header:xen/xen.h|libxen-dev|xen-devel|comparing our headers with the interface
	shellcheck|command:shellcheck|shellcheck|ShellCheck|checking shell scripts
	mandoc|command:mandoc|mandoc|mandoc|checking manual pages
	git|command:git|git|git|checking that the release has every file
	xz|command:xz|xz-utils|xz|release tarballs
	qemu|command:qemu-system-x86_64|qemu-system-x86|qemu-system-x86-core|machines for tests
	busybox|command:busybox|busybox-static|busybox|the guests' user space
	cpio|command:cpio|cpio|cpio|initial ram disks
	mkfs|command:mkfs.ext4|e2fsprogs|e2fsprogs|guest disks
	depmod|command:depmod|kmod|kmod|dom0's modules
	zstdtool|command:zstd|zstd|zstd|looking at kernel images
	grub|command:grub-mkrescue|grub-common|grub2-tools-extra|starting by multiboot 2
	grubpc|file:/usr/lib/grub/i386-pc/multiboot2.mod|grub-pc-bin|grub2-pc-modules|starting by multiboot 2
	xorriso|command:xorriso|xorriso|xorriso|discs that GRUB starts from
	mtools|command:mformat|mtools|mtools|discs that GRUB starts from
	bochs|command:bochs-bin|bochs|bochs|a machine with x2APIC and PCID
	bochsbios|file:/usr/share/bochs/BIOS-bochs-latest|bochsbios|bochs|a machine with x2APIC and PCID
	iproute|command:ip|iproute2|iproute|guests' networks
	nft|command:nft|nftables|nftables|guests' networks
	vgabios|file:/usr/share/bochs/VGABIOS-lgpl-latest|vgabios|bochs|a machine with x2APIC and PCID
	END
}

# What each purpose needs of the table.
requirements_for()
{
	local build="cc libc make autoconf automake pkgconf libevent jansson microhttpd curl zlib lzma
		zstd lz4 bzip2 lzo"
	case $1 in
	build) echo "$build" ;;
	unit) echo "$build asan ubsan libxen busybox iproute nft" ;;
	style) echo "$build shellcheck mandoc git" ;;
	guest) echo "$build qemu cpio" ;;
	system) echo "$build qemu busybox cpio mkfs xz depmod zstdtool grub grubpc xorriso mtools bochs bochsbios vgabios iproute nft" ;;
	*) echo "$build qemu busybox cpio mkfs xz depmod zstdtool" ;;
	esac
}

requirement_present()
{
	local kind=${1%%:*} name=${1#*:}

	case $kind in
	file) [ -e "$name" ] ;;
	command) command -v "$name" >/dev/null || [ -x "/usr/sbin/$name" ] ;;
	pkgconf) pkg-config --exists "$name" 2>/dev/null ;;
	header) echo "#include <$name>" | ${CC:-cc} -E -xc - >/dev/null 2>&1 ;;
	library) echo 'int main(void) { return 0; }' |
		${CC:-cc} -xc - "-l$name" -o /dev/null 2>/dev/null ;;
	esac
}

# Prints "package|what for" for each of the named needs that is absent.
requirements_missing()
{
	local wanted=" $* " need how debian fedora purpose package

	wanted=${wanted//[$'\n\t']/ }
	while IFS='|' read -r need how debian fedora purpose; do
		[[ $wanted == *" $need "* ]] || continue
		requirement_present "$how" && continue
		package=$debian
		command -v apt-get >/dev/null || package=$fedora
		echo "$package|$purpose"
	done < <(requirements_table)
}

# Installs what the purposes named need, saying first what and why. Returns 1 when it cannot.
requirements_install()
{
	local purpose package list=() needs="" as_root=()

	for purpose; do needs+=" $(requirements_for "$purpose")"; done
	# shellcheck disable=SC2086 # a list of words
	while IFS='|' read -r package purpose; do
		[[ " ${list[*]} " == *" $package "* ]] && continue
		[ ${#list[@]} -gt 0 ] || echo "These packages are missing and will be installed:"
		printf '  %-22s for %s\n' "$package" "$purpose"
		list+=("$package")
	done < <(requirements_missing $needs)
	[ ${#list[@]} -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] || as_root=(sudo)
	if command -v apt-get >/dev/null; then
		"${as_root[@]}" apt-get update -q &&
			"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
				apt-get install -q -y --no-install-recommends "${list[@]}"
	elif command -v dnf >/dev/null; then
		"${as_root[@]}" dnf install -y "${list[@]}"
	else
		echo "Neither apt-get nor dnf is here: install the packages above by hand, then run this again." >&2
		return 1
	fi
}
