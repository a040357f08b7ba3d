"""Small changes of a text: pieces replaced, lines put in and taken out, the rest byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

__all__ = [
    "RefusedError",
    "TextEdit",
    "apply_text_edits",
    "blank_before",
    "comments_above",
    "comments_below",
    "indent_of",
    "insert_lines",
    "line_break",
    "line_start",
    "next_line",
    "remove_lines",
]

_BREAK: Final = re.compile(r"\r\n|\r|\n")
_REST_OF_LINE: Final = re.compile(r"[^\r\n]*")
#: What may follow a value on its line.
_NOTHING: Final = re.compile(r"[ \t]*(?:#[^\r\n]*)?")
_COMMENT: Final = re.compile(r"[ \t]*#[^\r\n]*")


class RefusedError(Exception):
    """A change cannot be made in the text without changing something else, too."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class TextEdit(NamedTuple):
    """A piece of a text, from one offset to another, and what stands there instead."""

    start: int
    end: int
    text: str


def apply_text_edits(
    text: str, splices: Iterable[TextEdit], start: int = 0, end: int | None = None
) -> str:
    r"""A text, or the part of it between two offsets, with pieces replaced.

    1. Pieces that are taken out may overlap.
    2. A text without a line break at its end does not get one, but where a blank line ends it:
       that may be part of a block of text.

    Complexity: O(n + m log m) for n characters and m pieces.

    >>> apply_text_edits("app: web", [TextEdit(5, 8, "api"), TextEdit(8, 8, "\n")])
    'app: api'
    """
    end = len(text) if end is None else end
    parts: list[str] = []
    position = start
    for piece in sorted(splices, key=lambda piece: (piece.start, piece.end)):
        parts += text[position : piece.start], piece.text
        position = max(position, piece.end)
    parts.append(text[position:end])
    changed = "".join(parts)
    if end == len(text) and not text.endswith(("\n", "\r")):
        return re.sub(r"(?<![\r\n])(?:\r\n|\r|\n)\Z", "", changed)
    return changed


def line_start(text: str, offset: int) -> int:
    """Where the line of an offset begins."""
    while offset and text[offset - 1] not in "\r\n":
        offset -= 1
    return offset


def next_line(text: str, offset: int) -> int:
    """Where the line behind that of an offset begins, or the text ends."""
    end = _line_end(text, offset)
    found = _BREAK.match(text, end)
    return end if found is None else found.end()


def line_break(text: str, offset: int) -> str:
    """The line break that ends the line of an offset; that of the first line where none does."""
    found = _BREAK.match(text, _line_end(text, offset)) or _BREAK.search(text)
    return "\n" if found is None else found[0]


def blank_before(text: str, offset: int) -> str | None:
    """The white space that an offset's line begins with; None where something else is before it."""
    start = offset
    while start and text[start - 1] in " \t":
        start -= 1
    return text[start:offset] if not start or text[start - 1] in "\r\n" else None


def indent_of(text: str, offset: int) -> str:
    """The white space that the line of an offset begins with."""
    start = line_start(text, offset)
    line = text[start:offset]
    return line[: len(line) - len(line.lstrip(" \t"))]


def comments_above(text: str, start: int) -> int:
    """Where the comment begins that stands on the lines just above a line, without a gap."""
    while start and _COMMENT.match(text, above := line_start(text, _before_break(text, start))):
        start = above
    return start


def comments_below(text: str, start: int) -> int:
    """Where the comment ends that begins on a line, and goes on to below it without a gap."""
    while _COMMENT.match(text, start):
        start = next_line(text, start)
    return start


def remove_lines(text: str, start: int, end: int) -> TextEdit:
    """The whole lines of a part, taken out with the comment behind it.

    Raises:
        RefusedError: something else stands on these lines.
    """
    blank = blank_before(text, start)
    if blank is None:
        raise RefusedError(_crowded(text, start))
    return TextEdit(start - len(blank), _free_line_behind(text, end), "")


def insert_lines(text: str, end: int, lines: Iterable[str]) -> TextEdit:
    """Lines put in below the line that a part ends on.

    Raises:
        RefusedError: something else follows it on its line.
    """
    position = _free_line_behind(text, end)
    end_of_line = line_break(text, end)
    added = "".join(f"{line}{end_of_line}" for line in lines)
    if position and text[position - 1] not in "\r\n":
        added = f"{end_of_line}{added}"
    return TextEdit(position, position, added)


def _free_line_behind(text: str, end: int) -> int:
    """Where the line behind a part begins, which nothing but a comment may follow on its own."""
    if end and text[end - 1] in "\r\n":
        return end
    rest = _NOTHING.match(text, end)
    if rest is None or rest.end() != _line_end(text, end):
        raise RefusedError(_crowded(text, end))
    return next_line(text, end)


def _line_end(text: str, offset: int) -> int:
    rest = _REST_OF_LINE.match(text, offset)
    return offset if rest is None else rest.end()


def _before_break(text: str, start: int) -> int:
    """Where the line above a line ends."""
    return start - 2 if text.startswith("\r\n", start - 2) else start - 1


def _crowded(text: str, offset: int) -> str:
    line = 1 + len(_BREAK.findall(text, 0, offset))
    return f"line {line} holds more than one thing: write each on a line of its own"
