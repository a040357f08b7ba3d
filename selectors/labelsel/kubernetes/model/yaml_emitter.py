"""Writes YAML through PyYAML's emitter: the part of serializer.py that needs PyYAML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
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

from labelsel.escapes import escape_yaml, has_command, has_unprintable, open_command
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.scalars import Scalar, resolve, text_of
from labelsel.kubernetes.model.serializer import HEAD

__all__ = ["emit_list", "emit_scalar", "emit_value"]

#: The longest line: the largest int in C, so that no line is folded. A folded line is legal YAML,
#: and hard to read and to search.
_WIDTH: Final = 2**31 - 1


def emit_list(bodies: Iterable[Data], stream: TextIO) -> None:
    """Write a ``v1 List`` of the given items."""
    _emit(_list(bodies), stream)


def emit_value(value: Data, stream: TextIO) -> None:
    """Write a document of one value."""
    _emit(_events(value), stream, in_c=_is_utf_8(value))


def _is_utf_8(value: Data) -> bool:
    """Return whether all texts can be encoded: halves of surrogate pairs stand for other bytes."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def emit_scalar(text: str, style: str | None, stream: TextIO, *, flow: bool) -> None:
    """Write a list of one string, for a file: in brackets, or after a dash."""
    style = style if text.isprintable() else '"'
    events = (
        SequenceStartEvent(None, None, implicit=True, flow_style=flow),
        ScalarEvent(None, None, (_reads_as_itself(text), True), text, style=style),
        SequenceEndEvent(),
    )
    _emit(events, stream, for_file=True)


class _EscapingStream:
    """A stream that escapes what the emitter did not escape, as `escape_yaml` does.

    `_string` puts each text with something to escape in double quotes. `scalar_text`, which is for
    files, does so for unprintable characters alone: no file is a command.
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
        self._end = open_command(whole)
        ready = whole.removesuffix(self._end)
        self._stream.write(escape_yaml(ready, commands=not self._for_file))


def _emit(
    value: Iterable[Event], stream: TextIO, *, for_file: bool = False, in_c: bool = True
) -> None:
    """Write a document of one value, given as its events.

    The emitter in C is the fast one. It encodes each text, which must be UTF-8 for that.
    """
    events = chain(
        (StreamStartEvent(), DocumentStartEvent(explicit=False)),
        value,
        (DocumentEndEvent(explicit=False), StreamEndEvent()),
    )
    # CSafeDumper is missing where PyYAML was built without libyaml.
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper) if in_c else yaml.SafeDumper
    escaping = _EscapingStream(stream, for_file=for_file)
    yaml.emit(events, escaping, Dumper=dumper, width=_WIDTH, allow_unicode=True)


def _list(bodies: Iterable[Data]) -> Iterator[Event]:
    yield MappingStartEvent(None, None, implicit=True, flow_style=False)
    for key, value in HEAD.items():
        yield _string(key)
        yield _string(value)
    yield _string("items")
    # An empty sequence has no block form.
    yield SequenceStartEvent(None, None, implicit=True, flow_style=False)
    for body in bodies:
        yield from _events(body)
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
    if has_unprintable(text) or has_command(text):
        style = '"'
    return ScalarEvent(None, None, (_reads_as_itself(text), True), text, style=style)


def _reads_as_itself(text: str) -> bool:
    """Return whether Kubernetes' tools and YAML 1.1 read the unquoted text as a string."""
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers.get(text[:1], [])
    is_other_type = any(pattern.match(text) for _, pattern in resolvers)
    return not is_other_type and isinstance(resolve(text), str)
