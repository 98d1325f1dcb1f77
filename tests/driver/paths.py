# SPDX-License-Identifier: MIT OR Apache-2.0
"""Where things are in the source tree."""

from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent
SCRIPTS = SOURCE / 'scripts'
