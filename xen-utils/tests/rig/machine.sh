# SPDX-License-Identifier: GPL-2.0-or-later
#
# machine.sh - the emulated machines of the rig: QEMU by multiboot or GRUB, and Bochs by GRUB.
#
# Relies on: the options of run-dom0, lab.sh.  Owns: machine_pid, the emulator under its time
# limit (the process of timeout(1), which passes signals on), and the files in $work.

# Reads its words from the options; sets machine_command.
machine_prepare()
{
	: >"$work/console.log"
	machine_words
	[ "$boot" = direct ] || machine_disc
	case $machine in
	qemu) machine_qemu ;;
	bochs) machine_bochs ;;
	esac
}

# The command lines of the hypervisor and of the kernel.
machine_words()
{
	local console=ttyS0,115200

	hypervisor_line="console=com1 com1=115200,8n1 dom0_mem=${dom0_mem}M,max:${dom0_mem}M"
	hypervisor_line="$hypervisor_line loglvl=all guest_loglvl=all $xen_args"
	[ -z "$hypervisor" ] || console="hvc0 earlyprintk=xen"
	kernel_line="console=$console panic=-1 $kernel_args"
}

# GRUB's own disc image, multiboot 2 where there is a hypervisor.
machine_disc()
{
	local tree=$work/disc kernel

	command -v grub-mkrescue >/dev/null ||
		lab_die "no grub-mkrescue here; install grub-pc-bin, grub-common and xorriso"
	mkdir -p "$tree/boot/grub"
	kernel=$(machine_disc_kernel) || exit 126
	cp "$kernel" "$tree/boot/vmlinuz" || lab_die "no room in $work"
	# Reading the disc costs more than unpacking.
	gzip -4 <"$work/initrd" >"$tree/boot/initrd"
	rm "$work/initrd"
	[ -z "$hypervisor" ] || cp "$hypervisor" "$tree/boot/xen"
	machine_grub_cfg >"$tree/boot/grub/grub.cfg"
	grub-mkrescue --compress=no -o "$work/disc.iso" "$tree" >"$work/mkrescue.log" 2>&1 ||
		lab_die "grub-mkrescue failed: $(tail -n 3 "$work/mkrescue.log")"
	rm -rf "$tree"
}

# Bochs needs more than a minute to unpack a kernel that a hypervisor takes plain as well.
machine_disc_kernel()
{
	if [ "$machine" = bochs ] && [ -n "$hypervisor" ]; then
		lab_kernel_elf
		echo "$kernel_elf"
	else
		echo "$kernel_image"
	fi
}

# As update-grub writes its entries: a placeholder stands before the words of each line. There is
# no menu and no graphics mode: GRUB's menu dies in Bochs.
machine_grub_cfg()
{
	cat <<END
serial --unit=0 --speed=115200
terminal_output serial
END
	if [ -n "$hypervisor" ]; then
		cat <<END
multiboot2 /boot/xen placeholder $hypervisor_line
module2 /boot/vmlinuz placeholder $kernel_line
module2 --nounzip /boot/initrd
boot
END
	else
		cat <<END
linux /boot/vmlinuz placeholder $kernel_line
initrd /boot/initrd
boot
END
	fi
}

machine_qemu()
{
	local accel=tcg,thread=multi mux=off

	command -v qemu-system-x86_64 >/dev/null ||
		lab_die "no qemu-system-x86_64 here; install qemu-system-x86"
	[ -z "$interactive" ] || mux=on
	[ -z "$icount" ] || accel=tcg,thread=single
	machine_command=(qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot
		-machine "pc" -accel "$accel" -cpu "${cpu:-max,-smap}" -smp "$smp" -m "$mem"
		-chardev "stdio,id=con,mux=$mux,signal=off,logfile=$work/console.log"
		-serial chardev:con)
	[ -z "$interactive" ] || machine_command+=(-mon chardev=con,mode=readline)
	[ -z "$icount" ] || machine_command+=(-icount shift=0,sleep=off)
	if [ "$boot" = grub ]; then
		machine_command+=(-boot d -cdrom "$work/disc.iso")
	elif [ -n "$hypervisor" ]; then
		# QEMU parts the modules at commas, so one inside a line is doubled.
		machine_command+=(-kernel "$hypervisor" -append "$hypervisor_line"
			-initrd "$kernel_image ${kernel_line//,/,,},$work/initrd")
	else
		machine_command+=(-kernel "$kernel_image" -append "$kernel_line"
			-initrd "$work/initrd")
	fi
	# shellcheck disable=SC2206 # the words are meant to be split
	[ -z "$qemu_args" ] || machine_command+=($qemu_args)
}

# Bochs: a display that nobody looks at (VNC without waiting for a viewer; the sound driver named
# because the default one dies where there is no sound card), the serial line in the console's log.
machine_bochs()
{
	command -v bochs >/dev/null || lab_die "no bochs here; install bochs and bochsbios"
	machine_bochsrc >"$work/bochsrc"
	machine_command=(bochs -q -f "$work/bochsrc" -rc "$work/bochs.cmd")
	echo c >"$work/bochs.cmd"
}

machine_bochsrc()
{
	cat <<END
config_interface: textconfig
display_library: rfb, options="timeout=0"
sound: driver=dummy
megs: $mem
cpu: model=${cpu:-corei7_skylake_x}, count=$smp, ips=10000000, reset_on_triple_fault=0
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
vga: extension=none
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path=$work/disc.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$work/console.log
clock: sync=none, time0=utc
pci: enabled=1, chipset=i440fx
log: $work/bochs.log
logprefix: %t%e%d
panic: action=fatal
error: action=report
info: action=ignore
debug: action=ignore
END
}

# Runs the machine with its console in the filter.  124: the time was over; else 0.
machine_run()
{
	local how

	mkfifo "$work/fifo"
	if [ "$machine" = qemu ]; then
		timeout -k 5 "$limit" "${machine_command[@]}" </dev/null >"$work/fifo" \
			2>"$work/stderr" &
		machine_pid=$!
	else
		timeout -k 5 "$limit" "${machine_command[@]}" </dev/null >"$work/bochs.out" \
			2>"$work/stderr" &
		machine_pid=$!
		tail -n +1 -s 0.2 -f --pid="$machine_pid" "$work/console.log" >"$work/fifo" &
	fi
	filter_console <"$work/fifo"
	[ -n "$wait_off" ] || [ -z "$status" ] || machine_kill
	wait "$machine_pid" 2>/dev/null
	how=$?
	machine_pid=
	[ ! -s "$work/stderr" ] || [ -n "$status" ] || sed 's/^/emulator: /' "$work/stderr" >&2
	[ "$how" -eq 124 ] || how=0
	return "$how"
}

machine_kill()
{
	kill "$machine_pid" 2>/dev/null
}

# Runs the machine on the terminal; a watcher stops it when the exit line is in the log.
machine_interactive()
{
	local how=0 watcher

	(
		while ! grep -qa "RIG-EXIT-$nonce [0-9]" "$work/console.log"; do
			sleep 0.5
		done
		read -r pid <"$work/pid" && kill "$pid"
	) &
	watcher=$!
	"${machine_command[@]}" -pidfile "$work/pid" || how=$?
	kill "$watcher" 2>/dev/null
	status=$(sed -n "s/.*RIG-EXIT-$nonce \([0-9]*\).*/\1/p" "$work/console.log" | tail -n 1)
	return "$how"
}
