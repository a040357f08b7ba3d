"""What to write instead of what is wrong with a label or a selector: the fixes of findings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from labelsel.errors import Path, Problem
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.serializer import scalar_text
from labelsel.labels import (
    validate_annotations,
    validate_key,
    validate_labels,
    validate_value,
)
from labelsel.lint.label_locations import at
from labelsel.objects import labels_in, meant_field, what_to_write
from labelsel.placeholders import PLACEHOLDER

__all__ = [
    "WRITE_A_MAP",
    "annotation_fix",
    "label_fix",
    "map_fix",
    "placeholder_fix",
    "selector_fix",
]

WRITE_A_MAP: Final = "write a map from keys to strings"

_EDGES: Final = "-_."
_LETTERS: Final = "letters, digits, '-', '_' and '.'"
#: What envsubst can put in: nothing but a name.
_OF_SHELL: Final = re.compile(r"\$\{[A-Za-z_]\w*\}|\$[A-Za-z_]\w*")
#: What only Helm's templates say.
_OF_HELM: Final = re.compile(r"\{\{-?\s*(?:\.(?:Values|Release|Chart)\b|template\b|include\b)")
#: So much of it is repeated.
_REPEATED: Final = 60
#: The fields of a LabelSelector, which a plain map of labels has not.
_FIELDS: Final = ("matchLabels", "matchExpressions")
_LABELS_INSIDE: Final = frozenset({"matchLabels", "match_labels", "labels"})
_EXPRESSIONS: Final = frozenset({"matchExpressions", "match_expressions"})
_NO_LABELS: Final = frozenset({*_EXPRESSIONS, "matchFields", "match_fields", "nodeSelectorTerms"})


def label_fix(labels: Data, problem: Problem) -> str:
    """The label as it would be legal, where it is plain what that is."""
    if not problem.path:
        return WRITE_A_MAP
    key, value = str(problem.path[0]), at(labels, problem.path)
    rendered = placeholder_fix(value) or placeholder_fix(key)
    if rendered:
        return rendered
    if isinstance(value, dict | list):
        return f"write one string as the value of {key}"
    if not isinstance(value, str):
        return "write the value in quotes: without them it is no string"
    return _legal_label(key, value)


def _legal_label(key: str, value: str) -> str:
    if validate_key(key):
        key = _legal_key(key)
    if validate_value(value):
        value = _legal(value)
    if validate_labels({key: value}):
        return f"write a key and a value of {_LETTERS}"
    return f"write {key}: {value}"


def annotation_fix(annotations: Data, problem: Problem) -> str:
    """The same for an annotation, of which only the key must be legal."""
    path = problem.path
    if (path and not isinstance(at(annotations, path), str)) or not isinstance(annotations, dict):
        return label_fix(annotations, problem)
    if not path or not validate_annotations({path[0]: ""}):
        return "move what is large into a ConfigMap, and name that in the annotation"
    key = str(path[0])
    legal = _legal_key(key)
    if rendered := placeholder_fix(key):
        return rendered
    return f"write a key of {_LETTERS}" if validate_key(legal) else f"write the key as {legal}"


def map_fix(path: Path, labels: Data, problem: Problem) -> str:
    """What to write where a map of labels selects: in a Service, and in a ``nodeSelector``."""
    field = problem.path[0] if problem.path else None
    fields = _NO_LABELS | _LABELS_INSIDE
    is_one = field in fields and (isinstance(problem.value, dict | list) or _inside(problem.value))
    if problem.path and not is_one:
        return label_fix(labels, problem)
    if rendered := _placeholder_inside(labels):
        return rendered
    flat = _flat(labels) if isinstance(labels, dict) else labels_in(labels)
    if flat:
        return f"write {path[-1]}: {_flow(flat)}"
    # Labels that are wrong themselves are told of; what is no equality cannot be said at all.
    is_map = not isinstance(labels, dict) or _NO_LABELS.isdisjoint(labels)
    return WRITE_A_MAP if is_map else _own_label(path)


def _own_label(path: Path) -> str:
    if path[-1] == "nodeSelector":
        return (
            "a nodeSelector can select only by equal labels: give the nodes a label of their own "
            "and select that, or write it as required nodeAffinity"
        )
    return (
        f"a {path[-1]} like this one can select only by equal labels: "
        "give the pods a label of their own and select that"
    )


def _flat(labels: Mapping[str, Data]) -> dict[str, str] | None:
    """The labels that a map with fields of a LabelSelector asks for; None if there is more."""
    maps: list[Data] = []
    for key, value in labels.items():
        if key in _EXPRESSIONS and isinstance(value, list):
            maps += [_equality(expression) for expression in value]
        else:
            maps.append(_inside(value) if key in _LABELS_INSIDE else {key: value})
    return _joined(maps)


def _inside(value: Data) -> Data:
    """The labels that stand under a field in a map of labels, be they a map, a list or a text."""
    return value if isinstance(value, dict) else labels_in(value)


def _equality(expression: Data) -> dict[str, Data] | None:
    """The label that an expression asks for; None if it is no In with exactly one value."""
    match expression:
        case {"key": str(key), "operator": "In", "values": [value]} if len(expression) == len(
            ("key", "operator", "values")
        ):
            return {key: value}
    return None


def _joined(maps: Sequence[Data]) -> dict[str, str] | None:
    """Maps of labels as one; None if one is no legal one, or two contradict each other."""
    joined: dict[str, str] = {}
    for labels in maps:
        if not isinstance(labels, dict) or validate_labels(labels):
            return None
        if any(joined.get(key, value) != value for key, value in labels.items()):
            return None
        joined.update(labels)
    return joined


def _placeholder_inside(value: Data) -> str | None:
    """The same as `placeholder_fix`, for any text in maps and lists."""
    if isinstance(value, dict | list):
        parts = [*value, *value.values()] if isinstance(value, dict) else value
        return next(filter(None, map(_placeholder_inside, parts)), None)
    return placeholder_fix(value)


def selector_fix(path: Path, selector: Data, problem: Problem, otherwise: str) -> str:
    """What to write in a LabelSelector that stands at a path.

    Arguments:
        path: where the selector stands in its object.
        selector: the selector.
        problem: what is wrong with it, with a path in the selector.
        otherwise: what to say where it is not plain what was meant.
    """
    match problem.path:
        case () if selector is None or selector == {}:
            return "add labels to it that its pods have"
        case ("matchLabels", _):
            entry = problem._replace(path=problem.path[1:])
            return label_fix(selector["matchLabels"], entry)
        case (str(field),) if field not in _FIELDS:
            return _field_fix(path, selector, field) or what_to_write(problem) or otherwise
        case _:
            return placeholder_fix(problem.value) or what_to_write(problem) or otherwise


def _field_fix(path: Path, selector: Mapping[str, Data], field: str) -> str | None:
    """What to write for a field that a LabelSelector does not have: mostly it is a label."""
    if not isinstance(selector[field], str):
        meant = meant_field(field, _FIELDS)
        return f"write {meant}" if meant else None
    known = {name: selector[name] for name in _FIELDS if selector.get(name)}
    labels = {key: value for key, value in selector.items() if key not in _FIELDS}
    if rendered := _placeholder_inside(selector):
        return rendered
    inside = _joined([known.get("matchLabels", {}), labels])
    if inside is None:
        return f"write {field} under matchLabels"
    more = ", and leave matchExpressions as they are" if "matchExpressions" in known else ""
    return f"write {path[-1]}: {{matchLabels: {_flow(inside)}}}{more}"


def placeholder_fix(value: Data) -> str | None:
    """What to do with a text that has a placeholder in it; None where it has none.

    >>> placeholder_fix("app-${region}")
    'substitute ${region} first, as envsubst does, and lint the result'
    """
    found = PLACEHOLDER.search(_as_written(value))
    if found is None:
        return None
    text = found[0] if len(found[0]) <= _REPEATED else f"{found[0][:_REPEATED]}…"
    if _OF_HELM.match(found[0]):
        return f"render {text} first, as helm template does, and lint the result"
    if _OF_SHELL.fullmatch(found[0]):
        return f"substitute {text} first, as envsubst does, and lint the result"
    return f"render or substitute {text} first, and lint the result"


def _as_written(value: Data) -> str:
    """A text; also one without quotes that YAML takes for a map or a list: ``[[ region ]]``."""
    match value:
        case str():
            return value
        case [[str(word)]]:
            return f"[[ {word} ]]"
        case dict() if list(value.values()) in ([None], [""]):
            return f"{{{next(iter(value))}}}"
    return ""


def _flow(labels: Mapping[str, str]) -> str:
    """A map as YAML has it in one line: ``{app: web}``."""
    entries = (
        f"{scalar_text(key, flow=True)}: {scalar_text(value, flow=True)}"
        for key, value in labels.items()
    )
    return f"{{{', '.join(entries)}}}"


def _legal_key(key: str) -> str:
    prefix, slash, name = key.rpartition("/")
    return f"{_legal(prefix).lower()}{slash}{_legal(name)}"


def _legal(text: str) -> str:
    """The text with only spaces and edges mended: what other faults are to mean nobody knows."""
    return re.sub(" +", "-", text).strip(_EDGES)
