"""The compiled core and the pure Python code are the same, step by step and part by part.

Two indexes go through the same changes: one with the core that runs, the other with a copy of
labelsel that runs the pure Python code. After each step all that they consist of is compared.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from labelsel import requirements
from labelsel.index import value_table
from labelsel.index.bulk_load import code_labels
from labelsel.index.label_index import LabelIndex
from labelsel.index.postings import SMALL
from labelsel.index.row_changes import label_changes
from tests.cores import pure

PURE = pure("labelsel.index")
PURE_REQUIREMENTS = pure("labelsel.requirements")

KEYS = st.one_of(st.integers(0, 12), st.sampled_from(["a", "ä", "\0", ("x", 1), 1.0, True]))
TEXTS = st.sampled_from(
    ["a", "b", "", "7", "007", "-3", "\0", "é", "日本", "😀", "\ud800", "x" * 300]
)
VALUES = st.one_of(TEXTS, st.integers(0, 5).map(str))
LABELS = st.dictionaries(TEXTS, VALUES, max_size=6)
MANY = st.dictionaries(st.integers(0, 30).map(str), VALUES, min_size=14, max_size=30)
SETS = st.one_of(LABELS, LABELS, MANY)
CHANGES = st.dictionaries(st.one_of(TEXTS, st.integers(0, 30).map(str)), st.none() | VALUES)


class Text(str):
    """A string that is not a plain one."""

    __slots__ = ()


def contents(index: Any) -> dict[str, Any]:
    """Return all that an index consists of, as plain objects."""
    store, table = index._contents.store, index._contents.table
    columns = {
        key: (column.number, column.version, column.is_shared, column.rows.to_array().tolist(),
              column.sorted_values, slots(column.codes))
        for key, column in store.columns.items()
    }  # fmt: skip
    return {
        "items": [(key, list(labels.items())) for key, labels in index.items()],
        "columns": columns,
        "numbers": (store.version, store.changes, store.pairs, store._free, store._free_columns),
        "values": store.values,
        "postings": [
            rows if isinstance(rows, bytes) else rows.to_array().tolist() for rows in store.postings
        ],
        "column of": store.column_of,
        "shared": store._shared,
        "rows": store.rows.to_array().tolist(),
        "codes": [[part.tolist() for part in block] for block in store._codes.blocks()],
        "types": [ends.typecode for _, ends in store._codes.blocks()],
        "keys": (table._size, table._free.to_array().tolist(), table.removals),
        "table": None if table._numbers is None else slots(table._numbers),
    }


def slots(table: Any) -> Any:
    """Return a hash table: which slots are in use and by what numbers, and how far it has grown.

    Items that were added together may have changed places with others of their run. So while items
    move to a larger table, it may be others that have moved; and fewer where a removed item stands
    in its place.
    """
    if table._old:
        numbers = sorted({*table._old, *table._slots})
        return numbers, len(table._old), table._cursor, len(table), len(table._slots)
    return [number > 0 for number in table._slots], sorted(table._slots), len(table), table._used


class Cores(RuleBasedStateMachine):
    """One index for each core."""

    def __init__(self) -> None:
        super().__init__()
        self.both: tuple[Any, Any] = LabelIndex(), PURE.LabelIndex()

    def do(self, name: str, *arguments: Any) -> list[Any]:
        """Call a method of both, which must return the same or raise the same error."""
        outcomes: list[Any] = []
        for index in self.both:
            try:
                outcomes.append(getattr(index, name)(*arguments))
            except (KeyError, TypeError) as error:
                outcomes.append((type(error), str(error)))
        return outcomes

    @rule(key=KEYS, labels=SETS)
    def set(self, key: Any, labels: dict[str, str]) -> None:
        """Set or replace a label set."""
        self.do("__setitem__", key, labels)

    @rule(key=KEYS, changes=CHANGES)
    def patch(self, key: Any, changes: dict[str, str | None]) -> None:
        """Change some labels, few or many."""
        one, other = self.do("patch", key, changes)
        assert one == other

    @rule(key=KEYS, labels=SETS)
    def exchange(self, key: Any, labels: dict[str, str]) -> None:
        """Replace a label set by one with few differences or many."""
        one, other = self.do("exchange", key, labels)
        assert one == other
        assert list(one[1]) == list(other[1])

    @rule(key=KEYS)
    def delete(self, key: Any) -> None:
        """Delete an item, or find that there is none."""
        one, other = self.do("__delitem__", key)
        assert one == other

    @rule(
        first=st.integers(0, 40), count=st.integers(0, 3 * SMALL), sets=st.lists(SETS, min_size=1)
    )
    def update(self, first: int, count: int, sets: list[dict[str, str]]) -> None:
        """Set many items together, each new or not."""
        self.do("update", {first + n: sets[n % len(sets)] for n in range(count)})

    @rule(key=KEYS, labels=st.sampled_from([{1: "a"}, {"a": 1}, {Text("a"): Text("b")}, 5, None]))
    def odd(self, key: Any, labels: Any) -> None:
        """Labels that are wrong, or strings of a subclass."""
        one, other = self.do("patch", key, labels)
        assert one == other
        one, other = self.do("update", {key: labels, "other": {"a": "b"}})
        assert one == other

    @rule(
        name=st.sampled_from(["Exists", "DoesNotExist", "Equals", "GreaterThan", "StartsWith"]),
        key=TEXTS,
        value=st.sampled_from(["7", "1", "0"]),
    )
    def select(self, name: str, key: str, value: str) -> None:
        """Ask, which shares bitmaps and puts values in order."""
        found = []
        for index, module in zip(self.both, (requirements, PURE_REQUIREMENTS), strict=True):
            operator = getattr(module, name)
            selector = operator(key) if "Exist" in name else operator(key, value)
            found.append(index.select(selector).rows().tolist())
        assert found[0] == found[1]

    @invariant()
    def same(self) -> None:
        """Both consist of the same parts."""
        one, other = map(contents, self.both)
        assert one == other
        self.both[0].check_invariants()


TestCores = Cores.TestCase


@pytest.mark.parametrize("sets", [[None, {}, {"a": "b"}], [{"a": "b", "c": "d"}, {"c": "b"}] * 50])
def test_codes(sets: Any) -> None:
    """Label sets have the same codes, and new values the same order."""
    other = pure("labelsel.index.bulk_load").code_labels
    items = dict(enumerate(sets))
    assert code_labels(items, {}, []) == other(items, {}, [])


@pytest.mark.parametrize(
    "sets", [[[]], [{1: "a"}], [{"a": 1}], [{"a": Text("b")}], [{Text("a"): ""}]]
)
def test_what_has_no_codes(sets: Any) -> None:
    """What is not a dict of plain strings is a TypeError."""
    for function in (code_labels, pure("labelsel.index.bulk_load").code_labels):
        with pytest.raises(TypeError):
            function(dict(enumerate([*sets, {"a": "b"}])), {}, [])


def test_changes_have_an_order() -> None:
    """Changed labels first, in the order of the new ones, then removed ones in the order before."""
    before = {str(number): "" for number in range(20)}
    after = {"x": "", "5": "y", "3": ""}
    expected = {"x": "", "5": "y"} | {key: None for key in before if key not in after}
    for function in (label_changes, pure("labelsel.index.row_changes").label_changes):
        assert list(function(before, after).items()) == list(expected.items())


class Meddler:
    """A key whose next comparison does something to the table in which it is looked up."""

    meddle: ClassVar[list[Callable[[], object]]] = []

    def __init__(self, number: int) -> None:
        self.number = number

    def __hash__(self) -> int:
        return 7

    def __eq__(self, other: object) -> bool:
        while self.meddle:
            self.meddle.pop()()
        return isinstance(other, Meddler) and other.number == self.number


@pytest.mark.parametrize("module", [value_table, pure("labelsel.index.value_table")])
def test_a_key_that_changes_the_table(module: Any) -> None:
    """A comparison that grows the table, or empties the list, under a search does no harm."""
    items: list[Any] = [Meddler(number) for number in range(40)]
    table = module.ValueTable(items)
    for number in range(8):
        table.add(number)
    Meddler.meddle.append(lambda: [table.add(number) for number in range(8, 40)])
    assert table.find(Meddler(7)) in {7, -1}
    assert not Meddler.meddle
    assert table.find(Meddler(7)) == 7
    Meddler.meddle.append(items.clear)
    with pytest.raises(IndexError):
        table.find(Meddler(7))
