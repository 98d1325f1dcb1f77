# SPDX-License-Identifier: MIT OR Apache-2.0
"""Is each instruction of the fast paths needed, and does a test say so? One after the other is
left out of the kernel, and the guest suite is run until something is wrong."""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from boot.case import Case
from boot.machine import Failure
from boot.runner import start_machine

from .guest import CASE, COUNTED, WANTS_KEY, parse
from .paths import SCRIPTS, SOURCE

FOLDER = 'kernel/arch/x86_64'
ARCHIVE, LOG = 'guest.cpio', 'log'
KERNEL, CHECKED = 'kozo-kernel', 'checked'  # and a folder with one that checks itself
FILES = ('fast_fault', 'invoke', 'fast_signal', 'fast')
FIRST = 'whatever calls are made, the fast way shows nothing that C does not'  # those that know most
SILENCE = 40  # seconds without a word: nothing comes any more
LOG_BYTES = 1 << 20  # more than the suite has to say

# What no case of the suite can show, and why.
KNOWN = (
    (r'.*: je \S+same_space', 'it only saves a load of CR3'),
    (r'.*: page_fault: jz trap_common', 'the kernel has no page faults; a bug has (`bug=` in make test)'),
    (r'.*: device_interrupt: jz trap_common', 'the suite is never idle, as a machine at its prompt is'),
    (r'.*: syscall_invoke_fast: mov dword \[gs:\d+\], 0', 'a long call only leaves the kernel sooner'),
    (r'fast_signal.asm:\d+: yield: mov \[gs:\d+\], r8', 'the alarm only goes off sooner, and is set again'),
    (r'fast_signal.asm:\d+: take_pending: jne slow', 'only the flag of who is bound stays, who goes through C then'),
)

CONDITION = re.compile(r'(j(?!mp\b)\w+\s|or\s+\w+,\s*(word\s+)?\[)')  # one jump may serve several
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
        self.nasm, *links = (shlex.split(os.environ[name])
                             for name in ('NASM', 'LINK', 'DEBUG_LINK'))
        self.links = dict(zip(('', CHECKED), links))
        self.folder.mkdir(exist_ok=True)
        self.lines = {name: self._expanded(name) for name in FILES}

    def _expanded(self, name):
        done = subprocess.run([*self.nasm, '-E', f'{FOLDER}/{name}.asm'], cwd=SOURCE, check=True,
                              capture_output=True, text=True)
        return done.stdout.splitlines()

    def mutants(self):
        return [mutant for name in FILES for mutant in mutants_of(name, self.lines[name])]

    def new_folder(self, name):
        """A build folder for a kernel of its own."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        for made in (folder, folder / CHECKED):
            made.mkdir()
            (made / ARCHIVE).symlink_to(self.build / ARCHIVE)
        return folder

    def make(self, mutant, folder):
        """The kernel without that line; without a mutant, as it is."""
        name = mutant.file if mutant else FILES[0]
        lines = list(self.lines[name])
        if mutant:
            lines[mutant.index] = ''
        source, made = folder / f'{name}.asm', folder / f'{name}.o'
        source.write_text('\n'.join(lines) + '\n')
        whole = f'/{FOLDER}/{name}.asm.o'
        subprocess.run([*self.nasm, '-o', str(made), str(source)], cwd=SOURCE, check=True)
        for where, link in self.links.items():
            linked = [str(made) if part.endswith(whole) else part for part in link]
            assert linked != link
            subprocess.run([*linked, '-o', str(folder / where / KERNEL)], cwd=SOURCE, check=True)


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
        if any(kind.match(text) for kind in (CONDITION, STORE, LOAD)):
            where = f'{os.path.basename(place)}:{at}'
            found.append(Mutant(name, index, where, label, text))
    return found


def in_qemu(folder, archive, first, cpu='max'):
    """What was noticed; nothing: all cases have passed."""
    arguments = (*COUNTED, '-device', 'edu', '-append', f'from={first}')
    case = Case('guest', (), archive=ARCHIVE, memory='512M', cpu=cpu, qemu=arguments,
                seconds=600)
    return boot(case, folder, archive)


def in_plain_qemu(folder, archive, first):
    """The same on a processor that goes the C way."""
    return in_qemu(folder, archive, first, 'qemu64')


def in_checked_qemu(folder, archive, first):
    """The same, but the kernel looks whether all that must be true is."""
    return in_qemu(folder / CHECKED, archive, first)


def in_bochs(folder, archive, first):
    """The same where address spaces have identifiers."""
    command_line = f'from={first} isolation=off'
    subprocess.run([SCRIPTS / 'mkiso.sh', folder / KERNEL, folder / ARCHIVE,
                    folder / 'guest.iso', command_line], check=True, capture_output=True)
    case = Case('guest', (), memory='512M', boot='bochs-guest-cd', cpu='corei7_skylake_x',
                seconds=1200)
    return boot(case, folder, archive)


MACHINES = (in_qemu, in_plain_qemu, in_checked_qemu, in_bochs)


def boot(case, folder, archive):
    with tempfile.TemporaryDirectory(dir=folder) as logs, \
            start_machine(case, folder, archive, Path(logs)) as guest:
        wrong = watch(guest)
        (folder / LOG).write_text(guest.log())
        return wrong


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
        if len(log) > LOG_BYTES:
            return 'it says the same for ever'
        time.sleep(0.05)


def all_passed(log):
    planned, cases = parse(log)
    return '' if planned and len(cases) == planned else 'it ends early'


def notice(folder, archive, first):
    """What the first machine notices that notices something."""
    return next(filter(None, (machine(folder, archive, first) for machine in MACHINES)), '')


def run_mutants(build, only, jobs, report):
    """Report what comes of each; return those that ought to be noticed, and were not."""
    tree = Tree(build)
    archive = (build / ARCHIVE).read_bytes()
    first = number_of_first(tree, archive)

    def run(mutant):
        folder = tree.new_folder(f'{mutant.file}-{mutant.index}')
        try:
            tree.make(mutant, folder)
            noticed = notice(folder, archive, first)
        except Failure as error:
            noticed = str(error)
        if noticed:
            shutil.rmtree(folder)
        return mutant, noticed

    unnoticed = []
    with ThreadPoolExecutor(jobs) as pool:
        for mutant, noticed in pool.map(run, [m for m in tree.mutants() if only in str(m)]):
            why = '' if noticed else why_not(mutant)
            report(f'{noticed or why or "UNNOTICED":<60.60} {mutant}')
            if not noticed and not why:
                unnoticed.append(mutant)
    return unnoticed


def why_not(mutant):
    """Why nothing shows it, if that is known."""
    return next((reason for pattern, reason in KNOWN
                 if re.fullmatch(pattern, str(mutant))), '')


def number_of_first(tree, archive):
    """Of the case that comes first. All must pass, or nothing could be noticed."""
    folder = tree.new_folder('whole')
    tree.make(None, folder)
    if wrong := notice(folder, archive, 1):
        raise Failure(f'the kernel as it is does not pass: {wrong}')
    _, cases = parse((folder / LOG).read_text())
    return 1 + [name for name, _ in cases].index(FIRST)
