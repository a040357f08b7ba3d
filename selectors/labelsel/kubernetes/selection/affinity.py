"""The requirements and preferences of a pod about its node, as selectors over name and labels.

They are ``spec.nodeName``, ``spec.nodeSelector`` and ``spec.affinity.nodeAffinity`` of the pod,
or of the pod template of a workload. Reading is strict: a field that is not known is an error,
since a requirement that is skipped would let the pod run on a node where it must not. Only one of
several ORed terms may be left out: the pod may then run on fewer nodes, never on more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from labelsel.errors import (
    ManifestError,
    Path,
    Problem,
    describe,
    require_type,
    show_value,
)
from labelsel.explain import Reason, Why
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import (
    MATCH_EXPRESSIONS,
    MATCH_FIELDS,
    NODE_SELECTOR_TERMS,
    PREFERRED,
    REQUIRED,
)
from labelsel.kubernetes.model.paths import (
    check_fields,
    label_map_at,
    list_at,
    map_at,
    selector_at,
    value_at,
)
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource
from labelsel.objects import NODE_NAME, from_node_selector
from labelsel.requirements import DoesNotExist, Equals
from labelsel.selector import And, Nothing, Or, Requirement, Selector, all_of, any_of

__all__ = [
    "NodeRequirement",
    "Preference",
    "UnmetRequirement",
    "node_preferences",
    "node_requirements",
    "pod_spec",
    "with_field_name",
]

#: The paths of the pod template: in a CronJob, in a PodTemplate, in all other workloads.
_TEMPLATES: Final[tuple[Path, ...]] = (
    ("spec", "jobTemplate", "spec", "template"),
    ("template",),
    ("spec", "template"),
)
#: The parts of an affinity.
_AFFINITY: Final = ("nodeAffinity", "podAffinity", "podAntiAffinity")
#: The fields that requirements about the node come from.
_CAUSES: Final = ("nodeAffinity", "nodeSelector", "nodeName")
#: The field of manifests that node selectors of this library look up under `NODE_NAME`.
_NAME: Final = "metadata.name"


@dataclass(frozen=True, slots=True)
class Preference:
    """A preferred term of a pod's node affinity: an entry of `Placement.preferences`.

    ``str()`` of it is the requirements as text, with ``metadata.name`` for the name of the node.

    Attributes:
        path: its path in the pod, or in the workload that makes the pod.
        weight: the weight that a node gets for which it holds, from 1 to 100.
        selector: its meaning; the node's name is under ``labelsel.objects.NODE_NAME``, as in
            `from_node_selector`.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, nodes_for
    >>> term = {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}
    >>> affinity = {"preferredDuringSchedulingIgnoredDuringExecution": [
    ...     {"weight": 5, "preference": term}]}
    >>> here = Inventory.of([
    ...     {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "db"},
    ...      "spec": {"affinity": {"nodeAffinity": affinity}}},
    ...     {"kind": "Node", "apiVersion": "v1",
    ...      "metadata": {"name": "n1", "labels": {"disk": "ssd"}}}])
    >>> [placement] = nodes_for(here.get("pods", "db"), here.select("nodes")).fitting
    >>> [(preference.weight, str(preference)) for preference in placement.preferences]
    [(5, 'disk in (ssd)')]
    """

    path: Path
    weight: int
    selector: Selector

    def __str__(self) -> str:
        """Return the requirements as text, with ``metadata.name`` for the name."""
        return str(with_field_name(self.selector))


@dataclass(frozen=True, slots=True)
class UnmetRequirement:
    """A requirement of a pod that a node does not meet: an entry of `NodeRefusal.unmet`.

    ``str()`` of it has the requirement, and what the node has instead.

    Attributes:
        path: its path in the pod, or in the workload that makes the pod.
        why: the requirement, and what the node has instead. For an affinity without terms,
            which no node meets, a `Why` with the operation "nothing".

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, nodes_for
    >>> here = Inventory.of([
    ...     {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "db"},
    ...      "spec": {"nodeSelector": {"disk": "ssd"}}},
    ...     {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1"}}])
    >>> [refusal] = nodes_for(here.get("pods", "db"), here.select("nodes")).refused
    >>> [unmet] = refusal.unmet
    >>> unmet.cause, unmet.requirement, unmet.has
    ('nodeSelector', 'disk=ssd', 'no disk')
    """

    path: Path
    why: Why

    @property
    def cause(self) -> str:
        """The field that it comes from: "nodeAffinity", "nodeSelector" or "nodeName".

        O(1); raises nothing.
        """
        return next(name for name in _CAUSES if name in self.path)

    @property
    def requirement(self) -> str:
        """The requirement as text: ``disk=ssd``. O(1); raises nothing."""
        return str(self.why.selector) if isinstance(self.why, Reason) else "a term that can hold"

    @property
    def has(self) -> str:
        """What the node has instead: ``disk=hdd``, ``no disk``. O(1); raises nothing."""
        return self.why.has if isinstance(self.why, Reason) else "no terms in the affinity"

    def __str__(self) -> str:
        return f"{self.requirement}: has {self.has}"


@dataclass(frozen=True, slots=True)
class NodeRequirement:
    """One requirement of a pod about its node: the node must match one of the alternatives.

    Attributes:
        path: its path in the pod, or in the workload that makes the pod.
        alternatives: the selectors, one of which must hold, each with its own path.
    """

    path: Path
    alternatives: list[tuple[Path, Selector]]

    @property
    def selector(self) -> Selector:
        """Its meaning; the node's name is under `NODE_NAME`."""
        return any_of(selector for _, selector in self.alternatives)

    def find_unmet(self, labels: Mapping[str, str]) -> Iterator[UnmetRequirement]:
        """Yield what a node lacks of the nearest alternative; nothing if one holds.

        The nearest alternative is the one with the fewest faults, the first one among equals.

        >>> from labelsel import parse
        >>> path = ("spec", "nodeSelector")
        >>> ssd = NodeRequirement(path, [(path, parse("disk=ssd"))])
        >>> [str(unmet) for unmet in ssd.find_unmet({"disk": "hdd"})]
        ['disk=ssd: has disk=hdd']
        """
        explained = [(path, selector.why(labels)) for path, selector in self.alternatives]
        if any(why for _, why in explained):
            return
        nothing = self.path, Nothing().why(labels)
        path, nearest = min(explained, key=lambda each: len(each[1].faults), default=nothing)
        for fault in nearest.faults:
            yield UnmetRequirement(path, _fault_with_field_name(fault))


def pod_spec(pod: Resource) -> Path:
    """Return the path of the pod's spec in a pod, or in a workload.

    Raises:
        ManifestError: the object makes no pods.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> web = Resource("Deployment", "apps/v1", None, "web", {}, {}, {"spec": {"template": {}}},
    ...     Source("a.yaml", 1, 1))
    >>> pod_spec(web)
    ('spec', 'template', 'spec')
    """
    if require_type(Resource, pod, HOW_TO_READ).kind == "Pod":
        return ("spec",)
    for path in _TEMPLATES:
        # At the path where another kind has its template, this kind may have another value.
        if isinstance(value_at(pod, path[:1]), dict) and value_at(pod, path) is not None:
            return (*path, "spec")
    raise pod.fault(
        "it makes no pods: name a pod, or a workload, whose spec.template is a pod template"
    )


def node_requirements(
    pod: Resource, spec: Path, on_error: Callable[[ManifestError], None] | None = None
) -> Iterator[NodeRequirement]:
    """Yield the requirements of a pod about its node.

    Arguments:
        pod: a pod, or a workload.
        spec: the path of the pod's spec, from `pod_spec`.
        on_error: called for each term of required node affinity that cannot be read, where
            another term can: terms are ORed, so without it the pod may run on fewer nodes.

    Raises:
        ManifestError: a part cannot be read, or is a field that is not known.

    >>> from labelsel.kubernetes import Resource, Source
    >>> body = {"spec": {"nodeName": "n1", "nodeSelector": {"disk": "ssd"}}}
    >>> pod = Resource("Pod", "v1", None, "db", {}, {}, body, Source("a.yaml", 1, 1))
    >>> [".".join(requirement.path) for requirement in node_requirements(pod, pod_spec(pod))]
    ['spec.nodeName', 'spec.nodeSelector']
    """
    path = (*spec, "nodeName")
    name = value_at(pod, path)
    if name is not None and not isinstance(name, str):
        raise pod.fault(Problem(path, f"must be a string, not {describe(name)}", name))
    if name:
        yield NodeRequirement(path, [(path, Equals(NODE_NAME, name))])
    path = (*spec, "nodeSelector")
    yield NodeRequirement(path, [(path, label_map_at(pod, path))])
    affinity = (*spec, "affinity")
    check_fields(pod, affinity, map_at(pod, affinity), _AFFINITY)
    node_affinity = (*affinity, "nodeAffinity")
    check_fields(pod, node_affinity, map_at(pod, node_affinity), (REQUIRED, PREFERRED))
    path = (*node_affinity, REQUIRED)
    if value_at(pod, path) is not None:
        check_fields(pod, path, map_at(pod, path), (NODE_SELECTOR_TERMS,))
        yield NodeRequirement(path, _terms(pod, (*path, NODE_SELECTOR_TERMS), on_error))


def _terms(
    pod: Resource, path: Path, on_error: Callable[[ManifestError], None] | None
) -> list[tuple[Path, Selector]]:
    """Return the terms of a required affinity that are not empty, each with its path."""
    found = []
    errors = []
    for number, term in enumerate(list_at(pod, path)):
        try:
            selector = _read_term(pod, (*path, number), term)
        except ManifestError as error:
            errors.append(error)
        else:
            found += [] if selector is None else [((*path, number), selector)]
    for fault in errors:
        if on_error is None or not found:
            raise fault
        on_error(fault)
    return found


def node_preferences(pod: Resource, spec: Path) -> Iterator[Preference]:
    """Yield the preferences of a pod that are not empty; ``spec`` is the path from `pod_spec`.

    Raises:
        ManifestError: a part cannot be read, or is a field that is not known.

    >>> from labelsel.kubernetes import Resource, Source
    >>> term = {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}
    >>> affinity = {"preferredDuringSchedulingIgnoredDuringExecution": [
    ...     {"weight": 5, "preference": term}]}
    >>> body = {"spec": {"affinity": {"nodeAffinity": affinity}}}
    >>> pod = Resource("Pod", "v1", None, "db", {}, {}, body, Source("a.yaml", 1, 1))
    >>> [(preference.weight, str(preference)) for preference in node_preferences(pod, ("spec",))]
    [(5, 'disk in (ssd)')]
    """
    path = (*spec, "affinity", "nodeAffinity", PREFERRED)
    for number, item in enumerate(list_at(pod, path)):
        item_path = (*path, number)
        check_fields(pod, item_path, item, ("weight", "preference"))
        weight, term = item.get("weight"), item.get("preference")
        if type(weight) is not int or not 1 <= weight <= 100:
            problem = f"must be a whole number from 1 to 100, not {show_value(weight)}"
            raise pod.fault(Problem((*item_path, "weight"), problem, weight))
        selector = _read_term(pod, (*item_path, "preference"), {} if term is None else term)
        if selector is not None:
            yield Preference(item_path, weight, selector)


def _read_term(pod: Resource, path: Path, term: Data) -> Selector | None:
    """Return the meaning of one term for nodes that have a name; None for an empty term."""
    check_fields(pod, path, term, (MATCH_EXPRESSIONS, MATCH_FIELDS))
    terms = {NODE_SELECTOR_TERMS: [term]}
    selector = selector_at(pod, path, from_node_selector, terms, within=(NODE_SELECTOR_TERMS, 0))
    for number, field in enumerate(term.get(MATCH_FIELDS) or ()):
        if field["key"] != _NAME:
            problem = f"must be {_NAME}, the only field of a node, not {show_value(field['key'])}"
            raise pod.fault(Problem((*path, MATCH_FIELDS, number, "key"), problem, field["key"]))
    return None if isinstance(selector, Nothing) else _require_name(selector)


def _require_name(selector: Selector) -> Selector:
    """Return what a selector means for nodes that have a name, as all nodes here have.

    ``from_node_selector`` skips matchFields for a node without a name: it makes an Or of them.
    """
    match selector:
        case And(terms):
            return all_of(map(_require_name, terms))
        case Or((DoesNotExist(key=key), requirement)) if key == NODE_NAME:
            return requirement
        case _:
            return selector


def with_field_name(selector: Selector) -> Selector:
    """Return a selector with ``metadata.name``, as manifests write it, instead of `NODE_NAME`."""
    match selector:
        case And(terms):
            return all_of(map(with_field_name, terms))
        case Requirement(key=key) if key == NODE_NAME:
            return replace(selector, key=_NAME)
        case _:
            return selector


def _fault_with_field_name(fault: Why) -> Why:
    if not isinstance(fault, Reason) or fault.key != NODE_NAME:
        return fault
    requirement = with_field_name(fault.selector)
    nearest = None if fault.value is None else (_NAME, fault.value)
    return replace(fault, selector=requirement, key=_NAME, nearest=nearest)
