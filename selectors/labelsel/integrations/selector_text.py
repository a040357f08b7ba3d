"""What the integrations share: which languages are text, and the text of a selector in one."""

from __future__ import annotations

from labelsel.errors import SelectorError, TranslationError, require_type
from labelsel.languages.registry import Language
from labelsel.selector import Selector

__all__ = ["can_write", "require_text_language", "require_written_language", "write_text"]

_WHERE = "the languages are in labelsel.languages: KUBERNETES, FIELDS, CALICO, PROMETHEUS"


def require_text_language(language: Language) -> Language:
    """Return a language; TypeError where it is none, ValueError where its selectors are objects."""
    require_type(Language, language, _WHERE)
    if not language.is_text:
        message = f"expected a language of text, but {language.name} selectors are objects"
        raise ValueError(f"{message}; {_WHERE}")
    return language


def can_write(language: Language) -> bool:
    """Return whether labelsel can write a language: it has a writer, or its example is canonical.

    O(n) in the length of the example.

    >>> from labelsel.languages import FIELDS, PROMETHEUS
    >>> can_write(FIELDS), can_write(PROMETHEUS)
    (True, False)
    """
    if language.format is not None or not language.is_text:
        return language.format is not None
    try:
        return bool(write_text(language.parse(language.example), language))
    except SelectorError:
        return False


def require_written_language(language: Language) -> Language:
    """Return a language of text that labelsel can write; ValueError where it only reads it."""
    if not can_write(require_text_language(language)):
        message = f"expected a language that labelsel can write, but it only reads {language.name}"
        raise ValueError(f"{message}; {_WHERE}")
    return language


def write_text(selector: Selector, language: Language) -> str:
    """Return the text of a selector in a language, which reads it back with the same meaning.

    A language without a writer gets the canonical text, if it reads that as an equal selector.

    Raises `TranslationError` where the language cannot express the selector. O(n) in the size of
    the selector, else what the writer of the language costs.

    >>> from labelsel.languages import FIELDS, KUBERNETES, parse_expression, parse_fields
    >>> write_text(parse_expression("has(a) && !has(b)"), KUBERNETES)
    'a,!b'
    >>> write_text(parse_fields("status.phase!=Running"), FIELDS)
    'status.phase!=Running'
    """
    if language.format is not None:
        written: str = language.format(selector)
        return written
    text = str(selector)
    try:
        same = language.parse(text) == selector
    except SelectorError:
        same = False
    if not same:
        raise TranslationError(text, f"{language.name} selector", "labelsel cannot write it")
    return text
