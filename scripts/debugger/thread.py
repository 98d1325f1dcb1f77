# SPDX-License-Identifier: MIT OR Apache-2.0
"""Threads: whose they are, what they do, what they wait for."""

import functools
import re

import gdb

from .machine import (ABI, CONTEXT, ENDPOINT, SLOT, STATES, THREAD, constant, entries, offset, read,
                      read_struct, read_words, table_at, variable)
from .text import Capability, run_text

ABI_HASH = constant('KOZO_ABI_HASH')
NAME_OFFSET = int(re.search(r'\(struct start_info, name\) == (\d+)', ABI)[1])
NAME_BYTES = int(re.search(r'^struct start_info \{.*?\bname\[(\d+)\]', ABI,
                           re.MULTILINE | re.DOTALL)[1])

# struct registers by the processor's names: the system call contract has its own.
SAVED = {'rax': 'status', 'rdi': 'target', 'rsi': 'info',
         **{name: ('word', i) for i, name in enumerate(('rdx', 'r10', 'r8', 'r9', 'r12', 'r13'))},
         **{name: name for name in ('rbx', 'rbp', 'r14', 'r15', 'rcx', 'r11', 'rip', 'rsp',
                                    'rflags')}}


def current_thread():
    """Address of the struct thread that runs; 0: the CPU has nothing to do."""
    return int(variable('boot_cpu')['current'])


def program_of(address):
    """Whose thread this is: `init`, or the name in the start_info of its program.

    That is the last page which it cannot write and which begins with the ABI's hash."""
    if address == int(variable('thread_init')):
        return 'init'
    space = int(read_struct(THREAD, address)['space'])
    program = '?'
    for _, table, index in entries(table_at(space)) if space else ():
        if table.is_page(index) and table.rights(index) == 'r--':
            page = table.below(index)
            if read_words(page, 1)[0] == ABI_HASH:
                name = read(page + NAME_OFFSET, NAME_BYTES).partition(b'\0')[0]
                program = name.decode('ascii', 'replace')
    return program


class Thread:
    def __init__(self, tree, slot):
        self.tree, self.address, self.number = tree, slot.object, tree.number(slot)
        self.value = read_struct(THREAD, self.address)

    @property
    def runs(self):
        return self.address == current_thread()

    @property
    def state(self):
        number = int(self.value['state'])
        state = STATES.get(number, f'state {number}')
        return 'running' if state == 'ready' and self.runs else state

    @property
    def priority(self):
        """That of the time it has; None: it has none."""
        context = int(self.value['context'])
        if not context:
            return None
        priority = int(read_struct(CONTEXT, context)['priority'])
        borrows = context != int(self.value['own']) and context != int(self.value['reserve'])
        return max(priority, int(self.value['ceiling'])) if borrows else priority

    @functools.cached_property
    def program(self):
        return program_of(self.address)

    @property
    def name(self):
        return f'Thread {self.number} ({self.program})'

    # --- what it waits for ---

    def waits_for(self):
        if self.value['reply']:
            return self._reply_text(int(self.value['reply']))
        if self.state == 'ready':
            return 'its turn'
        queue = int(self.value['link']['in'])
        for slot in self.tree.objects('Endpoint'):
            for side in ('senders', 'receivers'):
                if queue == slot.object + offset(ENDPOINT, side):
                    return f'{self.tree.name(slot)}, in its {side}'
        return 'a queue of nothing that is known' if queue else 'nothing'

    def _reply_text(self, reply):
        slots = self.tree.naming[reply]
        if not slots:
            return 'a Reply that no capability names'
        holders = [thread.name for thread in threads(self.tree)
                   if any(thread.can_name(slot) for slot in slots)]
        return f'{self.tree.name(slots[0])}, held by {", ".join(holders) or "no thread"}'

    # --- what it has ---

    def can_name(self, slot):
        """Is the slot in its capability space?"""
        index = (slot.address - int(self.value['cspace'])) // SLOT.sizeof
        return 0 < index < int(self.value['cspace_slots'])

    def inside(self, name):
        """The capability in a slot inside the thread, as text."""
        slot = self.tree.slots.get(self.address + offset(THREAD, name))
        return run_text([Capability(self.tree, slot)]) if slot else 'none'

    def registers(self):
        """By name: the CPU's own while the thread runs in its program, else those saved."""
        frame = gdb.newest_frame()
        if self.runs and int(frame.read_register('cs')) & 3:
            return {name: _number(frame.read_register('eflags' if name == 'rflags' else name))
                    for name in SAVED}
        regs = self.value['regs']
        return {name: int(regs[field] if isinstance(field, str) else regs[field[0]][field[1]])
                for name, field in SAVED.items()}


def _number(value):
    return int(value) & (1 << 64) - 1


def threads(tree):
    return sorted((Thread(tree, slot) for slot in tree.objects('Thread')),
                  key=lambda thread: thread.number or 0)


def chosen_thread(tree, argument):
    """The thread of a command: the running one, or one by number, program or address."""
    found = threads(tree)
    named = [thread for thread in found if argument and thread.program == argument]
    if named:
        return named[0]
    value = int(gdb.parse_and_eval(argument)) if argument else current_thread()
    for thread in found:
        if value in (thread.number, thread.address):
            return thread
    raise gdb.GdbError(f'There is no thread {argument}.' if argument else
                       'No thread runs: the CPU has nothing to do.')
