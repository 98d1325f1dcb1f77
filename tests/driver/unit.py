# SPDX-License-Identifier: MIT OR Apache-2.0
"""Unit test programs: cmocka tests under the sanitizers, read as TAP."""

import os
import re
import subprocess
import time

from .paths import SOURCE
from .result import Result, tail

SECONDS = 120
PLAN = re.compile(r'1\.\.(\d+)$')
CASE = re.compile(r'(not )?ok \d+ (?:- (?P<name>.*)|# SKIP (?P<skipped>.*))$')


def run_unit_program(program, logs):
    """The results of all tests in a program. A program that does not get to its end
    has one more, a failure."""
    start = time.monotonic()
    ending = run(program, logs)
    seconds = time.monotonic() - start

    output = (logs / 'stdout').read_text(errors='replace')
    planned, cases = parse(output)
    if not ending and len(cases) != planned:
        ending = f'{len(cases)} of {planned} tests have run'
    if not ending and not planned:
        ending = 'there is no test in it'
    if ending and not any(failure for _, failure, _ in cases):
        cases.append(('the program runs to its end',
                      f'{ending}\n{tail(logs / "stdout")}\n{tail(logs / "stderr")}', False))
    # TAP tells no times, so each case gets an equal part of the whole.
    return [Result(program.name, name, logs, seconds / len(cases), failure, skipped)
            for name, failure, skipped in cases]


def run(program, logs):
    """Run the program; return what was wrong with its end, or nothing."""
    environment = {'KOZO_SOURCE': str(SOURCE), **os.environ,
                   'CMOCKA_MESSAGE_OUTPUT': 'TAP',
                   'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1'}
    with open(logs / 'stdout', 'wb') as out, open(logs / 'stderr', 'wb') as err:
        try:
            status = subprocess.run([program], cwd=SOURCE, env=environment, timeout=SECONDS,
                                    stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                    check=False).returncode
        except subprocess.TimeoutExpired:
            return f'not within {SECONDS} s'
    return f'it ended with status {status}' if status else ''


def parse(output):
    """The number of tests planned, and name, failure and skipped of each that ran."""
    planned, cases = 0, []
    for line in output.splitlines():
        plan, case = PLAN.match(line), CASE.match(line)
        if plan:
            planned += int(plan[1])
        elif case:
            skipped = case['skipped'] is not None
            failed = bool(case[1]) and not skipped
            cases.append((case['name'] or case['skipped'], 'failed' if failed else '', skipped))
        elif line.startswith('# ') and cases and cases[-1][1]:
            name, failure, skipped = cases[-1]
            cases[-1] = (name, f'{failure}\n{line[2:]}', skipped)
    return planned, cases
