"""``python -m benchmarks.scale --rows 10_000_000``: how an index grows, to 100 million label sets.

The label sets have the keys and the skew of data.py, but a bounded number of distinct labels,
and a numpy generator makes them, as Arrow tables of a million each with one dictionary column a
key. They go into the index one by one and have row numbers for keys; nothing else is kept.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

import labelsel
from benchmarks.options import documented_parser
from benchmarks.process import resident
from benchmarks.tables import Grid
from benchmarks.timing import WALL, duration, race, timed

__all__ = ["QUERIES", "Scale", "batches", "main", "measure"]

BATCH: Final = 1_000_000
SEED: Final = 20_240_517


@dataclass(frozen=True, slots=True)
class _Key:
    """A label key.

    Attributes:
        values: how its values read, by their number.
        distinct: how many there are.
        absent: the share of label sets without it.
        skew: how uneven they are: value i is as frequent as i to the power of 1 - skew.
    """

    values: Callable[[int], str]
    distinct: int
    absent: float = 0.0
    skew: float = 1.0


def _one_of(*values: str) -> _Key:
    return _Key(values.__getitem__, len(values), absent=0.1, skew=2.0)


_KEYS: Final = {
    "app.kubernetes.io/name": _Key("app-{}".format, 10_000, skew=4.0),
    "app.kubernetes.io/part-of": _Key("suite-{}".format, 2_000, absent=0.17, skew=4.0),
    "app.kubernetes.io/managed-by": _one_of("Helm", "argocd", "kustomize", ""),
    "app.kubernetes.io/component": _one_of("server", "web", "worker", "agent", "database", "cache"),
    "app.kubernetes.io/version": _Key("1.{}.0".format, 1_000, absent=0.3, skew=3.0),
    "env": _one_of("prod", "staging", "dev", ""),
    "tier": _one_of("backend", "frontend", "database", "cache", "batch"),
    "topology.kubernetes.io/zone": _Key("zone-{}".format, 8),
    "port": _Key(lambda place: str(8_000 + place), 500, absent=0.6, skew=2.0),
    "generation": _Key(str, 1_000, absent=0.7, skew=5.0),
    "pod-template-hash": _Key("{:011x}".format, 100_000, absent=0.26),
}

QUERIES: Final = (
    "app.kubernetes.io/name=app-0",
    "app.kubernetes.io/name=app-1000",
    "pod-template-hash=0000000002a",
    "env!=prod",
    "tier in (cache,database)",
    "app.kubernetes.io/component notin (server,worker)",
    "app.kubernetes.io/part-of",
    "!generation",
    "port>8400",
    "generation<10",
    "gone",
    "app.kubernetes.io/name=app-0,env=prod",
    "env=prod,tier=backend,topology.kubernetes.io/zone!=zone-1",
    "pod-template-hash=0000000002a,env=prod",
    "env in (prod,staging),app.kubernetes.io/version,!pod-template-hash,port>8400",
)
"""What is asked of them; all but one select something."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What an index of so many label sets takes.

    Attributes:
        rows: label sets.
        labels: how many labels they have.
        build: seconds, without those in which the batches were made.
        bytes: by how much more memory the process holds.
        queries: of each query, how many it selects, the seconds of rows and of the count.
    """

    rows: int
    labels: int
    build: float
    bytes: int
    queries: dict[str, tuple[int, float, float]]


def batches(rows: int) -> Iterator[Any]:
    """Yield so many label sets as Arrow tables, always the same."""
    pa = import_module("pyarrow")
    chance = np.random.default_rng(SEED)
    values = {
        name: pa.array(list(map(key.values, range(key.distinct)))) for name, key in _KEYS.items()
    }
    for start in range(0, rows, BATCH):
        some = min(BATCH, rows - start)
        columns = {}
        for name, key in _KEYS.items():
            codes, absent = _codes(key, some, chance)
            encoded = pa.array(codes, mask=absent)
            columns[name] = pa.DictionaryArray.from_arrays(encoded, values[name])
        yield pa.table(columns)


def _codes(
    key: _Key, rows: int, chance: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    drawn = chance.random(rows, dtype=np.float32) ** key.skew
    return (drawn * key.distinct).astype(np.int32), chance.random(
        rows, dtype=np.float32
    ) < key.absent


class _Fed:
    """Batches on their way into an index: how long making them took, and what they hold."""

    def __init__(self, rows: int) -> None:
        self._batches = batches(rows)
        self.seconds = 0.0
        self.labels = 0

    def __iter__(self) -> Iterator[Any]:
        while (batch := self._next()) is not None:
            yield batch

    def _next(self) -> Any:
        seconds, batch = timed(partial(next, self._batches, None), WALL)
        if batch is not None:
            self.labels += sum(len(column) - column.null_count for column in batch.columns)
        self.seconds += seconds
        return batch


def measure(rows: int, *, seconds: float = 0.2) -> Scale:
    """Build an index of so many label sets, and ask it."""
    for batch in batches(1_000):  # what pyarrow and the index make once
        labelsel.LabelIndex.from_arrow(batch).select("env").rows()
    before = resident()
    fed = _Fed(rows)
    taken, index = timed(lambda: labelsel.LabelIndex.from_arrow(iter(fed)), WALL)
    assert len(index) == rows
    build = taken - fed.seconds
    memory = resident() - before
    found = {text: _asked(index, text, seconds) for text in QUERIES}
    return Scale(rows, fed.labels, build, memory, found)


def _asked(index: Any, text: str, seconds: float) -> tuple[int, float, float]:
    selector = labelsel.parse(text)
    number = index.count(selector)

    def agree(results: Any) -> None:
        assert len(results["rows"]) == results["count"]

    rivals = {
        "rows": lambda: index.select(selector).rows(),
        "count": lambda: index.count(selector),
    }
    found = race(rivals, agree, seconds=seconds, clock=WALL)
    return number, found.median("rows"), found.median("count")


def grid(found: Scale) -> Grid:
    """Draw what `measure` found."""
    made = Grid(
        f"{found.rows:,} label sets with {found.labels:,} labels",
        ("query", "matches", "rows", "count"),
        note=(
            f"Built in {duration(found.build)}, {duration(found.build / found.rows)} a label set;"
            f" {found.bytes / 2**20:,.0f} MiB, {found.bytes / found.labels:.2f} bytes a label."
        ),
    )
    for query, (matches, rows, count) in found.queries.items():
        made.rows.append((query, f"{matches:,}", duration(rows), duration(count)))
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one size, and print the table."""
    parser = documented_parser("benchmarks.scale", __doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="label sets (10000000)")
    found = measure(parser.parse_args(arguments).rows)
    console = Console()
    console.width = max(console.width, 120)
    console.print(grid(found).rich())
    return 0


if __name__ == "__main__":
    sys.exit(main())
