# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest-talk.sh - inside dom0: waiting for conditions, and talking to a guest over its console.
#
# The console goes through `xm console`, as a person would use it, with pipes for its two ends:
# what is written to the named pipe is typed, and what the guest says is collected in a file.
#
# Sourced by the demo's scene and by the system tests; busybox sh.
# Owns: /run/talk/DOMAIN.{in,out,pid}; the descriptor 9 of each holder process.

TALK=/run/talk

# wait_for SECONDS COMMAND...: until COMMAND succeeds; false when the time is over.
wait_for()
{
	local end=$(($(date +%s) + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$end" ] || return 1
		usleep 200000
	done
}

# talk_open DOMAIN: attach to the console; it stays so until talk_close.
talk_open()
{
	mkdir -p $TALK
	rm -f "$TALK/$1.in"
	mkfifo "$TALK/$1.in"
	: >"$TALK/$1.out"
	# Opened for both directions: the console sees no end of file between two lines.
	xm console "$1" <>"$TALK/$1.in" >>"$TALK/$1.out" 2>"$TALK/$1.err" &
	echo $! >"$TALK/$1.pid"
}

talk_close()
{
	[ ! -e "$TALK/$1.pid" ] || kill "$(cat "$TALK/$1.pid")" 2>/dev/null
	rm -f "$TALK/$1.pid" "$TALK/$1.in"
}

# What the guest has said since talk_open, without carriage returns and terminal controls.
talk_text()
{
	tr -d '\r' <"$TALK/$1.out" | sed "s/$(printf '\033')\[[0-9;]*[a-zA-Z]//g"
}

talk_heard()
{
	talk_text "$1" | grep -q "$2"
}

# talk_wait DOMAIN SECONDS PATTERN
talk_wait()
{
	wait_for "$2" talk_heard "$1" "$3"
}

# talk_ask DOMAIN SECONDS COMMAND: type it at the guest's shell and print its answer.
talk_ask()
{
	local mark

	mark=ask$(date +%s)$(head -c 4 /dev/urandom | hexdump -e '1/4 "%08x"')
	# The marks are typed with quotes in them, so that the echo of the line is no answer.
	echo "echo ''$mark''-begin; $3; echo ''$mark''-end" >"$TALK/$1.in"
	talk_wait "$1" "$2" "^$mark-end" || return 1
	talk_text "$1" | sed -n "/^$mark-begin/,/^$mark-end/p" | sed '1d;$d'
}
