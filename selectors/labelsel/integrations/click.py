"""`SelectorType`: a selector as the type of an option or argument of click.

Needs click, which ``pip install click`` brings along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import click

from labelsel.errors import SelectorError
from labelsel.integrations.selector_text import require_text_language
from labelsel.languages.kubernetes import KUBERNETES
from labelsel.languages.registry import Language
from labelsel.selector import Selector

__all__ = ["SelectorType"]

# Before click 8.4, ParamType takes no parameter.
if TYPE_CHECKING:
    _ParamType: TypeAlias = click.ParamType[Selector]
else:
    _ParamType = click.ParamType


class SelectorType(_ParamType):
    """A selector as the type of an option or argument: ``type=SelectorType()``.

    A text that is not a selector is click's usage error, with our message and its caret. An empty
    text selects everything, as in kubectl.

    Arguments:
        language: the language of the text, from `labelsel.languages`.

    Raises:
        TypeError: ``language`` is not a `Language`.
        ValueError: the selectors of the language are objects, not text.

    Complexity:
        O(n) in the length of the text; cached.

    >>> import click
    >>> @click.command()
    ... @click.option("-l", "--selector", type=SelectorType())
    ... def main(selector):
    ...     click.echo(selector)
    >>> main(["-l", "tier in (web,db),app=shop"], standalone_mode=False)
    app=shop,tier in (db,web)
    """

    name = "selector"

    def __init__(self, language: Language = KUBERNETES) -> None:
        self.language = require_text_language(language)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Selector:
        """Return the selector of a text; a selector, as a default may be, is returned as it is."""
        if isinstance(value, Selector):
            return value
        try:
            return self.language.parse(value)
        except SelectorError as error:
            self.fail(str(error), param, ctx)
