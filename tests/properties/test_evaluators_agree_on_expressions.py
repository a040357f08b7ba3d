"""Parts of values, regular expressions and `global()`: every evaluator says what `allows` says."""

from hypothesis import given
from hypothesis import strategies as st

from labelsel import (
    Contains,
    EndsWith,
    LabelIndex,
    Matches,
    Not,
    Requirement,
    Selector,
    StartsWith,
)
from tests.evaluators import Labels, evaluate
from tests.expression_strategies import (
    ALL_SELECTORS,
    EXPRESSION_KEYS,
    EXPRESSION_VALUES,
    EXPRESSIONS,
    PARTS,
    PATTERNS,
    REGEX_SELECTORS,
    WORLD,
)
from tests.strategies import SMALL_KEYS, WILD, label_sets

LEAVES = [Contains, StartsWith, EndsWith]
VALUES = st.one_of(PARTS, st.text("xyz", max_size=4), WILD)


@given(ALL_SELECTORS, label_sets(SMALL_KEYS, VALUES))
def test_any_trees(selector: Selector, sets: list[Labels]) -> None:
    """All evaluators agree on trees of every node and leaf."""
    evaluate(selector, sets)


@given(EXPRESSIONS, label_sets(EXPRESSION_KEYS, EXPRESSION_VALUES))
def test_expressions(selector: Selector, sets: list[Labels]) -> None:
    """All evaluators agree on whatever Calico's language says, odd keys and values included."""
    evaluate(selector, sets)


@given(REGEX_SELECTORS, st.lists(st.sampled_from(WORLD.sets), max_size=6))
def test_in_the_world(selector: Selector, sets: list[Labels]) -> None:
    """All evaluators agree on trees with regular expressions and numbers."""
    evaluate(selector, [{}, *sets])


@given(st.sampled_from(LEAVES), st.one_of(PARTS, WILD), label_sets(st.just("a"), VALUES))
def test_parts_are_what_python_says(
    node: type[Contains | StartsWith | EndsWith], part: str, sets: list[Labels]
) -> None:
    """The three are `in`, `startswith` and `endswith` of a value that is there, or not."""
    python = {Contains: str.__contains__, StartsWith: str.startswith, EndsWith: str.endswith}[node]
    expected = ["a" in labels and python(labels["a"], part) for labels in sets]
    assert evaluate(node("a", part), sets) == expected
    assert evaluate(Not(node("a", part)), sets) == [not answer for answer in expected]


@given(PATTERNS, label_sets(st.just("a"), VALUES))
def test_an_absent_key_reads_as_empty(pattern: str, sets: list[Labels]) -> None:
    """To a regular expression an absent key and an empty value are the same."""
    filled: list[Labels] = [{"a": "", **labels} for labels in sets]
    assert evaluate(Matches("a", pattern), sets) == evaluate(Matches("a", pattern), filled)


def selected(index: LabelIndex[int], leaf: Requirement) -> set[int]:
    """Return what the index selects, and fail where `allows` says otherwise."""
    expected = {key for key, labels in index.items() if leaf.allows(labels.get("a"))}
    assert set(index.select(leaf)) == expected
    assert index.count(leaf) == len(expected)
    return expected


@given(
    st.lists(st.tuples(st.integers(0, 5), st.one_of(st.none(), VALUES)), max_size=20),
    st.lists(PARTS, min_size=1, max_size=3),
)
def test_prefixes_while_the_index_changes(
    changes: list[tuple[int, str | None]], prefixes: list[str]
) -> None:
    """The sorted values of a key stay sorted and whole as values come and go."""
    index: LabelIndex[int] = LabelIndex({10: {"a": "x"}, 11: {"a": "xy"}, 12: {}})
    for key, value in changes:
        for prefix in prefixes:
            selected(index, StartsWith("a", prefix))
        if value is None:
            index.pop(key, None)
        else:
            index[key] = {"a": value}
        index.check_invariants()
    for prefix in prefixes:
        assert selected(index, StartsWith("a", prefix)) >= selected(
            index, StartsWith("a", f"{prefix}x")
        )


def test_the_index_is_asked_for_prefixes_in_order() -> None:
    """Of many values only those with the prefix are looked at, and the plan says so."""
    index = LabelIndex({n: {"a": f"v{n}"} for n in range(100)})
    plan = index.explain(StartsWith("a", "v9"))
    assert (plan.operation, plan.actual) == ("labels", 11)
    assert plan.detail == "a in (v9,v90,v91,v92,v93,v94,v95,v96,v97,v98,v99)"
    del index[95]
    index[200] = {"a": "v9-"}
    assert list(index.select(StartsWith("a", "v9"))) == [9, *range(90, 95), *range(96, 100), 200]
    assert index.count(StartsWith("a", "w")) == index.count(StartsWith("b", "")) == 0
    index.check_invariants()
