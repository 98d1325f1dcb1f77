# SPDX-License-Identifier: MIT OR Apache-2.0
"""Initial ramdisks that are wrong in one way each, made from the real one.

An archive is the cpio newc format: for each file a header of ASCII hex digits, its
name and its data, both padded to four bytes, and a last entry TRAILER!!!.
"""

import stat
import struct
from dataclasses import dataclass, replace

MAGIC = b'070701'
HEADER_BYTES = len(MAGIC) + 13 * 8
TRAILER = 'TRAILER!!!'
ABI_NOTE_NAME = b'KOZO'


@dataclass(frozen=True)
class Entry:
    name: str
    data: bytes
    fields: tuple  # the header's thirteen numbers; sizes are filled in by pack()
    at: int = 0  # where its header is in the archive that it comes from

    @property
    def is_file(self):
        return stat.S_ISREG(self.fields[1])


def align(n):
    return (n + 3) & ~3


def unpack(archive):
    """The entries of an archive, its trailer left out."""
    entries, at = [], 0
    while True:
        header = archive[at:at + HEADER_BYTES]
        assert header[:6] == MAGIC, f'no header at byte {at}'
        fields = tuple(int(header[i:i + 8], 16) for i in range(6, HEADER_BYTES, 8))
        size, name_size = fields[6], fields[11]
        start = at + align(HEADER_BYTES + name_size)
        name = archive[at + HEADER_BYTES:at + HEADER_BYTES + name_size - 1].decode()
        if name == TRAILER:
            return entries
        entries.append(Entry(name, archive[start:start + size], fields, at))
        at = start + align(size)


def pack(entries):
    """An archive of these entries."""
    trailer = Entry(TRAILER, b'', (0,) * 4 + (1,) + (0,) * 8)
    return b''.join(pack_entry(entry) for entry in [*entries, trailer])


def pack_entry(entry):
    fields = list(entry.fields)
    fields[6], fields[11] = len(entry.data), len(entry.name) + 1
    head = MAGIC + b''.join(b'%08X' % field for field in fields)
    head += entry.name.encode() + b'\0'
    return head.ljust(align(len(head)), b'\0') + entry.data.ljust(align(len(entry.data)), b'\0')


def files(archive):
    """Name and data of each regular file."""
    return {entry.name: entry.data for entry in unpack(archive) if entry.is_file}


def find(archive, name):
    return next(entry for entry in unpack(archive) if entry.name == name)


def text_file(archive):
    """Name and text of a file that people can read."""
    for name, data in sorted(files(archive).items()):
        if data and data.isascii() and b'\0' not in data:
            return name, data.decode()
    raise AssertionError('the initrd has no text file')


# --- one way to be wrong each: from the real archive to a bad one ---------------


def real(archive):
    return archive


def missing(_):
    return None


def empty(_):
    return b''


def not_cpio(archive):
    return b'\x7fNOT' + archive[4:]


def bad_digit(archive):
    """The size of the first file is not a number."""
    return archive[:54] + b'0000000g' + archive[62:]


def huge_size(archive):
    """The first file claims to reach beyond the archive, and beyond 32 bits."""
    return archive[:54] + b'FFFFFFFF' + archive[62:]


def huge_name(archive):
    return archive[:94] + b'FFFFFFFF' + archive[102:]


def no_name(archive):
    return archive[:94] + b'00000000' + archive[102:]


def cut_in_header(archive):
    """init's header is cut short; all that stands before it is whole."""
    return archive[:find(archive, 'init').at + HEADER_BYTES // 2]


def cut_at_end(archive):
    """Every file is whole, but the entry that ends the archive is not."""
    return archive[:archive.rindex(MAGIC) + HEADER_BYTES // 2]


def cut_in_data(archive):
    """init itself is cut short."""
    init = find(archive, 'init')
    return archive[:init.at + HEADER_BYTES + len(init.data) // 2]


def without(name):
    return lambda archive: pack(e for e in unpack(archive) if e.name != name)


def changed(name, change):
    """The file's data go through change()."""
    def make(archive):
        assert name in files(archive), f'the initrd has no {name}'
        return pack(replace(e, data=change(e.data)) if e.name == name else e
                    for e in unpack(archive))
    return make


# --- one way each for a program to be wrong --------------------------------------


def script(_):
    return b'#!/bin/sh\necho I am not a program\n'


def first_bytes(count):
    return lambda program: program[:count]


def patched(at, data):
    return lambda program: program[:at] + data + program[at + len(data):]


CLASS_32 = patched(4, b'\1')
MACHINE_ARM = patched(18, struct.pack('<H', 0xb7))
HEADERS_FAR_AWAY = patched(32, struct.pack('<Q', 2**64 - 8))


def other_abi(program):
    """The ABI note names another hash."""
    at = abi_note(program)
    return program[:at] + bytes([program[at] ^ 0xff]) + program[at + 1:]


def no_abi(program):
    """The ABI note has another name."""
    at = abi_note(program)
    name = program.rindex(ABI_NOTE_NAME, 0, at)
    return patched(name, b'NOTE')(program)


def abi_note(program):
    """Where the ABI hash stands in an ELF program."""
    for offset, size in note_segments(program):
        at = offset
        while at + 12 <= offset + size:
            name_size, data_size, _ = struct.unpack_from('<III', program, at)
            name = program[at + 12:at + 12 + name_size].rstrip(b'\0')
            data = at + 12 + align(name_size)
            if name == ABI_NOTE_NAME:
                return data
            at = data + align(data_size)
    raise AssertionError('the program has no ABI note')


def note_segments(program):
    """File offset and size of each PT_NOTE."""
    table, = struct.unpack_from('<Q', program, 32)
    entry_size, count = struct.unpack_from('<HH', program, 54)
    for i in range(count):
        kind, _, offset, _, _, size = struct.unpack_from('<IIQQQQ', program, table + i * entry_size)
        if kind == 4:
            yield offset, size
