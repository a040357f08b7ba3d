"""Where the tables of a file hold labels: as the user says, or as only one reading is possible.

Open `choose_labels` first.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from labelsel.cli.databases import SQLITE, Database, Table
from labelsel.cli.screen import Failure
from labelsel.engines import (
    Columns,
    Hstore,
    JsonColumn,
    LongTable,
    MapColumn,
    TableLayout,
    layout_text,
    parse_layout,
)
from labelsel.engines.layout_text import LAYOUT_SHAPES
from labelsel.errors import list_words, quote
from labelsel.typos import did_you_mean, nearest

__all__ = ["LabelTable", "choose_labels", "require_columns", "require_text"]

_LABELS: Final = "labels"
"""The name of a column that holds labels if it can."""

_A_ROW_A_LABEL: Final = (
    f"  --layout '{LAYOUT_SHAPES['long']}' with your names, if one table has a row for each label"
)

_MAP: Final = "MAP(VARCHAR, VARCHAR)"


@dataclass(frozen=True, slots=True)
class LabelTable:
    """A table whose rows have labels.

    Attributes:
        table: the table.
        layout: where its labels are.
    """

    table: Table
    layout: TableLayout

    @property
    def holder(self) -> str | None:
        """The column that holds all labels of a row, or None."""
        layout = self.layout
        return layout.column if isinstance(layout, MapColumn | JsonColumn) else None

    @property
    def text(self) -> str:
        """How the command line says the same."""
        layout = "columns" if isinstance(self.layout, Columns) else layout_text(self.layout)
        return f"--table {shlex.quote(self.table.text)} --layout {shlex.quote(layout)}"


def choose_labels(database: Database, table: str | None, layout: str | None) -> LabelTable:
    """Return the table that is queried, and where its labels are.

    1. What ``--table`` and ``--layout`` say holds.
    2. Without ``--layout`` a column of maps of texts holds the labels, or a column ``labels`` of
       JSON objects, or a second table with the columns ``key`` and ``value`` and one that refers
       to the first; if there is no such column, each column of text is a label.
    3. If that leaves several tables or columns, it is an error that lists them.

    Raises:
        Failure: the choice is not certain, or the file does not have what was named.
    """
    named = None if table is None else database.table(table)
    if not database.tables:
        readable = " that can be read" if database.unreadable else ""
        raise database.failure(f"it has no tables{readable}")
    if layout is not None:
        return _explicit(database, named, layout)
    found = list(_candidates(database, named))
    if not found:
        tables = database.tables if named is None else [named]
        found = [LabelTable(each, _text_columns(database, each)) for each in tables]
    if len(found) == 1:
        return found[0]
    raise Failure(
        f"{database.path}: it is not certain where the labels are; choose one of",
        *(f"  {each.text}" for each in found),
        *([_A_ROW_A_LABEL] if all(isinstance(each.layout, Columns) for each in found) else []),
    )


# What the schema says


def _candidates(database: Database, named: Table | None) -> Iterator[LabelTable]:
    for table in database.tables if named is None else [named]:
        holders = list(_holders(database, table))
        by_name = [layout for layout in holders if layout.column == _LABELS]
        for layout in by_name or holders:
            yield LabelTable(table, layout)
        for long in _long_tables(database, table):
            yield LabelTable(table, long)


def _holders(database: Database, table: Table) -> Iterator[MapColumn | JsonColumn]:
    """Yield the layouts of the columns that can hold all labels of a row."""
    for column, type_ in table.columns.items():
        if type_ == _MAP:
            yield MapColumn(column)
        elif column == _LABELS and type_ != "JSON" and database.is_nested(type_):
            raise _no_map_of_texts(database, table, column)
        elif column == _LABELS and _is_json(database, table, column, type_):
            yield JsonColumn(column)


def _is_json(database: Database, table: Table, column: str, type_: str) -> bool:
    """Return whether a column has JSON objects: by its type, or because all its texts are."""
    if type_.upper() == "JSON":
        return True
    if not database.is_text(type_):
        return False
    quoted = database.identifier(column)
    count, objects = database.rows(
        f"SELECT count({quoted}), count(CASE WHEN json_valid({quoted})"
        f" THEN CASE WHEN lower(json_type({quoted})) IN ('object', 'null') THEN 1 END END)"
        f" FROM {database.source(table)}"
    )[0]
    return bool(count) and count == objects


def _long_tables(database: Database, table: Table) -> Iterator[LongTable]:
    """Yield the layouts of the tables that have a row for each label of a row of a table."""
    if len(table.name) > 1:
        return
    for other in database.tables:
        rest = [column for column in other.columns if column not in ("key", "value")]
        if other is table or len(other.name) > 1 or len(rest) != len(other.columns) - 2:
            continue
        if len(rest) == 1 and (column := _referred(table, rest[0])):
            yield LongTable(table.name[-1], column, other.name[-1], rest[0])


def _referred(table: Table, column: str) -> str | None:
    """Return the column of a table that a column of another one refers to, by their names."""
    if column in table.columns and column != "id":
        return column
    singular = re.escape(table.name[-1].removesuffix("s"))
    refers = re.fullmatch(rf"(object|row|item|{singular}s?)(_?id)?", column, re.IGNORECASE)
    return "id" if "id" in table.columns and (refers or column == "id") else None


def _text_columns(database: Database, table: Table) -> Columns:
    keys = [column for column, type_ in table.columns.items() if database.is_text(type_)]
    return Columns(keys, strict=True)


# What the command line says


def _explicit(database: Database, named: Table | None, text: str) -> LabelTable:
    """Return what --layout says, with the only table that can be meant."""
    layout = parse_layout(text, keys=(), strict=True)
    if isinstance(layout, Hstore) or (isinstance(layout, MapColumn) and database.kind == SQLITE):
        raise Failure(f"{database.path}: {database.kind} has no columns of the kind {text}")
    if isinstance(layout, LongTable):
        table = database.table_of_layout(layout.of)
        if named not in (None, table):
            problem = f"--table {named.text} and --layout {text} name two tables: leave one out"
            raise Failure(problem)
        return _checked(database, LabelTable(table, layout))
    tables = [each for each in database.tables if set(_columns_of(layout)) <= set(each.columns)]
    if named is None and not tables and len(database.tables) > 1:
        columns = list_words(_columns_of(layout), "and")
        raise database.failure(f"no table has the columns of --layout {text}: {columns}")
    chosen = [named] if named is not None else tables or database.tables
    if len(chosen) > 1:
        raise Failure(
            f"{database.path}: several tables fit --layout {text}; choose one of",
            *(f"  --table {shlex.quote(each.text)}" for each in chosen),
        )
    if text == "columns":
        return LabelTable(chosen[0], _text_columns(database, chosen[0]))
    return _checked(database, LabelTable(chosen[0], layout))


def _columns_of(layout: TableLayout) -> list[str]:
    """Return the columns of the queried table that a layout needs."""
    if isinstance(layout, Columns):
        return list(layout.columns.values())
    assert isinstance(layout, MapColumn | JsonColumn)  # the others were refused, or name a table
    return [layout.column]


def _checked(database: Database, labels: LabelTable) -> LabelTable:
    """Return labels whose columns exist and can hold texts; a failure for others."""
    table, layout = labels.table, labels.layout
    match layout:
        case LongTable():
            other = database.table_of_layout(layout.table)
            require_columns(database, table, [layout.column])
            require_columns(database, other, [layout.id, layout.key, layout.value])
            require_text(database, other, [layout.key, layout.value])
        case MapColumn(column=column):
            require_columns(database, table, [column])
            if table.columns[column] != _MAP:
                raise _no_map_of_texts(database, table, column)
        case JsonColumn(column=column):
            require_columns(database, table, [column])
            if table.columns[column].upper() != "JSON":
                require_text(database, table, [column])
        case _:
            require_columns(database, table, _columns_of(layout))
            require_text(database, table, _columns_of(layout))
    return labels


def require_columns(database: Database, table: Table, columns: Iterable[str]) -> None:
    """Raise a failure for the first column that a table does not have."""
    for column in columns:
        if column not in table.columns:
            meant = did_you_mean(nearest(column, table.columns))
            problem = f"the table {table.text} has no column {quote(column)}"
            has = f"; it has {list_words(list(table.columns), 'and')}"
            raise database.failure(f"{problem}{meant or has}")


def require_text(database: Database, table: Table, columns: Iterable[str]) -> None:
    """Raise a failure for the first column that is not one of text."""
    for column in columns:
        if not database.is_text(table.columns[column]):
            raise _wrong_type(database, table, column, "text, as the values of labels are")


def _no_map_of_texts(database: Database, table: Table, column: str) -> Failure:
    type_ = table.columns[column]
    if not type_.startswith("MAP("):
        return _wrong_type(database, table, column, f"a map of texts to texts{_advice(type_)}")
    return database.failure(
        f"the column {quote(column)} of the table {table.text} has maps whose keys or values are no"
        f" texts: {type_}; labels are texts, and the number 7 may be 7, 07 or 7.0: write what you"
        f" mean into a column of the type {_MAP}"
    )


def _advice(type_: str) -> str:
    """Return how DuckDB makes labels of a nested type."""
    if type_.endswith("[]"):
        return "; map_from_entries() of DuckDB makes maps of lists of keys and values"
    if type_.startswith("STRUCT("):
        return "; to_json() of DuckDB makes of it what --layout json:COLUMN reads"
    return ""


def _wrong_type(database: Database, table: Table, column: str, needed: str) -> Failure:
    type_ = table.columns[column] or "without a type"
    return database.failure(
        f"the column {quote(column)} of the table {table.text} is {type_}, and not {needed}"
    )
