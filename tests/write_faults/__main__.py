"""``make write-faults``: every command that writes, with a fault at each of its system calls.

The exit status is 0 if every file was whole after each run and nothing was left, 1 if not, and 2 if
strace is not there.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context

from benchmarks.options import documented_parser
from tests.write_faults.cases import CASES
from tests.write_faults.runner import Report, run_named
from tests.write_faults.strace import why_not


def say(line: str) -> None:
    """Print a line at once: a run takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Run the cases, and print what was found."""
    parser = documented_parser("tests.write_faults", __doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}")
    parser.add_argument("--every", type=int, default=1, help="try only one of so many faults")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.cases) - set(CASES))
    if unknown or options.every < 1:
        parser.error(f"no such case: {', '.join(unknown)}" if unknown else "--every begins at 1")
    reason = why_not()
    if reason is not None:
        sys.stderr.write(f"{reason}\n")
        return 2
    total = Report()
    names = options.cases or list(CASES)
    # Each case in a process that has no threads, so that it can fork.
    with ProcessPoolExecutor(mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        reports = pool.map(run_named, names, repeat(options.every))
        for name, report in zip(names, reports, strict=True):
            say(f"{name:<12} {report.calls:>4} calls, {report.faults:>5} faults")
            for problem in report.problems:
                say(problem)
            total.add(report)
    say(
        f"{total.faults:,} faults, {total.kills:,} of them kills, {total.mixed:,} in the middle "
        f"of a set of files: {total.half} half files, {len(total.problems)} other problems"
    )
    return 1 if total.problems else 0


if __name__ == "__main__":
    sys.exit(main())
