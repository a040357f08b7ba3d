"""The selectors that Kubernetes objects carry: where each kind has its own, and what it means.

`_FIELDS` is the one table of the kinds: the path of the selector, its form, the kind that it
selects, and its meaning where it is missing or empty (`Fallback`). These are the rules of the
API server (the kind's ``validation.go`` and ``defaults.go``) and of the operator that owns it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from labelsel.errors import (
    ManifestError,
    Path,
    Problem,
    require_type,
    show_value,
)
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.paths import (
    check_fields,
    label_map_at,
    map_at,
    selector_at,
    value_at,
)
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource
from labelsel.kubernetes.selection.affinity import with_field_name
from labelsel.kubernetes.selection.selector_targets import (
    HOW_TO_TARGET,
    POD,
    SERVICE,
    SelectorTarget,
)
from labelsel.objects import from_label_selector
from labelsel.selector import Everything, Nothing, Selector

__all__ = [
    "HOW_TO_READ_SELECTORS",
    "Fallback",
    "ObjectSelector",
    "SelectNamespaces",
    "is_external_name",
    "own_selector_path",
    "read_object_selector",
]

HOW_TO_READ_SELECTORS: Final = "read them with labelsel.kubernetes.read_object_selectors()"
"""What to do with something that is no ObjectSelector."""

SelectNamespaces: TypeAlias = Callable[[Selector], "frozenset[str] | None"]
"""Returns the namespaces that a selector selects, None for all: ``KnownNamespaces.select``."""

_SELECTOR: Final[Path] = ("spec", "selector")
_POD_SELECTOR: Final[Path] = ("spec", "podSelector")
_TEMPLATE_LABELS: Final[Path] = ("spec", "template", "metadata", "labels")
_NAMESPACES: Final[Path] = ("spec", "namespaceSelector")


@dataclass(frozen=True, slots=True)
class ObjectSelector:
    """An object, and one of the selectors with which it selects pods, Services, nodes and others.

    `read_object_selectors` and `read_object_selector` return them.

    Attributes:
        owner: the object that carries the selector.
        path: where the selector is in the object: ``("spec", "selector")``.
        selector: its meaning.
        target: the kind that it selects: `POD`, `SERVICE`, `NODE`, `NAMESPACE`, or a kind of
            monitors.
        namespaces: the namespaces that it looks in; None for all, and for nodes and namespaces,
            which are in none.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import POD, Inventory, read_object_selector
    >>> [web] = Inventory.of({"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
    ...                       "spec": {"selector": {"app": "web"}}})
    >>> found = read_object_selector(web)
    >>> found.path, found.text, found.target == POD, found.namespaces
    (('spec', 'selector'), 'app=web', True, frozenset({'default'}))
    """

    owner: Resource
    path: Path
    selector: Selector
    target: Kind
    namespaces: frozenset[str] | None

    @property
    def text(self) -> str:
        """Its canonical text, with ``metadata.name`` for the name of a node; empty for all.

        O(n) for a selector of n requirements and values; raises nothing.
        """
        return str(with_field_name(self.selector))

    def selects(self, item: SelectorTarget) -> bool:
        """Return whether kind, namespace and labels of a target all match.

        This is the definition; `ObjectSelectorIndex` answers it for many selectors at once.

        Arguments:
            item: the target, as `selector_target` returns it.

        Raises:
            TypeError: the argument is not a `SelectorTarget`, or its labels are not strings.

        Complexity: that of `Selector.matches`.

        >>> from labelsel.kubernetes import Resource, Source, read_object_selector, selector_target
        >>> def item(kind, labels=(), **spec):
        ...     return Resource(kind, "v1", "shop", "web", dict(labels), {}, {"spec": spec},
        ...         Source("a.yaml", 1, 1))
        >>> web = read_object_selector(item("Service", selector={"app": "web"}))
        >>> web.selects(selector_target(item("Pod", {"app": "web"})))
        True
        """
        require_type(SelectorTarget, item, HOW_TO_TARGET)
        return (
            item.kind == self.target
            and (self.namespaces is None or item.namespace in self.namespaces)
            and self.selector.matches(item.labels)
        )


class Fallback(Enum):
    """The meaning of a selector that is missing, null or empty."""

    NO_SELECTOR = "the object has no selector"
    TEMPLATE_LABELS = "the labels of the object's pod template are its selector"
    ERROR = "the API server refuses the object"
    EVERYTHING = "the selector selects everything"
    NOTHING = "the selector selects nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class _SelectorField:
    """Where the objects of a kind carry their selector, and its meaning.

    Attributes:
        missing: the meaning of a selector that is missing or null.
        empty: the meaning of an empty selector.
        path: where the selector is.
        read: reads the selector, which is not null.
        target: the kind that it selects.
        names_namespaces: whether ``spec.namespaceSelector`` says which namespaces it looks in.
    """

    missing: Fallback
    empty: Fallback
    path: Path = _SELECTOR
    read: Callable[[Resource, Path], Selector]
    target: Kind = POD
    names_namespaces: bool = False


def read_object_selector(resource: Resource) -> ObjectSelector | None:
    """Return the selector that an object carries, by the rules of its kind; None without one.

    1. A Service without a selector has none: its endpoints are made by hand. Nor has one of
       type ExternalName, which ignores its selector.
    2. A Job mostly has none in a manifest: the API server makes one up, of a label with the
       Job's uid, when the Job is created. One that was read back from there has it.
    3. A NetworkPolicy has that of the pods it is about, not those of the peers in its rules.
    4. All look in their own namespace, but for monitors with a ``namespaceSelector``.
    5. A Prometheus carries several, for monitors: `read_object_selectors` reads those.
    6. Objects of other kinds have none that is known here.

    Arguments:
        resource: the object.

    Returns:
        the selector with its path, its target and its namespaces, or None.

    Raises:
        ManifestError: the selector is not a selector, or its kind must have one.
        TypeError: the argument is not a `Resource`.

    Complexity: O(n) for a selector of n requirements and values.

    >>> from labelsel.kubernetes import Resource, Source
    >>> web = Resource("Service", "v1", "shop", "web", {}, {},
    ...     {"spec": {"selector": {"app": "web"}}}, Source("a.yaml", 1, 1))
    >>> found = read_object_selector(web)
    >>> str(found.selector), found.target.kind, found.namespaces
    ('app=web', 'Pod', frozenset({'shop'}))
    """
    field = _field_of(resource)
    if field is None or is_external_name(resource):
        return None
    is_missing = value_at(resource, field.path) is None
    selector = Everything() if is_missing else field.read(resource, field.path)
    path = field.path
    if isinstance(selector, Everything):
        fallback = field.missing if is_missing else field.empty
        if fallback is Fallback.NO_SELECTOR:
            return None
        path, selector = _fall_back(resource, field, fallback)
    return ObjectSelector(resource, path, selector, field.target, _namespaces(resource, field))


def own_selector_path(resource: Resource) -> Path | None:
    """Return where `read_object_selector` looks for the selector of an object; None if nowhere.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> source = Source("a.yaml", 1, 1)
    >>> own_selector_path(Resource("Service", "v1", None, "web", {}, {}, {}, source))
    ('spec', 'selector')
    """
    field = _field_of(resource)
    return None if field is None else field.path


def _field_of(resource: Resource) -> _SelectorField | None:
    require_type(Resource, resource, HOW_TO_READ)
    by_version = _FIELDS_OF_VERSIONS.get(resource.api_version, {})
    kind = resource.group_kind
    return by_version.get(kind) or _FIELDS.get(kind)


def is_external_name(resource: Resource) -> bool:
    """Whether an object is a Service of type ExternalName, which ignores its selector.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> is_external_name(Resource("Service", "v1", None, "db", {}, {},
    ...     {"spec": {"type": "ExternalName"}}, Source("a.yaml", 1, 1)))
    True
    """
    is_service = resource.group_kind == SERVICE
    return is_service and value_at(resource, ("spec", "type")) == "ExternalName"


def _fall_back(owner: Resource, field: _SelectorField, fallback: Fallback) -> tuple[Path, Selector]:
    """Return the selector that a missing or empty one means, and its path.

    Raises:
        ManifestError: the object must have a selector.
    """
    match fallback:
        case Fallback.NOTHING:
            return field.path, Nothing()
        case Fallback.EVERYTHING:
            return field.path, Everything()
        case Fallback.TEMPLATE_LABELS:
            labels = label_map_at(owner, _TEMPLATE_LABELS)
            if not isinstance(labels, Everything):
                return _TEMPLATE_LABELS, labels
        case _:  # an error, which also selects nothing
            pass
    raise _missing_selector_error(owner, field)


def _missing_selector_error(owner: Resource, field: _SelectorField) -> ManifestError:
    nonempty = "" if field.empty is Fallback.EVERYTHING else ", and not an empty one"
    problem = f"a {owner.kind} must have one{nonempty}"
    return owner.fault(Problem(_SELECTOR, problem, value_at(owner, _SELECTOR)))


def _namespaces(owner: Resource, field: _SelectorField) -> frozenset[str] | None:
    """Return the namespaces that a selector looks in: all, those it names, or else its own."""
    own = frozenset((namespace_of(owner),))
    if not field.names_namespaces:
        return own
    scope = map_at(owner, _NAMESPACES)
    check_fields(owner, _NAMESPACES, scope, ("any", "matchNames"))
    everywhere, names = scope.get("any") or False, scope.get("matchNames") or []
    if not isinstance(everywhere, bool):
        problem = f"must be true or false, not {show_value(everywhere)}"
        raise owner.fault(Problem((*_NAMESPACES, "any"), problem, everywhere))
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        problem = f"must be a list of strings, not {show_value(names)}"
        raise owner.fault(Problem((*_NAMESPACES, "matchNames"), problem, names))
    return None if everywhere else frozenset(names) or own


def _read_label_selector(owner: Resource, path: Path) -> Selector:
    return selector_at(owner, path, from_label_selector, value_at(owner, path))


_WORKLOADS: Final = ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")

_WORKLOAD: Final = _SelectorField(
    missing=Fallback.ERROR, empty=Fallback.ERROR, read=_read_label_selector
)
_DEFAULTED_WORKLOAD: Final = _SelectorField(
    missing=Fallback.TEMPLATE_LABELS, empty=Fallback.ERROR, read=_read_label_selector
)
_NETWORK_POLICY: Final = _SelectorField(
    missing=Fallback.EVERYTHING,
    empty=Fallback.EVERYTHING,
    path=_POD_SELECTOR,
    read=_read_label_selector,
)

#: The selector of each kind, but for the versions below.
_FIELDS: Final[dict[Kind, _SelectorField]] = {
    SERVICE: _SelectorField(
        missing=Fallback.NO_SELECTOR, empty=Fallback.NO_SELECTOR, read=label_map_at
    ),
    Kind("ReplicationController", ""): _SelectorField(
        missing=Fallback.TEMPLATE_LABELS, empty=Fallback.TEMPLATE_LABELS, read=label_map_at
    ),
    **{Kind(kind, group): _WORKLOAD for group in ("apps", "extensions") for kind in _WORKLOADS},
    Kind("Job", "batch"): _SelectorField(
        missing=Fallback.NO_SELECTOR, empty=Fallback.EVERYTHING, read=_read_label_selector
    ),
    Kind("NetworkPolicy", "networking.k8s.io"): _NETWORK_POLICY,
    Kind("NetworkPolicy", "extensions"): _NETWORK_POLICY,
    Kind("PodDisruptionBudget", "policy"): _SelectorField(
        missing=Fallback.NOTHING, empty=Fallback.EVERYTHING, read=_read_label_selector
    ),
    **{
        Kind(kind, "monitoring.coreos.com"): _SelectorField(
            missing=Fallback.ERROR,
            empty=Fallback.EVERYTHING,
            read=_read_label_selector,
            target=target,
            names_namespaces=True,
        )
        for kind, target in (("ServiceMonitor", SERVICE), ("PodMonitor", POD))
    },
}
#: The kinds whose selector has another meaning in an old version of the API.
_FIELDS_OF_VERSIONS: Final[dict[str, dict[Kind, _SelectorField]]] = {
    "apps/v1beta1": {Kind(kind, "apps"): _DEFAULTED_WORKLOAD for kind in _WORKLOADS},
    "extensions/v1beta1": {Kind(kind, "extensions"): _DEFAULTED_WORKLOAD for kind in _WORKLOADS},
    "policy/v1beta1": {
        Kind("PodDisruptionBudget", "policy"): _SelectorField(
            missing=Fallback.NOTHING, empty=Fallback.NOTHING, read=_read_label_selector
        )
    },
}
