"""Objects of one kind that may be one object in a cluster, as they may get one name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Sequence
from typing import Final, TypeAlias

__all__ = ["Identity", "group_namesakes"]

Identity: TypeAlias = tuple[Collection[str] | None, Collection[str] | None]
"""The namespaces and the names that an object may have; None for any."""

_ANY: Final = object()


def group_namesakes(identities: Sequence[Identity]) -> list[list[int]]:
    """Return the numbers of objects in groups: objects of different groups are never one.

    Complexity: O(n log n) for n namespaces and names in all.

    >>> group_namesakes([({"a"}, {"x"}), ({"a", "b"}, {"y"}), ({"b"}, {"y"}), (None, {"x"})])
    [[0, 3], [1, 2]]
    """
    parents: dict[Hashable, Hashable] = {}

    def find(node: Hashable) -> Hashable:
        while parents.setdefault(node, node) != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    anywhere = {name for spaces, names in identities if spaces is None for name in names or ()}
    unnamed = {space for spaces, names in identities if names is None for space in spaces or ()}
    both = any(identity == (None, None) for identity in identities)
    for number, identity in enumerate(identities):
        for key in _keys(*identity, anywhere, unnamed):
            parents[find(key)] = find(number)
        if both or (anywhere and unnamed and None in identity):
            parents[find(_ANY)] = find(number)
    groups: defaultdict[Hashable, list[int]] = defaultdict(list)
    for number in range(len(identities)):
        groups[find(number)].append(number)
    return list(groups.values())


def _keys(
    spaces: Collection[str] | None,
    names: Collection[str] | None,
    anywhere: Collection[str],
    unnamed: Collection[str],
) -> Iterator[Hashable]:
    """Yield what an object shares with each other one that it may be.

    Arguments:
        spaces: the namespaces that it may have.
        names: the names that it may have.
        anywhere: the names of objects that may have any namespace.
        unnamed: the namespaces of objects that may have any name.
    """
    yield from ((space, name) for space in spaces or () for name in names or ())
    yield from (("", name) for name in names or () if spaces is None or name in anywhere)
    yield from ((space, "") for space in spaces or () if names is None or space in unnamed)
