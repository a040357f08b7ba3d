"""Entries of maps and members of lists, put in and taken out of a text as they stand in it.

In brackets that is what is between two commas; elsewhere it is whole lines. What is put in is
written as its neighbours are: their indentation, their quotes, their commas and colons.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from labelsel.resources.layout import Entry, Part
from labelsel.resources.splices import (
    Splice,
    blank_before,
    comments_above,
    inserted_lines,
    line_break,
    line_start,
    next_line,
    removed_lines,
)
from labelsel.resources.writing import scalar_text

__all__ = ["Manner", "changed_entries", "changed_list", "string_text"]

_COLON: Final = re.compile(r"[ \t]*:[ \t]*")
#: What may stand behind the last member in brackets: a comma, and where lines end, a comment.
_BEHIND: Final = re.compile(r"[ \t]*(,?)[ \t]*(#[^\r\n]*)?")
_QUOTES: Final = frozenset({'"', "'"})


@dataclass(frozen=True, slots=True)
class Manner:
    """How a map is written, for the entries that are put into it.

    Attributes:
        json: whether it is JSON.
        flow: whether it is in brackets.
        names: the quotes of its keys.
        values: the quotes of its values.
        indent: what its lines begin with; None where they hold other things, too.
        unit: what the lines of a map in it begin with beyond that.
        colon: what stands between a key and its value.
        comma: what stands between two entries in brackets.
    """

    json: bool
    flow: bool
    names: str | None
    values: str | None
    indent: str | None
    unit: str
    colon: str
    comma: str

    @classmethod
    def of(cls, text: str, part: Part, outer: Manner | None = None, *, is_json: bool) -> Manner:
        """How a map with entries is written; what they do not say is as in the map around it."""
        indent = _indent(text, part)
        last = part.entries[-1]
        colon = text[last.name.end : last.value.start]
        return cls(
            json=is_json,
            flow=part.flow,
            names=_quotes([entry.name for entry in part.entries]),
            values=_quotes([entry.value for entry in part.entries]),
            indent=indent,
            unit=_unit(indent, None if outer is None else outer.indent),
            colon=colon if part.flow and _COLON.fullmatch(colon) else ": ",
            comma=_comma(text, part, indent, ", " if outer is None else outer.comma),
        )

    def pair(self, key: str, value: str) -> str:
        """An entry of strings."""
        name = string_text(key, self.names, flow=self.flow, is_json=self.json)
        return (
            name + self.colon + string_text(value, self.values, flow=self.flow, is_json=self.json)
        )

    def map_in_brackets(self, entries: Mapping[str, str], text: str, offset: int) -> str:
        """A map of strings as the value of an entry of this map, in brackets as this one."""
        pairs = [self.pair(key, value) for key, value in entries.items()]
        if not self.flow or self.indent is None:
            return f"{{{self.comma.join(pairs)}}}"
        new_line, inner = line_break(text, offset), self.indent + self.unit
        lines = f",{new_line}{inner}".join(pairs)
        return f"{{{new_line}{inner}{lines}{new_line}{self.indent}}}"

    def map_in_lines(self, entries: Mapping[str, str]) -> list[str]:
        """The lines of a map of strings below a key of this map."""
        return [f"{self.indent}{self.unit}{self.pair(*entry)}" for entry in entries.items()]


def string_text(text: str, quotes: str | None, *, flow: bool, is_json: bool) -> str:
    """A string as it stands in a file."""
    if is_json:
        return json.dumps(text, ensure_ascii=False)
    return scalar_text(text, quotes if quotes in _QUOTES else None, flow=flow)


def changed_entries(
    text: str,
    part: Part,
    manner: Manner,
    removed: Collection[Entry],
    added: Sequence[str],
    below: Entry | None = None,
) -> list[Splice]:
    """Take entries out of a map and put others in; some entry must be left, or be put in.

    Arguments:
        text: the whole text.
        part: the map; it has entries.
        manner: how it is written.
        removed: entries of it.
        added: new entries: what stands between two commas, or else lines.
        below: where lines are put in; without it at the end.

    Raises:
        RefusedError: lines hold more than one thing.
    """
    if part.flow:
        spans = [(entry.name.start, entry.value.end) for entry in part.entries]
        starts = {entry.name.start for entry in removed}
        numbers = {number for number, span in enumerate(spans) if span[0] in starts}
        return [*_taken_out(spans, numbers), *_put_in(text, spans, numbers, added, manner)]
    splices = [splice for entry in removed for splice in _removed_entry(text, entry)]
    if added:
        splices.append(inserted_lines(text, (below or part.entries[-1]).value.end, added))
    return splices


def changed_list(text: str, entry: Entry, removed: Collection[int]) -> list[Splice]:
    """Take members out of the list that is the value of an entry.

    Complexity: O(n) for n members.
    """
    part = entry.value
    everything = len(removed) == len(part.members)
    if part.flow:
        if everything:
            opening = text.index("[", part.start)
            return [Splice(opening + 1, part.end - 1, "")]
        return _taken_out([(member.start, member.end) for member in part.members], removed)
    splices = [_removed_item(text, part.members[number]) for number in sorted(removed)]
    if everything:
        colon = text.index(":", entry.name.end)
        splices.append(Splice(colon + 1, colon + 1, " []"))
    return splices


def _removed_entry(text: str, entry: Entry) -> list[Splice]:
    """An entry's lines; where its value is a map of lines, too, the comments in that stay."""
    inner = entry.value.entries
    if entry.value.flow or not inner:
        return [removed_lines(text, entry.name.start, entry.value.end)]
    start = entry.name.start - len(blank_before(text, entry.name.start) or "")
    head = Splice(start, next_line(text, start), "")
    return [head, *(removed_lines(text, each.name.start, each.value.end) for each in inner)]


def _removed_item(text: str, member: Part) -> Splice:
    """An item's lines from its dash on, with the comment above it."""
    dash = text.rindex("-", line_start(text, member.start), member.start)
    lines = removed_lines(text, dash, member.end)
    return lines._replace(start=comments_above(text, lines.start))


def _taken_out(spans: Sequence[tuple[int, int]], removed: Collection[int]) -> list[Splice]:
    """Members in brackets, taken out with the comma behind each, or before the last."""
    kept = [number for number in range(len(spans)) if number not in removed]
    if not kept:
        return []
    splices = [
        Splice(spans[number][0], spans[number + 1][0], "")
        for number in sorted(removed)
        if number < kept[-1]
    ]
    if kept[-1] < len(spans) - 1:
        splices.append(Splice(spans[kept[-1]][1], spans[-1][1], ""))
    return splices


def _put_in(
    text: str,
    spans: Sequence[tuple[int, int]],
    removed: Collection[int],
    added: Sequence[str],
    manner: Manner,
) -> list[Splice]:
    """Members put in behind the last in brackets, or in the place of all."""
    end = spans[-1][1]
    if not added:
        return []
    if len(removed) == len(spans):
        return [Splice(spans[0][0], end, manner.comma.join(added))]
    behind = _BEHIND.match(text, end)
    if behind is None or not behind[2]:
        return [Splice(end, end, "".join(manner.comma + member for member in added))]
    # A comment behind the last member stays on its line: the others come below.
    comma = "" if behind[1] else ","
    new_lines = manner.comma.removeprefix(",") + manner.comma.join(added)
    return [Splice(end, end, comma), Splice(behind.end(), behind.end(), new_lines)]


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
