# SPDX-License-Identifier: MIT OR Apache-2.0
"""The C library: tests/libc in init's place, which calls what it offers; and what is true
of the library as a file."""

import re
import subprocess
import time

from boot.case import Case
from boot.machine import Failure
from boot.qemu import Qemu

from .guest import cases_of
from .result import Result

SECONDS = 60
CASE = Case('libc', (), archive='libc.cpio', memory='16M', seconds=SECONDS)

# By a register, or by its name: x87 has instructions without operands.
FORBIDDEN = re.compile(r'%(?:st|[xyz]?mm\d+|k\d|[fg]s)\b|'
                       r'\t(?:f\w|emms|(?:ld|st)mxcsr|vzero|xsave|xrstor)')
# Addresses in code that are not relative to it, or are read from a table.
ABSOLUTE = re.compile(r'R_X86_64_(?:8|16|32|32S|GOT\w*)\b')
# What a program brings itself.
ALLOCATOR = {'malloc', 'calloc', 'realloc', 'free'}


def run_libc(build, logs):
    return [*run_in_kozo(build, logs),
            Result('libc', 'no instruction of the library uses the FPU, fs or gs', logs,
                   failure=lines_with(FORBIDDEN, build, '-d')),
            Result('libc', 'the library can be linked at any address', logs,
                   failure=lines_with(ABSOLUTE, build, '-dr')),
            Result('libc', 'the library stands on kozo-sys and an allocator, and repeats nothing',
                   logs, failure=wrong_names(build)),
            Result('libc', 'the licences of what is taken are in the image', logs,
                   failure=missing_licences(build))]


# --- in KOZO ----------------------------------------------------------------------

def run_in_kozo(build, logs):
    start = time.monotonic()
    ending = run(build, logs)
    seconds = time.monotonic() - start
    cases, ending = cases_of(logs, ending)
    share = seconds / (len(cases) + 1)
    return [Result('libc', name, logs, share, failure)
            for name, failure in [*cases, ('the program runs to its end', ending)]]


def run(build, logs):
    """Run the program; return what was wrong with its end, or nothing."""
    try:
        with Qemu(CASE, build, (build / CASE.archive).read_bytes(), logs) as machine:
            reason = machine.end()
            machine.settle()
        return '' if reason == 'guest-shutdown' else f'QEMU ended for {reason}'
    except (Failure, OSError) as error:
        return str(error)


# --- as a file --------------------------------------------------------------------

def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def lines_with(pattern, build, how):
    """The lines of code that must not be, each with the file it is in."""
    file, found = '', []
    listing = output_of('objdump', how, '--no-show-raw-insn', build / 'libc/libc.a')
    for line in listing.splitlines():
        if line.endswith('file format elf64-x86-64'):
            file = line.partition(':')[0]
        elif pattern.search(line):
            found.append(f'{file}: {line.strip()}')
    return '\n'.join(found) if file else 'there is no code in it'


def names(*files):
    """What these define, and what they use of each other and of others."""
    defined, used = set(), set()
    for line in output_of('nm', '-g', *files).splitlines():
        words = line.split()
        if len(words) == 3:
            defined.add(words[2])
        elif len(words) == 2 and words[0] == 'U':
            used.add(words[1])
    return defined, used


def wrong_names(build):
    library, used = names(build / 'libc/libc.a')
    system, _ = names(*(build / 'service-obj/services/lib/kozo-sys').glob('*.o'))
    wrong = [f'{name} is nowhere' for name in sorted(used - library - system - ALLOCATOR)]
    wrong += [f'{name} is in both' for name in sorted(library & system)]
    return '\n'.join(wrong)


def missing_licences(build):
    """musl's own, and those that one of its files begins with."""
    image = (build / CASE.archive).read_bytes()
    musl = build / 'source/musl'
    members = set(output_of('ar', 't', build / 'libc/libc.a').split())
    taken = [path.relative_to(build / 'libc-obj/musl').with_suffix('')
             for path in (build / 'libc-obj/musl').rglob('*.o') if path.name in members]
    texts = {'COPYRIGHT': (musl / 'COPYRIGHT').read_bytes()}
    for path in taken:
        comment = (musl / path).read_bytes().partition(b'*/')[0]
        if b'Copyright' in comment:
            texts[path] = comment
    if len(texts) == 1:
        return 'no file has a licence of its own, which is not so'
    return '\n'.join(f'the licence of {path} is missing' for path, text in texts.items()
                     if text not in image)
