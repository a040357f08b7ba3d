"""The rules of docs/placement.md, one test each, by the words that a refusal says."""

from typing import Any

import pytest

from labelsel.errors import path_text
from labelsel.kubernetes import ManifestError, Placements, Resource, Source, nodes_for
from labelsel.kubernetes.model.document import Document
from labelsel.kubernetes.model.resource import make_resource

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
Data = dict[str, Any]


def node(name: str, taints: Any = None, *, unschedulable: Any = None, **labels: str) -> Data:
    spec = {"taints": taints, "unschedulable": unschedulable}
    return make("Node", name, spec, labels)


def make(kind: str, name: str, spec: Any, labels: Data, namespace: str | None = None) -> Data:
    metadata = {"name": name, "labels": labels, "namespace": namespace}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec}


def runs(name: str, on: str, namespace: str = "shop", affinity: Any = None, **labels: str) -> Data:
    return make("Pod", name, {"nodeName": on, "affinity": affinity}, labels, namespace)


def term(key: str = "zone", selector: Any = None, **more: Any) -> Data:
    selected = {"matchLabels": {"app": "web"}} if selector is None else selector
    return {"topologyKey": key, "labelSelector": selected, **more}


def affinity(*terms: Any) -> Data:
    return {"podAffinity": {REQUIRED: list(terms)}}


def anti_affinity(*terms: Any) -> Data:
    return {"podAntiAffinity": {REQUIRED: list(terms)}}


def spread(**more: Any) -> Data:
    made = {"maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule", **term(), **more}
    return {"topologySpreadConstraints": [made]}


NODES = [node("a1", zone="a"), node("b1", zone="b"), node("c1", zone="c"), node("bare")]


def read(body: Data) -> Resource:
    """Return an object as it is read from a file: `Inventory.of` refuses misspelled fields."""
    return make_resource(body, Document(1, 1, body), Source("a.yaml", 1, 1))


def place(
    spec: Any, *cluster: Data, nodes: Any = None, kind: str = "Pod", **labels: str
) -> Placements:
    """Place a pod of the namespace shop, or the pods of a workload of that kind."""
    pod = make("Pod", "new", spec, labels, "shop")
    if kind != "Pod":
        group = "argoproj.io/v1alpha1" if kind == "Rollout" else "apps/v1"
        template = {"metadata": {"labels": labels}, "spec": spec}
        pod = make(kind, "new", {"template": template}, {}, "shop") | {"apiVersion": group}
    first, *others = map(read, [pod, *(NODES if nodes is None else nodes), *cluster])
    return nodes_for(first, [each for each in others if each.kind == "Node"], [first, *others])


def fitting(found: Placements) -> str:
    return " ".join(each.node.name for each in found.fitting)


def why(found: Placements, name: str) -> str:
    return next(str(each) for each in found.refused if each.node.name == name)


# Taints

GPU = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}
SLA = {"key": "sla", "value": "950", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("toleration", "taint", "fits"),
    [
        ({"key": "gpu", "operator": "Exists"}, GPU, True),
        ({"key": "gpu", "value": "yes"}, GPU, True),
        ({"key": "gpu", "operator": "Equal", "value": "no"}, GPU, False),
        ({"key": "gpu"}, GPU, False),
        ({"key": "gpu"}, {"key": "gpu", "effect": "NoSchedule"}, True),
        ({"operator": "Exists"}, GPU, True),
        ({"key": "", "operator": "Exists", "effect": "NoSchedule"}, GPU, True),
        ({"operator": "Exists", "effect": "NoExecute"}, GPU, False),
        ({"operator": "Exists"}, GPU | {"effect": "NoExecute"}, True),
        ({"key": "cpu", "operator": "Exists"}, GPU, False),
        # Whole numbers of 64 bits, in canonical form; taint < or > toleration.
        ({"key": "sla", "operator": "Gt", "value": "949"}, SLA, True),
        ({"key": "sla", "operator": "Gt", "value": "950"}, SLA, False),
        ({"key": "sla", "operator": "Lt", "value": "951"}, SLA, True),
        ({"key": "sla", "operator": "Lt", "value": "950"}, SLA, False),
        ({"key": "sla", "operator": "Gt", "value": "-1"}, SLA | {"value": "0"}, True),
        ({"key": "sla", "operator": "Gt", "value": "1"}, SLA | {"value": "high"}, False),
        ({"key": "sla", "operator": "Gt", "value": "1"}, SLA | {"value": "0950"}, False),
        ({"key": "sla", "operator": "Gt", "value": "1"}, SLA | {"value": str(2**63)}, False),
        ({"key": "sla", "operator": "Gt", "value": "1"}, SLA | {"value": None}, False),
    ],
)  # fmt: skip
def test_tolerations(toleration: Data, taint: Data, *, fits: bool) -> None:
    """A node fits if a toleration tolerates each of its taints."""
    found = place({"tolerations": [toleration]}, nodes=[node("n", [taint])])
    assert bool(found.fitting) == fits
    if not fits:
        text = f"{taint['key']}{'=' if taint.get('value') else ''}{taint.get('value') or ''}"
        expected = f"tolerated taints only: has {text}:{taint['effect']}"
        assert why(found, "n") == expected


@pytest.mark.parametrize(
    ("toleration", "problem"),
    [
        ("x", "spec.tolerations[0]: must be a map"),
        (None, "spec.tolerations[0]: must be a map, not null"),
        ({"key": "gpu", "operator": "exists"}, "spec.tolerations[0].operator: must be "),
        ({"value": "yes"}, "spec.tolerations[0]: without a key the operator must be Exists"),
        ({"operator": "Exists", "value": "yes"}, "spec.tolerations[0].value: must be empty"),
        ({"key": "gpu", "operator": "Exists", "tolerationSeconds": 5},
         "spec.tolerations[0].tolerationSeconds: only a toleration with effect: NoExecute"),
        ({"key": "gpu", "operator": "Exists", "efect": "NoSchedule"},
         "spec.tolerations[0].efect: unknown field; did you mean effect?"),
        *(({"key": "gpu", "operator": "Gt", "value": value}, "spec.tolerations[0].value: ")
          for value in (None, "", "x", "07", "+7", "-0", str(2**63), 7)),
    ],
)  # fmt: skip
def test_an_illegal_toleration_tolerates_nothing(toleration: Any, problem: str) -> None:
    """It is left out and reported; the others still count."""
    other = {"key": "cpu", "operator": "Exists"}
    found = place(
        {"tolerations": [toleration, other]},
        nodes=[node("n", [GPU]), node("m", [GPU | {"key": "cpu", "value": "1"}])],
    )
    assert fitting(found) == "m"
    (error,) = found.errors
    assert f"Pod/new: {problem}" in str(error)


def test_soft_taints_refuse_nothing() -> None:
    """PreferNoSchedule is said of a node that fits, unless the pod tolerates the taint."""
    soft = GPU | {"effect": "PreferNoSchedule"}
    (placed,) = place({}, nodes=[node("n", [soft])]).fitting
    assert list(map(str, placed.avoided)) == ["gpu=yes:PreferNoSchedule"]
    (placed,) = place({"tolerations": [{"operator": "Exists"}]}, nodes=[node("n", [soft])]).fitting
    assert placed.avoided == ()


def test_unschedulable_is_a_taint() -> None:
    """``spec.unschedulable`` keeps pods away that do not tolerate its taint."""
    key = "node.kubernetes.io/unschedulable"
    nodes = [node("n", unschedulable=True), node("m", unschedulable=False)]
    found = place({}, nodes=nodes)
    assert fitting(found) == "m"
    assert why(found, "n").endswith(f"has {key}:NoSchedule")
    assert path_text(found.refused[0].unmet[0].path) == "spec.unschedulable"
    both = node("n", [{"key": key, "effect": "NoSchedule"}], unschedulable=True)
    assert why(place({}, nodes=[both]), "n") == f"tolerated taints only: has {key}:NoSchedule"
    assert fitting(place({"tolerations": [{"key": key, "operator": "Exists"}]}, nodes=nodes)) == (
        "n m"
    )


@pytest.mark.parametrize(
    ("taints", "problem"),
    [
        ([{"key": "gpu"}], "spec.taints[0]: the effect must be NoSchedule, "),
        ([{"key": "gpu", "effect": "NoSchedul"}], "spec.taints[0].effect: must be "),
        ([{"effect": "NoSchedule"}], "spec.taints[0]: a taint must have a key"),
        (["x"], "spec.taints[0]: must be a map"),
        ({}, "spec.taints: must be a list, not a map"),
    ],
)
def test_an_illegal_taint_repels_all(taints: Any, problem: str) -> None:
    """Nothing tolerates it, and it is reported."""
    everything = {"tolerations": [{"operator": "Exists"}]}
    found = place(everything, nodes=[node("n", taints), node("m")])
    assert fitting(found) == "m"
    assert why(found, "n").endswith("has one that cannot be read")
    (error,) = found.errors
    assert f"Node/n: {problem}" in str(error)


@pytest.mark.parametrize(("value", "shown"), [("no", "'no'"), ([1], "[1]"), (1, "1")])
def test_unschedulable_must_be_true_or_false(value: Any, shown: str) -> None:
    """Any other value counts as true, and is reported."""
    found = place({}, nodes=[node("n", unschedulable=value)])
    assert not found.fitting
    assert f"spec.unschedulable: must be true or false, not {shown}" in str(found.errors[0])


@pytest.mark.parametrize(("on_host", "expected"), [(True, "n m"), (None, "n")])
def test_daemon_sets_tolerate_more(*, on_host: bool | None, expected: str) -> None:
    """The controller of DaemonSets adds tolerations to each pod."""
    network = {"key": "node.kubernetes.io/network-unavailable", "effect": "NoSchedule"}
    nodes = [
        node("n", [{"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}],
             unschedulable=True),
        node("m", [network]),
        node("o", [GPU]),
    ]  # fmt: skip
    found = place({"hostNetwork": on_host}, nodes=nodes, kind="DaemonSet", app="agent")
    assert fitting(found) == expected


def test_numeric_tolerations_are_an_assumption() -> None:
    """A cluster must have Lt and Gt switched on, which is said."""
    numeric = {"tolerations": [{"key": "sla", "operator": "Gt", "value": "1"}]}
    assert place(numeric).assumptions == [
        (
            "the cluster compares numbers in tolerations, as Gt needs: Kubernetes 1.35 or later, "
            "with TaintTolerationComparisonOperators"
        )
    ]


# Node affinity


def test_one_illegal_term_beside_a_good_one() -> None:
    """The good term counts; the illegal one is left out and reported."""
    good = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}
    bad = {"matchExpressions": [{"key": "zone", "operator": "Gt", "values": ["x"]}]}
    required = {REQUIRED: {"nodeSelectorTerms": [bad, good]}}
    found = place({"affinity": {"nodeAffinity": required}})
    assert fitting(found) == "a1"
    (error,) = found.errors
    assert "nodeSelectorTerms[0].matchExpressions[0].values[0]: must be" in str(error)


# Affinity to other pods


@pytest.mark.parametrize(
    ("spec", "cluster", "expected"),
    [
        # A pod that matches runs in the domain.
        (affinity(term()), [runs("p", "a1", app="web")], "a1"),
        (affinity(term()), [runs("p", "a1", app="db")], ""),
        # All terms must hold, and one pod must match all of them.
        (affinity(term(), term(selector={"matchLabels": {"tier": "x"}})),
         [runs("p", "a1", app="web"), runs("q", "a1", tier="x"),
          runs("r", "b1", app="web", tier="x")], "b1"),
        # A null selector selects no pods, an empty one selects all.
        (affinity({"topologyKey": "zone"}), [runs("p", "a1", app="web")], ""),
        (affinity(term(selector={})), [runs("p", "a1", app="db")], "a1"),
        # The namespace of the pod; a list; a selector; both; all.
        (affinity(term()), [runs("p", "a1", "blog", app="web")], ""),
        (affinity(term(namespaces=["blog"])), [runs("p", "a1", "blog", app="web"),
                                               runs("q", "b1", app="web")], "a1"),
        (affinity(term(namespaces=["shop"], namespaceSelector={"matchLabels": {"team": "x"}})),
         [make("Namespace", "blog", {}, {"team": "x"}), runs("p", "a1", "blog", app="web"),
          runs("q", "b1", app="web"), runs("r", "c1", "else", app="web")], "a1 b1"),
        (affinity(term(namespaceSelector={})), [runs("p", "a1", "blog", app="web")], "a1"),
        # Pods that are done, that no node has, or whose node is not known, count nowhere.
        (affinity(term()), [runs("p", "a1", app="web") | {"status": {"phase": "Succeeded"}}], ""),
        (affinity(term()), [runs("p", "a1", app="web") | {"status": {"phase": "Failed"}}], ""),
        (affinity(term()), [runs("p", "a1", app="web") | {"status": {"phase": ["Failed"]}}],
         "a1"),
        (affinity(term()), [runs("p", "gone", app="web")], ""),
        (affinity(term()), [runs("p", "", app="web")], ""),
        # Where nothing has the topology key there is no domain.
        (affinity(term()), [runs("p", "bare", app="web")], ""),
        (anti_affinity(term()), [runs("p", "a1", app="web")], "b1 c1 bare"),
        (anti_affinity(term()), [runs("p", "bare", app="web")], "a1 b1 c1 bare"),
        (anti_affinity(term("host")), [runs("p", "a1", app="web")], "a1 b1 c1 bare"),
        # The anti-affinity of a pod that runs; its affinity, and that of pods that do not run, do
        # not matter.
        ({}, [runs("p", "a1", affinity=anti_affinity(term(selector={})))], "b1 c1 bare"),
        ({}, [runs("p", "a1", affinity=anti_affinity(term()))], "a1 b1 c1 bare"),
        ({}, [runs("p", "", affinity=anti_affinity(term(selector={})))], "a1 b1 c1 bare"),
        ({}, [runs("p", "a1", "blog", affinity=anti_affinity(term(selector={})))],
         "a1 b1 c1 bare"),
        ({}, [runs("p", "a1", "blog",
                   affinity=anti_affinity(term(selector={}, namespaces=["shop"])))], "b1 c1 bare"),
        ({}, [runs("p", "a1", affinity=affinity(term()))], "a1 b1 c1 bare"),
    ],
)  # fmt: skip
def test_other_pods(spec: Any, cluster: list[Data], expected: str) -> None:
    """Affinity attracts, anti-affinity of either side repels, by the domains of the topology."""
    body = {"affinity": spec} if spec else {}
    assert fitting(place(body, *cluster)) == expected


def test_the_pod_itself_is_no_other_pod() -> None:
    """A pod that runs does not keep itself away from its node."""
    itself = {"nodeName": "a1", "affinity": anti_affinity(term(selector={}))}
    assert fitting(place(itself)) == "a1"


def test_the_first_pod_of_a_group() -> None:
    """A pod that matches its own terms may start a group where no pod matches anywhere."""
    spec = {"affinity": affinity(term())}
    assert fitting(place(spec, app="web")) == "a1 b1 c1"
    assert fitting(place(spec, runs("p", "b1", app="web"), app="web")) == "b1"
    assert fitting(place(spec, app="db")) == ""
    # A pod that matches outside of every domain is nowhere.
    assert fitting(place(spec, runs("p", "bare", app="web"), app="web")) == "a1 b1 c1"


def test_keys_whose_values_come_from_the_pod() -> None:
    """With matchLabelKeys pods of the same value count, with mismatchLabelKeys the others."""
    cluster = [runs("p", "a1", app="web", v="1"), runs("q", "b1", app="web", v="2")]
    for name, expected in (("matchLabelKeys", "a1"), ("mismatchLabelKeys", "b1")):
        spec = {"affinity": affinity(term() | {name: ["v", "absent"]})}
        assert fitting(place(spec, *cluster, app="x", v="1")) == expected
    holder = anti_affinity(term(selector={}, matchLabelKeys=["v"]))
    repels = [runs("p", "a1", affinity=holder, v="1"), runs("q", "b1", affinity=holder, v="2")]
    assert fitting(place({}, *repels, v="1")) == "b1 c1 bare"


def test_words() -> None:
    """A refusal says which pods in which domain, and where the term is."""
    cluster = [runs("p", "a1", app="web"), runs("q", "a1", app="web")]
    found = place({"affinity": anti_affinity(term(namespaceSelector={}))}, *cluster)
    assert why(found, "a1") == (
        "no pod with app=web of any namespace in its zone: has pod/p of namespace shop and 1 more "
        "in zone=a"
    )
    found = place({"affinity": affinity(term(namespaces=["x", "y"]), {"topologyKey": "zone"})})
    assert why(found, "bare") == (
        "a pod with app=web of namespace x or y that meets the other terms, too, in its zone: "
        "has no zone; a pod that no labelSelector selects that meets the other terms, too, in its "
        "zone: has no zone"
    )
    everything = anti_affinity(term(selector={}))
    found = place({}, runs("p", "a1", affinity=everything), runs("q", "b1", affinity=everything))
    assert why(found, "b1") == (
        "no pod in its zone that keeps away all pods: has pod/q of namespace shop in zone=b"
    )
    assert [each.unmet[0].owner.name for each in found.refused] == ["p", "q"]  # type: ignore[union-attr]


def test_unknown_namespaces_never_help() -> None:
    """Where the labels of a namespace are not known, a term repels but does not attract."""
    selector = {"matchLabels": {"team": "x"}}
    pod = runs("p", "a1", "blog", app="web")
    attracted = {"affinity": affinity(term(namespaceSelector=selector, namespaces=["shop"]))}
    found = place(attracted, pod, app="web")
    assert fitting(found) == ""  # not the first one for sure
    assert "the labels of namespace blog are not known" in found.assumptions[0]
    assert fitting(place({"affinity": anti_affinity(term(namespaceSelector=selector))}, pod)) == (
        "b1 c1 bare"
    )
    holder = anti_affinity(term(selector={}, namespaceSelector=selector))
    found = place({}, runs("p", "a1", "blog", affinity=holder))
    assert fitting(found) == "b1 c1 bare"
    assert "the labels of namespace shop are not known" in found.assumptions[0]
    # The name of a namespace is known.
    by_name = {"matchLabels": {"kubernetes.io/metadata.name": "blog"}}
    found = place({"affinity": affinity(term(namespaceSelector=by_name))}, pod)
    assert (fitting(found), found.assumptions) == ("a1", [])


def test_what_a_controller_sets() -> None:
    """A node fits if it fits with each value that the label may have."""
    spec = {"affinity": anti_affinity(term(matchLabelKeys=["pod-template-hash"]))}
    old = {"pod-template-hash": "1"}
    cluster = [runs("p", "a1", app="web", **old), runs("q", "b1", app="web", x="y", **old)]
    found = place(spec, *cluster, kind="Deployment", app="web", x="y")
    assert fitting(found) == "c1 bare"
    assert why(found, "a1").endswith("in zone=a, if the pod has pod-template-hash=1")
    assert found.assumptions == [
        "a controller sets pod-template-hash; a node fits only if it fits with each possible value"
    ]
    # A ReplicaSet has the label in its template; a new value is one that no pod has.
    assert fitting(place(spec, *cluster, kind="ReplicaSet", app="web", **old)) == "c1 bare"
    attracted = {"affinity": affinity(term(matchLabelKeys=["pod-template-hash"]))}
    assert fitting(place(attracted, *cluster, kind="Deployment", app="db")) == ""
    # Of a custom kind it is not known whether a controller sets the label.
    found = place(spec, *cluster, kind="Rollout", app="db")
    assert fitting(found) == "c1 bare"
    assert why(found, "a1").endswith("in zone=a, if the pod has no pod-template-hash")


def test_pods_on_unknown_nodes() -> None:
    """They count nowhere, as in the scheduler, and that is said."""
    gone = [runs(f"p{number}", "gone", app="web") for number in range(5)]
    found = place({"affinity": anti_affinity(term())}, *gone, runs("q", "a1"))
    assert found.assumptions == [
        "pods on nodes that are not in the input do not count: p0, p1, p2 and 2 more"
    ]


# Topology spread


@pytest.mark.parametrize(
    ("spec", "cluster", "expected"),
    [
        (spread(), [], "a1 b1 c1"),
        (spread(), [runs("p", "a1", app="web")], "b1 c1"),
        (spread(maxSkew=2), [runs("p", "a1", app="web")], "a1 b1 c1"),
        # A pod that the selector does not select adds nothing.
        (spread(labelSelector={"matchLabels": {"app": "db"}}), [runs("p", "a1", app="db")],
         "a1 b1 c1"),
        (spread(labelSelector=None), [runs("p", "a1", app="web")], "a1 b1 c1"),
        # Other namespaces, and pods that are done or are being deleted, do not count.
        (spread(), [runs("p", "a1", "blog", app="web")], "a1 b1 c1"),
        (spread(), [runs("p", "a1", app="web") | {"status": {"phase": "Failed"}}], "a1 b1 c1"),
        (spread(), [runs("p", "a1", app="web") | {"metadata": {
            "name": "p", "namespace": "shop", "labels": {"app": "web"},
            "deletionTimestamp": "2020-01-01T00:00:00Z"}}], "a1 b1 c1"),
        # With too few domains the emptiest one counts as empty.
        (spread(minDomains=3), [runs(n, f"{n}1", app="web") for n in "abc"], "a1 b1 c1"),
        (spread(minDomains=4), [runs(n, f"{n}1", app="web") for n in "abc"], ""),
        # By default nodes that the affinity refuses are no domains, and tainted ones are.
        (spread() | {"nodeSelector": {"zone": "a"}}, [runs("p", "a1", app="web")], "a1"),
        (spread(nodeAffinityPolicy="Ignore") | {"nodeSelector": {"zone": "a"}},
         [runs("p", "a1", app="web")], ""),
        (spread(matchLabelKeys=["v"]), [runs("p", "a1", app="web", v="2")], "a1 b1 c1"),
        (spread(matchLabelKeys=["v"]), [runs("p", "a1", app="web", v="1")], "b1 c1"),
        (spread(whenUnsatisfiable="ScheduleAnyway"), [runs("p", "a1", app="web")],
         "a1 b1 c1 bare"),
    ],
)  # fmt: skip
def test_spread(spec: Any, cluster: list[Data], expected: str) -> None:
    """The skew with the pod must not be greater than maxSkew."""
    assert fitting(place(spec, *cluster, app="web", v="1")) == expected


@pytest.mark.parametrize(("policy", "expected"), [(None, "b"), ("Ignore", "b"), ("Honor", "a b")])
def test_taints_and_spread(policy: str | None, expected: str) -> None:
    """With Honor a node with a taint that the pod does not tolerate is no domain."""
    nodes = [node("a", zone="a"), node("b", zone="b"), node("c", [GPU], zone="c")]
    cluster = [runs("p", "a", app="web"), runs("q", "b", app="web"), runs("r", "a", app="web")]
    spec = spread(nodeTaintsPolicy=policy, maxSkew=2)
    found = place(spec, *cluster, nodes=nodes, app="web")
    assert fitting(found) == expected
    if policy is None:
        assert why(found, "a") == (
            "a skew of at most 2 in its zone, counting pods with app=web: has 2 and this one in "
            "zone=a; 0 in the emptiest domain"
        )


def test_all_keys_of_all_constraints() -> None:
    """A node without the key of one constraint counts for none, and is refused."""
    both = [
        spread()["topologySpreadConstraints"][0] | {"topologyKey": key} for key in ("zone", "r")
    ]
    nodes = [node("a", zone="a", r="1"), node("b", zone="b")]
    found = place({"topologySpreadConstraints": both}, nodes=nodes, app="web")
    assert fitting(found) == "a"
    assert why(found, "b").endswith("has no r")
    scarce = place(spread(minDomains=2, maxSkew=1), runs("p", "a", app="web"), nodes=nodes[:1],
                   app="web")  # fmt: skip
    assert why(scarce, "a").endswith("in zone=a; of minDomains 2 there are 1")


# What cannot be read


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"affinity": affinity("x")}, "[0]: must be a map, not a string"),
        ({"affinity": affinity({"labelSelector": {}})}, "[0]: there must be a topologyKey"),
        ({"affinity": affinity(term("a b"))}, "[0].topologyKey: "),
        ({"affinity": affinity(term(selector={"a": "b"}))}, "[0].labelSelector.a: unknown field"),
        ({"affinity": affinity(term(namespaces="x"))}, "[0].namespaces: must be a list"),
        ({"affinity": affinity(term(namespaces=[1]))}, "[0].namespaces[0]: must be a string"),
        ({"affinity": affinity(term(namespaceSelector=[]))}, "[0].namespaceSelector: must be "),
        ({"affinity": affinity(term(matchLabelKeys=["a b"]))}, "[0].matchLabelKeys[0]: "),
        ({"affinity": affinity({"topologyKey": "zone", "mismatchLabelKeys": ["a"]})},
         "[0].mismatchLabelKeys: needs a labelSelector"),
        ({"affinity": affinity({"topologyKey": "zone", "matchLabelKeys": ["a"]})},
         "[0].matchLabelKeys: needs a labelSelector"),
        ({"affinity": {"podAffinity": {REQUIRED[:-1]: []}}}, "unknown field; did you mean"),
        ({"affinity": anti_affinity(term(namespace="x"))}, "[0].namespace: unknown field"),
        (spread(whenUnsatisfiable="Never"), "[0].whenUnsatisfiable: must be DoNotSchedule or "),
        *((spread(maxSkew=skew), f"[0].maxSkew: must be a whole number greater than 0, not {shown}")
          for skew, shown in ((0, "0"), (-1, "-1"), (True, "True"), (None, "null"), (1.5, "1.5"))),
        (spread(minDomains=0), "[0].minDomains: must be a whole number greater than 0"),
        (spread(nodeTaintsPolicy="honor"), "[0].nodeTaintsPolicy: must be Honor or Ignore"),
        (spread(maxSkw=1), "[0].maxSkw: unknown field; did you mean maxSkew?"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(spec: Any, problem: str) -> None:
    """A part of a requirement that cannot be read is an error; never skipped."""
    with pytest.raises(ManifestError) as caught:
        place(spec)
    assert "Pod/new: spec." in str(caught.value)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("pod", "problem"),
    [
        (runs("p", "a1", affinity=anti_affinity({"labelSelector": {}})), "a topologyKey"),
        (runs("p", "a1", affinity=anti_affinity("x")), "must be a map"),
        (runs("p", "a1", affinity=anti_affinity(term(namespaces="shop"))), "must be a list"),
        (runs("p", "a1", affinity="x"), "spec.affinity: must be a map"),
        (runs("p", 5), "spec.nodeName: must be a string, not the number 5"),  # type: ignore[arg-type]
    ],
)
def test_pods_that_cannot_be_read(pod: Data, problem: str) -> None:
    """A pod that runs and may keep this one away is read strictly, too."""
    with pytest.raises(ManifestError) as caught:
        place({}, pod)
    assert "Pod/p: spec." in str(caught.value)
    assert problem in str(caught.value)


AWAY = anti_affinity(term(selector={"matchLabels": {"app": "r"}}))
SPECS: list[Any] = ["${S}", "a", [], {"NodeName": "a1"}, {"nodename": "a1"}, {"${X}": "a1"}]
CLOSED: list[Any] = ["", 0, [], {}, "${X}"]
TAINTS = [{"key": "a", "effect": "NoSchedule"}]


def misspelled(pod: Data, **fields: Any) -> Data:
    return {**pod, **fields}


@pytest.mark.parametrize(
    "pod",
    [
        *(misspelled(runs("r", "a1", app="r"), spec=spec) for spec in SPECS),
        misspelled(runs("r", "a1", app="r"), Spec={"nodeName": "a1"}, spec=None),
        misspelled(runs("r", "a1", app="r"), **{"${SPEC}": None}),
        misspelled(runs("r", "a1"), metadata={"name": "r", "labels": {}, "Namespace": "shop"}),
    ],
)
def test_pods_with_a_field_that_nobody_knows(pod: Data) -> None:
    """Nobody knows where such a pod runs: no node fits, and it is an error."""
    found = place({"affinity": AWAY}, runs("other", "b1"), pod)
    assert fitting(found) == ""
    (error,) = found.errors
    assert "Pod/r: " in str(error)
    assert any("pod/r (" in text and "may run on any node" in text for text in found.assumptions)
    done = misspelled(pod, status={"phase": "Succeeded"})
    assert fitting(place({"affinity": AWAY}, runs("other", "b1"), done)) == "a1 b1 c1 bare"


@pytest.mark.parametrize(
    "spec",
    [
        *({name: TAINTS} for name in ("Taints", "taint", "${X}")),
        *({name: True} for name in ("Unschedulable", "unschedulabe")),
        *({"unschedulable": value} for value in CLOSED),
    ],
)
def test_nodes_with_a_field_that_nobody_knows(spec: Any) -> None:
    """Such a node may have any taint; the others fit."""
    found = place({}, nodes=[make("Node", "n1", spec, {}), node("n2")])
    assert fitting(found) == "n2"
    (error,) = found.errors
    assert "Node/n1: spec" in str(error)


@pytest.mark.parametrize("name", ["Spec", "${SPEC}", "metadata"])
def test_nodes_that_nobody_knows(name: str) -> None:
    """Outside of its spec such a field may change the labels of a node: no node fits."""
    fields = {"name": "n1", "Labels": {}} if name == "metadata" else {"unschedulable": True}
    bad = misspelled(node("n1"), **{name: fields})
    found = place({}, nodes=[bad, node("n2")])
    assert fitting(found) == ""
    assert len(found.errors) == 1


UNKNOWN = ("nodename", "NodeName", "${A}", "topologySpreadConstraint", "affinit", "nodeselector")


@pytest.mark.parametrize("kind", ["Pod", "Deployment", "Rollout"])
@pytest.mark.parametrize("name", UNKNOWN)
def test_a_field_that_nobody_knows(name: str, kind: str) -> None:
    """A field that pods do not have may decide, and is an error, as in affinity."""
    with pytest.raises(ManifestError, match="unknown field"):
        place({name: None}, kind=kind)


@pytest.mark.parametrize("name", ["Spec", "${SPEC}"])
def test_a_spec_of_another_name(name: str) -> None:
    """So is one beside the spec."""
    pod = misspelled(make("Pod", "new", {}, {}), **{name: {}})
    with pytest.raises(ManifestError, match="unknown field"):
        nodes_for(read(pod), [])


def test_custom_kinds_may_have_fields_of_their_own() -> None:
    """The template of a custom kind has them, as that of Knative does."""
    assert fitting(place({"containerConcurrency": 5, "timeoutSeconds": 5}, kind="Rollout"))
    with pytest.raises(ManifestError, match="unknown field"):
        place({"containerConcurrency": 5}, kind="Deployment")
