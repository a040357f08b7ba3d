"""What NetworkPolicies say about traffic from one pod to another, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from labelsel.errors import Path
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.known_labels import Truth
from labelsel.kubernetes.selection.network_policies import Direction
from labelsel.kubernetes.selection.port_set import PortSet
from labelsel.kubernetes.selection.selector_targets import SelectorTarget

__all__ = ["Reach", "ReachAnswer", "ReachSide", "ReachTerm"]


class ReachAnswer(Enum):
    """Whether traffic is allowed; the value is the answer in words.

    1. ``ALLOWED``: all of the ports are allowed, whatever is not known.
    2. ``DENIED``: none of the ports is allowed, whatever is not known.
    3. ``UNKNOWN``: neither of these. What the input does not tell decides, or only some of the
       ports are allowed.

    Raises:
        ValueError: there is no answer of this value.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, pod_targets, reach
    >>> pods = Inventory.of([
    ...     {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name}} for name in ("a", "b")])
    >>> reach(pods, *pod_targets(pods)).answer()
    <ReachAnswer.ALLOWED: 'allowed'>
    """

    ALLOWED = "allowed"
    DENIED = "denied"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class ReachTerm:
    """One peer in a rule of a policy, or a rule without peers, and what it says of the other pod.

    It is an entry of `ReachSide.terms`.

    Attributes:
        policy: the policy.
        path: the path of the peer, or of the rule.
        peer: whom it allows, in words: ``pods app=web in namespace shop``.
        ports: to which ports, in words: ``TCP http (8080)``.
        allows: whether it allows the other pod; None where that is not known.
        reason: why it does not, or why that is not known; empty if it does.
        allowed: the ports that it allows the other pod.
        possible: the ports that it may allow the other pod; they include ``allowed``.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, pod_targets, reach
    >>> def obj(kind, name, version, **spec):
    ...     return {"kind": kind, "apiVersion": version, "metadata": {"name": name}, "spec": spec}
    >>> peer = {"podSelector": {"matchLabels": {"app": "web"}}}
    >>> here = Inventory.of([
    ...     obj("Pod", "a", "v1"), obj("Pod", "b", "v1"),
    ...     obj("NetworkPolicy", "b", "networking.k8s.io/v1", podSelector={},
    ...         ingress=[{"from": [peer]}])])
    >>> [term] = reach(here, *pod_targets(here)).ingress.terms
    >>> term.policy.name, term.path, term.peer
    ('b', ('spec', 'ingress', 0, 'from', 0), 'pods app=web in namespace default')
    >>> term.allows, term.reason, term.answer().value
    (False, 'has no app', 'denied')
    """

    policy: Resource
    path: Path
    peer: str
    ports: str
    allows: Truth
    reason: str
    allowed: PortSet
    possible: PortSet

    def answer(self, ports: PortSet | None = None) -> ReachAnswer:
        """Return whether the term allows all of some ports; without ports, whether it allows any.

        Arguments:
            ports: the ports; None for any port.

        Raises:
            TypeError: ``ports`` is not a `PortSet`.

        Complexity: O(1).
        """
        return _answer(self.allowed, self.possible, ports)


@dataclass(frozen=True, slots=True)
class ReachSide:
    """What the policies say about one side: egress of the source, or ingress of the destination.

    `Reach.egress` and `Reach.ingress` are sides.

    Attributes:
        direction: ``egress`` or ``ingress``.
        pod: the pod whose traffic it is.
        policies: the policies that select the pod for this direction. Without any, everything
            is allowed.
        terms: what the rules of these policies say of the other pod, and the rules of those
            that may select the pod.
        allowed: the ports that are allowed.
        possible: the ports that may be allowed; they include ``allowed``.
        notes: what is not judged or not known, a sentence without a full stop for each.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, pod_targets, reach
    >>> def obj(kind, name, version, **spec):
    ...     return {"kind": kind, "apiVersion": version, "metadata": {"name": name}, "spec": spec}
    >>> here = Inventory.of([
    ...     obj("Pod", "a", "v1"), obj("Pod", "b", "v1"),
    ...     obj("NetworkPolicy", "b", "networking.k8s.io/v1", podSelector={}, ingress=[])])
    >>> for side in reach(here, *pod_targets(here)).sides:
    ...     print(side.direction, side.pod, [policy.name for policy in side.policies], side.allowed)
    egress pod/a [] all ports
    ingress pod/b ['b'] no ports
    """

    direction: Direction
    pod: SelectorTarget
    policies: tuple[Resource, ...]
    terms: tuple[ReachTerm, ...]
    allowed: PortSet
    possible: PortSet
    notes: tuple[str, ...]

    def answer(self, ports: PortSet | None = None) -> ReachAnswer:
        """Return whether this side allows all of some ports; without ports, whether it allows any.

        Arguments:
            ports: the ports; None for any port.

        Raises:
            TypeError: ``ports`` is not a `PortSet`.

        Complexity: O(1).
        """
        return _answer(self.allowed, self.possible, ports)


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether one pod may talk to another: the result of `reach` and of `Reachability.reach`.

    Attributes:
        source: the pod that begins.
        destination: the pod that has the ports.
        egress: the side of the source.
        ingress: the side of the destination.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, PortSet, pod_targets, reach
    >>> pods = Inventory.of([
    ...     {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name}} for name in ("a", "b")])
    >>> found = reach(pods, *pod_targets(pods))
    >>> print(found.source, found.destination, found.allowed)
    pod/a pod/b all ports
    >>> found.answer(PortSet.of("TCP", 80, 80)).value
    'allowed'
    """

    source: SelectorTarget
    destination: SelectorTarget
    egress: ReachSide
    ingress: ReachSide

    @property
    def sides(self) -> tuple[ReachSide, ReachSide]:
        """Both sides, that of the source first. O(1); raises nothing."""
        return self.egress, self.ingress

    @property
    def allowed(self) -> PortSet:
        """The ports that both sides allow. O(1); raises nothing."""
        return self.egress.allowed & self.ingress.allowed

    @property
    def possible(self) -> PortSet:
        """The ports that both sides may allow; they include `Reach.allowed`.

        O(1); raises nothing.
        """
        return self.egress.possible & self.ingress.possible

    def answer(self, ports: PortSet | None = None) -> ReachAnswer:
        """Return whether all of some ports are allowed; without ports, whether any port is.

        It is denied if none of the ports can be allowed, whatever is not known. If only some of the
        ports are allowed, it is not known.

        Arguments:
            ports: the ports; None for any port.

        Raises:
            TypeError: ``ports`` is not a `PortSet`.

        Complexity: O(1).
        """
        return _answer(self.allowed, self.possible, ports)


def _answer(allowed: PortSet, possible: PortSet, ports: PortSet | None) -> ReachAnswer:
    if allowed if ports is None else ports <= allowed:
        return ReachAnswer.ALLOWED
    maybe = possible if ports is None else possible & ports
    return ReachAnswer.UNKNOWN if maybe else ReachAnswer.DENIED
