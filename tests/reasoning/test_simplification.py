"""What selectors become when they are simplified, case by case."""

import pytest

from labelsel import (
    And,
    Contains,
    DoesNotExist,
    EndsWith,
    Equals,
    Everything,
    Everywhere,
    Exists,
    FieldEquals,
    GreaterThan,
    In,
    LessThan,
    Matches,
    Not,
    NotEquals,
    Nothing,
    NotIn,
    Or,
    Selector,
    StartsWith,
    is_equivalent,
    parse,
    parse_expression,
    simplify,
)
from labelsel.limits import MAX_COMPARED_TERMS, MAX_SELECTOR_DEPTH
from labelsel.reasoning.simplification import size_of
from tests.expression_strategies import nested

A, B, C = Exists("a"), Exists("b"), Exists("c")

TEXTS = [
    ("a=x,a", "a=x"),
    ("a=x,a=x", "a=x"),
    ("a=x,a!=y", "a=x"),
    ("a in (x,y),a!=y", "a=x"),
    ("a in (x,y),a in (y,z)", "a=y"),
    ("a in (x,y),a notin (z)", "a in (x,y)"),
    ("a!=x,a!=y", "a notin (x,y)"),
    ("a notin (x),a!=x", "a!=x"),
    ("a,a!=x", "a,a!=x"),
    ("a!=x,!a", "!a"),
    ("a in (x),b", "a in (x),b"),
    ("a>5,a>7", "a>7"),
    ("a<5,a<7,a>1", "a<5,a>1"),
    ("a>5,a", "a>5"),
    ("a>5,a!=3", "a>5"),
    ("a>5,a!=6", "a>5,a!=6"),
    ("a>5,a in (3,6,7)", "a in (6,7)"),
    ("a>5,a!=x,a!=7,a!=007", "a>5,a notin (007,7)"),
    ("b,a=x,a=x", "a=x,b"),
    ("a in (x,y),b=z", "a in (x,y),b=z"),
]

NOTHING = ["a,!a", "a=x,a=y", "b,a=x,a!=x", "a>5,a<6", "a in (x,y),a=z,b", f"a>{2**63 - 1}"]

TREES: list[tuple[Selector, Selector]] = [
    (Or((Equals("a", "x"), Equals("a", "y"))), In("a", ["x", "y"])),
    (Or((A, DoesNotExist("a"))), Everything()),
    (Or((Equals("a", "x"), NotEquals("a", "x"), B)), Everything()),
    (Or((NotEquals("a", "x"), NotEquals("a", "y"))), Everything()),
    (Or((A, Equals("a", "x"))), A),
    (Or((A, And((A, B)))), A),
    (Or((A, A)), A),
    # "no a, or an empty one" stays one requirement: as several it would be larger, or as large.
    (Or((FieldEquals("a", ""), B, And((B, C)))), Or((FieldEquals("a", ""), B))),
    (Or((FieldEquals("a", ""), Equals("a", "x"), B, And((B, C)))),
     Or((FieldEquals("a", ""), Equals("a", "x"), B))),
    (Or((A, Nothing())), A),
    (Or((A, Everything())), Everything()),
    (Or((A, Or((B, Or((C,)))))), Or((A, B, C))),
    (Or((StartsWith("a", "x"), StartsWith("a", "xy"))), StartsWith("a", "x")),
    (Or((StartsWith("a", "x"), Contains("a", "x"), B)), Or((Contains("a", "x"), B))),
    (Or((Not(StartsWith("a", "x")), Contains("a", "x"))), Everything()),
    (Or((Matches("a", "x+"), Matches("a", "x+"))), Matches("a", "x+")),
    (And((A, Or((A, B)))), A),
    (And((DoesNotExist("a"), Or((A, B)))), And((DoesNotExist("a"), B))),
    (And((Equals("a", "x"), Or((Equals("a", "y"), Equals("a", "z"))))), Nothing()),
    (And((Or((A, B)), Or((A, B)))), Or((A, B))),
    (And((Or((A, B)), Or((B, A)))), Or((B, A))),
    (And((A, Nothing(), Or((B, C)))), Nothing()),
    (And((FieldEquals("a", "x"), B, B)), And((B, FieldEquals("a", "x")))),  # as large as a=x
    (And((Not(GreaterThan("a", "5")), Not(GreaterThan("a", "7")), B, B)),
     And((B, Not(GreaterThan("a", "5")), Not(GreaterThan("a", "7"))))),
    (Or((And((Equals("a", "x"), Or((Equals("a", "y"), And((A, DoesNotExist("a"))))))), B)), B),
    (And((A, And((A, And((A,)))))), A),
    (And((Or((A, B)), Not(Or((A, B))))), Nothing()),
    (And((StartsWith("a", "x"), A)), StartsWith("a", "x")),
    (And((StartsWith("a", "x"), EndsWith("a", "y"), NotEquals("a", "z"))),
     And((EndsWith("a", "y"), StartsWith("a", "x")))),
    (And((StartsWith("a", "x"), Equals("a", "xy"))), Equals("a", "xy")),
    (And((StartsWith("a", "x"), Not(StartsWith("a", "x")))), Nothing()),
    (And((Not(Contains("a", "x")), A)), And((Not(Contains("a", "x")), A))),
    (And((Not(Contains("a", "x")), NotEquals("a", "xx"))), Not(Contains("a", "x"))),
    (And((Matches("a", "x+"), Matches("a", "x+"))), Matches("a", "x+")),
    (And((Matches("a", "x+"), Not(Matches("a", "x+")))), Nothing()),
    (And((Matches("a", "x+"), In("a", ["x", "y"]))), Equals("a", "x")),
    (And((FieldEquals("a", "x"), Equals("a", "x"))), Equals("a", "x")),
    (Contains("a", ""), A),
    (Not(StartsWith("a", "")), DoesNotExist("a")),
    (In("a", ()), Nothing()),
    (NotIn("a", ()), Everything()),
    (And(()), Everything()),
    (Or(()), Nothing()),
    (Not(Everything()), Nothing()),
    (Not(Nothing()), Everything()),
    (Not(Not(A)), A),
    (Not(Equals("a", "x")), NotEquals("a", "x")),
    (Not(And((A, B))), Or((DoesNotExist("a"), DoesNotExist("b")))),
    (Not(GreaterThan("a", "5")), Not(GreaterThan("a", "5"))),
    (Not(LessThan("a", str(-(2**63)))), Everything()),
    (And((GreaterThan("a", "5"), Not(GreaterThan("a", "5")))), Nothing()),
    (And((GreaterThan("a", "5"), Not(GreaterThan("a", "6")), In("a", ["6", "06", "7"]))),
     In("a", ["06", "6"])),
]  # fmt: skip

UNCHANGED: list[Selector] = [
    Everything(), Nothing(), Everywhere(), A, Equals("a", ""), And((A, B)), Or((A, B)),
    And((A, NotEquals("a", "x"))), FieldEquals("a", ""), Not(Contains("a", "x")),
    Or((And((A, B)), And((B, C)))), Matches("a", "x+"), And((Matches("a", "x+"), A)),
    And((GreaterThan("a", "5"), LessThan("a", "7"))), Or((DoesNotExist("a"), Equals("a", "x"))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "simpler"), TEXTS)
def test_conjunctions(text: str, simpler: str) -> None:
    """Requirements on one key become as few as say the same."""
    assert str(simplify(parse(text))) == simpler
    assert is_equivalent(parse(text), parse(simpler))


@pytest.mark.parametrize("text", NOTHING)
def test_contradictions(text: str) -> None:
    """What contradicts itself becomes `Nothing`."""
    assert simplify(parse(text)) == Nothing()


@pytest.mark.parametrize(("selector", "simpler"), TREES)
def test_trees(selector: Selector, simpler: Selector) -> None:
    """Negations are pushed down, what is implied is dropped, what is left is joined."""
    assert simplify(selector) == simpler
    assert simplify(simpler) == simpler


@pytest.mark.parametrize("selector", UNCHANGED, ids=repr)
def test_unchanged(selector: Selector) -> None:
    """What is as small as it gets is given back itself."""
    assert simplify(selector) is selector


def test_documented_examples() -> None:
    """An Or within an Or, of which one part implies the other."""
    text = "a == 'x' || a == 'y' || a == 'x' && has(b)"
    assert str(simplify(parse_expression(text))) == "a in (x,y)"


SIZES: list[tuple[Selector, int]] = [
    (Everything(), 1), (Nothing(), 1), (A, 1), (DoesNotExist("a"), 1), (Equals("a", "x"), 2),
    (GreaterThan("a", "5"), 2), (In("a", ["x", "y"]), 3), (In("a", ()), 2), (Not(A), 2),
    (And((A, B)), 3), (Or((A, Equals("a", "x"))), 4), (And(()), 2), (Or((Not(A),)), 3),
]  # fmt: skip


@pytest.mark.parametrize(("selector", "size"), SIZES, ids=repr)
def test_sizes(selector: Selector, size: int) -> None:
    """Nodes and values count one each; that there are none counts as one."""
    assert size_of(selector) == size


def ways(number: int) -> Selector:
    """An Or of so many terms, of which the last is implied by the first."""
    first = Exists("k0")
    return Or((*(Exists(f"k{n}") for n in range(number - 1)), And((first, Exists("z")))))


def parts(number: int) -> Selector:
    """An And of so many terms, of which the last is implied by the first."""
    first = Exists("k0")
    return And((*(Exists(f"k{n}") for n in range(number - 1)), Or((first, Exists("z")))))


@pytest.mark.parametrize("many", [ways, parts])
def test_as_many_terms_as_are_compared(many: type) -> None:
    """Up to MAX_COMPARED_TERMS terms are held against each other; one more is left as it is."""
    compared = many(MAX_COMPARED_TERMS)
    assert len(simplify(compared).terms) == MAX_COMPARED_TERMS - 1  # type: ignore[attr-defined]
    left = many(MAX_COMPARED_TERMS + 1)
    assert simplify(left) == left


def test_longer_ones_are_joined_all_the_same() -> None:
    """What needs no comparing is done at any width: requirements on one key, and doubles."""
    values = [f"v{n}" for n in range(100)]
    assert simplify(Or(tuple(Equals("a", value) for value in values))) == In("a", values)
    assert simplify(And(tuple(NotEquals("a", value) for value in values))) == NotIn("a", values)
    several = [Or((Exists(f"k{n}"), Exists("z"))) for n in range(50)]
    doubled = simplify(And((*several, *several)))
    assert isinstance(doubled, And)
    assert len(doubled.terms) == len(several)
    everything = Or((*(Exists(f"k{n}") for n in range(50)), DoesNotExist("k7")))
    assert simplify(everything) == Everything()
    nothing = And((*(Exists(f"k{n}") for n in range(50)), DoesNotExist("k7")))
    assert simplify(nothing) == Nothing()


def test_no_simpler_selector_is_too_deep() -> None:
    """Two equal leaves become an Or of two, but not where that would nest too deep."""
    leaf = And((FieldEquals("a", ""), FieldEquals("a", ""), B))
    assert simplify(leaf) == And((B, FieldEquals("a", "")))
    for depth in range(MAX_SELECTOR_DEPTH - 3, MAX_SELECTOR_DEPTH + 1):
        selector = nested(leaf, depth)
        assert size_of(simplify(selector)) <= size_of(selector)
