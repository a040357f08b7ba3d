"""An index that is changed and asked at random equals a plain dict that is scanned.

After each step every invariant of the index is checked, every selection that was kept is held
against what it was when it was made, and every query that was prepared against a scan.
"""

import operator
from array import array
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from labelsel import (
    And,
    Exists,
    GreaterThan,
    LabelIndex,
    LessThan,
    Not,
    Or,
    Selection,
    Selector,
    StartsWith,
)
from labelsel.index import Query
from labelsel.index.postings import SMALL
from labelsel.selector import holds
from tests.expression_strategies import WORLD_SELECTORS
from tests.strategies import SELECTORS, labels

Labels: TypeAlias = dict[str, str]

# Keys that equal each other across types, and enough numbers for sets of rows to grow large.
KEYS: Final = st.one_of(
    st.integers(0, 5), st.sampled_from([True, 1.0, "a", "b", None, (), ("ns", "a")])
)
LABELS: Final = labels()
SOME: Final = st.dictionaries(KEYS, LABELS | st.none(), max_size=4)
PATCHES: Final = st.dictionaries(
    st.sampled_from(["a", "b", "n"]), st.sampled_from(["", "x", "5", "07", "12"]) | st.none()
)
#: Of the key "n": whole numbers, several values of which are one, and what is no number.
NUMBERS: Final = st.integers(-3, 30).flatmap(
    lambda number: st.sampled_from([str(number), f"0{number}", f"+{number}", f"x{number}"])
)
RANGES: Final = st.builds(
    lambda least, most, how: how((GreaterThan("n", str(least)), LessThan("n", str(most)))),
    st.integers(-4, 20), st.integers(0, 31), st.sampled_from([And, Or]),
)  # fmt: skip
PREFIXES: Final = st.builds(StartsWith, st.just("n"), st.sampled_from(["", "0", "1", "x", "x1"]))
ASKED: Final = SELECTORS | WORLD_SELECTORS | RANGES | PREFIXES | st.builds(Not, RANGES | PREFIXES)
OPERATORS: Final[list[Callable[[Any, Any], Any]]] = [operator.and_, operator.or_, operator.sub]
KEPT: Final = 12
PREPARED: Final = 6
MANY: Final = 100


class IndexMachine(RuleBasedStateMachine):
    """Does the same to an index and to a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.index: LabelIndex[Any] = LabelIndex()
        self.model: dict[Any, Labels] = {}
        self.kept: list[tuple[Selection[Any], list[Any]]] = []
        self.prepared: list[Query[Any]] = []

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

    @rule(first=st.integers(0, 5), count=st.integers(1, MANY), some=LABELS)
    def update_many(self, first: int, count: int, some: Labels) -> None:
        """Give many items the same labels, so that their rows become a large set."""
        self.index.update((first + n, some) for n in range(count))
        self.model.update({first + n: dict(some) for n in range(count)})

    @rule(first=st.integers(0, MANY), values=st.lists(NUMBERS, min_size=1, max_size=9), some=LABELS)
    def update_numbers(self, first: int, values: list[str], some: Labels) -> None:
        """Give many items numbers: several to each value, one after the other."""
        items = {
            first + n: {**some, "n": values[n % len(values)]} for n in range(4 * len(values) + 1)
        }
        self.index.update(items)
        self.model.update(items)

    @rule(first=st.integers(0, MANY), values=st.lists(NUMBERS, min_size=1, max_size=9))
    def number_one_by_one(self, first: int, values: list[str]) -> None:
        """Put numbers on items, old and new, one by one, so that views are kept up to date."""
        for number, value in enumerate(values, first):
            some = {**self.model.get(number, {}), "n": value}
            self.index[number] = some
            self.model[number] = some

    @precondition(lambda self: self.model)
    @rule(changes=PATCHES, data=st.data())
    def patch(self, changes: dict[str, str | None], data: st.DataObject) -> None:
        """Change some labels of an item that is there."""
        key = data.draw(st.sampled_from(list(self.model)))
        self.index.patch(key, changes)
        patched(self.model[key], changes)

    @precondition(lambda self: self.model)
    @rule(changes=PATCHES, first=st.integers(0, 5), step=st.integers(1, 3))
    def patch_many(self, changes: dict[str, str | None], first: int, step: int) -> None:
        """Change the same labels of many items, so that sets of rows grow and shrink."""
        for key in list(self.model)[first::step]:
            self.index.patch(key, changes)
            patched(self.model[key], changes)

    @rule(first=st.integers(0, MANY), count=st.integers(1, 20), some=LABELS)
    def come_and_go(self, first: int, count: int, some: Labels) -> None:
        """Remove items and add others, so that rows that were freed are used again."""
        for key in list(self.model)[first : first + count]:
            del self.index[key]
            del self.model[key]
            self.index["new", key] = some
            self.model["new", key] = dict(some)

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

    @rule(key=KEYS, bad=st.sampled_from([{"a": 1}, {1: "a"}, {"b": "x", "a": []}]))
    def refuse_patch(self, key: Any, bad: Any) -> None:
        """Try a patch that is refused, and one of an item that is not there."""
        with pytest.raises(TypeError):
            self.index.patch(key, bad)
        with pytest.raises(KeyError):
            self.index.patch("missing", {"a": "x"})

    @rule()
    def compact(self) -> None:
        """Give the rows other numbers, which nobody can tell: the invariants compare the rest."""
        self.index.compact()

    @rule()
    def save_and_load(self) -> None:
        """Go on with what was saved and loaded; what was selected before stays as it was."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "index"
            self.index.save(path)
            self.index = LabelIndex.load(path)
        self.prepared = [self.index.prepare(query.selector) for query in self.prepared]

    @rule(selector=ASKED)
    def select(self, selector: Selector) -> None:
        """Ask, compare with a scan, and keep the answer."""
        expected = self.scan(selector)
        assert self.index.count(selector) == len(expected)
        self.keep(self.index.select(selector), expected)

    @rule(selector=ASKED)
    def explain(self, selector: Selector) -> None:
        """Let the steps be told: no step has more rows than were expected at most."""
        plan = self.index.explain(selector)
        assert plan.actual == len(self.scan(selector))
        for _, step in plan.walk():
            assert step.left <= max(step.actual, len(self.model))
            assert step.actual <= step.estimated

    @rule(selector=ASKED)
    def prepare(self, selector: Selector) -> None:
        """Prepare a query, which is asked after each step from now on."""
        if len(self.prepared) >= PREPARED:
            del self.prepared[PREPARED // 2]
        self.prepared.append(self.index.prepare(selector))

    def scan(self, selector: Selector) -> list[Any]:
        """Return what the index should answer."""
        return [key for key, some in self.model.items() if holds(selector, some)]

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

    @invariant()
    def queries_follow(self) -> None:
        """Every query that was prepared is right about the index as it is now."""
        for query in self.prepared:
            expected = self.scan(query.selector)
            assert query.count() == len(expected)
            assert list(map(repr, query.select())) == list(map(repr, expected))


def patched(some: Labels, changes: dict[str, str | None]) -> None:
    """Change labels as `LabelIndex.patch` says it does."""
    for key, value in changes.items():
        if value is None:
            some.pop(key, None)
        else:
            some[key] = value


TestIndexEqualsModel = IndexMachine.TestCase


def large(index: LabelIndex[Any]) -> bool:
    """Whether the rows of the first label are a bitmap."""
    return not isinstance(index._store.postings[0], bytes)


def test_large_sets_become_small_and_large_again() -> None:
    """The machine's own numbers suffice for each form of a set of rows, and for each change."""
    machine = IndexMachine()
    machine.update_many(0, MANY, {"a": "x"})
    assert large(machine.index)
    machine.keep(machine.index.select(Exists("a")), machine.scan(Exists("a")))
    for first, step in ((5, 3), (5, 2), (5, 2)):
        machine.delete_many(first, step)
        machine.equals_the_model()
        machine.selections_stay()
    assert len(machine.model) < SMALL // 2
    assert not large(machine.index)
    machine.update_many(0, MANY, {"a": "x"})
    assert large(machine.index)
    machine.equals_the_model()
    machine.selections_stay()


def test_the_invariants_can_fail() -> None:
    """An index whose parts disagree is found out: each part is spoilt once."""
    spoilt: list[Callable[[LabelIndex[int]], object]] = [
        lambda index: index._store.postings.append(b""),
        lambda index: index._store.postings.__setitem__(0, b""),
        lambda index: index._store._free.append(0),
        lambda index: index._store._shared.add(7),
        lambda index: index._store.rows.discard(1),
        lambda index: index._store.columns["a"].rows.discard(1),
        lambda index: index._store.columns["a"].codes.remove(0),
        lambda index: index._store.columns["a"].sorted_values.append("z"),  # type: ignore[union-attr]  # asked before
        lambda index: index._store.columns["n"].numeric_ranges.add(9, 0),  # type: ignore[union-attr]  # asked before
        lambda index: index._store.columns.clear(),
        lambda index: index._store.column_of.append(0),
        lambda index: index._store._codes.__setitem__(1, array("I")),
        lambda index: index._table._numbers.remove(0),  # type: ignore[union-attr]  # there are keys
        lambda index: index._table._keys.reverse(),  # type: ignore[union-attr]  # there are keys
        lambda index: index._table._free.add(1),
    ]
    for spoil in spoilt:
        index = LabelIndex({n: {"a": "x", "n": str(n)} for n in range(3)})
        index.count(And((StartsWith("a", "x"), GreaterThan("n", "0"))))
        index.check_invariants()
        spoil(index)
        with pytest.raises((AssertionError, KeyError)):
            index.check_invariants()
