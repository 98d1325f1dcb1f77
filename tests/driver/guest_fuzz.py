# SPDX-License-Identifier: MIT OR Apache-2.0
"""The guest fuzzer: tests/guest-fuzz in init's place, which asks the kernel for random
things. A run is made again by its seed; when one fails, the last calls of each worker
are read from the machine's memory."""

import re
import struct
import time
from dataclasses import dataclass

from boot.case import TROUBLE, Case
from boot.machine import Failure
from boot.qemu import Qemu

from .paths import kernel_of
from .result import Result, tail

MEMORY_MIB = 64
KINDS = ('random', 'sequences')
STATUSES, SLOTS, RING, CALL_WORDS = 24, 256, 40, 10  # as in tests/guest-fuzz/fuzz.h
MAGIC = b'KOZOFUZZ'
SHOWN = 12
CALL_OPEN = 2**64 - 1
SYSCALLS = ('CALL', 'REPLY_RECV', 'SEND', 'NB_SEND', 'RECV', 'NB_RECV', 'WAIT', 'POLL', 'YIELD',
            'INVOKE', 'ENTER', 'SET_BASE', 'SIGNAL')


@dataclass(frozen=True)
class Fuzz:
    kind: str
    seed: int
    count: int
    debug: bool = False  # the kernel that checks its invariants
    check: int = 0       # debug: check at every so many system calls; 0: the watcher's choice
    restless: bool = False  # debug: leave the kernel at every preemption point
    sanitized: bool = False  # the kernel under UBSan and KASAN
    seconds: float = 300

    @property
    def name(self):
        kernel = 'sanitized ' * self.sanitized + 'debug ' * self.debug + 'kernel'
        how = self.kind + ', restless' * self.restless
        return f'the {kernel} survives {self.count} calls, {how}, seed {self.seed}'

    def command_line(self):
        check = f' check={self.check}' if self.check else ''
        check += ' restless=1' * self.restless
        return f'kind={self.kind} seed={self.seed} count={self.count}{check}'

    def case(self):
        return Case(self.name, (), archive='guest-fuzz.cpio', memory=f'{MEMORY_MIB}M',
                    debug=self.debug, sanitized=self.sanitized,
                    # How long a serial line makes the log wait is the host's affair.
                    lacks=('serial line',),
                    qemu=('-icount', 'shift=0,sleep=off', '-append', self.command_line()),
                    seconds=self.seconds, forbidden=(*TROUBLE, 'fuzz: FAILED'))


# What `make test` runs.
RUNS = [Fuzz(kind, 1, 1_000_000) for kind in KINDS]
RUNS += [Fuzz(kind, 1, 1_000_000, debug=True) for kind in KINDS]
RUNS += [Fuzz(kind, 1, 200_000, sanitized=True) for kind in KINDS]
RUNS += [Fuzz('sequences', 2, 50_000, debug=True, restless=True)]


def run_guest_fuzz(fuzz, build, logs):
    start = time.monotonic()
    failure = ''
    case = fuzz.case()
    try:
        archive = (build / case.archive).read_bytes()
        with Qemu(case, build, archive, logs) as machine:
            try:
                machine.see(r'^fuzz: passed: .*$')
                machine.end()
            except Failure as error:
                machine.settle()
                failure = f'{error}\n{tail(logs / "debug.log")}\n{last_calls(machine, logs)}'
                failure += ('\nTo run it again: make fuzz-guest '
                            f'KIND={fuzz.kind} SEED={fuzz.seed} N={fuzz.count}'
                            + ' DEBUG=1' * fuzz.debug + ' SAN=1' * fuzz.sanitized
                            + ' RESTLESS=1' * fuzz.restless)
    except (Failure, OSError) as error:
        failure = failure or str(error)
    return Result('guest-fuzz', fuzz.name, logs, time.monotonic() - start, failure,
                  build=kernel_of(case, build))


def last_calls(machine, logs):
    """Each worker's last calls, as its ledger has them."""
    path = logs / 'memory'
    try:
        machine.monitor.execute('pmemsave', val=0, size=MEMORY_MIB << 20, filename=str(path))
    except (Failure, OSError) as error:
        return f'the calls are lost: {error}'
    memory = path.read_bytes()
    path.unlink()
    return '\n'.join(ledger(memory, match.start())
                     for match in re.finditer(MAGIC, memory) if match.start() % 4096 == 0)


def ledger(memory, at):
    _, worker, _, _, calls = struct.unpack_from('<5Q', memory, at)
    ring = at + (5 + STATUSES + 2) * 8 + SLOTS
    lines = [f'worker {worker}, {calls} calls, the last of them:']
    for i in range(max(0, calls - SHOWN), calls):
        lines.append('  ' + call(struct.unpack_from(f'<{CALL_WORDS}Q', memory,
                                                    ring + i % RING * CALL_WORDS * 8)))
    return '\n'.join(lines)


def call(words):
    number, target, info, *args, status = words
    name = SYSCALLS[number & 0xffffffff] if number & 0xffffffff < len(SYSCALLS) else hex(number)
    what = f'{name}/{number >> 32}' if number >> 32 else name
    label = f'{info >> 16 >> 8}.{info >> 16 & 0xff}' if name == 'INVOKE' else hex(info >> 16)
    end = 'has not come back' if status == CALL_OPEN else f'status {status}'
    return f'{what} {target:#x} {label} ({", ".join(map(hex, args))}) {end}'
