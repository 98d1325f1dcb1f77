# SPDX-License-Identifier: MIT OR Apache-2.0
"""The steps that boot cases are made of.

A step is a function that is given the machine, does or awaits one thing, and raises
Failure if that does not come about. Each function here is one or returns one.
"""

import mmap
import os
import re
import subprocess
import time
from collections import Counter
from pathlib import Path

from driver.paths import SCRIPTS

from . import initrd, screen
from .machine import Failure


def sees(*patterns, check=None):
    """All patterns appear in the log after what was seen last, in any order.

    check is given the last match and returns what is wrong with it, if anything.
    """
    def step(machine):
        match = machine.see(*patterns)
        wrong = check and check(match)
        if wrong:
            raise Failure(wrong)
    return step


def types(text):
    """A person types text and presses Enter."""
    return lambda machine: machine.type(text + '\r')


def answers(command, *patterns):
    """The console answers a command with all patterns, then prompts again."""
    echo = re.escape(command) + '$' if command else ''

    def step(machine):
        machine.type(command + '\r')
        machine.see(echo)
        if patterns:
            machine.see(*patterns)
        machine.see(r'^Init> ')
    return step


def in_order(command, *patterns):
    """The console answers a command with these patterns, one after the other."""
    def step(machine):
        machine.type(command + '\r')
        for pattern in (re.escape(command) + '$', *patterns, r'^Init> '):
            machine.see(pattern)
    return step


def lists_the_initrd(machine):
    """`ls` names everything at the top of the initrd."""
    names = {name.split('/')[0] for name in initrd.files(machine.initrd)}
    answers('ls', *(rf'\b{re.escape(name)}\b' for name in names))(machine)


def shows_a_text_file(machine):
    """`cat` prints a file of the initrd as it is."""
    name, text = initrd.text_file(machine.initrd)
    answers(f'cat {name}', '^' + re.escape(text))(machine)


def protects_itself(machine):
    """The control registers have every protection of x86-64 on, and of all pages that are
    mapped none is writable and executable, and none of the kernel's is a program's."""
    registers = machine.monitor.human('info registers')
    value = {name: int(number, 16)
             for name, number in re.findall(r'\b(CR[04]|EFER)=([0-9a-f]+)', registers)}
    for name, bits in {'CR0': (0, 16, 31), 'CR4': (11, 20, 21), 'EFER': (0, 8, 11)}.items():
        for bit in bits:
            if not value[name] >> bit & 1:
                raise Failure(f'bit {bit} of {name} is 0: {value[name]:x}')
    pages = re.findall(r'^([0-9a-f]{16}): [0-9a-f]{16} ([XGPDACTUW-]{9})',
                       machine.monitor.human('info tlb'), re.MULTILINE)
    if not pages:
        raise Failure('the monitor shows no page')
    for address, flags in pages:
        if 'W' in flags and 'X' not in flags:
            raise Failure(f'{address} is writable and executable: {flags}')
        if address[0] == 'f' and 'U' in flags:
            raise Failure(f"{address} is the kernel's, and open to programs: {flags}")


# What there is of the kernel in a program's page tables, if they hide it: the entry code and
# the trap stubs, what the processor reads itself, and four stacks.
ENTRY_PAGES_MAX = 3 + 2 + 4


def hides_the_kernel(machine):
    """While a program runs, its page tables map nothing of the kernel but what is needed to get
    there, and none of that is remembered beyond a load of CR3."""
    def runs_a_program():
        machine.monitor.execute('stop')
        if 'CPL=3' in machine.monitor.human('info registers'):
            return True
        machine.monitor.execute('cont')
        return False

    machine.wait(runs_a_program, 'a program runs')
    registers = machine.monitor.human('info registers')
    if int(re.search(r'CR4=([0-9a-f]+)', registers)[1], 16) & 1 << 7:
        raise Failure('global pages are on')
    pages = re.findall(r'^([0-9a-f]{16}): [0-9a-f]{16} ([XGPDACTUW-]{9})',
                       machine.monitor.human('info tlb'), re.MULTILINE)
    kernel = [page for page, _ in pages if page[0] == 'f']
    if not 0 < len(kernel) <= ENTRY_PAGES_MAX:
        raise Failure(f'a program sees {len(kernel)} pages of the kernel: {kernel[:20]}')
    machine.monitor.execute('cont')


def sends_nmi(machine):
    """Somebody presses the button for a non-maskable interrupt."""
    machine.monitor.execute('inject-nmi')


def ends(reason):
    """QEMU ends by itself, for this reason: guest-shutdown or guest-reset."""
    def step(machine):
        actual = machine.end()
        if actual != reason:
            raise Failure(f'QEMU ended for {actual}, not {reason}')
    return step


def halts(machine):
    """The processor has stopped for good, interrupts off, and QEMU goes on."""
    def halted():
        registers = machine.monitor.human('info registers')
        flags = int(re.search(r'[ER]FL(?:AGS)?=([0-9a-f]+)', registers)[1], 16)
        return 'HLT=1' in registers and not flags & 0x200

    machine.wait(halted, 'the processor has halted')


def idles(machine):
    """The processor comes to rest: one looks twenty times, and it waits for interrupts."""
    def waits():
        time.sleep(0.02)
        return 'HLT=1' in machine.monitor.human('info registers')

    machine.wait(lambda: all(waits() for _ in range(20)), 'the processor is left alone')


# A machine whose memory spoils() reaches: one file, which QEMU has open.
SHARED_MEMORY = {'memory': '64M', 'machine': 'pc,memory-backend=ram',
                 'qemu': ('-object', 'memory-backend-memfd,id=ram,size=64M,share=on')}


def spoils(program, function):
    """Bits are flipped in a running program, where this function begins; not in the initrd."""
    def step(machine):
        data = initrd.find(machine.initrd, program).data
        at = initrd.at_address(data, initrd.address_of(data, function))
        code = data[at:at + 64]
        fds = Path(f'/proc/{machine.process.pid}/fd')
        path = next(fd for fd in fds.iterdir() if 'memory-backend-memfd' in os.readlink(fd))
        with open(path, 'r+b') as file, mmap.mmap(file.fileno(), 0) as memory:
            archive = memory.find(machine.initrd)
            place = memory.find(code)
            while archive <= place < archive + len(machine.initrd):
                place = memory.find(code, place + 1)
            if place < 0 or archive < 0:
                raise Failure(f'{program} is not in memory')
            memory[place] ^= 0xff
    return step


def screen_has(pattern):
    """The text screen shows this."""
    regex = re.compile(pattern, re.MULTILINE)
    return lambda machine: machine.wait(lambda: regex.search(screen.text(machine)),
                                        f'the screen has /{pattern}/')


def screen_is_drawn(machine):
    """There is writing on a graphical screen: a little of it is not background."""
    def drawn():
        pixels = screen.picture(machine)
        colours = Counter(pixels[at:at + 3] for at in range(0, len(pixels), 3))
        written = 1 - colours.most_common(1)[0][1] / colours.total()
        return 0.001 < written < 0.5

    machine.wait(drawn, 'there is writing on the screen')


def finds_memory(mib):
    """The kernel finds nearly all of the machine's memory."""
    def wrong(match):
        found = int(match[1])
        return '' if mib - mib // 16 - 1 <= found <= mib else f'of {mib} MiB it found {found}'

    return sees(r'^boot: \w+, (\d+) MiB of memory', check=wrong)


def finds_processors(count):
    """The kernel tells how many processors there are."""
    return sees(rf'^boot: {count} processors, of which KOZO uses one$')


def touches_at_most(mib):
    """The emulator has not needed more of the host's memory than this, its own included."""
    def step(machine):
        resident = machine.resident_mib()
        if resident > mib:
            raise Failure(f'{resident} MiB have been touched, at most {mib} are allowed')
    return step


def takes_no_interrupts(seconds):
    """Once the deadlines of what was asked before are over, the machine is not interrupted
    for so long; QEMU notes each with -d int."""
    def taken(machine):
        return machine.emulator_log().count('Servicing hardware INT')

    def step(machine):
        def is_quiet():
            before = taken(machine)
            time.sleep(seconds)
            return taken(machine) == before

        machine.wait(is_quiet, f'no interrupt is taken for {seconds} s')
    return step


def processor_has(*features):
    """The emulated processor has these, by Bochs' names."""
    def step(machine):
        missing = set(features) - machine.processor_features()
        if missing:
            raise Failure(f'the processor lacks {", ".join(sorted(missing))}')
    return step


def serial_matches_log(machine):
    """The serial line carries the same text as the debug port."""
    wanted = machine.log()
    machine.wait(lambda: wanted in machine.serial_log(), 'the serial line has the whole log')


def serial_has(*texts, without):
    """The serial line carries these texts, and not that one."""
    def step(machine):
        machine.wait(lambda: all(text in machine.serial_log() for text in texts),
                     f'the serial line has {texts}')
        if without in machine.serial_log():
            raise Failure(f'the serial line has {without!r}')
    return step


def crash_report_names(*functions):
    """The report as people get it has these functions, one a line, with their places."""
    def step(machine):
        report = machine.log_dir / 'crash-report.txt'
        subprocess.run([SCRIPTS / 'crash-report.sh', machine.log_dir / 'debug.log', report,
                        machine.build], check=False)
        text = report.read_text() if report.exists() else ''
        for function in functions:
            if not re.search(rf'^  #\d+ .*\b{function}\b.* [\w/.-]+:\d+$', text, re.MULTILINE):
                raise Failure(f'{function} and its place are not in {report}')
    return step
