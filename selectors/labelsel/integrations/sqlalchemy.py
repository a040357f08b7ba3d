"""`SelectorText`: a selector as the type of a column of SQLAlchemy.

Needs SQLAlchemy, which ``pip install 'labelsel[sql]'`` brings along.
"""

from __future__ import annotations

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from labelsel.errors import require_type
from labelsel.integrations.selector_text import require_written_language, write_text
from labelsel.languages.kubernetes import KUBERNETES
from labelsel.languages.registry import LANGUAGES, Language
from labelsel.selector import Selector

__all__ = ["SelectorText"]

_ADVICE = "parse a text with labelsel.parse()"


class SelectorText(TypeDecorator[Selector]):
    """A column of selectors, stored as their canonical text: ``mapped_column(SelectorText())``.

    1. What is read is the text of the column, parsed: a `Selector`. A text that is not a selector
       is an error with our message and its caret, never a row without a selector.
    2. Written to the database, and compared with in a query, is the canonical text of a selector
       or of its text: ``policies.c.selector == "b,a"`` finds the selector ``a,b``. Selectors that
       mean the same and differ in canonical text are not equal: ``x=a``, ``x==a`` and ``x in (a)``.
    3. ``repr`` has the language, so that a migration that Alembic generates has it, too. With
       ``import labelsel.integrations.sqlalchemy`` in the migration Python can evaluate it, if the
       language is registered.
    4. None is NULL. `Everything` is the empty text, which Oracle stores as NULL.

    Arguments:
        language: the language of the column, from `labelsel.languages`.

    Raises:
        SelectorSyntaxError: a text of the database is not a selector. For a text of the program
            SQLAlchemy raises StatementError, with this error as ``orig`` and its message inside.
        TranslationError: the language cannot express a selector; in a StatementError, too.
        TypeError: ``language`` is not a `Language`.
        ValueError: the selectors of the language are objects, not text; or labelsel only reads the
            language, as with PROMETHEUS.

    Complexity:
        O(n) in the length of the text, for each value; parsing is cached.

    >>> from sqlalchemy import Column, MetaData, Table, Text, create_engine, insert, select
    >>> policies = Table("policies", MetaData(), Column("name", Text),
    ...     Column("selector", SelectorText()))
    >>> engine = create_engine("sqlite://")
    >>> with engine.begin() as connection:
    ...     policies.create(connection)
    ...     _ = connection.execute(insert(policies).values(name="web", selector="tier,app=web"))
    ...     connection.execute(select(policies.c.selector)).scalar_one().matches({"app": "web"})
    False
    >>> engine.dispose()
    """

    impl = Text
    cache_ok = True

    def __init__(self, language: Language = KUBERNETES) -> None:
        super().__init__()
        self.language = require_written_language(language)

    def __repr__(self) -> str:
        # Alembic writes this into a migration, after "labelsel.integrations.sqlalchemy.".
        if self.language == KUBERNETES:
            return "SelectorText()"
        name = self.language.name
        if LANGUAGES.get(name) == self.language:
            return f"SelectorText(labelsel.languages.LANGUAGES[{name!r}])"
        return f"SelectorText({self.language!r})"

    @property
    def python_type(self) -> type[Selector]:
        return Selector

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:  # noqa: ARG002  # of SQLAlchemy
        if value is None:
            return None
        selector = self.language.parse(value) if isinstance(value, str) else value
        return write_text(require_type(Selector, selector, _ADVICE), self.language)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Selector | None:  # noqa: ARG002  # of SQLAlchemy
        return None if value is None else self.language.parse(value)
