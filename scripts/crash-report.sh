#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Collect the last crash report in a log, with symbols and source lines.
#
#     crash-report.sh LOG OUT [BUILD-DIR]
#
# Succeeds if there was one. The kernel prints
#
#     ---- KOZO crash report ----
#     cause: ...
#     program: init                                (if a program was running)
#     ...
#     backtrace:
#       #0 0xffffffff80101234 panic+0x12           (kernel code)
#       #1 0x0000000000401234 user                 (the program's)
#     ---- end of crash report ----
#
# and what is missing here is in the files with debug information. People send
# this report to others, so no path of this machine may be in it.
set -euo pipefail

if [[ $# -lt 2 || $# -gt 3 ]]; then
	echo "usage: crash-report.sh LOG OUT [BUILD-DIR]" >&2
	exit 2
fi
log=$1 out=$2 build=${3:-build}
root=$(cd "$(dirname "$0")/.." && pwd)

last_report() {
	tr -d '\r' < "$log" | awk '
		sub(/^.*---- KOZO crash report ----/, "---- KOZO crash report ----") {
			report = ""
			inside = 1
		}
		inside { report = report $0 "\n" }
		inside && /---- end of crash report ----/ { inside = 0 }
		END {
			printf "%s", report
			if (inside)
				print "(the log ends here)"
		}'
}

# place DEBUG-FILE ADDRESS: "function file:line", or nothing
place() {
	local function line

	[[ -r $1 ]] || return 0
	{
		read -r function
		read -r line
	} < <(addr2line -f -e "$1" "$2")
	[[ $line != '??'* ]] || return 0
	line=${line##*//}	# NASM puts the folder twice: a/b//a/b/file.asm
	line=${line#"$root"/}
	[[ $line != /* ]] || line=${line##*/}
	echo "$function ${line%% *}"
}

# annotate NUMBER ADDRESS SYMBOL: what to add to that line of the backtrace
annotate() {
	local debug=$build/kozo-kernel-x86_64.debug where

	if [[ $3 == user ]]; then
		debug=$build/services/$program/$program.debug
	fi
	where=$(place "$debug" "$(printf '%#x' $(($2 - ($1 >= returns))))")
	if [[ -n $where && $3 != user ]]; then
		where=${where#* }	# the kernel printed the function itself
	fi
	echo "${where:+ $where}"
}

add_symbols() {
	# A return address stands for the call just before it. So does every address
	# but, after a fault, the first: that is where the registers were.
	local line program='' returns=0
	local frame='^ *#([0-9]+) (0x[0-9a-f]+) (.*)$'

	while IFS= read -r line; do
		if [[ $line =~ ^program:\ ([a-z0-9_-]+)$ ]]; then
			program=${BASH_REMATCH[1]}
		elif [[ $line == registers:* ]]; then
			returns=1
		elif [[ $line =~ $frame ]]; then
			line+=$(annotate "${BASH_REMATCH[@]:1}")
		fi
		echo "$line"
	done
}

anonymous() {
	sed -e "s|$root/||g" -e "s|${HOME:-/nowhere}/|~/|g"
}

[[ -r $log ]] || exit 1
report=$(last_report)
[[ -n $report ]] || exit 1
add_symbols <<< "$report" | anonymous > "$out.tmp"
mv "$out.tmp" "$out"
