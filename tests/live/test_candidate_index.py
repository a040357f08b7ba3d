"""Where selectors are filed, and how those of a block are asked together.

form.py takes a selector apart, block.py asks many at once, files.py says which blocks are asked.
That the right ones are found is tested here for hand-made cases, and for everything together in
tests/live/test_selector_index.py; here it is also seen that others are not even asked.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
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
    parse,
)
from labelsel.live import bit_matrix as block_module
from labelsel.live.bit_matrix import SIZE, BitMatrix
from labelsel.live.candidate_index import Bucket, CandidateIndex
from labelsel.live.indexed_selector import IndexedSelector
from labelsel.live.restrictions import Place, Restrictions, cheapest, places_of, restrictions_of
from labelsel.reasoning import budget as effort

Labels: TypeAlias = Mapping[str, str]

A1, A2, B1, B2, C1 = (parse(text) for text in ("a=1", "a=2", "b=1", "b=2", "c=1"))


def some_form(selector: Selector) -> Restrictions:
    form = restrictions_of(selector)
    assert form is not None
    return form


# What a selector requires.


@pytest.mark.parametrize(
    "selector",
    [
        Nothing(),
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
def test_a_selector_that_selects_nothing_has_no_form(selector: Selector) -> None:
    assert restrictions_of(selector) is None


def test_a_form_has_the_values_of_each_key() -> None:
    """All requirements of a key together, also those in nested conjunctions."""
    form = some_form(And((parse("a in (1,2,3),b"), And((NotEquals("a", "2"), Everything())))))
    assert not form.choices
    assert list(form.keys()) == ["a", "b"]
    assert form.conditions["a"].listed == {"1", "3"}
    assert not form.conditions["a"].absent
    assert form.conditions["b"].others


def test_a_form_has_the_choices() -> None:
    """Each Or with the forms of its terms; a term that selects nothing is none of them."""
    form = some_form(And((C1, Or((A1, Nothing(), And((B1, Or((A2, B2)))), parse("b=1,!a"))))))
    assert list(form.conditions) == ["c"]
    [branches] = form.choices
    assert [list(branch.conditions) for branch in branches] == [["a"], ["b"], ["a", "b"]]
    assert sorted(form.keys()) == ["a", "a", "a", "b", "b", "b", "c"]
    never = And((B1, Or((Nothing(), And((A1, A2))))))
    assert some_form(Or((A1, never))).choices == [[some_form(A1)]]


def test_negations_are_pushed_down() -> None:
    """What is left of Not stands above requirements that have no inverse."""
    form = some_form(Not(Or((A1, Contains("b", "x")))))
    assert form.conditions["a"].absent
    assert form.conditions["a"].listed == {"1"}
    assert [test.wanted for test in form.conditions["b"].tests] == [False]


def test_what_cannot_be_decided_has_a_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limits of reasoning a selector counts as one that selects something."""
    parts = And((Contains("a", "xy"), EndsWith("a", "z"), StartsWith("a", "q")))
    choices = And((Or((A1, A2)), parse("!a")))
    monkeypatch.setattr(effort, "MAX_STEPS", 0)
    assert restrictions_of(parts) is not None
    assert restrictions_of(choices) is not None


COSTS: dict[Place, float] = {
    ("a", "1"): 0.3, ("a", "2"): 0.4, ("a", None): 0.8, ("b", "1"): 0.1, ("b", "2"): 0.5,
    ("b", None): 0.6, ("c", "1"): 0.35, ("c", None): 0.9,
}  # fmt: skip


@pytest.mark.parametrize(
    ("selector", "cost", "places"),
    [
        (A1, 0.3, [("a", "1")]),
        (And((A1, B1)), 0.1, [("b", "1")]),
        (parse("a in (1,2)"), 0.7, [("a", "1"), ("a", "2")]),
        (parse("a in (1,2),b"), 0.6, [("b", None)]),
        (parse("a,a!=1"), 0.8, [("a", None)]),
        (parse("a>5"), 0.8, [("a", None)]),
        (Or((A1, B1)), 0.4, [("a", "1"), ("b", "1")]),
        (And((Or((A1, B2)), C1)), 0.35, [("c", "1")]),
        (And((Or((A1, B1)), Exists("c"))), 0.4, [("a", "1"), ("b", "1")]),
        (And((Or((A1, parse("!b"))), Exists("c"))), 0.9, [("c", None)]),
        (Or((A1, And((B2, Or((B1, C1)))))), 0.75, [("a", "1"), ("b", "1"), ("c", "1")]),
    ],
    ids=str,
)
def test_the_cheapest_places(selector: Selector, cost: float, places: list[Place]) -> None:
    """The least sum, whether of one label, of many, of a key, or of places for each branch."""
    way = cheapest(some_form(selector), COSTS.__getitem__)
    assert way is not None
    assert way[0] == pytest.approx(cost)
    assert len(way[1]) == len(set(way[1]))
    assert sorted(way[1], key=str) == sorted(places, key=str)


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
    assert cheapest(some_form(selector), COSTS.__getitem__) is None


def test_few_values_are_labels_and_many_are_a_key() -> None:
    few, many = (some_form(In("a", map(str, range(n)))) for n in (16, 17))
    assert set(places_of(few)) == {("a", str(n)) for n in range(16)}
    assert list(places_of(many)) == [("a", None)]


def test_all_places_under_which_a_selector_may_come() -> None:
    """Of conditions and of branches, also where these are nested; some of them twice."""
    form = some_form(And((C1, parse("!x"), Or((A1, And((B1, Or((A1, Exists("b"))))))))))
    assert sorted(places_of(form), key=str) == [
        ("a", "1"), ("a", "1"), ("b", "1"), ("b", None), ("c", "1"),
    ]  # fmt: skip


# Many selectors asked at once.

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


def put(block: BitMatrix[int], selectors: Iterable[Selector]) -> list[IndexedSelector[int]]:
    """Add selectors to a block, under their numbers as keys."""
    members = []
    for selector in selectors:
        member: IndexedSelector[int] = IndexedSelector(selector, restrictions_of(selector))
        number = block.add(member, some_form(selector))
        member.keys[number] = None
        members.append(member)
    return members


def out(block: BitMatrix[int], member: IndexedSelector[int]) -> None:
    [number] = member.keys
    assert member.form is not None
    block.remove(number, member.form)


def found(block: BitMatrix[int], labels: Labels) -> list[Selector]:
    """Ask a block, and see that it is what its selectors make it."""
    block.check_invariants(lambda form: form)
    return [member.selector for member in block.members(block.holding(labels))]


def test_a_block_holds_what_holds() -> None:
    """Each kind of selector, for label sets with many keys of the block and with few."""
    block: BitMatrix[int] = BitMatrix()
    members = put(block, SELECTORS)
    assert list(block) == members
    assert len(block) == len(SELECTORS)
    others = {f"other-{n}": "" for n in range(9)}
    for labels in SETS:
        expected = [selector for selector in SELECTORS if selector.matches(labels)]
        assert found(block, labels) == expected
        assert found(block, {**labels, **others}) == expected


def test_a_block_of_many_keys() -> None:
    """More keys than the label set has: those are looked at that it has, or has to have."""
    block: BitMatrix[int] = BitMatrix()
    negations = [parse(f"!k{n}") for n in range(20)]
    put(block, [*SELECTORS, *negations, parse("k1"), parse("k2!=x")])
    for labels in SETS:
        some = {**labels, "k2": "x"}
        assert found(block, some) == [
            selector for selector in map(selector_at, block) if selector.matches(some)
        ]


def selector_at(member: IndexedSelector[int]) -> Selector:
    return member.selector


@pytest.mark.parametrize("many", [False, True])
def test_what_a_change_does_to_a_block(many: bool) -> None:  # noqa: FBT001  # a parameter
    """Those that start or stop, and besides only some with an Or; all the same both times."""
    block: BitMatrix[int] = BitMatrix()
    put(block, [*SELECTORS, *(parse(f"k{n}") for n in range(20 if many else 0))])
    for before in SETS:
        for after in SETS:
            changed = [key for key in "abc" if before.get(key) != after.get(key)]
            was, now = block.exchanged(before, after, changed)
            held, holds = block.holding(before), block.holding(after)
            assert (was & ~now, now & ~was) == (held & ~holds, holds & ~held)
            both = [member.selector for member in block.members(was & now)]
            assert all(some_form(selector).choices for selector in both)


def test_a_change_that_a_block_does_not_speak_of() -> None:
    """Nothing is said then of those that hold all the time."""
    block: BitMatrix[int] = BitMatrix()
    put(block, [A1, Or((A1, B1))])
    assert block.exchanged({"a": "1"}, {"a": "1", "z": ""}, ["z"]) == (0, 0)
    assert block.exchanged({"a": "1"}, {"a": "1", "b": "1"}, ["b"]) == (0b10, 0b10)
    put(block, [Exists("b")])
    assert block.exchanged({"a": "1"}, {"a": "1", "b": "2"}, ["b"]) == (0b10, 0b110)


def test_numbers_are_used_again() -> None:
    """What goes leaves nothing behind, and another takes its number."""
    block: BitMatrix[int] = BitMatrix()
    members = put(block, SELECTORS)
    for first in range(0, len(members), 2):
        out(block, members[first])
        assert len(block) == len(members) - first // 2 - 1
        block.check_invariants(lambda form: form)
    left = set(SELECTORS[1::2])
    for labels in SETS:
        assert set(found(block, labels)) == {s for s in left if s.matches(labels)}
    again = put(block, [*SELECTORS[::2], parse("z")])
    assert sorted(number for member in again for number in member.keys) == [
        *range(0, len(members), 2), len(members),
    ]  # fmt: skip
    for labels in SETS:
        assert set(found(block, labels)) == {s for s in SELECTORS if s.matches(labels)}


def test_a_block_that_is_emptied_has_nothing() -> None:
    block: BitMatrix[int] = BitMatrix()
    for member in put(block, SELECTORS):
        out(block, member)
    block.check_invariants(lambda form: form)
    assert (len(block), list(block), block.holding({"a": "1"})) == (0, [], 0)
    assert not block._columns
    assert not block._needed


def test_tests_are_made_once_for_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values are remembered, and all forgotten where they are too many."""
    monkeypatch.setattr(block_module, "_REMEMBERED", 3)
    block: BitMatrix[int] = BitMatrix()
    put(block, [Contains("a", "1"), GreaterThan("a", "5"), Exists("a")])
    failing = block._columns["a"].failing
    values = [str(n) for n in range(20)]
    sizes = []
    for value in [*values, *values]:
        assert found(block, {"a": value}) == [
            s for s in map(selector_at, block) if s.matches({"a": value})
        ]
        sizes.append(len(failing))
    assert sizes[:7] == [1, 2, 3, 1, 2, 3, 1]
    assert max(sizes) == 3
    asked: list[str] = []
    monkeypatch.setattr(
        type(next(iter(block._columns["a"].tests.values()))), "passes", lambda _, v: asked.append(v)
    )
    block.holding({"a": values[-1]})
    assert asked == []
    block.holding({"a": "new"})
    assert set(asked) == {"new"}


def test_what_is_remembered_is_forgotten_with_the_selectors() -> None:
    """One that comes is asked for values that were seen before; one that goes is not."""
    block: BitMatrix[int] = BitMatrix()
    [first] = put(block, [Contains("a", "1")])
    assert found(block, {"a": "2"}) == []
    [second] = put(block, [Contains("a", "2")])
    assert found(block, {"a": "2"}) == [second.selector]
    out(block, first)
    [third] = put(block, [NotEquals("a", "3")])
    assert found(block, {"a": "2"}) == [third.selector, second.selector]


def broken_block(break_it: Callable[[BitMatrix[int]], object]) -> None:
    block: BitMatrix[int] = BitMatrix()
    put(block, [*SELECTORS, parse("gone")])
    [number] = list(block)[-1].keys
    block.remove(number, some_form(parse("gone")))
    block.holding({"a": "1"})
    block.check_invariants(lambda form: form)
    break_it(block)
    with pytest.raises((AssertionError, KeyError)):
        block.check_invariants(lambda form: form)


@pytest.mark.parametrize("part", ["absent", "asked", "listed", "members", "others", "tests"])
def test_a_broken_column_is_found_out(part: str) -> None:
    def change(block: BitMatrix[int]) -> None:
        column = block._columns["a"]
        value = getattr(column, part)
        setattr(column, part, {} if isinstance(value, dict) else value ^ 1)

    broken_block(change)


BREAKS: Mapping[str, Callable[[Any], object]] = {
    "bits": lambda block: setattr(block, "_bits", block._bits ^ 4),
    "asked": lambda block: setattr(block, "_asked", block._asked ^ 1),
    "free": lambda block: block._free.clear(),
    "free twice": lambda block: block._free.append(block._free[0]),
    "free and taken": lambda block: block._free.append(0),
    "members": lambda block: block._members.append(None),
    "needed": lambda block: block._needed.pop("a"),
    "a column less": lambda block: block._columns.pop("c"),
    "a column more": lambda block: block._columns.update(z=block._columns["a"]),
    "failing": lambda block: block._columns["a"].failing.update({"1": 0}),
    "other member": lambda block: block._members.__setitem__(3, block._members[4]),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_block_is_found_out(name: str) -> None:
    broken_block(BREAKS[name])


# Which of them are asked.


def asked(index: SelectorIndex[Any], labels: Labels) -> set[Selector]:
    """Return the selectors that stand in the blocks for labels or loose, whether they hold or not.

    What is loose stands in no block.
    """
    in_blocks = {m.selector for block in index._files.blocks(labels) for m in block}
    loose = {member.selector for member in index._files.loose(labels)}
    assert in_blocks.isdisjoint(loose)
    return in_blocks | loose


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
def test_filed_under(selector: Selector, labels: list[Labels], others: list[Labels]) -> None:
    """It is asked of label sets that have the place, and of no others."""
    index = SelectorIndex({"key": selector})
    index.check_invariants()
    assert [asked(index, some) for some in labels] == [{selector}] * len(labels)
    assert [asked(index, some) for some in others] == [set()] * len(others)
    assert all(bool(index.matching(s)) == selector.matches(s) for s in [*labels, *others])
    del index["key"]
    index.check_invariants()
    assert [asked(index, some) for some in labels] == [set()] * len(labels)
    assert not index._files._filed
    assert not index._files._shelves


def test_what_most_selectors_name_is_no_place_at_first() -> None:
    """Those that come together are filed under what all of them name least."""
    index = SelectorIndex({n: f"env=prod,app=app-{n}" for n in range(9)})
    assert asked(index, {"env": "prod"}) == set()
    assert asked(index, {"app": "app-3"}) == {index[3]}
    index[9] = "env=prod,team=t"
    assert asked(index, {"env": "prod"}) == set()


def test_a_selector_that_is_always_asked_costs_no_requirement_twice() -> None:
    """What a place says is not asked again of those that are filed there."""
    index: SelectorIndex[int] = SelectorIndex({1: parse("a"), 2: parse("a=1,b!=2")})
    [exists] = [b for b in index._files.blocks({"a": "x"}) if index[1] in map(selector_at, b)]
    assert not exists._columns
    [labelled] = [b for b in index._files.blocks({"a": "1"}) if index[2] in map(selector_at, b)]
    assert "b" in labelled._columns
    assert "a" not in labelled._columns
    index.check_invariants()


BUSY: Labels = {"env": "prod", "zone": "z"}


def badly_filed() -> SelectorIndex[Any]:
    """One selector under the label of all label sets, since many name its other label."""
    index: SelectorIndex[Any] = SelectorIndex({n: f"team=t,n={n}" for n in range(9)})
    index["moved"] = "env=prod,team=t"
    assert asked(index, BUSY) == {index["moved"]}
    return index


@pytest.mark.parametrize("ask", ["matching", "any_matching", "difference"])
def test_a_bad_place_is_left(ask: str) -> None:
    """Where many label sets ask and none is selected, a selector moves to what is rarer."""
    index = badly_filed()
    for n in range(200):
        if ask == "difference":
            index.difference(BUSY, {**BUSY, "n": str(n)})
        else:
            getattr(index, ask)(BUSY)
    index.check_invariants()
    assert asked(index, BUSY) == set()
    assert index.matching({"env": "prod", "team": "t"}) == {"moved"}


def test_a_key_is_left_for_a_label() -> None:
    """Keys are counted, too."""
    index: SelectorIndex[Any] = SelectorIndex({n: f"team=t,n={n}" for n in range(9)})
    index["moved"] = "env,team=t"
    assert asked(index, BUSY) == {index["moved"]}
    for _ in range(200):
        index.matching(BUSY)
    assert asked(index, BUSY) == set()


def test_a_place_is_not_left_for_one_that_is_no_better() -> None:
    """Where both labels come together, or the other nearly as often, all stays as it is."""
    index = badly_filed()
    for n in range(500):
        index.matching({**BUSY, "team": "t"} if n % 10 < 7 else BUSY)
        [(shelf, _, _)] = index._files._stands[index._keys["moved"]]
        assert shelf.place == ("env", "prod")


def test_a_place_that_is_new_is_judged_by_what_came_since() -> None:
    """It is asked for by all label sets, though only by few of those that ever came."""
    index: SelectorIndex[Any] = SelectorIndex({n: f"team=t,n={n}" for n in range(9)})
    for n in range(1000):
        index.matching({"team": "t"} if n % 4 == 0 else {})
    index["moved"] = "env=prod,team=t"
    assert asked(index, BUSY) == {index["moved"]}
    for n in range(300):
        index.matching({**BUSY, "team": "t"} if n % 4 == 0 else BUSY)
    assert asked(index, BUSY) == set()


def test_a_selector_in_two_places_is_looked_at_once() -> None:
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


def test_a_place_with_many_blocks_is_left_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look is at one block; after some time all that should have gone."""
    monkeypatch.setattr(block_module, "SIZE", 4)
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


def sizes(index: SelectorIndex[Any]) -> list[int]:
    """Return how many selectors stand in each block of those that require nothing."""
    return [len(block) for block in index._files.blocks({})]


def test_blocks_are_bounded() -> None:
    """A block has at most so many; one that is empty goes, one that has room is filled up."""
    index = SelectorIndex({n: f"!k{n % 50},x!={n}" for n in range(2 * SIZE + 100)})
    assert sizes(index) == [SIZE, SIZE, 100]
    expected = {n for n in index if n % 50 != 7 and n != 99}
    assert index.matching({"k7": "", "x": "99"}) == expected
    for n in range(SIZE):
        del index[n]
    assert sizes(index) == [SIZE, 100]
    for n in range(SIZE, SIZE + 10):
        del index[n]
    for n in range(3 * SIZE, 4 * SIZE - 100 + 5):
        index[n] = f"x!={n}"
    assert sizes(index) == [SIZE, SIZE - 5]
    for n in range(5):
        index[n] = f"x!={n}"
    assert sizes(index) == [SIZE, SIZE]
    index.check_invariants()
    assert len(index.matching({})) == 2 * SIZE
    for n in list(index):
        del index[n]
    assert sizes(index) == []
    index.check_invariants()


def broken_files(break_it: Callable[[Any], object]) -> None:
    index: SelectorIndex[str] = SelectorIndex(
        {"a": A1 & parse("b!=2"), "or": A1 | B1, "always": parse("!x"), "never": Nothing()}
    )
    index.check_invariants()
    break_it(index._files)
    with pytest.raises((AssertionError, KeyError)):
        index.check_invariants()


def a_shelf(files: CandidateIndex[Any]) -> Bucket[Any]:
    return files._shelves["a", "1"]


def a_member(files: CandidateIndex[Any]) -> IndexedSelector[Any]:
    return next(iter(a_shelf(files).blocks[0]))


FILES_BREAKS: Mapping[str, Callable[[Any], object]] = {
    "members": lambda files: setattr(files, "_members", 4),
    "a shelf less": lambda files: files._shelves.pop(("b", "1")),
    "a shelf more": lambda files: files._shelf(("z", "1")),
    "place": lambda files: setattr(a_shelf(files), "place", ("a", "2")),
    "place of none": lambda files: setattr(files._always, "place", ("a", "1")),
    "named": lambda files: setattr(a_shelf(files), "named", 9),
    "not filed": lambda files: files._filed["a"].pop("1"),
    "another shelf": lambda files: files._filed["a"].update({"1": files._always}),
    "nothing filed": lambda files: files._filed.update({"z": {}}),
    "a shelf of nobody": lambda files: files._filed.update({"z": {"1": files._always}}),
    "loose nowhere": lambda files: files._loose.clear(),
    "loose elsewhere": lambda files: next(iter(files._loose.values())).pop(),
    "loose and in a block": lambda files: a_shelf(files).loose.update({a_member(files): None}),
    "loose keys": lambda files: files._loose_keys.update("z"),
    "an empty block": lambda files: a_shelf(files).blocks.append(BitMatrix()),
    "a broken block": lambda files: setattr(a_shelf(files).blocks[0], "_bits", 0),
    "filed nowhere": lambda files: files._stands[a_member(files)].clear(),
    "filed elsewhere": lambda files: files._stands[a_member(files)].append(
        (files._always, files._always.blocks[0], 0)
    ),
    "always filed": lambda files: files._always.blocks.clear(),
}


@pytest.mark.parametrize("name", FILES_BREAKS)
def test_broken_files_are_found_out(name: str) -> None:
    broken_files(FILES_BREAKS[name])
