# SPDX-License-Identifier: MIT OR Apache-2.0
"""Invariants 1 and 4 of docs/invariants.md: the tree, and mappings.

Each function yields what it finds wrong: an address, and a sentence that begins with
what is there.
"""

from .machine import (NUMBER_SHIFT, PAGE_BITS, ROOT_LEVEL, TABLE_ENTRIES, TOMB, VSPACE, Slot,
                      constant, direct, offset, read_words, table_at, table_bits)

REGION = range(*(constant(f'REGION_{end}') >> table_bits(ROOT_LEVEL) for end in ('BASE', 'TOP')))
CPU_WRITES = 0x60  # accessed and dirty: in each root for itself


def violations(tree):
    yield from tree.complaints
    if not tree.complaints:  # otherwise what is missing would be blamed for the rest
        yield from _places(tree)
        yield from _counts(tree)
        yield from _mappings(tree)


def _places(tree):
    """A slot is full if and only if it is in the tree."""
    full = set(tree.full_slots())
    for address in sorted(full - tree.slots.keys()):
        yield address, 'is full but not in the tree'
    for address in sorted(tree.slots.keys() - full):
        yield address, 'is in the tree but not in any object'


def _counts(tree):
    """An object counts the slots that name it."""
    for slots in tree.naming.values():
        tomb = Slot.read(slots[0].header)
        count = tomb.badge & (1 << NUMBER_SHIFT) - 1
        if not tomb.flags & TOMB and count != len(slots):
            yield tomb.address, f'counts {count} capabilities, not {len(slots)}'


def _mappings(tree):
    """A mapped slot and its entry point at each other, and every entry has a slot."""
    spaces = tree.objects('VSpace')
    tables = {slot.object: table_at(slot.object)
              for slot in [*tree.objects('PageTable'), *spaces]}
    for slot in tree.slots.values():
        if slot.is_mapped:
            yield from _mapped_slot(tables, slot)
    for table in tables.values():
        yield from _table(tree, table)
    for space in spaces:
        yield from _restricted_root(space)


def _mapped_slot(tables, slot):
    within = slot.mapping % (1 << PAGE_BITS)
    table, index = tables.get(direct(slot.mapping - within)), within // 8
    if not table:
        yield slot.address, f'is mapped at {slot.mapping:#x}, which is in no table'
        return
    if table.owner(index) != slot.address:
        yield slot.address, f'is mapped by entry {index}, which another slot is behind'
    for i in range(table.entries_of(slot)):
        wanted = slot.object + (i << table_bits(table.level))
        if not table.is_present(index + i) or table.below(index + i) != wanted:
            yield slot.address, f'is mapped by entry {index + i}, which does not lead to it'


def _table(tree, table):
    for index in table.indices():
        slot = tree.slots.get(table.owner(index))
        where = f'entry {index} of level {table.level}'
        if table.back[index]:
            if not slot or slot.mapping != table.record(index):
                yield table.owner(index), f'is behind {where}, but not mapped there'
            elif not table.is_present(index):
                yield slot.address, f'is behind {where}, which is empty'
        elif table.is_present(index) and not (
                slot and table.record(index) < slot.mapping + 8 * table.entries_of(slot)):
            yield table.address, f'has {where}, which no slot accounts for'


def _restricted_root(space):
    """It is the wide root without the personality region."""
    wide = table_at(space.object)
    restricted = read_words(space.object + offset(VSPACE, 'restricted'), TABLE_ENTRIES)
    for index in wide.indices():
        wanted = 0 if index in REGION else wide.entry[index]
        if (restricted[index] ^ wanted) & ~CPU_WRITES:
            yield space.object, f'has another entry {index} in its restricted root'
