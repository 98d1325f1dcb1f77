#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Make the first inputs of the fuzz targets, each named for what it shows.

    tests/fuzz/make-corpus.py [FOLDER]

FOLDER, tests/fuzz/corpus if not given, gets a folder for each target. What it had
there goes away: an input worth keeping has its place below.
"""

import shutil
import struct
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PRELUDE = (HERE.parent / 'abi/prelude.abi').read_bytes()
SAMPLE = (HERE.parent / 'abi/sample.abi').read_bytes()


def padded(data, to):
    return data + bytes(-len(data) % to)


# --- cpio, and the volume made from it -------------------------------------------

FILE, DIRECTORY, LINK = 0o100644, 0o040755, 0o120777
HUGE = 0xffffffff


def entry(name, data=b'', mode=FILE, magic=b'070701', size=None, name_size=None, digits=b'%08X'):
    """One entry; `size` and `name_size` are what its header says, right or wrong."""
    name += b'\0'
    numbers = [7, mode, 0, 0, 1, 1234567, len(data) if size is None else size, 0, 0, 0, 0,
               len(name) if name_size is None else name_size, 0]
    head = magic + b''.join(digits % number for number in numbers)
    return padded(head + name, 4) + padded(data, 4)


def archive(*entries):
    return b''.join(entries) + entry(b'TRAILER!!!', mode=0)


CPIO = {
    'empty': archive(),
    'files-and-directories': archive(entry(b'.', mode=DIRECTORY), entry(b'init', b'first'),
                                     entry(b'etc', mode=DIRECTORY), entry(b'etc/motd', b'hello')),
    'names-with-dots': archive(entry(b'./a'), entry(b'/b'), entry(b'//./c'), entry(b'.d'),
                               entry(b'..'), entry(b'./.'), entry(b'')),
    'one-name-twice': archive(entry(b'a', b'1'), entry(b'a', b'22'), entry(b'b')),
    'a-link-before-the-file': archive(entry(b'a', b'b', LINK), entry(b'a', b'file')),
    'checksum-form': archive(entry(b'a', b'abc', magic=b'070702')),
    'digits-in-lower-case': archive(entry(b'a', bytes(0xab), digits=b'%08x')),
    'a-digit-that-is-none': archive(entry(b'a', digits=b'%7dG')),
    'the-last-padding-is-missing': archive(entry(b'a', b'12345')) + entry(b'b', b'1')[:-3],
    'something-behind-the-end': archive(entry(b'a')) + b'not an entry',
    'no-end': entry(b'a', b'1234') + entry(b'b'),
    'cut-in-a-header': entry(b'a') + entry(b'b')[:60],
    'cut-in-data': entry(b'a', b'12345678')[:-4],
    'size-beyond-the-end': archive(entry(b'a', b'12', size=HUGE)),
    'size-a-little-beyond-the-end': entry(b'a', b'12', size=5),
    'name-size-beyond-the-end': archive(entry(b'a', name_size=HUGE)),
    'name-size-0': archive(entry(b'a', name_size=0)),
    'name-without-a-zero': archive(entry(b'abc', name_size=3)),
    'name-with-two-zeros': archive(entry(b'a\0b')),
}

LONG = b'x' * 127
VOLUME = {
    'directories-made-by-names': archive(entry(b'usr/share/doc/readme', b'doc/readme'),
                                         entry(b'usr', mode=0o040711)),
    'paths-that-go-up': archive(entry(b'a', b'..'), entry(b'b/c', b'../../a'),
                                entry(b'b/d/e', b'../../../../b/c'), entry(b'f', b'b/d/../c')),
    'paths-with-slashes': archive(entry(b'a', b'/'), entry(b'b', b'//b'), entry(b'c', b'b/'),
                                  entry(b'd/e', b'd///e'), entry(b'f', b'd/.//')),
    'paths-through-a-file': archive(entry(b'a', b'a/..'), entry(b'b', b'a/b'), entry(b'c', b'')),
    'paths-that-are-malformed': archive(entry(b'a', LONG + b'x'), entry(b'b', b'a\0b'),
                                        entry(b'c', b'...'), entry(LONG, LONG)),
    'what-is-neither-file-nor-directory': archive(entry(b'a', b'b', LINK), entry(b'b', b'a')),
    'a-later-file-counts': archive(entry(b'a', b'1'), entry(b'a', b'22')),
    'a-file-and-a-directory': archive(entry(b'a'), entry(b'a/b')),
    'a-directory-and-a-file': archive(entry(b'a/b'), entry(b'a')),
    'a-root-that-is-a-file': archive(entry(b'/')),
    'a-name-that-goes-up': archive(entry(b'a/../b')),
    'a-name-that-is-too-long': archive(entry(LONG + b'x')),
    'damaged': entry(b'a'),
}

# --- ELF -----------------------------------------------------------------------------

LOAD, DYNAMIC, INTERPRETER, NOTE = 1, 2, 3, 4
X, W, R = 1, 2, 4
USER_TOP, REGION_BASE, REGION_TOP = 0x7ffffffff000, 0x400000000000, 0x410000000000
ELF_BYTES = 0x200


def segment(address, flags, offset=0, size=0x20, memory=None, kind=LOAD):
    return struct.pack('<IIQQQQQQ', kind, flags, offset, address, address, size,
                       size if memory is None else memory, 0x1000)


def note(name=b'KOZO\0', body=bytes(range(56)), kind=1):
    return struct.pack('<III', len(name), len(body), kind) + padded(name, 4) + padded(body, 4)


def elf(*segments, entry=0x401010, behind=b'', kind=2, machine=62, count=None, headers=64):
    """A program; `behind` follows its program headers."""
    head = struct.pack('<16sHHIQQQIHHHHHH', b'\x7fELF\2\1\1', kind, machine, 1, entry, headers, 0,
                       0, 64, 56, len(segments) if count is None else count, 0, 0, 0)
    file = head + b''.join(segments) + behind
    return file + bytes(ELF_BYTES - len(file)) if len(file) < ELF_BYTES else file


TEXT = segment(0x401000, R | X)
NOTES_AT = 64 + 2 * 56


def with_notes(*notes):
    behind = b''.join(notes)
    return elf(TEXT, segment(0x400000, R, NOTES_AT, len(behind), kind=NOTE), behind=behind)


def section(kind, offset, size, link=0, each=0):
    return struct.pack('<IIQQQQIIQQ', 0, kind, 0, 0, offset, size, link, 0, 1, each)


def symbol(name, value, size=8, info=2, index=1):
    return struct.pack('<IBBHQQ', name, info, 0, index, value, size)


def with_symbols(*symbols, names=b'\0start\0next\0', link=2):
    """A program with a symbol table; three section headers stand at its end."""
    table, at = b''.join(symbols), 64 + 56
    behind = table + names
    headers = section(0, 0, 0) + section(2, at, len(table), link, 24) + \
        section(3, at + len(table), len(names))
    file = elf(TEXT, behind=behind + headers)
    return file[:40] + struct.pack('<Q', at + len(behind)) + file[48:58] + \
        struct.pack('<HH', 64, 3) + file[62:]


ELF = {
    'symbols': with_symbols(symbol(1, 0x401000), symbol(7, 0x401010), symbol(1, 0x401018)),
    'a-symbol-without-size': with_symbols(symbol(1, 0x401008, 0, 0)),
    'a-symbol-with-a-name-outside': with_symbols(symbol(100, 0x401010)),
    'names-that-do-not-end': with_symbols(symbol(1, 0x401010), names=b'\0start'),
    'symbols-without-names': with_symbols(symbol(1, 0x401010), link=9),
    'three-segments-and-a-note': elf(
        segment(0x400000, R), TEXT, segment(0x402080, R | W, 0x80, memory=0x5000),
        segment(0x400120, R, 64 + 4 * 56, 76, kind=NOTE), behind=note()),
    'one-segment': elf(TEXT),
    'no-segment': elf(),
    'an-empty-segment': elf(segment(0x400000, R, size=0), TEXT),
    'sixteen-segments': elf(TEXT, *(segment(0x402000 + i * 0x1000, R) for i in range(15))),
    'seventeen-segments': elf(TEXT, *(segment(0x402000 + i * 0x1000, R) for i in range(16))),
    'two-segments-in-one-page': elf(TEXT, segment(0x401800, R, 0, 0)[:40] +
                                    struct.pack('<QQ', 1, 0x1000)),
    'segments-that-descend': elf(TEXT, segment(0x400000, R)),
    'writable-and-executable': elf(segment(0x401000, R | W | X)),
    'not-readable': elf(segment(0x401000, X)),
    'misaligned': elf(segment(0x401008, R | X)),
    'too-low': elf(segment(0xf000, R | X), entry=0xf000),
    'at-the-top': elf(segment(USER_TOP - 0x1000, R | X, memory=0x1000), entry=USER_TOP - 0x1000),
    'above-the-top': elf(segment(USER_TOP - 0x1000, R | X, memory=0x1001), entry=USER_TOP - 1),
    'in-the-kernel-half': elf(segment(0xffffffff80000000, R | X), entry=0xffffffff80000000),
    'an-end-that-wraps': elf(segment(0xfffffffffffff000, R | X, memory=0x2000)),
    'below-the-region': elf(segment(REGION_BASE - 0x1000, R | X), entry=REGION_BASE - 0x1000),
    'into-the-region': elf(segment(REGION_BASE - 0x1000, R | X, memory=0x1001)),
    'behind-the-region': elf(segment(REGION_TOP, R | X), entry=REGION_TOP),
    'as-large-as-allowed': elf(segment(0x401000, R | X, memory=1 << 30)),
    'too-large-together': elf(TEXT, segment(0x10000000, R | W, memory=1 << 30)),
    'too-large': elf(segment(0x401000, R | X, memory=(1 << 64) - 1)),
    'less-memory-than-file': elf(segment(0x401000, R | X, size=0x20, memory=0x10)),
    'bytes-outside-the-file': elf(segment(0x401000, R | X, 0x1000, 0x20)),
    'an-offset-that-wraps': elf(segment(0x401000, R | X, (1 << 64) - 0x1000, 0x2000)),
    'headers-outside-the-file': elf(TEXT, count=0xffff),
    'headers-that-wrap': elf(TEXT, headers=(1 << 64) - 8),
    'an-entry-outside': elf(TEXT, entry=0x401020),
    'an-entry-in-data': elf(TEXT, segment(0x402000, R | W), entry=0x402000),
    'dynamic': elf(TEXT, segment(0x401000, R, kind=DYNAMIC)),
    'with-an-interpreter': elf(TEXT, segment(0x401000, R, kind=INTERPRETER)),
    'a-shared-object': elf(TEXT, kind=3),
    'for-another-processor': elf(TEXT, machine=183),
    'cut-in-its-header': elf(TEXT)[:63],
    'the-second-note': with_notes(note(b'GNU\0', b'12345'), note()),
    'a-note-of-another-type': with_notes(note(kind=2)),
    'a-note-that-is-cut': with_notes(note()[:-1]),
    'a-note-of-huge-size': with_notes(struct.pack('<III', HUGE, HUGE, 1)),
}

# --- what boot loaders pass ------------------------------------------------------------

RAM, RESERVED, TOP = 1, 2, (1 << 64) - 1
PC = [(0, 0x9fc00, RAM), (0x9fc00, 0x400, RESERVED), (0xf0000, 0x10000, RESERVED),
      (0x100000, 0x7ee0000, RAM), (0xfffc0000, 0x40000, RESERVED)]
MAPS = {
    'a-map-out-of-order': [(0x400000, 0x1000, RAM), (0x100000, 0x300000, RAM), (0, 0x1000, RAM)],
    'a-map-that-overlaps': [(0x100000, 0x300000, RAM), (0x200000, 0x800, RESERVED),
                            (0x200000, 0x400000, RAM), (0x3ff800, 0x1000, RESERVED)],
    'a-map-of-odd-bytes': [(0x100001, 0x2ffe, RAM), (0x200fff, 2, RAM), (0x300000, 0, RAM)],
    'a-map-up-to-the-last-byte': [(0x100000, TOP, RAM), (TOP, TOP, RAM),
                                  (1 << 37, TOP, RESERVED), (TOP - 5, 3, RESERVED)],
    'a-map-of-too-many-ranges': [(i * 0x2000, 0x1000, RAM) for i in range(130)],
    'a-map-with-holes-in-too-many-ranges':
        [(i * 0x4000, 0x3000, RAM) for i in range(128)] +
        [(0x1000, 1, RESERVED), (0x5000, 0x1000, RESERVED)],
}


def memory_map(entries):
    return b''.join(struct.pack('<QQII', *entry, 0) for entry in entries)


def tag(kind, body, size=None):
    return padded(struct.pack('<II', kind, 8 + len(body) if size is None else size) + body, 8)


def map_tag(entries, stride=24):
    body = b''.join(padded(memory_map([entry]), stride) for entry in entries)
    return tag(6, struct.pack('<II', stride, 0) + body)


def module(start, end):
    return tag(3, struct.pack('<II', start, end) + b'initrd\0')


def framebuffer(kind=1, bits=32, pitch=4096, address=0xfd000000):
    return tag(8, struct.pack('<QIIIBBH6B', address, pitch, 1024, 768, bits, kind, 0,
                              16, 8, 8, 8, 0, 8))


END = tag(0, b'')


def info(*tags, size=None):
    body = b''.join(tags)
    return struct.pack('<II', 8 + len(body) if size is None else size, 0) + body


MULTIBOOT2 = {
    'as-grub-passes-it': info(tag(1, b'quiet\0'), module(0x200000, 0x280000), map_tag(PC),
                              framebuffer(), tag(4, bytes(8)), END),
    **{name: info(map_tag(entries), END) for name, entries in MAPS.items()},
    'two-maps': info(map_tag(PC), map_tag([(0, 0x9fc00, RESERVED)]), END),
    'two-maps-of-which-one-says-nothing': info(map_tag([(0, 0x100000, RESERVED)]), map_tag(PC),
                                               END),
    'wider-map-entries': info(map_tag(PC, stride=40), END),
    'map-entries-of-size-0': info(tag(6, struct.pack('<II', 0, 0) + memory_map(PC)), END),
    'map-entries-of-huge-size': info(tag(6, struct.pack('<II', HUGE, 0) + memory_map(PC)), END),
    'a-map-cut-in-an-entry': info(tag(6, struct.pack('<II', 24, 0) + memory_map(PC)[:-4]), END),
    'a-map-without-a-header': info(tag(6, b''), END),
    'two-modules': info(module(0x200000, 0x300000), module(0, 1), END),
    'an-empty-module-first': info(module(5, 5), module(HUGE - 1, HUGE), END),
    'a-module-that-ends-before-it-begins': info(module(2, 1), END),
    'a-module-that-is-cut': info(tag(3, bytes(4)), END),
    'a-command-line-without-an-end': info(tag(1, b'x' * 600), END),
    'no-command-line-in-its-tag': info(tag(1, b''), END),
    'a-framebuffer-of-24-bits': info(framebuffer(bits=24, pitch=3 * 1024 + 64), END),
    'a-framebuffer-of-text': info(framebuffer(kind=2), END),
    'a-framebuffer-without-colours': info(tag(8, framebuffer()[8:32]), END),
    'a-framebuffer-that-is-cut': info(tag(8, bytes(16)), END),
    'no-end': info(map_tag(PC)),
    'a-tag-of-size-0': info(tag(4, b'', size=0), END),
    'a-tag-beyond-the-end': info(tag(4, b'', size=HUGE), END),
    'a-tag-a-little-beyond-the-end': info(tag(4, b''), tag(1, b'12345678', size=17)),
    'larger-than-there-is': info(END, size=HUGE),
    'smaller-than-its-header': info(END, size=7),
    'shorter-than-its-header': b'\x10\0\0',
    'nothing': b'',
}

MEMORY, MEMORY_END = 0x1000, 0x5000  # as in physical_memory.h
MODULE_AT, TEXT_AT, MAP_AT = MEMORY + 56, MEMORY + 88, MEMORY + 104


def start_info(entries=tuple(PC), text=b'quiet', version=1, magic=0x336ec578, count=None,
               modules=1, module_at=MODULE_AT, text_at=TEXT_AT, map_at=MAP_AT,
               initrd=(0x200000, 0x80000), rsdp=0):
    return struct.pack('<IIIIQQQQII', magic, version, 0, modules, module_at, text_at, rsdp, map_at,
                       len(entries) if count is None else count, 0) + \
        struct.pack('<QQQQ', *initrd, 0, 0) + padded(text + b'\0', 16)[:16] + memory_map(entries)


PVH = {
    'as-qemu-passes-it': start_info(),
    **{name: start_info(entries) for name, entries in MAPS.items()},
    'no-initrd': start_info(modules=0),
    'no-command-line': start_info(text_at=0),
    'version-0': start_info(version=0),
    'another-magic-number': start_info(magic=0),
    'no-map': start_info(count=0),
    'a-map-of-huge-size': start_info(count=HUGE),
    'a-map-of-the-most-entries': start_info(count=1024),
    'a-map-out-of-reach': start_info(map_at=TOP),
    'a-map-in-the-last-bytes': start_info(map_at=MEMORY_END - len(memory_map(PC))),
    'a-module-list-out-of-reach': start_info(module_at=MEMORY_END - 8),
    'a-module-that-wraps': start_info(initrd=(TOP - 1, 2)),
    'a-module-of-huge-size': start_info(initrd=(0, TOP)),
    'a-command-line-out-of-reach': start_info(text_at=MEMORY_END - 8),
    'a-command-line-without-an-end': start_info(text_at=MAP_AT + 8) + b'x' * 600,
    'an-rsdp': start_info(rsdp=MAP_AT),
    'an-rsdp-in-the-last-bytes': start_info(rsdp=MEMORY_END - 36),
    'an-rsdp-out-of-reach': start_info(rsdp=MEMORY_END - 35),
    'shorter-than-its-header': start_info()[:40],
}

# --- ACPI tables -----------------------------------------------------------------------

LIST_AT, TABLES_AT, TABLE_ROOM = MEMORY + 0x40, MEMORY + 0x80, 0x100
SUMS_AS_THEY_ARE, SUMS_ARE_RIGHT = b'\0', b'\1'
S5 = b'\x08_S5_\x12\x06\x04\x0a\x05\x0a\x05'


def summed(data, at):
    return data[:at] + bytes([(data[at] - sum(data)) & 255]) + data[at + 1:]


def table(signature, body, size=None):
    size = 36 + len(body) if size is None else size
    return summed(struct.pack('<4sIBB6s8sIII', signature, size, 1, 0, b'KOZO', b'FUZZ', 1, 1, 1) +
                  body, 9)


def fadt(dsdt, pm1a=0x604, flags=0, x_dsdt=0):
    body = bytearray(244 - 36)
    for at, form, value in ((40, '<I', dsdt), (48, '<I', 0xb2), (52, '<B', 0xf1), (64, '<I', pm1a),
                            (112, '<I', flags), (140, '<Q', x_dsdt)):
        struct.pack_into(form, body, at - 36, value)
    return table(b'FACP', bytes(body))


def madt(*entries):
    return table(b'APIC', bytes(8) + b''.join(entries))


def acpi(*tables, revision=2, sums=SUMS_ARE_RIGHT, xsdt=LIST_AT, rsdt=0, count=None):
    """The RSDP, the list of tables, and these, TABLE_ROOM apart."""
    form = '<Q' if revision >= 2 else '<I'
    addresses = [TABLES_AT + i * TABLE_ROOM for i in range(len(tables))][:count]
    list_of_all = table(b'XSDT', b''.join(struct.pack(form, at) for at in addresses))
    rsdp = summed(struct.pack('<8sB6sBI', b'RSD PTR ', 0, b'KOZO', revision, rsdt), 8)
    rsdp = summed(rsdp + struct.pack('<IQBBBB', 36, xsdt, 0, 0, 0, 0), 32)
    memory = rsdp.ljust(LIST_AT - MEMORY, b'\0') + \
        list_of_all.ljust(TABLES_AT - LIST_AT, b'\0')
    return sums + memory + b''.join(t.ljust(TABLE_ROOM, b'\0') for t in tables)


PROCESSOR = b'\x00\x08\x00\x00\x01\0\0\0'
X2_PROCESSOR = b'\x09\x10\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0'
DSDT_AT = TABLES_AT + TABLE_ROOM
ACPI = {
    'a-way-to-turn-off': acpi(fadt(DSDT_AT), table(b'DSDT', S5), sums=SUMS_AS_THEY_ARE, count=1),
    'a-dsdt-by-its-64-bit-address': acpi(fadt(0, x_dsdt=DSDT_AT), table(b'DSDT', S5), count=1),
    'the-old-list': acpi(fadt(DSDT_AT), table(b'DSDT', S5), revision=0, xsdt=0, rsdt=LIST_AT,
                         count=1),
    'sleep-types-0-and-1': acpi(fadt(DSDT_AT), table(b'DSDT', b'\\_S5_\x12\x04\x02\0\1'),
                                count=1),
    'a-package-that-is-cut': acpi(fadt(DSDT_AT), table(b'DSDT', S5[:-4]), count=1),
    'a-package-with-a-long-length': acpi(fadt(DSDT_AT), table(b'DSDT', S5[:6] + b'\xff' * 9),
                                         count=1),
    'hardware-reduced': acpi(fadt(DSDT_AT, flags=1 << 20), table(b'DSDT', S5), count=1),
    'no-dsdt': acpi(fadt(0)),
    'a-fadt-that-is-cut': acpi(table(b'FACP', bytes(20))),
    'two-fadts': acpi(fadt(DSDT_AT), table(b'DSDT', S5), fadt(DSDT_AT, pm1a=0)),
    'two-processors': acpi(madt(PROCESSOR, X2_PROCESSOR)),
    'an-entry-of-size-0': acpi(madt(PROCESSOR, b'\0\0')),
    'an-entry-beyond-the-end': acpi(madt(PROCESSOR, b'\0\xff')),
    'an-entry-that-is-cut': acpi(madt(b'\0\2')),
    'a-table-of-huge-size': acpi(table(b'APIC', b'', size=HUGE)),
    'a-table-without-a-header': acpi(table(b'APIC', b'', size=35)),
    'a-list-in-itself': acpi(xsdt=LIST_AT) + bytes(4),
    'a-list-out-of-reach': acpi(xsdt=TOP),
    'a-list-of-odd-size': acpi(b'', xsdt=TABLES_AT) + table(b'XSDT', bytes(9)),
    'only-the-first-rsdp': acpi()[:21],
    'no-rsdp': SUMS_ARE_RIGHT,
}

# --- steps: memmap_fuzz.c and fsd_fuzz.c say what the bytes are --------------------------

ADD, REMOVE, TAKE, TAKE_PIECE, HAS = range(5)


def step(kind, start, pages, odd=0):
    """Add or remove; `odd` is what makes it not quite whole pages."""
    return bytes([kind, start & 255, start >> 8, pages & 255, pages >> 8 | odd << 5])


FULL = b''.join(step(ADD, 2 * i, 1) for i in range(128))
MEMMAP = {
    'ranges-that-touch': step(ADD, 1, 2) + step(ADD, 5, 2) + step(ADD, 3, 2),
    'ranges-that-overlap': step(ADD, 1, 9) + step(ADD, 20, 9) + step(ADD, 5, 20),
    'a-hole': step(ADD, 1, 90) + step(REMOVE, 40, 2, odd=1),
    'everything-goes': step(ADD, 1, 9) + step(ADD, 20, 9) + step(REMOVE, 0, 0, odd=4),
    'too-many-ranges': FULL + step(ADD, 270, 1) + step(ADD, 1, 1) + step(ADD, 270, 1) +
                       step(ADD, 280, 1),
    'a-hole-in-too-many-ranges': FULL + step(ADD, 250, 9) + step(ADD, 270, 1) +
                                 step(REMOVE, 253, 1) + step(REMOVE, 256, 1),
    'taking-aligned': step(ADD, 3, 200) + bytes([TAKE, 3, 4, 0, 0, TAKE, 0, 0, 9, 0,
                                                 TAKE, 99, 7, 1, 32]),
    'taking-from-the-highest-address': step(ADD, 0, 9) + bytes([TAKE, 0, 0, 0, 4 << 5]),
    'asking-near-the-edges': step(ADD, 3, 5) + b''.join(
        bytes([HAS, start, odd << 5, size]) for start, odd, size in
        ((3, 0, 79), (3, 0, 80), (2, 2, 0), (7, 2, 0), (7, 2, 1), (0, 3, 1))),
    'taking-pieces': step(ADD, 3, 200) + bytes([TAKE_PIECE, 2]) * 3 + bytes([TAKE_PIECE, 30]) * 9,
}

PING, OPEN, CLOSE, READ, STAT, LIST = range(6)
LARGEST = 255


def request(kind, a=0, b=0, c=0, text=None, client=0, lie=b''):
    """As a client's stub makes it; or `lie`: words, length, and the first two words after all."""
    body = b'' if text is None else bytes([len(text)]) + text
    return bytes([client, kind, lie[0] if lie else 0, a, b, c]) + body + lie[1:]


FSD = {
    'each-request': b''.join([request(PING, 5), request(STAT, text=b'etc/motd'),
                              request(OPEN, text=b'etc/motd'), request(READ, 0, 0, 200),
                              request(READ, 0, 3, 1), request(CLOSE, 0),
                              request(LIST, 0, text=b'')]),
    'reading-at-the-end': request(OPEN, text=b'long', client=2) + b''.join(
        request(READ, 0, offset, length, client=2)
        for offset, length in ((0, 248), (251, 248), (251, 249), (LARGEST, LARGEST))),
    'paths-out-of-the-root': b''.join(request(OPEN, text=path, client=client) for client, path in
                                      ((1, b'../init'), (1, b'/../usr/other'), (2, b'..'),
                                       (2, b'../other'), (1, b'deep/../../init'))),
    'opening-directories': b''.join(request(OPEN, text=path)
                                    for path in (b'', b'etc', b'empty', b'empty/')),
    'a-file-that-another-has-open': request(OPEN, text=b'init') + request(READ, 0, 0, 9, client=1) +
                                    request(CLOSE, 0, client=2) + request(READ, 0, 0, 9),
    'more-files-than-can-be-open': request(OPEN, text=b'motd', client=1) * 17 +
                                   request(CLOSE, 3, client=1) +
                                   request(OPEN, text=b'motd', client=1),
    'going-on-with-a-list': b''.join(request(LIST, cursor, text=b'', client=1)
                                     for cursor in (0, 3, 4, 6, 250, LARGEST)),
    'a-malformed-path': request(STAT, text=b'x' * 128) + request(STAT, text=b'init\0') +
                        request(STAT, text=b'init/'),
    'wrong-numbers-of-words': b''.join(request(kind, text=text, lie=bytes([lie, 1, 1]))
                                       for kind, text in ((PING, None), (READ, None), (OPEN, b'x'),
                                                          (LIST, b'etc'))
                                       for lie in (1, 6, 7, 65)),
    'lengths-that-are-too-large': request(OPEN, text=b'x', lie=bytes([38, 0, 250])) +
                                  request(LIST, text=b'x', lie=bytes([64, LARGEST, 0])),
    'no-such-request': request(6) + request(LARGEST),
}

# --- the ABI generator -----------------------------------------------------------------

GEN = {
    'one-of-everything': SAMPLE,
    'the-least': PRELUDE,
    **{name: PRELUDE + statements for name, statements in {
        'a-method': b'object Ten 1 "t"\n'
                    b'method m 0 READ (a:word) -> partial (a:cptr) "t"\nfails OK\n',
        'a-request': b'proto p 1 "t"\nrequest r 0 (b:bytes 9) -> (b:bytes 9) "t"\nfails BAD_ARG\n',
        'a-struct': b'struct a 4 "t"\nfield b u16 "t"\nfield c u8[2] "t"\n'
                    b'struct d 4 "t"\nfield e struct a "t"\n',
        'a-struct-in-itself': b'struct a 4 "t"\nfield b struct a "t"\n',
        'a-struct-with-a-hole': b'struct a 8 "t"\nfield b u8 "t"\nfield c u32 "t"\n',
        'a-name-of-the-most-letters': b'const ' + b'A' * 32 + b' 1 "t"\n',
        'a-name-that-is-too-long': b'const ' + b'A' * 33 + b' 1 "t"\n',
        'a-name-stated-twice': b'const A 1 "t"\nconst A 2 "t"\n',
        'a-message-that-is-too-long': b'proto p 1 "t"\nrequest r 0 (b:bytes 65535) "t"\nfails\n',
        'a-number-of-64-bits': b'const A 0xffffffffffffffff "t"\n',
        'a-number-of-65-bits': b'const A 18446744073709551616 "t"\n',
        'a-text-that-ends-a-comment': b'const A 1 "*/"\n',
        'a-text-without-an-end': b'const A 1 "t\n',
        'a-line-of-the-most-bytes': b'#' * 511,
        'a-line-that-is-too-long': b'#' * 512,
        'a-zero-byte': b'const A 1 "t"\0\n',
        'lines-that-end-in-cr-lf': b'const A 1 "t"\r\nconst B 2 "t"\r',
    }.items()},
}

# --- manifests ---------------------------------------------------------------------------

EXAMPLES = {path.stem: path.read_bytes()
            for path in sorted((HERE.parent / 'manifests').glob('*.manifest'))}


def manifest(name=b'a', without=(), rank=5, **more):
    """What is usual; `more` has the values of other keys, or of these."""
    values = {'service': name, 'title': b'"%s"' % name, 'purpose': b'"is there"',
              'program': name, 'rank': b'%d' % rank, 'memory': b'private 4K', 'slots': b'16',
              'time': b'1ms per 1s', 'priority': b'9', 'deadline': b'1s', 'restart': b'always',
              'backoff': b'1ms to 1s', 'attempts': b'3 in 1s', **more}
    return b''.join(b'%s %s\n' % (key.encode(), value) for key, value in values.items()
                    if key not in without)


def together(*texts):
    return b'\0'.join(texts)


MANIFEST = {
    **EXAMPLES,
    'all-examples': together(*EXAMPLES.values()),
    'the-least': manifest(without=('deadline', 'backoff', 'attempts'), restart=b'never'),
    'every-device': manifest(device=b'ports 0x60-0x6f\ndevice irq 4 level low isa\n'
                                    b'device memory 0xfe000000-0xfe000fff read write\n'
                                    b'device debug-console send receive manage inspect\n'
                                    b'device initrd'),
    'the-largest-numbers': manifest(rank=255, memory=b'private 17179869183G kept 17179869183G',
                                    slots=b'4096', time=b'3600s per 3600s', priority=b'255',
                                    attempts=b'1000 in 3600s'),
    'a-number-of-65-bits': manifest(deadline=b'18446744073709551616us'),
    'a-cycle': together(manifest(provides=b'fs send', uses=b'b.fs send'),
                        manifest(b'b', provides=b'fs send', uses=b'a.fs send')),
    'a-call-upwards': together(manifest(uses=b'b.fs send'),
                               manifest(b'b', rank=6, provides=b'fs send grant')),
    'a-right-that-is-not-offered': together(manifest(provides=b'fs send'),
                                            manifest(b'b', rank=6, uses=b'a.fs send grant')),
    'a-device-claimed-twice': together(manifest(device=b'irq 4'),
                                       manifest(b'b', device=b'irq 4 isa')),
    'more-memory-than-there-is': together(manifest(memory=b'private 16M'), manifest(b'b')),
    'more-time-than-there-is': together(manifest(time=b'1s per 1s'), manifest(b'b')),
    'more-services-than-fit': together(*(manifest(b's%d' % i) for i in range(33))),
    'more-uses-than-fit': manifest(uses=b' send\nuses '.join(b'%c.fs' % (97 + i)
                                                            for i in range(17)) + b' send'),
    'a-line-of-the-most-bytes': b'#' * 255,
    'a-line-that-is-too-long': b'#' * 256,
    'a-text-without-an-end': b'title "t',
    'lines-that-end-in-cr-lf': manifest().replace(b'\n', b'\r\n'),
    'an-escape-sequence': b'title "\x1b[2J"',
}

CORPORA = {'acpi': ACPI, 'cpio': CPIO, 'elf': ELF, 'fsd': FSD, 'gen': GEN,
           'manifest': MANIFEST, 'memmap': MEMMAP, 'multiboot2': MULTIBOOT2, 'pvh': PVH,
           'volume': VOLUME}


def main():
    to = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / 'corpus'
    for target, inputs in CORPORA.items():
        shutil.rmtree(to / target, ignore_errors=True)
        (to / target).mkdir(parents=True)
        for name, data in inputs.items():
            (to / target / name).write_bytes(data)


if __name__ == '__main__':
    main()
