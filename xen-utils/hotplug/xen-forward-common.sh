# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# xen-forward-common.sh - settings of the kernel that network-route and network-nat switch on.
#
# Sourced after xen-script-common.sh by a script that defines settings(), which prints paths below
# /proc/sys. Owns $XEN_RUN_DIR/network/NAME: what each was before the first start, one a line.

# forward_start NAME
forward_start()
{
	_file=$XEN_RUN_DIR/network/$1
	if [ ! -e "$_file" ]; then
		mkdir -p "${_file%/*}" || die "The folder ${_file%/*} cannot be made."
		for _path in $(settings); do
			[ ! -e "/proc/sys/$_path" ] || echo "$_path $(cat "/proc/sys/$_path")"
		done >"$_file.new" && mv "$_file.new" "$_file" || die "The file $_file cannot be written."
	fi
	for _path in $(settings); do
		kernel_set "$_path" 1
	done
}

forward_stop()
{
	_file=$XEN_RUN_DIR/network/$1
	[ -e "$_file" ] || return 0
	while read -r _path _value; do
		kernel_set "$_path" "$_value"
	done <"$_file"
	rm -f "$_file"
}

forward_status()
{
	[ -e "$XEN_RUN_DIR/network/$1" ] || die "$script is not started."
	for _path in $(settings); do
		[ ! -e "/proc/sys/$_path" ] || echo "$_path = $(cat "/proc/sys/$_path")"
	done
}
