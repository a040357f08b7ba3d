"""Calico's selector expressions: or, and, not, prefixes, suffixes and parts of values."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from lark import Token, Transformer, v_args

from labelsel.labels import Fault
from labelsel.languages.language import Language, checked, span_of
from labelsel.requirements import (
    Contains,
    EndsWith,
    Equals,
    Exists,
    In,
    NotEquals,
    NotIn,
    StartsWith,
)
from labelsel.selector import And, Everything, Everywhere, Or, Requirement, Selector

__all__ = ["MAX_KEY_BYTES", "MAX_NESTING", "parse_expression"]

MAX_KEY_BYTES: Final = 512
"""Longest key of an expression, in bytes."""
MAX_NESTING: Final = 200
"""How deep parentheses may stand within each other."""


def parse_expression(text: str) -> Selector:
    """Read a selector expression in Calico's language.

    1. ``k == 'v'``, ``k != 'v'``, ``k in {'v', 'w'}``, ``k not in {…}``, ``k contains 's'``,
       ``k starts with 's'``, ``k ends with 's'``, ``has(k)``, ``all()``, ``global()``.
    2. ``!`` binds tightest, then ``&&``, then ``||``; parentheses group.
    3. Strings stand in single or double quotes and know no escapes.
    4. A key that is absent satisfies ``!=`` and ``not in`` and no other requirement.
    5. Blank text is ``all()``. A Kubernetes selector is not an expression: see `parse`.

    Nesting stays as it is written, a negation of a negation is dropped. Cached by text as
    `parse` does it. O(len(text)).

    Raises `SelectorSyntaxError` with the place and the reason, also for text over 1 MiB and
    for parentheses over `MAX_NESTING` deep; `SelectorLimitError` where ``&&``, ``||`` and
    ``!`` stand over `labelsel.selector.MAX_DEPTH` deep; TypeError where the text is no
    string. Source: rules 26 to 32.

    >>> parse_expression("!has(debug) && tier starts with 'web'").matches({"tier": "web-1"})
    True
    """
    return _LANGUAGE.parse(text)


def _key_faults(key: str) -> list[Fault]:
    if len(key) <= MAX_KEY_BYTES:  # only ASCII gets here: characters are bytes
        return []
    return [Fault(0, f"a key may be at most {MAX_KEY_BYTES} bytes, this one has {len(key)}")]


class _Values(NamedTuple):
    """The values of a set, and the brace that closes it."""

    values: frozenset[str]
    close: Token


@v_args(inline=True)
class _Nodes(Transformer[Token, Selector]):
    """Builds the nodes of an expression as the parser reduces."""

    KEY = checked(_key_faults)

    def start(self, selector: Selector | None = None) -> Selector:
        return Everything() if selector is None else selector

    def either(self, *terms: Selector) -> Selector:
        return Or(terms)

    def both(self, *terms: Selector) -> Selector:
        return And(terms)

    def negation(self, signs: Token, term: Selector) -> Selector:
        return ~term if signs.count("!") % 2 else term

    def group(self, selector: Selector, _close: Token) -> Selector:
        return selector

    def equals(self, key: Token, value: Token) -> Requirement:
        return Equals(str(key), value[1:-1], span=span_of(key, value))

    def not_equals(self, key: Token, value: Token) -> Requirement:
        return NotEquals(str(key), value[1:-1], span=span_of(key, value))

    def in_(self, key: Token, values: _Values) -> Requirement:
        return In(str(key), values.values, span=span_of(key, values.close))

    def not_in(self, key: Token, values: _Values) -> Requirement:
        return NotIn(str(key), values.values, span=span_of(key, values.close))

    def contains(self, key: Token, part: Token) -> Requirement:
        return Contains(str(key), part[1:-1], span=span_of(key, part))

    def starts_with(self, key: Token, part: Token) -> Requirement:
        return StartsWith(str(key), part[1:-1], span=span_of(key, part))

    def ends_with(self, key: Token, part: Token) -> Requirement:
        return EndsWith(str(key), part[1:-1], span=span_of(key, part))

    def exists(self, has: Token, key: Token, close: Token) -> Requirement:
        return Exists(str(key), span=span_of(has, close))

    def everything(self, _close: Token) -> Selector:
        return Everything()

    def everywhere(self, _close: Token) -> Selector:
        return Everywhere()

    def values(self, *tokens: Token) -> _Values:
        *strings, close = tokens
        return _Values(frozenset(string[1:-1] for string in strings), close)


# Strings first, and `has(key)` whole: its parenthesis is a part of the word.
_BRACKET: Final = re.compile(r"""\"[^\"]*\"|'[^']*'|(?:has|all|global)\([^()'"]*\)|[()]""")


def _too_deep(text: str) -> Fault | None:
    """Refuse deep nesting at first sight: parsing costs 20 µs a level, this 0.2."""
    depth = 0
    for bracket in _BRACKET.finditer(text) if text.count("(") > MAX_NESTING else ():
        depth += (bracket[0] == "(") - (bracket[0] == ")")
        if depth > MAX_NESTING:
            return Fault(bracket.start(), f"parentheses may nest at most {MAX_NESTING} deep")
    return None


def _hint(text: str, position: int) -> str | None:
    found = text[position : position + 1]
    if found == "=":
        return "equality is written with two signs and a value in quotes: key == 'value'"
    if found and found in "'\"" and found not in text[position + 1 :]:
        return "the quote is never closed"
    return None


_OPERATOR: Final = "an operator (==, !=, in, not in, contains, starts with, ends with)"
_OPERATORS: Final = (
    "_DOUBLE_EQUALS", "_NOT_EQUALS", "_IN", "_NOT_IN", "_CONTAINS", "_STARTS_WITH", "_ENDS_WITH",
)  # fmt: skip

_LANGUAGE: Final = Language(
    "expression.lark",
    _Nodes(),
    {
        "KEY": "a label key",
        "HAS": "has(key)",
        "_ALL": "all()",
        "_GLOBAL": "global()",
        "NOT": "'!'",
        "_OPEN": "'('",
        **dict.fromkeys(_OPERATORS, _OPERATOR),
        "STRING": "a value in quotes",
        "_OPEN_SET": "'{'",
        "_COMMA": "','",
        "CLOSE_SET": "'}'",
        "_AND": "'&&'",
        "_OR": "'||'",
        "CLOSE": "')'",
        "$END": "the end",
    },
    hint=_hint,
    too_deep=_too_deep,
)
