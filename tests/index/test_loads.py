"""Loads that are prepared in a copy while others read, and what a forked process makes of them."""

import copy
import operator
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pyarrow as pa
import pytest

from labelsel import LabelIndex, SelectorIndex, parse
from labelsel.index import label_index
from labelsel.index.contents import RowsChange, _note_fork
from labelsel.kubernetes import Inventory
from labelsel.locks import Preparation, _free_locks, new_lock

Index = LabelIndex[str]


def small() -> Index:
    """Twelve items of several keys and values, one label set of them empty."""
    items = {f"k{n}": {"n": str(n), "app": f"a{n % 3}", f"own{n % 2}": ""} for n in range(11)}
    return LabelIndex({**items, "none": {}})


def churned() -> Index:
    """Rows that were free are in use again, so that the order has numbers of its own."""
    index = small()
    for number in range(4):
        del index[f"k{number}"]
    index["new"] = {"app": "a1"}
    return index


def growing() -> Index:
    """Its hash tables are in the middle of growing."""
    index = small()
    for number in range(100, 330):
        index[f"k{number}"] = {"n": str(number)}
    return index


def loaded(folder: Path) -> Index:
    """Nothing of it was asked yet: keys and values stand as they were read."""
    churned().save(folder / "index")
    return LabelIndex.load(folder / "index")


MADE: dict[str, Callable[[Path], Index]] = {
    "small": lambda _: small(),
    "empty": lambda _: LabelIndex(),
    "churned": lambda _: churned(),
    "growing": lambda _: growing(),
    "loaded": loaded,
}
CHANGES = {"k5": {"n": "5", "app": "z"}, "k6": None, "k7": {}, "more": {"app": "a1", "q": "r"}}


@pytest.mark.parametrize("made", MADE)
def test_a_load_gives_what_single_changes_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: str
) -> None:
    """The same items in the same order; what was selected before stays, and goes with the new."""
    expected = MADE[made](tmp_path)
    expected.update(CHANGES)
    index = MADE[made](tmp_path)
    before = index.select("app")
    held = dict.fromkeys(before)
    asked = {text: set(index.select(text)) for text in ("app=a1", "n>4", "!app")}
    monkeypatch.setattr(label_index, "_LOAD", 1)
    index.update(CHANGES)
    index.check_invariants()
    assert list(index.items()) == list(expected.items())
    for text in asked:
        assert list(index.select(text)) == list(expected.select(text))
    after = index.select("app")
    assert dict.fromkeys(before) == held
    assert set(before & after) == held.keys() & set(expected.select("app"))
    index["last"] = expected["last"] = {"app": "a2"}
    index.update(CHANGES)
    index.check_invariants()
    assert list(index.items()) == list(expected.items())
    index.compact()
    assert dict(index.items()) == dict(expected.items())


@pytest.mark.parametrize("changes", [{1: {"app": "z"}, 2: None}, {7: {"app": "z"}}])
def test_a_load_where_rows_are_keys(
    monkeypatch: pytest.MonkeyPatch, changes: dict[int, dict[str, str] | None]
) -> None:
    """An index that stores no keys, from a table without a column for them."""
    labels = pa.array([[("app", "a")], [("app", "b")], []], pa.map_(pa.string(), pa.string()))
    index, expected = (LabelIndex.from_arrow(pa.table({"labels": labels})) for _ in range(2))
    expected.update(changes)
    monkeypatch.setattr(label_index, "_LOAD", 1)
    index.update(changes)
    index.check_invariants()
    assert list(index.items()) == list(expected.items())


@pytest.mark.parametrize("made", MADE)
def test_a_copy_is_another_index(tmp_path: Path, made: str) -> None:
    """It shares bitmaps with the first one. Both change, and neither sees a change of the other."""
    index = MADE[made](tmp_path)
    texts = ["app=a1", "n>4", "!app", "own1"]
    held = {text: set(index.select(text)) for text in texts}
    was, before = list(index.items()), index.select("app")
    copied = copy.copy(index)
    assert list(copied.items()) == was
    copied.update(CHANGES)
    copied["left"], index["right"] = {"app": "a1"}, {"app": "a1"}
    for each in (index, copied):
        each.check_invariants()
        for text in texts:
            matches = parse(text).matches
            assert set(each.select(text)) == {key for key in each if matches(each[key])}
    assert list(index.items()) == [*was, ("right", {"app": "a1"})]
    # Rows of the same number have other keys.
    assert set(index.select("app=a1") & copied.select("app=a1")) == set(
        index.select("app=a1")
    ) & set(copied.select("app=a1"))
    for key in list(index)[:4]:
        del index[key]
        copied.pop(key, None)
    assert set(before) == {key for key, labels in was if "app" in labels}
    again = copy.copy(MADE[made](tmp_path))
    assert {text: set(again.select(text)) for text in texts} == held


def test_a_copy_keeps_bitmaps_that_the_first_index_changes() -> None:
    """Those of a frequent label, and those of its key."""
    index = LabelIndex({n: {"app": "web"} for n in range(1000)})
    copied = copy.copy(index)
    for number in range(500):
        del index[number]
    assert (copied.count("app=web"), copied.count("app")) == (1000, 1000)
    copied.check_invariants()


def test_a_change_waits_for_a_load() -> None:
    """A thread that changes the index finds a load, and comes after it."""
    index = small()
    started, writing = Event(), Event()
    order: list[str] = []

    def make(_: object) -> str:
        started.set()
        writing.wait()  # then the lock is taken, and free only while that thread waits
        return "load"

    loader = Thread(target=index._contents.aside, args=(make, order.append))
    loader.start()
    started.wait()
    with index._lock:
        writing.set()
        index._contents.settle()  # as each change does first
        order.append("change")
    index["x"] = {"app": "a1"}
    loader.join()
    assert order == ["load", "change"]
    index.check_invariants()


@pytest.mark.parametrize(
    ("index", "owner"),
    [
        (small(), operator.attrgetter("_contents.preparation")),
        (SelectorIndex({"a": "x=1"}), operator.attrgetter("_preparation")),
        (Inventory(), operator.attrgetter("_preparation")),
    ],
    ids=["LabelIndex", "SelectorIndex", "Inventory"],
)
def test_a_load_of_a_thread_that_is_gone(index: Any, owner: Callable[[Any], Preparation]) -> None:
    """It was interrupted, or is not in this process: nobody waits for it for ever."""
    owner(index).load = new_lock()
    if isinstance(index, Inventory):
        index.create_namespace("shop")
    else:
        index.clear()
        index.check_invariants()
    assert owner(index).load is None


def fork() -> None:
    """What Python does in a process that was forked."""
    _free_locks()
    _note_fork()


def end_in_a_thread(work: Callable[[], object]) -> None:
    """A thread that is gone in the forked process holds what it took."""
    thread = Thread(target=work)
    thread.start()
    thread.join()


@pytest.mark.parametrize("made", MADE)
def test_a_fork_beside_a_reader(tmp_path: Path, made: str) -> None:
    """What the reader looked at is copied before it is changed: an array cannot be resized."""
    expected = dict(MADE[made](tmp_path).items())
    index = MADE[made](tmp_path)
    before, codes = index.select("app"), index._store._codes
    end_in_a_thread(index._lock.acquire)
    fork()
    index["x"] = {"app": "a1"}
    index.check_invariants()
    assert index._store._codes is not codes
    assert dict(index.items()) == {**expected, "x": {"app": "a1"}}
    assert len(before) == sum("app" in labels for labels in expected.values())


def test_a_fork_beside_a_load() -> None:
    """Its lock is free, and its thread does not come back."""
    index = small()
    load = index._contents.preparation.load = new_lock()
    codes = index._store._codes
    end_in_a_thread(load.acquire)
    fork()
    index["x"] = {"app": "a1"}
    index.check_invariants()
    assert index._store._codes is not codes
    assert len(index) == 13


def test_a_fork_in_the_middle_of_a_change() -> None:
    """The change is ended or taken back, as after an interrupt; an index at rest stays."""
    index, resting = small(), small()
    note = RowsChange({"x": None}, index._table.size, -1)
    index._contents.note = note
    codes = resting._store._codes
    end_in_a_thread(index._lock.acquire)
    fork()
    assert index._contents.note is note
    assert resting._store._codes is codes
    index.check_invariants()
    assert len(index) == 12


def test_a_load_after_an_interrupted_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """The change is taken back first."""
    index = small()
    index._contents.note = RowsChange({"k5": {"n": "before"}}, index._table.size, -1)
    monkeypatch.setattr(label_index, "_LOAD", 1)
    index.update({"y": {"app": "a1"}})
    index.check_invariants()
    assert dict(index.items()) == {**small(), "k5": {"n": "before"}, "y": {"app": "a1"}}
