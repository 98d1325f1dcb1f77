# SPDX-License-Identifier: MIT OR Apache-2.0
"""Capabilities as people read them, runs of like ones in one line."""

from dataclasses import dataclass

from .machine import RIGHTS, TOMB, Slot, physical, table_bits
from .tree import Tree


def fold(items, follows):
    """Runs of neighbours each of which follows the one before it."""
    runs = []
    for item in items:
        if runs and follows(runs[-1][-1], item):
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def size_text(count):
    units = ('bytes', 'KiB', 'MiB', 'GiB', 'TiB')
    while count and count % 1024 == 0:
        count, units = count // 1024, units[1:]
    return f'{count} {units[0]}'


def span_text(first, last):
    return f'{first}' if first == last else f'{first}-{last}'


def place_text(first, last):
    return f'{first}' if first == last else f'{first}-{last.index}'


def rights_text(rights):
    return ' '.join(name for bit, name in RIGHTS.items() if rights >> bit & 1) or 'no rights'


@dataclass(frozen=True)
class Capability:
    tree: Tree
    slot: Slot

    @property
    def place(self):
        return self.tree.place(self.slot.address)

    @property
    def number(self):
        return self.tree.number(self.slot)

    @property
    def mapped(self):
        """The address spaces and addresses where it shows."""
        return self.tree.mapped[self.slot.mapping] if self.slot.is_mapped else []

    @property
    def reach(self):
        """How many bytes of an address space it takes there."""
        return 1 << (self.slot.size if self.slot.kind == 'Frame' else
                     table_bits(self.slot.size + 1))

    @property
    def alike(self):
        """What a run has in common; a name for each Untyped, which are never alike."""
        slot = self.slot
        unique = slot.address if slot.kind == 'Untyped' else None
        return slot.type, slot.size, slot.rights, slot.flags & TOMB, slot.badge, unique

    def follows(self, before):
        """Does it continue a run: in place, number and mapping?"""
        return (self.alike == before.alike and self.place.is_next_to(before.place)
                and self.number == (before.number and before.number + 1)
                and self._is_mapped_next_to(before))

    def _is_mapped_next_to(self, before):
        if len(self.mapped) != len(before.mapped):
            return False
        return all(space == other and abs(start - previous) == self.reach
                   for (space, start), (other, previous) in zip(self.mapped, before.mapped))


def follows(before, after):
    return after.follows(before)


def run_text(run):
    rights = rights_text(run[0].slot.rights)
    return ', '.join([f'{_what(run)}: {rights}', *_details(run)])


def _what(run):
    slot = run[0].slot
    text = f'{len(run)} times {slot.kind}' if len(run) > 1 else slot.kind
    if run[0].number is not None:
        text += ' ' + span_text(run[0].number, run[-1].number)
    return text + _size(slot) + (_memory(slot) if len(run) == 1 else '')


def _size(slot):
    return {
        'Untyped': f' of {size_text(1 << slot.size)}',
        'Frame': f' of {size_text(1 << slot.size)}',
        'CNode': f' of {1 << slot.size} slots',
        'PageTable': f' of level {slot.size}',
    }.get(slot.kind, '')


def _memory(slot):
    return f' at {physical(slot.object):#x}' if slot.kind in ('Untyped', 'Frame') else ''


def _details(run):
    slot = run[0].slot
    if slot.kind == 'Untyped':
        yield f'{size_text(slot.badge)} used' if slot.badge else 'unused'
    elif slot.badge and not slot.flags & TOMB:
        yield f'badge {slot.badge:#x}'
    for (space, start), (_, other) in zip(run[0].mapped, run[-1].mapped):
        low, high = sorted((start, other))
        yield f'in {space} at {low:#x}-{high + run[0].reach - 1:#x}'
    if slot.is_mapped and not run[0].mapped:
        yield 'in a table that no VSpace uses'
    if slot.flags & TOMB:
        yield 'dying'
