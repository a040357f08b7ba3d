"""The same selector on other engines: databases, dataframes and files of columns.

A selector is resolved, so that only equality and presence are left (`resolve`), and written for a
layout (`Columns`, `MapColumn`, ...) in the words of an engine. Its meaning is `allows`, as
everywhere.

>>> from labelsel.engines import MapColumn, to_sql
>>> print(to_sql("app=web,!debug", MapColumn("labels"), dialect="duckdb"))
(coalesce("labels"['app'] COLLATE C IN ('web'), FALSE) AND (NOT ("labels"['debug'] IS NOT NULL)))
"""

from __future__ import annotations

from labelsel.engines.dialects import DIALECTS, Dialect, LayoutSql
from labelsel.engines.layout_text import layout_text, parse_layout
from labelsel.engines.resolve import MAX_VALUES, ValuesOfKey, resolve
from labelsel.engines.sql import BoundSql, to_bound_sql, to_sql, values_sql
from labelsel.engines.sqlalchemy_expressions import to_sqlalchemy, values_select
from labelsel.engines.table_layouts import (
    Columns,
    Hstore,
    JsonColumn,
    LongTable,
    MapColumn,
    StructColumn,
    TableLayout,
)

__all__ = [
    "DIALECTS",
    "MAX_VALUES",
    "BoundSql",
    "Columns",
    "Dialect",
    "Hstore",
    "JsonColumn",
    "LayoutSql",
    "LongTable",
    "MapColumn",
    "StructColumn",
    "TableLayout",
    "ValuesOfKey",
    "layout_text",
    "parse_layout",
    "resolve",
    "to_bound_sql",
    "to_sql",
    "to_sqlalchemy",
    "values_select",
    "values_sql",
]
