# SPDX-License-Identifier: MIT OR Apache-2.0
"""Which keys of a US keyboard to press for a text, by QEMU's names."""

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


def keys_for(text):
    """The keys to press together, for each character."""
    return [('shift', PLAIN[SHIFTED[c]]) if c in SHIFTED else (PLAIN[c],) for c in text]
