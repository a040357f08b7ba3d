"""The compiled look-ups of selectors find what the pure Python code finds, in the same order.

Both are asked about the same index after each change. Where the pure Python code runs, it is
compared with itself.
"""

from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from labelsel import (
    Contains,
    In,
    Selector,
    SelectorIndex,
    any_of,
    core,
    core_info,
    parse,
)
from labelsel.live import candidate_index
from labelsel.live.indexed_selector import IndexedSelector, groups_of, rectangles
from tests.expression_strategies import ALL_SELECTORS, WORLD_SELECTORS
from tests.strategies import SELECTORS, WILD, labels

Labels: TypeAlias = dict[str, str]

ASKED: Final = SELECTORS | ALL_SELECTORS | WORLD_SELECTORS
KEYS: Final = st.integers(0, 8)
# Few texts, so that labels are found; and some that are written with one, two and four bytes.
TEXTS: Final = st.sampled_from(["", "a", "b", "ab", "é", "€", "\U0001f600", "\ud800"]) | WILD
LABELS: Final = labels() | st.dictionaries(TEXTS, TEXTS, max_size=4)


def undecorated() -> ModuleType:
    """Return another module from the text of candidate_index.py, with the pure Python code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core, "compiled", lambda pure: pure)
        spec = spec_from_file_location("labelsel.live.pure_copy", candidate_index.__file__)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


PURE: Final = undecorated()


def compare(index: SelectorIndex[Any], before: Labels, after: Labels) -> None:
    """Ask both about two label sets and the change from one to the other."""
    candidates = index._candidates
    changed = {key: None for key in before | after if before.get(key) != after.get(key)}
    for some in (before, after):
        for name in ("find_keys", "find_answers"):
            found = getattr(candidate_index, name)(candidates, some)
            assert found == getattr(PURE, name)(candidates, some)
    pairs = [
        each.find_changes(candidates, before, after, changed) for each in (candidate_index, PURE)
    ]
    assert pairs[0] == pairs[1]
    for old, new in ((before, after), (None, after), (before, None), (None, None)):
        changes = [
            each.find_change(candidates, "item", old, new, changed)
            for each in (candidate_index, PURE)
        ]
        assert changes[0] == changes[1]
        if changes[0] is not None:
            assert changes[0]
            assert list(changes[0].started) == list(changes[1].started)


class LookupMachine(RuleBasedStateMachine):
    """Changes an index, and asks both about it."""

    def __init__(self) -> None:
        super().__init__()
        self.index: SelectorIndex[Any] = SelectorIndex()

    @rule(some=st.dictionaries(KEYS, ASKED, min_size=1, max_size=5))
    def update(self, some: dict[int, Selector]) -> None:
        """Add or replace selectors."""
        self.index.update(some)

    @rule(key=KEYS, name=TEXTS, values=st.lists(TEXTS, max_size=5))
    def list_values(self, key: int, name: str, values: list[str]) -> None:
        """Add a selector that lists any texts."""
        self.index[key] = In(name, values)

    @rule(first=st.integers(10, 30), number=st.sampled_from([3, 70]), name=TEXTS)
    def add_many(self, first: int, number: int, name: str) -> None:
        """Add more selectors of one kind than a small matrix has."""
        self.index.update({first + n: In(name, ["a", str(n)]) for n in range(number)})

    @precondition(lambda self: self.index)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """Remove a selector that is there."""
        del self.index[data.draw(st.sampled_from(list(self.index)))]

    @precondition(lambda self: self.index)
    @rule(data=st.data(), key=KEYS)
    def set_equal(self, data: st.DataObject, key: int) -> None:
        """Put a selector that is there under one key more."""
        self.index[key] = data.draw(st.sampled_from(list(self.index.values())))

    @rule(before=LABELS, after=LABELS)
    def ask(self, before: Labels, after: Labels) -> None:
        """Ask about two label sets that may have nothing in common."""
        compare(self.index, before, after)

    @rule(before=LABELS, patch=st.dictionaries(TEXTS, TEXTS, max_size=2))
    def change(self, before: Labels, patch: Labels) -> None:
        """Ask about the change of a few labels."""
        compare(self.index, before, before | patch)


TestLookups = LookupMachine.TestCase


MANY: Final = 100


@pytest.mark.parametrize(
    "selectors",
    [
        pytest.param([parse(f"k{n}!=x") for n in range(MANY)], id="many keys"),
        pytest.param([In("a", map(str, range(n, n + 9))) for n in range(60)], id="many values"),
        pytest.param([parse(f"a=1,b!={n}") for n in range(MANY)], id="many selectors"),
        pytest.param([parse(f"a,b!={n}") for n in range(64)], id="as many as fit"),
        pytest.param([Contains("a", str(n)) for n in range(9)], id="tests"),
        pytest.param([any_of([parse(f"a={n}"), parse("!b")]) for n in range(9)], id="evaluated"),
        pytest.param([any_of([parse(f"a={n}"), parse("b=1")]) for n in range(9)], id="branched"),
        pytest.param([parse(f"{'ab'[n % 2]}={n // 2}") for n in range(9)], id="two anchors"),
        pytest.param([parse(f"!k{n % 9},b!={n % 200}") for n in range(500)], id="many images"),
        pytest.param([parse(f"!k{n % 9},b!={n % 200}") for n in range(600)], id="no images"),
        pytest.param([Contains("a", str(n)) for n in range(150)], id="many tests"),
        pytest.param(
            [any_of([parse(f"a={n}"), parse("!b")]) for n in range(150)], id="many evaluated"
        ),
    ],
)
def test_kinds_of_matrices(selectors: list[Selector]) -> None:
    """Those that are too large for an image, and all that a column can have."""
    index = SelectorIndex(dict(enumerate([*selectors, *selectors[:3]])))
    large = {f"k{n}": "x" for n in range(MANY)}
    sets = [{}, {"a": "1"}, {"a": "2", "b": "1"}, {"a": "1", "k7": "x"}, large, large | {"a": "3"}]
    for before in sets:
        for after in sets:
            compare(index, before, after)


@given(LABELS)
def test_a_label_set_that_changes_while_it_is_asked_about(some: Labels) -> None:
    """A selector that is evaluated may do anything, such as taking the strings away."""
    choice = any_of([parse("a=1"), parse("!b"), Contains("a", "x")])
    index = SelectorIndex({1: choice, 2: parse("!z"), 3: Contains("a", "1")})
    given = {f"x{key}": f"y{value}" for key, value in some.items()}

    def clear(_: object) -> bool:
        given.clear()
        with pytest.raises(RuntimeError, match="out of the middle of another call"):
            index.pop(2, None)
        return True

    object.__setattr__(choice, "_predicate", clear)
    assert 1 in index.matching(given)
    index.check_invariants()


@pytest.mark.skipif(core_info().name == "pure", reason="the pure Python code runs")
def test_what_is_no_index_and_no_label_set() -> None:
    """A TypeError or an AttributeError, whatever is passed: no memory is read before."""
    index = SelectorIndex({1: parse("a=1,b!=2"), 2: parse("!b")})
    candidates = index._candidates
    bad: Any
    for bad in (None, "a=b", 5, [("a", "b")]):
        for find in (candidate_index.find_keys, candidate_index.find_answers):
            with pytest.raises(TypeError):
                find(candidates, bad)
        for before, after in ((bad, {}), ({}, bad)):
            with pytest.raises(TypeError):
                candidate_index.find_changes(candidates, before, after, ())
        with pytest.raises((AttributeError, TypeError)):
            candidate_index.find_keys(bad, {})
    assert candidate_index.find_keys(candidates, {"a": 1, 2: "b"}) == {2}  # type: ignore[dict-item]
    assert candidate_index.find_changes(candidates, {}, {"b": "1"}, [5, "b"]) == ([2], [])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        candidate_index.find_changes(candidates, {}, {}, 5)  # type: ignore[arg-type]


@pytest.mark.skipif(core_info().name == "pure", reason="the pure Python code runs")
@pytest.mark.parametrize("part", ["_columns", "_answers", "_selectors", "image"])
@pytest.mark.parametrize("bad", [5, (), "x"])
def test_what_is_no_matrix(part: str, bad: object) -> None:
    """A part of another type is a TypeError."""
    index = SelectorIndex({1: parse("!b")})
    (matrix,) = index._candidates.matrices({})
    setattr(matrix, part, bad)
    with pytest.raises(TypeError):
        candidate_index.find_keys(index._candidates, {"a": "1"})


@pytest.mark.skipif(core_info().name == "pure", reason="the pure Python code runs")
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda some: some._unanchored.matrices.append(None), id="no matrix"),
        pytest.param(lambda some: some._unanchored.matrices.append(5), id="another matrix"),
        pytest.param(lambda some: some._by_key.update(a=5), id="another table"),
        pytest.param(lambda some: some._by_key.update(a={"1": 5}), id="another bucket"),
        pytest.param(lambda some: some._buckets.update(a={"1": 5}), id="another bucket to count"),
        pytest.param(lambda some: setattr(some, "sampling", 0), id="no sampling"),
        pytest.param(lambda some: some.__dict__.update(classes=()), id="no classes"),
    ],
)
def test_what_is_no_part_of_an_index(spoil: Callable[[Any], object]) -> None:
    """Whatever is where the look-ups read, none reads memory that is not there."""
    index = SelectorIndex({1: parse("!b"), 2: parse("a,c"), 3: parse("a=1")})
    index._candidates.sampling = 1
    spoil(index._candidates)
    with pytest.raises((TypeError, AttributeError, ZeroDivisionError, IndexError)):
        candidate_index.find_change(index._candidates, 1, None, {"a": "1"}, ())
    with pytest.raises((TypeError, AttributeError, ZeroDivisionError, IndexError)):
        candidate_index.find_change(index._candidates, 1, {"b": "1"}, {"a": "1"}, ("a", "b"))


@pytest.mark.skipif(core_info().name == "pure", reason="the pure Python code runs")
def test_an_index_that_was_not_made() -> None:
    """The compiled part alone has nothing to look up, and no memory to read."""
    bare: Any = candidate_index.CandidateState()
    bucket: Any = candidate_index.BucketState()
    for _ in range(2):
        with pytest.raises((TypeError, AttributeError, ZeroDivisionError)):
            candidate_index.find_keys(bare, {"a": "1"})
        with pytest.raises((TypeError, AttributeError, ZeroDivisionError)):
            candidate_index.find_change(bare, 1, {}, {"a": "1"}, ("a",))
        bare._unanchored, bare._buckets, bare.sampling = bucket, {}, 1


def test_one_key_is_an_answer() -> None:
    """A selector with one key is answered by the key, with more by itself."""
    indexed: IndexedSelector[int] = IndexedSelector(parse("a"), None)
    indexed.keys[1] = None
    assert indexed.answer() == 1
    indexed.keys[2] = None
    assert indexed.answer() is indexed
    assert [list(group) for group in groups_of([5, indexed, 6])] == [[5], [1, 2], [6]]
    items = ["x"]
    answers: tuple[tuple[list[Any], list[list[int]]], ...] = (
        ([5, indexed, 6], [[5, 6], [1, 2]]),
        ([indexed], [[1, 2]]),
        ([5, 6], [[5, 6]]),
    )
    for some, groups in answers:
        found = rectangles(items, some)
        assert [list(group) for _, group in found] == groups
        assert all(each is items for each, _ in found)
