"""`argparse_type`: a selector as the ``type`` of an argument of argparse."""

from __future__ import annotations

import argparse

from labelsel.errors import SelectorError
from labelsel.integrations.selector_text import require_text_language
from labelsel.languages.kubernetes import KUBERNETES
from labelsel.languages.registry import Language
from labelsel.selector import Selector

__all__ = ["argparse_type"]


def argparse_type(text: str, *, language: Language = KUBERNETES) -> Selector:
    """Read a selector for argparse: ``type=labelsel.argparse_type``.

    A text that is not a selector ends the program with our message and its caret; with
    ``type=labelsel.parse`` argparse shows only ``invalid parse value``. An empty text selects
    everything, as in kubectl.

    Arguments:
        text: the word of the command line.
        language: the language of the text, from `labelsel.languages`. For another one than
            Kubernetes', write ``type=functools.partial(argparse_type, language=FIELDS)``.

    Returns:
        The selector.

    Raises:
        argparse.ArgumentTypeError: the text is not a selector. argparse catches it.
        ValueError: the selectors of the language are objects, not text.

    Complexity:
        O(n) in the length of the text; cached.

    >>> import argparse
    >>> parser = argparse.ArgumentParser()
    >>> _ = parser.add_argument("-l", "--selector", type=argparse_type)
    >>> parser.parse_args(["-l", "tier in (web, db)"]).selector
    In(key='tier', values=['db', 'web'])
    """
    try:
        return require_text_language(language).parse(text)
    except SelectorError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
