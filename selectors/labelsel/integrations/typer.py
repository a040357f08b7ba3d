"""`typer_type`: a selector as the type of an option or argument of Typer.

Needs Typer, which ``pip install typer`` brings along.
"""

from __future__ import annotations

import typer

from labelsel.errors import SelectorError
from labelsel.integrations.selector_text import require_text_language
from labelsel.languages.kubernetes import KUBERNETES
from labelsel.languages.registry import Language
from labelsel.selector import Selector

__all__ = ["typer_type"]


def typer_type(text: str | Selector, *, language: Language = KUBERNETES) -> Selector:
    r"""Read a selector for Typer: ``Annotated[Selector, typer.Option(parser=typer_type)]``.

    A text that is not a selector is Typer's usage error, with our message and its caret. Without
    the parser, Typer reads a `Selector` through pydantic, and prints our line breaks as ``\x0a``.
    An empty text selects everything, as in kubectl.

    Arguments:
        text: the word of the command line. A selector, as a default may be, is returned as it is.
        language: the language of the text, from `labelsel.languages`. For another one than
            Kubernetes', write a function that calls this one: older releases of Typer take no
            ``functools.partial`` as parser.

    Returns:
        The selector.

    Raises:
        typer.BadParameter: the text is not a selector. Typer catches it.
        ValueError: the selectors of the language are objects, not text.

    Complexity:
        O(n) in the length of the text; cached.

    >>> from typing import Annotated
    >>> import typer
    >>> app = typer.Typer()
    >>> @app.command()
    ... def main(selector: Annotated[Selector, typer.Option("-l", parser=typer_type)]) -> None:
    ...     typer.echo(selector)
    >>> app(["-l", "tier in (web,db),app=shop"], standalone_mode=False)
    app=shop,tier in (db,web)
    """
    require_text_language(language)
    if isinstance(text, Selector):
        return text
    try:
        return language.parse(text)
    except SelectorError as error:
        raise typer.BadParameter(str(error)) from error
