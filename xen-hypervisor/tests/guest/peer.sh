# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# peer.sh - the distribution's hypervisor, to run tests and measurements on beside ours.
#
# A part of ./run and of ../bench/run. Relies on their variables: lab, a folder that keeps downloads, and
# work, one that is theirs alone; on apt-get where nothing was downloaded yet, and on dpkg-deb.
peer_package="xen-hypervisor-4.17-amd64"

peer_package_file()
{
	find "$lab" -maxdepth 1 -name "$peer_package*.deb" -print -quit 2>/dev/null
}

# Unpacks the peer's image into $work/peer. On failure prints the reason.
peer_get()
{
	local deb image

	mkdir -p "$lab" || return 1
	deb=$(peer_package_file)
	if [ -z "$deb" ]; then
		command -v apt-get >/dev/null || { echo "apt-get is not here to fetch $peer_package"; return 1; }
		(cd "$lab" && apt-get download "$peer_package") >"$work/apt" 2>&1 ||
			{ echo "apt-get cannot download $peer_package: $(tail -n 1 "$work/apt")"; return 1; }
		deb=$(peer_package_file)
	fi
	dpkg-deb -x "$deb" "$work/deb" 2>"$work/apt" || { echo "$deb cannot be unpacked"; return 1; }
	image=$(find "$work/deb/boot" -name 'xen-*.gz' -print -quit)
	gunzip -c "$image" >"$work/peer" || { echo "$deb has no image"; return 1; }
}
