"""``make write-faults``: every command that writes, with a fault at each of its system calls.

The exit status is 0 if every file was whole after each run and nothing was left, 1 if not, and 2 if
strace is not there.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.write_faults.cases import CASES
from tests.write_faults.runner import run_all
from tests.write_faults.strace import why_not


def say(line: str) -> None:
    """Print a line at once: a run takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Run the cases, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.write_faults", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}")
    parser.add_argument("--every", type=int, default=1, help="try only one of so many faults")
    options = parser.parse_args(arguments)
    reason = why_not()
    if reason is not None:
        sys.stderr.write(f"{reason}\n")
        return 2
    cases = [CASES[name] for name in options.cases or CASES]
    with tempfile.TemporaryDirectory() as work:
        report = run_all(cases, Path(work).resolve(), options.every, say)
    say(
        f"{report.faults:,} faults, {report.kills:,} of them kills, {report.mixed:,} in the middle "
        f"of a set of files: {report.half} half files, {len(report.problems)} other problems"
    )
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
