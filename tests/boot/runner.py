# SPDX-License-Identifier: MIT OR Apache-2.0
"""Run one boot case: make its initrd, start its machine, take its steps."""

import re
import subprocess
import time

from driver.paths import SCRIPTS
from driver.result import Result, tail

from .machine import Failure, Machine


def run_boot_case(case, build, logs):
    start = time.monotonic()
    failure = verdict(case, take_steps(case, build, logs))
    seconds = time.monotonic() - start
    if failure:
        failure += ''.join('\n' + tail(logs / name) for name in ('debug.log', 'qemu.log'))
    return Result('boot', case.name, logs, seconds, failure)


def verdict(case, failure):
    """What to report for what has happened."""
    if not case.failure:
        return failure
    if re.search(case.failure, failure):
        return ''
    return f'it had to fail with "{case.failure}", but: {failure or "it passed"}'


def take_steps(case, build, logs):
    """Return why a step could not be taken, or nothing."""
    try:
        archive = (build / 'initrd.cpio').read_bytes()
        arguments = ['-m', case.memory, '-cpu', case.cpu,
                     *boot_arguments(case, build, archive, logs), *case.qemu]
        with Machine(arguments, logs, case.seconds, case.forbidden) as machine:
            machine.initrd, machine.build = archive, build
            return steps_on(machine, case.steps)
    except (Failure, OSError) as error:
        return str(error)


def steps_on(machine, steps):
    try:
        for step in steps:
            step(machine)
    except (Failure, OSError) as error:
        machine.settle()
        return str(error)
    return ''


def boot_arguments(case, build, archive, logs):
    if case.boot == 'direct':
        return direct_arguments(case, build, archive, logs)
    firmware, medium = case.boot.split('-')
    iso, image = needed(build / 'kozo.iso'), needed(build / 'kozo.img')
    arguments = {
        'cd': ['-cdrom', iso],
        'disk': ['-drive', f'file={image},format=raw,snapshot=on'],
        'usb': ['-drive', f'file={iso},format=raw,snapshot=on,if=none,id=stick',
                '-device', 'qemu-xhci', '-device', 'usb-storage,drive=stick'],
    }[medium]
    if firmware == 'uefi':
        arguments += ['-drive', f'if=pflash,format=raw,readonly=on,file={ovmf()}']
    return arguments


def direct_arguments(case, build, archive, logs):
    """QEMU itself loads the kernel, and the initrd if the case has one."""
    folder = build.with_name(build.name + '-debug') if case.debug else build
    arguments = ['-kernel', needed(folder / 'kozo-kernel')]
    damaged = case.initrd(archive)
    if damaged is None:
        return arguments
    path = build / 'initrd.cpio'
    if damaged != archive:
        path = logs / 'initrd.cpio'
        path.write_bytes(damaged)
    return [*arguments, '-initrd', str(path)]


def needed(path):
    if not path.exists():
        raise Failure(f'{path} is missing: run `make` first')
    return str(path)


def ovmf():
    found = subprocess.run([SCRIPTS / 'find-ovmf.sh'], capture_output=True, text=True, check=False)
    if found.returncode:
        raise Failure('OVMF is missing: run scripts/preflight.sh test')
    return found.stdout.strip()
