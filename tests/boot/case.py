# SPDX-License-Identifier: MIT OR Apache-2.0
"""What a boot case is: a machine, a way to boot it, and the steps to take."""

from dataclasses import dataclass
from typing import Callable

from .initrd import real
from .steps import sees

TROUBLE = (r'KOZO cannot start', r'KOZO crash report')


@dataclass(frozen=True)
class Case:
    name: str
    steps: tuple
    boot: str = 'direct'  # or a firmware and a medium of media.py: bios-cd, uefi-disk-nvme
    archive: str = 'initrd.cpio'  # the real initrd, in the build folder
    initrd: Callable = real  # from the real archive to the one to boot with
    memory: str = '512M'
    cpu: str = 'qemu64'
    machine: str = 'pc'
    lacks: tuple = ()  # any of 'serial line', 'debug port', 'VGA'
    keyboard: bool = False  # typing is done there and not at the serial line
    qemu: tuple = ()  # further arguments
    seconds: float = 20
    forbidden: tuple = TROUBLE  # what must not be in the log
    failure: str = ''  # the driver's own tests: the case must fail, and say this
    sanitized: bool = False  # boots the kernel that `make SAN=1` makes
    debug: bool = False  # boots the kernel that checks itself, which `make DEBUG=1` makes
    optional: bool = False  # skipped if the emulator cannot give us such a machine here

    @property
    def firmware(self):
        return self.boot.split('-', 1)[0]

    @property
    def medium(self):
        return self.boot.split('-', 1)[1]


HASH = '[0-9a-f]{16}'
BANNER = sees(rf'\AKOZO .+ \(x86_64, abi {HASH}\)$')
READY = sees(r'IPC_OK: fsd$', r'^Init> ')
BOOTED = (BANNER, READY)
