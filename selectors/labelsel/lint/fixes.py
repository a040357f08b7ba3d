"""The fixes of findings: what to write instead of a wrong label or selector."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from labelsel.errors import Path, Problem, SelectorError, SelectorSyntaxError, list_words
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import (
    MATCH_EXPRESSIONS,
    MATCH_FIELDS,
    MATCH_LABELS,
    NODE_SELECTOR_TERMS,
)
from labelsel.kubernetes.model.serializer import scalar_text
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.labels import (
    validate_key,
    validate_labels,
    validate_value,
)
from labelsel.languages import parse, parse_expression, to_expression
from labelsel.lint.selector_parts import requires_nothing
from labelsel.objects import (
    find_nearest_field,
    from_label_selector,
    labels_in,
    what_to_write,
)
from labelsel.placeholders import PLACEHOLDER, has_placeholder_at
from labelsel.selector import Selector

__all__ = [
    "WRITE_A_MAP",
    "annotation_fix",
    "expression_fix",
    "has_placeholder",
    "label_fix",
    "labels_text",
    "map_fix",
    "placeholder_fix",
    "selector_fix",
    "text_fix",
    "value_fix",
]

WRITE_A_MAP: Final = "write a map from keys to strings"

_EDGES: Final = "-_."
_LETTERS: Final = "letters, digits, '-', '_' and '.'"
#: The placeholders of envsubst: only names.
_SHELL: Final = re.compile(r"\$\{[A-Za-z_]\w*\}|\$[A-Za-z_]\w*")
#: The beginning of placeholders that only Helm's templates have.
_HELM: Final = re.compile(r"\{\{-?\s*(?:\.(?:Values|Release|Chart)\b|template\b|include\b)")
#: A fix repeats so many characters of a placeholder: enough to recognize it, on one line.
_SHOWN: Final = 60
#: The fields of a LabelSelector, which a plain map of labels does not have.
_FIELDS: Final = (MATCH_LABELS, MATCH_EXPRESSIONS)
_LABELS_INSIDE: Final = frozenset({MATCH_LABELS, "match_labels", "labels"})
_EXPRESSIONS: Final = frozenset({MATCH_EXPRESSIONS, "match_expressions"})
_NO_LABELS: Final = frozenset({*_EXPRESSIONS, MATCH_FIELDS, "match_fields", NODE_SELECTOR_TERMS})


def label_fix(labels: Data, problem: Problem) -> str:
    """Return how to correct a label; the corrected label itself where only one is likely."""
    if not problem.path:
        return WRITE_A_MAP
    key, value = str(problem.path[0]), value_at(labels, problem.path)
    template_fix = placeholder_fix(value) or placeholder_fix(key)
    if template_fix:
        return template_fix
    if not isinstance(value, str) and problem.value == key:
        return _key_fix(key)
    if isinstance(value, dict | list):
        return f"write one string as the value of {key}"
    if not isinstance(value, str):
        return "write the value in quotes: without them it is no string"
    return _legal_label(key, value)


def value_fix(value: Data) -> str:
    """Return how to correct a value that no label can have, which is not a placeholder.

    >>> value_fix(True), value_fix("my gpu")
    ('write "true", in quotes', 'write my-gpu')
    """
    if isinstance(value, bool | int):
        return f"write {json.dumps(json.dumps(value))}, in quotes"
    legal = _legal(value) if isinstance(value, str) else ""
    if not legal or validate_value(legal):
        return f"write a value of {_LETTERS}"
    return f"write {scalar_text(legal)}"


def _legal_label(key: str, value: str) -> str:
    key = _legal_key(key)
    if validate_value(value):
        value = _legal(value)
        if not value:
            return f"write a value of {_LETTERS}"
    if validate_labels({key: value}):
        return f"write a key and a value of {_LETTERS}"
    return f"write {scalar_text(key)}: {scalar_text(value)}"


def annotation_fix(annotations: Data, problem: Problem) -> str:
    """Return how to correct an annotation, of which only the key must be legal."""
    path = problem.path
    if (path and not isinstance(value_at(annotations, path), str)) or not isinstance(
        annotations, dict
    ):
        return label_fix(annotations, problem)
    if not path:
        return "move what is large into a ConfigMap, and name that in the annotation"
    key = str(path[0])
    return placeholder_fix(key) or _key_fix(key)


def _key_fix(key: str) -> str:
    legal = _legal_key(key)
    return f"write a key of {_LETTERS}" if validate_key(legal) else f"write the key as {legal}"


def map_fix(path: Path, labels: Data, problem: Problem) -> str:
    """Return how to correct a map of labels that selects: of a Service, or a ``nodeSelector``."""
    field = problem.path[0] if problem.path else None
    fields = _NO_LABELS | _LABELS_INSIDE
    is_field = field in fields and (
        isinstance(problem.value, dict | list) or _labels_inside(problem.value)
    )
    if problem.path and not is_field:
        return label_fix(labels, problem)
    if template_fix := _placeholder_inside(labels):
        return template_fix
    flat = _flat_labels(labels) if isinstance(labels, dict) else labels_in(labels)
    if flat:
        return f"write {_name(path)}{labels_text(flat)}"
    # Wrong labels are reported themselves. A map cannot express anything but equality.
    is_map = not isinstance(labels, dict) or _NO_LABELS.isdisjoint(labels)
    return WRITE_A_MAP if is_map else _no_equality_fix(path)


def _name(path: Path) -> str:
    """Return how what is at a path begins: with its name, unless it is an item of a list."""
    return f"{path[-1]}: " if isinstance(path[-1], str) else ""


def _no_equality_fix(path: Path) -> str:
    if path[-1] == "nodeSelector":
        return (
            "a nodeSelector can select only by equal labels: give the nodes a label of their own "
            "and select that, or write it as required nodeAffinity"
        )
    return (
        f"a {path[-1]} like this one can select only by equal labels: "
        "give the pods a label of their own and select that"
    )


def _flat_labels(labels: Mapping[str, Data]) -> dict[str, str] | None:
    """Return the labels that a map with LabelSelector fields requires; None if it says more."""
    maps: list[Data] = []
    for key, value in labels.items():
        if key in _EXPRESSIONS and isinstance(value, list):
            maps += [_equality(expression) for expression in value]
        else:
            maps.append(_labels_inside(value) if key in _LABELS_INSIDE else {key: value})
    return _join_labels(maps)


def _labels_inside(value: Data) -> Data:
    """Return the labels below a field in a map of labels: of a map, a list or a text."""
    return value if isinstance(value, dict) else labels_in(value)


def _equality(expression: Data) -> dict[str, Data] | None:
    """Return the label that an expression requires; None if it is not In with one value."""
    match expression:
        case {"key": str(key), "operator": "In", "values": [value]} if len(expression) == len(
            ("key", "operator", "values")
        ):
            return {key: value}
    return None


def _join_labels(maps: Sequence[Data]) -> dict[str, str] | None:
    """Return several maps of labels as one; None if one is illegal, or two contradict."""
    joined: dict[str, str] = {}
    for labels in maps:
        if not isinstance(labels, dict) or validate_labels(labels):
            return None
        if any(joined.get(key, value) != value for key, value in labels.items()):
            return None
        joined.update(labels)
    return joined


def _placeholder_inside(value: Data) -> str | None:
    """Return the `placeholder_fix` of the first text in maps and lists that has one."""
    if isinstance(value, dict | list):
        parts = [*value, *value.values()] if isinstance(value, dict) else value
        return next(filter(None, map(_placeholder_inside, parts)), None)
    return placeholder_fix(value)


def selector_fix(path: Path, selector: Data, problem: Problem) -> str | None:
    """Return how to correct a LabelSelector; None if it is not clear what was meant.

    Arguments:
        path: the path of the selector in its object.
        selector: the selector.
        problem: what is wrong with it, with a path in the selector.
    """
    match problem.path:
        case () if requires_nothing(selector):
            return "add labels to it that its pods have"
        case (name, _) if name == MATCH_LABELS:
            entry = problem._replace(path=problem.path[1:])
            return label_fix(selector[MATCH_LABELS], entry)
        case (str(field),) if field not in _FIELDS:
            return _field_fix(path, selector, field) or what_to_write(problem)
        case _:
            return placeholder_fix(problem.value) or what_to_write(problem)


def expression_fix(selector: Data) -> str | None:
    """Return what to write for a selector that Calico's language should have; None if unclear.

    >>> expression_fix("app=web"), expression_fix("app in ('web')")
    ('write app == "web"', "values are written in curly brackets; write: app in {'web'}")
    """
    meant = _kubernetes_selector(selector)
    if meant is not None:
        return f"write {scalar_text(to_expression(meant))}"
    return _syntax_fix(selector, parse_expression)


def text_fix(selector: Data) -> str | None:
    """Return what to write for a selector that Kubernetes' text should have; None if unclear.

    >>> text_fix({"matchLabels": {"app": "web"}}), text_fix("app not in (a)")
    ('write app=web', "'notin' is one word; write: app notin (a)")
    """
    meant = _kubernetes_selector(selector)
    if meant is not None:
        return f"write {scalar_text(str(meant))}"
    return _syntax_fix(selector, parse)


def _kubernetes_selector(selector: Data) -> Selector | None:
    """Return what a text or a LabelSelector in place of another language's text means."""
    try:
        return parse(selector) if isinstance(selector, str) else from_label_selector(selector)
    except SelectorError:
        return None


def _syntax_fix(selector: Data, read: Callable[[str], Selector]) -> str | None:
    try:
        read(selector if isinstance(selector, str) else "")
    except SelectorSyntaxError as error:
        expected = f"expected there: {list_words(error.expected)}" if error.expected else None
        # In a manifest the language is fixed: no function and no flag reads another one there.
        return getattr(error.hint, "manifest", error.hint) or expected
    return None


def _field_fix(path: Path, selector: Mapping[str, Data], field: str) -> str | None:
    """Return what to write for an unknown field of a LabelSelector: mostly it is a label."""
    if not isinstance(selector[field], str):
        meant = find_nearest_field(field, _FIELDS)
        return f"write {meant}" if meant else None
    known = {name: selector[name] for name in _FIELDS if selector.get(name)}
    labels = {key: value for key, value in selector.items() if key not in _FIELDS}
    if template_fix := _placeholder_inside(selector):
        return template_fix
    inside = _join_labels([known.get(MATCH_LABELS, {}), labels])
    if inside is None:
        return f"write {field} under matchLabels"
    more = ", and leave matchExpressions as they are" if MATCH_EXPRESSIONS in known else ""
    return f"write {_name(path)}{{matchLabels: {labels_text(inside)}}}{more}"


def placeholder_fix(value: object) -> str | None:
    """Return how to replace the placeholder in a text first; None if the text has none.

    >>> placeholder_fix("app-${region}")
    'substitute ${region} first, as envsubst does, and lint the result'
    """
    found = PLACEHOLDER.search(_source_text(value))
    if found is None:
        return None
    text = found[0] if len(found[0]) <= _SHOWN else f"{found[0][:_SHOWN]}…"
    if _HELM.match(found[0]):
        return f"render {text} first, as helm template does, and lint the result"
    if _SHELL.fullmatch(found[0]):
        return f"substitute {text} first, as envsubst does, and lint the result"
    return f"render or substitute {text} first, and lint the result"


def has_placeholder(*texts: object) -> bool:
    """Whether a text certainly has a placeholder: who replaces it may well make it legal.

    >>> has_placeholder("app", "${region}"), has_placeholder("[31m", 5)
    (True, False)
    """
    return any(has_placeholder_at("", _source_text(text)) for text in texts)


def _source_text(value: object) -> str:
    """Return a text as it was written, also if YAML reads it as a list: ``[[ region ]]``."""
    match value:
        case str():
            return value
        case [[str(word)]]:
            return f"[[ {word} ]]"
        case dict() if list(value.values()) in ([None], [""]):
            return f"{{{next(iter(value))}}}"
    return ""


def labels_text(labels: Mapping[str, str]) -> str:
    """Return labels as YAML on one line.

    >>> labels_text({"app": "web", "on": "yes"})
    "{app: web, 'on': 'yes'}"
    """
    entries = (
        f"{scalar_text(key, flow=True)}: {scalar_text(value, flow=True)}"
        for key, value in labels.items()
    )
    return f"{{{', '.join(entries)}}}"


def _legal_key(key: str) -> str:
    prefix, slash, name = key.rpartition("/")
    return f"{_legal(prefix).lower()}{slash}{_legal(name)}"


def _legal(text: str) -> str:
    """Return the text with spaces and edges corrected: other characters have no clear meaning."""
    return re.sub(" +", "-", text).strip(_EDGES)
