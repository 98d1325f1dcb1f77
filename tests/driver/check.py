# SPDX-License-Identifier: MIT OR Apache-2.0
"""Checks of the tree: what scripts/check.sh looks for, each check a test."""

import os
import subprocess
import time
from dataclasses import dataclass

from .paths import SCRIPTS
from .result import Result

SECONDS = 300  # no check takes a tenth of it on an idle machine


@dataclass(frozen=True)
class CheckTest:
    check: str
    name: str  # the sentence that is true when the check finds nothing

    def run(self, build, logs):
        start = time.monotonic()
        try:
            done = subprocess.run([SCRIPTS / 'check.sh', self.check], timeout=SECONDS,
                                  env={**os.environ, 'O': str(build)}, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  check=False)
            failure = done.stdout or 'it failed silently' if done.returncode else ''
        except subprocess.TimeoutExpired:
            failure = f'not within {SECONDS} s'
        return Result('check', self.name, logs, time.monotonic() - start, failure)


def check_tests():
    listed = subprocess.run([SCRIPTS / 'check.sh', '--list'], stdout=subprocess.PIPE, text=True,
                            check=True)
    for line in listed.stdout.splitlines():
        yield CheckTest(*line.split(maxsplit=1))
