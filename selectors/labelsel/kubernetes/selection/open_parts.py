"""What nobody knows of the objects of an input: what other programs replace before a cluster.

1. A namespace, a label key or a label value that the API server refuses is a placeholder, such as
   ``${APP}``, or a mistake: whoever replaces it may write anything. So is one in a spelling that
   only placeholders have. So may the namespace of an object that names none, and has a field in
   its metadata that nobody knows.
2. kustomize sets namespaces and labels, and patches what it likes: see `KustomizeChanges`.

Both an object as it is written and what kustomize makes of it may be in the cluster, so what is
not the same of both is not known.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from labelsel.errors import Path, list_words, path_text, show
from labelsel.kubernetes.model.field_names import METADATA_FIELDS
from labelsel.kubernetes.model.kinds import NAMESPACE, NODE
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.paths import value_at
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.model.served_labels import NAMESPACE_NAME_KEY, served_labels
from labelsel.kubernetes.selection.known_labels import KnownLabels, Truth, all_true
from labelsel.kubernetes.selection.kustomize_changes import (
    DELETED,
    ITEM,
    FindChanges,
    KustomizeChanges,
)
from labelsel.kubernetes.selection.selector_targets import (
    MONITOR_GROUP,
    SelectorTarget,
    pod_labels_path,
)
from labelsel.labels import node_name_problems, validate_key, validate_value
from labelsel.objects import NODE_NAME
from labelsel.placeholders import CERTAIN_PLACEHOLDER
from labelsel.requirements import Equals, In
from labelsel.selector import Everything, Nothing, Selector

__all__ = ["OpenLabels", "OpenParts", "is_open_key", "is_open_value"]

_NO_CHANGES: Final = KustomizeChanges()
_ADVICE: Final = "-k DIR reads what kustomize builds"
_NAMESPACE: Final[Path] = ("metadata", "namespace")
_NAME: Final[Path] = ("metadata", "name")
_LABELS: Final[Path] = ("metadata", "labels")
#: What a patch may change so that nobody knows the labels of the namespace of a name.
_OF_NAMESPACE: Final[tuple[Path, ...]] = (_NAME, ("kind",), DELETED)
_LEGAL_NAMESPACE: Final = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")


# Cached: 10,000 nodes have few different labels.
@lru_cache(maxsize=2**16)
def is_open_value(value: str) -> bool:
    """Whether a label value is a placeholder or no legal value, so that the label is not known.

    >>> is_open_value("${APP}"), is_open_value("my app"), is_open_value("web")
    (True, True, False)
    """
    return bool(validate_value(value)) or CERTAIN_PLACEHOLDER.search(value) is not None


@lru_cache(maxsize=2**16)
def is_open_key(key: str) -> bool:
    """Whether a label key is a placeholder or no legal key, so that it may become any key.

    >>> is_open_key("${KEY}"), is_open_key("a b"), is_open_key("app")
    (True, True, False)
    """
    return bool(validate_key(key)) or CERTAIN_PLACEHOLDER.search(key) is not None


class OpenLabels(NamedTuple):
    """The labels of an object, or of the pods of a template, of which some are not known.

    Attributes:
        known: the labels that are known.
        open_keys: the keys whose value, or whose presence, is not known.
        any_key: whether there may be a label with any other key.
    """

    known: Mapping[str, str]
    open_keys: frozenset[str]
    any_key: bool

    def is_open(self, key: str) -> bool:
        """Return whether nobody knows the label of a key."""
        return self.any_key or key in self.open_keys

    def labels(self, may_have: Callable[[str], bool] | None = None) -> KnownLabels:
        """Return them, to ask what a selector says of them.

        Arguments:
            may_have: whether there may be a label of a key for yet another reason.
        """
        if not self.any_key and not self.open_keys:
            plain = KnownLabels(self.known)
            return plain if may_have is None else replace(plain, may_have=may_have)
        return KnownLabels(
            self.known, lambda key: self.is_open(key) or (may_have is not None and may_have(key))
        )


class OpenParts:
    """Says of the objects of an input what is not known of them.

    Arguments:
        kustomized: what kustomize may change of an object; without it nothing.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> def item(namespace):
    ...     return Resource("Pod", "v1", namespace, "a", {}, {}, {}, Source("a.yaml", 1, 1))
    >>> known = OpenParts()
    >>> [known.same_namespace(item("shop"), item(other)) for other in ("shop", "blog", "${NS}")]
    [True, False, None]
    """

    def __init__(self, kustomized: FindChanges | None = None) -> None:
        self._find_changes = kustomized

    @property
    def is_kustomized(self) -> bool:
        """Whether kustomize may change an object."""
        return self._find_changes is not None

    def changes(self, resource: Resource) -> KustomizeChanges:
        """Return what kustomize may change of an object."""
        found = None if self._find_changes is None else self._find_changes(resource)
        return found or _NO_CHANGES

    # Names

    def names(self, resource: Resource) -> frozenset[str] | None:
        """Return the names that an object may have; None for any."""
        changes = self.changes(resource)
        found = frozenset(f"{before}{resource.name}{behind}" for before, behind in changes.affixes)
        if resource.group_kind == NAMESPACE:
            found |= changes.namespaces
        written = value_at(resource, _NAME)
        # Without one the API server makes it, so that no other object has it.
        own = {resource.name} if written is not None else set()
        is_open = any(map(_is_open_name, found | own)) or changes.may_patch(_NAME)
        return None if is_open else found | {resource.name}

    # Namespaces

    def namespaces(self, resource: Resource) -> frozenset[str] | None:
        """Return the namespaces that an object may be in; None for any."""
        own, changes = namespace_of(resource), self.changes(resource)
        found = changes.namespaces | {own}
        is_legal = all(map(_LEGAL_NAMESPACE.fullmatch, found))
        is_open = changes.may_patch(_NAMESPACE) or _may_misspell_namespace(resource)
        return None if is_open or not is_legal else found

    def same_namespace(self, owner: Resource, other: Resource) -> Truth:
        """Return whether an object is in the namespace of another one.

        1. If both name the same namespace, and kustomize moves the first one wherever it moves
           the second one, it is.
        2. If no namespace may have both, it is not.
        """
        ours, theirs = self.changes(owner), self.changes(other)
        own, others = namespace_of(owner), namespace_of(other)
        is_open = ours.may_patch(_NAMESPACE) or theirs.may_patch(_NAMESPACE)
        is_open = is_open or any(map(_may_misspell_namespace, (owner, other)))
        built, other_built = (ours.namespaces or {own}), (theirs.namespaces or {others})
        if own == others and other_built <= built and not is_open:
            return True
        first, second = self.namespaces(owner), self.namespaces(other)
        if first is None or second is None:
            return None
        return False if first.isdisjoint(second) else None

    def describe_namespaces(self, *resources: Resource) -> str:
        """Return why the namespaces of some objects are not known; empty if they are."""
        return "; ".join(dict.fromkeys(filter(None, map(self._describe_namespace, resources))))

    def _describe_namespace(self, resource: Resource) -> str:
        own, changes = namespace_of(resource), self.changes(resource)
        name = resource.reference
        if changes.may_patch(_NAMESPACE):
            return (
                f"a patch in {_patch_files(changes)} may change the namespace of {name}; {_ADVICE}"
            )
        moved = sorted(changes.namespaces - {own})
        if moved:
            to = list_words(moved)
            return f"{_files(changes)} sets the namespace of {name} to {to}; {_ADVICE}"
        if _may_misspell_namespace(resource):
            return f"{name} names no namespace, and has a field that nobody knows"
        if _LEGAL_NAMESPACE.fullmatch(own) is None:
            return f"the namespace of {name} is {show(own)}, which is not a legal name"
        return ""

    # Labels

    def pod_labels(self, target: SelectorTarget) -> OpenLabels:
        """Return the labels of a pod, or of the pods of a template."""
        path, added = self._labels_of(target)
        return self._open_labels(target.origin, path, target.labels, added)

    def own_labels(self, resource: Resource, labels: Mapping[str, str]) -> OpenLabels:
        """Return the labels of an object itself, of which ``labels`` are written."""
        return self._open_labels(resource, _LABELS, labels, self.changes(resource).labels)

    def namespace_labels(self, namespace: Resource, name: str) -> KnownLabels:
        """Return the labels of a Namespace if it has a name.

        All but the name may change if it may be renamed from this one.
        """
        changes = self.changes(namespace)
        labels = served_labels(namespace)
        if name != namespace.name:
            renamed = {**labels, NAMESPACE_NAME_KEY: name}
            return self.own_labels(namespace, renamed).labels()
        patched = any(map(changes.may_patch, _OF_NAMESPACE))
        if changes.namespaces - {namespace.name} or patched:
            known = {key: value for key, value in labels.items() if key == NAMESPACE_NAME_KEY}
            return KnownLabels(known, lambda _key: True)
        return self.own_labels(namespace, labels).labels()

    def _labels_of(self, target: SelectorTarget) -> tuple[Path, frozenset[tuple[str, str]]]:
        """Return the path of the labels of a pod, and what kustomize adds to them."""
        changes = self.changes(target.origin)
        if not target.from_template:
            return _LABELS, changes.labels
        return pod_labels_path(target.origin) or (), changes.pod_labels

    def _open_labels(
        self,
        resource: Resource,
        path: Path,
        labels: Mapping[str, str],
        added: Iterable[tuple[str, str]],
    ) -> OpenLabels:
        changes = self.changes(resource)
        keys = {key for key, value in added if labels.get(key) != value}
        keys |= {key for key, value in labels.items() if is_open_value(value)}
        any_key = any(map(is_open_key, labels))
        if changes.may_patch(path):
            inside = [patch for patch in changes.patches if patch[: len(path)] == path]
            keys |= {patch[len(path)] for patch in inside if len(patch) > len(path)}
            # A patch of all labels, or of what they are in. A key of digits, which a pointer has
            # as it has the number of an item, may be any.
            any_key = (
                any_key
                or ITEM in keys
                or any(
                    len(patch) <= len(path) and path[: len(patch)] == patch
                    for patch in changes.patches
                )
            )
        keys -= {NAMESPACE_NAME_KEY}  # the API server sets it
        known = {key: value for key, value in labels.items() if key not in keys}
        if any_key:
            known = {key: value for key, value in known.items() if key == NAMESPACE_NAME_KEY}
        return OpenLabels(known if keys or any_key else labels, frozenset(keys), any_key)

    def describe_labels(self, target: SelectorTarget, keys: Iterable[str]) -> str:
        """Return why the labels of some keys of a pod are not known; empty if they are."""
        path, added = self._labels_of(target)
        reasons = self._describe_labels(target.origin, path, added, keys)
        placeholders = _describe_placeholders(str(target), target.labels, keys)
        return "; ".join([*placeholders, *reasons])

    def describe_namespace_labels(self, namespace: Resource, keys: Iterable[str]) -> str:
        """Return why the labels of some keys of a Namespace are not known."""
        changes, name = self.changes(namespace), namespace.reference
        reasons = [*_describe_placeholders(name, namespace.labels, keys)]
        if changes.namespaces - {namespace.name}:
            reasons.append(f"{_files(changes)} sets the name of {name}; {_ADVICE}")
        reasons += filter(None, [self.describe_patch(namespace, *_OF_NAMESPACE)])
        reasons += self._describe_labels(namespace, _LABELS, changes.labels, keys)
        return "; ".join(reasons)

    def _describe_labels(
        self,
        resource: Resource,
        path: Path,
        added: Iterable[tuple[str, str]],
        keys: Iterable[str],
    ) -> list[str]:
        """Return how kustomize changes the labels of some keys."""
        changes, name = self.changes(resource), resource.reference
        sets = sorted({key for key, _ in added} & {*keys})
        if sets:
            return [f"{_files(changes)} sets {list_words(sets, 'and')} of {name}; {_ADVICE}"]
        if changes.may_patch(path):
            return [f"a patch in {_patch_files(changes)} may change labels of {name}; {_ADVICE}"]
        return []

    def node_labels(self, node: Resource) -> OpenLabels:
        """Return the labels of a node, with its name under `NODE_NAME`."""
        found = self.own_labels(node, node.labels)
        if self._describe_node_name(node):
            return found._replace(open_keys=found.open_keys | {NODE_NAME})
        return found._replace(known={**found.known, NODE_NAME: node.name})

    def describe_node(self, node: Resource, keys: Iterable[str]) -> str:
        """Return why the labels of some keys of a node, or its name, are not known."""
        reasons = [self._describe_node_name(node)] if NODE_NAME in keys else []
        others = [key for key in keys if key != NODE_NAME]
        reasons.append(self.describe_labels(SelectorTarget(NODE, "", node.labels, node), others))
        return "; ".join(filter(None, reasons))

    def _describe_node_name(self, node: Resource) -> str:
        if node_name_problems(node.name):
            return f"the name of {node.reference} is not a legal name"
        return self.describe_patch(node, _NAME)

    def may_be_open(self, resources: Iterable[Resource], keys: Iterable[str]) -> bool:
        """Return whether the namespace, or a label of some keys, of an object may not be known.

        10,000 nodes have few different labels: to look at each once costs a tenth of the time.
        """
        if self.is_kustomized:
            return True
        listed, decisive = list(resources), list(keys)
        if any(map(_may_misspell_namespace, listed)):
            return True
        if any(map(is_open_key, set(chain.from_iterable(each.labels for each in listed)))):
            return True
        values = {each.labels[key] for key in decisive for each in listed if key in each.labels}
        if any(map(is_open_value, values)):
            return True
        names = {each.namespace for each in listed} - {None}
        return not all(_LEGAL_NAMESPACE.fullmatch(name or "") for name in names)

    # Selectors

    def selector_truth(
        self, owner: Resource, selector: Selector, pods: SelectorTarget, labels: KnownLabels
    ) -> Truth:
        """Return whether a selector of an object selects a pod, with the labels that it gets.

        1. A label that kustomize adds to the selector and to the pod changes nothing.
        2. A label that it adds to the selector alone may be one that the pod lacks.
        """
        added = self._added(owner, selector)
        if not added:
            return labels.truth(selector)
        # What the selector says of these keys, kustomize replaces.
        replaced = added.keys() & selector.keys()
        known = {key: value for key, value in labels.labels.items() if key not in replaced}
        both = KnownLabels(known, lambda key: key in replaced or labels.may_have(key))
        gets = {key: frozenset({value}) for key, value in pods.labels.items()}
        if pods.origin.group != MONITOR_GROUP:  # kustomize adds no label to spec.podMetadata
            gets |= _by_key(self._labels_of(pods)[1])
        has_all = all(key in gets and gets[key] <= values for key, values in added.items())
        return all_true((both.truth(selector), True if has_all else None))

    def describe_selector(self, owner: Resource, selector: Selector) -> str:
        """Return what kustomize adds to a selector; empty if it adds nothing."""
        added = self._added(owner, selector)
        if not added:
            return ""
        keys = list_words(sorted(added), "and")
        where = _files(self.changes(owner))
        return f"{where} adds {keys} to the selectors of {owner.reference}; {_ADVICE}"

    def _added(self, owner: Resource, selector: Selector) -> dict[str, frozenset[str]]:
        """Return the labels that kustomize adds to a selector, by their keys.

        It adds none to an empty selector, and a label that the selector has already changes
        nothing.
        """
        labels = self.changes(owner).selector_labels
        if not labels or isinstance(selector, Everything | Nothing):
            return {}
        required = {
            (each.key, value) for each in selector.requirements() for value in _values(each)
        }
        found = _by_key(labels)
        return {
            key: values
            for key, values in found.items()
            if not all((key, value) in required for value in values)
        }

    # Patches

    def describe_patch(self, resource: Resource, *paths: Path) -> str:
        """Return that a patch may change a part of an object, or that it may be left out.

        Empty if no patch changes a part, and it is not left out.
        """
        changes = self.changes(resource)
        found = [path_text(path) for path in paths if changes.may_patch(path)]
        if changes.may_patch(DELETED) and DELETED in paths:
            return f"{_files(changes)} may leave {resource.reference} out; {_ADVICE}"
        if not found:
            return ""
        what = f"{list_words(found, 'and')} of {resource.reference}"
        return f"a patch in {_patch_files(changes)} may change {what}; {_ADVICE}"


def _may_misspell_namespace(resource: Resource) -> bool:
    """Return whether an object without a namespace has a field that may be meant as one.

    It is a field of the metadata that nobody knows, or one beside the metadata that is called
    namespace or is a placeholder.
    """
    if resource.namespace is not None:
        return False
    metadata = resource.body.get("metadata")
    if isinstance(metadata, dict) and any(key not in METADATA_FIELDS for key in metadata):
        return True
    return any(
        key.casefold() == "namespace" or CERTAIN_PLACEHOLDER.search(key) for key in resource.body
    )


@lru_cache(maxsize=2**16)
def _is_open_name(name: str) -> bool:
    return bool(node_name_problems(name)) or CERTAIN_PLACEHOLDER.search(name) is not None


def _describe_placeholders(
    name: str, labels: Mapping[str, str], keys: Iterable[str]
) -> Iterator[str]:
    for key in keys:
        if is_open_value(labels.get(key, "")):
            yield f"the label {key} of {name} is {show(labels[key])}, which is not a legal value"
    for key in filter(is_open_key, labels):
        yield f"{name} has the label {show(key)}, which is not a legal key"


def _values(requirement: object) -> frozenset[str]:
    """Return the value that a requirement demands; none if it does not demand a single one."""
    match requirement:
        case Equals(value=value):
            return frozenset({value})
        case In(values=values) if len(values) == 1:
            return frozenset(values)
        case _:
            return frozenset()


def _by_key(labels: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key, value in labels:
        found[key].add(value)
    return {key: frozenset(values) for key, values in found.items()}


def _files(changes: KustomizeChanges) -> str:
    return _describe_files(changes.files)


def _patch_files(changes: KustomizeChanges) -> str:
    return _describe_files(changes.patch_files or changes.files)


def _describe_files(files: tuple[str, ...]) -> str:
    first, *others = files or ("a Kustomization",)
    return f"{first} and {len(others):,} more" if others else first
