"""`Selection`: a set of keys, taken at one moment, whatever becomes of the index."""

import operator
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias

import pytest

from labelsel import LabelIndex, Selection

Operator: TypeAlias = Callable[[Any, Any], Any]

SETS: list[Operator] = [operator.and_, operator.or_, operator.sub, operator.xor]
COMPARISONS: list[Operator] = [
    operator.eq, operator.ne, operator.le, operator.lt, operator.ge, operator.gt,
]  # fmt: skip


@pytest.fixture
def index() -> LabelIndex[int]:
    """Numbers 0 to 59, labelled by what divides them."""
    return LabelIndex(
        {n: {f"by{d}": str(n // d) for d in (2, 3, 50) if n % d == 0} for n in range(60)}
    )


def by(number: int) -> list[int]:
    """Return the numbers of the index that this one divides."""
    return [n for n in range(60) if n % number == 0]


def test_it_is_a_set(index: LabelIndex[int]) -> None:
    """It does what a set does, in the order of the index."""
    selection = index.select("by3")
    assert isinstance(selection, AbstractSet)
    assert isinstance(selection, Selection)
    assert (len(selection), list(selection), bool(selection)) == (20, by(3), True)
    assert (3 in selection, 2 in selection, 99 in selection, None in selection) == (
        True, False, False, False,
    )  # fmt: skip
    others: list[Any] = [set(by(3)), frozenset(by(3)), dict.fromkeys(by(3)).keys(), selection]
    assert all(selection == other and other == selection for other in others)
    no_set: Any = by(3)
    assert selection != no_set
    assert selection.isdisjoint({1, 2})
    assert not selection.isdisjoint(index.select("by2"))
    assert (len(index.select("none")), bool(index.select("none"))) == (0, False)
    with pytest.raises(TypeError, match="unhashable"):
        hash(selection)


def test_it_cannot_be_changed(index: LabelIndex[int]) -> None:
    """A selection has no way to add to it or take from it."""
    selection = index.select("by3")
    for name in ("add", "discard", "remove", "pop", "clear", "update", "__ior__", "__dict__"):
        assert not hasattr(selection, name)


def test_repr(index: LabelIndex[int]) -> None:
    """It shows the first ten keys, and how many more there are."""
    assert repr(index.select("none")) == "Selection({})"
    assert repr(index.select("by50")) == "Selection({0, 50})"
    assert repr(index.select("by3,by2")) == "Selection({0, 6, 12, 18, 24, 30, 36, 42, 48, 54})"
    assert repr(index.select("by3")) == "Selection({0, 3, 6, 9, 12, 15, 18, 21, 24, 27, … 10 more})"


@pytest.mark.parametrize("combine", SETS)
def test_operators_within_one_moment(index: LabelIndex[int], combine: Operator) -> None:
    """Set operators give what they give for plain sets, in the order of the index."""
    for one, other in [("by2", "by3"), ("by2", "none"), ("none", "by3"), ("by50", "by2"), ("", "")]:
        mine, theirs = index.select(one), index.select(other)
        combined = combine(mine, theirs)
        assert set(combined) == combine(set(mine), set(theirs))
        if combine is not operator.xor:
            assert isinstance(combined, Selection)
            assert list(combined) == sorted(combined)
        assert (set(mine), set(theirs)) == (set(index.select(one)), set(index.select(other)))


@pytest.mark.parametrize("combine", SETS)
def test_operators_between_moments(index: LabelIndex[int], combine: Operator) -> None:
    """Selections of different moments are combined by their keys, which may be gone or back."""
    before = index.select("by2")
    expected = set(before)
    del index[0], index[2]
    index[2] = {"by2": "again"}
    index[4] = {}
    index[61] = {"by2": "new"}
    after = index.select("by2")
    now = (expected - {0, 4}) | {61}
    assert (set(before), set(after)) == (expected, now)
    for mine, theirs in ((before, after), (after, before), (before, before), (after, after)):
        assert set(combine(mine, theirs)) == combine(set(mine), set(theirs))


@pytest.mark.parametrize("combine", SETS)
def test_operators_with_other_sets(index: LabelIndex[int], combine: Operator) -> None:
    """Plain sets, views and selections of another index come in on either side."""
    other = LabelIndex({n: {"by2": ""} for n in (4, 3, 2, 99)})
    others: list[AbstractSet[Any]] = [
        {4, 3, 99}, frozenset([4, "x"]), {4: 1, 3: 2}.keys(), set(), other.select("by2"),
        other.select("none"),
    ]  # fmt: skip
    selection = index.select("by2")
    for theirs in others:
        assert set(combine(selection, theirs)) == combine(set(selection), set(theirs))
        assert set(combine(theirs, selection)) == combine(set(theirs), set(selection))


def test_some_keys_among_it(index: LabelIndex[int]) -> None:
    """Of given keys those that are in it, in its order, as it was when it was made."""
    found = index.select("")
    keys = list(found)
    assert list(found.intersection(reversed(keys[1:4]))) == keys[1:4]
    assert list(found.intersection([keys[2], "none", keys[2]])) == [keys[2]]
    del index[keys[1]]
    index[-1] = {}
    assert list(found.intersection([-1, keys[3], keys[1]])) == [keys[1], keys[3]]
    assert list(index.select("").intersection([-1, keys[3], keys[1]])) == [keys[3], -1]


@pytest.mark.parametrize("compare", COMPARISONS)
def test_comparisons(index: LabelIndex[int], compare: Operator) -> None:
    """Comparisons answer what they answer for plain sets, across indexes and moments."""
    selections = [index.select(text) for text in ("", "by2", "by3", "by2,by3", "none", "by50")]
    del index[0]
    index[0] = {"by2": ""}
    selections += [index.select("by2"), LabelIndex({0: {"a": ""}, 50: {"a": ""}}).select("a")]
    for mine in selections:
        for theirs in selections:
            assert compare(mine, theirs) is compare(set(mine), set(theirs))
            assert compare(mine, set(theirs)) is compare(set(mine), set(theirs))


def test_combined_selections_are_snapshots_too(index: LabelIndex[int]) -> None:
    """What was combined stays, when the index goes on, and goes on again."""
    selection = index.select("by2")
    del index[6]
    union = index.select("by3") | index.select("by50")
    other_moment = selection & index.select("by3")
    expected = [list(s) for s in (union, union - union, union & union)]
    for number in list(index):
        del index[number]
        combined = (union, union - union, union & union)
        assert [list(s) for s in combined] == expected
    assert sorted(other_moment) == [n for n in by(6) if n != 6]
    assert list(selection) == by(2)


def test_a_selection_outlives_every_change(index: LabelIndex[int]) -> None:
    """Replacing, removing, adding and clearing change no selection made before."""
    selection = index.select("by3")
    looked_at_early = index.select("by3")
    index[3] = {}
    index[1] = {"by3": "no"}
    assert list(looked_at_early) == by(3)
    del index[6]
    index[6] = {"by3": "back"}
    del index[6]
    index.update({n: {"by3": "new"} for n in range(100, 200)})
    index.pop(9)
    rows = selection.rows().tolist()
    index.clear()
    index[12] = {}
    for seen in (selection, looked_at_early):
        assert list(seen) == by(3)
        assert len(seen) == 20
        assert seen.rows().tolist() == rows == by(3)
        assert [n for n in range(200) if n in seen] == by(3)
        assert repr(seen).startswith("Selection({0, 3, 6, 9, 12,")


@pytest.mark.parametrize("change", ["delete", "replace", "add", "clear"])
def test_changing_the_index_while_iterating(index: LabelIndex[int], change: str) -> None:
    """A loop over a selection gets each of its keys, whatever it does to the index."""
    seen = []
    for number in index.select("by3"):
        seen.append(number)
        match change:
            case "delete":
                index.pop(number, None)
                index.pop(number + 3, None)
            case "replace":
                index[number] = {"by3": "other"}
            case "add":
                index[number + 100] = {"by3": "more"}
            case _:
                index.clear()
    assert seen == by(3)
    index.check_invariants()


def test_every_kind_of_plan_is_copied() -> None:
    """No selection shares rows with the index, however it was answered."""
    index = LabelIndex({n: {"a": str(n % 2), "b": str(n // 20), "c": "5"} for n in range(40)})
    texts = ["", "a", "!none", "a=0", "a in (0,1)", "a in (0,x)", "a!=0", "b>0", "c>4", "a=0,b=1",
             "a,b", "!a", "a!=x", "none", "a=0,b!=1", "a=0,!none"]  # fmt: skip
    selections = {text: (index.select(text), list(index.select(text))) for text in texts}
    for number in range(40):
        index[number + 100] = {"a": str(number % 2), "b": "2"}
        index[number] = {}
        if number % 3 == 0:
            del index[number]
    for text, (selection, expected) in selections.items():
        assert list(selection) == expected, text
    index.check_invariants()


def test_keys_that_are_equal() -> None:
    """`1`, `True` and `1.0` are one key, as in a dict, which keeps the first of them."""
    index: LabelIndex[object] = LabelIndex([(1, {"a": "1"}), (True, {"a": "2"})])
    index[1.0] = {"a": "3"}
    selection = index.select("a=3")
    assert (len(index), repr(selection)) == (1, "Selection({1})")
    assert True in selection
    del index[True]
    index[True] = {"a": "3"}
    assert repr(index.select("a")) == "Selection({True})"
    assert 1.0 in selection
    assert repr(selection) == "Selection({1})"
    assert set(selection) == set(index.select("a")) == {1.0}
    index.check_invariants()


def test_keys_of_every_kind() -> None:
    """Any hashable object is a key: None, tuples, types, NaN, which equals nothing."""
    nan = float("nan")
    keys: list[Any] = [None, (), ("ns", "name"), "", b"", int, nan, frozenset(), 2**70, Ellipsis]
    index = LabelIndex((key, {"a": "x"}) for key in keys)
    index.check_invariants()
    selection = index.select("a=x")
    assert list(selection) == keys
    assert all(key in selection for key in keys)
    assert float("nan") not in selection  # noqa: PLW0177  # it equals nothing, and so is not in it
    for key in keys:
        del index[key]
    assert list(selection) == keys
    assert len(index.select("a")) == 0
