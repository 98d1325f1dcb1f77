#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Run KOZO's tests: unit test programs, the guest suite and fuzzer, attacks on the
kernel's time, the benchmark, the C library, boots, faults, scripts, fuzz targets, and checks.

    tests/run.py [--kind unit|guest|guest-fuzz|stretch|bench|libc|boot|faults|script|fuzz|check]...
                 [--only TEXT] [--jobs N] [--list] [--build DIR] [--coverage]

A line is printed for each test case, and `N passed, N failed` at the end. Logs go
to DIR/test-logs, results to DIR/test-results.xml (JUnit), and a crash report, if a
machine printed one, to DIR/crash-report.txt. When all boot routes have run, their
matrix is printed too, and kept as DIR/boot-matrix.md. When all machines have run, so is
how many of the kernel's lines they ran, with DIR/coverage.txt. Fails if a test failed or none ran.
"""

import argparse
import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

sys.dont_write_bytecode = True  # the source tree stays clean

from boot import matrix
from boot.cases import CASES
from boot.runner import run_boot_case
from driver import bench, coverage, junit, stretch
from driver.check import check_tests
from driver.faults import SECONDS as FAULTS_SECONDS
from driver.faults import run_faults
from driver.fuzz import fuzz_tests
from driver.guest import SECONDS as GUEST_SECONDS
from driver.guest import run_guest_suite
from driver.guest_fuzz import RUNS as GUEST_FUZZ_RUNS
from driver.guest_fuzz import run_guest_fuzz
from driver.libc import SECONDS as LIBC_SECONDS
from driver.libc import run_libc
from driver.paths import SCRIPTS, SOURCE
from driver.result import Result
from driver.unit import SECONDS as UNIT_SECONDS
from driver.unit import run_unit_program
from scripts.cases import SCRIPT_TESTS
from scripts.sources import SOURCE_TESTS
from scripts.tree import TREE_TESTS
from scripts.usb import USB_TESTS

KINDS = ('unit', 'guest', 'guest-fuzz', 'stretch', 'bench', 'libc', 'boot', 'faults', 'script',
         'fuzz', 'check')
MACHINES = {'guest', 'guest-fuzz', 'stretch', 'boot'}  # kinds that boot the kernel


@dataclass(frozen=True)
class Job:
    """What one worker runs: a unit test program with many cases, or a single case."""
    kind: str
    name: str
    seconds: float  # its time limit: the longest are started first
    run: Callable  # from the folder for its logs to its Results

    @property
    def log_name(self):
        return re.sub(r'[^a-z0-9]+', '-', f'{self.kind} {self.name}'.lower()).strip('-')


def all_jobs(build):
    for program in sorted((build / 'host/tests').glob('*_test')):
        yield Job('unit', program.name, UNIT_SECONDS,
                  lambda logs, program=program: run_unit_program(program, logs))
    if (build / 'guest.cpio').exists():
        yield Job('guest', 'suite', GUEST_SECONDS, lambda logs: run_guest_suite(build, logs))
    if (build / 'guest-fuzz.cpio').exists():
        for fuzz in GUEST_FUZZ_RUNS:
            yield Job('guest-fuzz', fuzz.name, fuzz.seconds,
                      lambda logs, fuzz=fuzz: [run_guest_fuzz(fuzz, build, logs)])
    if (build / 'stretch.cpio').exists():
        for test in stretch.stretch_tests():
            yield Job('stretch', test.name, stretch.SECONDS,
                      lambda logs, test=test: [test.run(build, logs)])
    if (build / 'bench.cpio').exists():
        yield Job('bench', 'rows', bench.SECONDS, lambda logs: bench.run_bench(build, logs))
    if (build / 'libc.cpio').exists():
        yield Job('libc', 'library', LIBC_SECONDS, lambda logs: run_libc(build, logs))
    for case in CASES:
        yield Job('boot', case.name, case.seconds,
                  lambda logs, case=case: [run_boot_case(case, build, logs)])
    if (build / 'faults.cpio').exists():
        yield Job('faults', 'campaign', FAULTS_SECONDS, lambda logs: run_faults(build, logs))
    for test in SCRIPT_TESTS + SOURCE_TESTS + TREE_TESTS + USB_TESTS:
        yield Job('script', test.name, 60,
                  lambda logs, test=test: [test.run(build, logs)])
    for test in fuzz_tests():
        yield Job('fuzz', test.name, test.seconds,
                  lambda logs, test=test: [test.run(build, logs)])
    for test in check_tests():
        yield Job('check', test.name, 60,
                  lambda logs, test=test: [test.run(build, logs)])


def chosen_jobs(options):
    kinds = options.kind or KINDS
    jobs = [job for job in all_jobs(options.build)
            if job.kind in kinds and options.only.lower() in f'{job.kind}: {job.name}'.lower()]
    return sorted(jobs, key=lambda job: -job.seconds)


def run_job(job, build):
    logs = build / 'test-logs' / job.log_name
    logs.mkdir(parents=True)
    try:
        return job.run(logs)
    except Exception as error:  # a fault of the driver is a failure like any other
        return [Result(job.kind, job.name, logs, failure=f'{type(error).__name__}: {error}')]


def run_jobs(jobs, options):
    """Run all jobs; print and return their results as they come."""
    results = []
    shutil.rmtree(options.build / 'test-logs', ignore_errors=True)
    with ThreadPoolExecutor(options.jobs) as pool:
        futures = [pool.submit(run_job, job, options.build) for job in jobs]
        try:
            for future in as_completed(futures):
                for result in future.result():
                    results.append(result)
                    print(result.line(), flush=True)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    return results


@contextlib.contextmanager
def alone_in(build):
    """Two runs in one build folder would delete each other's logs: the second waits."""
    with open(build / 'test.lock', 'wb') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f'another test run is at work in {build}: waiting for its end', flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def wants_coverage(options):
    """Only all machines together say something of the kernel; or who asks for it."""
    all_run = MACHINES <= set(options.kind or KINDS) and not options.only
    return options.coverage or all_run


def report_coverage(results, options):
    text, result = coverage.report(options.build, options.build / 'coverage.txt')
    if not options.coverage:
        results.append(result)
        print(result.line())
    print(f'\n{text}')


def collect_crash_report(results, build):
    """Keep the first crash report for people; one that a test did not ask for first."""
    for result in sorted(results, key=lambda result: (not result.failed, result.logs)):
        done = subprocess.run([SCRIPTS / 'crash-report.sh', result.logs / 'debug.log',
                               build / 'crash-report.txt', result.build or build], check=False)
        if done.returncode == 0:
            return


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--kind', action='append', choices=KINDS, help='only tests of this kind')
    parser.add_argument('--only', default='', metavar='TEXT',
                        help='only tests with TEXT in "KIND: NAME"')
    parser.add_argument('--jobs', type=int, default=len(os.sched_getaffinity(0)), metavar='N',
                        help='tests at once (default: one a CPU)')
    parser.add_argument('--list', action='store_true', help='name the tests and run none')
    parser.add_argument('--coverage', action='store_true',
                        help="count the kernel's lines that were run, whatever was run")
    parser.add_argument('--build', type=Path, metavar='DIR',
                        default=Path(os.environ.get('BUILD', SOURCE / 'build')),
                        help='the build folder (default: $BUILD or build)')
    options = parser.parse_args()
    options.build = options.build.resolve()
    os.environ['BUILD'] = str(options.build)  # where the plugins are
    return options


def main():
    options = parse_arguments()
    jobs = chosen_jobs(options)
    if options.list:
        for job in jobs:
            print(f'{job.kind}: {job.name}')
        return 0
    with alone_in(options.build):
        return run_and_report(jobs, options)


def run_and_report(jobs, options):
    results = run_jobs(jobs, options)
    if wants_coverage(options):
        report_coverage(results, options)
    if text := stretch.report(options.build, options.build / 'stretch.txt'):
        print(text)
    junit.write(results, options.build / 'test-results.xml')
    collect_crash_report(results, options.build)
    matrix.report(results, options.build / 'boot-matrix.md')
    for result in results:
        if result.failed:
            print(f'\n{result.line()}\n{result.failure}')
    failed = sum(result.failed for result in results)
    passed = sum(result.passed for result in results)
    print(f'\n{passed} passed, {failed} failed', flush=True)
    return 0 if passed and not failed else 1


if __name__ == '__main__':
    sys.exit(main())
