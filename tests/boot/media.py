# SPDX-License-Identifier: MIT OR Apache-2.0
"""What a machine can boot from: one of our images, on one of QEMU's controllers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Medium:
    title: str  # for people
    image: str  # its name in the build folder
    devices: tuple  # QEMU's -device arguments


MEDIA = {
    'cd': Medium('CD on IDE', 'kozo.iso', ('ide-cd,drive=medium',)),
    'guest-cd': Medium('CD on IDE', 'guest.iso', ('ide-cd,drive=medium',)),
    'cd-ahci': Medium('CD on AHCI', 'kozo.iso', ('ahci,id=ahci',
                                                 'ide-cd,bus=ahci.0,drive=medium')),
    'cd-virtio': Medium('CD on virtio', 'kozo.iso', ('virtio-scsi-pci', 'scsi-cd,drive=medium')),
    'disk': Medium('disk image on IDE', 'kozo.img', ('ide-hd,drive=medium',)),
    'disk-ahci': Medium('ISO as disk on AHCI', 'kozo.iso', ('ahci,id=ahci',
                                                            'ide-hd,bus=ahci.0,drive=medium')),
    'disk-virtio': Medium('ISO as disk on virtio', 'kozo.iso', ('virtio-blk-pci,drive=medium',)),
    'disk-nvme': Medium('ISO as disk on NVMe', 'kozo.iso', ('nvme,serial=kozo,drive=medium',)),
    'usb': Medium('USB stick on xHCI', 'kozo.iso', ('qemu-xhci', 'usb-storage,drive=medium')),
}


def qemu_arguments(medium, image):
    """QEMU with this medium in it, its image in that file."""
    kind = 'media=cdrom,readonly=on' if 'cd' in medium.title.lower() else 'snapshot=on'
    arguments = ['-drive', f'file={image},format=raw,if=none,id=medium,{kind}']
    for device in medium.devices:
        arguments += ['-device', device]
    return arguments
