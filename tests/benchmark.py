#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Count the instructions of the kernel's operations, and print them with their targets.

    tests/benchmark.py [--update] [--build DIR]

A line `bench NAME INSTRUCTIONS TARGET PASS|MISS` for each row, behind it what it takes with
isolated page tables, and a line `costs NAME ...` with how many of the first are of a kind. All
of it is in DIR/bench.json, too. Fails if what is counted is wrong, or not the same twice; a
target that is missed is no failure.
"""

import argparse
import shutil
import sys

sys.dont_write_bytecode = True  # the source tree stays clean

from boot.machine import Failure
from driver import bench
from driver.paths import parse_with_build


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--update', action='store_true',
                        help='what is measured becomes the baseline that bench-check keeps')
    return parse_with_build(parser)


def print_rows(rows):
    print(f'bench: -cpu {bench.CPU}, isolation=off')
    for row in rows:
        print(row.line())
    for row in rows:
        if row.costs:
            print(row.costs_line())
    missed = [row for row in rows if row.verdict == 'MISS']
    print(f'bench: {len(missed)} of {sum(bool(row.target) for row in rows)} targets are missed')


def main():
    options = parse_arguments()
    logs = options.build / 'bench-logs'
    shutil.rmtree(logs, ignore_errors=True)
    try:
        measured, different = bench.measure_twice(options.build, logs)
        wrong = measured.miscounted or different
        rows = {**measured.rows, bench.STRETCH: bench.stretch_row(options.build, logs)}
    except Failure as error:
        wrong = str(error)
    if wrong:
        print(wrong)
        return 1
    bench.write_facts(rows, options.build / 'bench.json')
    print_rows(rows.values())
    if options.update:
        bench.write_baseline(measured.rows)
    return 0


if __name__ == '__main__':
    sys.exit(main())
