# SPDX-License-Identifier: MIT OR Apache-2.0
"""Fuzz targets: libFuzzer programs, which look for inputs that break a promise.

FUZZ_TIME in the environment says for how many seconds all of them together run, and
FUZZ names one to run alone. What a target has learnt stays in BUILD/fuzz/NAME, and so
does an input that broke it: the next run begins with both.
"""

import filecmp
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Callable

from .paths import SOURCE
from .result import Result, tail

SECONDS = 30  # unless FUZZ_TIME says otherwise
GRACE = 60  # to load, and to end

SOURCES = SOURCE / 'tests/fuzz'
CORPUS = SOURCES / 'corpus'
LIMITS = ['-timeout=5', '-rss_limit_mb=1024']  # of one input: seconds, and memory
INTERRUPTED = 72  # libFuzzer's status after SIGINT or SIGTERM, which is no find
TROUBLE = re.compile(r'not so: .*|runtime error: .*|ERROR: .*')


@dataclass(frozen=True)
class FuzzTest:
    name: str
    seconds: float
    find_failure: Callable  # from the build folder and one for logs to a failure, or nothing

    def run(self, build, logs):
        start = time.monotonic()
        failure = self.find_failure(build, logs)
        return Result('fuzz', self.name, logs, time.monotonic() - start, failure)


def fuzz_tests():
    only = os.environ.get('FUZZ', '')
    targets = sorted(path.name.removesuffix('_fuzz.c') for path in SOURCES.glob('*_fuzz.c'))
    chosen = [target for target in targets if only in ('', target)]
    for target in chosen:
        share = max(1, round(float(os.environ.get('FUZZ_TIME') or SECONDS) / len(chosen)))
        yield FuzzTest(f'no input breaks {target}', share,
                       lambda build, logs, target=target, share=share:
                       fuzz(target, share, build, logs))
    if not only:
        yield FuzzTest('the inputs to begin with are what make-corpus.py makes', 1, corpus_is_made)


def fuzz(target, seconds, build, logs):
    program, learnt = build / f'host/fuzz/{target}_fuzz', build / 'fuzz' / target
    if not program.exists():
        return f'{program} is missing: run `make fuzz`'
    learnt.mkdir(parents=True, exist_ok=True)
    command = [program, f'-max_total_time={seconds}', *LIMITS, '-print_final_stats=1',
               f'-artifact_prefix={learnt}/', learnt, CORPUS / target]
    with open(logs / 'log', 'wb') as log:
        try:
            status = subprocess.run(command, timeout=seconds + GRACE, stdin=subprocess.DEVNULL,
                                    stdout=log, stderr=log, check=False).returncode
        except subprocess.TimeoutExpired:
            return f'it did not end within {seconds + GRACE} s'
    return verdict(program, status, logs / 'log')


def verdict(program, status, log):
    """What was wrong with a run that ended with this status and left this log."""
    text = log.read_text(errors='replace')
    found = re.search(r'Test unit written to (.+)', text)
    if found:
        return (f'{first_trouble(text)}\nthe input: {found[1]}\n'
                f'again:     {program} {found[1]}')
    if status == INTERRUPTED:
        return 'somebody stopped it before its time was up'
    if status or not re.search(r'^Done [1-9]\d* runs', text, re.MULTILINE):
        return f'it ended with status {status}\n{tail(log)}'
    return ''


def first_trouble(text):
    """What a sanitizer or a check said first, and the stack below it."""
    trouble = TROUBLE.search(text)
    return '\n'.join(text[trouble.start():].splitlines()[:20]) if trouble else 'it broke'


def corpus_is_made(_build, logs):
    made = logs / 'corpus'
    subprocess.run([sys.executable, SOURCES / 'make-corpus.py', made], check=True)
    names = {path.relative_to(top) for top in (made, CORPUS) for path in top.rglob('*')
             if path.is_file()}
    _, other, missing = filecmp.cmpfiles(made, CORPUS, names, shallow=False)
    if not other and not missing:
        return ''
    return '\n'.join(['run tests/fuzz/make-corpus.py; these differ:',
                      *sorted(str(name) for name in other + missing)])
