# SPDX-License-Identifier: GPL-2.0-or-later
#
# filter.sh - from a console's bytes to the lines of the script inside.
#
# The hypervisor and the script share one serial line.  A line of the hypervisor may begin in
# the middle of one of the script's, but it is printed whole: "(XEN) " up to its newline.  So
# cutting those pieces out restores the script's text.  The lines between RIG-BEGIN and RIG-EXIT
# (with this run's nonce) are the script's; those after RIG-DMESG are dom0's kernel log.
#
# Relies on: nonce.  Owns: status, set when the exit line was seen; section.

# filter_line LINE: print it or act on it; false once the script has ended.
filter_line()
{
	case $1 in
	*"RIG-BEGIN-$nonce") section=script ;;
	"RIG-DMESG-$nonce") section=dmesg ;;
	*"RIG-EXIT-$nonce "*)
		status=${1##*"RIG-EXIT-$nonce "}
		case $status in '' | *[!0-9]*) status=125 ;; esac
		section=over
		return 1 ;;
	*)
		case $section in
		script) printf '%s\n' "$1" ;;
		dmesg) printf 'dom0 | %s\n' "$1" >&2 ;;
		esac ;;
	esac
	return 0
}

# filter_console: standard input to the end or to the exit line.
filter_console()
{
	local line carry='' more=1

	section=boot
	while [ -n "$more" ]; do
		IFS= read -r line || more=
		line=$carry${line%$'\r'}
		carry=
		case $line in
		*"(XEN) "*)
			carry=${line%%"(XEN) "*}
			continue ;;
		esac
		[ -n "$more$line" ] || break
		filter_line "$line" || break
	done
}
