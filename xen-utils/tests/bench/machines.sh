# SPDX-License-Identifier: GPL-2.0-or-later
#
# machines.sh - the machines that the benchmark boots, what they boot, and booting them.
#
# Sourced by run, after lab.sh, system.sh, machine.sh and peer-tools.sh. Relies on run's variables: work, out,
# systems, process_rows, wanted(), jobs, limit, guests, workload, here, rig, children.

machine_dom0_mb=512

# A clock that does not follow the host's, and random numbers that are always the same: where the
# kernel puts things, and what it does when, changes no figure from run to run.
machine_fixed="-seed 1 -rtc base=2026-01-01T00:00:00,clock=vm"

# machines: name | system | parts of `inside` | memory in MB, for the chosen rows.
machines()
{
	local system rows='' giga

	# A guest's start is measured where its other rows are.
	! wanted boot-kernel || rows=guest
	[ -z "$process_rows" ] || rows="rows guest"
	for system in $systems; do
		! wanted "boot|boot-kernel" || echo "$system-boot|$system|boot|1024"
		case $system in
		native) [ -z "$process_rows" ] || echo "native|native|rows|1024" ;;
		*) [ -z "$rows" ] || echo "$system|$system|$rows|1024" ;;
		esac
		[ "$system" != native ] || continue
		! wanted '(create|destroy)-.*|list-1' || echo "$system-tools|$system|tools|1024"
		! wanted "start-.*|memory-domain|list-$guests|end-$guests" ||
			echo "$system-growth|$system|growth|4096"
		for giga in 1 4 16; do
			! wanted "memory-${giga}G" ||
				echo "$system-memory-${giga}G|$system|memory|$((giga * 1024))"
		done
	done
}

# The ramdisks of the measured guest and of the machine whose start is measured: a busybox, the
# workload and one script.
ramdisks_make()
{
	local root=$work/ramdisk name

	lab_busybox_tree "$root"
	mkdir -p "$root/bench"
	install -m 755 "$workload" "$root/bench/workload"
	for name in guest boot; do
		install -m 755 "$here/init-$name" "$root/init"
		lab_pack "$root" "$work/$name.cpio"
		gzip -9n "$work/$name.cpio"
	done
	rm -rf "$root"
}

# The kernel of the small guests.
guest_tiny()
{
	"${CC:-cc}" -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
		-Wl,-Ttext-segment=0xffffffff80000000 -o "$work/tiny" \
		"$here/../system/tiny-kernel.S" || die "cannot build the small guest kernel"
}

# stage_make SYSTEM: the tree that its domain 0 gets on top of the rig's.
stage_make()
{
	local dir=$work/stage-$1

	case $1 in
	native) mkdir -p "$dir" ;;
	peer) peer_tools_stage "$dir" ;;
	ours) system_stage "$dir" ;;
	esac
	mkdir -p "$dir/bench" "$dir/boot"
	if [ "$1" = native ]; then
		: >"$dir/bench/tools.sh"
	else
		cp "$kernel_image" "$dir/boot/vmlinuz"
		cp "$work/tiny" "$dir/boot/tiny"
		cp "$work/guest.cpio.gz" "$dir/bench/guest.gz"
		cp "$here/tools-$1.sh" "$dir/bench/tools.sh"
	fi
	install -m 755 "$workload" "$dir/bench/workload"
}

# What the figures belong to, noted when they are measured.
conditions_note()
{
	local package commit

	package=$(find "$lab" -maxdepth 1 -name 'xen-hypervisor-4.17-amd64_*.deb' | sort -V | tail -n 1)
	package=${package##*_4.17}
	commit=$(git -C "$top" describe --always --dirty --abbrev=12 2>/dev/null)
	{
		echo "# commit ${commit:-unknown: a release tarball}"
		echo "# kernel $kernel_version, peer 4.17${package%_amd64.deb}"
		echo "# $(qemu-system-x86_64 --version | head -n 1)"
		echo "# 1 processor, a clock that counts instructions: ns are instructions"
	} >"$out/conditions"
}

machines_prepare()
{
	local system

	say "preparing what the machines boot (packages are kept in $lab)"
	lab_kernel
	guest_tiny
	ramdisks_make
	for system in $systems; do
		stage_make "$system"
	done
	machines >"$work/machines"
}

# machine_collect NAME SYSTEM: lines of `inside` go to raw-NAME, what it tells people to them.
machine_collect()
{
	local line

	while IFS= read -r line; do
		case $line in
		"@say"*) say "$1: ${line#*$'\t'}" ;;
		"@row"* | "@growth"*) printf '%s\t%s\n' "$2" "$line" >>"$out/raw-$1" ;;
		*) echo "$line" >>"$out/said-$1" ;;
		esac
	done
}

# machine_measure NAME SYSTEM PARTS MB: the parts of `inside` in one machine.
machine_measure()
{
	local files=$work/files-$1 status

	cp -a "$work/stage-$2" "$files"
	cat >"$files/bench/job" <<-END
	SIDE=$2 PARTS="$3" ROWS="$process_rows" GUESTS=$guests
	MACHINE_MB=$4 DOM0_MB=$machine_dom0_mb
	END
	RIG_QUIET=1 "$rig/run-dom0" --hypervisor "$2" --icount --mem "$4" \
		--dom0-mem "$machine_dom0_mb" --timeout "$limit" --files "$files" \
		--qemu-args "$machine_fixed" --log "$out/console-$1" "$here/inside" 2>"$out/errors-$1" |
		machine_collect "$1" "$2"
	status=${PIPESTATUS[0]}
	rm -rf "$files"
	return "$status"
}

# machine_start NAME SYSTEM MB: from power-on to the first process, with as little as possible to
# load. The rig's own first archive is large, so this machine goes without run-dom0.
machine_start()
(
	machine=qemu boot=direct smp=1 icount=1 mem=$3 dom0_mem=$machine_dom0_mb
	cpu='' xen_args='' kernel_args=quiet qemu_args=$machine_fixed interactive='' hypervisor='' side=dom0
	case $2 in
	peer) lab_peer ;;
	ours) hypervisor=$build/xen-hypervisor/xen ;;
	native) side=native ;;
	esac
	work=$work/start-$1
	mkdir -p "$work" && cp "$work/../boot.cpio.gz" "$work/initrd" || exit 1
	machine_prepare
	timeout -k 5 "$limit" "${machine_command[@]}" </dev/null >/dev/null 2>"$out/errors-$1"
	mv "$work/console.log" "$out/console-$1"
	tr -d '\r' <"$out/console-$1" | awk -v name="$2" -v side="$side" '
		$1 == "BOOTED" && $2 > 0 {
			format = "%s\t@row\t%s\tms\t%s\t%.2f\t1\t\t\n"
			printf format, name, "boot", side, $2 / 1e6
			printf format, name, "boot-kernel", side, $3 / 1e6
			found = 1
		}
		END { exit !found }' >"$out/raw-$1"
)

# machine_boot NAME SYSTEM PARTS MB
machine_boot()
{
	local status

	case $3 in
	boot) machine_start "$1" "$2" "$4" ;;
	*) machine_measure "$@" ;;
	esac
	status=$?
	if [ "$status" = 0 ]; then
		say "$1: done"
	else
		say "$1: ended with status $status; see errors-$1 and console-$1 in $out"
		echo "$1" >>"$work/failed"
	fi
}

# The largest machines run alone: the host has to have their memory.
machines_run()
{
	local name system parts mb running=0

	while IFS='|' read -r name system parts mb; do
		if [ "$mb" -ge 8192 ]; then
			wait
			running=0
		elif [ "$running" -ge "$jobs" ]; then
			wait -n
			running=$((running - 1))
		fi
		say "$name: booting"
		machine_boot "$name" "$system" "$parts" "$mb" </dev/null &
		children+=("$!")
		running=$((running + 1))
		[ "$mb" -lt 8192 ] || wait
	done <"$work/machines"
	wait
}
