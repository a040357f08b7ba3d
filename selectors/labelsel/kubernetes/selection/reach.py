"""Whether NetworkPolicies let one pod talk to another: both sides, with the term that decides.

Traffic from a pod to another one has two sides: egress of the source, and ingress of the
destination. Both must allow it. docs/reach.md has the rules, with the test of each.

1. A pod that no policy selects for a direction is allowed everything in this direction.
2. Otherwise a rule of one of these policies must allow the other pod and the port. The policies
   add up: none of them forbids what another one allows.
3. What the input does not tell is not known, and is never counted as allowed: labels that it
   does not have, ranges of addresses, the network of a node, policies of other kinds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Final

from labelsel.errors import ManifestError, require_each
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource
from labelsel.kubernetes.selection.known_labels import NamespaceLabels, Truth, all_true
from labelsel.kubernetes.selection.network_policies import (
    NETWORK_POLICIES,
    Direction,
    IpBlock,
    NetworkPolicy,
    PolicyPort,
    PolicyRule,
    read_network_policy,
)
from labelsel.kubernetes.selection.other_policies import is_other_policy, other_policy_selects
from labelsel.kubernetes.selection.peers import PolicyPeer
from labelsel.kubernetes.selection.policy_pods import PolicyPod, read_policy_pod
from labelsel.kubernetes.selection.port_set import PortSet
from labelsel.kubernetes.selection.reach_result import Reach, ReachSide, ReachTerm
from labelsel.kubernetes.selection.selector_targets import SelectorTarget

__all__ = ["Reachability", "reach"]

_NONE: Final = PortSet()
_ALL: Final = PortSet.all()
_EVERYBODY: Final[dict[Direction, str]] = {"egress": "to anywhere", "ingress": "from anywhere"}


def reach(
    resources: Iterable[Resource],
    source: SelectorTarget,
    destination: SelectorTarget,
    *,
    on_error: Callable[[ManifestError], None] | None = None,
) -> Reach:
    """Return whether NetworkPolicies let one pod talk to another, and what decides.

    Arguments:
        resources: the objects of an inventory: policies and namespaces are looked for in them.
        source: the pod that begins, or the pods of a template.
        destination: the pod that has the ports, or the pods of a template.
        on_error: called with each policy that cannot be read; what it allows is not known.
            Without it the first error is raised.

    Raises:
        ManifestError: a policy in the namespace of one of the pods cannot be read, or the
            containers of one of the pods.

    Complexity: O(objects + size of the policies in both namespaces). Make a `Reachability` to
    ask about many pods.

    >>> from labelsel.kubernetes import Inventory, selector_target
    >>> def obj(kind, name, version="v1", labels=None, **spec):
    ...     metadata = {"name": name, "labels": labels}
    ...     return {"kind": kind, "apiVersion": version, "metadata": metadata, "spec": spec}
    >>> from_web = {"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}
    >>> here = Inventory.of([
    ...     obj("Pod", "web", labels={"app": "web"}), obj("Pod", "db"),
    ...     obj("NetworkPolicy", "db", "networking.k8s.io/v1", podSelector={},
    ...         ingress=[from_web | {"ports": [{"port": 5432}]}])])
    >>> web, db = (selector_target(here.get("pods", name)) for name in ("web", "db"))
    >>> found = reach(here, web, db)
    >>> found.answer().value, str(found.allowed), found.ingress.terms[0].peer
    ('allowed', 'TCP 5432', 'pods app=web in namespace default')
    >>> reach(here, db, web).answer().value
    'denied'
    """
    return Reachability(resources, on_error=on_error).reach(source, destination)


@dataclass(slots=True)
class _Selecting:
    """The policies that select a pod for a direction.

    Attributes:
        surely: those that do.
        maybe: those that may: labels that they ask for are not known.
        notes: what is not judged or not known about them.
        is_open: whether a policy that is not judged may decide otherwise.
    """

    surely: list[NetworkPolicy]
    maybe: list[NetworkPolicy]
    notes: list[str]
    is_open: bool = False


class Reachability:
    """The policies and namespaces of an input, to ask which of its pods may talk to each other.

    Policies are read when their namespace is first asked about.

    Arguments:
        resources: the objects of an inventory.
        on_error: called with each policy that cannot be read; what it allows is not known.
            Without it the first error is raised.

    >>> from labelsel.kubernetes import Inventory, pod_targets
    >>> def pod(name):
    ...     return {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name}}
    >>> here = Inventory.of([pod("web"), pod("db")])
    >>> str(Reachability(here).reach(*pod_targets(here)).allowed)
    'all ports'
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        *,
        on_error: Callable[[ManifestError], None] | None = None,
    ) -> None:
        everything = require_each(Resource, resources, HOW_TO_READ)
        self._on_error = on_error
        self._namespaces = NamespaceLabels(everything)
        self._others = list(filter(is_other_policy, everything))
        #: By namespace: the objects, what they say, and the objects that cannot be read.
        self._objects: defaultdict[str, list[Resource]] = defaultdict(list)
        self._policies: dict[str, list[NetworkPolicy]] = {}
        self._unread: defaultdict[str, list[Resource]] = defaultdict(list)
        for resource in everything:
            if resource.group_kind in NETWORK_POLICIES:
                self._objects[namespace_of(resource)].append(resource)

    def reach(self, source: SelectorTarget, destination: SelectorTarget) -> Reach:
        """Return whether one pod may talk to another; arguments and errors as for `reach`."""
        begins, answers = read_policy_pod(source), read_policy_pod(destination)
        if source.origin is destination.origin and not source.from_template:
            note = f"{source} is the source and the destination; a pod always reaches itself"
            egress = ReachSide("egress", source, (), (), _ALL, _ALL, (note,))
            ingress = ReachSide("ingress", source, (), (), _ALL, _ALL, (note,))
        else:
            egress = self._side("egress", begins, answers, answers)
            ingress = self._side("ingress", answers, begins, answers)
        return Reach(source, destination, egress, ingress)

    def _side(
        self, direction: Direction, own: PolicyPod, other: PolicyPod, destination: PolicyPod
    ) -> ReachSide:
        found = self._selecting(direction, own)
        terms = {
            id(policy): [
                term
                for rule in policy.rules[direction]
                for term in self._terms(policy, rule, direction, other, destination)
            ]
            for policy in (*found.surely, *found.maybe)
        }
        allowed, possible = _add_up(
            [terms[id(policy)] for policy in found.surely],
            [terms[id(policy)] for policy in found.maybe],
        )
        if found.is_open:
            allowed, possible = _NONE, _ALL
        if allowed != _ALL:
            for pod in (own, other):
                if pod.host_network:
                    possible = _ALL
                    found.notes.append(_on_a_node(pod))
        return ReachSide(
            direction,
            own.target,
            tuple(policy.owner for policy in found.surely),
            tuple(term for each in terms.values() for term in each),
            allowed,
            possible,
            tuple(found.notes),
        )

    def _selecting(self, direction: Direction, pod: PolicyPod) -> _Selecting:
        """Return the policies that select a pod for a direction, or may."""
        found = _Selecting([], [], [])
        namespace = pod.target.namespace
        for policy in self._policies_in(namespace):
            truth = pod.labels.truth(policy.pods) if direction in policy.rules else False
            if truth:
                found.surely.append(policy)
            elif truth is None:
                found.maybe.append(policy)
                keys = ", ".join(pod.labels.unknown_keys(policy.pods))
                found.notes.append(f"{_name(policy.owner)} may select {pod.target}, by {keys}")
        unjudged = [f"{_name(each)} cannot be read" for each in self._unread[namespace]]
        for resource in self._others:
            truth = other_policy_selects(resource, pod, self._namespaces)
            if truth is not False:
                selects = "selects" if truth else "may select"
                unjudged.append(f"{_name(resource)} {selects} {pod.target}")
        found.notes += [f"not judged: {each}" for each in unjudged]
        found.is_open = bool(unjudged)
        return found

    def _policies_in(self, namespace: str) -> list[NetworkPolicy]:
        """Return the policies of a namespace that can be read."""
        if namespace not in self._policies:
            found = self._policies[namespace] = []
            for resource in self._objects[namespace]:
                try:
                    found.append(read_network_policy(resource))
                except ManifestError as error:
                    if self._on_error is None:
                        raise
                    self._on_error(error)
                    self._unread[namespace].append(resource)
        return self._policies[namespace]

    def _terms(
        self,
        policy: NetworkPolicy,
        rule: PolicyRule,
        direction: Direction,
        other: PolicyPod,
        destination: PolicyPod,
    ) -> Iterator[ReachTerm]:
        """Yield what each peer of a rule says of the other pod, or the rule without peers."""
        allowed, possible = _ports(rule, destination)
        text = ", ".join(_port_text(each, destination) for each in rule.ports) or "all ports"
        unnamed = [_missing(each, destination) for each in rule.ports]
        for peer in rule.peers or (None,):
            truth, reason = (True, "") if peer is None else self._judge(peer, other)
            yield ReachTerm(
                policy.owner,
                rule.path if peer is None else peer.path,
                _EVERYBODY[direction] if peer is None else str(peer),
                text,
                truth,
                reason or "; ".join(filter(None, unnamed)),
                allowed if truth else _NONE,
                _NONE if truth is False else possible,
            )

    def _judge(self, peer: PolicyPeer | IpBlock, pod: PolicyPod) -> tuple[Truth, str]:
        """Return whether a peer is about a pod, and why it is not, or why that is not known."""
        if isinstance(peer, IpBlock):
            return None, f"not judged: allows {peer}"
        namespace, pods = self._judge_namespace(peer, pod), self._judge_labels(peer, pod)
        truth = all_true((namespace[0], pods[0]))
        reasons = [reason for each, reason in (namespace, pods) if each is truth and reason]
        if truth and pod.host_network:
            return None, _on_a_node(pod)
        return truth, "; ".join(reasons)

    def _judge_namespace(self, peer: PolicyPeer, pod: PolicyPod) -> tuple[Truth, str]:
        namespace, selector = pod.target.namespace, peer.namespaces
        if selector is None:
            truth: Truth = namespace == namespace_of(peer.owner)
            return truth, "" if truth else f"is in namespace {namespace}"
        truth = self._namespaces.truth(selector, namespace)
        if truth:
            return truth, ""
        labels, *others = self._namespaces.of(namespace)
        if truth is False:
            return truth, f"namespace {namespace} has {labels.describe_lack(selector)}"
        if others:
            count = len(others) + 1
            return None, f"the input has {count} Namespaces {namespace} with other labels"
        keys = ", ".join(labels.unknown_keys(selector))
        return None, f"the input has no Namespace {namespace}: {keys} is not known"

    def _judge_labels(self, peer: PolicyPeer, pod: PolicyPod) -> tuple[Truth, str]:
        truth = True if peer.pods is None else pod.labels.truth(peer.pods)
        if truth or peer.pods is None:
            return True, ""
        if truth is False:
            return False, f"has {pod.labels.describe_lack(peer.pods)}"
        keys = ", ".join(pod.labels.unknown_keys(peer.pods))
        return None, f"pods get {keys} when they run"


def _add_up(surely: list[list[ReachTerm]], maybe: list[list[ReachTerm]]) -> tuple[PortSet, PortSet]:
    """Return the ports that are allowed, and those that may be.

    Arguments:
        surely: the terms of each policy that selects the pod.
        maybe: the terms of each policy that may select the pod. If it does, it adds what it
            allows; if no policy selects the pod for sure, it also takes away everything else.
    """
    allowed = [reduce(or_, (term.allowed for term in terms), _NONE) for terms in surely]
    if surely:
        terms = [term for each in (*surely, *maybe) for term in each]
        possible = reduce(or_, (term.possible for term in terms), _NONE)
        return reduce(or_, allowed, _NONE), possible
    least = [reduce(or_, (term.allowed for term in terms), _NONE) for terms in maybe]
    return reduce(and_, least, _ALL), _ALL


def _ports(rule: PolicyRule, destination: PolicyPod) -> tuple[PortSet, PortSet]:
    """Return the ports of a rule, those that are known and those that it may have."""
    if not rule.ports:
        return _ALL, _ALL
    known = reduce(or_, (_known_ports(each, destination) for each in rule.ports))
    if destination.named_ports is not None:
        return known, known
    return known, reduce(or_, (each.ports for each in rule.ports))


def _known_ports(port: PolicyPort, destination: PolicyPod) -> PortSet:
    return port.ports if port.name is None else destination.find_ports(port.name, port.protocol)


def _port_text(port: PolicyPort, destination: PolicyPod) -> str:
    found = _NONE if port.name is None else _known_ports(port, destination)
    numbers = ", ".join(str(each.first) for each in found.ranges())
    return f"{port} ({numbers})" if numbers else str(port)


def _missing(port: PolicyPort, destination: PolicyPod) -> str:
    """Return why a named port stands for no number; empty if it does, or is a number."""
    if _known_ports(port, destination):
        return ""
    if destination.named_ports is None:
        return f"the ports of {destination.target} are not known"
    return f"{destination.target} has no port {port}"


def _name(resource: Resource) -> str:
    return f"{resource.reference} ({resource.source})"


def _on_a_node(pod: PolicyPod) -> str:
    return f"{pod.target} is in the network of its node: what policies do there is not defined"
