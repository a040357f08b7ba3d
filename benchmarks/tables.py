"""Tables of results: drawn on a terminal, written as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich import box
from rich.table import Table
from rich.text import Text

from benchmarks.measures import Results
from benchmarks.timing import Mix, Race, duration, times

__all__ = ["Grid", "builds", "parsing", "predicates", "queries", "sizes", "table"]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: a column of labels, and columns of numbers.

    Attributes:
        title: what it shows.
        header: the names of the columns, the first that of the labels.
        rows: the cells; an empty row is a line across.
        note: what a reader needs to know.
    """

    title: str
    header: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    note: str = ""

    def rich(self) -> Table:
        """Return the table for a terminal."""
        made = table(self.title, *self.header)
        made.min_width = len(self.title)  # a title in one line
        made.caption = self.note or None
        made.caption_justify = "left"
        for row in self.rows:
            if row:
                made.add_row(*map(Text, row))
            else:
                made.add_section()
        return made

    def markdown(self) -> str:
        """Return the table as Markdown, with its title as a heading."""
        lines = [f"## {self.title}", ""]
        if self.note:
            lines += [self.note, ""]
        lines.append(_line([name.replace("\n", " ") for name in self.header]))
        lines.append(_line(["---", *(["---:"] * (len(self.header) - 1))]))
        lines += [_line(row) for row in self.rows if row]
        return "\n".join(lines) + "\n"


def table(title: str, label: str, *columns: str) -> Table:
    """Return an empty table: a column of labels, which may be long, and columns of numbers."""
    made = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    made.add_column(label, overflow="fold")
    for column in columns:
        made.add_column(column, justify="right", no_wrap=True)
    return made


def parsing(results: Results) -> Grid:
    """Draw what parsing a text takes."""
    made = Grid("Parsing a text", ("text", "new", "cached"))
    for name, race in results.parsing.items():
        made.rows.append((name, duration(race.median("new")), duration(race.median("cached"))))
    return made


def predicates(results: Results, *, each: bool = False) -> Grid:
    """Draw what a call of a predicate takes: over the mix, and of each selector where asked.

    The ratios are to the lambda written by hand.
    """
    made = Grid(
        "A call of a predicate",
        ("selector", "by hand", *(cell for rival in _PREDICATES for cell in (rival, "ratio"))),
    )

    def row(name: str, race: Race | Mix) -> None:
        cells = [name, duration(race.median("by hand"))]
        for rival in _PREDICATES:
            cells += duration(race.median(rival)), times(race.ratio(rival, "by hand"))
        made.rows.append(cells)

    for name, race in results.predicates.items() if each else ():
        row(name, race)
    made.rows.append(())
    row(f"mean of {len(results.predicates)}", Mix(results.predicates.values()))
    return made


def queries(results: Results, size: int) -> Grid:
    """Draw what an answer to each query takes at one size, and to the mix of them."""
    made = Grid(f"An answer from {size:,} label sets", ("query", *_QUERY_COLUMNS))
    races = results.queries[size]
    made.rows.extend((name, *_answers(race)) for name, race in races.items())
    made.rows.append(())
    made.rows.append((f"mean of {len(races)}", *_answers(Mix(races.values()))))
    return made


def sizes(results: Results) -> Grid:
    """Draw what an answer takes at each size, as the mean of the queries, and the least gain."""
    made = Grid("An answer, mean of all queries", ("label sets", *_QUERY_COLUMNS, "at\nleast"))
    for size, races in results.queries.items():
        least = min(race.ratio("scan by hand", "select") for race in races.values())
        made.rows.append((f"{size:,}", *_answers(Mix(races.values())), times(least)))
    return made


def builds(results: Results) -> Grid:
    """Draw what making an index from a dict of dicts takes."""
    made = Grid("Making the index", ("label sets", "in all", "a label set"))
    for size, seconds in results.builds.items():
        made.rows.append((f"{size:,}", duration(seconds), duration(seconds / size)))
    return made


_PREDICATES = ("compiled", "checked", "matches")

_QUERY_COLUMNS = ("scan,\nby hand", "scan,\ncompiled", "count", "select", "faster than\nby hand")


def _answers(race: Race | Mix) -> list[str]:
    rivals = ("scan by hand", "scan compiled", "count", "select")
    return [
        *(duration(race.median(rival)) for rival in rivals),
        times(race.ratio("scan by hand", "select")),
    ]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
