# SPDX-License-Identifier: MIT OR Apache-2.0
"""A KOZO machine in an emulator: its log, its console, its end.

Everything the machine says is kept in files. Whoever waits for something waits until
it is there, until the machine's time is up or until the emulator has ended: nobody
sleeps a fixed time, and nobody waits for ever.
"""

import contextlib
import re
import shlex
import subprocess
import threading
import time

POLL_SECONDS = 0.01


class Failure(Exception):
    """Why a case failed, as a sentence for people."""


class CannotStart(Failure):
    """The emulator cannot give us this machine here."""


class Machine:
    """One emulator process; a context manager, so that it never outlives its case.

    Each emulator's own class starts the process and says how to type and how it ends.
    The kernel log is debug.log, wherever the emulator has it from.
    """

    emulator = ''  # its name, for people

    def __init__(self, case, log_dir, log_from='debug.log'):
        self.log_dir = log_dir
        self.position = 0  # in the log: everything before it has been matched
        self._text = ''
        self._seconds = case.seconds
        self._deadline = time.monotonic() + case.seconds
        self._forbidden = [re.compile(pattern + '.*') for pattern in case.forbidden]
        self._listeners = []
        (log_dir / log_from).touch()
        self._debug_path = log_dir / 'debug.log'
        if not self._debug_path.exists():
            self._debug_path.symlink_to(log_from)
        self._debug = open(self._debug_path, 'rb')

    def _launch(self, command, **how):
        """Start the emulator; what it says for itself is kept too."""
        (self.log_dir / 'command').write_text(shlex.join(command) + '\n')
        with open(self.log_dir / 'emulator.log', 'wb') as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, **how)

    def _keep(self, line, name):
        """Keep what comes from a socket or terminal, a file descriptor that is ours from
        now on. It must be read at once: the machine would wait, and QEMU's own log then
        has characters twice."""
        def listen():
            with open(line, 'rb', buffering=0) as source, \
                    open(self.log_dir / name, 'wb', buffering=0) as log, \
                    contextlib.suppress(OSError):  # this is how a terminal's line ends
                while data := source.read(65536):
                    log.write(data)

        listener = threading.Thread(target=listen, daemon=True)
        self._listeners.append(listener)
        listener.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self._hang_up()
        for listener in self._listeners:
            listener.join()
        self._serial.close()
        self._debug.close()

    def _hang_up(self):
        """The emulator has ended: let what listens to it come to an end."""

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

    def emulator_log(self):
        """All that the emulator said for itself."""
        return (self.log_dir / 'emulator.log').read_text(errors='replace').strip()

    # --- waiting --------------------------------------------------------------

    def wait(self, condition, sentence):
        """Wait until condition() is true and return what it returned."""
        while True:
            ended = self.process.poll() is not None
            result = condition()
            if result:
                return result
            if ended:
                raise Failure(f'{self.emulator} ended (status {self.process.returncode}) before: '
                              f'{sentence}')
            if time.monotonic() > self._deadline:
                raise Failure(f'not within {self._seconds:g} s: {sentence}')
            time.sleep(POLL_SECONDS)
