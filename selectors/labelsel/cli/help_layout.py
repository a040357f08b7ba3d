"""The layout of help texts and messages: it fits the terminal, down to 40 columns and below.

click makes help texts at least 50 columns wide, and never breaks the lines of examples.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import IO, Final

import click

from labelsel.escapes import escape

__all__ = ["HelpContext", "wrap_message"]

#: The widest help text: longer lines are hard to read.
_WIDEST: Final = 100
#: A line of a table in a help text: a word, a gap of two spaces or more, what it means. A short
#: word may stand between the two: the severity of a lint rule.
_ROW: Final = re.compile(r"(\s*\S+(?: [^\s]+)?\s{2,}(?:\S{1,8}\s{2,})?)(\S.*)")
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
#: What a message tells to write: a flag and a text in quotes, or all behind "write:". An error
#: begins with the flag that was typed.
_OFFER: Final = re.compile(
    r"(?<=[;,] write: )(?!-).*|(?<!error: )(?<= )(?:-[el]|--[a-z-]+) (?:'[^']*'|\"[^\"]*\")"
)
#: What stands for a blank that is not to be broken at.
_NO_BREAK: Final = "\0"
#: What stands for a hyphen: click breaks lines at hyphens, and --no-recursive must stay whole.
_HYPHEN: Final = "\x01"
#: An option and its value stay on one line.
_OPTION: Final = re.compile(r"(?<= )(--?[a-z-]+|-[A-Z]) ([^- ]\S*)")
#: A line that begins with so many blanks goes on with the row of a table above it.
_DEEP: Final = 10
#: Columns that are left for the second column of a list, at least.
_SECOND: Final = 20


class HelpFormatter(click.HelpFormatter):
    """A formatter whose texts fit the terminal."""

    def __init__(
        self, indent_increment: int = 2, width: int | None = None, max_width: int | None = None
    ) -> None:
        columns = shutil.get_terminal_size().columns if width is None else width
        super().__init__(indent_increment, min(columns, max_width or _WIDEST) - 2)

    def write_text(self, text: str) -> None:
        r"""Write paragraphs; lines that click leaves as they are (\b) are broken if too long."""
        for number, paragraph in enumerate(text.split("\n\n")):
            if number:
                self.write("\n")
            lines = paragraph.split("\n")
            if lines[0].strip() != "\b":
                super().write_text(paragraph.replace("-", _HYPHEN))
                continue
            indent = " " * self.current_indent
            # click leaves two columns free on the right, which such lines may use.
            width = self.width + 2 - self.current_indent
            for line in lines[1:] if _fits(lines, width) else _join_rows(lines[1:]):
                for part in _fit(line, width):
                    self.write(f"{indent}{part}".rstrip() + "\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        room = self.width - self.current_indent - col_spacing - _SECOND
        whole = [(term, text.replace("-", _HYPHEN)) for term, text in rows]
        super().write_dl(whole, max(min(col_max, room), 1), col_spacing)

    def write(self, string: str) -> None:
        super().write(string.replace(_HYPHEN, "-"))


class HelpContext(click.Context):
    """A context whose help texts fit the terminal."""

    formatter_class = HelpFormatter


def _fits(lines: Iterable[str], width: int) -> bool:
    return all(len(line) <= width for line in lines)


def _join_rows(lines: Iterable[str]) -> list[str]:
    """Return lines of which those that go on with a row of a table are joined to it."""
    joined: list[str] = []
    for line in lines:
        if joined and _ROW.fullmatch(joined[-1]) and line.startswith(" " * _DEEP):
            joined[-1] = f"{joined[-1]} {line.strip()}"
        else:
            joined.append(line)
    return joined


def _fit(line: str, width: int) -> Iterator[str]:
    """Yield a line in parts of at most so many characters, if its words are not longer.

    The rest of a row of a table stands below its second column; the rest of a command stands
    behind a backslash, so that a shell reads both as one command.
    """
    if len(line) <= width:
        yield line
        return
    row = _ROW.fullmatch(line)
    if row is not None:
        indent = " " * min(len(row[1]), max(width - _SECOND, 4))
        first, *rest = wrap(row[2], width - len(indent), break_on_hyphens=False) or [""]
        if len(indent) < len(row[1]):
            yield row[1].rstrip()
            yield f"{indent}{first}"
        else:
            yield f"{row[1]}{first}"
        yield from (f"{indent}{part}" for part in rest)
        return
    margin = len(line) - len(line.lstrip())
    if margin >= _DEEP:
        # What a row means, below a word that is too long for the first column.
        indent = " " * min(margin, max(width - _SECOND, 4))
        parts = wrap(line.strip(), width - len(indent), break_on_hyphens=False)
        yield from (f"{indent}{part}" for part in parts)
        return
    yield from _fit_command(line, width)


def _fit_command(line: str, width: int) -> Iterator[str]:
    indent = " " * (len(line) - len(line.lstrip()))
    # A text in quotes is not broken: there a backslash would be a part of it.
    words = _QUOTED.sub(lambda quoted: quoted[0].replace(" ", _NO_BREAK), line.strip())
    room = max(width - len(indent) - 4, 1)

    def join(option: re.Match[str]) -> str:
        together = len(option[0]) <= room
        return f"{option[1]}{_NO_BREAK}{option[2]}" if together else option[0]

    words = _OPTION.sub(join, words)
    parts = wrap(words, room, break_on_hyphens=False, break_long_words=False)
    for number, part in enumerate(parts, 1):
        more = " \\" if number < len(parts) else ""
        yield f"{indent}{'  ' if number > 1 else ''}{part.replace(_NO_BREAK, ' ')}{more}"


def wrap_message(text: str, stream: IO[str]) -> str:
    """Return a message with its lines broken at words if it goes to a narrow terminal.

    A line with a caret below it is cut at both ends instead, so that the caret stays below its
    character. Words are never broken, nor is a text that a hint offers, so that a person can copy
    it. Lines of other streams stay as they are: a program reads them.
    """
    if not stream.isatty():
        return text
    width = shutil.get_terminal_size().columns
    fitted: list[str] = []
    whole = ""
    for line in text.split("\n"):
        if line.strip() == "^":
            fitted[-1:] = _cut_around(whole, line.index("^"), width)
        else:
            whole = line
            fitted.append(line if len(line) <= width else _break_line(line, width))
    return "\n".join(fitted)


def _break_line(line: str, width: int) -> str:
    """Return a line of a message, broken at words."""
    indent = " " * (len(line) - len(line.lstrip()))
    together = _OFFER.sub(lambda offer: offer[0].replace(" ", _NO_BREAK), line)
    parts = wrap(
        together,
        width,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )
    # A word in the middle of a line may begin one now.
    return "\n".join(escape(part.replace(_NO_BREAK, " ")) for part in parts)


def _cut_around(line: str, column: int, width: int) -> tuple[str, str]:
    """Return a line and the line with its caret, both cut to fit a width.

    Arguments:
        line: the text, indented.
        column: the column of the caret, from 0.
        width: the columns of the terminal.
    """
    # Imported here: the help needs no rich, as in screen.py.
    from rich.cells import cell_len, chop_cells  # noqa: PLC0415 - see above

    def cut(text: str, room: int) -> str:
        return text if cell_len(text) <= room else f"{chop_cells(text, max(room - 1, 1))[0]}…"

    indent = len(line) - len(line.lstrip())
    room = width - indent
    before = chop_cells(line, column)[0][indent:] if column > indent else ""
    after = line[indent + len(before) :]
    # A third of the line is for what is behind the caret, if there is so much.
    behind = max(1, min(cell_len(after), max(room // 3, room - cell_len(before))))
    before = cut(before[::-1], room - behind)[::-1]
    margin = " " * indent
    return f"{margin}{before}{cut(after, behind)}", f"{margin}{' ' * cell_len(before)}^"
