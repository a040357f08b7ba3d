"""The graph of what selects what equals a reading of each selector against each object."""

from collections import Counter
from itertools import combinations

from hypothesis import given

from labelsel.kubernetes import (
    Kind,
    Resource,
    read_object_selectors,
    selector_graph,
    selector_targets,
)
from labelsel.kubernetes.graph.picture import overview, picture
from tests.properties.test_selects_is_the_inverse import CLUSTERS

POD = Kind("Pod", "")


@given(CLUSTERS)
def test_the_edges_are_the_pairs(cluster: list[Resource]) -> None:
    """Each edge counts the pairs of selector and object that it stands for, and none is left out.

    Of equal objects one stands for all: each of them has the pairs of the first one.
    """
    graph = selector_graph(cluster)
    node_of = {
        id(each): node.number for node in graph.nodes for each in (*node.objects, *node.pods)
    }
    selectors, targets = read_object_selectors(cluster), selector_targets(cluster)
    pairs = {
        (id(found.owner), found.path, id(target.origin))
        for found in selectors
        for target in targets
        if found.selects(target)
    }
    for node in graph.nodes:
        for owner in node.objects:
            of_owner = {(path, node_of[target]) for one, path, target in pairs if one == id(owner)}
            edges = {(each.path, target) for each in node.selectors for target in each.selects}
            assert edges == of_owner
    for edge in graph.edges():
        owner = graph.nodes[edge.source].first
        count = Counter((path, node_of[target]) for one, path, target in pairs if one == id(owner))[
            edge.selector.path, edge.target
        ]
        # Two selectors at one path are counted by each of their edges.
        assert 0 < edge.count <= count * len(graph.nodes[edge.source].selectors)
    drawn = {id(found.owner) for found in selectors} | {target for _, _, target in pairs}
    drawn |= {id(target.origin) for target in targets if target.kind == POD}
    assert set(node_of) == drawn


@given(CLUSTERS)
def test_what_dangles_selects_nothing(cluster: list[Resource]) -> None:
    targets = selector_targets(cluster)
    nothing = {
        (found.owner.name, found.path)
        for found in read_object_selectors(cluster)
        if not any(map(found.selects, targets))
        and any(
            target.kind == found.target
            and (not found.namespaces or target.namespace in found.namespaces)
            for target in targets
        )
    }
    dangling = {
        (owner.name, found.path)
        for node, found in selector_graph(cluster).dangling()
        for owner in node.objects
    }
    # A pod that a workload stands for has no box of its own; its workload dangles in its place.
    folded = {pod.name for node in selector_graph(cluster).nodes for pod in node.pods}
    assert {each for each in nothing if each[0] not in folded} == dangling


@given(CLUSTERS)
def test_overlaps_are_two_of_a_kind_that_share_pods(cluster: list[Resource]) -> None:
    targets = selector_targets(cluster)
    main = [
        found
        for found in read_object_selectors(cluster)
        if found.owner.kind in {"Service", "Deployment"} and found.path == ("spec", "selector")
    ]
    shared = {
        frozenset((one.owner.name, other.owner.name))
        for one, other in combinations(main, 2)
        if one.owner.kind == other.owner.kind
        and any(one.selects(target) and other.selects(target) for target in targets)
    }
    graph = selector_graph(cluster)
    found = {
        frozenset((graph.nodes[one].first.name, graph.nodes[other].first.name))
        for overlap in graph.overlaps
        for one, other in combinations(overlap.owners, 2)
    }
    assert found == shared


@given(CLUSTERS)
def test_a_picture_of_some_has_all_their_arrows(cluster: list[Resource]) -> None:
    """What is drawn of a part is what the picture of all has about that part."""
    graph = selector_graph(cluster)
    whole = picture(graph)
    chosen = {node.number for node in graph.nodes if node.number % 2}
    part = picture(graph, chosen)

    def ends(arrows: object) -> set[tuple[int, int, str]]:
        return {(each.source, each.target, each.text) for each in arrows}  # type: ignore[attr-defined]

    assert ends(part.arrows) == {
        end for end in ends(whole.arrows) if not chosen.isdisjoint(end[:2])
    }
    keys = {box.key for box in part.boxes}
    assert chosen <= keys
    assert all({arrow.source, arrow.target} <= keys for arrow in part.arrows)
    for arrow in part.arrows:
        box = next(box for box in part.boxes if box.key == arrow.source)
        assert arrow.row is not None
        assert box.rows[arrow.row].text == arrow.text
    counted = overview(graph, keys)
    assert len(counted.boxes) == len({box.group for box in part.boxes})
