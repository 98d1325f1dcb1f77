# SPDX-License-Identifier: MIT OR Apache-2.0
"""What a machine shows on its screen."""

VGA_TEXT, VGA_COLUMNS, VGA_LINES = 0xb8000, 80, 25


def text(machine):
    """The VGA text screen; a line that fills its row goes on in the next."""
    path = machine.log_dir / 'vga-text'
    size = VGA_COLUMNS * VGA_LINES * 2
    machine.monitor.execute('pmemsave', val=VGA_TEXT, size=size, filename=str(path))
    cells = path.read_bytes()[::2].decode('cp437').replace('\0', ' ')
    rows = [cells[at:at + VGA_COLUMNS] for at in range(0, len(cells), VGA_COLUMNS)]
    return ''.join(row if row[-1] != ' ' else row.rstrip() + '\n' for row in rows)


def picture(machine):
    """The screen's pixels, three bytes each; a PNG is kept for people."""
    for kind in ('png', 'ppm'):
        path = machine.log_dir / f'screen.{kind}'
        machine.monitor.execute('screendump', filename=str(path), format=kind)
    pixels = path.read_bytes().split(b'\n', 3)[3]  # after P6, width and height, 255
    path.unlink()
    return pixels
