"""The command ``labelsel``: a thin front over ``labelsel.kubernetes``.

Open app.py first: it lists the commands, one module each. options.py has the options that they
share, printers.py the output formats.

Its libraries come with the extra ``cli``. Without them the rest of labelsel works, so nothing
here is imported before the command runs.
"""

from __future__ import annotations

import sys
from typing import Final

__all__ = ["main"]

#: What a shell reports of a program that was interrupted: 128 and the signal's number.
_INTERRUPTED: Final = 130

_EXTRA: Final = frozenset({"click", "jsonpath", "rich", "yaml"})


def main() -> int:
    """Run the command line, and return its exit status."""
    try:
        from labelsel.cli.app import run  # noqa: PLC0415 - see the module's docstring

        return run()
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in _EXTRA:
            raise
        sys.stderr.write(
            f"error: the command labelsel needs {library}, which is not installed; run:\n"
            "  pip install 'labelsel[cli]'\n"
        )
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
