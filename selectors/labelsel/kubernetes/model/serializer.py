"""Writes objects as text: as one ``List`` in JSON or YAML, or a single value.

The YAML text reads the same in Kubernetes' tools, in this library, and in readers that follow
YAML 1.1 or 1.2: a string that one of them would read as something else is put in quotes.

A character that is not printable (`str.isprintable`) is written as an escape, so that a terminal
does not obey it and no text looks like another: controls, DEL, bidirectional controls, characters
without width, rare line breaks. The data stays the same. Line breaks are not escaped, and in YAML
tabs are not.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Final, TextIO

import yaml
from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from labelsel.errors import expected, require_type
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource
from labelsel.kubernetes.model.scalars import Scalar, resolve, text_of

__all__ = ["json_text", "scalar_text", "write_json", "write_yaml", "yaml_text"]

_HEAD: Final = {"apiVersion": "v1", "kind": "List"}
_INDENT: Final = 4
#: The longest line: the largest int in C, so that no line is folded. A folded line is legal YAML,
#: and hard to read and to search.
_WIDTH: Final = 2**31 - 1
#: Characters that may be unprintable: all except printable ASCII, line breaks and tabs.
_SUSPECT: Final = re.compile(r"[^\n\t -~]")


def write_json(resources: Iterable[Resource], stream: TextIO) -> None:
    r"""Write objects as a ``v1 List`` in JSON, indented as kubectl indents it.

    Complexity: O(n) in the size of the output; the text of one object is in memory at a time.

    >>> stream = io.StringIO()
    >>> write_json([], stream)
    >>> json.loads(stream.getvalue())
    {'apiVersion': 'v1', 'kind': 'List', 'items': []}
    """
    _require_stream(stream)
    margin = "\n" + " " * _INDENT
    before = "{"
    for key, value in _HEAD.items():
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

    Complexity: O(n) in the size of the output.

    >>> stream = io.StringIO()
    >>> write_yaml([], stream)
    >>> stream.getvalue()
    'apiVersion: v1\nkind: List\nitems: []\n'
    """
    _require_stream(stream)
    _emit(_list(resources), stream)


def _require_stream(stream: object) -> None:
    if not hasattr(stream, "write"):
        raise expected("a stream to write text to", stream, "open a file, or use io.StringIO()")


def _each(resources: Iterable[Resource]) -> Iterator[Resource]:
    """Yield objects one at a time, as they come; TypeError where one is no Resource."""
    try:
        found = iter(resources)
    except TypeError:
        raise expected("a collection of Resource", resources, HOW_TO_READ) from None
    for resource in found:
        yield require_type(Resource, resource, HOW_TO_READ)


def json_text(value: Data) -> str:
    r"""Return the JSON text of a value, indented as in `write_json`.

    >>> json_text({"values": ["on"]})
    '{\n    "values": [\n        "on"\n    ]\n}\n'
    """
    return f"{_json(value)}\n"


def yaml_text(value: Data) -> str:
    r"""Return the YAML text of a value, which all readers read the same, as in `write_yaml`.

    >>> yaml_text({"values": ["on"]}), yaml_text(None)
    ("values:\n- 'on'\n", 'null\n')
    """
    stream = io.StringIO()
    _emit(_events(value), stream)
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
    style = style if text.isprintable() else '"'
    events = (
        SequenceStartEvent(None, None, implicit=True, flow_style=flow),
        ScalarEvent(None, None, (_reads_as_itself(text), True), text, style=style),
        SequenceEndEvent(),
    )
    stream = io.StringIO()
    _emit(events, stream)
    # Remove "[" and "]\n", or "- " and "\n".
    return stream.getvalue()[1:-2] if flow else stream.getvalue()[2:-1]


def _json(value: Data) -> str:
    text = json.dumps(value, indent=_INDENT, ensure_ascii=False, allow_nan=False)
    return _SUSPECT.sub(_json_escape, text)


def _json_escape(found: re.Match[str]) -> str:
    """Return the text of a character in a JSON string: an escape unless it is printable."""
    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]


def _yaml_escape(found: re.Match[str]) -> str:
    """Return the text of a character in double quotes in YAML: an escape unless it is printable."""
    return found[0] if found[0].isprintable() else found[0].encode("unicode_escape").decode()


class _EscapingStream:
    """A stream that escapes the unprintable characters that the emitter did not escape.

    `_string` and `scalar_text` put each text with such a character in double quotes.
    """

    #: A stream with this attribute gets text from the emitter, not bytes.
    encoding: Final = None

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        self._stream.write(_SUSPECT.sub(_yaml_escape, text))


def _emit(value: Iterable[Event], stream: TextIO) -> None:
    """Write a document of one value, given as its events."""
    events = chain(
        (StreamStartEvent(), DocumentStartEvent(explicit=False)),
        value,
        (DocumentEndEvent(explicit=False), StreamEndEvent()),
    )
    # CSafeDumper is missing where PyYAML was built without libyaml.
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    yaml.emit(events, _EscapingStream(stream), Dumper=dumper, width=_WIDTH, allow_unicode=True)


def _list(resources: Iterable[Resource]) -> Iterator[Event]:
    yield MappingStartEvent(None, None, implicit=True, flow_style=False)
    for key, value in _HEAD.items():
        yield _string(key)
        yield _string(value)
    yield _string("items")
    # An empty sequence has no block form.
    yield SequenceStartEvent(None, None, implicit=True, flow_style=False)
    for resource in _each(resources):
        yield from _events(resource.body)
    yield SequenceEndEvent()
    yield MappingEndEvent()


def _events(value: Data) -> Iterator[Event]:
    """Yield the events of a value; each level of the data is a level of recursion."""
    if isinstance(value, dict):
        yield MappingStartEvent(None, None, implicit=True, flow_style=False)
        for key, entry in value.items():
            yield _string(key)
            yield from _events(entry)
        yield MappingEndEvent()
    elif isinstance(value, list):
        yield SequenceStartEvent(None, None, implicit=True, flow_style=False)
        for item in value:
            yield from _events(item)
        yield SequenceEndEvent()
    else:
        yield _string(value) if isinstance(value, str) else _plain(value)


def _plain(value: Scalar) -> ScalarEvent:
    match value:
        case None:
            text = "null"
        case float():
            # YAML 1.1 reads 1e-05 as a string, since it has no point.
            text = repr(value)
            text = text if "." in text else text.replace("e", ".0e")
        case _:
            text = text_of(value)
    return ScalarEvent(None, None, (True, False), text)


def _string(text: str) -> ScalarEvent:
    """Return the event of a string: a block if it has lines, in quotes if a reader needs them."""
    style = "|" if "\n" in text else None
    if not all(map(str.isprintable, _SUSPECT.findall(text))):
        style = '"'
    return ScalarEvent(None, None, (_reads_as_itself(text), True), text, style=style)


def _reads_as_itself(text: str) -> bool:
    """Return whether Kubernetes' tools and YAML 1.1 read the unquoted text as a string."""
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers.get(text[:1], [])
    is_other_type = any(pattern.match(text) for _, pattern in resolvers)
    return not is_other_type and isinstance(resolve(text), str)
