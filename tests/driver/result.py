# SPDX-License-Identifier: MIT OR Apache-2.0
"""What became of one test case."""

from dataclasses import dataclass
from pathlib import Path
from typing import Optional


@dataclass(frozen=True)
class Result:
    suite: str  # unit test program, or kind of test
    name: str
    logs: Path  # the folder that has them
    seconds: float = 0
    failure: str = ''  # why, for people; empty if it did not fail
    skipped: bool = False
    build: Optional[Path] = None  # the folder that has what was run, if it is not the usual one

    @property
    def failed(self):
        return bool(self.failure)

    @property
    def passed(self):
        return not self.failed and not self.skipped

    def line(self):
        word = 'FAIL' if self.failed else 'skip' if self.skipped else 'ok'
        return f'{word:4} {self.seconds:6.2f} s  {self.suite}: {self.name}'


def tail(path, lines=30):
    """The last lines of a log, with a heading, for a failure's text."""
    if not path.exists():
        return ''
    text = path.read_text(errors='replace').splitlines()
    return '\n'.join([f'--- the end of {path.name}:', *text[-lines:]])
