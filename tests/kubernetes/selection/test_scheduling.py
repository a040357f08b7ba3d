"""Taints, affinity to other pods and topology spread: against a naive reading of the API's words.

`allowed_nodes` reads the rules of docs/placement.md node by node and pod by pod, on plain data,
with loops and nothing of the code that it judges but LabelSelector matching.
"""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from labelsel import from_label_selector
from labelsel.kubernetes import Inventory, nodes_for

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
Data = dict[str, Any]


# The naive reading


def tolerates(toleration: Data, taint: Data) -> bool:
    """Whether a toleration tolerates a taint."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    operator = toleration.get("operator") or "Equal"
    mine, theirs = toleration.get("value", ""), taint.get("value", "")
    if operator == "Exists":
        return True
    if operator == "Equal":
        return bool(mine == theirs)
    if not (is_canonical(mine) and is_canonical(theirs)):
        return False
    return int(theirs) < int(mine) if operator == "Lt" else int(theirs) > int(mine)


def is_canonical(text: str) -> bool:
    """Whether a text is a whole number in the only spelling that counts."""
    return text.removeprefix("-").isdecimal() and str(int(text)) == text


def untolerated(pod: Data, node: Data) -> bool:
    """Whether a node has a taint that keeps the pod away."""
    spec = node["spec"]
    taints = list(spec.get("taints", ()))
    if spec.get("unschedulable"):
        taints.append({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"})
    return any(
        taint["effect"] != "PreferNoSchedule"
        and not any(tolerates(each, taint) for each in pod["spec"].get("tolerations", ()))
        for taint in taints
    )


def labels_of(thing: Data) -> dict[str, str]:
    return dict(thing["metadata"].get("labels", {}))


def selects(holder: Data, term: Data, pod: Data, namespaces: Mapping[str, Data]) -> bool:
    """Whether a term of one pod selects another pod."""
    names = set(term.get("namespaces") or ())
    if term.get("namespaceSelector") is not None:
        names |= {
            name
            for name, labels in namespaces.items()
            if from_label_selector(term["namespaceSelector"]).matches(labels)
        }
    elif not names:
        names = {holder["metadata"]["namespace"]}
    if pod["metadata"]["namespace"] not in names:
        return False
    return selects_labels(holder, term, pod)


def selects_labels(holder: Data, term: Data, pod: Data) -> bool:
    """Whether the labels of a pod match a selector and the keys beside it."""
    theirs, own = labels_of(pod), labels_of(holder)
    if not from_label_selector(term.get("labelSelector")).matches(theirs):
        return False
    for key in term.get("matchLabelKeys", ()):
        if key in own and theirs.get(key) != own[key]:
            return False
    return all(
        key not in own or theirs.get(key) != own[key] for key in term.get("mismatchLabelKeys", ())
    )


def terms_of(pod: Data, name: str) -> list[Data]:
    return list(pod["spec"].get("affinity", {}).get(name, {}).get(REQUIRED, ()))


def same_domain(key: str, one: Data, other: Data) -> bool:
    mine, theirs = labels_of(one), labels_of(other)
    return key in mine and key in theirs and mine[key] == theirs[key]


def affinity_allows(
    pod: Data, node: Data, running: list[tuple[Data, Data]], namespaces: Mapping[str, Data]
) -> bool:
    """Whether affinity to other pods lets the pod run on a node."""
    terms = terms_of(pod, "podAffinity")
    if any(term["topologyKey"] not in labels_of(node) for term in terms):
        return False
    matching = [
        where
        for other, where in running
        if all(selects(pod, term, other, namespaces) for term in terms)
    ]
    if all(
        any(same_domain(term["topologyKey"], node, where) for where in matching) for term in terms
    ):
        return True
    nobody = not any(
        term["topologyKey"] in labels_of(where) for where in matching for term in terms
    )
    return nobody and all(selects(pod, term, pod, namespaces) for term in terms)


def anti_affinity_allows(
    pod: Data, node: Data, running: list[tuple[Data, Data]], namespaces: Mapping[str, Data]
) -> bool:
    """Whether the anti-affinity of the pod, and of each pod that runs, lets it run on a node."""
    for other, where in running:
        for term in terms_of(pod, "podAntiAffinity"):
            is_near = same_domain(term["topologyKey"], node, where)
            if is_near and selects(pod, term, other, namespaces):
                return False
        for term in terms_of(other, "podAntiAffinity"):
            is_near = same_domain(term["topologyKey"], node, where)
            if is_near and selects(other, term, pod, namespaces):
                return False
    return True


def node_selector_allows(pod: Data, node: Data) -> bool:
    return bool(pod["spec"].get("nodeSelector", {}).items() <= labels_of(node).items())


def counts_node(pod: Data, constraint: Data, node: Data) -> bool:
    """Whether the policies of a constraint let a node count."""
    honors = constraint.get("nodeAffinityPolicy", "Honor") == "Honor"
    if honors and not node_selector_allows(pod, node):
        return False
    return not (constraint.get("nodeTaintsPolicy") == "Honor" and untolerated(pod, node))


def spread_allows(
    pod: Data, node: Data, nodes: list[Data], running: list[tuple[Data, Data]]
) -> bool:
    """Whether each topology spread constraint lets the pod run on a node."""
    constraints = [
        each
        for each in pod["spec"].get("topologySpreadConstraints", ())
        if each["whenUnsatisfiable"] == "DoNotSchedule"
    ]
    for constraint in constraints:
        key = constraint["topologyKey"]
        if key not in labels_of(node):
            return False
        counts: dict[str, int] = {}
        for each in nodes:
            has_all = all(other["topologyKey"] in labels_of(each) for other in constraints)
            if not (has_all and counts_node(pod, constraint, each)):
                continue
            counts.setdefault(labels_of(each)[key], 0)
            for other, where in running:
                if (
                    where is each
                    and other["metadata"]["namespace"] == pod["metadata"]["namespace"]
                    and "deletionTimestamp" not in other["metadata"]
                    and selects_labels(pod, constraint, other)
                ):
                    counts[labels_of(each)[key]] += 1
        least = min(counts.values(), default=0)
        if len(counts) < constraint.get("minDomains", 1):
            least = 0
        itself = 1 if selects_labels(pod, constraint, pod) else 0
        if counts.get(labels_of(node)[key], 0) + itself - least > constraint["maxSkew"]:
            return False
    return True


def allowed_nodes(
    pod: Data, nodes: list[Data], pods: list[Data], namespaces: Mapping[str, Data]
) -> list[str]:
    """Return the names of the nodes that the pod may run on."""
    by_name = {node["metadata"]["name"]: node for node in nodes}
    running = [
        (other, by_name[other["spec"]["nodeName"]])
        for other in pods
        if other["spec"].get("nodeName") in by_name
        and other["status"]["phase"] not in {"Succeeded", "Failed"}
    ]
    return [
        node["metadata"]["name"]
        for node in nodes
        if node_selector_allows(pod, node)
        and not untolerated(pod, node)
        and affinity_allows(pod, node, running, namespaces)
        and anti_affinity_allows(pod, node, running, namespaces)
        and spread_allows(pod, node, nodes, running)
    ]


# Small clusters

KEYS = st.sampled_from(["a", "b"])
VALUES = st.sampled_from(["1", "2"])
LABELS = st.dictionaries(KEYS, VALUES, max_size=2)
NAMESPACES = {
    "n1": {"kubernetes.io/metadata.name": "n1", "a": "1"},
    "n2": {"kubernetes.io/metadata.name": "n2"},
}
NAMES = st.sampled_from(sorted(NAMESPACES))
TOPOLOGY = st.sampled_from(["zone", "rack"])
EXPRESSIONS = st.one_of(
    st.fixed_dictionaries(
        {
            "key": KEYS,
            "operator": st.sampled_from(["In", "NotIn"]),
            "values": st.lists(VALUES, min_size=1, max_size=2),
        }
    ),
    st.fixed_dictionaries({"key": KEYS, "operator": st.sampled_from(["Exists", "DoesNotExist"])}),
)
SELECTORS: SearchStrategy[Data] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"matchLabels": st.dictionaries(KEYS, VALUES, min_size=1, max_size=1)}),
    st.fixed_dictionaries({"matchExpressions": st.lists(EXPRESSIONS, max_size=2)}),
)
LABEL_KEYS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=2, unique=True)
TERMS: SearchStrategy[Data] = st.one_of(
    st.fixed_dictionaries({"topologyKey": TOPOLOGY}),
    st.fixed_dictionaries(
        {"topologyKey": TOPOLOGY, "labelSelector": SELECTORS},
        optional={
            "namespaces": st.lists(NAMES, max_size=2),
            "namespaceSelector": SELECTORS,
            "matchLabelKeys": LABEL_KEYS,
            "mismatchLabelKeys": LABEL_KEYS,
        },
    ),
)
AFFINITY: SearchStrategy[Data] = st.fixed_dictionaries(
    {},
    optional={
        name: st.fixed_dictionaries({REQUIRED: st.lists(TERMS, max_size=2)})
        for name in ("podAffinity", "podAntiAffinity")
    },
)
POLICIES = st.sampled_from(["Honor", "Ignore"])
CONSTRAINTS: SearchStrategy[Data] = st.fixed_dictionaries(
    {
        "topologyKey": TOPOLOGY,
        "maxSkew": st.integers(1, 2),
        "whenUnsatisfiable": st.sampled_from(["DoNotSchedule", "DoNotSchedule", "ScheduleAnyway"]),
        "labelSelector": SELECTORS,
    },
    optional={
        "minDomains": st.integers(1, 3),
        "matchLabelKeys": LABEL_KEYS,
        "nodeAffinityPolicy": POLICIES,
        "nodeTaintsPolicy": POLICIES,
    },
)
NUMBERS = st.sampled_from(["", "x", "1", "2", "3", "03"])
EFFECTS = st.sampled_from(["NoSchedule", "NoExecute", "PreferNoSchedule"])
TAINTS: SearchStrategy[Data] = st.fixed_dictionaries(
    {"key": st.sampled_from(["k", "l"]), "effect": EFFECTS, "value": NUMBERS}
)
TOLERATIONS: SearchStrategy[Data] = st.one_of(
    st.fixed_dictionaries(
        {"key": st.sampled_from(["k", "l"]), "value": st.sampled_from(["", "x", "2"])},
        optional={"operator": st.just("Equal"), "effect": EFFECTS},
    ),
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(["k", "l"]),
            "operator": st.sampled_from(["Lt", "Gt"]),
            "value": st.sampled_from(["1", "2", "-1"]),
        },
        optional={"effect": EFFECTS},
    ),
    st.fixed_dictionaries(
        {"operator": st.just("Exists")},
        optional={
            "key": st.sampled_from(["k", "l", "node.kubernetes.io/unschedulable"]),
            "effect": EFFECTS,
        },
    ),
)
NODES: SearchStrategy[list[Data]] = st.lists(
    st.fixed_dictionaries(
        {
            "labels": st.fixed_dictionaries(
                {}, optional={key: st.sampled_from(["x", "y", "z"]) for key in ("zone", "rack")}
            ),
            "spec": st.fixed_dictionaries(
                {},
                optional={"taints": st.lists(TAINTS, max_size=2), "unschedulable": st.booleans()},
            ),
        }
    ),
    min_size=1,
    max_size=5,
)
PODS: SearchStrategy[list[Data]] = st.lists(
    st.fixed_dictionaries(
        {
            "labels": LABELS,
            "namespace": NAMES,
            "node": st.sampled_from(["node0", "node1", "node2", "gone", None]),
            "phase": st.sampled_from(["Running", "Running", "Pending", "Succeeded", "Failed"]),
            "stops": st.sampled_from([False, False, True]),
            "affinity": AFFINITY,
        }
    ),
    max_size=6,
)
SPECS: SearchStrategy[Data] = st.fixed_dictionaries(
    {},
    optional={
        "nodeSelector": st.dictionaries(TOPOLOGY, st.just("x"), max_size=1),
        "tolerations": st.lists(TOLERATIONS, max_size=2),
        "affinity": AFFINITY,
        "topologySpreadConstraints": st.lists(CONSTRAINTS, max_size=2),
    },
)


def make(kind: str, name: str, spec: Data, labels: Data, namespace: str | None = None) -> Data:
    metadata = {"name": name, "labels": labels} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec}


def make_pod(number: int, given_pod: Data) -> Data:
    spec = {"affinity": given_pod["affinity"]}
    if given_pod["node"]:
        spec["nodeName"] = given_pod["node"]
    pod = make("Pod", f"pod{number}", spec, given_pod["labels"], given_pod["namespace"])
    if given_pod["stops"]:
        pod["metadata"]["deletionTimestamp"] = "2020-01-01T00:00:00Z"
    return pod | {"status": {"phase": given_pod["phase"]}}


@given(SPECS, LABELS, NAMES, NODES, PODS)
def test_the_naive_reading_agrees(
    spec: Data, labels: Data, namespace: str, given_nodes: list[Data], given_pods: list[Data]
) -> None:
    """The nodes that fit are those that the rules allow one by one; all others say why not."""
    nodes = [
        make("Node", f"node{number}", each["spec"], each["labels"])
        for number, each in enumerate(given_nodes)
    ]
    pods = [make_pod(number, each) for number, each in enumerate(given_pods)]
    pod = make("Pod", "new", spec, labels, namespace)
    spaces = [
        make("Namespace", name, {}, {k: v for k, v in labels.items() if k == "a"})
        for name, labels in NAMESPACES.items()
    ]
    first, *others = Inventory.of([pod, *nodes, *pods, *spaces])
    found = nodes_for(first, [each for each in others if each.kind == "Node"], others)
    assert [each.node.name for each in found.fitting] == allowed_nodes(pod, nodes, pods, NAMESPACES)
    assert all(refusal.unmet for refusal in found.refused)
    assert not found.errors
