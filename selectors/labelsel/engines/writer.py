"""`Writer`: what an engine must be able to write, and `write`, which walks a selector with it."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeVar, cast

from labelsel.engines.table_layouts import (
    Columns,
    MapColumn,
    StructColumn,
    TableLayout,
    unknown_layout,
)
from labelsel.errors import TranslationError
from labelsel.requirements import DoesNotExist, Exists, In, NotIn
from labelsel.selector import And, Everything, Not, Nothing, Or, Requirement, Selector

__all__ = ["ExpressionWriter", "Writer", "require_characters", "write"]

E = TypeVar("E")


class Writer(ABC, Generic[E]):
    """Writes the conditions of one engine, as texts or as expressions of type ``E``.

    No condition may be NULL for any row: an engine that answers NULL for an absent key would
    leave its row out of a negation, too.
    """

    @abstractmethod
    def equals(self, key: str, values: Sequence[str]) -> E:
        """Return the condition that a key is there with one of at least one values, sorted."""

    @abstractmethod
    def present(self, key: str) -> E:
        """Return the condition that a key is there."""

    @abstractmethod
    def constant(self, *, value: bool) -> E:
        """Return the condition that always holds, or never."""

    @abstractmethod
    def negate(self, condition: E) -> E:
        """Return the negation of a condition."""

    @abstractmethod
    def all(self, conditions: Sequence[E]) -> E:
        """Return the conjunction of two or more conditions."""

    @abstractmethod
    def any(self, conditions: Sequence[E]) -> E:
        """Return the disjunction of two or more conditions."""

    def native(self, requirement: Requirement) -> E:
        """Return the engine's own condition for a requirement whose key is there.

        Only of the classes that `resolve` was told to leave. It may be NULL where the key is
        absent: beside it stands that the key is there.
        """
        raise TranslationError(str(requirement), "query", "the engine has no such operator")


class ExpressionWriter(Writer[E]):
    """A writer for an engine whose expressions have the operators ``&``, ``|`` and ``~``.

    Attributes:
        engine: the engine, as users name it.
    """

    engine: ClassVar[str]

    def __init__(self, layout: TableLayout) -> None:
        if not isinstance(layout, Columns | MapColumn | StructColumn):
            known = ("Columns", "MapColumn", "StructColumn")
            raise unknown_layout(layout, known, self.engine)
        self._layout = layout

    def value(self, key: str) -> E | None:
        """Return the value of a key, NULL where it is absent; None if the layout has none."""
        layout = self._layout
        if isinstance(layout, MapColumn):
            return self.item(layout.column, self.text(key))
        columns = layout if isinstance(layout, Columns) else layout.fields
        name = columns.column_of(key)
        if name is None:
            return None
        if isinstance(layout, Columns):
            return self.column(name)
        return self.field(layout.column, name)

    def text(self, text: str) -> str:
        """Return a text that the engine can hold; `TranslationError` for others."""
        return require_characters(text, self.engine)

    @abstractmethod
    def column(self, name: str) -> E:
        """Return a column."""

    @abstractmethod
    def item(self, column: str, key: str) -> E:
        """Return the value of a key in a map."""

    @abstractmethod
    def field(self, column: str, name: str) -> E:
        """Return a field of a struct."""

    @abstractmethod
    def is_in(self, value: E, values: Sequence[str]) -> E:
        """Return the condition that a value is one of some values; false where it is NULL."""

    @abstractmethod
    def is_there(self, value: E) -> E:
        """Return the condition that a value is not NULL."""

    def equals(self, key: str, values: Sequence[str]) -> E:
        value = self.value(key)
        return self.constant(value=False) if value is None else self.is_in(value, values)

    def present(self, key: str) -> E:
        value = self.value(key)
        return self.constant(value=False) if value is None else self.is_there(value)

    def negate(self, condition: E) -> E:
        negated: E = ~cast("Any", condition)
        return negated

    def all(self, conditions: Sequence[E]) -> E:
        return _balanced(operator.and_, conditions)

    def any(self, conditions: Sequence[E]) -> E:
        return _balanced(operator.or_, conditions)


def _balanced(join: Callable[[Any, Any], Any], conditions: Sequence[E]) -> E:
    """Join conditions to a tree of the least depth.

    One after the other, 2,000 conditions take Polars 11 s instead of 0.2.
    """
    while len(conditions) > 1:
        odd = conditions[len(conditions) & ~1 :]
        pairs = zip(conditions[::2], conditions[1::2], strict=False)
        conditions = [*(join(one, other) for one, other in pairs), *odd]
    return conditions[0]


def require_characters(text: str, engine: str) -> str:
    """Return a text that engines can hold. `TranslationError` for half a pair of surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        reason = "half of a pair of surrogates is no character: no engine can hold it"
        raise TranslationError(text, f"text of {engine}", reason) from None
    return text


def write(selector: Selector, writer: Writer[E]) -> E:  # a case for each node
    """Return the condition of a selector that `resolve` returned. O(nodes)."""
    match selector:
        case Everything():
            return writer.constant(value=True)
        case Nothing():
            return writer.constant(value=False)
        case And(terms):
            return writer.all([write(term, writer) for term in terms])
        case Or(terms):
            return writer.any([write(term, writer) for term in terms])
        case Not(term):
            return writer.negate(write(term, writer))
        case In(key=key, values=values):
            return writer.equals(key, sorted(values))
        case NotIn(key=key, values=values):
            return writer.negate(writer.equals(key, sorted(values)))
        case Exists(key=key):
            return writer.present(key)
        case DoesNotExist(key=key):
            return writer.negate(writer.present(key))
        case _:
            assert isinstance(selector, Requirement)
            return writer.native(selector)
