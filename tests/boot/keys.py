# SPDX-License-Identifier: MIT OR Apache-2.0
"""Which keys of a US keyboard to press for a text, by QEMU's names."""

import re

PLAIN = {
    '\r': 'ret', '\b': 'backspace', '\t': 'tab', '\x1b': 'esc', ' ': 'spc',
    '-': 'minus', '=': 'equal', '[': 'bracket_left', ']': 'bracket_right', ';': 'semicolon',
    "'": 'apostrophe', '`': 'grave_accent', '\\': 'backslash', ',': 'comma', '.': 'dot',
    '/': 'slash', **{c: c for c in 'abcdefghijklmnopqrstuvwxyz0123456789'},
}
SHIFTED = {
    **dict(zip('!@#$%^&*()', '1234567890')),
    **dict(zip('_+{}:"~|<>?', '-=[];\'`\\,./')),
    **{c.upper(): c for c in 'abcdefghijklmnopqrstuvwxyz'},
}
SEQUENCES = {
    '\x1b[A': 'up', '\x1b[B': 'down', '\x1b[C': 'right', '\x1b[D': 'left',
    '\x1b[H': 'home', '\x1b[F': 'end', '\x1b[3~': 'delete',
}
KEYS = re.compile('|'.join(map(re.escape, SEQUENCES)) + '|.', re.DOTALL)


def keys_for(text):
    """The keys to press together, for each character and each sequence that a key types."""
    return [keys_of(typed) for typed in KEYS.findall(text)]


def keys_of(typed):
    if typed in SEQUENCES:
        return (SEQUENCES[typed],)
    if '\x01' <= typed <= '\x1a' and typed not in PLAIN:
        return ('ctrl', chr(ord(typed) + 0x60))
    return ('shift', PLAIN[SHIFTED[typed]]) if typed in SHIFTED else (PLAIN[typed],)
