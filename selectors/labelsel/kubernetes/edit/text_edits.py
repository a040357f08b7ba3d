"""Text edits: replacements in a text, whole lines inserted and removed, the rest byte for byte."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

__all__ = [
    "TextEdit",
    "UnsafeEditError",
    "apply_text_edits",
    "blank_before",
    "comments_above",
    "comments_below",
    "encode_like",
    "indent_of",
    "insert_lines",
    "line_break",
    "line_start",
    "next_line",
    "remove_lines",
]

_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_REST_OF_LINE: Final = re.compile(r"[^\r\n]*")
#: What may follow the last value on a line: white space and a comment.
_LINE_TAIL: Final = re.compile(r"[ \t]*(?:#[^\r\n]*)?")
_COMMENT: Final = re.compile(r"[ \t]*#[^\r\n]*")


class UnsafeEditError(Exception):
    """An edit cannot be made in the text without changing something else, too.

    >>> UnsafeEditError("line 3 holds more than one entry").problem
    'line 3 holds more than one entry'
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class TextEdit(NamedTuple):
    """One replacement in a text: the part between two offsets, and the new text for it.

    >>> TextEdit(5, 8, "api")
    TextEdit(start=5, end=8, text='api')
    """

    start: int
    end: int
    text: str


def apply_text_edits(
    text: str, edits: Iterable[TextEdit], start: int = 0, end: int | None = None
) -> str:
    r"""Return a text, or the part of it between two offsets, with edits made in it.

    1. Edits that remove text may overlap.
    2. A text without a line break at its end does not get one, unless the new text ends with a
       blank line, which may be part of a block of text.

    Complexity: O(n + m log m) for n characters and m edits.

    >>> apply_text_edits("app: web", [TextEdit(5, 8, "api"), TextEdit(8, 8, "\n")])
    'app: api'
    """
    end = len(text) if end is None else end
    parts: list[str] = []
    position = start
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        parts += text[position : edit.start], edit.text
        position = max(position, edit.end)
    parts.append(text[position:end])
    new = "".join(parts)
    if end == len(text) and not text.endswith(("\n", "\r")):
        return re.sub(r"(?<![\r\n])(?:\r\n|\r|\n)\Z", "", new)
    return new


def encode_like(text: str, before: bytes) -> bytes:
    """Return the bytes of a new text, with the byte order mark of the old bytes.

    >>> encode_like("a: 2", b"a: 1")
    b'a: 2'
    """
    mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
    return mark + text.encode()


def line_start(text: str, offset: int) -> int:
    r"""Return where the line of an offset begins.

    >>> line_start("a: 1\nb: 2", 7)
    5
    """
    while offset and text[offset - 1] not in "\r\n":
        offset -= 1
    return offset


def next_line(text: str, offset: int) -> int:
    r"""Return where the next line after that of an offset begins, or the end of the text.

    >>> next_line("a: 1\r\nb: 2", 2), next_line("a: 1", 2)
    (6, 4)
    """
    end = _line_end(text, offset)
    found = _LINE_BREAK.match(text, end)
    return end if found is None else found.end()


def line_break(text: str, offset: int) -> str:
    r"""Return the line break at the end of the line of an offset.

    A line without one has the line break of the first line, or else ``\n``.

    >>> line_break("a: 1\r\nb: 2", 2), line_break("a: 1\r\nb: 2", 7), line_break("a: 1", 2)
    ('\r\n', '\r\n', '\n')
    """
    found = _LINE_BREAK.match(text, _line_end(text, offset)) or _LINE_BREAK.search(text)
    return "\n" if found is None else found[0]


def blank_before(text: str, offset: int) -> str | None:
    r"""Return the white space before an offset on its line; None if there is something else.

    >>> blank_before("a:\n  b: 1", 5), blank_before("a: 1", 3)
    ('  ', None)
    """
    start = offset
    while start and text[start - 1] in " \t":
        start -= 1
    return text[start:offset] if not start or text[start - 1] in "\r\n" else None


def indent_of(text: str, offset: int) -> str:
    r"""Return the white space that the line of an offset begins with.

    >>> indent_of("a:\n  b: 1", 8)
    '  '
    """
    start = line_start(text, offset)
    line = text[start:offset]
    return line[: len(line) - len(line.lstrip(" \t"))]


def comments_above(text: str, start: int) -> int:
    r"""Return where the comment on the lines just above a line begins; the line if there is none.

    >>> comments_above("# x\n\n# y\n# z\na: 1\n", 13)
    5
    """
    while start and _COMMENT.match(text, above := line_start(text, _before_break(text, start))):
        start = above
    return start


def comments_below(text: str, start: int) -> int:
    r"""Return where the comment on a line and the lines just below it ends.

    >>> comments_below("# y\n# z\na: 1\n", 0)
    8
    """
    while _COMMENT.match(text, start):
        start = next_line(text, start)
    return start


def remove_lines(text: str, start: int, end: int) -> TextEdit:
    r"""Return the edit that removes the whole lines of a part, with the comment behind it.

    Raises:
        UnsafeEditError: something else is on these lines.

    >>> remove_lines("a: 1\n  b: 2  # x\nc: 3\n", 7, 11)
    TextEdit(start=5, end=17, text='')
    """
    blank = blank_before(text, start)
    if blank is None:
        raise UnsafeEditError(_shared_line_problem(text, start))
    return TextEdit(start - len(blank), _line_after(text, end), "")


def insert_lines(text: str, end: int, lines: Iterable[str]) -> TextEdit:
    r"""Return the edit that inserts lines below the line that a part ends on.

    Raises:
        UnsafeEditError: something else follows the part on its line.

    >>> insert_lines("a: 1  # x\nc: 3\n", 4, ["b: 2"])
    TextEdit(start=10, end=10, text='b: 2\n')
    """
    position = _line_after(text, end)
    end_of_line = line_break(text, end)
    added = "".join(f"{line}{end_of_line}" for line in lines)
    if position and text[position - 1] not in "\r\n":
        added = f"{end_of_line}{added}"
    return TextEdit(position, position, added)


def _line_after(text: str, end: int) -> int:
    """Return where the line after a part begins; only a comment may follow the part on its line."""
    if end and text[end - 1] in "\r\n":
        return end
    rest = _LINE_TAIL.match(text, end)
    if rest is None or rest.end() != _line_end(text, end):
        raise UnsafeEditError(_shared_line_problem(text, end))
    return next_line(text, end)


def _line_end(text: str, offset: int) -> int:
    rest = _REST_OF_LINE.match(text, offset)
    return offset if rest is None else rest.end()


def _before_break(text: str, start: int) -> int:
    """Return where the line above a line ends."""
    return start - 2 if text.startswith("\r\n", start - 2) else start - 1


def _shared_line_problem(text: str, offset: int) -> str:
    line = 1 + text.count("\n", 0, offset)
    return f"line {line} holds more than one entry: write each on its own line"
