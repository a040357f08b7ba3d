"""All that the rules look at: what the objects of an input select, and what can be selected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from labelsel.errors import Path
from labelsel.index import LabelIndex
from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.model.scalars import nulls_as_empty
from labelsel.kubernetes.selection.object_selectors import ObjectSelector, read_object_selector
from labelsel.kubernetes.selection.selector_targets import POD, SelectorTarget, selector_target
from labelsel.lint.label_locations import at, metadata_maps, node_selectors, pod_templates
from labelsel.lint.neighbours import Neighbours
from labelsel.selector import And, Requirement, Selector

__all__ = ["Context", "TargetGroup", "key_path", "requirements"]


class TargetGroup:
    """What selectors look for in one namespace, or in all: pods or Services.

    Attributes:
        items: the pods or Services.
    """

    def __init__(self) -> None:
        self.items: list[SelectorTarget] = []
        self._values: dict[str, Neighbours] = {}

    @cached_property
    def index(self) -> LabelIndex[int]:
        """The labels of the items, by their numbers; made when it is first asked for."""
        return LabelIndex({number: item.labels for number, item in enumerate(self.items)})

    @cached_property
    def keys(self) -> Neighbours:
        """All keys of the items' labels."""
        return Neighbours({key for item in self.items for key in item.labels})

    def values(self, key: str) -> Neighbours:
        """All values that the items have for a key; made when they are first asked for."""
        if key not in self._values:
            self._values[key] = Neighbours(self.index.label_values(key))
        return self._values[key]

    def named(self, name: str) -> list[SelectorTarget]:
        """The items of this name, or of the workload of this name."""
        return self._names.get(name, [])

    @cached_property
    def _names(self) -> dict[str, list[SelectorTarget]]:
        names: dict[str, list[SelectorTarget]] = defaultdict(list)
        for item in self.items:
            names[item.origin.name].append(item)
        return names

    def selected(self, selector: Selector) -> Iterator[SelectorTarget]:
        """The items that a selector selects, in their order."""
        return (self.items[number] for number in self.index.select(selector))


class Context:
    """The objects of an input, read once for all rules.

    Attributes:
        resources: the objects.
        selectings: the selectors of all objects that carry one that can be read.
        templates: the pods that each workload makes, by ``id()`` of the workload.
        bad_selectors: objects with a selector that cannot be read, and why.
        bad_labels: objects with pods whose labels cannot be read, and why.
        complete: whether these are all objects of the input.
    """

    def __init__(self, resources: Iterable[Resource], *, complete: bool = True) -> None:
        self.resources = list(resources)
        self.complete = complete
        self.selectings: list[ObjectSelector] = []
        self.templates: dict[int, SelectorTarget] = {}
        self.bad_selectors: list[tuple[Resource, ManifestError]] = []
        self.bad_labels: list[tuple[Resource, ManifestError]] = []
        self._groups: dict[tuple[Kind, str | None], TargetGroup] = defaultdict(TargetGroup)
        for resource in self.resources:
            self._read_selector(resource)
            self._read_labels(resource)

    @cached_property
    def labels(self) -> list[tuple[Resource, Path, Data]]:
        """All label maps of the objects, and of what is made of them; see ``metadata_maps``."""
        return [(one, *found) for one in self.resources for found in metadata_maps(one, "labels")]

    @cached_property
    def node_selectors(self) -> list[tuple[Resource, Path, Data]]:
        """All node selectors of pods and pod templates."""
        return [(one, *found) for one in self.resources for found in node_selectors(one)]

    def everywhere(self, target: Kind) -> TargetGroup:
        """All pods, or all Services, whatever their namespace."""
        return self._groups.get((target, None), TargetGroup())

    def groups(self, read_object_selector: ObjectSelector) -> list[TargetGroup]:
        """What a selector looks among, a group for each namespace where there is anything."""
        names = (
            [None]
            if read_object_selector.namespaces is None
            else sorted(read_object_selector.namespaces)
        )
        keys = [(read_object_selector.target, name) for name in names]
        return [self._groups[key] for key in keys if key in self._groups]

    def _read_selector(self, resource: Resource) -> None:
        try:
            found = read_object_selector(resource)
        except ManifestError as error:
            self.bad_selectors.append((resource, error))
        else:
            if found is not None:
                self.selectings.append(found)

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
    """The pods of a template that `selector_target` does not read.

    That of a custom object, of which another controller makes pods; and one with labels that
    are no strings: those are told of, and the others are what it is known by.
    """
    # Of a PodTemplate by itself nothing makes pods.
    templates = () if resource.kind == "PodTemplate" else pod_templates(resource)
    for _, template in templates:
        labels = at(template, ("metadata", "labels"))
        known = nulls_as_empty(labels).items() if isinstance(labels, dict) else ()
        strings = {key: value for key, value in known if isinstance(value, str)}
        return SelectorTarget(POD, namespace_of(resource), strings, resource)
    return None


def requirements(selector: Selector) -> tuple[Requirement, ...]:
    """The requirements of a selector that an object carries: all of them must hold.

    >>> from labelsel import parse
    >>> [str(requirement) for requirement in requirements(parse("app=web,!debug"))]
    ['app=web', '!debug']
    """
    terms = selector.terms if isinstance(selector, And) else (selector,)
    return tuple(term for term in terms if isinstance(term, Requirement))


def key_path(read_object_selector: ObjectSelector, key: str) -> Path:
    """Where a selector asks for a key; the whole selector where that cannot be told."""
    path = read_object_selector.path
    value = at(read_object_selector.owner.body, path)
    for labels in (path, (*path, "matchLabels")):
        if at(value, (*labels[len(path) :], key)) is not None:
            return (*labels, key)
    for number, expression in enumerate(at(value, ("matchExpressions",)) or ()):
        if expression.get("key") == key:
            return (*path, "matchExpressions", number)
    return path
