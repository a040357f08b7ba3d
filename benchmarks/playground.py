"""``python -m benchmarks.playground``: how long the page of `make playground` takes to answer.

Each start is a new Chromium with an empty profile, which loads the page from a server on this
machine. Times count from the start of the navigation; that of a key stroke from the key's event to
the answer that is shown.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.options import documented_parser
from benchmarks.process import ROOT
from benchmarks.timing import duration
from tests.chromium import CHROMIUM, Browser, chromium, served

__all__ = ["STEPS", "main", "measure"]

STEPS: Final = [
    "the page is shown",
    "Python is ready",
    "the first answer",
    "and all of the rest",
    "a key stroke",
]
_TEXT: Final = ",env in (production,staging),!canary"
_IDLE: Final = "document.body.dataset.state === 'idle'"


def measure(folder: Path, *, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each step, a start each round."""
    found: dict[str, list[float]] = {step: [] for step in STEPS}
    for _ in range(rounds):
        with (
            TemporaryDirectory(ignore_cleanup_errors=True) as profile,
            served(folder) as address,
            chromium(Path(profile), Browser) as browser,
        ):
            browser.open(f"{address}index.html")
            browser.until(_IDLE)
            marks = [_mark(browser, name) for name in ("ready", "answered", "translated")]
            page = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
            for step, end in zip(STEPS, [browser.run(page), *marks], strict=False):
                found[step].append(end / 1000)
            browser.run("document.getElementById('selector').focus()")
            browser.press("End")
            for char in _TEXT:
                browser.press(char)
                browser.until(_IDLE)
                taken = _mark(browser, "answered") - _mark(browser, "asked")
                found[STEPS[-1]].append(taken / 1000)
    return found


def _mark(browser: Browser, name: str) -> float:
    """Return the milliseconds of the last mark of a name."""
    return float(browser.run(f"performance.getEntriesByName('{name}').at(-1).startTime"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the times; 1 if there is no playground or no Chromium."""
    parser = documented_parser("benchmarks.playground", __doc__)
    parser.add_argument("--rounds", type=int, default=5, help="starts (default: %(default)s)")
    rounds = parser.parse_args(arguments).rounds
    folder = ROOT / "build" / "playground"
    if CHROMIUM is None or not folder.is_dir():
        print("needs Chromium, and build/playground: make playground", file=sys.stderr)
        return 1
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    load = os.getloadavg()[0]
    print(f"{size / 1e6:.1f} MB; {os.cpu_count()} processors with a load of {load:.1f}")
    print(f"{'':<28}{'median':>10}{'least':>10}{'most':>10}")
    for step, seconds in measure(folder, rounds=rounds).items():
        times = (median(seconds), min(seconds), max(seconds))
        print(f"{step:<28}" + "".join(f"{duration(each):>10}" for each in times))
    return 0


if __name__ == "__main__":
    sys.exit(main())
