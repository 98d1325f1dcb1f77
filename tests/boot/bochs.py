# SPDX-License-Identifier: MIT OR Apache-2.0
"""A KOZO machine in Bochs, which has processor features that QEMU does not emulate.

The kernel log is read from the serial line, a terminal of ours, where typing goes too.
Debian's Bochs starts in its debugger, which is told to go on. It shows its screen on a
terminal that it opens itself and names in its log.
"""

import os
import pty
import re
import tty

from .machine import Failure, Machine
from .media import MEDIA
from .qemu import needed

MEDIA_SETTINGS = {
    'cd': 'ata0-master: type=cdrom, path={image}, status=inserted\nboot: cdrom',
    'disk': 'ata0-master: type=disk, path={image}, mode=volatile, journal={logs}/changes\n'
            'boot: disk',
}
SETTINGS = '''
romimage: file=$BXSHARE/BIOS-bochs-latest
vgaromimage: file=$BXSHARE/VGABIOS-lgpl-latest
cpu: model={cpu}, ips=50000000, reset_on_triple_fault=0
memory: guest={memory}, host={memory}
{medium}
com1: enabled=1, mode=term, dev={serial}
port_e9_hack: enabled=1
display_library: term
clock: sync=none
log: {logs}/bochs.log
panic: action=fatal
'''


class Bochs(Machine):
    emulator = 'Bochs'

    def __init__(self, case, build, log_dir):
        super().__init__(case, log_dir, 'serial.log')
        serial, self._serial_end = pty.openpty()
        tty.setraw(self._serial_end)
        self._serial = os.fdopen(serial, 'r+b', buffering=0)
        image = needed(build / MEDIA[case.medium].image)
        kind = case.medium.split('-')[-1]
        medium = MEDIA_SETTINGS[kind].format(image=image, logs=log_dir)
        (log_dir / 'bochsrc').write_text(SETTINGS.format(
            cpu=case.cpu, memory=case.memory.removesuffix('M'), medium=medium,
            serial=os.ttyname(self._serial_end), logs=log_dir))
        (log_dir / 'debugger').write_text('continue\n')
        self._launch(['bochs', '-q', '-f', str(log_dir / 'bochsrc'),
                      '-rc', str(log_dir / 'debugger')], env={**os.environ, 'TERM': 'vt100'})
        self._keep(os.dup(serial), 'serial.log')
        try:
            self._keep_screen()
        except Failure:
            self.__exit__()
            raise

    def _keep_screen(self):
        """Bochs would stop after 64 KiB of drawing if nobody read it."""
        screen = self.wait(lambda: re.search('connected to screen "(.*)"', self.emulator_log()),
                           'Bochs has its screen')[1]
        self._keep(os.open(screen, os.O_RDONLY | os.O_NOCTTY), 'screen.log')

    def _hang_up(self):
        os.close(self._serial_end)

    def type(self, text):
        """Type at the serial line."""
        self._serial.write(text.encode())

    def end(self):
        """Wait until Bochs has ended by itself; return why, in QEMU's words."""
        self.wait(lambda: self.process.poll() is not None, 'Bochs has ended')
        if 'ACPI control: soft power off' in self.emulator_log():
            return 'guest-shutdown'
        return 'no reason given'

    def processor_features(self):
        """What the processor has, one a line in the log, by Bochs' names."""
        log = (self.log_dir / 'bochs.log').read_text(errors='replace')
        return set(re.findall(r'\[CPU0 +\] \t\t(\w+)$', log, re.MULTILINE))
