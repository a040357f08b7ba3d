"""An index that is changed and asked at random equals a plain dict that is scanned.

After each step every invariant of the index is checked, and every selection that was ever
made is held against what it was when it was made.
"""

import operator
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from labelsel import LabelIndex, Selection, Selector
from labelsel.index.postings import SMALL
from labelsel.selector import holds
from tests.strategies import SELECTORS, labels

Labels: TypeAlias = dict[str, str]

# Keys that equal each other across types, and enough numbers for sets of rows to grow large.
KEYS: Final = st.one_of(
    st.integers(0, 5), st.sampled_from([True, 1.0, "a", "b", None, (), ("ns", "a")])
)
LABELS: Final = labels()
SOME: Final = st.dictionaries(KEYS, LABELS | st.none(), max_size=4)
OPERATORS: Final[list[Callable[[Any, Any], Any]]] = [operator.and_, operator.or_, operator.sub]
KEPT: Final = 12


class IndexMachine(RuleBasedStateMachine):
    """Does the same to an index and to a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.index: LabelIndex[Any] = LabelIndex()
        self.model: dict[Any, Labels] = {}
        self.kept: list[tuple[Selection[Any], list[Any]]] = []

    @rule(key=KEYS, some=LABELS)
    def set_one(self, key: Any, some: Labels) -> None:
        """Add or replace an item."""
        self.index[key] = some
        self.model[key] = dict(some)
        some["a"] = "changed later"

    @precondition(lambda self: self.model)
    @rule(some=LABELS, data=st.data())
    def replace(self, some: Labels, data: st.DataObject) -> None:
        """Replace an item that is there."""
        key = data.draw(st.sampled_from(list(self.model)))
        self.index[key] = some
        self.model[key] = dict(some)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """Remove an item that is there."""
        key = data.draw(st.sampled_from(list(self.model)))
        del self.index[key]
        del self.model[key]

    @rule(key=KEYS)
    def pop(self, key: Any) -> None:
        """Remove an item, perhaps by a key that merely equals its own, or none at all."""
        assert self.index.pop(key, None) == self.model.pop(key, None)

    @rule(key=KEYS, some=LABELS)
    def set_default(self, key: Any, some: Labels) -> None:
        """Add an item unless it is there."""
        assert self.index.setdefault(key, some) == self.model.setdefault(key, dict(some))

    @rule(some=SOME)
    def update(self, some: dict[Any, Labels | None]) -> None:
        """Set several items at once, old and new ones."""
        self.index.update(some)
        self.model.update({key: dict(value or {}) for key, value in some.items()})

    @rule(first=st.integers(0, 5), count=st.integers(1, 3 * SMALL), some=LABELS)
    def update_many(self, first: int, count: int, some: Labels) -> None:
        """Give many items the same labels, so that their rows become a large set."""
        self.index.update((first + n, some) for n in range(count))
        self.model.update({first + n: dict(some) for n in range(count)})

    @rule(first=st.integers(0, 5), step=st.integers(1, 3))
    def delete_many(self, first: int, step: int) -> None:
        """Remove many items, so that large sets of rows become small again."""
        for key in list(self.model)[first::step]:
            del self.index[key]
            del self.model[key]

    @rule()
    def clear(self) -> None:
        """Remove everything."""
        self.index.clear()
        self.model.clear()

    @rule(key=KEYS, bad=st.sampled_from([{"a": 1}, {1: "a"}, "a=b", 5, [], {"b": None}]))
    def refuse(self, key: Any, bad: Any) -> None:
        """Try what is refused; that nothing is changed by it the invariants tell."""
        with pytest.raises(TypeError):
            self.index[key] = bad
        with pytest.raises(TypeError):
            self.index.update({"new": {"a": "x"}, key: bad})

    @rule(selector=SELECTORS)
    def select(self, selector: Selector) -> None:
        """Ask, compare with a scan, and keep the answer."""
        expected = [key for key, some in self.model.items() if holds(selector, some)]
        assert self.index.count(selector) == len(expected)
        assert self.index.explain(selector).actual == len(expected)
        self.keep(self.index.select(selector), expected)

    @precondition(lambda self: self.kept)
    @rule(combine=st.sampled_from(OPERATORS), data=st.data())
    def combine(self, combine: Callable[[Any, Any], Any], data: st.DataObject) -> None:
        """Combine two selections of any moments, and keep the result."""
        (mine, ours), (theirs, others) = (data.draw(st.sampled_from(self.kept)) for _ in range(2))
        combined, expected = combine(mine, theirs), combine(set(ours), set(others))
        assert set(combined) == expected
        assert set(combine(mine, set(others))) == expected
        assert set(combine(set(ours), theirs)) == expected
        assert (mine == theirs) is (set(ours) == set(others))
        assert (mine <= theirs) is (set(ours) <= set(others))
        if isinstance(combined, Selection):
            self.keep(combined, list(combined))

    def keep(self, selection: Selection[Any], expected: list[Any]) -> None:
        """Keep a selection, in the place of the middle one where there are many."""
        if len(self.kept) >= KEPT:
            del self.kept[KEPT // 2]
        self.kept.append((selection, expected))

    @invariant()
    def equals_the_model(self) -> None:
        """The index holds what the dict holds, in its order, by the same keys."""
        self.index.check_invariants()
        assert list(map(repr, self.index.items())) == list(map(repr, self.model.items()))
        assert len(self.index) == len(self.model)
        for key in ("a", "b"):
            values = [some[key] for some in self.model.values() if key in some]
            expected = {value: values.count(value) for value in sorted(set(values))}
            assert list(self.index.label_values(key).items()) == list(expected.items())

    @invariant()
    def selections_stay(self) -> None:
        """Every selection is what it was, to the very keys and their order."""
        for selection, expected in self.kept:
            assert len(selection) == len(expected)
            assert list(map(repr, selection)) == list(map(repr, expected))
            assert all(key in selection for key in expected)
            gone = [key for key in self.model if key not in set(expected)]
            assert not any(key in selection for key in gone)


TestIndexEqualsModel = IndexMachine.TestCase


def test_the_invariants_can_fail() -> None:
    """An index whose parts disagree is found out: each part is spoilt once."""
    spoilt: list[Callable[[LabelIndex[int]], object]] = [
        lambda index: index._store._postings.append(()),
        lambda index: index._store._free.append(0),
        lambda index: index._store.rows.discard(1),
        lambda index: index._store.columns["a"].rows.discard(1),
        lambda index: index._store.columns.clear(),
        lambda index: index._store._postings.__setitem__(0, ()),
        lambda index: index._table.row_of.clear(),
        lambda index: index._table.keys.reverse(),
    ]
    for spoil in spoilt:
        index = LabelIndex({n: {"a": "x"} for n in range(3)})
        index.check_invariants()
        spoil(index)
        with pytest.raises((AssertionError, KeyError)):
            index.check_invariants()
