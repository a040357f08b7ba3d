"""A node is listed as fitting only if it fits whatever placeholders and kustomize become."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from labelsel.kubernetes import (
    KustomizeChanges,
    ManifestError,
    Placements,
    Resource,
    nodes_for,
)
from labelsel.kubernetes.read.clients import read_object
from tests.kubernetes.selection.reach_inputs import Body

FILE = "a/kustomization.yaml"


def node(name: str, spec: str = "{}", **labels: str) -> Body:
    """A Node; ``spec`` is YAML."""
    return {"kind": "Node", "apiVersion": "v1", "metadata": {"name": name, "labels": labels},
            "spec": yaml.safe_load(spec)}  # fmt: skip


def pod(name: str, spec: str = "{}", namespace: str = "default", **labels: str) -> Body:
    """A Pod; ``spec`` is YAML."""
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": yaml.safe_load(spec)}


def changes(**parts: Any) -> KustomizeChanges:
    """The changes of a Kustomization, with lists for its sets."""
    sets: dict[str, Any] = {name: frozenset(each) for name, each in parts.items()}
    return KustomizeChanges((FILE,), **sets)


def place(bodies: list[Body], by_name: Mapping[str, KustomizeChanges] | None = None) -> Placements:
    """The nodes for the first of some objects."""
    here = list(map(read_object, bodies))
    nodes = [each for each in here if each.kind == "Node"]

    def find(item: Resource) -> KustomizeChanges | None:
        return (by_name or {}).get(item.name)

    return nodes_for(here[0], nodes, here, kustomized=None if by_name is None else find)


def fitting(found: Placements) -> str:
    """The names of the nodes that fit."""
    return " ".join(sorted(placement.node.name for placement in found.fitting))


def reasons(found: Placements) -> str:
    """Why nodes are refused, and what the answer rests on."""
    return "\n".join([*map(str, found.refused), *found.assumptions])


N1, N2 = node("n1", zone="a", disk="hdd"), node("n2", zone="b", disk="ssd")
WEB = pod("web", app="web")
TERM = "{matchExpressions: [{key: disk, operator: NotIn, values: [hdd]}]}"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
NOT_HDD = f"{{affinity: {{nodeAffinity: {{{REQUIRED}: {{nodeSelectorTerms: [{TERM}]}}}}}}}}"


def apart(label: str = "app: web", key: str = "zone", more: str = "") -> str:
    """The spec of a pod that stays away from pods."""
    term = "{labelSelector: {matchLabels: {" + label + "}}, topologyKey: " + key + more + "}"
    required = "{requiredDuringSchedulingIgnoredDuringExecution: [" + term + "]}"
    return "{affinity: {podAntiAffinity: " + required + "}, nodeName: n1}"


def asking(spec: str = apart(), **labels: str) -> Body:
    """The pod that is asked for: it runs nowhere."""
    return pod("db", spec.replace(", nodeName: n1", ""), **labels)


TAINTED = node("n1", "{taints: [{key: a, effect: NoSchedule}]}", zone="a", disk="hdd")
SPREAD = ("{topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, labelSelector: {}, "
          "whenUnsatisfiable: DoNotSchedule, nodeTaintsPolicy: Honor}]}")  # fmt: skip
BY_NAME = ("affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
           "{nodeSelectorTerms: [{matchFields: [{key: metadata.name, operator: NotIn, "
           "values: [n2]}]}]}}}")  # fmt: skip
ON_N1 = pod("other", "{nodeName: n1}", app="web")
KEEPS_AWAY = pod("keeper", apart("app: db"))


def elsewhere(name: str, spec: str = apart("app: db"), *, done: bool = False) -> Body:
    """A pod that keeps others away and is on another node; without one if the name is empty."""
    in_place = f"nodeName: '{name}'" if name else "hostPID: true"
    status = {"phase": "Succeeded" if done else "Running"}
    return pod("other", spec.replace("nodeName: n1", in_place)) | {"status": status}


TO_NODE = changes(patches=[("spec", "nodeName")])


@pytest.mark.parametrize(
    ("bodies", "by_name", "fits", "why"),
    [
        ([WEB, N1, N2], None, "n1 n2", ""),
        # Labels, names and taints of nodes.
        ([pod("db", NOT_HDD), N1, N2], None, "n2", ""),
        (
            [pod("db", NOT_HDD), node("n1", disk="${DISK}"), N2], None, "n2",
            "the label disk of node/n1 is '${DISK}', which is not a legal value",
        ),
        ([pod("db", NOT_HDD), node("n1", **{"${K}": "x"}), N2], None, "n2", "not a legal key"),
        ([pod("db", NOT_HDD), node("n1", zone="${Z}"), N2], None, "n1 n2", ""),
        ([pod("db", NOT_HDD), node("n1"), N2], {"n1": changes(labels=[("disk", "x")])}, "n2",
         f"{FILE} sets disk of node/n1; -k DIR reads"),
        ([pod("db", NOT_HDD), node("n1"), N2], {"n1": changes(labels=[("x", "y")])}, "n1 n2", ""),
        ([WEB, N1, N2], {"n1": changes(patches=[("spec", "taints")])}, "n2", "spec.taints of node"),
        *(
            ([asking(), N1, N2, ON_N1], {"other": changes(patches=[path])}, "", text)
            for path, text in ((("$patch",), "may leave pod/other out"),
                               (("metadata", "name"), "may change metadata.name of pod/other"))
        ),
        ([WEB, N1, N2], {"n1": changes(patches=[("$patch",)])}, "n2", "may leave node/n1 out"),
        ([WEB, N1, N2], {"n1": changes(patches=[("spec", "podCIDR")])}, "n1 n2", ""),
        ([pod("db", "{" + BY_NAME + "}"), node("${NODE}"), N1], None, "n1", "not a legal name"),
        ([WEB, node("${NODE}"), N1], None, "${NODE} n1", ""),
        # A taint that is a placeholder repels, and a toleration that is one tolerates nothing.
        ([WEB, node("n1", "{taints: [{key: '${K}', effect: NoSchedule}]}"), N2], None, "n2", ""),
        (
            [pod("db", "{tolerations: [{key: gpu, value: '${V}'}]}"),
             node("n1", "{taints: [{key: gpu, value: a, effect: NoSchedule}]}"), N2],
            None, "n2", "",
        ),
        # Patches of the pod.
        (
            [WEB, N1, N2], {"web": changes(patches=[("spec", "nodeSelector", "disk")])}, "",
            f"a patch in {FILE} may change spec.nodeSelector of pod/web; -k DIR reads what",
        ),
        ([WEB, N1, N2], {"web": changes(patches=[()])}, "", "may change spec.nodeName"),
        ([WEB, N1, N2], {"web": changes(patches=[("spec", "containers", "*")])}, "n1 n2", ""),
        # Labels and namespaces of the pod, where other pods decide.
        ([pod("db", app="${APP}"), N1, N2], None, "n1 n2", ""),
        ([pod("db", app="${APP}"), N1, N2, KEEPS_AWAY], None, "", "the label app of pod/db is "),
        ([pod("db", tier="${APP}"), N1, N2, KEEPS_AWAY], None, "n1 n2", ""),
        ([pod("db", app="db"), N1, N2, KEEPS_AWAY], None, "n2", ""),
        (
            [pod("db"), N1, N2, KEEPS_AWAY], {"db": changes(labels=[("app", "db")])}, "",
            f"{FILE} sets app of pod/db",
        ),
        ([pod("db", namespace="${NS}"), N1, N2, ON_N1], None, "n1 n2", ""),
        ([pod("db", namespace="${NS}"), N1, N2, KEEPS_AWAY], None, "", "the namespace of pod/db"),
        ([pod("db"), N1, N2, KEEPS_AWAY], {"db": changes(namespaces=["lab"])}, "", "to lab"),
        # Those of the pods that run.
        ([asking(), N1, N2, ON_N1], None, "n2", ""),
        ([asking(), N1, N2, ON_N1], {}, "n2", ""),
        ([asking(), N1, N2, pod("other", "{nodeName: n1}", app="${A}")], None, "", "pod/other is"),
        ([asking(), N1, N2, pod("other", "{nodeName: n1}", a="${A}")], None, "n1 n2", ""),
        (
            [asking(), N1, N2, pod("other", "{nodeName: n1}", "${NS}", app="web")], None, "",
            "the namespace of pod/other",
        ),
        ([pod("db"), N1, N2, pod("k", apart("a: b"), "${NS}")], None, "", "namespace of pod/k"),
        ([pod("db"), N1, N2, pod("k", "{nodeName: n1}", "${NS}")], None, "n1 n2", ""),
        (
            [pod("db"), N1, N2, ON_N1], {"other": changes(patches=[("spec", "affinity")])}, "",
            "may change spec.affinity of pod/other",
        ),
        ([asking(), N1, N2, ON_N1], {"other": changes(labels=[("app", "x")])}, "", "sets app"),
        (
            [asking(apart(more=", matchLabelKeys: [tier]"), tier="${T}"), N1, N2, ON_N1], None, "",
            "the label tier of pod/db",
        ),
        # Pods that may run on any node.
        ([pod("db", app="db"), N1, N2, elsewhere("n9")], None, "n1 n2", "do not count: other"),
        (
            [pod("db", app="db"), N1, N2, elsewhere("${N}")], None, "",
            "pod/other may run on any node: its node is '${N}'",
        ),
        ([pod("db", app="db"), N1, N2, elsewhere("${N}", done=True)], None, "n1 n2", ""),
        ([pod("db"), N1, N2, elsewhere("${N}", "{nodeName: n1}")], None, "n1 n2", ""),
        ([asking(), N1, N2, elsewhere("${N}", "{nodeName: n1}")], None, "", "run on any node"),
        (
            [pod("db", app="db"), N1, node("${NODE}"), elsewhere("n9")], None, "",
            "pod/other may run on any node: its node is 'n9'",
        ),
        ([pod("db", app="db"), N1, node("${N}", zone="b"), elsewhere("${N}")], None, "n1", ""),
        (
            [pod("db", app="db"), N1, N2, elsewhere("")], {"other": TO_NODE}, "",
            f"a patch in {FILE} may change spec.nodeName of pod/other",
        ),
        ([pod("db", app="db"), N1, N2, elsewhere("n9")], {"other": TO_NODE}, "", "nodeName of pod"),
        ([pod("db", app="db"), N1, N2, elsewhere("")], {}, "n1 n2", ""),
        ([pod("db", app="db"), N1, N2, elsewhere("", done=True)], {"other": TO_NODE}, "n1 n2", ""),
        ([pod("db"), N1, N2, elsewhere("", "{nodeName: n1}")], {"other": TO_NODE}, "n1 n2", ""),
        (
            [pod("db"), N1, N2, elsewhere("", "{nodeName: n1}")],
            {"other": changes(patches=[("spec",)])}, "", "nodeName of pod/other",
        ),
        # Objects whose kind is not known, and what holds others.
        ([pod("db"), N1, N2, ON_N1 | {"kind": "${KIND}"}], None, "",
         ") may be or hold a node or a pod that runs"),
        ([pod("db"), N1, N2, ON_N1 | {"kind": "Pods"}], None, "", "may be or hold a node or a pod"),
        ([pod("db"), N1, N2, WEB | {"kind": "Pods"}], None, "n1 n2", ""),
        ([pod("db"), N1, N2, ON_N1 | {"kind": "Widget"}], None, "n1 n2", ""),
        (
            [pod("db"), N1, N2, pod("x", "{nodeName: n1, containers: []}") | {"kind": "Widget"}],
            None, "", "may be or hold",
        ),
        ([pod("db"), N1, N2, N1 | {"kind": "node"}], None, "", "may be or hold"),
        (
            [pod("db"), N1, N2, node("n1", "{taints: []}") | {"kind": "${KIND}"}], None, "",
            "may be or hold",
        ),
        ([pod("db"), N1, N2, node("n1", "{a: []}") | {"kind": "${KIND}"}], None, "n1 n2", ""),
        (
            [pod("db"), N1, {**N1, "apiVersion": "longhorn.io/v1", "kind": "nodes"}],
            None, "n1", "",
        ),
        (
            [pod("db"), N1, N2, WEB | {"kind": "Template", "apiVersion": "a/v1",
                                       "objects": [ON_N1]}],
            None, "", "may be or hold",
        ),
        # Several objects of one node.
        ([WEB, N1, N2, N1], None, "n1 n1 n2", ""),
        ([WEB, N1, N2, TAINTED], None, "n2", "node/n1 is also at "),
        ([WEB, TAINTED, N2, N1], None, "n2", "node/n1 is also at "),
        ([pod("db", NOT_HDD), node("n1"), N2, N1], None, "n2", "node/n1 is also at "),
        ([WEB, N1, N2, node("n1", disk="hdd")], None, "n1 n1 n2", ""),
        ([asking(), N1, N2, node("n1", zone="b"), ON_N1], None, "", "node/n1 is also at "),
        ([asking(), N1, N2, node("n1", zone="a"), ON_N1], None, "n2", ""),
        ([asking(), N1, N2, TAINTED, ON_N1], None, "n2", ""),
        ([asking(SPREAD), N1, N2, TAINTED], None, "", "node/n1 is also at "),
        ([asking(SPREAD), N1, N2, N1], None, "n1 n1 n2", ""),
        # The domains of the nodes.
        ([asking(), node("n1", zone="${Z}"), N2, ON_N1], None, "", "the label zone of node/n1"),
        ([asking(), node("n1", zone="a", x="${Z}"), N2, ON_N1], None, "n2", ""),
        ([asking(), N1, N2, ON_N1, node("n3", **{"${K}": "x"})], None, "", "not a legal key"),
    ],
)  # fmt: skip
def test_what_fits_for_sure(
    bodies: list[Body], by_name: dict[str, KustomizeChanges] | None, fits: str, why: str
) -> None:
    """Fewer nodes fit, and a reason names the object and what is not known of it."""
    found = place(bodies, by_name)
    assert fitting(found) == fits, reasons(found)
    assert why in reasons(found)


def test_a_copy_that_is_no_candidate() -> None:
    """A node that was left out of the answer is the same node, too."""
    web, one, two, tainted = map(read_object, [WEB, N1, N2, TAINTED])
    found = nodes_for(web, [one, two], [one, two, tainted])
    assert (fitting(found), [each.node for each in found.refused]) == ("n2", [one])


def test_what_was_not_read() -> None:
    """What may have a node or a pod that runs is named, and no node fits."""
    db, *others = map(read_object, [pod("db"), N1])
    texts = ["a.yaml was not read", "b.yaml was not read"]
    found = nodes_for(db, others, others, unread=texts)
    assert (found.fitting, found.assumptions) == ([], [f"no node fits for sure: {texts[0]}"])
    with pytest.raises(TypeError, match="one string"):
        nodes_for(db, others, unread=texts[0])


def test_words() -> None:
    """A refusal has the cause "unknown", and an assumption names the nodes."""
    found = place([pod("db", NOT_HDD), node("n1", disk="<disk>"), N2])
    [obstacle] = found.refused[0].unmet
    assert (obstacle.cause, obstacle.path) == ("unknown", ("spec",))
    assert str(obstacle).startswith("nothing unknown: has the label disk of node/n1 is ")
    [assumption] = found.assumptions
    assert assumption == "nodes of which labels or taints are not known do not fit: n1"


def test_placeholders_that_cannot_be_read() -> None:
    """A node selector and a term of node affinity with a placeholder are errors."""
    for spec in ("{nodeSelector: {disk: '${DISK}'}}", NOT_HDD.replace("[hdd]", "['${DISK}']")):
        with pytest.raises(ManifestError, match=r"this one has '\$'"):
            place([pod("db", spec), N1])


def space(name: str, **labels: str) -> Body:
    """A Namespace."""
    return {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name, "labels": labels}}


@pytest.mark.parametrize(
    ("spaces", "change", "fits"),
    [
        ([space("shop", team="b")], {}, "n1 n2"),
        ([space("shop", team="a")], {}, "n2"),
        ([space("shop", team="b")], {"labels": [("team", "a")]}, "n2"),
        ([space("shop", team="b")], {"labels": [("x", "a")]}, "n2"),
        ([space("shop", team="b")], {"patches": [("$patch",)]}, "n2"),
        ([space("shop", team="b")], {"patches": [("metadata", "name")]}, "n2"),
        ([space("shop", team="b"), space("shop", team="a")], {}, "n2"),
        ([space("shop", team="b"), space("shop", team="b")], {}, "n1 n2"),
        ([space("shop", team="b"), space("${NS}", team="a")], {}, "n2"),
    ],
)
def test_namespaces_that_are_not_known(
    spaces: list[Body], change: dict[str, Any], fits: str
) -> None:
    """A Namespace whose labels are not known for sure counts as one that is only named."""
    term = apart("app: web", "disk", ", namespaceSelector: {matchLabels: {team: a}}")
    there = pod("other", "{nodeName: n1}", "shop", app="web")
    for pair in (spaces, spaces[::-1]):
        bodies = [asking(term), N1, N2, there, *pair]
        found = place(bodies, {"shop": changes(**change)} if change else None)
        assert fitting(found) == fits, reasons(found)
