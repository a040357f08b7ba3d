"""Objects that may get one name."""

from itertools import combinations, product

from labelsel.kubernetes.selection.namesakes import Identity, group_namesakes

SPACES = None, {"a"}, {"b"}, {"a", "b"}
NAMES = None, {"x"}, {"y"}, {"x", "y"}


def may_be_one(first: Identity, second: Identity) -> bool:
    """Whether a namespace and a name may be those of both."""
    return all(
        one is None or other is None or not set(one).isdisjoint(other)
        for one, other in zip(first, second, strict=True)
    )


def test_groups() -> None:
    """Objects that may be one are in one group, and no group has a part without such a pair."""
    identities: list[Identity] = list(product(SPACES, NAMES))
    for count in (1, 2, 3):
        for chosen in combinations(identities, count):
            groups = [set(group) for group in group_namesakes(chosen)]
            expected = [{number} for number in range(count)]
            for first, second in combinations(range(count), 2):
                if may_be_one(chosen[first], chosen[second]):
                    both = [each for each in expected if {first, second} & each]
                    merged = set().union(*both)
                    expected = [each for each in expected if not each & merged] + [merged]
            assert sorted(map(sorted, groups)) == sorted(map(sorted, expected)), chosen
