# SPDX-License-Identifier: MIT OR Apache-2.0
"""Reading what the kernel has written on a screen of pixels, by its own font."""

import re
from dataclasses import dataclass

from driver.paths import SOURCE

WIDTH, HEIGHT = 6, 9  # of a character's cell
WIDTH_FOR_TWICE = 960  # from here on a dot of the font is 2 x 2 pixels
COLUMNS_MAX, ROWS_MAX = 160, 64


def glyphs():
    """From a character's dots, row by row, to the character."""
    source = (SOURCE / 'kernel/core/font.c').read_text()
    found = {}
    for n, octal in enumerate(re.findall(r'\b0([0-7]{16}),', source)):
        dots = f'{int(octal, 8):048b}'.replace('0', ' ').replace('1', '#')
        found[dots + ' ' * WIDTH] = chr(ord(' ') + n)
    return found


@dataclass(frozen=True)
class Picture:
    """Pixels in lines of `pitch` bytes. Those of more than two colours are no text."""
    data: bytes
    width: int
    height: int
    pitch: int
    pixel_bytes: int

    def text(self):
        """Every line of characters; what is no character of the font shows as U+FFFD."""
        known, size = glyphs(), 2 if self.width >= WIDTH_FOR_TWICE else 1
        columns = min(COLUMNS_MAX, self.width // (WIDTH * size))
        rows = min(ROWS_MAX, self.height // (HEIGHT * size))
        lines = []
        for row in range(rows):
            dots = [self._dots(row * HEIGHT + y, columns * WIDTH, size) for y in range(HEIGHT)]
            lines.append(''.join(
                known.get(''.join(line[at:at + WIDTH] for line in dots), '\ufffd')
                for at in range(0, columns * WIDTH, WIDTH)))
        return ''.join(line if line[-1] != ' ' else line.rstrip() + '\n' for line in lines)

    def _dots(self, y, count, size):
        """One row of the font's dots, each by its first pixel."""
        line, step = y * size * self.pitch, size * self.pixel_bytes
        blank = bytes(self.pixel_bytes)
        return ''.join(' ' if self.data[at:at + self.pixel_bytes] == blank else '#'
                       for at in range(line, line + count * step, step))


def shown(machine):
    """What the display shows; a PNG is kept for people."""
    for kind in ('png', 'ppm'):
        path = machine.log_dir / f'screen.{kind}'
        machine.monitor.execute('screendump', filename=str(path), format=kind)
    _, size, _, data = path.read_bytes().split(b'\n', 3)
    path.unlink()
    width, height = map(int, size.split())
    return Picture(data, width, height, width * 3, 3)


def in_memory(machine, address, width, height, pitch, pixel_bytes):
    """What is in a machine's memory, whether it is shown or not."""
    path = machine.log_dir / 'pixels'
    machine.monitor.execute('pmemsave', val=address, size=pitch * height, filename=str(path))
    data = path.read_bytes()
    path.unlink()
    return Picture(data, width, height, pitch, pixel_bytes)
