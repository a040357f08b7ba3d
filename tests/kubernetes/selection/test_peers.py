"""The peers of NetworkPolicies: what they select, and where they look."""

from typing import Any

import pytest

from labelsel import parse
from labelsel.errors import ManifestError
from labelsel.kubernetes import Inventory
from labelsel.kubernetes.selection.known_namespaces import KnownNamespaces
from labelsel.kubernetes.selection.peers import read_policy_peers

SHOP: dict[str, Any] = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "shop"}}
WEB = {"matchLabels": {"app": "web"}}
BY_NAME = {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}


def policy(*peers: Any) -> dict[str, Any]:
    metadata = {"name": "wall", "namespace": "blog"}
    spec = {"egress": [{"to": list(peers)}], "ingress": None}
    return {"kind": "NetworkPolicy", "apiVersion": "networking.k8s.io/v1", "metadata": metadata,
            "spec": spec}  # fmt: skip


@pytest.mark.parametrize(
    ("peer", "inside"),
    [
        ({"podSelector": WEB}, {"blog"}),
        ({"podSelector": WEB, "namespaceSelector": None}, {"blog"}),
        ({"podSelector": WEB, "namespaceSelector": {}}, None),
        ({"podSelector": WEB, "namespaceSelector": BY_NAME}, {"shop"}),
        ({"podSelector": WEB, "namespaceSelector": WEB}, set()),
    ],
)
def test_where_a_peer_looks(peer: Any, inside: set[str] | None) -> None:
    """In its own namespace without a namespace selector; in all with an empty one."""
    here = Inventory.of([SHOP, policy(peer)])
    (found,) = (each for one in here for each in read_policy_peers(one))
    selector = found.pod_selector(KnownNamespaces(here).select)
    assert selector is not None
    assert selector.selector == parse("app=web")
    assert selector.path == ("spec", "egress", 0, "to", 0, "podSelector")
    assert selector.namespaces == (None if inside is None else frozenset(inside))


def test_peers_without_pods() -> None:
    """A peer of namespaces alone has no selector of pods; blocks of addresses are no peers here."""
    here = Inventory.of([policy({"namespaceSelector": {}}, {"ipBlock": {}}, None, 3)])
    (found,) = (each for one in here for each in read_policy_peers(one))
    assert found.pod_selector(KnownNamespaces(here).select) is None


def test_a_peer_that_cannot_be_read() -> None:
    (bad,) = Inventory.of(policy({"podSelector": {"matchLabel": {}}}))
    with pytest.raises(ManifestError, match=r"egress\[0\]\.to\[0\]\.podSelector\.matchLabel"):
        list(read_policy_peers(bad))
