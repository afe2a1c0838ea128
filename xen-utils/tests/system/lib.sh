# SPDX-License-Identifier: GPL-2.0-or-later
#
# lib.sh - inside domain 0: what the system tests share.
#
# Sourced before each test, after guest-talk.sh.  A test ends with status 0, or by fail with a
# sentence.  Tests leave the machine as they found it, but for the guest "steady", which the first
# one that needs it starts and the others use.

. /rig/guest-talk.sh

fail()
{
	echo "FAILED: $*"
	echo "domains now:"
	xm list 2>&1
	echo "the end of xend's log:"
	tail -n 8 /var/log/xend.log 2>/dev/null
	for said in $TALK/*.pid; do
		[ -e "$said" ] || continue
		said=${said##*/}
		echo "the end of the console of ${said%.pid}:"
		talk_text "${said%.pid}" | tail -n 8
		cat "$TALK/${said%.pid}.err"
	done
	exit 1
}

# must COMMAND...: it succeeds.
must()
{
	"$@" || fail "'$*' ended with status $?"
}

# must_within SECONDS WHAT COMMAND...: it succeeds before the time is over.
must_within()
{
	limit=$1
	what=$2
	shift 2
	wait_for "$limit" "$@" || fail "$what: not within $limit s"
}

daemons_up()
{
	xm list >/dev/null 2>&1 || /etc/init.d/xend start || fail "the daemons do not start"
	must_within 90 "xend answers" xm list
}

# One member of the facts about the host, a number.
host_fact()
{
	xm info --json | tr ',{}' '\n\n\n' | sed -n "s/^ *\"$1\": *\([0-9]*\).*/\1/p" | head -n 1
}

free_kb()
{
	host_fact free_memory_kb
}

free_is()
{
	[ "$(free_kb)" = "$1" ]
}

# What a test took is given back; a domain's last pages may go a moment later. The hypervisor keeps
# for the next time one frame of each of its seven sizes of small objects once they were needed (the
# table of domain 0's event channels stays as long as it ever was, too), so 28 kB may be missing in
# the end, over all tests of a machine together; a leak adds up to more.
same_free()
{
	[ -n "$1" ] || fail "xm info --json tells no free_memory_kb"
	! wait_for 10 free_is "$1" || return 0
	missing=$(($1 - $(free_kb)))
	missing_all=$((missing + $(cat /run/free.missing 2>/dev/null || echo 0)))
	echo $missing_all >/run/free.missing
	echo "free memory: $missing kB are missing, $missing_all over all tests so far"
	[ $missing -ge 0 ] || fail "free memory was $1 kB before and is $(free_kb) kB after"
	[ $missing_all -le 28 ] || fail "free memory was $1 kB before and is $(free_kb) kB after"
}

exists()
{
	xm list "$1" >/dev/null 2>&1
}

gone()
{
	! exists "$1"
}

# One column of xm list: 2 id, 3 memory, 4 CPUs, 5 state.
column()
{
	xm list "$1" | awk -v n="$1" -v c="$2" '$1 == n { print $c }'
}

column_is()
{
	[ "$(column "$1" "$2")" = "$3" ]
}

state_has()
{
	case $(column "$1" 5) in *"$2"*) return 0 ;; esac
	return 1
}

# domain_file NAME [LINE...]: /etc/xen/NAME, the demo's guest with changes.
domain_file()
{
	name=$1
	shift
	sed "s/\"demo\"/\"$name\"/;s/hostname=demo/hostname=$name/" /etc/xen/demo >"/etc/xen/$name"
	for line in "$@"; do
		echo "$line" >>"/etc/xen/$name"
	done
}

# guest_up NAME [LINE...]: the guest runs, and the console is attached and answers.
guest_up()
{
	daemons_up
	if ! exists "$1"; then
		talk_close "$1"
		domain_file "$@"
		must xm create "$1"
	fi
	if [ ! -e "$TALK/$1.pid" ] || ! kill -0 "$(cat "$TALK/$1.pid")" 2>/dev/null; then
		talk_open "$1"
	fi
	answers "$1" 240 || fail "guest $1 does not answer on its console within 240 s"
}

# answers NAME SECONDS: its shell does what is typed.
answers()
{
	end=$(($(date +%s) + $2))
	until [ "$(talk_ask "$1" 20 'expr 6 "*" 7')" = 42 ]; do
		[ "$(date +%s)" -lt $end ] || return 1
	done
}

# guest_end NAME: without leaving anything.
guest_end()
{
	talk_close "$1"
	! exists "$1" || must xm destroy "$1"
	must_within 60 "domain $1 is gone" gone "$1"
	rm -f "/etc/xen/$1"
}

# refused PATTERN COMMAND...: it fails, and says why in one sentence that has the pattern.
refused()
{
	pattern=$1
	shift
	"$@" >/run/refused.out 2>/run/refused.err && fail "'$*' succeeded"
	cat /run/refused.err
	[ "$(grep -c . /run/refused.err)" = 1 ] || fail "'$*' says more or less than one line"
	grep -q '^xm: [A-Z/].*[^ ]$' /run/refused.err || fail "the error is not a sentence of xm's"
	grep -Eqi -- "$pattern" /run/refused.err || fail "the error does not speak of $pattern"
}

# bad_create PATTERN NAME: xm create is refused and leaves nothing.
bad_create()
{
	before=$(free_kb)
	domains=$(xm list | wc -l)
	refused "$1" xm create "$2"
	gone "$2" || fail "a half-made domain $2 is left"
	[ "$(xm list | wc -l)" = "$domains" ] || fail "another number of domains than before"
	same_free "$before"
	rm -f "/etc/xen/$2"
}

# disk_file PATH MB: a sparse file of zeros.
disk_file()
{
	mkdir -p "${1%/*}"
	truncate -s "${2}M" "$1" || fail "there is no room for $1"
}

# What disks leave in domain 0 when they are not cleared away.
# A domain that runs keeps its empty folder.
disk_traces()
{
	losetup -a
	xenstore-ls /local/domain/0/backend |
		grep -vE "^ *($(xm list | awk 'NR > 1 { printf "%s%s", sep, $2; sep = "|" }')) = \"\"$"
	find /run/xen -name 'script-*'
}

# disks_same: after disk_traces >/run/disks.before
disks_same()
{
	disk_traces >/run/disks.after
	cmp -s /run/disks.before /run/disks.after
}

disks_must_be_same()
{
	wait_for 20 disks_same || {
		diff /run/disks.before /run/disks.after
		fail "there are remains of disks"
	}
}

# The shell's own ip knows too little.
IP=/usr/sbin/ip

# lan_up: a bridge xenbr0 in domain 0 with 10.7.0.1, once.
lan_up()
{
	$IP link show dev xenbr0 >/dev/null 2>&1 && return 0
	# The kernel asks for them by aliases that busybox's modprobe does not know.
	for module in nf_tables nft_chain_nat nft_masq nft_ct; do
		modprobe -q $module
	done
	must $IP link add name xenbr0 type bridge
	must $IP link set dev xenbr0 up
	must $IP address add 10.7.0.1/24 dev xenbr0
}

# Names of domain 0's interfaces, its routes, rules and nodes for guests. A bridge without ports has
# no link; a domain that runs keeps its empty folder.
net_traces()
{
	$IP -o link show | sed 's/^[0-9]*: //; s/[@:].*//' | sort
	$IP route | sed 's/ linkdown//; s/ *$//'
	nft list ruleset 2>/dev/null | grep 'vif[0-9]'
	xenstore-ls /local/domain/0/backend/vif 2>/dev/null | grep -v ' = ""$'
}

# After net_traces >/run/net.before
net_same()
{
	net_traces >/run/net.after
	cmp -s /run/net.before /run/net.after
}

net_must_be_same()
{
	wait_for 20 net_same || {
		diff /run/net.before /run/net.after
		fail "there are remains of network interfaces"
	}
}

# vif_is DOMAIN DEVID STATE
vif_is()
{
	xm network-list "$1" | grep -q "^$1  *$2 .* $3 "
}

# guest_address DOMAIN INTERFACE ADDRESS/LENGTH [GATEWAY]: in a guest.
guest_address()
{
	talk_ask "$1" 20 "ip addr flush dev $2; ip addr add $3 dev $2; ip link set $2 up; echo set" >/dev/null
	[ -z "${4-}" ] || talk_ask "$1" 20 "ip route replace default via $4 dev $2; echo set" >/dev/null
}

# guest_reaches DOMAIN ADDRESS [SOURCE]: an answer within a few tries.
guest_reaches()
{
	talk_ask "$1" 30 "ping -c 5 -W 2 ${3:+-I $3} $2 | grep -c ttl=" | grep -q '^[1-9]'
}

# guest_misses: no answer to three.
guest_misses()
{
	[ "$(talk_ask "$1" 30 "ping -c 3 -W 1 ${3:+-I $3} $2 | grep -c ttl=")" = 0 ]
}

# store_text FILE: every node of the store with its value.
store_text()
{
	must xenstore-ls / >"$1"
	[ "$(wc -l <"$1")" -ge 10 ] || fail "the store has only $(wc -l <"$1") nodes"
}

store_same()
{
	store_text /run/store.after
	cmp -s /run/store.before /run/store.after
}

# daemon_killed NAME: kill -9, then the init script brings it back; the store is as it was.
daemon_killed()
{
	store_text /run/store.before
	old=$(pidof "$1") || fail "$1 does not run"
	must kill -9 $old
	must_within 30 "$1 is dead" daemon_dead "$old"
	must /etc/init.d/xend start
	must_within 90 "$1 runs again" pidof "$1"
	must_within 90 "xend answers" xm list
	wait_for 20 store_same || {
		diff /run/store.before /run/store.after
		fail "the store differs from what it was"
	}
}

daemon_dead()
{
	! kill -0 $1 2>/dev/null
}
