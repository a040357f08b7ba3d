"""Layouts: where a table holds labels.

==============  =======================================================================
`Columns`       one column a key; NULL where the label is absent
`MapColumn`     one column with a map of strings to strings
`StructColumn`  one column with a struct: one field a key
`JsonColumn`    one column with a JSON object of strings
`Hstore`        one column of PostgreSQL's type hstore
`LongTable`     another table with one row a label: id, key, value
==============  =======================================================================

A layout names columns and tables. `labelsel.engines` quotes the names; none is pasted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labelsel.errors import (
    TranslationError,
    describe,
    list_words,
    require_each,
    require_several,
    require_type,
)

__all__ = [
    "Columns",
    "Hstore",
    "JsonColumn",
    "LongTable",
    "MapColumn",
    "StructColumn",
    "TableLayout",
    "unknown_layout",
]


class TableLayout:
    """The parent of all layouts: a layout says where a table holds labels.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> from labelsel.engines import MapColumn, TableLayout
    >>> isinstance(MapColumn("labels"), TableLayout)
    True
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True, init=False)
class Columns(TableLayout):
    """One column a key; NULL is an absent label.

    A key without a column is absent everywhere.

    Arguments:
        columns: the keys that have a column: a mapping from keys to names of columns, or the keys,
            if each column has the name of its key.
        strict: whether a key without a column is an error instead.

    Raises:
        TypeError: ``columns`` is one string, or a key or a name is not a string.

    Complexity:
        O(columns).

    >>> from labelsel.engines import Columns, to_sql
    >>> layout = Columns({"app.kubernetes.io/name": "app"})
    >>> to_sql("app.kubernetes.io/name", layout, dialect="duckdb")
    '("app" IS NOT NULL)'
    >>> to_sql("tier", layout, dialect="duckdb")
    '(1 = 0)'
    """

    columns: Mapping[str, str]
    strict: bool

    def __init__(self, columns: Mapping[str, str] | Iterable[str], *, strict: bool = False) -> None:
        given = require_several("keys, or a mapping from keys to columns", columns)
        pairs = (
            given if isinstance(given, Mapping) else {key: key for key in require_each(str, given)}
        )
        for name in (*pairs, *pairs.values()):
            require_type(str, name)
        object.__setattr__(self, "columns", dict(pairs))
        object.__setattr__(self, "strict", strict)

    def column_of(self, key: str) -> str | None:
        """Return the column of a key.

        Arguments:
            key: the label key.

        Returns:
            The name of the column; None if the key has none.

        Raises:
            TranslationError: the key has no column, and the layout is strict.

        Complexity:
            O(1).

        >>> Columns({"app.kubernetes.io/name": "app"}).column_of("app.kubernetes.io/name")
        'app'
        """
        column = self.columns.get(key)
        if column is None and self.strict:
            raise TranslationError(key, "column", "the layout is strict and has no column for it")
        return column


@dataclass(frozen=True, slots=True, init=False)
class StructColumn(TableLayout):
    """One column with a struct: one field a key; NULL is an absent label, or no labels.

    Arguments:
        column: the column.
        fields: the keys that have a field: a mapping from keys to names of fields, or the keys, if
            each field has the name of its key. A key without a field is absent everywhere. The
            attribute ``fields`` is the same as `Columns`.
        strict: whether a key without a field is an error instead.

    Raises:
        TypeError: the column is not a string, ``fields`` is one string, or a key or a name is not a
            string.

    Complexity:
        O(fields).

    >>> from labelsel.engines import StructColumn
    >>> StructColumn("labels", ["app", "tier"]).fields.column_of("app")
    'app'
    """

    column: str
    fields: Columns

    def __init__(
        self, column: str, fields: Mapping[str, str] | Iterable[str], *, strict: bool = False
    ) -> None:
        require_type(str, column)
        object.__setattr__(self, "column", column)
        object.__setattr__(self, "fields", Columns(fields, strict=strict))


@dataclass(frozen=True, slots=True)
class _OneColumn(TableLayout):
    """A layout whose labels are all in one column."""

    column: str = "labels"

    def __post_init__(self) -> None:
        require_type(str, self.column)


@dataclass(frozen=True, slots=True)
class MapColumn(_OneColumn):
    r"""One column with a map of strings to strings; NULL is no labels.

    Arguments:
        column: the column.

    Raises:
        TypeError: the column is not a string.

    Complexity:
        O(1).

    >>> from labelsel.engines import MapColumn, to_sql
    >>> to_sql("app", MapColumn("labels"), dialect="datafusion")
    '(map_extract("labels", \'app\')[1] IS NOT NULL)'
    """


@dataclass(frozen=True, slots=True)
class JsonColumn(_OneColumn):
    """One column with a JSON object of strings (PostgreSQL: jsonb); NULL is no labels.

    Arguments:
        column: the column.

    Raises:
        TypeError: the column is not a string.

    Complexity:
        O(1).

    >>> from labelsel.engines import JsonColumn, to_sql
    >>> print(to_sql("app=web", JsonColumn("labels"), dialect="postgresql"))
    ("labels" IS NOT NULL AND "labels" @> ANY (CAST(ARRAY['{"app": "web"}'] AS jsonb[])))
    """


@dataclass(frozen=True, slots=True)
class Hstore(_OneColumn):
    """One column of PostgreSQL's type hstore; NULL is no labels.

    Arguments:
        column: the column.

    Raises:
        TypeError: the column is not a string.

    Complexity:
        O(1).

    >>> from labelsel.engines import Hstore, to_sql
    >>> print(to_sql("app", Hstore("labels"), dialect="postgresql"))
    ("labels" ? 'app' AND ("labels" -> 'app') IS NOT NULL)
    """


@dataclass(frozen=True, slots=True)
class LongTable(TableLayout):
    """Another table with one row a label; no two rows have the same id and key.

    Arguments:
        of: the name, in the query, of the queried table.
        column: the column of the queried table that ``id`` refers to.
        table: the table of the labels.
        id: its column that refers to ``column`` of the queried table.
        key: its column with the key.
        value: its column with the value.

    Raises:
        TypeError: a name is not a string.

    Complexity:
        O(1).

    >>> from labelsel.engines import LongTable, layout_text
    >>> layout_text(LongTable("pods", id="pod"))
    'long:labels(pod,key,value)@pods(id)'
    """

    of: str
    column: str = "id"
    table: str = "labels"
    id: str = "object_id"
    key: str = "key"
    value: str = "value"

    def __post_init__(self) -> None:
        for name in (self.of, self.column, self.table, self.id, self.key, self.value):
            require_type(str, name)


def unknown_layout(layout: object, known: Iterable[str], engine: str) -> Exception:
    """Return the error for a layout that is not one of the ``known`` ones of an engine."""
    if not isinstance(layout, TableLayout):
        return TypeError(f"expected a layout, such as MapColumn('labels'), not {describe(layout)}")
    reason = f"{engine} has {list_words(list(known), 'and')}"
    return TranslationError(type(layout).__name__, f"layout of {engine}", reason)
