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
from typing import Any

from labelsel.cli.databases import SQLITE, Database
from labelsel.cli.label_tables import LabelTable, require_columns, require_text
from labelsel.cli.translate_sql import check_keys
from labelsel.engines import (
    BoundSql,
    Columns,
    JsonColumn,
    LongTable,
    MapColumn,
    to_bound_sql,
    values_sql,
)
from labelsel.engines.dialects import dialect_named
from labelsel.errors import quote
from labelsel.selector import Selector

__all__ = ["LabelRow", "TableRows"]


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
    """

    def __init__(self, database: Database, labels: LabelTable) -> None:
        self.database = database
        self.table = labels.table
        self.layout = labels.layout
        self.holder = labels.holder
        self._values: dict[str, list[str]] = {}

    def values(self, key: str) -> list[str]:
        """Return the distinct values of a key; none if no row has it."""
        if isinstance(self.layout, Columns) and key not in self.layout.columns:
            return []
        if key not in self._values:
            query = values_sql(key, self.layout, self.table.name, dialect=self.database.dialect)
            self._values[key] = [value for (value,) in self.database.rows(query)]
        return self._values[key]

    @cached_property
    def keys(self) -> list[str]:
        """The keys of all labels, sorted. Reads the whole table unless each has a column."""
        if isinstance(self.layout, Columns):
            return sorted(self.layout.columns)
        return sorted(key for (key,) in self.database.rows(self._keys_query()) if key is not None)

    def check(self, selector: Selector) -> None:
        """Raise a failure where a label that a selector needs is not a text.

        A key without a column is a failure, too: ``!tier`` would select every row.
        """
        keys = sorted(selector.keys())
        if isinstance(self.layout, Columns):
            self._check_columns(self.layout, keys, selector)
        elif isinstance(self.layout, JsonColumn):
            self._check_json(self.layout.column)
        elif isinstance(self.layout, LongTable) and keys:
            self._check_long(self.layout, keys)

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
        return to_bound_sql(
            selector, self.layout, dialect=self.database.dialect, values=self.values
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
                return f"SELECT DISTINCT j.key FROM {source}, json_each({self._holder}) AS j"
            case _:
                return f"SELECT DISTINCT unnest(json_keys({self._holder})) FROM {source}"

    def _long_labels(
        self, layout: LongTable, chosen: str, parameters: Mapping[str, object]
    ) -> dict[Any, dict[str, str]]:
        """Return the labels of each chosen row by its id."""
        quoted = self._quoted
        cell = self.database.cell(layout.column, self.table.columns[layout.column])
        found = self.database.rows(
            f"SELECT {cell}, l.{quoted(layout.key)}, l.{quoted(layout.value)}"
            f" FROM {quoted(layout.table)} AS l JOIN (SELECT {quoted(layout.column)}"
            f" FROM {chosen}) AS o ON l.{quoted(layout.id)} = o.{quoted(layout.column)}",
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
                require_columns(self.database, self.table, [key])
                require_text(self.database, self.table, [key])
                check_keys(selector, layout)
            elif self.database.kind == SQLITE:
                self._require_no_row(
                    f"SELECT typeof({self._quoted(column)}) AS type FROM {self._source}"
                    " WHERE type NOT IN ('text', 'null')",
                    f"the column {quote(column)} has a value that is not text, but of the type",
                )

    def _check_json(self, column: str) -> None:
        json_ = self._holder
        if self.database.kind == SQLITE:
            query = (
                f"SELECT {json_} FROM {self._source} WHERE CASE"
                f" WHEN json_type({json_}) = 'object' THEN"
                f" EXISTS (SELECT 1 FROM json_each({json_}) WHERE type NOT IN ('text', 'null'))"
                f" OR (SELECT count(*) > count(DISTINCT key) FROM json_each({json_}))"
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

    def _check_long(self, layout: LongTable, keys: Iterable[str]) -> None:
        table = self._quoted(layout.table)
        key, value = self._exact(layout.key), self._quoted(layout.value)
        literal = dialect_named(self.database.dialect).literal
        used = f"{key} IN ({', '.join(map(literal, keys))})"
        if self.database.kind == SQLITE:
            held = self._quoted(layout.key)  # before the cast to text
            self._require_no_row(
                f"SELECT typeof({held}) || ' and ' || typeof({value}) AS types FROM {table}"
                f" WHERE typeof({held}) <> 'text'"
                f" OR ({used} AND types NOT IN ('text and text', 'text and null'))",
                f"the table {layout.table} must have texts as key and value, but has",
            )
        id_ = self._quoted(layout.id)
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

    def _exact(self, column: str) -> str:
        exact = dialect_named(self.database.dialect).forms[Columns].value
        return exact.format(column=self._quoted(column))
