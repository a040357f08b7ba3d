"""A call out of the middle of a change, as a signal handler or a finalizer makes it.

It is refused with RuntimeError, or it is made before or after the change. Either way the structure
is whole, and no change is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from labelsel import LabelIndex, LiveIndex, SelectorIndex, parse
from tests.interrupts import at_each, call_at, check_locks
from tests.properties import test_interrupted_changes as changes
from tests.properties.test_interrupted_changes import Change, pod

Same = Callable[[Any], object]

INDEX_CALLS: dict[str, Change] = {
    "len": len,
    "count": lambda index: index.count("app!=a1"),
    "select": lambda index: list(index.select("n>0")),
    "set": lambda index: index.__setitem__("k2", {"hook": "1"}),
    "set a new key": lambda index: index.__setitem__("hook", {"hook": "1"}),
    "delete": lambda index: index.pop("k1", None),
    "update": lambda index: index.update({"k1": {"hook": "3"}, "u1": {"hook": "3"}}),
    "compact": lambda index: index.compact(),
}

SELECTOR_CALLS: dict[str, Change] = {
    "len": len,
    "matching": lambda index: index.matching({"app": "a1", "n": "4"}),
    "set": lambda index: index.__setitem__("s1", "hook"),
    "delete": lambda index: index.pop("s2", None),
    "clear": lambda index: index.clear(),
}

INVENTORY_CALLS: dict[str, Change] = {
    "kinds": lambda here: here.kinds(),
    "select": lambda here: here.select("pods", fields="metadata.name=p1"),
    "add": lambda here: here.apply({"type": "ADDED", "object": pod("hook")}),
}


def some(change: Change, structure: Any) -> bool:
    """Make a change; return whether there was something to change."""
    try:
        change(structure)
    except KeyError:
        return False
    return True


def check_call(
    make: Callable[[], Any], change: Change, call: Change, contents: Same, step: int
) -> bool:
    """Make a call in the middle of a change; return whether there was such a step."""
    expected = []
    for order in ((change,), (change, call), (call, change)):
        structure = make()
        for each in order:
            some(each, structure)
        expected.append(contents(structure))
    structure = make()
    refused: list[str] = []

    def hook() -> None:
        try:
            some(call, structure)
        except RuntimeError as error:
            refused.append(str(error))

    if not call_at(step, lambda: some(change, structure), hook):
        return False
    check_locks()
    now = contents(structure)
    assert now in (expected[:1] if refused else expected[1:])
    assert all(
        each.startswith("this call came out of the middle of another call") for each in refused
    )
    if hasattr(structure, "check_invariants"):
        structure.check_invariants()
    return True


CASES: dict[str, tuple[Callable[[], Any], Change, Change, Same]] = {
    **{
        f"LabelIndex, {name}: {call}": (*changes.INDEX_CHANGES[name], INDEX_CALLS[call], dict)
        for name in ("set a new key", "set", "delete", "patch", "exchange", "update", "compact")
        for call in INDEX_CALLS
    },
    **{
        f"SelectorIndex, {name}: {call}": (
            changes.selector_index,
            changes.SELECTOR_CHANGES[name],
            SELECTOR_CALLS[call],
            dict,
        )
        for name in ("set", "set a new key", "delete", "delete a branched one", "update", "clear")
        for call in SELECTOR_CALLS
    },
    **{
        f"Inventory, {name}: {call}": (
            changes.inventory,
            changes.INVENTORY_CHANGES[name],
            INVENTORY_CALLS[call],
            changes.contents,
        )
        for name in ("add", "update", "label", "replace")
        for call in INVENTORY_CALLS
    },
}


#: One change of each structure, with a question and with a change in the middle.
FEW = (
    *("LabelIndex, set: count", "LabelIndex, set: set a new key", "LabelIndex, update: select"),
    *("SelectorIndex, set: matching", "SelectorIndex, delete: set"),
    *("Inventory, add: select", "Inventory, add: add"),
)


@pytest.mark.parametrize("name", FEW)
def test_a_call_in_a_change(name: str) -> None:
    """Some steps of some changes."""
    every = 1999 if name.startswith("Inventory") else 199
    assert at_each(every, lambda step: check_call(*CASES[name], step))


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_call_in_each_change(name: str) -> None:
    """Some steps of each change."""
    every = 211 if name.startswith("Inventory") else 41
    assert at_each(every, lambda step: check_call(*CASES[name], step))


def test_a_question_whose_index_changes() -> None:
    """A change in the middle of a question: later questions see it."""

    def check(step: int) -> bool:
        index = changes.asked_index()

        def hook() -> None:
            with suppress(RuntimeError):
                index["k1"] = {"app": "a1", "n": "17"}
                index["hook"] = {"app": "a1"}

        is_called = call_at(step, lambda: index.select(changes.QUERY), hook)
        for text in (changes.QUERY, "app=a1", "n>2"):
            expected = [key for key, labels in index.items() if parse(text).matches(labels)]
            assert list(index.select(text)) == expected
        index.check_invariants()
        return is_called

    assert at_each(41, check)


class CallingKey(str):
    """A key that makes a call when it is hashed."""

    __slots__ = ("call",)

    def __init__(self, _name: str) -> None:
        self.call: Callable[[], object] | None = None

    def __hash__(self) -> int:
        if self.call is not None:
            self.call()
        return str.__hash__(self)

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other)


def live_contents(live: Any) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Return the items and the selectors."""
    return dict(live.items), dict(live.selectors)


#: Each change, and a question that hashes a key while it holds the lock of the structure.
KEY_CASES: dict[str, tuple[Callable[[], Any], str, Change, Callable[[Any, Any], object], Same]] = {
    **{
        f"LabelIndex: {name}": (make, "k1", change, LabelIndex.__getitem__, dict)
        for name, (make, change) in changes.INDEX_CHANGES.items()
        if make is changes.label_index
    },
    **{
        f"SelectorIndex: {name}": (
            changes.selector_index, "s1", change, SelectorIndex.__getitem__, dict
        )
        for name, change in changes.SELECTOR_CHANGES.items()
    },
    **{
        f"LiveIndex: {name}": (
            changes.live_index, "k1", change, LiveIndex.selected_by, live_contents
        )
        for name, change in changes.LIVE_CHANGES.items()
    },
}  # fmt: skip


@pytest.mark.parametrize("name", KEY_CASES)
def test_a_change_out_of_a_key(name: str) -> None:
    """A key that changes the structure while it is looked up: refused, and nothing is changed."""
    make, held, change, ask, contents = KEY_CASES[name]
    structure = make()
    before = contents(structure)
    key = CallingKey(held)
    key.call = lambda: change(structure)
    with pytest.raises(RuntimeError, match="this call came out of the middle of another call"):
        ask(structure, key)
    assert contents(structure) == before
    structure.check_invariants()
    check_locks()
