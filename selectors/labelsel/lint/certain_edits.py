"""The edits of fixes that are certain: typos with one candidate, and labels in the wrong map.

A fix is certain if the input leaves one way to read what was meant. Everything else needs the
judgement of a person, and has no edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from labelsel.errors import InvalidObjectError, Path
from labelsel.kubernetes import Resource
from labelsel.kubernetes.edit.part_edits import PartEdit
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import (
    MATCH_EXPRESSIONS,
    MATCH_FIELDS,
    MATCH_LABELS,
    NODE_SELECTOR_TERMS,
)
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.labels import validate_labels
from labelsel.lint.selector_parts import key_path, requirements
from labelsel.objects import find_nearest_field, from_label_selector, from_node_selector
from labelsel.requirements import Equals, In
from labelsel.selector import Everything, Requirement, Selector, all_of
from labelsel.typos import is_one_typo_apart

if TYPE_CHECKING:  # only types here
    from labelsel.kubernetes import ObjectSelector
    from labelsel.lint.known_words import KnownWords
    from labelsel.lint.target_group import TargetGroup

__all__ = [
    "corrections",
    "label_map_edit",
    "rename_key",
    "selector_edit",
    "target_edit",
    "word_edit",
]

_FIELDS: Final = (MATCH_LABELS, MATCH_EXPRESSIONS)
_NODE_FIELDS: Final = (MATCH_EXPRESSIONS, MATCH_FIELDS)
#: ``Gt`` and ``Lt`` are legal for nodes only.
_OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
#: Fields whose value is a key of labels.
_KEY_FIELDS: Final = frozenset({"key", "topologyKey"})


def rename_key(resource: Resource, path: Path, key: str, meant: str) -> PartEdit | None:
    """Return the edit that corrects a key at a path; None if the key is not there.

    The path is that of an entry of a map, of an expression, or of a field that holds a key.

    >>> from labelsel.kubernetes import Source
    >>> body = {"metadata": {"labels": {"ap": "web"}}}
    >>> pod = Resource("Pod", "v1", None, "web", {}, {}, body, Source("a.yaml", 1, 1))
    >>> rename_key(pod, ("metadata", "labels", "ap"), "ap", "app").text
    'app'
    """
    value, around = value_at(resource.body, path), value_at(resource.body, path[:-1])
    if isinstance(path[-1], int):
        path, value = (*path, "key"), value_at(value, ("key",))
    if value == key and path[-1] in _KEY_FIELDS:
        return PartEdit("replace", path, meant)
    is_entry = path[-1] == key and isinstance(around, dict) and key in around
    return PartEdit("rename", path, meant) if is_entry and meant not in around else None


def word_edit(resource: Resource, path: Path, words: Iterable[str]) -> PartEdit | None:
    """Return the edit that corrects the spelling of a word of the API; None if unsure.

    >>> from labelsel.kubernetes import Source
    >>> body = {"spec": {"tolerations": [{"key": "a", "operator": "exists"}]}}
    >>> pod = Resource("Pod", "v1", None, "web", {}, {}, body, Source("a.yaml", 1, 1))
    >>> word_edit(pod, ("spec", "tolerations", 0, "operator"), ["Equal", "Exists"]).text
    'Exists'
    """
    value = value_at(resource.body, path)
    if not isinstance(value, str):
        return None
    written = value.casefold()
    meant = [
        word
        for word in words
        if written == word.casefold() or is_one_typo_apart(written, word.casefold())
    ]
    return PartEdit("replace", path, meant[0]) if len(meant) == 1 else None


def target_edit(
    object_selector: ObjectSelector,
    selector: Selector,
    groups: Iterable[TargetGroup],
    words: KnownWords,
) -> PartEdit | None:
    """Return the edit of a selector that selects nothing because of a typo; None if unsure.

    1. Exactly one key or value, with exactly one typo corrected, lets the selector select
       something.
    2. The word with the typo is nowhere else in the input: neither a name nor a label, and no
       other selector has it. Otherwise the typo may be in the labels.

    Arguments:
        object_selector: the selector with its object.
        selector: its requirements that can be met in manifests.
        groups: where it looks.
        words: the words of the input.
    """
    known = list(groups)
    found = corrections(selector, [(group, Everything()) for group in known])
    if len(found) != 1:
        return None
    ((required, meant),) = found
    path, owner = key_path(object_selector, required.key), object_selector.owner
    if required.key != meant.key:
        is_unique = words.is_unique(required.key)
        return rename_key(owner, path, required.key, meant.key) if is_unique else None
    if not words.is_unique(required.value):
        return None
    if isinstance(path[-1], int):
        path = (*path, "values", 0)
        if value_at(owner.body, (*path[:-1], 1)) is not None:
            return None
    is_value = value_at(owner.body, path) == required.value
    return PartEdit("replace", path, meant.value) if is_value else None


def corrections(
    selector: Selector, areas: Iterable[tuple[TargetGroup, Selector]]
) -> set[tuple[Equals, Equals]]:
    """Return each requirement with a typo whose correction lets a selector select something.

    Beside the requirement: the corrected one.

    Arguments:
        selector: a selector that selects nothing.
        areas: groups of targets, each with a selector of those that count.
    """
    known = list(areas)
    pairs = _corrections(selector, [group for group, _ in known])
    return {pair for pair in pairs if _selects(selector, pair, known)}


def _corrections(
    selector: Selector, groups: Iterable[TargetGroup]
) -> Iterator[tuple[Equals, Equals]]:
    """Yield each requirement with a typo, and what may have been meant."""
    for term in requirements(selector):
        required = _as_equality(term)
        if required is not None:
            key, value = required.key, required.value
            for group in groups:
                yield from ((required, Equals(key, v)) for v in group.values(key).typos_of(value))
                yield from ((required, Equals(k, value)) for k in group.keys.typos_of(key))


def _as_equality(term: Requirement) -> Equals | None:
    """Return a requirement of one value as ``=``: ``in (web)`` means the same."""
    match term:
        case Equals():
            return term
        case In(key=key, values=values) if len(values) == 1:
            return Equals(key, next(iter(values)))
    return None


def _selects(
    selector: Selector,
    pair: tuple[Equals, Equals],
    areas: Iterable[tuple[TargetGroup, Selector]],
) -> bool:
    required, meant = pair
    others = [term for term in requirements(selector) if _as_equality(term) != required]
    corrected = all_of([*others, meant])
    return any(group.index.count(corrected & area) for group, area in areas)


def label_map_edit(path: Path, labels: Data) -> PartEdit | None:
    """Return the edit of a map of labels that has a LabelSelector's matchLabels; or None.

    >>> label_map_edit(("spec", "selector"), {"matchLabels": {"app": "web"}}).operation
    'unwrap'
    """
    inside = labels.get(MATCH_LABELS) if isinstance(labels, dict) and len(labels) == 1 else None
    is_legal = inside and not validate_labels(inside)
    return PartEdit("unwrap", path, MATCH_LABELS) if is_legal else None


def selector_edit(resource: Resource, path: Path) -> PartEdit | None:
    """Return the edit of a LabelSelector or a term of nodes, of which a part is wrong; or None.

    1. Labels without matchLabels around them get it.
    2. A field of a LabelSelector with a typo, in other letter case or in snake case is renamed.
    3. An operator in other letter case is corrected.

    The API server must accept the corrected selector, as far as labelsel reads it.

    Arguments:
        resource: the object.
        path: the wrong part.
    """
    of_nodes = "nodeAffinity" in path
    around_path, step = path[:-1], path[-1]
    around = value_at(resource.body, around_path)
    if not isinstance(around, dict) or not isinstance(step, str):
        return None
    if step == "operator":
        return _operator_edit(path, around, of_nodes=of_nodes)
    if path[-2:-1] in {(field,) for field in _FIELDS} or step in _FIELDS:
        return None
    if _is_selector_path(around_path) and _is_label_map(around):
        return PartEdit("wrap", around_path, MATCH_LABELS)
    return _field_edit(path, around, of_nodes=of_nodes)


def _is_selector_path(path: Path) -> bool:
    """Whether a path is of a LabelSelector by its name: selector, podSelector, labelSelector."""
    return bool(path) and isinstance(path[-1], str) and path[-1].casefold().endswith("selector")


def _is_label_map(value: dict[str, Data]) -> bool:
    """Whether a map has only labels, no key of which may be a field with a typo."""
    is_field = any(find_nearest_field(key, _FIELDS) for key in value)
    return not is_field and not validate_labels(value)


def _field_edit(path: Path, around: dict[str, Data], *, of_nodes: bool) -> PartEdit | None:
    field = str(path[-1])
    fields = _NODE_FIELDS if of_nodes else _FIELDS
    meant = [name for name in fields if _is_spelling(field, name)]
    if len(meant) != 1 or meant[0] in around:
        return None
    corrected = {meant[0] if key == field else key: value for key, value in around.items()}
    is_legal = _is_legal(corrected, of_nodes=of_nodes)
    return PartEdit("rename", path, meant[0]) if is_legal else None


def _is_spelling(field: str, meant: str) -> bool:
    """Whether a word is a field with one typo, in other letter case, or in snake case."""
    plain = field.replace("_", "").casefold() == meant.casefold()
    return plain or is_one_typo_apart(field, meant)


def _operator_edit(path: Path, around: dict[str, Data], *, of_nodes: bool) -> PartEdit | None:
    operator = around.get("operator")
    if not isinstance(operator, str):
        return None
    folded = operator.casefold()
    meant = [name for name in _OPERATORS if name.casefold() == folded and name != operator]
    if len(meant) != 1:
        return None
    corrected = {MATCH_EXPRESSIONS: [{**around, "operator": meant[0]}]}
    return PartEdit("replace", path, meant[0]) if _is_legal(corrected, of_nodes=of_nodes) else None


def _is_legal(selector: Data, *, of_nodes: bool) -> bool:
    try:
        if of_nodes:
            from_node_selector({NODE_SELECTOR_TERMS: [selector]})
        else:
            from_label_selector(selector)
    except InvalidObjectError:
        return False
    return True
