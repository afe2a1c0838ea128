# SPDX-License-Identifier: GPL-2.0-or-later
#
# lab.sh - what the rig boots: kernels, the peer hypervisor and root file systems.
#
# Sourced by run-dom0, bench scripts and ./demo.  Everything it makes lies in the lab folder
# ($XEN_LAB_DIR, else lab/ in the build folder) and is made once: each product has a stamp that names its
# inputs, so a second run only compares stamps.  Packages come from the distribution's own
# client and are unpacked, never installed.  Nothing here needs root.
#
# Relies on: busybox (static), cpio, and apt-get + dpkg-deb or dnf + rpm2cpio.
# Owns: the lock $lab/.lock, held while anything in the lab is being made.

lab_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lab_top=$(cd "$lab_here/../../.." && pwd)
lab=${XEN_LAB_DIR:-${XEN_BUILD_DIR:-$lab_top/build}/lab}

# The modules a dom0 or a guest of the tests may ask for; what they depend on follows by itself.
lab_modules="xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs xen-blkback xen-netback
	xen-blkfront xen-netfront xen-acpi-processor bridge br_netfilter tun veth dummy loop nbd
	ext4 crc32c_generic isofs overlay dm-mod e1000 virtio_net virtio_blk virtio_pci"
# What nft asks for.
lab_modules="$lab_modules nf_tables nfnetlink nft_chain_nat nft_masq nft_ct nft_meta_bridge"

lab_die()
{
	echo "rig: $*" >&2
	exit 126
}

lab_say()
{
	[ -n "${RIG_QUIET-}" ] || echo "rig: $*" >&2
}

# lab_locked FUNCTION ARGS...: run it while no other rig makes anything in the same lab.
lab_locked()
{
	local rc=0

	mkdir -p "$lab" || lab_die "cannot make the lab folder $lab; set XEN_LAB_DIR to another"
	exec 8>>"$lab/.lock"
	flock 8 || lab_die "cannot lock $lab/.lock"
	"$@" 8>&- || rc=$?
	exec 8>&-
	return "$rc"
}

# lab_unpack PACKAGE FOLDER: the files of a deb or rpm, once.
lab_unpack()
{
	local stamp=$2/.from

	[ "$(cat "$stamp" 2>/dev/null)" = "${1##*/}" ] && return 0
	lab_say "unpacking ${1##*/}"
	rm -rf "$2"
	mkdir -p "$2"
	case $1 in
	*.deb) dpkg-deb -x "$1" "$2" ;;
	*.rpm) (cd "$2" && rpm2cpio "$1" | cpio -idm --quiet) ;;
	esac || lab_die "cannot unpack $1; delete it so that it is fetched again"
	echo "${1##*/}" >"$stamp"
}

# lab_fetch PATTERN PACKAGE: the newest file in the lab that matches, fetched if there is none.
lab_fetch()
{
	local found

	found=$(find "$lab" -maxdepth 1 -name "$1" | sort -V | tail -n 1)
	if [ -z "$found" ]; then
		lab_say "fetching $2"
		if command -v apt-get >/dev/null; then
			(cd "$lab" && apt-get -q -o APT::Sandbox::User=root download "$2" >&2)
		else
			(cd "$lab" && dnf -q download "$2" >&2)
		fi || lab_die "cannot fetch $2; is the package archive reachable (apt-get update)?"
		found=$(find "$lab" -maxdepth 1 -name "$1" | sort -V | tail -n 1)
	fi
	[ -n "$found" ] || lab_die "$2 was fetched, but no file $1 came of it"
	echo "$found"
}

# The name of the distribution's newest kernel package (Debian's meta package depends on it).
lab_kernel_package()
{
	apt-cache depends linux-image-amd64 |
		sed -n 's/^ *Depends: *\(linux-image-[0-9].*-amd64\)$/\1/p' | head -n 1
}

# lab_kernel_unpack: a tree in $lab/kernel with the vendor's kernel image and its modules.
lab_kernel_unpack()
{
	local package

	if command -v apt-get >/dev/null; then
		package=$(find "$lab" -maxdepth 1 -name 'linux-image-[0-9]*-amd64_*.deb' | sort -V |
			tail -n 1)
		if [ -z "$package" ]; then
			package=$(lab_kernel_package)
			[ -n "$package" ] || lab_die "apt knows no linux-image-amd64; run apt-get update"
			package=$(lab_fetch 'linux-image-[0-9]*-amd64_*.deb' "$package")
		fi
		lab_unpack "$package" "$lab/kernel"
	else
		package=$(lab_fetch 'kernel-core-*.rpm' kernel-core)
		lab_unpack "$package" "$lab/kernel"
		lab_kernel_more_rpms
	fi
}

# Fedora and its kin split the modules over further packages.
lab_kernel_more_rpms()
{
	local name package

	for name in kernel-modules-core kernel-modules; do
		package=$(lab_fetch "$name-[0-9]*.rpm" "$name")
		lab_unpack "$package" "$lab/$name"
		cp -rn "$lab/$name/lib" "$lab/kernel/" || lab_die "cannot copy the modules of $name"
	done
}

# lab_kernel: sets kernel_image, kernel_version and kernel_modules.  $RIG_KERNEL (an image) and
# $RIG_MODULES (its lib/modules/VERSION folder) name another kernel than the vendor's.
lab_kernel()
{
	if [ -n "${RIG_KERNEL-}" ]; then
		kernel_image=$RIG_KERNEL
		kernel_modules=${RIG_MODULES-}
	else
		lab_locked lab_kernel_unpack
		kernel_image=$(find "$lab/kernel/boot" "$lab/kernel/lib/modules" \
			-name 'vmlinuz*' 2>/dev/null | sort -V | tail -n 1)
		kernel_modules=$(find "$lab/kernel/lib/modules" -mindepth 1 -maxdepth 1 | sort -V |
			tail -n 1)
	fi
	[ -r "$kernel_image" ] || lab_die "there is no kernel image ${kernel_image:-in $lab/kernel}"
	kernel_version=${kernel_modules##*/}
}

# lab_peer: sets hypervisor to the distribution's Xen, unpacked and uncompressed.
lab_peer()
{
	hypervisor=$lab/peer/xen
	[ -s "$hypervisor" ] || lab_locked lab_peer_unpack
}

lab_peer_unpack()
{
	local package image

	package=$(lab_fetch 'xen-hypervisor-4.17-amd64_*.deb' xen-hypervisor-4.17-amd64)
	lab_unpack "$package" "$lab/peer"
	image=$(find "$lab/peer/boot" -name 'xen-*.gz' | head -n 1)
	[ -n "$image" ] || lab_die "$package holds no hypervisor image"
	gzip -dc "$image" >"$lab/peer/xen.new" && mv "$lab/peer/xen.new" "$lab/peer/xen"
}

# lab_busybox: the path of a busybox that is linked statically.
lab_busybox()
{
	local b

	for b in /bin/busybox /usr/bin/busybox /sbin/busybox /usr/sbin/busybox; do
		if [ -x "$b" ] && ! ldd "$b" >/dev/null 2>&1; then
			echo "$b"
			return 0
		fi
	done
	lab_die "no statically linked busybox here; install busybox-static (busybox with dnf)"
}

# lab_depmod ROOT VERSION
lab_depmod()
{
	if command -v depmod >/dev/null; then
		depmod -b "$1" "$2"
	elif [ -x /sbin/depmod ]; then
		/sbin/depmod -b "$1" "$2"
	else
		(cd "$1/lib/modules/$2" && "$(lab_busybox)" depmod -b "$1" "$2")
	fi
}

# lab_modules_needed DEPFILE: the module files of $lab_modules and of all they depend on.
lab_modules_needed()
{
	# shellcheck disable=SC2086 # the list is meant to be split
	printf '%s\n' $lab_modules | tr - _ | awk '
		NR == FNR { wanted[$1] = 1; next }
		{
			name = $1
			sub(/:$/, "", name)
			base = name
			sub(/.*\//, "", base)
			sub(/\.ko.*$/, "", base)
			gsub(/-/, "_", base)
			if (!(base in wanted))
				next
			sub(/:/, "", $1)
			for (i = 1; i <= NF; i++)
				if (!seen[$i]++)
					print $i
		}' - "$1"
}

# lab_copy_modules ROOT: the wanted modules, uncompressed, with a modules.dep of their own.
lab_copy_modules()
{
	local to=$1/lib/modules/$kernel_version file full=$lab/modules-$kernel_version

	[ -n "$kernel_modules" ] || return 0
	rm -rf "$full"
	mkdir -p "$full/lib/modules" "$to"
	cp -r "$kernel_modules" "$full/lib/modules/"
	lab_depmod "$full" "$kernel_version" || lab_die "depmod failed for $kernel_version"
	lab_modules_needed "$full/lib/modules/$kernel_version/modules.dep" |
	while read -r file; do
		mkdir -p "$to/${file%/*}"
		case $file in
		*.xz) xz -dc "$kernel_modules/$file" >"$to/${file%.xz}" ;;
		*.zst) zstd -qdc "$kernel_modules/$file" >"$to/${file%.zst}" ;;
		*) cp "$kernel_modules/$file" "$to/$file" ;;
		esac
	done
	for file in modules.builtin modules.builtin.modinfo modules.order; do
		[ ! -e "$kernel_modules/$file" ] || cp "$kernel_modules/$file" "$to/"
	done
	lab_depmod "$1" "$kernel_version" || lab_die "depmod failed for the root file system"
	rm -rf "$full"
}

# lab_copy_libraries ROOT FILE...: the shared libraries each program asks for, at their own paths.
lab_copy_libraries()
{
	local root=$1 lib

	shift
	for lib in $(ldd "$@" 2>/dev/null | sed -n 's/^[^/]*\(\/[^ :]*\) (0x.*/\1/p' | sort -u); do
		[ -e "$root$lib" ] && continue
		mkdir -p "$root${lib%/*}"
		cp -L "$lib" "$root$lib" || lab_die "cannot copy the library $lib"
	done
}

# lab_pack FOLDER ARCHIVE: a cpio archive the kernel accepts, everything owned by root.
lab_pack()
{
	(cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) >"$2.new" &&
		mv "$2.new" "$2" || lab_die "cannot pack $2"
}

# lab_busybox_tree ROOT: busybox under all its names, and the folders a system expects.
lab_busybox_tree()
{
	local b name dir

	b=$(lab_busybox)
	for dir in bin sbin usr/bin usr/sbin usr/local lib lib64 usr/lib etc/init.d proc sys dev \
		   run tmp root var/log var/lib var/lock mnt rig; do
		mkdir -p "$1/$dir"
	done
	chmod 1777 "$1/tmp"
	cp "$b" "$1/bin/busybox"
	for name in $("$b" --list); do
		[ "$name" = busybox ] || ln -sf busybox "$1/bin/$name"
	done
	for name in init poweroff reboot halt modprobe ip losetup; do
		ln -sf ../bin/busybox "$1/sbin/$name"
	done
	ln -sf ../run "$1/var/run"
	ln -sf /proc/mounts "$1/etc/mtab"
	echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
	echo 'root:x:0:' >"$1/etc/group"
	echo '127.0.0.1 localhost' >"$1/etc/hosts"
}

# lab_stamp FILE...: a line that changes when one of the files does.
lab_stamp()
{
	cat "$@" | cksum
}

# lab_root NAME INIT: sets root_archive to a root file system whose /init is the script INIT.
lab_root()
{
	local dir=$lab/root-$1-$kernel_version stamp

	stamp="$(lab_stamp "$2" "$lab_here/lab.sh" "$(lab_busybox)") $kernel_image"
	stamp="$stamp $(stat -c '%s %Y' "$kernel_image") $kernel_modules"
	root_archive=$dir.cpio
	[ "$(cat "$dir.stamp" 2>/dev/null)" = "$stamp" ] && [ -s "$root_archive" ] && return 0
	lab_locked lab_root_make "$dir" "$2" "$stamp"
}

lab_root_make()
{
	[ "$(cat "$1.stamp" 2>/dev/null)" = "$3" ] && [ -s "$1.cpio" ] && return 0
	lab_say "making the root file system ${1##*/}"
	rm -rf "$1" "$1.stamp"
	lab_busybox_tree "$1"
	lab_copy_modules "$1"
	install -m 755 "$2" "$1/init"
	lab_pack "$1" "$1.cpio"
	echo "$3" >"$1.stamp"
}

# lab_word FILE OFFSET BYTES: a little-endian number in a file.
lab_word()
{
	od -An -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# lab_kernel_elf: sets kernel_elf to the same kernel without its wrapping (an ELF file).  For
# machines so slow that unpacking it inside takes a minute.  The place of the payload is in the
# image's header (boot protocol 2.08).
lab_kernel_elf()
{
	if lab_is_elf "$kernel_image"; then
		kernel_elf=$kernel_image
		return 0
	fi
	kernel_elf=$lab/vmlinux-$kernel_version
	[ -s "$kernel_elf" ] && [ "$kernel_elf" -nt "$kernel_image" ] || lab_locked lab_kernel_elf_make
}

lab_is_elf()
{
	[ "$(head -c 4 "$1" | tail -c 3)" = ELF ]
}

lab_kernel_elf_make()
{
	local start length

	start=$((($(lab_word "$kernel_image" 497 1) + 1) * 512 + $(lab_word "$kernel_image" 584 4)))
	length=$(lab_word "$kernel_image" 588 4)
	# The last four bytes of the payload are its size, not part of the packed data.
	tail -c +"$((start + 1))" "$kernel_image" | head -c "$((length - 4))" |
		lab_unpack_stream >"$kernel_elf.new"
	lab_is_elf "$kernel_elf.new" || lab_die "cannot take the kernel out of $kernel_image"
	mv "$kernel_elf.new" "$kernel_elf"
}

# Standard input, packed by any of the usual programs, to standard output.
lab_unpack_stream()
{
	local magic file

	file=$(mktemp "$lab/stream.XXXXXX") && cat >"$file"
	magic=$(od -An -t x1 -N 4 "$file" | tr -d ' ')
	case $magic in
	fd377a58) xz -dc <"$file" ;;
	28b52ffd) zstd -qdc <"$file" ;;
	1f8b*) gzip -dc <"$file" ;;
	425a68*) bzip2 -dc <"$file" ;;
	*) lab_die "a packing that starts with $magic is not known here" ;;
	esac
	rm -f "$file"
}
