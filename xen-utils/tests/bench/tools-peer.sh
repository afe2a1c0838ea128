# SPDX-License-Identifier: GPL-2.0-or-later
#
# tools-peer.sh - inside domain 0: how the distribution's tools are used by `inside`.
#
# The same functions as in tools-ours.sh. The daemons are started by hand: the distribution's own
# start-up scripts want a whole system around them.

TOOL=xl
tools_started=
PATH=$PATH:/usr/lib/xen-4.17/bin

tools_up()
{
	local n=0

	[ -z "$tools_started" ] || return 0
	mkdir -p /run/xen /run/xenstored /run/lock /var/lib/xen /var/log/xen/console \
		/var/lib/xenstored
	xenstored --pid-file /run/xenstored.pid || fail "xenstored does not start"
	xen-init-dom0 || fail "xen-init-dom0 failed"
	xenconsoled --pid-file=/run/xenconsoled.pid || fail "xenconsoled does not start"
	until xl list >/dev/null 2>&1; do
		n=$((n + 1))
		[ $n -lt 100 ] || fail "xl list fails"
		sleep 1
	done
	tools_started=1
}

# The guest's terminal, which is the only one here: xl console takes no input from a pipe.
tools_console()
{
	until [ -c /dev/pts/0 ]; do sleep 1; done
	# What the guest says must not be echoed back to it.
	stty raw -echo </dev/pts/0
	cat /dev/pts/0 &
	exec cat >/dev/pts/0
}

# xl prints MB.
tools_free()
{
	xl info | awk '$1 == "free_memory" { print $3 * 1024; found = 1 } END { exit !found }'
}

tools_running()
{
	xl list | awk 'NR > 2 && $5 !~ /[csd]/' | wc -l
}

tools_counters()
{
	:
}
