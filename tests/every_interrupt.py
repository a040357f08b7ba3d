"""``python -m tests.every_interrupt``: every point of every change, with an exception there.

The suite tries a sample of the points (`tests/properties/test_interrupted_changes.py`); this tries
all of them, with the same checks: after the exception the structure is whole, and the change is
done or not done. Kinds of exceptions:

instruction   before each instruction of labelsel that a change runs, as KeyboardInterrupt
key           out of each use of a key's hash and equality
memory        the n-th allocation fails, for each n
subscriber    as instruction, while a subscriber changes the index once more

With ``--minutes`` each change has the same share of the time; what one leaves is for the others.
First come points far from each other, then those in the middle between them, and so on: when the
time is over points of all parts of the change were tried. Each change gets one point at least.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from itertools import count
from typing import Any, Final, TypeAlias

from benchmarks.options import positive_float
from labelsel import LiveIndex, core_info
from labelsel.index import label_index as label_index_module
from labelsel.kubernetes.inventory import inventory as inventory_module
from labelsel.live import selector_index as selector_index_module
from tests.properties import test_interrupted_changes as changes

__all__ = ["CASES", "Case", "Result", "main", "run"]

Check: TypeAlias = Callable[[int], bool]
"""Makes a change with an exception at a point. Returns whether there was such a point."""


@dataclass(frozen=True, slots=True)
class Case:
    """A change, and a kind of exception.

    Attributes:
        check: fails if the structure is not whole.
        is_aside: whether loads are made in a copy, however small they are.
    """

    check: Check
    is_aside: bool = False


@dataclass(slots=True)
class Result:
    """What was tried.

    Attributes:
        points: how many points.
        broken: how many of them left a structure broken.
        first: the first of these.
        every: one of so many points was tried, 0 if not even one of `_FARTHEST`.
    """

    points: int = 0
    broken: int = 0
    first: str = ""
    every: int = 0


def _no_memory(
    make: Callable[[], Any], change: changes.Change, same: Callable[[Any], Any], number: int
) -> bool:
    """Let the n-th allocation of a change fail; return whether it has so many."""
    testing = import_module("_testcapi")
    structure, changed = make(), make()
    was = same(structure)
    change(changed)
    has_failed = False
    try:
        testing.set_nomemory(number, number + 1)
        change(structure)
    except (MemoryError, SystemError):  # numpy may not say which error it is
        has_failed = True
    finally:
        testing.remove_mem_hooks()
    if hasattr(structure, "check_invariants"):
        structure.check_invariants()
    assert same(structure) in (was, same(changed))
    return has_failed or number < _LEAST


_FARTHEST: Final = 1024
"""How far the points are from each other that are tried first: a power of two."""

_LEAST: Final = 60
"""Allocations that are tried at least: some fail without an error, where Python does without."""


def _cases() -> Iterator[tuple[str, Case]]:
    loads = {"update", "update an empty index", "update rows", "compact"}
    for name, (make, change) in changes.INDEX_CHANGES.items():
        check = partial(changes.check_index, make, change)
        yield f"instruction, LabelIndex: {name}", Case(check)
        if name in loads - {"compact"}:
            yield f"instruction, LabelIndex: {name} in a copy", Case(check, is_aside=True)
        if name not in changes.BY_NUMPY:
            yield f"memory, LabelIndex: {name}", Case(partial(_no_memory, make, change, dict))
    for name, change in changes.SELECTOR_CHANGES.items():
        check = partial(changes.check_selectors, change)
        yield f"instruction, SelectorIndex: {name}", Case(check)
        if name == "update":
            yield f"instruction, SelectorIndex: {name} in a copy", Case(check, is_aside=True)
        check = partial(_no_memory, changes.selector_index, change, dict)
        yield f"memory, SelectorIndex: {name}", Case(check)
    for name, change in changes.LIVE_CHANGES.items():
        yield f"instruction, LiveIndex: {name}", Case(partial(changes.check_live, change))
        check = partial(changes.check_subscriber, change)
        yield f"subscriber that changes the index, LiveIndex: {name}", Case(check)
    for name, change in changes.INVENTORY_CHANGES.items():
        check = partial(changes.check_inventory, change)
        yield f"instruction, Inventory: {name}", Case(check)
        yield f"instruction, Inventory: {name} in a copy", Case(check, is_aside=True)
    for name, (make, change) in changes.BAD_KEY_CHANGES.items():
        yield f"key, {name}", Case(partial(changes.check_bad_key, make, change))


def _questions() -> Iterator[tuple[str, Case]]:
    for name, question in changes.INDEX_QUESTIONS.items():
        for make in (changes.label_index, changes.asked_index):
            check = partial(changes.check_question, make, question)
            yield f"question, {make.__name__}: {name}", Case(check)


def _pure_cases() -> Iterator[tuple[str, Case]]:
    """Yield the cases of memory for the pure Python code alone.

    Without memory Cython makes a broken object for the traceback of a call that has a compiled
    function in the middle, and Python ends when it reads that.
    """
    for name, change in changes.LIVE_CHANGES.items():
        check = partial(_no_memory, changes.live_index, change, _live_contents)
        if name != "compact":
            yield f"memory, LiveIndex: {name}", Case(check)
    for name, change in changes.INVENTORY_CHANGES.items():
        check = partial(_no_memory, changes.inventory, change, changes.contents)
        if name != "compact":
            yield f"memory, Inventory: {name}", Case(check)


def _live_contents(live: LiveIndex[Any, Any]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    return dict(live.items), dict(live.selectors)


CASES: Final = (
    dict(_cases())
    | dict(_questions())
    | (dict(_pure_cases()) if core_info().name == "pure" else {})
)
"""Every case by name."""


def run(case: Case, seconds: float = math.inf, every: int = 1) -> Result:
    """Try the points of a case, one of so many, or fewer if the time is over; at least one."""
    result = Result()
    modules: tuple[Any, ...] = (label_index_module, selector_index_module, inventory_module)
    before = [each._LOAD for each in modules]
    if case.is_aside:
        for each in modules:
            # The copy of a SelectorIndex begins with an update of nothing, which is made in place.
            each._LOAD = 1 if each is selector_index_module else 0
    until = time.monotonic() + seconds
    try:
        distance = _FARTHEST
        while distance >= every:
            # The points between those that were tried; at first all that are so far apart.
            is_first = distance == _FARTHEST
            points = count(1, distance) if is_first else count(1 + distance, 2 * distance)
            for point in points:
                if result.points and time.monotonic() >= until:
                    return result
                if not _is_tried(case, point, result):
                    break
            result.every = distance
            distance //= 2
        return result
    finally:
        for each, load in zip(modules, before, strict=True):
            each._LOAD = load


def _is_tried(case: Case, point: int, result: Result) -> bool:
    try:
        there_is = case.check(point)
    except Exception:  # noqa: BLE001  # whatever it is, the structure is broken
        result.broken += 1
        result.first = result.first or f"point {point}\n{traceback.format_exc()}"
        there_is = True
    result.points += there_is
    return there_is


def main(arguments: Sequence[str]) -> int:
    """Try all points, and print how many there are and how many leave something broken."""
    parser = argparse.ArgumentParser(description="Interrupt every change at every point.")
    parser.add_argument(
        "--minutes", type=positive_float, default=math.inf, help="default: every point"
    )
    parser.add_argument("--only", default="", help="the cases whose names begin so")
    options = parser.parse_args(arguments)
    names = [name for name in CASES if name.startswith(options.only)]
    if not names:
        parser.error(f"no case has a name that begins with {options.only!r}")
    until = time.monotonic() + 60 * options.minutes
    points = broken = sampled = 0
    for number, name in enumerate(names):
        result = run(CASES[name], (until - time.monotonic()) / (len(names) - number))
        points, broken = points + result.points, broken + result.broken
        sampled += result.every != 1
        left = {0: f", fewer than one of {_FARTHEST}", 1: ""}.get(
            result.every, f", one of {result.every} at least"
        )
        print(f"{name}: {result.points} points{left}, {result.broken} broken", flush=True)
        if result.first:
            print(result.first, flush=True)
    print(
        f"== {points:,} points of {len(names)} changes, {core_info()}, {sampled} of them"
        f" sampled: {broken} broken"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
