"""`LiveIndex`: items and selectors that change, and the pairs that each change starts and stops."""

import copy
import functools
import pickle
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import FrozenInstanceError
from typing import Any, ClassVar, TypeAlias

import pytest

from labelsel import (
    Change,
    Equals,
    Everything,
    LiveIndex,
    Nothing,
    Or,
    Pairs,
    Selection,
    Selector,
    SelectorSyntaxError,
    parse,
)
from labelsel.index.postings import SMALL
from labelsel.selector import holds
from tests.interrupts import at_each, at_signals, call_at, check_locks

Live: TypeAlias = LiveIndex[Any, Any]
Pair: TypeAlias = tuple[Any, Any]

ITEMS: Mapping[str, dict[str, str]] = {
    "web-1": {"app": "web", "env": "prod"},
    "web-2": {"app": "web", "env": "dev"},
    "db-1": {"app": "db"},
    "bare": {},
}
SELECTORS: Mapping[str, str] = {
    "web": "app=web",
    "prod": "env=prod",
    "any": "",
    "no env": "!env",
    "either": "app in (web,db),env!=dev",
}


@pytest.fixture
def live() -> Live:
    """Four items and five selectors."""
    return LiveIndex(ITEMS, SELECTORS)


def matches(live: Live) -> set[Pair]:
    """Return the pairs that match, as each selector says of each item."""
    live.check_invariants()
    return {
        (item, key)
        for item, labels in live.items.items()
        for key, selector in live.selectors.items()
        if holds(selector, labels)
    }


def of(change: Change[Any, Any]) -> tuple[set[Pair], set[Pair]]:
    """Return what a change started and stopped; each pair is there once."""
    for pairs in (change.started, change.stopped):
        assert len(list(pairs)) == len(set(pairs)) == len(pairs)
        assert all(pair in pairs for pair in list(pairs))
        assert bool(pairs) == (len(pairs) > 0)
    assert bool(change) == bool(set(change.started) | set(change.stopped))
    return set(change.started), set(change.stopped)


def seen(live: Live, make: Callable[[], Change[Any, Any]]) -> Change[Any, Any]:
    """Make a change; see that it says the difference between before and after, and no more."""
    before = matches(live)
    change = make()
    after = matches(live)
    assert of(change) == (after - before, before - after)
    for item in live.items:
        assert live.selected_by(item) == {key for some, key in after if some == item}
    for key in live.selectors:
        assert set(live.selection(key)) == {item for item, some in after if some == key}
    return change


# Pairs and changes.


@pytest.fixture
def pairs() -> Pairs[str, str]:
    return Pairs([(["a", "b"], {"x": None, "y": None}), (("c",), ["x"])])


def test_pairs_are_a_set(pairs: AbstractSet[tuple[str, str]]) -> None:
    """All that a set does for reading."""
    expected = {("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("c", "x")}
    assert isinstance(pairs, AbstractSet)
    assert (len(pairs), bool(pairs), repr(pairs)) == (5, True, "<5 pairs>")
    assert sorted(pairs) == sorted(expected)
    assert pairs == expected == pairs
    assert pairs != expected - {("c", "x")}
    assert pairs != expected - {("c", "x")} | {("c", "y")}
    assert pairs == Pairs([(["a", "b", "c"], ["x"]), (["a", "b"], ["y"])])
    assert pairs & {("a", "x"), ("c", "y")} == {("a", "x")}
    assert pairs - {("a", "x")} == expected - {("a", "x")}
    assert pairs | {("d", "z")} == expected | {("d", "z")}
    assert isinstance(pairs & pairs, set)
    assert pairs <= expected
    assert pairs.isdisjoint({("c", "y")})


@pytest.mark.parametrize(
    "other", [("c", "y"), ("d", "x"), ("x", "a"), ("a",), ("a", "x", "y"), ["a", "x"], "ax", None]
)
def test_what_is_not_among_pairs(pairs: Pairs[str, str], other: object) -> None:
    assert other not in pairs
    assert ("c", "x") in pairs


@pytest.mark.parametrize("rectangles", [[], [([], ["x"])], [(["a"], []), ([], [])]])
def test_no_pairs(rectangles: Sequence[Any]) -> None:
    """Rectangles without pairs are none."""
    none: Pairs[str, str] = Pairs(rectangles)
    assert not none & {("a", "x")}
    assert (len(none), bool(none), list(none)) == (0, False, [])
    assert not Change(none, none)


def test_one_pair_among_empty_rectangles() -> None:
    assert Pairs([([], ["x"]), (["a"], ["x"])])


def test_a_change_is_a_value(pairs: Pairs[str, str]) -> None:
    """Equal where it did the same, true where it did anything, and never changed."""
    nothing: Change[str, str] = Change()
    assert not nothing
    assert (len(nothing.started), len(nothing.stopped)) == (0, 0)
    assert Change(started=pairs)
    assert Change(stopped=pairs)
    same = Pairs([(["a"], ["x", "y"]), (["b"], ["y", "x"]), (["c"], ["x"])])
    assert Change(pairs) == Change(same, Pairs())
    assert Change(pairs) != Change(stopped=pairs)
    assert Change(pairs) != nothing
    with pytest.raises(FrozenInstanceError):
        nothing.started = pairs  # type: ignore[misc]


# What each call does.


def test_what_there_is(live: Live) -> None:
    """Items and selectors as they were given, texts parsed; not to be changed from outside."""
    assert repr(live) == "<LiveIndex of 4 items and 5 selectors>"
    assert live.items == ITEMS
    assert live.selectors == {key: parse(text) for key, text in SELECTORS.items()}
    assert (list(live.items), list(live.selectors)) == (list(ITEMS), list(SELECTORS))
    assert repr(LiveIndex()) == "<LiveIndex of 0 items and 0 selectors>"
    for view in (live.items, live.selectors):
        for change in ("__setitem__", "__delitem__", "update", "clear", "pop"):
            assert not hasattr(view, change)
    live.items["web-1"]["app"] = "db"  # type: ignore[index]  # a copy
    assert live.items == ITEMS
    views = live.items, live.selectors
    live.set_item("new", None)
    live.remove_selector("any")
    assert ("new" in views[0], "any" in views[1]) == (True, False)


def test_what_matches(live: Live) -> None:
    """By item and by selector."""
    assert live.selected_by("web-1") == {"web", "prod", "any", "either"}
    assert live.selected_by("bare") == {"any", "no env"}
    selection = live.selection("web")
    assert isinstance(selection, Selection)
    assert list(selection) == ["web-1", "web-2"]
    live.remove_item("web-1")
    assert list(selection) == ["web-1", "web-2"]


def test_keys_that_are_not_there(live: Live) -> None:
    """A KeyError, and nothing is changed or told."""
    told: list[object] = []
    live.subscribe(told.append)
    asks: Sequence[Callable[[Any], object]] = (
        live.selected_by, live.selection, live.remove_item, live.remove_selector,
    )  # fmt: skip
    for ask in asks:
        with pytest.raises(KeyError):
            ask("none")
    assert (len(live.items), len(live.selectors), told) == (4, 5, [])
    live.check_invariants()


@pytest.mark.parametrize(
    "labels",
    [
        {"app": "web", "env": "prod"}, {"app": "web"}, {"app": "db", "env": "dev"}, {},
        {"x": "y"}, None, {"app": "web", "env": "prod", "x": "y"}, {"env": "prod", "app": "web"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", [*ITEMS, "new"])
def test_set_item(live: Live, key: str, labels: Mapping[str, str] | None) -> None:
    """Whatever it had before, or nothing."""
    seen(live, lambda: live.set_item(key, labels))
    assert live.items[key] == (labels or {})
    assert not seen(live, lambda: live.set_item(key, labels))


@pytest.mark.parametrize("key", ITEMS)
def test_remove_item(live: Live, key: str) -> None:
    change = seen(live, lambda: live.remove_item(key))
    assert not change.started
    assert key not in live.items


@pytest.mark.parametrize(
    "selector",
    ["app=web", "app", "!app", "", "env=prod,app=none", "x", "app=web,app=db", Nothing(),
     Or((Equals("app", "db"), Equals("env", "dev")))],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("key", [*SELECTORS, "new"])
def test_set_selector(live: Live, key: str, selector: Selector | str) -> None:
    """Whatever was there before, or nothing."""
    seen(live, lambda: live.set_selector(key, selector))
    assert live.selectors[key] == (parse(selector) if isinstance(selector, str) else selector)
    assert not seen(live, lambda: live.set_selector(key, selector))


@pytest.mark.parametrize("key", SELECTORS)
def test_remove_selector(live: Live, key: str) -> None:
    change = seen(live, lambda: live.remove_selector(key))
    assert not change.started
    assert key not in live.selectors


@pytest.mark.parametrize("new", [0, 1, 2, 3, 40])
@pytest.mark.parametrize("old", [False, True])
def test_update_items(live: Live, new: int, old: bool) -> None:  # noqa: FBT001  # a parameter
    """A few new ones are asked one by one, many all at once, and old ones beside them."""
    live.set_selector("any, too", "")
    given: dict[str, dict[str, str] | None] = {
        f"new-{n}": {"app": ("web", "db")[n % 2], "n": str(n)} for n in range(new)
    }
    given |= {"web-2": {"app": "db"}, "bare": {"env": "prod"}, "db-1": None} if old else {}
    seen(live, lambda: live.update_items(given))
    assert {key: live.items[key] for key in given} == {k: v or {} for k, v in given.items()}
    assert not seen(live, lambda: live.update_items(given.items()))


def test_update_items_takes_freed_places(live: Live) -> None:
    """New items where others went; what they started is theirs alone."""
    for key in ("web-1", "bare"):
        live.remove_item(key)
    seen(live, lambda: live.update_items({n: {"app": "web"} for n in range(20)}))
    seen(live, lambda: live.update_items({n: {"app": "db"} for n in range(10, 30)}))


def test_update_selectors(live: Live) -> None:
    """Some new, some replaced, some the same, some under many keys."""
    given: dict[str, Selector | str]
    given = {"web": "app=db", "any": "", "new": "env", "new, too": "env", "prod": "env", "x": "x"}
    seen(live, lambda: live.update_selectors(given))
    assert not seen(live, lambda: live.update_selectors(list(given.items())))
    again: dict[str, Selector | str] = {"web": "env", "new": "app=db", "any": Nothing()}
    seen(live, lambda: live.update_selectors(again))
    assert not seen(live, lambda: live.update_selectors({}))
    assert not seen(live, lambda: live.update_items([]))


@pytest.mark.parametrize("first", ["items", "selectors", "both", "one by one"])
def test_loading_in_either_order(first: str) -> None:
    """All matches are told, whichever side comes first."""
    live: Live = LiveIndex()
    items = {n: {"n": str(n % 7), "half": str(n % 2)} for n in range(40)}
    selectors = {f"s{n}": f"n={n % 9},half!={n % 3}" for n in range(30)}
    if first == "items":
        assert not seen(live, lambda: live.update_items(items))
        change = seen(live, lambda: live.update_selectors(selectors))
    elif first == "selectors":
        assert not seen(live, lambda: live.update_selectors(selectors))
        change = seen(live, lambda: live.update_items(items))
    elif first == "one by one":
        live.update_selectors(selectors)
        told = [live.set_item(key, labels) for key, labels in items.items()]
        change = Change(Pairs([r for each in told for r in each.started.rectangles]))
    else:
        live, change = LiveIndex(items.items(), selectors), Change()
    assert set(change.started) == (set() if first == "both" else matches(live))
    assert len(matches(live)) > 50


def test_what_changed_stays_as_it_was(live: Live) -> None:
    """Pairs are of their time, whatever becomes of items, selectors and keys."""
    changes = [
        live.set_item("new", {"app": "web"}),
        live.set_selector("web, too", "app=web"),
        live.update_items({n: {"app": "web"} for n in range(20)}),
        live.update_items({"one": {"app": "web"}}),
        live.update_selectors({"web": "app=db", "x": "x"}),
        live.remove_item("one"),
        live.set_item("web-2", {}),
    ]
    expected = [of(change) for change in changes]
    # The same selectors under more keys and fewer, items that go, others in their places.
    live.update_selectors({"web, again": "app=web", "any, again": "", "db, again": "app=db"})
    for key in ("web", "any", "web, too"):
        live.remove_selector(key)
    for item in (*range(20), "new", "web-1"):
        live.remove_item(item)
    live.update_items({f"other-{n}": {"app": "web"} for n in range(30)})
    assert [of(change) for change in changes] == expected


@pytest.mark.parametrize("bad", [{"a": 1}, {1: "a"}, "a=b", 5, {"a": None}])
def test_labels_that_are_no_strings(live: Live, bad: Any) -> None:
    """A TypeError, and then nothing is changed or told."""
    told: list[object] = []
    live.subscribe(told.append)
    before = matches(live)
    for key in ("web-1", "new"):
        with pytest.raises(TypeError, match="labels must be "):
            live.set_item(key, bad)
    for new in (1, 40):
        some = {f"new-{n}": {"app": "web"} for n in range(new)}
        with pytest.raises(TypeError, match="labels must be "):
            live.update_items({"web-1": {}, **some, "web-2": bad, "last": {}})
    with pytest.raises(TypeError, match="labels must be "):
        LiveIndex({"a": bad})
    assert (matches(live), live.items, told) == (before, LiveIndex(ITEMS).items, [])


def test_what_is_no_selector(live: Live) -> None:
    """An error, and then nothing is changed or told."""
    told: list[object] = []
    live.subscribe(told.append)
    before, selectors = matches(live), dict(live.selectors)
    bad: Any
    for bad, error in ((5, TypeError), (None, TypeError), ("app=web,", SelectorSyntaxError)):
        with pytest.raises(error):
            live.set_selector("web", bad)
        with pytest.raises(error):
            live.update_selectors({"web": "x", "new": "y", "any": bad, "last": ""})
        with pytest.raises(error):
            LiveIndex({}, {"a": bad})
    assert (matches(live), live.selectors, told) == (before, selectors, [])


def test_what_breaks_off_changes_nothing(live: Live) -> None:
    """All of an update or none of it, also where what is given breaks off."""

    def given(value: Any) -> Iterator[tuple[str, Any]]:
        yield "web", value
        raise RuntimeError

    before = matches(live)
    with pytest.raises(RuntimeError):
        live.update_items(given({"x": "y"}))
    with pytest.raises(RuntimeError):
        live.update_selectors(given("x"))
    assert matches(live) == before
    assert dict(live.items) == ITEMS


# Who is told.


class FaultError(Exception):
    """What a subscriber raises."""


def test_subscribers_are_told_in_order(live: Live) -> None:
    """Each of them of each change, what subscribed first first."""
    told: list[tuple[str, object]] = []
    live.subscribe(lambda change: told.append(("a", change)))
    live.subscribe(lambda change: told.append(("b", change)))
    changes = [
        live.set_item("new", {"app": "web"}),
        live.remove_item("web-1"),
        live.set_selector("web", "app"),
        live.remove_selector("any"),
        live.update_items({"web-2": {}, "x": {}}),
        live.update_items({n: {} for n in range(20)}),
        live.update_selectors({"y": ""}),
    ]
    assert all(changes)
    assert told == [(name, change) for change in changes for name in "ab"]
    assert all(one is change for (_, one), change in zip(told[::2], changes, strict=True))


def test_a_change_that_does_nothing_is_told_nobody(live: Live) -> None:
    told: list[object] = []
    live.subscribe(told.append)
    live.set_item("web-1", {**ITEMS["web-1"], "x": "y"})
    live.set_selector("none", "x=none")
    live.set_selector("any", Everything())
    live.remove_selector("none")
    live.update_items({})
    assert told == []
    assert live.items["web-1"]["x"] == "y"


def test_whoever_applies_changes_has_what_matches() -> None:
    """Beginning with none, after each change."""
    live: Live = LiveIndex()
    now: set[Pair] = set()

    def apply(change: Change[Any, Any]) -> None:
        assert now >= set(change.stopped)
        assert now.isdisjoint(change.started)
        now.difference_update(change.stopped)
        now.update(change.started)

    live.subscribe(apply)
    live.update_selectors(SELECTORS)
    live.update_items(ITEMS)
    assert now == matches(live) != set()
    live.set_item("bare", {"app": "web", "env": "prod"})
    live.set_selector("any", "app")
    live.remove_item("db-1")
    live.remove_selector("web")
    assert now == matches(live) != set()


def test_unsubscribing(live: Live) -> None:
    """It ends what was told; a second time does nothing, and others go on."""
    told: dict[str, list[object]] = {"a": [], "b": []}
    end, _ = (live.subscribe(told[name].append) for name in "ab")
    live.set_item("x", {})
    end()
    end()
    live.set_item("y", {})
    assert (len(told["a"]), len(told["b"])) == (1, 2)


def test_the_same_function_twice(live: Live) -> None:
    """Each subscription is its own, and ends alone."""
    told: list[object] = []
    end = live.subscribe(told.append)
    live.subscribe(told.append)
    live.set_item("x", {})
    assert len(told) == 2
    end()
    live.set_item("y", {})
    assert len(told) == 3


def test_changes_within_a_callback(live: Live) -> None:
    """They are made at once, and told after what they followed: to all in the same order."""
    told: list[tuple[str, Any, Any]] = []
    inner: list[Change[Any, Any]] = []

    def first(change: Change[Any, Any]) -> None:
        told.append(("first", set(change.started), set(change.stopped)))
        if len(inner) < 2:
            inner.append(live.set_item(f"inner-{len(inner)}", {"env": "dev"}))
            assert live.selected_by("inner-0") == {"any"}

    live.subscribe(first)
    live.subscribe(lambda change: told.append(("second", set(change.started), set(change.stopped))))
    outer = live.set_item("outer", {"env": "dev"})
    assert all(inner)
    assert told == [
        (name, *of(change)) for change in (outer, *inner) for name in ("first", "second")
    ]
    matches(live)


def test_a_callback_that_raises(live: Live) -> None:
    """The others are told all the same, what was done is done, and whoever did it hears of it."""
    told: list[object] = []

    def broken(change: Change[Any, Any]) -> None:
        told.append(change)
        raise FaultError(len(told))

    live.subscribe(broken)
    live.subscribe(told.append)
    live.subscribe(broken)
    with pytest.raises(ExceptionGroup, match="the index was changed, but subscribers ") as raised:
        live.set_item("x", {"env": "dev"})
    assert [(type(error), error.args) for error in raised.value.exceptions] == [
        (FaultError, (1,)), (FaultError, (3,)),
    ]  # fmt: skip
    assert len(told) == 3
    assert live.selected_by("x") == {"any"}
    matches(live)
    with pytest.raises(ExceptionGroup):
        live.remove_item("x")
    assert (len(told), "x" in live.items) == (6, False)


async def coroutine(_: object) -> None:
    """Is never run: nobody awaits it."""


async def async_generator(_: object) -> AsyncIterator[None]:
    yield


def generator(_: object) -> Iterator[None]:
    yield


class AsyncCallable:
    """An object that is called like a coroutine function."""

    async def __call__(self, _: object) -> None:
        """Is never run."""

    async def method(self, _: object) -> None:
        """Is never run."""

    @staticmethod
    async def static(_: object) -> None:
        """Is never run."""


@pytest.mark.parametrize(
    "callback",
    [
        coroutine,
        async_generator,
        generator,
        functools.partial(coroutine),
        functools.partial(functools.partial(generator)),
        AsyncCallable(),
        functools.partial(AsyncCallable()),
        AsyncCallable().method,
        functools.partial(AsyncCallable().method),
        AsyncCallable.static,
    ],
)
def test_a_callback_that_would_never_run(live: Live, callback: Any) -> None:
    """Calling it makes a coroutine or a generator, and does nothing else."""
    with pytest.raises(TypeError, match="a callback must be a plain function: a coroutine"):
        live.subscribe(callback)
    live.set_item("x", {"env": "dev"})


@pytest.mark.parametrize("callback", [None, 5, "print", [], object(), SELECTORS])
def test_what_cannot_be_called(live: Live, callback: Any) -> None:
    with pytest.raises(TypeError, match="a callback must be a function that takes a Change, not "):
        live.subscribe(callback)
    live.set_item("x", {"env": "dev"})


def test_a_callback_that_returns_a_coroutine(live: Live) -> None:
    """It shows only when it is called; then it counts as one that raises."""
    told: list[object] = []
    live.subscribe(lambda change: coroutine(change))  # noqa: PLW0108  # hides what it returns
    live.subscribe(told.append)
    with pytest.raises(ExceptionGroup) as raised:
        live.set_item("x", {"env": "dev"})
    (error,) = raised.value.exceptions
    assert isinstance(error, TypeError)
    assert str(error).startswith("the callback returned a coroutine; a callback must be a plain")
    assert len(told) == 1


def test_a_callback_that_returns_a_generator_that_has_begun(live: Live) -> None:
    """It is closed, and what it raises then is the error."""

    def fails() -> Iterator[None]:
        try:
            yield
        finally:
            raise FaultError

    def begun(_: object) -> Iterator[None]:
        made = fails()
        next(made)
        return made

    live.subscribe(lambda change: begun(change))  # noqa: PLW0108  # hides what it returns
    with pytest.raises(ExceptionGroup) as raised:
        live.set_item("x", {"env": "dev"})
    assert isinstance(raised.value.exceptions[0], FaultError)


def test_callables_of_all_kinds(live: Live) -> None:
    """A class, a method, a partial of a function: whatever does its work when it is called."""
    told: list[Any] = []
    for callback in (str, told.append, functools.partial(told.append), lambda _: live.items):
        live.subscribe(callback)
    live.set_item("x", {"env": "dev"})
    assert len(told) == 2


def test_a_callback_that_raises_after_a_change_of_its_own(live: Live) -> None:
    """What it did is told, too; all faults come at the end, to who made the first change."""
    told: list[set[Pair]] = []
    made: list[object] = []

    def broken(_: Change[Any, Any]) -> None:
        if not made:
            made.append(live.set_item("inner", {"env": "dev"}))
        raise FaultError

    live.subscribe(broken)
    live.subscribe(lambda change: told.append(set(change.started)))
    with pytest.raises(ExceptionGroup) as raised:
        live.set_item("outer", {"env": "dev"})
    assert len(raised.value.exceptions) == 2
    assert told == [{("outer", "any")}, {("inner", "any")}]
    matches(live)


def test_an_interrupt_loses_nothing_for_the_others(live: Live) -> None:
    """It ends the telling; what was not told comes with the next change, before that.

    Who was being told is told again: nobody knows how far that came.
    """
    told: list[tuple[str, set[Pair]]] = []

    def interrupted(change: Change[Any, Any]) -> None:
        told.append(("first", set(change.started)))
        if len(told) == 1:
            raise KeyboardInterrupt

    live.subscribe(interrupted)
    live.subscribe(lambda change: told.append(("second", set(change.started))))
    with pytest.raises(KeyboardInterrupt):
        live.set_item("x", {"env": "dev"})
    assert (live.selected_by("x"), len(told)) == ({"any"}, 1)
    live.set_item("y", {"env": "dev"})
    expected = [(name, {(item, "any")}) for item in "xy" for name in ("first", "second")]
    assert told == [expected[0], *expected]
    matches(live)


def test_an_error_of_a_signal_handler_is_none_of_a_subscriber() -> None:
    """It comes out as it is, but for the point behind the call; each change that is made is told.

    The handler runs wherever Python looks for signals in labelsel.
    """
    groups: list[int] = []

    def late() -> None:
        raise TimeoutError

    def check(step: int) -> bool:
        live, told = LiveIndex(ITEMS, SELECTORS), list[Change[Any, Any]]()
        live.subscribe(told.append)
        was_called = True
        try:
            change = functools.partial(live.set_item, "x", {"env": "dev"})
            was_called = call_at(step, change, late, points=at_signals)
        except TimeoutError:
            pass
        except ExceptionGroup:
            groups.append(step)
        check_locks()
        live.set_item("y", {"env": "dev"})
        started = {pair for change in told for pair in change.started}
        assert started == {(item, "any") for item in {"x", "y"} & {*live.items}}, step
        return was_called

    assert at_each(1, check) > 50
    assert len(groups) == 1


def test_a_change_in_the_middle_of_a_change(live: Live) -> None:
    """Out of a method of a key it is refused; out of a subscriber it is made."""

    class Key(str):
        __slots__ = ()
        refused: ClassVar[list[str]] = []

        def __hash__(self) -> int:
            try:
                live.set_item("other", {"env": "dev"})
            except RuntimeError as error:
                self.refused.append(str(error))
            return str.__hash__(self)

    live.subscribe(lambda _: live.set_item("told", {"env": "dev"}))
    live.set_item(Key("x"), {"env": "dev"})
    assert any("out of the middle of another call" in each for each in Key.refused)
    assert "told" in live.items
    matches(live)


def test_a_subscription_in_the_middle_of_a_change(live: Live) -> None:
    """It is refused: nobody knows whether the new subscriber has seen that change."""
    told: list[object] = []
    refused: list[str] = []

    class Key(str):
        __slots__ = ()

        def __hash__(self) -> int:
            try:
                live.subscribe(told.append)
            except RuntimeError as error:
                refused.append(str(error))
            return str.__hash__(self)

    live.set_item(Key("x"), {"env": "dev"})
    assert any("out of the middle of another call" in each for each in refused)
    live.remove_item("web-1")
    assert not told


def test_changes_that_are_refused_leave_nothing(live: Live) -> None:
    """They are noted for subscribers, and forgotten."""
    live.subscribe(lambda _: None)
    for _ in range(5):
        with pytest.raises(KeyError):
            live.remove_item("nothing")
    assert len(live._notices) <= 1
    live.set_item("x", {"env": "dev"})
    assert not live._notices


def test_an_interrupted_change_after_the_last_subscriber(live: Live) -> None:
    """Nobody is told of it any more."""
    told: list[object] = []

    def interrupted(change: Change[Any, Any]) -> None:
        told.append(change)
        raise KeyboardInterrupt

    end = live.subscribe(interrupted)
    with pytest.raises(KeyboardInterrupt):
        live.set_item("x", {"env": "dev"})
    end()
    live.set_item("y", {"env": "dev"})
    live.subscribe(told.append)
    change = live.set_item("z", {"env": "dev"})
    assert told[1:] == [change]
    assert not live._notices


def test_unsubscribing_within_a_callback(live: Live) -> None:
    """Who ended it is not told any more, not even of what is told just now."""
    told: list[str] = []
    ends: list[Callable[[], None]] = []

    def first(_: Change[Any, Any]) -> None:
        told.append("first")
        for end in ends:
            end()

    ends.append(live.subscribe(first))
    ends.append(live.subscribe(lambda _: told.append("second")))
    live.subscribe(lambda _: told.append("third"))
    live.set_item("x", {})
    live.set_item("y", {})
    assert told == ["first", "third", "third"]
    live.check_invariants()


def test_subscribing_within_a_callback(live: Live) -> None:
    """Who is new is told of the next change, not of that which is told just now."""
    told: list[object] = []
    live.subscribe(lambda _: live.subscribe(told.append))
    live.set_item("x", {})
    assert told == []
    change = live.set_item("y", {})
    assert told == [change]


BREAKS: Mapping[str, Callable[[Any], object]] = {
    "items": lambda live: live._items._table.remove("bare"),
    "selectors": lambda live: live._selectors._by_key.pop("web"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_index_is_found_out(live: Live, name: str) -> None:
    live.check_invariants()
    BREAKS[name](live)
    with pytest.raises((AssertionError, KeyError)):
        live.check_invariants()


def test_few_items_are_asked_one_by_one(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three times as many as different selectors are many: each is asked before and after."""
    asked: list[Selector] = []
    prepare = live._items.prepare

    def noted(selector: Selector) -> Any:
        asked.append(selector)
        return prepare(selector)

    live.update_selectors({"any, too": "", "db": "app=db"})
    distinct = list(set(live.selectors.values()))
    assert len(distinct) == 6
    monkeypatch.setattr(live._items, "prepare", noted)
    live.update_items({n: {"app": "db"} for n in range(17)})
    assert not asked
    change = live.update_items({n: {"app": "db" if n % 2 else "web"} for n in range(18)})
    assert sorted(map(str, asked)) == sorted(map(str, distinct * 2))
    assert set(change.stopped) == {(n, "db") for n in range(0, 17, 2)}
    assert (17, "db") in change.started
    assert (16, "web") in change.started


def test_rectangles_without_items_are_left_out(live: Live) -> None:
    """A change of many selectors has only those that some item starts or stops matching."""
    change = live.update_selectors({"none": "app=none", "x": "x=y", "db": "app=db", "web": "app"})
    assert [sorted(items) for items, _ in change.started.rectangles] == [["db-1"], ["db-1"]]
    assert list(change.stopped.rectangles) == []


def test_both_parts_are_made_compact() -> None:
    """Equal label sets are side by side, and the selectors are indexed anew."""
    live = LiveIndex({n: {"app": "ab"[n % 2]} for n in range(2 * SMALL + 2)}, {"s": "app=a"})
    candidates = live._selectors._candidates
    live.compact()
    rows = live.selection("s").rows()
    assert rows.tolist() == list(range(rows[0], rows[0] + SMALL + 1))
    assert live._selectors._candidates is not candidates
    assert set(live.selection("s")) == set(range(0, 2 * SMALL + 2, 2))


def test_copies_have_no_subscribers() -> None:
    """A copy and a pickle have items and selectors of their own."""
    live = LiveIndex({"web-1": {"app": "web"}}, {"web": "app=web"})
    told: list[Change[str, str]] = []
    live.subscribe(told.append)
    for again in (copy.copy(live), copy.deepcopy(live), pickle.loads(pickle.dumps(live))):  # noqa: S301  # our own
        assert again.set_item("web-2", {"app": "web"}).started == {("web-2", "web")}
        assert (dict(again.selectors), "web-2" in live.items) == (dict(live.selectors), False)
    assert not told
