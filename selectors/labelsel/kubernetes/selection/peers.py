"""The peers in the rules of a NetworkPolicy: whom its pods may talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from labelsel.errors import Path
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.paths import selector_at
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.object_selectors import ObjectSelector
from labelsel.kubernetes.selection.selector_targets import POD
from labelsel.objects import from_label_selector
from labelsel.selector import Everything, Selector

__all__ = ["PolicyPeer", "read_peer_selector", "read_policy_peers"]

_KINDS: Final = frozenset(
    Kind("NetworkPolicy", group) for group in ("networking.k8s.io", "extensions")
)
#: The lists of rules, each with the list of peers in a rule.
_PEERS: Final = (("ingress", "from"), ("egress", "to"))


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

    def pod_selector(
        self, select_namespaces: Callable[[Selector], frozenset[str] | None]
    ) -> ObjectSelector | None:
        """Return the selector of pods, with the namespaces of the input that it looks in.

        ``select_namespaces`` returns those that a selector selects: ``KnownNamespaces.select``.
        """
        if self.pods is None:
            return None
        own = frozenset((namespace_of(self.owner),))
        inside = own if self.namespaces is None else select_namespaces(self.namespaces)
        return ObjectSelector(self.owner, (*self.path, "podSelector"), self.pods, POD, inside)


def read_policy_peers(resource: Resource) -> Iterator[PolicyPeer]:
    """Yield the peers of a NetworkPolicy that have a selector; none for other kinds.

    Parts that are not lists or maps are left out.

    Raises:
        ManifestError: a selector of a peer is not a LabelSelector.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> spec = {"ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}]}
    >>> wall = Resource("NetworkPolicy", "networking.k8s.io/v1", "shop", "wall", {}, {},
    ...     {"spec": spec}, Source("a.yaml", 1, 1))
    >>> [(peer.path, str(peer.pods), peer.namespaces) for peer in read_policy_peers(wall)]
    [(('spec', 'ingress', 0, 'from', 0), 'app=web', None)]
    """
    if resource.group_kind not in _KINDS:
        return
    spec = resource.body.get("spec")
    for rules, peers in _PEERS:
        for number, rule in _items(spec, rules):
            for position, peer in _items(rule, peers):
                path = ("spec", rules, number, peers, position)
                pods = read_peer_selector(resource, path, peer, "podSelector")
                namespaces = read_peer_selector(resource, path, peer, "namespaceSelector")
                if pods is not None or namespaces is not None:
                    yield PolicyPeer(resource, path, pods, namespaces)


def _items(parent: object, name: str) -> Iterator[tuple[int, object]]:
    """Yield the items of a list in a map, each with its position."""
    items = parent.get(name) if isinstance(parent, dict) else None
    yield from enumerate(items if isinstance(items, list) else ())


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
