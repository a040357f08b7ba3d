"""Prints tables and everything else that rich draws."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

from rich.cells import cell_len, chop_cells
from rich.console import Console, RenderableType
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from labelsel.cli.output import open_text_output, terminal_width
from labelsel.cli.screen import console
from labelsel.escapes import begins_command, escape

__all__ = [
    "GAP",
    "NONE",
    "TableColumn",
    "column_width",
    "fit_terminal",
    "print_rich",
    "print_table",
]

Item = TypeVar("Item")
Cell: TypeAlias = str | Text

NONE = "<none>"
"""The text of a cell without a value, as in kubectl."""

GAP: Final = 3
"""The spaces between two columns, as in kubectl."""

#: The spaces between two columns that are tried, to fit a table into a terminal.
_GAPS: Final = (GAP, 1)
#: A column is not folded into fewer characters than this.
_NARROWEST: Final = 12
#: Where a text is folded: behind a comma and the like, so that keys, values and paths stay whole.
#: A word that is longer than a whole line is broken behind /, . or -.
_PIECE: Final = re.compile(r"[^\s,|]*[\s,|]*")

_PART: Final = re.compile(r"[^/.-]*[/.-]*")


@dataclass(frozen=True, slots=True)
class TableColumn(Generic[Item]):
    """A column of a table.

    Attributes:
        header: the heading.
        cell: returns the text for one item; the items of most tables are objects. A `Text` has
            its own colours, and has been escaped.
        style: the colour on a terminal.
        wide: whether only format ``wide`` has the column.
        right: whether the texts end below each other, as numbers do.
    """

    header: str
    cell: Callable[[Item], Cell]
    style: str = ""
    wide: bool = False
    right: bool = False


def print_table(
    items: Sequence[Item], columns: Sequence[TableColumn[Item]], *, headers: bool = True
) -> None:
    """Print a table of items, without spaces at the end of a line.

    1. Without a terminal each item is one line, whatever its length: programs read lines.
    2. On a terminal that is too narrow the widest column is folded, where no word of it breaks.
    3. Otherwise each item is a paragraph with a line for each column.
    """
    cells = [[_escaped(column.cell(item)) for item in items] for column in columns]
    width = terminal_width()
    sizes = [
        _size(column, texts, headers=headers) for column, texts in zip(columns, cells, strict=True)
    ]
    if width is None:
        _print_lines(cells, columns, sizes, headers=headers)
        return
    widest = sizes.index(max(sizes))
    header = cell_len(columns[widest].header) if headers else 0
    least = max(_NARROWEST, header, *map(_longest_piece, cells[widest]))
    for gap in _GAPS:
        free = width - sum(sizes) - gap * (len(sizes) - 1)
        if free >= 0:
            _print_columns(cells, columns, gap, headers=headers)
            return
        room = sizes[widest] + free
        if room >= least:
            _print_columns(_fold_column(cells, widest, room), columns, gap, headers=headers)
            return
    _print_paragraphs(cells, columns, width, headers=headers)


def column_width(column: TableColumn[Item], items: Iterable[Item], *, headers: bool = True) -> int:
    """Return how many columns of a terminal a column of a table takes."""
    return _size(column, [_escaped(column.cell(item)) for item in items], headers=headers)


def _size(column: TableColumn[Any], cells: Iterable[Cell], *, headers: bool) -> int:
    header = cell_len(escape(column.header)) if headers else 0
    return max([header, *(cell_len(_plain(cell)) for cell in cells)])


def _escaped(cell: Cell) -> Cell:
    return escape(cell) if isinstance(cell, str) else cell


def _plain(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.plain


def _print_lines(
    cells: Sequence[Sequence[Cell]],
    columns: Sequence[TableColumn[Any]],
    sizes: Sequence[int],
    *,
    headers: bool,
) -> None:
    """Print each item as one line without colours, as `_print_columns` prints it into a pipe.

    Without rich a line takes a fifth of the time, and no memory for the whole table.
    """
    stream = open_text_output()
    gap = " " * GAP
    rows: Iterable[Sequence[Cell]] = zip(*cells, strict=True)
    if headers:
        rows = chain([[escape(column.header) for column in columns]], rows)
    for row in rows:
        parts = map(_pad, row, sizes, columns)
        stream.write(f"{escape(gap.join(parts).rstrip())}\n")
    stream.flush()  # an error of a full disk is met here


def _pad(cell: Cell, size: int, column: TableColumn[Any]) -> str:
    text = _plain(cell)
    blanks = " " * (size - cell_len(text))
    return f"{blanks}{text}" if column.right else f"{text}{blanks}"


def _print_columns(
    cells: Sequence[Sequence[Cell]],
    columns: Sequence[TableColumn[Any]],
    gap: int,
    *,
    headers: bool,
) -> None:
    table = Table(
        box=None, pad_edge=False, show_edge=False, show_header=headers, padding=(0, gap, 0, 0)
    )
    for column in columns:
        header = Text(escape(column.header))
        justify: Literal["left", "right"] = "right" if column.right else "left"
        table.add_column(
            header, no_wrap=True, header_style="bold", style=column.style, justify=justify
        )
    # One row whose cells have a line for each object: of 20,000 objects and five columns rich
    # makes that in 2.2 s, and 20,000 rows in 5.7 s.
    table.add_row(*map(_join_lines, cells))
    print_rich(table)


def _join_lines(cells: Sequence[Cell]) -> Text:
    if all(isinstance(cell, str) for cell in cells):
        return Text("\n".join(map(str, cells)))
    return Text("\n").join(map(_as_text, cells))


def _as_text(cell: Cell) -> Text:
    return Text(cell) if isinstance(cell, str) else cell


def _fold_column(cells: Sequence[Sequence[Cell]], folded: int, room: int) -> list[list[Cell]]:
    """Return the cells of all columns by lines: of one column each cell is folded into several."""
    lines: list[list[Cell]] = [[] for _ in cells]
    for row in zip(*cells, strict=True):
        parts = _fold(_as_text(row[folded]), room)
        for number, cell in enumerate(row):
            rest = [""] * (len(parts) - 1)
            lines[number] += parts if number == folded else [cell, *rest]
    return lines


def _longest_piece(cell: Cell) -> int:
    """Return the columns of the longest part of a text that need not be broken."""
    return max(cell_len(piece.rstrip()) for piece in _PIECE.findall(_plain(cell)))


def _fold(text: Text, room: int) -> list[Text]:
    """Return a text in lines of so many columns, each of which ends behind a comma or the like.

    >>> [line.plain for line in _fold(Text("app=web,tier=front,b"), 9)]
    ['app=web,', 'tier=fron', 't,b']
    """
    breaks: list[int] = []
    used, at = 0, 0
    for part in _parts(text.plain, room):
        if at and used + cell_len(part.rstrip()) > room:
            breaks.append(at)
            used = 0
        used += cell_len(part)
        at += len(part)
    lines = list(text.divide(breaks))
    for line in lines:
        line.rstrip()
    return lines


def _parts(text: str, room: int) -> Iterator[str]:
    """Yield a text in parts that fit into a line: its words, and parts of longer words."""
    for piece in _PIECE.findall(text):
        if cell_len(piece.rstrip()) <= room:
            yield piece
            continue
        for part in _PART.findall(piece):
            yield from chop_cells(part, room) if cell_len(part.rstrip()) > room else [part]


def _print_paragraphs(
    cells: Sequence[Sequence[Cell]],
    columns: Sequence[TableColumn[Any]],
    width: int,
    *,
    headers: bool,
) -> None:
    names = [escape(column.header) if headers else "" for column in columns]
    margin = max(map(cell_len, names)) + 2 if headers else 0
    room = max(width - margin, 1)
    paragraphs = []
    for row in zip(*cells, strict=True):
        lines = []
        for name, cell, column in zip(names, row, columns, strict=True):
            before = Text(name, style="bold")
            for part in _fold(_as_text(cell), room) if _plain(cell) else []:
                before.pad_right(margin - cell_len(before.plain))
                part.style = part.style or column.style
                lines.append(Text.assemble(before, part))
                before = Text()
        paragraphs.append(Text("\n").join(lines))
    print_rich(Text("\n\n").join(paragraphs))


def fit_terminal(text: Text) -> Text:
    """Return a text in lines that fit the terminal; without a terminal it stays as it is.

    Only a word that is longer than a line is broken, where the terminal itself would break it.
    """
    width = terminal_width()
    if width is None:
        return text
    lines = text.wrap(console(open_text_output()), width)
    return Text("\n").join(lines)


def print_rich(drawing: RenderableType) -> None:
    """Print anything that rich can draw, without spaces at the end of a line."""
    screen = console(open_text_output())
    screen.print(Segments(_trim_lines(screen, drawing)), end="")


def _trim_lines(screen: Console, drawing: RenderableType) -> list[Segment]:
    """Return the lines without the spaces with which rich fills the last column.

    A word in the middle of a cell may begin a line of a terminal: no CI service may obey it there.
    """
    segments: list[Segment] = []
    for line in screen.render_lines(drawing, pad=False):
        if begins_command("".join(text for text, *_ in line)):
            first = next(number for number, (text, *_) in enumerate(line) if text.strip())
            line[first] = Segment(escape(line[first].text), line[first].style)
        while len(line) > 1 and not line[-1].text.strip():
            line.pop()
        text, style, _ = line.pop() if line else Segment("")
        segments += [*line, Segment(text.rstrip(), style), Segment.line()]
    return segments
