# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# xen-script-common.sh - what the scripts that xend runs for networks and their devices share.
#
# Sourced first by the scripts beside it, and free for an administrator's own. A script is called as
#
#	SCRIPT ACTION [NAME=VALUE]...
#
# where a value not given is taken from the environment, and then from the node of that name below
# $XENBUS_PATH in xenstore (the device's back end). A script that fails ends with status 1 and its
# reason, one sentence, as the last line on standard error; for a device it also writes the nodes
# hotplug-status and hotplug-error. Every action may be repeated, and "offline" succeeds for a device
# that is gone: whoever drives the script may have been killed half-way.
#
# Relies on a POSIX shell (busybox's serves), iproute2, and nftables where addresses are to be
# checked or translated. POSIX has no local variables: names that begin with "_" are a function's.

LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
script=${0##*/}
XEN_RUN_DIR=${XEN_RUN_DIR:-/run/xen}

# A script sets this to what takes back the half that is done when it fails in the middle.
undo=:

say()
{
	printf '%s: %s\n' "$script" "$*"
}

# die SENTENCE: the end; the sentence is what the user sees.
die()
{
	_undo=$undo
	undo=:
	$_undo
	if [ -n "${XENBUS_PATH-}" ]; then
		xenstore write "$XENBUS_PATH/hotplug-error" "$*" \
			"$XENBUS_PATH/hotplug-status" error >/dev/null 2>&1
	fi
	printf '%s\n' "$*" >&2
	exit 1
}

# The device is ready: its driver may connect to the guest.
connected()
{
	[ -n "${XENBUS_PATH-}" ] || return 0
	xenstore write "$XENBUS_PATH/hotplug-status" connected ||
		die "Xenstore did not take that $vif is connected."
}

# need PROGRAM PACKAGE
need()
{
	command -v "$1" >/dev/null 2>&1 || die "There is no program '$1'; install the package $2."
}

# A shell that is busybox may prefer its own small ip, which knows no bridges.
ip_find()
{
	_ifs=$IFS
	IFS=:
	for _dir in $PATH; do
		[ -x "$_dir/ip" ] || continue
		case $(readlink -f "$_dir/ip") in *busybox*) continue ;; esac
		ip_program=$_dir/ip
		break
	done
	IFS=$_ifs
	[ -n "${ip_program-}" ] || die "There is no program 'ip'; install the package iproute2."
}

ip()
{
	[ -n "${ip_program-}" ] || ip_find
	"$ip_program" "$@"
}

# must WHAT COMMAND...: it succeeds, or the script ends with WHAT and the command's last words.
must()
{
	_what=$1
	shift
	_said=$("$@" 2>&1) || {
		_said=$(printf '%s\n' "$_said" | sed '/^$/d' | tail -n 1)
		die "$_what: ${_said:-'$1' failed}."
	}
}

is_name()
{
	case $1 in
	'' | *[!a-z_]* | [!a-z]*) return 1 ;;
	esac
}

# arguments ACTION [NAME=VALUE]...: sets action and the variables of those names.
arguments()
{
	action=${1-}
	[ $# -eq 0 ] || shift
	for _word; do
		_name=${_word%%=*}
		case $_word in
		*=*) is_name "$_name" || die "'$_word' is no NAME=VALUE." ;;
		*) die "'$_word' is no NAME=VALUE." ;;
		esac
		case $_name in
		action | script | undo | path | vif_name) die "'$_name' is no argument of $script." ;;
		esac
		eval "$_name=\${_word#*=}"
	done
	# The words of Xen 2.0.
	case $action in
	up | add) action=online ;;
	down | remove) action=offline ;;
	esac
}

# from_store NAME...: variables that are not set take the value of the back end's node, or are empty.
from_store()
{
	for _name; do
		eval "[ -z \"\${$_name+set}\" ]" || continue
		_value=
		[ -z "${XENBUS_PATH-}" ] ||
			_value=$(xenstore read "$XENBUS_PATH/$_name" 2>/dev/null) || _value=
		eval "$_name=\$_value"
	done
}

truth()
{
	case ${1-} in
	yes | on | true | 1) return 0 ;;
	'' | no | off | false | 0) return 1 ;;
	esac
	die "'$1' is neither yes nor no."
}

# ------------------------------------------------------------------------------ addresses

is_number()	# TEXT MAXIMUM
{
	case $1 in
	'' | *[!0-9]* | ????* | 0?*) return 1 ;;
	esac
	[ "$1" -le "$2" ]
}

# is_ipv4 ADDRESS[/LENGTH]
is_ipv4()
{
	case $1 in
	*/*) is_number "${1#*/}" 32 || return 1 ;;
	esac
	_rest=${1%%/*}.
	_parts=0
	while [ -n "$_rest" ]; do
		is_number "${_rest%%.*}" 255 || return 1
		_rest=${_rest#*.}
		_parts=$((_parts + 1))
	done
	[ "$_parts" = 4 ]
}

# is_ipv6 ADDRESS[/LENGTH]: its characters; the kernel has the last word.
is_ipv6()
{
	case $1 in
	*/*) is_number "${1#*/}" 128 || return 1 ;;
	esac
	case ${1%%/*} in
	*[!0-9a-fA-F:.]* | :) return 1 ;;
	*:*:*) return 0 ;;
	esac
	return 1
}

is_mac()
{
	case $1 in
	[0-9a-fA-F][0-9a-fA-F]:[0-9a-fA-F][0-9a-fA-F]:[0-9a-fA-F][0-9a-fA-F]:[0-9a-fA-F][0-9a-fA-F]:[0-9a-fA-F][0-9a-fA-F]:[0-9a-fA-F][0-9a-fA-F])
		return 0 ;;
	esac
	return 1
}

# What Linux takes as the name of an interface and a firewall's rule can hold.
is_interface_name()
{
	case $1 in
	'' | . | .. | *[!A-Za-z0-9_.-]* | ????????????????*) return 1 ;;
	esac
}

# split_addresses LIST: sets ipv4 and ipv6 to its addresses, each with a blank before it. Commas and
# blanks part them.
split_addresses()
{
	ipv4='' ipv6=''
	_list=$(printf '%s' "$1" | tr ',' ' ')
	set -f
	for _address in $_list; do
		if is_ipv4 "$_address"; then
			ipv4="$ipv4 $_address"
		elif is_ipv6 "$_address"; then
			ipv6="$ipv6 $_address"
		else
			set +f
			die "'$_address' in ip= is not an IP address."
		fi
	done
	set +f
}

# ---------------------------------------------------------------------------- interfaces

link_exists()
{
	ip link show dev "$1" >/dev/null 2>&1
}

is_bridge()
{
	[ -n "$(ip -o link show dev "$1" type bridge 2>/dev/null)" ]
}

# bridges: the names of all bridges, one a line.
bridges()
{
	ip -o link show type bridge 2>/dev/null | sed 's/^[0-9]*: \([^:@]*\)[:@].*/\1/'
}

# link_field NAME WORD: the word that follows WORD in what the kernel says of the interface.
link_field()
{
	ip -o link show dev "$1" 2>/dev/null |
		awk -v word="$2" '{ for (i = 1; i < NF; i++) if ($i == word) { print $(i + 1); exit } }'
}

# master_of NAME: its bridge, or nothing.
master_of()
{
	link_field "$1" master
}

# The interface that the default route leaves by, and dom0's address there.
default_device()
{
	ip -4 route show default 2>/dev/null |
		awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }'
}

address_of()
{
	ip -4 -o address show dev "$1" scope global 2>/dev/null |
		awk '{ sub(/\/.*/, "", $4); print $4; exit }'
}

# words LINES...: "a", "a and b", "a, b and c".
words()
{
	printf '%s\n' "$@" | awk 'NF { w[++n] = $0 } END {
		for (i = 1; i <= n; i++)
			printf "%s%s", w[i], i == n ? "" : i == n - 1 ? " and " : ", "
	}'
}

# choose_bridge: checks $bridge, or sets it to the only bridge there is.
choose_bridge()
{
	[ -z "$bridge" ] || ! is_bridge "$bridge" || return 0
	_all=$(bridges)
	if [ -n "$bridge" ]; then
		[ -n "$_all" ] || die "There is no bridge $bridge; make it with 'xm network-setup'."
		# shellcheck disable=SC2086 # one word a bridge
		die "There is no bridge $bridge; this host has $(words $_all): name one with bridge=."
	fi
	# shellcheck disable=SC2086 # one word a bridge
	set -- $_all
	case $# in
	0) die "This host has no bridge; make one with 'xm network-setup'." ;;
	1) bridge=$1 ;;
	*) die "This host has the bridges $(words "$@"): name one with bridge=." ;;
	esac
}

# kernel_set PATH VALUE: below /proc/sys.
kernel_set()
{
	[ -e "/proc/sys/$1" ] || return 0
	[ "$(cat "/proc/sys/$1")" = "$2" ] || echo "$2" >"/proc/sys/$1" ||
		die "The kernel does not take the value $2 of $1."
}

# ------------------------------------------------------------------------------ a vif

# vif_begin "$@": the arguments of a vif script; sets vif, the interface's present name.
vif_begin()
{
	arguments "$@"
	case $action in
	online | offline) ;;
	*) die "Usage: $script online|offline [vif=NAME] [mac=] [bridge=] [ip=] [vifname=] [antispoof=]." ;;
	esac
	ip_find
	from_store vif mac ip vifname mtu antispoof
	is_interface_name "$vif" || die "'$vif' is not the name of an interface; give vif=."
	[ -z "$vifname" ] || is_interface_name "$vifname" ||
		die "'$vifname' cannot be the name of an interface; choose up to 15 letters, digits, '_', '.' and '-'."
	[ -z "$mac" ] || is_mac "$mac" || die "'$mac' is not a MAC address."
	split_addresses "$ip"
}

# vif_ready: the interface exists, and has the name the user chose and the address of every vif in
# dom0: the highest there is, so that a bridge never takes it for its own.
vif_ready()
{
	if [ -n "$vifname" ] && ! link_exists "$vif"; then
		vif=$vifname
	fi
	link_exists "$vif" || die "There is no interface $vif; does domain 0 have the module xen-netback?"
	undo=vif_undo
	if [ -n "$vifname" ] && [ "$vif" != "$vifname" ]; then
		! link_exists "$vifname" || die "There is an interface $vifname already; choose another vifname=."
		must "$vif cannot be named $vifname" ip link set dev "$vif" down name "$vifname"
		vif=$vifname
	fi
	must "$vif cannot take its address" ip link set dev "$vif" down address fe:ff:ff:ff:ff:ff
	[ -z "$mtu" ] || must "$vif cannot have the MTU $mtu" ip link set dev "$vif" mtu "$mtu"
}

# Whatever a script did to the interface is taken back; it may have gone by itself.
vif_release()
{
	[ -z "$vifname" ] || link_exists "$vif" || vif=$vifname
	if link_exists "$vif"; then
		ip link set dev "$vif" down nomaster >/dev/null 2>&1
		ip address flush dev "$vif" scope global >/dev/null 2>&1
	fi
	antispoof_off
}

vif_undo()
{
	vif_release
}

# ---------------------------------------------------------------------- checked addresses
#
# One table a family ("bridge" before a bridge learns from a frame, "inet" before routing), with a
# map from the interface's name to a chain of its own. Each change is one transaction of nft, so
# scripts that run side by side need no lock.

antispoof_table=xen_antispoof

# The name of an interface as the name of a chain: no two interfaces share one.
antispoof_chain()
{
	printf 'vif_'
	printf '%s' "$1" | sed 's/_/_u/g; s/[.]/_d/g; s/-/_m/g'
}

# elements LIST: "{ a, b }".
elements()
{
	# shellcheck disable=SC2086 # one word an element
	printf '{ %s }' "$(printf '%s, ' $1 | sed 's/, $//')"
}

# The rules common to both families; what is not accepted here is dropped.
antispoof_addresses()
{
	[ -z "$ipv4" ] || echo "add rule $1 $antispoof_table $2 ip saddr $(elements "$ipv4") accept"
	# A guest that asks for its address has none yet.
	echo "add rule $1 $antispoof_table $2 ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept"
	if [ -n "$ipv6" ]; then
		echo "add rule $1 $antispoof_table $2 ip6 saddr $(elements "$ipv6 $(link_local "$mac")") accept"
		echo "add rule $1 $antispoof_table $2 ip6 saddr :: icmpv6 type { nd-neighbor-solicit, nd-router-solicit, mld2-listener-report } accept"
	fi
}

# link_local MAC: the address that a host with this MAC takes by itself.
link_local()
{
	printf '%s' "$1" | tr 'A-F' 'a-f' | awk -F: '{
		first = index("0123456789abcdef", substr($1, 2, 1)) - 1
		first = int(first / 4) * 4 + (first % 4 >= 2 ? first % 4 - 2 : first % 4 + 2)
		printf "fe80::%s%s%s:%sff:fe%s:%s%s", substr($1, 1, 1),
			substr("0123456789abcdef", first + 1, 1), $2, $3, $4, $5, $6
	}'
}

antispoof_rules()	# FAMILY CHAIN
{
	echo "add table $1 $antispoof_table"
	echo "add map $1 $antispoof_table vifs { type ifname : verdict; }"
	echo "add chain $1 $antispoof_table prerouting { type filter hook prerouting priority -300; policy accept; }"
	echo "flush chain $1 $antispoof_table prerouting"
	echo "add rule $1 $antispoof_table prerouting iifname vmap @vifs"
	echo "add chain $1 $antispoof_table $2"
	echo "flush chain $1 $antispoof_table $2"
	if [ "$1" = bridge ]; then
		echo "add rule bridge $antispoof_table $2 ether saddr != $mac drop"
		[ -z "$ipv4" ] ||
			echo "add rule bridge $antispoof_table $2 arp saddr ether $mac arp saddr ip $(elements "$ipv4 0.0.0.0") accept"
	fi
	antispoof_addresses "$1" "$2"
	echo "add rule $1 $antispoof_table $2 counter drop"
	echo "add element $1 $antispoof_table vifs { \"$vif\" : goto $2 }"
}

# antispoof_on FAMILY: the guest behind $vif can send from $mac and $ip only, when that is asked for.
antispoof_on()
{
	truth "$antispoof" || return 0
	[ -n "$ipv4$ipv6" ] || return 0
	[ -n "$mac" ] || die "The addresses of $vif cannot be checked without its mac=."
	need nft nftables
	# Before the rules: whoever finds no note has nothing to undo.
	mkdir -p "$XEN_RUN_DIR/antispoof" && : >"$XEN_RUN_DIR/antispoof/$vif" ||
		die "The file $XEN_RUN_DIR/antispoof/$vif cannot be written."
	_said=$(antispoof_rules "$1" "$(antispoof_chain "$vif")" | nft -f - 2>&1) ||
		die "The rules that check the addresses of $vif were not taken: $(printf '%s' "$_said" | head -n 1)."
}

antispoof_off()
{
	[ -e "$XEN_RUN_DIR/antispoof/$vif" ] || return 0
	_chain=$(antispoof_chain "$vif")
	for _family in bridge inet; do
		nft delete element $_family $antispoof_table vifs "{ \"$vif\" }" >/dev/null 2>&1
		nft "flush chain $_family $antispoof_table $_chain; delete chain $_family $antispoof_table $_chain" \
			>/dev/null 2>&1
	done
	rm -f "$XEN_RUN_DIR/antispoof/$vif"
}
