"""``python -m benchmarks.memory``: what an index takes of memory, measured in a fresh process.

1. The keys are the program's own: they are made first and not counted.
2. The label sets come in batches, each freed when it is in the index, as from a client that
   lists page by page. So all strings that stay are the index's.
3. What is counted is by how much more memory the process holds than before. It includes the gaps
   that freed batches leave between what stays.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Hashable, Sequence
from itertools import chain, islice
from typing import Any, Final, TypeVar

import labelsel
from benchmarks.data import pages
from benchmarks.process import apart, resident
from benchmarks.tables import Grid

__all__ = ["fill", "grid", "main", "measure"]

K = TypeVar("K", bound=Hashable)

_PAGES: Final = 40
"""Pages that are added in one update: 20,000 label sets."""


def measure(size: int) -> dict[str, Any]:
    """Measure the memory of an index of so many label sets, in a process of its own."""
    return apart("memory", f"--size={size}")


def fill(index: labelsel.LabelIndex[K], keys: Sequence[K]) -> int:
    """Add a label set for each key, in batches that are freed; return how many labels."""
    labels = 0
    given = pages(len(keys))
    while batch := list(chain.from_iterable(islice(given, _PAGES))):
        labels += sum(map(len, batch))
        index.update(zip(keys[len(index) :], batch, strict=False))
    return labels


def grid(taken: dict[str, Any]) -> Grid:
    """Draw what `measure` found."""
    labels = taken["labels"]
    made = Grid(
        f"Memory of an index of {taken['label sets']:,} label sets with {labels:,} labels",
        ("part", "bytes", "bytes\na label"),
        note=(
            "Measured is how much more memory a fresh process holds; the keys are the program's"
            " own and not counted. The parts are those of `index.stats()`."
        ),
    )
    parts = taken["by its own account"]
    shown = {"measured": taken["bytes"], "by its own account": sum(parts.values()), **parts}
    made.rows.extend((part, f"{n:,}", f"{n / labels:.2f}") for part, n in shown.items())
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the index, and print what it takes as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000, help="label sets, 1000 or more")
    size = parser.parse_args(arguments).size
    # What is made once and stays, whatever an index holds.
    labelsel.LabelIndex({"warm": {"up": "1"}}).select("up").rows()
    keys = [f"pod-{row}" for row in range(size)]
    before = resident()
    index: labelsel.LabelIndex[str] = labelsel.LabelIndex()
    labels = fill(index, keys)
    taken = resident() - before
    stats = index.stats()
    found = {
        "label sets": len(index),
        "labels": labels,
        "distinct labels": stats.labels,
        "bytes": taken,
        "by its own account": dict(stats.bytes),
    }
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
