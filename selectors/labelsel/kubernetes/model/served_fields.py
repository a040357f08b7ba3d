"""The fields by which the API server selects: a few of each kind, each with its default value.

Sources: the field label conversions in kubernetes/pkg/apis (``AddFieldLabelConversionFunc``), the
``ToSelectableFields`` of each kind in kubernetes/pkg/registry, and for custom resources
``ConvertFieldLabel`` in apiextensions-apiserver.

The page of Kubernetes about field selectors also names ``status.replicas`` of a ReplicaSet. The
server refuses that field: https://github.com/kubernetes/kubernetes/issues/135136.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from labelsel.errors import Path
from labelsel.kubernetes.model.kinds import Kind, is_namespaced

__all__ = ["KindFields", "ServedField", "custom_fields", "served_fields"]

ScalarType: TypeAlias = type[str] | type[bool] | type[int] | None


@dataclass(frozen=True, slots=True)
class ServedField:
    """Where the value of a field is in an object.

    Attributes:
        paths: the paths of the value; the first one that leads to a value counts. Without a
            path the field is always ``default``.
        default: what the API server puts where nothing, null or "" is written.
        type: the type of the value; None for any single value.

    >>> ServedField((("spec", "nodeName"),)).default
    ''
    """

    paths: tuple[Path, ...]
    default: str = ""
    type: ScalarType = str


@dataclass(frozen=True, slots=True)
class KindFields:
    """The fields of one kind by which the API server selects.

    Attributes:
        fields: name in a selector -> field; ``metadata.name`` is the first one.
        refusal: the server's message about any other name, with ``{}`` for the name.
        quotes: whether the message has the name in quotes.

    >>> served_fields(Kind("Job", "batch")).refuse("spec.x")
    'field label "spec.x" not supported for Job'
    """

    fields: Mapping[str, ServedField]
    refusal: str = "field label not supported: {}"
    quotes: bool = False

    def refuse(self, name: str) -> str:
        """Return the message of the API server about a name that is none of `fields`."""
        return self.refusal.format(json.dumps(name, ensure_ascii=False) if self.quotes else name)


@lru_cache(maxsize=1024)
def served_fields(kind: Kind | None) -> KindFields:
    """Return the fields of a kind by which the API server selects.

    1. Most kinds of Kubernetes have the name and the namespace. So has a kind that is not known.
    2. A kind of Kubernetes without namespaces has an empty ``metadata.namespace``, or none.

    Arguments:
        kind: the kind; None if it is not known.

    >>> list(served_fields(Kind("Node", "")).fields)
    ['metadata.name', 'spec.unschedulable']
    >>> list(served_fields(Kind("Widget", "example.com")).fields)
    ['metadata.name', 'metadata.namespace']
    """
    if kind is None:
        return _ANY
    known = _TABLE.get(kind)
    if known is not None:
        return known
    namespaced = is_namespaced(kind)
    if namespaced is None:
        return custom_fields(())
    return _ANY if namespaced else _CLUSTER_SCOPED


def custom_fields(paths: Iterable[Path], *, namespaced: bool = True) -> KindFields:
    """Return the fields of a custom kind: name, namespace and the fields of its definition.

    Arguments:
        paths: the paths of the fields that the definition makes selectable.
        namespaced: whether the objects of the kind are in namespaces.

    >>> list(custom_fields([("spec", "color")]).fields)
    ['metadata.name', 'metadata.namespace', 'spec.color']
    """
    fields = _strings(*(_BOTH if namespaced else _BOTH[:1]))
    fields |= {".".join(map(str, path)): ServedField((path,), type=None) for path in paths}
    return KindFields(fields)


def _at(*paths: str, default: str = "", type: ScalarType = str) -> ServedField:  # noqa: A002  # as the attribute
    """Return the field at dotted paths, of which the first that leads to a value counts."""
    return ServedField(tuple(tuple(path.split(".")) for path in paths), default, type)


def _strings(*names: str) -> dict[str, ServedField]:
    """Return fields that are strings at the path of their name."""
    return {name: _at(name) for name in names}


_BOTH: Final = ("metadata.name", "metadata.namespace")
_NONE: Final = ServedField(())
_SIGNER: Final = KindFields(_strings("metadata.name", "spec.signerName"))
_REFERENCE: Final = (
    "kind",
    "namespace",
    "name",
    "uid",
    "apiVersion",
    "resourceVersion",
    "fieldPath",
)

_META_ONLY: Final = '{} is not a known field selector: only "metadata.name", "metadata.namespace"'
_ANY: Final = KindFields(_strings(*_BOTH), _META_ONLY, quotes=True)
_CLUSTER_SCOPED: Final = KindFields(
    {"metadata.name": _at("metadata.name"), "metadata.namespace": _NONE}, _META_ONLY, quotes=True
)

#: The kinds that have other fields than name and namespace, or lack one of these.
_TABLE: Final[Mapping[Kind, KindFields]] = {
    Kind("Pod", ""): KindFields(
        {
            **_strings(*_BOTH, "spec.nodeName"),
            "spec.host": _at("spec.nodeName"),  # its name before v1
            "spec.restartPolicy": _at("spec.restartPolicy", default="Always"),
            "spec.schedulerName": _at("spec.schedulerName", default="default-scheduler"),
            "spec.serviceAccountName": _at("spec.serviceAccountName"),
            "spec.hostNetwork": _at("spec.hostNetwork", default="false", type=bool),
            "status.phase": _at("status.phase"),
            "status.podIP": ServedField((("status", "podIP"), ("status", "podIPs", 0, "ip"))),
            "status.podIPs": _NONE,  # known, but no pod has a value of it: pod/strategy.go
            "status.nominatedNodeName": _at("status.nominatedNodeName"),
        }
    ),
    Kind("Event", ""): KindFields(
        {
            **_strings(*_BOTH, *(f"involvedObject.{name}" for name in _REFERENCE)),
            "reason": _at("reason"),
            "reportingComponent": _at("reportingComponent"),
            "source": _at("source.component", "reportingComponent"),
            "type": _at("type"),
        }
    ),
    Kind("Event", "events.k8s.io"): KindFields(
        _strings(
            *_BOTH,
            *(f"regarding.{name}" for name in _REFERENCE),
            *("reason", "reportingController", "type"),
        )
    ),
    Kind("Namespace", ""): KindFields(
        {**_strings("metadata.name"), "status.phase": _at("status.phase", default="Active")}
    ),
    Kind("Node", ""): KindFields(
        {
            **_strings("metadata.name"),
            "spec.unschedulable": _at("spec.unschedulable", default="false", type=bool),
        }
    ),
    Kind("ReplicationController", ""): KindFields(
        {**_strings(*_BOTH), "status.replicas": _at("status.replicas", default="0", type=int)}
    ),
    Kind("Secret", ""): KindFields({**_strings(*_BOTH), "type": _at("type", default="Opaque")}),
    Kind("Service", ""): KindFields(
        {
            **_strings(*_BOTH, "spec.clusterIP"),
            "spec.type": _at("spec.type", default="ClusterIP"),
        }
    ),
    Kind("Job", "batch"): KindFields(
        {**_strings(*_BOTH), "status.successful": _at("status.succeeded", default="0", type=int)},
        "field label {} not supported for Job",
        quotes=True,
    ),
    Kind("CertificateSigningRequest", "certificates.k8s.io"): _SIGNER,
    Kind("ClusterTrustBundle", "certificates.k8s.io"): _SIGNER,
    Kind("PodCertificateRequest", "certificates.k8s.io"): KindFields(
        _strings("metadata.name", "spec.signerName", "spec.podName", "spec.nodeName")
    ),
    Kind("ResourceSlice", "resource.k8s.io"): KindFields(
        _strings("metadata.name", "spec.nodeName", "spec.driver"),
        "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: {}",
    ),
}
