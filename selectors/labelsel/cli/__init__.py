"""The command ``labelsel``: a thin front over ``labelsel.kubernetes``.

Open app.py first: it lists the commands, one module each. options.py has the options that they
share, printers.py the output formats.

Its libraries come with the extra ``cli``. Without them the rest of labelsel works, so nothing
here is imported before the command runs.
"""

from __future__ import annotations

import sys

__all__ = ["INTERRUPTED", "main"]

# Nothing here and in labelsel/__init__.py imports typing: Ctrl-C is not handled before `main`
# runs, and typing takes 2 ms.

#: What a shell reports of a program that was interrupted: 128 and the signal's number.
INTERRUPTED = 130

_EXTRA = frozenset({"click", "jsonpath", "rich", "yaml"})


def main() -> int:
    """Run the command line, and return its exit status."""
    try:
        from labelsel.cli.interrupts import ending_at_once, ignore_at_exit  # noqa: PLC0415 - see above

        ignore_at_exit()
        with ending_at_once():
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
        return INTERRUPTED
