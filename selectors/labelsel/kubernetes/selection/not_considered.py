"""What a pod has that also decides where it runs in a cluster, and that no rule here judges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from labelsel.errors import Path
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import (
    CLAIM_TEMPLATES,
    PREFERRED,
    SPREAD_CONSTRAINTS,
)
from labelsel.kubernetes.model.paths import list_at, map_at, value_at
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.pod_terms import (
    DO_NOT_SCHEDULE,
    POD_AFFINITY,
    POD_ANTI_AFFINITY,
)

__all__ = ["list_not_considered"]

#: The lists of containers in the spec of a pod.
_CONTAINERS: Final = ("initContainers", "containers")
#: Volumes that exist where the pod runs, or are made there. All others may bind it to some nodes.
_ANYWHERE: Final = frozenset(
    {"name", "configMap", "downwardAPI", "emptyDir", "hostPath", "image", "projected", "secret"}
)
#: Fields of a pod that bind it to some nodes, or keep it from being scheduled, if they are there.
_FIELDS: Final = ("schedulingGates", "resourceClaims", "runtimeClassName", "os")
_DEFAULT_SCHEDULER: Final = "default-scheduler"


def list_not_considered(pod: Resource, spec: Path) -> list[str]:
    """Return what the pod has that also decides in a cluster; a phrase for each.

    ``spec`` is the path of the pod's spec, from `pod_spec`.

    Raises:
        ManifestError: a part of the spec is not a list or a map where it must be one.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> containers = [{"resources": {"requests": {"cpu": "1"}}, "ports": [{"hostPort": 80}]}]
    >>> pod = Resource("Pod", "v1", None, "a", {}, {}, {"spec": {"containers": containers}},
    ...     Source("a.yaml", 1, 1))
    >>> list_not_considered(pod, ("spec",))
    ['resources', 'host ports']
    """
    return list(_not_considered(pod, spec))


def _not_considered(pod: Resource, spec: Path) -> Iterator[str]:
    yield from (name for name in _FIELDS if value_at(pod, (*spec, name)))
    if (value_at(pod, (*spec, "schedulerName")) or _DEFAULT_SCHEDULER) != _DEFAULT_SCHEDULER:
        yield "schedulerName"
    for name in (POD_AFFINITY, POD_ANTI_AFFINITY):
        if map_at(pod, (*spec, "affinity", name)).get(PREFERRED):
            yield f"preferred {name}"
    constraints = list_at(pod, (*spec, SPREAD_CONSTRAINTS))
    if any(_get(each, "whenUnsatisfiable") != DO_NOT_SCHEDULE for each in constraints):
        yield "ScheduleAnyway of topologySpreadConstraints"
    containers = [each for name in _CONTAINERS for each in list_at(pod, (*spec, name))]
    if value_at(pod, (*spec, "resources")) or any(_get(each, "resources") for each in containers):
        yield "resources"
    if any(_has_host_port(each) for each in containers):
        yield "host ports"
    volumes = list_at(pod, (*spec, "volumes"))
    claims = pod.body.get("spec")
    if any(map(_may_bind, volumes)) or _get(claims, CLAIM_TEMPLATES):
        yield "volumes"


def _may_bind(volume: Data) -> bool:
    return not (isinstance(volume, dict) and volume.keys() <= _ANYWHERE)


def _has_host_port(container: Data) -> bool:
    ports = _get(container, "ports")
    return isinstance(ports, list) and any(_get(port, "hostPort") for port in ports)


def _get(value: Data, name: str) -> Data:
    return value.get(name) if isinstance(value, dict) else None
