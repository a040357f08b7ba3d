"""Words that name a policy about traffic, also misspelled; data and texts that may hold one."""

from typing import Any

import pytest

from labelsel.kubernetes.model.kinds import kind_words
from labelsel.kubernetes.selection.policy_kinds import (
    has_policy_inside,
    may_have_policy,
    meant_policy,
    names_policy,
)

PLAIN = "NetworkPolicy"


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("NetworkPolicy", PLAIN),
        ("NetworkPolcy", PLAIN),
        ("NetworkPolicys", PLAIN),
        ("NetworkPolicies", PLAIN),
        ("networkpolicies", PLAIN),
        ("NetworkPolicy ", PLAIN),
        ("Network Policy", PLAIN),
        ("network-policy", PLAIN),
        ("Network_Policy\t", PLAIN),
        ("\u200bNetworkPolicy", PLAIN),
        ("Network\u00adPolicy", PLAIN),
        ("NetworkPolicy\ufeff", PLAIN),
        ("  - Network - Policy -  ", PLAIN),
        # Two letters of Cyrillic, and letters of full width.
        ("Netw\u043erkP\u043elicy", PLAIN),
        ("\uff2eetworkPolicy", PLAIN),
        ("NetwrkPolcy", PLAIN),
        ("CiliumNetworkpolicy", "CiliumNetworkPolicy"),
        ("CliumNetworkPolcy", "CiliumNetworkPolicy"),
        ("ciliumclustrwidenetworkpolicy", "CiliumClusterwideNetworkPolicy"),
        ("GlobalNetworkPolicies", "GlobalNetworkPolicy"),
        ("AdminNetworkPolicyy", "AdminNetworkPolicy"),
        ("EgressNetworkPolicy", "EgressNetworkPolicy"),
        ("MultiNetworkPolicies", "MultiNetworkPolicy"),
        ("MultiNetworkPolcy", "MultiNetworkPolicy"),
        ("MultiNetworkPoolicy", "MultiNetworkPolicy"),
        ("MultiNetworkPilicy", "MultiNetworkPolicy"),
        ("MultiNetworkpolicy", "MultiNetworkPolicy"),
        ("StagedNetworkPolcy", "StagedNetworkPolicy"),
    ],
)
def test_policies(word: str, kind: str) -> None:
    """Signs, letter case, the plural and typos do not hide a policy."""
    assert meant_policy(word) == kind


@pytest.mark.parametrize(
    "word",
    [
        *("NetworkPolicyStatus", "NetworkPolicyStats", "NetworkPolicyEndpoint", "NetworkPool"),
        *("NetworkAttachmentDefinition", "NodeNetworkConfigurationPolicy", "NetworkSet"),
        *("GlobalNetworkSet", "ClusterNetwork", "NetworkPolicyRecommendation", "NetworkFilter"),
        *("AuthorizationPolicy", "ClusterPolicy", "DNSPolicy", "ImagePolicy", "Policy", "Network"),
        *("CiliumEgressGatewayPolicy", "CiliumNetworkConfig", "CiliumNodeConfig", "NetNamespace"),
        *("NetworkProfile", "NetworkService", "PodSecurityPolicy", "ComputeNetworkEndpointGroup"),
        *("Pod", "", " ", "policy" * 1000),
    ],
)
def test_other_kinds(word: str) -> None:
    """An ordinary kind of another purpose must not make every answer unknown."""
    assert meant_policy(word) is None


def test_kinds_of_kubernetes() -> None:
    """Of all kinds of Kubernetes one is a policy."""
    assert [word for word in kind_words() if meant_policy(word)] == ["networkpolicies"]


def test_lists() -> None:
    """The list of a kind means it, but for the name that is only a list."""
    words = "NetworkPolicyList", "CiliumNetworkPolcyList", "PodList", "List"
    kinds = ["NetworkPolicy", "CiliumNetworkPolicy", None, None]
    assert [meant_policy(word) for word in words] == kinds


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("kind: networkpolicy", True),
        (r'"kind": "\u004eetworkPolicy"', True),
        ('{"kind" : "Netwrk Policy"}', True),
        (r"data: {a: '{\"kind\": \"NetworkPolcy\"}'}", True),
        ("kind: {{ .kind }}\nspec: {policyTypes: [Egress]}", True),
        ("kind: {{ .kind }}\nspec: {podSelector: {}}", True),
        ("kind: {{ .kind }}\nspec: {endpointSelector: {}}", True),
        ("kind: Pod\nmetadata: {name: network, labels: {policy: x}}", False),
        ("apiVersion: acme.io/v1\nkind: ${KIND}", True),
        ("apiVersion: ${VERSION}\nkind: ${KIND}", True),
        ('"kind": dyn("NetworkPolicy")', True),
        ("apiVersion: apps/v1\nkind: ${KIND}", False),
        ("apiVersion: v1\nkind: ${KIND}", False),
        (f"kind: {'a' * 100_000}", False),
    ],
)
def test_texts(text: str, may: bool) -> None:  # noqa: FBT001  # a case
    """A text that nobody could parse may hold a policy, however that is written."""
    assert may_have_policy(text) is may


@pytest.mark.parametrize(
    ("data", "names"),
    [
        ({"items": [{"kind": "NetworkPolicy"}]}, True),
        ({"a": {"Kind": "NetworkPolcy"}}, True),
        ({"patches": [{"patch": "kind: NetworkPolicy\nspec: {}"}]}, True),
        ("kind: NetworkPolicy", True),
        ({"networkPolicy": {"enabled": True, "ingress": [{"podSelector": {}}]}}, False),
        ({"kind": "Config", "resources": ["networkpolicy.yaml"]}, False),
        ({"kind": ["NetworkPolicy"]}, False),
        (None, False),
    ],
)
def test_data(data: Any, names: bool) -> None:  # noqa: FBT001  # a case
    """Data name a policy as a kind; a field that is called like it is another thing."""
    assert names_policy(data) is names


POLICY = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": {}}


@pytest.mark.parametrize(
    ("body", "inside"),
    [
        ({"objects": [POLICY]}, True),
        ({"spec": {"manifest": POLICY | {"kind": "NetworkPolcy"}}}, True),
        ({"spec": {"ref": POLICY | {"spec": "name"}}}, False),
        ({"spec": {"kind": "NetworkPolicy", "names": {}}}, False),
        ({"metadata": {"ownerReferences": [POLICY]}}, False),
        ({"status": {"resources": [POLICY]}}, False),
        ({"spec": {"note": "NetworkPolicy"}}, False),
        ({"kind": "Template", "objects": ["${{REST}}"]}, True),
        ({"kind": "Template", "objects": "${{REST}}"}, True),
        ({"kind": "Template", "Objects": [{"kind": "Pod"}, "((rest))"]}, True),
        ({"kind": "Template", "objects": [{"kind": "Pod", "a": ["${{REST}}"]}]}, False),
        ({"spec": {"rules": [{"generate": {"kind": "{{ k }}", "name": "a"}}]}}, True),
        ({"spec": {"rules": [{"generate": {"kind": "Role", "name": "{{ n }}"}}]}}, False),
        ({"spec": {"rules": [{"generate": {"foreach": [{"kind": "NetworkPolicy"}]}}]}}, True),
        ({"generate": {"cloneList": {"kinds": ["networking.k8s.io/v1/NetworkPolicy"]}}}, True),
        ({"generate": {"cloneList": {"kinds": ["v1/Secret", "${GROUP}/${KIND}"]}}}, True),
        ({"generate": {"cloneList": {"kinds": "NetworkPolicy"}}}, True),
        ({"generate": {"cloneList": {"kinds": ["v1/Secret", 1]}}}, False),
        (
            {"spec": {"generate": ['{"kind": dyn("NetworkPolicy"), "apiVersion": dyn("a/v1")}']}},
            True,
        ),
        ({"spec": {"generate": ['{"kind": dyn("Role"), "apiVersion": dyn("a/v1")}']}}, False),
    ],
)
def test_inside(body: dict[str, Any], inside: bool) -> None:  # noqa: FBT001  # a case
    """A whole policy in another object counts; a reference does not."""
    assert has_policy_inside(body) is inside


def test_shared_parts() -> None:
    """A part that aliases share is searched once: there may be exponentially many paths."""
    shared: Any = {"a": "b"}
    for _ in range(100):
        shared = {"a": shared, "b": shared}
    assert not names_policy(shared)
