"""The relation of selectors and targets is the one that `ObjectSelector.selects` defines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel import Selector, parse
from labelsel.kubernetes import (
    NAMESPACE,
    NODE,
    POD,
    ObjectSelector,
    SelectorRelation,
    SelectorTarget,
)
from tests.kubernetes.yaml_objects import make_object
from tests.strategies import requirements, selectors

OWNER = make_object("Service", "{}")
NAMESPACES = st.sampled_from(["default", "shop", "blog"])
TEXTS = st.sampled_from(["", "a=x", "a in (x,y)", "a", "!a", "a!=x,b", "a=x,b=y", "a=x,a=y"])
LABELS = st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"))
PODS = st.builds(SelectorTarget, st.just(POD), NAMESPACES, LABELS, st.just(OWNER))
OTHERS = st.builds(
    SelectorTarget, st.sampled_from([NODE, NAMESPACE]), st.just(""), LABELS, st.just(OWNER)
)


def object_selectors(made: st.SearchStrategy[Selector]) -> st.SearchStrategy[ObjectSelector]:
    return st.builds(
        ObjectSelector,
        st.just(OWNER),
        st.just(("spec", "selector")),
        made,
        st.sampled_from([POD, NODE, NAMESPACE]),
        st.none() | st.frozensets(NAMESPACES),
    )


@given(
    st.lists(object_selectors(TEXTS.map(parse) | selectors(requirements()))),
    st.lists(PODS | OTHERS),
)
def test_the_relation_is_the_definition(
    object_selectors: list[ObjectSelector], targets: list[SelectorTarget]
) -> None:
    """Both directions have exactly the pairs of brute force, each once and in order."""
    relation = SelectorRelation(iter(object_selectors), iter(targets))
    expected = [
        (id(each), id(target))
        for each in object_selectors
        for target in targets
        if each.selects(target)
    ]
    assert [(id(each), id(target)) for each, target in relation.pairs()] == expected
    one_by_one = [
        (each, target) for each in object_selectors for target in relation.selected_by(each)
    ]
    assert [(id(each), id(target)) for each, target in one_by_one] == expected
    reverse = [(id(each), id(target)) for target in targets for each in relation.selecting(target)]
    assert sorted(reverse) == sorted(expected)


def test_equal_questions() -> None:
    """Selectors that ask the same have the same targets, whoever carries them."""
    target = SelectorTarget(POD, "shop", {"a": "x"}, OWNER)
    paths = ("spec", "selector"), ("spec", "podSelector")
    twice = [ObjectSelector(OWNER, path, parse("a"), POD, frozenset({"shop"})) for path in paths]
    assert list(SelectorRelation(twice, [target]).pairs()) == [(each, target) for each in twice]


def test_arguments() -> None:
    """What is neither selectors nor targets is refused with advice."""
    with pytest.raises(TypeError, match="read_object_selectors"):
        SelectorRelation([3], [])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="selector_targets"):
        SelectorRelation([], [3])  # type: ignore[list-item]
