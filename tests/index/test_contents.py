"""`Contents`: what is repaired after a change that was interrupted, one state after the other."""

import os
from array import array
from collections.abc import Callable
from copy import copy
from threading import Event, Thread
from typing import Any
from warnings import catch_warnings

import pytest
from pyroaring import BitMap

from labelsel import LabelIndex
from labelsel.index.contents import Contents, Fork, Replacement, RowChange, RowsChange, _note_fork
from labelsel.index.query import Query
from labelsel.index.row_keys import KeyTable
from labelsel.index.store import LabelStore
from labelsel.locks import _free_locks
from tests.interrupts import at_each, interrupt_at

Index = LabelIndex[str]
Half = Callable[[Index], object]

ITEMS = {key: {"app": key, "n": str(n)} for n, key in enumerate("abc")}


def no_step(index: Index) -> None:
    """Do nothing of the change."""


def codes_of(row: int) -> Half:
    """Exchange the codes of a row, but not the ends of the rows."""

    def exchange(index: Index) -> None:
        arrays = index._store._codes
        start, end = (arrays._ends[0][row - 1] if row else 0), arrays._ends[0][row]
        arrays._codes[0][start:end] = array("I", [0])

    return exchange


def key_and_codes(row: int) -> Half:
    """Remove the key of a row, and half of its codes."""

    def remove(index: Index) -> None:
        index._table.remove("abc"[row])
        codes_of(row)(index)

    return remove


def repaired(index: Index) -> Contents[str]:
    """Repair an index, which is whole then, and knows of no change any more."""
    contents = index._contents
    contents.repair()
    assert contents.note is None
    index.check_invariants()
    return contents


@pytest.mark.parametrize("half", [no_step, codes_of(0)])
@pytest.mark.parametrize("labels", [{"app": "new"}, {}, None])
def test_a_change_of_one_item_ends(half: Half, labels: dict[str, str] | None) -> None:
    """The first item has the labels of the note, in its place, or is gone."""
    index = LabelIndex(ITEMS)
    half(index)
    index._contents.note = RowChange(0, "a", labels, None)
    repaired(index)
    expected = {**ITEMS, "a": labels} if labels is not None else {key: ITEMS[key] for key in "bc"}
    assert list(index.items()) == list(expected.items())


@pytest.mark.parametrize("key", ITEMS)
def test_a_patch_ends(key: str) -> None:
    """What the patch does not name stays."""
    index = LabelIndex(ITEMS)
    index._contents.note = RowChange("abc".index(key), key, None, {"app": None, "x": "y"})
    repaired(index)
    assert dict(index) == {**ITEMS, key: {"n": ITEMS[key]["n"], "x": "y"}}


@pytest.mark.parametrize("row", [0, 1, 2])
def test_a_removal_ends(row: int) -> None:
    """The key was gone before the labels were."""
    for half in (no_step, key_and_codes(row)):
        index = LabelIndex(ITEMS)
        half(index)
        index._contents.note = RowChange(row, "abc"[row], None, None)
        repaired(index)
        assert list(index) == [key for key in "abc" if key != "abc"[row]]
        assert dict(index) == {key: ITEMS[key] for key in index}


@pytest.mark.parametrize("free", [None, 0, 1])
def test_a_new_item_ends(free: int | None) -> None:
    """It is the last in order: with no step made, with a key, and with a key and half its codes."""

    def with_key(index: Index) -> None:
        index._table.add("x")

    def with_half_a_key(index: Index) -> None:
        # The key is there, but not yet its number in the order of insertion.
        table = index._table
        table.add("x")
        table._insertion_numbers = table._table = None

    def with_codes(index: Index) -> None:
        codes_of(index._table.add("x"))(index)

    def with_size(index: Index) -> None:
        # The table has room for the key, but not yet the key.
        index._table._size += 1

    for half in (no_step, with_key, with_half_a_key, with_size, with_codes):
        index = LabelIndex(ITEMS)
        expected = dict(ITEMS)
        if free is not None:
            del index["abc"[free]], expected["abc"[free]]
        elif half is with_codes:
            continue  # the row has no ends yet
        half(index)
        index._contents.note = RowChange(-1, "x", {"app": "x"}, None)
        repaired(index)
        assert list(index.items()) == [*expected.items(), ("x", {"app": "x"})]


def test_the_first_item_ends() -> None:
    """An empty index has no row that could be settled."""
    index = LabelIndex[str]()
    index._contents.note = RowChange(-1, "x", {"app": "x"}, None)
    repaired(index)
    assert dict(index) == {"x": {"app": "x"}}


@pytest.mark.parametrize("free", [0, 1])
def test_a_change_of_many_items_is_taken_back(free: int) -> None:
    """Rows that were free are free again, rows that are new are gone, the others as before."""
    index = LabelIndex(ITEMS)
    del index["abc"[free]]
    before = dict(index)
    other = next(iter(index))
    note = RowsChange({other: before[other], "x": None}, 3, index._table.find(other))
    index._table.add("x")
    index._table.add("y")
    codes_of(note.row)(index)
    index._contents.note = note
    repaired(index)
    assert list(index.items()) == list(before.items())
    index["z"] = {"app": "z"}
    assert index._table.find("z") == free
    index.check_invariants()


LOOKS: dict[str, tuple[Callable[[Index], object], object]] = {
    "get": (lambda index: index["x"], {"app": "x"}),
    "len": (len, 4),
    "in": (lambda index: "x" in index, True),
    "list": (list, list("abcx")),
    "copy": (lambda index: len(copy(index)), 4),
    "select": (lambda index: list(index.select("app=x")), ["x"]),
    "count": (lambda index: index.count("app=x"), 1),
    "explain": (lambda index: index.explain("app=x").actual, 1),
    "label_values": (lambda index: index.label_values("app"), dict.fromkeys("abcx", 1)),
    "stats": (lambda index: index.stats().rows, 4),
    "set": (lambda index: index.__setitem__("x", {"app": "x"}), None),
    "patch": (lambda index: index.patch("x", {"app": "x"}), None),
    "exchange": (lambda index: index.exchange("x", {"app": "x"}).before, {"app": "x"}),
    "update": (lambda index: index.update({"x": {"app": "x"}}), None),
    "delete": (lambda index: index.pop("x"), {"app": "x"}),
}


@pytest.mark.parametrize("look", LOOKS)
def test_whatever_is_done_first_ends_the_change(look: str) -> None:
    """A new item is there, and only then the index is asked or changed."""
    index = LabelIndex(ITEMS)
    index._contents.note = RowChange(-1, "x", {"app": "x"}, None)
    do, expected = LOOKS[look]
    assert do(index) == expected
    assert getattr(index._contents, "note") is None  # noqa: B009  # a checker takes it for the note above
    assert dict(index) == {**ITEMS, **({} if look == "delete" else {"x": {"app": "x"}})}
    index.check_invariants()


CHANGES: dict[str, Callable[[Index], object]] = {
    "update": lambda index: index.update({"a": {"app": "z"}, "x": {"app": "x", "m": "1"}, "y": {}}),
    "update with new keys": lambda index: index.update({"x": {"app": "x", "m": "1"}, "y": {}}),
    "patch": lambda index: index.patch("a", {"app": "z", "m": "1", "n": None, "o": ""}),
    "delete": lambda index: index.__delitem__("a"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_step_of_the_codes(name: str) -> None:
    """What changes the codes of rows is interrupted: the change is done, or not done."""
    changed = LabelIndex(ITEMS)
    CHANGES[name](changed)

    def check(step: int) -> bool:
        index = LabelIndex(ITEMS)
        was_interrupted = interrupt_at(
            step, lambda: CHANGES[name](index), "labelsel.index.row_codes"
        )
        is_undone = was_interrupted and name.startswith("update")
        assert dict(index) == (ITEMS if is_undone else dict(changed))
        index.check_invariants()
        return was_interrupted

    assert at_each(1, check) >= 0


def test_after_a_fork() -> None:
    """The parts are copied, and say the same."""
    index = LabelIndex(ITEMS)
    before = index._store
    index._contents.note = Fork()
    assert repaired(index).store is not before
    assert list(index.items()) == list(ITEMS.items())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_is_noted() -> None:
    """In the new process, if another thread held the lock."""
    index = LabelIndex(ITEMS)
    taken, ended = Event(), Event()

    def hold() -> None:
        with index._lock:
            taken.set()
            ended.wait()

    thread = Thread(target=hold, daemon=True)
    thread.start()
    taken.wait()
    with catch_warnings(action="ignore", category=DeprecationWarning):
        child = os.fork()
    if not child:
        os._exit(not isinstance(index._contents.note, Fork))
    _, status = os.waitpid(child, 0)
    ended.set()
    thread.join()
    assert (status, index._contents.note) == (0, None)


def test_without_a_note() -> None:
    """There is nothing to repair."""
    index = LabelIndex(ITEMS)
    store = index._store
    assert repaired(index).store is store
    assert dict(index) == ITEMS


@pytest.mark.parametrize("items", [{}, {"a": {}}, {"a": {"k": "v"}}])
def test_plans_are_made_anew(items: dict[str, dict[str, str]]) -> None:
    """Each store that takes the place of another counts on from it, so that no plan is out of date.

    Also without labels, when nothing else counts.
    """
    index = LabelIndex(items)
    store = index._store

    def repair() -> None:
        index._contents.note = RowsChange({}, len(items))
        repaired(index)

    for change in (index.compact, repair, index.clear):
        change()
        assert index._store is not store
        assert index._store.version > store.version
        assert index._store.changes > store.changes
        store = index._store


def test_every_step_of_a_replacement() -> None:
    """Both parts are replaced, or none."""

    def check(step: int) -> bool:
        contents = LabelIndex(ITEMS)._contents
        before = contents.store, contents.table
        after = LabelStore(), KeyTable[str](lock=contents.table.lock)
        was_interrupted = interrupt_at(step, lambda: contents.replace(*after))
        assert was_interrupted or contents.note is None
        if contents.note is not None:
            contents.repair()
        assert contents.note is None
        assert (contents.store, contents.table) in (before, after)
        return was_interrupted

    assert at_each(1, check) > 5
    contents = LabelIndex(ITEMS)._contents
    store = LabelStore()
    contents.replace(store, contents.table)
    assert (contents.store, contents.note) == (store, None)


def test_a_replacement_ends() -> None:
    """The note has both parts."""
    contents = LabelIndex(ITEMS)._contents
    after = LabelStore(), KeyTable[Any](lock=contents.table.lock)
    contents.note = Replacement(*after)
    contents.repair()
    assert (contents.store, contents.table) == after
    assert getattr(contents, "note") is None  # noqa: B009  # a checker takes it for the note above


def test_the_state_says_what_differs() -> None:
    """Each change gives another, so that what was made before the change is not used."""
    index = LabelIndex(ITEMS)
    contents = index._contents
    seen = [contents._state()]
    for change in (
        lambda: index.patch("a", {"app": "z"}),
        lambda: index.update({"x": {}}),
        lambda: index.pop("x"),
        lambda: index.update({"y": {}}),
        index.compact,
    ):
        change()
        seen.append(contents._state())
        assert seen[-1] == contents._state()
    assert len(set(seen)) == len(seen)


def test_a_query_ends_a_change_first() -> None:
    """Also one whose plan is up to date: the change is not counted before its first step."""
    for ask in (Query.count, lambda query: len(query.select())):
        index = LabelIndex(ITEMS)
        query = index.prepare("app=x")
        assert [ask(query), ask(query)] == [0, 0]
        index._contents.note = RowChange(0, "a", {"app": "x"}, None)
        assert ask(query) == 1


def test_keys_are_made_before_the_state() -> None:
    """So that no two threads make them."""
    contents = LabelIndex(ITEMS)._contents
    contents.table = KeyTable[str].of(
        3, BitMap(range(3)), lambda: list("abc"), None, contents.table.lock
    )
    assert contents.table._make_keys is not None
    contents._state()
    assert contents.table._make_keys is None


def test_what_was_made_for_queries_is_made_again() -> None:
    """A query after a large change does not wait for it."""
    index = LabelIndex(ITEMS)
    assert index.count("n>0") == 2
    assert index._table.find("b") == 1
    contents = index._contents
    contents.replace_by(lambda before: before.copy())
    assert contents.store.columns["n"].numeric_ranges is not None
    assert contents.store.columns["app"].numeric_ranges is None
    table: KeyTable[Any] = KeyTable("abc", contents.table.lock)
    contents.replace_by(lambda before: Contents(before.store.copy(), table))
    assert contents.table is table
    assert table._table is not None


def test_a_fork_of_the_thread_that_prepares_a_change() -> None:
    """It goes on in the new process: there is nothing to repair."""
    contents = LabelIndex(ITEMS)._contents
    with contents.preparation._lock as _:
        _free_locks()
        _note_fork()
    assert contents.note is None
    load = contents.preparation.load = contents.table.lock
    with load:
        _free_locks()
        _note_fork()
    assert contents.note is None
