"""What a process takes from its start to its end: the import, one call, one command.

Processor time, because a busy machine changes that the least, and the time by the clock on the
wall. Both are medians of processes that run in turns; bare Python is one of them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from statistics import median
from typing import Final

from benchmarks.process import run_timed
from benchmarks.tables import Grid
from benchmarks.timing import duration

__all__ = ["grid", "measure"]

_PYTHON: Final = (sys.executable, "-c")
_COMMAND: Final = (sys.executable, "-m", "labelsel")
_BARE: Final = "bare Python"
_SHOP: Final = ("-A", "-f", "examples/")
CASES: Final[Mapping[str, tuple[str, ...]]] = {
    _BARE: (*_PYTHON, "pass"),
    "import labelsel": (*_PYTHON, "import labelsel"),
    "parse": (*_PYTHON, "from labelsel import parse; parse('app=web')"),
    "parse, with an error": (
        *_PYTHON,
        "from labelsel import parse, SelectorError\ntry: parse('a b')\nexcept SelectorError: pass",
    ),
    "matches": (*_PYTHON, "from labelsel import parse; parse('app=web').matches({})"),
    "implies": (*_PYTHON, "from labelsel import parse; parse('app=web').implies('app')"),
    "LabelIndex": (*_PYTHON, "from labelsel import LabelIndex; LabelIndex()"),
    "labelsel --version": (*_COMMAND, "--version"),
    "labelsel --help": (*_COMMAND, "--help"),
    "labelsel get, a small folder": (*_COMMAND, "get", "pods", *_SHOP, "-l", "tier"),
    "labelsel lint, the same": (*_COMMAND, "lint", "-f", "examples/"),
}
"""What is started, by its name; each ends with status 0."""


def measure(rounds: int) -> dict[str, dict[str, float]]:
    """Start each case so often; return the median seconds of processor and clock by name."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in CASES}
    for _ in range(rounds):
        for name, command in CASES.items():
            taken[name].append(run_timed(*command)[:2])
    return {
        name: {
            "processor": median(processor for processor, _ in runs),
            "clock": median(clock for _, clock in runs),
        }
        for name, runs in taken.items()
    }


def grid(found: Mapping[str, Mapping[str, float]]) -> Grid:
    """Draw what `measure` found."""
    header = ("", "processor", "above bare Python", "clock")
    made = Grid("From start to end of a process", header, note="Medians of processes in turns.")
    bare = found[_BARE]["processor"]
    for name, seconds in found.items():
        above = "" if name == _BARE else duration(max(0.0, seconds["processor"] - bare))
        made.rows.append((name, duration(seconds["processor"]), above, duration(seconds["clock"])))
    return made
