"""What a pod says of the node that it is to run on, as selectors: its name and its labels.

It stands in ``spec.nodeName``, ``spec.nodeSelector`` and ``spec.affinity.nodeAffinity`` of the
pod, or of the pod template of what makes pods. All of it is read strictly, fields that are
not known too: a requirement that is passed over lets the pod run where it must not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from labelsel.errors import Path, Problem, described, shown
from labelsel.explain import Reason, Why
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.paths import (
    check_fields,
    label_map_at,
    list_at,
    map_at,
    member_at,
    selector_of,
)
from labelsel.kubernetes.model.resource import Resource
from labelsel.objects import NODE_NAME, from_node_selector
from labelsel.requirements import DoesNotExist, Equals
from labelsel.selector import And, Nothing, Or, Requirement, Selector, all_of, any_of

__all__ = ["POD_AFFINITY", "Preference", "Rule", "Unmet", "pod_spec", "preferences_of", "rules_of"]

#: Where the pod template stands: in a CronJob, in a PodTemplate, in all others.
_TEMPLATES: Final[tuple[Path, ...]] = (
    ("spec", "jobTemplate", "spec", "template"),
    ("template",),
    ("spec", "template"),
)
_TERMS: Final = "nodeSelectorTerms"
_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
#: The parts of an affinity that are about other pods.
POD_AFFINITY: Final = ("podAffinity", "podAntiAffinity")
#: What manifests call what node selectors look for under `NODE_NAME`.
_NAME: Final = "metadata.name"


@dataclass(frozen=True, slots=True)
class Preference:
    """A preferred term of a pod's node affinity.

    Attributes:
        path: where it stands in the pod, or in the workload that makes it.
        weight: what it adds to a node for which it holds, from 1 to 100.
        selector: what it means; a node's name is looked for as ``from_node_selector`` does.
    """

    path: Path
    weight: int
    selector: Selector

    def __str__(self) -> str:
        """The requirements as text, with ``metadata.name`` for the name."""
        return str(_shown(self.selector))


@dataclass(frozen=True, slots=True)
class Unmet:
    """Something that a pod requires of its node, and that a node has not.

    Attributes:
        path: where it stands in the pod, or in the workload that makes it.
        why: the requirement, and what the node has instead; of an affinity without terms, which
            no node meets, a ``why`` with the operation "nothing".
    """

    path: Path
    why: Why

    @property
    def requirement(self) -> str:
        """What is required: ``disk=ssd``."""
        return str(self.why.selector) if isinstance(self.why, Reason) else "a term that can hold"

    @property
    def has(self) -> str:
        """What the node has instead: ``disk=hdd``, ``no disk``."""
        return self.why.has if isinstance(self.why, Reason) else "no terms in the affinity"

    def __str__(self) -> str:
        return f"{self.requirement}: has {self.has}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a pod requires of its node.

    Attributes:
        path: where it stands in the pod, or in the workload that makes it.
        ways: what is enough for it, each with its own path; a node meets one of them or not.
    """

    path: Path
    ways: list[tuple[Path, Selector]]

    @property
    def selector(self) -> Selector:
        """What the rule means; a node's name is looked for under `NODE_NAME`."""
        return any_of(selector for _, selector in self.ways)

    def unmet(self, labels: Mapping[str, str]) -> Iterator[Unmet]:
        """What a node lacks of the way that it comes nearest to; of equals that is the first."""
        ways = [(path, selector.why(labels)) for path, selector in self.ways]
        if any(why for _, why in ways):
            return
        nothing = self.path, Nothing().why(labels)
        path, nearest = min(ways, key=lambda way: len(way[1].faults), default=nothing)
        for fault in nearest.faults:
            yield Unmet(path, _shown_fault(fault))


def pod_spec(pod: Resource) -> Path:
    """The path of the pod's spec in a pod, or in what makes pods.

    Raises:
        ManifestError: the object makes no pods.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> web = Resource("Deployment", "apps/v1", None, "web", {}, {}, {"spec": {"template": {}}},
    ...     Source("a.yaml", 1, 1))
    >>> pod_spec(web)
    ('spec', 'template', 'spec')
    """
    if pod.kind == "Pod":
        return ("spec",)
    for path in _TEMPLATES:
        # Where another kind has its template, this one may have something that is no map.
        if isinstance(member_at(pod, path[:1]), dict) and member_at(pod, path) is not None:
            return (*path, "spec")
    raise pod.fault("it makes no pods: there is no pod template at spec.template")


def rules_of(pod: Resource, spec: Path) -> Iterator[Rule]:
    """What a pod requires of its node; ``spec`` is the path that ``pod_spec`` gives.

    Raises:
        ManifestError: a part of it cannot be read, or is not known.
    """
    path = (*spec, "nodeName")
    name = member_at(pod, path)
    if name is not None and not isinstance(name, str):
        raise pod.fault(Problem(path, f"must be a string, not {described(name)}", name))
    if name:
        yield Rule(path, [(path, Equals(NODE_NAME, name))])
    path = (*spec, "nodeSelector")
    yield Rule(path, [(path, label_map_at(pod, path))])
    affinity = (*spec, "affinity")
    check_fields(pod, affinity, map_at(pod, affinity), ("nodeAffinity", *POD_AFFINITY))
    node_affinity = (*affinity, "nodeAffinity")
    check_fields(pod, node_affinity, map_at(pod, node_affinity), (_REQUIRED, _PREFERRED))
    path = (*node_affinity, _REQUIRED)
    if member_at(pod, path) is not None:
        check_fields(pod, path, map_at(pod, path), (_TERMS,))
        yield Rule(path, list(_terms(pod, (*path, _TERMS))))


def _terms(pod: Resource, path: Path) -> Iterator[tuple[Path, Selector]]:
    """The terms of a required affinity but for the empty ones, each with its path."""
    for number, term in enumerate(list_at(pod, path)):
        place = (*path, number)
        selector = _term(pod, place, term)
        if selector is not None:
            yield place, selector


def preferences_of(pod: Resource, spec: Path) -> Iterator[Preference]:
    """What a pod prefers, but for empty preferences; ``spec`` as for ``rules_of``.

    Raises:
        ManifestError: a part of it cannot be read, or is not known.
    """
    path = (*spec, "affinity", "nodeAffinity", _PREFERRED)
    for number, item in enumerate(list_at(pod, path)):
        place = (*path, number)
        check_fields(pod, place, item, ("weight", "preference"))
        weight, term = item.get("weight"), item.get("preference")
        if type(weight) is not int or not 1 <= weight <= 100:
            problem = f"must be a whole number from 1 to 100, not {shown(weight)}"
            raise pod.fault(Problem((*place, "weight"), problem, weight))
        selector = _term(pod, (*place, "preference"), {} if term is None else term)
        if selector is not None:
            yield Preference(place, weight, selector)


def _term(pod: Resource, path: Path, term: Data) -> Selector | None:
    """The meaning of one term for nodes that have a name; None for an empty one."""
    check_fields(pod, path, term, ("matchExpressions", "matchFields"))
    terms = {_TERMS: [term]}
    selector = selector_of(pod, path, from_node_selector, terms, within=(_TERMS, 0))
    for number, field in enumerate(term.get("matchFields") or ()):
        if field["key"] != _NAME:
            problem = f"must be {_NAME}, the only field of a node, not {shown(field['key'])}"
            raise pod.fault(Problem((*path, "matchFields", number, "key"), problem, field["key"]))
    return None if isinstance(selector, Nothing) else _of_named(selector)


def _of_named(selector: Selector) -> Selector:
    """The same for nodes with a name, as all have here: without what holds where there is none."""
    match selector:
        case And(terms):
            return all_of(map(_of_named, terms))
        case Or((DoesNotExist(key=key), named)) if key == NODE_NAME:
            return named
        case _:
            return selector


def _shown(selector: Selector) -> Selector:
    """The same as manifests say it: about ``metadata.name``."""
    match selector:
        case And(terms):
            return all_of(map(_shown, terms))
        case Requirement(key=key) if key == NODE_NAME:
            return replace(selector, key=_NAME)
        case _:
            return selector


def _shown_fault(fault: Why) -> Why:
    if not isinstance(fault, Reason) or fault.key != NODE_NAME:
        return fault
    requirement = _shown(fault.selector)
    nearest = None if fault.value is None else (_NAME, fault.value)
    return replace(fault, selector=requirement, key=_NAME, nearest=nearest)
