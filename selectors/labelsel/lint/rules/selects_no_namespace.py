"""Rule selects-no-namespace: a selector of namespaces names a label that no Namespace has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from labelsel.errors import InvalidObjectError, Path, path_text
from labelsel.explain import required_values
from labelsel.kubernetes import Kind, Resource, SelectorTarget, served_labels
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.served_labels import NAMESPACE_NAME_KEY
from labelsel.kubernetes.selection.label_locations import is_custom
from labelsel.kubernetes.selection.monitor_selectors import has_monitor_selectors
from labelsel.lint.cluster_only import SYSTEM_NAMESPACES
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.nearest_match import NearestMatch, find_nearest_match
from labelsel.lint.registry import Severity, rule
from labelsel.lint.selector_parts import requirements
from labelsel.lint.target_group import TargetGroup
from labelsel.objects import from_label_selector
from labelsel.requirements import Equals, NotIn
from labelsel.selector import Requirement, Selector
from labelsel.typos import TypoIndex

__all__ = ["selects_no_namespace"]

_NAMESPACE: Final = Kind("Namespace", "")
#: People expect each Namespace to have its name under this key, and nothing puts it there.
_NAME_KEY: Final = "name"
#: The ends of the names of fields that hold a selector of namespaces.
_FIELD_ENDS: Final = ("namespaceSelector", "NamespaceSelector")


class _NamespaceSelector(NamedTuple):
    """A selector of namespaces in an object."""

    owner: Resource
    path: Path
    selector: Selector

    def finding(self, message: str, fix: str) -> Finding:
        """Return a finding about this selector."""
        text = f"{path_text(self.path)} {self.selector} {message}"
        return make_finding(selects_no_namespace, self.owner, self.path, text, fix)


@rule(
    "selects-no-namespace",
    Severity.ERROR,
    "A selector of namespaces requires a label that no Namespace has: a typo, or the key name",
    needs_all=True,
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#selects-no-namespace",
)
def selects_no_namespace(context: Context) -> Iterator[Finding]:
    """Find selectors of namespaces that require the key ``name``, or have a typo.

    1. The selectors in NetworkPolicies, webhooks, admission policies, affinity and Prometheus.
    2. Each Namespace of a cluster has its name under ``kubernetes.io/metadata.name``. Under
       ``name`` it has only what somebody put there: if the input has the Namespace without it,
       that is certain; otherwise it is a note, since somebody may have done it by hand.
    3. Other labels are reported only for a typo: inputs seldom have all Namespaces.
    """
    search = _Search(context)
    for resource in context.resources:
        for found in _namespace_selectors(resource):
            finding = search.find_fault(found)
            if finding is not None:
                yield finding


class _Search:
    """The Namespaces of the input, indexed once for all selectors."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._objects = context.namespaces.objects
        self._group = TargetGroup(context.neighbors)
        for each in self._objects.values():
            labels = dict(served_labels(each))
            labels |= dict(context.kustomizations.object_labels(each.source.file))
            self._group.items.append(SelectorTarget(_NAMESPACE, "", labels, each))
        self._names = TypoIndex([*context.namespaces.labels, *SYSTEM_NAMESPACES])

    def find_fault(self, found: _NamespaceSelector) -> Finding | None:
        """Return what is wrong with a selector; None if it may well select a namespace."""
        for term in requirements(found.selector):
            finding = None
            if term.key == _NAME_KEY and _names_of(term):
                finding = self._check_name_key(found, term)
            elif term.key == NAMESPACE_NAME_KEY:
                finding = self._check_name(found, term)
            if finding is not None:
                return finding
        return self._check_labels(found)

    def _check_name_key(self, found: _NamespaceSelector, term: Requirement) -> Finding | None:
        names = _names_of(term)
        if any(self._group.index.count(Equals(_NAME_KEY, name)) for name in names):
            return None
        known = sorted(name for name in names if name in self._objects)
        is_negative = isinstance(term, NotIn)
        if is_negative and not known:
            return None
        effect = "excludes no namespace" if is_negative else "selects no namespace"
        who = (
            f"namespace/{known[0]} has no label 'name'"
            if known
            else "no Namespace has a label 'name'"
        )
        message = f"{effect}: {who}"
        key = f"{NAMESPACE_NAME_KEY} instead of {_NAME_KEY}, as the API server sets it"
        finding = found.finding(message, f"write {key}")
        return finding if known and not self._is_open(known) else replace(finding, unsure=True)

    def _is_open(self, names: list[str]) -> bool:
        is_open = self._context.kustomizations.is_open
        return any(is_open(self._objects[name].source.file) for name in names)

    def _check_name(self, found: _NamespaceSelector, term: Requirement) -> Finding | None:
        known = self._context.namespaces.labels
        for name in sorted(required_values(term) - known.keys() - SYSTEM_NAMESPACES):
            meant = next(iter(self._names.typos_of(name)), None)
            if meant is not None and isinstance(term, Equals):
                message = f"selects no namespace: {name} is one typo away from {meant}"
                return found.finding(message, f"write {NAMESPACE_NAME_KEY}: {meant}")
        return None

    def _check_labels(self, found: _NamespaceSelector) -> Finding | None:
        selector = found.selector
        if self._group.index.count(selector):
            return None
        match = find_nearest_match(selector, found.owner, [self._group])
        if match is None or not match.is_typo or _is_about_names(match):
            return None
        return found.finding(f"selects no namespace; {match.description}", match.fix)


def _names_of(term: Requirement) -> frozenset[str]:
    """Return the names that a requirement lists, to select them or to exclude them."""
    return term.values if isinstance(term, NotIn) else required_values(term)


def _is_about_names(typo: NearestMatch) -> bool:
    """Whether the one requirement with a typo is about a name."""
    return typo.faults[0].key in {_NAME_KEY, NAMESPACE_NAME_KEY}


def _namespace_selectors(resource: Resource) -> Iterator[_NamespaceSelector]:
    """Yield the selectors of namespaces in an object of Kubernetes or of the Prometheus operator.

    A monitor has a field of this name that is no selector; those that cannot be read are for
    `illegal_selector`.
    """
    if is_custom(resource) and not has_monitor_selectors(resource):
        return
    waiting: list[tuple[Path, Data]] = [(("spec",), resource.body.get("spec"))]
    waiting += [(("webhooks",), resource.body.get("webhooks"))]
    while waiting:
        path, value = waiting.pop()
        entries = enumerate(value) if isinstance(value, list) else ()
        for key, inside in value.items() if isinstance(value, dict) else entries:
            if str(key).endswith(_FIELD_ENDS):
                selector = _read(inside)
                if selector is not None:
                    yield _NamespaceSelector(resource, (*path, key), selector)
            elif isinstance(inside, dict | list):
                waiting.append(((*path, key), inside))


def _read(value: Data) -> Selector | None:
    try:
        return from_label_selector(value)
    except InvalidObjectError:
        return None
