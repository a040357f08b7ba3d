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
    """Whether traffic is allowed; the value is the answer in words."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class ReachTerm:
    """One peer in a rule of a policy, or a rule without peers, and what it says of the other pod.

    Attributes:
        policy: the policy.
        path: the path of the peer, or of the rule.
        peer: whom it allows, in words: ``pods app=web in namespace shop``.
        ports: to which ports, in words: ``TCP http (8080)``.
        allows: whether it allows the other pod; None where that is not known.
        reason: why it does not, or why that is not known; empty if it does.
        allowed: the ports that it allows the other pod.
        possible: the ports that it may allow the other pod; they include ``allowed``.
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
        """Return whether the term allows some ports; without ports, whether it allows any."""
        return _answer(self.allowed, self.possible, ports)


@dataclass(frozen=True, slots=True)
class ReachSide:
    """What the policies say about one side: egress of the source, or ingress of the destination.

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
    """

    direction: Direction
    pod: SelectorTarget
    policies: tuple[Resource, ...]
    terms: tuple[ReachTerm, ...]
    allowed: PortSet
    possible: PortSet
    notes: tuple[str, ...]

    def answer(self, ports: PortSet | None = None) -> ReachAnswer:
        """Return whether this side allows some ports; without ports, whether it allows any."""
        return _answer(self.allowed, self.possible, ports)


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether one pod may talk to another.

    Attributes:
        source: the pod that begins.
        destination: the pod that has the ports.
        egress: the side of the source.
        ingress: the side of the destination.
    """

    source: SelectorTarget
    destination: SelectorTarget
    egress: ReachSide
    ingress: ReachSide

    @property
    def sides(self) -> tuple[ReachSide, ReachSide]:
        """Both sides, that of the source first."""
        return self.egress, self.ingress

    @property
    def allowed(self) -> PortSet:
        """The ports that both sides allow."""
        return self.egress.allowed & self.ingress.allowed

    @property
    def possible(self) -> PortSet:
        """The ports that both sides may allow; they include `allowed`."""
        return self.egress.possible & self.ingress.possible

    def answer(self, ports: PortSet | None = None) -> ReachAnswer:
        """Return whether all of some ports are allowed; without ports, whether any port is.

        It is denied if none of the ports can be allowed, whatever is not known.
        """
        return _answer(self.allowed, self.possible, ports)


def _answer(allowed: PortSet, possible: PortSet, ports: PortSet | None) -> ReachAnswer:
    if allowed if ports is None else ports <= allowed:
        return ReachAnswer.ALLOWED
    maybe = possible if ports is None else possible & ports
    return ReachAnswer.UNKNOWN if maybe else ReachAnswer.DENIED
