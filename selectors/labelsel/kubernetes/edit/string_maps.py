"""Edits the labels and annotations in the text of one object, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from labelsel.errors import Path
from labelsel.kubernetes.edit.collections import MapStyle
from labelsel.kubernetes.edit.edit import METADATA, Edit
from labelsel.kubernetes.edit.layout import Entry, Layout, Part
from labelsel.kubernetes.edit.text_edits import TextEdit, UnsafeEditError

__all__ = ["check_not_shared", "edit_string_maps"]

#: The maps of strings in metadata that change, by their keys: before and after.
_Changes: TypeAlias = dict[str, tuple[Mapping[str, str], Mapping[str, str]]]

#: A new map is inserted below these keys, which most people write first.
_FIRST_KEYS: Final = frozenset({"name", "generateName", "namespace"})


def edit_string_maps(layout: Layout, body: Part, edit: Edit) -> list[TextEdit]:
    """Return the text edits that give an object, and its templates, new labels and annotations.

    Arguments:
        layout: the layout of the object's document.
        body: the object in the layout.
        edit: the edit of the object.

    Raises:
        UnsafeEditError: something else would change, too.
    """
    by_path: defaultdict[Path, _Changes] = defaultdict(dict)
    for path, key, old, new in edit.changes:
        by_path[path][key] = old, new
    edits: list[TextEdit] = []
    for path, changes in by_path.items():
        outer, part = _find_metadata(layout, body, path)
        edits += _Metadata(layout, outer, part).text_edits(changes)
    return edits


def _find_metadata(layout: Layout, body: Part, path: Path) -> tuple[Part, Part]:
    """Return the map around metadata, and the metadata."""
    whose = "its" if path == METADATA else "its template's"
    part = outer = body
    for step in path:
        entry = part.entry(str(step))
        if entry is None and path == METADATA:
            raise UnsafeEditError("its metadata comes from <<, not from a key of its own")
        if entry is None:
            raise UnsafeEditError("its template has no metadata of its own: add metadata first")
        outer, part = part, entry.value
        check_not_shared(layout, part, f"{whose} metadata")
    if not part.entries:
        raise UnsafeEditError(f"{whose} metadata is empty")
    return outer, part


def check_not_shared(layout: Layout, part: Part, words: str) -> None:
    """Check that no alias shares a part: editing the part would change all that share it.

    Arguments:
        layout: the layout of the part's document.
        part: the part to edit.
        words: what a message calls the part.

    Raises:
        UnsafeEditError: the part is an alias, or an alias names the part.

    >>> part = Part("map", 10, 12, anchor="x")
    >>> check_not_shared(Layout("", False, 0, part, 0, aliases={"y": 0}), part, "its labels")
    """
    if part.kind == "alias":
        name = layout.text[part.start : part.end]
        problem = f"{words} are the alias {name}: an edit would change everything that shares it"
        raise UnsafeEditError(problem)
    if part.anchor is not None:
        _check_anchors(layout, frozenset({part.anchor}), words)


def _check_anchors(layout: Layout, anchors: frozenset[str], words: str) -> None:
    for name in sorted(anchors & layout.aliases.keys()):
        line = layout.text.count("\n", 0, layout.aliases[name]) + 1
        problem = f"{words} are shared by the alias *{name} on line {line}, which would change too"
        raise UnsafeEditError(f"{problem}; write there what the alias stands for")


@dataclass(slots=True)
class _MetadataEdits:
    """Edits of the metadata: its entries to remove, lines to add, edits inside its entries."""

    removed: list[Entry]
    added: list[str]
    inner: list[TextEdit]


class _Metadata:
    """The metadata of one object, and the style of its text."""

    def __init__(self, layout: Layout, body: Part, part: Part) -> None:
        self._layout = layout
        self._style = MapStyle.of(layout, part, MapStyle.of(layout, body))

    def text_edits(self, changes: _Changes) -> list[TextEdit]:
        edits = _MetadataEdits([], [], [])
        for key, (old, new) in changes.items():
            self._edit_map(key, old, new, edits)
        outer = self._style.edit_entries(edits.removed, edits.added, self._insert_below())
        return [*edits.inner, *outer]

    def _edit_map(
        self, key: str, old: Mapping[str, str], new: Mapping[str, str], edits: _MetadataEdits
    ) -> None:
        entry = self._style.part.entry(key)
        if entry is None:
            if old:
                raise UnsafeEditError(f"its {key} come from <<, not from a key of their own")
            edits.added += self._new_map(key, new)
            return
        check_not_shared(self._layout, entry.value, f"its {key}")
        if not new:
            _check_anchors(self._layout, entry.value.anchors, f"parts of its {key}")
            edits.removed.append(entry)
        elif not entry.value.entries:
            edits.inner += self._fill_map(entry, new)
        else:
            edits.inner += self._edit_entries(key, entry.value, old, new)

    def _insert_below(self) -> Entry:
        """Return the entry below which a new map is inserted."""
        entries = self._style.part.entries
        first = [entry for entry in entries if entry.key in _FIRST_KEYS]
        return first[-1] if first else entries[-1]

    def _new_map(self, key: str, new: Mapping[str, str]) -> list[str]:
        """Return the entry of a new map: one text between commas, or lines."""
        style = self._style
        name = style.string_text(key, style.key_quotes)
        if style.part.flow:
            return [name + style.colon_after(name) + style.map_in_brackets(new)]
        return [f"{name}:", *style.map_in_lines(new)]

    def _fill_map(self, entry: Entry, new: Mapping[str, str]) -> list[TextEdit]:
        """Return the edits that insert entries into a map that is empty or null."""
        value = entry.value
        text = self._layout.text
        if value.kind == "map":
            if "#" not in text[value.start : value.end]:
                return [TextEdit(value.start, value.end, self._style.map_in_brackets(new))]
            pairs = self._style.pairs_after_comments(new)
            return [TextEdit(value.end - 1, value.end - 1, pairs)]
        if self._style.part.flow:
            colon = self._style.colon_after(text[entry.name.start])
            map_text = self._style.map_in_brackets(new)
            return [TextEdit(entry.name.end, value.end, f"{colon}{map_text}")]
        lines = self._style.map_in_lines(new)
        inserted = self._style.edit_entries((), lines, entry)
        return [TextEdit(entry.name.end, value.end, ":"), *inserted]

    def _edit_entries(
        self, key: str, part: Part, old: Mapping[str, str], new: Mapping[str, str]
    ) -> list[TextEdit]:
        """Return the edits of a map that has entries: replaced, inserted and removed ones."""
        own = {entry.key: entry for entry in part.entries if entry.key in old}
        for name in sorted(old.keys() - own.keys()):
            if new.get(name) != old[name]:
                raise UnsafeEditError(f'"{name}" in its {key} comes from <<: change it there')
        style = MapStyle.of(self._layout, part, self._style)
        replaced: list[TextEdit] = []
        removed: list[Entry] = []
        for entry in own.values():
            key_text = entry.key or ""
            if new.get(key_text) == old[key_text]:
                continue
            words = f'parts of "{key_text}" in its {key}'
            _check_anchors(self._layout, entry.value.anchors, words)
            if key_text in new:
                replaced.append(style.replace_value(entry, new[key_text]))
            else:
                removed.append(entry)
        pairs = [style.pair(name, value) for name, value in new.items() if name not in old]
        return [*replaced, *style.edit_entries(removed, pairs)]
