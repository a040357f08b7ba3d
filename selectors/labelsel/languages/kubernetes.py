"""Kubernetes label selectors: the text of ``kubectl -l``."""

from __future__ import annotations

from typing import Final

from labelsel.errors import quote
from labelsel.labels import Fault, key_faults, parse_int64, value_faults
from labelsel.languages.grammar import Grammar, Rules
from labelsel.languages.registry import Language
from labelsel.requirements import (
    OPERATORS,
    DoesNotExist,
    Equals,
    Exists,
    GreaterThan,
    In,
    LessThan,
    NotEquals,
    NotIn,
    name_operators,
)
from labelsel.selector import Requirement, Selector, SelectorOrText, Span, all_by_key, all_of
from labelsel.translation import KUBERNETES_TEXT, conjunction, write

__all__ = ["KUBERNETES", "parse", "to_kubernetes"]


def parse(text: str) -> Selector:
    """Read a Kubernetes label selector, the text of ``kubectl -l``.

    1. Requirements are joined by commas, and all must hold: ``k``, ``!k``, ``k=v``, ``k==v``,
       ``k!=v``, ``k in (v,w)``, ``k notin (v,w)``, ``k>5``, ``k<5``.
    2. Blank text selects everything.
    3. Nothing is skipped: every part of a text counts, or the text is an error.

    Arguments:
        text: the selector, at most 1 MiB of UTF-8.

    Returns:
        A requirement, an `And` of them sorted by key, or `Everything`. The result is cached by text
        (`clear_cache`).

    Raises:
        SelectorSyntaxError: the text is not a selector, with the position and the reason; or it has
            more than 1 MiB.
        TypeError: the text is not a string.

    Complexity:
        O(len(text)), and O(r log r) to sort r requirements: some 12 µs for three requirements, 0.2
        µs from the cache.

    Source: rules 1 to 15, D1, D3.

    >>> parse("tier in (web,db),!debug")
    And(terms=(DoesNotExist(key='debug'), In(key='tier', values=['db', 'web'])))
    """
    return _GRAMMAR.parse(text)


def to_kubernetes(selector: SelectorOrText) -> str:
    """Return Kubernetes selector text that means the same; `labelsel.parse` reads it back.

    Arguments:
        selector: a selector, or the text of a Kubernetes selector.

    Returns:
        The canonical text, or that of the simplified selector if only that can be written.

    Raises:
        TranslationError: such text cannot express a part of the selector, which the error names: an
            Or over several keys, parts of values, regular expressions, illegal keys and values,
            nothing at all.
        SelectorSyntaxError: a text is not a selector.
        TypeError: the selector is neither a selector nor a text.

    Complexity:
        O(n log n) for a conjunction of n requirements and values, else what `simplify` costs.

    >>> from labelsel import parse_expression
    >>> to_kubernetes(parse_expression("!(has(debug) || tier in {'db', 'cache'})"))
    '!debug,tier notin (cache,db)'
    """
    return write(selector, lambda form: str(all_of(conjunction(form, KUBERNETES_TEXT))))


def _bound_faults(text: str) -> list[Fault]:
    if parse_int64(text) is None:
        return [Fault(0, f"'>' and '<' compare with a whole number of 64 bits, not {quote(text)}")]
    return value_faults(text)


class _Nodes:
    """Builds the nodes of a label selector: a method for each rule and alternative."""

    def start(self, _span: Span | None, *requirements: Requirement) -> Selector:
        return all_by_key(list(requirements))

    def exists(self, span: Span, key: str) -> Requirement:
        return Exists(key, span=span)

    def does_not_exist(self, span: Span, _sign: str, key: str) -> Requirement:
        return DoesNotExist(key, span=span)

    def equals(self, span: Span, key: str, sign: str, value: str | None = None) -> Requirement:
        return Equals(key, value or "", doubled=sign == "==", span=span)

    def not_equals(self, span: Span, key: str, _sign: str, value: str | None = None) -> Requirement:
        return NotEquals(key, value or "", span=span)

    def in_(self, span: Span, key: str, values: list[str]) -> Requirement:
        return In(key, values, span=span)

    def not_in(self, span: Span, key: str, values: list[str]) -> Requirement:
        return NotIn(key, values, span=span)

    def greater_than(self, span: Span, key: str, bound: str) -> Requirement:
        return GreaterThan(key, bound, span=span)

    def less_than(self, span: Span, key: str, bound: str) -> Requirement:
        return LessThan(key, bound, span=span)

    def values(self, _span: Span, *items_and_close: str) -> list[str]:
        return list(items_and_close[:-1])

    def item(self, _span: Span | None, value: str = "") -> str:
        return value


def _hint(text: str, position: int) -> str | None:
    # Only errors need hints; the module takes 3 ms to load.
    from labelsel.languages.kubernetes_mistakes import hint_for  # noqa: PLC0415  # see above

    return hint_for(text, position)


_OPERATOR: Final = name_operators(row.kubernetes for row in OPERATORS)
_OPERATORS: Final = (
    "EQUALS", "DOUBLE_EQUALS", "NOT_EQUALS", "_IN", "_NOTIN", "_GREATER", "_LESS",
)  # fmt: skip

_GRAMMAR: Final = Grammar(
    Rules(
        "kubernetes.lark",
        _Nodes(),
        {"KEY": key_faults, "VALUE": value_faults, "BOUND": _bound_faults},
        is_regular=True,
    ),
    {
        "KEY": "a label key",
        "NOT": "'!'",
        **dict.fromkeys(_OPERATORS, _OPERATOR),
        "VALUE": "a value",
        "BOUND": "a whole number",
        "_OPEN": "'('",
        "_COMMA": "','",
        "CLOSE": "')'",
        "$END": "the end",
    },
    hint=_hint,
)

KUBERNETES: Final = Language(
    name="kubernetes",
    parse=parse,
    format=to_kubernetes,
    example="app=web,tier notin (db,cache),!debug",
)
"""The text of ``kubectl -l``: `labelsel.parse`, `labelsel.to_kubernetes`."""
