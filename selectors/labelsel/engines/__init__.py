"""The same selector on other engines: databases, dataframes and files of columns.

A selector is resolved, so that only equality and presence are left (`resolve`), and written for a
layout (`Columns`, `MapColumn`, ...) in the words of an engine. Its meaning is `allows`, as
everywhere.

>>> from labelsel.engines import MapColumn, to_sql
>>> print(to_sql("!debug", MapColumn("labels"), dialect="datafusion"))
(NOT (map_extract("labels", 'debug')[1] IS NOT NULL))
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from labelsel.engines.dialects import DIALECTS, Dialect, LayoutSql
from labelsel.engines.layout_text import layout_text, parse_layout
from labelsel.engines.resolve import ValuesOfKey, resolve
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
from labelsel.limits import MAX_VALUES

if TYPE_CHECKING:
    from labelsel.engines.arrow import to_arrow, values_arrow
    from labelsel.engines.polars import to_polars, values_polars

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
    "to_arrow",
    "to_bound_sql",
    "to_polars",
    "to_sql",
    "to_sqlalchemy",
    "values_arrow",
    "values_polars",
    "values_select",
    "values_sql",
]

#: The names whose module imports the package of an engine, which is an extra: each is imported when
#: it is first used (PEP 562).
_MODULE_OF = {
    "to_arrow": "labelsel.engines.arrow",
    "to_polars": "labelsel.engines.polars",
    "values_arrow": "labelsel.engines.arrow",
    "values_polars": "labelsel.engines.polars",
}


# Hidden from type checkers, to which every name would exist.
if not TYPE_CHECKING:  # pragma: no branch  # false for type checkers only

    def __getattr__(name: str) -> object:
        module = _MODULE_OF.get(name)
        if module is None:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        return getattr(import_module(module), name)
