"""The rules of docs/reach.md, one by one, each with what it allows and what it does not."""

import re
from base64 import b64encode, encodebytes
from dataclasses import dataclass
from pathlib import Path

import pytest

from labelsel.errors import ManifestError
from labelsel.kubernetes import (
    Inventory,
    Reach,
    Reachability,
    ReachAnswer,
    Resource,
    reach,
    selector_target,
)
from labelsel.kubernetes.read.clients import read_object
from tests.kubernetes.selection.reach_inputs import (
    Body,
    deployment,
    namespace,
    other,
    pod,
    policy,
    port,
    reach_in,
    target,
)

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "reach.md"
WORDS = {"yes": ReachAnswer.ALLOWED, "no": ReachAnswer.DENIED, "?": ReachAnswer.UNKNOWN}

WEB = pod("web", app="web")
DB = pod(
    "db",
    spec="{containers: [{ports: [{name: sql, containerPort: 5432}, "
    "{name: dns, containerPort: 53, protocol: UDP}]}], "
    "initContainers: [{restartPolicy: Always, ports: [{name: side, containerPort: 15000}]}, "
    "{ports: [{name: once, containerPort: 1}]}]}",
    app="db",
)
FAR = pod("far", "lab", app="far")
ON_NODE = pod("agent", spec="{hostNetwork: true}", app="agent")
MAYBE = pod("maybe", spec="{hostNetwork: '${HOST_NETWORK}'}", app="maybe")
QUOTED = pod("quoted", spec="{hostNetwork: 'false'}", app="quoted")
TWICE = pod(
    "twice",
    spec="{containers: [{ports: [{name: sql, containerPort: 5432}, "
    "{name: same, containerPort: 70}]}, "
    "{ports: [{name: sql, containerPort: 5433}, {name: same, containerPort: 70}]}]}",
)
IN_CLUSTER = pod("running", spec="{nodeName: n1}")
IN_CLUSTER["metadata"]["uid"] = "1"
HERE = [WEB, DB, FAR, ON_NODE, MAYBE, QUOTED]


@dataclass(frozen=True)
class Case:
    """A question to which a rule has the answer.

    Attributes:
        rule: the number of the rule.
        policies: what the input has beside the pods.
        words: ``source destination port/protocol``, the answer, and for the cases that say why a
            part of the reason or of a note.
    """

    rule: int
    policies: list[Body]
    words: str
    why: str = ""


def ingress(rules: str, more: str = "") -> Body:
    """A policy for the database with rules of ingress."""
    return policy(f"{{podSelector: {{matchLabels: {{app: db}}}}, ingress: {rules}{more}}}")


def egress(rules: str, more: str = "") -> Body:
    """A policy for the web pods with rules of egress."""
    return policy(f"{{podSelector: {{matchLabels: {{app: web}}}}, egress: {rules}{more}}}", "out")


FROM_WEB = "[{from: [{podSelector: {matchLabels: {app: web}}}]}]"
TO_DB = "[{to: [{podSelector: {matchLabels: {app: db}}}]}]"
NAMED = "[{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lab}}}]}]"
TEAM = "[{from: [{namespaceSelector: {matchLabels: {team: lab}}}]}]"
BLOCK = "[{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}], ports: [{port: 80}]}]"
SUBJECT = "{subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}}}"

CASES = [
    # Two sides
    Case(1, [egress(TO_DB), ingress(FROM_WEB)], "web db 80 yes"),
    Case(1, [egress("[]", ", policyTypes: [Egress]"), ingress("[{}]")], "web db 80 no"),
    Case(1, [egress("[{}]"), ingress("[]")], "web db 80 no"),
    Case(2, [], "web db 80 yes"),
    Case(2, [ingress(FROM_WEB)], "db web 80 yes"),
    Case(2, [policy("{podSelector: {}}", namespace="lab")], "web db 80 yes"),
    Case(3, [ingress("[]"), policy("{ingress: [{}]}", "open")], "far db 80 yes"),
    Case(3, [policy("{ingress: [{}]}", "open"), ingress("[]")], "far db 80 yes"),
    Case(4, [policy("{policyTypes: [Ingress, Egress]}")], "db db 80 yes", "always reaches itself"),
    Case(4, [policy("{}"), deployment("app", app="x")], "app app 80 no"),
    # Which pods a policy is about
    Case(5, [policy("{podSelector: {}}")], "far db 80 no"),
    Case(5, [policy("{podSelector: null}")], "far db 80 no"),
    Case(5, [policy("{}")], "far db 80 no"),
    Case(5, [policy("{podSelector: {matchLabels: {app: web}}}")], "far db 80 yes"),
    Case(5, [policy("{}", namespace="lab")], "web far 80 no"),
    Case(6, [policy("{ingress: []}")], "web far 80 yes"),
    Case(6, [policy("{egress: [], policyTypes: []}")], "web far 80 yes"),
    Case(6, [policy("{egress: [{ports: [{port: 1}]}]}")], "web far 80 no", "TCP 1"),
    Case(6, [policy("{egress: [{}]}")], "far db 80 no"),
    Case(7, [policy("{policyTypes: [Egress], ingress: []}")], "far db 80 yes"),
    Case(7, [policy("{policyTypes: [Ingress], egress: [{ports: []}]}")], "web far 80 yes"),
    Case(7, [policy("{policyTypes: [Ingress], egress: [{ports: [{port: 1}]}]}")], "web far 2 yes"),
    Case(7, [policy("{policyTypes: [Egress]}")], "web far 80 no"),
    # Rules and peers
    Case(8, [ingress("[{}]")], "far db 80 yes"),
    Case(8, [ingress("[{from: [], ports: []}]")], "far db 80/SCTP yes"),
    Case(8, [ingress("[{from: null, ports: null}]")], "far db 80 yes"),
    Case(8, [ingress("[{from: [], ports: [{port: 80}]}]")], "far db 81 no", "TCP 80"),
    Case(8, [egress("[{to: []}]")], "web far 80 yes"),
    Case(9, [ingress("[{from: [{podSelector: {}}]}]")], "web db 80 yes"),
    Case(9, [ingress("[{from: [{podSelector: {}}]}]")], "far db 80 no", "is in namespace lab"),
    Case(9, [ingress(FROM_WEB)], "web db 80 yes"),
    Case(9, [ingress(FROM_WEB)], "agent db 80 ?"),
    Case(9, [egress(TO_DB)], "web far 80 no", "is in namespace lab; has app=far"),
    Case(10, [ingress(NAMED)], "far db 80 yes"),
    Case(10, [ingress(NAMED)], "web db 80 no", "namespace shop has kubernetes.io/metadata.name=sh"),
    Case(10, [ingress("[{from: [{namespaceSelector: {}}]}]")], "far db 80 yes"),
    Case(
        11,
        [ingress(NAMED.replace("}}}]", "}}, podSelector: {matchLabels: {app: far}}}]"))],
        "far db 80 yes",
    ),
    Case(
        11,
        [ingress(NAMED.replace("}}}]", "}}, podSelector: {matchLabels: {app: web}}}]"))],
        "far db 80 no",
        "has app=far",
    ),
    Case(
        11,
        [ingress(NAMED.replace("}}}]", "}}}, {podSelector: {matchLabels: {app: web}}}]"))],
        "web db 80 yes",
    ),
    Case(12, [ingress(BLOCK)], "far db 80 ?", "not judged: allows CIDR 10.0.0.0/8 except 10.1.0.0"),
    Case(12, [ingress(BLOCK)], "far db 81 no"),
    Case(12, [ingress(BLOCK), policy("{ingress: [{}]}", "open")], "far db 80 yes"),
    # Namespaces
    Case(13, [namespace("lab", team="lab"), ingress(TEAM)], "far db 80 yes"),
    Case(13, [namespace("lab", team="x"), ingress(TEAM)], "far db 80 no", "lab has team=x"),
    Case(
        13,
        [namespace("lab", **{"kubernetes.io/metadata.name": "x"}), ingress(NAMED)],
        "far db 80 yes",
    ),
    Case(14, [ingress(TEAM)], "far db 80 ?", "the input has no Namespace lab: team is not known"),
    Case(14, [ingress(NAMED)], "far db 80 yes"),
    Case(14, [ingress(NAMED.replace("lab", "x, team: a"))], "far db 80 no", "metadata.name=lab"),
    # Ports
    Case(15, [ingress("[{ports: [{port: 80}]}]")], "web db 80 yes"),
    Case(15, [ingress("[{ports: [{port: 80}]}]")], "web db 80/UDP no"),
    Case(15, [ingress("[{ports: [{protocol: UDP}]}]")], "web db 65535/UDP yes"),
    Case(15, [ingress("[{ports: [{protocol: UDP}]}]")], "web db 80 no"),
    Case(15, [ingress("[{ports: [{}]}]")], "web db 1 yes"),
    Case(15, [ingress("[{ports: [{}]}]")], "web db 1/SCTP no"),
    Case(16, [ingress("[{ports: [{port: 80, endPort: 90}]}]")], "web db 90 yes", "TCP 80-90"),
    Case(16, [ingress("[{ports: [{port: 80, endPort: 90}]}]")], "web db 80 yes"),
    Case(16, [ingress("[{ports: [{port: 80, endPort: 90}]}]")], "web db 91 no"),
    Case(17, [ingress("[{ports: [{port: sql}]}]")], "web db 5432 yes", "TCP sql (5432)"),
    Case(17, [ingress("[{ports: [{port: sql}]}]")], "web db 80 no"),
    Case(17, [egress("[{ports: [{port: sql}]}]")], "web db 5432 yes"),
    Case(17, [ingress("[{ports: [{port: dns}]}]")], "web db 53/UDP no", "db has no port TCP dns"),
    Case(17, [ingress("[{ports: [{port: dns, protocol: UDP}]}]")], "web db 53/UDP yes"),
    Case(17, [ingress("[{ports: [{port: side}]}]")], "web db 15000 yes"),
    Case(17, [ingress("[{ports: [{port: once}]}]")], "web db 1 no"),
    Case(17, [TWICE, ingress("[{ports: [{port: sql}]}]")], "web twice 5432 yes"),
    Case(
        17,
        [TWICE, policy("{ingress: [{ports: [{port: sql}]}]}")],
        "web twice 5432 ?",
        "pod/twice names TCP sql several times (5432-5433): one of them counts",
    ),
    Case(17, [TWICE, policy("{ingress: [{ports: [{port: sql}]}]}")], "web twice 80 no"),
    Case(17, [TWICE, policy("{ingress: [{ports: [{port: same}]}]}")], "web twice 70 yes"),
    Case(
        17,
        [TWICE, policy("{ingress: [{ports: [{port: sql}, {port: 5432}]}]}")],
        "web twice 5432 yes",
    ),
    # What the input does not tell
    Case(
        18,
        [
            other("Prometheus", "monitoring.coreos.com/v1", "{hostNetwork: false}", "shop"),
            policy("{ingress: [{ports: [{port: web}, {port: 1}]}]}"),
        ],
        "web other 9090 ?",
        "the ports of prometheus.monitoring.coreos.com/other's pods are not known",
    ),
    Case(
        18,
        [
            other("Prometheus", "monitoring.coreos.com/v1", "{hostNetwork: false}", "shop"),
            policy("{ingress: [{ports: [{port: web}]}]}"),
        ],
        "web other 9090/UDP no",
    ),
    Case(
        19,
        [
            deployment("app", app="app"),
            policy("{podSelector: {matchLabels: {pod-template-hash: x}}}"),
        ],
        "web app 80 ?",
        "(object) may select deployment.apps/app's pods: pods get pod-template-hash when they",
    ),
    Case(
        19,
        [
            deployment("app", app="app"),
            policy("{podSelector: {matchLabels: {pod-template-hash: x}}, ingress: [{}]}"),
        ],
        "web app 80 yes",
    ),
    Case(
        19,
        [
            deployment("app", app="app"),
            policy("{podSelector: {matchLabels: {pod-template-hash: x}}, ingress: [{}]}"),
            policy("{}", "deny"),
        ],
        "web app 80 ?",
    ),
    Case(
        19,
        [
            deployment("app", app="app"),
            ingress("[{from: [{podSelector: {matchLabels: {pod-template-hash: x}}}]}]"),
        ],
        "app db 80 ?",
        "pods get pod-template-hash when they run",
    ),
    Case(
        19,
        [
            deployment("app", app="app"),
            ingress("[{from: [{podSelector: {matchLabels: {pod-template-hash: x, app: y}}}]}]"),
        ],
        "app db 80 no",
        "has app=app",
    ),
    Case(20, [], "agent db 80 yes"),
    Case(20, [ingress("[]")], "agent db 80 ?", "hostNetwork is set in pod/agent: what policies do"),
    Case(20, [ingress("[{ports: [{port: 80}]}]")], "agent db 80 yes"),
    Case(20, [], "maybe db 80 yes"),
    Case(
        19,
        [policy("{podSelector: {matchLabels: {security.istio.io/tlsMode: istio}}}")],
        "web db 1 ?",
        "pods get security.istio.io/tlsMode when they run",
    ),
    Case(
        19,
        [ingress("[{from: [{podSelector: {matchLabels: {topology.istio.io/network: a}}}]}]")],
        "web db 1 ?",
        "pods get topology.istio.io/network when they run",
    ),
    Case(
        19, [policy("{podSelector: {matchLabels: {topology.kubernetes.io/zone: a}}}")], "web db 1 ?"
    ),
    Case(
        19,
        [policy("{podSelector: {matchLabels: {topology.kubernetes.io/rack: a}}}")],
        "web db 1 yes",
    ),
    Case(19, [policy("{podSelector: {matchLabels: {pod-template-hash: a}}}")], "web db 1 yes"),
    Case(
        19,
        [IN_CLUSTER, policy("{podSelector: {matchLabels: {topology.istio.io/x: a}}}")],
        "web running 1 yes",
    ),
    Case(
        20, [ingress("[]")], "maybe db 80 ?", "hostNetwork is neither true nor false in pod/maybe"
    ),
    Case(20, [policy("{policyTypes: [Egress]}")], "web maybe 80 ?", "neither true nor false"),
    Case(20, [ingress("[{ports: [{port: 80}]}]")], "maybe db 80 yes"),
    Case(20, [ingress("[{from: [{podSelector: {}}]}]")], "maybe db 80 ?", "neither true nor"),
    Case(20, [ingress("[{from: [{podSelector: {}}]}]")], "quoted db 80 ?"),
    Case(20, [ingress("[{from: [{podSelector: {}}]}]")], "agent db 80 ?"),
    Case(20, [policy("{policyTypes: [Egress]}")], "agent far 80 ?"),
    Case(20, [policy("{policyTypes: [Egress]}")], "web agent 80 ?"),
    Case(20, [policy("{egress: [{}]}"), policy("{ingress: [{}]}", "in")], "agent web 80 yes"),
    Case(
        21, [ingress(FROM_WEB), ingress("[{}]")], "far db 80 ?", "2 objects are networkpolicy.net"
    ),
    Case(21, [ingress(FROM_WEB), ingress("[{}]")], "web db 80 yes"),
    Case(21, [ingress(FROM_WEB), ingress(FROM_WEB)], "far db 80 no"),
    Case(21, [ingress(FROM_WEB), policy("{podSelector: {matchLabels: {a: b}}}")], "far db 80 ?"),
    Case(
        21,
        [namespace("lab", team="lab"), namespace("lab"), ingress(TEAM)],
        "far db 80 ?",
        "the input has 2 Namespaces lab with other labels",
    ),
    Case(
        21,
        [namespace("lab", team="lab"), namespace("lab", team="lab"), ingress(TEAM)],
        "far db 1 yes",
    ),
    Case(
        22,
        [other("AdminNetworkPolicy", "policy.networking.k8s.io/v1alpha1", SUBJECT)],
        "web db 80 ?",
        "not judged: adminnetworkpolicy.policy.networking.k8s.io/other (object) selects pod/db",
    ),
    Case(
        22,
        [other("AdminNetworkPolicy", "policy.networking.k8s.io/v1alpha1", SUBJECT), policy("{}")],
        "web db 80 ?",
    ),
    Case(
        22,
        [other("AdminNetworkPolicy", "policy.networking.k8s.io/v1alpha1", SUBJECT)],
        "web far 80 yes",
    ),
    Case(
        22,
        [
            other("AdminNetworkPolicy", "policy.networking.k8s.io/v1alpha1", SUBJECT),
            egress("[]", ", policyTypes: [Egress]"),
        ],
        "web db 80 no",
    ),
]


def texts(found: Reach) -> list[str]:
    """All that is said about the terms, and all notes."""
    terms = [term for side in found.sides for term in side.terms]
    notes = [note for side in found.sides for note in side.notes]
    return [*notes, *(text for term in terms for text in (term.peer, term.ports, term.reason))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.words}")
def test_rule(case: Case) -> None:
    """The rule has this answer, and says why."""
    source, destination, asked, answer = case.words.split()
    number, _, protocol = asked.partition("/")
    found = reach_in([*HERE, *case.policies], source, destination)
    assert found.answer(port(int(number), protocol or "TCP")) is WORDS[answer]
    assert any(case.why in text for text in ["", *texts(found)]), texts(found)


def test_each_rule_has_its_cases() -> None:
    """The page has no rule without a case, and the table no case of a rule that is not there.

    Rules 23 and 24 have tests below, 25 and 26 in test_open_parts.py.
    """
    rules = re.findall(r"^(\d+)\. ", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    numbers = list(map(int, rules))
    assert numbers == list(range(1, len(numbers) + 1))
    assert {case.rule for case in CASES} | {23, 24, 25, 26} == set(numbers)


# What is found, as data


def test_what_is_found() -> None:
    """A side has the policies that select the pod, and each peer of their rules with its path."""
    rules = "[{from: [{podSelector: {matchLabels: {app: web}}}, {namespaceSelector: {}}]}, {}]"
    found = reach_in([*HERE, ingress(rules), policy("{}", "deny")], "far", "db")
    assert (found.egress.policies, found.egress.terms) == ((), ())
    side = found.ingress
    assert (side.direction, str(side.pod)) == ("ingress", "pod/db")
    assert [each.name for each in side.policies] == ["wall", "deny"]
    assert [(".".join(map(str, term.path)), term.peer, term.allows) for term in side.terms] == [
        ("spec.ingress.0.from.0", "pods app=web in namespace shop", False),
        ("spec.ingress.0.from.1", "all pods in all namespaces", True),
        ("spec.ingress.1", "anywhere", True),
    ]
    assert [term.answer().value for term in side.terms] == ["denied", "allowed", "allowed"]


@pytest.mark.parametrize(
    ("peer", "words"),
    [
        ("{podSelector: {}}", "all pods in namespace shop"),
        ("{podSelector: {matchLabels: {a: b}}}", "pods a=b in namespace shop"),
        ("{namespaceSelector: {}}", "all pods in all namespaces"),
        ("{namespaceSelector: {matchLabels: {a: b}}}", "all pods in namespaces a=b"),
        (
            "{podSelector: {matchLabels: {c: d}}, namespaceSelector: {matchLabels: {a: b}}}",
            "pods c=d in namespaces a=b",
        ),
        ("{ipBlock: {cidr: 10.0.0.0/8}}", "CIDR 10.0.0.0/8"),
    ],
)
def test_peers_in_words(peer: str, words: str) -> None:
    found = reach_in([*HERE, ingress(f"[{{from: [{peer}]}}]")], "web", "db")
    assert [term.peer for term in found.ingress.terms] == [words]


def test_without_a_port() -> None:
    """The answer is about any port, and the ports are listed."""
    found = reach_in(
        [*HERE, ingress("[{ports: [{port: 80, endPort: 90}, {port: sql}]}]")], "web", "db"
    )
    assert found.answer() is ReachAnswer.ALLOWED
    assert str(found.allowed) == str(found.possible) == "TCP 80-90, TCP 5432"
    found = reach_in([*HERE, ingress(BLOCK)], "web", "db")
    assert found.answer() is ReachAnswer.UNKNOWN
    assert (str(found.allowed), str(found.possible)) == ("no ports", "TCP 80")
    assert reach_in([*HERE, ingress("[]")], "web", "db").answer() is ReachAnswer.DENIED
    assert str(reach_in(HERE, "web", "db").allowed) == "all ports"


def test_several_ports_are_asked_at_once() -> None:
    """All of them must be allowed; denied are those of which none can be."""
    found = reach_in([*HERE, ingress("[{ports: [{port: 80}]}]")], "web", "db")
    assert found.answer(port(80) | port(81)) is ReachAnswer.UNKNOWN
    assert found.answer(port(81) | port(82)) is ReachAnswer.DENIED


# Policies that cannot be read: rules 23 and 24


BAD = ingress("[{form: []}]")


def resources(*bodies: Body) -> list[Resource]:
    return [read_object(body) for body in bodies]


def test_a_policy_that_cannot_be_read() -> None:
    """It is an error, and with ``on_error`` nobody knows what its namespace allows."""
    here = resources(WEB, DB, FAR, BAD)
    web, db, far = map(target, here[:3])
    with pytest.raises(
        ManifestError, match=r"ingress\[0\]\.form: unknown field; did you mean from"
    ):
        reach(here, web, db)
    told: list[ManifestError] = []
    known = Reachability(here, on_error=told.append)
    assert known.reach(web, db).answer() is ReachAnswer.UNKNOWN
    assert known.reach(far, db).answer() is ReachAnswer.UNKNOWN
    assert len(told) == 1
    assert known.reach(web, db).ingress.notes == (
        "not judged: networkpolicy.networking.k8s.io/wall (object) cannot be read",
    )


def test_a_file_that_was_not_read() -> None:
    """It may isolate each pod: nothing is known, but what a pod says to itself."""
    here = resources(WEB, DB)
    web, db = map(target, here)
    found = reach(here, web, db, unread=["a.yaml was not read"])
    assert (found.answer(), bool(found.allowed)) == (ReachAnswer.UNKNOWN, False)
    assert found.egress.notes == found.ingress.notes == ("not judged: a.yaml was not read",)
    known = Reachability(here, unread=["a.yaml was not read"])
    assert known.reach(web, web).answer() is ReachAnswer.ALLOWED
    with pytest.raises(TypeError, match="expected a collection of texts"):
        Reachability(here, unread="a.yaml was not read")


@pytest.mark.parametrize(
    "kind", ["NetworkPolcy", "NetworkPolicys", "NetworkPolicies", "NetworkPolicy ", "networkPolicy"]
)
def test_a_kind_that_is_near(kind: str) -> None:
    """It is a policy that cannot be read, in its namespace."""
    here = resources(WEB, DB, FAR, policy("{}") | {"kind": kind})
    web, db, far = map(target, here[:3])
    found = reach(here, web, db)
    assert (found.answer(), bool(found.allowed)) == (ReachAnswer.UNKNOWN, False)
    (note,) = found.ingress.notes
    assert note.startswith("not judged: networkpol")
    why = f"cannot be read: its kind is {kind!r}; did you mean NetworkPolicy?"
    assert note.endswith(f"/wall (object) {why}")
    assert reach(here, far, far).answer() is ReachAnswer.ALLOWED


PLACEHOLDERS = "${KIND}", "__KIND__", "@KIND@", "{{ .kind }}", "a b"


@pytest.mark.parametrize(
    ("kind", "version", "everywhere"),
    [
        *((kind, "networking.k8s.io/v1", False) for kind in (*PLACEHOLDERS, "NetPolicy")),
        ("${KIND}", "policy.networking.k8s.io/v1alpha1", True),
        ("NetPol", "policy.networking.k8s.io/v1alpha1", True),
        ("${KIND}", "cilium.io/v2", True),
        ("${KIND}", "${API}", True),
        ("Net${KIND}", "extensions/v1beta1", True),
    ],
)
def test_a_kind_that_may_become_one(kind: str, version: str, *, everywhere: bool) -> None:
    """It is a policy that cannot be read; one of all namespaces if its group may have such."""
    body = policy("{podSelector: {}}") | {"kind": kind, "apiVersion": version}
    here = resources(WEB, DB, FAR, body)
    web, db, far = map(target, here[:3])
    found = reach(here, web, db)
    assert (found.answer(), bool(found.allowed)) == (ReachAnswer.UNKNOWN, False)
    (note,) = found.ingress.notes
    assert note.endswith(f"/wall (object) may be a policy: its kind is {kind!r}")
    assert (reach(here, far, web).egress.answer() is ReachAnswer.UNKNOWN) is everywhere


@pytest.mark.parametrize(
    ("kind", "version"),
    [
        ("${KIND}", "apps/v1"),
        ("${KIND}", "v1"),
        ("Ingress", "networking.k8s.io/v1"),
        ("EgressIP", "k8s.ovn.org/v1"),
        ("NetworkPolicyStatus", "stats.example.com/v1"),
        ("NetworkAttachmentDefinition", "k8s.cni.cncf.io/v1"),
        ("NetworkPool", "vcloud.example.com/v1"),
    ],
)
def test_other_kinds_with_such_names(kind: str, version: str) -> None:
    """They decide nothing."""
    here = resources(WEB, DB, other(kind, version, "{}", "shop"))
    assert reach(here, target(here[0]), target(here[1])).answer() is ReachAnswer.ALLOWED


def test_a_policy_in_another_object() -> None:
    """A controller may make it, in any namespace: nothing is known."""
    body = {"kind": "Template", "apiVersion": "template.openshift.io/v1", "objects": [policy("{}")]}
    here = resources(WEB, DB, body | {"metadata": {"name": "shop"}})
    found = reach(here, target(here[0]), target(here[1]))
    assert found.answer() is ReachAnswer.UNKNOWN
    note = "not judged: template.template.openshift.io/shop (object) has a policy in it"
    assert found.egress.notes == (note,)
    # No kind of Kubernetes holds another object: it may only have a text that looks like one.
    here = resources(
        WEB, DB, body | {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a"}}
    )
    assert reach(here, target(here[0]), target(here[1])).answer() is ReachAnswer.ALLOWED


MANIFEST = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: {podSelector: {}}\n"


@pytest.mark.parametrize(
    ("kind", "version", "parts", "answer"),
    [
        ("ConfigMap", "v1", {"data": {"a.yaml": MANIFEST}}, "?"),
        ("Secret", "v1", {"stringData": {"a.json": str(policy("{}"))}}, "?"),
        ("Secret", "v1", {"data": {"a": b64encode(MANIFEST.encode()).decode()}}, "?"),
        ("Secret", "v1", {"data": {"a": encodebytes(MANIFEST.encode()).decode()}}, "?"),
        ("Secret", "v1", {"data": {"a": b64encode(b"kind: Pod\xff").decode(), "b": "***"}}, "yes"),
        ("ConfigMap", "v1", {"binaryData": {"a": b64encode(MANIFEST.encode()).decode()}}, "?"),
        ("Template", "template.openshift.io/v1", {"objects": [
            {"apiVersion": "networking.k8s.io/v1", "kind": "${KIND}", "spec": {}}]}, "?"),
        ("Template", "template.openshift.io/v1", {"objects": [
            {"apiVersion": "${V}", "kind": "${KIND}", "spec": {}}]}, "?"),
        ("Template", "template.openshift.io/v1", {"objects": [
            {"apiVersion": "apps/v1", "kind": "${KIND}", "spec": {}},
            {"apiVersion": "networking.k8s.io/v1", "kind": 1, "spec": {}}]}, "yes"),
        ("ConfigMap", "v1", {"data": {"a.yaml": "networkPolicy: {enabled: true}"}}, "yes"),
        ("ConfigMap", "v1", {"data": {"a.txt": "apiVersion: v1, for a NetworkPolicy"}}, "yes"),
        ("ConfigMap", "v1", {"metadata": {"name": "a", "annotations": {"last": MANIFEST}}}, "yes"),
        ("Workflow", "argoproj.io/v1alpha1", {"spec": {"resource": {"manifest": MANIFEST}}}, "?"),
        ("Workflow", "argoproj.io/v1alpha1", {"spec": {"args": ["a NetworkPolicy"]}}, "yes"),
        (
            "ClusterPolicy", "kyverno.io/v1",
            {"spec": {"rules": [{"generate": {"cloneList": {"kinds": ["v1/Secret"]}}}]}}, "yes",
        ),
        (
            "ClusterPolicy", "kyverno.io/v1",
            {"spec": {"rules": [{"generate": {
                "cloneList": {"kinds": ["networking.k8s.io/v1/NetworkPolicy"]}}}]}},
            "?",
        ),
        ("ClusterPolicy", "kyverno.io/v1", {"spec": {"kinds": ["NetworkPolicy"]}}, "yes"),
        (
            "ConfigMap", "v1",
            {"data": {"a": MANIFEST.replace("Policy\n", "PolicyList\nitems: []\n")}}, "?",
        ),
        ("ManifestWork", "work.open-cluster-management.io/v1", {"spec": {"manifests": [
            {"kind": "NetworkPolicyList", "apiVersion": "networking.k8s.io/v1", "items": []}]}},
         "?"),
        (
            "ClusterPolicy", "kyverno.io/v1",
            {"spec": {"rules": [{"generate": {"kind": "NetworkPolicy", "data": {}}}]}}, "?",
        ),
        (
            "ClusterPolicy", "kyverno.io/v1",
            {"spec": {"rules": [{"generate": {"foreach": [{"kind": "NetworkPolicy"}]}}]}}, "?",
        ),
        (
            "ClusterPolicy", "kyverno.io/v1",
            {"spec": {"rules": [{"generate": {"foreach": [{"kind": "Role"}, "a"]}}]}}, "yes",
        ),
        # No list that can be unwrapped: its items may be anywhere.
        ("NetworkPolicyList", "networking.k8s.io/v1", {"spec": {}}, "?"),
        (
            "CiliumNetworkPolicyList", "cilium.io/v2", {"spec": {"endpointSelector": {}}}, "?",
        ),
        (
            "ClusterPolicy", "kyverno.io/v1",
            {"spec": {"rules": [{"generate": {"kind": "Role", "data": {}}}]}}, "yes",
        ),
    ],
)  # fmt: skip
def test_a_policy_in_a_text(kind: str, version: str, parts: Body, answer: str) -> None:
    """A program may make an object of it, or copy one: nothing is known."""
    body = {"kind": kind, "apiVersion": version, "metadata": {"name": "a"}} | parts
    here = resources(WEB, DB, body)
    assert reach(here, target(here[0]), target(here[1])).answer() is WORDS[answer]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("kind: >-\n  NetworkPolicy", "?"),
        ("kind: # a comment\n  NetworkPolicy", "?"),
        ("kind: &kind !!str NetworkPolicy", "?"),
        ("x: &k NetworkPolicy\nkind: *k", "?"),
        ("kind: ${KIND}\nspec: {podSelector: {}}", "?"),
        ("kind: NetworkPolcy", "?"),
        ("kind: ${KIND}\nspec: {}", "?"),
        ("kind: >-\n  Deployment\nspec: {podSelector: {}}", "yes"),
    ],
)
def test_spellings_of_a_kind_in_a_text(text: str, answer: str) -> None:
    """Nobody parses the text, so any spelling of YAML counts, and a kind that is not known."""
    data = {"a.yaml": f"apiVersion: networking.k8s.io/v1\n{text}\n"}
    body = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a"}, "data": data}
    here = resources(WEB, DB, body)
    assert reach(here, target(here[0]), target(here[1])).answer() is WORDS[answer]


def test_policies_of_other_namespaces_are_not_read() -> None:
    """A policy that does not matter is no error."""
    here = resources(WEB, DB, BAD | {"metadata": {"name": "wall", "namespace": "lab"}})
    assert reach(here, target(here[0]), target(here[1])).answer() is ReachAnswer.ALLOWED


def test_pods_that_cannot_be_read() -> None:
    """Ports of a container decide, so they must be readable."""
    broken = pod("db", spec="{containers: [{ports: [{name: a, containerPort: x}]}]}", app="db")
    with pytest.raises(
        ManifestError, match=r"containers\[0\]\.ports\[0\]\.containerPort: must be a"
    ):
        reach_in([WEB, broken], "web", "db")
    here = resources(WEB, broken, ingress("[{ports: [{port: a}, {port: 1}]}]"))
    web, db = map(target, here[:2])
    told: list[ManifestError] = []
    known = Reachability(here, on_error=told.append)
    answers = [known.reach(web, db).answer(port(number)) for number in (1, 2)]
    assert answers == [ReachAnswer.ALLOWED, ReachAnswer.UNKNOWN]
    assert len(told) == 1


def test_an_inventory_is_taken() -> None:
    """Any collection of objects is one."""
    here = Inventory.of([WEB, DB])
    web, db = (selector_target(each) for each in here)
    assert web is not None
    assert db is not None
    assert reach(here, web, db).answer() is ReachAnswer.ALLOWED
    with pytest.raises(TypeError, match="read objects with"):
        reach([WEB], web, db)  # type: ignore[list-item]
