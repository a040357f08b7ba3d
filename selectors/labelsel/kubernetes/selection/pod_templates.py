"""Where an object has templates of pods, and the specs of pods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from labelsel.errors import Path
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import CLAIM_TEMPLATES
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.resource import Resource

__all__ = [
    "POD_MAKERS",
    "is_custom",
    "makes_others",
    "pod_specs",
    "pod_templates",
    "value_at",
]

_TEMPLATES: Final[tuple[Path, ...]] = (
    ("spec", "template"),
    ("spec", "jobTemplate", "spec", "template"),
)
#: Kind PodTemplate has its template at the top, without a spec around it.
_POD_TEMPLATE: Final[Path] = ("template",)
POD_MAKERS: Final = frozenset(
    {Kind("Rollout", "argoproj.io"), Kind("DeploymentConfig", "apps.openshift.io")}
)
"""Custom kinds whose template is one of pods, also in an example that has no containers."""

#: Fields of a spec of which other objects are made. Most objects have none of them.
_TEMPLATE_FIELDS: Final = frozenset({"template", "jobTemplate", "podMetadata", CLAIM_TEMPLATES})


def value_at(value: Data, path: Path) -> Data:
    """Return the value at a path, or None if there is no value.

    >>> value_at({"spec": {"ports": [{"name": "web"}]}}, ("spec", "ports", 0, "name"))
    'web'
    """
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def pod_templates(resource: Resource) -> Iterator[tuple[Path, dict[str, Data]]]:
    """Yield the pod templates in an object, each with its path.

    In a custom kind a template counts as a pod template only if it has containers, or the kind
    is one of `POD_MAKERS`: there are templates of other objects, with placeholders in their
    labels.
    """
    known = not is_custom(resource) or resource.group_kind in POD_MAKERS
    for path in _template_paths(resource):
        template = value_at(resource.body, path)
        if isinstance(template, dict) and (known or value_at(template, ("spec", "containers"))):
            yield path, template


def _template_paths(resource: Resource) -> tuple[Path, ...]:
    """Return the paths where an object of this kind may have pod templates."""
    if (resource.kind, resource.group) == ("PodTemplate", ""):
        return (_POD_TEMPLATE,)
    return _TEMPLATES if makes_others(resource) else ()


def makes_others(resource: Resource) -> bool:
    """Whether an object has a field in its spec of which other objects are made."""
    spec = resource.body.get("spec")
    return isinstance(spec, dict) and not _TEMPLATE_FIELDS.isdisjoint(spec)


def is_custom(resource: Resource) -> bool:
    """Whether the kind of an object is not one of Kubernetes itself.

    The groups of Kubernetes have no dot (``apps``), or end as in ``networking.k8s.io``.
    """
    return "." in resource.group and not resource.group.endswith(".k8s.io")


def pod_specs(resource: Resource) -> list[Path]:
    """Return the paths of the pod specs in an object: of a pod, and of pod templates.

    >>> from labelsel.kubernetes import Source
    >>> pod_specs(Resource("Pod", "v1", None, "a", {}, {}, {"spec": {}}, Source("a", 1, 1)))
    [('spec',)]
    """
    specs: list[Path] = [(*path, "spec") for path, _ in pod_templates(resource)]
    return [("spec",), *specs] if resource.kind == "Pod" else specs
