# SPDX-License-Identifier: MIT OR Apache-2.0
"""A KOZO machine in QEMU: its log, its keyboard line, its monitor, its end.

The kernel log is read from debug port 0xe9, which no driver ever takes over, and
typing goes to the serial line. Both are kept in files. Whoever waits for something
waits until it is there, until the machine's time is up or until QEMU has ended:
nobody sleeps a fixed time, and nobody waits for ever.
"""

import contextlib
import json
import re
import shlex
import socket
import subprocess
import threading
import time

POLL_SECONDS = 0.01
TROUBLE = (r'KOZO cannot start', r'KOZO crash report')


class Failure(Exception):
    """Why a case failed, as a sentence for people."""


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


class Machine:
    """One QEMU process; a context manager, so that it never outlives its case."""

    def __init__(self, arguments, log_dir, seconds, forbidden=TROUBLE):
        self.log_dir = log_dir
        self.position = 0  # in the log: everything before it has been matched
        self._text = ''
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._forbidden = [re.compile(pattern + '.*') for pattern in forbidden]
        self._debug_path = log_dir / 'debug.log'
        self._start(arguments)

    def _start(self, arguments):
        self._serial, serial_end = socket.socketpair()
        monitor, monitor_end = socket.socketpair()
        ends = (serial_end.fileno(), monitor_end.fileno())
        command = self._command(*ends) + arguments
        (self.log_dir / 'command').write_text(shlex.join(command) + '\n')
        self._debug_path.touch()
        self._debug = open(self._debug_path, 'rb')
        with open(self.log_dir / 'qemu.log', 'wb') as errors:
            self.process = subprocess.Popen(command, pass_fds=ends, stdin=subprocess.DEVNULL,
                                            stdout=errors, stderr=errors)
        serial_end.close()
        monitor_end.close()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            self.monitor = Monitor(monitor)
        except (Failure, OSError):
            self.__exit__()
            raise Failure('QEMU did not start: ' +
                          (self.log_dir / 'qemu.log').read_text().strip()) from None

    def _command(self, serial, monitor):
        """QEMU with what every machine has; the two lines are sockets."""
        return ['qemu-system-x86_64', '-accel', 'tcg', '-display', 'none', '-nodefaults',
                '-vga', 'std', '-no-reboot',
                '-chardev', f'file,id=debug,path={self._debug_path}',
                '-device', 'isa-debugcon,iobase=0xe9,chardev=debug',
                '-chardev', f'socket,id=serial,fd={serial}', '-serial', 'chardev:serial',
                '-chardev', f'socket,id=monitor,fd={monitor}',
                '-mon', 'chardev=monitor,mode=control']

    def _listen(self):
        """Keep what comes over the serial line. It must be read at once, or the
        machine would wait; QEMU's own log has characters twice when that happens."""
        path = self.log_dir / 'serial.log'
        with open(path, 'wb', buffering=0) as log, contextlib.suppress(ConnectionError):
            while data := self._serial.recv(65536):
                log.write(data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self._listener.join()
        self._debug.close()
        self._serial.close()

    # --- what the machine says ------------------------------------------------

    def log(self):
        """All of the kernel log so far."""
        self._text += self._debug.read().decode(errors='replace').replace('\r', '')
        return self._text

    def serial_log(self):
        """All that came over the serial line so far, firmware included."""
        return (self.log_dir / 'serial.log').read_text(errors='replace').replace('\r', '')

    def see(self, *patterns):
        """Wait until each pattern has appeared, in any order; return the last match.

        What is seen next must come after all of them.
        """
        matches = [self._see_one(pattern) for pattern in patterns]
        self.position = max(match.end() for match in matches)
        return matches[-1]

    def _see_one(self, pattern):
        regex = re.compile(pattern, re.MULTILINE)

        def look():
            text = self.log()
            self._refuse_trouble(text)
            return regex.search(text, self.position)

        return self.wait(look, f'the log has /{pattern}/')

    def _refuse_trouble(self, text):
        for regex in self._forbidden:
            match = regex.search(text)
            if match:
                raise Failure(f'the log must not have: {match.group()}')

    def settle(self):
        """After a failure: let what the machine is just saying get into the log."""
        quiet_since, end = time.monotonic(), time.monotonic() + 3
        length = len(self.log())
        while self.process.poll() is None and time.monotonic() < min(end, quiet_since + 0.3):
            time.sleep(POLL_SECONDS)
            if len(self.log()) != length:
                length, quiet_since = len(self.log()), time.monotonic()

    # --- what is done to it ---------------------------------------------------

    def type(self, text):
        """Type at the serial line."""
        self._serial.sendall(text.encode())

    # --- how it ends ----------------------------------------------------------

    def end(self):
        """Wait until QEMU has ended by itself; return why, in QEMU's words."""
        self.wait(lambda: self.process.poll() is not None, 'QEMU has ended')
        if self.process.returncode:
            raise Failure(f'QEMU ended with status {self.process.returncode}')
        self.monitor.drain()
        reasons = [event['data']['reason'] for event in self.monitor.events
                   if event['event'] == 'SHUTDOWN']
        return reasons[-1] if reasons else 'no reason given'

    # --- waiting --------------------------------------------------------------

    def wait(self, condition, sentence):
        """Wait until condition() is true and return what it returned."""
        while True:
            ended = self.process.poll() is not None
            result = condition()
            if result:
                return result
            if ended:
                raise Failure(f'QEMU ended (status {self.process.returncode}) before: {sentence}')
            if time.monotonic() > self._deadline:
                raise Failure(f'not within {self._seconds:g} s: {sentence}')
            time.sleep(POLL_SECONDS)
