#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The users' manual: makeinfo finds nothing wrong, every command of xm and every variable of a domain
# file is in it. Prints TAP. Relies on the parts that make prints from the tables.

doc=${srcdir:-.}/xen-utils/doc
makeinfo=${MAKEINFO:-makeinfo}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

command -v "$makeinfo" >/dev/null || {
	echo "1..0 # SKIP makeinfo is not installed"
	exit 0
}
failed=0

ok()
{
	if [ "$1" = 0 ]; then
		echo "ok $2"
	else
		echo "not ok $2"
		sed 's/^/# /' "$work/said"
		failed=$((failed + 1))
	fi
}

"$makeinfo" --plaintext --disable-encoding --no-split -I "$doc" -I xen-utils/doc -D 'VERSION 0' -o "$work/manual" \
	"$doc/xen-users.texi" >"$work/said" 2>&1
status=$?
[ ! -s "$work/said" ] || status=1
ok $status '1 - makeinfo finds nothing wrong with the manual'

: >"$work/said"
xen-utils/xm/xm help --commands | cut -d' ' -f1 | while read -r verb; do
	grep -q -- "'xm ${verb}[ ']" "$work/manual" || echo "xm $verb is missing" >>"$work/said"
done
[ -s "$work/manual" ] && [ ! -s "$work/said" ]
ok $? '2 - every command of xm is explained'

: >"$work/said"
xen-utils/doc/keys-texi | sed -n 's/^@item //p' | while read -r key; do
	grep -q "^ *'$key'\$" "$work/manual" || echo "$key is missing" >>"$work/said"
done
[ -s "$work/manual" ] && [ ! -s "$work/said" ]
ok $? '3 - every variable of a domain file is explained'

echo "1..3"
[ $failed = 0 ]
