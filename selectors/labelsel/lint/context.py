"""All that the rules look at: what the objects of an input select, and what can be selected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property, partial
from itertools import chain
from typing import Final, NamedTuple, NoReturn

from labelsel.errors import Path, require_each, require_several
from labelsel.kubernetes import (
    POD,
    SERVICE,
    Kind,
    ManifestError,
    ObjectSelector,
    Resource,
    SelectorTarget,
    SkippedWarning,
    namespace_of,
    read_object_selector,
    selector_target,
)
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.paths import read_each
from labelsel.kubernetes.model.resource import HOW_TO_READ
from labelsel.kubernetes.model.scalars import nulls_as_empty
from labelsel.kubernetes.selection.known_namespaces import KnownNamespaces
from labelsel.kubernetes.selection.label_locations import (
    TEMPLATE_LABELS,
    is_named_patch,
    is_patch_at,
    metadata_maps,
    node_selectors,
    pod_templates,
    value_at,
)
from labelsel.kubernetes.selection.monitor_selectors import read_monitor_selectors
from labelsel.kubernetes.selection.object_selectors import own_selector_path
from labelsel.kubernetes.selection.peers import PolicyPeer, read_policy_peers
from labelsel.kubernetes.selection.selector_fields import SelectorField, selector_fields
from labelsel.lint.cluster_only import ClusterOnly, in_manifests
from labelsel.lint.known_words import KnownWords
from labelsel.lint.neighbors import Neighbors
from labelsel.lint.patch_view import patch_view
from labelsel.lint.selector_parts import requirements, without_met
from labelsel.lint.target_group import TargetGroup
from labelsel.selector import Selector, holds

__all__ = ["Context", "Workload"]

#: Kinds whose selector has to find something. That of a workload is for its own pods.
_SEEKERS: Final = frozenset(
    {"NetworkPolicy", "PodDisruptionBudget", "PodMonitor", "Service", "ServiceMonitor"}
)


class Workload(NamedTuple):
    """A workload's selector, and the pods that its template makes: an entry of `Context.workloads`.

    Attributes:
        object_selector: the selector of the workload, with its path and its namespaces.
        pods: the pods of the template, as selectors see them.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory
    >>> from labelsel.lint import Context
    >>> [workload] = Context(Inventory.of({"kind": "Deployment", "apiVersion": "apps/v1",
    ...     "metadata": {"name": "web"}, "spec": {
    ...         "selector": {"matchLabels": {"app": "web"}},
    ...         "template": {"metadata": {"labels": {"app": "web"}}}}})).workloads
    >>> workload.owner.reference, str(workload.selector), workload.pods.labels
    ('deployment.apps/web', 'app=web', {'app': 'web'})
    """

    object_selector: ObjectSelector
    pods: SelectorTarget

    @property
    def owner(self) -> Resource:
        """The workload itself. O(1); raises nothing."""
        return self.object_selector.owner

    @property
    def selector(self) -> Selector:
        """The workload's selector. O(1); raises nothing."""
        return self.object_selector.selector


class Context:
    """The objects of an input, read once for all rules.

    A rule gets one, and reads from it. Most properties are computed when they are first used, and
    kept.

    Arguments:
        resources: the objects.
        complete: whether these are all objects of the input.
        skipped: what was left out because it holds no object of a cluster, as for `lint_objects`.
        unread: the paths of what was not read, as for `lint_objects`.

    Attributes:
        resources: the objects; of a patch what it sets.
        object_selectors: the selectors of all objects that carry one that can be read.
        templates: the pods that each workload makes, by ``id()`` of the workload.
        bad_selectors: objects with a selector that cannot be read, and the error.
        bad_labels: objects whose pods have labels that cannot be read, and the error.
        complete: whether these are all objects of the input.
        neighbors: which objects are near each other, by their files.
        kustomizations: what kustomize does to the files of the objects.

    Raises:
        TypeError: something among the objects is not a `Resource`, or ``unread`` is one string.
            What cannot be read is in ``bad_selectors`` and ``bad_labels``.

    Complexity: O(n) in the size n of the objects. A property costs O(n), or one index query for
    each distinct selector.

    >>> from labelsel.kubernetes import Inventory
    >>> context = Context(Inventory.of({"kind": "Service", "apiVersion": "v1",
    ...     "metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}}}))
    >>> [(found.owner.reference, found.text) for found in context.seekers]
    [('service/web', 'app=web')]
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        *,
        complete: bool = True,
        skipped: Iterable[SkippedWarning] = (),
        unread: Collection[str] = (),
    ) -> None:
        originals = require_each(Resource, resources, HOW_TO_READ)
        self.complete = complete
        self._knows_unread = bool(unread)
        self.neighbors = Neighbors(originals, skipped, require_several("paths", unread))
        self.kustomizations = self.neighbors.kustomizations
        files = {each.source.file for each in originals}
        patches = set(filter(self.kustomizations.is_patch, files))
        with_directives = patches.union(filter(is_named_patch, files))
        self.resources = [
            patch_view(each) if each.source.file in with_directives else each for each in originals
        ]
        self._originals = dict(zip(map(id, self.resources), originals, strict=True))
        self.object_selectors: list[ObjectSelector] = []
        self.templates: dict[int, SelectorTarget] = {}
        self._partial_templates: dict[int, SelectorTarget] = {}
        self.bad_selectors: list[tuple[Resource, ManifestError]] = []
        self.bad_labels: list[tuple[Resource, ManifestError]] = []
        self._groups: dict[tuple[Kind, str | None], TargetGroup] = defaultdict(
            partial(TargetGroup, self.neighbors)
        )
        self._patches = [each for each in self.resources if each.source.file in patches]
        # A patch has only a part of an object.
        self._whole = [each for each in self.resources if each.source.file not in patches]
        for resource in self._whole:
            self._read_selector(resource)
            self._read_labels(resource)

    def __reduce__(self) -> NoReturn:
        message = (
            "a Context belongs to the objects that it was made of and cannot be copied or pickled:"
            " pickle the objects, and make a Context of them again"
        )
        raise TypeError(message)

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
        """All fields that select, but for the objects' own selectors, each with its object."""
        return [
            (one, field)
            for one in self.resources
            for field in selector_fields(one)
            # That of a monitor is found by its name, too.
            if field.path != own_selector_path(one)
        ]

    @cached_property
    def words(self) -> KnownWords:
        """The words of all labels, selectors and names."""
        return KnownWords(self)

    @cached_property
    def seekers(self) -> list[ObjectSelector]:
        """The object selectors that have to find something: of Services, policies, monitors."""
        return [
            each
            for each in self.object_selectors
            if each.owner.kind in _SEEKERS and requirements(each.selector)
        ]

    @cached_property
    def pods_of_services(self) -> set[int]:
        """The pods that a Service selects, by ``id()`` of the target.

        Complexity: one index query for each distinct selector, and O(pods that it selects).
        """
        selectors = {
            (name, each.selector)
            for each in self.object_selectors
            if each.owner.group_kind == SERVICE
            for name in each.namespaces or ()
        }
        groups = ((self._groups.get((POD, name)), selector) for name, selector in selectors)
        return {
            id(target)
            for group, selector in groups
            if group is not None
            for target in group.select(selector)
        }

    @cached_property
    def workloads(self) -> list[Workload]:
        """The workloads of which both the selector and the template can be read."""
        return self._workloads_with(self.templates)

    @property
    def partial_workloads(self) -> list[Workload]:
        """The workloads whose template has labels that are not strings, with the others."""
        return self._workloads_with(self._partial_templates)

    def _workloads_with(self, templates: Mapping[int, SelectorTarget]) -> list[Workload]:
        return [
            Workload(each, pods)
            for each in self.object_selectors
            if (pods := templates.get(id(each.owner))) is not None
        ]

    @cached_property
    def cluster_only(self) -> ClusterOnly:
        """What may exist in the cluster although no manifest has it."""
        return ClusterOnly(self.resources)

    @cached_property
    def namespaces(self) -> KnownNamespaces:
        """The namespaces that the objects are, or name."""
        return KnownNamespaces(self.resources)

    @cached_property
    def monitor_selectors(self) -> list[ObjectSelector]:
        """The selectors of Prometheus objects that can be read, for monitors and rules."""
        read = partial(read_monitor_selectors, select_namespaces=self.namespaces.select)
        return list(chain.from_iterable(read_each(read, self._whole, _ignore)))

    @cached_property
    def policy_peers(self) -> list[PolicyPeer]:
        """The peers of NetworkPolicies that can be read."""
        peers = read_each(lambda one: list(read_policy_peers(one)), self._whole, _ignore)
        return list(chain.from_iterable(peers))

    def is_patch(self, resource: Resource, path: Path) -> bool:
        """Whether a path is in a pod spec that is not complete, but laid over another one.

        Arguments:
            resource: the object.
            path: the path in it.

        Raises:
            Nothing.

        Complexity: O(1).
        """
        is_patch_file = self.kustomizations.is_patch(resource.source.file)
        return is_patch_file or is_patch_at(resource, path)

    def may_miss_near(self, resource: Resource) -> bool:
        """Whether what was not read of the input may belong together with an object.

        Arguments:
            resource: the object.

        Raises:
            Nothing.

        Complexity: O(u) for u paths that were not read; O(1) for a file that was asked about.
        """
        return not self.complete and (
            not self._knows_unread or self.neighbors.is_unread_near(resource)
        )

    def is_selector_patched(self, resource: Resource, path: Path) -> bool:
        """Whether a patch of kustomize may change the selector at a path of an object.

        Arguments:
            resource: the object.
            path: the path of the selector.

        Raises:
            Nothing.

        Complexity: O(p) for p patches in the input.
        """
        words = self.kustomizations.patched_selectors(resource.source.file)
        fields = {str(step).lower() for step in path}
        return not words.isdisjoint(fields | {"*"}) or any(
            each.group_kind == resource.group_kind and value_at(each.body, path) is not None
            for each in self._patches
        )

    def original(self, resource: Resource) -> Resource:
        """Return one of `Context.resources` as it was read.

        Arguments:
            resource: the object.

        Raises:
            Nothing.

        Complexity: O(1).
        """
        return self._originals.get(id(resource), resource)

    def all_targets(self, kind: Kind) -> TargetGroup:
        """Return all pods, or all Services, of every namespace.

        Arguments:
            kind: the kind, `labelsel.kubernetes.POD` or `labelsel.kubernetes.SERVICE`.

        Raises:
            Nothing.

        Complexity: O(1).
        """
        return self._groups.get((kind, None), TargetGroup())

    def target_groups(self, object_selector: ObjectSelector) -> list[TargetGroup]:
        """Return where a selector looks: a group for each of its namespaces that has targets.

        Arguments:
            object_selector: the selector.

        Raises:
            Nothing.

        Complexity: O(s log s) for the s namespaces of the selector.
        """
        namespaces = object_selector.namespaces
        names = [None] if namespaces is None else sorted(namespaces)
        keys = [(object_selector.target, name) for name in names]
        return [self._groups[key] for key in keys if key in self._groups]

    def missing_part(self, object_selector: ObjectSelector) -> Selector | None:
        """Return what no target meets of a selector; None if a target may well meet it.

        That is the selector without its requirements on labels that only a cluster or kustomize
        adds. None also stands for a selector that requires no label: it is for what others leave.

        Arguments:
            object_selector: the selector.

        Raises:
            Nothing.

        Complexity: that of `LabelIndex.count`, for each namespace of the selector.
        """
        selector = self._without_added_labels(object_selector)
        if (
            any(group.index.count(selector) for group in self.target_groups(object_selector))
            or holds(selector, {})  # not `matches`: each selector is asked once, not compiled
            or self.cluster_only.may_make_targets(object_selector)
            or self._selects_in_kustomization(object_selector, selector)
        ):
            return None
        return selector

    def _without_added_labels(self, object_selector: ObjectSelector) -> Selector:
        """Return a selector without its requirements on labels that targets get later.

        The Kustomization that builds the file of the selector builds the targets, too.
        """
        selector = in_manifests(object_selector.selector)
        file, is_for_pods = object_selector.owner.source.file, object_selector.target == POD
        added = self.kustomizations
        labels = added.pod_labels(file) if is_for_pods else added.object_labels(file)
        return without_met(selector, labels)

    def _selects_in_kustomization(
        self, object_selector: ObjectSelector, selector: Selector
    ) -> bool:
        """Whether a selector selects a target that kustomize moves to the same namespace."""
        owner = object_selector.owner
        if not self.kustomizations.sets_namespace(owner.source.file):
            return False
        together = self.neighbors.built_together(owner)
        return self.all_targets(object_selector.target).index.count(selector & together) > 0

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
            found = _other_pods(resource)
            if found is not None and isinstance(value_at(resource.body, TEMPLATE_LABELS), dict):
                self._partial_templates[id(resource)] = found
        else:
            if found is not None and found.from_template:
                self.templates[id(resource)] = found
        found = found or _other_pods(resource)
        if found is not None:
            for namespace in (found.namespace, None):
                self._groups[found.kind, namespace].items.append(found)


def _ignore(_error: ManifestError) -> None:
    """Leave out what `illegal_selector` reports."""


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
