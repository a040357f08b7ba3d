"""What to write instead of what is wrong with a label or a selector: the fixes of findings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from labelsel.errors import Path, Problem
from labelsel.labels import (
    MAX_NAME_BYTES,
    validate_annotations,
    validate_key,
    validate_labels,
    validate_value,
)
from labelsel.objects import meant_field
from labelsel.resources.document import Data
from labelsel.resources.lint.carried import at
from labelsel.resources.writing import scalar_text

__all__ = [
    "WRITE_A_MAP",
    "annotation_fix",
    "label_fix",
    "map_fix",
    "placeholder_fix",
    "selector_fix",
]

WRITE_A_MAP: Final = "write a map from keys to strings"

_ILLEGAL: Final = re.compile(r"[^-A-Za-z0-9_.]+")
_EDGES: Final = "-_."
_LETTERS: Final = "letters, digits, '-', '_' and '.'"
#: What stands for a value that another program puts in: Helm, Go and Jinja have braces; shells,
#: envsubst and pipelines have the dollar sign.
_PLACEHOLDER: Final = re.compile(
    r"\{\{.*?(?:\}\}|$) | \$\{[^}]*\}? | \$\([^)]*\)? | (?<!\w)\$[A-Za-z_]\w*",
    re.VERBOSE | re.DOTALL,
)
#: So much of it is repeated.
_REPEATED: Final = 60
#: The fields of a LabelSelector, which a plain map of labels has not.
_FIELDS: Final = ("matchLabels", "matchExpressions")
_LABELS_INSIDE: Final = frozenset({"matchLabels", "match_labels"})
_NO_LABELS: Final = frozenset({"matchExpressions", "match_expressions", "nodeSelectorTerms"})


def label_fix(labels: Data, problem: Problem) -> str:
    """The label as it would be legal, where it is plain what that is."""
    if not problem.path:
        return WRITE_A_MAP
    key, value = str(problem.path[0]), at(labels, problem.path)
    rendered = placeholder_fix(value) or placeholder_fix(key)
    if rendered:
        return rendered
    if value is None:
        return f'write {key}: "" for an empty value, or take it out'
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
    if field in _NO_LABELS and isinstance(problem.value, dict | list):
        return f"take {field} out: a {path[-1]} like this one has labels, and nothing else"
    if field in _LABELS_INSIDE and isinstance(problem.value, dict):
        beside = {key: value for key, value in labels.items() if key != field}
        meant = {**beside, **problem.value}
        return f"write {path[-1]}: {_flow(meant)}" if _are_strings(meant) else WRITE_A_MAP
    return label_fix(labels, problem)


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
            return _field_fix(path, selector, field) or otherwise
        case _:
            return placeholder_fix(problem.value) or otherwise


def _field_fix(path: Path, selector: Mapping[str, Data], field: str) -> str | None:
    """What to write for a field that a LabelSelector does not have: mostly it is a label."""
    if not isinstance(selector[field], str):
        meant = meant_field(field, _FIELDS)
        return f"write {meant}" if meant else None
    known = {name: selector[name] for name in _FIELDS if selector.get(name)}
    labels = {key: value for key, value in selector.items() if key not in _FIELDS}
    inside = {**known.get("matchLabels", {}), **labels}
    if not _are_strings(inside):
        return f"write {field} under matchLabels"
    more = ", and leave matchExpressions as they are" if "matchExpressions" in known else ""
    return f"write {path[-1]}: {{matchLabels: {_flow(inside)}}}{more}"


def placeholder_fix(value: Data) -> str | None:
    """What to do with a text that has a placeholder in it; None where it has none.

    >>> placeholder_fix("app-${region}")
    'substitute ${region} first, as envsubst does, and lint the result'
    """
    found = _PLACEHOLDER.search(value) if isinstance(value, str) else None
    if found is None:
        return None
    text = found[0] if len(found[0]) <= _REPEATED else f"{found[0][:_REPEATED]}…"
    if text.startswith("{{"):
        return f"render {text} first, as helm template does, and lint the result"
    return f"substitute {text} first, as envsubst does, and lint the result"


def _are_strings(labels: Mapping[str, Data]) -> bool:
    return all(isinstance(value, str) for value in labels.values())


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
    return _ILLEGAL.sub("-", text)[:MAX_NAME_BYTES].strip(_EDGES)
