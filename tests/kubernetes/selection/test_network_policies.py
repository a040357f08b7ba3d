"""NetworkPolicies as they are read: every part, and every fault with its path."""

import pytest

from labelsel.errors import ManifestError
from labelsel.kubernetes.read.clients import read_object
from labelsel.kubernetes.selection.network_policies import read_network_policy
from tests.kubernetes.selection.reach_inputs import Body, policy


def test_what_is_read() -> None:
    """Rules with their paths, peers and ports."""
    spec = """
    podSelector: {matchLabels: {app: db}}
    policyTypes: [Egress, Ingress]
    ingress:
    - from:
      - podSelector: {matchLabels: {app: web}}
      - ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}
      ports: [{port: 80}, {port: 80, endPort: 90, protocol: SCTP}, {port: http}, {protocol: UDP}]
    """
    found = read_network_policy(read_object(policy(spec)))
    assert (str(found.pods), found.owner.name) == ("app=db", "wall")
    assert found.rules["egress"] == ()
    (rule,) = found.rules["ingress"]
    assert rule.path == ("spec", "ingress", 0)
    assert [peer.path[-2:] for peer in rule.peers] == [("from", 0), ("from", 1)]
    assert list(map(str, rule.peers)) == [
        "pods app=web in namespace shop",
        "CIDR 10.0.0.0/8 except 10.1.0.0/16",
    ]
    assert list(map(str, rule.ports)) == ["TCP 80", "SCTP 80-90", "TCP http", "UDP"]


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("[]", "spec: must be a map, not a list"),
        ("{ingres: []}", "spec.ingres: unknown field; did you mean ingress?"),
        ("{podSelector: {matchLabel: {}}}", "spec.podSelector.matchLabel: unknown field"),
        ("{policyTypes: Ingress}", "spec.policyTypes: must be a list, not a string"),
        ("{policyTypes: [ingress]}", "policyTypes[0]: must be Egress or Ingress, not 'ingress'"),
        ("{ingress: {}}", "spec.ingress: must be a list, not a map"),
        ("{ingress: [null]}", "spec.ingress[0]: must be a map, not null"),
        ("{ingress: [{to: []}]}", "spec.ingress[0].to: unknown field"),
        ("{egress: [{from: []}]}", "spec.egress[0].from: unknown field"),
        ("{ingress: [{from: {}}]}", "spec.ingress[0].from: must be a list, not a map"),
        ("{ingress: [{from: [null]}]}", "spec.ingress[0].from[0]: must be a map, not null"),
        (
            "{ingress: [{from: [{}]}]}",
            "from[0]: must have a podSelector, a namespaceSelector or an",
        ),
        ("{ingress: [{from: [{pods: {}}]}]}", "from[0].pods: unknown field"),
        (
            "{ingress: [{from: [{namespaceSelector: {matchLabels: {a b: c}}}]}]}",
            'from[0].namespaceSelector.matchLabels["a b"]: ',
        ),
        (
            "{ingress: [{from: [{podSelector: {matchExpressions: [{key: a, operator: Is}]}}]}]}",
            "from[0].podSelector.matchExpressions[0].operator: ",
        ),
        (
            "{ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]}",
            "from[0].ipBlock: an ipBlock must be a peer of its own, without selectors beside it",
        ),
        (
            "{ingress: [{from: [{namespaceSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]}",
            "from[0].ipBlock: an ipBlock must be a peer of its own",
        ),
        ("{ingress: [{from: [{ipBlock: []}]}]}", "from[0].ipBlock: must be a map, not a list"),
        ("{ingress: [{from: [{ipBlock: {}}]}]}", "ipBlock.cidr: must be a range of addresses such"),
        ("{ingress: [{from: [{ipBlock: {cidr: ''}}]}]}", "ipBlock.cidr: must be a range of addr"),
        ("{ingress: [{from: [{ipBlock: {ip: a}}]}]}", "ipBlock.ip: unknown field"),
        (
            "{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: a}}]}]}",
            "ipBlock.except: must be a list, not a string",
        ),
        (
            "{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [a, 1]}}]}]}",
            "ipBlock.except[0]: must be a range of addresses such as 10.0.0.0/8, not 'a'",
        ),
        ("{ingress: [{ports: {}}]}", "ingress[0].ports: must be a list, not a map"),
        ("{ingress: [{ports: [80]}]}", "ports[0]: must be a map, not the number 80"),
        ("{ingress: [{ports: [{name: a}]}]}", "ports[0].name: unknown field"),
        (
            "{ingress: [{ports: [{protocol: tcp}]}]}",
            "protocol: must be TCP, UDP or SCTP, not 'tcp'",
        ),
        (
            "{ingress: [{ports: [{port: 0}]}]}",
            "port: must be a whole number from 1 to 65535, not 0",
        ),
        ("{ingress: [{ports: [{port: 65536}]}]}", "port: must be a whole number from 1 to 65535"),
        ("{ingress: [{ports: [{port: true}]}]}", "port: must be a whole number from 1 to 65535"),
        ("{ingress: [{ports: [{port: 80.5}]}]}", "port: must be a whole number from 1 to 65535"),
        ("{ingress: [{ports: [{port: '80'}]}]}", "port: a number is written without quotes, and a"),
        (
            "{ingress: [{ports: [{port: 80, endPort: 79}]}]}",
            "endPort: must be a whole number from 80 to 65535, not 79",
        ),
        ("{ingress: [{ports: [{port: 80, endPort: a}]}]}", "endPort: must be a whole number from"),
        (
            "{ingress: [{ports: [{endPort: 80}]}]}",
            "endPort: must stand beside a port that is a num",
        ),
        (
            "{ingress: [{ports: [{port: a, endPort: 80}]}]}",
            "endPort: must stand beside a port that",
        ),
        ("{policyTypes: [Ingress, Ingress, Egress]}", "policyTypes: must have at most 2 items"),
        # Rules of a direction that the policy is not about are read, too.
        ("{policyTypes: [Egress], ingress: [3]}", "spec.ingress[0]: must be a map"),
    ],
)
def test_faults(spec: str, problem: str) -> None:
    """What the API server would refuse is an error, with the path of the part."""
    with pytest.raises(ManifestError) as caught:
        read_network_policy(read_object(policy(spec)))
    assert "NetworkPolicy/wall: " in str(caught.value)
    assert problem in str(caught.value)


def check_reading(body: Body, message: str) -> None:
    """A policy is read if there is no message, and is else refused with it."""
    if not message:
        read_network_policy(read_object(body))
        return
    with pytest.raises(ManifestError) as caught:
        read_network_policy(read_object(body))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ("{cidr: 10.0.0.7/8}", ""),
        ("{cidr: 'fd00::/8', except: ['fd00:1::/32']}", ""),
        ("{cidr: 10.0.0.0/8, except: [10.1.0.0/16, 10.2.0.1/32]}", ""),
        ("{cidr: nonsense}", "cidr: must be a range of addresses such as 10.0.0.0/8"),
        ("{cidr: '${CIDR}'}", "cidr: must be a range"),
        ("{cidr: 10.0.0.0}", "cidr: must be a range"),
        ("{cidr: 10.0.0.0/33}", "cidr: must be a range"),
        ("{cidr: 10.0.0.0/255.0.0.0}", "cidr: must be a range"),
        ("{cidr: 10.0.0/8}", "cidr: must be a range"),
        ("{cidr: 'fe80::%eth0/64'}", "cidr: must be a range"),
        ("{cidr: 10.0.0.0/8, except: [11.0.0.0/16]}", "except[0]: must be inside 10.0.0.0/8, and"),
        ("{cidr: 10.0.0.0/8, except: [10.0.0.0/8]}", "except[0]: must be inside"),
        ("{cidr: 10.0.0.0/8, except: [0.0.0.0/0]}", "except[0]: must be inside"),
        ("{cidr: 10.0.0.0/8, except: ['fd00::/16']}", "except[0]: must be inside"),
    ],
)
def test_ranges(block: str, problem: str) -> None:
    """A range is an address and a length, and exceptions are smaller ranges in it."""
    body = policy("{ingress: [{from: [{ipBlock: " + block + "}]}]}")
    check_reading(body, problem and f"spec.ingress[0].from[0].ipBlock.{problem}")


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"apiVersion": "networking.k8s.io/v1beta1"}, "apiVersion: must be networking.k8s.io/v1"),
        ({"apiVersion": "networking.k8s.io/v2"}, "apiVersion: must be networking.k8s.io/v1, not"),
        ({"apiVersion": "extensions/v1beta1"}, "apiVersion: must be networking.k8s.io/v1, not"),
        ({"specs": {}}, "specs: unknown field; did you mean spec?"),
        ({"Spec": {}}, "Spec: unknown field"),
        ({"status": {}}, ""),
        ({"metadata": {"name": "Allow_Web"}}, "metadata.name: "),
        ({"metadata": {"name": "allow-web.1"}}, ""),
        ({"metadata": {"name": "${APP}-web"}}, ""),
        ({"metadata": {"generateName": "allow-"}}, ""),
        ({"metadata": {"generateName": "Allow-"}}, "metadata.generateName: "),
        ({"metadata": {"name": "a", "space": "b"}}, "metadata.space: unknown field"),
        ({"metadata": {"name": "a", "labels": {"a b": "c"}}}, 'metadata.labels["a b"]: '),
        ({"metadata": {"name": "a", "labels": {"a": "b c"}}}, "metadata.labels.a: "),
        ({"metadata": {"name": "a", "labels": {"a": "${B}"}}}, ""),
        ({"metadata": {"name": "a", "annotations": {"a b": "c"}}}, 'metadata.annotations["a b"]: '),
        ({"metadata": {"name": "a", "annotations": {"x.io/A": "b c"}}}, ""),
    ],
)
def test_what_every_object_has(parts: Body, problem: str) -> None:
    """The version, the name, labels and annotations, and no field that is not known."""
    body = policy("{}") | parts
    check_reading(body, problem and f": {problem}")
