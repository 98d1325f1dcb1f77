# SPDX-License-Identifier: MIT OR Apache-2.0
"""Hostile boots: whatever a boot loader, firmware or a broken image tells the kernel, it
says in one sentence what is wrong, and stops in order or goes on in a safe way.

A scenario is a row of tests/hostile/scenarios.c: what is told, and where it lies.
"""

import re

from . import pixels
from .case import BANNER, READY, TROUBLE, Case
from .machine import Failure
from .refusals import AFTER_REFUSAL, refuses, wrapped
from .steps import answers, ends, screen_has, sees, serial_matches_log, types

LOADER = 'test loader: '  # what it says if it cannot do its own part


def stops(name, scenario, sentence, **how):
    """The kernel says why it cannot start, on serial line and screen, and stops."""
    return refuses(name, sentence, boot=f'loader-{scenario}',
                   forbidden=(*AFTER_REFUSAL, LOADER), **how)


def goes_on(name, scenario, *sentences, then=(), screen=screen_has, **how):
    """It says this much about it, on serial line and screen, and boots to the prompt."""
    said = [sees(f'^boot: {sentence}$') for sentence in sentences]
    shown = [screen(wrapped(f'^boot: {sentence}$')) for sentence in sentences]
    steps = (BANNER, *said, READY, *shown, screen(r'^IPC_OK: fsd$'), serial_matches_log, *then)
    return Case(name, steps, boot=f'loader-{scenario}', forbidden=(*TROUBLE, LOADER), **how)


def silent(pattern):
    """This has not been said."""
    def step(machine):
        if re.search(pattern, machine.log()):
            raise Failure(f'the log must not have /{pattern}/')
    return step


def ram(kib):
    return answers('mem', rf'^RAM in this machine +{kib} KiB$')


BOOTS = [
    goes_on('the test loader boots the kernel by multiboot2', 'multiboot2',
            r'multiboot2, 511 MiB of memory, initrd \d+ KiB'),
    goes_on('the test loader boots the kernel by PVH', 'pvh',
            r'PVH, 511 MiB of memory, initrd \d+ KiB'),
    goes_on('a keyboard is heard whose interrupts the firmware has turned off', 'keyboard-silent',
            then=(answers('ping fsd', 'is alive'),), keyboard=True),
]

PC = 636 + 127 * 1024  # KiB that map_of_a_pc() calls usable, in whole pages
PIECES = r'\d+ KiB of memory are in too many pieces and stay unused'
ABSENT = r'\d+ KiB that the memory map calls usable are not there'

MEMORY_MAPS = [
    goes_on('a memory map is taken at its word', 'map-of-a-pc', then=(ram(PC),)),
    goes_on('a memory map in no order is read', 'map-unsorted', then=(ram(PC),)),
    goes_on('a memory map in no order is read by PVH', 'map-unsorted-pvh', then=(ram(PC),)),
    goes_on('of a memory map that overlaps itself what is sure counts', 'map-overlapping',
            then=(ram(PC - 8 - 512),)),
    goes_on('of a memory map that overlaps itself what is sure counts by PVH',
            'map-overlapping-pvh', then=(ram(PC - 8 - 512),)),
    goes_on('empty entries of a memory map say nothing', 'map-of-empty-entries',
            then=(ram(PC),)),
    goes_on('a memory map with a hundred holes is read', 'map-with-holes', then=(ram(PC - 400),)),
    goes_on('crumbs do not crowd out memory that comes later in the map', 'map-of-pages', PIECES,
            then=(ram(636 + 14 * 1024 + 96 * 1024 + 125 * 4),)),
    goes_on('memory in many pieces is granted from the largest down', 'map-of-odd-pieces', PIECES,
            then=(ram(1024 + 96 * 1024 + 100 * 24),)),
    goes_on('a memory map that goes beyond the last address is read', 'map-that-wraps',
            'memory above 256 GiB is not used', then=(ram(PC),)),
    goes_on('memory beyond 256 GiB is told and not used', 'map-beyond-reach',
            'memory above 256 GiB is not used', then=(ram(PC),)),
    goes_on('memory that the machine has not is told and not used', 'map-beyond-memory', ABSENT),
    goes_on('a memory map that calls everything usable is not believed', 'map-of-everything',
            'memory above 256 GiB is not used', ABSENT),
    goes_on('a memory map that calls everything usable is not believed by PVH',
            'map-of-everything-pvh', 'memory above 256 GiB is not used', ABSENT),
    goes_on('a kernel in memory that is called unusable goes on, and leaves it alone',
            'map-without-the-kernel', "the memory map calls the kernel's own memory unusable",
            then=(ram(PC - 1024),)),
    goes_on('a memory map of 1024 entries is read', 'map-of-1024-entries', then=(ram(PC),)),
    goes_on('a memory map of 1025 entries is read from multiboot2',
            'map-of-1025-entries-multiboot2', then=(ram(PC),)),
    stops('more entries than anybody has are refused', 'map-of-1025-entries',
          'the memory map has too many entries'),
    stops('a memory map of nothing is refused', 'map-of-nothing',
          'the memory map calls no memory usable'),
    stops('a memory map of too little is refused', 'map-of-little',
          r'too little memory: init needs \d+ KiB in one piece, and this machine has \d+ KiB in all'),
    stops('a missing memory map is refused', 'map-missing',
          'the memory map calls no memory usable'),
    stops('a missing memory map is refused by PVH', 'map-missing-pvh',
          'the boot loader passed no memory map'),
    stops('memory only above 4 GiB is refused', 'map-above-4-gib',
          "too little memory below 4 GiB for the kernel's page tables", memory='8G'),
    stops('map entries of no size are refused', 'map-entries-of-no-size',
          'the memory map has entries of an impossible size'),
    stops('map entries that are too small are refused', 'map-entries-too-small',
          'the memory map has entries of an impossible size'),
    stops('map entries of huge size are refused', 'map-entries-of-huge-size',
          'the memory map has entries of an impossible size'),
    stops('two memory maps are refused', 'two-maps', 'the boot information has two memory maps'),
    stops('a memory map out of reach is refused', 'map-out-of-reach',
          'the memory map is out of reach'),
    stops('a memory map inside the kernel is refused', 'map-in-the-kernel',
          'the memory map is out of reach'),
]

OVERLAPS = 'the initrd overlaps the kernel'
NOT_IN_MEMORY = 'the initrd does not lie in usable memory'

INITRDS = [
    goes_on('an initrd low in memory is read', 'initrd-low'),
    goes_on('an initrd in the first page is read', 'initrd-in-the-first-page'),
    goes_on('an initrd that begins and ends within pages is read', 'initrd-unaligned'),
    goes_on('an initrd right behind the kernel is read', 'initrd-behind-the-kernel'),
    goes_on('an initrd above 4 GiB is read', 'initrd-above-4-gib', memory='8G'),
    goes_on('an initrd behind an empty module is read', 'initrd-second'),
    goes_on('an initrd with the boot information behind its end is read',
            'initrd-around-the-information'),
    stops('an initrd inside the kernel is refused', 'initrd-in-the-kernel', OVERLAPS),
    stops('an initrd that ends in the kernel is refused', 'initrd-into-the-kernel', OVERLAPS),
    stops('an initrd around the kernel is refused', 'initrd-around-the-kernel', OVERLAPS),
    stops('an initrd over the screen is refused', 'initrd-over-the-screen', NOT_IN_MEMORY),
    stops('an initrd where there is no memory is refused', 'initrd-nowhere', NOT_IN_MEMORY),
    stops('an initrd half in memory is refused', 'initrd-half-in-memory', NOT_IN_MEMORY),
    stops('an initrd to the last byte is refused', 'initrd-to-the-last-byte', NOT_IN_MEMORY),
    stops('an initrd that needs more capabilities than there are is refused', 'initrd-huge',
          'init cannot be loaded: it needs too many capabilities', memory='4G'),
    stops('an initrd that ends before it begins is refused', 'initrd-reversed',
          'the module ends before it begins'),
    stops('an initrd beyond 256 GiB is refused', 'initrd-beyond-reach',
          'the module is out of reach'),
    stops('an initrd that goes beyond the last address is refused', 'initrd-that-wraps',
          'the module is out of reach'),
    stops('a boot without a module is refused', 'no-module',
          'there is no initrd: the boot loader passed no module'),
    stops('a list of modules out of reach is refused', 'modules-beyond-reach',
          'the list of modules is out of reach'),
    stops('a list of modules at address 0 is refused', 'modules-at-0',
          'the list of modules is out of reach'),
]

INFO_FAR = 'the boot information is out of reach'
INFO_SIZE = 'the boot information has an impossible size'
INFO_MAGIC = 'the boot information has the wrong magic number'
NO_END = 'the boot information has no end'
TAG_SIZE = 'a tag of the boot information has an impossible size'

INFORMATION = [
    goes_on('boot information at an odd address is read', 'info-unaligned'),
    stops('boot information inside the kernel is refused', 'info-in-the-kernel', INFO_FAR),
    stops('boot information inside the kernel is refused by PVH', 'info-in-the-kernel-pvh',
          INFO_FAR),
    stops('boot information at address 0 is refused', 'info-at-0', INFO_FAR),
    stops('boot information at address 0 is refused by PVH', 'info-at-0-pvh', INFO_FAR),
    stops('boot information at the end of memory is refused', 'info-at-the-end', INFO_FAR),
    stops('boot information at the end of memory is refused by PVH', 'info-at-the-end-pvh',
          INFO_FAR),
    stops('boot information of no size is refused', 'info-of-no-size', INFO_SIZE),
    stops('boot information of huge size is refused', 'info-of-huge-size', INFO_SIZE),
    stops('boot information without an end is refused', 'info-without-end', NO_END),
    stops('the magic number of another loader is refused', 'another-magic', INFO_MAGIC),
    stops('boot information with another magic number is refused', 'pvh-magic', INFO_MAGIC),
    stops('boot information of version 0 is refused', 'pvh-version-0',
          'the boot loader passed no memory map'),
    stops('a tag of no size is refused', 'tag-of-no-size', TAG_SIZE),
    stops('a tag of half a header is refused', 'tag-of-half-a-header', TAG_SIZE),
    stops('a tag of huge size is refused', 'tag-of-huge-size', TAG_SIZE),
    stops('a tag that goes beyond the end is refused', 'tag-beyond-the-end', TAG_SIZE),
    stops('a module tag without its fields is refused', 'short-module-tag',
          'the module tag is too short'),
    stops('a memory map tag without its fields is refused', 'short-map-tag',
          'the memory map tag is too short'),
    stops('a framebuffer tag without its fields is refused', 'short-pixels-tag',
          'the framebuffer tag is too short'),
]

CUT = 'the command line is too long: its first 511 bytes count'

COMMAND_LINES = [
    goes_on('a command line of 4 KiB is cut', 'text-of-4-kib', CUT),
    goes_on('a command line of 4 KiB is cut by PVH', 'text-of-4-kib-pvh', CUT),
    goes_on('a command line without an end is cut', 'text-without-end', CUT),
    goes_on('a command line of 512 bytes is cut', 'text-of-512-bytes', CUT),
    goes_on('a command line of 511 bytes is not', 'text-of-511-bytes', then=(silent(CUT),)),
    stops('a command line out of reach is refused', 'text-beyond-reach',
          'the command line is out of reach'),
]


def display_has(pattern):
    """The display, a screen of pixels, shows this in the kernel's font."""
    regex = re.compile(pattern, re.MULTILINE)
    return lambda machine: machine.wait(lambda: regex.search(pixels.shown(machine).text()),
                                        f'the display shows /{pattern}/')


def drawn_at(address, pitch=4096):
    """A screen of 1024 x 768 pixels of 32 bits, there in memory, shows it."""
    def pixels_have(pattern):
        regex = re.compile(pattern, re.MULTILINE)

        def have(machine):
            return regex.search(pixels.in_memory(machine, address, 1024, 768, pitch, 4).text())

        return lambda machine: machine.wait(lambda: have(machine),
                                            f'the pixels at {address:#x} show /{pattern}/')
    return pixels_have


def no_pixels(name, scenario, reason):
    """The framebuffer is not used; VGA's text is."""
    return goes_on(name, scenario, f"the boot loader's framebuffer is not used: {reason}")


FORM = 'its form is not one that can be drawn on'
LOW = 'it is not above the kernel in memory'
FAR = 'it is too large, or beyond what this processor can address'
MIB = 1 << 20

FRAMEBUFFERS = [
    goes_on('a framebuffer of 32 bits is drawn on', 'pixels-32', screen=display_has),
    goes_on('a framebuffer of 24 bits is drawn on', 'pixels-24', screen=display_has),
    goes_on('a framebuffer with lines wider than its pixels is drawn on',
            'pixels-with-wide-lines', screen=display_has),
    goes_on('a framebuffer of 24 bits with lines wider than its pixels is drawn on',
            'pixels-24-with-wide-lines', screen=display_has),
    goes_on('a framebuffer in usable memory is drawn on, and kept from others',
            'pixels-in-memory', screen=drawn_at(32 * MIB), then=(ram(PC - 3072),)),
    goes_on('a framebuffer that begins within a page is drawn on, and kept from others',
            'pixels-unaligned', screen=drawn_at(32 * MIB + 0x123, 4097), then=(ram(PC - 3076),)),
    goes_on('a framebuffer above 4 GiB is drawn on', 'pixels-above-4-gib',
            screen=drawn_at(5 << 30), memory='8G'),
    no_pixels('a framebuffer at address 0 is not used', 'pixels-at-0', LOW),
    no_pixels('a framebuffer in the first page is not used', 'pixels-in-the-first-page', LOW),
    no_pixels('a framebuffer inside the kernel is not used', 'pixels-in-the-kernel', LOW),
    no_pixels('a framebuffer that reaches into the kernel is not used', 'pixels-into-the-kernel',
              LOW),
    no_pixels('a framebuffer over the initrd is not used', 'pixels-over-the-initrd',
              'it overlaps the initrd'),
    no_pixels('a framebuffer beyond what the processor can address is not used',
              'pixels-beyond-the-processor', FAR),
    no_pixels('a framebuffer beyond what page tables can say is not used',
              'pixels-beyond-the-tables', FAR),
    no_pixels('a framebuffer that goes beyond the last address is not used', 'pixels-that-wrap',
              'it would end beyond the last address'),
    no_pixels('a framebuffer larger than memory is not used', 'pixels-larger-than-memory', FAR),
    no_pixels('a framebuffer of huge lines is not used', 'pixels-of-huge-lines', FAR),
    no_pixels('a framebuffer of a huge number of pixels is not used', 'pixels-of-huge-number',
              FORM),
    no_pixels('a framebuffer with lines shorter than its pixels is not used',
              'pixels-of-short-lines', FORM),
    no_pixels('a framebuffer of 16 bits is not used', 'pixels-16', FORM),
    no_pixels('a framebuffer without red is not used', 'pixels-without-colours', FORM),
    no_pixels('a framebuffer of one pixel is not used', 'pixels-too-few', FORM),
]

PROCESSORS = '3 processors, of which KOZO uses one'
SHUTDOWN = (types('shutdown'), ends('guest-shutdown'))
NO_SHUTDOWN = (answers('shutdown', '^this machine did not turn off'),)


def good_acpi(name, scenario, *sentences, then=()):
    """It is used, and there is nothing to tell about it."""
    return goes_on(name, scenario, *sentences, then=(silent('ACPI is used'), *then))


def bad_acpi(name, scenario, problem, *sentences, then=()):
    """It is told, and the machine goes on with what is good."""
    return goes_on(name, scenario, f'ACPI is used as far as it goes: {problem}', *sentences,
                   then=then)


RSDP = 'the RSDP has a bad signature or checksum'
LIST = 'the list of tables is out of reach or has a bad length or checksum'
TABLE = 'a table is out of reach or has a bad length or checksum'
ENTRY = 'an entry of a list has an impossible size'
DSDT = 'the DSDT is out of reach or has a bad length or checksum'
NO_WAY = 'the tables do not say how to turn the machine off'

ACPI = [
    good_acpi('good ACPI tables are used', 'acpi-good', PROCESSORS, then=SHUTDOWN),
    good_acpi('good ACPI tables are used by PVH', 'acpi-good-pvh', PROCESSORS, then=SHUTDOWN),
    bad_acpi('a machine without ACPI goes on', 'acpi-none', 'there are no tables',
             then=NO_SHUTDOWN),
    bad_acpi('an RSDP out of reach is told', 'rsdp-beyond-reach', 'there are no tables'),
    bad_acpi('an RSDP that is cut is told', 'rsdp-cut', RSDP, then=NO_SHUTDOWN),
    bad_acpi('an RSDP with a bad checksum is told', 'rsdp-with-a-bad-sum', RSDP,
             then=NO_SHUTDOWN),
    bad_acpi('an RSDP with a bad signature is told', 'rsdp-with-a-bad-signature', RSDP,
             then=NO_SHUTDOWN),
    good_acpi('an RSDP that is good as of ACPI 1 is used as such', 'rsdp-with-a-bad-whole-sum',
              PROCESSORS, then=SHUTDOWN),
    good_acpi('an RSDP that claims a huge length is used as far as it is known',
              'rsdp-of-huge-length', PROCESSORS, then=SHUTDOWN),
    bad_acpi('lists of tables out of reach are told', 'lists-beyond-reach', LIST,
             then=NO_SHUTDOWN),
    bad_acpi('lists of tables with bad checksums are told', 'lists-with-bad-sums', LIST,
             then=NO_SHUTDOWN),
    good_acpi('of a bad new and a good old list of tables the old one is used',
              'new-list-with-a-bad-sum', PROCESSORS, then=SHUTDOWN),
    bad_acpi('lists of no length are told', 'lists-of-no-length', LIST),
    bad_acpi('lists of half a header are told', 'lists-of-half-a-header', LIST),
    bad_acpi('lists of huge length are told', 'lists-of-huge-length', LIST),
    good_acpi('half an entry of a list does not count', 'list-of-half-an-entry', PROCESSORS,
              then=NO_SHUTDOWN),
    good_acpi('a list that names itself leads nowhere', 'list-of-itself', then=NO_SHUTDOWN),
    good_acpi('a huge list that names itself ends', 'huge-list-of-itself', then=NO_SHUTDOWN),
    bad_acpi('a huge list of huge tables ends', 'huge-list-of-huge-tables', TABLE,
             then=NO_SHUTDOWN),
    bad_acpi('tables out of reach are told', 'tables-beyond-reach', TABLE, then=NO_SHUTDOWN),
    bad_acpi('tables inside the kernel are told', 'tables-in-the-kernel', TABLE,
             then=NO_SHUTDOWN),
    bad_acpi('a MADT with a bad checksum is told', 'madt-with-a-bad-sum', TABLE, then=SHUTDOWN),
    bad_acpi('a MADT of huge length is told', 'madt-of-huge-length', TABLE, then=SHUTDOWN),
    bad_acpi('an entry of the MADT of no size is told', 'madt-entry-of-no-size', ENTRY,
             then=SHUTDOWN),
    bad_acpi('an entry of the MADT beyond its end is told', 'madt-entry-beyond-the-end', ENTRY,
             then=SHUTDOWN),
    good_acpi('a MADT without entries is read', 'madt-without-entries', then=SHUTDOWN),
    bad_acpi('a FADT that is too short is told', 'fadt-too-short', 'the FADT is too short',
             PROCESSORS, then=NO_SHUTDOWN),
    bad_acpi('a DSDT of nothing but its header is told', 'dsdt-of-a-header', NO_WAY, PROCESSORS,
             then=NO_SHUTDOWN),
    bad_acpi('a DSDT of one byte is told', 'dsdt-of-one-byte', NO_WAY, then=NO_SHUTDOWN),
    bad_acpi('a DSDT cut in its package is told', 'dsdt-cut-in-the-package', NO_WAY,
             then=NO_SHUTDOWN),
    bad_acpi('a DSDT with a huge package is told', 'dsdt-with-a-huge-package', NO_WAY,
             then=NO_SHUTDOWN),
    bad_acpi('a DSDT with a bad checksum is told', 'dsdt-with-a-bad-sum', DSDT, PROCESSORS,
             then=NO_SHUTDOWN),
    bad_acpi('a DSDT of huge length is told', 'dsdt-of-huge-length', DSDT, PROCESSORS,
             then=NO_SHUTDOWN),
]

HOSTILE = BOOTS + MEMORY_MAPS + INITRDS + INFORMATION + COMMAND_LINES + FRAMEBUFFERS + ACPI
