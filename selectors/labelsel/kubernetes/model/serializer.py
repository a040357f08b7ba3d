"""Writes objects as text: as one ``List`` in JSON or YAML, or a single value.

The YAML text reads the same in Kubernetes' tools, in this library, and in readers that follow
YAML 1.1 or 1.2: a string that one of them would read as something else is put in quotes.

A character that is not printable (`str.isprintable`) is written as an escape, so that a terminal
does not obey it and no text looks like another: controls, DEL, bidirectional controls, characters
without width, rare line breaks. So is a text that GitHub Actions takes for a command, in what a
step prints: ``##[`` anywhere in a line, ``::`` at its beginning. The data stays the same. Line
breaks are not escaped, and in YAML tabs are not.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, TextIO

from labelsel.errors import expected, require_type
from labelsel.escapes import escape_json
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource
from labelsel.kubernetes.model.yaml_extra import needs_yaml

__all__ = [
    "HEAD",
    "json_text",
    "scalar_text",
    "write_json",
    "write_yaml",
    "yaml_text",
]

HEAD: Final = {"apiVersion": "v1", "kind": "List"}
_INDENT: Final = 4


def write_json(resources: Iterable[Resource], stream: TextIO) -> None:
    """Write objects as a ``v1 List`` in JSON, indented as kubectl indents it.

    Arguments:
        resources: the objects, which are taken one at a time.
        stream: where the text is written.

    Raises:
        TypeError: something among the objects is not a `Resource`, or ``stream`` has no
            ``write``. The objects before it are written already.
            So does data in an object that is not of JSON.
        ValueError: a number in an object is not finite, which JSON cannot express.

    Complexity: O(n) for an output of n characters; the text of one object is in memory at a time.

    >>> import io, json
    >>> stream = io.StringIO()
    >>> write_json([], stream)
    >>> json.loads(stream.getvalue())
    {'apiVersion': 'v1', 'kind': 'List', 'items': []}
    """
    _require_stream(stream)
    margin = "\n" + " " * _INDENT
    before = "{"
    for key, value in HEAD.items():
        before += f'{margin}"{key}": "{value}",'
    stream.write(f'{before}{margin}"items": [')
    empty = True
    for resource in _each(resources):
        text = _json(resource.body)
        # A string in JSON contains no line break, so all line breaks are between its parts.
        shifted = text.replace("\n", margin + " " * _INDENT)
        stream.write(f"{'' if empty else ','}{margin}{' ' * _INDENT}{shifted}")
        empty = False
    stream.write("]\n}\n" if empty else f"{margin}]\n}}\n")


def write_yaml(resources: Iterable[Resource], stream: TextIO) -> None:
    r"""Write objects as a ``v1 List`` in YAML, without anchors, aliases and tags.

    Arguments:
        resources: the objects, which are taken one at a time.
        stream: where the text is written.

    Raises:
        TypeError: something among the objects is not a `Resource`, or ``stream`` has no
            ``write``. The objects before it may be written already. So does data in an object
            that is not of JSON.
        ValueError: a number in an object is not finite, which JSON cannot express.

    Complexity: O(n) for an output of n characters.

    >>> import io
    >>> stream = io.StringIO()
    >>> write_yaml([], stream)
    >>> stream.getvalue()
    'apiVersion: v1\nkind: List\nitems: []\n'
    """
    _require_stream(stream)
    with needs_yaml():
        from labelsel.kubernetes.model.yaml_emitter import emit_list  # noqa: PLC0415  # an extra
    emit_list((resource.body for resource in _each(resources)), stream)


def _require_stream(stream: object) -> None:
    if not hasattr(stream, "write"):
        raise expected("a stream to write text to", stream, "open a file, or use io.StringIO()")


def _each(resources: Iterable[Resource]) -> Iterator[Resource]:
    """Yield objects one at a time, as they come; an error where one is no Resource of JSON data."""
    try:
        found = iter(resources)
    except TypeError:
        raise expected("a collection of Resource", resources, HOW_TO_READ) from None
    for resource in found:
        _check_data(require_type(Resource, resource, HOW_TO_READ).body)
        yield resource


def json_text(value: Data) -> str:
    r"""Return the JSON text of a value, indented as in `write_json`.

    Arguments:
        value: maps with string keys, lists, strings, numbers, booleans and None.

    Returns:
        the text, with a line break at its end.

    Raises:
        TypeError: the value has something of another type.
        ValueError: a number is not finite, which JSON cannot express.

    Complexity: O(n) for a text of n characters.

    >>> json_text({"values": ["on"]})
    '{\n    "values": [\n        "on"\n    ]\n}\n'
    """
    _check_data(value)
    return f"{_json(value)}\n"


def yaml_text(value: Data) -> str:
    r"""Return the YAML text of a value, which all readers read the same, as in `write_yaml`.

    Arguments:
        value: maps with string keys, lists, strings, numbers, booleans and None.

    Returns:
        the text, with a line break at its end.

    Raises:
        TypeError: the value has something of another type.
        ValueError: a number is not finite, which JSON cannot express.

    Complexity: O(n) for a text of n characters.

    >>> yaml_text({"values": ["on"]}), yaml_text(None)
    ("values:\n- 'on'\n", 'null\n')
    """
    with needs_yaml():
        from labelsel.kubernetes.model.yaml_emitter import emit_value  # noqa: PLC0415  # an extra
    _check_data(value)
    stream = io.StringIO()
    emit_value(value, stream)
    # The emitter writes a line of three dots after a document that is one plain word.
    return re.sub(r"\n\.\.\.\n\Z", "\n", stream.getvalue())


# An edit of many objects writes the same few strings: 18 µs a string from the emitter, 0.2 µs
# from the cache (python -m timeit). 1,024 strings take less than 200 kB.
@lru_cache(maxsize=1024)
def scalar_text(text: str, style: str | None = None, *, flow: bool = False) -> str:
    r"""Return the YAML text of a string on one line, which all readers read the same.

    Arguments:
        text: the string.
        style: the quotes to use if they can hold the string; None for those that it needs.
        flow: whether the text is for a map or list in brackets, where more strings need quotes.

    >>> [scalar_text(text) for text in ("web", "on", "a,b", "a\nb")]
    ['web', "'on'", 'a,b', '"a\\nb"']
    >>> scalar_text("web", '"'), scalar_text("a,b", flow=True)
    ('"web"', "'a,b'")
    """
    with needs_yaml():
        from labelsel.kubernetes.model.yaml_emitter import emit_scalar  # noqa: PLC0415  # an extra
    stream = io.StringIO()
    emit_scalar(text, style, stream, flow=flow)
    # Remove "[" and "]\n", or "- " and "\n".
    return stream.getvalue()[1:-2] if flow else stream.getvalue()[2:-1]


def _check_data(value: object) -> None:
    """Refuse what JSON cannot express: `json` takes keys that are no strings, YAML anything."""
    if isinstance(value, dict):
        for key, each in value.items():
            require_type(str, key, "the keys of a map in JSON are strings")
            _check_data(each)
    elif isinstance(value, list):
        for each in value:
            _check_data(each)
    elif isinstance(value, float) and not math.isfinite(value):
        message = f"JSON and Kubernetes have only finite numbers, not {value}"
        raise ValueError(message)
    elif not isinstance(value, str | int | float | None):
        raise expected("a map, a list, a string, a number, a boolean or None", value)


def _json(value: Data) -> str:
    return escape_json(json.dumps(value, indent=_INDENT, ensure_ascii=False, allow_nan=False))
