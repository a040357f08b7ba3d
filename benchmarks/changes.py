"""``python -m benchmarks.changes``: an index while its label sets change, in a fresh process.

``python -m benchmarks.changes rate``
    Changes of one kind, one after the other; then a mix of changes with a query after each
    `PER_QUERY` of them, each change timed alone: the longest is the longest pause.

``python -m benchmarks.changes churn``
    Label sets that come and go, each with a label that no other ever had, as the pods of jobs
    have: the memory of the process before, on the way and after.

All changes are chosen beforehand. Python's garbage collector runs, and what it does about the
index is part of the time.
"""

from __future__ import annotations

import gc
import json
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import cycle, islice
from random import Random
from typing import Any, Final, TypeAlias

import labelsel
from benchmarks.cases import CASES
from benchmarks.data import LabelSet, label_sets
from benchmarks.memory import fill
from benchmarks.options import documented_parser
from benchmarks.process import apart, resident
from benchmarks.tables import Grid
from benchmarks.timing import WALL, duration

__all__ = ["changes_grid", "churn_grid", "main", "measure_changes", "measure_churn"]

Index: TypeAlias = labelsel.LabelIndex[int]
Change: TypeAlias = Callable[[], object]

PER_QUERY: Final = 1_000
"""Changes from one query to the next."""
_ALIVE: Final = 10_000
"""Short-lived label sets that are there at a time."""
_LOOKS: Final = 10
"""How often the memory is looked at on the way."""
_PATCHED: Final = ("env", "tier", "app.kubernetes.io/version", "generation", "pod-template-hash")


def measure_changes(size: int, changes: int, core: str = "compiled") -> dict[str, Any]:
    """Measure changes to an index of so many label sets, in a process of its own."""
    return apart("changes", "rate", f"--size={size}", f"--changes={changes}", core=core)


def measure_churn(size: int, churn: int) -> dict[str, Any]:
    """Measure label sets that come and go beside so many that stay, in a process of its own."""
    return apart("changes", "churn", f"--size={size}", f"--changes={churn}")


def changes_grid(found: dict[str, Any]) -> Grid:
    """Draw what `measure_changes` found."""
    made = Grid(
        f"Changes to an index of {found['label sets']:,} label sets, {found['core']} core",
        ("change", "a change", "changes\na second", "longest\nchange", "longest\nquery"),
        note=(
            "In one thread; each change is visible to the next query. In the mix, of"
            f" {found['mixed']:,}, there is a query after each {PER_QUERY:,}, whose time counts."
        ),
    )
    for name, result in found["kinds"].items():
        query = result.get("longest query")
        made.rows.append(
            (
                name,
                duration(1 / result["a second"]),
                f"{result['a second']:,.0f}",
                duration(result["longest"]),
                "" if query is None else duration(query),
            )
        )
    return made


def churn_grid(found: dict[str, Any]) -> Grid:
    """Draw what `measure_churn` found."""
    made = Grid(
        f"Churn: {found['churn']:,} short-lived label sets beside {found['label sets']:,} others",
        ("after", "memory of\nthe process"),
        note=(
            f"Each has a label of its own; {_ALIVE:,} are there at a time."
            f" {found['a second']:,.0f} adds and removes a second."
        ),
    )
    made.rows.extend((f"{n:,}", f"{taken / 2**20:,.1f} MiB") for n, taken in found["resident"])
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print what was found as JSON."""
    parser = documented_parser("benchmarks.changes", __doc__)
    parser.add_argument("what", choices=("rate", "churn"))
    parser.add_argument("--size", type=int, default=1_000_000, help="label sets, 1000 or more")
    parser.add_argument("--changes", type=int, default=1_000_000, help="how many, 100 or more")
    options = parser.parse_args(arguments)
    measured = _rate if options.what == "rate" else _churn
    print(json.dumps(measured(options.size, options.changes)))
    return 0


def _rate(size: int, changes: int) -> dict[str, Any]:
    index: Index = labelsel.LabelIndex()
    chance = Random(size)
    pool = label_sets(max(1_000, min(size, 20_000)))
    few = max(1, changes // 5)
    patches = [_patch(index, chance, size, pool) for _ in range(few)]
    replacements = [_replacement(index, chance, size, pool) for _ in range(few)]
    mix = _mixed(index, chance, size, pool, changes)
    # What waits to be done is the program's, and no work for the collector; the index is.
    gc.collect()
    gc.freeze()
    fill(index, range(size))
    gc.collect()
    found = {
        "patch of one label": _applied(patches, ()),
        "replacement of all labels": _applied(replacements, ()),
        "mix": _applied(mix, [index.prepare(case.selector).select for case in CASES]),
    }
    gc.unfreeze()
    core = labelsel.core_info().name
    return {"label sets": size, "mixed": changes, "kinds": found, "core": core}


def _patch(index: Index, chance: Random, size: int, pool: Sequence[LabelSet]) -> Change:
    key = chance.choice(_PATCHED)
    return partial(index.patch, chance.randrange(size), {key: chance.choice(pool).get(key)})


def _replacement(index: Index, chance: Random, size: int, pool: Sequence[LabelSet]) -> Change:
    return partial(index.__setitem__, chance.randrange(size), chance.choice(pool))


def _mixed(
    index: Index, chance: Random, size: int, pool: Sequence[LabelSet], changes: int
) -> Sequence[Change]:
    """Three patches in four; the others replace, add, and remove what was added."""
    made: list[Change] = []
    added: deque[int] = deque()
    for number in range(changes):
        kind = chance.random()
        if kind < 0.75:
            made.append(_patch(index, chance, size, pool))
        elif kind < 0.85:
            made.append(_replacement(index, chance, size, pool))
        elif kind < 0.925 or not added:
            added.append(size + number)
            made.append(partial(index.__setitem__, size + number, chance.choice(pool)))
        else:
            made.append(partial(index.__delitem__, added.popleft()))
    return made


def _applied(changes: Sequence[Change], queries: Sequence[Change]) -> dict[str, float]:
    """Make changes, with a query now and then; return the rate and the longest of each."""
    asked = cycle(queries)
    longest = longest_query = 0.0
    start = now = WALL()
    for number, change in enumerate(changes, start=1):
        change()
        before, now = now, WALL()
        longest = max(longest, now - before)
        if queries and number % PER_QUERY == 0:
            next(asked)()
            before, now = now, WALL()
            longest_query = max(longest_query, now - before)
    found = {"a second": len(changes) / (now - start), "longest": longest}
    return found | ({"longest query": longest_query} if queries else {})


def _churn(size: int, churn: int) -> dict[str, Any]:
    # In batches: where a million dicts were, growth would be lost from sight.
    index: Index = labelsel.LabelIndex()
    fill(index, range(size))
    passing = _passing(index, size, churn)
    # Until as many are there as ever will be, memory may grow.
    list(islice(passing, min(_ALIVE, churn)))
    looks = [(min(_ALIVE, churn), resident())]
    seconds, step = 0.0, max(1, (churn - _ALIVE) // _LOOKS)
    start = WALL()
    while passed := sum(1 for _ in islice(passing, step)):
        seconds += WALL() - start
        looks.append((looks[-1][0] + passed, resident()))
        start = WALL()
    assert len(index) == size + min(_ALIVE, churn)
    rate = 2 * (looks[-1][0] - looks[0][0]) / seconds if seconds else 0.0
    return {"label sets": size, "churn": churn, "a second": rate, "resident": looks}


def _passing(index: Index, size: int, churn: int) -> Iterator[None]:
    """Add so many label sets, each removed when `_ALIVE` others came after it."""
    for number in range(size, size + churn):
        index[number] = {
            "app.kubernetes.io/component": "migration",
            "env": "prod",
            "controller-uid": f"{number:032x}",
        }
        if number - size >= _ALIVE:
            del index[number - _ALIVE]
        yield


if __name__ == "__main__":
    sys.exit(main())
