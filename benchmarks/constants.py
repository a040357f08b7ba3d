"""``python -m benchmarks.constants [NAME ...]``: what each measured constant of the code buys.

Each constant is set to a few values around the chosen one, marked with ``*``, and the same work
is timed with each. Without a name all are measured, in some two minutes. A comment beside a
constant names the command and repeats the numbers that decided.
"""

# ruff: noqa: SLF001  # it measures private parts of an index on their own

from __future__ import annotations

import gc
import os
import sys
import tracemalloc
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from random import Random
from statistics import geometric_mean
from time import process_time
from types import ModuleType
from typing import Any, Final, TypeAlias

import numpy as np
from pyroaring import BitMap

from benchmarks.cases import CASES
from benchmarks.data import label_sets
from benchmarks.live import NAME
from benchmarks.live import selectors as live_selectors
from benchmarks.options import documented_parser
from benchmarks.tables import Grid
from benchmarks.timing import WALL, duration, race, seconds_of, timed
from labelsel import (
    Equals,
    Exists,
    GreaterThan,
    In,
    LabelIndex,
    LiveIndex,
    Requirement,
    Selector,
    SelectorIndex,
    StartsWith,
    all_of,
    any_of,
    clear_cache,
    collector,
    overlaps,
    parse,
    simplify,
)
from labelsel.budget import Budget
from labelsel.core import core_info
from labelsel.index import (
    Query,
    arrow,
    clustering,
    numeric_ranges,
    plan_cache,
    planner,
    postings,
    query,
    row_changes,
    row_codes,
    steps,
    store,
    value_table,
)
from labelsel.index.planner import make_plan
from labelsel.live import bit_matrix, candidate_index, live_index, restrictions
from labelsel.live.indexed_selector import IndexedSelector
from labelsel.reasoning import decide, simplification
from labelsel.value_sets import values_of

__all__ = ["CONSTANTS", "Constant", "grid", "main", "measure_values"]

Measure: TypeAlias = Callable[[int], Mapping[str, float]]
"""Does the work at a size. Returns by column seconds, or what the column's name says."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant, the values to try, and the work that shows what they are worth."""

    module: ModuleType
    name: str
    values: Sequence[Any]
    measure: Measure

    @property
    def chosen(self) -> Any:
        """The value that the code has."""
        return getattr(self.module, self.name)


def measure_values(constant: Constant, size: int, rounds: int) -> Mapping[Any, Mapping[str, float]]:
    """Return what the work took with each value of a constant: the least of some rounds.

    The values take turns, and the least counts: a busy machine only adds.
    """
    found: dict[Any, dict[str, float]] = {value: {} for value in constant.values}
    for _ in range(rounds):
        for value, least in found.items():
            with _set(constant, value):
                taken = constant.measure(size)
            least.update({name: min(least.get(name, t), t) for name, t in taken.items()})
    return found


@contextmanager
def _set(constant: Constant, value: Any) -> Iterator[None]:
    chosen = constant.chosen
    setattr(constant.module, constant.name, value)
    try:
        yield
    finally:
        setattr(constant.module, constant.name, chosen)


def _time(function: Callable[[], object], seconds: float = 0.02) -> float:
    return min(race({"it": function}, lambda _: None, seconds=seconds).seconds["it"])


# The index


def _single(size: int) -> Mapping[str, float]:
    """Time ``a=1``, some rows, with ``k in`` of n values, each on rows that are few or many."""
    found = {}
    for name, values, every in (("few", 200, 20), ("many", 20, 200)):
        sets = [
            {"k": str(n % values), **({"a": "1"} if n % every == 0 else {})} for n in range(size)
        ]
        index = LabelIndex(enumerate(sets))
        for n in (4, 8, 10) if values == 20 else (4, 8, 16):
            selector = all_of([Equals("a", "1"), In("k", map(str, range(n)))])
            found[f"{n} values on {name} rows"] = _time(index.prepare(selector).select)
    return found


def _shares(size: int, shares: Mapping[str, float]) -> LabelIndex[int]:
    """Return an index with a key for each share, on so many of the rows, chosen by chance."""
    chance = Random(1)
    columns = {key: chance.sample(range(size), int(share * size)) for key, share in shares.items()}
    sets: list[dict[str, str]] = [{} for _ in range(size)]
    for key, rows in columns.items():
        for number, row in enumerate(rows):
            sets[row][key] = str(number % 4)
    return LabelIndex(enumerate(sets))


def _in_place(size: int) -> Mapping[str, float]:
    """Time two differences, the second of which may be in place: of lists, and of dense rows."""
    shares = {"few": 0.055, "less": 0.045, "least": 0.04, "most": 0.9, "half": 0.5, "third": 0.3}
    index = _shares(size, shares)
    return {
        text: _time(index.prepare(parse(text)).select)
        for text in ("few,!less,!least", "few,!half,!less", "most,!half,!third", "most,!half,!few")
    }


def _few_rows(size: int) -> Mapping[str, float]:
    """Time n rows with ``k in`` of two values, each on a quarter of all rows."""
    shares = {"k": 1.0, **{f"n{n}": n / size for n in (100, 1_000, 10_000) if n < size}}
    index = _shares(size, shares)
    return {
        f"{key[1:]} rows, {name}": _time(index.prepare(parse(f"{key},k {name} (0,1)")).select)
        for key in list(shares)[1:]
        for name in ("in", "notin")
    }


def _few(size: int) -> Mapping[str, float]:
    """Time two rows of which those with a label are kept: row by row, and as a bitmap."""
    index = _shares(size, {"k": 0.5, "two": 2 / size})
    step = make_plan(parse("two=0,k"), index._store)
    return {"rows looked up": _time(step.share), "bitmap": _time(lambda: step.rows().to_array())}


def _copies(size: int) -> Mapping[str, float]:
    """Time a copy of a bitmap of 46 % of the rows, which looks for runs or does not."""
    rows = _shares(size, {"k": 0.46})._store.columns["k"].rows
    return {"BitMap.copy": _time(rows.copy), "copy_of": _time(partial(postings.copy_of, rows))}


def _collector(size: int) -> Mapping[str, float]:
    """Time an index of label sets, with the garbage collector at work as in any program."""
    items = dict(enumerate(label_sets(size)))
    seconds = []
    for _ in range(5):
        start = process_time()
        LabelIndex(items)
        seconds.append(process_time() - start)
    return {"index": min(seconds)}


def _arrays(_size: int) -> Mapping[str, float]:
    """Time an array of a few rows, by way of the buffer and by numpy's function for it."""
    few = BitMap([5, 7])
    return {
        "few rows": _time(partial(postings.rows_array, few)),
        "numpy.frombuffer": _time(lambda: np.frombuffer(few.to_array(), dtype=np.uint32)),
        "bytes": _time(partial(postings.rows_array, few.to_array().tobytes())),
        "none": _time(partial(postings.rows_array, b"")),
    }


def _clustered(size: int) -> Mapping[str, float]:
    """Count the bytes of a compact index, and time all queries of benchmarks/cases.py on it."""
    index = LabelIndex(enumerate(label_sets(size)), cluster=True)
    rows = [_time(lambda: index.select(case.selector).rows()) for case in CASES]  # noqa: B023  # called here
    parts = index.stats().bytes
    return {
        "bytes of postings": parts["postings"],
        "bytes of keys": parts["keys"],
        "rows, geometric mean": geometric_mean(rows),
    }


def _plan_and_count(index: LabelIndex[int], selector: Selector) -> int:
    return index.prepare(selector).count()


def _tested(size: int) -> Mapping[str, float]:
    """Time the planning of n listed values beside n tests of the same key, which all values pass.

    So n times n tests are made, if the limit allows as many.
    """
    index = LabelIndex({n: {"k": f"{n}"} for n in range(100)})
    found = {}
    for n in (10, 100, min(1_000, max(100, size // 50))):
        tests = [GreaterThan("k", str(-number)) for number in range(1, n + 1)]
        selector = all_of([In("k", map(str, range(n))), *tests])
        found[f"plan {n} values and tests"] = timed(partial(_plan_and_count, index, selector))[0]
    return found


def _ranked(size: int) -> Mapping[str, float]:
    """Time planning and counting of a conjunction of n keys, each on half of the rows."""
    chance = Random(1)
    keys = [f"k{number}" for number in range(512)]
    sets = [{key: "1" for key in keys if chance.random() < 0.5} for _ in range(size // 50)]
    index = LabelIndex(enumerate(sets))
    found = {}
    for n in (8, 64, 512):
        selector = all_of([Exists(key) for key in keys[:n]])
        found[f"{n} keys, plan and count"] = _time(partial(_plan_and_count, index, selector))
        found[f"{n} keys, count"] = _time(index.prepare(selector).count)
    return found


def _order(size: int) -> Mapping[str, float]:
    """Time all queries of benchmarks/cases.py with more than one requirement."""
    index = LabelIndex(enumerate(label_sets(size)))
    found = {}
    for case in CASES:
        if case.text.count(",") > 1 and " in (" not in case.name.partition(",")[0]:
            found[case.name] = _time(index.prepare(case.selector).select)
    return found


def _patch_all(
    index: LabelIndex[Any], key: object, changes: Sequence[Mapping[str, str | None]]
) -> None:
    for each in changes:
        index.patch(key, each)


def _few_changes(_size: int) -> Mapping[str, float]:
    """Time a patch of n of the labels of an item."""
    found = {}
    for labels in (10, 100):
        index = LabelIndex({"a": {f"k{n}": "0" for n in range(labels)}, "b": _BOTH})
        for n in (1, 4, 16, 64):
            changes = [{f"k{number}": value for number in range(n)} for value in ("0", "1")]
            found[f"{n} of {labels} labels"] = _time(partial(_patch_all, index, "a", changes))
    return found


_BOTH: Final = {f"k{n}": "1" for n in range(100)}
"""Keeps the labels that a patch takes off, so that their codes stay."""


_ENVS: Final = ("prod", "staging")


def _settled(size: int) -> Mapping[str, float]:
    """Time a change of a label and a count after it, with a plan that is kept."""
    sets = label_sets(size // 10)
    found = {}
    for case in (CASES[19], CASES[-1]):
        index = LabelIndex(enumerate(sets))
        prepared = index.prepare(case.selector)

        def turn(index: LabelIndex[int] = index, prepared: Query[int] = prepared) -> None:
            for number in range(2_000):
                index.patch(number % 500, {"env": _ENVS[number // 500 % 2]})
                prepared.count()

        found[case.name] = seconds_of(turn) / 2_000
    return found


def _chunks(size: int) -> Mapping[str, float]:
    """Time ranges over a key of a thousand numbers, and changes of such labels."""
    sets = [{"n": str(n % 1000)} for n in range(size)]
    index = LabelIndex(enumerate(sets))
    found = {
        "n>500": _time(index.prepare(parse("n>500")).select),
        "n>500,n<600": _time(index.prepare(parse("n>500,n<600")).select),
    }
    found["set a number"] = _time(partial(_patch_all, index, 1, [{"n": "900"}, {"n": "100"}]))
    index.select("n>5")
    ranges = index.stats().bytes["numbers"]
    return found | {"bytes": ranges}


def _skewed_numbers(size: int) -> Mapping[str, float]:
    """Time ranges over numbers that are on very different numbers of rows, and count the bytes."""
    index = LabelIndex(enumerate(label_sets(size)))
    texts = ("generation<10", "generation>20,generation<200", "port>8000")
    found = {text: _time(index.prepare(parse(text)).select) for text in texts}
    return found | {"bytes": index.stats().bytes["numbers"]}


def _full(size: int) -> Mapping[str, float]:
    """Time looking strings up, and count the bytes of a slot table."""
    items = [f"pod-{n}" for n in range(size)]
    table: value_table.ValueTable[str] = value_table.ValueTable(items)
    for n in range(size):
        table.add(n)
    some = items[:: max(1, size // 1000)]
    return {
        "find": seconds_of(lambda: list(map(table.find, some))) / len(some),
        "find what is not there": seconds_of(lambda: [table.find(i + "!") for i in some])
        / len(some),
        "bytes an item": table.nbytes / size,
    }


def _moved(size: int) -> Mapping[str, float]:
    """Time adding strings one by one, and the longest stop; the fullest that the table became."""
    items = [f"pod-{n}" for n in range(10 * size)]
    table: value_table.ValueTable[str] = value_table.ValueTable(items)
    longest = fullest = 0.0
    start = WALL()
    for n in range(10 * size):
        before = WALL()
        table.add(n)
        longest = max(longest, WALL() - before)
        fullest = max(fullest, table._used / len(table._slots))
    return {
        "add": (WALL() - start) / (10 * size),
        "longest": longest,
        "fullest": fullest,
    }


def _extend(items: list[str], n: int) -> None:
    value_table.ValueTable(items).extend(range(n))


def _bulk(_size: int) -> Mapping[str, float]:
    """Time extending an empty table by n strings."""
    items = [f"pod-{n}" for n in range(1024)]
    found = {}
    for n in (8, 16, 32, 64, 128, 1024):
        found[f"{n} strings"] = _time(partial(_extend, items, n))
    return found


def _rows_of_a_block(size: int) -> Mapping[str, float]:
    """Time a label that is put on a row and taken off; count the bytes of a row."""
    with _set(Constant(row_codes, "BLOCK", (), _bulk), 1 << row_codes._BITS):
        sets = label_sets(size // 10)
        index = LabelIndex(enumerate(sets))
        return {
            "add and remove a label": _time(
                partial(_patch_all, index, 7, [{"extra": "x"}, {"extra": None}])
            ),
            "bytes a row": index.stats().bytes["rows"] / len(sets),
        }


def _small(size: int) -> Mapping[str, float]:
    """Count the bytes of an index, and time adding and removing a label on n rows."""
    index = LabelIndex(enumerate(label_sets(size)))
    found: dict[str, float] = {"bytes of postings": index.stats().bytes["postings"]}
    for n in (8, 16, 32, 64, 128):
        some = LabelIndex((number, {"k": "v"}) for number in range(n))
        some[-1] = {}
        found[f"add and remove, {n} rows"] = _time(
            partial(_patch_all, some, -1, [{"k": "v"}, {"k": None}])
        )
    return found


# Live


def _candidates(size: int) -> Mapping[str, float]:
    """Count the selectors that are tested for a label set, and the selectors that are reviewed.

    For the selectors of `benchmarks.live`, and for selectors whose anchor is a bad one at first.
    """
    some = size // 10
    apps = [f"app-{number}" for number in range(max(1, some // 10))]
    chance = Random(size)
    usual = [labels | {NAME: chance.choice(apps)} for labels in label_sets(2_000)]
    # Of these two labels fewer selectors require the one that all label sets have.
    skewed = {
        n: all_of([parse(f"env=e{n % 25},x!={n}"), Equals("team", f"t{n // 25 % 20}")])
        for n in range(some)
    }
    odd = [{"env": "e0", "team": f"t{n % 1_000}"} for n in range(2_000)]
    found: dict[str, float] = {}
    for name, selectors, sets in (
        ("live", dict(enumerate(live_selectors(some, apps))), usual),
        ("skewed", skewed, odd),
    ):
        index = SelectorIndex(selectors)
        candidates = index._candidates
        reviewed = 0
        review = candidates._review

        def counted(indexed: Any, review: Any = review) -> None:
            nonlocal reviewed
            reviewed += 1
            review(indexed)

        candidates._review = counted  # type: ignore[method-assign]  # to count
        for part, rounds in (("first", 1), ("later", 4)):
            tested = 0
            for labels in sets * rounds:
                tested += sum(map(len, candidates.matrices(labels)))
                candidates.review()
            found[f"count of tested, {name}, {part}"] = tested / (rounds * len(sets))
        found[f"count of reviews, {name}"] = reviewed
    return found


def _match(size: int) -> Mapping[str, float]:
    """Time which of n selectors that require nothing select a label set."""
    index = SelectorIndex({n: parse(f"!k{n % 40},env!=e{n}") for n in range(size // 20)})
    labels = {**{f"k{n}": "" for n in range(40)}, "env": "e1"}
    return {"any_matching": _time(lambda: index.any_matching(labels))}


def _columns(_size: int) -> Mapping[str, float]:
    """Time one matrix of 500 selectors over n keys, for a label set of 10 labels."""
    found = {}
    for n in (5, 10, 20, 40, 80):
        matrix: bit_matrix.BitMatrix[int] = bit_matrix.BitMatrix()
        for number in range(500):
            keys = [f"k{(number + step * 7) % n}" for step in range(3)]
            selector = all_of([Equals(key, f"v{number % 3}") for key in dict.fromkeys(keys)])
            form = restrictions.restrictions_of(selector)
            assert form is not None
            matrix.add(_indexed(selector), form)
        labels = {f"k{number}": "v1" for number in range(10)}
        found[f"{n} columns"] = _time(partial(matrix.matching, labels))
    return found


def _indexed(selector: Selector) -> IndexedSelector[int]:
    return IndexedSelector(selector, restrictions.restrictions_of(selector))


def _cached_values(_size: int) -> Mapping[str, float]:
    """Time 200 selectors with tests for label sets of 2,000 values."""
    index = SelectorIndex({n: StartsWith("k", f"v{n}") for n in range(200)})
    sets = [{"k": f"v{n}"} for n in range(2_000)]
    for labels in sets:
        index.matching(labels)
    seconds = seconds_of(lambda: [index.matching(labels) for labels in sets])
    return {"match": seconds / len(sets)}


def _most_anchors(_size: int) -> Mapping[str, float]:
    """Time adding and matching 1,000 selectors that list n values of one key."""
    found = {}
    for n in (2, 8, 16, 32, 128):
        made = {
            number: all_of(
                [In("k", [f"v{number + step}" for step in range(n)]), Exists(f"x{number % 50}")]
            )
            for number in range(500)
        }
        seconds, index = timed(partial(SelectorIndex, made))
        found[f"{n} values, add"] = seconds / 500
        labels = {"k": "v300", **{f"x{number}": "" for number in range(10)}}
        found[f"{n} values, match"] = _time(partial(index.matching, labels))
    return found


def _update_both(live: LiveIndex[int, int], given: Sequence[Mapping[int, Any]]) -> None:
    for each in given:
        live.update_items(each)


def _items(size: int) -> Mapping[str, float]:
    """Time updates of n items under 300 selectors, one by one (10**9) or all together (0)."""
    sets = label_sets(size // 20)
    apps = list(dict.fromkeys(labels[NAME] for labels in sets))
    made = dict(enumerate(live_selectors(300, apps)))
    found = {}
    for ratio in (1, 2, 3, 5, 10):
        live: LiveIndex[int, int] = LiveIndex(enumerate(sets), made)
        changed = [{**labels, "env": "x"} for labels in sets[: 300 * ratio]]
        given = [dict(enumerate(changed)), dict(enumerate(sets[: 300 * ratio]))]
        seconds = seconds_of(partial(_update_both, live, given))
        found[f"{ratio} items a selector"] = seconds / 2
    return found


# Reasoning


def _compared(_size: int) -> Mapping[str, float]:
    """Time `simplify` of an Or of n conjunctions."""
    found = {}
    for n in (8, 16, 32, 64):
        terms = [
            all_of([Equals("a", str(k % 5)), Equals("b", str(k)), Exists(f"c{k % 3}")])
            for k in range(n)
        ]
        found[f"{n} terms"] = timed(partial(simplify, any_of(terms)))[0]
    return found


def _branch(_size: int) -> Mapping[str, float]:
    """Time a question of n branches and the steps that it counts."""
    found = {}
    for n in (6, 8, 10):
        ors = [any_of([Equals(f"k{k}", "a"), Equals(f"k{k}", "b")]) for k in range(n)]
        never = all_of(
            [
                *ors,
                any_of([Equals("z", "1") & Equals("z", "2"), Equals("y", "1") & Equals("y", "2")]),
            ]
        )
        found[f"{n} ors"] = timed(partial(overlaps, never, Exists("q")))[0]
        budget = Budget()
        decide.is_possible([(never, True), (Exists("q"), True)], budget)
        found[f"steps, {n} ors"] = Budget().left - budget.left
    return found


def _ends(_size: int) -> Mapping[str, float]:
    """Time adding a number to 256 numbers of 16 bits, with numpy and in a loop."""
    ends = array("H", range(256))

    def loop() -> None:
        for number in range(256):
            ends[number] = ends[number] + 1 & 0xFFFF

    def vector() -> None:
        view = np.frombuffer(ends, dtype=np.uint16)
        view += np.uint16(1)

    return {"numpy": _time(vector), "loop": _time(loop)}


def _plan_by_values(requirement: Requirement, some: store.LabelStore) -> object:
    column = some.columns[requirement.key]
    return planner._plan_values(values_of(requirement), [requirement], column, some)


def _short_cut(_size: int) -> Mapping[str, float]:
    """Time the plan of a requirement, with the short cut and by its set of values."""
    index = LabelIndex({n: {"k": f"v{n}"} for n in range(100)})
    store_ = index._store
    found = {}
    for requirement in (Equals("k", "v1"), Exists("k"), In("k", ["v1", "v2"])):
        found[f"{requirement}"] = _time(partial(planner._plan_requirement, requirement, store_))
        found[f"{requirement}, values"] = _time(partial(_plan_by_values, requirement, store_))
    return found


def _plan_size(_size: int) -> Mapping[str, float]:
    """Count the bytes that a part of a plan takes: of values that a text lists, of requirements."""
    index = LabelIndex({n: {"n": f"v{n}", f"k{n}": ""} for n in range(3_000)})
    found = {}
    for name, text in (
        ("listed value", "n in (" + ",".join(f"v{n}" for n in range(1_000)) + ")"),
        ("requirement", ",".join(f"k{n}" for n in range(1_000))),
    ):
        clear_cache()
        tracemalloc.start()
        index.count(text)
        clear_cache()
        gc.collect()
        found[f"bytes a {name}"] = tracemalloc.get_traced_memory()[0] / 1_000
        tracemalloc.stop()
    return found


def _plans(_size: int) -> Mapping[str, float]:
    """Time the count of a text that is new, with a cache that is full, and of one that is kept."""
    index = LabelIndex({n: {"k": f"v{n}"} for n in range(100)})
    texts = iter(f"k=v{n},x!=y" for n in count())
    for _ in range(1_024):
        index.count(next(texts))
    return {
        "new": seconds_of(lambda: index.count(next(texts)), 1_000),
        "kept": _time(lambda: index.count("k=v1,x!=y")),
    }


def _arrow(size: int) -> Mapping[str, float]:
    """Time an index from an Arrow table of ten columns."""
    import pyarrow as pa  # noqa: PLC0415  # an extra

    chance = Random(1)
    table = pa.table(
        {
            f"k{n}": [f"v{chance.randrange(10 ** (1 + n // 2))}" for _ in range(size)]
            for n in range(10)
        }
    )
    return {"from_arrow": timed(lambda: LabelIndex.from_arrow(table))[0]}


CONSTANTS: Final[Mapping[str, Constant]] = {
    "in-place": Constant(steps, "DENSE", (0.0, 1 / 16, 1.0), _in_place),
    "few-rows": Constant(steps, "_FEW_ROWS", (0, 128, 1024, 10**9), _few_rows),
    "few": Constant(postings, "SMALL", (64,), _few),
    "copy": Constant(postings, "SMALL", (64,), _copies),
    "arrays": Constant(postings, "SMALL", (64,), _arrays),
    "collector": Constant(collector, "_MANY", (1000, 10**9), _collector),
    "cluster": Constant(clustering, "_BITS", (0, 16, 64), _clustered),
    "single": Constant(steps, "_MAX_SINGLE", (0, 4, 8, 16), _single),
    "tests": Constant(planner, "MAX_TESTED_VALUES", (0, 10_000, 10**6), _tested),
    "ranked": Constant(planner, "_RANKED", (1, 4, 8, 32), _ranked),
    "bit": Constant(planner, "_BIT", (1 / 1024, 1 / 64, 1 / 4), _order),
    "listed": Constant(planner, "_LISTED", (0, 3, 10), _order),
    "short-cut": Constant(planner, "_RANKED", (8,), _short_cut),
    "plan-size": Constant(plan_cache, "MAX_CACHED_PLAN_PARTS", (2**16,), _plan_size),
    "plans": Constant(plan_cache, "MAX_CACHED_PLANS", (16, 256, 1024), _plans),
    "patch": Constant(row_changes, "_MAX_SINGLE", (0, 4, 16, 64), _few_changes),
    "replan": Constant(query, "_REPLAN_AFTER", (16, 256, 1024, 4096), _settled),
    "chunks": Constant(numeric_ranges, "_CHUNKS", (8, 32, 128), _chunks),
    "chunk-rows": Constant(numeric_ranges, "_MIN_ROWS", (1, 1024, 10**9), _skewed_numbers),
    "load": Constant(value_table, "_MAX_LOAD", (0.5, 0.65, 0.8), _full),
    "moved": Constant(value_table, "_MOVED_SLOTS", (5, 8, 32), _moved),
    "bulk": Constant(value_table, "_MIN_BULK", (1, 16, 32, 64, 2_000), _bulk),
    "block": Constant(row_codes, "_BITS", (6, 8, 10), _rows_of_a_block),
    "ends": Constant(row_codes, "BLOCK", (256,), _ends),
    "small": Constant(postings, "SMALL", (16, 64, 256), _small),
    "arrow-rows": Constant(arrow, "ROWS", (2**12, 2**14, 2**20), _arrow),
    "prior-lookups": Constant(
        candidate_index, "_PRIOR_LOOKUPS", (1, 8, 32, 128, 1024), _candidates
    ),
    "sampling": Constant(candidate_index, "_SAMPLING", (1, 7, 31), _candidates),
    "review-after": Constant(candidate_index, "_REVIEW_AFTER", (8, 64, 512), _candidates),
    "min-gain": Constant(candidate_index, "_MIN_GAIN", (1.01, 1.5, 2, 4), _candidates),
    "matrix-size": Constant(bit_matrix, "SIZE", (64, 1024, 4096, 8192), _match),
    "columns": Constant(bit_matrix, "_MAX_COLUMNS_PER_LABEL", (0, 1, 2, 4, 100), _columns),
    "cached-values": Constant(bit_matrix, "_MAX_CACHED_VALUES", (64, 4096), _cached_values),
    "max-anchors": Constant(restrictions, "_MAX_ANCHORS", (1, 16, 256), _most_anchors),
    "items": Constant(live_index, "_ITEMS_PER_SELECTOR", (0, 10**9), _items),
    "compared": Constant(simplification, "MAX_COMPARED_TERMS", (32, 64), _compared),
    "per-branch": Constant(decide, "_PER_BRANCH", (5,), _branch),
}
"""The constants by the name that the command takes."""


def _cell(column: str, value: float) -> str:
    return (
        f"{value:,.4g}"
        if column.startswith(("bytes", "count", "steps", "fullest"))
        else duration(value)
    )


def grid(name: str, size: int, rounds: int = 3) -> Grid:
    """Measure a constant and draw what came out."""
    constant = CONSTANTS[name]
    found = measure_values(constant, size, rounds)
    module = constant.module.__name__.removeprefix("labelsel.")
    columns = list(next(iter(found.values())))
    made = Grid(f"{module}.{constant.name}", ("value", *columns))
    for value, taken in found.items():
        mark = "*" if value == constant.chosen else ""
        cells = (_cell(name, taken[name]) for name in columns)
        made.rows.append((f"{value:,.6g}{mark}", *cells))
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the constants that are named, or all, and print a table for each."""
    parser = documented_parser("benchmarks.constants", __doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CONSTANTS))
    parser.add_argument("--size", type=int, default=100_000, help="label sets (100000)")
    parser.add_argument("--rounds", type=int, default=5, help="of which the least counts (5)")
    given = parser.parse_args(arguments)
    for name in given.names or CONSTANTS:
        print(grid(name, given.size, given.rounds).markdown(), flush=True)
    return 0


if __name__ == "__main__":
    # The constants are those of the pure Python code; the compiled core has its own copies.
    if core_info().name == "compiled":
        command = [sys.executable, "-m", "benchmarks.constants", *sys.argv[1:]]
        os.execve(sys.executable, command, os.environ | {"LABELSEL_PURE": "1"})  # noqa: S606
    sys.exit(main())
