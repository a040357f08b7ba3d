"""`to_sql`: a selector as the condition of a WHERE, with every string quoted or bound.

The user's strings reach the text by `Dialect.literal` and `Dialect.identifier` only, or not at
all: `to_bound_sql` binds keys and values as parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from labelsel.engines.dialects import Dialect, dialect_named, is_plain
from labelsel.engines.layout_writer import WIDE, LayoutWriter
from labelsel.engines.resolve import ValuesOfKey, resolve
from labelsel.engines.table_layouts import Columns, TableLayout
from labelsel.engines.writer import write
from labelsel.errors import TranslationError, expected, quote, require_each
from labelsel.limits import MAX_VALUES
from labelsel.selector import SelectorOrText

__all__ = ["BoundSql", "to_bound_sql", "to_sql", "values_sql"]


class BoundSql(NamedTuple):
    """A condition with named parameters: the result of `to_bound_sql`.

    Attributes:
        text: the condition.
        parameters: the value of each parameter, by its name.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> from labelsel.engines import Columns, to_bound_sql
    >>> bound = to_bound_sql("app=web", Columns(["app"]), dialect="datafusion")
    >>> bound.parameters
    {'p1': 'web'}
    >>> bound.text
    '("app" IS NOT NULL AND "app" IN ($p1) AND CAST("app" AS VARCHAR) IN ($p1))'
    """

    text: str
    parameters: dict[str, str]


def to_sql(  # noqa: PLR0913  # each is named by the caller
    selector: SelectorOrText,
    layout: TableLayout,
    *,
    dialect: str | Dialect,
    values: ValuesOfKey | None = None,
    limit: int = MAX_VALUES,
    native: bool = False,
) -> str:
    """Return a selector as an SQL condition, for a WHERE.

    The condition is never NULL, so it may stand in a NOT. Keys, values and names are quoted.

    Arguments:
        selector: a selector, or the text of a Kubernetes selector.
        layout: where the labels are.
        dialect: the engine: a name of `DIALECTS`, or a `Dialect`.
        values: returns the distinct values of a key, which ``>``, ``<``, regular expressions and
            parts of values need: run `values_sql`. See `resolve`.
        limit: most values that one requirement may become.
        native: whether the engine's own operators are used where they were proven equal.

    Returns:
        The text of the condition.

    Raises:
        TranslationError: the layout or a string is one that the engine does not have; the layout is
            strict and has no column for a key; values must be read and ``values`` is not given; or
            there are more than ``limit``.
        SelectorSyntaxError: a text is not a selector.
        ValueError: there is no such dialect, or the name of a column or a table is empty or has the
            character NUL.
        TypeError: an argument is of another type, or ``values`` returns something else than strings
            and None.

    Complexity:
        O(n log n) for n nodes and values of the resolved selector; see `resolve`.

    >>> from labelsel.engines import Columns, MapColumn
    >>> print(to_sql("!debug", Columns(["app", "debug"]), dialect="duckdb"))
    (NOT ("debug" IS NOT NULL))
    >>> print(to_sql("app=web", MapColumn("labels"), dialect="datafusion"))
    coalesce(map_extract("labels", 'app')[1] IN ('web'), FALSE)
    """
    known = dialect_named(dialect)
    resolved = resolve(selector, values, limit=limit, native=known.native if native else ())
    writer = _Literals(known, layout)
    return writer.guarded(write(resolved, writer))


def to_bound_sql(  # noqa: PLR0913  # as above
    selector: SelectorOrText,
    layout: TableLayout,
    *,
    dialect: str | Dialect,
    values: ValuesOfKey | None = None,
    limit: int = MAX_VALUES,
    native: bool = False,
) -> BoundSql:
    """Return the same as `to_sql`, with the keys and the values as named parameters.

    Arguments:
        selector: a selector, or the text of a Kubernetes selector.
        layout: where the labels are.
        dialect: the engine: a name of `DIALECTS`, or a `Dialect`.
        values: returns the distinct values of a key, as of `to_sql`.
        limit: most values that one requirement may become.
        native: whether the engine's own operators are used where they were proven equal.

    Returns:
        The condition and its parameters: see `BoundSql`.

    Raises:
        TranslationError: as by `to_sql`.
        SelectorSyntaxError: a text is not a selector.
        ValueError: as by `to_sql`.
        TypeError: as by `to_sql`.

    Complexity:
        That of `to_sql`.

    >>> from labelsel.engines import MapColumn
    >>> text, parameters = to_bound_sql("app=web", MapColumn("labels"), dialect="datafusion")
    >>> text
    'coalesce(map_extract("labels", $p1)[1] IN ($p2), FALSE)'
    >>> parameters
    {'p1': 'app', 'p2': 'web'}
    """
    known = dialect_named(dialect)
    resolved = resolve(selector, values, limit=limit, native=known.native if native else ())
    writer = _Parameters(known, layout)
    text = writer.guarded(write(resolved, writer))
    return BoundSql(text, {name: value for value, name in writer.names.items()})


def values_sql(
    key: str, layout: TableLayout, table: str | Sequence[str], *, dialect: str | Dialect
) -> str:
    """Return the query for the distinct values of a key, one a row; see `resolve`.

    Arguments:
        key: the label key.
        layout: where the labels are.
        table: the queried table: its name, or the parts of a name with dots.
        dialect: the engine: a name of `DIALECTS`, or a `Dialect`.

    Returns:
        The text of the query.

    Raises:
        TranslationError: the layout or a string is one that the engine does not have, or the layout
            is strict and has no column for the key.
        ValueError: there is no such dialect, the table has no name, or the name of a column or a
            table is empty or has the character NUL.
        TypeError: an argument is of another type.

    Complexity:
        O(characters). The engine reads all rows, or the index of the column.

    >>> from labelsel.engines import Columns
    >>> print(values_sql("cores", Columns(["cores"]), "nodes", dialect="duckdb"))
    SELECT DISTINCT CAST("cores" AS VARCHAR) COLLATE C FROM "nodes" WHERE ("cores" IS NOT NULL)
    """
    return _Literals(dialect_named(dialect), layout).distinct(key, table)


class _SqlWriter(LayoutWriter[str]):
    """Writes conditions as texts; how a string is written is up to the subclass."""

    def __init__(self, dialect: Dialect, layout: TableLayout) -> None:
        super().__init__(dialect, layout)
        self._refuse_names()

    def _refuse_names(self) -> None:
        """Raise `TranslationError` for a column that the engine would take for another one."""
        layout = self._layout
        if isinstance(layout, Columns) and self._dialect.ignores_case:
            seen: dict[str, str] = {}
            for column in layout.columns.values():
                other = seen.setdefault(column.casefold(), column)
                if other != column:
                    reason = f"there it is the column {quote(other)}, too: the case does not count"
                    raise TranslationError(column, f"column of {self._dialect.name}", reason)
        name = getattr(layout, "column", "")
        if name.casefold() in self._form.hidden:
            reason = "inside of its JSON functions that is another column: rename it in a view"
            raise TranslationError(name, f"column of {self._dialect.name}", reason)

    def column(self, name: str) -> str:
        return self.identifier(name)

    def label_column(self, name: str) -> str:
        return f"{self._alias()}.{self.identifier(name)}"

    def filled(self, template: str, parts: dict[str, str], values: Sequence[str], item: str) -> str:
        items = [item.format(value=value, **parts) for value in values]
        return template.format(values=", ".join(items), **parts)

    def exists(self, conditions: Sequence[str]) -> str:
        long, quoted = self._long, self.identifier
        assert long is not None
        id_, labels = self.label_column(long.id), f"{quoted(long.table)} AS {self._alias()}"
        of, found = f"{quoted(long.of)}.{quoted(long.column)}", " AND ".join(conditions)
        if self._dialect.lists_ids:
            listed = f"SELECT {id_} FROM {labels} WHERE {id_} IS NOT NULL AND {found}"
            return f"({of} IS NOT NULL AND {of} IN ({listed}))"
        return f"EXISTS (SELECT 1 FROM {labels} WHERE {id_} = {of} AND {found})"

    def constant(self, *, value: bool) -> str:
        return "(1 = 1)" if value else "(1 = 0)"

    def negate(self, condition: str) -> str:
        return f"(NOT {condition})"

    def all(self, conditions: Sequence[str]) -> str:
        return _joined(" AND ", conditions)

    def any(self, conditions: Sequence[str]) -> str:
        return _joined(" OR ", conditions)

    def distinct(self, key: str, table: str | Sequence[str]) -> str:
        """Return the query for the distinct values of a key."""
        if self._long is not None:
            source = f"{self.identifier(self._long.table)} AS {self._alias()}"
        else:
            source = ".".join(map(self.identifier, _parts(table)))
        value, condition = self.reading(key) or ("NULL", self.constant(value=False))
        return f"SELECT DISTINCT {value} FROM {source} WHERE {self.guarded(condition)}"

    def guarded(self, condition: str) -> str:
        """Return a whole condition that is an error where the labels have another type."""
        if not self._form.guarded:  # that of `Columns` and of a long table never is
            return condition
        column = self.column(self._layout.column)  # type: ignore[attr-defined]  # not of `Columns`
        return self._form.guarded.format(condition=condition, column=column)

    def identifier(self, name: str) -> str:
        """Return the name of a column or table in quotes."""
        if not name or "\0" in name:
            message = f"no column and no table can be called {quote(name)}"
            raise ValueError(message)
        return self._dialect.identifier(self._checked(name))

    def _alias(self) -> str:
        assert self._long is not None
        # Engines may ignore the case of names: an alias that hides the queried table would compare
        # the ids of the labels with themselves.
        return self.identifier(_ALIAS if self._long.of.casefold() != _ALIAS else _ALIAS + "_")


def _parts(table: str | Sequence[str]) -> list[str]:
    """Return the parts of the name of a table; an error where there is none."""
    if isinstance(table, str):
        return [table]
    if not isinstance(table, Sequence):
        raise expected("the name of a table, or the list of its parts", table)
    if not table:
        message = "the name of a table needs at least one part: [] names no table"
        raise ValueError(message)
    return require_each(str, table, "a part of the name of a table")


_ALIAS: Final = "label"
"""What the table of labels is called in a query."""


def _joined(word: str, conditions: Sequence[str]) -> str:
    """Join conditions, in groups if they are many."""
    while len(conditions) > WIDE:
        groups = range(0, len(conditions), WIDE)
        conditions = [f"({word.join(conditions[at : at + WIDE])})" for at in groups]
    return f"({word.join(conditions)})"


class _Literals(_SqlWriter):
    """Writes keys and values as literals."""

    def string(self, text: str) -> str:
        return self._dialect.literal(text)


class _Parameters(_SqlWriter):
    """Binds keys and values; equal ones share a parameter."""

    def __init__(self, dialect: Dialect, layout: TableLayout) -> None:
        super().__init__(dialect, layout)
        self.names: dict[str, str] = {}

    def string(self, text: str) -> str:
        bound, parameter = text, self._dialect.parameter
        if self._dialect.hex_parameter and not is_plain(text):
            bound, parameter = text.encode().hex(), self._dialect.hex_parameter
        name = self.names.setdefault(bound, f"p{len(self.names) + 1}")
        return parameter.replace("{name}", name)

    def identifier(self, name: str) -> str:
        quoted = super().identifier(name)
        return quoted.replace("%", "%%") if self._dialect.percent_is_special else quoted
