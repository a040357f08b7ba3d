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
#: The beginning of a command of GitHub Actions, in its old form and in its new one.
_OLD_COMMAND: Final = "##["
_COMMAND: Final = re.compile(r"^[ \t]*::", re.MULTILINE)
#: Characters that may be unprintable: all except printable ASCII, line breaks and tabs.
_SUSPECT: Final = re.compile(r"[^\n\t -~]")


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
    _check_data(value)
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
    _emit(events, stream, for_file=True)
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
    _check_data(value)
    text = json.dumps(value, indent=_INDENT, ensure_ascii=False, allow_nan=False)
    # Only a string can have this in it.
    return _SUSPECT.sub(_json_escape, text).replace(_OLD_COMMAND, r"#\u0023[")


def _json_escape(found: re.Match[str]) -> str:
    """Return the text of a character in a JSON string: an escape unless it is printable."""
    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]


def _yaml_escape(found: re.Match[str]) -> str:
    """Return the text of a character in double quotes in YAML: an escape unless it is printable."""
    return found[0] if found[0].isprintable() else found[0].encode("unicode_escape").decode()


class _EscapingStream:
    """A stream that escapes what the emitter did not escape: unprintable characters, and ``##[``.

    `_string` puts each text with one of them in double quotes. `scalar_text`, which is for files,
    does so for the first alone: no file is a command.
    """

    #: A stream with this attribute gets text from the emitter, not bytes.
    encoding: Final = None

    def __init__(self, stream: TextIO, *, for_file: bool) -> None:
        self._stream = stream
        self._for_file = for_file
        self._end = ""

    def write(self, text: str) -> None:
        # The emitter writes pieces. The last of them ends with a line break.
        whole = self._end + text
        ready = whole.rstrip("#")
        self._end = whole[len(ready) :]
        escaped = _SUSPECT.sub(_yaml_escape, ready)
        if not self._for_file:
            escaped = escaped.replace(_OLD_COMMAND, r"#\x23[")
        self._stream.write(escaped)


def _emit(value: Iterable[Event], stream: TextIO, *, for_file: bool = False) -> None:
    """Write a document of one value, given as its events."""
    events = chain(
        (StreamStartEvent(), DocumentStartEvent(explicit=False)),
        value,
        (DocumentEndEvent(explicit=False), StreamEndEvent()),
    )
    # CSafeDumper is missing where PyYAML was built without libyaml.
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    escaping = _EscapingStream(stream, for_file=for_file)
    yaml.emit(events, escaping, Dumper=dumper, width=_WIDTH, allow_unicode=True)


def _list(resources: Iterable[Resource]) -> Iterator[Event]:
    yield MappingStartEvent(None, None, implicit=True, flow_style=False)
    for key, value in _HEAD.items():
        yield _string(key)
        yield _string(value)
    yield _string("items")
    # An empty sequence has no block form.
    yield SequenceStartEvent(None, None, implicit=True, flow_style=False)
    for resource in _each(resources):
        _check_data(resource.body)
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
    if not all(map(str.isprintable, _SUSPECT.findall(text))) or _may_be_obeyed(text):
        style = '"'
    return ScalarEvent(None, None, (_reads_as_itself(text), True), text, style=style)


def _may_be_obeyed(text: str) -> bool:
    return _OLD_COMMAND in text or ("::" in text and _COMMAND.search(text) is not None)


def _reads_as_itself(text: str) -> bool:
    """Return whether Kubernetes' tools and YAML 1.1 read the unquoted text as a string."""
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers.get(text[:1], [])
    is_other_type = any(pattern.match(text) for _, pattern in resolvers)
    return not is_other_type and isinstance(resolve(text), str)
