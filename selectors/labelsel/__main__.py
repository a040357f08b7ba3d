"""``python -m labelsel``: the command ``labelsel``."""

from __future__ import annotations

import sys

from labelsel.cli import main

if __name__ == "__main__":
    sys.exit(main())
