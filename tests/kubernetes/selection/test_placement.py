"""Pods and the nodes they may run on: what counts, what the others lack, and bad affinity."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from labelsel import from_node_selector, node_labels
from labelsel.errors import path_text
from labelsel.kubernetes import Inventory, Obstacle, Placements, Resource, nodes_for
from tests.kubernetes.selection.specs import (
    NAME_IN,
    NAME_NOT_IN,
    NODES,
    PREFERRED,
    REQUIRED,
    TERMS,
    expression,
    node,
    place_pod,
    prefer,
    preferred,
    required,
    term,
)


def fitting(spec: Any) -> str:
    found = place_pod(spec)
    names = [placement.node.name for placement in found.fitting]
    refused = [refusal.node.name for refusal in found.refused]
    assert sorted(names + refused) == [item.name for item in NODES]
    return " ".join(names)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (None, "n1 n2 n3 n4"),
        ({}, "n1 n2 n3 n4"),
        ({"nodeSelector": None, "affinity": None, "nodeName": None}, "n1 n2 n3 n4"),
        ({"nodeName": ""}, "n1 n2 n3 n4"),
        ({"affinity": {"nodeAffinity": None}}, "n1 n2 n3 n4"),
        ({"affinity": {"nodeAffinity": {REQUIRED: None, PREFERRED: None}}}, "n1 n2 n3 n4"),
        # All entries of a node selector must hold.
        ({"nodeSelector": {"disk": "ssd"}}, "n1 n2"),
        ({"nodeSelector": {"disk": "ssd", "zone": "b"}}, "n2"),
        ({"nodeSelector": {"disk": ""}}, ""),
        # The node that is named, and the rest must hold for it, too.
        ({"nodeName": "n3"}, "n3"),
        ({"nodeName": "n3", "nodeSelector": {"disk": "ssd"}}, ""),
        ({"nodeName": "n9"}, ""),
        # One term must hold, and all that is in it.
        (required(term(expression("zone", "In", "a", "c"))), "n1 n4"),
        (required(term(expression("zone", "NotIn", "b"))), "n1 n4"),
        (required(term(expression("disk", "DoesNotExist"))), "n4"),
        (required(term(expression("disk", "Exists"))), "n1 n2 n3"),
        (required(term(expression("cores", "Gt", "8"))), "n2"),
        (required(term(expression("cores", "Lt", "9"))), "n1"),
        (required(term(expression("zone", "In", "b"), expression("disk", "In", "hdd"))), "n3"),
        (required(term(expression("zone", "In", "a")), term(expression("disk", "In", "hdd"))),
         "n1 n3"),
        # Terms look at the name, too.
        (required(term(fields=[NAME_IN])), "n3"),
        (required(term(fields=[NAME_NOT_IN])), "n1 n2 n4"),
        (required(term(expression("zone", "In", "b"), fields=[NAME_NOT_IN])), "n2"),
        (required(term(expression("zone", "In", "a"), fields=[NAME_IN])), ""),
        # An empty term never holds, and without terms no node will do.
        (required({}, term(expression("zone", "In", "a"))), "n1"),
        (required({"matchExpressions": []}), ""),
        (required(), ""),
        # Node selector and affinity must both hold.
        (required(term(expression("zone", "In", "b"))) | {"nodeSelector": {"disk": "ssd"}}, "n2"),
    ],
)  # fmt: skip
def test_what_fits(spec: Any, expected: str) -> None:
    """The nodes that the scheduler would take for their labels and names, in the order given."""
    assert fitting(spec) == expected


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], "n1:0 n2:0 n3:0 n4:0"),
        ([prefer(5, expression("zone", "In", "b"))], "n2:5 n3:5 n1:0 n4:0"),
        (
            [prefer(1, expression("zone", "In", "b")), prefer(100, expression("disk", "Exists"))],
            "n2:101 n3:101 n1:100 n4:0",
        ),
        ([prefer(2, expression("zone", "In", "c")), prefer(1, expression("disk", "Exists"))],
         "n4:2 n1:1 n2:1 n3:1"),
        ([{"weight": 9, "preference": {"matchFields": [NAME_IN]}}], "n3:9 n1:0 n2:0 n4:0"),
        # A preference without requirements adds nothing.
        ([{"weight": 9, "preference": {}}, {"weight": 9, "preference": None}, {"weight": 9}],
         "n1:0 n2:0 n3:0 n4:0"),
        ([{"weight": 9, "preference": term()}], "n1:0 n2:0 n3:0 n4:0"),
    ],
)  # fmt: skip
def test_ranking(items: list[Any], expected: str) -> None:
    """The weights of all preferences that hold are added up; equals keep their order."""
    found = place_pod(preferred(*items))
    assert " ".join(f"{item.node.name}:{item.weight}" for item in found.fitting) == expected
    for placement in found.fitting:
        assert placement.weight == sum(held.weight for held in placement.preferences)


def test_what_is_preferred_is_told() -> None:
    """A placement names the preferences that hold, with their place and in a manifest's words."""
    items = (
        prefer(1, expression("zone", "In", "c")),
        prefer(2, expression("zone", "In", "b")),
        {"weight": 3, "preference": term(expression("disk", "Exists"), fields=[NAME_IN])},
    )
    first, *_ = place_pod(preferred(*items)).fitting
    assert [(path_text(held.path), str(held)) for held in first.preferences] == [
        (f"spec.affinity.nodeAffinity.{PREFERRED}[1]", "zone in (b)"),
        (f"spec.affinity.nodeAffinity.{PREFERRED}[2]", "disk,metadata.name in (n3)"),
    ]


def test_only_nodes_that_fit_are_ranked() -> None:
    """What is preferred of a node that is refused counts for nothing."""
    spec: dict[str, Any] = required(term(expression("disk", "In", "ssd")))
    affinity = spec["affinity"]["nodeAffinity"]
    affinity[PREFERRED] = [prefer(7, expression("zone", "In", "b"))]
    assert [(item.node.name, item.weight) for item in place_pod(spec).fitting] == [
        ("n2", 7),
        ("n1", 0),
    ]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"nodeSelector": {"disk": "ssd"}}, {
            "n3": [("spec.nodeSelector", "disk=ssd: has disk=hdd")],
            "n4": [("spec.nodeSelector", "disk=ssd: has no disk")],
        }),
        # All that is unmet, each with its place,
        ({"nodeName": "n1", "nodeSelector": {"disk": "ssd", "dsk": "x"}}, {
            "n1": [("spec.nodeSelector", "dsk=x: has no dsk, but disk=ssd")],
            "n2": [("spec.nodeName", "metadata.name=n1: has metadata.name=n2"),
                   ("spec.nodeSelector", "dsk=x: has no dsk, but disk=ssd")],
            "n3": [("spec.nodeName", "metadata.name=n1: has metadata.name=n3"),
                   ("spec.nodeSelector", "disk=ssd: has disk=hdd"),
                   ("spec.nodeSelector", "dsk=x: has no dsk, but disk=hdd")],
            "n4": [("spec.nodeName", "metadata.name=n1: has metadata.name=n4"),
                   ("spec.nodeSelector", "disk=ssd: has no disk"),
                   ("spec.nodeSelector", "dsk=x: has no dsk")],
        }),
        # of terms that which came nearest, of equals the first.
        (required(
            {},
            term(expression("zone", "In", "x"), expression("disk", "Exists")),
            term(expression("cores", "Gt", "9")),
        ), {
            "n1": [(f"{TERMS}[1]", "zone in (x): has zone=a")],
            "n3": [(f"{TERMS}[1]", "zone in (x): has zone=b")],
            "n4": [(f"{TERMS}[2]", "cores>9: has no cores")],
        }),
        (required(term(expression("zone", "In", "b"), fields=[NAME_NOT_IN])), {
            "n1": [(f"{TERMS}[0]", "zone in (b): has zone=a")],
            "n3": [(f"{TERMS}[0]", "metadata.name notin (n3): has metadata.name=n3")],
            "n4": [(f"{TERMS}[0]", "zone in (b): has zone=c")],
        }),
        (required(term(fields=[NAME_IN])), {
            name: [(f"{TERMS}[0]", f"metadata.name in (n3): has metadata.name={name}")]
            for name in ("n1", "n2", "n4")
        }),
        (required({}), {
            name: [(f"spec.affinity.nodeAffinity.{REQUIRED}",
                    "a term that can hold: has no terms in the affinity")]
            for name in ("n1", "n2", "n3", "n4")
        }),
    ],
)  # fmt: skip
def test_what_is_unmet(spec: Any, expected: dict[str, list[tuple[str, str]]]) -> None:
    """Each node that is refused says what it does not meet, and what it has instead."""
    found = {
        refusal.node.name: [(path_text(unmet.path), str(unmet)) for unmet in refusal.unmet]
        for refusal in place_pod(spec).refused
    }
    assert found == expected
    for refusal in place_pod(spec).refused:
        assert str(refusal) == "; ".join(text for _, text in expected[refusal.node.name])


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, []),
        ({"containers": [{"resources": {}}], "volumes": [{"name": "a", "emptyDir": {}}]}, []),
        ({"containers": [{"resources": {"requests": {"cpu": "1"}}}]}, ["resources"]),
        ({"initContainers": [{"resources": {"limits": {"cpu": "1"}}}]}, ["resources"]),
        ({"resources": {"requests": {"cpu": "1"}}}, ["resources"]),
        ({"containers": [{"ports": [{"containerPort": 80}, {"hostPort": 80}]}]}, ["host ports"]),
        ({"volumes": [{"name": "a", "persistentVolumeClaim": {"claimName": "b"}}]}, ["volumes"]),
        ({"volumes": ["x"]}, ["volumes"]),
        ({"schedulingGates": [{"name": "a"}], "resourceClaims": [{}], "runtimeClassName": "a"},
         ["schedulingGates", "resourceClaims", "runtimeClassName"]),
        ({"affinity": {"podAffinity": {PREFERRED: [{}]}, "podAntiAffinity": {PREFERRED: [{}]}}},
         ["preferred podAffinity", "preferred podAntiAffinity"]),
        ({"topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}]},
         ["ScheduleAnyway of topologySpreadConstraints"]),
        ({"schedulerName": "volcano", "os": {"name": "windows"}}, ["os", "schedulerName"]),
        ({"schedulerName": "default-scheduler"}, []),
    ],
)  # fmt: skip
def test_what_is_not_considered(spec: Any, expected: list[str]) -> None:
    """What the pod has that also decides in a cluster, and is not judged, is named."""
    found = place_pod(spec)
    assert (found.ignored, len(found.fitting)) == (expected, 4)


def test_volumes_that_a_workload_claims() -> None:
    """The claims of a StatefulSet are volumes of its pods."""
    template = {"template": {"spec": {}}, "volumeClaimTemplates": [{}]}
    body = {"kind": "StatefulSet", "apiVersion": "apps/v1", "metadata": {"name": "a"}}
    (workload,) = Inventory.of([{**body, "spec": template}])
    assert nodes_for(workload, []).ignored == ["volumes"]


def test_no_nodes() -> None:
    """Of no nodes none fits, and none is refused."""
    assert place_pod({}, ()) == Placements([], [], [], [], [])


WORDS = st.sampled_from(["a", "b", "c", "1", "5", "n1", "n2"])
KEYS = st.sampled_from(["x", "y", "metadata.name"])
EXPRESSIONS: SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(expression, KEYS, st.sampled_from(["In", "NotIn"]), WORDS, WORDS),
    st.builds(expression, KEYS, st.sampled_from(["Exists", "DoesNotExist"])),
    st.builds(expression, KEYS, st.sampled_from(["Gt", "Lt"]), st.sampled_from(["1", "3"])),
)
FIELDS: SearchStrategy[dict[str, Any]] = st.builds(
    expression, st.just("metadata.name"), st.sampled_from(["In", "NotIn"]), WORDS
)
NODE_TERMS: SearchStrategy[dict[str, Any]] = st.builds(
    lambda expressions, fields: term(*expressions, fields=fields),
    st.lists(EXPRESSIONS, max_size=2),
    st.lists(FIELDS, max_size=2),
)
PREFERENCES = st.lists(
    st.fixed_dictionaries({"weight": st.integers(1, 100), "preference": NODE_TERMS}), max_size=3
)
SPECS: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "nodeName": st.one_of(st.none(), st.just("n1")),
        "nodeSelector": st.dictionaries(KEYS, WORDS, max_size=2),
        "affinity": st.fixed_dictionaries(
            {
                "nodeAffinity": st.fixed_dictionaries(
                    {PREFERRED: PREFERENCES},
                    optional={
                        REQUIRED: st.fixed_dictionaries(
                            {"nodeSelectorTerms": st.lists(NODE_TERMS, max_size=3)}
                        )
                    },
                )
            }
        ),
    }
)
NODE_SETS = st.lists(st.dictionaries(KEYS, WORDS, max_size=3), max_size=5).map(
    lambda sets: tuple(node(f"n{number}", None, **labels) for number, labels in enumerate(sets))
)


def expected_weight(spec: dict[str, Any], item: Resource) -> int | None:
    """What a node weighs by the definition, None where it is refused."""
    affinity = spec["affinity"]["nodeAffinity"]
    seen = node_labels(item.name, item.labels)
    if spec["nodeName"] not in {None, item.name}:
        return None
    if not spec["nodeSelector"].items() <= dict(item.labels).items():
        return None
    if REQUIRED in affinity and not from_node_selector(affinity[REQUIRED]).matches(seen):
        return None
    return sum(
        int(preference["weight"])
        for preference in affinity[PREFERRED]
        if from_node_selector({"nodeSelectorTerms": [preference["preference"]]}).matches(seen)
    )


@given(SPECS, NODE_SETS)
def test_nodes_are_those_of_the_definition(
    spec: dict[str, Any], nodes: tuple[Resource, ...]
) -> None:
    """Asked node by node, the definition gives the same weights; what is refused says why."""
    found = place_pod(spec, nodes)
    weights = {item.name: expected_weight(spec, item) for item in nodes}
    fitting = [(item.node.name, item.weight) for item in found.fitting]
    assert fitting == sorted(
        ((name, weight) for name, weight in weights.items() if weight is not None),
        key=lambda pair: -pair[1],
    )
    assert [item.node.name for item in found.refused] == [
        name for name, weight in weights.items() if weight is None
    ]
    for refusal in found.refused:
        assert refusal.unmet
        assert not any(isinstance(unmet, Obstacle) or unmet.why for unmet in refusal.unmet)
