"""Objects by the values of their labels."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel import DoesNotExist, Equals, LabelIndex, all_of
from labelsel.kubernetes import Resource, Source, groups
from tests.strategies import SMALL_KEYS, label_sets


def nodes(*label_sets: dict[str, str]) -> list[Resource]:
    return [
        Resource("Node", "v1", None, f"n{number}", labels, {}, {}, Source("a.yaml", 1, 1))
        for number, labels in enumerate(label_sets)
    ]


NODES = nodes(
    {"zone": "b", "disk": "ssd"},
    {"zone": "a"},
    {"zone": "b", "disk": "hdd"},
    {},
    {"zone": "", "disk": "ssd"},
    {"zone": "b", "disk": "ssd"},
    {"disk": "ssd"},
)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["zone"], {("",): "n4", ("a",): "n1", ("b",): "n0 n2 n5", (None,): "n3 n6"}),
        (["zone", "disk"], {
            ("", "ssd"): "n4", ("a", None): "n1", ("b", "hdd"): "n2", ("b", "ssd"): "n0 n5",
            (None, "ssd"): "n6", (None, None): "n3",
        }),
        (["disk", "zone"], {
            ("hdd", "b"): "n2", ("ssd", ""): "n4", ("ssd", "b"): "n0 n5", ("ssd", None): "n6",
            (None, "a"): "n1", (None, None): "n3",
        }),
        (["none"], {(None,): "n0 n1 n2 n3 n4 n5 n6"}),
        ([], {(): "n0 n1 n2 n3 n4 n5 n6"}),
    ],
)  # fmt: skip
def test_groups(keys: list[str], expected: dict[tuple[str | None, ...], str]) -> None:
    """Groups are sorted by their values, those without a key last; objects keep their order."""
    found = [
        (group.values, " ".join(i.name for i in group.resources)) for group in groups(NODES, keys)
    ]
    assert found == list(expected.items())


def test_no_objects() -> None:
    """Of no objects there is no group."""
    assert groups([], ["zone"]) == groups([], []) == []


@given(label_sets(), st.lists(SMALL_KEYS, max_size=2))
def test_groups_are_what_selectors_select(sets: list[dict[str, str]], keys: list[str]) -> None:
    """A group is what the index selects by its values; the counts are those of the index."""
    found = groups(nodes(*sets), keys)
    index = LabelIndex({f"n{number}": labels for number, labels in enumerate(sets)})
    for group in found:
        selector = all_of(
            DoesNotExist(key) if value is None else Equals(key, value)
            for key, value in zip(keys, group.values, strict=True)
        )
        assert [item.name for item in group.resources] == list(index.select(selector))
    assert sum(len(group.resources) for group in found) == len(sets)
    for place, key in enumerate(keys):
        counts = Counter[str]()
        for group in found:
            value = group.values[place]
            counts.update({} if value is None else {value: len(group.resources)})
        assert counts == index.label_values(key)
