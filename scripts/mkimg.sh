#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Make a raw disk image from the hybrid ISO.
#
#     mkimg.sh ISO OUT.img
#
# The ISO has an MBR and a GPT with an EFI system partition, so it is a disk
# already. Virtual machines want whole mebibytes, which is all this adds.
set -euo pipefail

if [[ $# -ne 2 ]]; then
	echo "usage: mkimg.sh ISO OUT.img" >&2
	exit 2
fi

cp "$1" "$2.tmp"
truncate -s %1M "$2.tmp"
mv "$2.tmp" "$2"
