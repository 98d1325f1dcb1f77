#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Print where this machine keeps OVMF, the UEFI firmware for QEMU; fail if it
# has none. PREFLIGHT_ROOT is for tests: a folder to look in instead of /.
set -eu

for file in /usr/share/OVMF/OVMF_CODE_4M.fd /usr/share/OVMF/OVMF_CODE.fd \
	/usr/share/edk2/x64/OVMF_CODE.4m.fd /usr/share/edk2/ovmf/OVMF_CODE.fd; do
	if [ -e "${PREFLIGHT_ROOT-}$file" ]; then
		echo "${PREFLIGHT_ROOT-}$file"
		exit 0
	fi
done
exit 1
