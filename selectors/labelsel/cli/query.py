"""``labelsel query``: the rows of a database or of Parquet files that match."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import click

from labelsel.cli.command import KubectlCommand
from labelsel.cli.databases import open_database
from labelsel.cli.label_tables import choose_labels
from labelsel.cli.no_objects import contradiction, required_labels, unmet_value
from labelsel.cli.object_columns import label_header
from labelsel.cli.options import Target, label_keys_option, option_group, selector_option
from labelsel.cli.output import print_lines
from labelsel.cli.paths import expand_path
from labelsel.cli.printers import (
    DataResult,
    NamesResult,
    Output,
    TableResult,
    format_option,
)
from labelsel.cli.screen import Failure, say
from labelsel.cli.selector_flags import LABEL_FLAGS, selector_failure, target_labels
from labelsel.cli.table_rows import LabelRow, TableRows
from labelsel.cli.tables import NONE, TableColumn, print_table
from labelsel.cli.translate_sql import LAYOUTS_HELP, layout_option, max_values_option
from labelsel.errors import SelectorError
from labelsel.selector import Selector
from labelsel.typos import Comparisons, did_you_mean, nearest

__all__ = ["query_command"]

_HELP: Final = f"""\
Show the rows of a database or of Parquet files that match.

PATH is a DuckDB database, a SQLite database, or any number of Parquet files, patterns in quotes
and folders of Parquet files. The content of a file says what it is. Files are only read. DuckDB
and Parquet need the extra labelsel[sql].

The columns say where the labels are, if they leave no doubt: a column of maps, a column "labels"
of JSON objects, or a second table with a row for each label. Without any of them each column of
text is a label. A message says what was taken; --layout and --table choose something else.

A selector selects exactly the rows that it would select as objects: a NULL is an absent label,
and an empty text an empty value. A key without a column is an error.

{LAYOUTS_HELP}

The exit status is 0, also if nothing matches; 1 if a selector or the input is bad; 2 if the
command line is wrong.

\b
Examples:
  labelsel query -l 'app=web,!debug' shop.duckdb
  labelsel query -l 'cores>4' -L zone,cores 'nodes/*.parquet'
  labelsel query -l tier=front --table pods --layout map:tags shop.db -o json
  labelsel query -e "app == 'web' || !has(tier)" pods.parquet --show-labels
  labelsel query -l app=web shop.duckdb --count
  labelsel query -l app=web logs/ --limit 20 --no-headers
"""

_NAMES: Final = ("name", "id")
"""The columns whose value names a row, the first one first."""


@dataclass(frozen=True, slots=True)
class _Rows(DataResult, NamesResult, TableResult):
    """The rows that were found.

    Attributes:
        rows: the rows.
        table: the name of their table.
        columns: the names of its columns, without the one that holds all labels.
        output: which columns of labels a table of them has.
    """

    rows: Sequence[LabelRow]
    table: str
    columns: Sequence[str]
    output: Output

    def data(self) -> object:
        rows = [{"columns": row.columns, "labels": row.labels} for row in self.rows]
        return {"table": self.table, "rows": rows}

    def names(self) -> Iterable[str]:
        lower = {column.lower(): column for column in reversed(self.columns)}
        column = next((lower[name] for name in _NAMES if name in lower), None)
        if column is None:
            raise Failure(f"-o name: the table {self.table} has no column name and no column id")
        return (_text(row.columns[column]) for row in self.rows)

    def print_table(self, *, wide: bool) -> None:
        del wide  # there are no further columns
        if self.rows:
            columns = [_column(name) for name in self.columns]
            columns += [_label_column(key) for key in self.output.label_keys]
            if self.output.show_labels:
                columns.append(TableColumn("LABELS", _labels, "yellow"))
            print_table(self.rows, columns, headers=not self.output.no_headers)


@dataclass(frozen=True, slots=True)
class _Count(DataResult, TableResult):
    """How many rows there are."""

    count: int

    def data(self) -> object:
        return self.count

    def print_table(self, *, wide: bool) -> None:
        del wide  # there is one number
        print_lines([str(self.count)])


@dataclass(frozen=True, slots=True)
class _Tables:
    """Which tables are read.

    Attributes:
        paths: a database, or files and folders.
        table: the name of the table, or None.
        layout: the text of its layout, or None.
        max_values: most values that one requirement may become.
    """

    paths: tuple[str, ...]
    table: str | None
    layout: str | None
    max_values: int


def _expand(_context: click.Context, _param: object, texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        if "://" in text:
            raise click.BadParameter(f"{text!r} is a URL, and nothing is fetched: download it")
    return tuple(path for text in texts for path in expand_path(text))


@click.command("query", cls=KubectlCommand, help=_HELP)
@option_group(
    "tables",
    _Tables,
    click.argument(
        "paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(), callback=_expand
    ),
    click.option(
        "--table",
        metavar="TABLE",
        help="The table: --table pods, --table sales.pods. A name with a dot stands in double "
        "quotes, if another table can be meant.",
    ),
    layout_option("Where the table holds labels, if its columns do not say it"),
    max_values_option,
)
@option_group("target", Target, selector_option())
@click.option("--count", is_flag=True, help="Print only how many rows match: -l app=web --count.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show the first N rows, and say how many there are: --limit 20.",
)
@option_group(
    "output",
    Output,
    format_option(
        _Rows,
        "How to print: name prints the column name or id; json and yaml print columns and labels "
        "of each row.",
    ),
    click.option("--no-headers", is_flag=True, help="Print the table without headings."),
    click.option("--show-labels", is_flag=True, help="Add a column with all labels."),
    label_keys_option("-L", "--label-columns", about="Add a column with this label's value."),
)
def query_command(
    *, tables: _Tables, target: Target, count: bool, limit: int | None, output: Output
) -> None:
    """Print the rows that match, or their number."""
    if count:
        _refuse_beside_count(limit, output)
    selector = target_labels(target, metrics=True)
    with open_database(tables.paths) as database:
        labels = choose_labels(database, tables.table, tables.layout)
        if tables.layout is None:
            say(f"{database.path} ({database.kind}) is read with {labels.text}")
        rows = TableRows(database, labels, tables.max_values)
        try:
            rows.check(selector, with_labels=not count and _shows_labels(output))
            if count:
                number = rows.count(selector)
                output.print(_Count(number))
            else:
                number = _print_rows(rows, selector, limit, output)
            if not number:
                _report_no_rows(rows, target, selector)
        except SelectorError as error:
            raise selector_failure(database.path, error, "command") from error


def _refuse_beside_count(limit: int | None, output: Output) -> None:
    if limit is not None:
        raise click.UsageError("--count and --limit cannot be combined: leave one of them out")
    if output.format == "name":
        raise click.UsageError("--count prints a number: leave -o name out")


def _print_rows(rows: TableRows, selector: Selector, limit: int | None, output: Output) -> int:
    """Print the rows, say what is missing among them, and return their number."""
    found = rows.select(selector, limit, with_labels=_shows_labels(output))
    columns = [column for column in rows.table.columns if column != rows.holder]
    output.print(_Rows(found, rows.table.text, columns, output))
    if limit is not None and len(found) == limit:
        count = rows.count(selector)
        if count > limit:
            say(f"{limit:,} of {count:,} rows are shown: --limit cuts the others")
    comparisons = Comparisons()
    for key in output.label_keys if found else ():
        if not any(key in row.labels for row in found) and not rows.values(key):
            say(_no_label(rows, key, comparisons))
    return len(found)


def _shows_labels(output: Output) -> bool:
    return output.format != "name" and bool(
        output.format != "table" or output.show_labels or output.label_keys
    )


def _report_no_rows(rows: TableRows, target: Target, selector: Selector) -> None:
    """Say that no row matches, and which label or value no row has, as ``get`` does."""
    say("No rows found")
    contradictions = list(contradiction(target, selector, LABEL_FLAGS))
    for line in contradictions:
        say(line)
    comparisons = Comparisons()
    for requirement in () if contradictions else required_labels(selector):
        values = rows.values(requirement.key)
        if not values:
            say(_no_label(rows, requirement.key, comparisons))
        for line in unmet_value(requirement, values, "row", comparisons) if values else ():
            say(line)


def _no_label(rows: TableRows, key: str, comparisons: Comparisons) -> str:
    return f"No row has the label {key}{did_you_mean(nearest(key, rows.keys, comparisons))}"


def _column(name: str) -> TableColumn[LabelRow]:
    return TableColumn(name.upper(), lambda row: _text(row.columns[name]))


def _label_column(key: str) -> TableColumn[LabelRow]:
    return TableColumn(label_header(key), lambda row: row.labels.get(key, ""), "yellow")


def _labels(row: LabelRow) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(row.labels.items())) or NONE


def _text(value: Any) -> str:
    """Return the value of a column as a cell has it."""
    if value is None:
        return NONE
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
