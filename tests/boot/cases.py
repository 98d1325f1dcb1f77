# SPDX-License-Identifier: MIT OR Apache-2.0
"""Every boot of KOZO that is tested: one Case each, its name a sentence that is true
when it passes."""

from dataclasses import dataclass
from typing import Callable

from . import initrd
from .machine import TROUBLE
from .steps import (answers, crash_report_names, ends, halts, lists_the_initrd, screen_has,
                    screen_is_drawn, sees, serial_matches_log, shows_a_text_file, types)

BOOT_TICKS_MAX = 2_500_000  # shared/TARGETS.md: kernel entry to the first user instruction


@dataclass(frozen=True)
class Case:
    name: str
    steps: tuple
    debug: bool = False  # the kernel that checks itself: build-debug
    boot: str = 'direct'  # or a firmware and a medium: bios-cd, uefi-disk, bios-usb
    initrd: Callable = initrd.real  # from the real archive to the one to boot with
    memory: str = '512M'
    cpu: str = 'qemu64'
    qemu: tuple = ()  # further arguments
    seconds: float = 20
    forbidden: tuple = TROUBLE  # what must not be in the log
    failure: str = ''  # the driver's own tests: the case must fail, and say this


HASH = '[0-9a-f]{16}'
BANNER = sees(rf'\AKOZO .+ \(x86_64, abi {HASH}\)$')
BOOTED = (BANNER, sees(r'IPC_OK: fsd$', r'^Init> '))


def refuses(name, sentence, **how):
    """The kernel says why it cannot start, on serial and screen, and stops."""
    line = f'KOZO cannot start: .*{sentence}'
    steps = (sees(line), screen_has(line), serial_matches_log, halts)
    return Case(name, steps, forbidden=('KOZO crash report', 'Init>'), **how)


def without_fsd(name, sentence, change):
    """init says what is wrong with fsd and goes on; what needs fsd says so."""
    steps = (BANNER, sees(f'^init: {sentence}'), sees('^Init> '), answers('ls', 'needs .* fsd'),
             answers('version', HASH))
    return Case(name, steps, initrd=change, forbidden=(*TROUBLE, 'IPC_OK'))


def console(name, *steps, **how):
    """Something at the prompt of a machine that has booted."""
    return Case(name, (*BOOTED, *steps), **how)


def few_ticks(match):
    ticks = int(match[1])
    if not 0 < ticks <= BOOT_TICKS_MAX:
        return f'boot took {ticks} instructions; at most {BOOT_TICKS_MAX} are allowed'
    return None


BOOTS = [
    Case('smoke: a direct boot reaches the prompt, and fsd answers', (*BOOTED, serial_matches_log)),
    Case('the ISO boots as a CD on BIOS', (*BOOTED, screen_is_drawn),
         boot='bios-cd', seconds=60),
    Case('the ISO boots as a CD on UEFI', (*BOOTED, screen_is_drawn),
         boot='uefi-cd', seconds=120),
    Case('the disk image boots from a disk on BIOS', BOOTED, boot='bios-disk', seconds=60),
    Case('the ISO boots as a USB stick on BIOS', BOOTED, boot='bios-usb', seconds=60),
    Case('a Q35 machine boots', BOOTED, qemu=('-machine', 'q35')),
    Case('a machine with two processors boots', BOOTED, qemu=('-smp', '2')),
    Case('memory above 4 GiB is found',
         (*BOOTED, answers('mem', r'^RAM in this machine +8[2-3]\d{5} KiB$')), memory='8G'),
    Case('16 MiB of memory are enough for the prompt', BOOTED, memory='16M'),
    Case('a processor with every feature that QEMU has boots', BOOTED, cpu='max'),
    Case('boot costs few instructions',
         (sees(r'^boot: (\d+) TSC ticks from kernel entry to init', check=few_ticks),),
         qemu=('-icount', 'shift=0,sleep=off')),
]

DAMAGED = 'the initrd is damaged'
NOT_A_PROGRAM = 'init is not an x86_64 ELF program'
NOT_LOADABLE = 'init is not an x86_64 ELF program that can be loaded: its program headers lie'

REFUSALS = [
    refuses('no initrd is refused', 'no initrd', initrd=initrd.missing),
    refuses('an initrd that is no cpio archive is refused', DAMAGED, initrd=initrd.not_cpio),
    refuses('a cpio header with a bad digit is refused', DAMAGED, initrd=initrd.bad_digit),
    refuses('a cpio file larger than the archive is refused', DAMAGED, initrd=initrd.huge_size),
    refuses('a cpio name longer than the archive is refused', DAMAGED, initrd=initrd.huge_name),
    refuses('a cpio entry without a name is refused', DAMAGED, initrd=initrd.no_name),
    refuses('an initrd cut in a header is refused', DAMAGED, initrd=initrd.cut_in_header),
    refuses('an initrd cut in a file is refused', DAMAGED, initrd=initrd.cut_in_data),
    refuses('an initrd without its end is refused', DAMAGED, initrd=initrd.cut_at_end),
    refuses('an initrd without init is refused', 'no init in the initrd',
            initrd=initrd.without('init')),
    refuses('an init that is a script is refused', NOT_A_PROGRAM,
            initrd=initrd.changed('init', initrd.script)),
    refuses('an empty init is refused', NOT_A_PROGRAM,
            initrd=initrd.changed('init', initrd.first_bytes(0))),
    refuses('an init cut after its header is refused', NOT_LOADABLE,
            initrd=initrd.changed('init', initrd.first_bytes(64))),
    refuses('a 32-bit init is refused', NOT_A_PROGRAM,
            initrd=initrd.changed('init', initrd.CLASS_32)),
    refuses('an init for another processor is refused', NOT_A_PROGRAM,
            initrd=initrd.changed('init', initrd.MACHINE_ARM)),
    refuses('an init whose headers lie outside it is refused', NOT_LOADABLE,
            initrd=initrd.changed('init', initrd.HEADERS_FAR_AWAY)),
    refuses('an init for another ABI is refused, naming both',
            f'init was built for ABI {HASH}, this kernel is ABI {HASH}',
            initrd=initrd.changed('init', initrd.other_abi)),
    refuses('an init without an ABI note is refused', 'init was not built for KOZO',
            initrd=initrd.changed('init', initrd.no_abi)),
    refuses('too little memory is refused', 'too little memory', memory='2M'),
    refuses('a processor without long mode is refused', 'this processor has no 64-bit mode',
            cpu='pentium3'),
    refuses('a processor without long mode is refused from the CD too',
            'this processor has no 64-bit mode', cpu='pentium3', boot='bios-cd', seconds=60),
    refuses('a processor without NX is refused', 'this processor has no NX', cpu='qemu64,-nx'),
    without_fsd('a fsd for another ABI is refused, naming both',
                f'fsd was built for ABI {HASH}, this system is ABI {HASH}',
                initrd.changed('fsd', initrd.other_abi)),
    without_fsd('a fsd without an ABI note is refused', 'fsd was not built for KOZO',
                initrd.changed('fsd', initrd.no_abi)),
    without_fsd('a fsd that is a script is refused', 'fsd cannot be loaded',
                initrd.changed('fsd', initrd.script)),
    without_fsd('a missing fsd is told', 'fsd is missing from the initrd', initrd.without('fsd')),
]

CRASH_REPORT = (sees('^---- KOZO crash report ----$'), sees('^cause: .+$'), sees('^version: .+$'),
                sees(f'^abi: {HASH}$'), sees('^backtrace:$'), sees('^  #0 0x[0-9a-f]{16} '),
                sees('^---- end of crash report ----$'))
COMMANDS = ('help', 'mem', 'caps', 'ls', 'cat', 'ping', 'version', 'shutdown', 'reboot', 'panic')

CONSOLE = [
    console('help names every command', answers('help', *(rf'\b{c}\b' for c in COMMANDS))),
    console('mem tells how much memory there is', answers('mem', r'^free +[1-9]\d* KiB$')),
    console('caps lists what init holds',
            answers('caps', *(rf'\b{kind}\b' for kind in ('CNode', 'VSpace', 'Untyped')))),
    console('ls lists what is in the initrd', lists_the_initrd),
    console('cat prints a file of the initrd', shows_a_text_file),
    console('cat of a file that is not there says so',
            answers('cat no/such/file', 'there is nothing by that name')),
    console('cat without a name says what it needs', answers('cat', r'\bcat PATH\b')),
    console('ping reaches fsd', answers('ping fsd', r'\bfsd\b')),
    console('ping of nobody says so', answers('ping nobody', r'\bnobody\b.*\bfsd\b')),
    console('version tells the version and the ABI', answers('version', rf'KOZO .+, ABI {HASH}')),
    console('an unknown command is told about help', answers('frobnicate', r'\bhelp\b')),
    console('an empty line is answered by the next prompt', answers('')),
    console('a line feed ends a line too', lambda machine: machine.type('version\n'),
            sees(HASH), sees('^Init> ')),
    console('a line that is too long leaves the console alive',
            types('x' * 1000), sees('^Init> '), answers('version', HASH)),
    console('backspace takes back what was typed',
            types('verx\x7fsip\bon'), sees(rf'KOZO .+, ABI {HASH}')),
    console('bytes that are no text leave the console alive',
            types('\0\x1b[A\x03\u00e9'), sees('^Init> '), answers('version', HASH)),
    console('shutdown turns the machine off', types('shutdown'), ends('guest-shutdown')),
    console('shutdown turns a UEFI machine off', types('shutdown'), ends('guest-shutdown'),
            boot='uefi-disk', seconds=120),
    console('reboot starts the machine again', types('reboot'), ends('guest-reset')),
    console('panic gives a crash report with the functions of init',
            types('panic'), *CRASH_REPORT, crash_report_names('run_panic', 'console_serve'),
            serial_matches_log, halts, forbidden=('KOZO cannot start',)),
]


def damage(name, invariant, sentence):
    """The kernel breaks something in itself, and notices it."""
    line = f'invariant {invariant}: {sentence}'
    return Case(f'a check notices {name}: {sentence}',
                (sees(line), sees(f'^cause: invariant {invariant} is violated'), halts),
                debug=True, qemu=('-append', f'damage={name}'), forbidden=('KOZO cannot start',))


INVARIANTS = [
    Case('a debug kernel boots, and every invariant holds all the way',
         (*BOOTED, answers('ls', 'init'), answers('ping fsd', r'\bfsd\b')),
         debug=True, qemu=('-append', 'check=50')),
    damage('flag', 1, 'a slot does not lead back to where it was reached from'),
    damage('cycle', 1, 'a slot does not lead back to where it was reached from'),
    damage('end', 1, 'a list of children does not end at their parent'),
    damage('lost', 1, 'a full slot is not in the tree'),
    damage('remains', 1, 'an empty slot is not empty all through'),
    damage('holder', 1, 'a slot does not know where it lies'),
    damage('outside', 1, 'a slot of the tree lies in no CNode, thread or tomb'),
    damage('rights', 2, 'a child has rights that its parent lacks'),
    damage('range', 2, '(a part of a frame|an object) lies outside'),
    damage('watermark', 3, "an object lies above its untyped's watermark"),
    damage('unused', 3, 'an untyped without children has a watermark'),
    damage('object', 3, 'free memory of an untyped belongs to something else'),
    damage('frame', 3, 'a frame reaches memory of the kernel or an object'),
    damage('entry', 4, 'an entry is not what its frame asks for'),
    damage('stray', 4, 'a page-table entry has no slot behind it'),
    damage('back', 4, 'a page-table entry and its slot disagree'),
    damage('mapped', 4, 'a page-table entry and its slot disagree'),
    damage('entries', 4, 'a mapped slot and its page-table entry disagree'),
    damage('level', 4, 'a table has another level than its capability says'),
    damage('restricted', 4, 'the restricted root is not the wide one without the region'),
    damage('reach', 5, 'a mapping reaches memory of the kernel or an object'),
    damage('write', 5, 'a mapping allows what its capability does not'),
    damage('kernel', 5, "users reach the kernel's half"),
    damage('state', 6, "a thread's state and its queue disagree"),
    damage('queue', 6, 'a queue and its thread disagree'),
    damage('tail', 6, 'a queue does not end with its last thread'),
    damage('bit', 6, 'the map of priorities is wrong'),
    damage('cache', 6, 'a thread uses something else than its slots hold'),
    damage('reply', 8, 'a thread receives with a Reply that knows nothing of it'),
    damage('caller', 8, 'a Reply has a caller and a receiver'),
    damage('meeting', 8, 'senders and receivers wait at the same endpoint'),
    damage('count', 11, "an object's count is not the number of slots that name it"),
    damage('tomb', 11, 'a slot names an object that is dead'),
]

# The driver must see what is wrong, or nothing above means anything.
DRIVER = [
    Case('the driver notices that a line does not come', (*BOOTED, sees('no such line')),
         seconds=5, failure='not within 5 s: the log has /no such line/'),
    Case('the driver notices lines in the wrong order', (sees('^Init> '), BANNER),
         seconds=5, failure='not within 5 s'),
    Case('the driver notices a line that must not be', BOOTED, initrd=initrd.missing,
         failure='the log must not have: KOZO cannot start'),
    Case('the driver notices that QEMU has ended', (*BOOTED, types('shutdown'), sees('more')),
         failure='QEMU ended .status 0. before'),
    Case('the driver notices a wrong end', (*BOOTED, types('shutdown'), ends('guest-reset')),
         failure='QEMU ended for guest-shutdown, not guest-reset'),
    Case('the driver notices that QEMU cannot start', BOOTED, qemu=('-device', 'nonsense'),
         failure='QEMU did not start: .*nonsense'),
]

CASES = BOOTS + REFUSALS + CONSOLE + INVARIANTS + DRIVER
