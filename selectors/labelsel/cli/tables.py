"""Prints tables and everything else that rich draws."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich.console import Console, RenderableType
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from labelsel.cli.output import open_text_output
from labelsel.cli.screen import console
from labelsel.errors import escape

__all__ = ["NONE", "TableColumn", "empty_table", "fit_terminal", "print_rich", "print_table"]

Item = TypeVar("Item")

NONE = "<none>"
"""The text of a cell without a value, as in kubectl."""


@dataclass(frozen=True, slots=True)
class TableColumn(Generic[Item]):
    """A column of a table.

    Attributes:
        header: the heading.
        cell: returns the text for one item; the items of most tables are objects.
        style: the colour on a terminal.
        wide: whether only format ``wide`` has the column.
    """

    header: str
    cell: Callable[[Item], str]
    style: str = ""
    wide: bool = False


def empty_table(*, headers: bool = True) -> Table:
    """Return a table in kubectl's layout: three spaces between columns, and no frame."""
    return Table(
        box=None, pad_edge=False, show_edge=False, show_header=headers, padding=(0, 3, 0, 0)
    )


def print_table(
    items: Sequence[Item], columns: Sequence[TableColumn[Item]], *, headers: bool = True
) -> None:
    """Print a table of items, without spaces at the end of a line."""
    table = empty_table(headers=headers)
    for column in columns:
        header = Text(escape(column.header))
        table.add_column(header, no_wrap=True, header_style="bold", style=column.style)
    # One row whose cells have a line for each object: of 20,000 objects and five columns rich
    # makes that in 2.2 s, and 20,000 rows in 5.7 s.
    lines = ([escape(column.cell(item)) for item in items] for column in columns)
    table.add_row(*(Text("\n".join(cells)) for cells in lines))
    print_rich(table)


def fit_terminal(text: Text) -> Text:
    """Return a text in lines that fit the terminal; without a terminal it stays as it is.

    Only a word that is longer than a line is broken, where the terminal itself would break it.
    """
    if not sys.stdout.isatty():
        return text
    width = shutil.get_terminal_size().columns
    lines = text.wrap(console(open_text_output()), width)
    return Text("\n").join(lines)


def print_rich(drawing: RenderableType) -> None:
    """Print anything that rich can draw, without spaces at the end of a line."""
    screen = console(open_text_output())
    screen.print(Segments(_trim_lines(screen, drawing)), end="")


def _trim_lines(screen: Console, drawing: RenderableType) -> list[Segment]:
    """Return the lines without the spaces with which rich fills the last column."""
    segments: list[Segment] = []
    for line in screen.render_lines(drawing, pad=False):
        while len(line) > 1 and not line[-1].text.strip():
            line.pop()
        text, style, _ = line.pop() if line else Segment("")
        segments += [*line, Segment(text.rstrip(), style), Segment.line()]
    return segments
