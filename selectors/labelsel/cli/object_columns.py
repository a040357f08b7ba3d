"""The columns of tables of objects: for all objects, and for each kind."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Final

from labelsel.cli.printers import Output
from labelsel.cli.tables import NONE, TableColumn
from labelsel.kubernetes import Resource, served_labels
from labelsel.kubernetes.model.scalars import text_of

__all__ = ["columns_for", "label_header"]


def columns_for(
    resources: Iterable[Resource], output: Output, *, namespaces: bool, wide: bool
) -> list[TableColumn[Resource]]:
    """Return the columns for some objects; columns of a kind only if all are of that kind.

    ``output`` says which labels have a column, and whether names have their kind.
    """
    kinds = {resource.kind for resource in resources}
    columns: list[TableColumn[Resource]] = []
    if namespaces:
        columns.append(TableColumn("NAMESPACE", lambda item: item.namespace or "", "cyan"))
    if len(kinds) > 1 and not output.show_kind:
        columns.append(TableColumn("KIND", lambda item: item.kind, "green"))
    name = attrgetter("reference" if output.show_kind else "name")
    columns.append(TableColumn("NAME", name, "bold"))
    if len(kinds) == 1:
        (kind,) = kinds
        columns += [column for column in _OF_KIND.get(kind, ()) if wide or not column.wide]
    if wide:
        columns.append(TableColumn("API VERSION", lambda item: item.api_version))
        columns.append(TableColumn("SOURCE", lambda item: str(item.source)))
    columns += [_label_column(key) for key in output.label_keys]
    if output.show_labels:
        columns.append(TableColumn("LABELS", _labels, "yellow"))
    return columns


def label_header(key: str) -> str:
    """Return the heading of a label's column, as in kubectl: the name without the prefix.

    >>> label_header("app.kubernetes.io/name")
    'NAME'
    """
    return key.rpartition("/")[2].upper()


def _label_column(key: str) -> TableColumn[Resource]:
    return TableColumn(label_header(key), lambda item: served_labels(item).get(key, ""), "yellow")


def _labels(resource: Resource) -> str:
    pairs = sorted(served_labels(resource).items())
    return ",".join(f"{key}={value}" for key, value in pairs) or NONE


def _at(resource: Resource, path: str) -> Any:
    """Return the value at a dotted path of an object, or None."""
    value: Any = resource.body
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _field(header: str, path: str, absent: str = NONE) -> TableColumn[Resource]:
    def cell(resource: Resource) -> str:
        value = _at(resource, path)
        return absent if value is None or isinstance(value, dict | list) else text_of(value)

    return TableColumn(header, cell)


def _maps(value: Any) -> list[dict[str, Any]]:
    """Return the maps in a list; nothing for another value."""
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]


def _images(path: str) -> TableColumn[Resource]:
    def cell(resource: Resource) -> str:
        containers = _maps(_at(resource, path))
        return ",".join(str(item.get("image", NONE)) for item in containers) or NONE

    return TableColumn("IMAGES", cell, wide=True)


def _ports(resource: Resource) -> str:
    """Return the ports as in kubectl: ``80/TCP,443:30443/TCP``."""
    ports = []
    for port in _maps(_at(resource, "spec.ports")):
        node_port = f":{port['nodePort']}" if "nodePort" in port else ""
        ports.append(f"{port.get('port')}{node_port}/{port.get('protocol', 'TCP')}")
    return ",".join(ports) or NONE


def _hosts(resource: Resource) -> str:
    rules = _maps(_at(resource, "spec.rules"))
    return ",".join(str(rule.get("host", "*")) for rule in rules) or "*"


def _data(resource: Resource) -> str:
    parts = (_at(resource, "data"), _at(resource, "binaryData"), _at(resource, "stringData"))
    return str(sum(len(part) for part in parts if isinstance(part, dict)))


def _roles(resource: Resource) -> str:
    prefix = "node-role.kubernetes.io/"
    roles = sorted(key.removeprefix(prefix) for key in resource.labels if key.startswith(prefix))
    return ",".join(roles) or NONE


_REPLICAS: Final = _field("REPLICAS", "spec.replicas")
_TEMPLATE_IMAGES: Final = _images("spec.template.spec.containers")
_OF_KIND: Final[dict[str, tuple[TableColumn[Resource], ...]]] = {
    "ConfigMap": (TableColumn("DATA", _data),),
    "CronJob": (
        _field("SCHEDULE", "spec.schedule"),
        _images("spec.jobTemplate.spec.template.spec.containers"),
    ),
    "DaemonSet": (_TEMPLATE_IMAGES,),
    "Deployment": (_REPLICAS, _TEMPLATE_IMAGES),
    "Ingress": (TableColumn("HOSTS", _hosts),),
    "Job": (_TEMPLATE_IMAGES,),
    "Node": (TableColumn("ROLES", _roles),),
    "PersistentVolumeClaim": (
        _field("REQUEST", "spec.resources.requests.storage"),
        _field("STORAGECLASS", "spec.storageClassName"),
    ),
    "Pod": (
        _field("STATUS", "status.phase"),
        _field("NODE", "spec.nodeName"),
        _images("spec.containers"),
    ),
    "ReplicaSet": (_REPLICAS, _TEMPLATE_IMAGES),
    "Secret": (_field("TYPE", "type", "Opaque"), TableColumn("DATA", _data)),
    "Service": (_field("TYPE", "spec.type", "ClusterIP"), TableColumn("PORTS", _ports)),
    "StatefulSet": (_REPLICAS, _TEMPLATE_IMAGES),
}
