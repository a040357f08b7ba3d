"""Selectors as deep and as wide as can be built: whatever they are asked, they answer."""

import contextlib
import copy
import pickle
import re
from collections.abc import Callable

import pytest

from labelsel import (
    And,
    Contains,
    DoesNotExist,
    Equals,
    Exists,
    FieldEquals,
    FieldNotEquals,
    GreaterThan,
    In,
    Matches,
    Not,
    NotEquals,
    NotIn,
    Or,
    Selector,
    SelectorLimitError,
    StartsWith,
    TranslationError,
    implies,
    is_disjoint,
    is_equivalent,
    is_satisfiable,
    overlaps,
    parse,
    parse_expression,
    parse_matchers,
    simplify,
    to_expression,
    to_kubernetes,
    to_label_selector,
    to_node_selector,
)
from labelsel.limits import MAX_SELECTOR_DEPTH
from labelsel.reasoning.simplification import size_of
from labelsel.selector import holds
from tests.evaluators import Labels, by_index, evaluate
from tests.expression_strategies import nested

A = Exists("a")


def chain(node: Callable[[Selector], Selector]) -> Selector:
    """Return the deepest selector that is made of one node alone."""
    selector: Selector = A
    for _ in range(MAX_SELECTOR_DEPTH):
        selector = node(selector)
    return selector


DEEP: dict[str, Selector] = {
    "existence": nested(A),
    "value": nested(Equals("a", "x")),
    "number": nested(GreaterThan("a", "5")),
    "part": nested(Contains("a", "x")),
    "regular expression": nested(Matches("a", "x+")),
    "field": nested(FieldNotEquals("a", "")),
    "fields on one key": nested(And((FieldEquals("a", ""), FieldEquals("a", ""), Exists("b")))),
    "Ands": chain(lambda selector: And((selector,))),
    "Ors": chain(lambda selector: Or((selector,))),
    "Nots": chain(Not),
    "Ands of two": chain(lambda selector: And((selector, Exists(f"b{selector.depth}")))),
    "Ors of two": chain(lambda selector: Or((selector, Exists(f"b{selector.depth}")))),
}
SETS: list[Labels] = [
    {},
    {"a": "x"},
    {"a": "6", "b1": ""},
    {f"a{n}": "" for n in range(MAX_SELECTOR_DEPTH)},
]
DEEPEST = pytest.mark.parametrize("selector", DEEP.values(), ids=DEEP)


@DEEPEST
def test_depth_is_what_it_says(selector: Selector) -> None:
    """Each is as deep as is allowed, and its negation by node is one too deep."""
    assert selector.depth == MAX_SELECTOR_DEPTH
    deepening: list[Callable[[], Selector]] = [
        lambda: Not(selector), lambda: And((A, selector)), lambda: Or((selector, A)),
    ]  # fmt: skip
    for deeper in deepening:
        with pytest.raises(SelectorLimitError, match=f"at most {MAX_SELECTOR_DEPTH} deep"):
            deeper()


@DEEPEST
def test_deep_matching(selector: Selector) -> None:
    """Every evaluator answers the deepest selector, and the same."""
    assert len(evaluate(selector, SETS)) == len(SETS)


@DEEPEST
def test_deep_values(selector: Selector) -> None:
    """The deepest selector prints, compares, hashes, is copied and travels."""
    again = pickle.loads(pickle.dumps(selector))  # noqa: S301  # our own bytes
    assert again == selector
    assert again is not selector
    assert copy.deepcopy(selector) == selector
    assert hash(again) == hash(selector)
    assert repr(again) == repr(selector)
    assert str(again) == str(selector)
    assert again.depth == MAX_SELECTOR_DEPTH


@DEEPEST
def test_deep_joining(selector: Selector) -> None:
    """`&`, `|` and `~` give a selector or the error of that name, never another."""
    joining: list[Callable[[], Selector]] = [
        lambda: ~selector, lambda: selector & A, lambda: A | selector, lambda: selector & selector,
    ]  # fmt: skip
    for join in joining:
        with contextlib.suppress(SelectorLimitError):
            joined = join()
            assert joined.depth <= MAX_SELECTOR_DEPTH
            assert len(evaluate(joined, SETS)) == len(SETS)


@DEEPEST
def test_deep_questions(selector: Selector) -> None:
    """Every question is answered, with a witness, though the nodes for it would be too deep."""
    known = not re.search("=~", str(selector))
    assert (is_satisfiable(selector).truth is True) or not known
    for answer in (overlaps(selector, selector), implies(selector, selector)):
        assert answer.truth is True or not known
    assert is_equivalent(selector, selector).truth is not False
    assert is_disjoint(selector, selector).truth is not True
    other = Exists("elsewhere")
    witness = overlaps(selector, other).witness
    assert witness is not None
    assert [selector.matches(witness), other.matches(witness)] == [True, True]
    witness = implies(selector, other).witness
    assert witness is not None
    assert [selector.matches(witness), other.matches(witness)] == [True, False]


@DEEPEST
def test_deep_simplifying(selector: Selector) -> None:
    """The deepest selector is simplified to one that is no larger and selects the same."""
    simpler = simplify(selector)
    assert size_of(simpler) <= size_of(selector)
    assert simpler.depth <= MAX_SELECTOR_DEPTH
    assert simplify(simpler) == simpler
    assert evaluate(simpler, SETS) == evaluate(selector, SETS)


@DEEPEST
def test_deep_translations(selector: Selector) -> None:
    """The deepest selector is said in another form, or the error names a part."""
    for say in (to_expression, to_kubernetes, to_label_selector, to_node_selector):
        with contextlib.suppress(TranslationError):
            assert say(selector)


@pytest.mark.parametrize("leaf", [A, NotIn("a", ["x"]), Contains("a", "x"), FieldEquals("a", "")])
def test_deep_texts(leaf: Selector) -> None:
    """What is nearly as deep is read back from its text, where a leaf may take two nodes more."""
    selector = nested(leaf, MAX_SELECTOR_DEPTH - 2)
    again = parse_expression(to_expression(selector))
    assert evaluate(again, SETS) == evaluate(selector, SETS)


WIDTH = 1_000
KEYS: Callable[[int], Selector] = lambda n: Exists(f"k{n}")  # noqa: E731  # one of a table
EXCLUDED: Callable[[int], Selector] = lambda n: NotEquals("k", f"v{n}")  # noqa: E731
WIDE: dict[str, tuple[type[And | Or], Callable[[int], Selector]]] = {
    "all of keys": (And, KEYS),
    "one of keys": (Or, KEYS),
    "one of values": (Or, lambda n: Equals("k", f"v{n}")),
    "all of excluded values": (And, EXCLUDED),
    "all of sets": (And, lambda n: In("k", [f"v{n}", f"v{n + 1}"])),
    "all of bounds": (And, lambda n: GreaterThan("k", str(n))),
    "one of bounds": (Or, lambda n: GreaterThan("k", str(n))),
    "all of parts": (And, lambda n: Contains("k", f"{n}")),
    "one of parts": (Or, lambda n: StartsWith("k", f"{n}")),
    "all of negations": (And, lambda n: Not(Contains("k", f"x{n}"))),
    "one of Ands": (Or, lambda n: And((Exists(f"k{n}"), DoesNotExist(f"j{n}")))),
    "all of Ors": (And, lambda n: Or((Exists(f"k{n}"), Exists(f"j{n}")))),
}


@pytest.mark.slow
@pytest.mark.parametrize(("node", "leaf"), WIDE.values(), ids=WIDE)
def test_wide_selectors(node: type[And | Or], leaf: Callable[[int], Selector]) -> None:
    """A thousand terms side by side are matched, printed, negated, asked and simplified."""
    selector = node(tuple(map(leaf, range(WIDTH))))
    sets: list[Labels] = [{}, {"k": "v1"}, {"k": "20000"}, {f"k{n}": "eu-1" for n in range(WIDTH)}]
    matches = [selector.matches(labels) for labels in sets]
    assert matches == [holds(selector, labels) for labels in sets] == by_index(sets)(selector)
    assert [holds(~selector, labels) for labels in sets] == [not answer for answer in matches]
    again = pickle.loads(pickle.dumps(selector))  # noqa: S301  # our own bytes
    assert again == selector
    assert hash(again) == hash(selector)
    assert len(str(selector)) < len(repr(selector))
    satisfiable = is_satisfiable(selector)
    assert satisfiable.truth is not False or not any(matches)
    if satisfiable.witness is not None:
        assert selector.matches(satisfiable.witness)
    assert implies(selector, selector).truth is not False
    simpler = simplify(selector)
    assert size_of(simpler) <= size_of(selector)
    assert [holds(simpler, labels) for labels in sets] == matches


@pytest.mark.parametrize("say", [to_expression, to_kubernetes, to_label_selector, to_node_selector])
@pytest.mark.parametrize("leaf", [KEYS, EXCLUDED], ids=["keys", "values"])
def test_wide_translations(
    say: Callable[[Selector], object], leaf: Callable[[int], Selector]
) -> None:
    """A conjunction of a thousand requirements is said in every form."""
    said = say(And(tuple(map(leaf, range(WIDTH)))))
    assert str(said).count(f"{WIDTH - 1}") == 1


def test_wide_conjunctions_are_exact() -> None:
    """Of a conjunction the answer is known at any width: one contradiction among many terms."""
    terms = [f"k{n}" for n in range(WIDTH)]
    assert parse(",".join(terms)).is_satisfiable().truth is True
    assert parse(",".join([*terms, "!k500"])).is_satisfiable().truth is False
    some = And(tuple(NotIn(f"k{n}", ["a", "b"]) & Exists(f"k{n}") for n in range(WIDTH)))
    assert is_satisfiable(some).witness == {f"k{n}": "c" for n in range(WIDTH)}
    assert is_satisfiable(And((some, In("k7", ["a", "b"])))).truth is False
    parts = And(tuple(StartsWith(f"k{n}", "eu-") & NotEquals(f"k{n}", "eu-") for n in range(WIDTH)))
    witness = is_satisfiable(parts).witness
    assert witness is not None
    assert parts.matches(witness)


def test_wide_texts() -> None:
    """Texts of a thousand terms are read in each language."""
    assert isinstance(parse(",".join(f"k{n}" for n in range(WIDTH))), And)
    assert isinstance(parse_expression(" || ".join(f"has(k{n})" for n in range(WIDTH))), Or)
    matchers = parse_matchers("{" + ",".join(f'k{n}="v"' for n in range(WIDTH)) + "}")
    assert isinstance(matchers, And)
    assert len(matchers.terms) == WIDTH
