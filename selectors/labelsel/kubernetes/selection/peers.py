"""The peers in the rules of a NetworkPolicy: whom its pods may talk to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from labelsel.errors import Path, Problem, describe
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.kinds import NAMESPACE, Kind
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.paths import check_fields, selector_at, value_at
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.object_selectors import (
    ObjectSelector,
    SelectNamespaces,
)
from labelsel.kubernetes.selection.selector_targets import POD
from labelsel.objects import from_label_selector
from labelsel.selector import Everything, Selector

__all__ = ["PolicyPeer", "has_policy_peers", "read_peer_selector", "read_policy_peers"]

_KINDS: Final = frozenset(
    Kind("NetworkPolicy", group) for group in ("networking.k8s.io", "extensions")
)
#: The lists of rules, each with the list of peers in a rule.
_PEERS: Final = (("ingress", "from"), ("egress", "to"))
_PEER_FIELDS: Final = ("podSelector", "namespaceSelector", "ipBlock")


@dataclass(frozen=True, slots=True)
class PolicyPeer:
    """One peer in a rule of a NetworkPolicy that selects pods, namespaces or both.

    Attributes:
        owner: the NetworkPolicy.
        path: the path of the peer.
        pods: the selector of pods; None if there is none, which selects all pods.
        namespaces: the selector of namespaces; None for that of the policy.
    """

    owner: Resource
    path: Path
    pods: Selector | None
    namespaces: Selector | None

    def __str__(self) -> str:
        """Return whom it is about: ``pods app=web in namespace shop``."""
        everyone = self.pods is None or isinstance(self.pods, Everything)
        pods = "all pods" if everyone else f"pods {self.pods}"
        if self.namespaces is None:
            return f"{pods} in namespace {namespace_of(self.owner)}"
        if isinstance(self.namespaces, Everything):
            return f"{pods} in all namespaces"
        return f"{pods} in namespaces {self.namespaces}"

    def object_selectors(self, select_namespaces: SelectNamespaces) -> Iterator[ObjectSelector]:
        """Yield the selector of pods, and the selector of namespaces if there is one.

        A peer without a selector of pods selects all pods in the namespaces: its path is that
        of the peer.
        """
        inside = self._namespaces(select_namespaces)
        pods = self.pod_selector(select_namespaces)
        yield pods or ObjectSelector(self.owner, self.path, Everything(), POD, inside)
        if self.namespaces is not None:
            path = (*self.path, "namespaceSelector")
            yield ObjectSelector(self.owner, path, self.namespaces, NAMESPACE, None)

    def pod_selector(self, select_namespaces: SelectNamespaces) -> ObjectSelector | None:
        """Return the selector of pods, with the namespaces of the input that it looks in.

        ``select_namespaces`` returns those that a selector selects: ``KnownNamespaces.select``.
        """
        if self.pods is None:
            return None
        inside = self._namespaces(select_namespaces)
        return ObjectSelector(self.owner, (*self.path, "podSelector"), self.pods, POD, inside)

    def _namespaces(self, select_namespaces: SelectNamespaces) -> frozenset[str] | None:
        own = frozenset((namespace_of(self.owner),))
        return own if self.namespaces is None else select_namespaces(self.namespaces)


def has_policy_peers(resource: Resource) -> bool:
    """Whether an object is a NetworkPolicy.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> has_policy_peers(Resource("Pod", "v1", None, "a", {}, {}, {}, Source("a.yaml", 1, 1)))
    False
    """
    return resource.group_kind in _KINDS


def read_policy_peers(resource: Resource) -> Iterator[PolicyPeer]:
    """Yield the peers of a NetworkPolicy that have a selector; none for other kinds.

    Raises:
        ManifestError: a selector of a peer is not a LabelSelector, or a peer has a field that
            is not known.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> spec = {"ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}]}
    >>> wall = Resource("NetworkPolicy", "networking.k8s.io/v1", "shop", "wall", {}, {},
    ...     {"spec": spec}, Source("a.yaml", 1, 1))
    >>> [(peer.path, str(peer.pods), peer.namespaces) for peer in read_policy_peers(wall)]
    [(('spec', 'ingress', 0, 'from', 0), 'app=web', None)]
    """
    if not has_policy_peers(resource):
        return
    for rules, peers in _PEERS:
        for path, rule in _items(resource, ("spec", rules), value_at(resource, ("spec", rules))):
            check_fields(resource, path, rule, (peers, "ports"))
            for peer_path, peer in _items(resource, (*path, peers), rule.get(peers)):
                check_fields(resource, peer_path, peer, _PEER_FIELDS)
                pods = read_peer_selector(resource, peer_path, peer, "podSelector")
                namespaces = read_peer_selector(resource, peer_path, peer, "namespaceSelector")
                if pods is not None or namespaces is not None:
                    yield PolicyPeer(resource, peer_path, pods, namespaces)


def _items(resource: Resource, path: Path, value: Data) -> Iterator[tuple[Path, Any]]:
    """Yield the items of the list at a path, each with its path."""
    if value is not None and not isinstance(value, list):
        raise resource.fault(Problem(path, f"must be a list, not {describe(value)}", value))
    yield from (((*path, number), item) for number, item in enumerate(value or ()))


def read_peer_selector(resource: Resource, path: Path, peer: object, name: str) -> Selector | None:
    """Return the selector of pods or of namespaces of a peer; None if it has none.

    Arguments:
        resource: the NetworkPolicy.
        path: the path of the peer.
        peer: its value.
        name: the field, ``podSelector`` or ``namespaceSelector``.

    Raises:
        ManifestError: it is not a LabelSelector.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> wall = Resource("NetworkPolicy", "v1", None, "wall", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> peer = {"podSelector": {"matchLabels": {"a": "b"}}}
    >>> str(read_peer_selector(wall, (), peer, "podSelector"))
    'a=b'
    """
    value = peer.get(name) if isinstance(peer, dict) else None
    if value is None:
        return None
    return selector_at(resource, (*path, name), from_label_selector, value)
