# SPDX-License-Identifier: MIT OR Apache-2.0
"""The kernel under UBSan and KASAN (docs/testing.md): it boots, and it finds the bugs
that kernel/san/seed.c makes on purpose."""

from .case import BANNER, Case
from .steps import (answers, crash_report_names, ends, halts, lists_the_initrd, sees,
                    shows_a_text_file, types)

CHECKED = sees('^boot: checked by UBSan and KASAN')


def finds(seed, name, cause, *steps):
    """The bug that the kernel makes on purpose (kernel/san/seed.c) is told, and stops it."""
    steps = (BANNER, CHECKED, sees(f'^cause: {cause}$'), sees('^---- end of crash report'),
             *steps, halts)
    return Case(name, steps, sanitized=True, memory='64M', qemu=('-append', f'bug={seed}'),
                forbidden=('KOZO cannot start', 'IPC_OK'))


def kasan(seed, name, cause):
    """What has no place in its cause has one in the backtrace."""
    return finds(seed, f'KASAN finds {name}', f'KASAN: {cause}', crash_report_names(seed))


def ubsan(seed, name, cause):
    return finds(seed, f'UBSan finds {name}', rf'UBSan: kernel/san/seed\.c:\d+: {cause}')


ADDRESS = '0x[0-9a-f]+'

SANITIZERS = [
    Case('the kernel under UBSan and KASAN boots, and serves the console',
         (BANNER, CHECKED, sees(r'IPC_OK: fsd$', '^Init> '), answers('caps', 'capability space'),
          lists_the_initrd, shows_a_text_file, answers('ping fsd', r'\bfsd\b'),
          types('shutdown'), ends('guest-shutdown')), sanitized=True, memory='64M'),
    Case('a kernel with sanitizers refuses to seed a bug it does not know',
         (sees('KOZO cannot start: there is no bug to seed by the name nonsense'), halts),
         sanitized=True, qemu=('-append', 'bug=nonsense'), forbidden=('Init>',)),

    kasan('gone', 'the use of an object that is gone',
          f'write of 4 bytes at {ADDRESS}, in a Thread that is gone'),
    kasan('unused', 'a write behind an object, in memory of its own',
          f"write of 8 bytes at {ADDRESS}, in a Thread's memory, behind its structure"),
    kasan('copy', 'a memcpy that is too long',
          rf"write of 4096 bytes at {ADDRESS}, whose byte \d+ is in a Thread's memory, .*"),
    kasan('frame', "a look into a user's page",
          f"read of 8 bytes at {ADDRESS}, in a user's memory"),
    kasan('untyped', 'a read of memory that nobody uses',
          f'read of 1 byte at {ADDRESS}, in memory that no object lives in'),
    kasan('user', "an address that is not the kernel's",
          f"read of 1 byte at {ADDRESS}, outside of the kernel's memory"),
    kasan('shared', 'a message written into an object',
          f'copy between users of 8 bytes at {ADDRESS}, in a live object'),
    kasan('fetch', "an object's word taken for a user's",
          f'fetch from a user of 8 bytes at {ADDRESS}, in a live object'),
    kasan('overlap', 'an object made where another lives',
          f'new object of 128 bytes at {ADDRESS}, in a live object'),
    kasan('global_end', 'a write past the end of a global variable',
          f'write of 1 byte at {ADDRESS}, behind the variable global'),
    kasan('stack_end', 'a write past the end of a local variable',
          f'write of 1 byte at {ADDRESS}, on the stack, between variables'),
    kasan('stack_ended', 'the use of a variable whose block has ended',
          f'write of 4 bytes at {ADDRESS}, on the stack, in a variable whose block has ended'),

    ubsan('overflow', 'a sum that is too large', "signed overflow: 5 .* 2147483647 .* 'int'"),
    ubsan('negate', 'a number that has no opposite', 'signed overflow: 0 - -2147483648 .*'),
    ubsan('divide', 'a division by zero', 'division by zero'),
    ubsan('shift', 'a shift that is too far', "impossible shift: 5 by 35 bits in 'int'"),
    ubsan('index', 'an index outside of its array', "index 5 is outside of 'char .5.'"),
    ubsan('misaligned', 'a misaligned pointer', f"misaligned pointer: {ADDRESS} used as 'int'"),
    ubsan('null', 'a null pointer', "null pointer used as 'struct thread'"),
    ubsan('pointer', 'a pointer that wraps around', 'pointer moved around the end of memory: .*'),
    ubsan('invalid', 'a truth that is neither', "5 is no value of '_Bool'"),
    ubsan('object', 'a pointer past its object', f"outside of the object: {ADDRESS} .* 'char'"),
    ubsan('builtin', 'a count of the zeros in front of nothing', 'zero passed to count .*'),
    ubsan('unreachable', 'a place that was said to be unreachable', 'reached what .* unreachable'),
]
