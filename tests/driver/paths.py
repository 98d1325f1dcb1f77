# SPDX-License-Identifier: MIT OR Apache-2.0
"""Where things are in the source tree."""

import os
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent
SCRIPTS = SOURCE / 'scripts'


def sanitized(build):
    """The build folder of the same, with a kernel that looks for its own bugs."""
    return Path(os.environ.get('SAN_BUILD', f'{build}-san')).resolve()


def debug_kernel(build):
    """The build folder of the same kernel, but for one that checks itself."""
    return build if build.name.endswith('-debug') else build.with_name(build.name + '-debug')


def kernel_of(case, build):
    """The build folder with the kernel that a case boots."""
    if case.sanitized:
        return sanitized(build)
    return debug_kernel(build) if case.debug else build


def plugin(name):
    """A plugin of QEMU, of tests/plugin; run.py sees to it that BUILD is there."""
    build = Path(os.environ.get('BUILD', SOURCE / 'build')).resolve()
    return build / f'host/plugin/{name}.so'
