"""A subscriber that changes the index: what it keeps of the pairs is always what matches.

Its change is interrupted, and the subscriber catches that and goes on. Or a call comes out of the
middle of its change: it is refused and changes nothing, or it is made before or after the change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any, ClassVar, TypeAlias

import pytest

from labelsel import LiveIndex
from labelsel.index.contents import Fork
from tests.interrupts import Interrupt, at_each, call_at, check_locks
from tests.properties.test_calls_in_changes import some
from tests.properties.test_interrupted_changes import Change, mirror_of, pairs_of

At: TypeAlias = Callable[[int, Callable[[], object], Callable[[], object]], bool]
"""Runs a function and calls another one at a step of it; returns whether there was such a step."""


class Key(str):
    """A key that calls a function when it is hashed or compared for the n-th time."""

    __slots__ = ()
    left: ClassVar[int] = 0
    call: ClassVar[Callable[[], object]]

    def __hash__(self) -> int:
        self.use()
        return str.__hash__(self)

    def __eq__(self, other: object) -> bool:
        self.use()
        return str.__eq__(self, other)

    @classmethod
    def use(cls) -> None:
        """Call the function if this is the n-th use."""
        cls.left -= 1
        if cls.left == 0:
            cls.call()


def call_by_key(step: int, function: Callable[[], object], hook: Callable[[], object]) -> bool:
    """Run a function; call another one out of the step-th use of a key, as `call_at`."""
    Key.left, Key.call = step, staticmethod(hook)
    try:
        function()
        return Key.left <= 0
    finally:
        Key.left = 0


CHANGES: dict[str, Change] = {
    "set_item": lambda live: live.set_item(Key("x"), {"b": "1"}),
    "remove_item": lambda live: live.remove_item(Key("x")),
    "update_items": lambda live: live.update_items({Key("x"): {"b": "1"}, "w": {"a": "1"}}),
    "update_items together": lambda live: live.update_items(
        {Key("x"): {"b": "1"}, **{f"w{n}": {"a": "1"} for n in range(20)}}
    ),
    "set_selector": lambda live: live.set_selector(Key("k"), "b=1"),
    "remove_selector": lambda live: live.remove_selector(Key("k")),
    "update_selectors": lambda live: live.update_selectors({Key("k"): "b=1", "q": "a=1"}),
    "compact": lambda live: live.compact(),
}

CALLS: dict[str, Change] = {
    "set_item": lambda live: live.set_item("x", {"c": "1"}),
    "remove_item": lambda live: live.remove_item("x"),
    "update_items": lambda live: live.update_items({f"m{n}": {"a": "1"} for n in range(50)}),
    "set_selector": lambda live: live.set_selector("k", "c=1"),
    "remove_selector": lambda live: live.remove_selector("k"),
}


def subscribed(first: Callable[[], object]) -> tuple[LiveIndex[str, str], set[tuple[str, str]]]:
    """Return an index, and the pairs as a subscriber keeps them that calls a function once."""
    live = LiveIndex({Key("x"): {"a": "1"}, "y": {}}, {Key("k"): "a=1", "t": "go"})
    pairs = mirror_of(live)
    left = [first]
    live.subscribe(lambda _: left and left.pop()())
    return live, pairs


def contents(live: LiveIndex[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the items and the selectors."""
    return dict(live.items), dict(live.selectors)


@cache
def after(*changes: Change) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the contents after changes of a subscriber."""
    live, _ = subscribed(lambda: [some(change, live) for change in changes])
    live.set_item("y", {"go": "1"})
    return contents(live)


def check_contents(
    live: LiveIndex[str, str], pairs: set[tuple[str, str]], orders: Iterable[Iterable[Change]]
) -> None:
    """Check that a subscriber has what matches, and that changes were made in one of the orders."""
    check_locks()
    assert pairs == pairs_of(live)
    assert contents(live) in [after(*changes) for changes in orders]
    live.check_invariants()


def made(call: Change, live: LiveIndex[str, str], refused: list[RuntimeError]) -> None:
    """Make a call; note that it was refused."""
    try:
        some(call, live)
    except RuntimeError as error:
        refused.append(error)


def check_call(at: At, change: Change, call: Change, step: int) -> bool:
    """Make a call at a step of a change whose subscriber makes another one.

    Returns whether there was such a step.
    """
    refused: list[RuntimeError] = []
    live, pairs = subscribed(lambda: some(change, live))
    first = partial(live.set_item, "y", {"go": "1"})
    if not at(step, first, lambda: made(call, live, refused)):
        return False
    check_contents(live, pairs, [[change]] if refused else [[change, call], [call, change]])
    return True


def check_interrupt(at: At, change: Change, call: Change, step: int) -> bool:
    """Interrupt a subscriber's change, and let it make another one; return whether it was."""
    interrupted: list[Interrupt] = []

    def interrupt() -> None:
        raise Interrupt

    def first() -> None:
        try:
            at(step, lambda: some(change, live), interrupt)
        except Interrupt as error:
            interrupted.append(error)
        some(call, live)

    live, pairs = subscribed(first)
    live.set_item("y", {"go": "1"})
    check_contents(live, pairs, [[change, call], [call]] if interrupted else [[change, call]])
    return bool(interrupted)


CHECKS = {"called": check_call, "interrupted": check_interrupt}


def check_all(check: str, at: At, change: str, call: str, every: int) -> None:
    """Check some steps of a change and a call."""
    assert at_each(every, partial(CHECKS[check], at, CHANGES[change], CALLS[call]))


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("change", CHANGES)
def test_some_steps(check: str, change: str) -> None:
    """Each use of a key, and some instructions, of each change with each call."""
    for call in CALLS:
        check_all(check, call_by_key, change, call, 5)
        check_all(check, call_at, change, call, 1999)


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("call", CALLS)
def test_many_steps(check: str, change: str, call: str) -> None:
    """Each use of a key, and many instructions."""
    check_all(check, call_by_key, change, call, 1)
    check_all(check, call_at, change, call, 499)


@pytest.mark.parametrize("change", CHANGES)
def test_the_whole_change_is_closed(change: str) -> None:
    """No call is let in between its first step and its last one, whatever the step is about."""
    was_refused: list[bool] = []

    def check(step: int) -> bool:
        refused: list[RuntimeError] = []
        is_step: list[bool] = []

        def first() -> None:
            make = partial(some, CHANGES[change], live)
            hook = partial(made, CALLS["set_item"], live, refused)
            is_step.append(call_at(step, make, hook, of="labelsel.live.live_index"))

        live, _ = subscribed(first)
        live.set_item("y", {"go": "1"})
        was_refused.append(bool(refused))
        return is_step == [True]

    assert at_each(11, check)
    letters = "".join("r" if each else "." for each in was_refused)
    assert re.fullmatch(r"\.+r+\.+", letters)


QUESTIONS: dict[str, Change] = {
    "an item": lambda live: live.items["x"],
    "a selector": lambda live: live.selectors["k"],
    "selected_by": lambda live: live.selected_by("x"),
    "selection": lambda live: live.selection("k"),
}


def check_question(question: Change, call: Change, step: int) -> bool:
    """Make a call at a step of a question that repairs both parts; return whether there was one."""
    live, pairs = subscribed(lambda: None)
    live.set_item("y", {"go": "1"})
    live._items._contents.note = Fork()
    live._selectors._note = {}
    refused: list[RuntimeError] = []
    if not call_at(step, lambda: some(question, live), lambda: made(call, live, refused)):
        return False
    check_contents(live, pairs, [[]] if refused else [[call]])
    return True


@pytest.mark.parametrize("question", QUESTIONS)
def test_calls_in_questions(question: str) -> None:
    """A change may need both parts, and a question is in the middle of one of them."""
    for call in CALLS.values():
        assert at_each(1499, partial(check_question, QUESTIONS[question], call))
