#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Make the initial ramdisk: a cpio archive in the newc format. Its first file is init,
# where the kernel looks for it.
#
#     mkinitrd.sh OUT NAME=FILE...
#
# NAME is the path that services see, FILE what is stored there. The same files
# give the same archive, byte for byte, whenever and by whomever it is made.
set -euo pipefail

if [[ $# -lt 2 ]]; then
	echo "usage: mkinitrd.sh OUT NAME=FILE..." >&2
	exit 2
fi
out=$1
shift
stage=$out.stage

# The archive stores what it is given: owner, dates and inode numbers of the
# build machine must not get in, nor the umask of whoever runs this.
stage_file() {
	local name=${1%%=*} file=${1#*=} mode=644

	if [[ $1 != *=* || -z $name || $name == /* ]]; then
		echo "mkinitrd.sh: not NAME=FILE: $1" >&2
		exit 2
	fi
	if [[ -x $file ]]; then mode=755; fi
	mkdir -p "$(dirname "$stage/$name")"
	install -m "$mode" "$file" "$stage/$name"
}

rm -rf "$stage"
umask 022
mkdir -p "$stage"
for pair in "$@"; do
	stage_file "$pair"
done
find "$stage" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-0}" {} +

list() {
	[[ ! -e init ]] || echo init
	find . -mindepth 1 ! -path ./init -printf '%P\n' | LC_ALL=C sort
}
(cd "$stage" && list |
	cpio --quiet --reproducible -o -H newc -R 0:0) > "$out.tmp"
mv "$out.tmp" "$out"
rm -rf "$stage"
