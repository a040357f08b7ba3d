"""What is written and read again is the same: as text, as an object, as a pickle."""

import pickle
from typing import Any

from hypothesis import example, given
from kubernetes.client import V1LabelSelector, V1LabelSelectorRequirement

from labelsel import (
    And,
    GreaterThan,
    LessThan,
    Requirement,
    Selector,
    SelectorSyntaxError,
    all_of,
    from_label_selector,
    parse,
    parse_fields,
    to_label_selector,
)
from labelsel.selector import holds
from tests.evaluators import Labels
from tests.strategies import (
    CONJUNCTIONS,
    FIELD_TEXTS,
    LEGAL_REQUIREMENTS,
    SELECTORS,
    WILD_SELECTORS,
    kubernetes_texts,
    label_sets,
    near_misses,
)


@given(kubernetes_texts())
def test_texts(drawn: tuple[str, Selector]) -> None:
    """A text with white space anywhere is read as what it was made from, and printed without."""
    text, selector = drawn
    assert parse(text) == selector
    assert parse(str(parse(text))) == selector
    assert str(parse(text)) == str(selector)


@given(CONJUNCTIONS)
def test_selectors(selector: Selector) -> None:
    """`parse(str(s)) == s` for all that text can say."""
    assert parse(str(selector)) == selector
    assert str(parse(str(selector))) == str(selector)


@given(LEGAL_REQUIREMENTS, LEGAL_REQUIREMENTS, LEGAL_REQUIREMENTS)
def test_joined_selectors(one: Requirement, two: Requirement, three: Requirement) -> None:
    """`parse(str(s)) == s` for what `&` builds, in whatever order, loose Ands included."""
    joined = one & (two & three)
    assert joined == one & two & three == all_of([And((one, two)), three])
    assert parse(str(joined)) == joined
    assert parse(f"{one},{two},{three}") == joined
    assert parse(str(And((one, And((two,)), three)))) == joined


@given(CONJUNCTIONS)
def test_spans(selector: Selector) -> None:
    """What stands at a requirement's span in the text is the requirement."""
    text = str(selector)
    again = parse(text)
    for term in again.terms if isinstance(again, And) else (again,):
        if isinstance(term, Requirement):
            assert term.span is not None
            assert str(term) == text[slice(*term.span)]
            assert parse(text[slice(*term.span)]) == term


@given(CONJUNCTIONS, label_sets())
def test_objects(selector: Selector, sets: list[Labels]) -> None:
    """An object made from a selector selects the same, as JSON and as the client's model."""
    obj: Any = to_label_selector(without_bounds(selector))
    again = from_label_selector(obj)
    model = V1LabelSelector(
        match_labels=obj.get("matchLabels"),
        match_expressions=[
            V1LabelSelectorRequirement(**parts) for parts in obj.get("matchExpressions", ())
        ],
    )
    assert from_label_selector(model) == again
    assert to_label_selector(again) == obj
    assert parse(str(again)) == again
    for labels in sets:
        assert holds(again, labels) == holds(without_bounds(selector), labels)


def without_bounds(selector: Selector) -> Selector:
    """Return the selector without `>` and `<`, which objects do not have."""
    terms = selector.terms if isinstance(selector, And) else (selector,)
    return all_of(term for term in terms if not isinstance(term, GreaterThan | LessThan))


@given(FIELD_TEXTS, label_sets())
def test_field_selectors(text: str, sets: list[Labels]) -> None:
    """A field selector's canonical text means the same, term by term."""
    selector = parse_fields(text)
    again = parse_fields(str(selector))
    assert sorted(map(repr, terms(again))) == sorted(map(repr, terms(selector)))
    for labels in sets:
        assert holds(again, labels) == holds(selector, labels)


def terms(selector: Selector) -> tuple[Selector, ...]:
    return selector.terms if isinstance(selector, And) else (selector,)


@given(near_misses(FIELD_TEXTS))
@example("a!=b=")
@example("a\\!=b")
def test_odd_field_selectors(text: str) -> None:
    """Whatever text is read as a field selector, its canonical text is read as the same."""
    try:
        selector = parse_fields(text)
    except SelectorSyntaxError:
        return
    again = parse_fields(str(selector))
    assert sorted(map(repr, terms(again))) == sorted(map(repr, terms(selector)))


@given(SELECTORS | WILD_SELECTORS)
def test_pickles(selector: Selector) -> None:
    """Any tree of nodes passes through pickle whole."""
    again = pickle.loads(pickle.dumps(selector))  # noqa: S301  # our own bytes
    assert again == selector
    assert (str(again), repr(again), hash(again)) == (str(selector), repr(selector), hash(selector))
    assert again.depth == selector.depth
