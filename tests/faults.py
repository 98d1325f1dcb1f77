#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Run the fault campaign, as long as you like (docs/testing.md).

    tests/faults.py [--count N] [--seed S] [--jobs J]

Interrupted, it reports what there is.
"""

import argparse
import os
import shutil
import signal
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays clean

from driver.faults import Campaign, report, save
from driver.paths import SOURCE


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--count', type=int, default=1000, help='faults that have an effect')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--jobs', type=int, default=2, help='machines at once')
    parser.add_argument('--build', type=Path, default=Path(os.environ.get('BUILD', SOURCE / 'build')))
    options = parser.parse_args()
    build = options.build.resolve()
    logs = build / 'faults-logs'
    shutil.rmtree(logs, ignore_errors=True)
    campaign = Campaign(build, logs, options.count, options.seed, options.jobs,
                        lambda line: print(line, flush=True))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: campaign.stop())
    campaign.run()
    save(campaign, build)
    print(report(campaign), end='')
    return bool(campaign.lost)


if __name__ == '__main__':
    sys.exit(main())
