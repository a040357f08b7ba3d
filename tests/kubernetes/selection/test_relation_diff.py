"""The difference of two relations: what is the same on both sides, and why a pair differs."""

import tracemalloc
from typing import Any

import pytest

from labelsel.kubernetes import (
    PairCause,
    RelationDiff,
    Resource,
    SelectorRelation,
    Source,
    diff_relations,
    read_object_selectors,
    selector_targets,
)


def item(kind: str, name: str, *, file: str = "a.yaml", **parts: Any) -> Resource:
    version = {"NetworkPolicy": "networking.k8s.io/v1"}.get(kind, "v1")
    labels = parts.pop("labels", {})
    namespace = parts.pop("namespace", "shop")
    version = parts.pop("version", version)
    body = {"spec": parts}
    return Resource(kind, version, namespace, name, labels, {}, body, Source(file, 1, 1))


def service(name: str = "web", **selector: str) -> Resource:
    return item("Service", name, selector=selector)


def pod(name: str = "web-1", **labels: str) -> Resource:
    return item("Pod", name, labels=labels)


def relation(*resources: Resource) -> SelectorRelation:
    return SelectorRelation(read_object_selectors(resources), selector_targets(resources))


def rows(found: RelationDiff) -> list[tuple[str, bool, str, str, list[PairCause]]]:
    groups = {"changed": found.changed, "removed": found.removed, "added": found.added}
    return [
        (
            group,
            change.starts,
            change.object_selector.owner.name,
            change.target.origin.name,
            list(change.causes),
        )
        for group, changes in groups.items()
        for change in changes
    ]


def diff(old: list[Resource], new: list[Resource]) -> list[Any]:
    return rows(diff_relations(relation(*old), relation(*new)))


WEB = pod(app="web")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([service(app="web"), WEB], [service(app="web"), WEB], []),
        # Another text that selects the same is no difference.
        ([service(app="web"), WEB], [service(app="web", v="1"), pod(app="web", v="1")], []),
        (
            [service(app="web"), WEB],
            [service(app="db"), WEB],
            [("changed", False, "web", "web-1", [PairCause.SELECTOR])],
        ),
        (
            [service(app="web"), pod(app="db")],
            [service(app="web"), WEB],
            [("changed", True, "web", "web-1", [PairCause.LABELS])],
        ),
        (
            [service(app="web"), WEB],
            [service(app="web", v="1"), pod(app="db")],
            [("changed", False, "web", "web-1", [PairCause.SELECTOR, PairCause.LABELS])],
        ),
        (
            [service(app="web"), WEB],
            [service(app="web")],
            [("removed", False, "web", "web-1", [PairCause.NO_OBJECT])],
        ),
        (
            [WEB],
            [service(app="web"), pod(app="web", v="1")],
            [("added", True, "web", "web-1", [PairCause.NEW_SELECTOR, PairCause.LABELS])],
        ),
        (
            [],
            [service(app="web"), WEB],
            [("added", True, "web", "web-1", [PairCause.NEW_SELECTOR, PairCause.NEW_OBJECT])],
        ),
        (
            [service(app="web"), WEB],
            [WEB, item("Service", "web", namespace="blog", selector={"app": "web"})],
            [("removed", False, "web", "web-1", [PairCause.NO_SELECTOR])],
        ),
    ],
)
def test_what_differs(old: list[Resource], new: list[Resource], expected: list[Any]) -> None:
    """A pair differs if one side alone has it, for a cause that is said."""
    assert diff(old, new) == expected
    assert bool(diff_relations(relation(*old), relation(*new))) == bool(expected)


def test_namespaces() -> None:
    """The labels of a namespace decide where a selector looks."""
    peer = {"podSelector": {}, "namespaceSelector": {"matchLabels": {"team": "a"}}}
    wall = item("NetworkPolicy", "wall", podSelector={}, ingress=[{"from": [peer]}])
    blog = item("Pod", "blog-1", namespace="blog")

    def namespace(team: str) -> Resource:
        return item("Namespace", "blog", namespace=None, labels={"team": team})

    assert diff([wall, blog, namespace("b")], [wall, blog, namespace("a")]) == [
        ("changed", True, "wall", "blog-1", [PairCause.NAMESPACES]),
        ("changed", True, "wall", "blog", [PairCause.LABELS]),
    ]


def test_versions_do_not_count() -> None:
    """The same object in another version of its API is the same object."""
    old = item("Deployment", "web", version="extensions/v1beta1", namespace=None)
    new = item("Deployment", "web", version="extensions/v1beta2", namespace="default")
    for each in (old, new):
        each.body["spec"] |= {"selector": {}, "template": {"metadata": {"labels": {"a": "b"}}}}
        each.body["spec"]["selector"] = {"matchLabels": {"a": "b"}}
    assert diff([old], [new]) == []


def test_several_objects_of_one_key() -> None:
    """They are told apart by their files, whose names are compared as the caller says."""

    def side(folder: str, *selectors: dict[str, str]) -> SelectorRelation:
        services = [
            item("Service", "web", file=f"{folder}/{number // 2}.yaml", selector=selector)
            for number, selector in enumerate(selectors)
        ]
        return relation(*services, WEB)

    old = side("old", {"app": "web"}, {"app": "db"}, {"app": "web"})
    new = side("new", {"app": "web"}, {"app": "web"}, {"app": "db"})
    assert len(rows(diff_relations(old, new))) == 4  # no file is on both sides
    found = diff_relations(
        old,
        new,
        old_name=lambda file: file.removeprefix("old/"),
        new_name=lambda file: file.removeprefix("new/"),
    )
    assert [(each.starts, each.object_selector.owner.source.file) for each in found.changed] == [
        (False, "old/1.yaml"),
        (True, "new/0.yaml"),
    ]
    assert not found.added
    assert not found.removed


def grid(size: int, value: str) -> SelectorRelation:
    """Return Services that all select all pods, if the value is ``b``."""
    services = [service(f"s{number}", a=value) for number in range(size)]
    return relation(*services, *(pod(f"p{number}", a="b") for number in range(size)))


def test_pairs_are_made_when_they_are_asked_for() -> None:
    """Where n selectors start to select n objects, nothing is kept for each of the n * n pairs."""
    old, new = grid(300, "c"), grid(300, "b")
    diff_relations(old, new)  # the indexes are built
    tracemalloc.start()
    found = diff_relations(old, new)
    count = len(found.changed)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 90_000
    assert peak < 10 * count


def test_a_sequence_of_pairs() -> None:
    """It is as a list: positions from both ends, slices, iteration, comparison."""
    changed = diff_relations(grid(3, "c"), grid(3, "b")).changed
    names = [(each.object_selector.owner.name, each.target.origin.name) for each in changed]
    assert names == [(f"s{one}", f"p{other}") for one in range(3) for other in range(3)]
    pairs = list(changed)
    assert [changed[number] for number in range(-9, 9)] == pairs * 2
    assert changed[2:7:3] == pairs[2:7:3]
    with pytest.raises(IndexError):
        changed[9]
    assert changed == pairs
    assert changed != pairs[1:]
    assert changed != pairs[::-1]
    no_sequence: object = {1}
    assert changed != no_sequence
    assert repr(changed) == "<9 pairs>"


def test_the_order_of_pairs() -> None:
    """What stops is before what starts; objects are in the order of the side that has the pair."""
    old = [service(app="web"), pod("a", app="web"), pod("b", app="web"), pod("c"), pod("d")]
    new = [service(app="web"), pod("d", app="web"), pod("c", app="web"), pod("b"), pod("a")]
    assert [(each[1], each[3]) for each in diff(old, new)] == [
        *((False, "a"), (False, "b")),
        *((True, "d"), (True, "c")),
    ]
