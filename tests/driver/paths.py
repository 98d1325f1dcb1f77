# SPDX-License-Identifier: MIT OR Apache-2.0
"""Where things are in the source tree."""

import os
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent
SCRIPTS = SOURCE / 'scripts'


def parse_with_build(parser):
    """What the command line says, the build folder too; plugins are looked for there."""
    parser.add_argument('--build', type=Path, metavar='DIR',
                        default=Path(os.environ.get('BUILD', SOURCE / 'build')),
                        help='the build folder (default: $BUILD or build)')
    options = parser.parse_args()
    options.build = options.build.resolve()
    os.environ['BUILD'] = str(options.build)
    return options


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
