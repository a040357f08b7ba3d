"""What the rules of NetworkPolicies say of a pod: each peer and port, and the reason in words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Final

from labelsel.errors import list_words
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.known_labels import NamespaceLabels, Truth, all_true
from labelsel.kubernetes.selection.network_policies import (
    Direction,
    IpRange,
    NetworkPolicy,
    PolicyPort,
    PolicyRule,
)
from labelsel.kubernetes.selection.open_parts import OpenParts
from labelsel.kubernetes.selection.peers import PolicyPeer
from labelsel.kubernetes.selection.policy_pods import PolicyPod, added_keys
from labelsel.kubernetes.selection.port_set import PortSet
from labelsel.kubernetes.selection.reach_result import ReachTerm
from labelsel.selector import Everything, Selector

__all__ = ["TermJudge", "describe_node_network", "describe_open_labels"]

_NONE: Final = PortSet()
_ALL: Final = PortSet.all()


def describe_node_network(pod: PolicyPod) -> str:
    """Return why nobody knows what policies do to a pod in the network of its node."""
    is_set = "is set" if pod.host_network else "is neither true nor false"
    return f"hostNetwork {is_set} in {pod.target}: what policies do there is not defined"


def describe_open_labels(
    parts: OpenParts, owner: Resource, selector: Selector, pod: PolicyPod
) -> str:
    """Return why nobody knows whether a selector of an object selects a pod by its labels."""
    keys = pod.labels.unknown_keys(selector)
    reasons = [
        parts.describe_labels(pod.target, keys),
        parts.describe_selector(owner, selector),
    ]
    may_get = added_keys(pod.target)
    at_run_time = [key for key in keys if may_get is not None and may_get(key)]
    if at_run_time:
        reasons.insert(0, f"pods get {', '.join(at_run_time)} when they run")
    return "; ".join(filter(None, reasons))


class TermJudge:
    """Says of the rules of policies whether they allow a pod, as far as its input tells.

    Arguments:
        namespaces: the labels of the namespaces of the input.
        parts: what is not known of the objects of the input.
    """

    def __init__(self, namespaces: NamespaceLabels, parts: OpenParts) -> None:
        self._namespaces = namespaces
        self._parts = parts

    def terms(
        self, policy: NetworkPolicy, direction: Direction, other: PolicyPod, destination: PolicyPod
    ) -> Iterator[ReachTerm]:
        """Yield what each peer says of the other pod, and of a rule without peers what it says.

        Arguments:
            policy: the policy.
            direction: the direction of its rules that counts.
            other: the pod at the other end of the traffic.
            destination: the pod that has the ports: the other one for egress.
        """
        for rule in policy.rules[direction]:
            yield from self._terms_of(policy, rule, other, destination)

    def _terms_of(
        self, policy: NetworkPolicy, rule: PolicyRule, other: PolicyPod, destination: PolicyPod
    ) -> Iterator[ReachTerm]:
        allowed, possible = _ports(rule, destination)
        text = ", ".join(_port_text(each, destination) for each in rule.ports) or "all ports"
        unnamed = [_missing(each, destination) for each in rule.ports]
        for peer in rule.peers or (None,):
            truth, reason = (True, "") if peer is None else self._judge(peer, other)
            yield ReachTerm(
                policy.owner,
                rule.path if peer is None else peer.path,
                "anywhere" if peer is None else str(peer),
                text,
                truth,
                reason or "; ".join(filter(None, unnamed)),
                allowed if truth else _NONE,
                _NONE if truth is False else possible,
            )

    def _judge(self, peer: PolicyPeer | IpRange, pod: PolicyPod) -> tuple[Truth, str]:
        """Return whether a peer is about a pod, and why it is not, or why that is not known."""
        if isinstance(peer, IpRange):
            return None, f"not judged: allows {peer}"
        namespace, pods = self._judge_namespace(peer, pod), self._judge_labels(peer, pod)
        truth = all_true((namespace[0], pods[0]))
        reasons = [reason for each, reason in (namespace, pods) if each is truth and reason]
        if truth and pod.host_network is not False:
            return None, describe_node_network(pod)
        return truth, "; ".join(reasons)

    def _judge_namespace(self, peer: PolicyPeer, pod: PolicyPod) -> tuple[Truth, str]:
        namespace, selector = pod.target.namespace, peer.namespaces
        if selector is None:
            truth = self._parts.same_namespace(peer.owner, pod.target.origin)
            if truth is None:
                return None, self._parts.describe_namespaces(peer.owner, pod.target.origin)
            return truth, "" if truth else f"is in namespace {namespace}"
        if isinstance(selector, Everything):
            return True, ""
        possible = self._parts.namespaces(pod.target.origin)
        if possible is None or len({self._namespaces.truth(selector, e) for e in possible}) > 1:
            return None, self._parts.describe_namespaces(pod.target.origin)
        truth = self._namespaces.truth(selector, namespace)
        if truth:
            return truth, ""
        labels, *others = self._namespaces.of(namespace)
        if truth is False:
            return truth, f"namespace {namespace} has {labels.describe_lack(selector)}"
        renamed = self._namespaces.others(namespace)
        if renamed:
            sources = list_words([f"{each.reference} ({each.source})" for each in renamed], "and")
            return None, f"namespace {namespace} may be {sources}, which may get the name"
        if others:
            count = len(others) + 1
            return None, f"the input has {count} Namespaces {namespace} with other labels"
        keys = ", ".join(labels.unknown_keys(selector))
        if namespace in self._namespaces.objects:
            (item,) = self._namespaces.objects[namespace]
            return None, self._parts.describe_namespace_labels(item, labels.unknown_keys(selector))
        return None, f"the input has no Namespace {namespace}: {keys} is not known"

    def _judge_labels(self, peer: PolicyPeer, pod: PolicyPod) -> tuple[Truth, str]:
        if peer.pods is None:
            return True, ""
        truth = self._parts.selector_truth(peer.owner, peer.pods, pod.target, pod.labels)
        if truth:
            return True, ""
        if truth is False:
            return False, f"has {pod.labels.describe_lack(peer.pods)}"
        return None, describe_open_labels(self._parts, peer.owner, peer.pods, pod)


def _ports(rule: PolicyRule, destination: PolicyPod) -> tuple[PortSet, PortSet]:
    """Return the ports of a rule, those that are known and those that it may have."""
    if not rule.ports:
        return _ALL, _ALL
    known = reduce(or_, (_known_ports(each, destination) for each in rule.ports))
    return known, reduce(or_, (_possible_ports(each, destination) for each in rule.ports))


def _known_ports(port: PolicyPort, destination: PolicyPod) -> PortSet:
    return port.ports if port.name is None else destination.sure_port(port.name, port.protocol)


def _possible_ports(port: PolicyPort, destination: PolicyPod) -> PortSet:
    if port.name is None or destination.named_ports is None:
        return port.ports
    return destination.find_ports(port.name, port.protocol)


def _port_text(port: PolicyPort, destination: PolicyPod) -> str:
    if port.name is None:
        return str(port)
    found = destination.find_ports(port.name, port.protocol)
    return f"{port} ({_numbers(found)})" if found else str(port)


def _missing(port: PolicyPort, destination: PolicyPod) -> str:
    """Return why a named port stands for no single number; empty if it does, or is a number."""
    if _known_ports(port, destination):
        return ""
    possible = _possible_ports(port, destination)
    if possible and destination.named_ports is not None:
        numbers = _numbers(possible)
        return f"{destination.target} names {port} several times ({numbers}): one of them counts"
    return destination.describe_missing_port(str(port))


def _numbers(ports: PortSet) -> str:
    return ", ".join(
        str(each.first) if each.first == each.last else f"{each.first}-{each.last}"
        for each in ports.ranges()
    )
