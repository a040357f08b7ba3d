"""A selector or a label set that grows: what is done with it grows no faster.

A selector may come from anybody. Nothing is timed here (benchmarks/growth.py does that); what is
counted are columns, comparisons and bytes, and answers are those of the definition.
"""

import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import growth
from labelsel import (
    And,
    Contains,
    Equals,
    Everything,
    Everywhere,
    Exists,
    In,
    LabelIndex,
    LabelselError,
    LiveIndex,
    Not,
    NotEquals,
    Nothing,
    NotIn,
    Or,
    Requirement,
    Selector,
    SelectorIndex,
    SelectorLimitError,
    all_of,
    any_of,
    budget,
    parse,
    parse_expression,
    parse_fields,
    parse_matchers,
    simplify,
    typos,
)
from labelsel.cli.template_errors import PathTemplateError
from labelsel.cli.templates import parse_template
from labelsel.index import planner as planner_module
from labelsel.kubernetes.read.json_keys import find_duplicate_keys
from labelsel.limits import MAX_SELECTOR_DEPTH
from labelsel.live import restrictions as restrictions_module
from labelsel.live.candidate_index import Bucket
from labelsel.live.restrictions import restrictions_of
from labelsel.reasoning.simplification import size_of
from labelsel.selector import holds
from tests.strategies import requirements, selectors

Labels = dict[str, str]


def keys(n: int, prefix: str = "k") -> list[str]:
    return [f"{prefix}{number}" for number in range(n)]


def wide(n: int, prefix: str = "k") -> Or:
    """Return an Or over so many keys."""
    return Or(tuple(map(Exists, keys(n, prefix))))


WIDE: dict[str, Callable[[int], Selector]] = {
    "or of keys": wide,
    "or of labels": lambda n: Or(tuple(Equals(key, "v") for key in keys(n))),
    "or of ands": lambda n: Or(tuple(And((Exists(k), Exists(f"x{k}"))) for k in keys(n // 2))),
    "and of ors": lambda n: And(tuple(Or((Exists(k), Exists(f"x{k}"))) for k in keys(n // 2))),
    "not and of nots": lambda n: Not(And(tuple(Not(Exists(key)) for key in keys(n)))),
    "or in an and": lambda n: And((*(NotEquals(k, "v") for k in keys(n // 2, "x")), wide(n // 2))),
    "values and keys": lambda n: And((In("a", keys(16)), *(map(Exists, keys(n))))),
    "many values": lambda n: In("a", keys(n)),
}


def traced(call: Callable[[], object]) -> int:
    """Return the bytes that a call holds at its peak."""
    tracemalloc.start()
    try:
        kept = call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        del kept


@pytest.mark.parametrize("shape", WIDE)
def test_memory_grows_with_the_selector(shape: str) -> None:
    """Four times the selector takes about four times the memory, where squares take sixteen."""
    small, large = (WIDE[shape](n) for n in (250, 1000))
    for made in (SelectorIndex, lambda given: LiveIndex({0: {"k1": "v"}}, given)):
        traced(lambda made=made: made({0: small}))  # type: ignore[misc]  # a default binds it
        taken = [traced(lambda s=s, made=made: made({0: s})) for s in (small, large)]  # type: ignore[misc]  # a default binds it
        assert taken[1] < 7 * taken[0]


LONG: dict[str, Callable[[], object]] = {
    "a string of a template": lambda: parse_template('{"' + r"\n" * 100_000 + '"}'),
    "a name in a template": lambda: parse_template("{." + r"a\." * 70_000 + "}"),
    "a matcher": lambda: parse_matchers('{a="' + r"\n" * 100_000 + '"}'),
    "bytes of a matcher": lambda: parse_matchers('{a="' + r"\x41" * 50_000 + '"}'),
    "a field": lambda: parse_fields(r"\a" * 100_000 + "=a"),
    "the value of a field": lambda: parse_fields("a=" + r"\," * 100_000),
    "negations": lambda: parse_expression("! " * 100_000 + "has(a)"),
    "keys of JSON": lambda: list(find_duplicate_keys('{"' + r"\n" * 100_000 + '":1}', 0, 200_006)),
}


def end_quietly(call: Callable[[], object]) -> None:
    """Make a call that may be refused."""
    with suppress(LabelselError, PathTemplateError):
        call()


@pytest.mark.parametrize("name", LONG)
def test_a_long_token_takes_little_memory(name: str) -> None:
    """A token of 200,000 bytes: a pattern that may go back takes 130 to 300 bytes for each."""
    end_quietly(LONG[name])  # so that no grammar is read while the memory is counted
    assert traced(lambda: end_quietly(LONG[name])) < 40 * 200_000


def buckets(index: SelectorIndex[Any]) -> list[Bucket[Any]]:
    """Return the buckets of all anchors."""
    return [each for some in index._candidates._buckets.values() for each in some.values()]


def columns(index: SelectorIndex[Any]) -> int:
    """Return the number of columns of all bit matrices."""
    matrices = {
        id(matrix): matrix
        for bucket in (index._candidates._unanchored, *buckets(index))
        for matrix in bucket.matrices
    }
    return sum(len(matrix._columns) for matrix in matrices.values())


def test_what_is_filed_under_branches_has_no_columns() -> None:
    """A hundred selectors with a hundred keys each: a place for each key, and no more."""
    index = SelectorIndex({n: wide(100, f"k{n}-") for n in range(100)})
    assert columns(index) == 0
    assert len(buckets(index)) == 10_000
    assert index.matching({"k3-7": "", "k99-99": ""}) == {3, 99}
    assert index.any_matching({"k3-7": ""})
    assert not index.any_matching({"k": ""})
    index.check_invariants()
    for n in range(0, 100, 2):
        del index[n]
    index.check_invariants()
    assert index.matching({"k3-7": "", "k4-7": ""}) == {3}
    index.clear()
    assert not index._candidates._buckets
    assert index.matching({"k3-7": ""}) == set()


def test_copies_of_a_selector_are_bounded() -> None:
    """With much to ask of other keys, it is filed under the key and not under each value."""
    others = [Exists(key) for key in keys(300)]
    index = SelectorIndex({n: And((In("a", keys(16)), *others[:n])) for n in (16, 300)})
    assert columns(index) <= 16 * 16 + 301
    assert index.matching({"a": "k3", **dict.fromkeys(keys(300), "")}) == {16, 300}
    assert index.matching({"a": "k16", **dict.fromkeys(keys(300), "")}) == set()


@dataclass(frozen=True, slots=True)
class Counted(Requirement):
    """A requirement that no key with a value has, and that counts how often it is asked."""

    asked: ClassVar[list[str]] = []

    def allows(self, value: str | None) -> bool:  # noqa: ARG002  # it holds for none
        self.asked.append(self.key)
        return False

    def __str__(self) -> str:
        return f"counted {self.key}"


def test_a_selector_is_asked_once_for_a_label_set() -> None:
    """However many of its keys the label set has."""
    n = 50
    index = SelectorIndex({0: Or(tuple(map(Counted, keys(n))))})
    live = LiveIndex({0: {}}, index)
    labels = dict.fromkeys(keys(n), "v")
    for call, times in (
        (lambda: index.matching(labels), 1),
        (lambda: index.any_matching(labels), 1),
        (lambda: index.difference(labels, {}), 2),
        (lambda: live.set_item(0, labels), 2),
        (lambda: live.set_item(0, {**labels, "other": ""}), 0),
    ):
        Counted.asked.clear()
        call()
        assert len(Counted.asked) == times * n


def test_places_that_are_due_together_are_looked_at_together() -> None:
    """A selector that stands in many places is looked at once when all of them are due."""
    index = SelectorIndex({0: wide(20)})
    labels = dict.fromkeys(keys(20), "")
    looked: list[object] = []
    review = index._candidates._review

    def counted(indexed: Any) -> None:
        looked.append(indexed)
        review(indexed)

    index._candidates._review = counted  # type: ignore[method-assign]  # to count
    for _ in range(200):
        assert index.matching(labels) == {0}
    assert 1 <= len(looked) <= 3
    index.check_invariants()


@given(st.lists(selectors(requirements()), min_size=1, max_size=6))
def test_wide_selectors_in_an_index(some: list[Selector]) -> None:
    """An Or of any selectors is found as the definition says, before and after a change."""
    joined = Or(tuple(some))
    index = SelectorIndex({0: joined, 1: And((Exists("a"), joined))})
    sets: list[Labels] = [{}, {"a": "x"}, {"b": "x"}, {"a": "x", "b": "y"}]
    for labels in sets:
        assert index.matching(labels) == {n for n in index if holds(index[n], labels)}
    for before in sets:
        for after in sets:
            stopped, started = index.difference(before, after)
            was, now = index.matching(before), index.matching(after)
            assert {n for some in stopped for n in some} == was - now
            assert {n for some in started for n in some} == now - was
    index.check_invariants()


# Too much to try.


def test_values_and_tests_of_one_key() -> None:
    """Where trying all values with all tests is too much, the selector is asked itself."""
    values, parts = keys(300), keys(100, "x")
    selector = And((In("a", [*values, "x5"]), *(Not(Contains("a", part)) for part in parts)))
    restrictions = restrictions_of(selector)
    assert restrictions is not None
    assert not restrictions.is_complete
    index = SelectorIndex({0: selector, 1: Or((And((selector, Exists("b"))), Exists("c")))})
    items = {"k7": {"a": "k7", "b": ""}, "x5": {"a": "x5", "b": ""}, "none": {}, "c": {"c": ""}}
    label_index = LabelIndex(items)
    for n in index:
        expected = {key for key, labels in items.items() if holds(index[n], labels)}
        assert {key for key in items if n in index.matching(items[key])} == expected
        assert set(label_index.select(index[n])) == expected
    stopped, started = index.difference(items["k7"], items["x5"])
    assert ({n for some in stopped for n in some}, started) == ({0, 1}, [])
    index.check_invariants()


@pytest.mark.parametrize("listing", [In, NotIn])
def test_values_and_tests_are_simplified_within_limits(
    listing: type[In | NotIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would take too many steps stays as it is; with more steps it gets shorter."""
    tests = [Contains("a", "x" * size) for size in range(1, 30)]
    selector = all_of([listing("a", [f"v{value}" for value in range(30)]), *tests])
    assert size_of(simplify(selector)) < size_of(selector)
    monkeypatch.setattr(budget, "MAX_STEPS", 800)
    assert simplify(selector) == selector


def test_satisfiability_is_looked_for_within_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A selector of which it takes long to see that it selects nothing counts as any other."""
    never = And((Or((Equals("a", "1"), Equals("a", "2"))), parse("!a")))
    assert restrictions_of(never) is None
    monkeypatch.setattr(restrictions_module, "_STEPS", -100)
    assert restrictions_of(never) is not None
    index = SelectorIndex({0: never})
    assert index.matching({"a": "1"}) == set()


def test_a_hard_question_is_given_up() -> None:
    """Nine pigeons in eight holes: to see that they do not fit takes more steps than are taken."""
    places = [[Exists(f"p{p}h{h}") for h in range(8)] for p in range(9)]
    apart = [
        Or((Not(places[p][h]), Not(places[q][h])))
        for h in range(8)
        for p in range(9)
        for q in range(p)
    ]
    hard = And((*map(Or, map(tuple, places)), *apart))
    assert restrictions_of(hard) is not None


# Joining one by one.


@given(st.lists(selectors(requirements()), min_size=1, max_size=8))
def test_joining_one_by_one(some: list[Selector]) -> None:
    """The same as `all_of` and `any_of` of two at a time, whatever is joined."""
    for join, joined in ((and_, all_of), (or_, any_of)):
        made = reduce(join, some)
        expected = some[0]
        for other in some[1:]:
            expected = joined([expected, other])
        assert made.depth == expected.depth
        assert made == expected
        assert hash(made) == hash(expected)
        assert repr(made) == repr(expected)


@pytest.mark.parametrize("join", [and_, or_])
def test_joining_puts_nothing_together(join: Callable[[Any, Any], Any]) -> None:
    """A step notes what it joins; the terms are there when they are asked for, in any order."""
    made = [Exists(key) for key in reversed(keys(2000))]
    joined: Any = reduce(join, made)
    assert joined._parts is not None
    halves = join(reduce(join, made[:1000]), reduce(join, made[1000:]))
    assert halves.terms == joined.terms
    assert joined._parts is None
    assert len(joined.terms) == 2000
    again = join(joined, Exists("z"))
    assert again.terms == (*joined.terms, Exists("z"))
    assert traced(lambda: reduce(join, made)) < 1000 * len(made)


def test_joining_opens_what_was_made_by_hand() -> None:
    """Of a conjunction in no canonical restrictions, and of what adds nothing."""
    byhand = And((Exists("b"), And((Exists("a"), Everything()))))
    assert (byhand & Exists("c")) == parse("a,b,c")
    assert (Exists("c") & byhand) == parse("a,b,c")
    assert (parse("b,a") & Everything()) == parse("a,b")
    assert (Everything() & Everything()) == Everything()
    assert (Nothing() | Exists("a") | Nothing()) == Exists("a")
    assert (Or((Nothing(), Exists("b"))) | Exists("a")) == Or((Exists("b"), Exists("a")))
    inner = Exists("a") | Exists("b")
    assert (Or((inner,)) | Exists("c")) == Or((inner, Exists("c")))
    assert (Or((inner,)) | Nothing()) == inner
    assert (Or((Nothing(),)) | Or(())) == Nothing()
    assert (And((Everything(),)) & Everywhere()) == Everything()
    assert (inner | Nothing()) is inner


@pytest.mark.parametrize(("join", "node"), [(and_, And), (or_, Or)])
def test_joining_what_was_made_by_hand_puts_nothing_together(
    join: Callable[[Any, Any], Any], node: type[And | Or]
) -> None:
    """Only what is joined on is looked at in a step, not what there is."""
    made = [node((Exists(key), Exists(f"x{key}"))) for key in keys(100)]
    joined: Any = reduce(join, made)
    assert joined._parts is not None
    assert joined._parts[0]._parts is not None
    assert len(joined.terms) == 200


def test_joined_selectors_are_no_deeper_than_others() -> None:
    """The limit is told of at once, not when the terms are asked for."""
    deepest: Selector = Exists("a")
    for _ in range(MAX_SELECTOR_DEPTH):
        deepest = Not(deepest)
    for join in (and_, or_):
        with pytest.raises(SelectorLimitError, match=f"at most {MAX_SELECTOR_DEPTH} deep"):
            join(Exists("b"), deepest)


def test_a_joined_selector_has_no_other_attributes() -> None:
    joined: Any = Exists("a") & Exists("b")
    for _ in range(2):
        with pytest.raises(AttributeError, match="nothing_like_it"):
            _ = joined.nothing_like_it
        assert len(joined.terms) == 2


# Label sets with many keys.


def test_many_keys_on_one_label_set() -> None:
    """Keys that go leave their numbers to others, and many changes are made at once."""
    n = 40
    index: LabelIndex[int] = LabelIndex({0: {}})
    for prefix in "abc":
        index[0] = dict.fromkeys(keys(n, prefix), prefix)
        index.check_invariants()
    assert len(index._store._columns) <= 2 * n
    expected: Labels = dict(index[0])
    changes = {**dict.fromkeys(keys(n // 2, "c")), **dict.fromkeys(keys(n, "d"), "d"), "c39": "x"}
    index.patch(0, {**changes, "absent": None})
    for key, value in changes.items():
        if value is None:
            del expected[key]
        else:
            expected[key] = value
    assert index[0] == expected
    assert list(index[0]) == list(expected)
    index.check_invariants()


def test_steps_are_put_in_order_in_linear_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ones each time anew, the others once."""
    n = 500
    ranked: list[object] = []
    rank = planner_module._rank

    def counted(*given: Any) -> tuple[float, float]:
        ranked.append(given)
        return rank(*given)

    monkeypatch.setattr(planner_module, "_rank", counted)
    index = LabelIndex({row: dict.fromkeys(keys(n)[: n - row], "v") for row in range(3)})
    assert set(index.select(And(tuple(map(Exists, keys(n)))))) == {0}
    assert set(index.select(And(tuple(map(Exists, keys(n - 2)))))) == {0, 1, 2}
    assert len(ranked) <= 2 * (planner_module._RANKED + 1) * n


def test_only_so_many_labels_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest label of the first requirements is told; what is true, of all of them."""
    monkeypatch.setattr(typos, "MAX_COMPARED_NAMES", 6)
    selector = And(tuple(Equals(key, "v") for key in ("tier", "team", "zone")))
    reasons = selector.why({"teir": "v", "tema": "v", "zon": "v"}).reasons
    assert [reason.nearest for reason in reasons] == [("teir", "v"), ("tema", "v"), None]
    assert [reason.truth for reason in reasons] == [False] * 3
    assert selector.why({"zone": "v", "a": "", "b": ""}).reasons[2].nearest is None


# The benchmark.


def test_the_benchmark_measures_each_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every operation runs, and every shape. Reasoning gives up early here: it takes seconds."""
    monkeypatch.setattr(budget, "MAX_STEPS", 100)
    cases = growth.cases()
    names = [name for name in cases if name.endswith(": or of ands") or name.startswith("hash: ")]
    assert len(names) == len(growth.OPERATIONS) + len(growth.SHAPES) - 1
    others = [name for name in cases if ": " not in name or name.startswith("parse: ")]
    assert len(others) == len(growth.OF_LABELS) + len(growth.TEXTS)
    for name in [*names, *others]:
        found = growth._measured(cases[name], [100], 0)
        assert found["seconds"][0] >= 0, name
        assert found["bytes"] >= 0, name


def test_exponents() -> None:
    """Of the last two sizes that were measured; none where the times are too short to tell."""
    assert growth._exponent([1000, 2000, 4000], [0.01, 0.02, 0.08]) == pytest.approx(2)
    assert growth._exponent([1000, 2000, 4000], [0.01, 0.02]) == pytest.approx(1)
    assert growth._exponent([1000, 2000], [0.001, 0.002]) is None
    assert growth._exponent([1000], [1.0]) is None


def test_the_steepest_shape_of_an_operation_is_drawn() -> None:
    """And of what has no shapes, each case."""
    slow = {"seconds": [0.1, 0.2], "bytes": 1, "exponent": 1.0}
    quick = {"seconds": [0.1, 0.001], "bytes": 1, "exponent": None}
    steep = {"seconds": [0.01, 0.04], "bytes": 1, "exponent": 2.0}
    cases = {"str: in": slow, "str: nested": steep, "parse: fields": quick, "str: or": quick}
    drawn = growth.grid({"sizes": [1, 2], "cases": {**cases, "parse: matchers": slow}})
    assert [row[0] for row in drawn.rows] == ["str: nested", "parse: fields", "parse: matchers"]


@pytest.mark.slow
def test_growth_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A case that takes too long is asked for no larger size."""

    def case(size: int) -> Callable[[], object]:
        return lambda: sum(range(size * 100))

    found = growth._measured(case, [1000, 2000], -1.0)
    assert len(found["seconds"]) == 1
    drawn = growth.grid({"sizes": [1000, 2000], "cases": {"sum": found}}).markdown()
    assert "sum" in drawn
    steep = {"seconds": [1.0, 4.0], "bytes": 1, "exponent": 2.0}
    assert "2.00 !" in growth.grid({"sizes": [1, 2], "cases": {"square": steep}}).markdown()
    assert growth.main(["--sizes=10,20", "--only=hash: in"]) == 0
    assert '"hash: in"' in capsys.readouterr().out
