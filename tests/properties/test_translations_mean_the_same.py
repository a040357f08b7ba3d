"""What a form can say means the same when it is read back; what it cannot say it refuses."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from labelsel import (
    Selector,
    TranslationError,
    all_of,
    from_label_selector,
    from_node_selector,
    is_equivalent,
    parse,
    parse_expression,
    to_expression,
    to_kubernetes,
    to_label_selector,
    to_node_selector,
)
from labelsel.objects import NODE_NAME
from tests.evaluators import Labels, evaluate
from tests.expression_strategies import (
    ALL_SELECTORS,
    EXPRESSIONS,
    WORLD,
    WORLD_SELECTORS,
    WRITTEN,
    expression_texts,
)
from tests.strategies import CONJUNCTIONS, label_sets

Say = Callable[[Selector], Any]
Read = Callable[[Any], Selector]
FORMS = pytest.mark.parametrize(
    ("say", "read"),
    [
        (to_kubernetes, parse),
        (to_label_selector, from_label_selector),
        (to_node_selector, from_node_selector),
        (to_expression, parse_expression),
    ],
    ids=["kubernetes", "label selector", "node selector", "expression"],
)
SETS = label_sets()
SAMPLE = WORLD.sets[::37]
NODES: list[Labels] = [*SAMPLE[:9], *({**labels, NODE_NAME: "n1"} for labels in SAMPLE[:9])]


@FORMS
@given(ALL_SELECTORS, SETS)
def test_on_every_evaluator(say: Say, read: Read, selector: Selector, sets: list[Labels]) -> None:
    """Of any tree: what is said selects the same, on every evaluator."""
    with contextlib.suppress(TranslationError):
        assert evaluate(read(say(selector)), sets) == evaluate(selector, sets)


@FORMS
@given(WORLD_SELECTORS)
def test_in_the_world(say: Say, read: Read, selector: Selector) -> None:
    """Of any tree without regular expressions: logic and brute force agree that it is the same."""
    with contextlib.suppress(TranslationError):
        again = read(say(selector))
        assert is_equivalent(again, selector).truth
        assert all(again.matches(labels) == selector.matches(labels) for labels in SAMPLE)


@given(CONJUNCTIONS, SETS)
def test_kubernetes_selectors(selector: Selector, sets: list[Labels]) -> None:
    """All that Kubernetes text says it says again, word for word, and node selectors too."""
    assert to_kubernetes(selector) == str(selector)
    if selector != all_of([]):
        again = from_node_selector(to_node_selector(selector))
        assert evaluate(again, sets) == evaluate(selector, sets)


@given(EXPRESSIONS)
def test_expressions(selector: Selector) -> None:
    """All that Calico's language says is read back, and its canonical text is a fixed point."""
    text = to_expression(selector)
    again = parse_expression(text)
    assert to_expression(again) == text
    assert is_equivalent(again, selector).truth


@given(expression_texts())
def test_expression_texts(drawn: tuple[str, Selector]) -> None:
    """A legal text, with blanks and signs to spare, is read as the tree it was made from."""
    text, selector = drawn
    assert parse_expression(text) == selector
    assert parse_expression(to_expression(selector)) == selector


@given(WRITTEN)
def test_canonical_texts_differ(selector: Selector) -> None:
    """A tree as texts make it comes back from its canonical text as it was, node by node."""
    again = parse_expression(to_expression(selector))
    assert again == selector
    assert hash(again) == hash(selector)
    assert evaluate(again, NODES) == evaluate(selector, NODES)
