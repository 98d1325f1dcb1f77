#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Run the guest fuzzer: random and valid-looking calls, as many as you like.

    tests/guest_fuzz.py [--kind random|sequences] [--seed S] [--count N] [--runs R] [--debug]
"""

import argparse
import shutil
import sys

sys.dont_write_bytecode = True  # the source tree stays clean

from driver.guest_fuzz import KINDS, Fuzz, run_guest_fuzz
from driver.paths import parse_with_build


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--kind', choices=KINDS, help='default: both')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=1_000_000, help='calls')
    parser.add_argument('--runs', type=int, default=1, help='with this seed and those after it')
    parser.add_argument('--debug', action='store_true', help='a kernel that checks itself')
    parser.add_argument('--check', type=int, default=0, help='at every so many calls')
    parser.add_argument('--restless', action='store_true',
                        help='with --debug: leave the kernel at every preemption point')
    return parse_with_build(parser)


def main():
    options = parse_arguments()
    failed = False
    for seed in range(options.seed, options.seed + options.runs):
        for kind in [options.kind] if options.kind else KINDS:
            fuzz = Fuzz(kind, seed, options.count, options.debug, options.check,
                        options.restless,
                        seconds=60 + options.count / 2000)
            logs = options.build / 'guest-fuzz-logs' / f'{kind}-{seed}{"-debug" * options.debug}'
            shutil.rmtree(logs, ignore_errors=True)
            logs.mkdir(parents=True)
            result = run_guest_fuzz(fuzz, options.build, logs)
            print(result.line(), flush=True)
            if result.failed:
                print(result.failure, flush=True)
                failed = True
    return failed


if __name__ == '__main__':
    sys.exit(main())
