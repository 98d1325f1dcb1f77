#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Write the image to a USB stick, after showing what that is and asking.
#
#     mkusb.sh ISO /dev/sdX
#
# What is on the stick is lost, so all but a stick that nobody uses is refused. The
# image is read back and compared. Without a device, those that would do are listed.
set -euo pipefail

iso=${1-} named=${2-}

die() {
	echo "mkusb.sh: $*; nothing was written" >&2
	exit 1
}

# of DEVICE COLUMN: what lsblk says of it, in one word or several
of() {
	lsblk --nodeps --noheadings --bytes --output "$2" "$1" | sed 's/^ *//; s/ *$//'
}

human() {
	numfmt --to=si --suffix=B --format=%.1f "$1"
}

# Most sticks call themselves removable. Some large ones do not, nor do hard disks in a
# case with a USB plug; describe() says so.
comes_off() {
	[[ $(of "$1" RM) == 1 || $(of "$1" TRAN) == usb ]]
}

describe() {
	local kind='USB stick or card'

	if [[ $(of "$1" RM) != 1 ]]; then
		kind='USB disk that calls itself fixed: is it really meant?'
	fi
	echo "$1: $(of "$1" VENDOR) $(of "$1" MODEL), $(human "$(of "$1" SIZE)"), $kind"
}

suggest() {
	local device

	echo 'usage: make usb DEV=/dev/sdX, or mkusb.sh ISO /dev/sdX'
	for device in $(lsblk --nodeps --noheadings --output PATH); do
		if [[ $(of "$device" TYPE) == disk && $(of "$device" SIZE) != 0 ]] &&
			comes_off "$device"; then
			echo "could be written: $(describe "$device")"
		fi
	done
}

# Refuse what is not a free stick that is large enough.
check() {
	local type size need mounted users

	type=$(of "$device" TYPE 2> /dev/null) || die "$named is not a disk"
	case $type in
	disk) ;;
	part) die "$named is a partition; the image is for the whole /dev/$(of "$device" PKNAME)" ;;
	*) die "$named is no disk but of the kind '$type'" ;;
	esac
	comes_off "$device" || die "$named is built in, not a USB stick"
	[[ -w $device ]] || command -v sudo > /dev/null ||
		die "only root may write to $named, and there is no sudo"
	[[ $(of "$device" RO) == 0 ]] || die "$named is write-protected"

	size=$(of "$device" SIZE) need=$(stat -c %s "$iso")
	[[ $size != 0 ]] || die "there is no medium in $named"
	((size >= need)) || die "$named is too small: $(human "$need") do not fit in $(human "$size")"

	mounted=$(lsblk --noheadings --list --output PATH,MOUNTPOINT "$device" |
		awk 'NF > 1 { path = $1; $1 = ""; print path " on" $0 }')
	[[ -z $mounted ]] || die "$named is in use: $(paste -sd, <<< "$mounted"); unmount it first"
	users=$(lsblk --noheadings --list --output TYPE "$device" | grep -vxE ' *(disk|part) *' || true)
	[[ -z $users ]] || die "$named is in use as part of another volume (${users//$'\n'/, })"
}

show() {
	echo 'This is where KOZO is to be written:'
	describe "$device" | sed 's/^/    /'
	echo 'What is on it now, and will be lost:'
	lsblk --output NAME,SIZE,FSTYPE,LABEL "$device" | sed 's/^/    /'
}

ask() {
	local answer

	printf 'Type %s to overwrite it, anything else to stop: ' "${device##*/}"
	read -r answer || true
	[[ ${answer-} == "${device##*/}" ]] || die 'stopped'
}

# Only root may write to a disk, unless the system gives sticks to whoever sits there.
as_owner() {
	if [[ -w $device ]]; then
		"$@"
	else
		sudo "$@"
	fi
}

write() {
	as_owner dd if="$iso" of="$device" bs=4M conv=fsync,nocreat,notrunc status=none ||
		die_halfway 'writing failed'
}

# From the stick, and not from what this machine remembers of it.
compare() {
	as_owner blockdev --flushbufs "$device"
	as_owner cmp --bytes="$(stat -c %s "$iso")" "$iso" "$device" ||
		die_halfway 'what was written is not what was read back: try another stick'
}

die_halfway() {
	echo "mkusb.sh: $*; $named is not usable as it is" >&2
	exit 1
}

if [[ $# -eq 1 && -r $iso ]]; then
	suggest >&2
	exit 2
fi
if [[ $# -ne 2 || ! -r $iso ]]; then
	echo 'usage: mkusb.sh ISO /dev/sdX' >&2
	exit 2
fi
[[ -e $named ]] || die "there is no $named"
device=$(readlink -f "$named")

check
show
ask
check # a desktop may have mounted it meanwhile
write
compare
echo "KOZO is on $device. docs/hardware.md says how to start a PC from it."
