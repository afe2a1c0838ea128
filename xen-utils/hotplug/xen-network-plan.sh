# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# xen-network-plan.sh - what xen-network-setup writes: for each of the three programs that manage a
# host's network, the files that put an interface on a bridge which takes over its addresses, routes
# and name servers, because it takes over its whole description.
#
# Sourced by xen-network-setup, which sets root (a folder in front of every path; empty on a real
# system), netdev, bridge, hwaddr (of netdev; may be empty) and new (a folder: a file that is to be
# written to PATH is made as $new/PATH). Everything here reads below $root and writes below $new;
# nothing is applied. A manager has six functions: MANAGER_has: does it manage netdev; MANAGER_plan: make the
# files; MANAGER_before and MANAGER_apply: the commands before and after the new files are put in
# place; MANAGER_leave and MANAGER_restore: before and after the old ones are put back. plan_fail ends
# with a sentence.

ether_note="# Written by xen-network-setup; 'xm network-setup --undo' takes it back."

# put PATH: standard input becomes the new file of that path.
put()
{
	mkdir -p "$new${1%/*}" && cat >"$new$1" || plan_fail "There is no room in $new."
}

# ----------------------------------------------------------------------------- ifupdown
#
# The stanzas "iface NETDEV" become those of the bridge; the first of them makes and unmakes it with
# iproute2, so the package bridge-utils is not needed.

# The files of ifupdown, those it includes too, one a line.
ifupdown_files()
{
	[ -e "$root/etc/network/interfaces" ] || return 0
	echo /etc/network/interfaces
	awk '$1 == "source" || $1 == "source-directory" { print $1, $2 }' \
		"$root/etc/network/interfaces" | while read -r _word _pattern; do
		case $_pattern in
		/*) ;;
		*) _pattern=/etc/network/$_pattern ;;
		esac
		[ "$_word" = source ] || _pattern="$_pattern/*"
		for _file in "$root"$_pattern; do
			[ ! -f "$_file" ] || echo "${_file#"$root"}"
		done
	done
}

# The file with the first stanza of netdev.
ifupdown_file()
{
	ifupdown_files | while read -r _file; do
		if awk -v dev="$netdev" '$1 == "iface" && $2 == dev && $4 != "manual" { found = 1 }
			END { exit !found }' "$root$_file"; then
			echo "$_file"
			break
		fi
	done
}

ifupdown_has()
{
	[ -n "$(ifupdown_file)" ]
}

# What a plan cannot turn into a bridge by itself.
ifupdown_complaint()
{
	awk -v dev="$netdev" '
		/^[ \t]*(#|$)/ { next }
		$1 == "mapping" && $2 == dev { print "a mapping"; exit }
		$1 == "iface" { mine = $2 == dev; next }
		$1 ~ /^(auto|allow-.*|mapping|source.*|no-.*)$/ { mine = 0; next }
		mine && $1 ~ /^(bond|vlan|bridge|wpa|wireless|inherits|slaves)/ { print "the option " $1; exit }
	' "$1"
}

ifupdown_rewrite()	# FIRST(1|0) FILE
{
	awk -v dev="$netdev" -v br="$bridge" -v first="$1" -v hw="$hwaddr" -v note="$ether_note" '
		function line_of_names(   i, out, had) {
			out = $1 ~ /^allow-/ ? "auto" : $1
			for (i = 2; i <= NF; i++) {
				if ($i == dev) {
					had = 1
					continue
				}
				rest = rest " " $i
			}
			if (!had)
				print
			else {
				print "auto " br
				if (rest != "")
					print $1 rest
			}
			rest = ""
		}
		$1 == "auto" || $1 ~ /^allow-(auto|hotplug|boot)$/ { mine = 0; line_of_names(); next }
		$1 == "iface" && $2 == dev && $4 == "manual" { mine = 0; print "# " $0; skip = 1; next }
		$1 == "iface" && $2 == dev {
			mine = 1
			skip = 0
			if (first) {
				print note
				print "iface " dev " inet manual"
				print ""
			}
			sub("iface[ \t]+[^ \t]+", "iface " br)
			print
			if (first) {
				print "\tpre-up ip link show dev " br " >/dev/null 2>&1 || ip link add name " br " type bridge forward_delay 0"
				if (hw != "")
					print "\tpre-up ip link set dev " br " address " hw
				print "\tpre-up ip link set dev " dev " master " br " up"
				print "\tpost-down ip link set dev " dev " nomaster || true"
				print "\tpost-down ip link del dev " br " || true"
			}
			first = 0
			next
		}
		$1 ~ /^(iface|mapping|source.*|no-.*)$/ { mine = 0; skip = 0 }
		skip && NF && $1 !~ /^#/ { print "# " $0; next }
		mine && $1 ~ /^(pre-|post-)?(up|down)$/ {
			line = $0 " "
			out = ""
			while (match(line, "[ \t=:]" dev "[ \t;]")) {
				out = out substr(line, 1, RSTART) br
				line = substr(line, RSTART + RLENGTH - 1)
			}
			line = out line
			sub(/ $/, "", line)
			print line
			next
		}
		{ print }
	' "$2"
}

ifupdown_plan()
{
	_main=$(ifupdown_file)
	ifupdown_files | while read -r _file; do
		_odd=$(ifupdown_complaint "$root$_file")
		[ -z "$_odd" ] || plan_fail "$netdev has $_odd in $_file, which needs a person: describe the bridge there by hand."
		grep -q -w -e "$netdev" "$root$_file" || continue
		_first=0
		[ "$_file" != "$_main" ] || _first=1
		ifupdown_rewrite $_first "$root$_file" | put "$_file"
	done || exit 1
}

ifupdown_apply()
{
	ifup --force "$bridge"
}

ifupdown_before()
{
	ifdown --force "$netdev" || :
	ip address flush dev "$netdev" scope global || :
}

ifupdown_restore()
{
	ifup --force "$netdev"
}

ifupdown_leave()
{
	ifdown --force "$bridge" || :
}

# --------------------------------------------------------------------- systemd-networkd
#
# Three files whose names sort before all others: the bridge, the interface as its port, and the
# interface's former description for the bridge.

networkd_dirs='/etc/systemd/network /run/systemd/network /usr/local/lib/systemd/network /usr/lib/systemd/network /lib/systemd/network'

# Does the [Match] section of file $1 fit netdev?
networkd_matches()
{
	awk -F= '
		/^\[/ { section = $0 }
		section == "[Match]" && ($1 == "Name" || $1 == "OriginalName") { sub(/^[^=]*=/, ""); print "name", $0 }
		section == "[Match]" && ($1 == "MACAddress" || $1 == "PermanentMACAddress") { print "mac", tolower($2) }
	' "$1" | (
		_fits=1
		while read -r _what _list; do
			_this=1
			for _item in $_list; do
				# shellcheck disable=SC2254 # it is a pattern
				case $_what in
				name) case $netdev in $_item) _this=0 ;; esac ;;
				mac) [ "$_item" != "$hwaddr" ] || _this=0 ;;
				esac
			done
			[ $_this = 0 ] || exit 1
			_fits=0
		done
		exit $_fits
	)
}

# The file that describes netdev: the first by name, wherever it lies.
networkd_file()
{
	for _dir in $networkd_dirs; do
		for _file in "$root$_dir"/*.network; do
			[ -f "$_file" ] && echo "${_file##*/} ${_file#"$root"}"
		done
	done | sort -s -k 1,1 | while read -r _base _file; do
		[ "$_base" != "${_last-}" ] || continue
		_last=$_base
		if networkd_matches "$root$_file"; then
			echo "$_file"
			break
		fi
	done
}

networkd_has()
{
	[ -n "$(networkd_file)" ]
}

# The number by which networkd's DHCP client is known to the server comes from the interface's name;
# the bridge goes on with the old one, so that it keeps the address.
networkd_iaid()
{
	[ -n "${ifindex-}" ] && [ -e "$root/run/systemd/netif/leases/$ifindex" ] || return 0
	_id=$(sed -n 's/^CLIENTID=ff\([0-9a-f]\{8\}\).*/\1/p' "$root/run/systemd/netif/leases/$ifindex")
	[ -z "$_id" ] || echo $((0x$_id))
}

networkd_plan()
{
	_file=$(networkd_file)
	case $_file in
	*-netplan-*) plan_fail "netplan describes $netdev; describe the bridge in /etc/netplan and run 'netplan try'." ;;
	esac
	_prefix=/etc/systemd/network/00-xen-$bridge
	_base=${_file##*/}
	[ "$(printf '%s\n00-xen\n' "$_base" | sort | head -n 1)" = 00-xen ] ||
		plan_fail "$_file comes before 00-xen-$bridge.network; give it a later name."
	put "$_prefix.netdev" <<END
$ether_note
[NetDev]
Name=$bridge
Kind=bridge
${hwaddr:+MACAddress=$hwaddr
}
[Bridge]
STP=no
ForwardDelaySec=0
END
	put "$_prefix-port.network" <<END
$ether_note
[Match]
Name=$netdev

[Network]
Bridge=$bridge
LinkLocalAddressing=no
IPv6AcceptRA=no
END
	awk -v br="$bridge" -v note="$ether_note" -v iaid="$(networkd_iaid)" '
		BEGIN { print note; print "[Match]\nName=" br "\n" }
		/^\[/ { section = $0 }
		section == "[Match]" || section == "[Link]" { next }
		{ print }
		/^\[DHCPv4\]/ && iaid != "" { print "IAID=" iaid; iaid = "" }
		END { if (iaid != "") print "\n[DHCPv4]\nIAID=" iaid }
	' "$root$_file" | put "$_prefix.network"
}

networkd_apply()
{
	networkctl reload && networkctl reconfigure "$netdev"
}

networkd_before()
{
	:
}

networkd_leave()
{
	:
}

networkd_restore()
{
	networkctl reload && networkctl reconfigure "$netdev"
}

# ----------------------------------------------------------------------- NetworkManager
#
# Two profiles, the bridge with the addresses of the old profile, and its port; the old profile stays
# but does not connect by itself any more.

nm_dirs='/etc/NetworkManager/system-connections /run/NetworkManager/system-connections /usr/lib/NetworkManager/system-connections'

# nm_value FILE SECTION KEY
nm_value()
{
	awk -F= -v want="[$2]" -v key="$3" '
		/^\[/ { section = $0 }
		section == want && $1 == key { sub(/^[^=]*=/, ""); print; exit }' "$1"
}

nm_file()
{
	_uuid=
	! command -v nmcli >/dev/null 2>&1 ||
		_uuid=$(nmcli -g GENERAL.CON-UUID device show "$netdev" 2>/dev/null) || _uuid=
	for _dir in $nm_dirs; do
		for _file in "$root$_dir"/*; do
			[ -f "$_file" ] || continue
			if [ "$(nm_value "$_file" connection interface-name)" = "$netdev" ] ||
			   { [ -n "$_uuid" ] && [ "$(nm_value "$_file" connection uuid)" = "$_uuid" ]; }; then
				echo "${_file#"$root"}"
				return 0
			fi
		done
	done
}

nm_has()
{
	[ -n "$(nm_file)" ]
}

# The same name gives the same number, so that a plan can be made twice.
nm_uuid()
{
	printf '%s' "xen-network-setup $1 $netdev" | sha256sum |
		sed 's/^\(.\{8\}\)\(.\{4\}\).\(.\{3\}\).\(.\{3\}\)\(.\{12\}\).*/\1-\2-5\3-a\4-\5/'
}

nm_plan()
{
	_file=$(nm_file)
	_dir=/etc/NetworkManager/system-connections
	_type=$(nm_value "$root$_file" connection type)
	case $_type in
	ethernet | 802-3-ethernet) ;;
	*) plan_fail "The profile of $netdev is of type ${_type:-unknown}; only ethernet can be put on a bridge." ;;
	esac
	_bridge_id=$(nm_uuid "$bridge")
	{
		cat <<END
$ether_note
[connection]
id=xen-$bridge
uuid=$_bridge_id
type=bridge
interface-name=$bridge
autoconnect-priority=100
END
		_zone=$(nm_value "$root$_file" connection zone)
		[ -z "$_zone" ] || echo "zone=$_zone"
		printf '\n[bridge]\nstp=false\nforward-delay=2\n'
		[ -z "$hwaddr" ] || echo "mac-address=$hwaddr"
		echo
		awk '/^\[/ { section = $0 } section ~ /^\[(ipv4|ipv6|proxy)\]$/' "$root$_file"
	} | put "$_dir/xen-$bridge.nmconnection"
	put "$_dir/xen-$bridge-port.nmconnection" <<END
$ether_note
[connection]
id=xen-$bridge-port
uuid=$(nm_uuid "$bridge-port")
type=ethernet
interface-name=$netdev
master=$_bridge_id
slave-type=bridge
autoconnect-priority=100
$(awk '/^\[/ { section = $0 } section == "[ethernet]" { if (!n++) print ""; print }' "$root$_file")
END
	case $_file in
	"$_dir"/*)
		awk '
			/^\[/ { section = $0 }
			section == "[connection]" && /^autoconnect=/ { next }
			{ print }
			/^\[connection\]/ { print "autoconnect=false" }' "$root$_file" | put "$_file" ;;
	esac
}

nm_apply()
{
	nmcli connection reload && nmcli connection up "xen-$bridge-port" && nmcli connection up "xen-$bridge"
}

nm_before()
{
	:
}

nm_leave()
{
	nmcli connection down "xen-$bridge" || :
}

nm_restore()
{
	nmcli connection reload
	nmcli device connect "$netdev"
}
