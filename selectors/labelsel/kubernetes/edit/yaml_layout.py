"""Where the parts of a YAML document are in its text, by the marks of PyYAML's parser."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, Final

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from labelsel.errors import Path
from labelsel.kubernetes.edit.layout import Entry, Layout, Part
from labelsel.kubernetes.read.yaml_events import CollectionStart, YamlWalker

__all__ = ["yaml_layout"]

#: The first line of a block of text that keeps its trailing line breaks, with its tag.
_KEEPS_LINES: Final = re.compile(r"[^|>\n]*[|>][0-9]?\+")
_SPACE: Final = " \t\r\n"
#: A line that begins a document: libyaml takes it for nothing else, whatever is around it.
_SEPARATOR: Final = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_NO_ANCHORS: Final[frozenset[str]] = frozenset()


def yaml_layout(
    text: str, offset: int, paths: Collection[Path], *, last_key: str | None = None
) -> Layout:
    r"""Return the layout of the document that begins at an offset.

    The document was read before, so it is known to be YAML.

    With ``last_key`` the parser stops behind the first entry of that key in the document's map:
    labels stand near the top, and the rest of an object is most of it. The layout has no entry
    behind it, no alias, and ends where the next ``---`` begins a line. The parser does not stop
    in a map in brackets, nor behind an anchor, which an alias further down may name. A second
    entry of the key, which would count, is not seen: **verify the edit**, or leave
    ``last_key`` out.

    Arguments:
        text: the whole text of the file.
        offset: where the document begins.
        paths: the maps and lists whose entries are needed.
        last_key: the last key of the document's map that is needed; None for all.

    Complexity: O(n) in the length of the document.

    >>> layout = yaml_layout("a: 1\nb: {c: 2}\n", 0, {()})
    >>> [(entry.key, entry.value.start, entry.value.end) for entry in layout.root.entries]
    [('a', 3, 4), ('b', 8, 14)]
    """
    return _LayoutReader(text, offset, paths, last_key).layout()


class _LayoutReader(YamlWalker[Part]):
    """Reads the layout of one document."""

    def __init__(
        self, text: str, offset: int, paths: Collection[Path], last_key: str | None
    ) -> None:
        super().__init__(text, offset)
        self._last_key = last_key
        self._has_stopped = False
        self._has_anchors = False
        self._start = offset
        self._paths = paths
        self._aliases: dict[str, int] = {}

    def layout(self) -> Layout:
        try:
            self.begin()
            root = self.walk(self.event(), ())
            if self._has_stopped:
                return self._stopped_layout(root)
            end = self.event()
            assert isinstance(end, DocumentEndEvent)
            next_start = self._next_start()
        finally:
            self.close()
        # If nothing closes a document, its end is marked where the next document begins.
        stop = self.start_of(end) if end.explicit else self.end_of(end)
        return Layout(
            text=self.text,
            json=False,
            start=self._start,
            root=root,
            end=stop,
            closed=bool(end.explicit),
            next_start=next_start,
            aliases=self._aliases,
        )

    def _stopped_layout(self, root: Part) -> Layout:
        following = _SEPARATOR.search(self.text, root.end)
        end = len(self.text) if following is None else following.start()
        return Layout(text=self.text, json=False, start=self._start, root=root, end=end)

    def _next_start(self) -> int | None:
        try:
            event = self.event()
        except yaml.YAMLError:
            # The rest of the text is not YAML; it begins somewhere behind this document.
            return len(self.text)
        return None if isinstance(event, StreamEndEvent) else self.start_of(event)

    def open_anchor(self, anchor: str, path: Path) -> None:  # noqa: ARG002  # of the walker
        self._has_anchors = True

    def alias(self, event: AliasEvent, path: Path) -> Part:  # noqa: ARG002  # of the walker
        self._note_alias(event)
        return Part("alias", self.start_of(event), self.end_of(event))

    def scalar(self, event: ScalarEvent, path: Path) -> Part:  # noqa: ARG002  # of the walker
        return Part(
            "scalar",
            self.start_of(event),
            self._scalar_end(event),
            style=event.style or None,
            anchor=event.anchor,
            anchors=_anchors(event),
        )

    def mapping(self, event: MappingStartEvent, path: Path) -> Part:
        if path not in self._paths:
            return self._skim(event)
        # No edit needs the parts of a key.
        key_path = (*path, "")
        entries: list[Entry] = []
        next_event = self.inner_event
        for start in self.children():
            name = self._plain_scalar(start) or self.walk(start, key_path)
            key = _key(start)
            first = next_event()
            value = self._plain_scalar(first)
            if value is None:
                value = self.walk(first, key_path if key is None else (*path, key))
            entries.append(Entry(key, name, value))
            if not path and key is not None and key == self._last_key:
                self._has_stopped = not (event.flow_style or self._has_anchors)
            if self._has_stopped:
                break
        parts = [part for entry in entries for part in (entry.name, entry.value)]
        return self._collection(event, parts, entries=tuple(entries))

    def _plain_scalar(self, event: Event) -> Part | None:
        """Return a scalar without quotes and anchor; None for anything else.

        Most keys and values are such scalars: one call for each takes a third of `walk`.
        """
        if isinstance(event, ScalarEvent) and event.anchor is None and not event.style:
            start: Any = event.start_mark
            end: Any = event.end_mark
            stop = self._offset + end.index
            # The parser may have seen a last line break that the text does not have: `_Stream`.
            if stop < self._length:
                return Part("scalar", self._offset + start.index, stop)
        return None

    def sequence(self, event: SequenceStartEvent, path: Path) -> Part:
        if path not in self._paths:
            return self._skim(event)
        items: list[Part] = []
        for start in self.children():
            items.append(self.walk(start, (*path, len(items))))  # counts itself
        return self._collection(event, items, items=tuple(items))

    def _collection(
        self,
        start: CollectionStart,
        parts: Sequence[Part],
        *,
        entries: tuple[Entry, ...] = (),
        items: tuple[Part, ...] = (),
    ) -> Part:
        """Return a map or list whose last event was just read."""
        flow = bool(start.flow_style)
        return Part(
            "map" if isinstance(start, MappingStartEvent) else "list",
            self.start_of(start),
            # Without brackets, the end is marked where the next thing begins.
            self.end_of(self.last) if flow else parts[-1].end,
            flow=flow,
            anchor=start.anchor,
            anchors=(
                _anchors(start).union(*(part.anchors for part in parts))
                if self._has_anchors
                else _NO_ANCHORS
            ),
            entries=entries,
            items=items,
        )

    def _skim(self, start: CollectionStart) -> Part:
        """Return a map or list without its entries.

        One loop over the events: a Part for each value in it would take longer than the parser.
        """
        next_event = self.inner_event
        anchors = set(_anchors(start))
        last: Event = start
        brackets = [start.flow_style]
        while brackets:
            event = next_event()
            if isinstance(event, ScalarEvent):
                last = event
            elif isinstance(event, CollectionStart):
                brackets.append(event.flow_style)
            elif isinstance(event, AliasEvent):
                self._note_alias(event)
                last = event
                continue
            else:
                if brackets.pop():
                    last = event
                continue
            if event.anchor is not None:
                anchors.add(event.anchor)
                self._has_anchors = True
        return Part(
            "map" if isinstance(start, MappingStartEvent) else "list",
            self.start_of(start),
            self._scalar_end(last) if isinstance(last, ScalarEvent) else self.end_of(last),
            flow=bool(start.flow_style),
            anchor=start.anchor,
            anchors=frozenset(anchors),
        )

    def _scalar_end(self, event: ScalarEvent) -> int:
        end = self.end_of(event)
        if event.style not in {"|", ">"}:
            return end
        start = self.start_of(event)
        text = self.text[start:end]
        return end if _KEEPS_LINES.match(text) else start + len(text.rstrip(_SPACE))

    def _note_alias(self, event: AliasEvent) -> None:
        self._aliases.setdefault(str(event.anchor), self.start_of(event))


def _key(event: Event) -> str | None:
    """Return the text of a key; None if it is no scalar, or is ``<<``."""
    if not isinstance(event, ScalarEvent):
        return None
    return None if event.value == "<<" and not event.style else event.value


def _anchors(event: ScalarEvent | CollectionStart) -> frozenset[str]:
    return _NO_ANCHORS if event.anchor is None else frozenset({event.anchor})
