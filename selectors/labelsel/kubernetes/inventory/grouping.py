"""Objects put together by what they have for some labels: nodes by zone, pods by app and tier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labelsel.kubernetes.model.resource import Resource

__all__ = ["Group", "groups"]


@dataclass(frozen=True, slots=True)
class Group:
    """The objects that have the same values for some keys.

    Attributes:
        values: the value for each key, in the order of the keys; None where it is absent, which
            is not the same as empty.
        resources: the objects, in the order given; never none.
    """

    values: tuple[str | None, ...]
    resources: list[Resource]


def groups(resources: Iterable[Resource], keys: Sequence[str]) -> list[Group]:
    """The groups that objects fall into by the values of some labels, sorted by these.

    Each object is in one group. Those without a key come behind those with any value of it.
    Without keys all objects are one group, if there are any.

    Complexity: O(n * k + g log g) for n objects, k keys and g groups. One pass over the labels:
    to index them first, for one question, takes several times as long.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> def node(name, **labels):
    ...     return Resource("Node", "v1", None, name, labels, {}, {}, Source("a.yaml", 1, 1))
    >>> nodes = [node("n1"), node("n2", zone="b"), node("n3", zone="a"), node("n4", zone="b")]
    >>> for group in groups(nodes, ["zone"]):
    ...     print(group.values, [item.name for item in group.resources])
    ('a',) ['n3']
    ('b',) ['n2', 'n4']
    (None,) ['n1']
    """
    found: dict[tuple[str | None, ...], list[Resource]] = {}
    for resource in resources:
        found.setdefault(tuple(map(resource.labels.get, keys)), []).append(resource)
    return [Group(values, found[values]) for values in sorted(found, key=_order)]


def _order(values: tuple[str | None, ...]) -> list[tuple[bool, str]]:
    return [(value is None, value or "") for value in values]
