"""New labels and annotations in the text of one object, where nothing else may change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from labelsel.resources.edits import STRINGS, strings_of
from labelsel.resources.layout import Entry, Layout, Part
from labelsel.resources.members import Manner, changed_entries, string_text
from labelsel.resources.resource import Resource
from labelsel.resources.splices import RefusedError, Splice, inserted_lines

__all__ = ["check_own", "strings_splices"]

#: New maps stand behind these, which most people write first.
_FIRST: Final = frozenset({"name", "generateName", "namespace"})


def strings_splices(
    text: str, layout: Layout, body: Part, before: Resource, after: Resource, *, is_json: bool
) -> list[Splice]:
    """What to replace in a text so that an object has the labels and annotations it has after.

    Arguments:
        text: the whole text of the file.
        layout: that of the object's document.
        body: the object in it.
        before, after: the object as it was read, and as it is to be.
        is_json: whether the text is JSON.

    Raises:
        RefusedError: something else would change, too.
    """
    entry = body.entry("metadata")
    if entry is None:
        raise RefusedError("its metadata comes from << and not from a key of its own")
    check_own(text, layout, entry.value, "its metadata")
    return _Metadata(text, layout, body, entry, is_json=is_json).splices(before, after)


def check_own(text: str, layout: Layout, part: Part, what: str) -> None:
    """Refuse to change what is, or has, another name for something: that would change as well."""
    if part.kind == "alias":
        name = text[part.start : part.end]
        problem = f"{what} stand for {name}: to change them would change all that share it"
        raise RefusedError(problem)
    if part.anchor is not None:
        _check_anchors(text, layout, frozenset({part.anchor}), what)


def _check_anchors(text: str, layout: Layout, anchors: frozenset[str], what: str) -> None:
    for name in sorted(anchors & layout.aliases.keys()):
        line = text.count("\n", 0, layout.aliases[name]) + 1
        problem = f"{what} are used once more on line {line} by *{name}, which would change too"
        raise RefusedError(problem)


@dataclass(slots=True)
class _Changes:
    """What changes among the entries of the metadata themselves."""

    removed: list[Entry]
    added: list[str]
    inner: list[Splice]


class _Metadata:
    """The metadata of one object, and how it is written."""

    def __init__(
        self, text: str, layout: Layout, body: Part, entry: Entry, *, is_json: bool
    ) -> None:
        self._text = text
        self._layout = layout
        self._json = is_json
        self._part = entry.value
        around = Manner.of(text, body, is_json=is_json)
        self._manner = Manner.of(text, entry.value, around, is_json=is_json)

    def splices(self, before: Resource, after: Resource) -> list[Splice]:
        changes = _Changes([], [], [])
        for key in STRINGS:
            old, new = strings_of(before, key), strings_of(after, key)
            if old != new:
                self._change(key, old, new, changes)
        outside = changed_entries(
            self._text, self._part, self._manner, changes.removed, changes.added, self._below()
        )
        return [*changes.inner, *outside]

    def _change(
        self, key: str, old: Mapping[str, str], new: Mapping[str, str], changes: _Changes
    ) -> None:
        entry = self._part.entry(key)
        if entry is None:
            if old:
                raise RefusedError(f"its {key} come from << and not from a key of its own")
            changes.added += self._new(key, new)
            return
        check_own(self._text, self._layout, entry.value, f"its {key}")
        if not new:
            _check_anchors(self._text, self._layout, entry.value.anchors, f"parts of its {key}")
            changes.removed.append(entry)
        elif not entry.value.entries:
            changes.inner += self._filled(entry, new)
        else:
            changes.inner += self._entries(key, entry.value, old, new)

    def _below(self) -> Entry:
        """The entry that a new map is put below."""
        entries = self._part.entries
        named = [entry for entry in entries if entry.key in _FIRST]
        return named[-1] if named else entries[-1]

    def _new(self, key: str, new: Mapping[str, str]) -> list[str]:
        """The entry of a map that is not there yet: between commas, or lines."""
        manner = self._manner
        name = string_text(key, manner.names, flow=manner.flow, is_json=self._json)
        if manner.flow:
            return [name + manner.colon + self._in_brackets(new)]
        return [f"{manner.indent}{name}:", *manner.map_in_lines(new)]

    def _in_brackets(self, new: Mapping[str, str]) -> str:
        return self._manner.map_in_brackets(new, self._text, self._part.start)

    def _filled(self, entry: Entry, new: Mapping[str, str]) -> list[Splice]:
        """Entries for a map that is empty, or null."""
        value = entry.value
        if value.kind == "map":
            return [Splice(value.start, value.end, self._in_brackets(new))]
        if self._manner.flow:
            text = self._manner.colon + self._in_brackets(new)
            return [Splice(entry.name.end, value.end, text)]
        lines = self._manner.map_in_lines(new)
        below = inserted_lines(self._text, value.end, lines)
        return [Splice(entry.name.end, value.end, ":"), below]

    def _entries(
        self, key: str, part: Part, old: Mapping[str, str], new: Mapping[str, str]
    ) -> list[Splice]:
        """Values replaced, entries put in and taken out of a map that has some."""
        own = {entry.key: entry for entry in part.entries if entry.key in old}
        for name in sorted(old.keys() - own.keys()):
            if new.get(name) != old[name]:
                raise RefusedError(f'"{name}" among its {key} comes from <<: change it there')
        manner = Manner.of(self._text, part, self._manner, is_json=self._json)
        splices: list[Splice] = []
        removed: list[Entry] = []
        for name, entry in own.items():
            assert name is not None
            if new.get(name) == old[name]:
                continue
            what = f'parts of "{name}" among its {key}'
            _check_anchors(self._text, self._layout, entry.value.anchors, what)
            if name not in new:
                removed.append(entry)
                continue
            style = entry.value.style
            text = string_text(new[name], style, flow=part.flow, is_json=self._json)
            splices.append(Splice(entry.value.start, entry.value.end, text))
        pairs = [manner.pair(name, value) for name, value in new.items() if name not in old]
        if not part.flow:
            pairs = [f"{manner.indent}{pair}" for pair in pairs]
        return [*splices, *changed_entries(self._text, part, manner, removed, pairs)]
