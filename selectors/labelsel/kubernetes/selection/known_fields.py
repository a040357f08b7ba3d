"""The fields that pods and nodes have, and which field of one nobody knows.

A field with another spelling, or a placeholder for one, may be what decides: ``NodeName``,
``${REST}``. The API server refuses it, and whoever corrects it may write anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from labelsel.errors import ManifestError, Path, Problem, describe
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.kinds import NODE, is_namespaced
from labelsel.kubernetes.model.misspelled_keys import OBJECT_META
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.selector_targets import POD
from labelsel.objects import find_nearest_field
from labelsel.placeholders import CERTAIN_PLACEHOLDER

__all__ = ["find_unknown_field", "find_unknown_own_field", "find_unknown_spec_field"]

_OBJECT: Final = frozenset({"apiVersion", "kind", "metadata", "spec", "status"})
_TEMPLATE: Final = frozenset({"metadata", "spec"})
#: The fields of a pod's spec in Kubernetes 1.36, and those that earlier versions had.
_POD_SPEC: Final = frozenset(
    {
        *("activeDeadlineSeconds", "affinity", "automountServiceAccountToken", "containers"),
        *("dnsConfig", "dnsPolicy", "enableServiceLinks", "ephemeralContainers", "hostAliases"),
        *("hostIPC", "hostNetwork", "hostPID", "hostUsers", "hostname", "hostnameOverride"),
        *("imagePullSecrets", "initContainers", "nodeName", "nodeSelector", "os", "overhead"),
        *("preemptionPolicy", "priority", "priorityClassName", "readinessGates"),
        *("resourceClaims", "resources", "restartPolicy", "runtimeClassName", "schedulerName"),
        *("schedulingGates", "schedulingGroup", "securityContext", "serviceAccount"),
        *("serviceAccountName", "setHostnameAsFQDN", "shareProcessNamespace", "subdomain"),
        *("terminationGracePeriodSeconds", "tolerations", "topologySpreadConstraints"),
        *("volumes", "workloadRef"),
    }
)
_NODE_SPEC: Final = frozenset(
    {
        *("configSource", "externalID", "podCIDR", "podCIDRs", "providerID", "taints"),
        *("unschedulable",),
    }
)
#: The fields of a pod that decide about its nodes. A custom kind may add others to its template.
_DECISIVE: Final = frozenset(
    {
        *("affinity", "hostNetwork", "nodeName", "nodeSelector", "tolerations"),
        *("topologySpreadConstraints",),
    }
)


def find_unknown_field(resource: Resource, spec: Path = ("spec",)) -> ManifestError | None:
    """Return the error about the first field that a node, a pod or a workload does not have.

    The object itself, its metadata, its pod template and the spec of its pods are searched. What
    must be a map and is none is an error, too. A custom kind may have fields of its own: there
    only one that is near to a field that decides counts, and a placeholder.

    Arguments:
        resource: a node, a pod or a workload.
        spec: the path of the pod's spec.

    Complexity: O(number of fields of these maps).

    >>> from labelsel.kubernetes.model.resource import Source
    >>> body = {"kind": "Pod", "spec": {"NodeName": "n1"}}
    >>> pod = Resource("Pod", "v1", None, "a", {}, {}, body, Source("a.yaml", 1, 1))
    >>> print(find_unknown_field(pod))
    a.yaml, document 1 (line 1): Pod/a: spec.NodeName: unknown field; did you mean nodeName?
    """
    return find_unknown_own_field(resource, spec) or find_unknown_spec_field(resource, spec)


def find_unknown_spec_field(resource: Resource, spec: Path = ("spec",)) -> ManifestError | None:
    """Return the error about the first field that the spec of a node or a pod does not have.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> body = {"kind": "Node", "spec": {"taint": []}}
    >>> node = Resource("Node", "v1", None, "n1", {}, {}, body, Source("a.yaml", 1, 1))
    >>> print(find_unknown_spec_field(node))
    a.yaml, document 1 (line 1): Node/n1: spec.taint: unknown field; did you mean taints?
    """
    known = _NODE_SPEC if resource.group_kind == NODE else _POD_SPEC
    return _first_fault(resource, spec, known)


def find_unknown_own_field(resource: Resource, spec: Path = ("spec",)) -> ManifestError | None:
    """Return the error about the first field of an object, outside of the spec of its pods.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> body = {"kind": "Pod", "metadata": {"name": "a", "Namespace": "b"}}
    >>> pod = Resource("Pod", "v1", None, "a", {}, {}, body, Source("a.yaml", 1, 1))
    >>> print(find_unknown_own_field(pod))
    a.yaml, document 1 (line 1): Pod/a: metadata.Namespace: unknown field; did you mean namespace?
    """
    faults = (_first_fault(resource, path, known) for path, known in _levels(resource, spec))
    return next((fault for fault in faults if fault is not None), None)


def _levels(resource: Resource, spec: Path) -> Iterator[tuple[Path, frozenset[str]]]:
    """Yield the paths of the maps around the spec, each with its known fields."""
    if resource.group_kind in {POD, NODE}:
        yield (), _OBJECT
    yield ("metadata",), OBJECT_META
    if len(spec) > 1:
        yield spec[:-1], _TEMPLATE
        yield (*spec[:-1], "metadata"), OBJECT_META


def _first_fault(resource: Resource, path: Path, known: frozenset[str]) -> ManifestError | None:
    value: Data = resource.body
    for step in path:
        value = value.get(step) if isinstance(value, dict) and isinstance(step, str) else None
    if value is None:
        return None
    if not isinstance(value, dict):
        return resource.fault(Problem(path, f"must be a map, not {describe(value)}", value))
    if value.keys() <= known:
        return None
    is_custom = (
        resource.group_kind not in {POD, NODE} and is_namespaced(resource.group_kind) is None
    )
    unknown = [name for name in value if name not in known]
    for name in _near(unknown, known) if is_custom else unknown:
        meant = find_nearest_field(name, tuple(sorted(known)))
        hint = f"; did you mean {meant}?" if meant else ""
        return resource.fault(Problem((*path, name), f"unknown field{hint}", value[name]))
    return None


def _near(unknown: list[str], known: frozenset[str]) -> Iterator[str]:
    """Yield the fields of a custom kind that may be meant to decide."""
    decisive = tuple(sorted(_DECISIVE if known is _POD_SPEC else known))
    for name in unknown:
        if CERTAIN_PLACEHOLDER.search(name) or find_nearest_field(name, decisive):
            yield name
