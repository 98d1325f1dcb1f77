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
LOAD, NOTE = 1, 4  # types of program headers
SYMBOLS = 2  # type of a section


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


def size_back_to_itself(archive):
    """The first file's data end, in 32 bits, where its header begins."""
    return archive[:54] + b'%08X' % (2**32 - data_at(archive)) + archive[62:]


def name_back_to_itself(archive):
    """The first file's name ends, in 32 bits, where its header begins."""
    return archive[:94] + b'%08X' % (2**32 - HEADER_BYTES) + archive[102:]


def data_at(archive):
    """Where the first file's data begin."""
    return align(HEADER_BYTES + int(archive[94:102], 16))


def name_without_end(archive):
    """What ends the first file's name is another letter."""
    end = HEADER_BYTES + int(archive[94:102], 16) - 1
    return archive[:end] + b'x' + archive[end + 1:]


def name_with_two_ends(archive):
    return archive[:HEADER_BYTES] + b'\0' + archive[HEADER_BYTES + 1:]


def cut_in_name(archive):
    return archive[:find(archive, 'init').at + HEADER_BYTES + 2]


def with_files(*names, data=b'hostile\n', mode=0o100644):
    """Files by these names come before all others but init."""
    def make(archive):
        fields = (1, mode) + (0,) * 11
        init, *others = unpack(archive)
        return pack([init, *(Entry(name, data, fields) for name in names), *others])
    return make


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


def undefined_at_entry(program):
    """Its first instruction is none."""
    return at_entry(NO_INSTRUCTION)(program)


def at_entry(code):
    """It begins with other code."""
    def change(program):
        entry, = struct.unpack_from('<Q', program, 24)
        return patched(at_address(program, entry), code)(program)
    return change


def address_of(program, name):
    """Of what the program's symbol table has by this name, first."""
    sections, = struct.unpack_from('<Q', program, 40)
    size, count = struct.unpack_from('<HH', program, 58)
    headers = [struct.unpack_from('<IIQQQQIIQQ', program, sections + i * size)
               for i in range(count)]
    _, _, _, _, symbols, length, link, _, _, each = next(h for h in headers if h[1] == SYMBOLS)
    names = headers[link][4]
    for at in range(symbols, symbols + length, each):
        name_at, _, _, value = struct.unpack_from('<IBxHQ', program, at)
        start = names + name_at
        if program[start:program.index(b'\0', start)].decode() == name:
            return value
    raise AssertionError(f'the program has no {name}')


def at_address(program, address):
    for _, header in segments(program):
        if header['address'] <= address < header['address'] + header['file_size']:
            return address - header['address'] + header['offset']
    raise AssertionError(f'no segment has {address:x}')


def with_function(name, code):
    """A function begins with other code, behind what makes its frame."""
    frame = bytes.fromhex('55 48 89 e5')  # push rbp; mov rbp, rsp

    def change(program):
        at = at_address(program, address_of(program, name))
        return patched(at, frame + code)(program)
    return change


def spoil_notes(program):
    """When notebook is told a note, it keeps that its first one has a length of -1."""
    state, kept, commit = (address_of(program, name) for name in ('state', 'kept', 'kept_commit'))
    code = (b'\x48\xc7\x04\x25' + struct.pack('<Ii', state + 8, -1) +  # mov qword [state + 8], -1
            b'\xbf' + struct.pack('<I', kept) +                        # mov edi, kept
            b'\xb8' + struct.pack('<I', commit) + b'\xff\xd0' +        # mov eax, kept_commit; call rax
            b'\x31\xc0\x5d\xc3')                                       # xor eax, eax; pop rbp; ret
    return with_function('notes_on_add', code)(program)


LOOP = b'\xeb\xfe'
NO_INSTRUCTION = b'\x0f\x0b'
LOSE_STACK = bytes.fromhex('48 c7 c5 f8 ff ff ff 0f 0b')  # mov rbp, -8; ud2
# FAULT_PANIC to SLOT_FAULTS, in six words of which the first should be a length: mov edi, 10;
# mov esi, 64 << 16 | 6; mov rdx, -1; xor eax, eax; syscall; ud2
LIE_IN_PANIC = bytes.fromhex('bf 0a 00 00 00 be 06 00 40 00 48 c7 c2 ff ff ff ff 31 c0 0f 05 0f 0b')
RETURN = b'\x5d\xc3'  # pop rbp; ret
WRITE_TO_NULL = bytes.fromhex('c6 04 25 10 00 00 00 01')  # mov byte [0x10], 1

HEADER_FORM = '<IIQQQQQQ'
HEADER_FIELDS = ('type', 'flags', 'offset', 'address', 'physical', 'file_size', 'memory_size',
                 'align')


def program_headers(program):
    """Where each program header stands in an ELF program, and its fields."""
    table, = struct.unpack_from('<Q', program, 32)
    entry_size, count = struct.unpack_from('<HH', program, 54)
    for i in range(count):
        at = table + i * entry_size
        yield at, dict(zip(HEADER_FIELDS, struct.unpack_from(HEADER_FORM, program, at)))


def segments(program):
    return [(at, header) for at, header in program_headers(program) if header['type'] == LOAD]


def packed_header(header):
    return struct.pack(HEADER_FORM, *(header[field] for field in HEADER_FIELDS))


def segment(which, **changes):
    """Other fields for one of the segments that are loaded. A field may be made from what it
    was, or from all segments."""
    def change(program):
        at, header = segments(program)[which]
        changed = {field: value(header[field]) if callable(value) else value
                   for field, value in changes.items()}
        return patched(at, packed_header({**header, **changed}))(program)
    return change


def segments_on_one_page(program):
    """The second begins on the page where the first ends; either is good alone."""
    _, first = segments(program)[0]
    end = first['address'] + first['memory_size']
    return segment(1, address=end & ~0xfff)(program)


LAYOUT = ('abi_hash', 'start', 'code', 'data', 'file_end', 'end', 'entry')


def layout(**changes):
    """The program's note says otherwise where something lies: each is made from what it says."""
    def change(program):
        at = abi_note(program)
        was = dict(zip(LAYOUT, struct.unpack_from('<7Q', program, at)))
        now = {**was, **{field: value(was) for field, value in changes.items()}}
        return patched(at, struct.pack('<7Q', *(n % 2**64 for n in now.values())))(program)
    return change


def moved_to(address):
    """By its note all of the program lies elsewhere."""
    def to(field):
        return lambda was: was[field] - was['start'] + address
    return layout(**{field: to(field) for field in LAYOUT[1:]})


def ending_at(address):
    return lambda program: moved_to(address - memory_pages(program))(program)


def memory_pages(program):
    """Bytes from the program's beginning to its end in memory, in whole pages."""
    _, start, _, _, _, end, _ = struct.unpack_from('<7Q', program, abi_note(program))
    return end - start + 0xfff & ~0xfff


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
    for _, header in program_headers(program):
        if header['type'] == NOTE:
            yield header['offset'], header['file_size']
