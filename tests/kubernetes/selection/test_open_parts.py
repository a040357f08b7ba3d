"""What another program replaces before a cluster has it is not known, so no answer counts it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import pytest

from labelsel.errors import ManifestError
from labelsel.kubernetes import (
    KustomizeChanges,
    Reach,
    Reachability,
    ReachAnswer,
    Resource,
    reach,
)
from labelsel.kubernetes.read.clients import read_object
from tests.kubernetes.selection.reach_inputs import (
    Body,
    deployment,
    namespace,
    other,
    pod,
    policy,
    reach_in,
    target,
)

WEB, DB = pod("web", app="web"), pod("db", app="db")
DENY = policy("{podSelector: {}, policyTypes: [Ingress]}")
FROM_WEB = "ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]"
WORDS = {"yes": ReachAnswer.ALLOWED, "no": ReachAnswer.DENIED, "?": ReachAnswer.UNKNOWN}
#: What one Kustomization does, by the kind of the objects that it is for.
Changes = Mapping[str, KustomizeChanges]
FILE = "a/kustomization.yaml"


def changes(**parts: Any) -> KustomizeChanges:
    """The changes of a Kustomization, with lists for its sets."""
    sets: dict[str, Any] = {name: frozenset(each) for name, each in parts.items()}
    return KustomizeChanges((FILE,), **sets)


def ask(bodies: Iterable[Body], by_kind: Changes | None = None) -> Reach:
    """Whether the first of some objects reaches the second one."""
    here = list(map(read_object, bodies))

    def find(item: Resource) -> KustomizeChanges | None:
        return (by_kind or {}).get(item.kind)

    return reach(here, target(here[0]), target(here[1]), kustomized=find)


def texts(found: Reach) -> str:
    """All notes and reasons."""
    notes = [note for side in found.sides for note in side.notes]
    return "\n".join([*notes, *(term.reason for side in found.sides for term in side.terms)])


def in_default(body: Body) -> Body:
    """The object without a namespace."""
    metadata = {name: each for name, each in body["metadata"].items() if name != "namespace"}
    return body | {"metadata": metadata}


TEAM = [("team", "a")]
TEAM_POLICY = policy("{podSelector: {matchLabels: {team: a}}, policyTypes: [Ingress]}")
DB_POLICY = policy("{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress]}")
SPACES = "ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}]}]"
PORT_POLICY = policy("{podSelector: {}, ingress: [{ports: [{port: sql}]}]}")
SQL = pod("db", spec="{containers: [{ports: [{name: sql, containerPort: 5432}]}]}", app="db")
CILIUM = other("CiliumNetworkPolicy", "cilium.io/v2", "{endpointSelector: {}}", "lab")
X_ALONE = "{subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: x}}}}"
WIDE = other("ClusterNetworkPolicy", "policy.networking.k8s.io/v1alpha2", X_ALONE)
PROMETHEUS = other(
    "Prometheus", "monitoring.coreos.com/v1", "{podMetadata: {labels: {app: web}}}", "shop"
)
WALL, MAY = "networkpolicy.networking.k8s.io/wall", "may select pod/db:"


@pytest.mark.parametrize(
    ("bodies", "by_kind", "answer", "why"),
    [
        # Namespaces that kustomize sets.
        ([WEB, DB, in_default(DENY)], {}, "yes", ""),
        (
            [WEB, DB, in_default(DENY)], {"NetworkPolicy": changes(namespaces=["shop"])}, "?",
            f"{MAY} {FILE} sets the namespace of {WALL} to shop; -k DIR reads what kustomize",
        ),
        ([WEB, DB, in_default(DENY)], {"NetworkPolicy": changes(namespaces=["lab"])}, "yes", ""),
        ([WEB, DB, DENY], {"NetworkPolicy": changes(namespaces=["lab"])}, "?", "to lab"),
        ([WEB, DB, DENY], {"NetworkPolicy": changes(namespaces=["shop"])}, "no", ""),
        ([WEB, DB, DENY], {"Pod": changes(namespaces=["lab"])}, "?", "sets the namespace of pod/"),
        (
            [WEB, DB, DENY],
            dict.fromkeys(("Pod", "NetworkPolicy"), changes(namespaces=["lab"])), "no", "",
        ),
        (
            [WEB, DB, DENY], {"Pod": changes(namespaces=["a"]),
                              "NetworkPolicy": changes(namespaces=["a", "b"])}, "no", "",
        ),
        (
            [WEB, DB, DENY], {"Pod": changes(namespaces=["a", "b"]),
                              "NetworkPolicy": changes(namespaces=["a"])}, "?", "",
        ),
        ([WEB, DB, DENY], {"NetworkPolicy": changes(namespaces=["${NS}"])}, "?", "to ${NS}"),
        (
            [WEB, DB, policy("{podSelector: {}, policyTypes: [Ingress]}", namespace="lab")],
            {"NetworkPolicy": changes(namespaces=["${NS}"])}, "?", "sets the namespace of",
        ),
        (
            [WEB, DB, DENY],
            dict.fromkeys(("Pod", "NetworkPolicy"), changes(namespaces=["${NS}"])), "no", "",
        ),
        # Labels that it sets.
        ([WEB, DB, TEAM_POLICY], {}, "yes", ""),
        ([WEB, DB, TEAM_POLICY], {"Pod": changes(labels=TEAM)}, "?", f"{FILE} sets team of pod/db"),
        ([WEB, DB, TEAM_POLICY], {"Pod": changes(pod_labels=TEAM)}, "yes", ""),
        (
            [deployment("web"), deployment("db", app="db"), TEAM_POLICY],
            {"Deployment": changes(pod_labels=TEAM)}, "?", f"{FILE} sets team of deployment.apps/",
        ),
        ([WEB, pod("db", team="a"), TEAM_POLICY], {"Pod": changes(labels=TEAM)}, "no", ""),
        ([WEB, pod("db", team="b"), TEAM_POLICY], {"Pod": changes(labels=TEAM)}, "?", "sets team"),
        (
            [WEB, DB, DB_POLICY], {"NetworkPolicy": changes(selector_labels=TEAM)}, "?",
            f"{FILE} adds team to the selectors of networkpolicy",
        ),
        ([WEB, DB, TEAM_POLICY], {"NetworkPolicy": changes(selector_labels=TEAM)}, "yes", ""),
        (
            [WEB, DB, DB_POLICY],
            {"NetworkPolicy": changes(selector_labels=TEAM), "Pod": changes(labels=TEAM)}, "no", "",
        ),
        (
            [WEB, pod("db", app="db", team="a"), DB_POLICY],
            {"NetworkPolicy": changes(selector_labels=TEAM)}, "no", "",
        ),
        (
            [WEB, DB, DB_POLICY],
            {"NetworkPolicy": changes(selector_labels=[*TEAM, ("team", "b")]),
             "Pod": changes(labels=[*TEAM, ("team", "c")])}, "?", "",
        ),
        ([WEB, DB, DENY], {"NetworkPolicy": changes(selector_labels=TEAM)}, "no", ""),
        (
            [WEB, DB, policy("{podSelector: {matchLabels: {team: b, app: db}}}")],
            {"NetworkPolicy": changes(selector_labels=TEAM)}, "?", "",
        ),
        (
            [WEB, DB, policy("{podSelector: {matchExpressions: [{key: app, operator: In, "
                             "values: [db]}, {key: team, operator: DoesNotExist}]}}")],
            {"NetworkPolicy": changes(selector_labels=[("app", "db")])}, "no", "",
        ),
        # The other pod of a rule.
        ([WEB, DB, policy("{podSelector: {}, " + FROM_WEB + "}")], {}, "yes", ""),
        (
            [WEB, DB, policy("{podSelector: {}, " + FROM_WEB + "}")],
            {"NetworkPolicy": changes(selector_labels=TEAM)}, "?", "adds team",
        ),
        (
            [WEB, DB, namespace("shop", team="a"), policy("{podSelector: {}, " + SPACES + "}")],
            {}, "yes", "",
        ),
        (
            [WEB, DB, namespace("shop", team="a"), policy("{podSelector: {}, " + SPACES + "}")],
            {"Namespace": changes(namespaces=["prod"])}, "?", f"{FILE} sets the name of namespace/",
        ),
        *(
            (
                [WEB, DB, namespace("shop", team="a"), policy("{podSelector: {}, " + SPACES + "}")],
                {"Namespace": changes(patches=[path])}, "?", text,
            )
            for path, text in ((("$patch",), f"{FILE} may leave namespace/shop out"),
                               (("kind",), f"{FILE} may change kind of namespace/shop"))
        ),
        (
            [WEB, DB, namespace("shop"), policy("{podSelector: {}, " + SPACES + "}")],
            {"Namespace": changes(labels=TEAM)}, "?", f"{FILE} sets team of namespace/shop",
        ),
        (
            [WEB, DB, namespace("shop", team="a"), policy("{podSelector: {}, " + SPACES + "}")],
            dict.fromkeys(("Pod", "NetworkPolicy"), changes(namespaces=["lab"])), "?",
            "sets the namespace of pod/web to lab",
        ),
        (
            [WEB, DB, policy("{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}")],
            dict.fromkeys(("Pod", "NetworkPolicy"), changes(namespaces=["lab"])), "yes", "",
        ),
        (
            [WEB, DB, policy("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}")],
            dict.fromkeys(("NetworkPolicy",), changes(namespaces=["lab"])), "?", "to lab",
        ),
        # Patches.
        (
            [WEB, DB, policy("{podSelector: {}, ingress: [{}]}")],
            {"NetworkPolicy": changes(patches=[("spec", "ingress")])}, "?",
            f"not judged: a patch in {FILE} may change spec of networkpolicy",
        ),
        (
            [WEB, DB, DENY], {"NetworkPolicy": changes(patches=[("$patch",)])}, "?",
            "may leave networkpolicy.networking.k8s.io/wall out",
        ),
        ([WEB, DB, DENY], {"NetworkPolicy": changes(patches=[("metadata", "labels")])}, "no", ""),
        (
            [WEB, DB, DENY], {"NetworkPolicy": changes(patches=[("metadata", "namespace")])}, "?",
            "may change the namespace of networkpolicy",
        ),
        (
            [pod("web", "lab"), pod("db", "lab"), DENY],
            {"NetworkPolicy": changes(patches=[("spec",)])}, "yes", "",
        ),
        (
            [WEB, DB, TEAM_POLICY], {"Pod": changes(patches=[("metadata", "labels", "team")])}, "?",
            f"a patch in {FILE} may change labels of pod/db",
        ),
        ([WEB, DB, DB_POLICY], {"Pod": changes(patches=[("metadata", "labels", "x")])}, "no", ""),
        ([WEB, DB, DB_POLICY], {"Pod": changes(patches=[("metadata",)])}, "?", "may change"),
        (
            [WEB, DB, policy("{podSelector: {matchExpressions: [{key: '1', operator: Exists}]}}")],
            {"Pod": changes(patches=[("metadata", "labels", "*")])}, "?", "may change labels of",
        ),
        ([WEB, DB, DB_POLICY], {"Pod": changes(patches=[()])}, "?", ""),
        ([WEB, DB], {"Pod": changes(patches=[("spec", "hostNetwork")])}, "?", "spec.hostNetwork"),
        ([WEB, DB], {"Pod": changes(patches=[("spec", "replicas")])}, "yes", ""),
        ([WEB, SQL, PORT_POLICY], {}, "yes", ""),
        (
            [WEB, SQL, PORT_POLICY],
            {"Pod": changes(patches=[("spec", "containers", "*", "ports")])}, "?", "not known",
        ),
        (
            [WEB, SQL, PORT_POLICY],
            {"Pod": changes(patches=[("spec", "containers", "*", "image")])}, "yes", "",
        ),
        (
            [WEB, DB, policy("{podSelector: {}, ingress: [{}]}")],
            {"NetworkPolicy": changes(patches=[("kind",)])}, "?", "may change kind of network",
        ),
        # Labels that kustomize adds to templates, and not to what has none.
        (
            [PROMETHEUS, DB, policy("{podSelector: {}, " + FROM_WEB + "}")],
            {"Prometheus": changes(labels=TEAM, pod_labels=TEAM, selector_labels=TEAM),
             "NetworkPolicy": changes(labels=TEAM, pod_labels=TEAM, selector_labels=TEAM)},
            "?", "adds team to the selectors",
        ),
        (
            [deployment("web", app="web"), DB, policy("{podSelector: {}, " + FROM_WEB + "}")],
            {"Deployment": changes(labels=TEAM, pod_labels=TEAM, selector_labels=TEAM),
             "NetworkPolicy": changes(labels=TEAM, pod_labels=TEAM, selector_labels=TEAM)},
            "yes", "",
        ),
        # Policies of other kinds.
        ([WEB, DB, CILIUM], {}, "yes", ""),
        ([WEB, DB, CILIUM], {CILIUM["kind"]: changes(namespaces=["shop"])}, "?", "may select"),
        ([WEB, DB, CILIUM], {CILIUM["kind"]: changes(namespaces=["x"])}, "yes", ""),
        ([WEB, DB, CILIUM], {CILIUM["kind"]: changes(patches=[()])}, "?", "may select pod/db"),
        (
            [pod("web", "lab"), pod("db", "lab"), CILIUM],
            dict.fromkeys(("Pod", CILIUM["kind"]), changes(namespaces=["x"])),
            "?", "selects pod/db",
        ),
        ([WEB, DB, WIDE], {}, "yes", ""),
        ([WEB, DB, WIDE], {"Pod": changes(namespaces=["x"])}, "?", "may select pod/db"),
        ([WEB, DB, WIDE], {WIDE["kind"]: changes(namespaces=["x"])}, "yes", ""),
        # A policy that cannot be read, and may be in the namespace.
        (
            [WEB, DB, other("networkPolicy", "networking.k8s.io/v1", "{}")],
            {"networkPolicy": changes(namespaces=["shop"])}, "?",
            "its kind is 'networkPolicy'; did you mean",
        ),
    ],
)  # fmt: skip
def test_kustomize(
    bodies: list[Body], by_kind: dict[str, KustomizeChanges], answer: str, why: str
) -> None:
    """An answer that kustomize may change is not known, and a text says which file to look at."""
    found = ask(bodies, by_kind)
    assert found.answer() is WORDS[answer], texts(found)
    assert why in texts(found)


PLACEHOLDERS = "${X}", "$(X)", "{{ x }}", "<x>", "@x@", "__X__", "%x%", "a b"


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_placeholders(text: str) -> None:
    """A placeholder may be any text, and so may be what the API server refuses."""
    assert ask([WEB, DB, policy(DENY_ALL, namespace=text)]).answer() is ReachAnswer.UNKNOWN
    assert ask([WEB, pod("db", app=text), DB_POLICY]).answer() is ReachAnswer.UNKNOWN
    assert ask([WEB, pod("db", **{text: "x"}), DB_POLICY]).answer() is ReachAnswer.UNKNOWN
    assert ask([WEB, pod("db", text), DENY]).answer() is ReachAnswer.UNKNOWN
    spaces = policy("{podSelector: {}, " + SPACES + "}")
    assert ask([WEB, DB, namespace("shop", team="b"), spaces]).answer() is ReachAnswer.DENIED
    found = ask([WEB, DB, namespace("shop", team=text), spaces])
    assert found.answer() is ReachAnswer.UNKNOWN
    assert "the label team of namespace/shop is " in texts(found)
    found = ask([WEB, DB, namespace("shop", **{text: "b"}), spaces])
    assert found.answer() is ReachAnswer.UNKNOWN
    assert "namespace/shop has the label " in texts(found)


DENY_ALL = "{podSelector: {}, policyTypes: [Ingress]}"


def with_field(body: Body, key: str) -> Resource:
    """The object with a field in its metadata; the reader of dicts refuses a misspelled one.

    A key that begins with a dot stands beside the metadata.
    """
    found = read_object(body)
    if key[0] == ".":
        return replace(found, body=found.body | {key[1:]: "shop"})
    return replace(found, body=found.body | {"metadata": body["metadata"] | {key: "shop"}})


@pytest.mark.parametrize(
    "key",
    [
        *("Namespace", "namespac", "nameSpace", "${KEY}", "x"),
        *(".namespace", ".Namespace", ".${REST}"),
    ],
)
def test_a_misspelled_namespace(key: str) -> None:
    """Without a namespace an object with a field that nobody knows may be in any namespace."""

    def found(*here: Resource) -> Reach:
        return Reachability(here, on_error=told.append).reach(target(here[0]), target(here[1]))

    told: list[ManifestError] = []
    web, db = map(read_object, (WEB, DB))
    cilium = other("CiliumNetworkPolicy", "cilium.io/v2", "{endpointSelector: {}}", "lab")
    near = other("NetworkPolcy", "networking.k8s.io/v1", "{}", "lab")
    for body in (policy("{podSelector: {}}", namespace="lab"), cilium, near):
        assert found(web, db, with_field(body, key)).answer() is ReachAnswer.ALLOWED
        lost = with_field(in_default(body), key)
        assert found(web, db, lost).answer() is ReachAnswer.UNKNOWN
    pod_lost = with_field(in_default(DB), key)
    nobody = "pod/db names no namespace, and has a field that nobody knows"
    for space in ("shop", "default"):
        known = found(web, pod_lost, read_object(policy("{podSelector: {}}", namespace=space)))
        assert known.answer() is ReachAnswer.UNKNOWN
        assert nobody in texts(known)


def test_equal_placeholders() -> None:
    """Objects that name one placeholder as their namespace are in one namespace."""
    same = [pod("web", "${NS}"), pod("db", "${NS}"), policy(DENY_ALL, namespace="${NS}")]
    assert ask(same).answer() is ReachAnswer.DENIED
    found = ask([*same[:2], policy(DENY_ALL, "b", "shop")])
    assert found.answer() is ReachAnswer.UNKNOWN
    assert "the namespace of pod/db is '${NS}', which is not a legal name" in texts(found)


def test_a_placeholder_beside_two_namespaces() -> None:
    """A policy that may be in the namespace of either pod leaves both sides open."""
    open_egress = policy("{egress: [{}]}", "c", "front")
    ends = [pod("web", "front"), pod("db", "data"), open_egress]
    walls = [policy(DENY_ALL, "a", "${NS}"), policy("{policyTypes: [Egress]}", "b", "${NS}")]
    assert reach_in([*ends, *walls], "web", "db").answer() is ReachAnswer.UNKNOWN
    assert reach_in(ends, "web", "db").answer() is ReachAnswer.ALLOWED


def test_a_placeholder_in_a_port() -> None:
    """A port whose name is a placeholder may have any name; a rule with one cannot be read."""
    containers = "{containers: [{ports: [{name: '${SQL}', containerPort: 5432}]}]}"
    found = ask([WEB, pod("db", spec=containers), PORT_POLICY])
    assert found.answer() is ReachAnswer.UNKNOWN
    here = [*map(read_object, (WEB, DB, policy("{ingress: [{ports: [{port: '${SQL}'}]}]}")))]
    errors: list[Exception] = []
    known = Reachability(here, on_error=errors.append)
    assert known.reach(target(here[0]), target(here[1])).answer() is ReachAnswer.UNKNOWN
    assert "must be the name of a port, such as http, not '${SQL}'" in str(errors[0])


def test_copies_that_kustomize_tells_apart() -> None:
    """Two policies that say the same are two if they are moved to different namespaces."""
    here = [read_object(each) for each in (WEB, DB, DENY, DENY)]
    moved = {id(here[3]): changes(namespaces=["lab"])}
    found = reach(
        here, target(here[0]), target(here[1]), kustomized=lambda item: moved.get(id(item))
    )
    assert found.answer() is ReachAnswer.UNKNOWN


OPEN = policy("{podSelector: {}, ingress: [{}]}")
MOVE = {"NetworkPolicy": changes(namespaces=["shop"])}
PREFIX = {"NetworkPolicy": changes(affixes=[("dev-", "")])}


def other_name(body: Body, name: str, space: str | None = "shop") -> Body:
    """The object with another name and namespace."""
    return body | {"metadata": {"name": name} | ({} if space is None else {"namespace": space})}


@pytest.mark.parametrize(
    ("bodies", "by_kind", "answer"),
    [
        ([OPEN, other_name(DENY, "wall", "lab")], {}, "yes"),
        ([OPEN, other_name(DENY, "wall", "lab")], MOVE, "?"),
        ([OPEN, other_name(DENY, "wall", None)], MOVE, "?"),
        ([OPEN, other_name(DENY, "shut", "lab")], MOVE, "yes"),
        ([DENY, other_name(DENY, "wall", "lab")], MOVE, "no"),
        ([other_name(OPEN, "dev-wall"), DENY], {}, "yes"),
        ([other_name(OPEN, "dev-wall"), DENY], PREFIX, "?"),
        ([other_name(OPEN, "open"), DENY], PREFIX, "yes"),
        ([OPEN, DENY], PREFIX, "?"),
        ([other_name(OPEN, "open"), other_name(DENY, "${NAME}")], {}, "?"),
        ([other_name(DENY, "deny"), other_name(DENY, "${NAME}")], {}, "no"),
        ([other_name(OPEN, "open"), other_name(DENY, "open", "${NS}")], {}, "?"),
        ([other_name(OPEN, "open"), other_name(DENY, "deny", "${NS}")], {}, "yes"),
        (
            [other_name(OPEN, "open"), DENY],
            {"NetworkPolicy": changes(patches=[("metadata", "name")])}, "?",
        ),
    ],
)  # fmt: skip
def test_policies_that_may_be_one(
    bodies: list[Body], by_kind: dict[str, KustomizeChanges], answer: str
) -> None:
    """What the cluster has of two policies that may get one name is what both of them say."""
    for pair in (bodies, bodies[::-1]):
        found = ask([WEB, DB, *pair], by_kind)
        assert found.answer() is WORDS[answer], texts(found)


@pytest.mark.parametrize(
    ("other_labels", "name", "by_kind", "answer"),
    [
        ({}, "lab", {}, "yes"),
        ({}, "lab", {"Namespace": changes(namespaces=["shop"])}, "?"),
        ({}, "lab", {"Namespace": changes(namespaces=["x"])}, "?"),  # shop may be x itself
        ({}, "${NS}", {}, "?"),
        ({"team": "a"}, "${NS}", {}, "yes"),
    ],
)
def test_namespaces_that_may_be_one(
    other_labels: dict[str, str], name: str, by_kind: dict[str, KustomizeChanges], answer: str
) -> None:
    """The labels of a namespace are known if all objects say the same that may get its name."""
    allow = policy("{podSelector: {}, " + SPACES + "}")
    spaces = [namespace("shop", team="a"), namespace(name, **other_labels)]
    for pair in (spaces, spaces[::-1]):
        found = ask([WEB, DB, allow, *pair], by_kind)
        assert found.answer() is WORDS[answer], texts(found)


# What is built, by a naive kustomize

Kustomization = tuple[str | None, dict[str, str], str]


def change(by: Kustomization | None) -> KustomizeChanges | None:
    """What the code is told of a Kustomization."""
    if by is None:
        return None
    space, labels, where = by
    found = changes(namespaces=[space] if space else [], labels=labels.items())
    if where != "own":
        found = replace(found, pod_labels=frozenset(labels.items()))
    if where == "all":
        found = replace(found, selector_labels=frozenset(labels.items()))
    return found


def build(body: Body, by: Kustomization | None) -> Body:
    """The object that kustomize makes of an object; naive, and without the code under test."""
    if by is None:
        return body
    space, labels, where = by
    metadata = body["metadata"] | ({"namespace": space} if space else {})
    metadata |= {"labels": body["metadata"].get("labels", {}) | labels}
    if body["kind"] == "Pod" or where != "all":
        return body | {"metadata": metadata}

    def add(peer: Body) -> Body:
        selector = peer["podSelector"].get("matchLabels")
        return {"podSelector": {"matchLabels": selector | labels}} if selector else peer

    spec = body["spec"]
    spec = spec | add(spec) | {
        "ingress": [{"from": list(map(add, rule["from"]))} for rule in spec["ingress"]]
    }  # fmt: skip
    return body | {"metadata": metadata, "spec": spec}


SPACES_OF_POLICIES = "shop", "lab"
SELECTORS: tuple[dict[str, str], ...] = {}, {"app": "a"}, {"app": "b"}
FROM_A = [{"from": [{"podSelector": {"matchLabels": {"app": "a"}}}]}]
WHO = ((0,), (1,), (2,), (0, 1), (0, 1, 2))
BY = tuple(product((None, "lab"), ({}, {"app": "a"}, {"team": "a"}), ("all",)))


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("own", [{}, {"app": "b"}])
def test_what_is_known_holds_as_written_and_as_built(
    own: dict[str, str], who: tuple[int, ...]
) -> None:
    """An answer other than "not known" is that of the files, and that of what kustomize builds."""
    pods = [pod("web", app="b"), pod("db", **own)]
    known = 0
    for space, selected, ingress, by in product(SPACES_OF_POLICIES, SELECTORS, ([], FROM_A), BY):
        spec = {"podSelector": {"matchLabels": selected} if selected else {}, "ingress": ingress}
        bodies = [*pods, policy("{}", "wall", space) | {"spec": spec}]
        here = list(map(read_object, bodies))
        changed = {id(here[each]): change(by) for each in who}
        answer = reach(
            here, target(here[0]), target(here[1]), kustomized=partial(_get, changed)
        ).answer()
        built = [build(body, by if each in who else None) for each, body in enumerate(bodies)]
        if answer is not ReachAnswer.UNKNOWN:
            known += 1
            assert answer is ask(bodies).answer() is ask(built).answer(), (bodies, by)
    assert known >= 30


def _get(changed: Mapping[int, KustomizeChanges | None], item: Resource) -> KustomizeChanges | None:
    return changed.get(id(item))
