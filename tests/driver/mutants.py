# SPDX-License-Identifier: MIT OR Apache-2.0
"""Is each instruction of the fast paths needed, and does a test say so? One after the other is
left out of the kernel, and the guest suite is run until something is wrong."""

import os
import re
import shlex
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from boot.case import Case
from boot.machine import Failure
from boot.runner import start_machine

from .guest import CASE, COUNTED, PLAN, WANTS_KEY, log_of
from .paths import SOURCE

FOLDER = 'kernel/arch/x86_64'
FILES = ('fast', 'fast_signal', 'fast_fault', 'invoke')
FIRST = 'a word goes there and back'  # the cases of the fast paths, which say the most, come first
SILENCE = 30  # seconds without a word: nothing comes any more

JUMP = re.compile(r'j(?!mp\b)\w+\s')
STORE = re.compile(r'(mov|add|sub|or|and|inc|dec|bts)\s+((byte|word|dword|qword)\s+)?\[')
LOAD = re.compile(r'(wr[fg]sbase\s|db\s+0x2e)')  # of a base, or of CR3 (load_root)
LINE = re.compile(r'%line (\d+)\+(\d+) (.*)')
LABEL = re.compile(r'([\w.@]+):')


@dataclass(frozen=True)
class Mutant:
    """One line is left out of a file of which all macros are expanded."""
    file: str
    index: int  # of the line
    place: str  # the source's file and line
    label: str  # the last one above it that is not local
    text: str

    def __str__(self):
        return f'{self.place}: {self.label}: {self.text}'


class Tree:
    """How this kernel is built, and the expanded files."""

    def __init__(self, build):
        self.build = build
        self.folder = build / 'mutants'
        self.nasm, self.link = (shlex.split(os.environ[name]) for name in ('NASM', 'LINK'))
        self.folder.mkdir(exist_ok=True)
        self.lines = {name: self._expanded(name) for name in FILES}

    def _expanded(self, name):
        done = subprocess.run([*self.nasm, '-E', f'{FOLDER}/{name}.asm'], cwd=SOURCE, check=True,
                              capture_output=True, text=True)
        return done.stdout.splitlines()

    def mutants(self):
        return [mutant for name in FILES for mutant in mutants_of(name, self.lines[name])]

    def make(self, mutant, folder):
        """The kernel without that line; without a mutant, as it is."""
        name = mutant.file if mutant else FILES[0]
        lines = list(self.lines[name])
        if mutant:
            lines[mutant.index] = ''
        source, made = folder / f'{name}.asm', folder / f'{name}.o'
        source.write_text('\n'.join(lines) + '\n')
        whole = f'/{FOLDER}/{name}.asm.o'
        linked = [str(made) if part.endswith(whole) else part for part in self.link]
        assert linked != self.link
        for command in ([*self.nasm, '-o', str(made), str(source)],
                        [*linked, '-o', str(folder / 'kozo-kernel')]):
            subprocess.run(command, cwd=SOURCE, check=True)


def mutants_of(name, lines):
    found, place, at, step, label = [], '', 0, 0, ''
    for index, line in enumerate(lines):
        moved = LINE.match(line)
        if moved:
            at, step, place = int(moved[1]) - int(moved[2]), int(moved[2]), moved[3]
            continue
        at += step
        text = ' '.join(line.split())
        named = LABEL.match(text)
        if named and not re.match(r'\.|_?\.\.@', text):
            label = named[1]
        if JUMP.match(text) or STORE.match(text) or LOAD.match(text):
            where = f'{os.path.basename(place)}:{at}'
            found.append(Mutant(name, index, where, label, text))
    return found


def boot(folder, archive, first):
    """What was noticed; nothing: all cases have passed."""
    arguments = (*COUNTED, '-device', 'edu', '-append', f'from={first}')
    case = Case('guest', (), memory='512M', cpu='max', qemu=arguments, seconds=600, forbidden=())
    with start_machine(case, folder, archive, folder) as guest:
        return watch(guest)


def watch(guest):
    length, since, asked = 0, time.monotonic(), False
    while True:
        ended = guest.process.poll() is not None
        log = guest.log()
        for line in log[log.rfind('\n', 0, length) + 1:].splitlines():
            case = CASE.match(line)
            if case and case[1]:
                return f'not ok: {case[2]}'
            if re.match('.*KOZO crash report', line):
                return 'the kernel reports a crash'
        if not asked and WANTS_KEY in log:
            guest.type('k')
            asked = True
        if ended:
            return all_passed(log)
        if len(log) != length:
            length, since = len(log), time.monotonic()
        if time.monotonic() > since + SILENCE:
            return 'nothing comes any more'
        time.sleep(0.05)


def all_passed(log):
    planned = PLAN.search(log)
    passed = sum(not case[0] for case in CASE.findall(log))
    return '' if planned and passed == int(planned[1]) else 'it ends early'


def run_mutants(build, only, jobs, report):
    """Report what comes of each; return those that were not noticed."""
    tree = Tree(build)
    archive = (build / 'guest.cpio').read_bytes()
    first = number_of_first(tree, archive)

    def run(mutant):
        folder = tree.folder / f'{mutant.file}-{mutant.index}'
        folder.mkdir(exist_ok=True)
        (folder / 'debug.log').unlink(missing_ok=True)
        try:
            tree.make(mutant, folder)
            return mutant, boot(folder, archive, first)
        except (Failure, OSError) as error:
            return mutant, str(error)

    unnoticed = []
    with ThreadPoolExecutor(jobs) as pool:
        for mutant, noticed in pool.map(run, [m for m in tree.mutants() if only in str(m)]):
            report(f'{noticed or "UNNOTICED":<40.40} {mutant}')
            if not noticed:
                unnoticed.append(mutant)
    return unnoticed


def number_of_first(tree, archive):
    """Of the case that comes first; that all pass is what the others are compared with."""
    folder = tree.folder / 'whole'
    folder.mkdir(exist_ok=True)
    (folder / 'debug.log').unlink(missing_ok=True)
    tree.make(None, folder)
    wrong = boot(folder, archive, 1)
    if wrong:
        raise Failure(f'the kernel as it is does not pass: {wrong}')
    names = [name for _, name in CASE.findall(log_of(folder))]
    return 1 + names.index(FIRST)
