"""Inserts and removes entries of maps and items of lists in a text.

In brackets, an entry is the text between two commas; without brackets, it is whole lines. A new
entry is written as its neighbours are: with their indentation, quotes, commas and colons.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from labelsel.kubernetes.edit.layout import Entry, Layout, Part
from labelsel.kubernetes.edit.text_edits import (
    TextEdit,
    blank_before,
    comments_above,
    indent_of,
    insert_lines,
    line_break,
    line_start,
    next_line,
    remove_lines,
)
from labelsel.kubernetes.model.serializer import json_text, scalar_text

__all__ = ["MapStyle", "remove_items"]

_COLON: Final = re.compile(r"[ \t]*:[ \t]*")
#: What may follow the last entry in brackets: a comma, and a comment to the end of the line.
_ENTRY_TAIL: Final = re.compile(r"[ \t]*(,?)[ \t]*(#[^\r\n]*)?")
_QUOTES: Final = frozenset({'"', "'"})


class MapStyle(NamedTuple):
    """How a map with entries is written; new entries are written in the same way.

    Attributes:
        text: the whole text.
        part: the map.
        json: whether the text is JSON.
        key_quotes: the style of its keys (`Part.style`); None if there are several. `string_text`
            reads it, for which only quotes count.
        value_quotes: the same of its values.
        indent: the white space its lines begin with; None if the lines hold other things, too.
        unit: the further white space that the lines of a map in this map begin with.
        colon: the text between a key and its value.
        comma: the text between two entries in brackets.

    >>> key, value = Part("scalar", 1, 4, style='"'), Part("scalar", 6, 7)
    >>> part = Part("map", 0, 8, flow=True, entries=(Entry("a", key, value),))
    >>> style = MapStyle.of(Layout('{"a": 1}', True, 0, part, 8), part)
    >>> style.pair("b", "c"), style.edit_entries((), ['"b": "c"'])
    ('"b": "c"', [TextEdit(start=7, end=7, text=', "b": "c"')])
    """

    text: str
    part: Part
    json: bool
    key_quotes: str | None
    value_quotes: str | None
    indent: str | None
    unit: str
    colon: str
    comma: str

    @classmethod
    def of(cls, layout: Layout, part: Part, outer: MapStyle | None = None) -> MapStyle:
        """Return the style of a map; if its entries do not show it, the style of the outer map."""
        text, last = layout.text, part.entries[-1]
        indent = _indent(text, part)
        colon = text[last.name.end : last.value.start]
        return cls(
            text=text,
            part=part,
            json=layout.json,
            key_quotes=_quotes([entry.name for entry in part.entries]),
            value_quotes=_quotes([entry.value for entry in part.entries]),
            indent=indent,
            unit=_unit(indent, None if outer is None else outer.indent),
            colon=colon if part.flow and _COLON.fullmatch(colon) else ": ",
            comma=_comma(text, part, indent, ", " if outer is None else outer.comma),
        )

    def string_text(self, string: str, quotes: str | None) -> str:
        """Return the text of a string, in these quotes if they can hold it."""
        if self.json:
            return json_text(string).removesuffix("\n")
        return scalar_text(string, quotes if quotes in _QUOTES else None, flow=self.part.flow)

    def pair(self, key: str, value: str) -> str:
        """Return the text of an entry, without a comma and without indentation."""
        name = self.string_text(key, self.key_quotes)
        return name + self.colon_after(name) + self.string_text(value, self.value_quotes)

    def colon_after(self, name: str) -> str:
        """Return the colon after a key: white space must follow it unless the key has quotes."""
        return self.colon if self.colon[-1].isspace() or name[0] in _QUOTES else f"{self.colon} "

    def map_in_brackets(self, entries: Mapping[str, str]) -> str:
        """Return the text of a map of strings in brackets."""
        pairs = [self.pair(key, value) for key, value in entries.items()]
        if not self.part.flow or self.indent is None:
            return f"{{{self.comma.join(pairs)}}}"
        new_line = line_break(self.text, self.part.start)
        inner = f"{new_line}{self.indent}{self.unit}"
        return f"{{{inner}{f',{inner}'.join(pairs)}{new_line}{self.indent}}}"

    def pairs_after_comments(self, entries: Mapping[str, str]) -> str:
        """Return the text of entries in brackets that hold only comments."""
        return self.comma.join(self.pair(key, value) for key, value in entries.items())

    def map_in_lines(self, entries: Mapping[str, str]) -> list[str]:
        """Return the lines of a map of strings below a key, without `indent`."""
        return [f"{self.unit}{self.pair(*entry)}" for entry in entries.items()]

    def replace_value(self, entry: Entry, string: str) -> TextEdit:
        """Return the edit that replaces the value of an entry; the new value has its quotes."""
        value = entry.value
        # The line breaks at the end of a block of text stay, even if they were part of the value.
        end = value.start + len(self.text[value.start : value.end].rstrip())
        new = self.string_text(string, value.style)
        if end > value.start:
            return TextEdit(value.start, end, new)
        # No text is null, after a colon or without one: `{a}` is `{a: null}`.
        colon = self.text.find(":", entry.name.end, value.start)
        return TextEdit(
            entry.name.end if colon < 0 else colon + 1, end, f"{': '[colon >= 0 :]}{new}"
        )

    def edit_entries(
        self, removed: Collection[Entry], added: Sequence[str], below: Entry | None = None
    ) -> list[TextEdit]:
        """Return the edits that remove entries and insert others; the map must not become empty.

        Arguments:
            removed: entries of the map.
            added: new entries: in brackets the text between two commas, else lines.
            below: the entry below which lines are inserted; without it, the last one.

        Raises:
            UnsafeEditError: a line holds more than one entry.
        """
        entries = self.part.entries
        if self.part.flow:
            spans = [(entry.name.start, entry.value.end) for entry in entries]
            starts = {entry.name.start for entry in removed}
            numbers = {number for number, (start, _) in enumerate(spans) if start in starts}
            return [*_remove_spans(spans, numbers), *self._insert(spans, numbers, added)]
        edits = [edit for entry in removed for edit in _remove_entry(self.text, entry)]
        if added:
            lines = [f"{self.indent}{line}" for line in added]
            edits.append(insert_lines(self.text, (below or entries[-1]).value.end, lines))
        return edits

    def _insert(
        self, spans: Sequence[tuple[int, int]], removed: Collection[int], added: Sequence[str]
    ) -> list[TextEdit]:
        """Return the edits that insert entries in brackets: after the last, or instead of all."""
        end = spans[-1][1]
        if not added:
            return []
        if len(removed) == len(spans):
            return [TextEdit(spans[0][0], end, self.comma.join(added))]
        tail = _ENTRY_TAIL.match(self.text, end)
        if tail is None or not tail[2]:
            return [TextEdit(end, end, "".join(self.comma + entry for entry in added))]
        # A comment after the last entry stays on its line: the new entries come below.
        comma = "" if tail[1] else ","
        gap = self.comma.partition(",")[2]
        if not {"\n", "\r"} & set(gap):
            gap = f"{line_break(self.text, end)}{indent_of(self.text, end)}{self.unit}"
        new_lines = gap + self.comma.join(added)
        return [TextEdit(end, end, comma), TextEdit(tail.end(), tail.end(), new_lines)]


def remove_items(text: str, entry: Entry, removed: Collection[int]) -> list[TextEdit]:
    """Return the edits that remove items of the list that is the value of an entry.

    Arguments:
        text: the whole text.
        entry: the entry of the list.
        removed: the positions of the items, from 0.

    Raises:
        UnsafeEditError: a line holds more than one item.

    Complexity: O(n) for n items.

    >>> items = (Part("scalar", 5, 6), Part("scalar", 8, 9))
    >>> entry = Entry("a", Part("scalar", 1, 2), Part("list", 4, 10, flow=True, items=items))
    >>> remove_items("{a: [1, 2]}", entry, {0})
    [TextEdit(start=5, end=8, text='')]
    """
    part = entry.value
    all_removed = len(removed) == len(part.items)
    if part.flow:
        if all_removed:
            opening = text.index("[", part.start)
            return [TextEdit(opening + 1, part.end - 1, "")]
        return _remove_spans([(item.start, item.end) for item in part.items], removed)
    edits = [_remove_item(text, part.items[number]) for number in sorted(removed)]
    if all_removed:
        colon = text.index(":", entry.name.end)
        edits.append(TextEdit(colon + 1, colon + 1, " []"))
    return edits


def _remove_entry(text: str, entry: Entry) -> list[TextEdit]:
    """Remove the lines of an entry; if its value is a map of lines, the comments in that stay."""
    inner = entry.value.entries
    if entry.value.flow or not inner:
        return [remove_lines(text, entry.name.start, entry.value.end)]
    start = entry.name.start - len(blank_before(text, entry.name.start) or "")
    head = TextEdit(start, next_line(text, start), "")
    return [head, *(remove_lines(text, each.name.start, each.value.end) for each in inner)]


def _remove_item(text: str, item: Part) -> TextEdit:
    """Remove the lines of an item from its dash on, with the comment above it."""
    dash = text.rindex("-", line_start(text, item.start), item.start)
    lines = remove_lines(text, dash, item.end)
    return lines._replace(start=comments_above(text, lines.start))


def _remove_spans(spans: Sequence[tuple[int, int]], removed: Collection[int]) -> list[TextEdit]:
    """Remove entries in brackets with the comma after each, or before the last; but not all."""
    kept = [number for number in range(len(spans)) if number not in removed]
    if not kept:
        return []
    edits = [
        TextEdit(spans[number][0], spans[number + 1][0], "")
        for number in sorted(removed)
        if number < kept[-1]
    ]
    if kept[-1] < len(spans) - 1:
        edits.append(TextEdit(spans[kept[-1]][1], spans[-1][1], ""))
    return edits


def _indent(text: str, part: Part) -> str | None:
    """Return the white space before the first key on its line; None if something else is there."""
    start = part.entries[0].name.start
    blank = blank_before(text, start)
    if blank is None and not part.flow:
        # The dash of a list is there: the other lines of the map have blanks instead.
        return " " * (start - line_start(text, start))
    return blank


def _unit(indent: str | None, outer: str | None) -> str:
    """Return the further white space that lines begin with, compared with the outer map's."""
    beyond = (indent or "")[len(outer or "") :]
    return beyond or "  "


def _comma(text: str, part: Part, indent: str | None, default: str) -> str:
    """Return the text between the last two entries; for a map of one, what suits its line."""
    if len(part.entries) > 1:
        between = text[part.entries[-2].value.end : part.entries[-1].name.start]
        if between.strip() == ",":
            return between
    if part.flow and indent is not None:
        return f",{line_break(text, part.start)}{indent}"
    # A comma with a line break suits only the map that it is from.
    return default if default.strip(" ") == default.strip() else ", "


def _quotes(parts: Sequence[Part]) -> str | None:
    """Return the style that all scalars have; None if they differ."""
    styles = {part.style for part in parts if part.kind == "scalar"}
    return styles.pop() if len(styles) == 1 else None
