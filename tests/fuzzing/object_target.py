"""Fuzz target: selector objects mean what a few lines of Python say, or are errors of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from labelsel import (
    InvalidObjectError,
    Selector,
    TranslationError,
    from_label_selector,
    from_labels,
    from_node_selector,
    to_label_selector,
    to_node_selector,
)
from tests.properties.test_no_foreign_exception import check_object

__all__ = ["objects"]

Labels = Mapping[str, str]


def objects(data: bytes) -> None:
    """Whatever JSON says, it is a selector that means the same, or an error that names a part."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    for read in (from_label_selector, from_labels, from_node_selector, _leniently):
        check_object(read, value)
    selector = _read(from_label_selector, value)
    if selector is not None and value is not None:
        for labels in _label_sets(value):
            assert selector.matches(labels) is _label_selector(value, labels), labels
        assert from_label_selector(to_label_selector(selector)) == selector
    nodes = _read(from_node_selector, value)
    if nodes is not None:
        for labels in _label_sets(value):
            assert nodes.matches(labels) is _node_selector(value, labels), labels
        try:
            again = from_node_selector(to_node_selector(nodes))
        except TranslationError:
            return
        assert all(again.matches(each) is nodes.matches(each) for each in _label_sets(value))


def _leniently(value: object) -> Selector:
    return from_node_selector(value, strict=False)


def _read(read: Any, value: object) -> Selector | None:
    try:
        selector: Selector = read(value)
    except InvalidObjectError:
        return None
    return selector


# The meaning of objects, by rules 16 to 20


def _label_selector(value: dict[str, Any], labels: Labels) -> bool:
    wanted = _field(value, "matchLabels") or {}
    return all(labels.get(key) == (each or "") for key, each in wanted.items()) and all(
        _expression(each, labels) for each in _field(value, "matchExpressions") or ()
    )


def _node_selector(value: dict[str, Any], labels: Labels) -> bool:
    return any(_term(term, labels) for term in _field(value, "nodeSelectorTerms") or ())


def _term(term: dict[str, Any] | None, labels: Labels) -> bool:
    expressions = _field(term or {}, "matchExpressions") or ()
    fields = _field(term or {}, "matchFields") or ()
    # The only field is the name, and a node without one skips the fields.
    name = labels.get(".metadata.name")
    by_name = (_expression(each, {"metadata.name": name}) for each in fields if name)
    return bool(expressions or fields) and all(
        [*(_expression(each, labels) for each in expressions), *by_name]
    )


def _field(value: dict[str, Any], name: str) -> Any:
    snake = "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
    return value.get(name, value.get(snake))


def _expression(one: dict[str, Any], labels: Labels) -> bool:
    value = labels.get(one["key"])
    values: list[str] = one.get("values") or []
    match one["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt":
            return _number(value) is not None and _number(value) > int(values[0])
        case _:
            return _number(value) is not None and _number(value) < int(values[0])


def _number(value: str | None) -> Any:
    try:
        return int(value or "")
    except ValueError:
        return None


def _label_sets(value: object) -> Iterator[dict[str, str]]:
    """Yield label sets over all short texts of an object, as keys and as values."""
    texts = [*dict.fromkeys(text for text in _texts(value) if len(text) < 64)][:6]
    yield {}
    for key, other in product((*texts, ".metadata.name"), ("", "5", *texts)):
        if key != ".metadata.name" or other:  # as `node_labels` makes them
            yield {key: other}
        yield {**dict.fromkeys(texts, other), key: "x"}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
