# SPDX-License-Identifier: GPL-2.0-or-later
#
# block-common.sh - what the block scripts share; sourced by them, POSIX sh.
#
# A block script is run as `block-TYPE add` before a guest gets a disk and as `block-TYPE remove`
# after the guest has let go of it.  In the environment: XENBUS_PATH, the nodes of the disk's back end
# in xenstore.  There it finds
#
#   params   the target of the specification, everything behind "TYPE:"
#   mode     r or w
#   type     TYPE
#
# On add it finds or makes a block device and calls ready; or refuse with a sentence for the user.
# What remove has to undo is noted beforehand with back_set, so that a script that was killed half
# way is undone too: remove must do nothing for what was never done, and succeed.
#
# A process that goes on when the script has ended must be started with 9>&-: descriptor 9 is the
# lock that keeps two scripts from working on the same disk.

PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
word=${1-}

if [ -z "${XENBUS_PATH-}" ]; then
	echo "$0: XENBUS_PATH is not set; xend runs this script" >&2
	exit 2
fi
case $word in
add | online) word=add ;;
remove | offline) word=remove ;;
*)
	echo "$0: add or remove, not '$word'" >&2
	exit 2 ;;
esac

back_get()
{
	xenstore-read "$XENBUS_PATH/$1" 2>/dev/null
}

back_set()
{
	xenstore-write "$XENBUS_PATH/$1" "$2" || {
		echo "xenstore does not take the node $1"
		exit 1
	}
}

# refuse SENTENCE: the add (or the remove) failed, and why.
refuse()
{
	xenstore-write "$XENBUS_PATH/hotplug-error" "$1" "$XENBUS_PATH/hotplug-status" error
	echo "$1"
	exit 1
}

# ready DEVICE: this block device is the disk.
ready()
{
	number=$(stat -L -c '%t:%T' "$1") || refuse "$1 has gone"
	back_set physical-device-path "$1"
	back_set physical-device "$number"
	back_set hotplug-status connected
}

params=$(back_get params)
mode=$(back_get mode)
