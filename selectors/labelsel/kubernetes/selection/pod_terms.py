"""The terms of affinity to other pods, and spread constraints, as selectors of pods.

Reading is strict, as in affinity.py: a part that is skipped would let the pod run on a node where
it must not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from labelsel.errors import (
    Path,
    Problem,
    describe,
    list_words,
    show_value,
)
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import (
    LABEL_SELECTOR,
    MATCH_LABEL_KEYS,
    MISMATCH_LABEL_KEYS,
    PREFERRED,
    REQUIRED,
    SPREAD_CONSTRAINTS,
    TOPOLOGY_KEY,
)
from labelsel.kubernetes.model.paths import check_fields, list_at, map_at, selector_at
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.known_namespaces import KnownNamespaces
from labelsel.labels import validate_key
from labelsel.objects import from_label_selector
from labelsel.requirements import In, NotIn
from labelsel.selector import Selector, all_of, holds

__all__ = [
    "DO_NOT_SCHEDULE",
    "POD_AFFINITY",
    "POD_ANTI_AFFINITY",
    "SPREAD_FIELDS",
    "TERM_FIELDS",
    "PodTerm",
    "PodView",
    "SpreadConstraint",
    "concerns_namespace",
    "read_pod_terms",
    "read_spread_constraints",
]

POD_AFFINITY: Final = "podAffinity"
POD_ANTI_AFFINITY: Final = "podAntiAffinity"
DO_NOT_SCHEDULE: Final = "DoNotSchedule"
_ACTIONS: Final = (DO_NOT_SCHEDULE, "ScheduleAnyway")
_ACTION: Final = "whenUnsatisfiable"
_POLICIES: Final = ("Honor", "Ignore")
_NAMESPACES: Final = "namespaces"
_NAMESPACE_SELECTOR: Final = "namespaceSelector"
TERM_FIELDS: Final = (
    *(LABEL_SELECTOR, TOPOLOGY_KEY, _NAMESPACES, _NAMESPACE_SELECTOR),
    *(MATCH_LABEL_KEYS, MISMATCH_LABEL_KEYS),
)
SPREAD_FIELDS: Final = (
    *(LABEL_SELECTOR, TOPOLOGY_KEY, MATCH_LABEL_KEYS, _ACTION),
    *("maxSkew", "minDomains", "nodeAffinityPolicy", "nodeTaintsPolicy"),
)


@dataclass(frozen=True, slots=True)
class PodView:
    """A pod, as the terms in it and the terms of other pods see it.

    Attributes:
        origin: the pod itself, or the workload whose template makes such pods.
        spec: the path of the pod's spec in it.
        namespace: the namespace of the pod.
        labels: the labels of the pod.
    """

    origin: Resource
    spec: Path
    namespace: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PodTerm:
    """A required term of affinity to other pods.

    Attributes:
        path: its path in the pod, or in the workload that makes the pod.
        selector: the pods that it selects, with ``matchLabelKeys`` and ``mismatchLabelKeys``.
        topology_key: the key of the nodes' label whose value two nodes in one domain share.
        namespaces: the namespaces in which it selects pods for sure; None for all.
        possible: the namespaces in which it may select pods; None for all.
        label_keys: the keys whose values it takes from the pod.
    """

    path: Path
    selector: Selector
    topology_key: str
    namespaces: frozenset[str] | None
    possible: frozenset[str] | None
    label_keys: tuple[str, ...]

    def may_select(self, namespace: str, labels: Mapping[str, str]) -> bool:
        """Return whether it selects a pod, or may do so for all that is known."""
        is_inside = self.possible is None or namespace in self.possible
        return is_inside and holds(self.selector, labels)

    def selects(self, namespace: str, labels: Mapping[str, str]) -> bool:
        """Return whether it selects a pod for sure."""
        is_inside = self.namespaces is None or namespace in self.namespaces
        return is_inside and holds(self.selector, labels)


def read_pod_terms(view: PodView, name: str, known: KnownNamespaces) -> list[PodTerm]:
    """Return the required terms of a pod's affinity to other pods.

    Arguments:
        view: the pod.
        name: `POD_AFFINITY` or `POD_ANTI_AFFINITY`.
        known: the namespaces of the input, for ``namespaceSelector``.

    Raises:
        ManifestError: a part cannot be read, or is a field that is not known.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> term = {"labelSelector": {"matchLabels": {"app": "db"}}, "topologyKey": "zone"}
    >>> affinity = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    >>> pod = Resource("Pod", "v1", "shop", "web", {}, {}, {"spec": {"affinity": affinity}},
    ...     Source("a.yaml", 1, 1))
    >>> view = PodView(pod, ("spec",), "shop", {})
    >>> found, = read_pod_terms(view, "podAffinity", KnownNamespaces([]))
    >>> str(found.selector), found.topology_key, found.namespaces
    ('app=db', 'zone', frozenset({'shop'}))
    """
    path = (*view.spec, "affinity", name)
    check_fields(view.origin, path, map_at(view.origin, path), (REQUIRED, PREFERRED))
    path = (*path, REQUIRED)
    items = enumerate(list_at(view.origin, path))
    return [_read_term(view, (*path, number), item, known) for number, item in items]


def concerns_namespace(term: Data, own: str, namespace: str) -> bool:
    """Return whether a term of a pod may select pods of a namespace; unread parts may.

    ``own`` is the namespace of the pod that has the term. This costs a microsecond; reading a
    term costs thirty, and of 100,000 pods most are in other namespaces.

    >>> concerns_namespace({"topologyKey": "zone"}, "shop", "blog")
    False
    """
    if not isinstance(term, dict) or term.get(_NAMESPACE_SELECTOR) is not None:
        return True
    names = term.get(_NAMESPACES) or [own]
    return not isinstance(names, list) or namespace in names


def _read_term(view: PodView, path: Path, term: Data, known: KnownNamespaces) -> PodTerm:
    check_fields(view.origin, path, term, TERM_FIELDS)
    selector, label_keys = _read_selector(view, path, term)
    sure, possible = _read_namespaces(view, path, term, known)
    return PodTerm(path, selector, _topology_key(view, path, term), sure, possible, label_keys)


def _read_selector(
    view: PodView, path: Path, term: Mapping[str, Data]
) -> tuple[Selector, tuple[str, ...]]:
    """Return the selector of pods in a term or constraint, and the keys it takes from the pod.

    A key that the pod does not have is ignored, as the API server does.
    """
    value = term.get(LABEL_SELECTOR)
    selector = selector_at(view.origin, (*path, LABEL_SELECTOR), from_label_selector, value)
    parts = [selector]
    same = _key_list(view, (*path, MATCH_LABEL_KEYS), term)
    other = _key_list(view, (*path, MISMATCH_LABEL_KEYS), term)
    if (same or other) and value is None:
        name = MATCH_LABEL_KEYS if same else MISMATCH_LABEL_KEYS
        problem = f"needs a {LABEL_SELECTOR}: the keys only restrict what that selects"
        raise view.origin.fault(Problem((*path, name), problem, term[name]))
    parts += [In(key, [view.labels[key]]) for key in same if key in view.labels]
    parts += [NotIn(key, [view.labels[key]]) for key in other if key in view.labels]
    return all_of(parts), (*same, *other)


def _key_list(view: PodView, path: Path, term: Mapping[str, Data]) -> list[str]:
    """Return the list of label keys that a term has under the last name of a path."""
    keys = _strings(view, path, term.get(str(path[-1])))
    for number, key in enumerate(keys):
        for fault in validate_key(key)[:1]:
            raise view.origin.fault(Problem((*path, number), fault, key))
    return keys


def _strings(view: PodView, path: Path, value: Data) -> list[str]:
    """Return a list of strings; an empty one for null."""
    if value is not None and not isinstance(value, list):
        raise view.origin.fault(Problem(path, f"must be a list, not {describe(value)}", value))
    found = []
    for number, item in enumerate(value or ()):
        if not isinstance(item, str):
            problem = f"must be a string, not {describe(item)}"
            raise view.origin.fault(Problem((*path, number), problem, item))
        found.append(item)
    return found


def _topology_key(view: PodView, path: Path, term: Mapping[str, Data]) -> str:
    key = term.get(TOPOLOGY_KEY)
    if key is None or key == "":
        raise view.origin.fault(Problem(path, f"there must be a {TOPOLOGY_KEY}", term))
    for fault in validate_key(key)[:1]:
        raise view.origin.fault(Problem((*path, TOPOLOGY_KEY), fault, key))
    return str(key)


def _read_namespaces(
    view: PodView, path: Path, term: Mapping[str, Data], known: KnownNamespaces
) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """Return the namespaces of a term for sure, and the possible ones; None for all.

    The list and the selector add up. Without both it is the namespace of the pod.
    """
    names = frozenset(_strings(view, (*path, _NAMESPACES), term.get(_NAMESPACES)))
    value = term.get(_NAMESPACE_SELECTOR)
    if value is None:
        own = names or frozenset((view.namespace,))
        return own, own
    where = (*path, _NAMESPACE_SELECTOR)
    sure, possible = known.select_surely(
        selector_at(view.origin, where, from_label_selector, value)
    )
    return None if sure is None else sure | names, None if possible is None else possible | names


# Topology spread


@dataclass(frozen=True, slots=True)
class SpreadConstraint:
    """A topology spread constraint that keeps pods off nodes.

    Attributes:
        path: its path in the pod, or in the workload that makes the pod.
        selector: the pods that it counts, with ``matchLabelKeys``.
        topology_key: the key of the nodes' label whose values are the domains.
        max_skew: how many pods a domain may have more than the emptiest one.
        min_domains: with fewer domains than this the emptiest one counts as empty.
        honors_affinity: whether only nodes count that the pod's node affinity permits.
        honors_taints: whether only nodes count whose taints the pod tolerates.
        label_keys: the keys whose values it takes from the pod.
    """

    path: Path
    selector: Selector
    topology_key: str
    max_skew: int
    min_domains: int
    honors_affinity: bool
    honors_taints: bool
    label_keys: tuple[str, ...]


def read_spread_constraints(view: PodView) -> list[SpreadConstraint]:
    """Return the topology spread constraints of a pod with ``whenUnsatisfiable: DoNotSchedule``.

    The others only rank nodes.

    Raises:
        ManifestError: a part cannot be read, or is a field that is not known.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> spread = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
    >>> pod = Resource("Pod", "v1", "shop", "web", {}, {},
    ...     {"spec": {"topologySpreadConstraints": [spread]}}, Source("a.yaml", 1, 1))
    >>> found, = read_spread_constraints(PodView(pod, ("spec",), "shop", {}))
    >>> found.max_skew, found.min_domains, found.honors_affinity, found.honors_taints
    (1, 1, True, False)
    """
    return list(_constraints(view))


def _constraints(view: PodView) -> Iterator[SpreadConstraint]:
    pod = view.origin
    for number, item in enumerate(list_at(pod, (*view.spec, SPREAD_CONSTRAINTS))):
        path = (*view.spec, SPREAD_CONSTRAINTS, number)
        check_fields(pod, path, item, SPREAD_FIELDS)
        action = item.get(_ACTION)
        if action not in _ACTIONS:
            problem = f"must be {list_words(_ACTIONS)}, not {show_value(action)}"
            raise pod.fault(Problem((*path, _ACTION), problem, action))
        if action == DO_NOT_SCHEDULE:
            yield _read_constraint(view, path, item)


def _read_constraint(view: PodView, path: Path, item: Mapping[str, Data]) -> SpreadConstraint:
    selector, label_keys = _read_selector(view, path, item)
    return SpreadConstraint(
        path,
        selector,
        _topology_key(view, path, item),
        _count(view, (*path, "maxSkew"), item),
        _count(view, (*path, "minDomains"), {"minDomains": 1} | _without_null(item)),
        _policy(view, (*path, "nodeAffinityPolicy"), item, "Honor"),
        _policy(view, (*path, "nodeTaintsPolicy"), item, "Ignore"),
        label_keys,
    )


def _without_null(item: Mapping[str, Data]) -> dict[str, Data]:
    return {name: value for name, value in item.items() if value is not None}


def _count(view: PodView, path: Path, item: Mapping[str, Data]) -> int:
    value = item.get(str(path[-1]))
    if type(value) is not int or value < 1:
        problem = f"must be a whole number greater than 0, not {show_value(value)}"
        raise view.origin.fault(Problem(path, problem, value))
    return value


def _policy(view: PodView, path: Path, item: Mapping[str, Data], default: str) -> bool:
    """Return whether a policy is to honor what it is about."""
    value = item.get(str(path[-1]))
    value = default if value is None else value
    if value not in _POLICIES:
        problem = f"must be {list_words(_POLICIES)}, not {show_value(value)}"
        raise view.origin.fault(Problem(path, problem, value))
    return value == _POLICIES[0]
