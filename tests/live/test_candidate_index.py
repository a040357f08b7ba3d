"""Under which anchors selectors are indexed, and how those of a bit matrix are tested together.

restrictions.py says what a selector requires, bit_matrix.py tests many selectors together, and
candidate_index.py chooses the matrices. These tests show for hand-made cases that the right
selectors are found, and that others are not even tested; tests/live/test_selector_index.py tests
everything together.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import Any, TypeAlias

import pytest

from labelsel import (
    And,
    Contains,
    EndsWith,
    Everything,
    Exists,
    GreaterThan,
    In,
    LessThan,
    Not,
    NotEquals,
    Nothing,
    NotIn,
    Or,
    Selector,
    SelectorIndex,
    StartsWith,
    budget,
    parse,
)
from labelsel.live import bit_matrix
from labelsel.live.bit_matrix import BitMatrix
from labelsel.live.candidate_index import Bucket, CandidateIndex
from labelsel.live.indexed_selector import IndexedSelector
from labelsel.live.restrictions import (
    Anchor,
    Memo,
    Restrictions,
    anchor_set,
    cheapest_anchors,
    cheapest_set,
    possible_anchors,
    restrictions_of,
)
from labelsel.value_sets import Values
from tests.interrupts import Interrupt

Labels: TypeAlias = Mapping[str, str]

A1, A2, B1, B2, C1 = (parse(text) for text in ("a=1", "a=2", "b=1", "b=2", "c=1"))


def some_restrictions(selector: Selector) -> Restrictions:
    restrictions = restrictions_of(selector)
    assert restrictions is not None
    return restrictions


# What a selector requires


@pytest.mark.parametrize(
    "selector",
    [
        Nothing(),
        In("a", []),
        And((B1, In("a", []))),
        And((A1, Nothing())),
        And((A1, A2)),
        parse("a,!a"),
        parse("a in (1,2),a notin (1,2,3)"),
        And((GreaterThan("a", "5"), LessThan("a", "3"))),
        Or((Nothing(), And((A1, A2)))),
        Not(Everything()),
        # Only all of it together shows that these select nothing.
        And((Or((A1, A2)), parse("!a"))),
        And((Or((A1, B1)), NotEquals("a", "1"), NotEquals("b", "1"))),
    ],
    ids=str,
)
def test_a_selector_that_selects_nothing_has_no_restrictions(selector: Selector) -> None:
    assert restrictions_of(selector) is None


def test_restrictions_have_the_values_of_each_key() -> None:
    """All requirements of a key together, also those in nested conjunctions."""
    restrictions = some_restrictions(
        And((parse("a in (1,2,3),b"), And((NotEquals("a", "2"), Everything()))))
    )
    assert not restrictions.choices
    assert list(restrictions.keys()) == ["a", "b"]
    assert restrictions.conditions["a"].listed == {"1", "3"}
    assert not restrictions.conditions["a"].absent
    assert restrictions.conditions["b"].others


def test_restrictions_have_the_choices() -> None:
    """Each Or with the restrictions of its terms, without terms that select nothing."""
    restrictions = some_restrictions(
        And((C1, Or((A1, Nothing(), And((B1, Or((A2, B2)))), parse("b=1,!a")))))
    )
    assert list(restrictions.conditions) == ["c"]
    [branches] = restrictions.choices
    assert [list(branch.conditions) for branch in branches] == [["a"], ["b"], ["a", "b"]]
    assert sorted(restrictions.keys()) == ["a", "a", "a", "b", "b", "b", "c"]
    assert [branch.size for branch in branches] == [2, 6, 3]
    assert restrictions.size == 2 + 2 + 6 + 3
    never = And((B1, Or((Nothing(), And((A1, A2))))))
    assert some_restrictions(Or((A1, never))).choices == [[some_restrictions(A1)]]


def test_negations_are_pushed_down() -> None:
    """Only requirements without an inverse stay negated."""
    restrictions = some_restrictions(Not(Or((A1, Contains("b", "x")))))
    assert restrictions.conditions["a"].absent
    assert restrictions.conditions["a"].listed == {"1"}
    assert [test.expected for test in restrictions.conditions["b"].tests] == [False]


def test_an_undecided_selector_has_restrictions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limits of reasoning a selector counts as one that selects something."""
    parts = And((Contains("a", "xy"), EndsWith("a", "z"), StartsWith("a", "q")))
    choices = And((Or((A1, A2)), parse("!a")))
    monkeypatch.setattr(budget, "MAX_STEPS", 0)
    assert restrictions_of(parts) is not None
    assert restrictions_of(choices) is not None


COSTS: dict[Anchor, float] = {
    ("a", "1"): 0.3, ("a", "2"): 0.4, ("a", None): 0.8, ("b", "1"): 0.1, ("b", "2"): 0.5,
    ("b", None): 0.6, ("c", "1"): 0.35, ("c", None): 0.9,
}  # fmt: skip


@pytest.mark.parametrize(
    ("selector", "cost", "anchors", "is_branched"),
    [
        (A1, 0.3, [("a", "1")], False),
        (And((A1, B1)), 0.1, [("b", "1")], False),
        (parse("a in (1,2)"), 0.7, [("a", "1"), ("a", "2")], False),
        (parse("a in (1,2),b"), 0.6, [("b", None)], False),
        (parse("a,a!=1"), 0.8, [("a", None)], False),
        (parse("a>5"), 0.8, [("a", None)], False),
        (Or((A1, B1)), 0.4, [("a", "1"), ("b", "1")], True),
        (And((Or((A1, B2)), C1)), 0.35, [("c", "1")], False),
        (And((Or((A1, B1)), Exists("c"))), 0.4, [("a", "1"), ("b", "1")], True),
        (And((Or((A1, B1)), A2)), 0.4, [("a", "2")], False),
        (And((Or((A1, parse("!b"))), Exists("c"))), 0.9, [("c", None)], False),
        (Or((A1, And((B2, Or((B1, C1)))))), 0.75, [("a", "1"), ("b", "1"), ("c", "1")], True),
    ],
    ids=str,
)
def test_the_cheapest_anchors(
    selector: Selector,
    cost: float,
    anchors: list[Anchor],
    is_branched: bool,  # noqa: FBT001  # a parameter
) -> None:
    """The least sum: of one label, of several, of a key, or of the anchors of all branches.

    If a condition and branches cost the same, the condition: a matrix tests it with others.
    """
    choice = cheapest_anchors(some_restrictions(selector), COSTS.__getitem__)
    assert choice is not None
    assert choice.cost == pytest.approx(cost)
    assert len(choice.anchors) == len(set(choice.anchors))
    assert sorted(choice.anchors, key=str) == sorted(anchors, key=str)
    assert choice.is_branched == is_branched


@pytest.mark.parametrize(
    "selector",
    [
        Everything(),
        parse("!a"),
        parse("a!=1,b notin (1,2)"),
        Not(Contains("a", "x")),
        Not(A1),
        Or((A1, parse("!b"))),
        Or((A1, Everything())),
        Or((A1, Or((B1, NotEquals("c", "1"))))),
    ],
    ids=str,
)
def test_nothing_is_required(selector: Selector) -> None:
    """Negations ask for nothing to be there, nor does an Or with a branch that does not."""
    assert cheapest_anchors(some_restrictions(selector), COSTS.__getitem__) is None


def test_few_values_are_labels_and_many_are_a_key() -> None:
    few, many = (some_restrictions(In("a", map(str, range(n)))) for n in (16, 17))
    assert set(possible_anchors(few)) == {("a", str(n)) for n in range(16)}
    assert list(possible_anchors(many)) == [("a", None)]


def test_many_copies_of_conditions_are_avoided() -> None:
    """A selector with many other conditions is under the key, not under each value."""
    few = In("a", map(str, range(16))) & In("b", map(str, range(30)))
    assert list(possible_anchors(some_restrictions(few))) == [("a", None), ("b", None)]


@pytest.mark.parametrize(("values", "others"), [(16, 30), (2, 130)])
def test_equal_values_in_selectors_of_different_sizes(values: int, others: int) -> None:
    """Added at once, in either order: the size of each decides where it is, not the first's."""
    listed = In("a", map(str, range(values)))
    few, many = listed & Exists("c"), listed & In("b", map(str, range(others)))
    for some in ([few, many], [many, few]):
        index = SelectorIndex(enumerate(some))
        index.check_invariants()
        assert index.matching({"a": "1", "c": ""}) == {some.index(few)}
        assert index.matching({"a": "1", "b": "29"}) == {some.index(many)}
        index.clear()
        index.check_invariants()


@pytest.mark.parametrize(
    ("values", "size", "is_key"),
    [(1, 10_000, False), (2, 131, False), (2, 132, True), (16, 33, False), (16, 34, True)],
)
def test_how_many_conditions_are_copied(
    values: int,
    size: int,
    is_key: bool,  # noqa: FBT001  # a parameter
) -> None:
    """256 at most: for each label those of all other keys and values. One label copies none."""
    listed = frozenset(map(str, range(values)))
    anchors = anchor_set("a", Values(absent=False, listed=listed, others=False), size)
    assert set(anchors) == ({("a", None)} if is_key else {("a", value) for value in listed})


def test_the_first_of_the_cheapest_sets() -> None:
    """Where several cost the same; the sum counts, not the number."""
    assert cheapest_set([(3,), (1, 1), (2,), (0, 2)], float) == (2.0, (1, 1))
    assert cheapest_set([], float) == (inf, None)


def test_a_requirement_without_values_among_others() -> None:
    """It selects nothing, also where the same update has others of its kind."""
    some = {n: In("a", values) for n, values in enumerate([[], ["1"], [], ["1", "2"]])}
    index = SelectorIndex(some)
    index.check_invariants()
    assert index.matching({"a": "1"}) == {1, 3}


def test_too_many_tests_of_listed_values_are_left_out() -> None:
    """Beyond the limit the selector is evaluated itself, and its anchors stay."""
    tests = [Contains("a", str(n)) for n in range(101)]
    restrictions = some_restrictions(And((In("a", map(str, range(100))), *tests)))
    assert not restrictions.is_complete
    assert len(restrictions.conditions["a"].listed) == 100
    index = SelectorIndex({1: And((In("a", map(str, range(100))), *tests))})
    assert index.matching({"a": "12"}) == set()
    index.check_invariants()


def test_equal_requirements_of_many_selectors_share_their_values() -> None:
    """Those that are read with one memo, alone or in a conjunction."""
    memo: Memo = {}
    texts = ("a in (1,2)", "a in (1,2),b", "c=1,a in (2,1)")
    found = [restrictions_of(parse(text), memo) for text in texts]
    values = [each.conditions["a"] for each in found if each is not None]
    assert len(values) == 3
    assert values[0] is values[1] is values[2]
    absent = [restrictions_of(parse(text), memo) for text in ("!a", "b,!a")]
    assert len({id(each.conditions["a"]) for each in absent if each is not None}) == 1
    assert some_restrictions(parse("a in (1,2)")).conditions["a"] is not values[0]


def test_all_possible_anchors() -> None:
    """Of conditions and of branches, also where these are nested; some of them twice."""
    restrictions = some_restrictions(
        And((C1, parse("!x"), Or((A1, And((B1, Or((A1, Exists("b")))))))))
    )
    assert sorted(possible_anchors(restrictions), key=str) == [
        ("a", "1"), ("a", "1"), ("b", "1"), ("b", None), ("c", "1"),
    ]  # fmt: skip


# Many selectors tested together

SELECTORS: Sequence[Selector] = [
    *map(parse, (
        "", "a", "!a", "a=1", "a!=1", "a in (1,2)", "a notin (1,2)", "a>5", "a<5", "a>1,a<9",
        "a=1,b=1", "a,b!=1", "!a,!b", "b", "b=1,c!=1", "c", "a>3,a!=7", "!c,b in (1,x)",
    )),
    *(Contains("a", "1"), StartsWith("b", "x"), EndsWith("a", "7"), Not(Contains("a", "1"))),
    *(Or((A1, B1)), Or((A1, parse("!b"))), And((C1, Or((A1, B2)))), Not(Or((A1, B1)))),
    Or((GreaterThan("a", "5"), And((Exists("b"), NotIn("c", ["1", "2"]))))),
]  # fmt: skip

SETS: Sequence[Labels] = [
    {key: value for key, value in zip("abc", values, strict=True) if value is not None}
    for a in (None, "1", "2", "7", "17", "x")
    for b in (None, "1", "xy")
    for c in (None, "1")
    for values in [(a, b, c)]
]


def put(matrix: BitMatrix[int], selectors: Iterable[Selector]) -> list[IndexedSelector[int]]:
    """Add selectors to a matrix, under their numbers as keys."""
    added = []
    for selector in selectors:
        indexed: IndexedSelector[int] = IndexedSelector(selector, restrictions_of(selector))
        number = matrix.add(indexed, some_restrictions(selector))
        indexed.keys[number] = None
        added.append(indexed)
    return added


def out(matrix: BitMatrix[int], indexed: IndexedSelector[int]) -> None:
    [number] = indexed.keys
    assert indexed.restrictions is not None
    matrix.remove(number, indexed.restrictions)


def found(matrix: BitMatrix[int], labels: Labels) -> list[Selector]:
    """Ask a matrix, and see that it is what its selectors make it."""
    matrix.check_invariants(lambda restrictions: restrictions)
    return [indexed.selector for indexed in matrix.selectors(matrix.matching(labels))]


def test_a_matrix_finds_what_matches() -> None:
    """Each kind of selector, for label sets with many keys of the matrix and with few."""
    matrix: BitMatrix[int] = BitMatrix()
    added = put(matrix, SELECTORS)
    assert list(matrix) == added
    assert len(matrix) == len(SELECTORS)
    others = {f"other-{n}": "" for n in range(9)}
    for labels in SETS:
        expected = [selector for selector in SELECTORS if selector.matches(labels)]
        assert found(matrix, labels) == expected
        assert found(matrix, {**labels, **others}) == expected
    # All columns without tests share these.
    assert (bit_matrix._NO_TESTS, bit_matrix._NO_VALUES) == ({}, {})
    column = matrix._columns["c"]
    assert (column.tests is bit_matrix._NO_TESTS, column.failing is bit_matrix._NO_VALUES) == (
        True, True,
    )  # fmt: skip


def test_a_matrix_of_many_keys() -> None:
    """More keys than the label set has: those are looked at that it has, or has to have."""
    matrix: BitMatrix[int] = BitMatrix()
    negations = [parse(f"!k{n}") for n in range(20)]
    put(matrix, [*SELECTORS, *negations, parse("k1"), parse("k2!=x")])
    for labels in SETS:
        some = {**labels, "k2": "x"}
        assert found(matrix, some) == [
            selector for selector in map(selector_of, matrix) if selector.matches(some)
        ]


def selector_of(indexed: IndexedSelector[int]) -> Selector:
    return indexed.selector


@pytest.mark.parametrize("many", [False, True])
def test_what_a_change_does_to_a_matrix(many: bool) -> None:  # noqa: FBT001  # a parameter
    """Those that start or stop, and besides only some with an Or; all the same both times."""
    matrix: BitMatrix[int] = BitMatrix()
    put(matrix, [*SELECTORS, *(parse(f"k{n}") for n in range(20 if many else 0))])
    for before in SETS:
        for after in SETS:
            changed = [key for key in "abc" if before.get(key) != after.get(key)]
            was, now = matrix.changed(before, after, changed)
            held, holds = matrix.matching(before), matrix.matching(after)
            assert (was & ~now, now & ~was) == (held & ~holds, holds & ~held)
            both = [indexed.selector for indexed in matrix.selectors(was & now)]
            assert all(some_restrictions(selector).choices for selector in both)


def test_a_change_of_a_key_that_a_matrix_does_not_name() -> None:
    """Nothing is said then of those that hold all the time."""
    matrix: BitMatrix[int] = BitMatrix()
    put(matrix, [A1, Or((A1, B1))])
    assert matrix.changed({"a": "1"}, {"a": "1", "z": ""}, ["z"]) == (0, 0)
    assert matrix.changed({"a": "1"}, {"a": "1", "b": "1"}, ["b"]) == (0b10, 0b10)
    put(matrix, [Exists("b")])
    assert matrix.changed({"a": "1"}, {"a": "1", "b": "2"}, ["b"]) == (0b10, 0b110)


def test_numbers_are_used_again() -> None:
    """What goes leaves nothing behind, and another takes its number."""
    matrix: BitMatrix[int] = BitMatrix()
    added = put(matrix, SELECTORS)
    for first in range(0, len(added), 2):
        out(matrix, added[first])
        assert len(matrix) == len(added) - first // 2 - 1
        matrix.check_invariants(lambda restrictions: restrictions)
    left = set(SELECTORS[1::2])
    for labels in SETS:
        assert set(found(matrix, labels)) == {s for s in left if s.matches(labels)}
    again = put(matrix, [*SELECTORS[::2], parse("z")])
    assert sorted(number for indexed in again for number in indexed.keys) == [
        *range(0, len(added), 2), len(added),
    ]  # fmt: skip
    for labels in SETS:
        assert set(found(matrix, labels)) == {s for s in SELECTORS if s.matches(labels)}


def test_a_number_that_is_used_again_has_a_new_answer() -> None:
    """Not the answer of the selector that went, nor none."""
    index: SelectorIndex[Any] = SelectorIndex({n: f"!k{n}" for n in range(3)})
    del index[1]
    assert index.matching({}) == {0, 2}
    index["new"] = "!k9"
    [matrix] = index._candidates.matrices({})
    assert len(list(matrix)) == len(matrix._answers) == 3
    assert index.matching({}) == {0, 2, "new"}


def test_each_change_ends_what_the_compiled_core_keeps() -> None:
    """Else the core would answer for the selectors of before."""
    matrix: BitMatrix[int] = BitMatrix()
    changes: list[Callable[[], object]] = [
        lambda: put(matrix, [A1]),
        lambda: matrix.refresh(0, next(iter(matrix))),
        lambda: out(matrix, next(iter(matrix))),
    ]
    for change in changes:
        matrix.image = object()
        change()
        assert matrix.image is None


def test_the_parts_of_a_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each selector is in one part, by its number; of a number that is free there is none."""
    monkeypatch.setattr(bit_matrix, "_PART", 3)
    matrix: BitMatrix[int] = BitMatrix()
    added = put(matrix, SELECTORS[:7])
    assert [matrix.part(number) for number in range(matrix.parts)] == [
        added[:3], added[3:6], added[6:],
    ]  # fmt: skip
    out(matrix, added[4])
    assert (matrix.parts, matrix.part(1)) == (3, [added[3], added[5]])


def test_an_emptied_matrix_has_nothing() -> None:
    matrix: BitMatrix[int] = BitMatrix()
    for indexed in put(matrix, SELECTORS):
        out(matrix, indexed)
    matrix.check_invariants(lambda restrictions: restrictions)
    assert (len(matrix), list(matrix), matrix.matching({"a": "1"})) == (0, [], 0)
    assert not matrix._columns
    assert not matrix._required


def test_tests_are_made_once_for_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values are remembered, and all forgotten where they are too many."""
    monkeypatch.setattr(bit_matrix, "_MAX_CACHED_VALUES", 3)
    matrix: BitMatrix[int] = BitMatrix()
    put(matrix, [Contains("a", "1"), GreaterThan("a", "5"), Exists("a")])
    failing = matrix._columns["a"].failing
    values = [str(n) for n in range(20)]
    sizes = []
    for value in [*values, *values]:
        assert found(matrix, {"a": value}) == [
            s for s in map(selector_of, matrix) if s.matches({"a": value})
        ]
        sizes.append(len(failing))
    assert sizes[:7] == [1, 2, 3, 1, 2, 3, 1]
    assert max(sizes) == 3
    asked: list[str] = []
    monkeypatch.setattr(
        type(next(iter(matrix._columns["a"].tests.values()))),
        "passes",
        lambda _, v: asked.append(v),
    )
    matrix.matching({"a": values[-1]})
    assert asked == []
    matrix.matching({"a": "new"})
    assert set(asked) == {"new"}


def test_what_is_remembered_is_forgotten_with_the_selectors() -> None:
    """One that comes is asked for values that were seen before; one that goes is not."""
    matrix: BitMatrix[int] = BitMatrix()
    [first] = put(matrix, [Contains("a", "1")])
    assert found(matrix, {"a": "2"}) == []
    [second] = put(matrix, [Contains("a", "2")])
    assert found(matrix, {"a": "2"}) == [second.selector]
    out(matrix, first)
    [third] = put(matrix, [NotEquals("a", "3")])
    assert found(matrix, {"a": "2"}) == [third.selector, second.selector]


def broken_matrix(break_it: Callable[[BitMatrix[int]], object]) -> None:
    matrix: BitMatrix[int] = BitMatrix()
    put(matrix, [*SELECTORS, parse("gone")])
    [number] = list(matrix)[-1].keys
    matrix.remove(number, some_restrictions(parse("gone")))
    matrix.matching({"a": "1"})
    matrix.check_invariants(lambda restrictions: restrictions)
    break_it(matrix)
    with pytest.raises((AssertionError, KeyError)):
        matrix.check_invariants(lambda restrictions: restrictions)


@pytest.mark.parametrize("part", ["absent", "evaluated", "listed", "count", "others", "tests"])
def test_a_broken_column_is_found_out(part: str) -> None:
    def change(matrix: BitMatrix[int]) -> None:
        column = matrix._columns["a"]
        value = getattr(column, part)
        setattr(column, part, {} if isinstance(value, dict) else value ^ 1)

    broken_matrix(change)


BREAKS: Mapping[str, Callable[[Any], object]] = {
    "bits": lambda matrix: setattr(matrix, "_bits", matrix._bits ^ 4),
    "evaluated": lambda matrix: setattr(matrix, "_evaluated", matrix._evaluated ^ 1),
    "free": lambda matrix: matrix._free.clear(),
    "free twice": lambda matrix: matrix._free.append(matrix._free[0]),
    "free and taken": lambda matrix: matrix._free.append(0),
    "selectors": lambda matrix: matrix._selectors.append(None),
    "required": lambda matrix: matrix._required.pop("a"),
    "a column less": lambda matrix: matrix._columns.pop("c"),
    "a column more": lambda matrix: matrix._columns.update(z=matrix._columns["a"]),
    "failing": lambda matrix: matrix._columns["a"].failing.update({"1": 0}),
    "other selector": lambda matrix: matrix._selectors.__setitem__(3, matrix._selectors[4]),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_matrix_is_found_out(name: str) -> None:
    broken_matrix(BREAKS[name])


# Which selectors are tested


def asked(index: SelectorIndex[Any], labels: Labels) -> set[Selector]:
    """Return the selectors that are tested for a label set, whether they match or not.

    A branched selector is in no matrix.
    """
    in_matrices = {m.selector for matrix in index._candidates.matrices(labels) for m in matrix}
    branched = {indexed.selector for indexed in index._candidates.branched(labels)}
    assert in_matrices.isdisjoint(branched)
    return in_matrices | branched


MANY = In("a", map(str, range(17)))


@pytest.mark.parametrize(
    ("selector", "labels", "others"),
    [
        (A1, [{"a": "1"}, {"a": "1", "b": ""}], [{}, {"a": "2"}, {"b": "1"}]),
        (parse("a in (1,2)"), [{"a": "1"}, {"a": "2"}], [{}, {"a": "3"}, {"b": "1"}]),
        (In("a", map(str, range(16))), [{"a": "15"}], [{}, {"a": "x"}]),
        (MANY, [{"a": "1"}, {"a": "x"}], [{}, {"b": "1"}]),
        (parse("a"), [{"a": "1"}, {"a": "x"}], [{}, {"b": "1"}]),
        (parse("a>5"), [{"a": "1"}], [{}]),
        (Contains("a", "x"), [{"a": "1"}], [{}]),
        (parse("a,a!=1"), [{"a": "1"}], [{}]),
        (Or((A1, Exists("b"))), [{"a": "1"}, {"b": ""}], [{}, {"a": "2"}]),
        (Or((A1, And((B1, Or((A2, C1)))))), [{"a": "1"}, {"b": "1"}], [{}, {"b": "2"}]),
        (Everything(), [{}, {"a": "1"}], []),
        (parse("!a"), [{}, {"a": "1"}], []),
        (parse("a!=1"), [{}, {"a": "1"}], []),
        (Not(And((A1, B1))), [{}, {"a": "1"}], []),
        (Or((A1, parse("!b"))), [{}, {"a": "1"}, {"c": ""}], []),
        (Nothing(), [], [{}, {"a": "1"}]),
        (And((A1, A2)), [], [{}, {"a": "1"}, {"a": "2"}]),
        (And((Or((A1, A2)), parse("!a"))), [], [{}, {"a": "1"}]),
    ],
    ids=str,
)
def test_anchors(selector: Selector, labels: list[Labels], others: list[Labels]) -> None:
    """A selector is tested for label sets that have an anchor of it, and for no others."""
    index = SelectorIndex({"key": selector})
    index.check_invariants()
    assert [asked(index, some) for some in labels] == [{selector}] * len(labels)
    assert [asked(index, some) for some in others] == [set()] * len(others)
    assert all(bool(index.matching(s)) == selector.matches(s) for s in [*labels, *others])
    del index["key"]
    index.check_invariants()
    assert [asked(index, some) for some in labels] == [set()] * len(labels)
    assert not index._candidates._by_key
    assert not index._candidates._buckets


def test_a_key_that_the_label_set_has_not() -> None:
    """It is no anchor of it, with few labels and with many."""
    index = SelectorIndex({"a": parse("a"), "a=1": A1})
    for count in range(5):
        labels = {f"x{n}": "1" for n in range(count)}
        assert asked(index, labels) == set()
        assert index.matching(labels) == set()
        assert index.matching({**labels, "a": "1"}) == {"a", "a=1"}


def test_a_branched_selector_that_does_not_match() -> None:
    """It is among those that an object may start and stop matching, and is asked itself."""
    index = SelectorIndex({"or": Or((A1 & parse("x!=1"), B1))})
    assert asked(index, {"a": "1", "x": "1"}) == {index["or"]}
    assert index.matching({"a": "1", "x": "1"}) == set()
    assert index.difference(None, {"a": "1", "x": "1"}) == ([], [])
    _, [started] = index.difference(None, {"a": "1"})
    assert list(started) == ["or"]


def test_one_label_set_of_seven_is_counted_for_all() -> None:
    """In the buckets of its labels; all are counted together."""
    index = SelectorIndex({1: A1, 2: A2, 3: parse("a")})
    for number in range(1, 22):
        index.matching({"a": "1", "b": ""})
        candidates = index._candidates
        counted = number // 7 * 7
        assert candidates.lookups == number
        buckets = candidates._buckets["a"]
        assert {value: bucket.lookups for value, bucket in buckets.items()} == {
            None: counted, "1": counted, "2": 0,
        }  # fmt: skip


def test_a_label_that_most_selectors_require_is_no_anchor_at_first() -> None:
    """Selectors that are added together get the anchors that fewest of them require."""
    index = SelectorIndex({n: f"env=prod,app=app-{n}" for n in range(9)})
    assert asked(index, {"env": "prod"}) == set()
    assert asked(index, {"app": "app-3"}) == {index[3]}
    index[9] = "env=prod,team=t"
    assert asked(index, {"env": "prod"}) == set()


def test_the_condition_of_an_anchor_is_not_tested_again() -> None:
    """Selectors of a bucket have no column for what their anchor says."""
    index: SelectorIndex[int] = SelectorIndex({1: parse("a"), 2: parse("a=1,b!=2")})
    [exists] = [
        b for b in index._candidates.matrices({"a": "x"}) if index[1] in map(selector_of, b)
    ]
    assert not exists._columns
    [labelled] = [
        b for b in index._candidates.matrices({"a": "1"}) if index[2] in map(selector_of, b)
    ]
    assert "b" in labelled._columns
    assert "a" not in labelled._columns
    index.check_invariants()


BUSY: Labels = {"env": "prod", "zone": "z"}


def badly_anchored() -> SelectorIndex[Any]:
    """One selector under the label of all label sets, since many name its other label."""
    index: SelectorIndex[Any] = SelectorIndex({n: f"team=t,n={n}" for n in range(9)})
    index["moved"] = "env=prod,team=t"
    assert asked(index, BUSY) == {index["moved"]}
    return index


def ask_often(index: SelectorIndex[Any], ask: str) -> None:
    """Look up a label set so often that its selectors are reviewed."""
    for n in range(200):
        if ask == "difference":
            index.difference(BUSY, {**BUSY, "n": str(n)})
        elif ask == "change_of":
            index.change_of(n, BUSY, {**BUSY, "n": str(n)}, ["n"])
        else:
            getattr(index, ask)(BUSY)


@pytest.mark.parametrize("ask", ["matching", "any_matching", "difference", "change_of"])
def test_a_bad_anchor_is_left(ask: str) -> None:
    """Where many label sets ask and none is selected, a selector moves to what is rarer."""
    index = badly_anchored()
    ask_often(index, ask)
    index.check_invariants()
    assert asked(index, BUSY) == set()
    assert index.matching({"env": "prod", "team": "t"}) == {"moved"}


@pytest.mark.parametrize("ask", ["matching", "any_matching", "difference", "change_of"])
def test_a_review_that_is_interrupted(monkeypatch: pytest.MonkeyPatch, ask: str) -> None:
    """The selector that is on its way to another anchor is found all the same."""
    index = badly_anchored()

    def end(*_: object) -> None:
        raise Interrupt

    with monkeypatch.context() as patch:
        patch.setattr(CandidateIndex, "_put", end)
        with pytest.raises(Interrupt):
            ask_often(index, ask)
    assert index.matching({"env": "prod", "team": "t"}) == {"moved"}
    index.check_invariants()


def test_a_key_is_left_for_a_label() -> None:
    """Keys are counted, too."""
    index: SelectorIndex[Any] = SelectorIndex({n: f"team=t,n={n}" for n in range(9)})
    index["moved"] = "env,team=t"
    assert asked(index, BUSY) == {index["moved"]}
    for _ in range(200):
        index.matching(BUSY)
    assert asked(index, BUSY) == set()


def test_an_anchor_is_not_left_for_one_that_is_no_better() -> None:
    """Where both labels come together, or the other nearly as often, all stays as it is."""
    index = badly_anchored()
    for n in range(500):
        index.matching({**BUSY, "team": "t"} if n % 10 < 7 else BUSY)
        [(bucket, _, _)] = index._candidates._positions[index._by_key["moved"]]
        assert bucket.anchor == ("env", "prod")


def test_a_new_anchor_is_judged_by_the_lookups_since_then() -> None:
    """It is asked for by all label sets, though only by few of those that ever came."""
    index: SelectorIndex[Any] = SelectorIndex({n: f"team=t,n={n}" for n in range(9)})
    for n in range(1000):
        index.matching({"team": "t"} if n % 4 == 0 else {})
    index["moved"] = "env=prod,team=t"
    assert asked(index, BUSY) == {index["moved"]}
    for n in range(300):
        index.matching({**BUSY, "team": "t"} if n % 4 == 0 else BUSY)
    assert asked(index, BUSY) == set()


def test_a_selector_with_two_anchors_is_reviewed_once() -> None:
    """Both places are due at the same time; with the first look both are empty."""
    index: SelectorIndex[Any] = SelectorIndex({n: f"team=t,n={n}" for n in range(9)})
    index["moved"] = And((Or((A1, B1)), parse("team=t")))
    labels = {"a": "1", "b": "1"}
    assert asked(index, labels) == {index["moved"]}
    for _ in range(300):
        index.matching(labels)
    index.check_invariants()
    assert asked(index, labels) == set()
    assert index.matching({**labels, "team": "t"}) == {"moved"}


def test_a_bucket_of_many_matrices_is_left_matrix_by_matrix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each look is at one matrix; after some time all that should have gone."""
    monkeypatch.setattr(bit_matrix, "SIZE", 4)
    index: SelectorIndex[Any] = SelectorIndex({n: f"team=t,n={n}" for n in range(60)})
    moved = {f"moved-{n}": f"env=prod,team=t,x!={n}" for n in range(15)}
    index.update({"stays-1": "env=prod", **moved, "stays-2": "env=prod,x!=y"})
    assert len(asked(index, BUSY)) == 17
    left = []
    for _ in range(600):
        assert index.matching(BUSY) == {"stays-1", "stays-2"}
        left.append(len(asked(index, BUSY)))
    index.check_invariants()
    assert left == sorted(left, reverse=True)
    assert {5, 9, 13} & set(left)
    assert asked(index, BUSY) == {index["stays-1"], index["stays-2"]}
    assert index.matching({"env": "prod", "team": "t"}) == {"stays-1", "stays-2", *moved}


def test_the_parts_of_a_bucket_are_reviewed_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of its matrices, then its branched selectors; the later, the more look-ups it has."""
    monkeypatch.setattr(bit_matrix, "_PART", 2)
    bucket: Bucket[int] = Bucket(("a", "1"), 0)
    added = [IndexedSelector[int](each, some_restrictions(each)) for each in (A1, A2, B1)]
    for each in added:
        bucket.open_matrix().add(each, some_restrictions(each.selector))
    assert bucket.next_review == 64
    bucket.lookups = 64
    assert bucket.to_review() == added[2:]
    assert bucket.next_review == 64 + 64
    bucket.lookups = 1000
    assert bucket.to_review() == added[:2]
    assert bucket.next_review == 1000 + 1000 // 2
    branched = IndexedSelector[int](A1 | B1, some_restrictions(A1 | B1))
    bucket.branched[branched] = None
    assert bucket.to_review() == added[2:]
    assert bucket.to_review() == [branched]
    assert bucket.next_review == 1000 + 1000 // 3
    assert bucket.to_review() == added[:2]


def test_a_bucket_is_due_after_so_many_lookups() -> None:
    """Not before, and not if it is empty: then it is only counted."""
    index: SelectorIndex[Any] = SelectorIndex({n: f"team=t,n={n}" for n in range(9)})
    index["x"] = "env=prod,team=t"
    candidates = index._candidates
    candidates.sampling = 1
    labels = {**BUSY, "team": "t"}
    for _ in range(63):
        candidates.matrices(labels)
    assert candidates.due == []
    candidates.matrices(labels)
    assert candidates.due == [candidates._buckets["env"]["prod"]]
    empty = candidates._buckets["team"]["t"]
    assert (empty.is_empty, empty.lookups) == (True, 64)


@pytest.mark.parametrize("is_better", [False, True])
def test_an_anchor_is_left_for_one_that_is_looked_up_less_than_half_as_often(
    is_better: bool,  # noqa: FBT001  # a parameter
) -> None:
    """Half as often is not enough."""
    index: SelectorIndex[Any] = SelectorIndex({n: f"team=t,n={n}" for n in range(7)})
    index["x"] = "env=prod,team=t"
    candidates = index._candidates
    candidates.lookups = 100
    # Of 8 selectors one has env=prod, all have team=t: guessed are 4 and 32 look-ups of 32.
    candidates._buckets["env"]["prod"].lookups = 80 - 4 + is_better
    candidates._buckets["team"]["t"].lookups = 40 - 32
    candidates._review(index._by_key["x"])
    assert asked(index, BUSY) == (set() if is_better else {index["x"]})
    index.check_invariants()


def sizes(index: SelectorIndex[Any]) -> list[int]:
    """Return the size of each matrix of the selectors that require nothing."""
    return [len(matrix) for matrix in index._candidates.matrices({})]


def test_matrices_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A matrix has at most so many; one that is empty goes, one that has room is filled up."""
    size = 200
    monkeypatch.setattr(bit_matrix, "SIZE", size)
    index = SelectorIndex({n: f"!k{n % 50},x!={n}" for n in range(2 * size + 100)})
    assert sizes(index) == [size, size, 100]
    expected = {n for n in index if n % 50 != 7 and n != 99}
    assert index.matching({"k7": "", "x": "99"}) == expected
    for n in range(size):
        del index[n]
    assert sizes(index) == [size, 100]
    for n in range(size, size + 10):
        del index[n]
    for n in range(3 * size, 4 * size - 100 + 5):
        index[n] = f"x!={n}"
    assert sizes(index) == [size, size - 5]
    for n in range(5):
        index[n] = f"x!={n}"
    assert sizes(index) == [size, size]
    index.check_invariants()
    assert len(index.matching({})) == 2 * size
    for n in list(index):
        del index[n]
    assert sizes(index) == []
    index.check_invariants()


def broken_candidates(break_it: Callable[[Any], object]) -> None:
    index: SelectorIndex[str] = SelectorIndex(
        {"a": A1 & parse("b!=2"), "or": A1 | B1, "always": parse("!x"), "never": Nothing()}
    )
    index.check_invariants()
    break_it(index._candidates)
    with pytest.raises((AssertionError, KeyError)):
        index.check_invariants()


def a_bucket(candidates: CandidateIndex[Any]) -> Bucket[Any]:
    return candidates._buckets["a"]["1"]


def a_selector(candidates: CandidateIndex[Any]) -> IndexedSelector[Any]:
    return next(iter(a_bucket(candidates).matrices[0]))


CANDIDATE_BREAKS: Mapping[str, Callable[[Any], object]] = {
    "added": lambda candidates: setattr(candidates, "_count", 4),
    "a bucket less": lambda candidates: candidates._buckets["b"].pop("1"),
    "a key without places": lambda candidates: candidates._buckets.update({"z": {}}),
    "a bucket more": lambda candidates: candidates._bucket(("z", "1")),
    "anchor": lambda candidates: setattr(a_bucket(candidates), "anchor", ("a", "2")),
    "anchor of none": lambda candidates: setattr(candidates._unanchored, "anchor", ("a", "1")),
    "possible": lambda candidates: setattr(a_bucket(candidates), "possible", 9),
    "not by key": lambda candidates: candidates._by_key["a"].pop("1"),
    "another bucket": lambda candidates: candidates._by_key["a"].update(
        {"1": candidates._unanchored}
    ),
    "a key without buckets": lambda candidates: candidates._by_key.update({"z": {}}),
    "a bucket of no anchor": lambda candidates: candidates._by_key.update(
        {"z": {"1": candidates._unanchored}}
    ),
    "branched nowhere": lambda candidates: candidates._branched.clear(),
    "branched elsewhere": lambda candidates: next(iter(candidates._branched.values())).pop(),
    "branched and in a matrix": lambda candidates: a_bucket(candidates).branched.update(
        {a_selector(candidates): None}
    ),
    "branched keys": lambda candidates: candidates._branched_keys.update("z"),
    "a branched key of none": lambda candidates: candidates._branched_keys.update({"z": 0}),
    "an empty matrix": lambda candidates: a_bucket(candidates).matrices.append(BitMatrix()),
    "a broken matrix": lambda candidates: setattr(a_bucket(candidates).matrices[0], "_bits", 0),
    "no position": lambda candidates: candidates._positions[a_selector(candidates)].clear(),
    "a wrong position": lambda candidates: candidates._positions[a_selector(candidates)].append(
        (candidates._unanchored, candidates._unanchored.matrices[0], 0)
    ),
    "unanchored": lambda candidates: candidates._unanchored.matrices.clear(),
}


@pytest.mark.parametrize("name", CANDIDATE_BREAKS)
def test_broken_candidates_are_found_out(name: str) -> None:
    broken_candidates(CANDIDATE_BREAKS[name])
