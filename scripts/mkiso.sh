#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Make a bootable image: GRUB, kernel and initrd.
#
#     mkiso.sh KERNEL INITRD OUT.iso [COMMAND-LINE]
#
# The image is a hybrid. As a CD it boots by El Torito, on a disk or USB stick by
# its MBR (BIOS) or its EFI system partition (UEFI). Both GRUBs carry all their
# modules, so nothing but grub.cfg, kernel and initrd is read from the medium.
#
# grub-mkrescue would do, but it stamps the time of day into GRUB itself. Here
# the same input gives the same image, byte for byte.
set -euo pipefail

if [[ $# -lt 3 || $# -gt 4 ]]; then
	echo "usage: mkiso.sh KERNEL INITRD OUT.iso [COMMAND-LINE]" >&2
	exit 2
fi
kernel=$1 initrd=$2 out=$3 command_line=${4-}

grub=${GRUB_MODULES:-/usr/lib/grub}
modules=(normal multiboot2 boot iso9660 part_gpt part_msdos search search_fs_file
	all_video test echo reboot halt)
stage=$out.stage

# FAT knows no time before 1980, and keeps local time.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-315532800} TZ=UTC

# GRUB finds its medium by a file that no other version of KOZO has: there may be
# a KOZO disk and a KOZO stick in one machine.
mark=/boot/kozo-$(cat "$kernel" "$initrd" | sha256sum | cut -c1-16)

stage_files() {
	mkdir -p "$stage/tree/boot/grub"
	install -m 644 "$kernel" "$stage/tree/boot/kozo-kernel"
	install -m 644 "$initrd" "$stage/tree/boot/initrd.cpio"
	: > "$stage/tree$mark"
	cat > "$stage/tree/boot/grub/grub.cfg" <<-END
	# Hold Shift or press Esc while GRUB starts to see this entry and edit it.
	set timeout=0
	menuentry "KOZO" {
		multiboot2 /boot/kozo-kernel $command_line
		module2 /boot/initrd.cpio
	}
	END
	cat > "$stage/find.cfg" <<-END
	search --no-floppy --file --set=root $mark
	set prefix=(\$root)/boot/grub
	END
}

# make_grub FORMAT OUT [MODULE...]
make_grub() {
	grub-mkimage -d "$grub/$1" -O "$1" -o "$2" -p /boot/grub -c "$stage/find.cfg" \
		"${modules[@]}" "${@:3}"
}

make_bios_image() {
	make_grub i386-pc "$stage/core.img" biosdisk
	cat "$grub/i386-pc/cdboot.img" "$stage/core.img" > "$stage/tree/boot/grub/bios.img"
}

# The EFI system partition: a FAT file system just large enough for GRUB.
make_efi_image() {
	local image=$stage/tree/boot/grub/efi.img kib

	make_grub x86_64-efi "$stage/bootx64.efi"
	kib=$(( ($(stat -c %s "$stage/bootx64.efi") + 1023) / 1024 + 64 ))
	truncate -s "${kib}K" "$image"
	mformat -i "$image" -T $((kib * 2)) -h 1 -s 1 -N 4b4f5a4f -v KOZO ::
	mmd -i "$image" ::/EFI ::/EFI/BOOT
	mcopy -i "$image" "$stage/bootx64.efi" ::/EFI/BOOT/BOOTX64.EFI
}

make_iso() {
	find "$stage/tree" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
	xorriso -as mkisofs -quiet -R -volid KOZO -o "$out.tmp" \
		-b boot/grub/bios.img -no-emul-boot -boot-load-size 4 -boot-info-table \
		--grub2-boot-info --grub2-mbr "$grub/i386-pc/boot_hybrid.img" \
		--protective-msdos-label \
		--efi-boot boot/grub/efi.img -efi-boot-part --efi-boot-image \
		"$stage/tree" 2> "$stage/xorriso.log" || {
		cat "$stage/xorriso.log" >&2
		return 1
	}
}

rm -rf "$stage"
umask 022
stage_files
make_bios_image
make_efi_image
make_iso
mv "$out.tmp" "$out"
rm -rf "$stage"
