"""Policies of other kinds than NetworkPolicy, which decide about traffic, too, and are not judged.

They are those of administrators (AdminNetworkPolicy, ClusterNetworkPolicy), of Cilium, Calico and
Antrea, and whatever else ends with NetworkPolicy. Their rules have an order and can deny, so what
NetworkPolicies say is not the last word for a pod that one of them selects. Which pods such a
policy is about is read as far as it can be; anything else counts as "may select". So does a policy
whose kind is misspelled, a NetworkPolicy among them: nobody can read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from labelsel.errors import ManifestError, Path, SelectorError
from labelsel.kubernetes.model.kinds import Kind, is_namespaced
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.paths import (
    check_fields,
    map_at,
    require_maps,
    selector_at,
    value_at,
)
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.known_labels import (
    KnownLabels,
    NamespaceLabels,
    Truth,
    all_true,
    any_true,
)
from labelsel.kubernetes.selection.network_policies import NETWORK_POLICIES
from labelsel.kubernetes.selection.policy_kinds import may_have_kinds, meant_policy
from labelsel.kubernetes.selection.policy_pods import PolicyPod
from labelsel.languages import parse_expression
from labelsel.objects import from_label_selector
from labelsel.placeholders import CERTAIN_PLACEHOLDER, PLACEHOLDER
from labelsel.selector import Selector

__all__ = ["is_other_policy", "other_policy_selects"]

_NETWORKING: Final = "networking.k8s.io"
_ADMIN: Final = "policy.networking.k8s.io"
_CILIUM: Final = "cilium.io"
_CALICO: Final = frozenset({"crd.projectcalico.org", "projectcalico.org"})
#: The groups of which it is known that their other kinds are in a namespace.
_NAMESPACED: Final = _CALICO | {_CILIUM, "crd.antrea.io"}
#: Words in the names of the kinds that are about all namespaces, in lower case.
_WIDE: Final = ("admin", "cluster", "global")
#: Calico's policies of this name are a draft, and not enforced.
_DRAFT: Final = "Staged"
#: The fields of a spec of Cilium, and of one of Calico.
_IN_CILIUM: Final = (
    *("endpointSelector", "nodeSelector", "description", "enableDefaultDeny", "labels", "log"),
    *("ingress", "ingressDeny", "egress", "egressDeny"),
)
_IN_CALICO: Final = (
    *("selector", "namespaceSelector", "serviceAccountSelector", "order", "tier", "types"),
    *("ingress", "egress", "applyOnForward", "doNotTrack", "preDNAT", "performanceHints"),
)
#: A kind that an API server may serve.
_LEGAL_KIND: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
#: A value in an expression of Calico.
_QUOTED: Final = re.compile(r"""'([^']*)'|"([^"]*)\"""")


def is_other_policy(resource: Resource) -> bool:
    """Whether an object is a policy about traffic of another kind than NetworkPolicy.

    A kind that is near to one counts, too: see `meant_policy`. So does one that may become one:

    1. A kind that the API server refuses, or with a placeholder in it, such as ``${KIND}``, if its
       group may have policies.
    2. A kind that the group of NetworkPolicies does not have.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> def item(kind, version):
    ...     return Resource(kind, version, None, "a", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> is_other_policy(item("CiliumNetworkPolicy", "cilium.io/v2"))
    True
    >>> is_other_policy(item("NetworkPolicy", "networking.k8s.io/v1"))
    False
    >>> [is_other_policy(item("${KIND}", version)) for version in ("networking.k8s.io/v1", "v1")]
    [True, False]
    """
    kind = meant_policy(resource.kind)
    if kind is None:
        return _may_be_policy(resource)
    if kind.startswith(_DRAFT) and resource.group in _CALICO:
        return False
    return resource.group_kind not in NETWORK_POLICIES


def _may_be_policy(resource: Resource) -> bool:
    """Return whether an object whose kind names no policy may become one."""
    kind, group = resource.kind, resource.group
    if group in {_NETWORKING, _ADMIN}:
        return is_namespaced(resource.group_kind) is None
    is_legal = _LEGAL_KIND.fullmatch(kind) and not CERTAIN_PLACEHOLDER.search(kind)
    return not is_legal and may_have_kinds(resource.api_version)


def other_policy_selects(policy: Resource, pod: PolicyPod, namespaces: NamespaceLabels) -> Truth:
    """Return whether such a policy selects a pod; None where that is not known.

    >>> from labelsel.kubernetes import Resource, Source, selector_target
    >>> from labelsel.kubernetes.selection.policy_pods import read_policy_pod
    >>> def item(kind, version, **spec):
    ...     return Resource(kind, version, "shop", "a", {}, {}, {"spec": spec},
    ...         Source("a.yaml", 1, 1))
    >>> pod = read_policy_pod(selector_target(item("Pod", "v1")))
    >>> policy = item("CiliumNetworkPolicy", "cilium.io/v2", endpointSelector={})
    >>> other_policy_selects(policy, pod, NamespaceLabels([]))
    True
    """
    kind = meant_policy(policy.kind)
    if kind is None:
        # It may be about all namespaces, but for a NetworkPolicy.
        is_far = policy.group == _NETWORKING and namespace_of(policy) != pod.target.namespace
        return False if is_far else None
    if policy.kind.casefold().endswith("list"):
        return None  # of a list that could not be unwrapped nobody knows the items
    if not any(word in kind.casefold() for word in _WIDE):
        known = policy.namespace is not None or policy.group in _NAMESPACED
        # A NetworkPolicy whose kind is misspelled.
        known = known or Kind(kind, policy.group) in NETWORK_POLICIES
        if known and namespace_of(policy) != pod.target.namespace:
            return False
    if kind != policy.kind:
        return None
    try:
        if policy.group == _ADMIN:
            return _subject_truth(policy, pod, namespaces)
        if policy.group == _CILIUM:
            return _endpoint_truth(policy, pod)
        if policy.group in _CALICO:
            return _expression_truth(policy, pod)
    except (ManifestError, SelectorError):
        pass  # it cannot be read, so nobody knows whom it selects
    return None


def _selector(policy: Resource, path: Path) -> Selector:
    return selector_at(policy, path, from_label_selector, value_at(policy, path) or {})


def _subject_truth(policy: Resource, pod: PolicyPod, namespaces: NamespaceLabels) -> Truth:
    """Return whether ``spec.subject`` selects a pod: namespaces, or pods in namespaces."""
    path: Path = ("spec", "subject")
    subject = map_at(policy, path)
    check_fields(policy, path, subject, ("namespaces", "pods"))
    if "pods" not in subject:
        selector = _selector(policy, (*path, "namespaces"))
        return namespaces.truth(selector, pod.target.namespace)
    path = (*path, "pods")
    return all_true(
        (
            namespaces.truth(_selector(policy, (*path, "namespaceSelector")), pod.target.namespace),
            pod.labels.truth(_selector(policy, (*path, "podSelector"))),
        )
    )


def _endpoint_truth(policy: Resource, pod: PolicyPod) -> Truth:
    """Return whether ``endpointSelector`` of a spec of Cilium selects a pod.

    1. Cilium has labels of its own beside those of the pod, of which each begins with ``io.``.
    2. A spec with ``nodeSelector`` is about nodes, and so about pods in the network of one.
    3. Whom a spec selects that has neither of them, or a policy without a spec, nobody knows. Nor
       whom one selects with a field that nobody knows: it may be meant as one of them.
    """
    labels = _with_unknown(pod.labels, lambda key: key.startswith("io."))
    specs = [map_at(policy, ("spec",))] if value_at(policy, ("spec",)) is not None else []
    specs += [each for _, each in require_maps(policy, ("specs",), value_at(policy, ("specs",)))]
    truths: list[Truth] = []
    known = ("apiVersion", "kind", "metadata", "spec", "specs", "status")
    check_fields(policy, (), policy.body, known)
    for spec in specs:
        check_fields(policy, ("spec",), spec, _IN_CILIUM)
        subject = spec.get("endpointSelector")
        if subject is not None:
            selector = selector_at(policy, ("endpointSelector",), from_label_selector, subject)
            truths.append(labels.truth(selector))
        else:
            is_of_nodes = spec.get("nodeSelector") is not None
            truths.append(False if is_of_nodes and pod.host_network is False else None)
    return any_true(truths or [None])


def _expression_truth(policy: Resource, pod: PolicyPod) -> Truth:
    """Return whether the selector of a policy of Calico selects a pod.

    1. Calico has labels of its own beside those of the pod, and of its namespace and its account.
    2. A policy of all namespaces may select the node whose network a pod is in.
    3. A field that nobody knows may be meant as a selector.
    """
    if meant_policy(policy.kind) == "GlobalNetworkPolicy" and pod.host_network is not False:
        return None
    own = ("projectcalico.org/", "pcns.", "pcsa.")
    labels = _with_unknown(pod.labels, lambda key: key.startswith(own))
    spec = map_at(policy, ("spec",))
    check_fields(policy, ("spec",), spec, _IN_CALICO)
    text = str(spec.get("selector") or "")
    also = [spec.get(name) for name in ("namespaceSelector", "serviceAccountSelector")]
    return all_true(
        (
            None if _has_placeholder(text) else labels.truth(parse_expression(text)),
            None if any(also) else True,
        )
    )


def _has_placeholder(expression: str) -> bool:
    """Return whether a part of an expression of Calico is a placeholder, which may become any."""
    values = (single or double for single, double in _QUOTED.findall(expression))
    return bool(CERTAIN_PLACEHOLDER.search(expression)) or any(map(PLACEHOLDER.search, values))


def _with_unknown(labels: KnownLabels, is_unknown: Callable[[str], bool]) -> KnownLabels:
    return replace(labels, may_have=lambda key: is_unknown(key) or labels.may_have(key))
