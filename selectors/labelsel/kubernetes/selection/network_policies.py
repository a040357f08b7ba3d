"""The rules of NetworkPolicies: which traffic of which pods they allow.

Reading is strict: a field that is not known is an error, and so is a rule that the API server
would refuse. A rule that is skipped would allow too little, a field that is skipped too much.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final, Literal, TypeAlias

from labelsel.errors import (
    Path,
    Problem,
    show_value,
)
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import METADATA_FIELDS
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.paths import (
    check_fields,
    list_at,
    map_at,
    require_list,
    require_maps,
    value_at,
)
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.object_selectors import read_object_selector
from labelsel.kubernetes.selection.peers import PolicyPeer, read_peer_selector
from labelsel.kubernetes.selection.port_fields import (
    check_one_of,
    read_port_number,
    read_protocol,
)
from labelsel.kubernetes.selection.port_set import PortSet
from labelsel.labels import annotation_problems, label_problems, name_problems
from labelsel.placeholders import CERTAIN_PLACEHOLDER
from labelsel.selector import Everything, Selector

__all__ = [
    "NETWORK_POLICIES",
    "Direction",
    "IpRange",
    "NetworkPolicy",
    "PolicyPort",
    "PolicyRule",
    "read_network_policy",
]

Direction: TypeAlias = Literal["egress", "ingress"]
"""Which traffic of a pod: what the pod begins, or what others begin."""

NETWORK_POLICIES: Final = frozenset(
    Kind("NetworkPolicy", group) for group in ("networking.k8s.io", "extensions")
)
"""The kind NetworkPolicy, in the group of today and in the first one."""

_VERSION: Final = "networking.k8s.io/v1"
#: The fields of the object. An API server refuses a typo in one or ignores it: the policy would
#: select all pods. So it is with those of metadata: the policy would be in another namespace.
_FIELDS: Final = ("apiVersion", "kind", "metadata", "spec", "status")
_RANGE: Final = re.compile(r"[0-9A-Fa-f.:]+/[0-9]{1,3}")
_Network: TypeAlias = IPv4Network | IPv6Network

_PORT_NAME: Final = re.compile(r"(?!-)(?!.*--)[a-z0-9-]{1,15}(?<!-)")

#: For each direction its name in ``policyTypes``, and the field with the peers of a rule.
_TYPES: Final[dict[Direction, str]] = {"egress": "Egress", "ingress": "Ingress"}
_PEERS: Final[dict[Direction, str]] = {"egress": "to", "ingress": "from"}


@dataclass(frozen=True, slots=True)
class IpRange:
    """A peer that is a range of addresses.

    Attributes:
        path: the path of the peer.
        cidr: the range.
        exceptions: the ranges inside it that are not meant.

    >>> print(IpRange((), "10.0.0.0/8", ("10.1.0.0/16",)))
    CIDR 10.0.0.0/8 except 10.1.0.0/16
    """

    path: Path
    cidr: str
    exceptions: tuple[str, ...] = ()

    def __str__(self) -> str:
        without = f" except {', '.join(self.exceptions)}" if self.exceptions else ""
        return f"CIDR {self.cidr}{without}"


@dataclass(frozen=True, slots=True)
class PolicyPort:
    """The ports that an item of ``ports`` names.

    Attributes:
        protocol: TCP, UDP or SCTP.
        name: the name of a port of the destination's containers; None for numbers.
        ports: the numbers; for a name all ports of the protocol, one of which it may be.

    >>> print(PolicyPort("TCP", "http", PortSet.of("TCP")), PolicyPort("UDP", None,
    ...     PortSet.of("UDP", 53, 53)))
    TCP http UDP 53
    """

    protocol: str
    name: str | None
    ports: PortSet

    def __str__(self) -> str:
        return str(self.ports) if self.name is None else f"{self.protocol} {self.name}"


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """A rule: traffic with one of the peers, to one of the ports, is allowed.

    Attributes:
        path: its path in the policy.
        peers: the peers; none for everybody.
        ports: the ports; none for all ports.
    """

    path: Path
    peers: tuple[PolicyPeer | IpRange, ...]
    ports: tuple[PolicyPort, ...]


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """What a NetworkPolicy says.

    Attributes:
        owner: the object.
        pods: the selector of the pods that it is about, in its own namespace.
        rules: the rules of each direction that it is about; without rules nothing is allowed.
    """

    owner: Resource
    pods: Selector
    rules: dict[Direction, tuple[PolicyRule, ...]]


def read_network_policy(resource: Resource) -> NetworkPolicy:
    """Return what a NetworkPolicy says, by the rules of networking.k8s.io/v1.

    1. An empty or missing ``podSelector`` selects all pods of the policy's namespace.
    2. Without ``policyTypes`` the policy is about ingress, and about egress if it has rules of
       egress. An empty list ``egress: []`` has none.
    3. Rules of a direction that ``policyTypes`` does not name mean nothing.
    4. What the API server refuses is an error: another version, an illegal name, label or
       annotation, a field that is not known. A placeholder in them decides nothing.

    Raises:
        ManifestError: a part is not as it must be, or is a field that is not known.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> spec = {"podSelector": {}, "egress": [{"ports": [{"port": 53, "protocol": "UDP"}]}]}
    >>> dns = Resource("NetworkPolicy", "networking.k8s.io/v1", "shop", "dns", {}, {},
    ...     {"spec": spec}, Source("a.yaml", 1, 1))
    >>> policy = read_network_policy(dns)
    >>> policy.rules["ingress"], [str(port) for port in policy.rules["egress"][0].ports]
    ((), ['UDP 53'])
    """
    _check_object(resource)
    fields = ("podSelector", "policyTypes", *_PEERS)
    check_fields(resource, ("spec",), map_at(resource, ("spec",)), fields)
    selected = read_object_selector(resource)
    pods = Everything() if selected is None else selected.selector
    rules = {direction: _read_rules(resource, direction) for direction in _PEERS}
    types = list_at(resource, ("spec", "policyTypes"))
    if len(types) > len(_TYPES):
        problem = f"must have at most {len(_TYPES)} items, not {len(types)}"
        raise resource.fault(Problem(("spec", "policyTypes"), problem, types))
    for number, each in enumerate(types):
        check_one_of(resource, ("spec", "policyTypes", number), each, tuple(_TYPES.values()))
    if not types:
        types = [_TYPES["ingress"], *[_TYPES["egress"]] * bool(rules["egress"])]
    about = [direction for direction in rules if _TYPES[direction] in types]
    return NetworkPolicy(resource, pods, {direction: rules[direction] for direction in about})


def _check_object(resource: Resource) -> None:
    """Check what every object has: the version, the name, labels and annotations, the fields."""
    if resource.api_version != _VERSION:
        problem = f"must be {_VERSION}, not {show_value(resource.api_version)}"
        raise resource.fault(Problem(("apiVersion",), problem, resource.api_version))
    check_fields(resource, (), resource.body, _FIELDS)
    metadata = map_at(resource, ("metadata",))
    check_fields(resource, ("metadata",), metadata, METADATA_FIELDS)
    # The API server adds letters to a generateName.
    field, more = ("name", "") if metadata.get("name") else ("generateName", "a")
    problems = [
        Problem((field,), problem, resource.name)
        for problem in name_problems(f"{resource.name}{more}")
    ]
    for field, found in (
        ("labels", label_problems(resource.labels)),
        ("annotations", annotation_problems(resource.annotations)),
    ):
        problems += [each._replace(path=(field, *each.path)) for each in found]
    for each in problems:
        texts = [*each.path, each.value]
        if not any(CERTAIN_PLACEHOLDER.search(text) for text in texts if isinstance(text, str)):
            raise resource.fault(each._replace(path=("metadata", *each.path)))


def _read_rules(resource: Resource, direction: Direction) -> tuple[PolicyRule, ...]:
    path, peers = ("spec", direction), _PEERS[direction]
    rules = require_maps(resource, path, value_at(resource, path))
    return tuple(_read_rule(resource, rule_path, rule, peers) for rule_path, rule in rules)


def _read_rule(resource: Resource, path: Path, rule: dict[str, Data], peers: str) -> PolicyRule:
    check_fields(resource, path, rule, (peers, "ports"))
    peer_items = require_maps(resource, (*path, peers), rule.get(peers))
    port_items = require_maps(resource, (*path, "ports"), rule.get("ports"))
    return PolicyRule(
        path,
        tuple(_read_peer(resource, *item) for item in peer_items),
        tuple(_read_port(resource, *item) for item in port_items),
    )


def _read_peer(resource: Resource, path: Path, peer: dict[str, Data]) -> PolicyPeer | IpRange:
    check_fields(resource, path, peer, ("podSelector", "namespaceSelector", "ipBlock"))
    pods = read_peer_selector(resource, path, peer, "podSelector")
    namespaces = read_peer_selector(resource, path, peer, "namespaceSelector")
    block = peer.get("ipBlock")
    if block is None:
        if pods is None and namespaces is None:
            problem = "must have a podSelector, a namespaceSelector or an ipBlock"
            raise resource.fault(Problem(path, problem, peer))
        return PolicyPeer(resource, path, pods, namespaces)
    if pods is not None or namespaces is not None:
        problem = "an ipBlock must be a peer of its own, without selectors beside it"
        raise resource.fault(Problem((*path, "ipBlock"), problem, block))
    return _read_block(resource, path, block)


def _read_block(resource: Resource, peer: Path, block: Data) -> IpRange:
    path = (*peer, "ipBlock")
    check_fields(resource, path, block, ("cidr", "except"))
    exceptions = require_list(resource, (*path, "except"), block.get("except"))
    whole = _read_range(resource, (*path, "cidr"), block.get("cidr"))
    for number, each in enumerate(exceptions):
        part = _read_range(resource, (*path, "except", number), each)
        if part.version != whole.version or part == whole or not _is_inside(part, whole):
            problem = f"must be inside {block['cidr']}, and smaller; this is {show_value(each)}"
            raise resource.fault(Problem((*path, "except", number), problem, each))
    return IpRange(peer, block["cidr"], tuple(exceptions))


def _is_inside(part: _Network, whole: _Network) -> bool:
    first, last = part.network_address, part.broadcast_address
    return first in whole and last in whole


def _read_range(resource: Resource, path: Path, value: Data) -> _Network:
    # The module knows netmasks and zones, too, which the API server refuses.
    if isinstance(value, str) and _RANGE.fullmatch(value):
        with suppress(ValueError):
            return ip_network(value, strict=False)
    problem = f"must be a range of addresses such as 10.0.0.0/8, not {show_value(value)}"
    raise resource.fault(Problem(path, problem, value))


def _read_port(resource: Resource, path: Path, item: dict[str, Data]) -> PolicyPort:
    check_fields(resource, path, item, ("port", "endPort", "protocol"))
    protocol = read_protocol(resource, (*path, "protocol"), item.get("protocol"))
    port, end = item.get("port"), item.get("endPort")
    if port is None or isinstance(port, str):
        _check_name(resource, path, port, end)
        return PolicyPort(protocol, port, PortSet.of(protocol))
    first = last = read_port_number(resource, (*path, "port"), port)
    if end is not None:
        last = read_port_number(resource, (*path, "endPort"), end, least=first)
    return PolicyPort(protocol, None, PortSet.of(protocol, first, last))


def _check_name(resource: Resource, path: Path, name: str | None, end: Data) -> None:
    if end is not None:
        problem = "must stand beside a port that is a number"
        raise resource.fault(Problem((*path, "endPort"), problem, end))
    if name is not None and not any(map(str.isalpha, name)):
        problem = f"a number is written without quotes, and a name has a letter: {show_value(name)}"
        raise resource.fault(Problem((*path, "port"), problem, name))
    if name is not None and _PORT_NAME.fullmatch(name) is None:
        problem = f"must be the name of a port, such as http, not {show_value(name)}"
        raise resource.fault(Problem((*path, "port"), problem, name))
