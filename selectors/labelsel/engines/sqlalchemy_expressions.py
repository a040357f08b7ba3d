"""`to_sqlalchemy`: a selector as a boolean expression of SQLAlchemy, with bound parameters.

SQLAlchemy is imported when one of the functions is called: the extra ``labelsel[sql]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labelsel.engines.dialects import Dialect, dialect_named
from labelsel.engines.resolve import ValuesOfKey, resolve
from labelsel.engines.table_layouts import TableLayout
from labelsel.engines.writer import write
from labelsel.limits import MAX_VALUES
from labelsel.selector import SelectorOrText

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from labelsel.engines.sqlalchemy_writer import SqlAlchemyWriter

__all__ = ["to_sqlalchemy", "values_select"]


def to_sqlalchemy(  # noqa: PLR0913  # each is named by the caller
    selector: SelectorOrText,
    layout: TableLayout,
    table: Any,
    *,
    dialect: str | Dialect,
    values: ValuesOfKey | None = None,
    limit: int = MAX_VALUES,
    native: bool = False,
) -> ColumnElement[bool]:
    """Return a selector as an SQLAlchemy expression, for ``where``.

    The expression is never NULL. Keys and values are bound parameters.

    Arguments:
        selector: a selector, or the text of a Kubernetes selector.
        layout: where the labels are. Columns are found in ``table`` by their keys in SQLAlchemy. Of
            a `LongTable`, ``of`` is not read: ``table`` is in its stead.
        table: the queried table: a Table, an alias, a subquery or a mapped class.
        dialect: the engine: ``"postgresql"`` or ``"sqlite"``, as in ``engine.dialect.name``.
        values: returns the distinct values of a key; execute `values_select`. See `resolve`.
        limit: most values that one requirement may become.
        native: whether the engine's own operators are used where they were proven equal.

    Returns:
        A Boolean expression.

    Raises:
        TranslationError: as by `to_sql`.
        SelectorSyntaxError: a text is not a selector.
        ImportError: SQLAlchemy is not installed: ``pip install 'labelsel[sql]'``.
        TypeError: ``table`` is nothing that SQLAlchemy can select from, or another argument is of
            another type.
        ValueError: there is no such dialect, or the table does not have a column that the layout
            names.

    Complexity:
        That of `to_sql`.

    >>> from labelsel.engines import Columns
    >>> from sqlalchemy import Column, MetaData, Table, Text
    >>> pods = Table("pods", MetaData(), Column("app", Text))
    >>> print(to_sqlalchemy("app", Columns(["app"]), pods, dialect="postgresql"))
    (pods.app IS NOT NULL)
    """
    known = dialect_named(dialect)
    resolved = resolve(selector, values, limit=limit, native=known.native if native else ())
    return write(resolved, _writer(known, layout, table))


def values_select(
    key: str, layout: TableLayout, table: Any, *, dialect: str | Dialect
) -> Select[Any]:
    """Return the query for the distinct values of a key, one a row; see `resolve`.

    Inside of a session the ``values`` of `to_sqlalchemy` are
    ``lambda key: session.scalars(values_select(key, layout, table, dialect=dialect))``.

    Arguments:
        key: the label key.
        layout: as of `to_sqlalchemy`.
        table: as of `to_sqlalchemy`.
        dialect: as of `to_sqlalchemy`.

    Returns:
        A Select of SQLAlchemy with one column.

    Raises:
        TranslationError: as by `values_sql`.
        ImportError: SQLAlchemy is not installed: ``pip install 'labelsel[sql]'``.
        TypeError: as by `to_sqlalchemy`.
        ValueError: as by `to_sqlalchemy`.

    Complexity:
        O(1). The engine reads all rows, or the index of the column.

    >>> from labelsel.engines import Columns
    >>> from sqlalchemy import Column, MetaData, Table, Text, create_engine, insert
    >>> nodes = Table("nodes", MetaData(), Column("cores", Text))
    >>> engine = create_engine("sqlite://")
    >>> with engine.begin() as connection:
    ...     nodes.create(connection)
    ...     _ = connection.execute(insert(nodes), [{"cores": "8"}, {"cores": "8"}, {"cores": None}])
    ...     query = values_select("cores", Columns(["cores"]), nodes, dialect="sqlite")
    ...     connection.scalars(query).all()
    ['8']
    >>> engine.dispose()
    """
    return _writer(dialect_named(dialect), layout, table).distinct(key)


def _writer(dialect: Dialect, layout: TableLayout, table: Any) -> SqlAlchemyWriter:
    try:
        from labelsel.engines.sqlalchemy_writer import SqlAlchemyWriter  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "sqlalchemy":
            raise
        message = "SQLAlchemy is not installed: pip install 'labelsel[sql]'"
        raise ImportError(message) from error
    return SqlAlchemyWriter(dialect, layout, table)
