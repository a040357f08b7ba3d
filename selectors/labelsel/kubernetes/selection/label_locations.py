"""Where an object carries labels and annotations, and where it has templates of pods."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Final

from labelsel.errors import Path
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import CLAIM_TEMPLATES, MATCH_LABELS
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.pod_templates import (
    POD_MAKERS,
    is_custom,
    makes_others,
    pod_specs,
    pod_templates,
    value_at,
)

__all__ = [
    "FOR_OTHERS",
    "POD_MAKERS",
    "TEMPLATE_LABELS",
    "has_images",
    "is_custom",
    "is_named_patch",
    "is_patch_at",
    "makes_others",
    "metadata_maps",
    "metadata_paths",
    "node_selectors",
    "pod_spec_above",
    "pod_specs",
    "pod_templates",
    "value_at",
]

_SELECTOR: Final[Path] = ("spec", "selector")

TEMPLATE_LABELS: Final[Path] = ("spec", "template", "metadata", "labels")
"""The path of the pods' labels in a workload."""

FOR_OTHERS: Final = frozenset({Kind("ApplicationSet", "argoproj.io")})
"""Kinds with a selector that is for something else than what their templates make.

The selector of an ApplicationSet selects among the parameters of its generators.
"""

#: Metadata of other objects that are made, beside pod templates.
_MADE_METADATA: Final[tuple[Path, ...]] = (
    ("spec", "podMetadata"),
    ("spec", "jobTemplate", "metadata"),
)
#: The word in the name of a file or folder: ``patch-image.yaml``, ``patches``.
_PATCH: Final = re.compile(r"(?i)(?<![a-z])patch(es)?(?![a-z])")


def metadata_maps(resource: Resource, name: str) -> Iterator[tuple[Path, Data]]:
    """Yield the ``labels`` or ``annotations`` of an object and of its templates, with paths.

    A map that several paths share by a YAML alias is yielded once, with the first path. Values
    are as they were read: in a template they may be of any type.
    """
    seen: set[int] = set()
    for path in metadata_paths(resource):
        entries = value_at(resource.body, (*path, name))
        if entries is not None and id(entries) not in seen:
            seen.add(id(entries))
            yield (*path, name), entries


def metadata_paths(resource: Resource) -> list[Path]:
    """Return the paths of the metadata of an object and of its templates, each once.

    There may be nothing at a path.
    """
    return list(dict.fromkeys(_metadata_paths(resource)))


def _metadata_paths(resource: Resource) -> Iterator[Path]:
    yield ("metadata",)
    yield from ((*path, "metadata") for path, _ in pod_templates(resource))
    if is_custom(resource):
        yield from ((*path, "metadata") for path in _custom_templates(resource))
    if not makes_others(resource):
        return
    yield from _MADE_METADATA
    claims = value_at(resource.body, ("spec", CLAIM_TEMPLATES))
    for number in range(len(claims) if isinstance(claims, list) else 0):
        yield ("spec", CLAIM_TEMPLATES, number, "metadata")


def _custom_templates(resource: Resource) -> Iterator[Path]:
    """Yield the paths of templates in a custom kind: what has containers, or is selected by it."""
    if resource.group_kind not in FOR_OTHERS and _selects_template(resource):
        yield TEMPLATE_LABELS[:2]
    seen: set[int] = set()
    parts: list[tuple[Path, Data]] = [(("spec",), resource.body.get("spec"))]
    while parts:
        path, part = parts.pop()
        # A YAML alias may share a part many times over.
        if not isinstance(part, dict | list) or id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, dict) and isinstance(value_at(part, ("spec", "containers")), list):
            yield path
        entries = part.items() if isinstance(part, dict) else enumerate(part)
        parts += (((*path, step), inner) for step, inner in entries)


def _selects_template(resource: Resource) -> bool:
    """Whether a selector and the labels of a template have a key in common."""
    selector = value_at(resource.body, _SELECTOR)
    keys = value_at(selector, (MATCH_LABELS,)) or selector
    labels = value_at(resource.body, TEMPLATE_LABELS)
    if not isinstance(keys, dict) or not isinstance(labels, dict):
        return False
    return not keys.keys().isdisjoint(labels)


def node_selectors(resource: Resource) -> Iterator[tuple[Path, Data]]:
    """Yield the ``nodeSelector`` of a pod and of pod templates, each with its path."""
    for path in pod_specs(resource):
        entries = value_at(resource.body, (*path, "nodeSelector"))
        if entries is not None:
            yield (*path, "nodeSelector"), entries


def pod_spec_above(resource: Resource, path: Path) -> Path | None:
    """Return the path of the pod spec that a path is in; None if it is in none.

    >>> from labelsel.kubernetes import Source
    >>> pod = Resource("Pod", "v1", None, "a", {}, {}, {"spec": {}}, Source("a", 1, 1))
    >>> pod_spec_above(pod, ("spec", "tolerations", 0)), pod_spec_above(pod, ("metadata",))
    (('spec',), None)
    """
    # The longest one: the spec of a Job contains that of its pods.
    found = (spec for spec in pod_specs(resource) if path[: len(spec)] == spec)
    return max(found, key=len, default=None)


def is_patch_at(resource: Resource, path: Path) -> bool:
    """Whether a path is not in a complete pod spec, but in a part that is laid over one.

    A pod has containers, each with an image, and a workload has a selector. A patch mostly has
    neither, or `is_named_patch`. A workload with a selector and without containers is an example
    that was cut short, and its labels are all there.

    >>> from labelsel.kubernetes import Source
    >>> body = {"spec": {"containers": [{"name": "web"}]}}
    >>> pod = Resource("Pod", "v1", None, "a", {}, {}, body, Source("a", 1, 1))
    >>> is_patch_at(pod, ("spec", "tolerations", 0))
    True
    """
    if is_named_patch(resource.source.file):
        return True
    spec = pod_spec_above(resource, path)
    has_selector = value_at(resource.body, _SELECTOR) is not None
    return not has_selector and not has_images(value_at(resource.body, spec or ()))


def is_named_patch(file: str) -> bool:
    """Whether the name of a file, or of its folder, says that it holds patches.

    >>> is_named_patch("prod/patches/web.yaml"), is_named_patch("patchwork/web.yaml")
    (True, False)
    """
    return any(map(_PATCH.search, PurePath(file).parts[-2:]))


def has_images(pod_spec: Data) -> bool:
    """Whether a pod spec has a container with an image.

    >>> has_images({"containers": [{"name": "web", "image": "nginx"}]}), has_images(None)
    (True, False)
    """
    containers = value_at(pod_spec, ("containers",))
    if not isinstance(containers, list):
        return False
    return any(value_at(container, ("image",)) for container in containers)
