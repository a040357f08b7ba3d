"""``python -m benchmarks.live``: which selectors select an object, and what a change changes.

``python -m benchmarks.live matching``
    `SelectorIndex`: the selectors of one label set, from 100 selectors to ``--selectors``.

``python -m benchmarks.live changes``
    `LiveIndex`: items and selectors loaded in either order; then changes of items, each timed
    alone.

The selectors are made here, in the manner of the services, policies and budgets of a large
cluster: 60 % name an app and an environment, some a zone, too; 16 % have in and notin, 15 %
negations or absence, 8 % has-key with others; 1 % require nothing. The rivals are what programs
do: evaluate every selector, or those that are filed under one label that they ask for, of several
the one whose spelling comes last (so does Calico's Felix, where ``env`` wins over an app's name).
Both evaluate with compiled predicates; what they find is compared, on fewer label sets where they
are slow.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from random import Random
from statistics import mean, median
from typing import Any, Final, TypeAlias

from benchmarks.data import LabelSet, label_sets
from benchmarks.options import documented_parser
from benchmarks.process import apart, resident
from benchmarks.tables import Grid
from benchmarks.timing import WALL, duration, times
from labelsel import (
    And,
    DoesNotExist,
    Equals,
    Exists,
    In,
    LiveIndex,
    NotEquals,
    NotIn,
    Selector,
    SelectorIndex,
    all_of,
    core_info,
)

__all__ = [
    "changes_grid",
    "main",
    "matching_grid",
    "measure_changes",
    "measure_matching",
    "selectors",
]

Labels: TypeAlias = Mapping[str, str]
Find: TypeAlias = Callable[[Labels], set[int]]

NAME: Final = "app.kubernetes.io/name"
_COMPONENT: Final = "app.kubernetes.io/component"
_VERSION: Final = "app.kubernetes.io/version"
_ZONE: Final = "topology.kubernetes.io/zone"
_ZONES: Final = ("eu-1a", "eu-1b", "eu-1c", "us-1a", "us-1b", "us-1c")
_TIERS: Final = ("frontend", "backend", "database", "cache", "batch")
_ENVS: Final = ("prod", "prod", "staging", "dev")
_CHANGED: Final = ("env", "tier", _VERSION, "generation", "port", _ZONE)
_KINDS: Final = tuple(
    chain.from_iterable(
        repeat(kind, share)
        for kind, share in (("env", 60), ("in", 16), ("not", 15), ("has", 8), ("nothing", 1))
    )
)
_PER_APP: Final = 10
"""So many selectors name one app, where label sets are asked."""
_ASKED: Final = 2_000
_EVALUATED: Final = 100_000
"""Of more selectors not every one is evaluated: compiling them alone takes a minute."""
_SLOW_ASKED: Final = 20
_MOSTLY: Final = 0.9
"""So many of the changes are of one label; of the others half replace all labels, and half
remove an item or add one."""


def selectors(n: int, apps: Sequence[str], kinds: Sequence[str] = _KINDS) -> list[Selector]:
    """Return n selectors, each about one of these apps; always the same."""
    chance = Random(n)
    return [_selector(kinds[i % len(kinds)], chance.choice(apps), chance) for i in range(n)]


def _selector(kind: str, app: str, chance: Random) -> Selector:
    env, zone, tier = chance.choice(_ENVS), chance.choice(_ZONES), chance.choice(_TIERS)
    port = str(chance.randrange(8000, 8500))
    named, draw = Equals(NAME, app), chance.random()
    match kind:
        case "env":
            zoned = (Equals(_ZONE, zone),) if draw < 0.3 else ()
            return all_of((named, Equals("env", env), *zoned))
        case "in":
            some = In("tier", {tier, "cache"}), NotIn("env", {env, "dev"})
            return all_of((named, *some, NotIn("port", {port, "9090"})))
        case "not" if draw < 0.5:
            return all_of((named, NotEquals("env", env)))
        case "not":
            return all_of((named, DoesNotExist("generation"), NotEquals("tier", tier)))
        case "has":
            return all_of((Exists(_VERSION), named, In(_ZONE, {zone, "eu-1a"})))
        case _ if draw < 0.5:
            return all_of((DoesNotExist(_COMPONENT), NotEquals("port", port)))
        case _:
            return all_of((NotIn("env", {"prod", "staging", "dev"}), NotEquals("tier", tier)))


def _app_of(selector: Selector) -> str | None:
    """Return the app that one of these selectors names, None where it requires nothing."""
    assert isinstance(selector, And)
    names = [term.value for term in selector.terms if isinstance(term, Equals) and term.key == NAME]
    return names[0] if names else None


class _Spelling:
    """A rival: selectors filed under one label that they ask for, the last by its spelling."""

    def __init__(self, some: Mapping[int, Selector]) -> None:
        self._under: dict[tuple[str, str] | None, dict[int, Selector]] = {}
        for key, selector in some.items():
            assert isinstance(selector, And)
            labels = [(term.key, term.value) for term in selector.terms if isinstance(term, Equals)]
            self._under.setdefault(max(labels, default=None), {})[key] = selector

    def candidates(self, labels: Labels) -> dict[int, Selector]:
        """Return the selectors that may select the labels."""
        found: dict[int, Selector] = {}
        for place in (None, *labels.items()):
            found |= self._under.get(place, {})
        return found

    def matching(self, labels: Labels) -> set[int]:
        """Return the keys of those that do."""
        return _evaluated(self.candidates(labels), labels)


def _evaluated(some: Mapping[int, Selector], labels: Labels) -> set[int]:
    return {key for key, selector in some.items() if selector.matches(labels)}


# The selectors of a label set.


def measure_matching(most: int, core: str = "compiled") -> dict[str, Any]:
    """Measure `SelectorIndex` with up to so many selectors, in a process of its own."""
    return apart("live", "matching", f"--selectors={most}", core=core)


def matching_grid(found: Mapping[str, Any]) -> Grid:
    """Draw what `measure_matching` found."""
    core = next(iter(found.values()))[0]["core"]
    made = Grid(
        f"The selectors of a label set, {core} core",
        (
            "selectors",
            "found",
            "SelectorIndex,\nmedian",
            "by spelling,\nmedian",
            "times",
            "every one,\nmedian",
            "times",
            "candidates\nby spelling",
            "filing,\na selector",
        ),
        note=(
            f"Mean found, and medians over {_ASKED:,} label sets, of the rivals {_SLOW_ASKED};"
            f" {_PER_APP} selectors an app. Below the line one in a hundred requires nothing,"
            " and so more are found the more there are."
        ),
    )
    for kind, rows in found.items():
        if kind != "all require a label":
            made.rows.append(())
        for row in rows:
            cells = [f"{row['selectors']:,}", f"{row['found']:,.1f}", duration(row["index"])]
            for rival in ("by spelling", "every one"):
                took = row.get(rival)
                cells += [duration(took), times(took / row["index"])] if took else ["", ""]
            candidates = f"{row['candidates']:,.0f}" if "candidates" in row else ""
            made.rows.append((*cells, candidates, duration(row["filing"])))
    return made


def _matching(most: int) -> dict[str, Any]:
    sizes = [10**power for power in range(2, 8) if 10**power <= most]
    requiring = [kind for kind in _KINDS if kind != "nothing"]
    return {
        name: [_matching_of(size, kinds) for size in sizes]
        for name, kinds in (("all require a label", requiring), ("one in a hundred none", _KINDS))
    }


def _matching_of(size: int, kinds: Sequence[str]) -> dict[str, Any]:
    apps = [f"app-{number}" for number in range(max(1, size // _PER_APP))]
    made = dict(enumerate(selectors(size, apps, kinds)))
    by_app: dict[str | None, dict[int, Selector]] = {}
    for key, selector in made.items():
        by_app.setdefault(_app_of(selector), {})[key] = selector
    chance = Random(size)
    asked = [labels | {NAME: chance.choice(apps)} for labels in label_sets(_ASKED)]
    gc.collect()
    gc.freeze()  # what the program holds is no work for the collector; the index is
    start = WALL()
    index = SelectorIndex(made)
    filing = (WALL() - start) / size
    gc.freeze()
    for labels in asked:
        assert index.matching(labels) == _evaluated(
            by_app.get(labels[NAME], {}) | by_app.get(None, {}), labels
        )
    found: dict[str, Any] = {
        "core": core_info().name,
        "selectors": size,
        "found": mean(len(index.matching(labels)) for labels in asked),
        "index": median(_seconds(index.matching, asked)),
        "filing": filing,
    }
    if size <= _EVALUATED:
        filed, few = _Spelling(made), asked[:_SLOW_ASKED]
        for labels in few:  # compiled here, the first time
            assert index.matching(labels) == filed.matching(labels) == _evaluated(made, labels)
        found["candidates"] = mean(len(filed.candidates(labels)) for labels in few)
        found["by spelling"] = median(_seconds(filed.matching, few))
        found["every one"] = median(_seconds(lambda labels: _evaluated(made, labels), few))
    gc.unfreeze()
    return found


def _seconds(find: Find, asked: Sequence[Labels]) -> list[float]:
    taken = []
    for labels in asked:
        start = WALL()
        find(labels)
        taken.append(WALL() - start)
    return taken


# Items and selectors that change.


def measure_changes(items: int, some: int, changes: int, core: str = "compiled") -> dict[str, Any]:
    """Measure `LiveIndex` in a process of its own."""
    arguments = f"--items={items}", f"--selectors={some}", f"--changes={changes}"
    return apart("live", "changes", *arguments, core=core)


def changes_grid(found: Mapping[str, Any]) -> Grid:
    """Draw what `measure_changes` found."""
    made = Grid(
        f"{found['items']:,} items, {found['selectors']:,} selectors, {found['pairs']:,} matches,"
        f" {found['core']} core",
        ("", "took", "by spelling", "times", "every one", "times"),
        note=(
            "All matches are known after loading, whichever side comes first. Of"
            f" {found['changes']:,} changes {_MOSTLY:.0%} are of one label; each answers with the"
            f" pairs that started and stopped, {found['pairs a change']:.1f} in the mean. The"
            " rivals are asked before and after some of them. Memory is what the process holds"
            " more, and that of the answers of loading. (Calico's Felix, in Go, takes 1.05 to 4.1"
            " ms a change with as many.)"
        ),
    )
    for name, seconds in found["loading"].items():
        made.rows.append((name, duration(seconds), "", "", "", ""))
    made.rows.append(())
    change = found["change"]
    for name, seconds in change["index"].items():
        cells = [f"change, {name}", duration(seconds)]
        for rival in ("by spelling", "every one"):
            took = change[rival].get(name)
            cells += [duration(took), times(took / seconds)] if took else ["", ""]
        made.rows.append(cells)
    made.rows.append(())
    made.rows.extend(
        (f"memory, {name}", f"{taken / 2**20:,.1f} MiB", "", "", "", "")
        for name, taken in found["memory"].items()
    )
    return made


def _changes(items: int, some: int, changes: int) -> dict[str, Any]:
    sets = label_sets(items)
    names = [labels[NAME] for labels in sets]
    # A quarter of the selectors is about apps in proportion to their pods.
    apps = list(dict.fromkeys(names))
    apps = [*apps * 3, *Random(items).choices(names, k=len(apps))]
    made = dict(enumerate(selectors(some, apps)))
    gc.collect()
    gc.freeze()  # what the program holds is no work for the collector; the index is
    loading, memory, live, pairs = _loaded(dict(enumerate(sets)), made)
    chosen = list(_chosen(sets, changes))
    gc.collect()
    taken, told = _applied(live, chosen)
    live.check_invariants()
    found = {"items": items, "selectors": some, "changes": changes, "pairs": pairs}
    return {
        **found,
        "core": core_info().name,
        "pairs a change": told / changes,
        "loading": loading,
        "memory": memory,
        "change": {"index": _summary(taken), **_rivals(sets, made, chosen)},
    }


def _loaded(
    items: Mapping[int, Labels], some: Mapping[int, Selector]
) -> tuple[dict[str, float], dict[str, int], LiveIndex[int, int], int]:
    """Load both in either order; return seconds, bytes, the index, and how many pairs match."""
    live: LiveIndex[int, int] = LiveIndex()
    before = resident()
    start = WALL()
    live.update_items(items)
    middle = WALL()
    of_items = resident()
    start += WALL() - middle
    change = live.update_selectors(some)
    pairs = len(change.started)
    seconds = {"loading, items first": WALL() - start}
    with_answer = resident()
    del change
    after = resident()
    memory = {"items": of_items - before, "selectors": after - of_items}
    start = WALL()
    other: LiveIndex[int, int] = LiveIndex()
    other.update_selectors(some)
    assert len(other.update_items(items).started) == pairs
    seconds["loading, selectors first"] = WALL() - start
    return seconds, {**memory, "matches, in the answer": with_answer - after}, live, pairs


_Chosen: TypeAlias = tuple[int, LabelSet | None]
"""An item, and the labels that it is to have; None where it is to go."""


def _chosen(sets: Sequence[LabelSet], changes: int) -> Iterator[_Chosen]:
    """Choose changes: of one label mostly; of all; and items that go and come again."""
    chance = Random(changes)
    now: dict[int, LabelSet | None] = {}
    for _ in range(changes):
        item = chance.randrange(len(sets))
        labels = now.get(item, sets[item])
        kind = chance.random()
        if labels is None or kind >= (1 + _MOSTLY) / 2:
            labels = sets[item] if labels is None else None
        elif kind >= _MOSTLY:
            labels = chance.choice(sets)
        else:
            key = chance.choice(_CHANGED)
            value = chance.choice(sets).get(key)
            labels = {k: v for k, v in labels.items() if k != key}
            labels |= {} if value is None else {key: value}
        now[item] = labels
        yield item, labels


def _applied(live: LiveIndex[int, int], chosen: Sequence[_Chosen]) -> tuple[list[float], int]:
    """Make changes; return the seconds of each, and how many pairs they turned."""
    taken, told = [], 0
    for item, labels in chosen:
        start = WALL()
        change = live.remove_item(item) if labels is None else live.set_item(item, labels)
        taken.append(WALL() - start)
        told += len(change.started) + len(change.stopped)
    return taken, told


def _rivals(
    sets: Sequence[LabelSet], some: Mapping[int, Selector], chosen: Sequence[_Chosen]
) -> dict[str, dict[str, float]]:
    """Ask the rivals before and after changes, as many as they can; compare what they find."""
    filed = _Spelling(some)
    ways: dict[str, tuple[Find, int]] = {
        "by spelling": (filed.matching, len(chosen) // 10),
        "every one": (lambda labels: _evaluated(some, labels), _SLOW_ASKED),
    }
    found = {}
    for name, (find, many) in ways.items():
        live = LiveIndex(enumerate(sets), some)
        now: dict[int, LabelSet | None] = {}
        taken = []
        find(sets[0])
        for item, labels in chosen[:many]:
            before = now.get(item, sets[item])
            now[item] = labels
            start = WALL()
            was = set() if before is None else find(before)
            new = set() if labels is None else find(labels)
            started, stopped = new - was, was - new
            taken.append(WALL() - start)
            change = live.remove_item(item) if labels is None else live.set_item(item, labels)
            assert set(change.started) == {(item, key) for key in started}
            assert set(change.stopped) == {(item, key) for key in stopped}
        found[name] = _summary(taken)
    return found


def _summary(taken: Sequence[float]) -> dict[str, float]:
    ordered = sorted(taken)
    found = {"mean": mean(ordered), "median": median(ordered)}
    if len(ordered) >= 1_000:
        found |= {"99th percentile": ordered[len(ordered) * 99 // 100], "longest": ordered[-1]}
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print what was found as JSON."""
    parser = documented_parser("benchmarks.live", __doc__)
    parser.add_argument("what", choices=("matching", "changes"))
    parser.add_argument("--items", type=int, default=100_000, help="1000 or more")
    parser.add_argument("--selectors", type=int, default=10_000, help="100 or more")
    parser.add_argument("--changes", type=int, default=20_000, help="1000 or more")
    given = parser.parse_args(arguments)
    if given.what == "matching":
        found = _matching(given.selectors)
    else:
        found = _changes(given.items, given.selectors, given.changes)
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
