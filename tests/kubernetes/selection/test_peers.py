"""The peers of NetworkPolicies: what they select, and where they look."""

from typing import Any

import pytest

from labelsel import parse
from labelsel.errors import ManifestError
from labelsel.kubernetes import NAMESPACE, POD, Inventory
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
    here = Inventory.of([policy({"namespaceSelector": BY_NAME}, {"ipBlock": {}}, {}), SHOP])
    (found,) = (each for one in here for each in read_policy_peers(one))
    select = KnownNamespaces(here).select
    assert found.pod_selector(select) is None
    pods, namespaces = found.object_selectors(select)
    assert (pods.path, pods.text, pods.target, pods.namespaces) == (
        found.path,
        "",
        POD,
        frozenset({"shop"}),
    )
    assert namespaces.path == (*found.path, "namespaceSelector")
    assert (namespaces.target, namespaces.namespaces) == (NAMESPACE, None)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"egress": [{"to": [{"podSelector": {"matchLabel": {}}}]}]},
            "spec.egress[0].to[0].podSelector.matchLabel",
        ),
        ({"egress": [{"to": [{"podSelectors": {}}]}]}, "did you mean podSelector?"),
        ({"egress": [{"to": [None]}]}, "spec.egress[0].to[0]: must be a map, not null"),
        ({"egress": [{"to": {}}]}, "spec.egress[0].to: must be a list, not a map"),
        ({"ingress": [{"to": []}]}, "spec.ingress[0].to: unknown field"),
        ({"ingress": ["all"]}, "spec.ingress[0]: must be a map, not a string"),
        ({"ingress": {}}, "spec.ingress: must be a list, not a map"),
    ],
)
def test_a_policy_that_cannot_be_read(spec: Any, message: str) -> None:
    """A part that is not understood is an error: a policy without it would say something else."""
    (bad,) = Inventory.of(policy() | {"spec": spec})
    with pytest.raises(ManifestError) as caught:
        list(read_policy_peers(bad))
    assert message in str(caught.value)
