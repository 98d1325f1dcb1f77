# SPDX-License-Identifier: MIT OR Apache-2.0
"""The derivation tree, and with it all slots and objects that are in use."""

import functools
from collections import defaultdict, namedtuple

import gdb

from .machine import (FIRST, LAST, NUMBER_SHIFT, OBJECTS, SLOT, TOMB, TYPES, Slot, entries, offset,
                      read, table_at, variable)

# The slots inside objects, by the type of object.
INSIDE = {title: [(field.name, offset(kind, field.name)) for field in kind.fields()
                  if field.type == SLOT]
          for title, kind in OBJECTS.items()}


class Place(namedtuple('Place', 'owner index')):
    """Where a slot lies: in a CNode at an index, elsewhere by name (index None)."""

    def __str__(self):
        return self.owner if self.index is None else f'{self.owner}:{self.index}'

    def is_next_to(self, other):
        return (self.owner == other.owner and self.index is not None
                and abs(self.index - other.index) == 1)


class Tree:
    """Every slot that cap_root leads to, and what the slots name.

    Where the tree contradicts itself, `complaints` has a slot's address and a sentence
    that begins with it. The rest of that list of siblings is then missing.
    """

    def __init__(self):
        self.root = Slot.read(int(variable('cap_root').address))
        self.slots = {}
        self.children = {}  # by address, oldest first
        self.complaints = []
        self._collect()
        self.naming = defaultdict(list)  # the slots that name an object, by its address
        for slot in self.slots.values():
            if slot.header:
                self.naming[slot.object].append(slot)
        self._find_places()

    # --- the links ---

    def _collect(self):
        pending = [self.root]
        while pending:
            parent = pending.pop()
            children = self._follow(parent)
            self.children[parent.address] = children[::-1]
            pending += children

    def _follow(self, parent):
        """The children of a slot as the links tell, seeing that both directions agree."""
        children, before, address = [], parent, parent.first
        while address:
            child = self._read_child(before, address)
            if not child:
                return children
            if child.prev != before.address or bool(child.flags & FIRST) != (before is parent):
                self._complain(child, f'does not point back at {before.address:#x}')
            children.append(child)
            if child.flags & LAST:
                break
            before, address = child, child.next
        self._check_end(parent, children[-1] if children else None)
        return children

    def _read_child(self, before, address):
        """The next slot of a list; None: the list cannot go on."""
        try:
            child = Slot.read(address)
        except gdb.MemoryError:
            return self._complain(before, f'leads to {address:#x}, where there is no memory')
        if TYPES.get(child.type, 'null') == 'null':
            return self._complain(before, f'leads to {address:#x}, which is no full slot')
        if address in self.slots or address == self.root.address:
            return self._complain(child, 'is in the tree more than once')
        self.slots[address] = child
        return child

    def _check_end(self, parent, last):
        if parent.last != (last.address if last else 0):
            self._complain(parent, f'has {parent.last:#x} for its last child, which it is not')
        if last and (not last.flags & LAST or last.next != parent.address):
            self._complain(last, 'is a last child and does not lead to its parent')

    def _complain(self, slot, sentence):
        self.complaints.append((slot.address, sentence))

    # --- objects ---

    def objects(self, kind):
        """One slot for each object of a kind."""
        return [slots[0] for slots in self.naming.values() if slots[0].kind == kind]

    @functools.cache
    def number(self, slot):
        """An object's number; None: it has none, or is dying and has forgotten it."""
        if not slot.header:
            return None
        try:
            tomb = Slot.read(slot.header)
        except gdb.MemoryError:
            return None
        return None if tomb.flags & TOMB else tomb.badge >> NUMBER_SHIFT

    def name(self, slot):
        number = self.number(slot)
        if number is None:
            return f'{slot.kind} at {slot.object:#x}' if slot.header else slot.kind
        return f'{slot.kind} {number}'

    # --- places ---

    def _find_places(self):
        self._cnodes = [(slot.object, slot.object + (SLOT.sizeof << slot.size), self.name(slot))
                        for slot in self.objects('CNode')]
        self._named = {self.root.address: 'cap_root'}
        for slots in self.naming.values():
            self._named[slots[0].header] = f'tomb of {self.name(slots[0])}'
        for title, inside in INSIDE.items():
            for slot in self.objects(title):
                for name, at in inside:
                    self._named[slot.object + at] = f'{self.name(slot)} {name}'

    def place(self, address):
        if address in self._named:
            return Place(self._named[address], None)
        for start, end, name in self._cnodes:
            if start <= address < end:
                return Place(name, (address - start) // SLOT.sizeof)
        if address in self.naming:
            return Place(self.name(self.naming[address][0]), None)
        return Place(f'{address:#x}', None)

    def full_slots(self):
        """Addresses of full slots, found by looking wherever one can be."""
        for start, end, _ in self._cnodes:
            content = read(start, end - start)
            for at in range(SLOT.sizeof, end - start, SLOT.sizeof):
                if content[at + offset(SLOT, 'type')]:
                    yield start + at
        for address in self._named.keys() - {self.root.address}:
            if Slot.read(address).type:
                yield address

    # --- mappings ---

    @functools.cached_property
    def mapped(self):
        """(VSpace, address) of what is mapped, by what its slot has in `mapping`."""
        found = defaultdict(list)
        for space in self.objects('VSpace'):
            for address, table, index in entries(table_at(space.object)):
                found[table.record(index)].append((self.name(space), address))
        return found
