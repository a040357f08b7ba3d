"""The rows of a table that a selector selects, with their labels.

The values of labels are checked before a selector is answered: a number or a list in their place is
an error, because engines differ in what it equals.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from labelsel.cli.databases import SQLITE, WHOLE_NUMBERS, Database
from labelsel.cli.label_tables import LabelTable, require_columns, require_text
from labelsel.cli.translate_sql import check_keys, naming_limit
from labelsel.engines import (
    MAX_VALUES,
    BoundSql,
    Columns,
    JsonColumn,
    LongTable,
    MapColumn,
    to_bound_sql,
    values_sql,
)
from labelsel.engines.dialects import SQLITE_KEY, SQLITE_MEMBERS, dialect_named
from labelsel.errors import list_words, quote
from labelsel.selector import Selector

__all__ = ["LabelRow", "TableRows"]

_TEXTS: Final = frozenset({"text", "VARCHAR"})
"""What SQLite and DuckDB call the type of texts."""


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One row.

    Attributes:
        columns: the values of its columns, without the column that holds all labels.
        labels: its labels.
    """

    columns: dict[str, Any]
    labels: dict[str, str]


class TableRows:
    """The rows of a table with labels. The distinct values of each key are read once.

    Arguments:
        database: the open file.
        labels: the table, and where its labels are.
        max_values: most values that one requirement may become; see `labelsel.engines.resolve`.
    """

    def __init__(
        self, database: Database, labels: LabelTable, max_values: int = MAX_VALUES
    ) -> None:
        self.database = database
        self.max_values = max_values
        self.table = labels.table
        self.layout = labels.layout
        self.holder = labels.holder
        self._values: dict[str, list[str]] = {}

    def values(self, key: str) -> list[str]:
        """Return the distinct values of a key; none if no row has it."""
        if isinstance(self.layout, Columns) and key not in self.layout.columns:
            return []
        if key not in self._values:
            name = self.database.full_name(self.table)
            query = values_sql(key, self.layout, name, dialect=self.database.dialect)
            self._values[key] = [value for (value,) in self.database.rows(query)]
        return self._values[key]

    @cached_property
    def keys(self) -> list[str]:
        """The keys of all labels, sorted. Reads the whole table unless each has a column."""
        if isinstance(self.layout, Columns):
            return sorted(self.layout.columns)
        return sorted(key for (key,) in self.database.rows(self._keys_query()) if key is not None)

    def check(self, selector: Selector, *, with_labels: bool = False) -> None:
        """Raise a failure where a label that a selector needs is not a text, or there twice.

        A key without a column is a failure, too: ``!tier`` would select every row. With
        ``with_labels`` all labels of a long table are needed.
        """
        keys = sorted(selector.keys())
        if isinstance(self.layout, Columns):
            self._check_columns(self.layout, keys, selector)
        elif isinstance(self.layout, JsonColumn):
            self._check_json(self.layout.column)
        elif isinstance(self.layout, MapColumn):
            self._check_map(self.layout.column)
        elif isinstance(self.layout, LongTable) and (keys or with_labels):
            self._check_ids(self.layout)
            self._check_long(self.layout, None if with_labels else keys)

    def count(self, selector: Selector) -> int:
        """Return how many rows a selector selects."""
        condition, parameters = self._condition(selector)
        query = f"SELECT count(*) FROM {self._source} WHERE {condition}"
        [(count,)] = self.database.rows(query, parameters)
        return int(count)

    def select(
        self, selector: Selector, limit: int | None = None, *, with_labels: bool = True
    ) -> list[LabelRow]:
        """Return the rows that a selector selects, or the first of them, in the table's order.

        Rows of a long table are in the order of their ids. Without ``with_labels`` its labels are
        not read.
        """
        columns = self.table.columns
        cells = ", ".join(self.database.cell(name, columns[name]) for name in columns)
        condition, parameters = self._condition(selector)
        chosen = f"{self._source} WHERE {condition}{self._end(limit)}"
        rows = [
            dict(zip(columns, map(self._plain, row, columns.values()), strict=True))
            for row in self.database.rows(f"SELECT {cells} FROM {chosen}", parameters)
        ]
        if isinstance(self.layout, LongTable):
            labels = self._long_labels(self.layout, chosen, parameters) if with_labels else {}
            return [LabelRow(row, labels.get(row[self.layout.column], {})) for row in rows]
        return [LabelRow(row, self._labels(row)) for row in rows]

    # Queries

    @property
    def _source(self) -> str:
        return self.database.source(self.table)

    def _condition(self, selector: Selector) -> BoundSql:
        with naming_limit():
            return to_bound_sql(
                selector,
                self.layout,
                dialect=self.database.dialect,
                values=self.values,
                limit=self.max_values,
            )

    def _end(self, limit: int | None) -> str:
        """Return the end of a query: two queries with the same end have the same rows."""
        order = ""
        if isinstance(self.layout, LongTable):
            order = f" ORDER BY {self._quoted(self.layout.column)}"
        return order if limit is None else f"{order} LIMIT {limit}"

    def _keys_query(self) -> str:
        quoted, source = self._quoted, self._source
        match self.layout:
            case LongTable(table=table, key=key):
                return f"SELECT DISTINCT {self._exact(key)} FROM {quoted(table)}"
            case MapColumn(column=column):
                return f"SELECT DISTINCT unnest(map_keys({quoted(column)})) FROM {source}"
            case _ if self.database.kind == SQLITE:
                members = SQLITE_MEMBERS.format(column=self._holder)
                return f"SELECT DISTINCT {SQLITE_KEY} FROM {source}, {members}"
            case _:
                return f"SELECT DISTINCT unnest(json_keys({self._holder})) FROM {source}"

    def _long_labels(
        self, layout: LongTable, chosen: str, parameters: Mapping[str, object]
    ) -> dict[Any, dict[str, str]]:
        """Return the labels of each chosen row by its id."""
        quoted = self._quoted
        cell = self.database.cell(layout.column, self.table.columns[layout.column])
        found = self.database.rows(
            f"SELECT o.cell, l.{quoted(layout.key)}, l.{quoted(layout.value)}"
            f" FROM {quoted(layout.table)} AS l JOIN (SELECT {quoted(layout.column)} AS id,"
            f" {cell} AS cell FROM {chosen}) AS o ON o.id = l.{quoted(layout.id)}",
            parameters,
        )
        labels: dict[Any, dict[str, str]] = defaultdict(dict)
        for row, key, value in found:
            if value is not None:
                labels[self._plain(row, "")][key] = value
        return labels

    # Checks

    def _check_columns(self, layout: Columns, keys: Iterable[str], selector: Selector) -> None:
        for key in keys:
            column = layout.columns.get(key)
            if column is None:
                self._require_column(key)
                require_text(self.database, self.table, [key])
                check_keys(selector, layout)
            elif self.database.kind == SQLITE:
                self._require_no_row(
                    f"SELECT typeof({self._quoted(column)}) AS type FROM {self._source}"
                    " WHERE type NOT IN ('text', 'null')",
                    f"the column {quote(column)} has a value that is not text, but of the type",
                )

    def _require_column(self, key: str) -> None:
        """Raise a failure for a key without a column; it says what a column ``labels`` may be."""
        if key not in self.table.columns and "labels" in self.table.columns:
            raise self.database.failure(
                f"the table {self.table.text} has no column {quote(key)}; if its column 'labels'"
                " has JSON objects, say so: --layout json:labels"
            )
        require_columns(self.database, self.table, [key])

    def _check_json(self, column: str) -> None:
        json_ = self._holder
        if self.database.kind == SQLITE:
            members = SQLITE_MEMBERS.format(column=json_)
            query = (
                f"SELECT {json_} FROM {self._source} WHERE CASE"
                f" WHEN json_type({json_}) = 'object' THEN"
                f" EXISTS (SELECT 1 FROM {members} WHERE j.type NOT IN ('text', 'null'))"
                f" OR (SELECT count(*) > count(DISTINCT {SQLITE_KEY}) FROM {members})"
                f" ELSE json_type({json_}) <> 'null' END"
            )
        else:
            # The cast fails for what is no object, and since 2.0 for a key that is there twice.
            keys = f"json_keys(CAST({json_} AS JSON))"
            pairs = f"CAST(CAST({json_} AS JSON) AS MAP(VARCHAR, JSON))"
            query = (
                f"SELECT text FROM (SELECT CAST({json_} AS VARCHAR) AS text,"
                f" unnest(map_values({pairs})) AS value FROM {self._source})"
                " WHERE json_type(value) NOT IN ('VARCHAR', 'NULL')"
                f" UNION ALL SELECT CAST({json_} AS VARCHAR) FROM {self._source}"
                f" WHERE len({keys}) > len(list_distinct({keys}))"
            )
        self._require_no_row(
            query, f"the column {quote(column)} must have objects of texts, each key once, but has"
        )

    def _check_map(self, column: str) -> None:
        keys = f"map_keys({self._holder})"
        self._require_no_row(
            f"SELECT CAST({self._holder} AS VARCHAR) FROM {self._source}"
            f" WHERE len({keys}) > len(list_distinct({keys}))",
            f"the column {quote(column)} must have maps with each key once, but has",
        )

    def _check_ids(self, layout: LongTable) -> None:
        """Raise a failure where the database takes two ids for one: '01' for 1, or 'A' for 'a'."""
        objects, labels = self._quoted(layout.of), self._quoted(layout.table)
        id_, refers = self._quoted(layout.column), self._quoted(layout.id)
        types = self._types_of_ids(layout)
        if len(types) > 1 or any(map(self.database.is_nested, types)):
            raise self.database.failure(
                f"the ids in {layout.of}.{layout.column} and {layout.table}.{layout.id} must be of"
                f" one type, numbers or texts, but are {list_words(sorted(types), 'and')}:"
                " '01' may be the number 1, and is another id"
            )
        if types & _TEXTS:
            exact = self._by_letters
            self._require_no_row(
                f"SELECT o.{id_} || ' and ' || l.{refers} FROM {objects} AS o JOIN {labels} AS l"
                f" ON o.{id_} = l.{refers} WHERE {exact(f'o.{id_}')} <> {exact(f'l.{refers}')}",
                f"{layout.of}.{layout.column} and {layout.table}.{layout.id} are compared without"
                " regard to case, accents or blanks, so these ids are one:",
            )

    def _types_of_ids(self, layout: LongTable) -> set[str]:
        """Return the types of both columns of ids, all kinds of whole numbers as one."""
        columns = ((layout.of, layout.column), (layout.table, layout.id))
        if self.database.kind == SQLITE:  # a column may have values of any type
            selects = (
                f"SELECT typeof({self._quoted(column)}) FROM {self._quoted(table)}"
                f" WHERE {self._quoted(column)} IS NOT NULL"
                for table, column in columns
            )
            return {type_ for (type_,) in self.database.rows(" UNION ".join(selects))}
        tables = (self.database.table_of_layout(table).columns[column] for table, column in columns)
        return {"INTEGER" if type_ in WHOLE_NUMBERS else type_ for type_ in tables}

    def _check_long(self, layout: LongTable, keys: Iterable[str] | None) -> None:
        """Check the labels of some keys, or of all."""
        table = self._quoted(layout.table)
        key, value = self._exact(layout.key), self._quoted(layout.value)
        literal = dialect_named(self.database.dialect).literal
        used = "1 = 1" if keys is None else f"{key} IN ({', '.join(map(literal, keys))})"
        if self.database.kind == SQLITE:
            held = self._quoted(layout.key)  # before the cast to text
            self._require_no_row(
                f"SELECT typeof({held}) || ' and ' || typeof({value}) AS types FROM {table}"
                f" WHERE typeof({held}) <> 'text'"
                f" OR ({used} AND types NOT IN ('text and text', 'text and null'))",
                f"the table {layout.table} must have texts as key and value, but has",
            )
        id_ = self._quoted(layout.id)
        if self._types_of_ids(layout) & _TEXTS:
            id_ = self._by_letters(id_)
        self._require_no_row(
            f"SELECT {key} FROM {table} WHERE {used} AND {id_} IS NOT NULL"
            f" GROUP BY {id_}, {key} HAVING count(*) > 1",
            f"the table {layout.table} has for one {layout.id} two rows of the key",
        )

    def _require_no_row(self, query: str, problem: str) -> None:
        for (found,) in self.database.rows(f"{query} LIMIT 1"):
            raise self.database.failure(f"{problem} {found}")

    # Values

    def _labels(self, row: dict[str, Any]) -> dict[str, str]:
        """Return the labels of a row; takes the column that holds them out of the row."""
        if isinstance(self.layout, Columns):
            held = {key: row[column] for key, column in self.layout.columns.items()}
        else:
            assert self.holder is not None  # a map or JSON
            held = row.pop(self.holder) or {}
            held = json.loads(held) or {} if isinstance(held, str) else held
        return {key: str(value) for key, value in held.items() if value is not None}

    def _plain(self, value: Any, type_: str) -> Any:
        """Return a value as JSON can express it."""
        if isinstance(value, str) and self.database.is_nested(type_):
            return json.loads(value)
        if isinstance(value, bytes):
            return value.hex()
        if isinstance(value, float) and not math.isfinite(value):
            return str(value)
        return value

    # Names

    @property
    def _holder(self) -> str:
        assert self.holder is not None  # JSON
        return self._quoted(self.holder)

    def _quoted(self, name: str) -> str:
        return self.database.identifier(name)

    def _by_letters(self, text: str) -> str:
        """Return an expression for a text as one that no collation compares."""
        return f"{text} COLLATE {'BINARY' if self.database.kind == SQLITE else 'C'}"

    def _exact(self, column: str) -> str:
        exact = dialect_named(self.database.dialect).forms[Columns].value
        return exact.format(column=self._quoted(column))
