# SPDX-License-Identifier: MIT OR Apache-2.0
"""A KOZO machine in QEMU. The kernel log is read from debug port 0xe9, which no driver
ever takes over, and typing goes to the serial line or to the PS/2 keyboard."""

import json
import os
import socket
import subprocess

from driver import coverage
from driver.paths import SCRIPTS, kernel_of

from .keys import keys_for
from .loader import loader_arguments
from .machine import CannotStart, Failure, Machine
from .media import MEDIA, qemu_arguments


class Monitor:
    """QEMU's own control line: one JSON object a line, answers and events mixed."""

    def __init__(self, connection):
        connection.settimeout(10)
        self._connection = connection
        self._lines = connection.makefile('rb')
        self.events = []
        self._lines.readline()  # QEMU's greeting
        self.execute('qmp_capabilities')

    def execute(self, command, **arguments):
        """Run a QMP command and return its answer."""
        request = {'execute': command, 'arguments': arguments}
        self._connection.sendall(json.dumps(request).encode())
        while True:
            answer = self._receive()
            if answer is None:
                raise Failure(f'QEMU ended before it answered {command}')
            if 'error' in answer:
                raise Failure(f'QEMU: {command}: {answer["error"]["desc"]}')
            if 'return' in answer:
                return answer['return']

    def human(self, line):
        """Run a command of the monitor for people, such as `info registers`."""
        return self.execute('human-monitor-command', **{'command-line': line})

    def drain(self):
        """Read what is left after QEMU has ended."""
        while self._receive() is not None:
            pass

    def _receive(self):
        line = self._lines.readline()
        if not line:
            return None
        message = json.loads(line)
        if 'event' in message:
            self.events.append(message)
        return message


class Qemu(Machine):
    emulator = 'QEMU'

    def __init__(self, case, build, archive, log_dir):
        super().__init__(case, log_dir,
                         'serial.log' if 'debug port' in case.lacks else 'debug.log')
        self._keyboard = case.keyboard
        self._serial, serial_end = socket.socketpair()
        monitor, monitor_end = socket.socketpair()
        with serial_end, monitor_end:
            ends = (serial_end.fileno(), monitor_end.fileno())
            self._launch([*self._hardware(case, *ends),
                          *boot_arguments(case, build, archive, log_dir),
                          *coverage.qemu_arguments(case, log_dir), *case.qemu],
                         pass_fds=ends)
        self._keep(os.dup(self._serial.fileno()), 'serial.log')
        try:
            self.monitor = Monitor(monitor)
        except (Failure, OSError):
            self.__exit__()
            raise CannotStart(f'QEMU did not start: {self.emulator_log()}') from None

    def _hardware(self, case, serial, monitor):
        """QEMU with what the case has; the two lines are sockets."""
        command = ['qemu-system-x86_64', '-accel', 'tcg', '-display', 'none', '-nodefaults',
                   '-no-reboot', '-machine', case.machine, '-m', case.memory, '-cpu', case.cpu,
                   '-chardev', f'socket,id=monitor,fd={monitor}',
                   '-mon', 'chardev=monitor,mode=control',
                   '-vga', 'none' if 'VGA' in case.lacks else 'std']
        if 'debug port' not in case.lacks:
            command += ['-chardev', f'file,id=debug,path={self._debug_path}',
                        '-device', 'isa-debugcon,iobase=0xe9,chardev=debug']
        if 'serial line' not in case.lacks:
            command += ['-chardev', f'socket,id=serial,fd={serial}', '-serial', 'chardev:serial']
        return command

    def type(self, text):
        """Type at the serial line or at the keyboard."""
        if not self._keyboard:
            self._serial.sendall(text.encode())
            return
        for keys in keys_for(text):
            self.monitor.execute('send-key', **{'hold-time': 10}, keys=[
                {'type': 'qcode', 'data': key} for key in keys])

    def end(self):
        """Wait until QEMU has ended by itself; return why, in QEMU's words."""
        self.wait(lambda: self.process.poll() is not None, 'QEMU has ended')
        if self.process.returncode:
            raise Failure(f'QEMU ended with status {self.process.returncode}')
        self.monitor.drain()
        reasons = [event['data']['reason'] for event in self.monitor.events
                   if event['event'] == 'SHUTDOWN']
        return reasons[-1] if reasons else 'no reason given'

    def resident_mib(self):
        """How much of the host's memory QEMU has touched."""
        with open(f'/proc/{self.process.pid}/statm', encoding='ascii') as sizes:
            return int(sizes.read().split()[1]) * os.sysconf('SC_PAGE_SIZE') >> 20


def boot_arguments(case, build, archive, logs):
    if case.boot == 'direct':
        return direct_arguments(case, build, archive, logs)
    if case.firmware == 'loader':
        return loader_arguments(case.medium, build, archive, logs)
    medium = MEDIA[case.medium]
    arguments = qemu_arguments(medium, needed(build / medium.image))
    if case.firmware == 'uefi':
        arguments += ['-drive', f'if=pflash,format=raw,readonly=on,file={ovmf()}']
    return arguments


def direct_arguments(case, build, archive, logs):
    """QEMU itself loads the kernel, and the initrd if the case has one."""
    arguments = ['-kernel', needed(kernel_of(case, build) / 'kozo-kernel')]
    damaged = case.initrd(archive)
    if damaged is None:
        return arguments
    path = build / case.archive
    if damaged != archive:
        path = logs / 'initrd.cpio'
        path.write_bytes(damaged)
    return [*arguments, '-initrd', str(path)]


def needed(path):
    if not path.exists():
        raise Failure(f'{path} is missing: run `make` first')
    return str(path)


def ovmf():
    found = subprocess.run([SCRIPTS / 'find-ovmf.sh'], capture_output=True, text=True, check=False)
    if found.returncode:
        raise Failure('OVMF is missing: run scripts/preflight.sh test')
    return found.stdout.strip()
