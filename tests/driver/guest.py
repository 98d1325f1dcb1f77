# SPDX-License-Identifier: MIT OR Apache-2.0
"""The guest suite: tests/guest in init's place, which asks the kernel everything.

Every machine below runs all of its cases. Together they must have observed every
answer that abi/ lists for every operation.
"""

import re
import time
from dataclasses import dataclass

from boot.case import Case
from boot.machine import Failure
from boot.runner import start_machine
from boot.steps import hides_the_kernel, processor_has

from .paths import kernel_of
from .result import Result, tail

SECONDS = 300
PLAN = re.compile(r'^1\.\.(\d+)$')
CASE = re.compile(r'^(not )?ok \d+ - (.*)$')
PAIR = re.compile(r'^# pair (\S+ \S+ \S+) (observed|missing)$', re.MULTILINE)
WANTS_KEY = '# type a character'

# What abi/ lists, because it is so for all methods, and yet cannot happen.
IMPOSSIBLE = {
    'ENTER own OK': 'it returns only if it is refused',
    'Untyped.retype common ERR_NO_RIGHT': 'an Untyped is never minted: it has its right',
    'IoSpace.map own OK': 'there is no driver for an IOMMU',
    'IoSpace.unmap own OK': 'there is no driver for an IOMMU',
    'IrqControl.connect_message own ERR_RANGE': 'no machine here is without a local APIC',
    'SchedControl.configure own ERR_STATE': 'no machine here is without one, and so without alarms',
}
COST = re.compile(r'^# cost (\S+) (\d+) of (\d+)( at a time)?$', re.MULTILINE)
RATE = re.compile(r'^# rate (\d+)$', re.MULTILINE)
POWER_OFF = 'DebugConsole.power own OK'


@dataclass(frozen=True)
class GuestMachine:
    suite: str
    folder: str
    case: Case
    ends: str = 'guest-shutdown'
    counts: bool = False  # its TSC counts instructions


def case(steps=(), **machine):
    return Case('guest', steps, archive='guest.cpio', seconds=SECONDS, **machine)


# Time by instructions: a busy host ends nobody's turn, and who runs when is the same each time.
STEADY = ('-icount', 'shift=2,sleep=off')
# A tick is one, so that fast_paths.c can tell that the fast paths are taken.
COUNTED = ('-icount', 'shift=0,sleep=off')

MACHINES = (
    GuestMachine('guest', 'plain', case(qemu=STEADY)),
    GuestMachine('guest with every CPU feature', 'max', case(
        memory='6G', cpu='max', qemu=(*STEADY, '-device', 'edu'))),
    GuestMachine('guest without ACPI', 'no-acpi',
                 case(machine='pc,acpi=off', qemu=STEADY), 'guest-reset'),
    GuestMachine('guest on a debug kernel', 'debug', case(cpu='max', debug=True, qemu=COUNTED)),
    GuestMachine('guest on page tables that hide the kernel', 'isolated', case(
        cpu='max', qemu=(*STEADY, '-append', 'isolation=on'), steps=(hides_the_kernel,))),
    # Large enough for the largest frame, in pages that are not the largest.
    GuestMachine('guest, instructions counted', 'counted', case(
        memory='3G', qemu=COUNTED), counts=True),
    # What QEMU cannot emulate; Bochs is slow, and so is a kernel under sanitizers.
    GuestMachine('guest in Bochs', 'bochs', case(
        memory='512M', boot='bochs-guest-cd', cpu='corei7_skylake_x',
        steps=(processor_has('pcid', 'invpcid', 'x2apic', 'avx512'),))),
    GuestMachine('guest under sanitizers', 'sanitized', case(
        memory='512M', cpu='max', sanitized=True, qemu=STEADY)),
)


def run_guest_suite(build, logs):
    results, listed, observed = [], set(), set()
    for machine in MACHINES:
        folder = logs / machine.folder
        folder.mkdir()
        results += run_machine(machine, build, folder)
        for pair, what in PAIR.findall(log_of(folder)):
            listed.add(pair)
            if what == 'observed':
                observed.add(pair)
        if machine.counts:
            results += bounds_kept(folder) + [rate_told(folder)]
        if machine.ends == 'guest-shutdown' and not results[-1].failed:
            observed.add(POWER_OFF)
    return results + [every_answer(listed, observed, logs)]


def every_answer(listed, observed, logs):
    name = 'every answer that abi/ lists was observed'
    wrong = [f'missing: {pair}' for pair in sorted(listed - observed - IMPOSSIBLE.keys())]
    wrong += [f'impossible, and yet observed: {pair}' for pair in IMPOSSIBLE if pair in observed]
    if not listed:
        wrong = ['no suite came to its end']
    return Result('guest', name, logs, failure='\n'.join(wrong))


def bounds_kept(logs):
    """No call took more instructions than abi/ promises for it, the stub's own included."""
    costs = COST.findall(log_of(logs))
    results = [Result('guest', 'every operation has a bound, but for those of the console', logs,
                      failure='' if costs else 'there are no costs in the log')]
    for name, most, bound, in_steps in costs:
        if bound == '0' and not name.startswith('DebugConsole.'):
            results[0].failure += f'{name} has none\n'
        if bound != '0' and not in_steps:
            wrong = f'it took {most}' if int(most) > int(bound) else ''
            results.append(Result('guest', f'{name} takes at most {bound} instructions', logs,
                                  failure=wrong))
    return results


def rate_told(logs):
    """Under -icount shift=0 a tick is a nanosecond."""
    rate = RATE.search(log_of(logs))
    wrong = 'no rate was told' if not rate else f'it told {rate[1]} Hz'
    right = rate and abs(int(rate[1]) - 10 ** 9) < 10 ** 5
    return Result('guest', 'Timer.rate tells the rate within one part in 10,000', logs,
                  failure='' if right else wrong)


def run_machine(machine, build, logs):
    """The results of all cases, and last whether the suite came to its end."""
    start = time.monotonic()
    ending = run(machine, build, logs)
    seconds = time.monotonic() - start
    cases, ending = cases_of(logs, ending)
    share = seconds / (len(cases) + 1)  # TAP tells no times
    return [Result(machine.suite, name, logs, share, failure, build=kernel_of(machine.case, build))
            for name, failure in [*cases, ('the suite runs to its end', ending)]]


def cases_of(logs, ending):
    """What came of each case; and what was wrong with the end, if only that not all have run."""
    planned, cases = parse(log_of(logs))
    if not ending and (not planned or len(cases) != planned):
        ending = f'{len(cases)} of {planned} cases have run'
    if ending:
        ending += ''.join('\n' + tail(logs / name) for name in ('debug.log', 'emulator.log'))
    return cases, ending


def run(machine, build, logs):
    """Run the suite; return what was wrong with its end, or nothing."""
    try:
        archive = (build / machine.case.archive).read_bytes()
        with start_machine(machine.case, build, archive, logs) as guest:
            guest.see(f'^{WANTS_KEY}$')
            for step in machine.case.steps:
                step(guest)
            guest.type('k')
            guest.see(PAIR.pattern)  # all cases have run
            reason = guest.end()
            guest.settle()
        return '' if reason == machine.ends else f'{guest.emulator} ended for {reason}'
    except (Failure, OSError) as error:
        return str(error)


def log_of(logs):
    path = logs / 'debug.log'
    return path.read_text(errors='replace').replace('\r', '') if path.exists() else ''


def parse(log):
    """How many cases were planned; name and failure of each that ran.

    What a case has to say comes before its own line."""
    planned, cases, remarks = 0, [], []
    for line in log.splitlines():
        plan, case = PLAN.match(line), CASE.match(line)
        if plan:
            planned = int(plan[1])
        elif case:
            cases.append((case[2], '\n'.join(remarks or ['failed']) if case[1] else ''))
        if plan or case:
            remarks = []
        else:
            remarks.append(line)
    return planned, cases
