# SPDX-License-Identifier: MIT OR Apache-2.0
"""Run one boot case: make its initrd, start its machine, take its steps."""

import re
import time

from driver.paths import kernel_of
from driver.result import Result, tail

from .bochs import Bochs
from .machine import CannotStart, Failure
from .qemu import Qemu


def run_boot_case(case, build, logs):
    start = time.monotonic()
    failure, skipped = '', False
    try:
        take_steps(case, build, logs)
    except (Failure, OSError) as error:
        failure = str(error)
        skipped = case.optional and isinstance(error, CannotStart)
    failure = '' if skipped else verdict(case, failure)
    seconds = time.monotonic() - start
    if failure:
        failure += ''.join('\n' + tail(logs / name) for name in ('debug.log', 'emulator.log'))
    return Result('boot', case.name, logs, seconds, failure, skipped, kernel_of(case, build))


def verdict(case, failure):
    """What to report for what has happened."""
    if not case.failure:
        return failure
    if re.search(case.failure, failure):
        return ''
    return f'it had to fail with "{case.failure}", but: {failure or "it passed"}'


def take_steps(case, build, logs):
    archive = (build / case.archive).read_bytes()
    with start_machine(case, build, archive, logs) as machine:
        machine.initrd, machine.build = archive, kernel_of(case, build)
        try:
            for step in case.steps:
                step(machine)
        except (Failure, OSError):
            machine.settle()
            raise


def start_machine(case, build, archive, logs):
    if case.firmware == 'bochs':
        return Bochs(case, build, logs)
    return Qemu(case, build, archive, logs)
