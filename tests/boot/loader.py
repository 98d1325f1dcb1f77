# SPDX-License-Identifier: MIT OR Apache-2.0
"""Booting through the test loader of tests/hostile, which tells the kernel what no boot
loader would. It is given its scenario as its command line, and as its module the kernel
and the initrd, with their sizes in front."""

import struct


def loader_arguments(scenario, build, archive, logs):
    kernel = (build / 'kozo-kernel').read_bytes()
    payload = logs / 'payload'
    payload.write_bytes(struct.pack('<QQ', len(kernel), len(archive)) + kernel + archive)
    return ['-kernel', str(build / 'hostile-loader'), '-initrd', str(payload),
            '-append', scenario]
