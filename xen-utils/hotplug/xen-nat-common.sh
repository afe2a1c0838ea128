# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# xen-nat-common.sh - address translation for guests: the table that network-nat and vif-nat share.
#
# Sourced after xen-script-common.sh. The table "xen_nat" holds the set of the guests' addresses and
# one rule; each change is one transaction of nft.

nat_table='ip xen_nat'

# nat_begin DEVICE: the table, set up anew; the set keeps its addresses. DEVICE may be empty.
nat_begin()
{
	need nft nftables
	_said=$(nft -f - 2>&1 <<END
add table $nat_table
add set $nat_table guests { type ipv4_addr; }
add chain $nat_table postrouting { type nat hook postrouting priority 100; policy accept; }
flush chain $nat_table postrouting
add rule $nat_table postrouting ip saddr @guests ip daddr != @guests ${1:+oifname "$1"} masquerade
END
	) || die "The rules of address translation were not taken: $(printf '%s' "$_said" | head -n 1)."
}

nat_is_on()
{
	# shellcheck disable=SC2086 # family and name
	nft list chain $nat_table postrouting 2>/dev/null | grep -q masquerade
}

nat_add()
{
	need nft nftables
	nat_is_on || nat_begin ""
	must "The address $1 cannot be translated" nft "add element $nat_table guests { $1 }"
}

nat_remove()
{
	nft "delete element $nat_table guests { $1 }" >/dev/null 2>&1
}

nat_end()
{
	nft "delete table $nat_table" >/dev/null 2>&1
}
