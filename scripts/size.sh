#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# How large KOZO is: the kernel's sections, and lines of code per folder, blank
# lines and lines that are only comment left out.
#
#     size.sh KERNEL-ELF
set -euo pipefail

if [[ $# -ne 1 ]]; then
	echo "usage: size.sh KERNEL-ELF" >&2
	exit 2
fi
kernel=$1

# lines FOLDER...: of C and assembly
lines() {
	find "$@" -type f \( -name '*.[ch]' -o -name '*.asm' -o -name '*.inc' \) -exec cat {} + | awk '
		/^[ \t]*\/\*/ { comment = 1 }
		!comment && !/^[ \t]*($|;|\/\/)/ { n++ }
		/\*\// { comment = 0 }
		END { print n + 0 }'
}

size -A -d "$kernel" | awk '
	$2 + 0 && $3 + 0 { printf "%-24s %9d bytes\n", $1, $2 }'

cd "$(dirname "$0")/.."
echo
for folder in kernel/* services/* abi/lib abi tests; do
	[[ ! -d $folder ]] || printf '%-24s %9d lines\n' "$folder" "$(lines "$folder")"
done
printf '%-24s %9d lines\n' 'kernel, with abi/lib' "$(lines kernel abi/lib)"
# Without what only kernels for tests are built from.
printf '%-24s %9d lines\n' 'of it as shipped' \
	"$(lines kernel/arch kernel/boot kernel/core kernel/include kernel/memory abi/lib)"
