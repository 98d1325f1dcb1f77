#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Build KOZO if need be and run the integration tests: every boot in QEMU. The
# results are in $O/test-results.xml (JUnit). Arguments go to tests/run.py, such
# as `--only UEFI`.
set -euo pipefail

cd "$(dirname "$0")/.."
build=${O:-build}
scripts/preflight.sh test
make --no-print-directory -j"$(nproc)" O="$build" all iso
exec tests/run.py --kind boot --build "$build" "$@"
