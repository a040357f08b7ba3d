"""Policies of other kinds: whom they select, as far as that can be read."""

import pytest

from labelsel.kubernetes.read.clients import read_object
from labelsel.kubernetes.selection.known_labels import NamespaceLabels, Truth
from labelsel.kubernetes.selection.other_policies import is_other_policy, other_policy_selects
from labelsel.kubernetes.selection.policy_pods import read_policy_pod
from tests.kubernetes.selection.reach_inputs import (
    Body,
    deployment,
    namespace,
    other,
    pod,
    policy,
    target,
)

DB = pod("db", app="db")
ADMIN = "policy.networking.k8s.io/v1alpha1"
CILIUM = "cilium.io/v2"
CALICO = "projectcalico.org/v3"


def selects(body: Body, of: Body = DB) -> Truth:
    namespaces = NamespaceLabels([read_object(namespace("shop", team="a"))])
    return other_policy_selects(
        read_object(body), read_policy_pod(target(read_object(of))), namespaces
    )


@pytest.mark.parametrize(
    ("kind", "version", "is_one"),
    [
        ("AdminNetworkPolicy", ADMIN, True),
        ("BaselineAdminNetworkPolicy", ADMIN, True),
        ("ClusterNetworkPolicy", "policy.networking.k8s.io/v1alpha2", True),
        ("CiliumNetworkPolicy", CILIUM, True),
        ("CiliumClusterwideNetworkPolicy", CILIUM, True),
        ("NetworkPolicy", CALICO, True),
        ("NetworkPolicy", "crd.projectcalico.org/v1", True),
        ("GlobalNetworkPolicy", CALICO, True),
        ("StagedNetworkPolicy", CALICO, False),
        ("NetworkPolicy", "crd.antrea.io/v1beta1", True),
        ("NetworkPolicy", "networking.k8s.io/v1", False),
        ("NetworkPolicy", "extensions/v1beta1", False),
        ("PodDisruptionBudget", "policy/v1", False),
        # Only Calico's drafts of this name are known to be drafts.
        ("StagedNetworkPolicy", "example.com/v1", True),
        ("StagedNetworkPolcy", CALICO, False),
        ("NetworkPolcy", "networking.k8s.io/v1", True),
        ("CiliumNetworkpolicy", CILIUM, True),
        ("NetworkPolicyStatus", "example.com/v1", False),
    ],
)
def test_kinds(kind: str, version: str, is_one: bool) -> None:  # noqa: FBT001  # a case
    assert is_other_policy(read_object(other(kind, version, "{}"))) is is_one


PODS = (
    "{subject: {pods: {namespaceSelector: {matchLabels: {%s}}, podSelector: {matchLabels: {%s}}}}}"
)


@pytest.mark.parametrize(
    ("kind", "version", "spec", "truth"),
    [
        ("AdminNetworkPolicy", ADMIN, "{subject: {namespaces: {}}}", True),
        ("AdminNetworkPolicy", ADMIN, "{subject: {namespaces: {matchLabels: {team: a}}}}", True),
        ("AdminNetworkPolicy", ADMIN, "{subject: {namespaces: {matchLabels: {team: b}}}}", False),
        ("AdminNetworkPolicy", ADMIN, PODS % ("team: a", "app: db"), True),
        ("AdminNetworkPolicy", ADMIN, PODS % ("team: b", "app: db"), False),
        ("AdminNetworkPolicy", ADMIN, PODS % ("team: a", "app: web"), False),
        ("AdminNetworkPolicy", ADMIN, "{subject: {nodes: {}}}", None),
        ("AdminNetworkPolicy", ADMIN, "{subject: {namespaces: {matchLabel: {}}}}", None),
        ("AdminNetworkPolicy", ADMIN, "{subject: []}", None),
        ("CiliumClusterwideNetworkPolicy", CILIUM, "{endpointSelector: {}}", True),
        ("CiliumClusterwideNetworkPolicy", CILIUM, "{nodeSelector: {}}", False),
        ("CiliumClusterwideNetworkPolicy", CILIUM, "null", None),
        ("CiliumClusterwideNetworkPolicy", CILIUM, "{endpointselector: {}}", None),
        ("CiliumClusterwideNetworkPolicy", CILIUM, "{endpointSelector: }", None),
        (
            "CiliumClusterwideNetworkPolicy",
            CILIUM,
            "{endpointSelector: {matchLabels: {app: web}}}",
            False,
        ),
        (
            "CiliumClusterwideNetworkPolicy",
            CILIUM,
            "{endpointSelector: {matchLabels: {io.kubernetes.pod.namespace: x}}}",
            None,
        ),
        (
            "CiliumClusterwideNetworkPolicy",
            CILIUM,
            "{endpointSelector: {matchLabels: {'k8s:app': web}}}",
            None,
        ),
        (
            "CiliumClusterwideNetworkPolicy",
            CILIUM,
            "{endpointSelector: {matchLabels: {app: web}}, ingress: [], enableDefaultDeny: {}}",
            False,
        ),
        (
            "CiliumClusterwideNetworkPolicy",
            CILIUM,
            "{nodeSelector: {}, EndpointSelector: {}}",
            None,
        ),
        (
            "CiliumClusterwideNetworkPolicy",
            CILIUM,
            "{endpointSelector: {matchLabels: {app: web}}, '${REST}': {}}",
            None,
        ),
        ("GlobalNetworkPolicy", CALICO, "{selector: app == 'web', tier: a, order: 1}", False),
        ("GlobalNetworkPolicy", CALICO, "{selector: app == 'web', Selector: all()}", None),
        ("GlobalNetworkPolicy", CALICO, "{}", True),
        ("GlobalNetworkPolicy", CALICO, "null", True),
        ("GlobalNetworkPolicy", CALICO, "{selector: app == 'db'}", True),
        ("GlobalNetworkPolicy", CALICO, "{selector: app == 'web'}", False),
        ("GlobalNetworkPolicy", CALICO, "{selector: projectcalico.org/namespace == 'x'}", None),
        ("GlobalNetworkPolicy", CALICO, "{selector: pcns.team == 'x' && app == 'x'}", False),
        ("GlobalNetworkPolicy", CALICO, "{selector: app ==}", None),
        ("GlobalNetworkPolicy", CALICO, "{selector: \"app == '${APP}'\"}", None),
        ("GlobalNetworkPolicy", CALICO, '{selector: app == "__APP__"}', None),
        ("GlobalNetworkPolicy", CALICO, "{selector: \"app in {'x', '{{ app }}'}\"}", None),
        ("GlobalNetworkPolicy", CALICO, "{selector: \"app != 'x${APP}' && has(app)\"}", None),
        ("GlobalNetworkPolicy", CALICO, "{selector: app == '~app~'}", None),
        ("GlobalNetworkPolicy", CALICO, "{selector: '!has(__KEY__)'}", None),
        ("GlobalNetworkPolicy", CALICO, "{selector: \"app in {'x', 'y'}\"}", False),
        ("GlobalNetworkPolicy", CALICO, "{namespaceSelector: all()}", None),
        ("GlobalNetworkPolicy", CALICO, "{selector: has(x), namespaceSelector: all()}", False),
        ("GlobalNetworkPolicy", CALICO, "{serviceAccountSelector: all()}", None),
        ("ClusterNetworkPolicy", "crd.antrea.io/v1beta1", "{appliedTo: []}", None),
    ],
)
def test_whom_a_policy_of_the_cluster_selects(
    kind: str, version: str, spec: str, truth: Truth
) -> None:
    """What cannot be read, or asks for labels that are not known, may select the pod."""
    assert selects(other(kind, version, spec)) is truth


@pytest.mark.parametrize(
    ("kind", "version", "spec"),
    [
        ("CiliumClusterwideNetworkPolicy", CILIUM, "{nodeSelector: {}}"),
        ("GlobalNetworkPolicy", CALICO, "{selector: has(host-endpoint)}"),
    ],
)
def test_pods_in_the_network_of_their_node(kind: str, version: str, spec: str) -> None:
    """A policy about nodes may be about them."""
    for text, truth in (("true", None), ("'${X}'", None), ("false", False)):
        on_node = pod("db", spec=f"{{hostNetwork: {text}}}", app="db")
        assert selects(other(kind, version, spec), on_node) is truth


def test_a_spec_without_a_subject() -> None:
    """Nobody knows whom it selects, also in a list."""
    body = other("CiliumClusterwideNetworkPolicy", CILIUM, "null")
    assert selects(body | {"specs": [{"description": "a"}]}) is None
    assert selects(body | {"Spec": {"endpointSelector": {}}}) is None
    body = other("CiliumClusterwideNetworkPolicy", CILIUM, "{nodeSelector: {}}")
    assert selects(body | {"Specs": [{"endpointSelector": {}}]}) is None


def test_several_specs() -> None:
    """Cilium takes a list of them."""
    for app, truth in (("db", True), ("web", False)):
        one = {"endpointSelector": {"matchLabels": {"app": app}}}
        body = other("CiliumClusterwideNetworkPolicy", CILIUM, "null") | {"specs": [one]}
        assert selects(body) is truth


@pytest.mark.parametrize(
    ("version", "inside", "truth"),
    [
        (CILIUM, "shop", True),
        (CILIUM, "lab", False),
        # Without a namespace it is in the namespace default.
        (CILIUM, None, False),
        ("example.com/v1", "lab", False),
        # Whether the kind has namespaces is not known.
        ("example.com/v1", None, None),
    ],
)
def test_namespaces(version: str, inside: str | None, truth: Truth) -> None:
    """A policy in a namespace is about the pods of this namespace."""
    assert selects(other("CiliumNetworkPolicy", version, "{endpointSelector: {}}", inside)) is truth


@pytest.mark.parametrize(
    ("kind", "version", "inside", "truth"),
    [
        ("NetworkPolcy", "networking.k8s.io/v1", "shop", None),
        ("NetworkPolcy", "networking.k8s.io/v1", "lab", False),
        ("NetworkPolicies", "networking.k8s.io/v1", None, False),
        ("NetworkPolicies", "networking.k8s.o/v1", None, None),
        ("CiliumNetworkpolicy", CILIUM, "shop", None),
        ("CiliumNetworkpolicy", CILIUM, None, False),
        # The kinds that are about all namespaces.
        ("CiliumClustrwideNetworkPolicy", CILIUM, "lab", None),
        ("ciliumclusterwidenetworkpolicy", CILIUM, None, None),
        ("globalnetworkpolicy", CALICO, None, None),
        ("clusternetworkpolicy", "networking.k8s.io/v1", None, None),
    ],
)
def test_misspelled_kinds(kind: str, version: str, inside: str | None, truth: Truth) -> None:
    """Nobody can read them, so they may select each pod that the kind is about."""
    spec = "{endpointSelector: {matchLabels: {app: web}}, selector: app == 'web'}"
    assert selects(other(kind, version, spec, inside)) is truth


def test_pods_of_a_template() -> None:
    """They get labels when they run."""
    body = other("GlobalNetworkPolicy", CALICO, "{selector: has(pod-template-hash)}")
    assert selects(body) is False
    assert selects(body, deployment("db", app="db")) is None


def test_a_network_policy_is_none() -> None:
    assert not is_other_policy(read_object(policy("{}")))
