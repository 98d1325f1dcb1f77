#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Leave out each condition and each store of the fast paths, one after the other, and print
whether the guest suite notices.

    tests/mutants.py [--only TEXT] [--jobs N] [--build DIR]

`make test-mutants` calls it with the commands that build the kernel in NASM and LINK.
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True  # the source tree stays clean

from driver.mutants import run_mutants
from driver.paths import parse_with_build


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--only', default='', help='those with TEXT in file, label or instruction')
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    return parse_with_build(parser)


def main():
    options = parse_arguments()
    unnoticed = run_mutants(options.build, options.only, options.jobs,
                            lambda line: print(line, flush=True))
    print(f'{len(unnoticed)} were not noticed')
    for mutant in unnoticed:
        print(f'  {mutant}')
    return 1 if unnoticed else 0


if __name__ == '__main__':
    sys.exit(main())
