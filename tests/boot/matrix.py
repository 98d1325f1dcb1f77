# SPDX-License-Identifier: MIT OR Apache-2.0
"""The boot matrix: what became of each route, for people."""

from .media import MEDIA
from .routes import ROUTES

HEADINGS = ('route', 'firmware', 'medium', 'seconds', 'result')
FIRMWARE = {'direct': 'none (PVH)', 'bios': 'SeaBIOS', 'uefi': 'OVMF', 'bochs': "Bochs' BIOS"}


def rows(results):
    """A row for each route, in their order; none if not all of them have run."""
    found = {result.name: result for result in results if result.suite == 'boot'}
    if any(case.name not in found for case in ROUTES):
        return []
    return [row(case, found[case.name]) for case in ROUTES]


def row(case, result):
    medium = 'kernel and initrd' if case.boot == 'direct' else MEDIA[case.medium].title
    word = 'FAIL' if result.failed else 'skip' if result.skipped else 'pass'
    return (case.name, FIRMWARE[case.firmware], medium, f'{result.seconds:.1f}', word)


def text(table):
    widths = [max(len(line[i]) for line in table) for i in range(len(HEADINGS))]
    return '\n'.join('  '.join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
                     for line in table)


def markdown(table):
    head, *body = table
    return '\n'.join('| ' + ' | '.join(line) + ' |'
                     for line in (head, ('---',) * len(head), *body)) + '\n'


def report(results, path):
    """If all routes have run: print the matrix, and keep it as a Markdown table."""
    body = rows(results)
    if body:
        table = [HEADINGS, *body]
        print('\n' + text(table))
        path.write_text(markdown(table))
