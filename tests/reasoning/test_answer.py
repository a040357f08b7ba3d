"""Answers about selectors: as conditions, as methods, and at the limits of what is known."""

from collections.abc import Callable

import pytest

from labelsel import (
    And,
    Answer,
    DoesNotExist,
    Exists,
    FieldEquals,
    FieldNotEquals,
    LabelIndex,
    Matches,
    Or,
    Selector,
    SelectorLimitError,
    StartsWith,
    budget,
    implies,
    is_disjoint,
    is_equivalent,
    is_satisfiable,
    overlaps,
    parse,
    parse_expression,
    parse_matchers,
    simplify,
)
from labelsel.limits import MAX_SELECTOR_DEPTH
from labelsel.reasoning.automata import find_passing_value
from labelsel.value_sets import Condition

WEB = parse("app=web,cores>3")
NOT_DB = parse("app notin (db)")
HARD = parse_expression(" && ".join(f"(has(a{n}) || has(b{n}))" for n in range(40)))


def test_conditions() -> None:
    """A yes and a no are conditions; an unknown answer may not be taken for either."""
    assert Answer(truth=True)
    assert not Answer(truth=False)
    with pytest.raises(SelectorLimitError, match="unknown"):
        bool(Answer(truth=None))


def test_methods_are_the_functions() -> None:
    """Whether asked as a method or as a function, the answer is the same."""
    assert WEB.is_satisfiable() == is_satisfiable(WEB)
    assert WEB.implies(NOT_DB) == implies(WEB, NOT_DB) == Answer(truth=True)
    assert WEB.is_equivalent(NOT_DB) == is_equivalent(WEB, NOT_DB)
    assert WEB.overlaps(NOT_DB) == overlaps(WEB, NOT_DB)
    assert WEB.is_disjoint(NOT_DB) == is_disjoint(WEB, NOT_DB)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: is_satisfiable(HARD),
        lambda: implies(HARD, parse("x")),
        lambda: overlaps(HARD, parse("x")),
        lambda: is_disjoint(HARD, parse("x")),
    ],
)
def test_beyond_the_limit(ask: Callable[[], Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    """Within `MAX_STEPS` the answer is there; with fewer steps than it takes it is unknown."""
    assert ask().truth is not None
    monkeypatch.setattr(budget, "MAX_STEPS", 20)
    assert ask() == Answer(truth=None)
    assert simplify(HARD) == HARD


def test_regular_expressions_may_be_unknown() -> None:
    """What a regular expression leaves open is found by trying, or is unknown."""
    pattern = parse_matchers('{a=~"x.*"}')
    assert pattern.overlaps(parse("a=x1")).witness == {"a": "x1"}
    assert pattern.overlaps(parse("a=y1")).truth is False
    assert pattern.overlaps(parse("a!=x1")).truth is None
    with pytest.raises(budget.UndecidedError):
        find_passing_value(
            [Condition(Matches("a", "x+"), expected=True)], frozenset(), budget.Budget()
        )


def test_simplifying_what_may_not_grow_deeper() -> None:
    """Where the shorter form would nest too deep, the selector stays as it is."""
    others = (FieldNotEquals("a", "x"), FieldNotEquals("a", "y"))
    fields = And((FieldEquals("a", ""), *others, Exists("q")))
    deepest: Selector = fields
    while deepest.depth < MAX_SELECTOR_DEPTH:
        number = deepest.depth
        if number % 2:
            deepest = Or((deepest, DoesNotExist(f"c{number}")))
        else:
            deepest = And((deepest, Exists(f"b{number}")))
    assert simplify(fields) != fields
    assert simplify(deepest) == deepest


@pytest.mark.parametrize("prefix", ["eu-", "", "us", "z"])
def test_prefixes_in_a_changing_index(prefix: str) -> None:
    """The sorted values of a key stay right as values come and go."""
    index: LabelIndex[int] = LabelIndex()
    selector = StartsWith("zone", prefix)
    zones = ["eu-1", "us-1", "eu-2", "eu-1", "af-1", "eu"]
    for number, zone in enumerate(zones):
        index[number] = {"zone": zone}
        wanted = {n for n, known in enumerate(zones[: number + 1]) if known.startswith(prefix)}
        assert set(index.select(selector)) == wanted
        index.check_invariants()
    for number in (2, 0, 4):
        del index[number]
        assert set(index.select(selector)) == {
            n for n in index if index[n]["zone"].startswith(prefix)
        }
        index.check_invariants()
