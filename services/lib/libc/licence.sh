#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Print the licences under which parts of musl may be passed on: musl's own, and then
# those that stand at the top of one of its files.
#
#     licence.sh MUSL FILE...
set -eu

if [ $# -lt 2 ]; then
	echo "usage: licence.sh MUSL FILE..." >&2
	exit 2
fi
musl=$1
shift

# The first comment of a file, if it is about copyright.
comment_of() {
	sed -n '1,/\*\//p' "$1" | grep -q Copyright || return 0
	printf '\n%s\n\n' "----------------------------------------------------------------------"
	printf '%s:\n\n' "${1#"$musl"/}"
	sed -n '1,/\*\//p' "$1"
}

cat "$musl/COPYRIGHT"
for file in "$@"; do
	comment_of "$musl/$file"
done
