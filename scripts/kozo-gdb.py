# SPDX-License-Identifier: MIT OR Apache-2.0
"""KOZO's commands for gdb, which scripts/debug.sh loads. `kozo` lists them.

They change nothing, and start from cap_root: what no capability leads to does not show.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import gdb

sys.dont_write_bytecode = True  # the source tree stays clean
sys.path.insert(0, str(Path(__file__).resolve().parent))

from debugger.invariants import violations
from debugger.machine import BUILD, entries, forget, table_at, table_bits
from debugger.text import Capability, fold, follows, place_text, run_text, size_text, span_text
from debugger.thread import chosen_thread, current_thread, program_of, threads
from debugger.tree import Place, Tree

COMMANDS = []


class Command(gdb.Command):
    """A command made of a function, its name and its documentation."""

    def __init__(self, function):
        self.name = function.__name__.replace('_', '-')
        self.__doc__ = function.__doc__
        self._function = function
        super().__init__(self.name, gdb.COMMAND_USER)
        COMMANDS.append(self)

    def invoke(self, argument, _from_tty):
        forget()
        try:
            self._function(argument.strip())
        except gdb.MemoryError as error:
            raise gdb.GdbError(f'{error}: the kernel does not run yet, or it is damaged.') from None


def whole_tree():
    tree = Tree()
    if tree.complaints:
        print('The derivation tree is damaged, so this may not be all; see kozo-check.')
    return tree


@Command
def kozo(_):
    """List KOZO's commands."""
    for command in COMMANDS:
        print(f'{command.name:13} {command.__doc__.splitlines()[0]}')


# --- threads ---------------------------------------------------------------------

def priority_text(thread):
    return 'no time' if thread.priority is None else str(thread.priority)


@Command
def kozo_threads(_):
    """List all threads; a star marks the one that runs.

    Usage: kozo-threads"""
    found = threads(whole_tree())
    print('  number  program   state         priority  waits for')
    for thread in found:
        print(f'{"*" if thread.runs else " "} {thread.number or "dying":>6}  {thread.program:8}'
              f'  {thread.state:12}  {priority_text(thread):>8}  {thread.waits_for()}')


@Command
def kozo_thread(argument):
    """Show a thread: what it does and waits for, what it uses, its registers.

    Usage: kozo-thread [NUMBER | PROGRAM | ADDRESS]
    Without an argument: the one that runs."""
    thread = chosen_thread(whole_tree(), argument)
    print(f'{thread.name} at {thread.address:#x}')
    print(f'    state       {thread.state}, priority {priority_text(thread)}')
    print(f'    waits for   {thread.waits_for()}')
    for title, name in (('CNode', 'cnode'), ('VSpace', 'vspace'), ('IPC buffer', 'buffer')):
        print(f'    {title:10}  {thread.inside(name)}')
    cells = [f'{name:6} {value:016x}' for name, value in thread.registers().items()]
    for at in range(0, len(cells), 3):
        print('    ' + '   '.join(cells[at:at + 3]))


@Command
def kozo_caps(argument):
    """Show the capabilities that a thread can name, by their indices.

    Usage: kozo-caps [NUMBER | PROGRAM | ADDRESS]
    Without an argument: of the thread that runs."""
    tree = whole_tree()
    thread = chosen_thread(tree, argument)
    slots = sorted(slot for slot in tree.slots.values() if thread.can_name(slot))
    for run in fold([Capability(tree, slot) for slot in slots], follows):
        print(f'{span_text(run[0].place.index, run[-1].place.index):>9}  {run_text(run)}')


# --- the derivation tree ---------------------------------------------------------


def families(tree, parent):
    """The children of a slot; neighbours that are alike and childless are one run."""
    def joins(before, after):
        return (after.follows(before) and not tree.children[before.slot.address]
                and not tree.children[after.slot.address])

    return fold([Capability(tree, slot) for slot in tree.children[parent.address]], joins)


def print_below(tree, top, deepest):
    pending = [(1, run) for run in reversed(families(tree, top))]
    while pending:
        depth, run = pending.pop()
        print(f'{"  " * depth}{run_text(run)}  [{place_text(run[0].place, run[-1].place)}]')
        if depth < deepest:
            pending += [(depth + 1, below) for below in reversed(families(tree, run[0].slot))]


@Command
def kozo_tree(argument):
    """Show the derivation tree, and in brackets where each slot is.

    Usage: kozo-tree [DEPTH | SLOT]
    With the address of a slot: what derives from it. The oldest children come first."""
    tree = whole_tree()
    value = int(gdb.parse_and_eval(argument)) if argument else tree.root.address
    if value in tree.slots:
        print(f'{run_text([Capability(tree, tree.slots[value])])}  [{tree.place(value)}]')
        print_below(tree, tree.slots[value], len(tree.slots))
    elif value == tree.root.address or value <= len(tree.slots):
        print('cap_root')
        print_below(tree, tree.root, value)
    else:
        raise gdb.GdbError(f'There is no full slot at {value:#x}.')


@Command
def kozo_check(_):
    """Check that the derivation tree and all mappings are consistent.

    Usage: kozo-check
    These are invariants 1 and 4 of docs/invariants.md, and the objects' counts. They hold
    between system calls; in the middle of one they need not."""
    tree = Tree()
    count = 0
    for count, (address, sentence) in enumerate(violations(tree), 1):
        print(f'{address:#x} [{tree.place(address)}] {sentence}')
    print(f'{len(tree.slots)} slots, {len(tree.naming)} objects: '
          f'{count or "no"} violation{"" if count == 1 else "s"}')


# --- address spaces --------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """What one entry of a lowest table maps, and the place of the frame's slot."""
    start: int
    end: int
    rights: str
    place: Place

    def follows(self, before):
        return (self.start == before.end and self.rights == before.rights
                and (self.place == before.place or self.place.is_next_to(before.place)))


def pages(tree, space):
    for address, table, index in entries(table_at(space)):
        if table.is_page(index):
            yield Page(address, address + (1 << table_bits(table.level)), table.rights(index),
                       tree.place(table.owner(index)))


@Command
def kozo_vspace(argument):
    """Show what a thread's address space maps, and the slots of the frames.

    Usage: kozo-vspace [NUMBER | PROGRAM | ADDRESS]
    Without an argument: of the thread that runs."""
    tree = whole_tree()
    thread = chosen_thread(tree, argument)
    space = int(thread.value['space'])
    if not space:
        raise gdb.GdbError(f'{thread.name} has no address space.')
    for run in fold(pages(tree, space), follows):
        first, last = run[0], run[-1]
        print(f'{first.start:#014x}-{last.end - 1:#014x}  {first.rights}  '
              f'{size_text(last.end - first.start):>9}  {place_text(first.place, last.place)}')


# --- programs --------------------------------------------------------------------


@Command
def kozo_program(argument):
    """Use the symbols of a service, instead of another's.

    Usage: kozo-program NAME
    All programs lie at the same addresses, so only one's symbols make sense at a time,
    and a breakpoint stops whichever comes there. For one program only:
    break FUNCTION if $kozo_in("NAME")"""
    files = {path.stem: path.resolve() for path in sorted(BUILD.glob('services/*/*.debug'))}
    if argument not in files:
        raise gdb.GdbError(f'NAME is one of: {" ".join(files)}')
    for objfile in gdb.objfiles():
        if Path(objfile.filename).resolve() in files.values():
            gdb.execute(f'remove-symbol-file "{objfile.filename}"', to_string=True)
    gdb.execute(f'add-symbol-file "{files[argument]}"', to_string=True)
    print(f'Addresses of programs now have the names of {argument}.')


class InProgram(gdb.Function):
    """$kozo_in("NAME"): does a thread of this program run?"""

    def invoke(self, name):
        forget()
        address = current_thread()
        return bool(address) and program_of(address) == name.string()


InProgram('kozo_in')
