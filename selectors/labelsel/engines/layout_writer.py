"""`LayoutWriter`: how a label is read from each layout, for texts and for SQLAlchemy alike."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Final, TypeVar

from labelsel.engines.dialects import MANY, Dialect
from labelsel.engines.table_layouts import Columns, LongTable, TableLayout, unknown_layout
from labelsel.engines.writer import Writer, require_characters
from labelsel.errors import TranslationError
from labelsel.selector import Requirement

__all__ = ["WIDE", "LayoutWriter"]

E = TypeVar("E")

WIDE: Final = 32
"""Most conditions that stand side by side. Engines read ``a OR b OR c`` as a tree as deep as it
has conditions: SQLite refuses a depth of 1,000, and DataFusion takes minutes for 5,000."""


class LayoutWriter(Writer[E]):
    """Writes conditions by the templates of a dialect, as texts or as expressions."""

    def __init__(self, dialect: Dialect, layout: TableLayout) -> None:
        self._dialect = dialect
        self._layout = layout
        self._long = layout if isinstance(layout, LongTable) else None
        kind = Columns if self._long is not None else type(layout)
        if kind not in dialect.forms:
            known = [each.__name__ for each in (*dialect.forms, LongTable)]
            raise unknown_layout(layout, known, dialect.name)
        # The key and the value of a long table are columns like others.
        self._form = dialect.forms[kind]

    @abstractmethod
    def string(self, text: str) -> E:
        """Return a string, as a literal or as a parameter."""

    @abstractmethod
    def column(self, name: str) -> E:
        """Return a column of the queried table."""

    @abstractmethod
    def label_column(self, name: str) -> E:
        """Return a column of the table of labels."""

    @abstractmethod
    def filled(self, template: str, parts: dict[str, E], values: Sequence[E], item: str) -> E:
        """Return a template of `LayoutSql` with its parts, and with values written as ``item``."""

    @abstractmethod
    def exists(self, conditions: Sequence[E]) -> E:
        """Return that the table of labels has a row of the object, with all of some conditions.

        Never a scalar subquery: that took 9.3 s, and this 12 ms.
        """

    def equals(self, key: str, values: Sequence[str]) -> E:
        form = self._form
        if form.equals_many and len(values) > MANY:
            return self._condition(key, form.equals_many, values)
        checked = self._checked(key)
        items = [form.item(checked, self._checked(value)) for value in values]
        return self._condition(key, form.equals, items, form.item_template)

    def present(self, key: str) -> E:
        return self._condition(key, self._form.present)

    def native(self, requirement: Requirement) -> E:
        template = self._dialect.native[type(requirement)]
        condition = template.format(value=self._form.value, operand="{values}")
        operand = requirement.value  # type: ignore[attr-defined]  # each native one has a value
        return self._condition(requirement.key, condition, [operand])

    def reading(self, key: str) -> tuple[E, E] | None:
        """Return the value of a key and the condition that it is there; None without a column."""
        form = self._form
        if self._long is not None:
            conditions = [self._key_is(key), self._of_value(form.present)]
            return self._of_value(form.value), self.all(conditions)
        column = self._column_of(key)
        if column is None:
            return None
        return self._filled(form.value, column, key), self._filled(form.present, column, key)

    def _condition(
        self, key: str, template: str, values: Sequence[str] = (), item: str = "{value}"
    ) -> E:
        if self._long is not None:
            return self.exists([self._key_is(key), self._of_value(template, values, item)])
        column = self._column_of(key)
        if column is None:
            return self.constant(value=False)
        return self._filled(template, column, key, values, item)

    def _key_is(self, key: str) -> E:
        """Return that a row of the table of labels has the key."""
        assert self._long is not None
        return self._filled(self._form.equals, self.label_column(self._long.key), values=[key])

    def _of_value(self, template: str, values: Sequence[str] = (), item: str = "{value}") -> E:
        """Return a template for the value in a row of the table of labels."""
        assert self._long is not None
        value = self.label_column(self._long.value)
        return self._filled(template, value, values=values, item=item)

    def _column_of(self, key: str) -> E | None:
        """Return the column that has the label; None if there is none."""
        if isinstance(self._layout, Columns):
            name = self._layout.column_of(key)
            return None if name is None else self.column(name)
        return self.column(self._layout.column)  # type: ignore[attr-defined]  # each other one has one

    def _filled(
        self,
        template: str,
        column: E,
        key: str = "",
        values: Sequence[str] = (),
        item: str = "{value}",
    ) -> E:
        parts = {"column": column}
        if "{key}" in template + item:  # a parameter that is not used is an error in some engines
            parts["key"] = self.string(self._form.name(self._checked(key)))
        written = [self.string(self._checked(value)) for value in values]
        return self.filled(template, parts, written, item)

    def _checked(self, text: str) -> str:
        """Return a text that the engine can hold; `TranslationError` for others."""
        require_characters(text, self._dialect.name)
        if "\0" in text and not self._form.holds_nul:
            reason = "it cannot hold the character NUL there"
            raise TranslationError(text, f"text of {self._dialect.name}", reason)
        return text
