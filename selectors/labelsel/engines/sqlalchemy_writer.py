"""`SqlAlchemyWriter`: the templates of a dialect, filled with columns and parameters of SQLAlchemy.

Only `to_sqlalchemy` imports this module, because it imports SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, ClassVar, TypeAlias

from sqlalchemy import (
    Boolean,
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    column,
    false,
    inspect,
    literal,
    literal_column,
    null,
    or_,
    select,
    table,
    true,
    type_coerce,
)
from sqlalchemy.exc import NoInspectionAvailable
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.sql.functions import FunctionElement

from labelsel.engines.dialects import Dialect
from labelsel.engines.layout_writer import WIDE, LayoutWriter
from labelsel.engines.table_layouts import TableLayout
from labelsel.errors import describe, quote

__all__ = ["SqlAlchemyWriter"]

Expression: TypeAlias = ColumnElement[Any]


class SqlAlchemyWriter(LayoutWriter[Expression]):
    """Writes conditions as expressions of SQLAlchemy."""

    def __init__(self, dialect: Dialect, layout: TableLayout, queried: Any) -> None:
        super().__init__(dialect, layout)
        self._queried = _selectable(queried)
        self._labels = None if self._long is None else _labels(self._long).alias()

    def string(self, text: str) -> Expression:
        return literal(text, String())

    def column(self, name: str) -> Expression:
        found = self._queried.c.get(name)
        if found is None:
            message = f"the table has no column {quote(name)}; the layout names it"
            raise ValueError(message)
        return _OfQuery(found)

    def label_column(self, name: str) -> Expression:
        assert self._labels is not None
        return self._labels.c[name]

    def filled(
        self, template: str, parts: dict[str, Expression], values: Sequence[Expression], item: str
    ) -> Expression:
        return _template(template, item, tuple(parts))(*parts.values(), *values)

    def exists(self, conditions: Sequence[Expression]) -> Expression:
        long = self._long
        assert long is not None
        id_, of = self.label_column(long.id), self.column(long.column)
        if self._dialect.lists_ids:
            listed = select(id_).where(id_.is_not(None), *conditions)
            return and_(of.is_not(None), of.in_(listed)).self_group()
        same = id_ == of
        rows: Select[Any] = select(literal_column("1")).where(same, *conditions)
        return rows.exists()

    def constant(self, *, value: bool) -> Expression:
        return true() if value else false()

    def negate(self, condition: Expression) -> Expression:
        # SQLite has no type for booleans: SQLAlchemy's own negation would be a comparison with 0.
        return _wrapped("(NOT ({condition}))", condition)

    def all(self, conditions: Sequence[Expression]) -> Expression:
        return _joined(and_, conditions)

    def any(self, conditions: Sequence[Expression]) -> Expression:
        return _joined(or_, conditions)

    def distinct(self, key: str) -> Select[Any]:
        """Return the query for the distinct values of a key."""
        value, condition = self.reading(key) or (null(), false())
        source = self._queried if self._labels is None else self._labels
        return select(type_coerce(value, String())).select_from(source).where(condition).distinct()


class _OfQuery(FunctionElement[Any]):
    """A column of the query around a condition, which alone does not add its table to a FROM.

    With another table in the FROM, such as an alias of the one that was given, SQLAlchemy would add
    the table to the EXISTS or to the query, and a condition that one row meets would select, or
    delete, all rows. So it is an error of the database: there is no such column.
    """

    inherit_cache = True

    @property
    def _from_objects(self) -> list[FromClause]:
        return []


@compiles(_OfQuery)
def _compile_column(element: _OfQuery, compiler: SQLCompiler, **options: Any) -> str:
    [column] = element.clauses
    return compiler.process(column, **options)


class _Filled(FunctionElement[Any]):
    """A template with its parts, then any number of values. Each template is a class of its own.

    So the template is a part of the key by which SQLAlchemy caches the text of a statement.
    """

    type = Boolean()
    template: ClassVar[str]
    item: ClassVar[str]
    names: ClassVar[tuple[str, ...]]

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002  # SQLAlchemy's name
        """Return the expression as it is: it needs no parentheses, nor ``= 1`` in SQLite."""
        return self


@cache
def _template(template: str, item: str, names: tuple[str, ...]) -> type[_Filled]:
    """Return the class of a template. The dialects have some ten of them."""
    body = {"template": template, "item": item, "names": names, "inherit_cache": True}
    return type("_Filled", (_Filled,), body)


def _wrapped(template: str, condition: Expression) -> Expression:
    return _template(template, "", ("condition",))(condition)


def _joined(join: Callable[..., Expression], conditions: Sequence[Expression]) -> Expression:
    """Join conditions, in groups if they are many; SQLAlchemy would dissolve a plain group."""
    while len(conditions) > WIDE:
        groups = range(0, len(conditions), WIDE)
        joined = (join(*conditions[at : at + WIDE]) for at in groups)
        conditions = [_wrapped("({condition})", group) for group in joined]
    return join(*conditions)


@compiles(_Filled)
def _compile(element: _Filled, compiler: SQLCompiler, **options: Any) -> str:
    texts = [compiler.process(clause, **options) for clause in element.clauses]
    parts = dict(zip(element.names, texts, strict=False))
    items = [element.item.format(value=text, **parts) for text in texts[len(parts) :]]
    return element.template.format(values=", ".join(items), **parts)


def _selectable(queried: Any) -> FromClause:
    try:
        found = inspect(queried).selectable
    except (NoInspectionAvailable, AttributeError):
        found = None
    if not isinstance(found, FromClause):
        message = f"expected a Table or a mapped class, not {describe(queried)}"
        raise TypeError(message)
    return found


def _labels(long: Any) -> FromClause:
    """Return the table of labels, with each name in quotes."""
    name, *columns = (
        quoted_name(each, quote=True) for each in (long.table, long.id, long.key, long.value)
    )
    return table(name, *map(column, columns))
