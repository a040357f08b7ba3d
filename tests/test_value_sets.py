"""Sets of values of one key: the numbers in a set are exactly those between its bounds."""

from hypothesis import given
from hypothesis import strategies as st

from labelsel import GreaterThan, LessThan, StartsWith
from labelsel.budget import Budget
from labelsel.value_sets import Condition, Values, intersection_of, number_bounds, values_of

conditions = st.builds(
    Condition,
    st.builds(
        lambda node, bound: node("k", str(bound)),
        st.sampled_from([GreaterThan, LessThan]),
        st.integers(-4, 4),
    ),
    expected=st.booleans(),
)


def with_tests(tests: frozenset[Condition]) -> Values:
    return Values(absent=False, listed=frozenset(), others=True, tests=tests)


@given(st.frozensets(conditions, max_size=3))
def test_the_bounds_hold_the_numbers_that_pass(tests: frozenset[Condition]) -> None:
    """Where a number is required nothing else passes; where none is there are no bounds."""
    values = with_tests(tests)
    bounds = number_bounds(values)
    assert (bounds is not None) == any(test.expected for test in tests)
    if bounds is not None:
        least, most = bounds
        assert not values.passes("none")
        for number in range(-7, 8):
            assert values.passes(str(number)) == (least <= number <= most), (number, bounds)


def test_no_bounds_of_another_test() -> None:
    both = {
        Condition(StartsWith("k", "1"), expected=True),
        Condition(LessThan("k", "5"), expected=True),
    }
    assert number_bounds(with_tests(frozenset(both))) is None


@given(st.lists(conditions.filter(lambda each: each.expected), min_size=1, max_size=3))
def test_an_intersection_has_what_all_have(tests: list[Condition]) -> None:
    sets = [values_of(test.requirement) for test in tests]
    common = intersection_of(sets, Budget())
    for value in ("none", *map(str, range(-7, 8))):
        assert common.has(value) == all(values.has(value) for values in sets)


def test_bounds_that_allow_no_number() -> None:
    """Beyond the last number of 64 bits there is none: no test is needed to say so."""
    none = Values(absent=False, listed=frozenset(), others=False)
    for bound in GreaterThan("k", str(2**63 - 1)), LessThan("k", str(-(2**63))):
        assert values_of(bound) == none
        assert values_of(bound, expected=False) == ~none
    for bound in GreaterThan("k", str(2**63 - 2)), LessThan("k", str(1 - 2**63)):
        assert values_of(bound).tests == {Condition(bound, expected=True)}
