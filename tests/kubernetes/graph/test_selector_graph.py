"""The graph of what selects what: which objects are one node, what dangles, what overlaps."""

from typing import Any

import pytest

from labelsel import SelectorLimitError
from labelsel.kubernetes import (
    Inventory,
    ManifestError,
    SelectorGraph,
    SelectorState,
    selector_graph,
)
from labelsel.kubernetes.graph import selector_graph as graph_module
from labelsel.kubernetes.graph.picture import picture
from tests.kubernetes.graph.conftest import graph_of, item, workload

WEB = {"app": "web"}


def names(graph: SelectorGraph) -> list[tuple[str, int, int]]:
    """The first object of each node, how many there are, and how many pods it stands for."""
    return [(each.first.reference, len(each.objects), len(each.pods)) for each in graph.nodes]


def test_a_workload_stands_for_its_pods(shop: SelectorGraph) -> None:
    assert names(shop) == [
        ("deployment.apps/web", 1, 2),
        ("service/web", 1, 0),
        ("service/public", 1, 0),
        ("service/gone", 1, 0),
        ("pod/tool", 1, 0),
        ("node/n1", 2, 0),
        ("networkpolicy.networking.k8s.io/all", 1, 0),
    ]


def test_edges_count_the_template_and_the_pods(shop: SelectorGraph) -> None:
    edges = {(edge.source, edge.target): edge.count for edge in shop.edges()}
    assert edges == {(0, 0): 3, (0, 5): 2, (1, 0): 3, (2, 0): 3, (6, 4): 1}


def test_what_selects_nothing_dangles(shop: SelectorGraph) -> None:
    assert [(node.first.name, found.text) for node, found in shop.dangling()] == [
        ("gone", "app=gone"),
        ("tool", "gpu=a"),
    ]


def test_a_kind_that_the_input_lacks_is_not_judged() -> None:
    graph = graph_of(item("Pod", "a", {"nodeSelector": {"disk": "ssd"}}))
    [selector] = graph.nodes[0].selectors
    assert selector.state is SelectorState.UNKNOWN
    assert not list(graph.dangling())


def monitor(**spec: Any) -> dict[str, Any]:
    found = item("ServiceMonitor", "dns", {"selector": {"matchLabels": WEB}, **spec})
    return found | {"apiVersion": "monitoring.coreos.com/v1"}


@pytest.mark.parametrize(
    ("selecting", "state"),
    [
        (monitor(namespaceSelector={"matchNames": ["kube-system"]}), SelectorState.UNKNOWN),
        (monitor(namespaceSelector={"matchNames": ["kube-system", "a"]}), SelectorState.DANGLING),
        (monitor(namespaceSelector={"any": True}), SelectorState.DANGLING),
        (monitor(), SelectorState.UNKNOWN),
        (item("Service", "web", {"selector": WEB}, namespace="a"), SelectorState.UNKNOWN),
    ],
)
def test_a_namespace_without_the_kind_is_not_judged(
    selecting: dict[str, Any], state: SelectorState
) -> None:
    """Services in one namespace say nothing of those in another, of which none was read."""
    services = item("Service", "other", {"ports": []}, namespace="a"), item("Pod", "b")
    graph = graph_of(*services, selecting)
    states = [each.state for node in graph.nodes for each in node.selectors]
    assert states == [state]
    assert len(list(graph.dangling())) == (state is SelectorState.DANGLING)


def test_no_namespace_to_look_in_is_judged() -> None:
    """Which namespaces have the labels is known, so nothing is what the selector selects."""
    terms = [
        {"topologyKey": "zone", "labelSelector": {}, "namespaceSelector": {"matchLabels": WEB}}
    ]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": terms}
    graph = graph_of(item("Pod", "a", {"affinity": {"podAffinity": required}}))
    found = {each.target.kind: each.state for each in graph.nodes[0].selectors}
    assert found["Pod"] is SelectorState.DANGLING


def test_two_services_of_the_same_pods_overlap(shop: SelectorGraph) -> None:
    [overlap] = shop.overlaps
    assert (overlap.kinds, overlap.owners, overlap.targets) == ("Services", (1, 2), (0,))


def test_a_replica_set_does_not_overlap_with_its_deployment() -> None:
    owner = [{"kind": "Deployment", "name": "web", "controller": True}]
    made = workload("ReplicaSet", "web-1", WEB | {"hash": "1"}, ownerReferences=owner)
    assert not graph_of(workload("Deployment", "web", WEB), made).overlaps
    made["metadata"]["ownerReferences"] = [{"kind": "Deployment", "name": "other"}, "odd", {}]
    assert [each.kinds for each in graph_of(workload("Deployment", "web", WEB), made).overlaps] == [
        "workloads"
    ]


def test_the_same_object_in_two_files_does_not_overlap_with_itself() -> None:
    service = item("Service", "web", {"selector": WEB})
    pod = item("Pod", "web-1", labels=WEB)
    first, second = (list(Inventory.of([each])) for each in (service, service | {"status": {}}))
    graph = selector_graph([*first, *second, *Inventory.of([pod])])
    assert not graph.overlaps


def test_copies_of_two_services_overlap_once() -> None:
    """Of an object in several files the first counts: the others are no rivals of it."""
    services = [item("Service", name, {"selector": WEB}) for name in ("web", "outside")]
    pod = item("Pod", "web-1", labels=WEB)
    folders = [list(Inventory.of([*services, pod])) for _ in range(3)]
    graph = selector_graph(each for folder in folders for each in folder)
    [overlap] = graph.overlaps
    assert [graph.nodes[each].first.name for each in overlap.owners] == ["web", "outside"]
    assert [graph.nodes[each].first for each in overlap.owners] == folders[0][:2]
    boxes = {box.key: box.overlap for box in picture(graph).boxes}
    assert [boxes[each] for each in overlap.owners] == [
        "selects the same pods as service/outside",
        "selects the same pods as service/web",
    ]


def test_a_pod_with_selectors_of_its_own_has_its_own_node() -> None:
    """Nothing that a workload does not have is hidden behind it."""
    own = item("Pod", "web-1", {"nodeSelector": {"disk": "ssd"}}, labels=WEB)
    graph = graph_of(workload("Deployment", "web", WEB), own)
    assert names(graph) == [("deployment.apps/web", 1, 0), ("pod/web-1", 1, 0)]


def test_a_pod_of_two_workloads_has_its_own_node() -> None:
    both = workload("Deployment", "web", WEB), workload("StatefulSet", "web", WEB)
    graph = graph_of(*both, item("Pod", "web-1", labels=WEB))
    assert names(graph)[-1] == ("pod/web-1", 1, 0)


def test_a_pod_that_another_selector_selects_has_its_own_node() -> None:
    canary = item("Service", "canary", {"selector": {"track": "canary"}})
    pod = item("Pod", "web-1", labels=WEB | {"track": "canary"})
    graph = graph_of(workload("Deployment", "web", WEB), canary, pod)
    assert ("pod/web-1", 1, 0) in names(graph)


def test_five_hundred_equal_pods_are_one_node() -> None:
    """Also if each of them avoids all others: their pairs are not counted one by one."""
    term = {"labelSelector": {"matchLabels": WEB}, "topologyKey": "zone"}
    spec = {
        "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    }
    graph = graph_of(*(item("Pod", f"web-{n}", spec, labels=WEB) for n in range(500)))
    assert names(graph) == [("pod/web-0", 500, 0)]
    assert [(edge.source, edge.target, edge.count) for edge in graph.edges()] == [(0, 0, 500)]


def test_a_fault_is_raised_or_handed_over() -> None:
    bad = item("Service", "bad", {"selector": {"app": ["x"]}})
    objects = list(Inventory.of([bad, item("Pod", "a")]))
    with pytest.raises(ManifestError, match="selector"):
        selector_graph(objects)
    faults: list[ManifestError] = []
    assert names(selector_graph(objects, on_error=faults.append)) == [("pod/a", 1, 0)]
    assert len(faults) == 1


def test_too_many_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs are those of distinct selectors: three Services that ask the same count once."""
    services = [item("Service", name, spec={"selector": WEB}) for name in "abc"]
    pods = [item("Pod", f"p{number}", labels=WEB) for number in range(2)]
    monkeypatch.setattr(graph_module, "MAX_GRAPH_PAIRS", 2)
    assert len(graph_of(*services, *pods).nodes) == 4
    other = item("Service", "d", spec={"selector": WEB | {"tier": "front"}})
    both = item("Pod", "p2", labels=WEB | {"tier": "front"})
    with pytest.raises(SelectorLimitError, match="the graph has more than 2 pairs of a selector"):
        graph_of(*services, other, *pods, both)
