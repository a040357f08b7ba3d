"""Entries of maps and members of lists, put in and taken out of a text as they stand in it.

In brackets that is what is between two commas; elsewhere it is whole lines. What is put in is
written as its neighbours are: their indentation, their quotes, their commas and colons.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

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

__all__ = ["Style", "changed_list"]

_COLON: Final = re.compile(r"[ \t]*:[ \t]*")
#: What may stand behind the last member in brackets: a comma, and where lines end, a comment.
_BEHIND: Final = re.compile(r"[ \t]*(,?)[ \t]*(#[^\r\n]*)?")
_QUOTES: Final = frozenset({'"', "'"})


@dataclass(frozen=True, slots=True)
class Style:
    """How a map with entries is written, for those that are put into it.

    Attributes:
        text: the whole text.
        part: the map.
        json: whether it is JSON.
        names: the quotes of its keys.
        values: the quotes of its values.
        indent: what its lines begin with; None where they hold other things, too.
        unit: what the lines of a map in it begin with beyond that.
        colon: what stands between a key and its value.
        comma: what stands between two entries in brackets.
    """

    text: str
    part: Part
    json: bool
    names: str | None
    values: str | None
    indent: str | None
    unit: str
    colon: str
    comma: str

    @classmethod
    def of(cls, layout: Layout, part: Part, outer: Style | None = None) -> Style:
        """How a map is written; what its entries do not say is as in the map around it."""
        text, last = layout.text, part.entries[-1]
        indent = _indent(text, part)
        colon = text[last.name.end : last.value.start]
        return cls(
            text=text,
            part=part,
            json=layout.json,
            names=_quotes([entry.name for entry in part.entries]),
            values=_quotes([entry.value for entry in part.entries]),
            indent=indent,
            unit=_unit(indent, None if outer is None else outer.indent),
            colon=colon if part.flow and _COLON.fullmatch(colon) else ": ",
            comma=_comma(text, part, indent, ", " if outer is None else outer.comma),
        )

    def text_of(self, string: str, quotes: str | None) -> str:
        """A string as it stands in the text, in these quotes where they can hold it."""
        if self.json:
            return json_text(string).removesuffix("\n")
        return scalar_text(string, quotes if quotes in _QUOTES else None, flow=self.part.flow)

    def pair(self, key: str, value: str) -> str:
        """An entry of strings, without the comma or the indentation."""
        name = self.text_of(key, self.names)
        return name + self.colon_behind(name) + self.text_of(value, self.values)

    def colon_behind(self, name: str) -> str:
        """The colon behind a key: only behind quotes may it stand without white space."""
        return self.colon if self.colon[-1].isspace() or name[0] in _QUOTES else f"{self.colon} "

    def map_in_brackets(self, entries: Mapping[str, str]) -> str:
        """A map of strings as the value of an entry."""
        pairs = [self.pair(key, value) for key, value in entries.items()]
        if not self.part.flow or self.indent is None:
            return f"{{{self.comma.join(pairs)}}}"
        new_line = line_break(self.text, self.part.start)
        inner = f"{new_line}{self.indent}{self.unit}"
        return f"{{{inner}{f',{inner}'.join(pairs)}{new_line}{self.indent}}}"

    def pairs_behind_comments(self, entries: Mapping[str, str]) -> str:
        """Entries for brackets that hold comments, and nothing else: behind these."""
        return self.comma.join(self.pair(key, value) for key, value in entries.items())

    def map_in_lines(self, entries: Mapping[str, str]) -> list[str]:
        """The lines of a map of strings below a key, but for what all lines here begin with."""
        return [f"{self.unit}{self.pair(*entry)}" for entry in entries.items()]

    def replaced(self, entry: Entry, string: str) -> TextEdit:
        """A value that gives way to a string, in its own quotes."""
        value = entry.value
        # The line breaks that a block of text ends with stay, even where they were part of it.
        end = value.start + len(self.text[value.start : value.end].rstrip())
        new = self.text_of(string, value.style)
        if end > value.start:
            return TextEdit(value.start, end, new)
        # Nothing, which is null: behind a colon, or without one. `{a}` is `{a: null}`.
        colon = self.text.find(":", entry.name.end, value.start)
        return TextEdit(
            entry.name.end if colon < 0 else colon + 1, end, f"{': '[colon >= 0 :]}{new}"
        )

    def changed(
        self, removed: Collection[Entry], added: Sequence[str], below: Entry | None = None
    ) -> list[TextEdit]:
        """Entries taken out, and others put in; some entry must be left, or be put in.

        Arguments:
            removed: entries of the map.
            added: new entries: what stands between two commas, or else lines.
            below: the entry that lines are put in below; without it the last one.

        Raises:
            RefusedError: lines hold more than one thing.
        """
        entries = self.part.entries
        if self.part.flow:
            spans = [(entry.name.start, entry.value.end) for entry in entries]
            starts = {entry.name.start for entry in removed}
            numbers = {number for number, (start, _) in enumerate(spans) if start in starts}
            return [*_taken_out(spans, numbers), *self._put_in(spans, numbers, added)]
        splices = [splice for entry in removed for splice in _removed_entry(self.text, entry)]
        if added:
            lines = [f"{self.indent}{line}" for line in added]
            splices.append(insert_lines(self.text, (below or entries[-1]).value.end, lines))
        return splices

    def _put_in(
        self, spans: Sequence[tuple[int, int]], removed: Collection[int], added: Sequence[str]
    ) -> list[TextEdit]:
        """Entries put in behind the last in brackets, or in the place of all."""
        end = spans[-1][1]
        if not added:
            return []
        if len(removed) == len(spans):
            return [TextEdit(spans[0][0], end, self.comma.join(added))]
        behind = _BEHIND.match(self.text, end)
        if behind is None or not behind[2]:
            return [TextEdit(end, end, "".join(self.comma + entry for entry in added))]
        # A comment behind the last entry stays on its line: the others come below.
        comma = "" if behind[1] else ","
        gap = self.comma.partition(",")[2]
        if not {"\n", "\r"} & set(gap):
            gap = f"{line_break(self.text, end)}{indent_of(self.text, end)}{self.unit}"
        new_lines = gap + self.comma.join(added)
        return [TextEdit(end, end, comma), TextEdit(behind.end(), behind.end(), new_lines)]


def changed_list(text: str, entry: Entry, removed: Collection[int]) -> list[TextEdit]:
    """Take members out of the list that is the value of an entry.

    Complexity: O(n) for n members.
    """
    part = entry.value
    everything = len(removed) == len(part.members)
    if part.flow:
        if everything:
            opening = text.index("[", part.start)
            return [TextEdit(opening + 1, part.end - 1, "")]
        return _taken_out([(member.start, member.end) for member in part.members], removed)
    splices = [_removed_item(text, part.members[number]) for number in sorted(removed)]
    if everything:
        colon = text.index(":", entry.name.end)
        splices.append(TextEdit(colon + 1, colon + 1, " []"))
    return splices


def _removed_entry(text: str, entry: Entry) -> list[TextEdit]:
    """An entry's lines; where its value is a map of lines, too, the comments in that stay."""
    inner = entry.value.entries
    if entry.value.flow or not inner:
        return [remove_lines(text, entry.name.start, entry.value.end)]
    start = entry.name.start - len(blank_before(text, entry.name.start) or "")
    head = TextEdit(start, next_line(text, start), "")
    return [head, *(remove_lines(text, each.name.start, each.value.end) for each in inner)]


def _removed_item(text: str, member: Part) -> TextEdit:
    """An item's lines from its dash on, with the comment above it."""
    dash = text.rindex("-", line_start(text, member.start), member.start)
    lines = remove_lines(text, dash, member.end)
    return lines._replace(start=comments_above(text, lines.start))


def _taken_out(spans: Sequence[tuple[int, int]], removed: Collection[int]) -> list[TextEdit]:
    """Members in brackets, taken out with the comma behind each, or before the last."""
    kept = [number for number in range(len(spans)) if number not in removed]
    if not kept:
        return []
    splices = [
        TextEdit(spans[number][0], spans[number + 1][0], "")
        for number in sorted(removed)
        if number < kept[-1]
    ]
    if kept[-1] < len(spans) - 1:
        splices.append(TextEdit(spans[kept[-1]][1], spans[-1][1], ""))
    return splices


def _indent(text: str, part: Part) -> str | None:
    """What the line of a map's first key begins with; None where another key is before it."""
    start = part.entries[0].name.start
    blank = blank_before(text, start)
    if blank is None and not part.flow:
        # Behind the dash of a list: the other lines have blanks there.
        return " " * (start - line_start(text, start))
    return blank


def _unit(indent: str | None, outer: str | None) -> str:
    """What lines begin with beyond those of the map around them."""
    beyond = (indent or "")[len(outer or "") :]
    return beyond or "  "


def _comma(text: str, part: Part, indent: str | None, otherwise: str) -> str:
    """What stands between the last two entries; with only one, what its line asks for."""
    if len(part.entries) > 1:
        between = text[part.entries[-2].value.end : part.entries[-1].name.start]
        if between.strip() == ",":
            return between
    if part.flow and indent is not None:
        return f",{line_break(text, part.start)}{indent}"
    return otherwise if otherwise.strip(" ") == otherwise.strip() else ", "


def _quotes(parts: Sequence[Part]) -> str | None:
    """The quotes that all strings among some parts have; None where they differ."""
    styles = {part.style for part in parts if part.kind == "scalar"}
    style = styles.pop() if len(styles) == 1 else None
    return style if style in _QUOTES else None
