# SPDX-License-Identifier: MIT OR Apache-2.0
"""Where things are in the source tree."""

import os
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent
SCRIPTS = SOURCE / 'scripts'


def sanitized(build):
    """The build folder of the same, with a kernel that looks for its own bugs."""
    return Path(os.environ.get('SAN_BUILD', f'{build}-san')).resolve()
