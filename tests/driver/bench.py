# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the kernel's operations cost in instructions, against the targets and against what
they cost before: tests/bench in init's place, and tests/plugin/bench.c to count from
outside. docs/performance.md says how, and what the rows mean."""

import json
import os
import re
import statistics
import subprocess
import time
from dataclasses import dataclass, replace

from boot.case import Case
from boot.machine import Failure
from boot.qemu import Qemu

from . import stretch
from .paths import SCRIPTS, SOURCE, plugin
from .result import Result, tail

BASELINE = SOURCE / 'tests/bench/baseline.json'
PERCENT_MAX = 2  # by which a row may get worse
SECONDS = 120
CPU = 'Haswell,-pcid,-invpcid,-x2apic,-tsc-deadline,-hle,-rtm,+fsgsbase,+pdpe1gb'
ICOUNT = ('-icount', 'shift=0,sleep=off')
# That CPU has the flaw for which page tables are isolated: one column without, one with.
OFF, ON = (('-append', f'isolation={wish}') for wish in ('off', 'on'))
KERNEL = 'kozo-kernel-x86_64.debug'

# The rows and their targets; 0: none.
TARGETS = {
    'call-0': 92,
    'reply-recv-0': 105,
    'call-4': 92,
    'reply-recv-4': 105,
    'call-6': 92,
    'reply-recv-6': 105,
    'call-10': 220,
    'reply-recv-10': 240,
    'call-active': 135,
    'reply-recv-active': 150,
    'signal-wakes': 200,
    'signal': 90,
    'wait': 90,
    'poll': 0,
    'fault': 250,
    'fault-reply': 250,
    'interrupt': 250,
    'timer': 0,
    'timer-arm': 0,
    'yield': 160,
    'invoke': 130,
    'map': 250,
    'protect': 0,
    'unmap': 200,
    'map-range': 50,
    'protect-range': 50,
    'unmap-range': 50,
    'copy': 200,
    'mint': 200,
    'move': 200,
    'copy-range': 60,
    'mint-range': 60,
    'move-range': 60,
    'delete': 200,
    'delete-range': 0,
    'revoke': 250,
    'retype-endpoint': 300,
    'retype-thread': 1000,
    'guest-syscall': 70,
    'guest-fault': 180,
    'fork-range': 90,
    'boot-512M': 1_500_000,
    'boot-8G': 3_000_000,
    'text-bytes': 100_000,
    'kept-bytes': 256 << 10,
    'source-lines': 10_000,
    'stretch': stretch.STRETCH_MAX,
}
CHECK = 'inside'  # is none of them
STRETCH = 'stretch'  # is not measured here, but by tests of its own

NAMED = re.compile(r'^bench: row (\d+): (\d+) (\S+)$', re.MULTILINE)
KEPT = re.compile(r'^bench: the kernel keeps (\d+) bytes$', re.MULTILINE)
INSIDE = re.compile(r'^bench: the call took (\d+) ticks$', re.MULTILINE)
LOOP = re.compile(r'^bench: a loop of (\d+) instructions took (\d+) ticks$', re.MULTILINE)
BOOTED = r'^boot: (\d+) TSC ticks from kernel entry to init'


@dataclass(frozen=True)
class Row:
    name: str
    value: float  # instructions, bytes or lines
    costs: dict  # how many of the instructions are of which kind; empty if nobody counted
    isolated: float = None  # the value with page tables that hide the kernel; None: not measured

    @property
    def target(self):
        return TARGETS[self.name]

    @property
    def verdict(self):
        return '-' if not self.target else 'PASS' if self.value <= self.target else 'MISS'

    def line(self):
        second = '' if self.isolated is None else f' isolation=on {self.isolated}'
        return f'bench {self.name} {self.value} {self.target or "-"} {self.verdict}{second}'

    def costs_line(self):
        return f'costs {self.name} ' + ' '.join(f'{kind} {n:g}' for kind, n in self.costs.items())

    def facts(self):
        return {'value': self.value, 'target': self.target or None, 'verdict': self.verdict,
                'isolated': self.isolated, **self.costs}


# --- measuring --------------------------------------------------------------------

@dataclass(frozen=True)
class Measured:
    rows: dict  # by their names, in the order of TARGETS
    miscounted: str  # what was wrong with the counting itself


def measure(build, logs):
    operations = operation_rows(build, fresh(logs / 'operations'), OFF)
    isolated = operation_rows(build, fresh(logs / 'isolated'), ON)
    log = log_of(logs / 'operations')
    wrong = miscounted(log, operations.pop(CHECK).value)
    values = {
        'boot-512M': boot_ticks(build, fresh(logs / 'boot-512M'), '512M'),
        'boot-8G': boot_ticks(build, fresh(logs / 'boot-8G'), '8G'),
        'text-bytes': text_bytes(build / KERNEL),
        'kept-bytes': int(KEPT.search(log)[1]),
        'source-lines': source_lines(build / KERNEL),
    }
    operations = {name: replace(row, isolated=isolated[name].value)
                  for name, row in operations.items()}
    rows = {**operations, **{name: Row(name, value, {}) for name, value in values.items()}}
    expected = [name for name in TARGETS if name != STRETCH]
    if rows.keys() != set(expected):
        raise Failure('measured or expected, but not both: '
                      + ' '.join(sorted(rows.keys() ^ set(expected))))
    return Measured({name: rows[name] for name in expected}, wrong)


def miscounted(log, counted):
    """A tick is an instruction, and the plugin counts as many of them as there are ticks."""
    loop, ticks = LOOP.search(log).groups()
    inside = int(INSIDE.search(log)[1])
    wrong = [] if loop == ticks else [f'a loop of {loop} instructions took {ticks} ticks']
    return '\n'.join(wrong + [f'{inside} ticks, but counted {counted}'] * (inside != counted))


def measure_twice(build, logs):
    """What was measured; and what was different the second time, or nothing."""
    once, again = measure(build, logs / 'first'), measure(build, logs / 'second')
    return once, '\n'.join(f'{name}: {row.value}, then {again.rows[name].value}'
                           for name, row in once.rows.items() if row != again.rows[name])


def fresh(logs):
    logs.mkdir(parents=True)
    return logs


def operation_rows(build, logs, isolation):
    """The median of each row's samples: the first of a kind finds nothing prepared."""
    see(Case('bench', (), archive='bench.cpio', cpu=CPU, seconds=SECONDS, lacks=('serial line',),
             qemu=(*ICOUNT, *isolation, '-plugin', f'{plugin("bench")},out={logs}/samples')),
        build, logs, '^bench: done$', ends=True)
    named = {number: (name, int(per)) for number, per, name in NAMED.findall(log_of(logs))}
    heading, *lines = (logs / 'samples').read_text(encoding='ascii').splitlines()
    samples = {}
    for line in lines:
        number, *counts = line.split()
        samples.setdefault(number, []).append([int(count) for count in counts])
    kinds = heading.split()[2:]
    return {named[number][0]: row_of(*named[number], kinds, samples[number])
            for number in samples}


def row_of(name, per, kinds, samples):
    value, *costs = (share(statistics.median_low(counts), per) for counts in zip(*samples))
    return Row(name, value, dict(zip(kinds, costs)))


def share(count, per):
    return count if per == 1 else round(count / per, 1)


def boot_ticks(build, logs, memory):
    """With the initrd that everybody boots with."""
    case = Case('bench', (), memory=memory, cpu=CPU, seconds=SECONDS, lacks=('serial line',),
                qemu=(*ICOUNT, *OFF))
    return int(see(case, build, logs, BOOTED)[1])


def see(case, build, logs, pattern, ends=False):
    """Start a machine, and wait until its log has the pattern and, perhaps, for its end."""
    archive = (build / case.archive).read_bytes()
    try:
        with Qemu(case, build, archive, logs) as machine:
            match = machine.see(pattern)
            if ends:
                machine.end()
            return match
    except Failure as error:
        raise Failure(f'{error}\n{tail(logs / "debug.log")}\n'
                      f'{tail(logs / "emulator.log")}') from None


def log_of(logs):
    return (logs / 'debug.log').read_text(errors='replace').replace('\r', '')


def text_bytes(kernel):
    listed = subprocess.run(['size', '-A', '-d', kernel], capture_output=True, text=True,
                            check=True).stdout
    return int(re.search(r'^\.text +(\d+)', listed, re.MULTILINE)[1])


def source_lines(kernel):
    printed = subprocess.run([SCRIPTS / 'size.sh', kernel], capture_output=True, text=True,
                             check=True).stdout
    return int(re.search(r'^of it as shipped +(\d+)', printed, re.MULTILINE)[1])


def stretch_row(build, logs):
    return Row(STRETCH, stretch.longest(build, logs), {})


# --- judging ----------------------------------------------------------------------

def worse(values, baseline):
    """Values and those of before, by names: a line for each row that is not as good."""
    lines = []
    for name in sorted(values.keys() | baseline.keys()):
        now, before = values.get(name), baseline.get(name)
        if now is None or before is None:
            lines.append(f'{name} is in one of {BASELINE.name} and the benchmark only')
        elif now > before * (1 + PERCENT_MAX / 100):
            lines.append(f'{name}: {now}, and was {before}: {now / before - 1:.1%} more')
    return '\n'.join(lines) + '\nIf that is meant: make bench-update' * bool(lines)


def values_of(rows):
    return {name: row.value for name, row in rows.items()}


def read_baseline():
    return json.loads(BASELINE.read_text(encoding='ascii'))


def write_baseline(rows):
    BASELINE.write_text(json.dumps(values_of(rows), indent='\t') + '\n', encoding='ascii')


def write_facts(rows, path):
    facts = {'cpu': CPU, 'rows': {name: row.facts() for name, row in rows.items()}}
    path.write_text(json.dumps(facts, indent='\t') + '\n', encoding='ascii')


# --- as a test ----------------------------------------------------------------------

def run_bench(build, logs):
    start = time.monotonic()
    once, different = measure_twice(build, logs)
    write_facts(once.rows, build / 'bench.json')
    seconds = (time.monotonic() - start) / 3
    slow = os.environ.get('FASTPATH') == '0'  # it is meant to take more
    return [Result('bench', name, logs, seconds, failure) for name, failure in (
        ('a tick is an instruction, and what is counted from outside is what is counted inside',
         once.miscounted),
        ('the same is counted twice, to the instruction', different),
        (f'no row is more than {PERCENT_MAX} % worse than tests/bench/baseline.json',
         '' if slow else worse(values_of(once.rows), read_baseline())))]
