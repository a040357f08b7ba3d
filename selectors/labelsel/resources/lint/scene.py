"""All that the rules look at: what the objects of an input select, and what can be selected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from labelsel.errors import Path
from labelsel.index import LabelIndex
from labelsel.resources.document import Data
from labelsel.resources.errors import ManifestError
from labelsel.resources.kinds import Kind
from labelsel.resources.lint.carried import at, metadata_maps, node_selectors, pod_templates
from labelsel.resources.lint.neighbours import Neighbours
from labelsel.resources.query import namespace_of
from labelsel.resources.resource import Resource
from labelsel.resources.scalars import nulls_as_empty
from labelsel.resources.selectable import POD, Selectable, selectable
from labelsel.resources.selecting import Selecting, selecting
from labelsel.selector import And, Requirement, Selector

__all__ = ["Group", "Scene", "key_path", "requirements"]


class Group:
    """What selectors look for in one namespace, or in all: pods or Services.

    Attributes:
        items: the pods or Services.
    """

    def __init__(self) -> None:
        self.items: list[Selectable] = []
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

    def named(self, name: str) -> list[Selectable]:
        """The items of this name, or of the workload of this name."""
        return self._names.get(name, [])

    @cached_property
    def _names(self) -> dict[str, list[Selectable]]:
        names: dict[str, list[Selectable]] = defaultdict(list)
        for item in self.items:
            names[item.origin.name].append(item)
        return names

    def selected(self, selector: Selector) -> Iterator[Selectable]:
        """The items that a selector selects, in their order."""
        return (self.items[number] for number in self.index.select(selector))


class Scene:
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
        self.selectings: list[Selecting] = []
        self.templates: dict[int, Selectable] = {}
        self.bad_selectors: list[tuple[Resource, ManifestError]] = []
        self.bad_labels: list[tuple[Resource, ManifestError]] = []
        self._groups: dict[tuple[Kind, str | None], Group] = defaultdict(Group)
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

    def everywhere(self, target: Kind) -> Group:
        """All pods, or all Services, whatever their namespace."""
        return self._groups.get((target, None), Group())

    def groups(self, selecting: Selecting) -> list[Group]:
        """What a selector looks among, a group for each namespace where there is anything."""
        names = [None] if selecting.namespaces is None else sorted(selecting.namespaces)
        keys = [(selecting.target, name) for name in names]
        return [self._groups[key] for key in keys if key in self._groups]

    def _read_selector(self, resource: Resource) -> None:
        try:
            found = selecting(resource)
        except ManifestError as error:
            self.bad_selectors.append((resource, error))
        else:
            if found is not None:
                self.selectings.append(found)

    def _read_labels(self, resource: Resource) -> None:
        try:
            found = selectable(resource)
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


def _other_pods(resource: Resource) -> Selectable | None:
    """The pods of a template that `selectable` does not read.

    That of a custom object, of which another controller makes pods; and one with labels that
    are no strings: those are told of, and the others are what it is known by.
    """
    # Of a PodTemplate by itself nothing makes pods.
    templates = () if resource.kind == "PodTemplate" else pod_templates(resource)
    for _, template in templates:
        labels = at(template, ("metadata", "labels"))
        known = nulls_as_empty(labels).items() if isinstance(labels, dict) else ()
        strings = {key: value for key, value in known if isinstance(value, str)}
        return Selectable(POD, namespace_of(resource), strings, resource)
    return None


def requirements(selector: Selector) -> tuple[Requirement, ...]:
    """The requirements of a selector that an object carries: all of them must hold.

    >>> from labelsel import parse
    >>> [str(requirement) for requirement in requirements(parse("app=web,!debug"))]
    ['app=web', '!debug']
    """
    terms = selector.terms if isinstance(selector, And) else (selector,)
    return tuple(term for term in terms if isinstance(term, Requirement))


def key_path(selecting: Selecting, key: str) -> Path:
    """Where a selector asks for a key; the whole selector where that cannot be told."""
    path = selecting.path
    value = at(selecting.owner.body, path)
    for labels in (path, (*path, "matchLabels")):
        if at(value, (*labels[len(path) :], key)) is not None:
            return (*labels, key)
    for number, expression in enumerate(at(value, ("matchExpressions",)) or ()):
        if expression.get("key") == key:
            return (*path, "matchExpressions", number)
    return path
