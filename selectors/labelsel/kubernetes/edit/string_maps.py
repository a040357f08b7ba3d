"""New labels and annotations in the text of one object, where nothing else may change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from labelsel.kubernetes.edit.collections import Style
from labelsel.kubernetes.edit.edit import STRINGS, strings_of
from labelsel.kubernetes.edit.layout import Entry, Layout, Part
from labelsel.kubernetes.edit.text_edits import RefusedError, TextEdit
from labelsel.kubernetes.model.resource import Resource

__all__ = ["check_own", "strings_splices"]

#: New maps stand behind these, which most people write first.
_FIRST: Final = frozenset({"name", "generateName", "namespace"})


def strings_splices(
    layout: Layout, body: Part, before: Resource, after: Resource
) -> list[TextEdit]:
    """What to replace in a text so that an object has the labels and annotations it has after.

    Arguments:
        layout: that of the object's document.
        body: the object in it.
        before: the object as it was read.
        after: the object as it is to be.

    Raises:
        RefusedError: something else would change, too.
    """
    entry = body.entry("metadata")
    if entry is None:
        raise RefusedError("its metadata comes from << and not from a key of its own")
    check_own(layout, entry.value, "its metadata")
    return _Metadata(layout, body, entry.value).splices(before, after)


def check_own(layout: Layout, part: Part, what: str) -> None:
    """Refuse to change what is, or has, another name for something: that would change as well."""
    if part.kind == "alias":
        name = layout.text[part.start : part.end]
        problem = f"{what} stand for {name}: to change them would change all that share it"
        raise RefusedError(problem)
    if part.anchor is not None:
        _check_anchors(layout, frozenset({part.anchor}), what)


def _check_anchors(layout: Layout, anchors: frozenset[str], what: str) -> None:
    for name in sorted(anchors & layout.aliases.keys()):
        line = layout.text.count("\n", 0, layout.aliases[name]) + 1
        problem = f"{what} are used once more on line {line} by *{name}, which would change too"
        raise RefusedError(problem)


@dataclass(slots=True)
class _Changes:
    """What changes among the entries of the metadata themselves."""

    removed: list[Entry]
    added: list[str]
    inner: list[TextEdit]


class _Metadata:
    """The metadata of one object, and how it is written."""

    def __init__(self, layout: Layout, body: Part, part: Part) -> None:
        self._layout = layout
        self._manner = Style.of(layout, part, Style.of(layout, body))

    def splices(self, before: Resource, after: Resource) -> list[TextEdit]:
        changes = _Changes([], [], [])
        for key in STRINGS:
            old, new = strings_of(before, key), strings_of(after, key)
            if old != new:
                self._change(key, old, new, changes)
        outside = self._manner.changed(changes.removed, changes.added, self._below())
        return [*changes.inner, *outside]

    def _change(
        self, key: str, old: Mapping[str, str], new: Mapping[str, str], changes: _Changes
    ) -> None:
        entry = self._manner.part.entry(key)
        if entry is None:
            if old:
                raise RefusedError(f"its {key} come from << and not from a key of its own")
            changes.added += self._new(key, new)
            return
        check_own(self._layout, entry.value, f"its {key}")
        if not new:
            _check_anchors(self._layout, entry.value.anchors, f"parts of its {key}")
            changes.removed.append(entry)
        elif not entry.value.entries:
            changes.inner += self._filled(entry, new)
        else:
            changes.inner += self._entries(key, entry.value, old, new)

    def _below(self) -> Entry:
        """The entry that a new map is put below."""
        entries = self._manner.part.entries
        named = [entry for entry in entries if entry.key in _FIRST]
        return named[-1] if named else entries[-1]

    def _new(self, key: str, new: Mapping[str, str]) -> list[str]:
        """The entry of a map that is not there yet: between commas, or lines."""
        manner = self._manner
        name = manner.text_of(key, manner.names)
        if manner.part.flow:
            return [name + manner.colon_behind(name) + manner.map_in_brackets(new)]
        return [f"{name}:", *manner.map_in_lines(new)]

    def _filled(self, entry: Entry, new: Mapping[str, str]) -> list[TextEdit]:
        """Entries for a map that is empty, or null."""
        value = entry.value
        if value.kind == "map" and "#" in self._layout.text[value.start : value.end]:
            pairs = self._manner.pairs_behind_comments(new)
            return [TextEdit(value.end - 1, value.end - 1, pairs)]
        if value.kind == "map":
            return [TextEdit(value.start, value.end, self._manner.map_in_brackets(new))]
        if self._manner.part.flow:
            name = self._layout.text[entry.name.start : entry.name.end]
            text = self._manner.colon_behind(name) + self._manner.map_in_brackets(new)
            return [TextEdit(entry.name.end, value.end, text)]
        lines = self._manner.map_in_lines(new)
        below = self._manner.changed((), lines, entry)
        return [TextEdit(entry.name.end, value.end, ":"), *below]

    def _entries(
        self, key: str, part: Part, old: Mapping[str, str], new: Mapping[str, str]
    ) -> list[TextEdit]:
        """Values replaced, entries put in and taken out of a map that has some."""
        own = {entry.key: entry for entry in part.entries if entry.key in old}
        for name in sorted(old.keys() - own.keys()):
            if new.get(name) != old[name]:
                raise RefusedError(f'"{name}" among its {key} comes from <<: change it there')
        manner = Style.of(self._layout, part, self._manner)
        splices: list[TextEdit] = []
        removed: list[Entry] = []
        for entry in own.values():
            key_text = entry.key or ""
            if new.get(key_text) == old[key_text]:
                continue
            what = f'parts of "{key_text}" among its {key}'
            _check_anchors(self._layout, entry.value.anchors, what)
            if key_text in new:
                splices.append(manner.replaced(entry, new[key_text]))
            else:
                removed.append(entry)
        pairs = [manner.pair(name, value) for name, value in new.items() if name not in old]
        return [*splices, *manner.changed(removed, pairs)]
