"""Where an object carries labels, annotations and label-like selectors, its templates included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from labelsel.errors import Path
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.resource import Resource

__all__ = ["at", "inner_selectors", "is_custom", "metadata_maps", "node_selectors", "pod_templates"]

_TEMPLATES: Final[tuple[Path, ...]] = (
    ("spec", "template"),
    ("spec", "jobTemplate", "spec", "template"),
)
#: Kind PodTemplate has it at the top, with no spec around it.
_POD_TEMPLATE: Final[Path] = ("template",)
#: Metadata that other objects are made with, beside that of pod templates.
_OTHERS: Final[tuple[Path, ...]] = (
    ("spec", "podMetadata"),
    ("spec", "jobTemplate", "metadata"),
)
_CLAIMS: Final = "volumeClaimTemplates"
#: What a spec has that others are made of: most have nothing of it.
_MADE_OF: Final = frozenset({"template", "jobTemplate", "podMetadata", _CLAIMS})

_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
_OF_LABELS: Final = ("labelSelector", "namespaceSelector")
_PEERS: Final = tuple(
    ("spec", *rule, "*", selector)
    for rule in (("ingress", "*", "from"), ("egress", "*", "to"))
    for selector in ("podSelector", "namespaceSelector")
)
#: Which PersistentVolumes a claim takes.
_OF_CLAIM: Final = ("spec", "selector")
_IN_PODS: Final = (
    ("volumes", "*", "ephemeral", "volumeClaimTemplate", *_OF_CLAIM),
    ("topologySpreadConstraints", "*", "labelSelector"),
    *(
        ("affinity", kind, *term, selector)
        for kind in ("podAffinity", "podAntiAffinity")
        for term in ((_REQUIRED, "*"), (_PREFERRED, "*", "podAffinityTerm"))
        for selector in _OF_LABELS
    ),
    ("affinity", "nodeAffinity", _REQUIRED),
    ("affinity", "nodeAffinity", _PREFERRED, "*", "preference"),
)


def at(value: Data, path: Path) -> Data:
    """What stands at a path; None where nothing does.

    >>> at({"spec": {"ports": [{"name": "web"}]}}, ("spec", "ports", 0, "name"))
    'web'
    """
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def pod_templates(resource: Resource) -> Iterator[tuple[Path, dict[str, Data]]]:
    """The pod templates in an object, and where each stands.

    In a custom kind a template is one of pods only where it has
    containers: there are templates of other things, with placeholders in their labels.
    """
    known = not is_custom(resource)
    for path in _template_places(resource):
        template = at(resource.body, path)
        if isinstance(template, dict) and (known or at(template, ("spec", "containers"))):
            yield path, template


def _template_places(resource: Resource) -> tuple[Path, ...]:
    """Where an object of this kind may have templates of pods."""
    if (resource.kind, resource.group) == ("PodTemplate", ""):
        return (_POD_TEMPLATE,)
    return _TEMPLATES if _makes_others(resource) else ()


def _makes_others(resource: Resource) -> bool:
    spec = resource.body.get("spec")
    return isinstance(spec, dict) and not _MADE_OF.isdisjoint(spec)


def is_custom(resource: Resource) -> bool:
    """Whether an object is of a kind that Kubernetes itself does not have.

    Its own groups have no dot (``apps``), or end as in ``networking.k8s.io``.
    """
    return "." in resource.group and not resource.group.endswith(".k8s.io")


def metadata_maps(resource: Resource, name: str) -> Iterator[tuple[Path, Data]]:
    """The ``labels`` or ``annotations`` of an object and of all that is made of it.

    A map that several places share by an alias comes once, where it stands first. Values are
    as they were read: in a template they may be anything.
    """
    seen: set[int] = set()
    for place in _metadata(resource):
        entries = at(resource.body, (*place, name))
        if entries is not None and id(entries) not in seen:
            seen.add(id(entries))
            yield (*place, name), entries


def _metadata(resource: Resource) -> Iterator[Path]:
    yield ("metadata",)
    yield from ((*path, "metadata") for path, _ in pod_templates(resource))
    if not _makes_others(resource):
        return
    yield from _OTHERS
    claims = at(resource.body, ("spec", _CLAIMS))
    for number in range(len(claims) if isinstance(claims, list) else 0):
        yield ("spec", _CLAIMS, number, "metadata")


def inner_selectors(resource: Resource) -> Iterator[tuple[Path, Data, bool]]:
    """The selectors of the peers of a NetworkPolicy, in the affinity of pods, and of claims.

    Each with where it stands, and whether it is one of nodes. Null is none.
    """
    places: list[tuple[Path, tuple[str, ...]]] = []
    if resource.kind == "NetworkPolicy":
        places += [((), place) for place in _PEERS]
    if (resource.kind, resource.group) == ("PersistentVolumeClaim", ""):
        places.append(((), _OF_CLAIM))
    if not is_custom(resource) and _makes_others(resource):
        places.append((("spec",), (_CLAIMS, "*", *_OF_CLAIM)))
    places += [(spec, place) for spec in _pod_specs(resource) for place in _IN_PODS]
    for above, place in places:
        for path, value in _each(at(resource.body, above), place):
            if value is not None:
                yield (*above, *path), value, "nodeAffinity" in place


def _each(value: Data, place: tuple[str, ...]) -> Iterator[tuple[Path, Data]]:
    """What stands at a place, in which ``*`` is each member of a list, and the path to it."""
    if not place:
        yield (), value
    elif place[0] != "*":
        inside = at(value, place[:1])
        yield from (((place[0], *path), found) for path, found in _each(inside, place[1:]))
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from (((number, *path), found) for path, found in _each(member, place[1:]))


def _pod_specs(resource: Resource) -> list[Path]:
    """Where the specs of pods stand in an object: of a pod, and of templates."""
    specs: list[Path] = [(*path, "spec") for path, _ in pod_templates(resource)]
    return [("spec",), *specs] if resource.kind == "Pod" else specs


def node_selectors(resource: Resource) -> Iterator[tuple[Path, Data]]:
    """The ``nodeSelector`` of a pod and of pod templates, and where each stands."""
    for path in _pod_specs(resource):
        entries = at(resource.body, (*path, "nodeSelector"))
        if entries is not None:
            yield (*path, "nodeSelector"), entries
