# SPDX-License-Identifier: MIT OR Apache-2.0
"""The stopped machine as the kernel sees it: constants, structures and memory.

Names, numbers and layouts come from the kernel's symbols and from the headers it was
built with. All that is read here lies in the kernel image or in the direct map, and
every address space has both.
"""

import functools
import re
import struct
from collections import namedtuple
from pathlib import Path

import gdb

# --- what the sources say --------------------------------------------------------

KERNEL = gdb.objfiles()[0]
BUILD = Path(KERNEL.filename).parent
ARCH = Path(__file__).resolve().parents[2] / 'kernel/arch/x86_64/arch'
ABI = (BUILD / 'abi/kozo_abi.h').read_text()
HEADERS = ABI + ''.join((ARCH / name).read_text() for name in ('layout.h', 'paging.h'))


def constant(name):
    """The value of a macro or an enumerator."""
    macro = re.search(rf'^#define {name} ([^/\n]+)', HEADERS, re.MULTILINE)
    return int(gdb.parse_and_eval(macro[1] if macro else name))


def abi_names(pattern):
    """Names by number, from lines of the ABI that have both in this order."""
    return {int(number): name for name, number in re.findall(pattern, ABI, re.MULTILINE)}


TITLES = dict(re.findall(r'^\t\[OBJECT_(\w+)\] = "(\w+)"', ABI, re.MULTILINE))
TYPES = {n: TITLES[name] for n, name in abi_names(r'^\tOBJECT_(\w+) = (\d+),').items()}
RIGHTS = {n: name.lower() for n, name in abi_names(r'^\tRIGHT_(\w+) = 1 << (\d+),').items()}
STATES = {n: name.lower().replace('_', ' ')
          for n, name in abi_names(r'^#define THREAD_(\w+) (\d+)\b').items()}

PAGE_BITS = constant('PAGE_BITS')
TABLE_ENTRIES = constant('TABLE_ENTRIES')
ROOT_LEVEL = constant('ROOT_LEVEL')
DIRECT_BASE = constant('DIRECT_BASE')
NUMBER_SHIFT = 32  # struct object: an object's number in the badge of its tomb

# Found now, before a service's symbols can offer others of the same names.
SLOT, THREAD, CONTEXT, ENDPOINT, TABLE, VSPACE = (
    gdb.lookup_type(f'struct {name}')
    for name in ('slot', 'thread', 'sched_context', 'endpoint', 'page_table', 'vspace'))

# Those that have slots inside.
OBJECTS = {title: gdb.lookup_type(f'struct {name}')
           for title, name in (('Thread', 'thread'), ('Endpoint', 'endpoint'),
                               ('Notification', 'notification'), ('Timer', 'timer'),
                               ('IrqHandler', 'irq_handler'))}


def offset(kind, field):
    return kind[field].bitpos // 8


def table_bits(level):
    """log2 of the bytes that one entry of a table of a level spans."""
    return PAGE_BITS + (TABLE_ENTRIES.bit_length() - 1) * (level - 1)


# --- memory ----------------------------------------------------------------------


def read(address, size):
    return bytes(gdb.selected_inferior().read_memory(address, size))


def read_words(address, count, form='Q'):
    return struct.unpack(f'<{count}{form}', read(address, count * struct.calcsize(form)))


def read_struct(kind, address):
    value = gdb.Value(address).cast(kind.pointer()).dereference()
    value.fetch_lazy()  # all of it at once
    return value


def variable(name):
    symbol = KERNEL.lookup_global_symbol(name) or KERNEL.lookup_static_symbol(name)
    return symbol.value()


def physical(address):
    return address - DIRECT_BASE


def direct(address):
    """Where the kernel sees a physical address."""
    return address + DIRECT_BASE


# --- slots -----------------------------------------------------------------------

FIRST, LAST, TOMB = (constant(f'SLOT_{name}') for name in ('FIRST', 'LAST', 'TOMB'))

ObjectKind = namedtuple('ObjectKind', 'is_counted header')


@functools.cache
def object_kinds():
    table = variable('object_forms')
    return {n: ObjectKind(table[n]['header'] != 0, int(table[n]['header']) - 1) for n in TYPES}


class Slot(namedtuple('Slot', ['address', *(field.name for field in SLOT.fields())])):
    """struct slot as numbers, and where it lies."""

    @classmethod
    def read(cls, address):
        value = read_struct(SLOT, address)
        return cls(address, *(int(value[name]) for name in cls._fields[1:]))

    @property
    def kind(self):
        return TYPES[self.type]

    @property
    def is_mapped(self):
        return self.kind in ('Frame', 'PageTable') and self.mapping != 0

    @property
    def header(self):
        """Address of the struct object of what the slot names; None: it has none."""
        kind = object_kinds()[self.type]
        return self.object + kind.header if kind.is_counted else None


# --- page tables -----------------------------------------------------------------

PRESENT, WRITE, LARGE = (constant(f'PTE_{name}') for name in ('PRESENT', 'WRITE', 'PAGE'))
NO_EXECUTE, PTE_ADDRESS = constant('PTE_NO_EXECUTE'), constant('PTE_ADDRESS')


class Table:
    """A PageTable, or the wide root of a VSpace."""

    def __init__(self, address):
        self.address = address
        self.level = int(read_struct(TABLE, address)['level'])
        self.entry = read_words(address, TABLE_ENTRIES)
        self.back = read_words(address + offset(TABLE, 'back'), TABLE_ENTRIES, 'I')

    def indices(self):
        """What can lead to user memory: the rest of a root is the kernel's."""
        return range(TABLE_ENTRIES // 2 if self.level == ROOT_LEVEL else TABLE_ENTRIES)

    def is_present(self, index):
        return bool(self.entry[index] & PRESENT)

    def is_page(self, index):
        return self.level == 1 or bool(self.entry[index] & LARGE)

    def below(self, index):
        """Where the kernel sees what an entry leads to."""
        return direct(self.entry[index] & PTE_ADDRESS)

    def rights(self, index):
        entry = self.entry[index]
        return f'r{"w" if entry & WRITE else "-"}{"-" if entry & NO_EXECUTE else "x"}'

    def record(self, index):
        """What the slot behind an entry has in `mapping`."""
        return physical(self.address) + 8 * index

    def owner(self, index):
        """Address of the slot behind an entry; only a frame's first entry names it."""
        while index > 0 and not self.back[index]:
            index -= 1
        return direct(self.back[index] * SLOT.sizeof)

    def entries_of(self, slot):
        """How many entries of this table a Frame or PageTable takes."""
        return 1 << max(slot.size - table_bits(self.level), 0) if slot.kind == 'Frame' else 1


@functools.cache
def table_at(address):
    """The table at an address, read once for each command."""
    return Table(address)


def entries(table, base=0):
    """(virtual address, table, index) of all present entries from a table down."""
    for index in filter(table.is_present, table.indices()):
        address = base + (index << table_bits(table.level))
        yield address, table, index
        if not table.is_page(index):
            yield from entries(table_at(table.below(index)), address)


def forget():
    """The machine may have run since: read anew."""
    table_at.cache_clear()
