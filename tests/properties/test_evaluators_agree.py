"""Every evaluator says what the definition says, of any selector and any labels."""

from hypothesis import given
from hypothesis import strategies as st

from labelsel import And, Or, Requirement, Selector
from tests.evaluators import Labels, evaluate
from tests.strategies import (
    KEYS,
    SELECTORS,
    VALUES,
    WILD,
    WILD_REQUIREMENTS,
    WILD_SELECTORS,
    field_requirements,
    label_sets,
    labels,
    requirements,
    selectors,
)


@given(SELECTORS, label_sets())
def test_on_selectors_and_labels_that_meet(selector: Selector, sets: list[Labels]) -> None:
    """Over a few keys and values, where nearly every requirement meets its key."""
    evaluate(selector, sets)


@given(requirements() | field_requirements() | WILD_REQUIREMENTS, st.sets(VALUES, max_size=6))
def test_on_each_requirement_alone(requirement: Requirement, values: set[str]) -> None:
    """Every leaf, and its negation, over many values of its own key."""
    values |= {"", "a", "b", "4", "5", "6", "007", "x"}
    sets: list[Labels] = [{}, {"other": ""}, *({requirement.key: value} for value in values)]
    assert evaluate(~requirement, sets) == [not answer for answer in evaluate(requirement, sets)]


@given(WILD_SELECTORS, label_sets(KEYS, VALUES))
def test_on_wild_words(selector: Selector, sets: list[Labels]) -> None:
    """Over any text: numbers and nearly numbers, other scripts, lone surrogates."""
    evaluate(selector, [*sets, *meeting(selector)])


def meeting(selector: Selector) -> list[Labels]:
    """Return label sets with the very keys and values that a selector speaks of."""
    match selector:
        case And(terms) | Or(terms):
            return [labels for term in terms for labels in meeting(term)]
        case Requirement(key=key):
            values = {getattr(selector, "value", ""), *getattr(selector, "values", ())}
            return [{key: value} for value in sorted(values)]
        case _:
            return []


class LongerThan(Requirement):
    """An operator that no evaluator knows: the value is longer than the key."""

    __slots__ = ()

    def allows(self, value: str | None) -> bool:
        return len(value or "") > len(self.key)

    def __str__(self) -> str:
        return f"len({self.key})"


class NotLongerThan(LongerThan):
    """Its negation, which an absent key fulfils."""

    __slots__ = ()

    def allows(self, value: str | None) -> bool:
        return not LongerThan.allows(self, value)


UNKNOWN = st.one_of(st.builds(LongerThan, WILD), st.builds(NotLongerThan, WILD))


@given(selectors(UNKNOWN), st.lists(labels(WILD, WILD), max_size=4))
def test_on_operators_that_no_evaluator_knows(selector: Selector, sets: list[Labels]) -> None:
    """An operator that came later is answered by `allows`, everywhere the same."""
    evaluate(selector, sets)
