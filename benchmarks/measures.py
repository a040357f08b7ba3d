"""What is measured: labelsel beside what a program does without it, on equal results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, Final, TypeAlias

import labelsel
from benchmarks.cases import Case
from benchmarks.data import LabelSet, label_sets
from benchmarks.timing import Mix, Race, race, seconds_of

__all__ = [
    "SIZES",
    "TEXTS",
    "Population",
    "Results",
    "Rivals",
    "build_seconds",
    "parse_race",
    "parsed_anew",
    "population",
    "predicate_race",
    "predicate_rivals",
    "query_race",
    "query_rivals",
    "same_keys",
    "same_values",
    "sample",
]

Rivals: TypeAlias = dict[str, Callable[[], object]]
Items: TypeAlias = dict[str, LabelSet]

SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
"""How many label sets there are, where nobody asks for other numbers."""

TEXTS: Final = {
    "1 requirement": "app.kubernetes.io/name=web",
    "3 requirements": "app.kubernetes.io/name=web,tier in (backend,batch),!generation",
    "10 requirements": "app.kubernetes.io/name=web,app.kubernetes.io/managed-by!=Helm,"
    "env in (prod,staging),tier notin (cache,database),!controller-uid,"
    "app.kubernetes.io/version,port>8000,generation<100,topology.kubernetes.io/zone==eu-1a,"
    "app.kubernetes.io/component=server",
}
"""Selectors to parse, by their size."""


@dataclass(frozen=True, slots=True)
class Population:
    """Label sets by key, as a program holds them, and the index of them."""

    items: Items
    index: labelsel.LabelIndex[str]


@cache
def population(n: int) -> Population:
    """Return n label sets with their index, the same objects at each call."""
    items = {f"pod-{row}": labels for row, labels in enumerate(label_sets(n))}
    return Population(items, labelsel.LabelIndex(items))


@cache
def sample() -> Sequence[LabelSet]:
    """Return the label sets that predicates are timed on.

    So few that they stay in a processor's cache: it is the predicate that is timed, not memory.
    """
    return label_sets(10_000)[::20]


def parsed_anew(text: str) -> labelsel.Selector:
    """Parse a text that is not in the cache; emptying that is part of the time, 0.1 µs of it."""
    labelsel.clear_cache()
    return labelsel.parse(text)


def parse_race(text: str, *, seconds: float = 0.1) -> Race:
    """Time parsing of a text, when it is new and when it is in the cache."""
    rivals = {"new": partial(parsed_anew, text), "cached": partial(labelsel.parse, text)}
    return race(rivals, same_values, seconds=seconds)


def build_seconds(items: Items) -> float:
    """Return the seconds that making an index of some items takes."""
    return seconds_of(partial(labelsel.LabelIndex, items))


@dataclass(frozen=True, slots=True)
class Results:
    """What was measured in a run; tables.py draws it.

    Attributes:
        parsing: by what is parsed.
        predicates: by the name of the case.
        queries: by the number of label sets, and then by the name of the case.
        builds: by the number of label sets, the seconds that making the index takes.
    """

    parsing: dict[str, Race | Mix] = field(default_factory=dict)
    predicates: dict[str, Race] = field(default_factory=dict)
    queries: dict[int, dict[str, Race]] = field(default_factory=dict)
    builds: dict[int, float] = field(default_factory=dict)


def predicate_rivals(case: Case) -> Rivals:
    """Return what asks a predicate about each label set of the sample: by hand, and ours."""
    selector = case.selector
    asked = {
        "by hand": case.by_hand(),
        "compiled": labelsel.compile_predicate(selector, checked=False),
        "checked": labelsel.compile_predicate(selector),
        "matches": selector.matches,
    }
    # list(map()): of all ways to call a function many times the one that costs least beside it.
    labels = sample()
    return {name: partial(_answers, predicate, labels) for name, predicate in asked.items()}


def predicate_race(case: Case, *, seconds: float = 0.1) -> Race:
    """Time one call of a predicate: by hand, unchecked, checked, and by way of `matches`."""
    over_sample = race(predicate_rivals(case), same_values, seconds=seconds)
    size = len(sample())
    return Race(
        {name: [turn / size for turn in taken] for name, taken in over_sample.seconds.items()}
    )


def query_rivals(case: Case, among: Population) -> Rivals:
    """Return what answers a query: `select` with its rows taken, `count`, and two plain scans.

    Selectors are parsed, predicates compiled beforehand.
    """
    selector, index, items = case.selector, among.index, among.items
    predicate = labelsel.compile_predicate(selector, checked=False)
    return {
        "scan by hand": partial(case.scan(), items),
        "scan compiled": lambda: [key for key, labels in items.items() if predicate(labels)],
        "select": lambda: index.select(selector).rows(),
        "count": lambda: index.count(selector),
    }


def query_race(case: Case, among: Population) -> Race:
    """Time the rivals of `query_rivals`."""
    return race(query_rivals(case, among), partial(same_keys, among))


def same_values(results: Mapping[str, Any]) -> None:
    """Raise AssertionError where not all results are equal."""
    first, *others = results.values()
    assert all(other == first for other in others)


def same_keys(among: Population, results: Mapping[str, Any]) -> None:
    """Raise AssertionError where the results of `query_rivals` are not the same items."""
    by_row = list(among.items)
    found = results["scan by hand"]
    assert results["scan compiled"] == found
    assert [by_row[row] for row in results["select"]] == found
    assert results["count"] == len(found)


def _answers(predicate: Callable[[LabelSet], bool], sets: Iterable[LabelSet]) -> list[bool]:
    return list(map(predicate, sets))
