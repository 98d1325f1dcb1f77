# SPDX-License-Identifier: MIT OR Apache-2.0
"""What tests of scripts are made of.

A test is a function with a sentence; it is given an empty folder and the build
folder, and fails by an assertion.
"""

import os
import stat
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from driver.paths import SOURCE
from driver.result import Result


@dataclass(frozen=True)
class ScriptTest:
    name: str
    function: Callable

    def run(self, build, logs):
        start = time.monotonic()
        failure = ''
        try:
            self.function(logs, build)
        except AssertionError as error:
            at = error.__traceback__.tb_next
            file = Path(at.tb_frame.f_code.co_filename).relative_to(SOURCE)
            failure = f'{error} ({file}:{at.tb_lineno})'
        return Result('script', self.name, logs, time.monotonic() - start, failure)


def test_list():
    """An empty list of tests, and the decorator that puts a function there."""
    tests = []

    def test(sentence):
        def register(function):
            tests.append(ScriptTest(sentence, function))
            return function
        return register
    return tests, test


def run(*command, timeout=50, stdin='', **environment):
    """Run a command with these variables added; output and errors come together."""
    return subprocess.run([str(part) for part in command], env={**os.environ, **environment},
                          input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=timeout, check=False)


def wait_for(condition, seconds=50):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f'not within {seconds} s'
        time.sleep(0.01)


def write_program(path, text):
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
