# SPDX-License-Identifier: MIT OR Apache-2.0
"""Which lines of the kernel's C were run by the machines of a test run.

Each QEMU that a test starts has the plugin tests/plugin/cover.c, which leaves a map of
the instructions that were run in the test's folder. A line counts if it has instructions
in any of our three kernels, and is covered if one of them was run in any machine.
"""

import re
import subprocess
from collections import defaultdict

from .paths import debug_kernel, plugin, sanitized
from .result import Result

KERNEL_BASE, KERNEL_BYTES = 0xffffffff80000000, 4 << 20  # as in tests/plugin/cover.c
PERCENT_MIN = 90
NAME = f"{PERCENT_MIN} % of the kernel's lines are run"
FILE = re.compile(r'^(?:CU: )?(\S+\.\w+):(?:\[\+\+\])?$')
OURS = re.compile(r'kernel/.*\.[ch]')
ROW = re.compile(r'^\S+ +(\d+|-) +0x([0-9a-f]+) *(?:\d+)? *(x)?')

# The kernels, and where each was built.
KERNELS = {'release': lambda build: build, 'debug': debug_kernel, 'sanitized': sanitized}


def qemu_arguments(case, logs):
    """What makes QEMU note which instructions of its kernel it runs."""
    if not plugin('cover').exists():
        return []
    kernel = 'debug' if case.debug else 'sanitized' if case.sanitized else 'release'
    return ['-plugin', f'{plugin("cover")},out={logs}/{kernel}.cover']


def report(build, path):
    """Write a table by files; return a line to print, and the test's Result."""
    lines, covered = defaultdict(set), defaultdict(set)
    for kernel, folder in KERNELS.items():
        run = merged(build.glob(f'test-logs/**/{kernel}.cover'))
        for file, line, address in rows(folder(build) / 'kozo-kernel-x86_64.debug'):
            lines[file].add(line)
            if was_run(run, address):
                covered[file].add(line)
    total, done = (sum(map(len, found.values())) for found in (lines, covered))
    share = percent(done, total)
    text = f'kernel line coverage: {done} of {total} lines ({share:.1f} %)'
    path.write_text('\n'.join([text, '', *table(lines, covered)]) + '\n')
    failure = '' if share >= PERCENT_MIN else f'{text}; {path} says which are not'
    return text, Result('coverage', NAME, build / 'test-logs', failure=failure)


def percent(part, whole):
    return 100 * part / whole if whole else 0


# --- maps -----------------------------------------------------------------------

def merged(paths):
    """The maps of all machines with the same kernel as one."""
    run = 0
    for path in paths:
        run |= int.from_bytes(path.read_bytes(), 'little')
    return run.to_bytes(KERNEL_BYTES // 8, 'little')


def was_run(run, address):
    at = address - KERNEL_BASE
    return 0 <= at < KERNEL_BYTES and run[at // 8] >> at % 8 & 1


# --- lines ------------------------------------------------------------------------

def rows(elf):
    """File, line and address of each piece of code that begins a statement."""
    dump = subprocess.run(['objdump', '-w', '--dwarf=decodedline', elf], capture_output=True,
                          text=True, check=True).stdout
    file, here, at = '', [], None
    for text in dump.splitlines():
        if heading := FILE.match(text):
            file = heading[1]
        elif row := ROW.match(text):
            address = int(row[2], 16)
            if address != at:
                yield from statement(here, at)
                here, at = [], address
            here.append((file, row[1], bool(row[3])))


def statement(here, address):
    """Of the rows with one address only the last has instructions: the others are there
    for a debugger to stop at. It counts if it, or one like it, begins a statement."""
    if not here:
        return
    file, line, _ = here[-1]
    if OURS.fullmatch(file) and line not in ('-', '0') and (file, line, True) in here:
        yield file, int(line), address


# --- the table --------------------------------------------------------------------

def table(lines, covered):
    yield f'{"lines":>6} {"run":>6} {"%":>6}  file: lines that were not run'
    for file in sorted(lines):
        missing = ranges(sorted(lines[file] - covered[file]))
        yield (f'{len(lines[file]):6} {len(covered[file]):6} '
               f'{percent(len(covered[file]), len(lines[file])):6.1f}  {file}'
               + (f': {missing}' if missing else ''))


def ranges(numbers):
    """12 13 14 20 as `12-14 20`."""
    runs = []
    for n in numbers:
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return ' '.join(str(a) if a == b else f'{a}-{b}' for a, b in runs)
