"""Why a selector holds says the same as whether it does, node by node."""

from hypothesis import given
from hypothesis import strategies as st

from labelsel import And, Everything, Not, Nothing, Or, Reason, Requirement, Selector, Why
from labelsel.selector import holds
from tests.evaluators import Labels
from tests.expression_strategies import ALL_SELECTORS
from tests.strategies import (
    KEYS,
    SELECTORS,
    SMALL_KEYS,
    SMALL_VALUES,
    VALUES,
    WILD_SELECTORS,
    Texts,
    labels,
)

NEAR_KEYS: Texts = st.one_of(SMALL_KEYS, st.sampled_from(["x/a", "app", "ap", "aap"]))
LABELS = labels(NEAR_KEYS, SMALL_VALUES)


def check(selector: Selector, carried: Labels) -> None:
    """Fail unless the tree has the selector's shape, and at each node its truth."""
    why = selector.why(carried)
    check_node(why, selector, carried)
    assert bool(why) == selector.matches(carried)
    check_faults(why)


def check_node(why: Why, selector: Selector, carried: Labels) -> None:
    assert why.selector is selector
    assert why.truth == holds(selector, carried)
    terms: tuple[Selector, ...] = ()
    match selector:
        case And(terms=terms) | Or(terms=terms):
            assert why.operation == ("all" if isinstance(selector, And) else "any")
        case Not(term):
            terms = (term,)
            assert why.operation == "not"
        case Requirement() as requirement:
            check_reason(why, requirement, carried)
        case _:
            assert isinstance(selector, Everything | Nothing)
            assert why.operation == ("everything" if why else "nothing")
    assert len(why.parts) == len(terms)
    for part, term in zip(why.parts, terms, strict=True):
        check_node(part, term, carried)


def check_reason(why: Why, requirement: Requirement, carried: Labels) -> None:
    assert isinstance(why, Reason)
    assert (why.key, why.value) == (requirement.key, carried.get(requirement.key))
    if why.truth:
        assert why.nearest is None
    elif why.value is not None:
        assert why.nearest == (why.key, why.value)
    elif why.nearest is not None:
        assert why.nearest in carried.items()
        assert why.nearest[0] != why.key


def check_faults(why: Why) -> None:
    """There are faults exactly where it does not hold; without them it would hold."""
    faults = {id(fault) for fault in why.faults}
    assert bool(faults) != why.truth
    assert faults <= {id(node) for _, node in why.walk_nodes(0) if not node.truth}
    assert mended(why, faults)


def mended(why: Why, faults: set[int]) -> bool:
    """Whether it would hold if these nodes did."""
    if id(why) in faults:
        return True
    match why.operation:
        case "all":
            return all(mended(part, faults) for part in why.parts)
        case "any":
            return any(mended(part, faults) for part in why.parts)
        case _:
            return why.truth


@given(SELECTORS, LABELS)
def test_selectors(selector: Selector, carried: Labels) -> None:
    """Kubernetes' leaves, under every node."""
    check(selector, carried)


@given(ALL_SELECTORS, LABELS)
def test_all_leaves(selector: Selector, carried: Labels) -> None:
    """Every leaf there is, under every node."""
    check(selector, carried)


@given(WILD_SELECTORS, labels(KEYS, VALUES))
def test_wild_words(selector: Selector, carried: Labels) -> None:
    """Any words at all; the text is made of them without a fault."""
    check(selector, carried)
    lines = [line for _, line in selector.why(carried).walk()]
    assert str(selector.why(carried)).count(": has ") >= len(
        [line for line in lines if isinstance(line, Reason)]
    )
