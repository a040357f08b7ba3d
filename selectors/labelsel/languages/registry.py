"""The languages by name: what can read a selector and what can write one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelsel.selector import Selector

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

__all__ = ["LANGUAGES", "Language", "register"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language in which selectors are written: its reader and its writer.

    Attributes:
        name: what a user calls the language: ``kubernetes``.
        parse: returns the selector that a text means, or an object where ``is_text`` is False.
            Raises `SelectorError` for what it does not understand.
        format: returns the text or the object of a selector; None where the language is only
            read. Raises `TranslationError` for what the language cannot express.
        example: one selector, for the help of the command.
        is_text: whether the language is text; otherwise it is a YAML or JSON object.
        aliases: other names for the language.

    In pydantic, ``Annotated[Selector, language]`` is a field that reads this language. It writes
    the language, too, if there is a writer, or if the canonical text is read, as FIELDS does.

    Raises: nothing; `register` checks the names.

    Complexity: O(1).

    >>> from labelsel.languages import CALICO, KUBERNETES
    >>> CALICO.format(KUBERNETES.parse("app=web,!debug")), CALICO.names
    ('(app == "web" && !has(debug))', ('calico', 'expression'))
    >>> from typing import Annotated
    >>> from labelsel import Selector
    >>> from labelsel.languages import FIELDS
    >>> from pydantic import TypeAdapter
    >>> reader = TypeAdapter(Annotated[Selector, FIELDS])
    >>> reader.validate_python("status.phase!=Running").matches({"status.phase": "Failed"})
    True
    """

    name: str
    parse: Callable[[Any], Selector]
    format: Callable[[Selector], Any] | None
    example: str
    is_text: bool = True
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The name and the aliases."""
        return (self.name, *self.aliases)

    # As the methods of Selector do, this imports what is above this module when it is called.

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return how a field of pydantic reads and writes this language, for pydantic to call.

        It raises TypeError where the language is not directly after `Selector`, or is the second.
        """
        from labelsel.integrations.pydantic import schema_of_annotation  # noqa: PLC0415  # see above

        return schema_of_annotation(source, self, handler)


LANGUAGES: dict[str, Language] = {}
"""Every registered language by name and alias. Change it with `register` only."""


def register(language: Language) -> Language:
    """Add a language, so that ``labelsel translate`` and other users of `LANGUAGES` know it.

    Arguments:
        language: the language, with all of its names.

    Returns:
        the language.

    Raises:
        ValueError: one of its names is empty or in use. A name in use cannot be redefined.

    Complexity: O(1).

    >>> from labelsel.languages import Language, register
    >>> from labelsel import parse, to_kubernetes
    >>> register(Language(name="kubernetes", parse=parse, format=to_kubernetes, example="app=web"))
    Traceback (most recent call last):
        ...
    ValueError: there is already a language 'kubernetes'
    """
    names = language.names
    for number, name in enumerate(names):
        if not name or name in LANGUAGES or name in names[:number]:
            message = f"there is already a language {name!r}" if name else "a language needs a name"
            raise ValueError(message)
    LANGUAGES.update(dict.fromkeys(language.names, language))
    return language
