"""Calico's selector expressions: or, and, not, prefixes, suffixes and parts of values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from labelsel.labels import Fault
from labelsel.languages.grammar import Grammar, Rules, half_pair, span_of
from labelsel.languages.registry import Language
from labelsel.limits import MAX_EXPRESSION_KEY_BYTES, MAX_PARENTHESES
from labelsel.requirements import (
    OPERATORS,
    Contains,
    DoesNotExist,
    EndsWith,
    Equals,
    Exists,
    FieldEquals,
    FieldNotEquals,
    FieldRequirement,
    In,
    NotEquals,
    NotIn,
    StartsWith,
    name_operators,
)
from labelsel.selector import (
    And,
    Everything,
    Everywhere,
    Not,
    Nothing,
    Or,
    Requirement,
    Selector,
    SelectorOrText,
    any_of,
    as_selector,
    require_selector,
)
from labelsel.translation import untranslatable

if TYPE_CHECKING:
    from lark import Token

__all__ = ["CALICO", "parse_expression", "to_expression"]


def parse_expression(text: str) -> Selector:
    """Read a selector expression in Calico's language.

    1. ``k == 'v'``, ``k != 'v'``, ``k in {'v', 'w'}``, ``k not in {…}``, ``k contains 's'``,
       ``k starts with 's'``, ``k ends with 's'``, ``has(k)``, ``all()``, ``global()``.
    2. ``!`` binds tightest, then ``&&``, then ``||``; parentheses group.
    3. Strings have single or double quotes and no escape sequences.
    4. A key that is absent satisfies ``!=`` and ``not in`` and no other requirement.
    5. Blank text is ``all()``. A Kubernetes selector is not an expression: see `labelsel.parse`.

    Arguments:
        text: the expression, at most 1 MiB of UTF-8.

    Returns:
        The selector. Nesting stays as it is written, a negation of a negation is dropped. The
        result is cached by text (`clear_cache`).

    Raises:
        SelectorSyntaxError: the text is not an expression, with the position and the reason; it has
            more than 1 MiB; or parentheses nest more than 200 deep.
        SelectorLimitError: ``&&``, ``||`` and ``!`` nest more than 100 deep.
        TypeError: the text is not a string.

    Complexity:
        O(len(text)).

    Source: rules 26 to 32.

    >>> parse_expression("!has(debug) && tier starts with 'web'").matches({"tier": "web-1"})
    True
    """
    return _GRAMMAR.parse(text)


def to_expression(selector: SelectorOrText) -> str:
    """Return the canonical text of Calico's language; `labelsel.parse_expression` reads it back.

    1. Every ``&&`` and ``||`` is in parentheses, nested as the selector is.
    2. Sets are sorted; values have double quotes, or single quotes where they contain a double
       quote.

    Arguments:
        selector: a selector, or the text of a Kubernetes selector.

    Returns:
        The text.

    Raises:
        TranslationError: Calico cannot express a part of the selector, which the error names: ``>``
            and ``<``, regular expressions, a value with both kinds of quotes or with half of a
            surrogate pair, a key with other characters than letters, digits and ``_./-`` or with
            more than 512 of them.
        SelectorSyntaxError: a text is not a selector.
        TypeError: the selector is neither a selector nor a text.

    Complexity:
        O(n log n) for n nodes and values.

    Source: rule 31.

    >>> from labelsel import parse
    >>> to_expression(parse("app=web,!debug"))
    '(app == "web" && !has(debug))'
    """
    return _format(as_selector(selector))


def _key_faults(key: str) -> list[Fault]:
    if len(key) <= MAX_EXPRESSION_KEY_BYTES:  # only ASCII gets here: characters are bytes
        return []
    return [
        Fault(0, f"a key may be at most {MAX_EXPRESSION_KEY_BYTES} bytes, this one has {len(key)}")
    ]


class _Values(NamedTuple):
    """The values of a set, and the brace that closes it."""

    values: frozenset[str]
    close: Token


class _Nodes:
    """Builds the nodes of an expression as the parser reduces."""

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
    """Refuse deep nesting before parsing, which takes 20 µs a level; this check takes 0.2 µs."""
    depth = 0
    for bracket in _BRACKET.finditer(text) if text.count("(") > MAX_PARENTHESES else ():
        depth += (bracket[0] == "(") - (bracket[0] == ")")
        if depth > MAX_PARENTHESES:
            return Fault(bracket.start(), f"parentheses may nest at most {MAX_PARENTHESES} deep")
    return None


def _hint(text: str, position: int) -> str | None:
    # Only errors need hints; the module takes 3 ms to load.
    from labelsel.languages.calico_mistakes import hint_for  # noqa: PLC0415  # see above

    return hint_for(text, position)


_OPERATOR: Final = name_operators(row.calico for row in OPERATORS)
_OPERATORS: Final = (
    "_DOUBLE_EQUALS", "_NOT_EQUALS", "_IN", "_NOT_IN", "_CONTAINS", "_STARTS_WITH", "_ENDS_WITH",
)  # fmt: skip

_GRAMMAR: Final = Grammar(
    Rules("expression.lark", _Nodes(), {"KEY": _key_faults}),
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


# Writing


def _format(selector: Selector) -> str:
    match require_selector(selector):
        case Everywhere():
            return "global()"
        case Everything() | And(()):
            return "all()"
        case Nothing() | Or(()):
            return "!all()"
        case And((term,)) | Or((term,)):
            return _format(term)
        case And(terms):
            return f"({' && '.join(map(_format, terms))})"
        case Or(terms):
            return f"({' || '.join(map(_format, terms))})"
        case Not(term):
            text = _format(term)
            return text[1:] if text.startswith("!") else f"!{text}"
        case Requirement() as requirement:
            return _format_leaf(requirement)
        case _ as unreachable:
            assert_never(unreachable)


_KEY: Final = re.compile(rf"[A-Za-z0-9_./-]{{1,{MAX_EXPRESSION_KEY_BYTES}}}")
_NAME: Final = "Calico expression"


def _format_leaf(requirement: Requirement) -> str:
    key = requirement.key
    if _KEY.fullmatch(key) is None:
        raise untranslatable(requirement, _NAME, f"{key!r} is not a legal key there")
    match requirement:
        case FieldRequirement(value=""):
            absent = any_of([DoesNotExist(key), Equals(key, "")])
            return _format(absent if isinstance(requirement, FieldEquals) else ~absent)
        case Equals(value=value) | FieldEquals(value=value):
            return f"{key} == {_quote(requirement, value)}"
        case NotEquals(value=value) | FieldNotEquals(value=value):
            return f"{key} != {_quote(requirement, value)}"
        case In(values=values):
            return f"{key} in {_set(requirement, values)}"
        case NotIn(values=values):
            return f"{key} not in {_set(requirement, values)}"
        case Exists():
            return f"has({key})"
        case DoesNotExist():
            return f"!has({key})"
        case Contains(value=part) | StartsWith(value=part) | EndsWith(value=part):
            return f"{key} {requirement.operator} {_quote(requirement, part)}"
        case _:
            raise untranslatable(requirement, _NAME, "it has no such operator")


def _set(requirement: Requirement, values: frozenset[str]) -> str:
    return f"{{{', '.join(_quote(requirement, value) for value in sorted(values))}}}"


def _quote(requirement: Requirement, value: str) -> str:
    fault = half_pair(value)
    if fault is not None:
        raise untranslatable(requirement, _NAME, fault.problem)
    if '"' not in value:
        return f'"{value}"'
    if "'" in value:
        raise untranslatable(requirement, _NAME, "a value there may not hold both kinds of quotes")
    return f"'{value}'"


CALICO: Final = Language(
    name="calico",
    parse=parse_expression,
    format=to_expression,
    example="app == 'web' && !has(debug)",
    aliases=("expression",),
)
"""Calico's expressions: `labelsel.parse_expression`, `labelsel.to_expression`."""
