"""Pods as NetworkPolicies see them: labels, the network that they are in, and named ports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from labelsel.errors import ManifestError, Path, list_words
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.paths import require_maps, value_at
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.affinity import pod_spec
from labelsel.kubernetes.selection.known_labels import KnownLabels, Truth
from labelsel.kubernetes.selection.kustomize_changes import ITEM
from labelsel.kubernetes.selection.open_parts import OpenParts
from labelsel.kubernetes.selection.port_fields import read_port_number, read_protocol
from labelsel.kubernetes.selection.port_set import PortSet
from labelsel.kubernetes.selection.run_time_labels import is_added_key, is_run_time_key
from labelsel.kubernetes.selection.selector_targets import MONITOR_GROUP, SelectorTarget
from labelsel.placeholders import CERTAIN_PLACEHOLDER

__all__ = ["ContainerPort", "PolicyPod", "added_keys", "read_policy_pod"]

#: What the ports with a name come from, below the spec of a pod.
_PORTS: Final = tuple((field, ITEM, "ports") for field in ("containers", "initContainers"))


@dataclass(frozen=True, slots=True)
class ContainerPort:
    """A port that a container of a pod names.

    Attributes:
        name: its name.
        protocol: TCP, UDP or SCTP.
        ports: the port, as a set.
    """

    name: str
    protocol: str
    ports: PortSet


@dataclass(frozen=True, slots=True)
class PolicyPod:
    """A pod, or the pods of a template, as NetworkPolicies see them.

    Attributes:
        target: the pod.
        labels: its labels. The pods of a template get more of them when they run.
        host_network: whether it is in the network of its node; None if that is not known: the
            value is neither true nor false.
        named_ports: the ports with a name; None where its containers are not known.
    """

    target: SelectorTarget
    labels: KnownLabels
    host_network: Truth
    named_ports: tuple[ContainerPort, ...] | None

    def find_ports(self, name: str, protocol: str) -> PortSet:
        """Return the ports that have a name; none if no container, or nobody knows, has it."""
        found = PortSet()
        for each in self.named_ports or ():
            if (each.name, each.protocol) == (name, protocol):
                found |= each.ports
        return found

    def sure_port(self, name: str, protocol: str) -> PortSet:
        """Return the port that has a name for sure: none if several have it.

        Containers may use one name for different ports, and networks differ in which one counts.
        """
        found = self.find_ports(name, protocol)
        numbers = [(each.first, each.last) for each in found.ranges()]
        return found if len(numbers) == 1 and numbers[0][0] == numbers[0][1] else PortSet()

    def describe_missing_port(self, port: str) -> str:
        """Return the sentence about a port that no container names, with those that they name.

        Arguments:
            port: the protocol and the name of the port: ``TCP http``.
        """
        if self.named_ports is None:
            return f"the ports of {self.target} are not known"
        have, their = ("have", "their") if self.target.from_template else ("has", "its")
        names = [f"{each.name} ({each.ports})" for each in self.named_ports]
        others = f"; {their} containers name {list_words(names, 'and')}" if names else ""
        return f"{self.target} {have} no port {port}{others}"


def read_policy_pod(
    target: SelectorTarget,
    *,
    on_error: Callable[[ManifestError], None] | None = None,
    parts: OpenParts | None = None,
) -> PolicyPod:
    """Return a pod as NetworkPolicies see it.

    1. The pods of a template get labels when they run: of those that `is_run_time_key` names,
       and the template does not have, nobody knows the value. Of any pod that is not read from a
       cluster the same holds for those that `is_added_key` names.
    2. Named ports are those of containers, and of init containers that go on running
       (``restartPolicy: Always``).
    3. What the Prometheus operator makes of its objects has containers that no input has.
    4. A name that is a placeholder may be any name: then nobody knows the ports with a name.
    5. Of labels that are placeholders, or that kustomize sets, nobody knows the value. If a patch
       may change the ports, nobody knows those with a name.

    Arguments:
        target: the pod, or the pods of a template.
        on_error: called if the containers or their ports cannot be read, which then are not
            known. Without it the error is raised.
        parts: what is not known of the objects of the input; without it what the pod shows.

    Raises:
        ManifestError: the spec of the pod is not a map; or see ``on_error``.

    >>> from labelsel.kubernetes.selection.selector_targets import selector_target
    >>> from labelsel.kubernetes.model.resource import Source
    >>> containers = [{"name": "web", "ports": [{"name": "http", "containerPort": 8080}]}]
    >>> pod = Resource("Pod", "v1", None, "web", {}, {}, {"spec": {"containers": containers}},
    ...     Source("a.yaml", 1, 1))
    >>> str(read_policy_pod(selector_target(pod)).find_ports("http", "TCP"))
    'TCP 8080'
    """
    origin = target.origin
    parts = parts or OpenParts()
    labels = parts.pod_labels(target).labels(added_keys(target))
    if origin.group == MONITOR_GROUP:
        host_network = _read_host_network(origin, ("spec",))
        return PolicyPod(target, labels, host_network, None)
    spec = pod_spec(origin)
    host_network = _read_host_network(origin, spec)
    if any(parts.changes(origin).may_patch((*spec, *path)) for path in _PORTS):
        return PolicyPod(target, labels, host_network, None)
    try:
        ports = tuple(_named_ports(origin, spec))
    except ManifestError as error:
        if on_error is None:
            raise
        on_error(error)
        return PolicyPod(target, labels, host_network, None)
    if any(CERTAIN_PLACEHOLDER.search(each.name) for each in ports):
        return PolicyPod(target, labels, host_network, None)
    return PolicyPod(target, labels, host_network, ports)


def added_keys(target: SelectorTarget) -> Callable[[str], bool] | None:
    """Return what says whether a pod may get a label of a key; None if it has all of its labels.

    A pod that was read from a cluster, and has its node there, has them all.
    """
    if target.from_template:
        return lambda key: is_run_time_key(key) or is_added_key(key)
    match target.origin.body:
        case {"metadata": {"uid": str()}, "spec": {"nodeName": str()}}:
            return None
        case _:
            return is_added_key


def _read_host_network(origin: Resource, spec: Path) -> Truth:
    value = value_at(origin, (*spec, "hostNetwork"))
    return value if isinstance(value, bool) else (False if value is None else None)


def _named_ports(pod: Resource, spec: Path) -> Iterator[ContainerPort]:
    for field in ("containers", "initContainers"):
        path = (*spec, field)
        for container_path, container in require_maps(pod, path, value_at(pod, path)):
            if field == "containers" or container.get("restartPolicy") == "Always":
                ports = require_maps(pod, (*container_path, "ports"), container.get("ports"))
                yield from (_read_port(pod, *port) for port in ports if port[1].get("name"))


def _read_port(pod: Resource, path: Path, item: dict[str, Data]) -> ContainerPort:
    number = read_port_number(pod, (*path, "containerPort"), item.get("containerPort"))
    protocol = read_protocol(pod, (*path, "protocol"), item.get("protocol"))
    return ContainerPort(str(item["name"]), protocol, PortSet.of(protocol, number, number))
