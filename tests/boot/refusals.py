# SPDX-License-Identifier: MIT OR Apache-2.0
"""Boots that cannot succeed: an image with something wrong in it, or a machine that
cannot run KOZO. The kernel stops with a sentence; what is wrong with a service only
costs that service."""

from . import initrd
from .case import BANNER, HASH, READY, TROUBLE, Case
from .steps import answers, halts, screen_has, sees, serial_matches_log

GIB = 1 << 30
AFTER_REFUSAL = ('KOZO crash report', 'Init>')  # must not come then


def wrapped(line):
    """A line as a screen shows it: any of its spaces may be where a row ends."""
    return line.replace(' ', r'\s')


def refuses(name, sentence, forbidden=AFTER_REFUSAL, **how):
    """The kernel says why it cannot start, on serial line and screen, and stops."""
    line = f'^KOZO cannot start: {sentence}$'
    steps = (sees(line), screen_has(wrapped(line)), serial_matches_log, halts)
    return Case(name, steps, forbidden=forbidden, **how)


def bad_initrd(name, change):
    """It is init that says so, and nothing else happens."""
    line = r'^KOZO cannot start: the initrd is damaged: it is not a complete cpio \(newc\) archive$'
    return Case(name, (sees(line), screen_has(wrapped(line)), serial_matches_log),
                forbidden=AFTER_REFUSAL, initrd=change)


def damaged_init(name, change):
    return refuses(name, 'init is damaged: it is not as its ABI note says', initrd=change)


def no_init(name, change):
    return refuses(name, 'the initrd is damaged: it does not begin with init', initrd=change)


def bad_init(name, change):
    return damaged_init(name, initrd.changed('init', change))


def no_note(name, change):
    return refuses(name, 'init was not built for KOZO: it has no ABI note',
                   initrd=initrd.changed('init', change))


def too_high(name, change):
    return refuses(name, 'init cannot be loaded: it lies too high',
                   initrd=initrd.changed('init', change))


def without_fsd(name, sentence, change, *before):
    """The supervisor says what is wrong with fsd and goes on; what needs fsd says so."""
    steps = (BANNER, *before, sees(f'^supervisor: {sentence}$', '^Init> '),
             answers('ls', 'needs .* fsd'), answers('version', HASH))
    return Case(name, steps, initrd=change, forbidden=(*TROUBLE, 'IPC_OK'))


def unserved(name, reason, change):
    """fsd says what is wrong with the initrd, and serves nobody."""
    steps = (BANNER, sees(f'^fsd: {reason}$', '^supervisor: fsd: ping: .*does not know', '^Init> '),
             answers('ls', 'does not know'), answers('version', HASH))
    return Case(name, steps, initrd=change, forbidden=(*TROUBLE, 'IPC_OK'))


def with_initrd(name, change, *steps):
    """An odd initrd that can be served."""
    return Case(name, (BANNER, READY, *steps), initrd=change)


MACHINES = [
    refuses('too little memory is refused', r'too little memory: .*', memory='2M'),
    refuses('a processor without long mode is refused', 'this processor has no 64-bit mode',
            cpu='pentium3'),
    refuses('a processor without long mode is refused from the CD too',
            'this processor has no 64-bit mode', cpu='pentium3', boot='bios-cd', seconds=60),
    refuses('a processor without NX is refused',
            r'this processor has no NX \(execute-disable\), which isolation needs',
            cpu='qemu64,-nx'),
]

INITRDS = [
    refuses('no initrd is refused', 'there is no initrd: the boot loader passed no module',
            initrd=initrd.missing),
    no_init('an initrd without init is refused', initrd.without('init')),
    no_init('an initrd that is no cpio archive is refused', initrd.not_cpio),
    refuses('a cpio header with a bad digit is refused',
            'init was not built for KOZO: it has no ABI note', initrd=initrd.bad_digit),
    damaged_init('a cpio file larger than the archive is refused', initrd.huge_size),
    damaged_init('a cpio file whose size leads back to its header is refused',
                 initrd.size_back_to_itself),
    bad_initrd('a cpio name longer than the archive is refused', initrd.huge_name),
    bad_initrd('a cpio name whose size leads back to its header is refused',
               initrd.name_back_to_itself),
    bad_initrd('a cpio entry without a name is refused', initrd.no_name),
    no_init('a cpio name without an end is refused', initrd.name_without_end),
    no_init('a cpio name with two ends is refused', initrd.name_with_two_ends),
    no_init('an initrd cut in a header is refused', initrd.cut_in_header),
    no_init('an initrd cut in a name is refused', initrd.cut_in_name),
    damaged_init('an initrd cut in init is refused', initrd.cut_in_data),
    bad_initrd('an initrd without its end is refused', initrd.cut_at_end),
    with_initrd('a name twice in the initrd does no harm',
                initrd.with_files('etc/twice', 'etc/twice'), answers('cat etc/twice', '^hostile$')),
    unserved('a name of 4 KiB in the initrd is told',
             'the initrd cannot be served: it holds a name that is malformed or too long',
             initrd.with_files('etc/' + 'x' * 4096)),
    unserved('a name with dots in the initrd is told',
             'the initrd cannot be served: it holds a name that is malformed or too long',
             initrd.with_files('etc/../init')),
    unserved('a name that is both a file and a directory is told',
             'the initrd cannot be served: it holds a name that is both a file and a directory',
             initrd.with_files('etc')),
    unserved('an initrd of 10000 files is told',
             'the initrd cannot be served: it holds too many files',
             initrd.with_files(*(f'etc/{n}' for n in range(10000)))),
]

NOT_ELF = 'it is not a 64-bit ELF file'
SHARED_PAGE = 'segments share a page or are out of order'
RIGHTS = 'a segment is both writable and executable, or unreadable'
ADDRESS = 'a segment lies where programs may not be'
TOO_BIG = 'it needs too much memory'
REGION = 0x400000000000  # of the Linux personality
OF_1_GIB = initrd.changed('init', initrd.layout(end=lambda was: was['start'] + GIB))

INITS = [
    no_note('an init that is a script is refused', initrd.script),
    no_note('an empty init is refused', initrd.first_bytes(0)),
    no_note('an init cut after its header is refused', initrd.first_bytes(64)),
    no_note('an init cut within its note is refused', initrd.first_bytes(344 + 75)),
    no_note('an init without an ABI note is refused', initrd.no_abi),
    refuses('an init for another ABI is refused, naming both',
            f'init was built for ABI {HASH}, this kernel is ABI {HASH}',
            initrd=initrd.changed('init', initrd.other_abi)),
    bad_init('an init cut behind its note is refused', initrd.first_bytes(344 + 76)),
    bad_init('an init that begins within a page is refused',
             initrd.layout(start=lambda was: was['start'] + 16)),
    bad_init('an init whose code begins within a page is refused',
             initrd.layout(code=lambda was: was['code'] + 1)),
    bad_init('an init whose data begin within a page is refused',
             initrd.layout(data=lambda was: was['data'] - 8)),
    bad_init('an init in the first page is refused', initrd.moved_to(0)),
    bad_init('an init right below the first address of programs is refused',
             initrd.moved_to(0xf000)),
    bad_init('an init without constants is refused', initrd.layout(start=lambda was: was['code'])),
    bad_init('an init that begins behind its code is refused',
             initrd.layout(start=lambda was: was['data'])),
    bad_init('an init without code is refused', initrd.layout(code=lambda was: was['data'])),
    bad_init('an init with its parts out of order is refused',
             initrd.layout(code=lambda was: was['data'], data=lambda was: was['code'])),
    bad_init('an init whose file ends before its data is refused',
             initrd.layout(file_end=lambda was: was['data'] - 1)),
    bad_init('an init with more bytes in the file than in memory is refused',
             initrd.layout(end=lambda was: was['file_end'] - 1)),
    bad_init('an init that takes more of the file than there is is refused',
             initrd.layout(file_end=lambda was: was['start'] + GIB // 2,
                           end=lambda was: was['start'] + GIB)),
    bad_init('an init that takes 4 GiB of the file is refused',
             initrd.layout(file_end=lambda was: was['start'] + 4 * GIB,
                           end=lambda was: was['start'] + 4 * GIB)),
    bad_init('an init of more than 1 GiB is refused',
             initrd.layout(end=lambda was: was['start'] + GIB + 1)),
    bad_init('an init up to the last address is refused', initrd.layout(end=lambda was: 2**64 - 1)),
    bad_init('an init that ends beyond the last address is refused',
             initrd.moved_to(2**64 - 0x4000)),
    bad_init('an init that starts in its constants is refused',
             initrd.layout(entry=lambda was: was['code'] - 1)),
    bad_init('an init that starts in its data is refused',
             initrd.layout(entry=lambda was: was['data'])),
    bad_init('an init that starts in the kernel is refused',
             initrd.layout(entry=lambda was: 0xffffffff80100000)),
    refuses('an init of 1 GiB is refused where there is less',
            r'too little memory: init needs \d+ KiB in one piece, '
            r'and this machine has \d+ KiB in all', initrd=OF_1_GIB),
    refuses('an init of 1 GiB is refused where there is more',
            'init cannot be loaded: it needs too many capabilities', initrd=OF_1_GIB,
            memory='8G'),
    too_high('an init that leaves no room above it is refused', initrd.ending_at(REGION - 0x20000)),
    too_high('an init in the region of the Linux personality is refused',
             initrd.moved_to(REGION)),
    too_high('an init above the Linux personality is refused', initrd.moved_to(0x410000000000)),
    too_high('an init that ends above the programs is refused',
             initrd.moved_to(0x7ffffffff000 - 0x1000)),
    too_high('an init between the halves is refused', initrd.moved_to(0x800000000000)),
    too_high('an init at the first address of the kernel half is refused',
             initrd.moved_to(0xffff800000000000)),
    too_high('an init in the kernel half is refused', initrd.moved_to(0xffffffff80000000)),
]

FSDS = [
    without_fsd('a fsd for another ABI is refused, naming both',
                f'fsd was built for ABI {HASH}, this system is ABI {HASH}.*',
                initrd.changed('fsd', initrd.other_abi)),
    without_fsd('a fsd without an ABI note is refused', 'fsd was not built for KOZO.*',
                initrd.changed('fsd', initrd.no_abi)),
    # Supervisor and console may both be in the middle of a line.
    Case('a fsd that faults is given up in the end, and nobody waits for it',
         (BANNER, sees('^supervisor: fsd was stopped by exception 6 at 0x[0-9a-f]+$',
                       'the other side went away without answering$', '^Init> '),
          answers('ps', '^fsd .* given up$'), answers('ls', 'needs .* fsd')),
         initrd=initrd.changed('fsd', initrd.undefined_at_entry), forbidden=(*TROUBLE, 'IPC_OK')),
    without_fsd('a fsd that is a script is refused', f'fsd cannot be loaded: {NOT_ELF}',
                initrd.changed('fsd', initrd.script)),
    without_fsd('a missing fsd is told', 'fsd is missing from the initrd.*', initrd.without('fsd')),
    without_fsd('a fsd with writable code is told', f'fsd cannot be loaded: {RIGHTS}',
                initrd.changed('fsd', initrd.segment(1, flags=7))),
    without_fsd('a fsd in the kernel half is told', f'fsd cannot be loaded: {ADDRESS}',
                initrd.changed('fsd', initrd.segment(2, address=0xffffffff80000000))),
    without_fsd('a fsd with segments on one page is told', f'fsd cannot be loaded: {SHARED_PAGE}',
                initrd.changed('fsd', initrd.segments_on_one_page)),
    without_fsd('a fsd of 4 GiB is told', f'fsd cannot be loaded: {TOO_BIG}',
                initrd.changed('fsd', initrd.segment(2, memory_size=4 * GIB))),
    without_fsd('a fsd of 1 GiB is told where there is less',
                'fsd: the untyped has too little memory left',
                initrd.changed('fsd', initrd.segment(2, memory_size=GIB - 0x10000))),
]

REFUSALS = MACHINES + INITRDS + INITS + FSDS
