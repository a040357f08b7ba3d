"""Compares what every selector of an input selects before and after a rename, pair by pair.

The objects after the rename are those that were read from the new texts. Nothing here knows what
the rename was meant to do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, NamedTuple, TypeAlias

from labelsel.errors import InvalidObjectError, ManifestError, Path, SelectorError, path_text
from labelsel.index import LabelIndex
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import (
    CLAIM_TEMPLATES,
    MATCH_EXPRESSIONS,
    MATCH_LABELS,
    NODE_SELECTOR_TERMS,
)
from labelsel.kubernetes.model.kinds import NAMESPACE, NODE, Kind, is_namespaced
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.model.scalars import nulls_as_empty
from labelsel.kubernetes.model.served_labels import served_labels
from labelsel.kubernetes.renaming.label_edits import split_key
from labelsel.kubernetes.renaming.selector_scopes import CLAIM, label_fields
from labelsel.kubernetes.selection.label_locations import metadata_paths, value_at
from labelsel.kubernetes.selection.object_selectors import read_object_selector
from labelsel.kubernetes.selection.selector_fields import SelectorField, Syntax
from labelsel.kubernetes.selection.selector_targets import POD, pod_labels_path, template_target
from labelsel.languages.calico import parse_expression
from labelsel.languages.kubernetes import parse
from labelsel.objects import from_label_selector, from_labels, from_node_selector, node_labels
from labelsel.requirements import Equals, In
from labelsel.selector import And, Selector, all_of

__all__ = ["LabelSet", "MovedPair", "PairComparison", "compare_pairs", "read_targets"]

#: Keys of the index that no label has: the name of a label key begins with a letter or digit.
_KIND: Final = ".kind"
_NAMESPACE_KEY: Final = ".namespace"
#: The metadata of Jobs that a CronJob makes.
_JOB_METADATA: Final[Path] = ("spec", "jobTemplate", "metadata")
_JOB: Final = Kind("Job", "batch")


class LabelSet(NamedTuple):
    """Labels that selectors can select: of an object, or of what one of its templates makes.

    Attributes:
        position: the position of the object in the input.
        path: the path of the metadata.
        kind: the kind of what has the labels.
        namespace: its namespace; None for a kind that is known to have none.
        labels: the labels, with those that the cluster adds.
    """

    position: int
    path: Path
    kind: Kind
    namespace: str | None
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MovedPair:
    """A selector and something that it would start or stop to select after a rename.

    `RenamePlan.moved` has them; with one of them the rename is refused. ``str()`` of it says in
    words what would happen, of the selector only what would change.

    Attributes:
        owner: the object with the selector.
        path: the path of the selector.
        before: its meaning.
        after: its meaning after the rename.
        target: the object that is selected, or whose template makes what is selected.
        target_path: the path of the metadata with the labels.
        starts: whether the selector would start to select the target; it would stop if not.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, rename_label
    >>> pod = {"kind": "Pod", "apiVersion": "v1",
    ...        "metadata": {"name": "web-1", "labels": {"app": "web"}}}
    >>> service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "db"},
    ...            "spec": {"selector": {"app": "db"}}}
    >>> [pair] = rename_label(Inventory.of([pod, service]), "app=web", "app=db").moved
    >>> pair.owner.reference, pair.target.reference, pair.starts
    ('service/db', 'pod/web-1', True)
    >>> print(pair)
    service/db: spec.selector would start selecting pod/web-1 (object 1): app=db would stay
    """

    owner: Resource
    path: Path
    before: Selector
    after: Selector
    target: Resource
    target_path: Path
    starts: bool

    def __str__(self) -> str:
        """Return what would happen, in words; of the selector only what would change.

        >>> from labelsel.kubernetes.model.resource import Source
        >>> pod = Resource("Pod", "v1", None, "a", {}, {}, {}, Source("a.yaml", 1, 1))
        >>> old, new = parse("app=web,tier"), parse("name=web,tier")
        >>> print(MovedPair(pod, ("spec",), old, new, pod, ("metadata",), starts=False))
        pod/a: spec would stop selecting pod/a (a.yaml:1): app=web would become name=web
        """
        change = "start" if self.starts else "stop"
        of_template = "'s pods" if len(self.target_path) > 1 else ""
        what = f"{self.target.reference}{of_template} ({self.target.source})"
        old, new = (
            ",".join(str(term) for term in _terms(one) if term not in _terms(other))
            for one, other in ((self.before, self.after), (self.after, self.before))
        )
        text = f"{old} would become {new}" if old or new else f"{self.before} would stay"
        where = f"{self.owner.reference}: {path_text(self.path)}"
        return f"{where} would {change} selecting {what}: {text}"


def _terms(selector: Selector) -> tuple[Selector, ...]:
    return selector.terms if isinstance(selector, And) else (selector,)


@dataclass(frozen=True, slots=True)
class PairComparison:
    """What every selector selects before and after a rename: `RenamePlan.comparison`.

    Attributes:
        selectors: how many selectors were compared: all that may select something else.
        targets: how many label sets they were compared on.
        pairs: how many pairs of a selector and a target there were before, among these.
        moved: the pairs that would start or stop, of each selector the first.
        unreadable: the selectors that cannot be read, and may be about the label.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, rename_label
    >>> pod = {"kind": "Pod", "apiVersion": "v1",
    ...        "metadata": {"name": "web-1", "labels": {"app": "web"}}}
    >>> service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
    ...            "spec": {"selector": {"app": "web"}}}
    >>> found = rename_label(Inventory.of([pod, service]), "app", "name").comparison
    >>> found.selectors, found.pairs, found.moved
    (1, 1, [])
    """

    selectors: int
    targets: int
    pairs: int
    moved: Sequence[MovedPair]
    unreadable: Sequence[ManifestError]


class _Selection(NamedTuple):
    """A selector, and what it can select."""

    selector: Selector
    kind: Kind | None
    namespaces: frozenset[str] | None

    @property
    def whole(self) -> Selector:
        """The selector, with its kind and its namespaces as requirements."""
        parts = [self.selector]
        if self.kind is not None:
            parts.append(Equals(_KIND, ".".join(self.kind)))
        if self.namespaces is not None:
            parts.append(In(_NAMESPACE_KEY, self.namespaces))
        return all_of(parts)


_Pair: TypeAlias = tuple[_Selection, _Selection]
"""A selector before and after the change."""
_Owners: TypeAlias = list[tuple[int, Path]]
"""The position of the object with a selector, and the path of the selector."""


def read_targets(resources: Iterable[tuple[int, Resource]]) -> list[LabelSet]:
    """Return all label sets of some objects that a selector can select.

    Labels of templates that are no strings are left out: no selector selects by them.

    Arguments:
        resources: the objects, each with its position in the input.

    Complexity: O(n) in the size of the objects.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> body = {"metadata": {}, "spec": {"template": {"metadata": {"labels": {"app": "web"}}}}}
    >>> web = Resource("Deployment", "apps/v1", None, "web", {}, {}, body, Source("a.yaml", 1, 1))
    >>> [(target.kind.kind, target.labels) for target in read_targets([(0, web)])]
    [('Deployment', {}), ('Pod', {'app': 'web'})]
    """
    return [
        LabelSet(position, path, kind, namespace, labels)
        for position, resource in resources
        for path, kind, namespace, labels in _label_sets(resource)
    ]


def _label_sets(
    resource: Resource,
) -> Iterator[tuple[Path, Kind, str | None, Mapping[str, str]]]:
    """Yield the label sets of an object and of what it makes, as `LabelSet` has them."""
    is_certain = is_namespaced(resource.group_kind)
    own_namespace = namespace_of(resource)
    namespace = None if is_certain is False else own_namespace
    yield ("metadata",), resource.group_kind, namespace, _own_labels(resource)
    of_pods = pod_labels_path(resource)
    if of_pods is not None:
        # With the labels that controllers add, which no rename changes.
        yield of_pods[:-1], POD, own_namespace, _template_labels(resource, of_pods)
    for path in metadata_paths(resource)[1:]:
        labels = value_at(resource.body, (*path, "labels"))
        if labels is not None and (*path, "labels") != of_pods:
            yield path, _made_kind(path), own_namespace, _strings(labels)


def _own_labels(resource: Resource) -> Mapping[str, str]:
    labels = served_labels(resource)
    return node_labels(resource.name, labels) if resource.group_kind == NODE else labels


def _template_labels(resource: Resource, path: Path) -> Mapping[str, str]:
    """Return the labels of the pods that an object makes."""
    try:
        target = template_target(resource)
    except ManifestError:  # a label is no string
        return _strings(value_at(resource.body, path))
    assert target is not None  # there is a path
    return target.labels


def _made_kind(path: Path) -> Kind:
    if CLAIM_TEMPLATES in path:
        return CLAIM
    return _JOB if path == _JOB_METADATA else POD


def _strings(labels: Data) -> dict[str, str]:
    entries = nulls_as_empty(labels) if isinstance(labels, dict) else {}
    return {key: each for key, each in entries.items() if isinstance(each, str)}


def compare_pairs(
    before: Sequence[Resource],
    after: Sequence[Resource],
    keys: frozenset[str],
    speakers: Iterable[int],
) -> PairComparison:
    """Compare what every selector selects before and after a change of labels and selectors.

    1. A selector that has changed is evaluated on everything that it can select.
    2. One that has not is evaluated on the label sets that have: its other pairs are the same.

    Arguments:
        before: the objects.
        after: the same objects after the change, at the same positions; the same object where
            nothing has changed.
        keys: the keys of labels that may have changed.
        speakers: the positions of the objects whose selectors may be about the keys, and may
            select another object than before.

    Raises:
        ValueError: labels of other keys have changed, or there are other targets.

    Complexity: O(n) in the size of the objects, and two queries for each distinct selector.
    """
    changed = [n for n, one in enumerate(before) if one is not after[n]]
    old, new = (read_targets((n, side[n]) for n in changed) for side in (before, after))
    _check_targets(before, old, new, keys)
    reader = _SelectionReader(before, after, keys)
    groups = reader.groups(sorted({*changed, *speakers}))
    others = _other_targets(before, set(changed), [pair for pair in groups if pair[0] != pair[1]])
    old, new = [*old, *others], [*new, *others]
    indexes = [LabelIndex(enumerate(map(_index_labels, each))) for each in (old, new)]
    moved: list[MovedPair] = []
    pairs = selectors = 0
    for pair, owners in groups.items():
        selects, will_select = (
            set(index.select(each.whole)) for index, each in zip(indexes, pair, strict=True)
        )
        selectors += len(owners)
        pairs += len(selects) * len(owners)
        if selects != will_select:
            number = min(selects ^ will_select)
            target = old[number]
            moved += [
                MovedPair(
                    owner=before[position],
                    path=path,
                    before=pair[0].selector,
                    after=pair[1].selector,
                    target=before[target.position],
                    target_path=target.path,
                    starts=number in will_select,
                )
                for position, path in owners
            ]
    return PairComparison(selectors, len(old), pairs, moved, reader.unreadable)


def _check_targets(
    before: Sequence[Resource],
    old: Sequence[LabelSet],
    new: Sequence[LabelSet],
    keys: frozenset[str],
) -> None:
    """Check that the changed objects have the same targets, and only other labels of some keys."""
    if [each[:4] for each in old] != [each[:4] for each in new]:
        message = "the objects have other templates than before"
        raise ValueError(message)
    for one, other in zip(old, new, strict=True):
        if _rest(one, keys) != _rest(other, keys):
            message = f"other labels of {before[one.position].reference} have changed"
            raise ValueError(message)


def _other_targets(
    resources: Sequence[Resource], changed: Collection[int], pairs: Sequence[_Pair]
) -> list[LabelSet]:
    """Return the targets of the objects that did not change which some selectors can select."""
    scopes = {(each.kind, each.namespaces) for pair in pairs for each in pair}
    if not scopes:
        return []
    kinds = {kind for kind, _ in scopes}
    named = [namespaces for _, namespaces in scopes]
    # None stands for every kind, and for every namespace.
    inside = None if None in named else {each for one in named if one for each in one}
    return [
        target
        for target in read_targets(
            (number, each)
            for number, each in enumerate(resources)
            if number not in changed and (inside is None or namespace_of(each) in inside)
        )
        if None in kinds or target.kind in kinds
    ]


def _rest(target: LabelSet, keys: frozenset[str]) -> dict[str, str]:
    return {key: value for key, value in target.labels.items() if key not in keys}


def _index_labels(target: LabelSet) -> dict[str, str]:
    """Return the labels of a target, with its kind and its namespace."""
    where = {} if target.namespace is None else {_NAMESPACE_KEY: target.namespace}
    return {**target.labels, _KIND: ".".join(target.kind), **where}


class _SelectionReader:
    """Reads the selectors that a change may concern.

    Attributes:
        unreadable: those that cannot be read.
    """

    def __init__(
        self, before: Sequence[Resource], after: Sequence[Resource], keys: frozenset[str]
    ) -> None:
        self.unreadable: list[ManifestError] = []
        #: The same, by the source of the object, which is that of the object after the change, too.
        self._refused: set[tuple[int, Path]] = set()
        self._before = before
        self._after = after
        self._keys = keys

    def groups(self, positions: Iterable[int]) -> dict[_Pair, _Owners]:
        """Return each distinct selector of some objects, with the fields that have it."""
        groups: defaultdict[_Pair, _Owners] = defaultdict(list)
        for position in positions:
            old, new = self._before[position], self._after[position]
            selections = self._read(old)
            changed = selections if old is new else self._read(new)
            if selections.keys() != changed.keys():
                self.unreadable.append(new.fault("its selectors cannot be compared"))
            for path in selections.keys() & changed.keys():
                pair = selections[path], changed[path]
                if pair[0] != pair[1] or not self._keys.isdisjoint(pair[0].selector.keys()):
                    groups[pair].append((position, path))
        return groups

    def _read(self, resource: Resource) -> dict[Path, _Selection]:
        """Return the selectors of an object by their paths."""
        found: dict[Path, _Selection] = {}
        for scoped in label_fields(resource):
            if scoped.is_own or scoped.field.syntax not in _READERS:
                continue
            try:
                selector = _READERS[scoped.field.syntax](scoped.field)
            except SelectorError as error:
                self._refuse(resource, scoped.field, str(error).partition("\n")[0])
            else:
                found[scoped.field.path] = _Selection(selector, scoped.kind, scoped.namespaces)
        self._read_own(resource, found)
        return found

    def _read_own(self, resource: Resource, found: dict[Path, _Selection]) -> None:
        """Add the selector of the object itself."""
        try:
            own = read_object_selector(resource)
        except ManifestError as error:
            own_fields = [each.field for each in label_fields(resource) if each.is_own]
            for field in own_fields:
                self._refuse(resource, field, error.problem)
            return
        if own is not None:
            found[own.path] = _Selection(own.selector, own.target, own.namespaces)

    def _refuse(self, resource: Resource, field: SelectorField, reason: str) -> None:
        """Record a selector that cannot be read, if it may be about the keys."""
        is_known = (id(resource.source), field.path) in self._refused
        if not is_known and (mentions(field.value, self._keys) or _may_mean(field, self._keys)):
            self._refused.add((id(resource.source), field.path))
            problem = f"{path_text(field.path)}: it cannot be read, and may be about the label"
            self.unreadable.append(resource.fault(f"{problem}: {reason}"))


def mentions(value: Data, keys: Iterable[str]) -> bool:
    """Whether data have a text with one of some keys in it.

    >>> mentions({"labels": {"app": "web"}}, {"app"}), mentions(["web"], {"app"})
    (True, False)
    """
    text = repr(value)
    return any(key in text for key in keys)


def _may_mean(field: SelectorField, keys: Iterable[str]) -> bool:
    """Whether a pattern of keys in a selector may mean one of some keys."""
    if field.syntax is not Syntax.WILDCARDS:
        return False
    labels = value_at(field.value, (MATCH_LABELS,))
    patterns = labels if isinstance(labels, dict) else ()
    return any(
        fnmatchcase(key, str(pattern).replace("[", "[[]")) for pattern in patterns for key in keys
    )


# Reading a field by its syntax


def _label_selector(field: SelectorField) -> Selector:
    return from_label_selector(_known_fields(field.value) if field.by_name else field.value)


def _known_fields(value: Data) -> Data:
    """Return the two fields of a LabelSelector: one of a custom kind may have more."""
    return {name: value[name] for name in (MATCH_LABELS, MATCH_EXPRESSIONS) if name in value}


def _cilium(field: SelectorField) -> Selector:
    """Return the meaning of a selector of Cilium, without the sources of its labels."""

    def plain(key: Data) -> Data:
        if not isinstance(key, str):
            return key
        _, name, kind = split_key(key, None, field.syntax)
        # A label of the namespace is none of the endpoint: under a key that no label has.
        return f"namespace.labels/{name}" if kind == NAMESPACE else name

    value = field.value
    if isinstance(value, dict):
        labels, expressions = value.get(MATCH_LABELS), value.get(MATCH_EXPRESSIONS)
        if isinstance(labels, dict):
            value = {**value, MATCH_LABELS: {plain(key): each for key, each in labels.items()}}
        if isinstance(expressions, list):
            plains = [
                {**each, "key": plain(each.get("key"))} if isinstance(each, dict) else each
                for each in expressions
            ]
            value = {**value, MATCH_EXPRESSIONS: plains}
    return from_label_selector(value)


def _topology(field: SelectorField) -> Selector:
    expressions = value_at(field.value, ("matchLabelExpressions",)) or []
    if not isinstance(expressions, list):
        raise InvalidObjectError([])
    terms = [{**each, "operator": "In"} for each in expressions if isinstance(each, dict)]
    return from_label_selector({MATCH_EXPRESSIONS: terms})


def _text(read: Callable[[str], Selector]) -> Callable[[SelectorField], Selector]:
    def read_field(field: SelectorField) -> Selector:
        if not isinstance(field.value, str):
            raise SelectorError("it is no text")
        return read(field.value)

    return read_field


_READERS: Final[dict[Syntax, Callable[[SelectorField], Selector]]] = {
    Syntax.LABEL_SELECTOR: _label_selector,
    Syntax.MATCH_LABELS: _label_selector,
    Syntax.WILDCARDS: _label_selector,
    Syntax.CILIUM: _cilium,
    Syntax.LABEL_MAP: lambda field: from_labels(nulls_as_empty(field.value)),
    Syntax.LABEL_TEXT: _text(parse),
    Syntax.CALICO: _text(parse_expression),
    Syntax.NODE_SELECTOR: lambda field: from_node_selector(field.value),
    Syntax.NODE_TERM: lambda field: from_node_selector({NODE_SELECTOR_TERMS: [field.value]}),
    Syntax.TOPOLOGY_TERM: _topology,
}
