# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# key.sh - the key that signs repositories: the builder's own, or one made for the purpose.
#
# Sourced by deb/repo and rpm/repo. Relies on gpg. A key that is made has no passphrase and lies in a folder
# of its own, not among the builder's keys.

# $1 the builder's key or nothing, $2 the folder of a key that is made
key_prepare()
{
	key_home=() key_id=$1
	[ -z "$key_id" ] || return 0
	mkdir -p "$2"
	chmod 700 "$2"
	key_home=(--homedir "$(realpath "$2")")
	key_id="xen-system local repository"
	gpg "${key_home[@]}" --batch --list-secret-keys "$key_id" >/dev/null 2>&1 ||
		gpg "${key_home[@]}" --batch --quiet --passphrase '' --quick-generate-key "$key_id" rsa3072 sign never
}

key_sign()	# gpg's arguments: how, output, file
{
	gpg "${key_home[@]}" --batch --yes --quiet --digest-algo SHA256 --local-user "$key_id" "$@"
}

key_export()	# file
{
	gpg "${key_home[@]}" --batch --yes --quiet --output "$1" --export "$key_id"
}

key_export_text()	# file
{
	gpg "${key_home[@]}" --batch --yes --quiet --armor --output "$1" --export "$key_id"
}
