"""A canonical text is a fixed point, and never reads as something else."""

from hypothesis import example, given
from hypothesis import strategies as st

from labelsel import (
    And,
    Equals,
    Everything,
    Exists,
    In,
    Not,
    Nothing,
    NotIn,
    Or,
    Selector,
    SelectorSyntaxError,
    all_of,
    parse,
    parse_fields,
)
from labelsel.selector import holds
from tests.evaluators import Labels
from tests.strategies import (
    FIELD_TEXTS,
    LEGAL_TEXTS,
    WILD_FIELDS,
    WILD_REQUIREMENTS,
    label_sets,
    near_misses,
    requirements,
    selectors,
)

LABEL_SELECTORS = selectors(st.one_of(requirements(), WILD_REQUIREMENTS))


@given(st.one_of(LEGAL_TEXTS, near_misses(LEGAL_TEXTS)))
def test_a_text_has_one_canonical_form(text: str) -> None:
    """Printing what was read, reading that and printing again gives the same text."""
    try:
        selector = parse(text)
    except SelectorSyntaxError:
        return
    canonical = str(selector)
    assert parse(canonical) == selector
    assert str(parse(canonical)) == canonical
    assert not set(" \t\r\n") & set(canonical.replace(" in (", "").replace(" notin (", ""))


@given(LABEL_SELECTORS, label_sets())
@example(Nothing(), [{}])
@example(And(()), [{}])
@example(In("a", []), [{"a": ""}])
@example(NotIn("a", []), [{"a": ""}])
@example(Or((Equals("a", "b"), Nothing())), [{}])
@example(And((Not(Everything()), Exists("a"))), [{"a": ""}])
def test_no_selector_prints_as_another(selector: Selector, sets: list[Labels]) -> None:
    """What any selector prints is read as that selector, or is refused."""
    text = str(selector)
    try:
        again = parse(text)
    except SelectorSyntaxError:
        return
    if isinstance(selector, Or):
        assert len(selector.terms) == 1  # an Or of one prints as the one
    else:
        assert again == all_of([selector])
    for labels in sets:
        assert holds(again, labels) == holds(selector, labels)
    assert str(again) == text


@given(st.lists(WILD_FIELDS, max_size=3).map(all_of), label_sets())
def test_no_field_selector_prints_as_another(selector: Selector, sets: list[Labels]) -> None:
    """The same for joined field requirements: a name that no text can say is not said."""
    try:
        again = parse_fields(str(selector))
    except SelectorSyntaxError:
        return
    assert sorted(map(repr, parts(again))) == sorted(map(repr, parts(selector)))
    for labels in sets:
        assert holds(again, labels) == holds(selector, labels)


def parts(selector: Selector) -> tuple[Selector, ...]:
    return selector.terms if isinstance(selector, And) else (selector,)


@given(FIELD_TEXTS)
def test_a_field_text_settles(text: str) -> None:
    """Where `==` was sorted and `=` printed the order may change once, and then no more."""
    once = str(parse_fields(text))
    twice = str(parse_fields(once))
    assert str(parse_fields(twice)) == twice
