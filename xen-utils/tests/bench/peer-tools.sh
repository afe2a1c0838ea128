# SPDX-License-Identifier: GPL-2.0-or-later
#
# peer-tools.sh - the distribution's own toolstack, unpacked for a domain 0, never installed.
#
# Sourced after the rig's lab.sh and requirements.sh, which has the packages' names. Relies on
# apt-get and dpkg-deb: only Debian and its kin have these packages.
# peer_tools_stage is the entry; what it fetches stays in the lab.

peer_tools_unpack()
{
	local name package list=()

	for name in $(requirements_peer); do
		package=$(lab_fetch "${name}_*.deb" "$name") || exit 126
		list+=("$package")
	done
	[ "$(cat "$1/.from" 2>/dev/null)" = "${list[*]##*/}" ] && return 0
	rm -rf "$1"
	mkdir -p "$1"
	for package in "${list[@]}"; do
		dpkg-deb -x "$package" "$1" || lab_die "cannot unpack $package; delete it"
	done
	echo "${list[*]##*/}" >"$1/.from"
}

# Libraries of the unpacked folder first, then this machine's.
peer_tools_libraries()
{
	local from=$1 to=$2 lib

	shift 2
	for lib in $(LD_LIBRARY_PATH=$from/usr/lib/x86_64-linux-gnu ldd "$@" |
		sed -n 's/^[^/]*\(\/[^ :]*\) (0x.*/\1/p' | sort -u); do
		case $lib in
		*/ld-linux*) mkdir -p "$to/lib64" && cp -L "$lib" "$to/lib64/" ;;
		*) mkdir -p "$to/usr/lib/x86_64-linux-gnu" &&
			cp -L "$lib" "$to/usr/lib/x86_64-linux-gnu/" ;;
		esac || lab_die "cannot copy $lib"
	done
}

# peer_tools_stage DIR: the tree for a domain 0.
peer_tools_stage()
{
	local from=$lab/peer-tools to=$1 bin=usr/lib/xen-4.17/bin name programs=()

	command -v dpkg-deb >/dev/null || lab_die "the peer's tools come as deb packages; \
without dpkg-deb leave it out: --systems \"native ours\""
	lab_locked peer_tools_unpack "$from" || exit 126
	mkdir -p "$to/$bin" "$to/etc/xen"
	for name in xl xenstored xen-init-dom0 xenconsoled xenconsole; do
		cp "$from/$bin/$name" "$to/$bin/" || lab_die "the peer's packages have no $name"
		programs+=("$to/$bin/$name")
	done
	peer_tools_libraries "$from" "$to" "${programs[@]}"
	# libc opens it only when a thread is cancelled, which xl does.
	cp -L "$("${CC:-cc}" -print-file-name=libgcc_s.so.1)" "$to/usr/lib/x86_64-linux-gnu/" ||
		lab_die "this machine has no libgcc_s.so.1"
	echo 'autoballoon="off"' >"$to/etc/xen/xl.conf"
}
