#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# test-smoke.sh - one row of the benchmark, on our hypervisor, gives a figure. TAP.
here=$(cd "$(dirname "$0")" && pwd)
command -v qemu-system-x86_64 >/dev/null || { echo "1..0 # SKIP qemu-system-x86_64 is not installed"; exit 0; }
echo 1..1
if line=$("$here/run" --hypervisor ours --tsv empty-hypercall 2>&1) &&
	grep -qE '^empty-hypercall[[:space:]]instructions[[:space:]][1-9][0-9]*\.[0-9]$' <<<"$line"; then
	echo "ok 1 - an empty hypercall can be measured"
else
	echo "not ok 1 - an empty hypercall can be measured"
	printf '%s\n' "$line" | sed 's/^/# /'
	exit 1
fi
