"""``python -m benchmarks.memory``: what an index takes of memory, measured in a fresh process.

1. The keys are the program's own: they are made first and not counted.
2. The label sets come in batches, each freed when it is in the index, as from a client that
   lists page by page. So all strings that stay are the index's.
3. What is counted is by how much more memory the process holds than before. It includes the gaps
   that freed batches leave between what stays, which the process uses again.
4. A second process loads the same index from a file, where no batch leaves gaps. Its keys come
   out of the file: what as many others take is taken off.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Hashable, Sequence
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

import labelsel
from benchmarks.data import pages
from benchmarks.options import documented_parser
from benchmarks.process import apart, resident
from benchmarks.tables import Grid

__all__ = ["fill", "grid", "main", "measure"]

K = TypeVar("K", bound=Hashable)

_PAGES: Final = 4
"""Pages that are added in one update: 2,000 label sets."""


def measure(size: int) -> dict[str, Any]:
    """Measure the memory of an index of so many label sets, in processes of their own."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "index"
        filled = apart("memory", f"--size={size}", f"--file={file}")
        return {**filled, "bytes loaded": apart("memory", "--load", f"--file={file}")["bytes"]}


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
    shown = {
        "measured, filled page by page": taken["bytes"],
        "measured, loaded from a file": taken["bytes loaded"],
        "by its own account": sum(parts.values()),
        **parts,
    }
    made.rows.extend((part, f"{n:,}", f"{n / labels:.2f}") for part, n in shown.items())
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the index, and print what it takes as JSON."""
    parser = documented_parser("benchmarks.memory", __doc__)
    parser.add_argument("--size", type=int, default=1_000_000, help="label sets, 1000 or more")
    parser.add_argument("--file", type=Path, help="where to save the index, or to load it from")
    parser.add_argument("--load", action="store_true", help="load an index, make none")
    options = parser.parse_args(arguments)
    # What is made once and stays, whatever an index holds.
    labelsel.LabelIndex({"warm": {"up": "1"}}).select("up").rows()
    found = _loaded(options.file) if options.load else _filled(options.size, options.file)
    print(json.dumps(found))
    return 0


def _filled(size: int, file: Path | None) -> dict[str, Any]:
    keys = _keys(size)
    before = resident()
    index: labelsel.LabelIndex[str] = labelsel.LabelIndex()
    labels = fill(index, keys)
    taken = resident() - before
    if file is not None:
        index.save(file)
    stats = index.stats()
    return {
        "label sets": len(index),
        "labels": labels,
        "distinct labels": stats.labels,
        "bytes": taken,
        "by its own account": dict(stats.bytes),
    }


def _loaded(file: Path) -> dict[str, Any]:
    before = resident()
    index: labelsel.LabelIndex[str] = labelsel.LabelIndex.load(file)
    index.stats()  # makes all that is made when it is first needed
    taken = resident() - before
    before = resident()
    others = _keys(len(index))
    return {"bytes": taken - (resident() - before - sys.getsizeof(others))}


def _keys(size: int) -> list[str]:
    return [f"pod-{row}" for row in range(size)]


if __name__ == "__main__":
    sys.exit(main())
