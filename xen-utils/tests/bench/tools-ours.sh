# SPDX-License-Identifier: GPL-2.0-or-later
#
# tools-ours.sh - inside domain 0: how this project's tools are used by `inside`.
#
# TOOL is the command. Each function prints what its comment says, or fails.

TOOL=xm
tools_started=

# The daemons run and answer.
tools_up()
{
	local n=0

	[ -z "$tools_started" ] || return 0
	/etc/init.d/xend start || fail "the daemons do not start"
	until xm list >/dev/null 2>&1; do
		n=$((n + 1))
		[ $n -lt 100 ] || fail "xend does not answer"
		sleep 1
	done
	tools_started=1
}

tools_console()
{
	exec xm console "$1"
}

# Free memory of the machine in kB.
tools_free()
{
	xm info --json | tr ',{}' '\n\n\n' | sed -n 's/^ *"free_memory_kb": *\([0-9]*\).*/\1/p' |
		head -n 1 | grep .
}

# The number of guests that have neither crashed nor ended.
tools_running()
{
	xm list | awk 'NR > 2 && $5 !~ /[csd]/' | wc -l
}

# Lines "name number": events that an instruction count hides the price of. Nothing where the tools
# or the hypervisor have no counters.
tools_counters()
{
	xm perf --json | tr -d ' \n"' | tr '{}[]' '\n\n\n\n' | awk -F'[:,]' '
		$1 != "name" || $3 != "total" { next }
		$2 == "cr3-loads" { n["cr3"] += $4 }
		$2 ~ /^tlb-flushes(-page|-global)?$/ { n["tlb"] += $4 }
		$2 ~ /^ipis-/ { n["ipi"] += $4 }
		$2 == "hypercalls" { n["calls"] += $4 }
		END { for (name in n) printf "%s %.0f\n", name, n[name] }' | sort
}
