"""`to_sql`: a selector as the condition of a WHERE, with every string quoted or bound.

The user's strings reach the text by `Dialect.literal` and `Dialect.identifier` only, or not at
all: `to_bound_sql` binds keys and values as parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from labelsel.engines.dialects import Dialect, LayoutSql, dialect_named, is_plain
from labelsel.engines.resolve import MAX_VALUES, ValuesOfKey, resolve
from labelsel.engines.table_layouts import Columns, LongTable, TableLayout, unknown_layout
from labelsel.engines.writer import Writer, require_characters, write
from labelsel.errors import TranslationError, quote
from labelsel.selector import Requirement, SelectorOrText

__all__ = ["BoundSql", "to_bound_sql", "to_sql", "values_sql"]


class BoundSql(NamedTuple):
    """A condition with named parameters.

    Attributes:
        text: the condition.
        parameters: the value of each parameter, by its name.
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
    r"""Return a selector as an SQL condition, for a WHERE.

    The condition is never NULL, so it may stand in a NOT. Keys, values and names are quoted.

    Args:
        selector: a selector, or its text in the Kubernetes language.
        layout: where the labels are.
        dialect: the engine: see `DIALECTS`.
        values: returns the distinct values of a key, which ``>``, ``<``, regular expressions and
            parts of values need: run `values_sql`. See `resolve`.
        limit: most values that one requirement may become.
        native: whether the engine's own operators are used where they were proven equal.

    Raises:
        TranslationError: the layout or a string is one that the engine does not have; the layout
            is strict and has no column for a key; values must be read and ``values`` is not
            given; or there are more than ``limit``.
        ValueError: there is no such dialect.

    O(nodes + values).

    >>> from labelsel.engines import Columns, MapColumn
    >>> to_sql("app=web,!debug", Columns(["app", "debug"]), dialect="duckdb")
    '(("app" IS NOT NULL AND "app" COLLATE C IN (\'web\')) AND (NOT ("debug" IS NOT NULL)))'
    >>> to_sql("app=web", MapColumn("labels"), dialect="duckdb")
    'coalesce("labels"[\'app\'] COLLATE C IN (\'web\'), FALSE)'
    """
    known = dialect_named(dialect)
    resolved = resolve(selector, values, limit=limit, native=known.native if native else ())
    return write(resolved, _Literals(known, layout))


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

    The arguments and the errors are those of `to_sql`.

    >>> from labelsel.engines import MapColumn
    >>> text, parameters = to_bound_sql("app=web", MapColumn("labels"), dialect="duckdb")
    >>> text
    'coalesce("labels"[$p1] COLLATE C IN ($p2), FALSE)'
    >>> parameters
    {'p1': 'app', 'p2': 'web'}
    """
    known = dialect_named(dialect)
    resolved = resolve(selector, values, limit=limit, native=known.native if native else ())
    writer = _Parameters(known, layout)
    text = write(resolved, writer)
    return BoundSql(text, {name: value for value, name in writer.names.items()})


def values_sql(
    key: str, layout: TableLayout, table: str | Sequence[str], *, dialect: str | Dialect
) -> str:
    """Return the query for the distinct values of a key, one a row; see `resolve`.

    ``table`` is the queried table: its name, or the parts of a name with dots. The errors are
    those of `to_sql`.

    >>> from labelsel.engines import MapColumn
    >>> print(values_sql("cores", MapColumn("labels"), "nodes", dialect="duckdb"))
    SELECT DISTINCT "labels"['cores'] COLLATE C FROM "nodes" WHERE ("labels"['cores'] IS NOT NULL)
    """
    return _Literals(dialect_named(dialect), layout).distinct(key, table)


class _SqlWriter(Writer[str]):
    """Writes conditions; how a key or a value is written is up to the subclass."""

    def __init__(self, dialect: Dialect, layout: TableLayout) -> None:
        self._dialect = dialect
        self._layout = layout
        self._long = layout if isinstance(layout, LongTable) else None
        if self._long is None and type(layout) not in dialect.forms:
            known = [each.__name__ for each in (*dialect.forms, LongTable)]
            raise unknown_layout(layout, known, dialect.name)

    def written(self, text: str) -> str:
        """Return a key or a value as the engine reads it."""
        raise NotImplementedError

    def equals(self, key: str, values: Sequence[str]) -> str:
        if self._long is not None:
            listed = ", ".join(map(self.written, values))
            return self._exists(key, f"{self._long_value()} IN ({listed})")
        parts = self._parts(key)
        if parts is None:
            return self.constant(value=False)
        form, names = parts
        items = [
            form.item_template.format(value=self.written(form.item(value))) for value in values
        ]
        return form.equals.format(values=", ".join(items), **names)

    def present(self, key: str) -> str:
        if self._long is not None:
            return self._exists(key, f"{self._long_value()} IS NOT NULL")
        parts = self._parts(key)
        if parts is None:
            return self.constant(value=False)
        form, names = parts
        return form.present.format(**names)

    def constant(self, *, value: bool) -> str:
        return "(1 = 1)" if value else "(1 = 0)"

    def negate(self, condition: str) -> str:
        return f"(NOT {condition})"

    def all(self, conditions: Sequence[str]) -> str:
        return _joined(" AND ", conditions)

    def any(self, conditions: Sequence[str]) -> str:
        return _joined(" OR ", conditions)

    def native(self, requirement: Requirement) -> str:
        template = self._dialect.native[type(requirement)]
        operand = self.written(requirement.value)  # type: ignore[attr-defined]  # each native one has a value
        if self._long is not None:
            condition = template.format(value=self._long_value(), operand=operand)
            return self._exists(requirement.key, condition)
        parts = self._parts(requirement.key)
        if parts is None:
            return self.constant(value=False)
        form, names = parts
        return template.format(value=form.value.format(**names), operand=operand)

    def distinct(self, key: str, table: str | Sequence[str]) -> str:
        """Return the query for the distinct values of a key."""
        quoted = self._identifier
        if self._long is not None:
            long = self._long
            return (
                f"SELECT DISTINCT {self._exact(quoted(long.value))} FROM {quoted(long.table)}"
                f" WHERE {self._exact(quoted(long.key))} = {self.written(key)}"
            )
        source = ".".join(map(quoted, [table] if isinstance(table, str) else table))
        parts = self._parts(key)
        if parts is None:
            return f"SELECT NULL FROM {source} WHERE (1 = 0)"
        form, names = parts
        value, present = form.value.format(**names), form.present.format(**names)
        return f"SELECT DISTINCT {value} FROM {source} WHERE {present}"

    def _parts(self, key: str) -> tuple[LayoutSql, dict[str, str]] | None:
        """Return the form of the layout and what stands in it; None if the key has no column."""
        form = self._dialect.forms[type(self._layout)]
        if isinstance(self._layout, Columns):
            column = self._layout.column_of(key)
            return None if column is None else (form, {"column": self._identifier(column)})
        column = self._layout.column  # type: ignore[attr-defined]  # each other layout has one
        return form, {
            "column": self._identifier(column),
            "key": self.written(form.name(key)),
        }

    def _exists(self, key: str, condition: str) -> str:
        """Return that a label's row meets a condition; never a scalar subquery (9 s, not 0.7)."""
        long, quoted = self._long, self._identifier
        assert long is not None
        alias = self._alias()
        return (
            f"EXISTS (SELECT 1 FROM {quoted(long.table)} AS {alias}"
            f" WHERE {alias}.{quoted(long.id)} = {quoted(long.of)}.{quoted(long.column)}"
            f" AND {self._exact(f'{alias}.{quoted(long.key)}')} = {self.written(key)}"
            f" AND {condition})"
        )

    def _long_value(self) -> str:
        assert self._long is not None
        return self._exact(f"{self._alias()}.{self._identifier(self._long.value)}")

    def _alias(self) -> str:
        assert self._long is not None
        return self._identifier(_ALIAS if self._long.of != _ALIAS else _ALIAS + "_")

    def _exact(self, column: str) -> str:
        return self._dialect.exact.replace("{column}", column)

    def _identifier(self, name: str) -> str:
        if not name or "\0" in name:
            message = f"no column and no table can be called {quote(name)}"
            raise ValueError(message)
        return self._dialect.identifier(self._checked(name))

    def _checked(self, text: str) -> str:
        """Return a text that the engine can hold; `TranslationError` for others."""
        require_characters(text, self._dialect.name)
        form = self._dialect.forms.get(type(self._layout), self._dialect.forms[Columns])
        if "\0" in text and not form.holds_nul:
            reason = "it cannot hold the character NUL there"
            raise TranslationError(text, f"text of {self._dialect.name}", reason)
        return text


_ALIAS: Final = "label"
"""What the table of labels is called in a query."""


_WIDE: Final = 32
"""Most conditions that stand side by side. Engines read ``a OR b OR c`` as a tree as deep as it
has conditions: SQLite refuses a depth of 1,000, and DataFusion takes minutes for 5,000."""


def _joined(word: str, conditions: Sequence[str]) -> str:
    """Join conditions, in groups if they are many."""
    while len(conditions) > _WIDE:
        groups = range(0, len(conditions), _WIDE)
        conditions = [f"({word.join(conditions[at : at + _WIDE])})" for at in groups]
    return f"({word.join(conditions)})"


class _Literals(_SqlWriter):
    """Writes keys and values as literals."""

    def written(self, text: str) -> str:
        return self._dialect.literal(self._checked(text))


class _Parameters(_SqlWriter):
    """Binds keys and values; equal ones share a parameter."""

    def __init__(self, dialect: Dialect, layout: TableLayout) -> None:
        super().__init__(dialect, layout)
        self.names: dict[str, str] = {}

    def written(self, text: str) -> str:
        dialect, bound = self._dialect, self._checked(text)
        parameter = dialect.parameter
        if dialect.hex_parameter and not is_plain(text):
            bound, parameter = text.encode().hex(), dialect.hex_parameter
        name = self.names.setdefault(bound, f"p{len(self.names) + 1}")
        return parameter.replace("{name}", name)

    def _identifier(self, name: str) -> str:
        quoted = super()._identifier(name)
        return quoted.replace("%", "%%") if self._dialect.percent_is_special else quoted
