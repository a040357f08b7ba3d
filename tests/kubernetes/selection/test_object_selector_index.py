"""The reverse index of objects with selectors answers what each of them would say."""

from hypothesis import given
from hypothesis import strategies as st

from labelsel import parse
from labelsel.kubernetes import POD, SERVICE, ObjectSelector, ObjectSelectorIndex, SelectorTarget
from tests.kubernetes.yaml_objects import make_object

OWNER = make_object("Service", "{}")
KINDS = st.sampled_from([POD, SERVICE])
NAMESPACES = st.sampled_from(["default", "shop", "blog"])
SELECTORS = st.sampled_from(["", "a=x", "a in (x,y)", "a", "!a", "a!=x,b", "a=x,b=y", "a=x,a=y"])
LABELS = st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"))

ITEMS = st.builds(SelectorTarget, KINDS, NAMESPACES, LABELS, st.just(OWNER))
CARRIED = st.builds(
    ObjectSelector,
    st.just(OWNER),
    st.just("spec.selector"),
    SELECTORS.map(parse),
    KINDS,
    st.none() | st.frozensets(NAMESPACES),
)


@given(st.lists(CARRIED), st.lists(ITEMS))
def test_the_index_is_the_definition(
    carried: list[ObjectSelector], items: list[SelectorTarget]
) -> None:
    """For every item the index finds exactly what ``selects`` is true of, each once, in order."""
    index = ObjectSelectorIndex(iter(carried))
    for item in items:
        found = index.matching(item)
        expected = [selecting for selecting in carried if selecting.selects(item)]
        assert list(map(id, found)) == list(map(id, expected))
