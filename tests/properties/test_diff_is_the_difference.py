"""``diff_relations`` is the difference of two full relations, each built by brute force."""

from hypothesis import given
from hypothesis import strategies as st

from labelsel.errors import Path
from labelsel.kubernetes import (
    Resource,
    SelectorRelation,
    diff_relations,
    read_object_selectors,
    selector_targets,
)
from tests.properties.test_selects_is_the_inverse import LABELS, NAMESPACES, SPECS, make

Key = tuple[str, str | None, str]

#: Few names and changes of parts, so that most objects are on both sides.
SIDES = st.lists(
    st.tuples(st.integers(0, 5), SPECS, NAMESPACES, LABELS),
    max_size=8,
    unique_by=lambda row: row[0],
).map(
    lambda rows: [
        make(number, kind, spec, namespace, labels)
        for number, (kind, spec), namespace, labels in rows
    ]
)


def key(resource: Resource) -> Key:
    return resource.kind, resource.namespace, resource.name


def brute_force(side: list[Resource]) -> set[tuple[Key, Path, Key]]:
    """All pairs, by evaluating each selector on each target's labels."""
    return {
        (key(found.owner), found.path, key(target.origin))
        for found in read_object_selectors(side)
        for target in selector_targets(side)
        if found.target == target.kind
        and (found.namespaces is None or target.namespace in found.namespaces)
        and found.selector.matches(target.labels)
    }


def relation(side: list[Resource]) -> SelectorRelation:
    return SelectorRelation(read_object_selectors(side), selector_targets(side))


@given(SIDES, SIDES)
def test_diff_is_the_difference(old: list[Resource], new: list[Resource]) -> None:
    """What stops is the old relation without the new one; what starts is the other way round."""
    found = diff_relations(relation(old), relation(new))
    changes = [*found.changed, *found.removed, *found.added]
    pairs = [
        (
            change.starts,
            key(change.object_selector.owner),
            change.object_selector.path,
            key(change.target.origin),
        )
        for change in changes
    ]
    before, after = brute_force(old), brute_force(new)
    expected = {(False, *pair) for pair in before - after} | {
        (True, *pair) for pair in after - before
    }
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == expected
    assert bool(found) == bool(expected)
    on_both = {key(each) for each in old} & {key(each) for each in new}
    for change in found.changed:
        assert {key(change.object_selector.owner), key(change.target.origin)} <= on_both
        assert change.causes


@given(SIDES)
def test_nothing_differs_from_itself(side: list[Resource]) -> None:
    assert not diff_relations(relation(side), relation(side[::-1]))
