"""The judge of the engines can fail: it finds an engine that lies."""

from collections.abc import Sequence

import pytest

from labelsel import Equals, LabelIndex
from labelsel.selector import holds
from tests.engines import ENGINES, Ask, Engine, Labels, one_of, selected, verdicts

LABELS = [{"a": "1"}, {}, {"a": "2"}]


def says_yes(label_sets: Sequence[Labels]) -> Ask:
    """An engine that selects everything."""
    return lambda _: [True] * len(label_sets)


def by_absent_as_empty(label_sets: Sequence[Labels]) -> Ask:
    """An engine that reads an absent key as the empty value."""
    return lambda selector: [holds(selector, {"a": "", **labels}) for labels in label_sets]


def test_engines_that_agree_are_believed() -> None:
    """Where all engines say the same, that is the verdict."""
    assert verdicts(Equals("a", "1"), LABELS) == [True, False, False]


@pytest.mark.parametrize("liar", [says_yes, by_absent_as_empty])
def test_a_lying_engine_is_found(liar: Engine) -> None:
    """One engine that says something else is named, with the label sets it is wrong about."""
    engines = (*ENGINES, ("liar", liar))
    with pytest.raises(AssertionError, match=r"'liar' and 'allows' disagree about \[\{"):
        verdicts(Equals("a", ""), LABELS, engines)


def test_an_index_that_contradicts_itself_is_found() -> None:
    """A selection with keys that the index does not have is no answer."""
    index = LabelIndex({0: {"a": "1"}, 1: {"a": "2"}})
    with pytest.raises(AssertionError, match="differ on"):
        selected(index, Equals("a", "2"), 1)


@pytest.mark.parametrize("keys", [set(), {"it", "not"}], ids=len)
def test_an_index_of_selectors_that_contradicts_itself_is_found(keys: set[str]) -> None:
    """Of a selector and its negation, one matches: never both, never none."""
    with pytest.raises(AssertionError, match="of it and its negation"):
        one_of(keys, Equals("a", "2"))
    assert one_of({"it"}, Equals("a", "2"))
