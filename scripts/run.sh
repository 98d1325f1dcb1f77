#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Start KOZO in QEMU for a person: serial line on this terminal, and a window
# where there is a display.
#
#     BOOT=iso      the CD through GRUB and BIOS (default)
#          uefi     the CD through GRUB and UEFI
#          img      the disk image through GRUB and BIOS
#          direct   QEMU loads kernel and initrd itself (PVH)
#     MEM=512M  CPUS=1  O=build  APPEND='kernel command line, with BOOT=direct'
#     KVM=1         use the host's CPU
#     GDB=1         wait for gdb on port GDB_PORT=1234; with GDB=PATH, on a socket there
#     SERIAL=pty    serial line on a terminal of its own, and in $O/serial.log
#     EXTRA='...'   further arguments for QEMU
#
# The kernel log goes to $O/run.log too. A crash report found there is collected
# as $O/crash-report.txt.
set -euo pipefail

scripts=$(dirname "$0")
build=${O:-build}
log=$build/run.log

boot_arguments() {
	case ${BOOT:-iso} in
	iso)
		arguments+=(-cdrom "$build/kozo.iso")
		;;
	uefi)
		arguments+=(-cdrom "$build/kozo.iso" -drive
			"if=pflash,format=raw,readonly=on,file=$("$scripts/find-ovmf.sh")")
		;;
	img)
		arguments+=(-drive "file=$build/kozo.img,format=raw,snapshot=on")
		;;
	direct)
		arguments+=(-kernel "$build/kozo-kernel" -initrd "$build/initrd.cpio"
			-append "${APPEND-}")
		;;
	*)
		echo "run.sh: BOOT is iso, uefi, img or direct, not '$BOOT'" >&2
		exit 2
		;;
	esac
}

machine_arguments() {
	arguments+=(-m "${MEM:-512M}" -smp "${CPUS:-1}")
	arguments+=(-debugcon "file:$log" -global isa-debugcon.iobase=0xe9)
	if [[ ${KVM:-0} == 1 ]]; then
		arguments+=(-accel kvm -cpu host)
	else
		arguments+=(-accel tcg)
	fi
}

gdb_arguments() {
	local where=path=${GDB-}

	case ${GDB:-0} in
	0) return ;;
	1) where=host=127.0.0.1,port=${GDB_PORT:-1234} ;;
	esac
	arguments+=(-S -chardev "socket,id=gdb,server=on,wait=off,$where" -gdb chardev:gdb)
}

# QEMU opens a window by itself if it can; without a display it would fail.
display_arguments() {
	if [[ -z ${DISPLAY-}${WAYLAND_DISPLAY-} ]] ||
		! qemu-system-x86_64 -display help 2> /dev/null | grep -qxE 'gtk|sdl'; then
		arguments+=(-display none)
	fi
}

# What is piped in would be lost while the machine starts: the prompt comes first.
typed_after_prompt() {
	until grep -qs 'Init> ' "$log"; do
		sleep 0.1
	done
	exec cat
}

start() {
	if [[ ${SERIAL-} == pty ]]; then
		qemu-system-x86_64 "${arguments[@]}" -monitor none \
			-chardev "pty,id=serial,logfile=$build/serial.log" -serial chardev:serial
		return
	fi
	if [[ -t 0 ]]; then
		echo "KOZO in QEMU: type 'shutdown' at the prompt, or press Ctrl-A X, to leave."
		qemu-system-x86_64 "${arguments[@]}" -serial mon:stdio
		return
	fi
	exec {typed}< <(typed_after_prompt)
	typist=$!
	qemu-system-x86_64 "${arguments[@]}" -serial stdio -monitor none <&"$typed"
}

# Whatever ended QEMU: a crash is often followed by Ctrl-C.
finish() {
	if [[ -n $typist ]]; then
		kill "$typist" 2> /dev/null || true
	fi
	if "$scripts/crash-report.sh" "$log" "$build/crash-report.txt" "$build"; then
		echo "KOZO crashed: the report is in $build/crash-report.txt"
	fi
}

arguments=()
boot_arguments
machine_arguments
gdb_arguments
display_arguments
read -ra extra <<< "${EXTRA-}"
arguments+=("${extra[@]}")

mkdir -p "$build"
rm -f "$log"
typist=
trap finish EXIT
start
