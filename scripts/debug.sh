#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Start KOZO in QEMU under gdb, stopped where the kernel's C code begins. `kozo` in
# gdb lists KOZO's own commands; docs/debugging.md tells more. Arguments go to gdb:
#
#     debug.sh --batch -ex 'break syscall_reply_recv' -ex continue -ex kozo-threads
#
# Settings are those of run.sh, but BOOT is direct unless it is set.
#     GDB_PORT=N    gdb and QEMU meet on this port, and not on a socket of their own
set -euo pipefail

scripts=$(dirname "$0")
build=${O:-build}
kernel=$build/kozo-kernel-x86_64.debug
if [[ ! -r $kernel ]]; then
	echo "debug.sh: there is no $kernel; run make first" >&2
	exit 1
fi
folder=$(mktemp -d)
gdb=${GDB_PORT:+1}
remote=${GDB_PORT:+localhost:$GDB_PORT}

# In a session of its own: Ctrl-C is for gdb.
O=$build BOOT=${BOOT:-direct} GDB=${gdb:-$folder/gdb} SERIAL=pty \
	setsid "$scripts/run.sh" < /dev/null > "$folder/output" 2>&1 &
machine=$!

# Show what QEMU and run.sh had to say, such as that there is a crash report, but
# for the two lines that are always there: the serial line's, and that we end QEMU.
finish() {
	kill -- "-$machine" 2> /dev/null || true
	wait "$machine" || true
	grep -v -e '^char device' -e "from pid $$ " "$folder/output" >&2 || true
	rm -r "$folder"
}
trap finish EXIT

# QEMU makes the place for gdb before the serial line, whose name it prints.
until terminal=$(grep -som 1 '/dev/pts/[0-9]*' "$folder/output"); do
	kill -0 "$machine" 2> /dev/null || exit 1
	sleep 0.05
done
echo "KOZO's serial line is $terminal (screen $terminal); it is kept in $build/serial.log"
gdb -q "$kernel" -x "$scripts/kozo-gdb.py" -ex 'set confirm off' \
	-ex "target remote ${remote:-$folder/gdb}" -ex 'thbreak boot_entry' -ex continue "$@"
