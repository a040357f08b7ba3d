"""The selectors that Kubernetes objects carry: whose they are, what they look for, and where.

Each kind has rules of its own for a selector that is missing or empty; they are those of the
API server (the kind's ``validation.go`` and ``defaults.go``) and of the operator that owns it.

==============================  ============================  ==============================
kind                            missing or null               empty
==============================  ============================  ==============================
Service                         carries none                  carries none
ReplicationController           the labels of its template    the labels of its template
Deployment, ReplicaSet,         an error; before ``apps/v1``  an error
StatefulSet, DaemonSet          the labels of its template
Job                             carries none                  all pods of its namespace
NetworkPolicy                   all pods of its namespace     all pods of its namespace
PodDisruptionBudget             nothing                       all pods of its namespace, or
                                                              nothing in ``policy/v1beta1``
ServiceMonitor, PodMonitor      an error                      all Services or pods
==============================  ============================  ==============================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from labelsel.errors import Path, Problem, shown
from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.inventory.find import namespace_of
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.paths import (
    check_fields,
    label_map_at,
    map_at,
    member_at,
    read_each,
    selector_of,
)
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.selector_targets import POD, SERVICE, SelectorTarget
from labelsel.objects import from_label_selector
from labelsel.selector import Everything, Nothing, Selector

__all__ = ["ObjectSelector", "read_object_selector", "read_object_selectors"]

_SELECTOR: Final[Path] = ("spec", "selector")
_POD_SELECTOR: Final[Path] = ("spec", "podSelector")
_TEMPLATE_LABELS: Final[Path] = ("spec", "template", "metadata", "labels")
_NAMESPACES: Final[Path] = ("spec", "namespaceSelector")

#: API versions in which the selector of a workload may be left out.
_DEFAULTED: Final = frozenset({"extensions/v1beta1", "apps/v1beta1"})
#: The one in which the empty selector of a PodDisruptionBudget selects nothing.
_EMPTY_IS_NOTHING: Final = "policy/v1beta1"


@dataclass(frozen=True, slots=True)
class ObjectSelector:
    """An object, and the selector with which it selects pods or Services.

    Attributes:
        owner: the object that carries the selector.
        path: where in it the selector stands: ``("spec", "selector")``.
        selector: its meaning.
        target: the kind that it looks for: `POD` or `SERVICE`.
        namespaces: where it looks; None for everywhere.
    """

    owner: Resource
    path: Path
    selector: Selector
    target: Kind
    namespaces: frozenset[str] | None

    def selects(self, item: SelectorTarget) -> bool:
        """Whether it looks for such an item, there, and the item's labels match.

        This is the definition; `SelectingIndex` answers it for many at once.
        """
        return (
            item.kind == self.target
            and (self.namespaces is None or item.namespace in self.namespaces)
            and self.selector.matches(item.labels)
        )


def read_object_selector(resource: Resource) -> ObjectSelector | None:
    """The selector that an object carries, by the rules of its kind; None where it has none.

    1. A Service without a selector has none: its endpoints are made by hand. Nor has one of
       type ExternalName, which ignores what stands there.
    2. A Job mostly has none in a manifest: the API server makes one up, of a label with the
       Job's uid, when the Job is created. One that was read back from there has it.
    3. A NetworkPolicy has that of the pods it is about, not those of the peers in its rules.
    4. All look in their own namespace, but for monitors with a ``namespaceSelector``.
    5. Objects of other kinds have none that is known here.

    Raises:
        ManifestError: the selector is none, or its kind may not go without.

    Complexity: O(size of the selector).

    >>> from labelsel.kubernetes.model.resource import Source
    >>> web = Resource("Service", "v1", "shop", "web", {}, {},
    ...     {"spec": {"selector": {"app": "web"}}}, Source("a.yaml", 1, 1))
    >>> found = read_object_selector(web)
    >>> str(found.selector), found.target.kind, found.namespaces
    ('app=web', 'Pod', frozenset({'shop'}))
    """
    read = _READERS.get(resource.group_kind)
    return None if read is None else read(resource)


def read_object_selectors(
    resources: Iterable[Resource], *, on_error: Callable[[ManifestError], None] | None = None
) -> list[ObjectSelector]:
    """The selectors of all objects that carry one, in the order of the objects.

    Arguments:
        resources: the objects of an inventory.
        on_error: called with each fault; the rest is still read. Without it the first fault
            is raised.

    Raises:
        ManifestError: as ``read_object_selector``.
    """
    return read_each(read_object_selector, resources, on_error)


def _service(owner: Resource) -> ObjectSelector | None:
    if member_at(owner, ("spec", "type")) == "ExternalName" or _is_unset(owner):
        return None
    return _local(owner, _SELECTOR, label_map_at(owner, _SELECTOR))


def _is_unset(owner: Resource) -> bool:
    """Whether a selector that is a map of labels is missing, null or empty."""
    return member_at(owner, _SELECTOR) in (None, {})


def _controller(owner: Resource) -> ObjectSelector:
    path = _TEMPLATE_LABELS if _is_unset(owner) else _SELECTOR
    return _of_workload(owner, path, label_map_at(owner, path))


def _workload(owner: Resource) -> ObjectSelector:
    value = member_at(owner, _SELECTOR)
    if value is None and owner.api_version in _DEFAULTED:
        return _of_workload(owner, _TEMPLATE_LABELS, label_map_at(owner, _TEMPLATE_LABELS))
    return _of_workload(owner, _SELECTOR, _label_selector(owner, _SELECTOR, value))


def _of_workload(owner: Resource, path: Path, selector: Selector) -> ObjectSelector:
    if isinstance(selector, Everything | Nothing):
        raise owner.fault(_none(owner, ", and not an empty one"))
    return _local(owner, path, selector)


def _none(owner: Resource, more: str = "") -> Problem:
    value = member_at(owner, _SELECTOR)
    return Problem(_SELECTOR, f"a {owner.kind} must have one{more}", value)


def _job(owner: Resource) -> ObjectSelector | None:
    value = member_at(owner, _SELECTOR)
    if value is None:
        return None
    return _local(owner, _SELECTOR, _label_selector(owner, _SELECTOR, value))


def _network_policy(owner: Resource) -> ObjectSelector:
    value = member_at(owner, _POD_SELECTOR)
    selector = _label_selector(owner, _POD_SELECTOR, {} if value is None else value)
    return _local(owner, _POD_SELECTOR, selector)


def _budget(owner: Resource) -> ObjectSelector:
    selector = _label_selector(owner, _SELECTOR, member_at(owner, _SELECTOR))
    if isinstance(selector, Everything) and owner.api_version == _EMPTY_IS_NOTHING:
        selector = Nothing()
    return _local(owner, _SELECTOR, selector)


def _monitor(owner: Resource, target: Kind) -> ObjectSelector:
    value = member_at(owner, _SELECTOR)
    if value is None:
        raise owner.fault(_none(owner))
    selector = _label_selector(owner, _SELECTOR, value)
    return ObjectSelector(owner, _SELECTOR, selector, target, _monitored(owner))


def _monitored(owner: Resource) -> frozenset[str] | None:
    """The namespaces that a monitor looks in: all, those it names, or else its own."""
    scope = map_at(owner, _NAMESPACES)
    check_fields(owner, _NAMESPACES, scope, ("any", "matchNames"))
    everywhere, names = scope.get("any") or False, scope.get("matchNames") or []
    if not isinstance(everywhere, bool):
        problem = f"must be true or false, not {shown(everywhere)}"
        raise owner.fault(Problem((*_NAMESPACES, "any"), problem, everywhere))
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        problem = f"must be a list of strings, not {shown(names)}"
        raise owner.fault(Problem((*_NAMESPACES, "matchNames"), problem, names))
    return None if everywhere else frozenset(names or [namespace_of(owner)])


def _local(owner: Resource, path: Path, selector: Selector) -> ObjectSelector:
    """A selector that looks for pods in the namespace of its owner."""
    return ObjectSelector(owner, path, selector, POD, frozenset({namespace_of(owner)}))


def _label_selector(owner: Resource, path: Path, value: Data) -> Selector:
    return selector_of(owner, path, from_label_selector, value)


_READERS: Final[dict[Kind, Callable[[Resource], ObjectSelector | None]]] = {
    SERVICE: _service,
    Kind("ReplicationController", ""): _controller,
    **{
        Kind(kind, group): _workload
        for group in ("apps", "extensions")
        for kind in ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")
    },
    Kind("Job", "batch"): _job,
    Kind("NetworkPolicy", "networking.k8s.io"): _network_policy,
    Kind("NetworkPolicy", "extensions"): _network_policy,
    Kind("PodDisruptionBudget", "policy"): _budget,
    Kind("ServiceMonitor", "monitoring.coreos.com"): lambda owner: _monitor(owner, SERVICE),
    Kind("PodMonitor", "monitoring.coreos.com"): lambda owner: _monitor(owner, POD),
}
