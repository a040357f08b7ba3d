"""Copies and pickles of what the library gives: each works, or says in words why it cannot."""

import copy
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from labelsel import LabelIndex, LiveIndex, Query, Selection, SelectorIndex, parse


def pickled(made: Any, protocol: int) -> Any:
    return pickle.loads(pickle.dumps(made, protocol))  # noqa: S301  # our own bytes


COPY: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle, protocol {protocol}": partial(pickled, protocol=protocol)
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
    },
}


def pods() -> LabelIndex[str]:
    """Items of which one took the row of another: their order is not that of the rows."""
    index = LabelIndex({f"web-{n}": {"app": "web", "n": str(n)} for n in range(5)})
    del index["web-1"]
    index["last"] = {"app": "web", "n": "9"}
    return index


def live() -> LiveIndex[str, str]:
    return LiveIndex({"a": {"app": "web"}}, {"web": "app=web"})


@pytest.mark.parametrize("copied", COPY.values(), ids=COPY)
@pytest.mark.parametrize("text", ["app=web", "n>2", "", "nowhere"])
def test_a_selection_is_its_keys(copied: Callable[[Any], Any], text: str) -> None:
    """The same keys in the same order, also of items that were removed since."""
    index = pods()
    selection = index.select(text)
    keys = list(selection)
    del index["web-0"], index["last"]
    index["newer"] = {"app": "web", "n": "7"}
    again: Selection[str] = copied(selection)
    assert type(again) is Selection
    assert again == selection
    assert list(again) == keys
    assert len(again) == len(keys)
    assert "newer" not in again
    assert all(key in again for key in keys)
    assert list(again.intersection(keys[1:])) == keys[1:]
    assert again | {"newer"} == {*keys, "newer"}
    assert again - index.select("") == {*keys} & {"web-0", "last"}


def test_a_pickled_selection_has_nothing_of_the_index() -> None:
    """Labels stay where they are: rows are counted from 0, and what is sent is small."""
    index = LabelIndex({n: {"app": "web", "note": "x" * 1000 + str(n)} for n in range(100)})
    sent = pickle.dumps(index.select("note").intersection([7, 3]))
    assert len(sent) < 1000
    again: Selection[int] = pickle.loads(sent)  # noqa: S301  # our own bytes
    assert list(again) == [3, 7]
    assert again.rows().tolist() == [0, 1]
    index.clear()
    assert list(again & {7}) == [7]


def test_a_copied_selection_is_itself() -> None:
    """It never changes, as a tuple."""
    selection = pods().select("app")
    assert copy.copy(selection) is selection


@pytest.mark.parametrize("copied", COPY.values(), ids=COPY)
@pytest.mark.parametrize(
    "made",
    [
        pods(),
        pods().items(),
        pods().explain("app=web,n>3"),
        pods().stats(),
        pods().exchange("last", {"app": "db"}),
        SelectorIndex({1: "app=web", 2: "!app"}),
        live().remove_item("a"),
        live().set_selector("new", "app"),
        parse("app=web,!debug"),
        parse("app=web,!debug").why({"debug": ""}),
        parse("app=web").implies(parse("app")),
    ],
    ids=lambda made: type(made).__name__,
)
def test_what_is_equal_to_its_copy(copied: Callable[[Any], Any], made: Any) -> None:
    again = copied(made)
    assert type(again) is type(made)
    assert again == made


@pytest.mark.parametrize("copied", COPY.values(), ids=COPY)
@pytest.mark.parametrize("text", ["app==web", "app=web", "app in (db,web)", "!app", "app>5"])
def test_a_requirement_keeps_what_equality_does_not_see(
    copied: Callable[[Any], Any], text: str
) -> None:
    """Where it stands in its text, and that it was written with ``==``."""
    made = parse(f"{text},z")
    again = copied(made)
    assert str(again) == str(made) == f"{text},z"
    assert [term.span for term in again.terms] == [term.span for term in made.terms]  # type: ignore[attr-defined]  # it is an And
    assert all(term.span for term in again.terms)


@pytest.mark.parametrize("copied", COPY.values(), ids=COPY)
def test_a_live_index(copied: Callable[[Any], Any]) -> None:
    """It has the items and selectors, and no subscribers."""
    made = live()
    made.subscribe(lambda _: pytest.fail("a copy told a subscriber"))
    again: LiveIndex[str, str] = copied(made)
    assert set(again.set_item("b", {"app": "web"}).started) == {("b", "web")}
    assert list(made.items) == ["a"]


@pytest.mark.parametrize("copied", [ask for name, ask in COPY.items() if name != "copy"])
def test_a_query_belongs_to_its_index(copied: Callable[[Any], Any]) -> None:
    """It says so, and what to do instead."""
    with pytest.raises(TypeError, match=r"^a Query belongs to its index .* prepare\(selector\) of"):
        copied(pods().prepare("app=web"))


def test_a_copied_query_asks_the_same_index() -> None:
    index = pods()
    query = index.prepare("app=web")
    again: Query[str] = copy.copy(query)
    index["new"] = {"app": "web"}
    assert again.selector is query.selector
    assert again.select() == query.select()
    assert set(again.select()) == {"web-0", "web-2", "web-3", "web-4", "last", "new"}
