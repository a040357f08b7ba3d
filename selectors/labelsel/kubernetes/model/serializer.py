"""Objects back into text: as one ``List`` in JSON or YAML, with all that was read; or one value.

YAML text reads the same in Kubernetes' tools, in this library, and in readers that follow YAML
1.1 or 1.2: a string that any of them would take for something else is put in quotes.

A character that is not printable (`str.isprintable`) is written as an escape, so that a terminal
does not obey it and no text looks like another: controls, DEL, bidirectional controls, characters
without width, rare line breaks. The data stays the same. Only line breaks, and tabs of YAML, stay.
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

from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.model.scalars import Scalar, resolve, text_of

__all__ = ["json_text", "scalar_text", "write_json", "write_yaml", "yaml_text"]

_HEAD: Final = {"apiVersion": "v1", "kind": "List"}
_INDENT: Final = 4
#: Never reached: folding a long line is legal YAML, and hard to read and to search.
_WIDTH: Final = 2**31 - 1
#: What may be no printable character: all but ASCII's, and what lays a text out in lines.
_SUSPECT: Final = re.compile(r"[^\n\t -~]")


def write_json(resources: Iterable[Resource], stream: TextIO) -> None:
    """Write objects as a ``v1 List`` in JSON, indented as kubectl does it.

    Complexity: O(n) in the size of the output; one object's text is held at a time.
    """
    margin = "\n" + " " * _INDENT
    before = "{"
    for key, value in _HEAD.items():
        before += f'{margin}"{key}": "{value}",'
    stream.write(f'{before}{margin}"items": [')
    empty = True
    for resource in resources:
        text = _json(resource.body)
        # No string of JSON has a line break in it, so these are all between its parts.
        shifted = text.replace("\n", margin + " " * _INDENT)
        stream.write(f"{'' if empty else ','}{margin}{' ' * _INDENT}{shifted}")
        empty = False
    stream.write("]\n}\n" if empty else f"{margin}]\n}}\n")


def write_yaml(resources: Iterable[Resource], stream: TextIO) -> None:
    """Write objects as a ``v1 List`` in YAML, without anchors, aliases and tags.

    Complexity: as ``write_json``.
    """
    _emit(_list(resources), stream)


def json_text(value: Data) -> str:
    r"""One value as JSON, indented as ``write_json`` does it.

    >>> json_text({"values": ["on"]})
    '{\n    "values": [\n        "on"\n    ]\n}\n'
    """
    return f"{_json(value)}\n"


def yaml_text(value: Data) -> str:
    r"""One value as YAML, which every reader takes for the same, as ``write_yaml`` has it.

    >>> yaml_text({"values": ["on"]}), yaml_text(None)
    ("values:\n- 'on'\n", 'null\n')
    """
    stream = io.StringIO()
    _emit(_events(value), stream)
    # The emitter ends a document that is one bare word with a line of three dots.
    return re.sub(r"\n\.\.\.\n\Z", "\n", stream.getvalue())


@lru_cache(maxsize=1024)
def scalar_text(text: str, style: str | None = None, *, flow: bool = False) -> str:
    r"""A string as YAML on one line, which every reader takes for the same.

    Arguments:
        text: the string.
        style: the quotes to put it in, where they can hold it; None for those it needs.
        flow: whether it stands in brackets, where more has to be in quotes.

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
    # "- web" and "[web]": the brackets differ, the line break at the end does not.
    return stream.getvalue()[1:-2] if flow else stream.getvalue()[2:-1]


def _json(value: Data) -> str:
    text = json.dumps(value, indent=_INDENT, ensure_ascii=False, allow_nan=False)
    return _SUSPECT.sub(_json_escape, text)


def _json_escape(found: re.Match[str]) -> str:
    """A character of a string in JSON: an escape unless it is printable."""
    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]


def _yaml_escape(found: re.Match[str]) -> str:
    """A character in double quotes in YAML: an escape unless it is printable."""
    return found[0] if found[0].isprintable() else found[0].encode("unicode_escape").decode()


class _Escaping:
    """A stream that gets an escape for what is not printable and the emitter left as it is.

    `_string` and `scalar_text` put each text that has such a character in double quotes.
    """

    #: That there is one makes the emitter write text, not bytes.
    encoding: Final = None

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        self._stream.write(_SUSPECT.sub(_yaml_escape, text))


def _emit(value: Iterable[Event], stream: TextIO) -> None:
    """Write a document of one value, of which the events are given."""
    events = chain(
        (StreamStartEvent(), DocumentStartEvent(explicit=False)),
        value,
        (DocumentEndEvent(explicit=False), StreamEndEvent()),
    )
    # CSafeDumper is missing where PyYAML was built without libyaml.
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    yaml.emit(events, _Escaping(stream), Dumper=dumper, width=_WIDTH, allow_unicode=True)


def _list(resources: Iterable[Resource]) -> Iterator[Event]:
    yield MappingStartEvent(None, None, implicit=True, flow_style=False)
    for key, value in _HEAD.items():
        yield _string(key)
        yield _string(value)
    yield _string("items")
    # An empty sequence has no block form.
    yield SequenceStartEvent(None, None, implicit=True, flow_style=False)
    for resource in resources:
        yield from _events(resource.body)
    yield SequenceEndEvent()
    yield MappingEndEvent()


def _events(value: Data) -> Iterator[Event]:
    """The events of a value, one level of recursion for each level of the data."""
    if isinstance(value, dict):
        yield MappingStartEvent(None, None, implicit=True, flow_style=False)
        for key, member in value.items():
            yield _string(key)
            yield from _events(member)
        yield MappingEndEvent()
    elif isinstance(value, list):
        yield SequenceStartEvent(None, None, implicit=True, flow_style=False)
        for member in value:
            yield from _events(member)
        yield SequenceEndEvent()
    else:
        yield _string(value) if isinstance(value, str) else _plain(value)


def _plain(value: Scalar) -> ScalarEvent:
    match value:
        case None:
            text = "null"
        case float():
            # Without a point in it 1e-05 is a string to YAML 1.1.
            text = repr(value)
            text = text if "." in text else text.replace("e", ".0e")
        case _:
            text = text_of(value)
    return ScalarEvent(None, None, (True, False), text)


def _string(text: str) -> ScalarEvent:
    """A string: in a block where it has lines, in quotes where a reader could mistake it."""
    style = "|" if "\n" in text else None
    if not all(map(str.isprintable, _SUSPECT.findall(text))):
        style = '"'
    return ScalarEvent(None, None, (_reads_as_itself(text), True), text, style=style)


def _reads_as_itself(text: str) -> bool:
    """Whether the text, unquoted, is a string to Kubernetes' tools and to YAML 1.1."""
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers.get(text[:1], [])
    mistaken = any(pattern.match(text) for _, pattern in resolvers)
    return not mistaken and isinstance(resolve(text), str)
