"""The results of a run as tables, for the report and for the end of a run of pytest."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from benchmarks.measures import Results
from benchmarks.timing import Mix, Race, duration, times

__all__ = ["builds", "parsing", "predicates", "queries", "sizes", "table"]


def table(title: str, label: str, *columns: str) -> Table:
    """Return an empty table: a column of labels, which may be long, and columns of numbers."""
    made = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    made.add_column(label, overflow="fold")
    for column in columns:
        made.add_column(column, justify="right", no_wrap=True)
    return made


def parsing(results: Results) -> Table:
    """Draw what parsing a text takes."""
    made = table("Parsing a text", "text", "new", "cached")
    for name, race in results.parsing.items():
        made.add_row(Text(name), duration(race.median("new")), duration(race.median("cached")))
    return made


def predicates(results: Results, *, each: bool = False) -> Table:
    """Draw what a call of a predicate takes: over the mix, and of each selector where asked.

    The ratios are to the lambda written by hand.
    """
    made = table(
        "A call of a predicate", "selector", "by hand", "compiled", "ratio", "matches", "ratio"
    )

    def row(name: str, race: Race | Mix) -> None:
        cells = [duration(race.median("by hand"))]
        for rival in ("compiled", "matches"):
            cells += duration(race.median(rival)), times(race.ratio(rival, "by hand"))
        made.add_row(Text(name), *cells)

    for name, race in results.predicates.items() if each else ():
        row(name, race)
    made.add_section()
    row(f"mean of {len(results.predicates)}", Mix(results.predicates.values()))
    return made


def queries(results: Results, size: int) -> Table:
    """Draw what an answer to each query takes at one size, and to the mix of them."""
    made = table(f"An answer from {size:,} label sets", "query", *_QUERY_COLUMNS)
    races = results.queries[size]
    for name, race in races.items():
        made.add_row(Text(name), *_answers(race))
    made.add_section()
    made.add_row(f"mean of {len(races)}", *_answers(Mix(races.values())))
    return made


def sizes(results: Results) -> Table:
    """Draw what an answer takes at each size, as the mean of the queries, and the least gain."""
    made = table("An answer, mean of all queries", "label sets", *_QUERY_COLUMNS, "at\nleast")
    for size, races in results.queries.items():
        least = min(race.ratio("scan by hand", "select") for race in races.values())
        made.add_row(f"{size:,}", *_answers(Mix(races.values())), times(least))
    return made


def builds(results: Results) -> Table:
    """Draw what making an index from a dict of dicts takes."""
    made = table("Making the index", "label sets", "in all", "a label set")
    for size, seconds in results.builds.items():
        made.add_row(f"{size:,}", duration(seconds), duration(seconds / size))
    return made


_QUERY_COLUMNS = ("scan,\nby hand", "scan,\ncompiled", "count", "select", "faster than\nby hand")


def _answers(race: Race | Mix) -> list[str]:
    rivals = ("scan by hand", "scan compiled", "count", "select")
    return [
        *(duration(race.median(rival)) for rival in rivals),
        times(race.ratio("scan by hand", "select")),
    ]
