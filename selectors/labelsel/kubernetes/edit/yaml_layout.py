"""Where the parts of a YAML document stand, by the marks of PyYAML's parser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from labelsel.kubernetes.edit.layout import Entry, Layout, Part, Want
from labelsel.kubernetes.read.yaml_parser import parser_of

__all__ = ["yaml_layout"]

_Start: TypeAlias = MappingStartEvent | SequenceStartEvent
#: The head of a block of text whose trailing line breaks are part of it, behind its tag.
_KEPT: Final = re.compile(r"[^|>\n]*[|>][0-9]?\+")
_SPACE: Final = " \t\r\n"


def yaml_layout(text: str, offset: int, want: Want) -> Layout:
    """The layout of the document that begins at an offset.

    The document has been read before, so it is known to be YAML.

    Arguments:
        text: the whole text of the file.
        offset: where the document begins.
        want: the members that are wanted.

    Complexity: O(n) in the length of the document.
    """
    return _Walk(text, offset).layout(want)


class _Walk:
    """A walk over the events of one document."""

    def __init__(self, text: str, offset: int) -> None:
        self._parser = parser_of(text, offset)
        self._text = text
        self._offset = offset
        self._aliases: dict[str, int] = {}

    def layout(self, want: Want) -> Layout:
        try:
            self._event()
            self._event()
            root = self._part(self._event(), want)
            end: Any = self._event()
            assert isinstance(end, DocumentEndEvent)
            behind = self._behind()
        finally:
            self._parser.dispose()
        # The end of a document that nothing closes is marked where the next one begins.
        stop = self._start(end) if end.explicit else self._end(end)
        return Layout(
            text=self._text,
            json=False,
            start=self._offset,
            root=root,
            end=stop,
            closed=bool(end.explicit),
            behind=behind,
            aliases=self._aliases,
        )

    def _behind(self) -> int | None:
        try:
            event = self._event()
        except yaml.YAMLError:
            # What follows is not YAML; it begins somewhere behind this document all the same.
            return len(self._text)
        return None if isinstance(event, StreamEndEvent) else self._start(event)

    def _event(self) -> Event:
        event: Event = self._parser.get_event()
        return event

    def _start(self, event: Event) -> int:
        mark: Any = event.start_mark
        return min(self._offset + int(mark.index), len(self._text))

    def _end(self, event: Event) -> int:
        mark: Any = event.end_mark
        # The parser may have seen a last line break that the text does not have.
        return min(self._offset + int(mark.index), len(self._text))

    def _part(self, event: Event, want: Want | None) -> Part:
        """The part that begins with an event; without members where none is wanted."""
        if isinstance(event, AliasEvent):
            self._note_alias(event)
            return Part("alias", self._start(event), self._end(event))
        if isinstance(event, ScalarEvent):
            return Part(
                "scalar",
                self._start(event),
                self._scalar_end(event),
                style=event.style or None,
                anchor=event.anchor,
                anchors=_anchors(event),
            )
        assert isinstance(event, _Start)
        if want is None:
            return self._passed(event)
        if isinstance(event, MappingStartEvent):
            return self._map(event, want)
        return self._list(event, want)

    def _map(self, start: MappingStartEvent, want: Want) -> Part:
        entries: list[Entry] = []
        while not isinstance(event := self._event(), MappingEndEvent):
            name = self._part(event, None)
            key = _key(event)
            below = None if key is None else want.get(key)
            entries.append(Entry(key, name, self._part(self._event(), below)))
        parts = [part for entry in entries for part in (entry.name, entry.value)]
        return self._whole(start, event, parts, entries=tuple(entries))

    def _list(self, start: SequenceStartEvent, want: Want) -> Part:
        members: list[Part] = []
        while not isinstance(event := self._event(), SequenceEndEvent):
            members.append(self._part(event, want.get(len(members))))
        return self._whole(start, event, members, members=tuple(members))

    def _whole(
        self,
        start: _Start,
        end: Event,
        parts: Sequence[Part],
        *,
        entries: tuple[Entry, ...] = (),
        members: tuple[Part, ...] = (),
    ) -> Part:
        """A map or list of the parts in it."""
        flow = bool(start.flow_style)
        return Part(
            "map" if isinstance(start, MappingStartEvent) else "list",
            self._start(start),
            # The end of one without brackets is marked where the next thing begins.
            self._end(end) if flow else parts[-1].end,
            flow=flow,
            anchor=start.anchor,
            anchors=_anchors(start).union(*(part.anchors for part in parts)),
            entries=entries,
            members=members,
        )

    def _passed(self, start: _Start) -> Part:
        """A map or list without its members."""
        anchors, last = set(_anchors(start)), self._end(start)
        brackets = [bool(start.flow_style)]
        event: Event = start
        while brackets:
            event = self._event()
            if isinstance(event, ScalarEvent):
                anchors |= _anchors(event)
                last = self._scalar_end(event)
            elif isinstance(event, _Start):
                anchors |= _anchors(event)
                brackets.append(bool(event.flow_style))
            elif isinstance(event, AliasEvent):
                self._note_alias(event)
                last = self._end(event)
            elif brackets.pop():
                last = self._end(event)
        return Part(
            "map" if isinstance(start, MappingStartEvent) else "list",
            self._start(start),
            last,
            flow=bool(start.flow_style),
            anchor=start.anchor,
            anchors=frozenset(anchors),
        )

    def _scalar_end(self, event: ScalarEvent) -> int:
        end = self._end(event)
        if event.style not in {"|", ">"}:
            return end
        start = self._start(event)
        text = self._text[start:end]
        return end if _KEPT.match(text) else start + len(text.rstrip(_SPACE))

    def _note_alias(self, event: AliasEvent) -> None:
        self._aliases.setdefault(str(event.anchor), self._start(event))


def _key(event: Event) -> str | None:
    """The text of a key; None where it is no scalar, or is ``<<``."""
    if not isinstance(event, ScalarEvent):
        return None
    return None if event.value == "<<" and not event.style else event.value


_NONE: Final[frozenset[str]] = frozenset()


def _anchors(event: ScalarEvent | _Start) -> frozenset[str]:
    return _NONE if event.anchor is None else frozenset({event.anchor})
