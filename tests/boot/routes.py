# SPDX-License-Identifier: MIT OR Apache-2.0
"""Every way in, on every kind of machine: the boot matrix.

One row is one reason. Each machine must get to the prompt and to fsd's answer, then
answer what is typed, and take the further steps of its row. What a row does not say is
a `pc` of QEMU with one qemu64 processor, 512 MiB, VGA, a serial line, a keyboard, and
no network card.
"""

from .case import BANNER, HASH, READY, Case
from .steps import (answers, ends, finds_memory, finds_processors, processor_has, screen_has,
                    screen_is_drawn, sees, serial_matches_log, touches_at_most, types)

ISOLATES = "^boot: programs' page tables do not show the kernel$"
SECONDS = {'direct': 20, 'bios': 60, 'uefi': 120, 'bochs': 120}  # then it is given up
VERSION = f'KOZO .+, ABI {HASH}'


def boots(name, boot='direct', found=(), then=(), **how):
    """The machine boots; `found` is what the log tells before the prompt."""
    steps = (BANNER, *found, READY, answers('version', VERSION), *then)
    return Case(name, steps, boot=boot, seconds=SECONDS[boot.split('-')[0]], **how)


def with_memory(name, mib, boot='direct', **how):
    return boots(name, boot, memory=f'{mib}M', found=(finds_memory(mib),), **how)


def with_processors(count, name, boot='direct', **how):
    return boots(name, boot, qemu=('-smp', str(count)), found=(finds_processors(count),), **how)


MEDIA_ROUTES = [
    boots('the ISO boots as a CD on BIOS', 'bios-cd', then=(screen_has('^Init> '),)),
    boots('the ISO boots as an AHCI CD on BIOS', 'bios-cd-ahci', machine='q35'),
    boots('the ISO boots as a virtio CD on BIOS', 'bios-cd-virtio'),
    boots('the disk image boots on BIOS', 'bios-disk'),
    boots('the ISO boots as an AHCI disk on BIOS', 'bios-disk-ahci', machine='q35'),
    boots('the ISO boots as a virtio disk on BIOS', 'bios-disk-virtio'),
    boots('the ISO boots as an NVMe disk on BIOS', 'bios-disk-nvme'),
    boots('the ISO boots as a USB stick on BIOS', 'bios-usb'),

    boots('the ISO boots as a CD on UEFI', 'uefi-cd', then=(screen_is_drawn,)),
    boots('the ISO boots as an AHCI CD on UEFI', 'uefi-cd-ahci', machine='q35'),
    boots('the disk image boots on UEFI, and shutdown turns the machine off', 'uefi-disk',
          then=(types('shutdown'), ends('guest-shutdown'))),
    boots('the ISO boots as an AHCI disk on UEFI', 'uefi-disk-ahci', machine='q35'),
    boots('the ISO boots as a virtio disk on UEFI', 'uefi-disk-virtio'),
    boots('the ISO boots as an NVMe disk on UEFI', 'uefi-disk-nvme'),
    boots('the ISO boots as a USB stick on UEFI', 'uefi-usb'),
]

MACHINES = [
    boots('smoke: a direct boot reaches the prompt, and fsd answers', then=(serial_matches_log,)),
    boots('a Q35 machine boots', machine='q35'),
    boots('a microvm boots', machine='microvm', lacks=('VGA',)),
    boots('a machine without PCI boots', machine='isapc'),
    boots('a machine with an IOMMU of Intel boots', machine='q35', qemu=('-device', 'intel-iommu')),
    boots('a machine with an IOMMU of AMD boots', machine='q35', qemu=('-device', 'amd-iommu')),

    boots('a machine without a keyboard controller boots', 'bios-cd', machine='pc,i8042=off'),
    boots('a machine without an HPET boots', 'bios-cd', machine='pc,hpet=off'),
    boots('a machine without a local APIC boots', 'bios-cd', cpu='qemu64,-apic'),
    boots('a machine with a network card boots', 'bios-cd', qemu=('-device', 'e1000')),
    boots('a machine without VGA boots on BIOS', 'bios-cd', lacks=('VGA',)),
    boots('a machine without VGA boots on UEFI', 'uefi-cd', lacks=('VGA',)),
    boots('a display that is not VGA, 1000 x 700, is drawn on UEFI', 'uefi-cd', lacks=('VGA',),
          qemu=('-device', 'bochs-display,xres=1000,yres=700'), then=(screen_is_drawn,)),
    boots('a machine without a debug port logs on the serial line', 'bios-cd',
          lacks=('debug port',)),
    boots('a machine without a serial line is used by its keyboard on BIOS', 'bios-disk',
          lacks=('serial line',), keyboard=True),
    boots('a machine without a serial line is used by its keyboard on UEFI', 'uefi-disk',
          lacks=('serial line',), keyboard=True, then=(screen_is_drawn,)),
    Case('a machine with only a screen and a keyboard can be used',
         (screen_has('^IPC_OK: fsd$'), screen_has('^Init>'), types('version'),
          screen_has(VERSION)),
         boot='bios-cd', lacks=('serial line', 'debug port'), keyboard=True, seconds=60),
]

MEMORY = [
    with_memory('16 MiB of memory are enough', 16),
    with_memory('16 MiB of memory are enough on BIOS, from the CD', 16, 'bios-cd'),
    with_memory('64 MiB of memory are found', 64),
    with_memory('1 GiB of memory is found', 1024),
    with_memory('3 GiB of memory, all below the PCI hole, are found', 3072),
    with_memory('4 GiB of memory, some above 4 GiB, are found', 4096),
    with_memory('8 GiB of memory are found', 8192),
    with_memory('8 GiB of memory are found on BIOS', 8192, 'bios-cd'),
    with_memory('8 GiB of memory are found on UEFI', 8192, 'uefi-cd'),
    with_memory('64 GiB of memory are found, and left alone', 65536,
                machine='pc,memory-backend=ram',
                qemu=('-object', 'memory-backend-memfd,id=ram,size=64G,reserve=off'),
                then=(touches_at_most(256),), optional=True),
]

PROCESSORS = [
    *(boots(f'a processor of the kind {model} boots', cpu=model) for model in (
        'kvm64', 'core2duo', 'phenom', 'Nehalem', 'Opteron_G5', 'SandyBridge', 'Haswell',
        'EPYC', 'Skylake-Server', 'max')),
    boots('a processor with every feature that QEMU has boots from the CD', 'bios-cd', cpu='max'),
    with_processors(2, 'a machine with two processors boots'),
    with_processors(3, 'a machine with three processors boots', machine='q35'),
    with_processors(8, 'a machine with eight processors boots'),
    with_processors(4, 'a machine with four processors boots on BIOS', 'bios-cd'),
    with_processors(4, 'a machine with four processors boots on UEFI', 'uefi-cd'),

    # What QEMU cannot emulate: PCID, INVPCID, x2APIC and the TSC deadline.
    boots('a Haswell boots from the CD in Bochs, on page tables that hide the kernel', 'bochs-cd',
          cpu='corei7_haswell_4770', found=(sees(ISOLATES),),
          then=(processor_has('pcid', 'invpcid', 'x2apic', 'tsc_deadline'),
                types('shutdown'), ends('guest-shutdown'))),
    boots('a Ryzen boots from the disk image in Bochs', 'bochs-disk', cpu='ryzen'),
]

ROUTES = MACHINES + MEDIA_ROUTES + MEMORY + PROCESSORS
