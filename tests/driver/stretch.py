# SPDX-License-Identifier: MIT OR Apache-2.0
"""How long the kernel keeps interrupts away, under attack: tests/stretch in init's place,
one machine for each attack, and tests/plugin/stretch.c to count from outside."""

import bisect
import re
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Callable

from boot.case import TROUBLE, Case
from boot.machine import Failure
from boot.qemu import Qemu

from .coverage import KERNEL_BASE
from .guest_fuzz import Fuzz
from .paths import plugin
from .result import Result, tail

STRETCH_MAX = 20_000  # instructions
SECONDS = 200
JOBS = 2
SHOWN = 8  # of the functions in which the longest was spent
MEASURED = r'stretch: the call at (0x[0-9a-f]+) took (\d+) ticks'


@dataclass(frozen=True)
class Attack:
    name: str  # of tests/stretch/main.c
    what: str
    memory: str = '512M'
    archive: str = 'stretch.cpio'
    line: str = ''  # the kernel's command line, if it is another
    done: str = '^stretch: done$'
    program: str = 'stretch/init.debug'

    @property
    def title(self):
        return (f'no stretch of the kernel is longer than {STRETCH_MAX:,} instructions: '
                f'{self.what}')

    def case(self, logs):
        # How long a serial line makes the log wait is for whoever reads it to say.
        return Case(self.title, (), archive=self.archive, memory=self.memory, seconds=SECONDS,
                    lacks=('serial line',),
                    forbidden=(*TROUBLE, 'fuzz: FAILED'),
                    qemu=('-icount', 'shift=0,sleep=off',
                          '-append', self.line or f'attack={self.name}',
                          '-plugin', f'{plugin("stretch")},out={logs}/stretches'))


def fuzz(kind):
    run = Fuzz(kind, 1, 100_000)
    return Attack(f'fuzz-{kind}', f'{run.count:,} calls of the guest fuzzer, {kind}', '64M',
                  'guest-fuzz.cpio', run.command_line(), '^fuzz: passed', 'guest-fuzz/init.debug')


ATTACKS = [
    Attack('wide', '100,000 children of one capability'),
    Attack('deep', 'a chain of 100,000 capabilities, each derived from the last'),
    Attack('cnodes', "CNodes that hold each other's and their own last capability"),
    Attack('suicide', 'a thread revokes the memory of its own full CNode'),
    Attack('pages', 'a million pages mapped, protected, forked and unmapped', '2G'),
    Attack('tables', 'an address space with a million pages dies', '2G'),
    Attack('frames', 'frames of 512 entries, after any number of others', '4G'),
    Attack('zero', 'a frame of 1 GiB is made', '4G'),
    Attack('retype', 'many thousands of objects of each kind in one call'),
    Attack('senders', '10,000 threads send to an endpoint that dies'),
    Attack('receivers', '10,000 threads receive at an endpoint that dies'),
    Attack('callers', '10,000 threads call an endpoint that dies'),
    Attack('cancel', '10,000 threads send, and what half of them send is cancelled'),
    Attack('refusals', '10,000 threads send to one that takes only calls'),
    Attack('chain', 'a chain of 2,000 calls on one time ends at its end, or loses its time'),
    Attack('borrowers', '2,000 threads borrow time that runs out, or dies'),
    Attack('tellers', 'faults of 1,000 threads, each of which wakes the next'),
    Attack('context', '5,000 threads share time that runs out and is refilled, changed, destroyed'),
    Attack('refills', '2,000 times are used up and are refilled at one moment'),
    Attack('spent', '1,000 threads without budget send to an endpoint that dies'),
    Attack('wakes', '500 timers expire together, each of which wakes two without budget'),
    Attack('timers', '100,000 timers are armed, 10,000 of them for one time; all die'),
    Attack('lists', 'lists as long as they may be'),
    Attack('console', 'the console scrolls, sixteen lines a call'),
    Attack('faults', 'threads are stopped by faults, each of which the kernel reports'),
    fuzz('random'),
    fuzz('sequences'),
]
MEASURE = Attack('measure', 'a call that is measured from inside, too')


@dataclass(frozen=True)
class StretchTest:
    name: str
    attack: Attack
    judge: Callable  # from the attack, the build folder and one with logs to a failure, or nothing

    def run(self, build, logs):
        start = time.monotonic()
        try:
            run_machine(self.attack, build, logs)
            failure = self.judge(self.attack, build, logs)
        except (Failure, OSError) as error:
            failure = f'{error}\n{tail(logs / "debug.log")}\n{tail(logs / "emulator.log")}'
        return Result('stretch', self.name, logs, time.monotonic() - start, failure)


def run_machine(attack, build, logs):
    archive = (build / attack.archive).read_bytes()
    with Qemu(attack.case(logs), build, archive, logs) as machine:
        try:
            machine.see(attack.done)
            machine.end()
        except Failure:
            machine.settle()
            raise


def longest(build, logs):
    """The longest stretch in any of the attacks."""
    def run(attack):
        own = logs / attack.name
        own.mkdir(parents=True)
        run_machine(attack, build, own)
        return read(own)[0][0][0]

    with ThreadPoolExecutor(JOBS) as pool:
        return max(pool.map(run, ATTACKS))


def stretch_tests():
    for attack in ATTACKS:
        yield StretchTest(attack.title, attack, none_is_too_long)
    yield StretchTest('what is counted from outside is what -icount counts', MEASURE, both_agree)


# --- judging ----------------------------------------------------------------------

def read(logs):
    """The stretches, the longest first, each (instructions, from, entry, how many); and
    where the longest was spent, by blocks of code."""
    stretches, blocks = [], []
    for line in (logs / 'stretches').read_text(encoding='ascii').splitlines():
        kind, *words = line.split()
        numbers = [int(word, 0) for word in words]
        if kind == 'stretch':
            stretches.append(numbers)
        elif kind == 'block':
            blocks.append(numbers)
    if not stretches:
        raise Failure('the plugin has seen no stretch')
    return stretches, blocks


def none_is_too_long(attack, build, logs):
    stretches, blocks = read(logs)
    longest, place, entry, _ = stretches[0]
    kernel = symbols(build / 'kozo-kernel-x86_64.debug')
    source = name_of(kernel if place >= KERNEL_BASE else symbols(build / attack.program), place)
    (logs / 'longest').write_text(f'{attack.name} {longest} {source}\n')
    if longest <= STRETCH_MAX:
        return ''
    spent = Counter()
    for address, instructions in blocks:
        spent[name_of(kernel, address)] += instructions
    return '\n'.join([f'{longest:,} instructions, from {source}, at {name_of(kernel, entry)}; '
                      'spent in:',
                      *(f'{count:8,}  {name}' for name, count in spent.most_common(SHOWN))])


def both_agree(_attack, _build, logs):
    stretches, _ = read(logs)
    place, ticks = re.search(MEASURED, (logs / 'debug.log').read_text(errors='replace')).groups()
    counted = [longest for longest, source, _, _ in stretches if source == int(place, 0)]
    return '' if counted == [int(ticks)] else f'{ticks} ticks, but counted {counted}'


def symbols(elf):
    listed = subprocess.run(['nm', '-n', elf], capture_output=True, text=True, check=True).stdout
    return [(int(address, 16), name) for address, kind, name in
            (line.split() for line in listed.splitlines()) if kind in 'tT']


def name_of(table, address):
    i = bisect.bisect(table, (address, '\x7f')) - 1
    return table[i][1] if i >= 0 else hex(address)


# --- the table ---------------------------------------------------------------------

def report(build, path):
    """If all attacks have run: a line to print, and a table of the longest stretches."""
    found = {}
    for longest in build.glob('test-logs/*/longest'):
        name, instructions, place = longest.read_text().split()
        found[name] = int(instructions), place
    if len(found) != len(ATTACKS):
        return ''
    lines = [f'{"longest":>7}  {"from":22}  attack']
    for attack in ATTACKS:
        instructions, place = found[attack.name]
        lines.append(f'{instructions:7,}  {place:22}  {attack.what}')
    path.write_text('\n'.join(lines) + '\n')
    worst = max(ATTACKS, key=lambda attack: found[attack.name])
    return (f'longest stretch of the kernel: {found[worst.name][0]:,} instructions: '
            f'{worst.what}')
