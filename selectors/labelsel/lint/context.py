"""All that the rules look at: what the objects of an input select, and what can be selected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Final, NamedTuple

from labelsel.errors import Path
from labelsel.kubernetes import (
    POD,
    Kind,
    ManifestError,
    ObjectSelector,
    Resource,
    SelectorTarget,
    namespace_of,
    read_object_selector,
    selector_target,
)
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.scalars import nulls_as_empty
from labelsel.lint.label_locations import metadata_maps, node_selectors, pod_templates, value_at
from labelsel.lint.selector_fields import SelectorField, selector_fields
from labelsel.lint.selector_parts import requirements
from labelsel.lint.target_group import TargetGroup
from labelsel.selector import Selector

__all__ = ["Context", "Workload"]

#: Kinds whose selector has to find something. That of a workload is for its own pods.
_SEEKERS: Final = frozenset(
    {"NetworkPolicy", "PodDisruptionBudget", "PodMonitor", "Service", "ServiceMonitor"}
)


class Workload(NamedTuple):
    """A workload's selector, and the pods that its template makes."""

    object_selector: ObjectSelector
    pods: SelectorTarget

    @property
    def owner(self) -> Resource:
        """The workload itself."""
        return self.object_selector.owner

    @property
    def selector(self) -> Selector:
        """The workload's selector."""
        return self.object_selector.selector


class Context:
    """The objects of an input, read once for all rules.

    Attributes:
        resources: the objects.
        object_selectors: the selectors of all objects that carry one that can be read.
        templates: the pods that each workload makes, by ``id()`` of the workload.
        bad_selectors: objects with a selector that cannot be read, and the error.
        bad_labels: objects whose pods have labels that cannot be read, and the error.
        complete: whether these are all objects of the input.
    """

    def __init__(self, resources: Iterable[Resource], *, complete: bool = True) -> None:
        self.resources = list(resources)
        self.complete = complete
        self.object_selectors: list[ObjectSelector] = []
        self.templates: dict[int, SelectorTarget] = {}
        self.bad_selectors: list[tuple[Resource, ManifestError]] = []
        self.bad_labels: list[tuple[Resource, ManifestError]] = []
        self._groups: dict[tuple[Kind, str | None], TargetGroup] = defaultdict(TargetGroup)
        for resource in self.resources:
            self._read_selector(resource)
            self._read_labels(resource)

    @cached_property
    def labels(self) -> list[tuple[Resource, Path, Data]]:
        """All label maps of the objects and of their templates; see ``metadata_maps``."""
        return [(one, *found) for one in self.resources for found in metadata_maps(one, "labels")]

    @cached_property
    def node_selectors(self) -> list[tuple[Resource, Path, Data]]:
        """All node selectors of pods and pod templates."""
        return [(one, *found) for one in self.resources for found in node_selectors(one)]

    @cached_property
    def selector_fields(self) -> list[tuple[Resource, SelectorField]]:
        """All fields that select, but for the objects' own selectors; see `selector_fields`."""
        return [(one, field) for one in self.resources for field in selector_fields(one)]

    @cached_property
    def seekers(self) -> list[ObjectSelector]:
        """The object selectors that have to find something: of Services, policies, monitors."""
        return [
            each
            for each in self.object_selectors
            if each.owner.kind in _SEEKERS and requirements(each.selector)
        ]

    @cached_property
    def workloads(self) -> list[Workload]:
        """The workloads of which both the selector and the template can be read."""
        return [
            Workload(each, pods)
            for each in self.object_selectors
            if (pods := self.templates.get(id(each.owner))) is not None
        ]

    def all_targets(self, kind: Kind) -> TargetGroup:
        """Return all pods, or all Services, of every namespace."""
        return self._groups.get((kind, None), TargetGroup())

    def target_groups(self, object_selector: ObjectSelector) -> list[TargetGroup]:
        """Return where a selector looks: a group for each of its namespaces that has targets."""
        namespaces = object_selector.namespaces
        names = [None] if namespaces is None else sorted(namespaces)
        keys = [(object_selector.target, name) for name in names]
        return [self._groups[key] for key in keys if key in self._groups]

    def _read_selector(self, resource: Resource) -> None:
        try:
            found = read_object_selector(resource)
        except ManifestError as error:
            self.bad_selectors.append((resource, error))
        else:
            if found is not None:
                self.object_selectors.append(found)

    def _read_labels(self, resource: Resource) -> None:
        try:
            found = selector_target(resource)
        except ManifestError as error:
            self.bad_labels.append((resource, error))
            found = None
        else:
            if found is not None and found.from_template:
                self.templates[id(resource)] = found
        found = found or _other_pods(resource)
        if found is not None:
            for namespace in (found.namespace, None):
                self._groups[found.kind, namespace].items.append(found)


def _other_pods(resource: Resource) -> SelectorTarget | None:
    """Return the pods of a template that `selector_target` does not read, or None.

    Such a template belongs to a custom object, of which another controller makes pods; or some of
    its labels are not strings. `illegal_label` reports those labels, and the other labels
    describe the pods.
    """
    # Of a PodTemplate by itself nothing makes pods.
    templates = () if resource.kind == "PodTemplate" else pod_templates(resource)
    for _, template in templates:
        labels = value_at(template, ("metadata", "labels"))
        known = nulls_as_empty(labels).items() if isinstance(labels, dict) else ()
        strings = {key: value for key, value in known if isinstance(value, str)}
        return SelectorTarget(POD, namespace_of(resource), strings, resource)
    return None
