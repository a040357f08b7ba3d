"""Evaluates the templates of ``-o jsonpath`` on data, with kubectl's rules.

The library python-jsonpath answers each step as a query of RFC 9535. kubectl's dialect is stricter
where the RFC is silent, and these checks are here: an index beyond a list, a list that is none,
a comparison of two types, and the order of a union.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final, TypeAlias

import jsonpath

from labelsel.cli.go_text import as_go_number, go_json, go_sprint
from labelsel.cli.template_errors import PathValueError
from labelsel.cli.templates import (
    Child,
    Children,
    Descendants,
    Elements,
    Filter,
    Literal,
    Path,
    Range,
    Step,
    Template,
    UnionOfPaths,
)
from labelsel.kubernetes import json_text
from labelsel.limits import MAX_TEMPLATE_VALUES

__all__ = ["evaluate", "template_json", "template_text", "walk"]

Values: TypeAlias = list[Any]

_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def template_text(template: Template, data: Any) -> str:
    """Return what kubectl prints for a template.

    Raises PathValueError where a path does not suit the data, as an index beyond a list.

    >>> from labelsel.cli.templates import parse_template
    >>> template = parse_template("{range .items[*]}{.name}={.ports} {end}")
    >>> template_text(template, {"items": [{"name": "a", "ports": [80]}, {"name": "b"}]})
    'a=[80] b= '
    """
    return "".join(" ".join(map(_text, values)) for values in evaluate(template, data))


def template_json(template: Template, data: Any) -> str:
    """Return a JSON list of the values of each part of a template, as ``-o jsonpath-as-json``."""
    return "".join(json_text(values) for values in evaluate(template, data))


def evaluate(template: Template, data: Any) -> Iterator[Values]:
    """Yield the values of each part of a template; of a range, those of each repetition."""
    for part in template:
        match part:
            case Literal(value):
                yield [value]
            case Range(path, body):
                for value in walk(path, [data]):
                    yield from evaluate(body, value)
            case _:
                yield walk(part, [data])


def walk(path: Path, values: Values) -> Values:
    """Return the values that a path leads to from some values.

    Raises PathValueError where a path does not suit a value.
    """
    for step in path:
        values = _take(step, values)
        if len(values) > MAX_TEMPLATE_VALUES:
            problem = f"a path leads to more than {MAX_TEMPLATE_VALUES:,} values"
            raise PathValueError(problem)
    return values


def _text(value: Any) -> str:
    if value is None:
        return "null"
    return go_json(value) if isinstance(value, dict | list) else go_sprint(value)


def _take(step: Step, values: Values) -> Values:
    """Return the values behind one step. A null has nothing in it, as in kubectl."""
    match step:
        case UnionOfPaths(paths):
            return [value for path in paths for value in walk(path, values)]
        case Filter():
            return [item for each in values for item in _filter(step, each)]
        case Elements():
            lists = [each for each in values if each is not None]
            return [item for each in lists for item in _elements(step, each)]
        case Children():
            return [item for each in values for item in _children(each)]
        case _:
            query = _query(step)
            # The library would read a text as JSON; here a text has nothing in it, as in kubectl.
            parts = [each for each in values if not isinstance(each, str)]
            return [item for each in parts for item in query.findall(each)]


@lru_cache(maxsize=64)
def _query(step: Child | Descendants) -> Any:
    """Return a step as a query of the library, which is compiled once."""
    if isinstance(step, Descendants):
        return jsonpath.compile(f"$..[{json.dumps(step.name)}]")
    return jsonpath.compile(f"${''.join(f'[{json.dumps(name)}]' for name in step.names)}")


def _children(value: Any) -> Values:
    if isinstance(value, str):
        if not value:
            return []
        # kubectl prints the numbers of the bytes of the text.
        raise PathValueError(f"{_shorten(_text(value))} is a text, and .* needs an object")
    found: Values = jsonpath.findall("$.*", value)
    return found


def _elements(step: Elements, value: Any) -> Values:
    _check_list(value)
    length = len(value)
    start = _bound(step.start, 0, length)
    stop = start + 1 if step.single else _bound(step.stop, length, length)
    if start == stop:
        return []
    for index in (start, stop - 1):
        if not 0 <= index < length:
            raise PathValueError(f"no element {index} in a list of {length}")
    if start > stop:
        raise PathValueError(f"the first element, {start}, is behind the last, {stop}")
    found: Values = jsonpath.findall(f"$[{start}:{stop}:{step.step or 1}]", value)
    return found


def _bound(bound: int | None, default: int, length: int) -> int:
    if bound is None:
        return default
    return bound + length if bound < 0 else bound


def _filter(step: Filter, value: Any) -> Iterator[Any]:
    """Yield the elements of a list that a filter keeps."""
    _check_list(value)
    for item in value:
        left = _operand(step.left, item)
        if step.comparison is None:
            if left:
                yield item
            continue
        right = _operand(step.comparison.right, item)
        if left and right and _compare(step.comparison.operator, left, right):
            yield item


def _operand(operand: Path | Literal, item: Any) -> Values:
    if isinstance(operand, Literal):
        return [operand.value]
    # kubectl reads 1.0 in YAML as 1; a 1.0 in a template stays a decimal number.
    return [
        as_go_number(each) if isinstance(each, float) else each for each in walk(operand, [item])
    ]


def _compare(sign: str, left: Values, right: Values) -> bool:
    """Compare two values, of the same type as in Go."""
    if len(left) > 1 or len(right) > 1:
        raise PathValueError("a filter compares one value, and a path in it has several")
    (one,), (other,) = left, right
    types = _type(one), _type(other)
    if types[0] != types[1] or "" in types or (types[0] == "boolean" and sign not in {"==", "!="}):
        described = f"{_text(one)} {sign} {_text(other)}"
        names = [name or "an object, a list or null" for name in types]
        raise PathValueError(
            f"{described} cannot be compared: the types are {names[0]} and {names[1]}"
        )
    return _COMPARISONS[sign](one, other)


def _type(value: Any) -> str:
    """Return the type as which kubectl compares a value; empty for one that it does not."""
    match value:
        case bool():
            return "boolean"
        case str():
            return "text"
        case int():
            return "whole number"
        case float():
            return "decimal number"
        case _:
            return ""


def _check_list(value: Any) -> None:
    if not isinstance(value, list):
        raise PathValueError(f"{_shorten(_text(value))} is not a list, and [ ] needs one")


def _shorten(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
